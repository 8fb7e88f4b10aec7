//! The wall where everything is permitted: each policy of it matters, and none is lost by asking only those that can match.

use std::str::FromStr;

use cedar_policy::PolicySet;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::oracle::{Asked, questions};
use super::*;
use crate::wall::{SCHEMA, WALL};

const QUESTIONS: usize = 6_000;
const EVERYTHING: &str = "@id(\"everything\") permit (principal, action, resource);";

fn always_the_same_questions() -> Vec<Asked> {
    let mut runner = TestRunner::deterministic();
    (0..QUESTIONS).map(|_| questions().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn to_ask_only_the_policies_that_can_match_changes_no_answer() {
    let sliced = Engine::with(SCHEMA, WALL, EVERYTHING).unwrap();
    let whole = Engine::unsliced(SCHEMA, WALL, EVERYTHING).unwrap();
    let answers = |engine: &Engine, asked: &Asked| engine.decide(&asked.question()).map(|allowed| allowed.object());
    let mut allowed = 0;
    for asked in always_the_same_questions() {
        let answer = answers(&sliced, &asked);
        assert_eq!(answer, answers(&whole, &asked), "{asked:?}");
        allowed += usize::from(answer.is_ok());
    }
    assert!(allowed > QUESTIONS / 20, "{allowed} of {QUESTIONS} allowed");
}

#[test]
fn no_policy_of_the_wall_can_be_left_out() {
    let whole = Engine::with(SCHEMA, WALL, EVERYTHING).unwrap();
    let asked = always_the_same_questions();
    let stopped: Vec<_> = asked.iter().filter(|asked| whole.decide(&asked.question()).is_err()).collect();

    let policies = PolicySet::from_str(WALL).unwrap();
    for left_out in policies.policies() {
        let rest = policies.policies().filter(|policy| policy.id() != left_out.id());
        let rest: String = rest.filter_map(|policy| policy.to_cedar()).collect();
        let engine = Engine::with(SCHEMA, &rest, EVERYTHING).unwrap();
        let opened = stopped.iter().find(|asked| engine.decide(&asked.question()).is_ok());
        assert!(opened.is_some(), "nothing is opened without {:?}", left_out.annotation("id"));
    }
}

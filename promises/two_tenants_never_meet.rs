//! Two tenants never meet: whatever they and the operator do, no answer to anyone holds another source's records, ids or
//! names; a key does nothing at another source's addresses; and each finds all that was acknowledged to it.

mod world;

use proptest::prelude::*;
use proptest::sample::select;

use world::World;

/// Tenant, source, and the word that only this source's records hold; a field is named after it too.
const SOURCES: [(&str, &str, &str); 4] = [
    ("tenantquagga", "sourceokapi", "markerzebra7q"),
    ("tenantquagga", "sourcebongo", "markerkudu4x"),
    ("tenantdodo", "sourcemoa", "markerkiwi9w"),
    ("tenantdodo", "sourcerhea", "markeremu2k"),
];

#[derive(Debug, Clone)]
enum Step {
    Send { who: usize, way: Way, records: usize },
    Ask { who: usize, about: usize, question: Question },
    Trespass { who: usize, whose: usize },
    ReplaceKey { who: usize, kind: &'static str, how: &'static str },
    StopAndStart,
    KillAndStart,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Frames,
    Otlp,
}

/// What a source is asked with its own key, with another's words, ids and cursors wherever they fit.
#[derive(Debug, Clone, Copy)]
enum Question {
    Everything,
    TheirWords,
    TheirCursor,
    TheirRecord,
    Histogram,
    Fields,
    OwnValues,
    TheirValues,
    OwnContext,
    TheirContext,
    OwnSql,
    TheirSql,
    Tail,
}

const QUESTIONS: [Question; 13] = [
    Question::Everything,
    Question::TheirWords,
    Question::TheirCursor,
    Question::TheirRecord,
    Question::Histogram,
    Question::Fields,
    Question::OwnValues,
    Question::TheirValues,
    Question::OwnContext,
    Question::TheirContext,
    Question::OwnSql,
    Question::TheirSql,
    Question::Tail,
];

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..SOURCES.len();
    let way = select(vec![Way::Frames, Way::Otlp]);
    let sent = (who(), way, 1..20_usize).prop_map(|(who, way, records)| Step::Send { who, way, records });
    let asked = (who(), who(), select(QUESTIONS.to_vec())).prop_map(|(who, about, question)| Step::Ask { who, about, question });
    let trespass = (who(), who()).prop_map(|(who, whose)| Step::Trespass { who, whose });
    let (kind, how) = (select(vec!["write", "read"]), select(vec!["rotate", "revoke"]));
    let replaced = (who(), kind, how).prop_map(|(who, kind, how)| Step::ReplaceKey { who, kind, how });
    prop_oneof![
        6 => sent,
        8 => asked,
        2 => trespass,
        2 => replaced,
        1 => Just(Step::StopAndStart),
        1 => Just(Step::KillAndStart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_tenants_never_meet(program in prop::collection::vec(step(), 20..50)) {
        let mut world = World::new();
        program.iter().for_each(|step| world.take(step));
        (0..SOURCES.len()).for_each(|who| world.check_found(who));
        for who in 0..SOURCES.len() {
            for about in 0..SOURCES.len() {
                QUESTIONS.iter().for_each(|question| world.ask(who, about, *question));
                world.trespass(who, about);
            }
        }
    }
}

#[test]
fn a_word_that_slipped_through_is_noticed() {
    let world = World::new();
    let notices = |who: usize, said: &str, text: &str| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.check_text(who, said, text))).is_err()
    };
    for (other, source) in world.sources.iter().enumerate() {
        for secret in &source.secrets {
            assert!(notices((other + 1) % SOURCES.len(), "", &format!("x-header: {}", secret.to_uppercase())), "{secret}");
            assert!(!notices((other + 1) % SOURCES.len(), secret, secret) && !notices(other, "", secret), "{secret}");
        }
    }
    assert!(notices(0, "", SOURCES[2].0) && !notices(0, "", SOURCES[1].0), "a tenant's name");
}

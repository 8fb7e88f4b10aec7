//! The check of the wall: what it says of the engine in force, and of one that is broken.

use model::Verdict;

use super::*;
use crate::checks;
use crate::wall::{GIVEN, PROVED, SCHEMA, WALL};

struct Different(std::sync::atomic::AtomicU8);
impl Entropy for Different {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

fn check_of(engine: Engine) -> Box<dyn model::Check> {
    checks(std::sync::Arc::new(engine), std::sync::Arc::new(Different(1.into()))).remove(0)
}

/// Whoever changed the wall or the schema proves it (`make proof`), and writes the digests of what was proved beside it.
#[test]
fn the_wall_in_force_is_the_one_that_was_proved() {
    assert_eq!(ENGINE.digests(), PROVED);
    let seen = check_of(Engine::new().unwrap()).look(at(1_000_000_000_000));
    assert_eq!(seen.verdict, Verdict::Held, "{seen:#?}");
    assert!(seen.counts[1].whole > Some(100), "{seen:?}");
    assert!(!seen.summary.contains('/'), "{seen:?}");
}

#[test]
fn an_engine_without_a_wall_is_found_out() {
    let twin = check_of(Engine::new().unwrap()).look_at_twin(at(1_000_000_000_000));
    assert_eq!(twin.verdict, Verdict::Broken);
    assert_eq!(twin.counts[0].counted, 0);
    assert!(twin.counts[1].counted < twin.counts[1].whole.unwrap() / 2, "{twin:?}");
}

#[test]
fn a_wall_with_another_text_or_one_that_lets_nobody_in_is_found_out() {
    let reworded = Engine::with(SCHEMA, &WALL.replace("// The wall:", "// A wall:"), GIVEN).unwrap();
    let seen = check_of(reworded).look(at(1_000_000_000_000));
    assert_eq!((seen.verdict, seen.details.len()), (Verdict::Broken, 1), "{seen:?}");
    let shut = Engine::with(SCHEMA, WALL, "").unwrap();
    assert_eq!(check_of(shut).look(at(1_000_000_000_000)).verdict, Verdict::Broken);
}

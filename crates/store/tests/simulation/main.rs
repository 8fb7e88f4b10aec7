//! Seeded runs of the store against a disk that fails, tears and forgets, with crashes at any moment.
//!
//! The law: every acknowledged record is found exactly once, in its own source, and none of another source ever. A request
//! is found as a whole or not at all. A seed replays identically.
//!
//! `STORE_SEEDS=1000 cargo test -p store --release --test simulation` runs more seeds; `STORE_SEED=7` runs one.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod disk;
mod model_of;
mod world;

use world::World;

const SEEDS_IN_CI: u64 = 100;

#[expect(clippy::disallowed_methods, reason = "the number of seeds is the test runner's choice")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn every_acknowledged_record_is_found_exactly_once_whatever_fails() {
    if let Some(seed) = setting("STORE_SEED") {
        println!("{}", World::run(seed).log);
        return;
    }
    let seeds = setting("STORE_SEEDS").unwrap_or(SEEDS_IN_CI);
    let (mut acknowledged, mut refused, mut crashes) = (0, 0, 0);
    for seed in 0..seeds {
        let outcome = World::run(seed);
        acknowledged += outcome.acknowledged;
        refused += outcome.refused;
        crashes += outcome.crashes;
    }
    println!("{seeds} seeds: {acknowledged} requests acknowledged, {refused} refused, {crashes} crashes");
    // A simulation in which nothing goes wrong, or nothing goes right, would prove nothing.
    assert!(acknowledged > seeds * 5 && refused > seeds && crashes > seeds);
}

#[test]
fn a_seed_replays_identically() {
    for seed in [3, 17, 99] {
        assert_eq!(World::run(seed).log, World::run(seed).log, "seed {seed}");
    }
}

//! How long a decision takes: `cargo test --release -p policy -- --ignored --nocapture`.

use std::time::Instant;

use super::*;

#[test]
#[ignore = "a measurement, of use in a release build only"]
#[expect(clippy::disallowed_methods, reason = "a measurement is about real time")]
fn a_decision_is_fast() {
    const TIMES: u32 = 20_000;
    let few = person(&[on_tenant(BuiltInRole::Member)]);
    let many: Vec<_> = (0..64).map(|number| on_source(BuiltInRole::Owner, number)).collect();
    let many = person(&many);
    let key = key(Direction::Write, Some(9));
    for (name, subject, permission) in [
        ("a key writes", &key, Permission::LogsWrite),
        ("a person with one grant reads", &few, Permission::LogsRead),
        ("a person with one grant is refused", &few, Permission::KeysManage),
        ("a person with 64 grants reads", &many, Permission::LogsRead),
    ] {
        let question = ask(subject, permission, source(1, 1));
        let begun = Instant::now();
        let allowed = (0..TIMES).filter(|_| ENGINE.decide(&question).is_ok()).count();
        println!("{name}: {:.1} µs ({allowed} of {TIMES} allowed)", begun.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES));
    }
}

//! The demo sends real lines, as any client would, into a source of its own.

use std::process::{Command, Output};

use crate::house::House;

fn demo(house: &House, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    let url = format!("https://localhost:{}", house.address().port());
    command.args(["demo", "--lines", "50", "--seconds", "0", "--url", &url, "--data"]).arg(house.data()).args(more);
    command.output().unwrap()
}

#[test]
fn a_demo_sends_lines_that_are_found() {
    let (house, access) = House::open();
    let check = |tenant: &str, more: &[&str]| {
        let ended = demo(&house, more);
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let demo = house.bootstrap(tenant, "demo");
        let counted = demo.sql(&mut house.client(&access), "select count(*), count(distinct request_id) from logs");
        assert_eq!(counted.json()["rows"][0], serde_json::json!([50, 50]), "{tenant}");
    };
    // The one organization that there is sees them; another has them where it is said.
    check("acme", &[]);
    check("Elsewhere", &["--tenant", "Elsewhere"]);
    check("Demo", &[]);
    assert!(access.search(&mut house.client(&access), "").is_empty(), "its own source only");
}

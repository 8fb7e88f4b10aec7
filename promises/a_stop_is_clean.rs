//! SIGTERM flushes what was taken and ends with success; requests of the last moment are answered or refused, not lost.

use serde_json::json;

use crate::house::House;

#[test]
fn a_stop_is_clean() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let mut sent = 0;
    for round in 0..3 {
        for i in 0..20 {
            access.send(&mut client, &json!({ "message": "before the stop", "round": round, "i": i }).to_string());
            sent += 1;
        }
        let status = house.stop();
        assert!(status.success(), "{status}:\n{}", house.log());
        house.start(&access);
        client = house.client(&access);
        assert_eq!(access.search(&mut client, "\"before the stop\"").len(), sent);
    }
}

//! A sender that never got its answer sends again with the same idempotency key, and the records are there once: at
//! once, and after a kill.

use serde_json::json;

use crate::client::{Client, Request};
use crate::house::{Access, House};

fn send(client: &mut Client, access: &Access, key: &str, body: &str) -> u16 {
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json"), ("Idempotency-Key", key)];
    let path = access.frames_path();
    client.send(&Request { method: "POST", path: &path, headers: &headers, body: body.as_bytes() }).unwrap().status
}

#[test]
fn a_retry_is_stored_once() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let body = json!([{ "message": "sent twice", "n": 1 }, { "message": "sent twice", "n": 2 }]).to_string();
    for _ in 0..3 {
        assert_eq!(send(&mut client, &access, "first-attempt", &body), 202);
    }
    assert_eq!(access.search(&mut client, "\"sent twice\"").len(), 2);
    house.kill();
    house.start(&access);
    let mut client = house.client(&access);
    assert_eq!(send(&mut client, &access, "first-attempt", &body), 202);
    assert_eq!(access.search(&mut client, "\"sent twice\"").len(), 2);
    assert_eq!(send(&mut client, &access, "another", &body), 202);
    assert_eq!(access.search(&mut client, "\"sent twice\"").len(), 4);
}

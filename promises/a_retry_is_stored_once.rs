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

#[test]
fn a_name_stands_for_what_came_under_it() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let (first, other) = (r#"[{"message":"first"}]"#, r#"[{"message":"other"}]"#);
    assert_eq!(send(&mut client, &access, "named", first), 202);
    for _ in 0..2 {
        let authorization = format!("Bearer {}", access.write_key);
        let headers =
            [("Authorization", authorization.as_str()), ("Content-Type", "application/json"), ("Idempotency-Key", "named")];
        let path = access.frames_path();
        let refused = client.send(&Request { method: "POST", path: &path, headers: &headers, body: other.as_bytes() }).unwrap();
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("idempotency_key_reused")));
        // The same, packed otherwise, is the same.
        let gzip = crate::otlp_is_stored_over_http_and_grpc::gzip(first.as_bytes());
        let headers = [&headers[..], &[("Content-Encoding", "gzip")]].concat();
        let same = client.send(&Request { method: "POST", path: &path, headers: &headers, body: &gzip }).unwrap();
        assert_eq!(same.status, 202);
        house.kill();
        house.start(&access);
        client = house.client(&access);
    }
    assert_eq!((access.search(&mut client, "first").len(), access.search(&mut client, "other").len()), (1, 0));
    assert_eq!(send(&mut client, &access, "its own", other), 202);
    assert_eq!(access.search(&mut client, "other").len(), 1);
}

fn post(client: &mut Client, access: &Access, (path, kind): (&str, &str), body: &str) -> u16 {
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", kind)];
    client.send(&Request { method: "POST", path, headers: &headers, body: body.as_bytes() }).unwrap().status
}

/// Exporters and shippers give a batch no name.
#[test]
fn a_batch_is_known_by_its_times() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let at = 1_769_860_800_123_456_789;
    let records = |word: &str, at: i64| {
        let record = |nanos: i64| json!({"timeUnixNano": nanos.to_string(), "body": {"stringValue": word}});
        json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record(at), record(at + 1)]}]}]}).to_string()
    };
    let action =
        |id: u8, word: &str, time: &str| format!("{{\"index\":{{\"_id\":\"{id}\"}}}}\n{{{time}\"message\":\"{word}\"}}\n");
    let bulk = |word: &str, time: &str| action(1, word, time) + &action(2, word, time);
    let (otlp, bulk_of) = (("/v1/logs", "application/json"), ("/_bulk", "application/x-ndjson"));
    let timed = "\"@timestamp\":\"2026-01-31T12:00:00.123Z\",";
    let agent = |at: u64| {
        let item = |at: u64| json!({ "message": "agent said", "timestamp": at, "hostname": "web-1" });
        json!([item(at), item(at + 1)]).to_string()
    };
    let datadog = ("/api/v2/logs", "application/json");
    for _ in 0..2 {
        for _ in 0..2 {
            assert_eq!(post(&mut client, &access, otlp, &records("exported", at)), 200);
            assert_eq!(post(&mut client, &access, bulk_of, &bulk("shipped", timed)), 200);
            assert_eq!(post(&mut client, &access, datadog, &agent(1_769_860_800_123)), 202);
        }
        house.kill();
        house.start(&access);
        client = house.client(&access);
    }
    assert_eq!(post(&mut client, &access, otlp, &records("exported", at + 5)), 200);
    assert_eq!((access.search(&mut client, "exported").len(), access.search(&mut client, "shipped").len()), (4, 2));
    // What the address says counts too.
    assert_eq!(post(&mut client, &access, ("/api/v2/logs?service=shop", "application/json"), &agent(1_769_860_800_123)), 202);
    assert_eq!(access.search(&mut client, "agent").len(), 4);
    // Another document, though what is kept of it is the same; another card, which the same mask hides.
    assert_eq!(post(&mut client, &access, bulk_of, &bulk("shipped", timed).replace("\"2\"", "\"3\"")), 200);
    for card in ["4111111111111111", "5500005555555559"] {
        assert_eq!(post(&mut client, &access, otlp, &records(&format!("paid with {card}"), at)), 200);
    }
    assert_eq!((access.search(&mut client, "shipped").len(), access.search(&mut client, "paid").len()), (4, 4));
    // What says no time may be said twice, also where its message reads as one; so may one of a whole second or millisecond.
    for _ in 0..2 {
        assert_eq!(post(&mut client, &access, bulk_of, &bulk("2026-01-31T12:00:00Z untimed", "")), 200);
        assert_eq!(post(&mut client, &access, bulk_of, &bulk("second", "\"@timestamp\":\"2026-01-31T12:00:00Z\",")), 200);
        assert_eq!(post(&mut client, &access, bulk_of, &action(1, "alone", timed)), 200);
        assert_eq!(post(&mut client, &access, otlp, &records("undated", 0).replace("\"1\"", "\"0\"")), 200);
    }
    for (word, count) in [("untimed", 4), ("undated", 4), ("second", 4), ("alone", 2)] {
        assert_eq!(access.search(&mut client, word).len(), count, "{word}");
    }
}

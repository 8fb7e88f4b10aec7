//! Senders for Splunk's HTTP Event Collector and for Datadog's intake need another address and a key, and get the statuses, codes
//! and texts that they act on.

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

const CHANNEL: &str = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba";

fn post(client: &mut Client, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    client.send(&Request { method: "POST", path, headers, body: body.as_bytes() }).unwrap()
}

/// As a sender for Splunk.
fn collect(client: &mut Client, access: &Access, path: &str, body: &str) -> Response {
    let authorization = format!("Splunk {}", access.write_key);
    post(client, path, &[("Authorization", &authorization)], body)
}

#[track_caller]
fn check(response: &Response, status: u16, code: u64, text: &str) -> Value {
    let said = response.json();
    assert_eq!((response.status, &said["code"], &said["text"]), (status, &json!(code), &json!(text)), "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    said
}

#[test]
fn events_and_lines_are_collected() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = r#"{"time":1769860800.123,"host":"web-1","sourcetype":"shop","event":"collected text","fields":{"region":"eu"}}
                  {"event":{"message":"collected object","level":"warn","n":7}}"#;
    for path in ["/services/collector", "/services/collector/event", "/services/collector/event/1.0"] {
        check(&collect(&mut client, &access, path, body), 200, 0, "Success");
    }
    let found = access.search(&mut client, "\"collected text\" host:web-1 region:eu sourcetype:shop");
    assert_eq!((found.len(), &found[0]["timestamp"]), (3, &json!("2026-01-31T12:00:00.123Z")));
    let found = access.search(&mut client, "\"collected object\" level:warn n:7");
    assert_eq!(found.len(), 3);
    for path in ["/services/collector/raw", "/services/collector/raw/1.0"] {
        let path = format!("{path}?host=web-2&sourcetype=a%20b&channel={CHANNEL}");
        let said = check(&collect(&mut client, &access, &path, "raw one\nraw two\n"), 200, 0, "Success");
        assert!(said["ackId"].is_u64(), "{said}");
    }
    assert_eq!(access.search(&mut client, "raw host:web-2 sourcetype:\"a b\"").len(), 4);
}

#[test]
fn an_acknowledgement_is_given_for_what_is_durable_and_outlives_a_kill() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Splunk {}", access.write_key);
    let headers = [("Authorization", authorization.as_str()), ("X-Splunk-Request-Channel", CHANNEL)];
    let mut ids = Vec::new();
    for n in 0..3 {
        let body = format!(r#"{{"event":"with channel {n}"}}{{"event":"and another {n}"}}"#);
        let said = check(&post(&mut client, "/services/collector/event", &headers, &body), 200, 0, "Success");
        ids.push(said["ackId"].as_u64().expect("a channel is answered with a number"));
    }
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "each has its own: {ids:?}");
    house.kill();
    house.start(&access);
    let mut client = house.client(&access);
    let asked = json!({ "acks": [ids[0], ids[2], ids[2] + 1] }).to_string();
    let said = post(&mut client, "/services/collector/ack", &headers, &asked).json();
    let expected = json!({ (ids[0].to_string()): true, (ids[2].to_string()): true, ((ids[2] + 1).to_string()): false });
    assert_eq!(said["acks"], expected);
    assert_eq!(access.search(&mut client, "channel").len(), 3);
}

#[test]
fn what_had_not_to_be_stored_is_acknowledged_under_numbers_of_its_own() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Splunk {}", access.write_key);
    let named = ("Idempotency-Key", "the same delivery");
    let headers = [("Authorization", authorization.as_str()), ("X-Splunk-Request-Channel", CHANNEL), named];
    let mut send = || {
        let said = check(&post(&mut client, "/services/collector/event", &headers, r#"{"event":"once"}"#), 200, 0, "Success");
        said["ackId"].as_u64().unwrap()
    };
    let ids = [send(), send(), send()];
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[2] != ids[0], "{ids:?}");
    assert_eq!(access.search(&mut house.client(&access), "once").len(), 1);
    house.kill();
    house.start(&access);
    let mut client = house.client(&access);
    let said = post(&mut client, "/services/collector/ack", &headers[..2], &json!({ "acks": ids }).to_string()).json();
    assert!(ids.iter().all(|id| said["acks"][id.to_string()] == true), "{said}");
}

#[test]
fn a_refusal_has_splunks_status_code_and_text() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let event = "/services/collector/event";
    check(&client.get("/services/collector/health", "").unwrap(), 200, 17, "HEC is healthy");
    check(&post(&mut client, event, &[], "{}"), 401, 2, "Token is required");
    let read = format!("Splunk {}", access.read_key);
    check(&post(&mut client, event, &[("Authorization", &read)], "{}"), 403, 4, "Invalid token");
    check(&post(&mut client, event, &[("Authorization", "Splunk x")], "{}"), 403, 4, "Invalid token");
    check(&collect(&mut client, &access, event, ""), 400, 5, "No data");
    check(&collect(&mut client, &access, "/services/collector/raw", "\n"), 400, 5, "No data");
    let said = check(&collect(&mut client, &access, event, r#"{"event":"lost"}{"event":nul}"#), 400, 6, "Invalid data format");
    assert_eq!(said["invalid-event-number"], 1);
    let said =
        check(&collect(&mut client, &access, event, r#"{"event":"lost"}{"host":"x"}"#), 400, 12, "Event field is required");
    assert_eq!(said["invalid-event-number"], 1);
    check(&collect(&mut client, &access, event, r#"{"event":""}"#), 400, 13, "Event field cannot be blank");
    check(&collect(&mut client, &access, "/services/collector/ack", "{\"acks\":[1]}"), 400, 10, "Data channel is missing");
    check(&collect(&mut client, &access, &format!("{event}?channel=x"), r#"{"event":"lost"}"#), 400, 11, "Invalid data channel");
    let acks = format!("/services/collector/ack?channel={CHANNEL}");
    check(&collect(&mut client, &access, &acks, "{\"acks\":[-1]}"), 400, 6, "Invalid data format");
    let large = "x".repeat(17 << 20);
    check(&collect(&mut client, &access, event, &large), 413, 27, "Request entity too large");
    assert!(access.search(&mut house.client(&access), "").is_empty(), "a refused request stores nothing");
}

#[test]
fn datadogs_agent_is_answered() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let key = access.write_key.clone();
    let json = "application/json";
    for path in ["/api/v2/logs", "/v1/input"] {
        let headers = [("DD-API-KEY", key.as_str()), ("Content-Type", json)];
        let body =
            r#"[{"message":"from the agent","status":"error","hostname":"web-1","service":"api","ddtags":"env:prod,team:core"}]"#;
        let response = post(&mut client, path, &headers, body);
        assert_eq!((response.status, response.text().as_str()), (202, "{}"));
        assert_eq!(post(&mut client, path, &headers, "{}").status, 202, "the agent asks whether anybody is there");
    }
    assert_eq!(access.search(&mut client, "\"from the agent\" level:error host:web-1 tags.env:prod tags.team:core").len(), 2);
    assert_eq!(access.search(&mut client, "").len(), 2);
    let mut refused = |headers: &[(&str, &str)], body: &str, status: u16, code: &str| {
        let response = post(&mut client, "/api/v2/logs", headers, body);
        let error = response.json()["errors"][0].clone();
        assert_eq!((response.status, &error["status"], &error["code"]), (status, &json!(status.to_string()), &json!(code)));
        assert!(error["title"].is_string() && error["detail"].is_string(), "{error}");
    };
    refused(&[], "[]", 401, "key_missing");
    refused(&[("DD-API-KEY", "0123456789abcdef0123456789abcdef")], "[]", 403, "key_malformed");
    refused(&[("DD-API-KEY", &access.read_key)], "[]", 403, "key_wrong_direction");
    refused(&[("DD-API-KEY", &key)], "[1]", 400, "not_an_object");
    refused(&[("DD-API-KEY", &key)], "{\"a\":nul}", 400, "invalid_json");
    refused(&[("DD-API-KEY", &key), ("Content-Encoding", "br")], "{}", 415, "unsupported_encoding");
}

#[test]
fn what_datadogs_address_says_holds_for_records_that_do_not_say_it() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let path = "/api/v2/logs?ddtags=env%3Aprod,team:core&ddsource=nginx&service=shop&hostname=web-7";
    let mut send = |kind: &str, body: &str| {
        let response = post(&mut client, path, &[("DD-API-KEY", &access.write_key), ("Content-Type", kind)], body);
        assert_eq!(response.status, 202, "{}", response.text());
    };
    send("text/plain", "a line of text\n{\"message\":\"a line of JSON\",\"service\":\"own\"}\n");
    send(
        "application/json",
        r#"[{"message":"an object"},{"message":"an object","service":"own","hostname":"own","ddtags":"env:own"}]"#,
    );
    send("application/json", "{}");
    let mut client = house.client(&access);
    let mut count = |query: &str, expected: usize| assert_eq!(access.search(&mut client, query).len(), expected, "{query}");
    count("", 4);
    count("\"a line of text\" service:shop ddsource:nginx host:web-7 hostname:web-7 tags.env:prod tags.team:core", 1);
    count("\"a line of JSON\" service:own ddsource:nginx host:web-7 tags.env:prod", 1);
    count("\"an object\" service:shop ddsource:nginx host:web-7 tags.env:prod tags.team:core", 1);
    count("\"an object\" service:own ddsource:nginx host:own tags.env:own", 1);
    let twice =
        post(&mut client, "/api/v2/logs?service=a&service=b", &[("DD-API-KEY", &access.write_key)], "{\"message\":\"twice\"}");
    assert_eq!(twice.status, 202, "{}", twice.text());
    let mut client = house.client(&access);
    assert_eq!(access.search(&mut client, "twice service:a").len(), 1);
}

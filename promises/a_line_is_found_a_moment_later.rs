//! A line that was sent is found a moment later: by its words, by its fields, by SQL, and after a restart.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::eventually;
use crate::house::{Access, House};

const LINE: &str = r#"{"timestamp":"2026-05-04T03:02:01.123456Z","level":"error","message":"connection reset by peer",
    "service":"api","http":{"status":502,"path":"/orders"},"request_id":"0b5f6f6e-4d7c-4d7c-9d7c-0123456789ab",
    "tags":["a","b"],"big":12345678901234567890123,"ratio":0.25,"ok":false,"nothing":null}"#;

fn check_found(house: &House, access: &Access) {
    let mut client = house.client(access);
    for query in [
        "connection reset",
        "level:error status:>=500",
        "service:api \"reset by\"",
        "request_id:0b5f6f6e-4d7c-4d7c-9d7c-0123456789ab",
    ] {
        let query = query.replace("status", "http.status");
        let found = eventually(&query, Duration::from_secs(2), || {
            Some(access.search(&mut client, &query)).filter(|records| !records.is_empty())
        });
        assert_eq!(found.len(), 1, "{query}");
        check_record(&found[0]);
    }
    for query in ["level:info", "service:web", "http.status:<500", "conection"] {
        assert!(access.search(&mut client, query).is_empty(), "{query}");
    }
    let response =
        access.sql(&mut client, "select level, \"http.status\", count(*) as n from logs where service = 'api' group by 1, 2");
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.json()["rows"], json!([["error", 502, 1]]));
}

/// As sent, with what every record has.
fn check_record(record: &Value) {
    assert!(record["timestamp"].as_str().is_some_and(|time| time.starts_with("2026-05-04T03:02:01.123456")), "{record}");
    assert_eq!(record["level"], "error");
    assert_eq!(record["message"], "connection reset by peer");
    assert!(record["id"].is_string(), "{record}");
    let attributes = &record["attributes"];
    assert_eq!(attributes["http"], json!({ "status": 502, "path": "/orders" }), "{attributes}");
    assert_eq!(attributes["tags"], json!(["a", "b"]), "{attributes}");
    assert_eq!((&attributes["ratio"], &attributes["ok"]), (&json!(0.25), &json!(false)), "{attributes}");
}

#[test]
fn a_line_is_found_a_moment_later() {
    let (mut house, access) = House::open();
    access.send(&mut house.client(&access), &LINE.replace('\n', ""));
    check_found(&house, &access);
    house.kill();
    house.start(&access);
    check_found(&house, &access);
    assert!(house.stop().success());
    house.start(&access);
    check_found(&house, &access);
}

#[test]
fn a_page_goes_on_where_the_last_one_ended() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..250).map(|i| json!({ "message": format!("line {i}"), "n": i }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/sources/{}/search?q=line&limit=40{cursor}", access.source_id);
        let page = client.get(&path, &access.read_key).unwrap().json();
        seen.extend(page["records"].as_array().expect("records").iter().filter_map(|r| r["attributes"]["n"].as_i64()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={}", crate::house::escaped(next));
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..250).collect::<Vec<_>>());
}

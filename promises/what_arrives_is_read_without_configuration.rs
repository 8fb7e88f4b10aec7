//! A line in a known format becomes attributes whichever way it came, and stays as it was; the lines of a stack trace are
//! one record. Where somebody says so, lines are left alone.

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{Access, House};

const ACCESS_LINE: &str = r#"192.0.2.7 - ann [04/May/2026:03:02:03 +0000] "GET /orders?id=7 HTTP/1.1" 404 512 "-" "curl/8.5""#;
const TRACE: &str = "2026-05-04 03:02:01,123 [main] ERROR com.example.App - failed\n\
    java.lang.IllegalStateException: no cart\n\tat com.example.Cart.add(Cart.java:12)\n\t... 3 more";

#[track_caller]
fn one(access: &Access, client: &mut Client, query: &str) -> Value {
    let mut found = access.search(client, query);
    assert_eq!(found.len(), 1, "{query}: {found:?}");
    found.remove(0)
}

/// In a text, in a record of JSON, and over OTLP.
fn send_each_way(access: &Access, client: &mut Client, line: &str) {
    let text = client.post(&access.frames_path(), &access.write_key, "text/plain", format!("{line} text").as_bytes()).unwrap();
    assert_eq!(text.status, 202);
    access.send(client, &json!({ "log": format!("{line} json\n") }).to_string());
    let record = json!({ "body": { "stringValue": format!("{line} otlp") } });
    let otlp = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] }).to_string();
    assert_eq!(client.post("/v1/logs", &access.write_key, "application/json", otlp.as_bytes()).unwrap().status, 200);
}

#[test]
fn a_line_in_a_known_format_becomes_attributes_and_stays() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    send_each_way(&access, &mut client, ACCESS_LINE);
    for way in ["text", "json", "otlp"] {
        let query = format!(
            "{way} client.address:192.0.2.7 user.name:ann http.request.method:GET url.path:/orders url.query:id=7 \
             http.response.status_code:404 http.response.body.size:>=512 user_agent.original:curl*"
        );
        let record = one(&access, &mut client, &query);
        assert_eq!(record["message"].as_str().unwrap().trim_end(), format!("{ACCESS_LINE} {way}"));
        if way != "otlp" {
            assert!(record["timestamp"].as_str().unwrap().starts_with("2026-05-04T03:02:03"), "{record}");
        }
    }
    let counted = access.sql(&mut client, "select count(*) from logs where \"http.response.status_code\" = 404");
    assert_eq!(counted.json()["rows"], json!([[3]]));
    access.send(&mut client, r#"{"message":"level=error msg=\"two words\" took=12","level":"info","took":1}"#);
    let kept = one(&access, &mut client, "\"two words\" log_message:*two*");
    assert_eq!((&kept["level"], &kept["attributes"]["took"]), (&json!("info"), &json!(1)), "what a record has goes first");
}

#[test]
fn the_lines_of_a_stack_trace_are_one_record() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let response = client.post(&access.frames_path(), &access.write_key, "text/plain", TRACE.as_bytes()).unwrap();
    assert_eq!(response.status, 202);
    let lines: Vec<String> = TRACE.lines().map(|line| json!({ "log": line, "stream": "stderr" }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    let found = access.search(&mut client, "exception.type:java.lang.IllegalStateException scope.name:com.example.App");
    assert_eq!(found.len(), 2, "{found:?}");
    for record in found {
        assert_eq!((record["message"].as_str(), &record["level"]), (Some(TRACE), &json!("error")));
        assert_eq!(record["attributes"]["exception.message"], "no cart", "{record}");
    }
    assert_eq!(access.search(&mut client, "").len(), 2);
}

#[test]
fn a_line_with_colours_is_read_as_the_same_without_and_kept_as_it_came() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let coloured = "\u{1b}[2m2026-05-04T03:02:03Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m \u{1b}[2mmy_app::cart\u{1b}[0m\u{1b}[2m:\u{1b}[0m no cart";
    send_each_way(&access, &mut client, coloured);
    for way in ["text", "json", "otlp"] {
        let record = one(&access, &mut client, &format!("level:error scope.name:my_app::cart {way}"));
        assert_eq!(record["message"].as_str().unwrap().trim_end(), format!("{coloured} {way}"));
        if way != "otlp" {
            assert!(record["timestamp"].as_str().unwrap().starts_with("2026-05-04T03:02:03"), "{record}");
        }
    }
    let compose = "\u{1b}[36mweb-1  | \u{1b}[0m10:00AM \u{1b}[33mWRN\u{1b}[0m slow \u{1b}[36mkey=\u{1b}[0mAKIAIOSFODNN7EXAMPLE";
    access.send(&mut client, &json!({ "message": compose }).to_string());
    let record = one(&access, &mut client, "container.name:web-1 level:warn");
    assert!(record.to_string().matches("[masked AWS key id]").count() == 2 && !record.to_string().contains("AKIA"), "{record}");
}

#[test]
fn the_two_lines_of_java_util_logging_are_one_record() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let text = "Nov 25, 2026 10:00:00 PM com.example.Main main\nWARNING: started\nNov 25, 2026 10:00:01 PM com.example.Main stop\nINFO: over\n";
    assert_eq!(client.post(&access.frames_path(), &access.write_key, "text/plain", text.as_bytes()).unwrap().status, 202);
    let record = one(&access, &mut client, "scope.name:com.example.Main code.function.name:main level:warn");
    assert_eq!(record["message"], "Nov 25, 2026 10:00:00 PM com.example.Main main\nWARNING: started");
    assert!(record["timestamp"].as_str().unwrap().starts_with("2026-11-25T22:00:00"), "{record}");
    assert_eq!(access.search(&mut client, "").len(), 2);
}

/// As Rust 1.95 and Node 20 end, and Python 3.11 ends a group of tasks.
const ENDS: [(&str, &str); 3] = [
    (
        "thread 'main' (7116) panicked at a.rs:1:76:\nno cart\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "panic",
    ),
    (
        "node:events:502\n      throw er; // Unhandled 'error' event\n      ^\n\nError: connect ECONNREFUSED 127.0.0.1:1\n\
         \x20   at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\n\
         Emitted 'error' event on Socket instance at:\n    at emitErrorNT (node:internal/streams/destroy:169:8) {\n\
         \x20 errno: -111,\n  code: 'ECONNREFUSED'\n}\n\nNode.js v20.20.2",
        "Error",
    ),
    (
        "  + Exception Group Traceback (most recent call last):\n  |   File \"/srv/a.py\", line 8, in <module>\n\
         \x20 | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  +-+---------------- 1 ----------------\n\
         \x20   | ValueError: bad 1\n    +------------------------------------",
        "ExceptionGroup",
    ),
];

#[test]
fn what_programs_end_with_is_one_record_each() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let text = ENDS.map(|(end, _)| format!("starting\n{end}\n")).concat();
    assert_eq!(client.post(&access.frames_path(), &access.write_key, "text/plain", text.as_bytes()).unwrap().status, 202);
    for (end, kind) in ENDS {
        let record = one(&access, &mut client, &format!("exception.type:{kind}"));
        let lines: Vec<&str> = end.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(record["message"], lines.join("\n"));
        assert!(!record["attributes"]["exception.message"].as_str().unwrap().starts_with("note:"), "{record}");
    }
    assert_eq!(access.search(&mut client, "").len(), ENDS.len() * 2);
}

#[test]
fn a_record_of_json_may_name_its_time_level_and_message_as_its_logger_does() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    access.send(&mut client, r#"{"@t":"2026-05-04T03:02:01.123Z","@mt":"Hello {User}","@l":"Warning","User":"ann"}"#);
    let record = one(&access, &mut client, "level:warn User:ann");
    assert_eq!((record["message"].as_str(), &record["attributes"]["@l"]), (Some("Hello {User}"), &json!("Warning")));
    assert!(record["timestamp"].as_str().unwrap().starts_with("2026-05-04T03:02:01.123"), "{record}");
    access.send(&mut client, r#"{"event":"signup","user":7}"#);
    let record = one(&access, &mut client, "event:signup");
    assert_eq!((&record["message"], &record["attributes"]["event"]), (&Value::Null, &json!("signup")));
}

#[test]
fn lines_are_left_alone_where_somebody_says_so() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let words = ["admin", "recognition", "--tenant", "acme", "--source", "first", "--off", "formats,stack-traces"];
    assert_eq!(house.run(&words), json!({ "formats": false, "stack_traces": false }));
    send_each_way(&access, &mut client, ACCESS_LINE);
    client.post(&access.frames_path(), &access.write_key, "text/plain", TRACE.as_bytes()).unwrap();
    let found = access.search(&mut client, "");
    assert_eq!(found.len(), 3 + TRACE.lines().count());
    for record in found {
        assert!(record["attributes"].as_object().is_none_or(serde_json::Map::is_empty), "{record}");
    }
}

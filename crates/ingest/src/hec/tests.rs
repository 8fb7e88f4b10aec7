use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::Refusal;
use crate::tests::records;

fn arrived() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn check(body: &str, expected: &Value) {
    assert_eq!(&Value::Array(records(&decode_events(body.as_bytes()).unwrap())), expected, "{body}");
}

#[track_caller]
fn check_refused(body: &str, code: &str, record: Option<usize>) {
    let error = decode_events(body.as_bytes()).unwrap_err();
    assert_eq!((error.code, error.status, error.record), (code, Refusal::BadRequest, record), "{error:?}");
    assert!(!error.detail.contains("secret"), "{error:?}");
}

#[test]
fn an_event_becomes_a_record() {
    check(
        r#"{"time":1769860800.123,"host":"web-1","source":"/var/log/a","sourcetype":"a:b","index":"main","event":"hello","fields":{"a":"1"}}"#,
        &value!([{"message": "hello", "a": "1", "host": "web-1", "source": "/var/log/a", "sourcetype": "a:b", "index": "main",
                  "timestamp": 1_769_860_800_123_000_000_i64}]),
    );
    check(
        r#"{"event":{"message":"hi","host":"mine","a":{"b":1}},"host":"web-1","fields":{"a":2,"c":3}}"#,
        &value!([{"message": "hi", "host": "mine", "a": {"b": 1}, "c": 3}]),
    );
    check(r#"{"event":7}{"event":[1]}{"event":false}"#, &value!([{"event": 7}, {"event": [1]}, {"event": false}]));
    check(r#"{"event":{}}"#, &value!([{}]));
}

#[test]
fn events_follow_one_another_in_any_way() {
    let expected = value!([{"message": "a"}, {"message": "b"}]);
    for body in [
        r#"{"event":"a"}{"event":"b"}"#,
        "{\"event\":\"a\"}\r\n\n{\"event\":\"b\"}\n",
        "[{\"event\":\"a\"},{\"event\":\"b\"}]",
        "{\n \"event\": \"a\"\n}\n[{\"event\":\"b\"}]",
    ] {
        check(body, &expected);
    }
}

#[test]
fn the_time_of_the_envelope_goes_before_the_events_own() {
    let of = |time: &str, event: &str| {
        let body = format!(r#"{{"time":{time},"event":{event}}}"#);
        records(&decode_events(body.as_bytes()).unwrap()).remove(0)
    };
    let nanos = value!(1_769_860_800_123_456_789_i64);
    assert_eq!(of("\"1769860800.123456789\"", "\"x\"")["timestamp"], nanos);
    assert_eq!(of("1769860800.1234567891", "{\"time\":\"noon\"}")["timestamp"], nanos);
    assert_eq!(of("1769860800123", "\"x\"")["timestamp"], value!(1_769_860_800_123_000_000_i64));
    assert_eq!(of("1769860800", "{\"timestamp\":1}")["dt"], value!(1_769_860_800_000_000_000_i64));
    assert_eq!(of("\"noon\"", "\"x\"")["time"], "noon");
}

#[test]
fn what_is_no_event_is_refused_with_its_place() {
    check_refused("", "no_data", None);
    check_refused(" \n", "no_data", None);
    check_refused("[]", "no_data", None);
    check_refused(r#"{"event":"a"}{"fields":{"a":1}}"#, "event_missing", Some(1));
    check_refused(r#"{"event":null}"#, "event_missing", Some(0));
    check_refused(r#"{"event":"a"}{"event":""}"#, "event_blank", Some(1));
    check_refused(r#"{"event":"a"} secret"#, "invalid_json", Some(1));
    check_refused(r#"{"event":"a"}{"event":nul}"#, "invalid_json", Some(1));
    check_refused(r#"{"event":"a","fields":7}"#, "invalid_json", Some(0));
    check_refused(r#"{"event":"a"} "secret""#, "not_an_object", Some(1));
    assert_eq!(decode_events(b"{\"event\":\"\xff\"}").unwrap_err().code, "invalid_utf8");
    let large = format!(r#"{{"event":"{}"}}"#, "x".repeat(limits::RECORD_BYTES_MAX));
    assert_eq!(decode_events(large.as_bytes()).unwrap_err().code, "record_too_large");
}

#[test]
fn each_line_is_an_event_of_the_origin() {
    let origin = Origin { host: Some("web-1".to_owned()), sourcetype: Some("a\"b".to_owned()), ..Origin::default() };
    let lines = decode_lines(b"one\n\n{\"a\":1}\n", &origin, arrived()).unwrap();
    let expected = [
        value!({"message": "one", "host": "web-1", "sourcetype": "a\"b"}),
        value!({"a": 1, "host": "web-1", "sourcetype": "a\"b"}),
    ];
    assert_eq!(records(&lines), expected);
    assert_eq!(records(&decode_lines(b"x", &Origin::default(), arrived()).unwrap()), [value!({"message": "x"})]);
    assert_eq!(decode_lines(b"\n", &origin, arrived()).unwrap_err().code, "no_data");
}

#[test]
fn objects_without_a_line_between_them_are_events_of_their_own() {
    let origin = Origin { host: Some("web-1".to_owned()), ..Origin::default() };
    let of = |body: &str| records(&decode_lines(body.as_bytes(), &origin, arrived()).unwrap());
    let expected = [value!({"a": {"b": "}{"}, "host": "web-1"}), value!({"a": 2, "host": "web-1"})];
    for body in [r#"{"a":{"b":"}{"}}{"a":2}"#, "{\n\"a\": {\"b\": \"}{\"}\n}{\"a\":2}\n", "{\"a\":{\"b\":\"}{\"}}\n{\"a\":2}"] {
        assert_eq!(of(body), expected, "{body}");
    }
    for line in [r#"{"a":1}{"a":2} and more"#, r#"{"a":1}{"a":"#, r#"{"a":1}{"a":2}[]"#] {
        assert_eq!(of(line), [value!({"message": line, "host": "web-1"})], "text stays as it was");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(body in "([{}\\[\\]\":,a0. ]|\"event\":|\"time\":|\"fields\":|\\{\"event\":\"x\"\\}){0,20}") {
        if let Ok(body) = decode_events(body.as_bytes()) {
            records(&body);
        }
    }

    #[test]
    fn any_event_comes_back(event in any::<String>(), host in any::<String>(), time in 0_u32..) {
        prop_assume!(!event.is_empty());
        let body = value!({"time": time, "host": host, "event": event}).to_string();
        let record = records(&decode_events(body.as_bytes()).unwrap()).remove(0);
        prop_assert_eq!((&record["message"], &record["host"]), (&value!(event), &value!(host)));
    }
}

use proptest::prelude::*;
use serde_json::{Value as Json, json as value};

use identity::Redaction;

use super::*;
use crate::NormalBody;
use crate::tests::records;

mod databases;
mod lines;

fn arrived() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn nanos(time: &str) -> i64 {
    Timestamp::parse(time).unwrap().nanos()
}

/// What a record becomes.
fn enriched(record: &Json) -> Json {
    let body = record.to_string();
    let Some(out) = attributes(body.as_bytes(), arrived(), Redaction::default()) else { return record.clone() };
    records(&NormalBody { bytes: out.into(), records: Some(1), ..NormalBody::default() }).remove(0)
}

/// A message in this format gives these attributes, and stays.
#[track_caller]
fn check(message: &str, format: Format, expected: Json) {
    let record = enriched(&value!({ "message": message }));
    let mut expected = expected;
    expected["message"] = message.into();
    assert_eq!(record, expected, "{message}");
    assert_eq!(super::format(message, arrived()), Some(format), "{message}");
}

#[test]
fn what_fits_no_format_whole_is_left_alone() {
    for message in [
        "hello",
        "Error connecting to db",
        "Notice the gap",
        "2026-01-31 is a date",
        "2026-01-31T12:00:00Zulu time",
        "key=value alone is no logfmt",
        "a=1 b=2 and more",
        "a=1 a=2",
        "a=1 b=\"open",
        "a=1 b=x\"y",
        "{not json",
        "<script>alert(1)</script>",
        "<999>no priority",
        "information",
        "INFOBOX",
        "[core] x",
        "Started the engine",
        "Completed in time",
        "Processing by hand",
        "START RequestId: x",
        "END of it",
        "1.2.3.4 - - [yesterday] \"GET / HTTP/1.1\" 200 1",
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" OK 1",
        "[Mon Foo 09 10:42:29 2011] [error] x",
        "E, [x #1]  INFO -- : y",
        "\u{1b}[31mhello\u{1b}[0m",
        "step-1 | done",
        "a  | b",
        "web-x  | text",
        "Nov 25, 2026 10:00:00 XM com.example.Main main",
        "Nov 25, 2026 13:00:00 PM com.example.Main main",
        "Nov 25, 2026 10:00:00 AM two words and more",
    ] {
        let record = value!({ "message": message });
        assert_eq!(enriched(&record), record, "{message}");
    }
}

#[test]
fn a_record_keeps_what_it_has() {
    let line = r#"192.0.2.7 - - [31/Jan/2026:12:00:00 +0000] "GET /x?y=1 HTTP/1.1" 200 5 "-" "curl/8""#;
    let record = value!({ "message": line, "level": "warn", "ts": 1, "http": { "status": 1 }, "url.path": "/kept" });
    let mut expected = record.clone();
    expected["client.address"] = "192.0.2.7".into();
    expected["url.query"] = "y=1".into();
    expected["network.protocol.version"] = "1.1".into();
    expected["user_agent.original"] = "curl/8".into();
    assert_eq!(enriched(&record), expected);
    let inner = value!({ "message": r#"{"time":"x","level":"error","msg":"hi","n":1}"#, "timestamp": 5, "level": "info" });
    let mut expected = inner.clone();
    expected["log_message"] = "hi".into();
    expected["n"] = 1.into();
    assert_eq!(enriched(&inner), expected);
}

#[test]
fn every_key_of_a_message_and_every_form_of_body_is_read() {
    for key in ["message", "msg", "log"] {
        let record = enriched(&value!({ "a": [1, { "b": "}" }], key: "level=warn n=7\n" }));
        assert_eq!((&record["level"], &record["n"]), (&value!("warn"), &value!(7)), "{record}");
    }
    let body = "[ {\"message\" : \"ERROR a\"} ,\n{\"n\":1},{}, {\"message\":\"\"}]{\"msg\":\"INFO b\"}";
    let out = String::from_utf8(attributes(body.as_bytes(), arrived(), Redaction::default()).unwrap()).unwrap();
    assert_eq!(
        out,
        body.replace("ERROR a\"", "ERROR a\",\"level\":\"error\"").replace("INFO b\"", "INFO b\",\"level\":\"info\"")
    );
}

#[test]
fn what_is_no_json_is_left_to_be_refused() {
    for body in
        ["{\"message\":\"ERROR a\"", "{\"message\":\"ERROR a\"}x", "{\"message\":\"ERROR a\" 1}", "\"message\":\"ERROR a\""]
    {
        assert!(attributes(body.as_bytes(), arrived(), Redaction::default()).is_none(), "{body}");
    }
}

#[test]
fn a_line_that_is_too_long_is_left_alone() {
    let line = format!("ERROR {}", "x".repeat(limits::RECOGNISED_LINE_BYTES_MAX));
    assert!(recognise(&line, arrived()).is_none());
    let pairs: String = (0..=limits::RECOGNISED_FIELDS_MAX).map(|n| format!("k{n}=1 ")).collect();
    assert!(recognise(&pairs, arrived()).is_none());
}

fn starts() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "",
        "{\"a\":",
        "<13>1 - h a p m [",
        "<13>Jan 31 11:00:00 ",
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"",
        "a=1 b=",
        "2026-01-31T12:00:00",
        "2026/01/31 12:00:00 [error] 1#2: ",
        "2026-01-31 12:00:00,123 [",
        "2026-01-31T12:00:00.123Z\tINFO\t",
        "[Fri Sep 09 10:42:29 2011] [",
        "at=info method=GET dyno=w fwd=",
        "REPORT RequestId: 8f5c6d7e-0000-4000-8000-0123456789ab\t",
        "Completed 200 OK in ",
        "I0131 12:00:00.1 1 a.go:",
        "I, [2026-01-31T12:00:00 #1]  INFO -- ",
        "INFO:a:",
        "Traceback (most recent call last):\n",
        "panic: x\n",
        "\u{1b}[2m2026-01-31T12:00:00Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m ",
        "\u{1b}[",
        "web-1  | ",
        "Nov 25, 2026 10:00:00 AM ",
        "2026-01-31 12:00:00 UTC [1] a@b ERROR:  ",
        "2026-01-31 12:00:00 UTC:1.2.3.4(5):a@b:[1]:",
        "2026-01-31 12:00:00.1 CET [",
        "2026-01-31T12:00:00Z 0 [ERROR] [MY-",
        "2026-01-31  6:00:00 0 [Note] ",
        "2026-01-31  ",
        "7:M 31 Jan 2026 12:00:00.1 ",
        "2026-01-31T12:00:00Z stderr F ",
        "[2026-01-31T12:00:00,1][WARN ][",
        "I0131 12:00:00.1 1 a.go:1] \"m\" ",
        "ERROR [main] a.B - ",
        "2026-01-31 12:00:00,123 ERROR a.b",
    ])
}

proptest! {
    /// Nothing panics, nothing is lost, and `store` takes what comes out.
    #[test]
    fn any_message_stays(start in starts(), rest in "[ a1=:,\"\\\\\\[\\](){}<>@.#\té\n/-]{0,60}") {
        let message = format!("{start}{rest}");
        let record = enriched(&value!({ "message": message, "n": 1 }));
        prop_assert_eq!(record["message"].as_str(), Some(message.as_str()));
        prop_assert_eq!(record["n"].as_u64(), Some(1));
    }

    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = attributes(&body, arrived(), Redaction::default());
    }
}

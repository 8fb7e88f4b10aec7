use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::Refusal;
use crate::tests::records;

fn arrived() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn decoded(content_type: &str, metadata: Option<&str>, body: &str) -> Result<NormalBody, DecodeError> {
    decode(Some(content_type), metadata, Bytes::copy_from_slice(body.as_bytes()), arrived())
}

fn check(content_type: &str, metadata: Option<&str>, body: &str, expected: &str) {
    let body = decoded(content_type, metadata, body).unwrap();
    let expected: Vec<Value> = serde_json::Deserializer::from_str(expected).into_iter().map(Result::unwrap).collect();
    assert_eq!(records(&body), expected);
}

fn check_refused(content_type: &str, metadata: Option<&str>, body: &str, expected: (&str, Refusal, Option<usize>)) {
    let error = decoded(content_type, metadata, body).unwrap_err();
    assert_eq!((error.code, error.status, error.at), expected, "{error:?}");
    assert!(!error.detail.contains("secret"), "{error:?}");
}

#[test]
fn json_goes_through_untouched() {
    let timber_js = r#"[{"dt":"2026-01-31T12:00:00.123Z","level":"info","message":"order placed","user":{"id":7}}]"#;
    let logstash = r#"{"@timestamp":"2026-01-31T12:00:00.000Z","@version":"1","message":"hi"}"#;
    let ndjson = "{\"message\":\"a\"}\n\r\n{\"message\":\"b\"}\n";
    for content_type in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/x-ndjson", ""] {
        for text in [timber_js, logstash, ndjson, "[]", "[not json, which is not looked at"] {
            let body = Bytes::copy_from_slice(text.as_bytes());
            let normal = decode(Some(content_type), None, body.clone(), arrived()).unwrap();
            assert_eq!((normal.bytes.as_ptr(), normal.bytes.len(), normal.records), (body.as_ptr(), body.len(), None));
        }
    }
    let marked = decoded("application/json", None, "\u{feff}{}").unwrap();
    assert_eq!(&marked.bytes[..], b"{}");
}

#[test]
fn an_empty_body_holds_no_records() {
    for content_type in ["application/json", "application/ndjson", "application/msgpack", "text/plain", ""] {
        assert_eq!(decoded(content_type, None, "").unwrap().records, Some(0), "{content_type}");
    }
    assert_eq!(decoded("application/json", None, " \r\n").unwrap().records, Some(0));
    assert_eq!(decoded("text/plain", None, " \r\n\n").unwrap().records, Some(0));
}

#[test]
fn a_type_that_nobody_chose_is_told_by_the_first_byte() {
    for content_type in [None, Some(""), Some("application/x-www-form-urlencoded"), Some("application/octet-stream")] {
        let of = |text: &'static str| decode(content_type, None, Bytes::from_static(text.as_bytes()), arrived()).unwrap();
        assert_eq!(of(" \n{\"a\":1}").records, None);
        assert_eq!(of("[{\"a\":1}]").records, None);
        assert_eq!(&of("hello\n").bytes[..], b"{\"message\":\"hello\"}\n");
    }
}

/// What a drain of Heroku delivers, as the records are stored.
fn delivered(messages: &[&str]) -> Vec<Value> {
    let body: String = messages.iter().map(|message| format!("{} {message}\n", message.len() + 1)).collect();
    let body = decode(Some(LOGPLEX), None, body.into(), arrived()).unwrap();
    let treated = crate::treat(&body, &identity::Treatment::default(), arrived()).unwrap();
    serde_json::Deserializer::from_slice(treated.bytes()).into_iter().map(Result::unwrap).collect()
}

#[track_caller]
fn check_fields(record: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(record.get(name).unwrap_or(&Value::Null), value, "{name} of {record}");
    }
}

#[test]
fn lines_of_heroku_say_their_level_and_what_they_measure() {
    use serde_json::json;
    let records = delivered(&[
        "<158>1 2026-01-31T11:00:00.123456+00:00 host heroku router - at=error code=H12 desc=\"Request timeout\" method=GET path=\"/slow?x=1\" host=a.example.com request_id=8601b555 fwd=\"192.0.2.7\" dyno=web.1 connect=6ms service=30001ms status=503 bytes=0 protocol=https",
        "<158>1 2026-01-31T11:00:00.123456+00:00 host heroku router - at=error code=H10 desc=\"App crashed\" method=GET path=\"/\" host=a.example.com request_id=8601b556 fwd=\"192.0.2.7\" dyno= connect= service= status=503 bytes= protocol=https",
        "<158>1 2026-01-31T11:00:00.123456+00:00 host heroku router - at=info method=GET path=\"/\" host=a.example.com request_id=8601b557 fwd=\"192.0.2.7\" dyno=web.1 connect=0ms service=3ms status=200 bytes=13 protocol=https",
        "<45>1 2026-01-31T11:00:00.123456+00:00 host heroku web.1 - source=web.1 dyno=heroku.1234.ab-cd sample#memory_total=21.00MB sample#memory_rss=21.22MB sample#memory_pgpgin=348836pages",
        "<45>1 2026-01-31T11:00:00.123456+00:00 host heroku web.1 - source=web.1 dyno=heroku.1234.ab-cd sample#load_avg_1m=2.46",
        "<45>1 2026-01-31T11:00:00.123456+00:00 host heroku web.1 - Error R14 (Memory quota exceeded)",
        "<172>1 2026-01-31T11:00:00.123456+00:00 host heroku logplex - Error L10 (output buffer overflow): 500 messages dropped since 2026-01-31T10:00:00+00:00.",
        "<45>1 2026-01-31T11:00:00.123456+00:00 host heroku web.1 - State changed from starting to up",
        "<190>1 2026-01-31T11:00:00.123456+00:00 host app web.1 - Error R14 (Memory quota exceeded)",
        "<134>1 2026-01-31T11:00:00.123456+00:00 host app heroku-postgres - source=DATABASE addon=postgresql-x-1 sample#db_size=8191bytes",
    ]);
    for (record, expected) in records.iter().zip([
        json!({"level": "error", "error.type": "H12", "heroku.dyno": "web.1", "heroku.service_ms": 30001, "url.path": "/slow",
            "http.response.status_code": 503, "service": "heroku", "proc_id": "router", "facility": "local3"}),
        json!({"level": "error", "error.type": "H10", "error.message": "App crashed", "heroku.dyno": null}),
        json!({"level": "info", "error.type": null, "http.response.status_code": 200}),
        json!({"level": "notice", "heroku.dyno": "web.1", "heroku.memory_rss_mb": 21.22, "heroku.memory_pgpgin_pages": 348836.0}),
        json!({"level": "notice", "heroku.dyno": "web.1", "heroku.load_avg_1m": 2.46}),
        json!({"level": "error", "heroku.dyno": "web.1", "error.type": "R14", "message": "Error R14 (Memory quota exceeded)"}),
        json!({"level": "error", "heroku.dyno": null, "error.type": "L10"}),
        json!({"level": "notice", "heroku.dyno": "web.1", "message": "State changed from starting to up", "proc_id": "web.1"}),
        // What an app writes is not the platform's word on its level.
        json!({"level": "info", "heroku.dyno": null, "service": "app"}),
        json!({"level": "info", "heroku.dyno": null}),
    ]) {
        check_fields(record, &expected);
    }
    assert_eq!(records.len(), 10);
}

#[test]
fn lines_of_an_app_on_heroku_say_their_level() {
    for (text, level) in [
        ("ERROR boom", "error"),
        ("[ERROR] boom", "error"),
        ("E, [2026-01-31T11:00:00.123456 #4] ERROR -- : boom", "error"),
        ("level=error msg=\"two words\"", "error"),
        ("2026-01-31 11:00:00,123 [main] WARN  com.example.App - low", "warn"),
        ("{\"level\":\"debug\",\"message\":\"x\"}", "debug"),
        ("{\"@l\":\"Error\",\"@mt\":\"x\"}", "error"),
        ("{\"message\":\"x\"}", "info"),
        ("level=loud msg=x", "info"),
        ("Error while reading", "info"),
    ] {
        let record = delivered(&[&format!("<190>1 2026-01-31T11:00:00+00:00 host app web.1 - {text}")]).remove(0);
        assert_eq!(record["level"], level, "{text}");
    }
}

#[test]
fn an_unknown_type_is_refused() {
    for content_type in ["application/xml", "multipart/form-data; boundary=x", "image/png", "json"] {
        check_refused(content_type, None, "{}", ("unsupported_content_type", Refusal::BadRequest, None));
    }
}

#[test]
fn metadata_is_merged_into_every_record_of_every_type() {
    let metadata = Some(r#"{"host":"web-1","context":{"file":"a.log"}}"#);
    check(
        "text/plain",
        metadata,
        "one\n{\"message\":\"two\",\"context\":{\"n\":1}}\n",
        r#"{"message":"one","host":"web-1","context":{"file":"a.log"}}
           {"message":"two","host":"web-1","context":{"n":1,"file":"a.log"}}"#,
    );
    let expected = r#"{"a":1,"host":"web-1","context":{"file":"a.log"}} {"host":"web-1","context":{"file":"a.log"}}"#;
    check("application/json", metadata, r#"[{"a":1}, {"host":"other"}]"#, expected);
    check("application/ndjson", metadata, "{\"a\":1}\n{}\n", expected);
    let body = decode(Some("application/msgpack"), metadata, Bytes::from_static(b"\x91\x81\xa1a\x01"), arrived()).unwrap();
    assert_eq!(records(&body), [serde_json::json!({"a": 1, "host": "web-1", "context": {"file": "a.log"}})]);
}

#[test]
fn a_body_that_metadata_cannot_be_merged_into_is_refused_with_the_place() {
    let metadata = Some("{}");
    check_refused("application/json", metadata, "{\"a\":1}\n {\"secret\":nul}", ("invalid_json", Refusal::BadRequest, Some(22)));
    check_refused("application/json", metadata, r#"[{"a":1}, "secret"]"#, ("not_an_object", Refusal::BadRequest, Some(10)));
    check_refused("application/json", metadata, "{\"a\":1} 7", ("not_an_object", Refusal::BadRequest, Some(8)));
    check_refused("application/json", Some("secret"), "{}", ("invalid_metadata", Refusal::BadRequest, None));
    let error = decode(Some("application/json"), metadata, Bytes::from_static(b"{\"a\":\"\xff\"}"), arrived()).unwrap_err();
    assert_eq!((error.code, error.at), ("invalid_utf8", Some(6)));
}

#[test]
fn metadata_cannot_multiply_a_body_past_the_limit() {
    let metadata = format!("{{\"fact\":\"{}\"}}", "x".repeat(30_000));
    let body = "{}\n".repeat(2_000);
    check_refused("application/ndjson", Some(&metadata), &body, ("body_too_large", Refusal::TooLarge, None));
    check_refused("text/plain", Some(&metadata), &"x\n".repeat(2_000), ("body_too_large", Refusal::TooLarge, None));
}

#[test]
fn a_line_of_ten_megabytes_is_refused_with_its_place() {
    let body = format!("first\n{}\nlast\n", "x".repeat(10 << 20));
    let error = decoded("text/plain", None, &body).unwrap_err();
    assert_eq!((error.code, error.status, error.record, error.at), ("record_too_large", Refusal::TooLarge, Some(1), Some(6)));
    // What counts is the normal form: a control character takes six bytes there.
    let error = decoded("text/plain", None, &"\u{1}".repeat(1 << 20)).unwrap_err();
    assert_eq!((error.code, error.record, error.at), ("record_too_large", Some(0), Some(0)));
}

#[test]
fn more_records_than_the_limit_are_refused() {
    let body = "x\n".repeat(limits::RECORDS_PER_BATCH_MAX + 1);
    check_refused("text/plain", None, &body, ("too_many_records", Refusal::TooLarge, None));
    assert_eq!(decoded("text/plain", None, &body[2..]).unwrap().records, Some(limits::RECORDS_PER_BATCH_MAX));
}

proptest! {
    #[test]
    fn any_bytes_are_answered_with_objects_or_a_refusal(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        content_type in proptest::sample::select(vec!["application/msgpack", "text/plain"]),
        metadata in proptest::option::of(Just("{\"host\":\"h\"}")),
    ) {
        if let Ok(body) = decode(Some(content_type), metadata, body.into(), arrived()) {
            records(&body);
        }
    }

    #[test]
    fn merging_metadata_into_json_answers(body in "[\\[\\]{}\":,a0 \\\\u]{0,40}", over in "[{}\":,a0]{0,12}") {
        for over in ["{\"a\":{\"a\":0}}", &over] {
            if let Ok(body) = decoded("application/json", Some(over), &body) {
                records(&body);
            }
        }
    }
}

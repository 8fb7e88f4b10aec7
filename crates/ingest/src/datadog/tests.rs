use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::tests::records;

fn decoded(content_type: &str, body: &str) -> Result<NormalBody, DecodeError> {
    decode(content_type, body.as_bytes(), &Origin::default(), Timestamp::parse("2026-01-31T12:00:00Z").unwrap())
}

fn check(content_type: &str, body: &str, expected: &Value) {
    assert_eq!(&Value::Array(records(&decoded(content_type, body).unwrap())), expected, "{body}");
}

const JSON: &str = "application/json";

#[test]
fn what_the_agent_sends_becomes_records() {
    check(
        JSON,
        r#"[{"message":"x","status":"warning","timestamp":1769860800123,"hostname":"web-1","service":"api","ddsource":"go","ddtags":"env:prod, team:core,url:http://a:1,bare"}]"#,
        &value!([{"message": "x", "status": "warning", "timestamp": 1_769_860_800_123_i64, "hostname": "web-1", "service": "api",
                  "ddsource": "go", "ddtags": "env:prod, team:core,url:http://a:1,bare", "level": "warn", "host": "web-1",
                  "tags": {"env": "prod", "team": "core", "url": "http://a:1"}}]),
    );
    check(
        JSON,
        r#"{"message":"x","status":502,"level":"info","host":"a","hostname":"b","tags":[],"ddtags":"a:b"}"#,
        &value!([{"message": "x", "status": 502, "level": "info", "host": "a", "hostname": "b", "tags": [], "ddtags": "a:b"}]),
    );
    check(JSON, "{\"a\":1}\n{\"a\":2}", &value!([{"a": 1}, {"a": 2}]));
}

#[test]
fn lines_and_drains_are_taken_too() {
    check("text/plain", "one\n{\"a\":1}\n", &value!([{"message": "one"}, {"a": 1}]));
    check("application/json", "just text", &value!([{"message": "just text"}]));
    let drain = "69 <13>1 2026-01-31T12:00:00Z host app web.1 - State changed from a to b";
    let record = records(&decoded("application/logplex-1", drain).unwrap()).remove(0);
    assert_eq!((&record["proc_id"], &record["message"]), (&value!("web.1"), &value!("State changed from a to b")));
}

#[test]
fn what_the_address_says_holds_where_a_record_does_not_say_it() {
    let said = |text: &str| Some(text.to_owned());
    let origin = Origin { ddtags: said("env:prod"), service: said("shop"), hostname: said("web-7"), ddsource: said("") };
    let check = |content_type: &str, body: &str, expected: &Value| {
        let decoded = decode(content_type, body.as_bytes(), &origin, Timestamp::parse("2026-01-31T12:00:00Z").unwrap());
        assert_eq!(&Value::Array(records(&decoded.unwrap())), expected, "{body}");
    };
    let added = |message: &str| {
        value!({"message": message, "ddtags": "env:prod", "service": "shop", "hostname": "web-7", "host": "web-7",
                "tags": {"env": "prod"}})
    };
    check("text/plain", "one\n\ntwo\n", &value!([added("one"), added("two")]));
    check(JSON, r#"[{"message":"x"},{}]"#, &value!([added("x")]));
    check(
        JSON,
        r#"{"service":null,"hostname":7,"ddtags":"a:b"}"#,
        &value!([{"service": null, "hostname": 7, "ddtags": "a:b", "tags": {"a": "b"}}]),
    );
    check(JSON, "{}", &value!([]));
}

#[test]
fn a_question_whether_anybody_is_there_stores_nothing() {
    for body in ["{}", "[]", "[{}]", "", " "] {
        check(JSON, body, &value!([]));
    }
}

#[test]
fn what_is_malformed_is_refused() {
    for (body, code) in
        [("[1]", "not_an_object"), ("{\"a\":nul}", "invalid_json"), ("[{}", "invalid_json"), ("{} 7", "not_an_object")]
    {
        assert_eq!(decoded(JSON, body).unwrap_err().code, code, "{body}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(body in "([{}\\[\\]\":,a0. ]|\"ddtags\":|\"status\":|\\{\"a\":\"x\"\\}|12 <13>1 ){0,20}", kind in 0_usize..3) {
        let kind = [JSON, "text/plain", "application/logplex-1"][kind];
        if let Ok(body) = decoded(kind, &body) {
            records(&body);
        }
    }
}

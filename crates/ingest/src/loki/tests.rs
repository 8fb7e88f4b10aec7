use model::limits;
use proptest::prelude::*;
use prost::Message;
use serde_json::{Value, json as value};

use super::*;
use crate::Refusal;
use crate::tests::records;

/// The messages of Loki's `push.proto`, as its clients write them.
#[derive(Clone, PartialEq, Message)]
struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<StreamAdapter>,
}

#[derive(Clone, PartialEq, Message)]
struct StreamAdapter {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<EntryAdapter>,
    #[prost(uint64, tag = "3")]
    hash: u64,
}

#[derive(Clone, PartialEq, Message)]
struct EntryAdapter {
    #[prost(message, tag = "1")]
    timestamp: Option<Time>,
    #[prost(string, tag = "2")]
    line: String,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Time {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

fn entry(line: &str, metadata: &[(&str, &str)]) -> EntryAdapter {
    let metadata = metadata.iter().map(|(name, value)| Pair { name: (*name).to_owned(), value: (*value).to_owned() }).collect();
    EntryAdapter { timestamp: Some(Time { seconds: 1_769_860_800, nanos: 5 }), line: line.to_owned(), metadata }
}

fn push(labels: &str, entries: Vec<EntryAdapter>) -> Vec<u8> {
    PushRequest { streams: vec![StreamAdapter { labels: labels.to_owned(), entries, hash: 7 }] }.encode_to_vec()
}

fn check(body: &NormalBody, expected: &Value) {
    assert_eq!((&Value::Array(records(body)), body.refused.len()), (expected, 0));
}

#[track_caller]
fn check_refused(decoded: Result<NormalBody, DecodeError>, code: &str) {
    let error = decoded.unwrap_err();
    assert_eq!((error.code, error.status), (code, Refusal::BadRequest), "{error:?}");
    assert!(!error.detail.contains("secret"), "{error:?}");
}

#[test]
fn an_entry_becomes_a_record_in_both_forms() {
    let expected = value!([
        {"timestamp": 1_769_860_800_000_000_005_i64, "message": "level=info \"a\"", "app": "shop", "level": "warn", "labels": {"time": "noon"}},
        {"timestamp": 1_769_860_800_000_000_005_i64, "message": "b", "app": "shop", "level": "warn", "trace_id": "7",
         "labels": {"time": "noon", "msg": "x"}},
    ]);
    let entries = vec![entry("level=info \"a\"", &[]), entry("b", &[("trace_id", "7"), ("msg", "x")])];
    check(&decode_protobuf(&push(r#"{app="shop", level="warn", time="noon"}"#, entries)).unwrap(), &expected);
    let json = r#"{"streams":[{"stream":{"app":"shop","level":"warn","time":"noon"},"values":[
        ["1769860800000000005","level=info \"a\""],
        [1769860800000000005,"b",{"trace_id":"7","msg":"x"}]]}]}"#;
    check(&decode_json(json.as_bytes()).unwrap(), &expected);
}

#[test]
fn labels_are_read_as_go_quotes_them() {
    let of = |labels: &str| decode_protobuf(&push(labels, vec![entry("x", &[])]));
    let cases = [
        (r#"{a="b\"c\\d\n\x41\101é"}"#, value!("b\"c\\d\nAAé")),
        ("{ a = \"b\" , }", value!("b")),
        ("{a=`raw \\n`}", value!("raw \\n")),
        (r#"{a="\xff"}"#, value!("\u{fffd}")),
    ];
    for (labels, expected) in cases {
        assert_eq!(records(&of(labels).unwrap())[0]["a"], expected, "{labels}");
    }
    for labels in ["", "{}", " { } "] {
        assert_eq!(records(&of(labels).unwrap())[0].as_object().unwrap().len(), 2, "{labels}");
    }
    for labels in
        ["secret", "{a=b}", "{a=\"b}", "{=\"b\"}", "{a=\"b\" c=\"d\"}", "{a=\"\\q\"}", "{a=\"\\x4\"}", "{a=~\"b\"}", "{"]
    {
        check_refused(of(labels), "invalid_labels");
    }
}

#[test]
fn an_empty_request_is_one_of_no_records() {
    for body in ["", " \n", "{}", r#"{"streams":null}"#, r#"{"streams":[]}"#, r#"{"streams":[{"stream":{"a":"b"}}]}"#] {
        check(&decode_json(body.as_bytes()).unwrap(), &value!([]));
    }
    check(&decode_protobuf(b"").unwrap(), &value!([]));
}

#[test]
fn what_is_malformed_is_refused_whole() {
    let entry = |entry: &str| format!(r#"{{"streams":[{{"stream":{{}},"values":[["1","kept"],{entry}]}}]}}"#);
    for bad in ["[]", "[\"1\"]", "[\"noon\",\"secret\"]", "[\"1\",2]", "[\"1\",\"x\",{\"a\":1}]", "{}", "[1e30,\"x\"]", "null"] {
        check_refused(decode_json(entry(bad).as_bytes()), "invalid_json");
    }
    for bad in ["secret", "[]", "7", r#"{"streams":{}}"#, r#"{"streams":[{"stream":{"a":1}}]}"#, r#"{"streams":[7]}"#] {
        check_refused(decode_json(bad.as_bytes()), "invalid_json");
    }
    check_refused(decode_json(b"{\"streams\":\"\xff\"}"), "invalid_utf8");
    check_refused(decode_protobuf(b"\x0a\xff"), "invalid_protobuf");
    let far = EntryAdapter { timestamp: Some(Time { seconds: i64::MAX, nanos: 0 }), ..EntryAdapter::default() };
    check_refused(decode_protobuf(&push("{}", vec![far])), "invalid_timestamp");
}

#[test]
fn an_entry_over_the_limit_is_left_out_alone() {
    let large = "x".repeat(limits::RECORD_BYTES_MAX);
    let body = push("{a=\"b\"}", vec![entry("kept", &[]), entry(&large, &[]), entry("kept", &[])]);
    let body = decode_protobuf(&body).unwrap();
    assert_eq!((records(&body).len(), body.refused[0].index, body.refused[0].code), (2, 1, "record_too_large"));
    // Large labels are not copied for each of many entries.
    let labels = format!("{{a=\"{large}\"}}");
    let body = decode_protobuf(&push(&labels, vec![entry("x", &[]); 100_000])).unwrap();
    assert_eq!((body.records, body.refused.len()), (Some(0), 100_000));
}

#[test]
fn more_than_the_limits_is_refused() {
    let labels = format!("{{a=\"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(decode_protobuf(&push(&labels, vec![entry("x", &[]); 100])).unwrap_err().code, "body_too_large");
    let many = vec![EntryAdapter::default(); limits::RECORDS_PER_BATCH_MAX + 1];
    assert_eq!(decode_protobuf(&push("", many)).unwrap_err().code, "too_many_records");
}

#[test]
fn the_form_is_told_by_the_headers() {
    assert_eq!(PushFormat::of("application/json; charset=utf-8", ""), PushFormat::Json);
    assert_eq!(PushFormat::of("application/x-www-form-urlencoded", "gzip"), PushFormat::Json);
    assert_eq!(PushFormat::of("application/x-protobuf", ""), PushFormat::Protobuf);
    assert_eq!(PushFormat::of("", ""), PushFormat::Protobuf);
    assert_eq!(PushFormat::of("text/plain", "Snappy"), PushFormat::Protobuf);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for body in [decode_protobuf(&body), decode_json(&body)].into_iter().flatten() {
            records(&body);
        }
    }

    #[test]
    fn any_line_comes_back(line in any::<String>(), label in any::<String>(), metadata in any::<String>()) {
        let quoted = format!("{{app={}}}", serde_json::to_string(&label).unwrap());
        let body = decode_protobuf(&push(&quoted, vec![entry(&line, &[("m", &metadata)])])).unwrap();
        let json = value!({"streams": [{"stream": {"app": label}, "values": [["1", line, {"m": metadata}]]}]}).to_string();
        for body in [body, decode_json(json.as_bytes()).unwrap()] {
            let record = &records(&body)[0];
            prop_assert_eq!((&record["message"], &record["app"], &record["m"]), (&value!(line), &value!(label), &value!(metadata)));
        }
    }

    #[test]
    fn any_labels_are_answered(labels in "[{}a=\"\\\\`,x0-7u ]{0,30}") {
        let _ = decode_protobuf(&push(&labels, vec![entry("x", &[])]));
    }
}

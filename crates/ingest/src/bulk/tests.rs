use proptest::prelude::*;
use serde_json::{Value, json as value};
use store::Durable;

use super::*;
use crate::Refusal;
use crate::tests::records;

fn decode(body: &[u8]) -> Result<(NormalBody, Vec<Item>), DecodeError> {
    super::decode(body, None)
}

fn decoded(body: &str) -> (Vec<Value>, Vec<Item>) {
    let (normal, items) = decode(body.as_bytes()).unwrap();
    (records(&normal), items)
}

fn answered(body: &str, last_sequence: Option<u64>) -> Value {
    let (_, items) = decode(body.as_bytes()).unwrap();
    let records = items.iter().filter(|item| item.refused.is_none()).count();
    serde_json::from_slice(&answer(&items, 7, &Durable { records, last_sequence, is_first: true }, Some("of-path"))).unwrap()
}

fn check_refused(body: &[u8], expected: (&str, Refusal, Option<usize>, Option<usize>)) {
    let error = decode(body).unwrap_err();
    assert_eq!((error.code, error.status, error.record, error.at), expected, "{error:?}");
    assert!(!error.detail.contains("secret"), "{error:?}");
}

#[test]
fn documents_become_records_as_they_were_sent() {
    let body = "{\"create\":{\"_index\":\"logs-app-default\"}}\n{\"@timestamp\":\"2026-01-31T12:00:00Z\",\"message\":\"a\"}\n\
                \n\r\n{\"index\":{}}\r\n {\"message\":\"b\",\"n\":12345678901234567890123} \r\n{\"index\":{\"_id\":7}}\n{\"message\":\"c\"}";
    let (normal, items) = decode(body.as_bytes()).unwrap();
    let text = std::str::from_utf8(&normal.bytes).unwrap();
    assert!(text.contains("12345678901234567890123"), "{text}");
    let messages: Vec<Value> = records(&normal).iter().map(|record| record["message"].clone()).collect();
    assert_eq!(messages, ["a", "b", "c"]);
    let named: Vec<_> = items.iter().map(|item| (item.action, item.index.as_deref(), item.id.as_deref())).collect();
    let expected =
        [(Action::Create, Some("logs-app-default"), None), (Action::Index, None, None), (Action::Index, None, Some("7"))];
    assert_eq!(named, expected);
}

#[test]
fn what_cannot_be_stored_is_refused_alone() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(limits::RECORD_BYTES_MAX));
    let cases = [
        ("{\"a\":nul}", "invalid_json"),
        ("{\"a\":NaN}", "invalid_json"),
        ("", "invalid_json"),
        ("{\"a\":1} {\"b\":2}", "invalid_json"),
        ("[1]", "not_an_object"),
        ("\"secret\"", "not_an_object"),
        (&deep, "too_deep"),
        (&large, "record_too_large"),
    ];
    for (document, code) in cases {
        let body =
            format!("{{\"create\":{{}}}}\n{{\"n\":1}}\n{{\"create\":{{}}}}\n{document}\n{{\"index\":{{}}}}\n{{\"n\":2}}\n");
        let (records, items) = decoded(&body);
        assert_eq!(records, [value!({"n": 1}), value!({"n": 2})], "{code}");
        let codes: Vec<_> = items.iter().map(|item| item.refused.map(|refused| (refused.index, refused.code))).collect();
        assert_eq!(codes, [None, Some((1, code)), None]);
    }
}

#[test]
fn records_are_not_changed_afterwards() {
    let body = "{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{\"a\":1}}\n{\"delete\":{\"_id\":\"2\"}}\n{\"create\":{}}\n{\"a\":2}\n";
    assert_eq!(decoded(body).0, [value!({"a": 2})]);
    let answer = answered(body, Some(41));
    assert_eq!(answer["errors"], true);
    let of = |place: usize, action: &str| answer["items"][place][action].clone();
    for refused in [of(0, "update"), of(1, "delete")] {
        assert_eq!((&refused["status"], &refused["error"]["type"]), (&value!(400), &value!("illegal_argument_exception")));
    }
    assert_eq!((&of(2, "create")["status"], &of(2, "create")["_id"]), (&value!(201), &value!("41")));
}

#[test]
fn the_answer_has_an_item_for_each_action() {
    let body =
        "{\"index\":{\"_index\":\"a\\\"b\",\"_id\":\"x\"}}\n{}\n{\"create\":{}}\n{}\n{\"create\":{}}\n[]\n{\"create\":{}}\n{}\n";
    let answer = answered(body, Some(10));
    assert_eq!((&answer["took"], &answer["errors"], answer["items"].as_array().unwrap().len()), (&value!(7), &value!(true), 4));
    assert_eq!(answer["items"][0]["index"]["_index"], "a\"b");
    assert_eq!(answer["items"][0]["index"]["_id"], "x");
    assert_eq!(answer["items"][1]["create"]["_index"], "of-path");
    assert_eq!(answer["items"][1]["create"]["_id"], "9");
    assert_eq!(answer["items"][2]["create"]["error"]["code"], "not_an_object");
    assert_eq!(answer["items"][3]["create"]["_seq_no"], 10);
    assert_eq!(answered("", None), value!({"took": 7, "errors": false, "items": []}));
}

/// Of some that were dropped, or of a repetition whose first time is not remembered.
#[test]
fn an_id_that_is_not_known_is_left_out() {
    let body = "{\"index\":{\"_id\":\"x\"}}\n{}\n{\"create\":{}}\n{}\n";
    let (_, items) = decode(body.as_bytes()).unwrap();
    for (records, last_sequence) in [(1, Some(9)), (2, None)] {
        let durable = Durable { records, last_sequence, is_first: false };
        let answer: Value = serde_json::from_slice(&answer(&items, 0, &durable, None)).unwrap();
        let [named, created] = [&answer["items"][0]["index"], &answer["items"][1]["create"]];
        assert_eq!((&named["_id"], named.get("_seq_no")), (&value!("x"), None), "{answer}");
        assert_eq!((created.get("_id"), created.get("_seq_no"), &created["status"]), (None, None, &value!(201)), "{answer}");
    }
    let (_, item) = decode_document(&Bytes::from_static(b"{}"), None, None).unwrap();
    let durable = Durable { records: 1, last_sequence: None, is_first: false };
    let answer: Value = serde_json::from_slice(&answer_document(&item, &durable)).unwrap();
    assert_eq!((answer.get("_id"), &answer["result"]), (None, &value!("created")));
}

#[test]
fn a_line_that_is_no_action_refuses_the_request_with_its_place() {
    let bad = ("invalid_action", Refusal::BadRequest);
    let good = "{\"create\":{}}\n{\"a\":1}\n";
    for line in [
        "{\"secret\":1}",
        "secret",
        "{}",
        "[]",
        "{\"create\":null}",
        "{\"create\":{},\"index\":{}}",
        "{\"x\":{}}",
        "{\"index\":{\"_id\":{}}}",
    ] {
        check_refused(format!("{good} {line}\n{{}}\n").as_bytes(), (bad.0, bad.1, Some(1), Some(good.len() + 1)));
    }
    check_refused(
        format!("{good}{{\"create\":{{}}}}\n").as_bytes(),
        ("truncated_body", Refusal::BadRequest, Some(1), Some(good.len())),
    );
    check_refused(b"{\"create\":{\"_id\":\"\xff\"}}\n{}\n", ("invalid_utf8", Refusal::BadRequest, Some(0), Some(18)));
}

#[test]
fn names_that_are_too_long_are_refused_alone_and_not_answered() {
    let body = format!(
        "{{\"create\":{{\"_index\":\"{}\"}}}}\n{{}}\n{{\"create\":{{\"_id\":\"{}\"}}}}\n{{}}\n",
        "i".repeat(256),
        "d".repeat(513)
    );
    let (records, items) = decoded(&body);
    assert!(records.is_empty());
    let codes: Vec<_> = items.iter().filter_map(|item| item.refused.map(|refused| refused.code)).collect();
    assert_eq!(codes, ["index_name_too_long", "id_too_long"]);
    assert!(answer(&items, 0, &Durable { records: 0, last_sequence: None, is_first: true }, None).len() < 1_000);
}

#[test]
fn more_actions_than_the_limit_are_refused() {
    let body = "{\"index\":{}}\n{}\n".repeat(limits::BULK_ACTIONS_MAX + 1);
    check_refused(body.as_bytes(), ("too_many_records", Refusal::TooLarge, None, None));
    assert_eq!(decode(&body.as_bytes()[15..]).unwrap().1.len(), limits::BULK_ACTIONS_MAX);
}

proptest! {
    #[test]
    fn any_lines_are_answered(lines in proptest::collection::vec(
        prop_oneof![
            Just("{\"index\":{}}".to_owned()), Just("{\"create\":{\"_id\":\"1\"}}".to_owned()), Just("{\"delete\":{}}".to_owned()),
            Just("{\"update\":{}}".to_owned()), "[{}\\[\\]\",:a0 \\\\]{0,20}", Just("{\"a\":[1]}".to_owned()),
        ], 0..12)) {
        if let Ok((normal, items)) = decode(lines.join("\n").as_bytes()) {
            let stored = items.iter().filter(|item| item.refused.is_none()).count();
            prop_assert_eq!(records(&normal).len(), stored);
            let answer: Value = serde_json::from_slice(&answer(&items, 0, &Durable { records: items.len(), last_sequence: Some(99), is_first: true }, None)).unwrap();
            prop_assert_eq!(answer["items"].as_array().unwrap().len(), items.len());
        }
    }

    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok((normal, _)) = decode(&body) {
            records(&normal);
        }
    }
}

#[test]
fn one_document_is_a_record() {
    let pretty = Bytes::from_static(b" {\n  \"message\": \"one\"\n}\n");
    let (normal, item) = decode_document(&pretty, Some("app"), Some("7")).unwrap();
    assert_eq!((records(&normal), normal.records), (vec![value!({"message": "one"})], Some(1)));
    let durable = Durable { records: 1, last_sequence: Some(5), is_first: true };
    let answer: Value = serde_json::from_slice(&answer_document(&item, &durable)).unwrap();
    let shards = value!({"total": 1, "successful": 1, "failed": 0});
    let expected = value!({
        "_index": "app", "_id": "7", "_version": 1, "result": "created", "_shards": shards, "_seq_no": 5, "_primary_term": 1,
    });
    assert_eq!(answer, expected);
    let refused = |body: &'static [u8]| decode_document(&Bytes::from_static(body), None, None).unwrap_err().code;
    assert_eq!(
        [b"{}{}".as_slice(), b"[1]", b"", b"\xff"].map(refused),
        ["invalid_json", "not_an_object", "invalid_json", "invalid_utf8"]
    );
    let large = Bytes::from(format!("{{\"message\":\"{}\"}}", "x".repeat(limits::RECORD_BYTES_MAX)));
    assert_eq!(decode_document(&large, None, None).unwrap_err().code, "record_too_large");
}

#[test]
fn a_repetition_is_known_by_all_that_came() {
    let of = |id: u8, time: &str, index: Option<&str>| {
        let one = format!(
            "{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"message\":\"same\",\"@timestamp\":\"2026-01-31T12:00:00{time}Z\"}}\n"
        );
        super::decode(one.repeat(2).as_bytes(), index).unwrap().0.known_by
    };
    let known = of(1, ".123", None);
    assert!(known.is_some() && known == of(1, ".123", None));
    assert!(known != of(2, ".123", None) && known != of(1, ".124", None) && known != of(1, ".123", Some("other")));
    assert_eq!(of(1, "", None), None, "what is said twice within a second");
    let nested = "{\"create\":{}}\n{\"a\":{\"@timestamp\":\"2026-01-31T12:00:00.123456Z\"}}\n";
    assert_eq!(super::decode(nested.as_bytes(), None).unwrap().0.known_by, None);
}

use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;
use crate::Refusal;
use crate::tests::records;
use model::limits;

fn any(value: Wire) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn text(text: &str) -> AnyValue {
    any(Wire::StringValue(text.to_owned()))
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn with_attributes(attributes: Vec<KeyValue>) -> ExportLogsServiceRequest {
    request(vec![LogRecord { attributes, ..LogRecord::default() }])
}

fn check(request: &ExportLogsServiceRequest, expected: Value) {
    let body = from_request(request).unwrap();
    assert_eq!((Value::Array(records(&body)), body.refused.len()), (expected, 0));
}

fn check_json(request: &str, expected: Value) {
    let body = decode_json(request.as_bytes()).unwrap();
    assert_eq!((Value::Array(records(&body)), body.refused.len()), (expected, 0), "{request}");
}

/// The request of one record with the members given.
fn json_record(members: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{members}}}]}}]}}]}}"#)
}

fn nested(levels: usize) -> AnyValue {
    (0..levels).fold(text("x"), |value, _| any(Wire::ArrayValue(ArrayValue { values: vec![value] })))
}

#[test]
fn a_python_sdk_record_is_mapped() {
    let record = LogRecord {
        time_unix_nano: 1_769_860_800_123_456_789,
        observed_time_unix_nano: 1_769_860_800_999_999_999,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: Some(text("hi")),
        attributes: vec![
            pair("code.function.name", text("<module>")),
            pair("code.line.number", any(Wire::IntValue(7))),
            pair("ratio", any(Wire::DoubleValue(0.5))),
            pair("ok", any(Wire::BoolValue(true))),
        ],
        dropped_attributes_count: 2,
        flags: 1,
        trace_id: vec![0xAB; 16],
        span_id: vec![0x01; 8],
        event_name: "user.login".to_owned(),
    };
    let resource = Resource { attributes: vec![pair("service.name", text("shop"))], ..Resource::default() };
    let scope = InstrumentationScope { name: "x".to_owned(), version: "1.0".to_owned(), ..InstrumentationScope::default() };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records: vec![record], ..ScopeLogs::default() }];
    let logs = ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() };
    check(
        &ExportLogsServiceRequest { resource_logs: vec![logs] },
        value!([{
            "timestamp": 1_769_860_800_123_456_789_i64, "level": "error", "message": "hi", "code.function.name": "<module>",
            "code.line.number": 7, "ratio": 0.5, "ok": true, "dropped_attributes_count": 2, "flags": 1,
            "trace_id": "abababababababababababababababab", "span_id": "0101010101010101", "event_name": "user.login",
            "resource": {"service.name": "shop"}, "scope": {"name": "x", "version": "1.0"},
        }]),
    );
}

#[test]
fn empty_fields_are_left_out() {
    check(&request(vec![LogRecord::default()]), value!([{}]));
    check(&ExportLogsServiceRequest::default(), value!([]));
    let zeros = LogRecord { trace_id: vec![0; 16], span_id: vec![0; 8], body: Some(AnyValue::default()), ..LogRecord::default() };
    check(&request(vec![zeros]), value!([{}]));
}

#[test]
fn the_observed_time_stands_in_and_odd_times_survive() {
    let at = |time, observed| LogRecord { time_unix_nano: time, observed_time_unix_nano: observed, ..LogRecord::default() };
    check(&request(vec![at(0, 1_769_860_800_000_000_000)]), value!([{"timestamp": 1_769_860_800_000_000_000_i64}]));
    check(&request(vec![at(5, 0)]), value!([{"timestamp": "1970-01-01T00:00:00.000000005Z"}]));
    check(&request(vec![at(u64::MAX, 0)]), value!([{"time_unix_nano": "18446744073709551615"}]));
}

#[test]
fn severity_is_a_level_and_its_text_stays_where_it_says_more() {
    let severity = |number, text: &str| {
        request(vec![LogRecord { severity_number: number, severity_text: text.to_owned(), ..LogRecord::default() }])
    };
    check(&severity(9, "INFO"), value!([{"level": "info"}]));
    check(&severity(13, "WARNING"), value!([{"level": "warn", "severity_text": "WARNING"}]));
    check(&severity(21, ""), value!([{"level": "critical"}]));
    check(&severity(0, "Notice"), value!([{"level": "Notice"}]));
    check(&severity(99, ""), value!([{"severity_number": 99}]));
    check(&severity(-1, "x"), value!([{"severity_number": -1, "level": "x"}]));
}

#[test]
fn a_body_that_is_no_text_stays_nested() {
    let list =
        KeyValueList { values: vec![pair("a", any(Wire::IntValue(1))), KeyValue { key: "b".to_owned(), ..KeyValue::default() }] };
    let array =
        ArrayValue { values: vec![any(Wire::KvlistValue(list)), AnyValue::default(), any(Wire::BytesValue(vec![0xff; 2]))] };
    let record = LogRecord { body: Some(any(Wire::ArrayValue(array))), ..LogRecord::default() };
    check(&request(vec![record]), value!([{"body": [{"a": 1, "b": null}, null, "//8="]}]));
}

#[test]
fn an_attribute_cannot_take_the_place_of_the_records_own() {
    let keys = ["timestamp", "dt", "level", "severity_text", "message", "log", "trace_id", "resource", "attributes", "user"];
    let attributes = keys.iter().map(|key| pair(key, text("mine"))).collect();
    let record = LogRecord { attributes, severity_number: 9, body: Some(text("real")), ..LogRecord::default() };
    check(
        &request(vec![record]),
        value!([{
            "level": "info", "message": "real", "user": "mine",
            "attributes": {"timestamp": "mine", "dt": "mine", "level": "mine", "severity_text": "mine", "message": "mine",
                "log": "mine", "trace_id": "mine", "resource": "mine", "attributes": "mine"},
        }]),
    );
}

#[test]
fn numbers_that_json_lacks_are_text() {
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let attributes = numbers.iter().enumerate().map(|(i, n)| pair(&format!("n{i}"), any(Wire::DoubleValue(*n)))).collect();
    check(&with_attributes(attributes), value!([{"n0": "NaN", "n1": "Infinity", "n2": "-Infinity"}]));
}

#[test]
fn a_record_over_a_limit_is_left_out_alone() {
    let deep = LogRecord { attributes: vec![pair("a", nested(limits::JSON_DEPTH_MAX))], ..LogRecord::default() };
    let large = LogRecord { body: Some(text(&"x".repeat(limits::RECORD_BYTES_MAX))), ..LogRecord::default() };
    let escaped = LogRecord { body: Some(text(&"\u{1}".repeat(limits::RECORD_BYTES_MAX / 5))), ..LogRecord::default() };
    let good = LogRecord { body: Some(text("good")), ..LogRecord::default() };
    let body = from_request(&request(vec![deep, good.clone(), large, escaped, good])).unwrap();
    assert_eq!(records(&body), [value!({"message": "good"}), value!({"message": "good"})]);
    let refused: Vec<_> = body.refused.iter().map(|refused| (refused.index, refused.code)).collect();
    assert_eq!(refused, [(0, "too_deep"), (2, "record_too_large"), (3, "record_too_large")]);
    let answer = ExportLogsServiceResponse::decode(&OtlpFormat::Protobuf.answer(&body.refused)[..]).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_log_records, 3);
    let answer: Value = serde_json::from_slice(&OtlpFormat::Json.answer(&body.refused)).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "3");
    assert_eq!((OtlpFormat::Protobuf.answer(&[]), OtlpFormat::Json.answer(&[])), (Vec::new(), b"{}".to_vec()));
}

#[test]
fn a_large_resource_cannot_multiply_a_body_past_the_limit() {
    let resource = Resource { attributes: vec![pair("a", text(&"x".repeat(1 << 20)))], ..Resource::default() };
    let mut request = request(vec![LogRecord::default(); 64]);
    request.resource_logs[0].resource = Some(resource);
    let error = from_request(&request).unwrap_err();
    assert_eq!((error.code, error.status), ("body_too_large", Refusal::TooLarge));
}

#[test]
fn too_many_records_are_refused() {
    let mut body = vec![0x12, 0];
    body.extend([0x12, 0].repeat(limits::RECORDS_PER_BATCH_MAX));
    let mut scope_logs = vec![0x12];
    prost::encode_length_delimiter(body.len(), &mut scope_logs).unwrap();
    scope_logs.extend(body);
    let mut whole = vec![0x0a];
    prost::encode_length_delimiter(scope_logs.len(), &mut whole).unwrap();
    whole.extend(scope_logs);
    let error = decode_protobuf(&whole).unwrap_err();
    assert_eq!((error.code, error.status), ("too_many_records", Refusal::TooLarge));
}

#[test]
fn a_malformed_request_is_refused_whole() {
    let whole = request(vec![LogRecord { body: Some(text("hello")), ..LogRecord::default() }]).encode_to_vec();
    for cut in 1..whole.len() {
        assert_eq!(decode_protobuf(&whole[..cut]).unwrap_err().code, "invalid_protobuf", "{cut}");
    }
    for body in [b"{}".as_slice(), b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0b", &[0xff; 20]] {
        let error = decode_protobuf(body).unwrap_err();
        assert_eq!((error.code, error.status), ("invalid_protobuf", Refusal::BadRequest));
    }
}

#[test]
fn the_json_example_of_the_specification_is_read() {
    check_json(
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
        "scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":"my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},
        "logRecords":[{"timeUnixNano":"1769860800000000000","observedTimeUnixNano":"1769860800000000000","severityNumber":10,
        "severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
        "body":{"stringValue":"Example log record"},"unknownField":{"a":[1]},
        "attributes":[{"key":"string.attribute","value":{"stringValue":"some string"}},{"key":"boolean.attribute","value":{"boolValue":true}},
        {"key":"int.attribute","value":{"intValue":"10"}},{"key":"double.attribute","value":{"doubleValue":637.704}},
        {"key":"array.attribute","value":{"arrayValue":{"values":[{"stringValue":"many"},{"stringValue":"values"}]}}},
        {"key":"map.attribute","value":{"kvlistValue":{"values":[{"key":"some.map.key","value":{"stringValue":"some value"}}]}}}]}]}]}]}"#,
        value!([{
            "timestamp": 1_769_860_800_000_000_000_i64, "level": "info", "severity_text": "Information",
            "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174", "message": "Example log record",
            "string.attribute": "some string", "boolean.attribute": true, "int.attribute": 10, "double.attribute": 637.704,
            "array.attribute": ["many", "values"], "map.attribute": {"some.map.key": "some value"},
            "resource": {"service.name": "my.service"},
            "scope": {"name": "my.library", "version": "1.0.0", "attributes": {"my.scope.attribute": "some scope attribute"}},
        }]),
    );
}

#[test]
fn json_is_read_in_every_form_that_senders_use() {
    let check_record = |members: &str, expected: Value| check_json(&json_record(members), value!([expected]));
    check_record("", value!({}));
    check_record(
        r#""timeUnixNano":1769860800000000000,"flags":1"#,
        value!({"timestamp": 1_769_860_800_000_000_000_i64, "flags": 1}),
    );
    check_record(r#""time_unix_nano":"1769860800000000000""#, value!({"timestamp": 1_769_860_800_000_000_000_i64}));
    check_record(r#""severityNumber":"SEVERITY_NUMBER_WARN2","severityText":null"#, value!({"level": "warn"}));
    check_record(r#""body":null,"attributes":null,"traceId":"","timeUnixNano":null"#, value!({}));
    check_record(r#""body":{},"attributes":[]"#, value!({}));
    check_record(r#""body":{"kvlistValue":{"values":[]}}"#, value!({"body": {}}));
    check_record(r#""body":{"arrayValue":{}}"#, value!({"body": []}));
    check_record(r#""body":{"bytesValue":"//8="}"#, value!({"body": "//8="}));
    let attribute = |value: &str| format!(r#""attributes":[{{"key":"k","value":{value}}}]"#);
    for (given, expected) in [
        (r#"{"intValue":-7}"#, value!(-7)),
        (r#"{"doubleValue":"NaN"}"#, value!("NaN")),
        (r#"{"doubleValue":"-Infinity"}"#, value!("-Infinity")),
        (r#"{"doubleValue":3}"#, value!(3)),
        (r#"{"doubleValue":"2.5"}"#, value!(2.5)),
        (r#"{"stringValue":null}"#, value!(null)),
        (r#"{"stringValue":"a\"\u0001é"}"#, value!("a\"\u{1}é")),
        ("{}", value!(null)),
        ("null", value!(null)),
        (r#"{"arrayValue":{"values":[{},{"intValue":"1"},{"arrayValue":{"values":[]}}]}}"#, value!([null, 1, []])),
    ] {
        check_record(&attribute(given), value!({"k": expected}));
    }
    check_record(r#""attributes":[{"value":{"intValue":1},"key":"late"},{"key":"alone"}]"#, value!({"late": 1, "alone": null}));
    check_record(r#""attributes":[{"key":"message","value":{"intValue":1}}]"#, value!({"attributes": {"message": 1}}));
    check_json("{}", value!([]));
    check_json(r#"{"resourceLogs":null}"#, value!([]));
    let [resource, records] = [
        r#""resource":{"attributes":[{"key":"x","value":{"intValue":1}}]}"#,
        r#""scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]},{"logRecords":null},{}]"#,
    ];
    let expected = value!([{"message": "a", "resource": {"x": 1}}, {"message": "a"}, {"message": "a", "resource": {"x": 1}}]);
    check_json(
        &format!("{{\"unknown\":[{{}}],\"resourceLogs\":[{{{resource},{records}}},{{{records}}},{{{records},{resource}}}]}}"),
        expected,
    );
    check_json(r#"{"resourceLogs":[{"resource":null,"scopeLogs":null},{}]}"#, value!([]));
    check_json(
        r#"{"resource_logs":[{"scope_logs":[{"log_records":[{"body":{"stringValue":"a"}}]}],"resource":{"attributes":[{"key":"x","value":{"intValue":1}}]}}]}"#,
        value!([{"message": "a", "resource": {"x": 1}}]),
    );
}

#[test]
fn malformed_json_is_refused_with_its_place() {
    let bad_value = json_record(r#""body":{"stringValue":7}"#);
    let bad_time = json_record(r#""timeUnixNano":"soon""#);
    let deep = json_record(&format!(r#""body":{}{{}}{}"#, r#"{"arrayValue":{"values":["#.repeat(60), "]}}".repeat(60)));
    for (body, code, range) in [
        ("", "invalid_json", 0..1),
        ("[]", "invalid_json", 0..2),
        ("{\"resourceLogs\":7}", "invalid_json", 16..18),
        ("{\"resourceLogs\":[{]}", "invalid_json", 17..20),
        ("{\"resourceLogs\":[]} {}", "invalid_json", 20..22),
        ("{\"resourceLogs\":[],\"resource_logs\":[]}", "invalid_json", 20..38),
        ("{\"resourceLogs\":[{\"scopeLogs\":[],\"scope_logs\":[]}]}", "invalid_json", 30..50),
        ("{\"resourceLogs\":[{\"resource\":{\"attributes\":7}}]}", "invalid_json", 42..48),
        (&bad_value, "invalid_json", 68..71),
        (&bad_time, "invalid_json", 62..72),
        (&deep, "too_deep", 100..2000),
    ] {
        let error = decode_json(body.as_bytes()).unwrap_err();
        assert_eq!((error.code, error.status), (code, Refusal::BadRequest), "{error:?}");
        assert!(error.at.is_some_and(|at| range.contains(&at)), "{error:?} {body}");
        assert!(!error.detail.contains("soon"));
    }
    assert_eq!(decode_json(b"{\"a\":\"\xff\"}").unwrap_err().code, "invalid_utf8");
}

/// A resource that is copied for each record before it is found too large takes minutes.
#[test]
fn many_records_of_a_large_resource_are_left_out_at_once() {
    let records = 200_000;
    let large = "x".repeat(limits::BODY_BYTES_MAX / 2);
    let json = format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{large}"}}}}]}},"scopeLogs":[{{"logRecords":[{}{{}}]}}]}}]}}"#,
        "{},".repeat(records - 1)
    );
    // Each control character is six bytes of JSON, so a resource within the limit on the wire becomes one beyond it.
    let escaped = pair("k", text(&"\u{1}".repeat(limits::RECORD_BYTES_MAX - 64)));
    let mut protobuf = request(vec![LogRecord::default(); records]);
    protobuf.resource_logs[0].resource = Some(Resource { attributes: vec![escaped], ..Resource::default() });
    for body in [decode_json(json.as_bytes()).unwrap(), from_request(&protobuf).unwrap()] {
        assert_eq!((body.records, body.refused.len(), body.bytes.len()), (Some(0), records, 0));
        assert!(body.refused.iter().all(|refused| refused.code == "record_too_large"));
    }
}

#[test]
fn the_content_type_decides() {
    assert_eq!(OtlpFormat::parse("application/x-protobuf").unwrap(), OtlpFormat::Protobuf);
    assert_eq!(OtlpFormat::parse("application/json; charset=utf-8").unwrap(), OtlpFormat::Json);
    let error = OtlpFormat::parse("text/plain").unwrap_err();
    assert_eq!((error.code, error.status), ("unsupported_content_type", Refusal::Unsupported));
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(AnyValue::default()),
        ".{0,12}".prop_map(|text| any(Wire::StringValue(text))),
        proptest::bool::ANY.prop_map(|value| any(Wire::BoolValue(value))),
        proptest::num::i64::ANY.prop_map(|value| any(Wire::IntValue(value))),
        (-1_000_000..1_000_000).prop_map(|eighths| any(Wire::DoubleValue(f64::from(eighths) / 8.0))),
        proptest::collection::vec(proptest::num::u8::ANY, 0..5).prop_map(|bytes| any(Wire::BytesValue(bytes))),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let pairs = proptest::collection::btree_map("[a-z.]{0,4}", inner.clone(), 0..4)
            .prop_map(|pairs| pairs.into_iter().map(|(key, value)| pair(&key, value)).collect());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|values| any(Wire::ArrayValue(ArrayValue { values }))),
            pairs.prop_map(|values| any(Wire::KvlistValue(KeyValueList { values }))),
        ]
    })
}

/// What `AnyValue` means, said the slow way.
fn meaning(any_value: &AnyValue) -> Value {
    match &any_value.value {
        None | Some(Wire::StringValueStrindex(_)) => Value::Null,
        Some(Wire::StringValue(text)) => value!(text),
        Some(Wire::BoolValue(value)) => value!(value),
        Some(Wire::IntValue(value)) => value!(value),
        Some(Wire::DoubleValue(value)) => value!(value),
        Some(Wire::BytesValue(bytes)) => {
            let mut out = Vec::new();
            json::base64(&mut out, bytes);
            value!(String::from_utf8(out).unwrap())
        }
        Some(Wire::ArrayValue(array)) => array.values.iter().map(meaning).collect(),
        Some(Wire::KvlistValue(list)) => {
            list.values.iter().map(|pair| (pair.key.clone(), pair.value.as_ref().map_or(Value::Null, meaning))).collect()
        }
    }
}

proptest! {
    #[test]
    fn protobuf_and_json_say_the_same(value in any_value()) {
        let request = with_attributes(vec![pair("k", value.clone())]);
        let expected = value!([{"k": meaning(&value)}]);
        prop_assert_eq!(Value::Array(records(&from_request(&request).unwrap())), expected.clone());
        let json = serde_json::to_vec(&request).unwrap();
        prop_assert_eq!(Value::Array(records(&decode_json(&json).unwrap())), expected);
    }

    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        if let Ok(body) = decode_protobuf(&body) {
            records(&body);
        }
        let _ = decode_json(&body);
    }

    #[test]
    fn a_damaged_request_is_answered(value in any_value(), at in proptest::num::usize::ANY, flip in 1_u8..) {
        let request = with_attributes(vec![pair("k", value)]);
        let (mut protobuf, mut json) = (request.encode_to_vec(), serde_json::to_vec(&request).unwrap());
        let (in_protobuf, in_json) = (at % protobuf.len(), at % json.len());
        protobuf[in_protobuf] ^= flip;
        json[in_json] ^= flip;
        if let Ok(body) = decode_protobuf(&protobuf) {
            records(&body);
        }
        if let Ok(body) = decode_json(&json) {
            records(&body);
        }
    }
}

use proptest::prelude::*;
use rmp::encode;
use serde_json::{Value, json as value};

use super::*;
use crate::Refusal;

/// MessagePack of a JSON value, in the shortest form, as the SDKs write it.
fn packed(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    pack(value, &mut out);
    out
}

fn pack(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => encode::write_nil(out).unwrap(),
        Value::Bool(value) => encode::write_bool(out, *value).unwrap(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => drop(encode::write_sint(out, number).unwrap()),
            (None, Some(number)) => drop(encode::write_uint(out, number).unwrap()),
            (None, None) => encode::write_f64(out, number.as_f64().unwrap()).unwrap(),
        },
        Value::String(text) => encode::write_str(out, text).unwrap(),
        Value::Array(values) => {
            encode::write_array_len(out, values.len() as u32).unwrap();
            values.iter().for_each(|value| pack(value, out));
        }
        Value::Object(members) => {
            encode::write_map_len(out, members.len() as u32).unwrap();
            for (key, value) in members {
                encode::write_str(out, key).unwrap();
                pack(value, out);
            }
        }
    }
}

fn records(body: &[u8]) -> Vec<Value> {
    crate::tests::records(&decode(body).unwrap())
}

fn check_refused(body: &[u8], code: &str, at: usize) {
    let error = decode(body).unwrap_err();
    assert_eq!((error.code, error.at), (code, Some(at)), "{error:?}");
}

const EVENT_TIME: [u8; 10] = [0xd7, 0x00, 0x69, 0x7d, 0xee, 0xc0, 0x1d, 0xcd, 0x65, 0x00];

#[test]
fn the_documented_volume_example_is_read() {
    let first = value!({"level": "info", "message": "This is the first log line"});
    let second = value!({"level": "error", "message": "This is the second log line", "key": "val"});
    let (first_bytes, second_bytes) = (packed(&first), packed(&second));
    assert_eq!((first_bytes.len(), second_bytes.len()), (47, 57));
    assert_eq!(records(&[first_bytes, second_bytes].concat()), [first, second]);
}

#[test]
fn an_array_of_maps_is_a_batch() {
    let python = value!([
        {"dt": "2026-01-31T12:00:00.123456", "level": "info", "severity": 2, "message": "a",
         "context": {"runtime": {"thread_id": 140_735_000_000_000_i64}, "empty": {}, "tags": ["x", null, true, 1.5]}},
        {"dt": "2026-01-31T12:00:01", "level": "warn", "severity": 3, "message": "b"},
    ]);
    assert_eq!(Value::Array(records(&packed(&python))), python);
    assert!(records(&packed(&value!([]))).is_empty());
    assert_eq!(records(&packed(&value!([{}]))), [value!({})]);
}

#[test]
fn maps_in_a_row_are_records() {
    let (one, two) = (value!({"n": 1}), value!({"n": 2}));
    assert_eq!(records(&[packed(&one), packed(&two)].concat()), [one, two]);
}

#[test]
fn a_date_of_the_javascript_sdk_is_a_time() {
    // {"dt": timestamp 32} and {"dt": timestamp 64}, as @msgpack/msgpack writes a Date.
    assert_eq!(records(b"\x81\xa2dt\xd6\xff\x69\x7d\xee\xc0"), [value!({"dt": "2026-01-31T12:00:00Z"})]);
    let (nanos, seconds) = (500_000_000_u64, 0x697d_eec0_u64);
    let wide = [b"\x81\xa2dt\xd7\xff".as_slice(), &(nanos << 34 | seconds).to_be_bytes()].concat();
    assert_eq!(records(&wide), [value!({"dt": "2026-01-31T12:00:00.500Z"})]);
    let widest = [b"\x81\xa2dt\xc7\x0c\xff".as_slice(), &500_000_000_u32.to_be_bytes(), &(-1_i64).to_be_bytes()].concat();
    assert_eq!(records(&widest), [value!({"dt": "1969-12-31T23:59:59.500Z"})]);
}

#[test]
fn fluent_bit_events_keep_their_time() {
    let map = packed(&value!({"log": "hi"}));
    let expected = |nanos: u64| value!({"log": "hi", "_fluent_date": nanos});
    let event = |time: &[u8]| [b"\x92", time, &map].concat();
    assert_eq!(records(&event(&EVENT_TIME)), [expected(1_769_860_800_500_000_000)]);
    assert_eq!(records(&event(b"\xce\x69\x7d\xee\xc0")), [expected(1_769_860_800_000_000_000)]);
    let float = [b"\xcb".as_slice(), &1_769_860_800.5_f64.to_be_bytes()].concat();
    assert_eq!(records(&event(&float)), [expected(1_769_860_800_500_000_000)]);
    // [[time, {}], map], then [[time, {"a": 1}], map]
    let bare = [b"\x92".as_slice(), &EVENT_TIME, b"\x80"].concat();
    assert_eq!(records(&event(&bare)), [expected(1_769_860_800_500_000_000)]);
    let with_metadata = [b"\x92".as_slice(), &EVENT_TIME, b"\x81\xa1a\x01"].concat();
    let mut with_fact = expected(1_769_860_800_500_000_000);
    with_fact["_metadata"] = value!({"a": 1});
    assert_eq!(records(&[event(&with_metadata), event(&bare)].concat()), [with_fact, expected(1_769_860_800_500_000_000)]);
    let batch = [b"\x92".as_slice(), &event(&EVENT_TIME), &event(&EVENT_TIME)].concat();
    assert_eq!(records(&batch).len(), 2);
}

#[test]
fn a_batch_of_two_maps_is_no_event() {
    let two = value!([{"a": 1}, {"b": 2}]);
    assert_eq!(Value::Array(records(&packed(&two))), two);
}

#[test]
fn what_json_has_no_word_for_becomes_text() {
    let value_of = |bytes: &[u8]| records(&[b"\x81\xa1k", bytes].concat())[0]["k"].clone();
    assert_eq!(value_of(b"\xcb\x7f\xf8\0\0\0\0\0\0"), value!("NaN"));
    assert_eq!(value_of(b"\xca\x7f\x80\0\0"), value!("Infinity"));
    assert_eq!(value_of(b"\xcb\xff\xf0\0\0\0\0\0\0"), value!("-Infinity"));
    assert_eq!(value_of(b"\xca\x3d\xcc\xcc\xcd"), value!(0.1));
    assert_eq!(value_of(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), value!(u64::MAX));
    assert_eq!(value_of(b"\xd3\x80\0\0\0\0\0\0\0"), value!(i64::MIN));
    assert_eq!(value_of(b"\xc4\x02hi"), value!("hi"));
    assert_eq!(value_of(b"\xc4\x02\xff\xfe"), value!("base64://4="));
    assert_eq!(value_of(b"\xd4\x05\xff"), value!("ext:5:/w=="));
    assert_eq!(value_of(b"\xa2a\xff"), value!("a\u{fffd}"));
    let keys = b"\x85\x01\x01\xc0\x02\xc3\x03\xc4\x01\"\x04\x91\x05\x05";
    assert_eq!(records(keys), [value!({"1": 1, "null": 2, "true": 3, "\"": 4, "[5]": 5})]);
}

#[test]
fn a_length_that_lies_is_refused_and_allocates_nothing() {
    check_refused(b"\xdd\xff\xff\xff\xff", "invalid_msgpack", 5);
    check_refused(b"\xdf\xff\xff\xff\xff\xa1a", "invalid_msgpack", 7);
    check_refused(b"\x81\xa1a\xdb\xff\xff\xff\xff", "record_too_large", 8);
    check_refused(b"\x81\xa1a\xd9\xffx", "invalid_msgpack", 5);
    check_refused(b"\x81\xa1a\xc6\x00\x00\xff\xffx", "invalid_msgpack", 8);
    check_refused(b"\x92\xdd\xff\xff\xff\xff\x01", "not_an_object", 6);
    check_refused(b"\x81\xa1a\xc1", "invalid_msgpack", 3);
    let error = decode(b"\x81\xa1a\x01\x81\xa1").unwrap_err();
    assert_eq!((error.code, error.record, error.status), ("invalid_msgpack", Some(1), Refusal::BadRequest));
}

#[test]
fn a_record_that_is_no_map_is_refused() {
    check_refused(b"\x93\x80\x80\x07", "not_an_object", 3);
    check_refused(b"\xa5hello", "not_an_object", 0);
    check_refused(b"\x91\x91\x91\x91\x80", "not_an_object", 2);
}

#[test]
fn deep_values_are_refused_and_the_deepest_allowed_go_in() {
    let nested = |levels: usize| [b"\x81\xa1a".as_slice(), &vec![0x91; levels], b"\x01"].concat();
    assert_eq!(records(&nested(limits::JSON_DEPTH_MAX - 1)).len(), 1);
    check_refused(&nested(limits::JSON_DEPTH_MAX), "too_deep", 3 + limits::JSON_DEPTH_MAX - 1);
    check_refused(&nested(1_000_000), "too_deep", 3 + limits::JSON_DEPTH_MAX - 1);
    assert!(decode(&vec![0x92; 1_000_000]).is_err());
    assert!(decode(&vec![0x91; 1_000_000]).is_err());
    assert!(decode(&vec![0x81; 1_000_000]).is_err());
}

#[test]
fn a_record_over_the_limit_is_refused() {
    let text = "x".repeat(limits::RECORD_BYTES_MAX);
    let error = decode(&packed(&value!([{}, {"a": text}]))).unwrap_err();
    assert_eq!((error.code, error.record, error.status), ("record_too_large", Some(1), Refusal::TooLarge));
    let escaped = "\u{1}".repeat(limits::RECORD_BYTES_MAX / 4);
    assert_eq!(decode(&packed(&value!({"a": escaped}))).unwrap_err().code, "record_too_large");
}

proptest! {
    #[test]
    fn any_bytes_in_a_map_are_answered(tail in proptest::collection::vec(any::<u8>(), 0..200), head in 0x80_u8..0xa0) {
        let body = [&[head][..], &tail].concat();
        if let Ok(body) = decode(&body) {
            crate::tests::records(&body);
        }
    }
}

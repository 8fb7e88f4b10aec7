use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray};
use proptest::prelude::*;
use serde_json::Value;
use store::{FieldPath, Kind};

use super::*;

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringViewArray::from_iter(values.iter().copied()))
}

fn field(path: &[&str], kind: Kind) -> ColumnKey {
    ColumnKey::Field(FieldPath::from_keys(path.iter().copied()), kind)
}

/// One row of columns with the time and sequence that every record has.
fn row(columns: Vec<(ColumnKey, ArrayRef)>) -> Columns {
    let mut all: Vec<(ColumnKey, ArrayRef)> = vec![
        (ColumnKey::Timestamp, Arc::new(Int64Array::from(vec![1_769_860_800_000_000_000]))),
        (ColumnKey::Sequence, Arc::new(Int64Array::from(vec![10]))),
    ];
    all.extend(columns);
    Columns::new(1, all)
}

fn check(columns: Vec<(ColumnKey, ArrayRef)>, expected: &str) {
    let columns = row(columns);
    let mut out = Vec::new();
    RecordWriter::new(&columns).write(0, &mut out);
    let out = String::from_utf8(out).unwrap();
    let head = "{\"id\":\"988fcf053de38000-a\",\"timestamp\":\"2026-01-31T12:00:00Z\",";
    assert_eq!(out, format!("{head}{expected}}}"));
    serde_json::from_str::<&serde_json::value::RawValue>(&out).unwrap();
}

#[test]
fn a_record_without_fields_has_all_parts() {
    check(vec![], "\"level\":null,\"message\":null,\"attributes\":{}");
    let message = "a \"quoted\" line\n\u{1}é";
    check(
        vec![(ColumnKey::Level, texts(&[Some("warn")])), (ColumnKey::Message, texts(&[Some(message)]))],
        "\"level\":\"warn\",\"message\":\"a \\\"quoted\\\" line\\n\\u0001é\",\"attributes\":{}",
    );
}

#[test]
fn fields_stand_nested_as_sent_and_only_where_they_have_a_value() {
    check(
        vec![
            (field(&["a", "b"], Kind::Int), Arc::new(Int64Array::from(vec![-5]))),
            (field(&["a", "c", "d"], Kind::Bool), Arc::new(BooleanArray::from(vec![true]))),
            (field(&["a.b"], Kind::Float), Arc::new(Float64Array::from(vec![12.0]))),
            (field(&["e", "f"], Kind::Text), texts(&[None])),
            (field(&["g"], Kind::Int), Arc::new(Int64Array::from(vec![None]))),
            (field(&["g"], Kind::Text), texts(&[Some("x")])),
            (field(&["h"], Kind::Json), texts(&[Some("[1,\n {\"k\": 1e400}]")])),
        ],
        "\"level\":null,\"message\":null,\"attributes\":{\"a\":{\"b\":-5,\"c\":{\"d\":true}},\"a.b\":12.0,\"g\":\"x\",\"h\":[1,  {\"k\": 1e400}]}",
    );
}

#[test]
fn the_rest_is_merged_and_no_key_stands_twice() {
    let rest = r#"{"a":{"c":{"x":1},"b":0,"e":18446744073709551616},"z":[ 1],"g":{"h":1},"n":null,"z":"last"}"#;
    check(
        vec![
            (field(&["a", "b"], Kind::Int), Arc::new(Int64Array::from(vec![5]))),
            (field(&["a", "c", "d"], Kind::Int), Arc::new(Int64Array::from(vec![6]))),
            (field(&["g"], Kind::Text), texts(&[Some("x")])),
            (field(&["g", "h"], Kind::Text), texts(&[Some("y")])),
            (ColumnKey::Rest, texts(&[Some(rest)])),
        ],
        "\"level\":null,\"message\":null,\"attributes\":{\"a\":{\"b\":5,\"c\":{\"d\":6,\"x\":1},\"e\":18446744073709551616},\"g\":\"x\",\"n\":null,\"z\":\"last\"}",
    );
    check(
        vec![(ColumnKey::Rest, texts(&[Some("{\"o\":{}}")])), (field(&["o", "p"], Kind::Text), texts(&[None]))],
        "\"level\":null,\"message\":null,\"attributes\":{\"o\":{}}",
    );
    check(vec![(ColumnKey::Rest, texts(&[Some("broken")]))], "\"level\":null,\"message\":null,\"attributes\":{}");
}

#[test]
fn many_rows_are_written_one_by_one() {
    let columns = Columns::new(
        3,
        vec![
            (ColumnKey::Timestamp, Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
            (field(&["a"], Kind::Text), texts(&[Some("x"), None, Some("z")])),
        ],
    );
    let sliced = columns.slice(1, 2);
    let writer = RecordWriter::new(&sliced);
    let mut out = Vec::new();
    writer.write(0, &mut out);
    assert!(out.ends_with(b"\"attributes\":{}}"));
    writer.write(1, &mut out);
    assert!(out.ends_with(b"\"attributes\":{\"a\":\"z\"}}"));
}

/// No object of the value has a key twice, which parsing alone would not tell.
fn keys_are_unique(json: &str) -> bool {
    struct Unique;
    impl<'de> serde::de::Visitor<'de> for Unique {
        type Value = bool;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("anything")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let (mut seen, mut unique) = (std::collections::HashSet::new(), true);
            while let Some(key) = map.next_key::<String>()? {
                unique &= seen.insert(key) & map.next_value::<Checked>()?.0;
            }
            Ok(unique)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
            let mut unique = true;
            while let Some(Checked(inner)) = seq.next_element()? {
                unique &= inner;
            }
            Ok(unique)
        }
        fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
            Ok(true)
        }
        fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
            Ok(true)
        }
        fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
            Ok(true)
        }
        fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
            Ok(true)
        }
        fn visit_str<E>(self, _: &str) -> Result<bool, E> {
            Ok(true)
        }
        fn visit_unit<E>(self) -> Result<bool, E> {
            Ok(true)
        }
    }
    struct Checked(bool);
    impl<'de> serde::Deserialize<'de> for Checked {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Unique).map(Checked)
        }
    }
    serde_json::from_str::<Checked>(json).is_ok_and(|checked| checked.0)
}

fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from), Just(Value::Null)];
    let key = prop_oneof!["[ab.]{0,3}", any::<String>()];
    let value = leaf.prop_recursive(3, 12, 3, move |inner| {
        prop::collection::vec((key.clone(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect()))
    });
    prop::collection::vec(("[ab.]{0,3}", value), 0..5).prop_map(|members| Value::Object(members.into_iter().collect()))
}

proptest! {
    #[test]
    fn whatever_columns_and_rest_claim_the_json_is_valid(
        paths in prop::collection::vec((prop::collection::vec("[ab.\\\\\"]{0,2}", 1..4), any::<String>()), 0..8),
        rest in object(),
    ) {
        let mut columns: Vec<(ColumnKey, ArrayRef)> = vec![(ColumnKey::Rest, texts(&[Some(&rest.to_string())]))];
        for (path, value) in &paths {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            columns.push((field(&keys, Kind::Text), texts(&[Some(value)])));
        }
        let columns = row(columns);
        let mut out = Vec::new();
        RecordWriter::new(&columns).write(0, &mut out);
        let out = String::from_utf8(out).unwrap();
        prop_assert!(keys_are_unique(&out), "{out}");
        prop_assert!(!out.contains('\n'));
        if paths.is_empty() {
            let read: Value = serde_json::from_str(&out).unwrap();
            prop_assert_eq!(&read["attributes"], &rest);
        }
    }
}

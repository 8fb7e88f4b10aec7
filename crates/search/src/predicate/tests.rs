//! Evaluation over columns against a naive reading of each record.

mod flow;
mod oracle;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringViewArray};
use arrow::datatypes::Int64Type;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use store::{FieldPath, Kind, for_each_token};

use super::*;
use oracle::Record;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

// --- records as columns ---

/// Decides which leaf of which record lies in the rest.
type InRest<'a> = &'a dyn Fn(usize, &str) -> bool;

fn shred(records: &[Record], in_rest: InRest<'_>) -> Columns {
    let mut fields: BTreeMap<(FieldPath, Kind), Vec<Option<Value>>> = BTreeMap::new();
    let mut rests: Vec<Option<String>> = Vec::new();
    for (row, record) in records.iter().enumerate() {
        let mut rest = Value::Object(Map::new());
        for (keys, value) in leaves(&record.fields) {
            let path = FieldPath::from_keys(keys.iter().map(String::as_str));
            if in_rest(row, path.as_escaped()) {
                put(&mut rest, &keys, value);
                continue;
            }
            let kind = match &value {
                Value::Null => continue,
                Value::Bool(_) => Kind::Bool,
                Value::Number(number) if number.is_i64() => Kind::Int,
                Value::Number(number) if number.is_f64() => Kind::Float,
                Value::String(_) => Kind::Text,
                Value::Number(_) | Value::Array(_) | Value::Object(_) => Kind::Json,
            };
            fields.entry((path, kind)).or_insert_with(|| vec![None; records.len()])[row] = Some(value);
        }
        rests.push((rest != json!({})).then(|| rest.to_string()));
    }
    let text = |values: Vec<Option<String>>| Arc::new(StringViewArray::from_iter(values)) as ArrayRef;
    let mut columns = vec![
        (ColumnKey::Timestamp, Arc::new(Int64Array::from_iter_values(records.iter().map(|r| r.timestamp.nanos()))) as ArrayRef),
        (ColumnKey::Sequence, Arc::new(Int64Array::from_iter_values(records.iter().map(|r| r.sequence as i64)))),
    ];
    let parts = [
        (ColumnKey::Level, records.iter().map(|r| r.level.clone()).collect()),
        (ColumnKey::Message, records.iter().map(|r| r.message.clone()).collect()),
        (ColumnKey::Rest, rests),
    ];
    for (key, values) in parts {
        if values.iter().any(Option::is_some) {
            columns.push((key, text(values)));
        }
    }
    for ((path, kind), values) in fields {
        let array: ArrayRef = match kind {
            Kind::Int => Arc::new(Int64Array::from_iter(values.iter().map(|v| v.as_ref()?.as_i64()))),
            Kind::Float => Arc::new(Float64Array::from_iter(values.iter().map(|v| v.as_ref()?.as_f64()))),
            Kind::Bool => Arc::new(BooleanArray::from_iter(values.iter().map(|v| v.as_ref()?.as_bool()))),
            Kind::Text => text(values.iter().map(|v| v.as_ref()?.as_str().map(str::to_owned)).collect()),
            Kind::Json => text(values.iter().map(|v| Some(v.as_ref()?.to_string())).collect()),
        };
        columns.push((ColumnKey::Field(path, kind), array));
    }
    Columns::new(records.len(), columns)
}

fn leaves(fields: &Value) -> Vec<(Vec<String>, Value)> {
    let Value::Object(members) = fields else { return vec![(Vec::new(), fields.clone())] };
    let mut found = Vec::new();
    for (key, value) in members {
        let inner = if value == &json!({}) { vec![(Vec::new(), value.clone())] } else { leaves(value) };
        for (mut keys, leaf) in inner {
            keys.insert(0, key.clone());
            found.push((keys, leaf));
        }
    }
    found
}

fn put(object: &mut Value, keys: &[String], value: Value) {
    let at = keys.iter().fold(object, |at, key| {
        if at.is_null() {
            *at = json!({});
        }
        at.as_object_mut().unwrap().entry(key.clone()).or_insert(Value::Null)
    });
    *at = value;
}

// --- one record, one query ---

fn record(fields: Value) -> Record {
    let level = fields.get("level").and_then(Value::as_str).map(str::to_owned);
    let message = fields.get("message").and_then(Value::as_str).map(str::to_owned);
    let mut fields = fields;
    fields.as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "level" | "message"));
    Record { timestamp: Timestamp::parse("2026-11-22T10:30:15.5Z").unwrap(), sequence: 7, level, message, fields }
}

fn check(query: &str, fields: Value, expected: bool) {
    let record = record(fields);
    let query = Query::parse(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    let predicate = Predicate::compile(&query, now());
    for in_rest in [false, true] {
        let columns = shred(std::slice::from_ref(&record), &|_, _| in_rest);
        assert_eq!(
            predicate.evaluate(&columns, &Cancel::default()).value(0),
            expected,
            "{query} on {record:?}, in rest: {in_rest}"
        );
    }
    assert_eq!(oracle::matches(query.expr(), &record, now()), expected, "oracle: {query} on {record:?}");
}

#[test]
fn words_are_sought_in_the_message_only() {
    check("timeout", json!({"message": "Upstream Timeout"}), true);
    check("timeout", json!({"message": "x", "a": "timeout"}), false);
    check("timeout", json!({"a": "timeout"}), false);
    check("-timeout", json!({"a": "timeout"}), true);
    check("connection reset", json!({"message": "reset the connection"}), true);
    check("\"connection reset\"", json!({"message": "reset the connection"}), false);
    check("/time.?out$/", json!({"message": "a TIME-OUT"}), true);
}

#[test]
fn levels_compare_by_severity() {
    check("level:warning", json!({"level": "warn"}), true);
    check("level:>=warn", json!({"level": "error"}), true);
    check("level:>=warn", json!({"level": "notice"}), false);
    check("level:<warn", json!({"level": "notice"}), true);
    check("level:debug..info", json!({"level": "info"}), true);
    check("level:>=warn", json!({"level": "loud"}), false);
    check("level:loud", json!({"level": "loud"}), true);
    check("level:e*", json!({"level": "error"}), true);
    check("level:>=warn", json!({}), false);
    check("missing:level", json!({}), true);
    check("has:level", json!({"level": "info"}), true);
}

#[test]
fn the_timestamp_is_met_by_what_is_left_unsaid() {
    check("timestamp:2026-11-22", json!({}), true);
    check("timestamp:2026-11-22T10:30", json!({}), true);
    check("timestamp:2026-11-22T10:31", json!({}), false);
    check("dt:>now-2h", json!({}), true);
    check("dt:>now-1h", json!({}), false);
    check("dt:<=2026-11-22", json!({}), true);
    check("dt:[2026-11-21 TO 2026-11-22}", json!({}), false);
    check("has:timestamp", json!({}), true);
}

#[test]
fn a_record_is_named_by_its_id_or_by_a_field_of_that_name() {
    let id = RecordId { timestamp: record(json!({})).timestamp, sequence: 7 };
    check(&format!("id:{id}"), json!({}), true);
    check(&format!("id:{id}"), json!({"id": 5}), true);
    check("id:5", json!({"id": 5}), true);
    check("id:0000000000000000-7", json!({}), false);
}

#[test]
fn a_field_is_found_by_any_of_its_names() {
    check("user.id:7", json!({"context": {"user": {"id": 7}}}), true);
    check("user.id:7", json!({"user.id": "7"}), true);
    check("user.id:7", json!({"attributes": {"user.id": 7.0}}), true);
    check("service:api", json!({"resource": {"service.name": "API"}}), true);
    check("service.name:api", json!({"service": "api"}), true);
    check("host:a", json!({"host": {"name": "a"}}), true);
    check("attributes.k:v", json!({"k": "v"}), true);
    check("User.id:7", json!({"user": {"id": 7}}), false);
    check("user:7", json!({"user": {"id": 7}}), false);
    check("\"größe\":7", json!({"größe": 7}), true);
}

#[test]
fn presence_reaches_into_objects_and_null_is_absence() {
    check("has:user", json!({"user": {"id": 7}}), true);
    check("has:user", json!({"user": {"id": null}}), false);
    check("has:user", json!({"users": 1}), false);
    check("has:a", json!({"a": {}}), true);
    check("has:a", json!({"a": []}), true);
    check("missing:a", json!({"a": null}), true);
    check("f:-v", json!({}), true);
    check("has:f f:-v", json!({}), false);
    check("f:-v", json!({"f": "w"}), true);
    check("f:-v", json!({"f": ["w", "v"]}), false);
}

#[test]
fn a_number_that_no_type_holds_hides_nothing_beside_it() {
    let rest = r#"{"huge":1e400,"a":{"b":[ 1e400,"x"]},"k\u00e9":"\u0041"}"#;
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![rest]));
    let columns = Columns::new(1, vec![(ColumnKey::Rest, texts)]);
    for text in ["a.b:x", "a.b:1e400", "huge:>5", "huge:1e4*", "has:huge", "ké:a"] {
        let predicate = Predicate::compile(&Query::parse(text).unwrap(), now());
        assert!(predicate.evaluate(&columns, &Cancel::default()).value(0), "{text}");
    }
}

// --- many records, any query ---

fn message() -> impl Strategy<Value = Option<String>> {
    let words = ["timeout", "TIMEOUT", "times", "conn", "reset", "é", "É", "-", " ", "_", "5", "/", "\n"];
    let text = prop::collection::vec(prop::sample::select(words.to_vec()), 0..7).prop_map(|words| words.concat());
    prop::option::weighted(0.9, text)
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        prop::sample::select(vec![
            "api",
            "API",
            "web-api",
            "5",
            "5.0",
            "500",
            "true",
            "é",
            "É",
            "",
            "2026-11-22T10:00:00Z",
            "b",
            "back\\slash"
        ])
        .prop_map(Value::from),
        (-6i64..7).prop_map(Value::from),
        prop::sample::select(vec![5.0, 5.5, -5.5, 1e21]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(18_446_744_073_709_551_615u64)),
    ];
    scalar.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec((name(), inner), 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "a.b", "service", "name", "context", "resource", "host", "é", "id", "q\"x"])
        .prop_map(str::to_owned)
}

fn any_record() -> impl Strategy<Value = Record> {
    let levels = prop::option::of(prop::sample::select(vec!["debug", "info", "warn", "error", "emergency", "loud"]));
    let fields = prop::collection::vec((name(), value()), 0..4).prop_map(|members| Value::Object(members.into_iter().collect()));
    (0i64..48, 0u64..4, levels, message(), fields).prop_map(|(hour, sequence, level, message, fields)| Record {
        timestamp: Timestamp::parse("2026-11-21").unwrap().plus_seconds(hour * 3_600),
        sequence,
        level: level.map(str::to_owned),
        message,
        fields,
    })
}

const WORDS: [&str; 16] = [
    "timeout",
    "time*",
    "*out",
    "*me*",
    "t?me*",
    "conn*set",
    "\"conn reset\"",
    "reset-conn",
    "é",
    "*É*",
    "5",
    "_",
    "/re.?et/",
    "*",
    "\"-\"",
    "tim\\eout",
];
const NAMES: [&str; 11] = ["a", "b", "a.b", "service", "service.name", "host", "name", "é", "id", "attributes.a", "\"q\\\"x\""];
const TESTS: [&str; 34] = [
    "api",
    "*api",
    "w*b-?pi",
    "5",
    "\"5.0\"",
    "5*",
    "-5",
    "true",
    "t*",
    "É",
    "\"\"",
    "*",
    ">5",
    ">=5",
    "<5.5",
    "<=\"-5\"",
    "[1 TO 5}",
    "-1..6",
    "{b TO *]",
    ">b",
    "<api",
    ">2026-11-22",
    "<=2026-11-22",
    "/^5/",
    "/a/",
    "(api OR 5)",
    "(-api true)",
    "\"[]\"",
    "*:*",
    "18446744073709551615",
    "1844*",
    "1e21",
    "\"back\\slash\"",
    "*slash*",
];
const PARTS: [&str; 14] = [
    "level:error",
    "level:>=warn",
    "level:fatal",
    "level:loud",
    "level:*r*",
    "timestamp:>now-12h",
    "dt:2026-11-21",
    "dt:[2026-11-21T05 TO 2026-11-22T05:00]",
    "has:message",
    "missing:level",
    "has:a",
    "missing:service",
    "has:a.b",
    "id:988fd3b5f2270000-1",
];

fn query() -> impl Strategy<Value = String> {
    let select = |texts: &'static [&'static str]| prop::sample::select(texts);
    let leaf = prop_oneof![
        select(&WORDS).prop_map(str::to_owned),
        (select(&NAMES), select(&TESTS)).prop_map(|(name, test)| format!("{name}:{test}")),
        select(&PARTS).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.join(" ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|inner| format!("NOT ({inner})")),
        ]
    })
}

/// Whatever the predicate promises of its matches holds for this one.
fn check_promises(predicate: &Predicate, record: &Record, columns: &Columns, row: usize) {
    assert!(predicate.time_bounds().contains(record.timestamp));
    let mut tokens = Vec::new();
    for_each_token(record.message.as_deref().unwrap_or_default().as_bytes(), |token| tokens.push(token.to_vec()));
    for token in predicate.required_tokens() {
        assert!(tokens.iter().any(|present| **present == **token), "{token:?} in {record:?}");
    }
    let available: Vec<ColumnKey> = columns.iter().map(|(key, _)| key.clone()).collect();
    for required in predicate.required_equals() {
        let holds = |key: &ColumnKey| {
            let array = columns.get(key).unwrap();
            array.is_valid(row)
                && match key {
                    ColumnKey::Level | ColumnKey::Field(_, Kind::Text) => {
                        array.as_string_view().value(row).eq_ignore_ascii_case(&required.text)
                    }
                    ColumnKey::Field(_, Kind::Int) => array.as_primitive::<Int64Type>().value(row).to_string() == required.text,
                    _ => true,
                }
        };
        assert!(required.columns(&available).iter().any(holds), "{required:?} in {record:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn columns_answer_as_the_records_would(
        records in prop::collection::vec(any_record(), 1..90),
        texts in prop::collection::vec(query(), 1..6),
        salt in any::<u64>(),
        cut in 0usize..20,
    ) {
        let in_rest = |row: usize, path: &str| (row as u64 ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (path.len() % 60) & 3 == 0;
        let cut = cut.min(records.len() - 1);
        let columns = shred(&records, &in_rest).slice(cut, records.len() - cut);
        let available: Vec<ColumnKey> = columns.iter().map(|(key, _)| key.clone()).collect();
        for text in texts {
            let Ok(query) = Query::parse(&text) else { continue };
            let predicate = Predicate::compile(&query, now());
            let needed = predicate.columns(&available);
            let projected = Columns::new(
                columns.rows(),
                needed.iter().map(|key| (key.clone(), columns.get(key).unwrap().clone())).collect(),
            );
            let matched = predicate.evaluate(&projected, &Cancel::default());
            prop_assert_eq!(matched.len(), columns.rows());
            for (row, record) in records[cut..].iter().enumerate() {
                let expected = oracle::matches(query.expr(), record, now());
                prop_assert_eq!(matched.value(row), expected, "{} on {:?}", query, record);
                if expected {
                    check_promises(&predicate, record, &columns, row);
                }
            }
        }
    }
}

#[test]
fn only_what_stands_under_and_is_required() {
    let required = |text: &str| {
        let predicate = Predicate::compile(&Query::parse(text).unwrap(), now());
        let tokens: Vec<_> = predicate.required_tokens().iter().map(|t| String::from_utf8(t.to_vec()).unwrap()).collect();
        let equals: Vec<_> = predicate.required_equals().iter().map(|e| e.text.clone()).collect();
        (tokens.join(" "), equals.join(" "))
    };
    let is = |tokens: &str, equals: &str| (tokens.to_owned(), equals.to_owned());
    assert_eq!(required("Timeout \"connection Reset\" level:fatal service:API"), is("connection reset timeout", "critical API"));
    assert_eq!(required("a OR b"), is("", ""));
    assert_eq!(required("-a f:-b (c OR d) f:x*"), is("", ""));
    assert_eq!(required("time* *out foo-ba?"), is("foo", ""));
    assert_eq!(required("größe x-é"), is("x", ""));
    assert_eq!(required("f:5 g:5e2 h:5.5 i:-0"), is("", "5"));
    let bounds = Predicate::compile(&Query::parse("dt:>=now-1h dt:<now x").unwrap(), now()).time_bounds();
    assert_eq!(bounds, TimeRange { from: now().plus_seconds(-3_600), to: now() });
}

#[test]
fn only_the_columns_that_are_asked_are_read() {
    let key = |path: &[&str], kind| ColumnKey::Field(FieldPath::from_keys(path.iter().copied()), kind);
    let available = [
        ColumnKey::Timestamp,
        ColumnKey::Sequence,
        ColumnKey::Level,
        ColumnKey::Message,
        ColumnKey::Rest,
        key(&["a"], Kind::Int),
        key(&["a"], Kind::Text),
        key(&["a", "b"], Kind::Text),
        key(&["service", "name"], Kind::Text),
    ];
    let check = |text: &str, expected: &[usize]| {
        let columns = Predicate::compile(&Query::parse(text).unwrap(), now()).columns(&available);
        assert_eq!(columns, expected.iter().map(|&at| available[at].clone()).collect::<Vec<_>>(), "{text}");
    };
    check("*", &[]);
    check("x", &[3]);
    check("level:error dt:>now-1h", &[0, 2]);
    check("a:5", &[4, 5, 6]);
    check("has:a", &[4, 5, 6, 7]);
    check("service:x OR y", &[3, 4, 8]);
}

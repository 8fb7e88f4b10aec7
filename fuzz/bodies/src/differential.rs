//! One meaning: what a record says does not depend on the form that it was sent in.

use bytes::Bytes;
use ingest::{bulk, forward, frames};
use model::Timestamp;
use serde_json::{Deserializer, Map, Value, json};

const RECORDS_MAX: usize = 64;
const ARRIVED: Timestamp = Timestamp::from_nanos(1_767_312_000_000_000_000);
/// Fluent's event has its time and tag beside the record, so a record's own of these names may stand elsewhere.
const OF_EVENTS: [&str; 6] = ["timestamp", "@timestamp", "time", "dt", "tag", "fluent_tag"];

/// Records in every form that can hold any record: what one decoder reads of them all others do.
pub fn forms(data: &[u8]) {
    let Some(records) = records(data) else { return };
    let array = serde_json::to_vec(&records).expect("values are JSON");
    let expected = match frames::decode(Some("application/json"), None, Bytes::from(array), ARRIVED) {
        Ok(body) if store::refusal(&body.bytes).is_none() => read(&body.bytes),
        // What one limit or another refuses.
        Ok(_) | Err(_) => return,
    };
    assert_eq!(expected, records.iter().cloned().map(Value::Object).collect::<Vec<_>>());
    let lines = |before: &str| {
        let lines = records.iter().map(|record| format!("{before}{}\n", json!(record)));
        Bytes::from(lines.collect::<String>())
    };
    let ndjson = frames::decode(Some("application/ndjson"), None, lines(""), ARRIVED);
    assert_eq!(read(&ndjson.expect("lines of JSON").bytes), expected);
    let text = frames::decode(Some("text/plain"), None, lines(""), ARRIVED);
    assert_eq!(read(&text.expect("lines of text").bytes), expected);
    let (body, items) = bulk::decode(&lines("{\"create\":{}}\n"), None).expect("a bulk request");
    assert!(items.iter().all(|item| item.refused.is_none()));
    assert_eq!(read(&body.bytes), expected);
    let mut packed = Vec::new();
    pack(&mut packed, &expected.clone().into());
    let msgpack = frames::decode(Some("application/msgpack"), None, packed.into(), ARRIVED);
    assert_eq!(read(&msgpack.expect("an array of maps").bytes), expected);
    forwarded(&expected);
}

/// A message of Fluent's forward protocol: its events are the records, with a time and a tag besides.
fn forwarded(records: &[Value]) {
    let events = records.iter().map(|record| json!([1_767_312_000, record]));
    let mut packed = Vec::new();
    pack(&mut packed, &json!(["a.b", events.collect::<Vec<_>>()]));
    let delivery = forward::decode(&packed.into()).expect("a message of forward mode");
    assert_eq!(delivery.count, records.len());
    let events = read(&delivery.records);
    for (event, record) in events.iter().zip(records) {
        let members = record.as_object().expect("a record is an object");
        for (name, value) in members.iter().filter(|(name, _)| !OF_EVENTS.contains(&name.as_str())) {
            assert_eq!(event.get(name), Some(value), "{name:?} of {record}");
        }
    }
}

/// Objects in an array or one behind another.
fn records(data: &[u8]) -> Option<Vec<Map<String, Value>>> {
    let values = Deserializer::from_slice(data).into_iter::<Value>().take(RECORDS_MAX).map_while(Result::ok);
    let objects = flattened(values).into_iter().filter_map(|value| match value {
        Value::Object(object) => Some(object),
        _ => None,
    });
    let objects: Vec<_> = objects.take(RECORDS_MAX).collect();
    (!objects.is_empty()).then_some(objects)
}

/// What a decoder gave.
fn read(body: &[u8]) -> Vec<Value> {
    flattened(Deserializer::from_slice(body).into_iter::<Value>().map(|value| value.expect("a decoder writes JSON")))
}

fn flattened(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let of = |value| match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    values.flat_map(of).collect()
}

fn pack(out: &mut Vec<u8>, value: &Value) {
    let length = |length: usize| u32::try_from(length).expect("an input is small");
    match value {
        Value::Null => rmp::encode::write_nil(out).expect("memory"),
        Value::Bool(value) => rmp::encode::write_bool(out, *value).expect("memory"),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => drop(rmp::encode::write_uint(out, number).expect("memory")),
            (_, Some(number), _) => drop(rmp::encode::write_sint(out, number).expect("memory")),
            (.., number) => rmp::encode::write_f64(out, number.expect("a float")).expect("memory"),
        },
        Value::String(text) => rmp::encode::write_str(out, text).expect("memory"),
        Value::Array(items) => {
            rmp::encode::write_array_len(out, length(items.len())).expect("memory");
            items.iter().for_each(|item| pack(out, item));
        }
        Value::Object(members) => {
            rmp::encode::write_map_len(out, length(members.len())).expect("memory");
            for (name, value) in members {
                rmp::encode::write_str(out, name).expect("memory");
                pack(out, value);
            }
        }
    }
}

//! The law that every decoder is held to: what it writes is objects, and `store` takes every one of them.

use model::Timestamp;
use serde_json::Value;
use store::{Arrival, FreshTable};

use crate::NormalBody;

/// The records of a body, after `store` took as many as it claims to hold.
pub(crate) fn records(body: &NormalBody) -> Vec<Value> {
    let read: Vec<Value> = serde_json::Deserializer::from_slice(&body.bytes).into_iter().map(Result::unwrap).collect();
    assert!(read.iter().all(Value::is_object));
    assert_eq!(body.records, Some(read.len()));
    let arrival = Arrival { at: Timestamp::from_nanos(0), first_sequence: 1 };
    let mut table = FreshTable::new();
    table.append(&body.bytes, arrival).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body.bytes)));
    assert_eq!(table.rows(), read.len());
    read
}

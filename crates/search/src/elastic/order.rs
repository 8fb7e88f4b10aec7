//! Which of the matching records are given: `size`, `from`, `sort`, `search_after`.
//!
//! Records are in the order of their time, and those of one time in that of their arrival; other orders are refused.

use model::{RecordId, Timestamp, limits};
use serde_json::Value;

use super::body::{Object, only, wrong};
use super::{RequestError, TIME};
use crate::find::Order;

/// As Elasticsearch has it.
const SIZE_DEFAULT: usize = 10;
const MILLI: i64 = 1_000_000;

/// The part of the order that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    pub order: Order,
    pub from: usize,
    pub size: usize,
    pub after: Option<After>,
    /// What tells a record's place in the order: nothing, its time, or its id as well.
    pub keys: usize,
}

/// Where the page before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Record(RecordId),
    /// All of this millisecond is passed.
    Millisecond(i64),
}

// === impl Sorted ===

impl Sorted {
    pub(super) fn take(body: &mut Object) -> Result<Self, RequestError> {
        let size = body.size("size")?.unwrap_or(SIZE_DEFAULT);
        let from = body.size("from")?.unwrap_or(0);
        if from.saturating_add(size) > limits::PAGE_RECORDS_MAX {
            let most = limits::PAGE_RECORDS_MAX;
            return Err(RequestError::argument(format!(
                "Result window is too large, from + size must be less than or equal to: [{most}]"
            )));
        }
        let (order, keys) = sort(body.take("sort"))?;
        let after = body.take("search_after").map(|after| after_of(&after, keys)).transpose()?;
        if after.is_some() && from > 0 {
            return Err(RequestError::argument("`from` parameter must be set to 0 when `search_after` is used"));
        }
        Ok(Self { order, from, size, after, keys })
    }

    /// What a record is found behind: the values of the order's keys.
    #[must_use]
    pub fn place(&self, id: RecordId) -> Vec<Value> {
        let millis = id.timestamp.nanos().div_euclid(MILLI);
        [Value::from(millis), Value::from(id.to_string())].into_iter().take(self.keys).collect()
    }
}

// === impl After ===

impl After {
    #[must_use]
    pub fn record(self) -> Option<RecordId> {
        if let Self::Record(id) = self { Some(id) } else { None }
    }

    /// The times that are left behind it.
    #[must_use]
    pub fn narrow(self, order: Order, range: model::TimeRange) -> model::TimeRange {
        let Self::Millisecond(millis) = self else { return range };
        let edge = |millis: i64| Timestamp::from_nanos(millis.saturating_mul(MILLI));
        match order {
            Order::NewestFirst => model::TimeRange { to: range.to.min(edge(millis)), ..range },
            Order::OldestFirst => model::TimeRange { from: range.from.max(edge(millis.saturating_add(1))), ..range },
        }
    }
}

/// The order, and of how many keys it is.
fn sort(value: Option<Value>) -> Result<(Order, usize), RequestError> {
    let keys: Vec<Value> = match value {
        None => return Ok((Order::NewestFirst, 0)),
        Some(Value::Array(keys)) => keys,
        Some(Value::Object(members)) => {
            members.into_iter().map(|(name, order)| Value::Object([(name, order)].into_iter().collect())).collect()
        }
        Some(Value::String(text)) => text.split(',').map(|key| Value::String(key.to_owned())).collect(),
        Some(_) => return Err(wrong("sort")),
    };
    let mut orders = Vec::new();
    for (place, key) in keys.into_iter().enumerate() {
        let (name, order) = sort_key(key)?;
        let fits = match place {
            0 => name == TIME,
            1 => matches!(&*name, "_doc" | "_id"),
            _ => false,
        };
        if !fits {
            return Err(RequestError::unsupported(&format!(
                "an order by [{name}] there: records are sorted by `{TIME}` and then `_doc`; another"
            )));
        }
        orders.push(order);
    }
    match *orders {
        [] => Ok((Order::NewestFirst, 0)),
        [order] => Ok((order, 1)),
        [order, tie, ..] if order == tie => Ok((order, 2)),
        _ => Err(RequestError::unsupported("an order whose keys go different ways")),
    }
}

fn sort_key(key: Value) -> Result<(String, Order), RequestError> {
    let direction = |text: &str| match text {
        "asc" => Ok(Order::OldestFirst),
        "desc" => Ok(Order::NewestFirst),
        _ => Err(wrong("order")),
    };
    if let Some(text) = key.as_str() {
        return match text.split_once(':') {
            Some((name, order)) => Ok((name.to_owned(), direction(order)?)),
            None => Ok((text.to_owned(), Order::OldestFirst)),
        };
    }
    let (name, value) = only(key, "sort")?;
    if let Some(order) = value.as_str() {
        return Ok((name, direction(order)?));
    }
    let mut value = Object::of(value, "sort")?;
    let order = value.text("order")?.map_or(Ok(Order::OldestFirst), |order| direction(&order))?;
    // Every record has a time, so nothing is ever unmapped or missing.
    let _ = (value.take("unmapped_type"), value.take("missing"));
    value.finish("[sort]")?;
    Ok((name, order))
}

fn after_of(value: &Value, keys: usize) -> Result<After, RequestError> {
    let values = value.as_array().ok_or_else(|| wrong("search_after"))?;
    if keys == 0 {
        return Err(RequestError::argument("Sort must contain at least one field."));
    }
    if values.len() != keys {
        let reason = format!("search_after has {} value(s) but sort has {keys}.", values.len());
        return Err(RequestError::argument(reason));
    }
    match values.as_slice() {
        [millis] => millis.as_i64().map(After::Millisecond).ok_or_else(|| wrong("search_after")),
        [_, id] => {
            let id = id.as_str().and_then(|id| id.parse().ok());
            id.map(After::Record)
                .ok_or_else(|| RequestError::argument("[search_after] is not the [sort] of a record that was found"))
        }
        _ => Err(wrong("search_after")),
    }
}

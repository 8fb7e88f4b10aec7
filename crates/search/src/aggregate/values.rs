//! A field's values in a batch, as the keys of buckets and as numbers.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use serde_json::Value;
use store::{ColumnKey, Columns, Kind};

use crate::predicate::resolve;

/// What a bucket is about.
#[derive(Debug, Clone)]
pub enum Key {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// The columns of one field, the first of which that has a value gives it.
#[derive(Default)]
pub(super) struct Values<'b>(Vec<(Kind, &'b ArrayRef)>);

// === impl Values ===

impl<'b> Values<'b> {
    pub(super) fn of(field: &str, columns: &'b Columns, available: &[ColumnKey]) -> Self {
        let kind = |key: &ColumnKey| match key {
            ColumnKey::Field(_, kind) => Some(*kind),
            ColumnKey::Level | ColumnKey::Message => Some(Kind::Text),
            ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Rest => None,
        };
        let of = |key: ColumnKey| Some((kind(&key)?, columns.get(&key)?));
        Self(resolve(field, available).into_iter().filter_map(of).collect())
    }

    /// Different values of a row: several where the field is an array.
    pub(super) fn keys(&self, row: usize) -> Vec<Key> {
        let Some((kind, array)) = self.0.iter().find(|(_, array)| array.is_valid(row)) else { return Vec::new() };
        match kind {
            Kind::Bool => vec![Key::Bool(array.as_boolean().value(row))],
            Kind::Int => vec![Key::Int(array.as_primitive::<Int64Type>().value(row))],
            Kind::Float => vec![Key::Float(array.as_primitive::<Float64Type>().value(row))],
            Kind::Text => vec![Key::Text(array.as_string_view().value(row).to_owned())],
            Kind::Json => Key::of_json(array.as_string_view().value(row)),
        }
    }

    pub(super) fn number(&self, row: usize) -> Option<f64> {
        let number = |(kind, array): &(Kind, &ArrayRef)| match kind {
            Kind::Int if array.is_valid(row) => Some(array.as_primitive::<Int64Type>().value(row) as f64),
            Kind::Float if array.is_valid(row) => Some(array.as_primitive::<Float64Type>().value(row)),
            Kind::Int | Kind::Float | Kind::Bool | Kind::Json | Kind::Text => None,
        };
        self.0.iter().find_map(number)
    }
}

// === impl Key ===

impl Key {
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bool(_) | Self::Int(_) | Self::Float(_) => 0,
        }
    }

    /// The values in an array, each once; what is no value by itself is left out.
    fn of_json(text: &str) -> Vec<Self> {
        let Ok(Value::Array(all)) = serde_json::from_str(text) else { return Vec::new() };
        let key = |value: Value| match value {
            Value::Bool(flag) => Some(Self::Bool(flag)),
            Value::Number(number) => number.as_i64().map(Self::Int).or_else(|| number.as_f64().map(Self::Float)),
            Value::String(text) => Some(Self::Text(text)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        let mut keys: Vec<Self> = all.into_iter().filter_map(key).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Float(_) => 1,
            Self::Text(_) => 2,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            // Of a number that is written in two ways, the whole one is first.
            (Self::Int(a), Self::Float(b)) => (*a as f64).total_cmp(b).then(Ordering::Less),
            (Self::Float(a), Self::Int(b)) => a.total_cmp(&(*b as f64)).then(Ordering::Greater),
            (Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_), _) => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Bool(flag) => (0_u8, flag).hash(state),
            Self::Int(number) => (1_u8, number).hash(state),
            Self::Float(number) => (2_u8, number.to_bits()).hash(state),
            Self::Text(text) => (3_u8, text).hash(state),
        }
    }
}

//! The rules of shredding written plainly over `serde_json`, and a table read back into the same form.

use std::collections::BTreeMap;
use std::fmt;

use arrow::array::{Array, AsArray, StringViewArray};
use arrow::datatypes::{Float64Type, Int64Type};
use model::{Level, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::columns::{ColumnKey, Columns, FieldPath, Kind, Projection};
use crate::fresh::FreshTable;

/// A record as it must come out: fields by path, wherever they are kept.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) time: i64,
    pub(super) level: Option<String>,
    pub(super) message: Option<String>,
    pub(super) fields: BTreeMap<FieldPath, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    /// By its bits, so that zeros with and without a sign differ.
    Float(u64),
    Bool(bool),
    Json(String),
}

/// The members of an object with duplicates, in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

enum Tree<'a> {
    Object(Vec<(String, Tree<'a>)>),
    Leaf(&'a str),
}

// === impl Members ===

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

// === impl Tree ===

impl<'a> Tree<'a> {
    fn read(raw: &'a str, is_opaque: bool) -> Self {
        if !raw.starts_with('{') || is_opaque {
            return Self::Leaf(raw);
        }
        let members: Members<'a> = serde_json::from_str(raw).unwrap();
        if members.0.is_empty() {
            return Self::Leaf(raw);
        }
        let mut merged: Vec<(String, Tree<'a>)> = Vec::new();
        for (key, value) in members.0 {
            let value = Self::read(value.get(), key.ends_with("_json"));
            match merged.iter_mut().find(|(other, _)| *other == key) {
                Some((key, old)) => old.merge(value, key.ends_with("_json")),
                None => merged.push((key, value)),
            }
        }
        Self::Object(merged)
    }

    fn merge(&mut self, new: Self, is_opaque: bool) {
        match (self, new) {
            (Self::Object(_), Self::Leaf(raw)) if raw.starts_with('{') && !is_opaque => {}
            (Self::Object(old), Self::Object(new)) => {
                for (key, value) in new {
                    match old.iter_mut().find(|(other, _)| *other == key) {
                        Some((key, old)) => old.merge(value, key.ends_with("_json")),
                        None => old.push((key, value)),
                    }
                }
            }
            (old, new) => *old = new,
        }
    }

    fn flatten(&self, keys: &mut Vec<String>, out: &mut BTreeMap<FieldPath, Value>) {
        match self {
            Self::Leaf("null") => {}
            Self::Leaf(raw) => {
                let is_opaque = keys.last().is_some_and(|key| key.ends_with("_json"));
                out.insert(FieldPath::from_keys(keys.iter().map(String::as_str)), leaf(raw, is_opaque));
            }
            Self::Object(members) => {
                for (key, value) in members {
                    keys.push(key.clone());
                    value.flatten(keys, out);
                    keys.pop();
                }
            }
        }
    }
}

fn leaf(raw: &str, is_opaque: bool) -> Value {
    match raw.as_bytes()[0] {
        b'"' => Value::Text(serde_json::from_str(raw).unwrap()),
        _ if is_opaque => Value::Json(raw.to_owned()),
        b't' | b'f' => Value::Bool(raw == "true"),
        b'-' | b'0'..=b'9' => number(raw),
        _ => Value::Json(raw.to_owned()),
    }
}

fn number(raw: &str) -> Value {
    let json = Value::Json(raw.to_owned());
    if !raw.contains(['.', 'e', 'E']) {
        return if raw == "-0" { json } else { raw.parse().map_or(json, Value::Int) };
    }
    let digits: String = raw.split(['e', 'E']).next().unwrap().chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let value: f64 = raw.parse().unwrap();
    let is_exact = digits.len() <= 17 && value.is_finite() && (digits.is_empty() || value.is_normal());
    if is_exact { Value::Float(value.to_bits()) } else { json }
}

/// What must become of a record that is an object.
pub(super) fn expected(raw: &str, arrival: Timestamp) -> Record {
    let mut fields = BTreeMap::new();
    // An object without members is a value of its own, but not as a whole record.
    if let tree @ Tree::Object(_) = Tree::read(raw, false) {
        tree.flatten(&mut Vec::new(), &mut fields);
    }
    let top = |key: &str| FieldPath::from_keys([key]);
    let mut record = Record { time: arrival.nanos(), ..Record::default() };
    let is_time = |value: &Value| match value {
        Value::Text(text) => Timestamp::parse(text).ok(),
        Value::Int(number) => Timestamp::from_epoch_number(*number),
        Value::Float(bits) => Timestamp::from_epoch_float(f64::from_bits(*bits)),
        Value::Json(raw) => raw.parse().ok().and_then(Timestamp::from_epoch_float),
        Value::Bool(_) => None,
    };
    for key in ["dt", "timestamp", "@timestamp", "date", "@date", "time", "@time", "_fluent_date", "ts"] {
        if let Some(time) = fields.get(&top(key)).and_then(is_time) {
            record.time = time.nanos();
            fields.remove(&top(key));
            break;
        }
    }
    for key in ["message", "msg", "log"] {
        if let Some(Value::Text(text)) = fields.get(&top(key)) {
            record.message = Some(text.clone());
            fields.remove(&top(key));
            break;
        }
    }
    let has_level = matches!(fields.get(&top("level")), Some(Value::Text(_) | Value::Int(_)));
    let paths = [top("level"), top("severity"), top("lvl"), top("loglevel"), top("log.level")];
    for path in paths.into_iter().chain([FieldPath::from_keys(["log", "level"]), top("severity_text")]) {
        let level = match fields.get(&path) {
            Some(Value::Text(text)) => match Level::from_name(text) {
                Some(level) => Some(level.to_string()),
                None => (!text.is_empty() && text.len() <= 32).then(|| text.to_lowercase()),
            },
            Some(Value::Int(n)) if path == top("level") => Level::from_number(*n).map(|level| level.to_string()),
            Some(Value::Int(n)) if path == top("severity") && !has_level && (0..8).contains(n) => {
                Level::from_number(*n).map(|level| level.to_string())
            }
            _ => None,
        };
        if level.is_some() {
            record.level = level;
            fields.remove(&path);
            break;
        }
    }
    record.fields = fields;
    record
}

/// The table's rows as records, and their sequence numbers.
pub(super) fn read_back(table: &FreshTable) -> (Vec<Record>, Vec<i64>) {
    let (mut records, mut sequences) = (Vec::new(), Vec::new());
    for columns in table.snapshot(usize::MAX, &Projection::All) {
        for row in 0..columns.rows() {
            records.push(read_row(&columns, row));
            let sequence = columns.get(&ColumnKey::Sequence).unwrap();
            sequences.push(sequence.as_primitive::<Int64Type>().value(row));
        }
    }
    (records, sequences)
}

fn read_row(columns: &Columns, row: usize) -> Record {
    let mut record = Record::default();
    let text = |array: &StringViewArray| array.value(row).to_owned();
    for (key, array) in columns.iter().filter(|(_, array)| array.is_valid(row)) {
        let value = match key {
            ColumnKey::Timestamp => {
                record.time = array.as_primitive::<Int64Type>().value(row);
                continue;
            }
            ColumnKey::Sequence => continue,
            ColumnKey::Level => {
                record.level = Some(text(array.as_string_view()));
                continue;
            }
            ColumnKey::Message => {
                record.message = Some(text(array.as_string_view()));
                continue;
            }
            ColumnKey::Rest => {
                let rest = text(array.as_string_view());
                let mut fields = BTreeMap::new();
                Tree::read(&rest, false).flatten(&mut Vec::new(), &mut fields);
                for (path, value) in fields {
                    assert_eq!(record.fields.insert(path, value), None, "a field is kept once");
                }
                continue;
            }
            ColumnKey::Field(_, Kind::Text) => Value::Text(text(array.as_string_view())),
            ColumnKey::Field(_, Kind::Json) => Value::Json(text(array.as_string_view())),
            ColumnKey::Field(_, Kind::Int) => Value::Int(array.as_primitive::<Int64Type>().value(row)),
            ColumnKey::Field(_, Kind::Float) => Value::Float(array.as_primitive::<Float64Type>().value(row).to_bits()),
            ColumnKey::Field(_, Kind::Bool) => Value::Bool(array.as_boolean().value(row)),
        };
        if let ColumnKey::Field(path, _) = key {
            assert_eq!(record.fields.insert(path.clone(), value), None, "a field is kept once");
        }
    }
    record
}

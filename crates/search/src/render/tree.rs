//! The field columns as the tree of objects that their paths describe.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{Float64Type, Int64Type};
use serde_json::value::RawValue;
use store::{ColumnKey, Columns, Kind};

use super::write_string;
use crate::members::Members;

/// The members of one object.
#[derive(Debug, Default)]
pub(super) struct Tree<'a>(Vec<Member<'a>>);

#[derive(Debug)]
struct Member<'a> {
    key: String,
    /// `"key":`
    label: Vec<u8>,
    /// One for each type that the field has; a row has a value in one of them.
    values: Vec<Values<'a>>,
    inner: Tree<'a>,
}

#[derive(Debug)]
enum Values<'a> {
    Text(&'a StringViewArray),
    Int(&'a PrimitiveArray<Int64Type>),
    Float(&'a PrimitiveArray<Float64Type>),
    Bool(&'a BooleanArray),
    Json(&'a StringViewArray),
}

// === impl Tree ===

impl<'a> Tree<'a> {
    pub(super) fn of(columns: &'a Columns) -> Self {
        let mut tree = Self::default();
        for (key, array) in columns.iter() {
            if let ColumnKey::Field(path, kind) = key
                && array.null_count() < array.len()
                && let Some(values) = Values::of(*kind, array)
            {
                tree.insert(&path.keys(), values);
            }
        }
        tree
    }

    fn insert(&mut self, keys: &[String], values: Values<'a>) {
        let Some((key, inner)) = keys.split_first() else {
            return;
        };
        // Columns come sorted by their paths, so that what belongs together is mostly found at the end.
        let at = self.0.iter().rposition(|member| member.key == *key).unwrap_or_else(|| {
            let mut label = Vec::with_capacity(key.len() + 3);
            write_string(key, &mut label);
            label.push(b':');
            self.0.push(Member { key: key.clone(), label, values: Vec::new(), inner: Self::default() });
            self.0.len() - 1
        });
        let member = &mut self.0[at];
        if inner.is_empty() { member.values.push(values) } else { member.inner.insert(inner, values) }
    }

    /// Writes the object of one row, `rest` merged into it. Where both have a value, the column's is written.
    pub(super) fn write(&self, row: usize, mut rest: Members<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        let start = out.len();
        for member in &self.0 {
            let raw = if rest.is_empty() { None } else { rest.take(&member.key) };
            let before = out.len();
            if before > start {
                out.push(b',');
            }
            out.extend_from_slice(&member.label);
            if !member.write(row, raw, out) {
                out.truncate(before);
            }
        }
        for (key, raw) in rest.iter() {
            if out.len() > start {
                out.push(b',');
            }
            write_string(key, out);
            out.push(b':');
            write_raw(raw.get(), out);
        }
        out.push(b'}');
    }
}

// === impl Member ===

impl Member<'_> {
    /// Whether the row has a value here.
    fn write(&self, row: usize, rest: Option<&RawValue>, out: &mut Vec<u8>) -> bool {
        if self.values.iter().any(|values| values.write(row, out)) {
            return true;
        }
        let before = out.len();
        match rest {
            Some(raw) if !raw.get().starts_with('{') || self.inner.0.is_empty() => {
                if !self.inner.write_unless_empty(row, Members::default(), out) {
                    write_raw(raw.get(), out);
                }
                true
            }
            Some(raw) => {
                // An empty object was sent as one.
                self.inner.write(row, Members::read(raw.get()), out);
                out.len() > before
            }
            None => self.inner.write_unless_empty(row, Members::default(), out),
        }
    }
}

impl Tree<'_> {
    fn write_unless_empty(&self, row: usize, rest: Members<'_>, out: &mut Vec<u8>) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let before = out.len();
        self.write(row, rest, out);
        let is_empty = out.len() == before + "{}".len();
        if is_empty {
            out.truncate(before);
        }
        !is_empty
    }
}

// === impl Values ===

impl<'a> Values<'a> {
    /// `None` where the array is not what the kind says.
    fn of(kind: Kind, array: &'a ArrayRef) -> Option<Self> {
        match kind {
            Kind::Text => array.as_string_view_opt().map(Self::Text),
            Kind::Int => array.as_primitive_opt().map(Self::Int),
            Kind::Float => array.as_primitive_opt().map(Self::Float),
            Kind::Bool => array.as_boolean_opt().map(Self::Bool),
            Kind::Json => array.as_string_view_opt().map(Self::Json),
        }
    }

    /// Whether the row has a value, and then it is written.
    fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        let array: &dyn Array = match self {
            Self::Text(texts) | Self::Json(texts) => texts,
            Self::Int(ints) => ints,
            Self::Float(floats) => floats,
            Self::Bool(flags) => flags,
        };
        if array.is_null(row) {
            return false;
        }
        // Writing to memory does not fail, and each of these types has a JSON form.
        match self {
            Self::Text(texts) => write_string(texts.value(row), out),
            Self::Int(ints) => drop(serde_json::to_writer(out, &ints.value(row))),
            Self::Float(floats) => drop(serde_json::to_writer(out, &floats.value(row))),
            Self::Bool(flags) => out.extend_from_slice(if flags.value(row) { b"true" } else { b"false" }),
            Self::Json(texts) => write_raw(texts.value(row), out),
        }
        true
    }
}

/// Writes JSON text as it was sent, but on one line: outside of strings, where a line break cannot stand, it is a space.
fn write_raw(json: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(json.as_bytes());
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
        for byte in &mut out[start..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
}

//! Records as JSON: rows of columns become the objects that were sent.
//!
//! Always holds: what is written is one valid JSON object on one line, and no object that is put together here has a key twice. Fields stand
//! nested as they were sent, though not always in the order in which they were.

mod tree;

use std::io::Write as _;

use arrow::array::{Array, AsArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::Int64Type;
use model::{RecordId, Timestamp};
use store::{ColumnKey, Columns};

use crate::members::Members;
use tree::Tree;

/// Writes rows of some columns. A column that is not there reads as null, so all of them should be.
#[derive(Debug)]
pub struct RecordWriter<'a> {
    timestamps: Option<&'a PrimitiveArray<Int64Type>>,
    sequences: Option<&'a PrimitiveArray<Int64Type>>,
    levels: Option<&'a StringViewArray>,
    messages: Option<&'a StringViewArray>,
    rests: Option<&'a StringViewArray>,
    fields: Tree<'a>,
}

/// Writes `text` as a JSON string.
fn write_string(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail, and a string always has a JSON form.
    let _ = serde_json::to_writer(out, text);
}

// === impl RecordWriter ===

impl<'a> RecordWriter<'a> {
    #[must_use]
    pub fn new(columns: &'a Columns) -> Self {
        let numbers = |key| columns.get(&key)?.as_primitive_opt::<Int64Type>();
        let texts = |key| columns.get(&key)?.as_string_view_opt();
        Self {
            timestamps: numbers(ColumnKey::Timestamp),
            sequences: numbers(ColumnKey::Sequence),
            levels: texts(ColumnKey::Level),
            messages: texts(ColumnKey::Message),
            rests: texts(ColumnKey::Rest),
            fields: Tree::of(columns),
        }
    }

    #[must_use]
    pub fn id(&self, row: usize) -> RecordId {
        let number = |numbers: Option<&PrimitiveArray<Int64Type>>| numbers.map_or(0, |numbers| numbers.value(row));
        let timestamp = Timestamp::from_nanos(number(self.timestamps));
        RecordId { timestamp, sequence: number(self.sequences) as u64 }
    }

    /// Appends `{"id":…,"timestamp":…,"level":…,"message":…,"attributes":{…}}`. `row` is below the columns' rows.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        let id = self.id(row);
        // Writing to memory does not fail.
        let _ = write!(out, "{{\"id\":\"{id}\",\"timestamp\":\"{}\",\"level\":", id.timestamp);
        write_text(self.levels, row, out);
        out.extend_from_slice(b",\"message\":");
        write_text(self.messages, row, out);
        out.extend_from_slice(b",\"attributes\":");
        let rest = self.rests.filter(|rests| rests.is_valid(row)).map(|rests| rests.value(row));
        self.fields.write(row, Members::read(rest.unwrap_or("{}")), out);
        out.push(b'}');
    }
}

fn write_text(texts: Option<&StringViewArray>, row: usize, out: &mut Vec<u8>) {
    match texts.filter(|texts| texts.is_valid(row)) {
        Some(texts) => write_string(texts.value(row), out),
        None => out.extend_from_slice(b"null"),
    }
}

#[cfg(test)]
mod tests;

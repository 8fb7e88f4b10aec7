//! The rows of an answer as JSON.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, TimeUnit, TimestampNanosecondType};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use model::{Timestamp, limits};

/// An answer's columns and rows.
#[derive(Debug)]
pub struct SqlRows {
    /// Name and type of each column.
    pub columns: Vec<(String, String)>,
    /// A JSON array of JSON arrays, in the order of the columns.
    pub json: Vec<u8>,
    pub count: usize,
    /// The answer had more rows than may be given.
    pub truncated: bool,
}

// === impl SqlRows ===

impl SqlRows {
    pub(super) fn new(schema: &Schema) -> Self {
        let columns = schema.fields().iter().map(|field| (field.name().clone(), type_name(field.data_type()))).collect();
        Self { columns, json: vec![b'['], count: 0, truncated: false }
    }

    /// Writes rows until the answer is full.
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for row in 0..batch.num_rows() {
            let before = self.json.len();
            if self.count >= limits::SQL_ROWS_MAX || !self.write(batch, row) {
                self.json.truncate(before);
                self.truncated = true;
                return;
            }
            self.count += 1;
        }
    }

    /// Whether there was room for the row: many values may be one text in memory, and become as many texts here.
    fn write(&mut self, batch: &RecordBatch, row: usize) -> bool {
        self.json.extend_from_slice(if self.count > 0 { b",[" } else { b"[" });
        for (at, array) in batch.columns().iter().enumerate() {
            if at > 0 {
                self.json.push(b',');
            }
            write_value(array, row, &mut self.json);
            if self.json.len() > limits::PAGE_BYTES_MAX {
                return false;
            }
        }
        self.json.push(b']');
        true
    }

    pub(super) fn finish(mut self) -> Self {
        self.json.push(b']');
        self
    }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text".to_owned(),
        DataType::Int64 => "integer".to_owned(),
        DataType::Float64 => "float".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

fn write_value(array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    if array.is_null(row) {
        out.extend_from_slice(b"null");
        return;
    }
    match array.data_type() {
        DataType::Boolean => out.extend_from_slice(if array.as_boolean().value(row) { b"true" } else { b"false" }),
        DataType::Int64 => out.extend_from_slice(array.as_primitive::<Int64Type>().value(row).to_string().as_bytes()),
        DataType::Float64 => write_float(array.as_primitive::<Float64Type>().value(row), out),
        DataType::Utf8View => write_text(array.as_string_view().value(row), out),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>().value(row);
            write_text(&Timestamp::from_nanos(nanos).to_string(), out);
        }
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => {
            out.extend_from_slice(display(array, row).as_bytes());
        }
        _ => write_text(&display(array, row), out),
    }
}

/// JSON has no number for what is not finite.
fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(serde_json::Number::from_f64(value).map_or_else(String::new, |n| n.to_string()).as_bytes());
    } else {
        write_text(&value.to_string(), out);
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail, and a text is always representable.
    if serde_json::to_writer(&mut *out, text).is_err() {
        out.extend_from_slice(b"null");
    }
}

fn display(array: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default();
    ArrayFormatter::try_new(array.as_ref(), &options)
        .and_then(|formatter| formatter.value(row).try_to_string())
        .unwrap_or_default()
}

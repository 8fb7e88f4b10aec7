//! A source's life: accepted and durable in the journal, fresh and searchable, then sealed columnar parts.

mod columns;

pub use columns::{ColumnKey, Columns, FieldPath, Kind, Projection};

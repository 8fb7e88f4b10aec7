//! A source's life: accepted and durable in the journal, fresh and searchable, then sealed columnar parts.

mod columns;
mod tokens;

pub use columns::{ColumnKey, Columns, FieldPath, Kind, Projection};
pub use tokens::{for_each_token, is_token_byte};

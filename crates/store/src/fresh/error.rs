//! Why a body was refused, and where.

use std::fmt;

/// A body that is not JSON records within the limits. Nothing of it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {record}, byte {at}: {reason}")]
pub struct ShredError {
    /// The record's index in the body, from 0.
    pub record: usize,
    /// Bytes from the start of the body.
    pub at: usize,
    pub reason: ShredReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShredReason {
    #[error("not JSON: expected {0}")]
    NotJson(Expected),
    #[error("not JSON: a number such as 0, -1, 2.5 or 1e9 was expected")]
    BadNumber,
    #[error("not JSON: an unknown or incomplete escape in a string")]
    BadEscape,
    #[error("not JSON: a control character in a string must be escaped")]
    ControlCharacter,
    #[error("the body ends inside a record")]
    Truncated,
    #[error("a record must be a JSON object")]
    NotAnObject,
    #[error("not UTF-8")]
    InvalidUtf8,
    #[error("objects and arrays are nested deeper than {}", model::limits::JSON_DEPTH_MAX)]
    TooDeep,
    #[error("the record is larger than {} bytes", model::limits::RECORD_BYTES_MAX)]
    RecordTooLarge,
    #[error("more than {} records in one body", model::limits::RECORDS_PER_BATCH_MAX)]
    TooManyRecords,
    #[error("the source has too many records waiting to be stored")]
    TableFull,
}

/// What stands at this place in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Record,
    Value,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrBrace,
    CommaOrBracket,
}

/// A `ShredReason` and its place, before the record's index is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) reason: ShredReason,
}

// === impl ShredReason ===

impl ShredReason {
    /// The stable name of the reason for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "invalid_json",
            Self::BadNumber => "invalid_number",
            Self::BadEscape => "invalid_escape",
            Self::ControlCharacter => "control_character",
            Self::Truncated => "truncated_json",
            Self::NotAnObject => "not_an_object",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::TooDeep => "too_deep",
            Self::RecordTooLarge => "record_too_large",
            Self::TooManyRecords => "too_many_records",
            Self::TableFull => "table_full",
        }
    }
}

// === impl Expected ===

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "an object, or an array of objects",
            Self::Value => "a value",
            Self::Key => "a key in double quotes",
            Self::KeyOrEnd => "a key in double quotes or a closing brace",
            Self::Colon => "a colon",
            Self::CommaOrBrace => "a comma or a closing brace",
            Self::CommaOrBracket => "a comma or a closing bracket",
        })
    }
}

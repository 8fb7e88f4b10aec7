//! Names of fields in rules.
//!
//! Always holds: a rule names what a record has of its own by one name, and no other field by a key that senders may give
//! those by; so no rule makes a field that is taken for the time, the level or the message.

use model::{RecordPart, field_candidates, limits};

/// What is read, by the name that search finds it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldName {
    Part(RecordPart),
    /// The dotted names of fields that the name finds, in the order in which they are asked.
    Fields(Vec<String>),
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldTarget {
    Part(RecordPart),
    /// The field of this dotted name.
    Field(String),
}

// === impl FieldName ===

impl FieldName {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        check(name)?;
        Ok(RecordPart::named(name).map_or_else(|| Self::Fields(field_candidates(name)), Self::Part))
    }

    /// One that is a field, and nothing that a record has of its own.
    pub(super) fn parse_field(name: &str, done: &str) -> Result<Self, String> {
        match Self::parse(name)? {
            Self::Part(part) => Err(format!("the {} of a record is not {done}", part.as_str())),
            fields @ Self::Fields(_) => Ok(fields),
        }
    }
}

// === impl FieldTarget ===

impl FieldTarget {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        check(name)?;
        if let Some(part) = RecordPart::named(name) {
            return Ok(Self::Part(part));
        }
        match RecordPart::of_key(name) {
            Some(part) => {
                Err(format!("`{name}` may be a record's {part} as senders write it; say `{part}`", part = part.as_str()))
            }
            None => Ok(Self::Field(name.to_owned())),
        }
    }

    /// The field of this name under a prefix; under none it may be what a record has of its own.
    pub(super) fn parse_under(prefix: Option<&str>, name: &str) -> Result<Self, String> {
        match prefix {
            None => Self::parse(name),
            Some(prefix) => match Self::parse(&format!("{prefix}.{name}"))? {
                Self::Part(part) => Err(format!("the {} of a record is under no prefix", part.as_str())),
                field @ Self::Field(_) => Ok(field),
            },
        }
    }
}

pub(super) fn check(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > limits::FIELD_NAME_BYTES_MAX {
        return Err(format!("the name of a field has 1 to {} bytes", limits::FIELD_NAME_BYTES_MAX));
    }
    if name.chars().any(char::is_control) || name.split('.').any(str::is_empty) {
        return Err("the name of a field has no control characters, and something on both sides of each dot".to_owned());
    }
    Ok(())
}

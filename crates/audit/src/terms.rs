//! What events say in one word: what a key is for, how records are read. As stable as the events' own names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an API key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AuditDirection")]
pub enum Direction {
    Write,
    Read,
}

/// How records are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AuditQuestion")]
pub enum Question {
    Search,
    Sql,
    Histogram,
    Fields,
    FieldValues,
    Context,
    /// Who sent a record, and what it is sealed in.
    Origin,
    Tail,
    /// What the records of each step of time come to, for a graph or the preview of an alert.
    Series,
    /// How many records match, and when they were written: for the tenant's own page.
    Look,
    /// All records of a day, for the archive of the source.
    Archive,
    /// What rules would do to the newest records, which are shown.
    PipelineTrial,
}

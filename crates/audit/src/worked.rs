//! What can happen of long work: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditWorked")]
pub enum Worked {
    /// Somebody made a job of this kind, of a file of so many bytes.
    JobBegun { job: String, kind: String, bytes: u64 },
    /// It is done, or it failed because of this. So many records were stored, and so many refused; this and the one below.
    JobEnded { job: String, state: String, code: Option<String>, stored: u64, refused: u64 },
    /// Somebody ended it where it was.
    JobCancelled { job: String, stored: u64, refused: u64 },
}

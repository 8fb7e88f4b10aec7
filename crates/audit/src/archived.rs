//! What can happen of daily archives: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened. The entry names the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditArchived")]
pub enum Archived {
    /// The source's days are written there from this one on: `folder:` and its name, or an endpoint and a bucket. `recipient`:
    /// the key of age that they are encrypted to, if any.
    ArchiveChanged {
        to: String,
        recipient: Option<String>,
        from: String,
    },
    ArchiveRemoved,
    /// Somebody wants a day written anew.
    ArchiveAsked {
        day: String,
    },
    /// A manifest of a day is there, the day's `number`th: so many records in so many objects of so many bytes; SHA-256, in
    /// hex, of the manifest.
    ArchiveWritten {
        day: String,
        number: u32,
        records: u64,
        objects: u32,
        bytes: u64,
        manifest: String,
    },
    /// Nothing could be written since then, because of this.
    ArchiveFailing {
        code: String,
        since: String,
    },
    /// Nothing is written any more, because of this.
    ArchiveStopped {
        code: String,
    },
    /// Retention ended records of these days, both included, before they were written.
    ArchiveMissed {
        first: String,
        last: String,
    },
}

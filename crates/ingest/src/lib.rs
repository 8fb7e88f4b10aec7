//! Bytes of any client, turned into normal form: JSON objects, as `store` reads them.
//!
//! Always holds: decoders are pure functions that bound time, depth and memory by what `model::limits` says, and
//! whatever bytes they are given they answer or refuse, they do not panic. What they write is JSON objects in UTF-8.
//! A decoder does not look into a body that is JSON already; what is read out of any body, and masked in it, is `enrich`.
//! Does not find a record's time, level or message, stores nothing.

pub mod bulk;
mod colours;
mod commit;
pub mod datadog;
mod elements;
pub mod encoding;
mod enrich;
mod error;
mod filter;
pub mod forward;
pub mod frames;
pub mod hec;
pub mod import;
mod join;
pub mod journal;
mod json;
pub mod lines;
pub mod loki;
mod mask;
mod members;
mod metadata;
mod msgpack;
pub mod otlp;
pub mod pipeline;
mod protobuf;
pub mod recognise;
mod records;
mod repeated;
mod reserved;
mod sender;
mod sound;
pub mod syslog;
pub mod text;
mod times;
mod volume;

pub use commit::{Name, commit, commit_own, drive, durable_sequence, keep_upload};
pub use enrich::{EnrichError, Enriched, Treated, enrich, treat};
pub use error::{DecodeError, Refusal};
pub use metadata::Metadata;
pub use sender::SentBy;

use bytes::Bytes;
use store::Delivery;

/// A body in normal form.
#[derive(Debug, Clone, Default)]
pub struct NormalBody {
    /// JSON objects in a row, or one array of them.
    pub bytes: Bytes,
    /// How many records `bytes` holds; `None` where the body was handed through unread.
    pub records: Option<usize>,
    /// Records that were left out, of a protocol that answers for each record.
    pub refused: Vec<RefusedRecord>,
    /// The protocol answers for each record by its number, so that none may become a part of another.
    pub numbered: bool,
    /// What a repetition is known by, of a protocol whose senders send a batch again as it was and give it no name.
    pub known_by: Option<Delivery>,
}

/// One record that was left out, by its place in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedRecord {
    pub index: usize,
    pub code: &'static str,
    pub reason: &'static str,
}

/// The body, and what was left out of it.
impl From<NormalBody> for (NormalBody, Vec<RefusedRecord>) {
    fn from(mut body: NormalBody) -> Self {
        let refused = std::mem::take(&mut body.refused);
        (body, refused)
    }
}

#[cfg(test)]
mod tests;

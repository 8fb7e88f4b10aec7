//! Loki's push requests: JSON, and protobuf with structured metadata. Each entry of each stream becomes one record.
//!
//! | Loki | record |
//! |---|---|
//! | the entry's time | `timestamp` |
//! | its line | `message`, as it was sent |
//! | labels of the stream, structured metadata of the entry | fields at the top level, `level` among them |
//! | of these, names that would be taken for the time or the message | under `labels` |
//!
//! Always holds: a request is read where it lies. An entry over a limit is left out alone; a request that is malformed is
//! refused whole.

mod from_json;
mod labels;
mod wire;
mod writer;

pub use from_json::decode_json;
pub use wire::decode_protobuf;

use crate::{DecodeError, NormalBody};

/// The two forms of a push request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushFormat {
    Json,
    /// Always in one block of snappy, whatever the encoding is called.
    Protobuf,
}

// === impl PushFormat ===

impl PushFormat {
    /// Reads the headers `Content-Type` and `Content-Encoding`. Clients leave either out.
    #[must_use]
    pub fn of(content_type: &str, content_encoding: &str) -> Self {
        let name = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        match name.as_str() {
            "application/x-protobuf" | "application/protobuf" | "" => Self::Protobuf,
            name if !name.contains("json") && content_encoding.trim().eq_ignore_ascii_case("snappy") => Self::Protobuf,
            _ => Self::Json,
        }
    }

    pub fn decode(self, body: &[u8]) -> Result<NormalBody, DecodeError> {
        match self {
            Self::Json => decode_json(body),
            Self::Protobuf => decode_protobuf(body),
        }
    }
}

#[cfg(test)]
mod tests;

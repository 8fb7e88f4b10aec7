//! How times and keys are shown in answers.

use identity::PlainKey;
use model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// RFC 3339, UTC.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "date-time"))]
pub(crate) struct Time(String);

/// A secret, in the one answer that shows it.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Revealed(String);

// === impl Time ===

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at.to_string())
    }
}

// === impl Revealed ===

impl From<&PlainKey> for Revealed {
    fn from(key: &PlainKey) -> Self {
        Self(key.reveal().to_owned())
    }
}

impl From<&seal::SharedKey> for Revealed {
    fn from(key: &seal::SharedKey) -> Self {
        Self(key.reveal().to_owned())
    }
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revealed(..)")
    }
}

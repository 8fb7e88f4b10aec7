//! What can happen to the root key's recovery kit: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened. `key`: the id of the root key, which is derived from it and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditRecovered")]
pub enum Recovered {
    /// The root key was shown as words, to be kept elsewhere.
    RootKeyKitMade { key: String },
    /// Words were typed that are this root key's.
    RootKeyProved { key: String },
    /// Words were typed that are another root key's.
    RootKeyProofRefused { key: String },
    /// The root key's file was made anew from its words.
    RootKeyRestored { key: String },
}

//! One entry of a log: the JSON that is hashed, stored sealed, and exported as it is.
//!
//! Always holds: an entry has a random salt, so its hash tells nothing about it; what is known of a person beyond an id
//! is sealed under that person's key, so destroying the key forgets the person and changes no hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Entropy, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::deed::{Actor, Outcome};
use crate::event::Event;

pub(crate) const FORMAT: u32 = 1;
const SALT_BYTES: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub format: u32,
    /// The origin of the log that it is an entry of.
    pub log: String,
    /// Its place in the log, from 0.
    pub sequence: u64,
    /// RFC 3339, UTC.
    pub time: String,
    pub salt: String,
    pub event: Event,
    pub outcome: Outcome,
    pub actor: Actor,
    /// With whose rights, where those are not the actor's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on_behalf_of: Option<Actor>,
    /// How the actor signed in, the latest way last; of keys and of the server nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub signed_in_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub personal: Option<Personal>,
}

/// What is known of a person, under that person's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditPersonal")]
pub struct Personal {
    /// Whose key it is sealed under.
    pub subject: String,
    /// Base 64.
    pub sealed: String,
}

// === impl Event ===

impl Event {
    /// Its stable name, as `event.type` has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.parts().0
    }

    /// Its name, and what belongs to it.
    pub(crate) fn parts(&self) -> (String, Map<String, Value>) {
        let Ok(Value::Object(mut details)) = serde_json::to_value(self) else { return Default::default() };
        let name = match details.remove("type") {
            Some(Value::String(name)) => name,
            Some(_) | None => String::new(),
        };
        (name, details)
    }
}

// === impl Entry ===

impl Entry {
    pub(crate) fn salt(entropy: &dyn Entropy) -> String {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        STANDARD.encode(salt)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an entry is strings and numbers")
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.time).ok()
    }
}

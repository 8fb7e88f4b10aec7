//! What an entry of the public log says about claims.
//!
//! Reads an entry's JSON field by field, and not as this release's own vocabulary: a log has entries of other kinds, and of
//! releases that came later, and both are passed over.

use audit::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::State;
use model::Timestamp;
use serde_json::Value;

const SALT_BYTES: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) at: Timestamp,
    pub(crate) told: Told,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Evidence { claim: String, state: State, statement: String },
    Sealed { claim: String, commitment: String },
    Revealed(Revealed),
    Changed { claim: String, to: State },
    Attested { claim: String, attestation: String, until: String },
    Page { digest: String },
}

/// What an earlier commitment was made over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revealed {
    pub(crate) claim: String,
    pub(crate) commitment: String,
    pub(crate) salt: String,
    pub(crate) statement: String,
}

// === impl Leaf ===

impl Leaf {
    /// `None` for an entry that says nothing about claims, or is none of this log and place.
    pub(crate) fn read(bytes: &[u8], (origin, sequence): (&str, u64)) -> Option<Self> {
        let entry: Value = serde_json::from_slice(bytes).ok()?;
        let own = entry["log"].as_str() == Some(origin) && entry["sequence"].as_u64() == Some(sequence);
        let at = Timestamp::parse(entry["time"].as_str()?).ok().filter(|_| own)?;
        let event = &entry["event"];
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        let state = |name: &str| State::from_name(event[name].as_str()?);
        let told = match event["type"].as_str()? {
            "evidence_recorded" => {
                Told::Evidence { claim: text("claim")?, state: state("state")?, statement: text("statement")? }
            }
            "failure_sealed" => Told::Sealed { claim: text("claim")?, commitment: text("commitment")? },
            "failure_revealed" => Told::Revealed(Revealed {
                claim: text("claim")?,
                commitment: text("commitment")?,
                salt: text("salt")?,
                statement: text("statement")?,
            }),
            "claim_state_changed" => Told::Changed { claim: text("claim")?, to: state("to")? },
            "claim_attested" => {
                Told::Attested { claim: text("claim")?, attestation: text("attestation")?, until: text("until")? }
            }
            "overview_published" => Told::Page { digest: text("digest")? },
            _ => return None,
        };
        Some(Self { at, told })
    }

    /// The claim that it says something about.
    pub(crate) fn claim(&self) -> Option<&str> {
        match &self.told {
            Told::Evidence { claim, .. }
            | Told::Sealed { claim, .. }
            | Told::Changed { claim, .. }
            | Told::Attested { claim, .. }
            | Told::Revealed(Revealed { claim, .. }) => Some(claim),
            Told::Page { .. } => None,
        }
    }

    /// The claim, and what was found of it, where a look is told.
    pub(crate) fn look(&self) -> Option<(&str, State)> {
        match &self.told {
            Told::Evidence { claim, state, .. } => Some((claim, *state)),
            Told::Sealed { claim, .. } => Some((claim, State::SealedFail)),
            Told::Revealed(_) | Told::Changed { .. } | Told::Attested { .. } | Told::Page { .. } => None,
        }
    }
}

// === impl Told ===

impl Told {
    pub(crate) fn is_evidence(&self, of: &str, digest: &str) -> bool {
        matches!(self, Self::Evidence { claim, statement, .. } if claim == of && statement == digest)
    }

    pub(crate) fn is_attested(&self, of: &str, (digest, end): (&str, &str)) -> bool {
        matches!(self, Self::Attested { claim, attestation, until } if claim == of && attestation == digest && until == end)
    }

    pub(crate) fn is_commitment(&self, of: &str, to: &str) -> bool {
        matches!(self, Self::Sealed { claim, commitment } if claim == of && commitment == to)
    }
}

// === impl Revealed ===

impl Revealed {
    /// Whether the commitment was made over these bytes.
    pub(crate) fn fits(&self, payload: &[u8]) -> bool {
        let salt = STANDARD.decode(&self.salt).ok().filter(|salt| salt.len() == SALT_BYTES);
        salt.is_some_and(|salt| Hash::of_leaf(&[salt.as_slice(), payload].concat()).to_string() == self.commitment)
    }
}

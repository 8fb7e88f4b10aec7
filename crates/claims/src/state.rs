//! What a published sentence is worth now.
//!
//! Always holds: only [`State::Pass`] shows a sentence as true; nothing that could not be looked at counts as true.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
#[schemars(rename = "ClaimState")]
pub enum State {
    /// The last look, within its budget, found everything as promised, and its broken twin was found out.
    Pass,
    /// A look found it broken, or inside and outside disagree.
    Fail,
    /// The last result is older than the claim's budget.
    Stale,
    /// The check could not run, or did not find its broken twin.
    Unknown,
    /// The attestation or document that carries it has ended.
    Expired,
    /// Broken; what is broken is told when it is mended or the embargo ends.
    SealedFail,
    /// In the library, and not said here.
    NotClaimed,
    /// Was said, and was taken back by a person.
    Withdrawn,
}

// === impl State ===

impl State {
    pub const ALL: [Self; 8] =
        [Self::Pass, Self::Fail, Self::Stale, Self::Unknown, Self::Expired, Self::SealedFail, Self::NotClaimed, Self::Withdrawn];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Stale => "STALE",
            Self::Unknown => "UNKNOWN",
            Self::Expired => "EXPIRED",
            Self::SealedFail => "SEALED-FAIL",
            Self::NotClaimed => "NOT-CLAIMED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether the sentence may be shown as true.
    #[must_use]
    pub fn stands(self) -> bool {
        matches!(self, Self::Pass)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

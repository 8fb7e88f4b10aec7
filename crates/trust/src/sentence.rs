//! The sentences as they are shown: with their values filled in, and digested.
//!
//! Always holds: a sentence of which one value is not known is not shown at all.

use std::collections::BTreeMap;

use claims::statement::Sha256;
use claims::{Claim, MissingSlot, Slot};

use crate::digest::sha256;

/// Gives the values that sentences name, read back from the effective configuration or counted.
pub type Slots = Box<dyn Fn() -> BTreeMap<Slot, String> + Send + Sync>;

/// A sentence with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) digest: Sha256,
}

// === impl Sentence ===

impl Sentence {
    pub(crate) fn of(claim: &Claim, values: &BTreeMap<Slot, String>) -> Result<Self, MissingSlot> {
        let text = claim.render(values)?;
        let digest = sha256(text.as_bytes());
        Ok(Self { text, digest })
    }
}

//! The page as data: what is published at `/security.json`, signed, and what the HTML is made from.
//!
//! Always holds: names no tenant, source, person or inner address; times are to the minute.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim::{Class, Group, Speaks};
use crate::state::State;

pub const FORMAT: u32 = 1;

/// Everything a reader is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Overview {
    pub format: u32,
    /// Who speaks: the operator of this installation, or a tenant about its own product.
    pub publisher: String,
    /// Where it is published.
    pub url: String,
    /// RFC 3339, UTC.
    pub made: String,
    pub log: PublicLog,
    pub claims: Vec<Published>,
    /// Claims of the library that are not made here, with the reason.
    pub not_claimed: Vec<NotClaimed>,
    /// Claims whose details the publisher keeps back.
    pub withheld: u64,
}

/// The public log that every result is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PublicLog {
    pub origin: String,
    /// What checks its checkpoints and all evidence, as in a signed note: `name+hash+key`.
    pub key: String,
    /// The signed checkpoint (a note) that the proofs lead to.
    pub checkpoint: String,
    /// Where the log has the newest page's digest. For up to a minute that is the one before this.
    pub page: Option<LogProof>,
}

/// One sentence and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Published {
    pub id: String,
    pub covers: Vec<String>,
    pub group: Group,
    pub title: String,
    /// With its values filled in. Empty while a failure is sealed.
    pub sentence: String,
    /// SHA-256 in hex of the sentence.
    pub sentence_digest: String,
    pub speaks: Speaks,
    pub class: Class,
    pub state: State,
    /// Since when it is in this state.
    pub since: String,
    pub denominator: Option<String>,
    pub control: String,
    pub falsifier: String,
    pub limits: String,
    pub frameworks: Vec<String>,
    /// Of claims that are checked.
    pub measured: Option<Measured>,
    /// While a failure is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// Hours for which the details of a failure of this claim are kept back, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_hours: Option<u32>,
    /// Of claims that people or documents carry.
    pub attested: Option<Attested>,
    /// The last 90 UTC days, oldest first.
    pub days: Vec<DayState>,
}

/// The newest result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Measured {
    pub at: String,
    pub budget_minutes: u32,
    /// Why it is worth what it is.
    pub reason: String,
    pub checks: Vec<CheckShown>,
    /// SHA-256 in hex of the envelope's payload; the envelope is at `/security/evidence/DIGEST`.
    pub statement: String,
    pub proof: LogProof,
}

/// A failure whose details are told when it is mended, or at the end of the embargo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Sealed {
    pub since: String,
    pub until: String,
    /// What the log holds of the newest look: a leaf hash, in base 64, over 32 secret bytes and the statement's payload.
    pub commitment: String,
    pub proof: LogProof,
}

/// Where it is in the public log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LogProof {
    pub entry: u64,
    /// The entry's bytes in base 64: its leaf hash is over them.
    pub leaf: String,
    /// Hashes in base 64, as in RFC 6962, to the root of the checkpoint in `log`.
    pub proof: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CheckShown {
    pub check: String,
    pub vantage: Vantages,
    pub look: Look,
    pub twin: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vantages {
    Inside,
    Outside,
}

/// What was seen, without the details that are for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Look {
    /// `held`, `broken` or `not-run`.
    pub verdict: String,
    pub summary: String,
    pub counts: Vec<Counted>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub what: String,
    pub counted: u64,
    pub whole: Option<u64>,
}

/// Who said it, and until when it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Attested {
    /// Of this one statement.
    pub id: String,
    /// SHA-256 in hex of the words that all its signers have in common: what names it in the log.
    pub attestation: String,
    pub by: Vec<Signatory>,
    pub needed: u32,
    pub from: String,
    pub until: String,
    /// Of inherited claims.
    pub document: Option<Document>,
    /// Of evidence that was attached: SHA-256 in hex. The files are not public.
    pub attachments: Vec<String>,
    /// The checkpoint of the public log that it was signed after, so that it was not made earlier.
    pub not_before_checkpoint: String,
    /// Where the log has that it counts.
    pub proof: LogProof,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Signatory {
    pub name: String,
    pub role: String,
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "StatementDocument")]
pub struct Document {
    pub issuer: String,
    pub id: String,
    pub scope: String,
    pub valid_until: String,
}

/// The worst of a day, and `None` where nothing was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayState {
    /// `2026-11-25`.
    pub day: String,
    pub worst: Option<State>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NotClaimed {
    pub id: String,
    pub group: Group,
    pub title: String,
    pub reason: String,
}

// === impl Overview ===

impl Overview {
    /// The bytes that the page's digest is over: its JSON without what changes though nothing is said anew, which is the
    /// time at which it was made, the checkpoint, the page's own place in the log, and the proofs to the checkpoint.
    #[must_use]
    pub fn substance(&self) -> Vec<u8> {
        let mut page = self.clone();
        page.made.clear();
        page.log.checkpoint.clear();
        page.log.page = None;
        for claim in &mut page.claims {
            let measured = claim.measured.as_mut().map(|measured| &mut measured.proof);
            let attested = claim.attested.as_mut().map(|attested| &mut attested.proof);
            let sealed = claim.sealed.as_mut().map(|sealed| &mut sealed.proof);
            for proof in measured.into_iter().chain(attested).chain(sealed) {
                proof.leaf.clear();
                proof.proof.clear();
            }
        }
        serde_json::to_vec(&page).expect("a page is strings and numbers")
    }
}

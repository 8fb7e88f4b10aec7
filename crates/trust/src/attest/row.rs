//! A statement as it is kept: sealed for its id and its claim.
//!
//! Always holds: its words are made from what the row holds, so a signature covers nothing that was changed since.

use audit::{Actor, Checkpoint, Verifier};
use claims::document::{Document, Signatory};
use identity::{AttestationSignature, AttestationWords, DocumentWords, LogPosition};
use model::{Id, IdKind, Timestamp, UserId};
use seal::{Field, FieldSealer};
use serde::{Deserialize, Serialize};

use super::{AttestationNow, DocumentFields, WithdrawnBy};
use crate::digest::sha256;
use crate::statement::minute;
use crate::store::{AttestationRow, StoreError};

/// Marks an id as that of a statement.
#[derive(Debug)]
pub(crate) enum AttestationKind {}

impl IdKind for AttestationKind {
    const NOUN: &'static str = "statement";
}

pub(crate) type AttestationId = Id<AttestationKind>;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attestation {
    pub(crate) id: String,
    pub(crate) claim: String,
    pub(crate) sentence: String,
    pub(crate) document: Option<DocumentFields>,
    /// SHA-256 in hex.
    pub(crate) attachments: Vec<String>,
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) quorum: u32,
    /// The newest of the public log when it was proposed, as a signed note.
    pub(crate) checkpoint: String,
    pub(crate) signatures: Vec<AttestationSignature>,
    pub(crate) published: Option<InLog>,
    pub(crate) withdrawn: Option<Withdrawal>,
    /// Whether the log has that it ended or was taken back.
    pub(crate) is_end_told: bool,
    /// As it was read.
    #[serde(skip)]
    pub(crate) read: Vec<u8>,
}

/// Since when and where the public log has that it counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InLog {
    pub(crate) at: i64,
    pub(crate) entry: u64,
    /// What names it there: SHA-256 in hex of the words that all its signers have in common.
    pub(crate) attestation: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdrawal {
    pub(crate) by: Actor,
    pub(crate) at: i64,
    pub(crate) reason: String,
}

// === impl Attestation ===

impl Attestation {
    pub(crate) fn open(sealer: &FieldSealer, row: &AttestationRow) -> Option<Self> {
        let opened = sealer.open(&field(&row.id, &row.claim), &row.sealed).ok()?;
        let one: Self = serde_json::from_slice(&opened).ok()?;
        (one.id == row.id && one.claim == row.claim).then(|| Self { read: row.sealed.clone(), ..one })
    }

    pub(crate) fn seal(&self, sealer: &FieldSealer) -> Result<AttestationRow, StoreError> {
        let plain = serde_json::to_vec(self).map_err(|_| StoreError::Damaged("a statement that is no text"))?;
        let sealed = sealer.seal(&field(&self.id, &self.claim), &plain)?;
        Ok(AttestationRow { id: self.id.clone(), claim: self.claim.clone(), sealed })
    }

    /// What is signed. `None` where the checkpoint is none of this log's.
    pub(crate) fn words(&self, page: &str, verifier: &Verifier) -> Option<AttestationWords> {
        let Checkpoint { origin, size, root } = Checkpoint::open(&self.checkpoint, verifier).ok()?;
        Some(AttestationWords {
            attestation: self.id.clone(),
            page: page.to_owned(),
            claim: self.claim.clone(),
            sentence: self.sentence.clone(),
            sentence_digest: sha256(self.sentence.as_bytes()).sha256,
            attachments: self.attachments.clone(),
            document: self.document.clone().map(|DocumentFields { issuer, id, scope, valid_until: until }| {
                // The words are those of the document itself.
                DocumentWords { issuer, id, scope, until }
            }),
            from: self.from(),
            until: self.until(),
            after: LogPosition { origin, size, root: root.to_string() },
            quorum: self.quorum,
        })
    }

    pub(crate) fn from(&self) -> Timestamp {
        Timestamp::from_nanos(self.from)
    }

    pub(crate) fn until(&self) -> Timestamp {
        Timestamp::from_nanos(self.until)
    }

    /// Waits for signatures.
    pub(crate) fn is_pending(&self) -> bool {
        self.published.is_none() && self.withdrawn.is_none()
    }

    /// Is in the log, and neither over nor taken back.
    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        self.published.is_some() && self.withdrawn.is_none() && now < self.until()
    }

    pub(crate) fn signatories(&self) -> Vec<Signatory> {
        let shown = |one: &AttestationSignature| Signatory {
            name: one.name.clone(),
            role: one.role.clone(),
            at: minute(Timestamp::from_nanos(one.signature.at)),
        };
        self.signatures.iter().map(shown).collect()
    }

    pub(crate) fn signers(&self) -> Vec<UserId> {
        self.signatures.iter().filter_map(|one| UserId::parse(&one.signature.signer).ok()).collect()
    }

    /// As the page shows it.
    pub(crate) fn shown_document(&self) -> Option<Document> {
        self.document.as_ref().map(|document| Document {
            issuer: document.issuer.clone(),
            id: document.id.clone(),
            scope: document.scope.clone(),
            valid_until: document.ends().map_or_else(String::new, minute),
        })
    }

    pub(crate) fn now(&self) -> AttestationNow {
        AttestationNow {
            id: self.id.clone(),
            claim: self.claim.clone(),
            sentence: self.sentence.clone(),
            document: self.shown_document(),
            attachments: self.attachments.clone(),
            from: minute(self.from()),
            until: minute(self.until()),
            by: self.signatories(),
            needed: self.quorum,
            withdrawn: self.withdrawn.as_ref().map(|one| WithdrawnBy {
                by: one.by.clone(),
                at: minute(Timestamp::from_nanos(one.at)),
                reason: one.reason.clone(),
            }),
        }
    }
}

fn field<'a>(id: &'a str, claim: &'a str) -> Field<'a> {
    Field { table: "trust_attestations", column: "statement", row: id.as_bytes(), scope: claim.as_bytes() }
}

fn file_field<'a>(id: &'a str, digest: &'a str) -> Field<'a> {
    Field { table: "trust_attachments", column: "bytes", row: digest.as_bytes(), scope: id.as_bytes() }
}

pub(crate) fn seal_file(sealer: &FieldSealer, (id, digest): (&str, &str), bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    Ok(sealer.seal(&file_field(id, digest), bytes)?)
}

pub(crate) fn open_file(sealer: &FieldSealer, (id, digest): (&str, &str), sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    Ok(sealer.open(&file_field(id, digest), sealed)?.to_vec())
}

// === impl DocumentFields ===

impl DocumentFields {
    /// When its last day ends, to the minute before midnight, so that no time that is shown lies on the day after.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        let start = Timestamp::parse(&format!("{}T00:00:00Z", self.valid_until)).ok()?;
        let day = start.day();
        (day.to_string() == self.valid_until).then(|| day.next().start().plus_seconds(-60))
    }
}

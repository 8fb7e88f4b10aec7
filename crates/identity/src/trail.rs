//! The audit trail as others use it: read, followed, signed, cosigned, proved, exported, verified and kept.
//!
//! Always holds: what is asked of the trail writes into it only where its name says so. Decides nothing about who may ask.

mod retention;
mod streams;

use std::path::Path;

use audit::{
    AddCheckpoint, Anchored, CosignError, Deed, Event, Expected, ExportError, Filter, Hash, Log, NoteError, Page, Paging,
    Recorded, Report, Stored, Verifier, WitnessKey, Witnesses,
};
use model::Timestamp;

use crate::Identity;
use crate::catalog::CatalogError;

pub use streams::{AuditStream, Failing, StreamAddress, StreamError, StreamFrom, StreamTarget};

/// An entry of the public log, and what leads from it to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedEntry {
    pub entry: u64,
    /// Its leaf hash is over these bytes.
    pub leaf: Vec<u8>,
    pub proof: Vec<Hash>,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportAuditError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

#[derive(Debug, thiserror::Error)]
pub enum CosignAuditError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Cosign(#[from] CosignError),
}

// === impl Identity ===

impl Identity {
    /// Destroys the key of what the trail knows of a subject. Says whether there was one.
    pub fn forget_subject(&self, subject: &str, deed: &Deed) -> Result<bool, CatalogError> {
        self.catalog.write(|tx| {
            let known = self.trail.forget(tx, subject)?;
            if known {
                self.record(tx, deed, Event::SubjectForgotten { subject: subject.to_owned() })?;
            }
            Ok(known)
        })
    }

    /// Entries of a log that match, newest first. A page may be empty and name a next one all the same.
    pub fn audit_entries(&self, log: Log, filter: &Filter, paging: Paging) -> Result<Page, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.find(db, log, filter, paging)?))
    }

    /// Entries of a log after this one, oldest first: for whoever carries the log elsewhere.
    pub fn audit_follow(&self, log: Log, after: Option<u64>, limit: usize) -> Result<Vec<Recorded>, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.follow(db, log, after, limit)?))
    }

    pub fn audit_logs(&self) -> Result<Vec<Log>, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.logs(db)?))
    }

    /// What checks this installation's checkpoints.
    #[must_use]
    pub fn audit_verifier(&self) -> Verifier {
        self.trail.verifier()
    }

    #[must_use]
    pub fn audit_origin(&self, log: Log) -> String {
        self.trail.origin(log)
    }

    // --- checkpoints and witnesses ---

    /// A signed checkpoint of the log as it is now, under it what witnesses signed of it.
    pub fn audit_checkpoint(&self, log: Log, now: Timestamp) -> Result<String, CatalogError> {
        self.catalog.write(|tx| Ok(self.trail.checkpoint(tx, log, now)?))
    }

    /// Whether the log begins with what this earlier checkpoint signed.
    pub fn audit_extends(&self, log: Log, note: &str) -> Result<bool, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.extends(db, log, note)?))
    }

    /// What to send to a witness, from what it signed last or from `old` entries; `None` where the log has not so many.
    pub fn audit_witness_request(
        &self,
        log: Log,
        (witness, old): (&WitnessKey, Option<u64>),
        now: Timestamp,
    ) -> Result<Option<AddCheckpoint>, CatalogError> {
        self.catalog.write(|tx| Ok(self.trail.witness_request(tx, log, (witness, old), now)?))
    }

    /// Keeps what a witness answered; gives the size of the checkpoint that it signed.
    pub fn keep_audit_cosignature(
        &self,
        log: Log,
        (witness, lines): (&WitnessKey, &str),
        now: Timestamp,
    ) -> Result<u64, CosignAuditError> {
        self.catalog.write(|tx| Ok(self.trail.keep_cosignature(tx, log, (witness, lines), now)?))
    }

    // --- proofs ---

    /// A proof that an entry is in the log as it is now, and the checkpoint that it leads to.
    pub fn prove_audit_entry(
        &self,
        log: Log,
        sequence: u64,
        now: Timestamp,
    ) -> Result<Option<(Vec<Hash>, String)>, CatalogError> {
        self.catalog.write(|tx| {
            let (note, size) = (self.trail.checkpoint(tx, log, now)?, audit::size(tx, log)?);
            Ok(self.trail.prove_inclusion(tx, log, (sequence, size))?.map(|proof| (proof, note)))
        })
    }

    /// A proof that nothing among the first `old` entries was changed since, and the checkpoint that it leads to.
    pub fn prove_audit_growth(&self, log: Log, old: u64, now: Timestamp) -> Result<Option<(Vec<Hash>, String)>, CatalogError> {
        self.catalog.write(|tx| {
            let (note, size) = (self.trail.checkpoint(tx, log, now)?, audit::size(tx, log)?);
            Ok(self.trail.prove_consistency(tx, log, (old, size))?.map(|proof| (proof, note)))
        })
    }

    /// Shows that an entry of the public log, or its newest, anchors this log.
    pub fn prove_audit_anchored(&self, log: Log, entry: Option<u64>) -> Result<Option<Anchored>, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.prove_anchored(db, log, entry)?))
    }

    // --- what is said in public ---

    /// Signs what DSSE signs of a payload, with the key of the checkpoints.
    pub fn sign_envelope(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, NoteError> {
        self.trail.sign_envelope(pre_authentication)
    }

    /// Adds these to the public log, all or none; gives their places.
    pub fn publish(&self, events: Vec<Event>, now: Timestamp) -> Result<Vec<u64>, CatalogError> {
        self.catalog.write(|tx| events.into_iter().map(|event| Ok(self.trail.publish(tx, event, now)?)).collect())
    }

    /// Shows that these are entries of the public log: a checkpoint of it as it is now, and of each one that there is, in
    /// the same order, its bytes and the proof that leads to it.
    pub fn prove_public(&self, entries: &[u64], now: Timestamp) -> Result<(String, Vec<Option<ProvedEntry>>), CatalogError> {
        self.catalog.write(|tx| {
            let (note, size) = (self.trail.checkpoint(tx, Log::Public, now)?, audit::size(tx, Log::Public)?);
            let prove = |&entry: &u64| {
                let Some(proof) = self.trail.prove_inclusion(tx, Log::Public, (entry, size))? else { return Ok(None) };
                let leaf = self.trail.entry_bytes(tx, Log::Public, entry)?;
                Ok(leaf.map(|leaf| ProvedEntry { entry, leaf, proof }))
            };
            let proved: Result<Vec<_>, CatalogError> = entries.iter().map(prove).collect();
            Ok((note, proved?))
        })
    }

    // --- whole logs ---

    /// Looks at every entry and hash of the log as it is now, and holds it against earlier checkpoints and witnesses.
    pub fn verify_audit(
        &self,
        log: Log,
        (anchors, witnesses): (&[String], Witnesses<'_>),
        now: Timestamp,
    ) -> Result<Report, CatalogError> {
        self.audit_checkpoint(log, now)?;
        self.catalog.read(|db| {
            let (verifier, origin) = (self.trail.verifier(), self.trail.origin(log));
            let expected = Expected { verifier: &verifier, origin: &origin, anchors, witnesses };
            Ok(audit::verify(&Stored::new(&self.trail, db, log), &expected))
        })
    }

    /// Writes the log as static tiles that can be verified without this server; gives its size.
    pub fn export_audit(&self, log: Log, folder: &Path, now: Timestamp) -> Result<u64, ExportAuditError> {
        self.audit_checkpoint(log, now)?;
        Ok(self.catalog.read(|db| Stored::new(&self.trail, db, log).export(folder))?)
    }

    /// A file of the exported log by its path, such as `checkpoint` or `tile/0/000`; `None` where there is none.
    pub fn audit_file(&self, log: Log, path: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        self.catalog.read(|db| Ok(Stored::new(&self.trail, db, log).file(path)?))
    }
}

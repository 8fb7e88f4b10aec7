//! What this crate writes into the audit trail, and how the trail is read, signed and verified.
//!
//! Always holds: an event and what it tells of are one transaction; whoever keeps asking with a refused key costs the
//! trail one entry a second at most, and the entry says how many there were.

use std::collections::HashMap;
use std::path::Path;

use audit::{Actor, Deed, Event, Expected, ExportError, Hash, Log, Outcome, Recorded, Report, Stored, Verifier};
use model::{ApiKeyId, Timestamp};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::CatalogError;
use crate::keys::StoredKey;
use crate::policy::Refused;

/// Seconds between two entries about refusals of one key.
const REFUSAL_SECONDS: i64 = 1;

/// Refusals that are not written down yet. Holds only keys that exist.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    keys: HashMap<ApiKeyId, OfKey>,
    strangers: u64,
}

#[derive(Debug, Default)]
struct OfKey {
    written: Option<Timestamp>,
    /// Since then.
    times: u64,
    newest: Option<(Deed, &'static str)>,
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

// === impl Identity ===

impl Identity {
    pub(crate) fn record(&self, tx: &Connection, deed: &Deed, event: Event) -> Result<(), CatalogError> {
        self.trail.append(tx, deed, (event, Outcome::Done))?;
        Ok(())
    }

    /// Writes down something that needed no decision of this crate.
    pub fn note(&self, deed: &Deed, event: Event) -> Result<(), CatalogError> {
        self.catalog.write(|tx| self.record(tx, deed, event))
    }

    /// Counts a request whose credential names nobody.
    pub fn note_stranger(&self) {
        self.refusals.lock().strangers += 1;
    }

    pub(crate) fn note_refusal(&self, key: &StoredKey, refused: &Refused, deed: &Deed) -> Result<(), CatalogError> {
        {
            let mut refusals = self.refusals.lock();
            let of_key = refusals.keys.entry(key.id).or_default();
            of_key.times += 1;
            of_key.newest = Some((Deed { actor: Actor::api_key(key.id), ..deed.clone() }.of_source(key.scope), refused.code()));
            if of_key.written.is_some_and(|written| deed.at.seconds_since(written) < REFUSAL_SECONDS) {
                return Ok(());
            }
        }
        self.flush_refusals_of(key.id, deed.at)
    }

    fn flush_refusals_of(&self, key: ApiKeyId, now: Timestamp) -> Result<(), CatalogError> {
        let (times, newest) = {
            let mut refusals = self.refusals.lock();
            let Some(of_key) = refusals.keys.get_mut(&key) else { return Ok(()) };
            of_key.written = Some(now);
            (std::mem::take(&mut of_key.times), of_key.newest.take())
        };
        let Some((deed, code)) = newest else { return Ok(()) };
        let deed = Deed { at: now, ..deed };
        let event = Event::ApiKeyRefused { key: key.to_string(), times };
        let outcome = Outcome::Refused { code: code.to_owned() };
        let written = self.catalog.write(|tx| {
            self.trail.append(tx, &deed, (event, outcome))?;
            Ok(())
        });
        if written.is_err() {
            let mut refusals = self.refusals.lock();
            let of_key = refusals.keys.entry(key).or_default();
            of_key.times += times;
            of_key.newest.get_or_insert((deed, code));
        }
        written
    }

    /// Writes down the refusals that are not in the trail yet: those of each key, and how many strangers there were. A job
    /// calls it every half minute.
    pub fn flush_refusals(&self, now: Timestamp) -> Result<(), CatalogError> {
        let waiting: Vec<ApiKeyId> =
            self.refusals.lock().keys.iter().filter(|(_, of_key)| of_key.times > 0).map(|(key, _)| *key).collect();
        for key in waiting {
            self.flush_refusals_of(key, now)?;
        }
        let requests = std::mem::take(&mut self.refusals.lock().strangers);
        if requests == 0 {
            return Ok(());
        }
        let written = self.note(&Deed::by(Actor::Stranger, now), Event::StrangersRefused { requests });
        if written.is_err() {
            self.refusals.lock().strangers += requests;
        }
        written
    }

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

    /// Entries of a log before `before`, newest first.
    pub fn audit_entries(&self, log: Log, before: Option<u64>, limit: usize) -> Result<Vec<Recorded>, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.read(db, log, before, limit)?))
    }

    pub fn audit_logs(&self) -> Result<Vec<Log>, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.logs(db)?))
    }

    /// A signed checkpoint of the log as it is now.
    pub fn audit_checkpoint(&self, log: Log, now: Timestamp) -> Result<String, CatalogError> {
        self.catalog.write(|tx| Ok(self.trail.checkpoint(tx, log, now)?))
    }

    /// Whether the log begins with what this earlier checkpoint signed.
    pub fn audit_extends(&self, log: Log, note: &str) -> Result<bool, CatalogError> {
        self.catalog.read(|db| Ok(self.trail.extends(db, log, note)?))
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

    /// Looks at every entry and hash of the log as it is now, and holds it against earlier checkpoints.
    pub fn verify_audit(&self, log: Log, anchors: &[String], now: Timestamp) -> Result<Report, CatalogError> {
        self.audit_checkpoint(log, now)?;
        self.catalog.read(|db| {
            let (verifier, origin) = (self.trail.verifier(), self.trail.origin(log));
            let expected = Expected { verifier: &verifier, origin: &origin, anchors };
            Ok(audit::verify(&Stored::new(&self.trail, db, log), &expected))
        })
    }

    /// Writes the log as static tiles that can be verified without this server; gives its size.
    pub fn export_audit(&self, log: Log, folder: &Path, now: Timestamp) -> Result<u64, VerifyError> {
        self.audit_checkpoint(log, now)?;
        Ok(self.catalog.read(|db| Stored::new(&self.trail, db, log).export(folder))?)
    }
}

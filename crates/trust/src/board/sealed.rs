//! Failures that would arm somebody: committed to at once, told when they are mended or the embargo ends.
//!
//! Always holds: the public log has the commitment before anything else happens, and its secret bytes before anything is
//! shown; a failure is never sealed for longer than from its first look to the end of the embargo.

use audit::{Event, Hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::State;
use claims::statement::Envelope;
use model::Timestamp;
use seal::Field;
use serde::{Deserialize, Serialize};

use super::{Board, BoardError, Changed};
use crate::digest::sha256;
use crate::plan::Planned;
use crate::public::seal;
use crate::statement::Finding;
use crate::store::{Embargo, Kept, New, Revealed, Shown, StoreError};

const SALT_BYTES: usize = 32;

/// Whether a failure of a claim is sealed.
#[derive(Debug)]
pub(crate) enum Sealing {
    None,
    /// From this look on.
    Begins(Embargo),
    Open,
}

/// What a sealed failure consists of, as it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    /// Base 64.
    salt: String,
    pub(super) envelope: Envelope,
}

// === impl Sealing ===

impl Sealing {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Begins(_) | Self::Open)
    }
}

// === impl Board ===

impl Board {
    pub(super) fn embargo(&self, planned: &Planned, state: State, now: Timestamp) -> Result<Sealing, BoardError> {
        let claim = planned.claim.id.clone();
        Ok(match (self.store.embargo(&claim)?, planned.embargo_hours) {
            (Some(embargo), _) if embargo.is_open(now) => Sealing::Open,
            (None, Some(hours)) if state == State::Fail => {
                let until = now.plus_seconds(i64::from(hours.get()) * 3_600);
                Sealing::Begins(Embargo { claim, began: now, until })
            }
            (Some(_) | None, _) => Sealing::None,
        })
    }

    /// Signs a finding, and seals of it what is not for everybody.
    pub(super) fn kept_of(&self, finding: &Finding<'_>) -> Result<New, BoardError> {
        let envelope = seal(&*self.log, &finding.statement(&self.speaker))?;
        let payload = envelope.payload().map_err(|_| BoardError::Envelope)?;
        let (started, finished) = finding.times();
        let claim = finding.planned.claim.id.clone();
        let (digest, shown) = match finding.shown {
            State::SealedFail => {
                let mut salt = [0; SALT_BYTES];
                self.entropy.fill(&mut salt);
                let commitment = commit(&salt, &payload);
                let secret = Secret { salt: STANDARD.encode(salt), envelope };
                let secret = serde_json::to_vec(&secret).map_err(|_| BoardError::Envelope)?;
                let sealed = self.sealer.seal(&secret_field(&claim, &commitment), &secret).map_err(StoreError::from)?;
                (commitment, Shown::Sealed(sealed))
            }
            _ => {
                let text = serde_json::to_string(&envelope).map_err(|_| BoardError::Envelope)?;
                (sha256(&payload).sha256, Shown::Open(text))
            }
        };
        let embargo = match &finding.embargo {
            Sealing::Begins(embargo) => Some(embargo.clone()),
            Sealing::None | Sealing::Open => None,
        };
        let row = details_row(&claim, started);
        let details = self.sealer.seal(&details_field(row.as_bytes()), &finding.details()).map_err(StoreError::from)?;
        let sentence = finding.sentence.digest.sha256.clone();
        let (state, before) = (finding.shown, finding.before);
        Ok(New { digest, claim, sentence, state, before, started, finished, shown, details, embargo })
    }

    /// Reveals the failures of every claim that passed since or whose embargo is over.
    pub(super) fn reveal_due(&self, now: Timestamp) -> Result<Vec<Changed>, BoardError> {
        let mut all = Vec::new();
        for embargo in self.store.embargoes()? {
            let newest = self.store.newest(&embargo.claim)?.map(|newest| newest.state);
            let is_mended = newest == Some(State::Pass);
            if embargo.is_open(now) && !is_mended {
                continue;
            }
            let sealed = self.store.sealed(&embargo.claim)?;
            let changed = (newest == Some(State::SealedFail) && !sealed.is_empty()).then(|| Changed {
                claim: embargo.claim.clone(),
                from: State::SealedFail,
                to: State::Fail,
            });
            self.reveal(&embargo.claim, &sealed, changed.as_ref(), now)?;
            if is_mended {
                self.store.end_embargo(&embargo.claim)?;
            }
            all.extend(changed);
        }
        Ok(all)
    }

    fn reveal(&self, claim: &str, sealed: &[Kept], changed: Option<&Changed>, now: Timestamp) -> Result<(), BoardError> {
        if sealed.is_empty() {
            return Ok(());
        }
        let (mut events, mut opened) = (Vec::new(), Vec::new());
        for kept in sealed {
            let secret = self.open_secret(kept)?;
            let statement = sha256(&secret.envelope.payload().map_err(|_| BoardError::Envelope)?).sha256;
            let (commitment, salt) = (kept.digest.clone(), secret.salt);
            events.push(Event::FailureRevealed { claim: claim.to_owned(), commitment, salt, statement: statement.clone() });
            let envelope = serde_json::to_string(&secret.envelope).map_err(|_| BoardError::Envelope)?;
            opened.push((kept.place, statement, envelope));
        }
        events.extend(changed.map(Changed::event));
        let entries = self.log.publish(events, now)?;
        let revealed: Vec<Revealed> = opened
            .into_iter()
            .zip(entries)
            .map(|((place, digest, envelope), entry)| Revealed { place, digest, envelope, entry })
            .collect();
        let change = changed.map(|changed| (changed.from, changed.to));
        self.store.reveal(claim, &revealed, (now, change))?;
        self.page.lock().take();
        Ok(())
    }

    pub(super) fn open_secret(&self, kept: &Kept) -> Result<Secret, BoardError> {
        let Shown::Sealed(sealed) = &kept.shown else { return Err(BoardError::Envelope) };
        let opened = self.sealer.open(&secret_field(&kept.claim, &kept.digest), sealed).map_err(StoreError::from)?;
        serde_json::from_slice(&opened).map_err(|_| BoardError::Envelope)
    }

    /// What is for the operator alone, as JSON.
    pub(super) fn open_details(&self, kept: &Kept) -> Result<Vec<u8>, BoardError> {
        let row = details_row(&kept.claim, kept.started);
        Ok(self.sealer.open(&details_field(row.as_bytes()), &kept.details).map_err(StoreError::from)?.to_vec())
    }
}

/// What the public log gets of a sealed failure: a leaf hash over the secret bytes and the statement's payload, in base 64.
#[must_use]
pub fn commit(salt: &[u8], payload: &[u8]) -> String {
    Hash::of_leaf(&[salt, payload].concat()).to_string()
}

fn secret_field<'a>(claim: &'a str, commitment: &'a str) -> Field<'a> {
    Field { table: "trust_evidence", column: "secret", row: commitment.as_bytes(), scope: claim.as_bytes() }
}

fn details_row(claim: &str, started: Timestamp) -> String {
    format!("{claim}/{}", started.nanos())
}

fn details_field(row: &[u8]) -> Field<'_> {
    Field { table: "trust_evidence", column: "details", row, scope: b"" }
}

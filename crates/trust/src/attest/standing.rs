//! What people's word for a claim is worth at the moment somebody asks, whatever was stored.
//!
//! Always holds: decided anew each time, from the signatures, the sentence as it reads now, the log and the clock; a row
//! that does not open is worth nothing and is not passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use claims::document::{Attested, Published};
use claims::{Claim, Disposition, Slot, State};
use model::Timestamp;
use model::limits::{ATTESTATION_ENDED_DAYS, RESULT_AHEAD_SECONDS_MAX};

use super::DocumentFields;
use super::row::Attestation;
use crate::board::{Board, BoardError};
use crate::digest::sha256;
use crate::overview::unproved;
use crate::sentence::Sentence;
use crate::statement::minute;

pub(crate) const DAY_SECONDS: i64 = 24 * 3_600;

/// All that is kept for the claims of a board.
pub(crate) struct Rows {
    pub(crate) all: Vec<Attestation>,
    /// Claims of which a row does not open.
    pub(crate) unreadable: BTreeSet<String>,
}

/// A claim that people sign, at this moment.
pub(crate) struct AttestedNow<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) said: Said,
    /// What it is said by, or was.
    pub(crate) by: Option<Attestation>,
    since: Timestamp,
}

/// What is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Stands,
    Expired,
    Withdrawn,
    /// It counted, and what it consists of does not verify now.
    Unverified,
    /// Nobody signed the words as they read now.
    Reworded,
    /// It ended so long ago that the page does not say so any more.
    Over,
    Never,
}

/// How long and by how many a claim has to be signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) max_days: u32,
    pub(crate) quorum: u32,
    pub(crate) needs_document: bool,
}

// === impl Terms ===

impl Terms {
    pub(crate) fn of(claim: &Claim) -> Option<Self> {
        match &claim.disposition {
            Disposition::Attested { max_days, quorum } => {
                Some(Self { max_days: max_days.get(), quorum: quorum.get(), needs_document: false })
            }
            // The document says it; one person says that it is there and what it says of itself.
            Disposition::Documented { max_days } => Some(Self { max_days: max_days.get(), quorum: 1, needs_document: true }),
            Disposition::Checked { .. }
            | Disposition::NotYet { .. }
            | Disposition::Derived { .. }
            | Disposition::BuildRule { .. }
            | Disposition::Refused { .. }
            | Disposition::Description => None,
        }
    }
}

// === impl Board ===

impl Board {
    pub(crate) fn attestations(&self) -> Result<Rows, BoardError> {
        let mut rows = Rows { all: Vec::new(), unreadable: BTreeSet::new() };
        for row in self.store.attestations()? {
            match Attestation::open(&self.sealer, &row) {
                Some(one) => rows.all.push(one),
                None => {
                    rows.unreadable.insert(row.claim);
                }
            }
        }
        Ok(rows)
    }

    /// Every claim of this board that people sign.
    pub(crate) fn attested_now(&self, now: Timestamp) -> Result<Vec<AttestedNow<'_>>, BoardError> {
        let (rows, values) = (self.attestations()?, (self.slots)());
        self.plan.attested.iter().map(|claim| self.attested(claim, (&rows, &values), now)).collect()
    }

    fn attested<'a>(
        &self,
        claim: &'a Claim,
        (rows, values): (&Rows, &BTreeMap<Slot, String>),
        now: Timestamp,
    ) -> Result<AttestedNow<'a>, BoardError> {
        let mut newest: Option<((bool, Timestamp), Timestamp, Said, &Attestation)> = None;
        for one in rows.all.iter().filter(|one| one.claim == claim.id) {
            let Some(published) = one.published.as_ref().map(|log| Timestamp::from_nanos(log.at)) else { continue };
            let said = self.said(claim, one, values, now)?;
            // Of those that stand the one that does so for longest, of the others the newest.
            let key = if said == Said::Stands { (true, one.until()) } else { (false, published) };
            if newest.as_ref().is_none_or(|(known, ..)| *known < key) {
                newest = Some((key, published, said, one));
            }
        }
        let unsigned = AttestedNow { claim, said: Said::Never, by: None, since: self.opened() };
        let doubt = rows.unreadable.contains(&claim.id);
        Ok(match newest {
            Some((_, at, Said::Stands, one)) => AttestedNow { claim, said: Said::Stands, by: Some(one.clone()), since: at },
            // What cannot be read may be what says otherwise.
            _ if doubt => AttestedNow { said: Said::Unverified, ..unsigned },
            Some((_, _, said, one)) => {
                let ended = match (said, &one.withdrawn) {
                    (Said::Withdrawn, Some(withdrawn)) => Timestamp::from_nanos(withdrawn.at),
                    (Said::Expired, _) => one.until(),
                    (_, _) => self.opened(),
                };
                let is_over = now.seconds_since(ended) > ATTESTATION_ENDED_DAYS * DAY_SECONDS;
                let said = match said {
                    Said::Expired | Said::Withdrawn if is_over => Said::Over,
                    said => said,
                };
                AttestedNow { claim, said, by: Some(one.clone()), since: ended }
            }
            None => unsigned,
        })
    }

    fn said(
        &self,
        claim: &Claim,
        one: &Attestation,
        values: &BTreeMap<Slot, String>,
        now: Timestamp,
    ) -> Result<Said, BoardError> {
        if one.withdrawn.is_some() {
            return Ok(Said::Withdrawn);
        }
        if now >= one.until() {
            return Ok(Said::Expired);
        }
        let reads = rendered(claim, one.document.as_ref().zip(Some(one.until())), values);
        if reads.is_none_or(|sentence| sentence.text != one.sentence) {
            return Ok(Said::Reworded);
        }
        Ok(if self.is_signed(claim, one, now)? { Said::Stands } else { Said::Unverified })
    }

    /// Whether as many different people as the claim needs now signed it, for no longer than it allows now, after a
    /// checkpoint that the log begins with.
    pub(crate) fn is_signed(&self, claim: &Claim, one: &Attestation, now: Timestamp) -> Result<bool, BoardError> {
        let (Some(terms), Some(words)) = (Terms::of(claim), one.words(&self.speaker.url, &self.log.verifier())) else {
            return Ok(false);
        };
        let signers: BTreeSet<&str> = one
            .signatures
            .iter()
            .filter(|signed| signed.signature.at >= one.from && self.log.holds(&words, signed))
            .map(|signed| signed.signature.signer.as_str())
            .collect();
        let is_enough = signers.len() >= terms.quorum.max(one.quorum).max(1) as usize;
        let is_short = one.until().seconds_since(one.from()) <= i64::from(terms.max_days) * DAY_SECONDS;
        let is_yet_to_come = now.seconds_since(one.from()) < -RESULT_AHEAD_SECONDS_MAX;
        let is_carried = one.document.is_some() == terms.needs_document;
        Ok(is_enough && is_short && !is_yet_to_come && is_carried && self.log.begins_with(&one.checkpoint)?)
    }
}

/// The sentence of a claim with its values, those of a document and its last counted day among them.
pub(crate) fn rendered(
    claim: &Claim,
    document: Option<(&DocumentFields, Timestamp)>,
    values: &BTreeMap<Slot, String>,
) -> Option<Sentence> {
    let mut values = values.clone();
    if let Some((document, until)) = document {
        values.insert(Slot::DocumentIssuer, document.issuer.clone());
        values.insert(Slot::DocumentId, document.id.clone());
        values.insert(Slot::DocumentScope, document.scope.clone());
        values.insert(Slot::DocumentUntil, until.day().to_string());
    }
    Sentence::of(claim, &values).ok()
}

// === impl Said ===

impl Said {
    pub(crate) fn state(self) -> State {
        match self {
            Self::Stands => State::Pass,
            Self::Expired => State::Expired,
            Self::Withdrawn => State::Withdrawn,
            Self::Unverified => State::Unknown,
            Self::Reworded | Self::Over | Self::Never => State::NotClaimed,
        }
    }
}

// === impl AttestedNow ===

impl AttestedNow<'_> {
    /// On the page, if it is on it.
    pub(crate) fn published(&self, about: &Published) -> Option<Published> {
        let (state, by) = (self.said.state(), self.by.as_ref());
        let shown = match self.said {
            Said::Stands | Said::Expired | Said::Withdrawn => by.and_then(attested),
            Said::Unverified => None,
            Said::Reworded | Said::Over | Said::Never => return None,
        };
        // A row that does not open has no words; those of the library then, as they are.
        let sentence = by.map_or_else(|| self.claim.sentence.clone(), |by| by.sentence.clone());
        Some(Published {
            sentence_digest: sha256(sentence.as_bytes()).sha256,
            sentence,
            state,
            since: minute(self.since),
            attested: shown,
            ..about.clone()
        })
    }

    /// Why it is not on the page, where that is not for want of anything signed.
    pub(crate) fn why_unsaid(&self) -> Option<&'static str> {
        match self.said {
            Said::Reworded => Some("Its sentence was changed since somebody signed it, so nobody has signed these words."),
            Said::Over => Some("What was signed for it has ended, or was taken back."),
            Said::Stands | Said::Expired | Said::Withdrawn | Said::Unverified | Said::Never => None,
        }
    }
}

/// `None` for what the log does not have.
fn attested(by: &Attestation) -> Option<Attested> {
    let log = by.published.as_ref()?;
    Some(Attested {
        id: by.id.clone(),
        attestation: log.attestation.clone(),
        by: by.signatories(),
        needed: by.quorum,
        from: minute(by.from()),
        until: minute(by.until()),
        document: by.shown_document(),
        attachments: by.attachments.clone(),
        not_before_checkpoint: by.checkpoint.clone(),
        proof: unproved(log.entry),
    })
}

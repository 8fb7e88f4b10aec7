//! What whoever may sign is shown: the claims, what waits for signatures, and what ends soon.

use model::Timestamp;
use model::limits::ATTESTATION_REMINDER_DAYS;

use super::standing::{DAY_SECONDS, Said, Terms};
use super::{Attestable, AttestationError, Reminder};
use crate::board::{Board, BoardError};
use crate::statement::minute;

// === impl Board ===

impl Board {
    /// Every claim of this page that people sign, in the order of the library.
    pub fn attestable(&self) -> Result<Vec<Attestable>, AttestationError> {
        let now = self.now();
        let rows = self.attestations()?;
        let mut all = Vec::new();
        for one in self.attested_now(now)? {
            let Some(terms) = Terms::of(one.claim) else { continue };
            let waiting = rows.all.iter().filter(|row| row.claim == one.claim.id && self.waits(row, now));
            all.push(Attestable {
                claim: one.claim.id.clone(),
                title: one.claim.title.clone(),
                sentence: one.claim.sentence.clone(),
                needs_document: terms.needs_document,
                max_days: terms.max_days,
                quorum: terms.quorum,
                state: one.said.state(),
                reason: one.why_unsaid().map(str::to_owned),
                current: one.by.as_ref().map(super::row::Attestation::now),
                pending: waiting.map(super::row::Attestation::now).collect(),
            });
        }
        Ok(all)
    }

    /// What counts now and ends within the days of the first reminder. A claim that was signed anew has its later end.
    pub fn reminders(&self, now: Timestamp) -> Result<Vec<Reminder>, BoardError> {
        let mut reminders = Vec::new();
        for one in self.attested_now(now)? {
            let (Said::Stands, Some(by)) = (one.said, &one.by) else { continue };
            let days_left = by.until().seconds_since(now).saturating_add(DAY_SECONDS - 1) / DAY_SECONDS;
            let due = ATTESTATION_REMINDER_DAYS.into_iter().filter(|due| days_left <= *due).min();
            let Some(due) = due else { continue };
            reminders.push(Reminder {
                page: self.speaker.url.clone(),
                claim: one.claim.id.clone(),
                title: one.claim.title.clone(),
                until: minute(by.until()),
                signers: by.signers(),
                days_left,
                due,
            });
        }
        Ok(reminders)
    }
}

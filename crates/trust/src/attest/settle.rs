//! What the log is told of statements: that they count, were taken back or ended, and what each claim is worth.
//!
//! Always holds: nothing counts that the log does not have. After a crash between the log and the file it is told once more,
//! which says nothing else.

use std::collections::BTreeMap;

use audit::{Actor, Deed, Event};
use claims::State;
use model::Timestamp;
use model::limits::STRIP_DAYS_KEPT;

use super::row::{Attestation, InLog};
use super::standing::DAY_SECONDS;
use crate::board::{Board, BoardError, Changed};
use crate::digest::sha256;

// === impl Board ===

impl Board {
    /// Brings the log up to date, and ends what nobody signed in time or what is long over.
    pub(crate) fn settle_attested(&self, now: Timestamp) -> Result<Vec<Changed>, BoardError> {
        let _attesting = self.attesting.lock();
        self.settle(now)
    }

    /// While `attesting` is held.
    pub(super) fn settle(&self, now: Timestamp) -> Result<Vec<Changed>, BoardError> {
        for one in self.attestations()?.all {
            self.settle_one(one, now)?;
        }
        self.tell_states(now)
    }

    fn settle_one(&self, one: Attestation, now: Timestamp) -> Result<(), BoardError> {
        let kept_days = i64::from(STRIP_DAYS_KEPT);
        let is_lapsed = one.is_pending() && !self.waits(&one, now);
        let is_long_over = one.is_end_told && now.seconds_since(one.until()) > kept_days * DAY_SECONDS;
        if is_lapsed || is_long_over {
            return Ok(self.store.remove_attestation(&one.id)?);
        }
        let Some(log) = &one.published else { return self.publish_signed(one, now) };
        if one.is_end_told || one.is_in_force(now) {
            return Ok(());
        }
        let (claim, attestation) = (one.claim.clone(), log.attestation.clone());
        if one.withdrawn.is_some() {
            // Its trail has it already, with whoever did it.
            self.log.publish(vec![Event::AttestationWithdrawn { claim, attestation }], now)?;
        } else {
            let event = Event::AttestationExpired { claim, attestation };
            self.log.publish(vec![event.clone()], now)?;
            self.log.tell(&self.own_deed(now), event)?;
        }
        self.keep(&Attestation { is_end_told: true, ..one })
    }

    /// Tells the log of a statement that enough people signed, and then lets it count.
    fn publish_signed(&self, one: Attestation, now: Timestamp) -> Result<(), BoardError> {
        let claim = self.plan.attested.iter().find(|claim| claim.id == one.claim);
        let words = one.words(&self.speaker.url, &self.log.verifier());
        let (Some(claim), Some(words)) = (claim, words) else { return Ok(()) };
        if one.signatures.is_empty() || !self.is_signed(claim, &one, now)? {
            return Ok(());
        }
        let attestation = sha256(words.text().as_bytes()).sha256;
        let (claim, until) = (one.claim.clone(), one.until().to_string());
        let event = Event::ClaimAttested { claim, attestation: attestation.clone(), until };
        let entries = self.log.publish(vec![event.clone()], now)?;
        let &[entry] = entries.as_slice() else { return Err(BoardError::NotInLog) };
        self.log.tell(&self.own_deed(now), event)?;
        self.keep(&Attestation { published: Some(InLog { at: now.nanos(), entry, attestation }), ..one })
    }

    /// Tells what changed of the claims that people sign, since the log was told last.
    fn tell_states(&self, now: Timestamp) -> Result<Vec<Changed>, BoardError> {
        let known: BTreeMap<String, State> = self.store.attested_states()?;
        let mut changed = Vec::new();
        for attested in self.attested_now(now)? {
            let claim = attested.claim.id.clone();
            let (from, to) = (known.get(&claim).copied().unwrap_or(State::NotClaimed), attested.said.state());
            if from != to {
                changed.push(Changed { claim, from, to });
            }
        }
        if changed.is_empty() {
            return Ok(changed);
        }
        self.log.publish(changed.iter().map(Changed::event).collect(), now)?;
        for Changed { claim, from, to } in &changed {
            self.store.note_change(claim, now, (*from, *to))?;
            self.store.put_attested_state(claim, *to)?;
        }
        self.page.lock().take();
        Ok(changed)
    }

    pub(super) fn keep(&self, one: &Attestation) -> Result<(), BoardError> {
        self.store.change_attestation(&one.read, &one.seal(&self.sealer)?)?;
        self.page.lock().take();
        Ok(())
    }

    /// What nobody does, but time or the last signature: in the trail of whose page it is.
    pub(super) fn own_deed(&self, now: Timestamp) -> Deed {
        let deed = Deed::by(Actor::Server, now);
        match self.owner {
            Some(tenant) => deed.of_tenant(tenant),
            None => deed,
        }
    }
}

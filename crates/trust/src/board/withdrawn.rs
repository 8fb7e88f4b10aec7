//! Claims that a person took back: they are looked at no more, and what was found of them stays.
//!
//! Always holds: the public log says so before the page does; what is withdrawn has no newer result than that.

use std::collections::BTreeMap;

use claims::State;
use model::limits::STRIP_DAYS;
use model::{Day as UtcDay, Timestamp};

use super::{Board, BoardError, Changed};

/// How a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenBack {
    /// The page shows a day on which it was broken, so it stays on it until then.
    Withdrawn { since: Timestamp, until: Timestamp },
    /// It is not on the page any more.
    Removed,
}

// === impl Board ===

impl Board {
    /// These were withdrawn before the board was opened.
    pub(crate) fn remember_withdrawn(self, withdrawn: BTreeMap<String, Timestamp>) -> Self {
        *self.withdrawn.lock() = withdrawn;
        self
    }

    /// Takes a claim back, after the round that runs.
    pub(crate) fn take_back(&self, claim: &str) -> Result<TakenBack, BoardError> {
        let _rounds = self.rounds.lock();
        let now = self.now();
        // What was found and not told yet decides too.
        self.publish_awaiting(now)?;
        let planned = self.plan.find(claim).ok_or_else(|| BoardError::NotPublished(claim.to_owned()))?;
        let from = match self.sentences(now).get(&planned.claim.id) {
            Some(Ok(sentence)) => self.standing(planned, sentence, now)?.0,
            Some(Err(_)) | None => State::NotClaimed,
        };
        let (taken_back, to) = match self.red_until(&planned.claim.id, now)? {
            Some(until) => (TakenBack::Withdrawn { since: now, until }, State::Withdrawn),
            None => (TakenBack::Removed, State::NotClaimed),
        };
        let changed = Changed { claim: planned.claim.id.clone(), from, to };
        self.log.publish(vec![changed.event()], now)?;
        self.store.note_change(&changed.claim, now, (from, to))?;
        self.withdrawn.lock().insert(changed.claim, now);
        self.page.lock().take();
        Ok(taken_back)
    }

    /// Until when the page shows that this claim was broken; `None` if its strip has no such day.
    fn red_until(&self, claim: &str, now: Timestamp) -> Result<Option<Timestamp>, BoardError> {
        let is_red = |state| matches!(state, State::Fail | State::SealedFail);
        let first = UtcDay::from_number(now.day().number() - STRIP_DAYS + 1);
        let worst = self.store.days(claim, first)?.into_iter().filter(|day| is_red(day.worst)).map(|day| day.day).max();
        // What was broken at the last look is broken until another one.
        let is_red_now = self.store.newest(claim)?.is_some_and(|newest| is_red(newest.state));
        let last = if is_red_now { Some(now.day()) } else { worst };
        Ok(last.map(|day| UtcDay::from_number(day.number() + STRIP_DAYS).start()))
    }

    pub(crate) fn withdrawn(&self, claim: &str) -> Option<Timestamp> {
        self.withdrawn.lock().get(claim).copied()
    }

    /// Whether a claim that is said needs this check.
    pub(super) fn is_said(&self, check: &str) -> bool {
        let withdrawn = self.withdrawn.lock();
        let needs = |claim: &claims::Claim| claim.checks().iter().any(|one| one == check);
        self.plan.claims.iter().any(|planned| needs(&planned.claim) && !withdrawn.contains_key(&planned.claim.id))
    }
}

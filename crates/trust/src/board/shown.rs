//! What the operator is shown of the board: each claim now, with the details, and what it was before.

use std::collections::BTreeMap;

use claims::State;
use claims::statement::{Envelope, EvidencePredicate, PAYLOAD_TYPE, Statement};
use model::{Day as UtcDay, Timestamp};

use super::{Board, BoardError};
use crate::ask::{CheckReport, ClaimReport};
use crate::plan::Planned;
use crate::store::{Day, Kept, Shown, StoreError};

/// A claim at this moment, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNow {
    pub claim: String,
    pub title: String,
    /// `None` where a value of it is not known, so that it is not said.
    pub sentence: Option<String>,
    /// As everybody is shown it.
    pub state: State,
    pub since: Timestamp,
    /// When the newest look began that the public log has, and what it showed.
    pub looked: Option<(Timestamp, ClaimReport)>,
}

/// An earlier result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub at: Timestamp,
    pub state: State,
    /// Where it changed the state.
    pub before: Option<State>,
    /// The statement's digest, or the commitment while it is sealed.
    pub digest: String,
    pub entry: Option<u64>,
}

// === impl Board ===

impl Board {
    /// Every published claim, for the operator: with the details, also of a failure that is sealed.
    pub fn claims(&self) -> Result<Vec<ClaimNow>, BoardError> {
        let now = self.now();
        let sentences = self.sentences(now);
        let mut claims = Vec::new();
        for planned in &self.plan.claims {
            let sentence = sentences.get(&planned.claim.id).and_then(|sentence| sentence.as_ref().ok());
            let (state, newest) = match sentence {
                Some(sentence) => self.standing(planned, sentence, now)?,
                None => (State::NotClaimed, None),
            };
            let looked = newest.as_ref().map(|kept| Ok::<_, BoardError>((kept.started, self.report_of(kept)?))).transpose()?;
            claims.push(ClaimNow {
                claim: planned.claim.id.clone(),
                title: planned.claim.title.clone(),
                sentence: sentence.map(|sentence| sentence.text.clone()),
                state,
                since: self.since(planned, state, newest.as_ref())?,
                looked,
            });
        }
        Ok(claims)
    }

    /// Results of a claim, the newest first.
    pub fn history(&self, claim: &str, limit: usize) -> Result<Vec<Past>, BoardError> {
        let past = |kept: Kept| Past {
            at: kept.started,
            state: kept.state,
            before: kept.before,
            digest: kept.digest,
            entry: kept.entry,
        };
        Ok(self.store.history(claim, limit)?.into_iter().map(past).collect())
    }

    /// Changes of a claim's state, the newest first: when, from what, to what.
    pub fn changes(&self, claim: &str, limit: usize) -> Result<Vec<(Timestamp, State, State)>, BoardError> {
        Ok(self.store.changes(claim, limit)?)
    }

    /// The days of a claim that were measured, from this one on.
    pub fn days(&self, claim: &str, from: UtcDay) -> Result<Vec<Day>, BoardError> {
        Ok(self.store.days(claim, from)?)
    }

    /// The signed statement of this digest, if the public log has it and it is not sealed. For everybody.
    pub fn evidence(&self, digest: &str) -> Result<Option<Envelope>, BoardError> {
        let Some(text) = self.store.envelope(digest)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| BoardError::Envelope)
    }

    /// Since when a claim is in the state that it is in.
    pub(crate) fn since(&self, planned: &Planned, state: State, newest: Option<&Kept>) -> Result<Timestamp, StoreError> {
        let id = planned.claim.id.as_str();
        let changed = self.store.changes(id, 1)?.pop().filter(|(_, _, after)| *after == state).map(|(at, _, _)| at);
        let ended = || newest.map(|kept| kept.started.plus_seconds(planned.budget_seconds()));
        Ok(match state {
            State::Stale => ended().filter(|at| *at <= self.now()).unwrap_or(self.opened),
            State::Withdrawn => self.withdrawn(id).or(changed).unwrap_or(self.opened),
            State::Pass | State::Fail | State::Unknown | State::Expired | State::SealedFail | State::NotClaimed => {
                changed.unwrap_or(self.opened)
            }
        })
    }

    /// The statement inside a result, sealed or not.
    pub(crate) fn statement_of(&self, kept: &Kept) -> Result<EvidencePredicate, BoardError> {
        let envelope = match &kept.shown {
            Shown::Open(text) => serde_json::from_str(text).map_err(|_| BoardError::Envelope)?,
            Shown::Sealed(_) => self.open_secret(kept)?.envelope,
        };
        let statement: Statement<EvidencePredicate> = envelope.open(PAYLOAD_TYPE).map_err(|_| BoardError::Envelope)?;
        Ok(statement.predicate)
    }

    fn report_of(&self, kept: &Kept) -> Result<ClaimReport, BoardError> {
        let told = self.statement_of(kept)?;
        let details = self.open_details(kept)?;
        let mut details: BTreeMap<String, Vec<String>> =
            serde_json::from_slice(&details).map_err(|_| StoreError::Damaged("details that are no list"))?;
        let checks = told.checks.into_iter().map(|one| {
            let details = details.remove(&one.check).unwrap_or_default();
            CheckReport { check: one.check, vantage: one.vantage, look: one.look, twin: one.twin, details }
        });
        Ok(ClaimReport { claim: told.claim, state: told.state, reason: told.reason, checks: checks.collect() })
    }
}

//! The page: what is said, what it is worth now, and the proofs that lead to the public log.
//!
//! Always holds: nothing of a result that the log does not have; while a failure is sealed neither its sentence nor what
//! was seen; every proof of a page leads to the page's one checkpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::Event;
use claims::document::{
    CheckShown, DayState, FORMAT, LogProof, Measured, NotClaimed, Overview, PublicLog as LogShown, Published, Sealed,
};
use claims::statement::{Envelope, OVERVIEW_TYPE, STATEMENT_TYPE, Sha256, Statement, Subject};
use claims::{Claim, Disposition, State};
use model::limits::{OVERVIEW_LOGGED_SECONDS, OVERVIEW_SECONDS, STRIP_DAYS};
use model::{Day as UtcDay, Timestamp};

use crate::board::{Board, BoardError};
use crate::digest::sha256;
use crate::plan::Planned;
use crate::public::{seal, shown};
use crate::sentence::Sentence;
use crate::statement::minute;
use crate::store::{Kept, worse};

/// A page as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub overview: Overview,
    /// The same, signed.
    pub envelope: Envelope,
    /// Of what the page says: [`Overview::substance`].
    pub digest: Sha256,
    made: Timestamp,
}

/// What is filled in once the checkpoint is known.
type Proofs = BTreeMap<u64, LogProof>;

// === impl Board ===

impl Board {
    /// The page as it is served now: made anew after half a minute, and at once when a state changed.
    pub fn overview(&self) -> Result<Arc<Page>, BoardError> {
        let now = self.now();
        let mut kept = self.page.lock();
        if let Some(page) = &*kept
            && (0..OVERVIEW_SECONDS).contains(&now.seconds_since(page.made))
        {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(self.make_page(now)?);
        *kept = Some(Arc::clone(&page));
        Ok(page)
    }

    fn make_page(&self, now: Timestamp) -> Result<Page, BoardError> {
        let mut overview = self.unproved(now)?;
        let digest = sha256(&overview.substance());
        let own = self.log_page(&digest, now)?;
        let mut entries: Vec<u64> = overview.claims.iter_mut().flat_map(proofs).map(|proof| proof.entry).collect();
        entries.push(own);
        let (checkpoint, proved) = self.log.prove(&entries, now)?;
        let proved = proved.iter().flatten().map(|proved| (proved.entry, shown(proved))).collect::<Proofs>();
        for proof in overview.claims.iter_mut().flat_map(proofs) {
            *proof = proved.get(&proof.entry).cloned().ok_or(BoardError::NotInLog)?;
        }
        overview.log.page = Some(proved.get(&own).cloned().ok_or(BoardError::NotInLog)?);
        overview.log.checkpoint = checkpoint;
        let statement = Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject { name: overview.url.clone(), digest: digest.clone() }],
            predicate_type: OVERVIEW_TYPE.to_owned(),
            predicate: &overview,
        };
        let envelope = seal(&*self.log, &statement)?;
        Ok(Page { overview, envelope, digest, made: now })
    }

    /// The entry of the public log that has this page, or for less than a minute the one before it.
    fn log_page(&self, digest: &Sha256, now: Timestamp) -> Result<u64, BoardError> {
        if let Some((known, entry, at)) = self.store.overview()?
            && (known == digest.sha256 || (0..OVERVIEW_LOGGED_SECONDS).contains(&now.seconds_since(at)))
        {
            return Ok(entry);
        }
        let entries = self.log.publish(vec![Event::OverviewPublished { digest: digest.sha256.clone() }], now)?;
        let &[entry] = entries.as_slice() else { return Err(BoardError::NotInLog) };
        self.store.keep_overview(&digest.sha256, entry, now)?;
        Ok(entry)
    }

    /// The page without what the checkpoint decides.
    fn unproved(&self, now: Timestamp) -> Result<Overview, BoardError> {
        let sentences = self.sentences(now);
        let (mut claims, mut not_claimed) = (Vec::new(), self.plan.not_claimed.clone());
        for planned in &self.plan.claims {
            match sentences.get(&planned.claim.id) {
                Some(Ok(sentence)) => claims.push(self.published(planned, sentence, now)?),
                Some(Err(missing)) => not_claimed.push(unsaid(&planned.claim, &missing.slot)),
                None => {}
            }
        }
        let attested = self.attested_now(now)?;
        claims.extend(attested.iter().filter_map(|one| one.published(&without_state(one.claim))));
        for one in &mut not_claimed {
            let reason = attested.iter().find(|attested| attested.claim.id == one.id).and_then(|attested| attested.why_unsaid());
            one.reason = reason.map_or_else(|| std::mem::take(&mut one.reason), str::to_owned);
        }
        not_claimed.retain(|one| claims.iter().all(|claim| claim.id != one.id));
        let checked = claims.clone();
        for claim in &self.plan.derived {
            match sentences.get(&claim.id) {
                Some(Ok(sentence)) => claims.push(self.derived(claim, sentence, &checked, now)),
                Some(Err(missing)) => not_claimed.push(unsaid(claim, &missing.slot)),
                None => {}
            }
        }
        claims.sort_by_key(|claim| claim.group);
        Ok(Overview {
            format: FORMAT,
            publisher: self.speaker.publisher.clone(),
            url: self.speaker.url.clone(),
            made: minute(now),
            log: LogShown {
                origin: self.log.origin(),
                key: self.log.verifier().to_string(),
                checkpoint: String::new(),
                page: None,
            },
            claims,
            not_claimed,
            withheld: self.plan.withheld,
        })
    }

    fn published(&self, planned: &Planned, sentence: &Sentence, now: Timestamp) -> Result<Published, BoardError> {
        let (state, newest) = self.standing(planned, sentence, now)?;
        let since = self.since(planned, state, newest.as_ref())?;
        let known: BTreeMap<i32, State> = {
            let days = self.store.days(&planned.claim.id, first_day(now))?;
            days.into_iter().map(|day| (day.day.number(), day.worst)).collect()
        };
        let days = strip(now).map(|day| DayState { day: day.to_string(), worst: known.get(&day.number()).copied() });
        let (sealed, measured) = match (state, newest) {
            (State::SealedFail, _) => (self.sealed_now(&planned.claim.id)?, None),
            (State::Withdrawn, _) => (None, None),
            (_, Some(newest)) if newest.sentence == sentence.digest.sha256 => (None, Some(self.measured(planned, &newest)?)),
            (_, _) => (None, None),
        };
        Ok(Published {
            // What is known to be untrue is not said, not even with a mark at it, while nobody may know why.
            sentence: if state == State::SealedFail { String::new() } else { sentence.text.clone() },
            sentence_digest: sentence.digest.sha256.clone(),
            state,
            since: minute(since),
            measured,
            sealed,
            embargo_hours: planned.embargo_hours.map(std::num::NonZeroU32::get),
            days: days.collect(),
            ..without_state(&planned.claim)
        })
    }

    fn measured(&self, planned: &Planned, newest: &Kept) -> Result<Measured, BoardError> {
        let told = self.statement_of(newest)?;
        let checks = told.checks.into_iter();
        Ok(Measured {
            at: told.started,
            budget_minutes: planned.budget_minutes,
            reason: told.reason,
            checks: checks
                .map(|one| CheckShown { check: one.check, vantage: one.vantage, look: one.look, twin: one.twin })
                .collect(),
            statement: newest.digest.clone(),
            proof: unproved(newest.entry.ok_or(BoardError::NotInLog)?),
        })
    }

    fn sealed_now(&self, claim: &str) -> Result<Option<Sealed>, BoardError> {
        let Some(embargo) = self.store.embargo(claim)? else { return Ok(None) };
        let Some(newest) = self.store.sealed(claim)?.pop() else { return Ok(None) };
        let entry = newest.entry.ok_or(BoardError::NotInLog)?;
        Ok(Some(Sealed {
            since: minute(embargo.began),
            until: minute(embargo.until),
            commitment: newest.digest,
            proof: unproved(entry),
        }))
    }

    /// A claim that holds while others do: it is worth what the worst of them is, and unknown where one is not said here.
    fn derived(&self, claim: &Claim, sentence: &Sentence, checked: &[Published], now: Timestamp) -> Published {
        let from: &[String] = match &claim.disposition {
            Disposition::Derived { from } => from,
            _ => &[],
        };
        let find = |id: &String| checked.iter().find(|one| one.id == *id || one.covers.contains(id));
        let parts: Option<Vec<&Published>> = from.iter().map(find).collect();
        let parts = parts.unwrap_or_default();
        let state = parts.iter().map(|part| part.state).reduce(worse).unwrap_or(State::Unknown);
        let since = parts.iter().filter(|part| part.state == state).map(|part| part.since.clone()).max();
        let days = strip(now).enumerate().map(|(at, day)| {
            let worst: Option<Vec<State>> = parts.iter().map(|part| part.days.get(at).and_then(|day| day.worst)).collect();
            DayState { day: day.to_string(), worst: worst.and_then(|worst| worst.into_iter().reduce(worse)) }
        });
        Published {
            sentence: if state == State::SealedFail { String::new() } else { sentence.text.clone() },
            sentence_digest: sentence.digest.sha256.clone(),
            state,
            since: since.unwrap_or_else(|| minute(self.opened())),
            days: days.collect(),
            ..without_state(claim)
        }
    }
}

/// What the library says of a claim.
fn without_state(claim: &Claim) -> Published {
    Published {
        id: claim.id.clone(),
        covers: claim.covers.clone(),
        group: claim.group,
        title: claim.title.clone(),
        sentence: String::new(),
        sentence_digest: String::new(),
        speaks: claim.speaks,
        class: claim.class,
        state: State::Unknown,
        since: String::new(),
        denominator: claim.denominator.clone(),
        control: claim.control.clone(),
        falsifier: claim.falsifier.clone(),
        limits: claim.limits.clone(),
        frameworks: claim.frameworks.clone(),
        measured: None,
        sealed: None,
        embargo_hours: None,
        attested: None,
        days: Vec::new(),
    }
}

fn unsaid(claim: &Claim, slot: &str) -> NotClaimed {
    let reason = format!("A value that it names is not known here: {slot}.");
    NotClaimed { id: claim.id.clone(), group: claim.group, title: claim.title.clone(), reason }
}

pub(crate) fn unproved(entry: u64) -> LogProof {
    LogProof { entry, leaf: String::new(), proof: Vec::new() }
}

fn proofs(claim: &mut Published) -> impl Iterator<Item = &mut LogProof> {
    let measured = claim.measured.as_mut().map(|measured| &mut measured.proof);
    let attested = claim.attested.as_mut().map(|attested| &mut attested.proof);
    measured.into_iter().chain(attested).chain(claim.sealed.as_mut().map(|sealed| &mut sealed.proof))
}

fn first_day(now: Timestamp) -> UtcDay {
    UtcDay::from_number(now.day().number() - STRIP_DAYS + 1)
}

/// The days of a strip, oldest first.
fn strip(now: Timestamp) -> impl Iterator<Item = UtcDay> {
    (first_day(now).number()..=now.day().number()).map(UtcDay::from_number)
}

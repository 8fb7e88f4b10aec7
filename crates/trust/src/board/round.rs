//! Rounds: the checks that are due are run, what they show is combined for each claim, signed, published and kept.

use std::collections::BTreeSet;

use audit::Event;
use claims::State;
use model::Timestamp;
use model::limits::{CHECKS_PER_ROUND, LOOK_AGAIN_SECONDS, OVERVIEW_SECONDS};

use super::{Board, BoardError, Rounds, Sentences};
use crate::ask::{ClaimReport, Report};
use crate::combine::combine;
use crate::look::Seen;
use crate::plan::Planned;
use crate::standing::is_stale;
use crate::statement::{Finding, report};
use crate::store::{Kept, Shown, StoreError};

const SECONDS_BETWEEN_TIDYING: i64 = 3_600;

/// What one call of [`Board::tick`] did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tick {
    pub checks: usize,
    pub changed: Vec<Changed>,
    pub answered: usize,
}

/// The state of a claim changed, and the public log says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub claim: String,
    pub from: State,
    pub to: State,
}

/// How many checks of a request were run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub whole: u64,
}

/// When a statement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Make {
    /// If the state changed, or the newest one grows old.
    IfDue,
    Always,
}

// === impl Board ===

impl Board {
    /// Does what is due: publishes what waits, runs some checks, answers requests, reveals and tidies. Blocks for as long
    /// as the checks take.
    pub fn tick(&self) -> Result<Tick, BoardError> {
        let mut rounds = self.rounds.lock();
        let now = self.now();
        let mut changed = self.publish_awaiting(now)?;
        if rounds.settled.is_none_or(|settled| now.seconds_since(settled).abs() >= OVERVIEW_SECONDS) {
            changed.extend(self.settle_attested(now)?);
            rounds.settled = Some(now);
        }
        let answered = self.answer_requests(&mut rounds, &mut changed)?;
        let due = if self.is_ending() { Vec::new() } else { self.due(&rounds, now) };
        if !due.is_empty() {
            due.iter().for_each(|check| self.run(check));
            if self.is_ending() {
                return Ok(Tick { checks: due.len(), changed, answered });
            }
            let touched = |planned: &&Planned| planned.claim.checks().iter().any(|check| due.contains(check));
            let claims: Vec<&Planned> = self.plan.claims.iter().filter(touched).collect();
            changed.extend(self.record(&claims, Make::IfDue, &mut rounds)?);
        }
        changed.extend(self.reveal_due(self.now())?);
        if rounds.tidied.is_none_or(|tidied| now.seconds_since(tidied).abs() >= SECONDS_BETWEEN_TIDYING) {
            self.store.tidy(now)?;
            rounds.tidied = Some(now);
        }
        Ok(Tick { checks: due.len(), changed, answered })
    }

    /// Runs the checks of these claims, or of all, at once, and says what they showed, with what is for the operator alone.
    pub fn check_now(&self, claims: &[String], progress: &mut dyn FnMut(Progress)) -> Result<Report, BoardError> {
        let mut rounds = self.rounds.lock();
        self.publish_awaiting(self.now())?;
        self.check(claims, progress, &mut rounds, &mut Vec::new())
    }

    pub(super) fn check(
        &self,
        claims: &[String],
        progress: &mut dyn FnMut(Progress),
        rounds: &mut Rounds,
        changed: &mut Vec<Changed>,
    ) -> Result<Report, BoardError> {
        let is_said = |planned: &&Planned| self.withdrawn(&planned.claim.id).is_none();
        let find = |id: &String| self.plan.find(id).filter(is_said).ok_or_else(|| BoardError::NotPublished(id.clone()));
        let asked: Vec<&Planned> = match claims {
            [] => self.plan.claims.iter().filter(is_said).collect(),
            claims => claims.iter().map(find).collect::<Result<_, _>>()?,
        };
        let checks: BTreeSet<(usize, &String)> =
            asked.iter().flat_map(|planned| planned.claim.checks()).map(|id| (self.plan.place(id), id)).collect();
        let whole = checks.len() as u64;
        for (done, (_, check)) in (1..).zip(checks) {
            self.run(check);
            progress(Progress { done, whole });
        }
        if self.is_ending() {
            return Err(BoardError::Ending);
        }
        changed.extend(self.record(&asked, Make::Always, rounds)?);
        changed.extend(self.reveal_due(self.now())?);
        let mut told = Vec::new();
        for planned in asked {
            if let Some(seen) = self.seen(planned) {
                let (state, reason) = combine(&seen);
                let (id, checks) = (planned.claim.id.clone(), seen.iter().map(report).collect());
                told.push(ClaimReport { claim: id, state, reason, checks });
            }
        }
        Ok(Report { at: self.now().to_string(), claims: told })
    }

    /// The checks to run now, those that nobody looked at for longest first.
    fn due(&self, rounds: &Rounds, now: Timestamp) -> Vec<String> {
        let (latest, sentences) = (self.latest.lock(), self.sentences(now));
        let reworded = |planned: &&Planned| match (sentences.get(&planned.claim.id), rounds.sentences.get(&planned.claim.id)) {
            (Some(Ok(sentence)), Some(known)) => sentence.digest.sha256 != *known,
            (_, _) => false,
        };
        let reworded: BTreeSet<&String> =
            self.plan.claims.iter().filter(reworded).flat_map(|planned| planned.claim.checks()).collect();
        let is_due = |id: &String, interval: i64| match latest.get(id) {
            Some(seen) => {
                // What could not look has to look again soon: the reason may be gone in a moment, such as on the first day.
                let has_looked = combine(std::slice::from_ref(seen)).0 != State::Unknown;
                let interval = if has_looked { interval } else { interval.min(LOOK_AGAIN_SECONDS) };
                reworded.contains(id) || is_stale(seen.started, interval - 1, now)
            }
            None => true,
        };
        let mut due: Vec<(Option<Timestamp>, usize, String)> = Vec::new();
        for (id, planned) in &self.plan.checks {
            if self.is_said(id) && is_due(id, planned.interval_seconds) {
                due.push((latest.get(id).map(|seen| seen.started), planned.place, id.clone()));
            }
        }
        due.sort();
        due.into_iter().take(CHECKS_PER_ROUND).map(|(.., id)| id).collect()
    }

    fn run(&self, id: &str) {
        let check = self.plan.checks.get(id).and_then(|planned| planned.check.as_ref());
        let seen = match check {
            Some(check) => self.runner.run(check),
            None => Seen::missing(id, self.now()),
        };
        if self.is_ending() {
            return;
        }
        self.latest.lock().insert(id.to_owned(), seen);
    }

    /// The newest look of each of a claim's checks, once there is one of all.
    pub(super) fn seen(&self, planned: &Planned) -> Option<Vec<Seen>> {
        let latest = self.latest.lock();
        planned.claim.checks().iter().map(|check| latest.get(check).cloned()).collect()
    }

    fn record(&self, claims: &[&Planned], make: Make, rounds: &mut Rounds) -> Result<Vec<Changed>, BoardError> {
        let now = self.now();
        let sentences = self.sentences(now);
        let mut found = Vec::new();
        for planned in claims {
            if let Some(finding) = self.finding(planned, &sentences, (make, now))? {
                rounds.sentences.insert(planned.claim.id.clone(), finding.sentence.digest.sha256.clone());
                found.push(self.kept_of(&finding)?);
            }
        }
        self.store.add(&found)?;
        self.publish_awaiting(now)
    }

    /// What to say of a claim, if there is something new to say.
    fn finding<'a>(
        &self,
        planned: &'a Planned,
        sentences: &Sentences,
        (make, now): (Make, Timestamp),
    ) -> Result<Option<Finding<'a>>, BoardError> {
        let Some(Ok(sentence)) = sentences.get(&planned.claim.id) else { return Ok(None) };
        if self.withdrawn(&planned.claim.id).is_some() {
            return Ok(None);
        }
        let Some(seen) = self.seen(planned) else { return Ok(None) };
        let (state, reason) = combine(&seen);
        let (before, newest) = self.standing(planned, sentence, now)?;
        let embargo = self.embargo(planned, state, now)?;
        if embargo.is_open() && !matches!(state, State::Pass | State::Fail) {
            return Ok(None);
        }
        let shown = if state == State::Fail && embargo.is_open() { State::SealedFail } else { state };
        let is_known = newest.as_ref().is_some_and(|newest| {
            newest.sentence == sentence.digest.sha256 && now.seconds_since(newest.started) < planned.interval_seconds()
        });
        if make == Make::IfDue && shown == before && is_known {
            return Ok(None);
        }
        let before = (before != shown).then_some(before);
        Ok(Some(Finding { planned, sentence: sentence.clone(), state, shown, before, reason, seen, embargo }))
    }

    /// Adds what waits to the public log, all in one transaction. A crash after that and before it is noted here publishes
    /// it once more, which says nothing else.
    pub(super) fn publish_awaiting(&self, now: Timestamp) -> Result<Vec<Changed>, BoardError> {
        let awaiting = self.store.awaiting()?;
        if awaiting.is_empty() {
            return Ok(Vec::new());
        }
        let told: Vec<Vec<Event>> = awaiting.iter().map(told).collect();
        let counts: Vec<usize> = told.iter().map(Vec::len).collect();
        let entries = self.log.publish(told.into_iter().flatten().collect(), now)?;
        let (mut rest, mut published) = (entries.as_slice(), Vec::new());
        for (kept, count) in awaiting.into_iter().zip(counts) {
            let (&first, _) = rest.split_first().ok_or(BoardError::NotInLog)?;
            rest = rest.get(count..).ok_or(BoardError::NotInLog)?;
            published.push((kept, first));
        }
        self.store.settle(&published)?;
        let changed = published.iter().filter_map(|(kept, _)| Changed::of(kept));
        let changed: Vec<Changed> = changed.collect();
        if !changed.is_empty() {
            // What is not so any more is not shown for another half minute.
            self.page.lock().take();
        }
        Ok(changed)
    }

    fn answer_requests(&self, rounds: &mut Rounds, changed: &mut Vec<Changed>) -> Result<usize, BoardError> {
        let mut answered = 0;
        while let Some(request) = self.store.next_request()?
            && !self.is_ending()
        {
            let mut unwritten: Result<(), StoreError> = Ok(());
            let mut progress = |progress: Progress| {
                unwritten = self.store.progress(request.ticket, progress.done, progress.whole);
            };
            let answer = match self.check(&request.claims, &mut progress, rounds, changed) {
                Ok(report) => Ok(report),
                Err(error @ (BoardError::NotPublished(_) | BoardError::Plan(_))) => Err(error.to_string()),
                // The next start answers it.
                Err(BoardError::Ending) => break,
                Err(error) => return Err(error),
            };
            unwritten?;
            let sealed = crate::ask::seal_answer(&self.sealer, request.ticket, &answer)?;
            self.store.answer(request.ticket, &sealed)?;
            answered += 1;
        }
        Ok(answered)
    }
}

/// What the public log is told of a result. The first is its own entry.
fn told(kept: &Kept) -> Vec<Event> {
    let claim = || kept.claim.clone();
    let own = match &kept.shown {
        Shown::Open(_) => {
            Event::EvidenceRecorded { claim: claim(), state: kept.state.to_string(), statement: kept.digest.clone() }
        }
        Shown::Sealed(_) => Event::FailureSealed { claim: claim(), commitment: kept.digest.clone() },
    };
    let change = Changed::of(kept).map(|changed| changed.event());
    std::iter::once(own).chain(change).collect()
}

// === impl Changed ===

impl Changed {
    fn of(kept: &Kept) -> Option<Self> {
        kept.before.map(|from| Self { claim: kept.claim.clone(), from, to: kept.state })
    }

    pub(crate) fn event(&self) -> Event {
        Event::ClaimStateChanged { claim: self.claim.clone(), from: self.from.to_string(), to: self.to.to_string() }
    }
}

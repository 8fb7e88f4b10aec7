//! The log's own days of each claim, against those that the page shows, and against what an earlier visit saw.
//!
//! Always holds: every entry that is counted is under the log's signed root, and about a claim of this page: one log has the
//! results of the installation's page and of its tenants'; what is too old or too much to be read is said and not taken for
//! good.

use std::collections::{BTreeMap, BTreeSet};

use claims::State;
use claims::document::Published;
use model::{Timestamp, limits};

use super::Visit;
use super::grew::Log;
use crate::digest::sha256;
use crate::leaf::{Leaf, Revealed, Told};
use crate::memory::{Days, Memory, badness, note};
use crate::report::{Step, StepReport};

const BUNDLE: u64 = 256;
const MINUTE: i64 = 60;

/// What was read, to be remembered.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) until: u64,
    /// The day that was read in part; those after it as a whole. Empty: all of them.
    pub(crate) since: String,
    pub(crate) days: Days,
}

/// The newest look at a claim.
#[derive(Debug)]
struct Last {
    entry: u64,
    at: Timestamp,
    state: State,
}

struct History<'a, 's> {
    visit: Visit<'a, 's>,
    step: StepReport,
    read: Read,
    last: BTreeMap<String, Last>,
    revealed: Vec<Revealed>,
    /// Looks that the page need not know yet.
    recent: BTreeSet<(String, String)>,
}

pub(crate) fn check(visit: Visit<'_, '_>, log: &Log<'_>, memory: Option<&Memory>) -> (StepReport, Read) {
    let size = log.tiles.size();
    let known = memory.filter(|memory| memory.read <= size);
    let mut days = known.map(|memory| memory.days.clone()).unwrap_or_default();
    days.retain(|id, _| visit.is_own(id));
    let read = Read { until: size, since: known.map(|memory| memory.since.clone()).unwrap_or_default(), days };
    let step = StepReport::new(Step::Remembered);
    let mut history = History { visit, step, read, last: BTreeMap::new(), revealed: Vec::new(), recent: BTreeSet::new() };
    let counted = history.entries(log, known.map_or(0, |memory| memory.read));
    for claim in &visit.overview.claims {
        history.days(claim);
        history.newest(claim);
    }
    history.left_out();
    history.reveal();
    let told =
        if history.read.since.is_empty() { "from the log's start".to_owned() } else { format!("after {}", history.read.since) };
    let claims = history.read.days.len();
    history.step.tell(format!("{counted} new entries; the days of {claims} claims are known {told}"));
    (history.step, history.read)
}

// === impl History ===

impl History<'_, '_> {
    /// Reads the entries from `from` on, the newest first, as far as the bounds go. Says how many.
    fn entries(&mut self, log: &Log<'_>, from: u64) -> u64 {
        let size = log.tiles.size();
        let first = from.max(size.saturating_sub(limits::OVERVIEW_ENTRIES_READ_MAX));
        let (mut reached, mut bytes, mut oldest) = (size, 0, None);
        for index in (first / BUNDLE..size.div_ceil(BUNDLE)).rev() {
            let entries = match log.tiles.entries(index) {
                Ok(entries) => entries,
                Err(error @ crate::tiles::TileError::Missing { .. }) => {
                    self.step.could_not(None, error.to_string());
                    break;
                }
                Err(error) => {
                    self.step.disagrees(None, "entries of a log that only grows", error.to_string());
                    break;
                }
            };
            for (sequence, body) in entries.iter().rev().filter(|(sequence, _)| *sequence >= first) {
                bytes += body.len();
                if let Some(leaf) = Leaf::read(body, (&self.visit.overview.log.origin, *sequence)) {
                    oldest = Some(leaf.at);
                    self.take(*sequence, &leaf);
                }
            }
            reached = first.max(index * BUNDLE);
            if bytes > limits::OVERVIEW_ENTRY_BYTES_READ_MAX {
                break;
            }
        }
        if reached > from {
            self.read.since = oldest.map_or_else(|| self.visit.now.day().to_string(), |oldest| oldest.day().to_string());
            self.step.note(
                None,
                "",
                format!("entries {from} to {reached} of the log were not read: they are too many for one visit"),
            );
        }
        size - reached
    }

    fn take(&mut self, sequence: u64, leaf: &Leaf) {
        if leaf.claim().is_none_or(|claim| !self.visit.is_own(claim)) {
            return;
        }
        if let Told::Changed { claim, to: State::Withdrawn | State::NotClaimed } = &leaf.told
            && !self.last.contains_key(claim)
        {
            // Taken back in public: what was before is not held against the page that leaves it out.
            self.last.insert(claim.clone(), Last { entry: sequence, at: leaf.at, state: State::Withdrawn });
            return;
        }
        if let Told::Revealed(revealed) = &leaf.told
            && self.revealed.len() < limits::OVERVIEW_REVEALED_MAX
        {
            self.revealed.push(revealed.clone());
        }
        let Some((claim, state)) = leaf.look() else { return };
        let day = self.day_of(claim, leaf.at, state);
        note(&mut self.read.days, (claim, day.clone()), state);
        if self.is_recent(leaf.at) {
            self.recent.insert((claim.to_owned(), day));
        }
        self.last.entry(claim.to_owned()).or_insert(Last { entry: sequence, at: leaf.at, state });
    }

    /// The day that a look belongs to. One that is in the log just after midnight may have been before it, if the page
    /// says so of the day before.
    fn day_of(&self, claim: &str, at: Timestamp, state: State) -> String {
        let before = at.plus_seconds(-limits::OVERVIEW_LAG_MINUTES * MINUTE).day().to_string();
        let shown = self.visit.overview.claims.iter().find(|one| one.id == claim).and_then(|one| worst(one, &before));
        if shown.is_some_and(|shown| badness(shown) >= badness(state)) { before } else { at.day().to_string() }
    }

    /// Whether a look is younger than the page, and than what a page may lag behind.
    fn is_recent(&self, at: Timestamp) -> bool {
        let made = Timestamp::parse(&self.visit.overview.made).unwrap_or(self.visit.now);
        at > made && self.visit.now.seconds_since(at) < limits::OVERVIEW_LAG_MINUTES * MINUTE
    }

    fn days(&mut self, claim: &Published) {
        let seen = self.read.days.get(&claim.id);
        for shown in &claim.days {
            let worst = seen.and_then(|seen| seen.get(&shown.day)).copied();
            let is_covered = self.read.since.is_empty() || shown.day > self.read.since;
            if self.recent.contains(&(claim.id.clone(), shown.day.clone())) {
                continue;
            }
            match (shown.worst, worst) {
                (Some(page), Some(log)) if badness(page) < badness(log) => {
                    self.step.disagrees(
                        Some(&claim.id),
                        format!("{page} on {}", shown.day),
                        format!("{log} in the log on that day"),
                    );
                }
                (None, Some(log)) if badness(log) > 1 => {
                    let says = format!("nothing was measured on {}", shown.day);
                    self.step.disagrees(Some(&claim.id), says, format!("{log} in the log on that day"));
                }
                (Some(State::Pass), None) if is_covered && claim.measured.is_some() => {
                    let says = format!("PASS on {}", shown.day);
                    self.step.disagrees(Some(&claim.id), says, "the log has no result of that day");
                }
                _ => {}
            }
        }
    }

    /// Whether the log has a worse result than the one that is shown.
    fn newest(&mut self, claim: &Published) {
        let Some(last) = self.last.get(&claim.id) else { return };
        let shown = claim.measured.as_ref().map(|measured| measured.proof.entry);
        if !self.is_recent(last.at) && shown.is_some_and(|shown| last.entry > shown) && badness(last.state) > badness(claim.state)
        {
            let saw = format!("{} in the log since {}", last.state, last.at);
            self.step.disagrees(Some(&claim.id), claim.state.to_string(), saw);
        }
    }

    /// Whether what was told later is what the log was given a commitment to.
    fn reveal(&mut self) {
        for revealed in std::mem::take(&mut self.revealed) {
            let claim = Some(revealed.claim.as_str());
            match self.visit.evidence(&revealed.statement) {
                Err(why) => self.step.note(claim, "", format!("a failure that was sealed is not told any more: {why}")),
                Ok(opened) if sha256(&opened.payload) == revealed.statement && revealed.fits(&opened.payload) => {}
                Ok(_) => {
                    let says = format!("the failure that was sealed as {} is told", revealed.commitment);
                    self.step.disagrees(claim, says, "what is told is not what the commitment was made over");
                }
            }
        }
    }

    /// Claims that the log has results of and the page does not name.
    fn left_out(&mut self) {
        let named = |id: &str| self.visit.claim(id).is_some();
        let gone: Vec<String> = self.read.days.keys().filter(|id| !named(id)).cloned().collect();
        for id in gone {
            let last = self.last.get(&id).map(|last| last.state);
            let last = last.or_else(|| self.read.days.get(&id)?.values().next_back().copied());
            let told = self.visit.overview.not_claimed.iter().any(|one| one.id == id);
            match last {
                // It ended in public, and is held against nobody later.
                Some(State::Withdrawn) => drop(self.read.days.remove(&id)),
                Some(state @ (State::Fail | State::SealedFail)) => {
                    self.step.disagrees(Some(&id), "nothing", format!("{state} is the last that the log says of it"));
                }
                Some(_) if !told && self.visit.overview.withheld == 0 => {
                    self.step.disagrees(Some(&id), "nothing, not even that it is not claimed", "the log has results of it");
                }
                Some(_) | None => {}
            }
        }
    }
}

fn worst(claim: &Published, day: &str) -> Option<State> {
    claim.days.iter().find(|shown| shown.day == day)?.worst
}

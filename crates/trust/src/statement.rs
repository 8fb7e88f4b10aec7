//! A finding as a statement: what is signed of one round of one claim.
//!
//! Always holds: what is signed names no more than checks say to everybody, within bounds; its times are to the minute.

use std::collections::BTreeMap;

use claims::State;
use claims::document::{Counted, Look, Vantages};
use claims::statement::{CheckResult, EVIDENCE_TYPE, EvidencePredicate, STATEMENT_TYPE, Statement, Subject};
use model::limits::{CHECK_COUNTS_MAX, CHECK_SUMMARY_CHARS_MAX};
use model::{Observation, Timestamp, Vantage};

use crate::ask::CheckReport;
use crate::board::{Sealing, Speaker};
use crate::look::Seen;
use crate::plan::Planned;
use crate::sentence::Sentence;

const MINUTE_NANOS: i64 = 60_000_000_000;

/// What was found of a claim.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) planned: &'a Planned,
    pub(crate) sentence: Sentence,
    pub(crate) state: State,
    /// What everybody is told.
    pub(crate) shown: State,
    /// Where that changes.
    pub(crate) before: Option<State>,
    pub(crate) reason: String,
    pub(crate) seen: Vec<Seen>,
    pub(crate) embargo: Sealing,
}

// === impl Finding ===

impl Finding<'_> {
    /// When the oldest of its looks began and the newest ended.
    pub(crate) fn times(&self) -> (Timestamp, Timestamp) {
        let started = self.seen.iter().map(|seen| seen.started).min().unwrap_or_default();
        (started, self.seen.iter().map(|seen| seen.finished).max().unwrap_or_default())
    }

    pub(crate) fn statement(&self, speaker: &Speaker) -> Statement<EvidencePredicate> {
        let (started, finished) = self.times();
        let claim = self.planned.claim.id.clone();
        Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject { name: format!("claim:{claim}"), digest: self.sentence.digest.clone() }],
            predicate_type: EVIDENCE_TYPE.to_owned(),
            predicate: EvidencePredicate {
                claim,
                sentence: self.sentence.text.clone(),
                state: self.state,
                reason: self.reason.clone(),
                started: minute(started),
                finished: minute(finished),
                budget_minutes: self.planned.budget_minutes,
                build: speaker.build.clone(),
                configuration: speaker.configuration.clone(),
                checks: self.seen.iter().map(result).collect(),
            },
        }
    }

    /// What is for the operator alone: of each check, its details.
    pub(crate) fn details(&self) -> Vec<u8> {
        let details: BTreeMap<&str, &[String]> =
            self.seen.iter().map(|seen| (seen.check.as_str(), seen.look.details.as_slice())).collect();
        serde_json::to_vec(&details).expect("details are strings")
    }
}

fn result(seen: &Seen) -> CheckResult {
    let (vantage, look, twin) = (vantages(seen.vantage), look(&seen.look), seen.twin.as_str().to_owned());
    CheckResult { check: seen.check.clone(), vantage, look, twin }
}

/// One check as the operator is told.
pub(crate) fn report(seen: &Seen) -> CheckReport {
    let CheckResult { check, vantage, look, twin } = result(seen);
    let details = seen.look.details.iter().take(Observation::DETAILS_MAX).cloned().collect();
    CheckReport { check, vantage, look, twin, details }
}

fn vantages(vantage: Vantage) -> Vantages {
    match vantage {
        Vantage::Inside => Vantages::Inside,
        Vantage::Outside => Vantages::Outside,
    }
}

fn look(look: &Observation) -> Look {
    let text = |text: &str| text.chars().take(CHECK_SUMMARY_CHARS_MAX).collect();
    let counts = look.counts.iter().take(CHECK_COUNTS_MAX);
    Look {
        verdict: look.verdict.as_str().to_owned(),
        summary: text(&look.summary),
        counts: counts.map(|count| Counted { what: text(&count.what), counted: count.counted, whole: count.whole }).collect(),
    }
}

/// The minute that this time is in, as pages and statements write it.
pub(crate) fn minute(at: Timestamp) -> String {
    Timestamp::from_nanos(at.nanos().saturating_sub(at.nanos().rem_euclid(MINUTE_NANOS))).to_string()
}

//! The check of a number: so many records of a source match within a window.
//!
//! Always holds: that few match says nothing where the source received nothing at all; nothing of a record is told but how
//! many there are.

use std::sync::Arc;

use model::limits::OWN_LAG_SECONDS;
use model::{Check, Observation, Scope, TimeRange, Timestamp, Vantage};

use super::outside::{LogQuestions, LookError, Moments, Question};

/// What has to match, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) query: String,
    pub(crate) window_seconds: i64,
    pub(crate) at_least: Option<u64>,
    pub(crate) at_most: Option<u64>,
}

pub(crate) struct EvidenceCheck {
    name: &'static str,
    scope: Scope,
    rule: Rule,
    logs: Arc<dyn LogQuestions>,
}

/// Logs that have as many records as they were made with.
struct Recorded(u64);

// === impl EvidenceCheck ===

impl EvidenceCheck {
    pub(crate) fn new(name: &'static str, scope: Scope, rule: Rule, logs: Arc<dyn LogQuestions>) -> Self {
        Self { name, scope, rule, logs }
    }

    fn look_at(&self, logs: &dyn LogQuestions, now: Timestamp) -> Observation {
        match self.counted(logs, now) {
            Ok(observation) => observation,
            Err(error) => Observation::not_run("the logs could not be asked").detail(error.to_string()),
        }
    }

    fn counted(&self, logs: &dyn LogQuestions, now: Timestamp) -> Result<Observation, LookError> {
        let range = window(now, self.rule.window_seconds);
        let counted = logs.count(&Question { scope: self.scope, query: &self.rule.query, range })?;
        let observation = if self.rule.at_least.is_some_and(|least| counted < least) {
            Observation::broken("fewer records match than have to")
        } else if self.rule.at_most.is_some_and(|most| counted > most) {
            Observation::broken("more records match than may")
        } else if self.rule.at_least.is_none() && !logs.has_any(self.scope, range)? {
            return Ok(Observation::not_run("nothing was received in the window, so nothing can be said of it"));
        } else {
            Observation::held("as many records match as have to")
        };
        Ok(observation.counting("matching records", counted, None))
    }
}

impl Check for EvidenceCheck {
    fn id(&self) -> &'static str {
        self.name
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.look_at(&*self.logs, now)
    }

    /// Logs with one record too few, and with one too many.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let few = self.rule.at_least.map(|least| Recorded(least.saturating_sub(1)));
        let many = self.rule.at_most.map(|most| Recorded(most.saturating_add(1)));
        Observation::of_twins(few.into_iter().chain(many).map(|twin| self.look_at(&twin, now)))
    }
}

/// The newest window of which all records have arrived.
pub(crate) fn window(now: Timestamp, seconds: i64) -> TimeRange {
    let to = now.plus_seconds(-OWN_LAG_SECONDS);
    TimeRange { from: to.plus_seconds(-seconds), to }
}

impl LogQuestions for Recorded {
    fn count(&self, _: &Question<'_>) -> Result<u64, LookError> {
        Ok(self.0)
    }

    fn has_any(&self, _: Scope, _: TimeRange) -> Result<bool, LookError> {
        Ok(true)
    }

    fn times(&self, _: &Question<'_>, _: Option<&str>, _: usize) -> Result<Moments, LookError> {
        Ok(Moments::TooMany)
    }
}

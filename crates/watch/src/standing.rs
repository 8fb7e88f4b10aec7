//! Where an alert stands: one of two states, since when, and how its looks went.
//!
//! | after a look | state |
//! |---|---|
//! | the count is to be told | alerting |
//! | it is not | ok |
//! | there is no count: the query took too long, or a part could not be read | as before, and the trouble is told |
//!
//! Always holds: a change is given once, by the look that made it; rounds that were due and gave no count are counted.

use model::limits::{ALERT_BACKOFF_SECONDS_MAX, ALERT_ROUND_SECONDS};
use model::{TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{Comparison, Rule};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertState")]
pub enum State {
    Ok,
    Alerting,
}

/// Times are in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    pub state: State,
    since: i64,
    /// Since when the rule is what it is.
    ruled: i64,
    /// The newest look that gave a count.
    pub last: Option<Look>,
    /// Rounds that gave none, since the rule is what it is.
    pub missed: u64,
    pub trouble: Option<Trouble>,
    /// Nobody looks any more.
    pub stopped: Option<Stopped>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    at: i64,
    pub count: u64,
}

/// Why looks give no count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// A code that is stable.
    pub code: String,
    since: i64,
    pub failures: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stopped {
    /// A code that is stable.
    pub code: String,
    at: i64,
}

/// One state became the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub to: State,
    pub at: Timestamp,
    pub count: u64,
    pub window: TimeRange,
}

// === impl Standing ===

impl Standing {
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let now = now.nanos();
        Self { state: State::Ok, since: now, ruled: now, last: None, missed: 0, trouble: None, stopped: None }
    }

    /// With another rule. What was told to be alerting is so until a look says otherwise, so that its end is told too.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Self {
        Self { state: self.state, since: self.since, ..Self::new(now) }
    }

    /// What a look found.
    pub fn looked(&mut self, rule: &Rule, count: u64, at: Timestamp) -> Option<Change> {
        self.missed += self.missed_until(at);
        self.last = Some(Look { at: at.nanos(), count });
        self.trouble = None;
        let to = if rule.fires(count) { State::Alerting } else { State::Ok };
        if to == self.state {
            return None;
        }
        (self.state, self.since) = (to, at.nanos());
        Some(Change { to, at, count, window: rule.window(at) })
    }

    /// A look gave no count. Gives the seconds until the next.
    pub fn failed(&mut self, code: &str, at: Timestamp) -> i64 {
        let before = self.trouble.take();
        let failures = before.as_ref().map_or(1, |before| before.failures.saturating_add(1));
        let since = before.map_or(at.nanos(), |before| before.since);
        self.trouble = Some(Trouble { code: code.to_owned(), since, failures });
        let wait = ALERT_ROUND_SECONDS.saturating_mul(1_i64.checked_shl(failures.min(30) - 1).unwrap_or(i64::MAX));
        wait.min(ALERT_BACKOFF_SECONDS_MAX)
    }

    /// Whoever keeps the alert may not read the source any more, or the source is gone.
    pub fn stop(&mut self, code: &str, at: Timestamp) {
        self.stopped = Some(Stopped { code: code.to_owned(), at: at.nanos() });
        self.trouble = None;
    }

    /// A lack of records is one only when a whole window passed under this rule.
    #[must_use]
    pub fn is_ripe(&self, rule: &Rule, now: Timestamp) -> bool {
        match rule.comparison {
            Comparison::AtLeast => true,
            Comparison::AtMost => rule.window(now).from >= Timestamp::from_nanos(self.ruled),
        }
    }

    /// Rounds that would have been since the last look, without the one at `now`.
    fn missed_until(&self, now: Timestamp) -> u64 {
        let last = self.last.map_or(self.ruled, |look| look.at);
        let rounds = now.seconds_since(Timestamp::from_nanos(last)) / ALERT_ROUND_SECONDS;
        // Of a new alert, and of one that waits for its first window, the first look is when it is.
        if self.last.is_none() { 0 } else { u64::try_from(rounds - 1).unwrap_or_default() }
    }

    #[must_use]
    pub fn since(&self) -> Timestamp {
        Timestamp::from_nanos(self.since)
    }
}

// === impl Look ===

impl Look {
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp::from_nanos(self.at)
    }
}

// === impl Trouble ===

impl Trouble {
    #[must_use]
    pub fn since(&self) -> Timestamp {
        Timestamp::from_nanos(self.since)
    }
}

// === impl Stopped ===

impl Stopped {
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp::from_nanos(self.at)
    }
}

// === impl State ===

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Alerting => "alerting",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(1_790_000_000_000_000_000).plus_seconds(seconds)
    }

    fn rule(comparison: Comparison) -> Rule {
        Rule { query: String::new(), comparison, threshold: 2, window_minutes: 5 }
    }

    #[test]
    fn a_change_is_given_once_each_way() {
        let (rule, mut standing) = (rule(Comparison::AtLeast), Standing::new(at(0)));
        let counts = [0, 2, 7, 1, 1];
        let changes = counts.iter().zip(0..).map(|(count, round)| standing.looked(&rule, *count, at(60 * round)));
        let changes: Vec<_> = changes.map(|change| change.map(|change| change.to)).collect();
        assert_eq!(changes, [None, Some(State::Alerting), None, Some(State::Ok), None]);
        assert_eq!((standing.since(), standing.missed), (at(180), 0));
    }

    #[test]
    fn a_look_that_failed_changes_nothing_and_is_missed() {
        let (rule, mut standing) = (rule(Comparison::AtLeast), Standing::new(at(0)));
        standing.looked(&rule, 3, at(0));
        let waits: Vec<i64> = (1..=8).map(|round| standing.failed("query_timeout", at(60 * round))).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1_800, 1_800, 1_800]);
        assert_eq!((standing.state, standing.trouble.as_ref().map(|trouble| trouble.failures)), (State::Alerting, Some(8)));
        assert_eq!(standing.looked(&rule, 3, at(605)), None);
        assert_eq!((standing.missed, &standing.trouble), (9, &None));
    }

    #[test]
    fn a_lack_is_judged_when_a_window_has_passed() {
        let standing = Standing::new(at(0));
        let ripe = |comparison, seconds| standing.is_ripe(&rule(comparison), at(seconds));
        assert!(ripe(Comparison::AtLeast, 1) && !ripe(Comparison::AtMost, 300) && ripe(Comparison::AtMost, 310));
    }

    #[test]
    fn another_rule_ends_what_was_alerting_by_a_look() {
        let (rule, mut standing) = (rule(Comparison::AtLeast), Standing::new(at(0)));
        standing.looked(&rule, 3, at(0));
        standing.stop("source_gone", at(10));
        let mut standing = standing.renewed(at(3_600));
        assert_eq!((standing.state, &standing.stopped, standing.missed), (State::Alerting, &None, 0));
        let ended = standing.looked(&Rule { threshold: 9, ..rule }, 3, at(3_601));
        assert_eq!(ended.map(|change| change.to), Some(State::Ok));
    }
}

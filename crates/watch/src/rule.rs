//! What an alert asks each minute, and which answer is to be told.

use std::fmt;

use model::limits::{ALERT_QUERY_BYTES_MAX, ALERT_SETTLE_SECONDS, ALERT_THRESHOLD_MAX, ALERT_WINDOW_MINUTES_MAX};
use model::{TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// In the language of searches; without words, every record counts.
    #[serde(default)]
    pub query: String,
    pub comparison: Comparison,
    pub threshold: u64,
    pub window_minutes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AlertComparison")]
pub enum Comparison {
    AtLeast,
    /// A source that is silent has none, which is at most anything.
    AtMost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("a query of more than {ALERT_QUERY_BYTES_MAX} bytes")]
    Query,
    #[error("the window has 1 to {ALERT_WINDOW_MINUTES_MAX} minutes")]
    Window,
    #[error("the threshold is at most {ALERT_THRESHOLD_MAX}")]
    Threshold,
    #[error("there are always at least 0 records")]
    Always,
}

// === impl Rule ===

impl Rule {
    pub fn hold(&self) -> Result<(), RuleError> {
        if self.query.len() > ALERT_QUERY_BYTES_MAX {
            return Err(RuleError::Query);
        }
        if !(1..=ALERT_WINDOW_MINUTES_MAX).contains(&self.window_minutes) {
            return Err(RuleError::Window);
        }
        match (self.comparison, self.threshold) {
            (Comparison::AtLeast, 0) => Err(RuleError::Always),
            (_, threshold) if threshold > ALERT_THRESHOLD_MAX => Err(RuleError::Threshold),
            (_, _) => Ok(()),
        }
    }

    #[must_use]
    pub fn fires(&self, count: u64) -> bool {
        match self.comparison {
            Comparison::AtLeast => count >= self.threshold,
            Comparison::AtMost => count <= self.threshold,
        }
    }

    /// What a look at `now` counts, by the records' own times.
    #[must_use]
    pub fn window(&self, now: Timestamp) -> TimeRange {
        let to = now.plus_seconds(-ALERT_SETTLE_SECONDS);
        TimeRange { from: to.plus_seconds(-self.window_seconds()), to }
    }

    #[must_use]
    pub fn window_seconds(&self) -> i64 {
        i64::from(self.window_minutes) * 60
    }
}

// === impl Comparison ===

impl Comparison {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(comparison: Comparison, threshold: u64, window_minutes: u32) -> Rule {
        Rule { query: String::new(), comparison, threshold, window_minutes }
    }

    #[test]
    fn a_rule_that_says_nothing_or_too_much_is_none() {
        let check = |comparison, threshold, minutes, expected| {
            assert_eq!(rule(comparison, threshold, minutes).hold(), expected, "{comparison} {threshold} in {minutes}");
        };
        check(Comparison::AtLeast, 1, 1, Ok(()));
        check(Comparison::AtMost, 0, ALERT_WINDOW_MINUTES_MAX, Ok(()));
        check(Comparison::AtLeast, 0, 1, Err(RuleError::Always));
        check(Comparison::AtLeast, 1, 0, Err(RuleError::Window));
        check(Comparison::AtMost, 1, ALERT_WINDOW_MINUTES_MAX + 1, Err(RuleError::Window));
        check(Comparison::AtMost, ALERT_THRESHOLD_MAX + 1, 1, Err(RuleError::Threshold));
        let long = Rule { query: "a".repeat(ALERT_QUERY_BYTES_MAX + 1), ..rule(Comparison::AtLeast, 1, 1) };
        assert_eq!(long.hold(), Err(RuleError::Query));
    }

    #[test]
    fn the_threshold_itself_fires() {
        let fires = |comparison| [1, 2, 3].map(|count| rule(comparison, 2, 1).fires(count));
        assert_eq!(fires(Comparison::AtLeast), [false, true, true]);
        assert_eq!(fires(Comparison::AtMost), [true, true, false]);
    }

    #[test]
    fn a_window_leaves_out_what_is_on_its_way() {
        let now = Timestamp::from_nanos(0).plus_seconds(1_000);
        let window = rule(Comparison::AtLeast, 1, 2).window(now);
        assert_eq!(now.seconds_since(window.to), ALERT_SETTLE_SECONDS);
        assert_eq!(window.to.seconds_since(window.from), 120);
    }
}

//! What a check is: the falsifier of a promise, beside the control that keeps it.
//!
//! Always holds: an observation names no tenant, no source, no person and no address, except in `details`, which are for
//! whoever runs the installation and are never published.

use std::borrow::Cow;

use crate::Timestamp;

/// Tries to show that a control is broken.
pub trait Check: Send + Sync {
    /// Stable and dotted, crate first: `seal.data-keys-end`.
    fn id(&self) -> &'static str;

    fn vantage(&self) -> Vantage;

    /// Looks at the running system. Blocks, for seconds at most, and bounds its own work.
    fn look(&self, now: Timestamp) -> Observation;

    /// Looks, with the same code, at a system whose control is broken on purpose. Whatever finds nothing there cannot find
    /// anything, and what it said of the running system is void.
    fn look_at_twin(&self, now: Timestamp) -> Observation;
}

/// From where a check looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vantage {
    /// Inside the process: its state, its files, its catalogs.
    Inside,
    /// Over a connection, as a stranger would.
    Outside,
}

/// What one look showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub verdict: Verdict,
    /// One sentence for everybody.
    pub summary: String,
    /// What was gone through, in the order that it matters.
    pub counts: Vec<Count>,
    /// What exactly is wrong, for the operator alone; bounded by [`Observation::DETAILS_MAX`].
    pub details: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that was gone through is as promised.
    Held,
    /// At least one thing is not.
    Broken,
    /// Nothing can be said: there was nothing to look at, or it could not be looked at.
    NotRun,
}

/// So many of so many. Without a whole, a number that is only told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub what: Cow<'static, str>,
    pub counted: u64,
    pub whole: Option<u64>,
}

// === impl Vantage ===

impl Vantage {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
        }
    }
}

// === impl Observation ===

impl Observation {
    pub const DETAILS_MAX: usize = 20;

    #[must_use]
    pub fn held(summary: impl Into<String>) -> Self {
        Self::new(Verdict::Held, summary)
    }

    #[must_use]
    pub fn broken(summary: impl Into<String>) -> Self {
        Self::new(Verdict::Broken, summary)
    }

    #[must_use]
    pub fn not_run(summary: impl Into<String>) -> Self {
        Self::new(Verdict::NotRun, summary)
    }

    /// Held if all of a whole that is not empty are as promised, broken if one is not.
    #[must_use]
    pub fn all(what: &'static str, good: u64, whole: u64) -> Self {
        let summary = format!("{good} of {whole} {what}");
        let verdict = match (good, whole) {
            (_, 0) => Verdict::NotRun,
            (good, whole) if good == whole => Verdict::Held,
            _ => Verdict::Broken,
        };
        Self::new(verdict, summary).counting(what, good, Some(whole))
    }

    #[must_use]
    pub fn counting(mut self, what: impl Into<Cow<'static, str>>, counted: u64, whole: Option<u64>) -> Self {
        self.counts.push(Count { what: what.into(), counted, whole });
        self
    }

    /// Adds what the operator is told; beyond the bound, nothing.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if self.details.len() < Self::DETAILS_MAX {
            self.details.push(detail.into());
        }
        self
    }

    #[must_use]
    pub fn with_details(self, details: impl IntoIterator<Item = String>) -> Self {
        details.into_iter().fold(self, Self::detail)
    }

    /// Two parts of one look: broken if either is, and held if one is and the other had nothing to look at.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.verdict = match (self.verdict, other.verdict) {
            (Verdict::Broken, _) | (_, Verdict::Broken) => Verdict::Broken,
            (Verdict::Held, _) | (_, Verdict::Held) => Verdict::Held,
            (Verdict::NotRun, Verdict::NotRun) => Verdict::NotRun,
        };
        self.summary = format!("{}; {}", self.summary, other.summary);
        self.counts.extend(other.counts);
        self.with_details(other.details)
    }

    /// What was said of several twins, each broken in its own way: broken only if all were found out, or else what was said
    /// of the first that was not.
    #[must_use]
    pub fn of_twins(twins: impl IntoIterator<Item = Self>) -> Self {
        let mut found_out = 0;
        for twin in twins {
            if twin.verdict != Verdict::Broken {
                return twin;
            }
            found_out += 1;
        }
        match found_out {
            0 => Self::not_run("there is no twin"),
            _ => Self::broken("every twin was found out").counting("twins", found_out, Some(found_out)),
        }
    }

    fn new(verdict: Verdict, summary: impl Into<String>) -> Self {
        Self { verdict, summary: summary.into(), counts: Vec::new(), details: Vec::new() }
    }
}

// === impl Verdict ===

impl Verdict {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::NotRun => "not-run",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_nothing_is_not_held() {
        assert_eq!(Observation::all("listeners", 0, 0).verdict, Verdict::NotRun);
        assert_eq!(Observation::all("listeners", 1, 2).verdict, Verdict::Broken);
        assert_eq!(Observation::all("listeners", 2, 2).verdict, Verdict::Held);
    }

    #[test]
    fn a_part_that_is_broken_breaks_the_look() {
        let [held, broken, none] = [Observation::held("a"), Observation::broken("b"), Observation::not_run("c")];
        assert_eq!(held.clone().and(broken).verdict, Verdict::Broken);
        assert_eq!(none.clone().and(none.clone()).verdict, Verdict::NotRun);
        let both = none.and(held);
        assert_eq!((both.verdict, both.summary.as_str()), (Verdict::Held, "c; a"));
    }

    #[test]
    fn one_twin_that_is_not_found_out_is_enough() {
        let twins = |last: Observation| Observation::of_twins([Observation::broken("a"), last]).verdict;
        assert_eq!(twins(Observation::broken("b")), Verdict::Broken);
        assert_eq!(twins(Observation::held("b")), Verdict::Held);
        assert_eq!(twins(Observation::not_run("b")), Verdict::NotRun);
        assert_eq!(Observation::of_twins([]).verdict, Verdict::NotRun);
    }

    #[test]
    fn what_the_operator_is_told_is_bounded() {
        let told = Observation::broken("many").with_details((0..1000).map(|i| i.to_string()));
        assert_eq!(told.details.len(), Observation::DETAILS_MAX);
    }
}

//! What a claim is worth at the moment somebody asks, whatever was stored.
//!
//! Always holds: a result older than the budget, or from the future, is stale; one for other words than those shown is
//! none; while a failure is sealed nothing but a pass ends it; a worse result that could not be published is not hidden.

use claims::State;
use model::Timestamp;
use model::limits::RESULT_AHEAD_SECONDS_MAX;

use crate::store::{Embargo, Kept};

/// All that decides.
#[derive(Debug)]
pub(crate) struct Basis<'a> {
    /// The newest that the public log has.
    pub(crate) newest: Option<&'a Kept>,
    /// Of a newer one that the log does not have yet.
    pub(crate) awaiting: Option<State>,
    pub(crate) embargo: Option<&'a Embargo>,
    /// Digest of the sentence as it is shown.
    pub(crate) sentence: &'a str,
    pub(crate) budget_seconds: i64,
}

// === impl Basis ===

impl Basis<'_> {
    pub(crate) fn state(&self, now: Timestamp) -> State {
        let Some(newest) = self.newest else { return State::Unknown };
        let is_sealed = self.embargo.is_some_and(|embargo| embargo.is_open(now)) || newest.state == State::SealedFail;
        if is_sealed && newest.state != State::Pass {
            return State::SealedFail;
        }
        if newest.sentence != self.sentence {
            return State::Unknown;
        }
        if self.awaiting.is_some_and(|state| state != State::Pass) {
            return State::Unknown;
        }
        if is_stale(newest.started, self.budget_seconds, now) { State::Stale } else { newest.state }
    }
}

/// Whether a result from then counts no more.
pub(crate) fn is_stale(at: Timestamp, budget_seconds: i64, now: Timestamp) -> bool {
    let age = now.seconds_since(at);
    age < -RESULT_AHEAD_SECONDS_MAX || age > budget_seconds
}

// === impl Embargo ===

impl Embargo {
    /// A clock that was set back does not make an embargo longer.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        now < self.until && now.seconds_since(self.began) >= -RESULT_AHEAD_SECONDS_MAX
    }
}

//! SQL queries whose clients come back for the results: what became of each, in memory.
//!
//! | state | becomes |
//! |---|---|
//! | queued | running, failed, cancelled |
//! | running | succeeded, failed, cancelled |
//!
//! Always holds: a query is known to whoever asked it and to nobody else; nothing of one is written anywhere, so none
//! survives the server; how many there are and what their results hold is bounded, for each asker and for the node, and
//! where room is needed the oldest goes of whoever holds the most.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use identity::Whose;
use model::{Clock, Scope, Timestamp, limits};
use parking_lot::Mutex;
use search::{Cancel, Cancelled};

use crate::problem::Problem;

mod rows;

pub(crate) use rows::Rows;

/// Between two looks at what is over.
const SWEEP: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct SqlQueries {
    kept: Mutex<Kept>,
    /// Whether somebody forgets what is over.
    is_swept: AtomicBool,
}

/// The oldest first.
#[derive(Default)]
struct Kept(Vec<SqlQuery>);

#[derive(Clone)]
pub(crate) struct SqlQuery {
    pub(crate) id: String,
    pub(crate) owner: Whose,
    /// What it asks.
    pub(crate) scope: Scope,
    pub(crate) text: String,
    pub(crate) asked_at: Timestamp,
    pub(crate) state: State,
    began_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

#[derive(Clone)]
pub(crate) enum State {
    Queued,
    Running(Cancel),
    Succeeded(Arc<Rows>),
    Failed { code: &'static str, reason: String },
    Cancelled,
}

// === impl SqlQuery ===

impl SqlQuery {
    pub(crate) fn new(id: String, owner: Whose, (scope, text): (Scope, String), asked_at: Timestamp) -> Self {
        Self { id, owner, scope, text, asked_at, state: State::Queued, began_at: None, ended_at: None }
    }

    /// For how long it ran until its end, or until now.
    pub(crate) fn milliseconds(&self, now: Timestamp) -> i64 {
        let until = self.ended_at.unwrap_or(now).nanos();
        self.began_at.map_or(0, |began| until.saturating_sub(began.nanos()).max(0) / 1_000_000)
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Queued | State::Running(_))
    }

    fn bytes(&self) -> usize {
        let rows = if let State::Succeeded(rows) = &self.state { rows.bytes() } else { 0 };
        rows + self.text.len()
    }

    /// One that never came to its end, by a defect, goes too.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ended_at.unwrap_or(self.asked_at).plus_seconds(limits::SQL_QUERY_SECONDS)
    }
}

// === impl State ===

impl State {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running(_) => "RUNNING",
            Self::Succeeded(_) => "SUCCEEDED",
            Self::Failed { .. } => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

// === impl SqlQueries ===

impl SqlQueries {
    /// Takes a query in, if whoever asks it has not too many open.
    pub(crate) fn admit(&self, query: SqlQuery) -> Result<(), Problem> {
        let mut kept = self.kept.lock();
        kept.forget(query.asked_at);
        let own = || kept.0.iter().filter(|other| other.owner == query.owner);
        if own().filter(|other| other.is_open()).count() >= limits::SQL_QUERIES_OPEN_MAX {
            let detail = format!("{} of your queries have not ended; wait for one, or cancel it", limits::SQL_QUERIES_OPEN_MAX);
            return Err(Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "too_many_queries", detail).retry_after(1));
        }
        if own().count() >= limits::SQL_QUERIES_MAX {
            kept.drop_oldest_of(query.owner);
        }
        if kept.0.len() >= limits::SQL_QUERIES_NODE_MAX && !kept.drop_of_largest(|_| 1) {
            return Err(Problem::busy("too many queries have not ended; try again in a moment"));
        }
        kept.0.push(query);
        Ok(())
    }

    /// Whether it may begin: somebody may have cancelled it while it waited.
    pub(crate) fn begin(&self, id: &str, cancel: Cancel, now: Timestamp) -> bool {
        let mut kept = self.kept.lock();
        let Some(query) = kept.0.iter_mut().find(|query| query.id == id && matches!(query.state, State::Queued)) else {
            return false;
        };
        query.began_at = Some(now);
        query.state = State::Running(cancel);
        true
    }

    /// What came of it counts, unless somebody cancelled it before.
    pub(crate) fn end(&self, id: &str, state: State, now: Timestamp) {
        let mut kept = self.kept.lock();
        let Some(query) = kept.0.iter_mut().find(|query| query.id == id && query.is_open()) else { return };
        query.state = state;
        query.ended_at = Some(now);
        let owner = query.owner;
        kept.shrink(owner);
    }

    /// Cancels one that is open; the query as it is then.
    pub(crate) fn cancel(&self, owner: Whose, id: &str, now: Timestamp) -> Option<SqlQuery> {
        let mut kept = self.kept.lock();
        let query = kept.0.iter_mut().find(|query| query.owner == owner && query.id == id && query.is_open())?;
        if let State::Running(cancel) = &query.state {
            cancel.stop(Cancelled::Abandoned);
        }
        query.state = State::Cancelled;
        query.ended_at = Some(now);
        Some(query.clone())
    }

    pub(crate) fn find(&self, owner: Whose, id: &str, now: Timestamp) -> Option<SqlQuery> {
        let mut kept = self.kept.lock();
        kept.forget(now);
        kept.0.iter().find(|query| query.owner == owner && query.id == id).cloned()
    }

    /// The newest first.
    pub(crate) fn all(&self, owner: Whose, now: Timestamp) -> Vec<SqlQuery> {
        let mut kept = self.kept.lock();
        kept.forget(now);
        kept.0.iter().rev().filter(|query| query.owner == owner).cloned().collect()
    }

    /// Forgets what is over, until nothing is left; one at a time does.
    pub(crate) async fn sweep(&self, clock: &dyn Clock) {
        if self.is_swept.swap(true, Ordering::AcqRel) {
            return;
        }
        loop {
            tokio::time::sleep(SWEEP).await;
            let mut kept = self.kept.lock();
            kept.forget(clock.now());
            if kept.0.is_empty() {
                self.is_swept.store(false, Ordering::Release);
                return;
            }
        }
    }
}

// === impl Kept ===

impl Kept {
    fn forget(&mut self, now: Timestamp) {
        self.0.retain(|query| !query.is_over(now));
    }

    /// Makes the results fit: the newest does by itself.
    fn shrink(&mut self, owner: Whose) {
        let bytes = |kept: &Self, of: Option<Whose>| -> usize {
            kept.0.iter().filter(|query| of.is_none_or(|of| query.owner == of)).map(SqlQuery::bytes).sum()
        };
        while bytes(self, Some(owner)) > limits::SQL_RESULTS_BYTES_MAX && self.drop_oldest_of(owner) {}
        while bytes(self, None) > limits::SQL_RESULTS_NODE_BYTES_MAX && self.drop_of_largest(SqlQuery::bytes) {}
    }

    fn drop_oldest_of(&mut self, owner: Whose) -> bool {
        let ended = self.0.iter().position(|query| query.owner == owner && !query.is_open());
        ended.map(|at| self.0.remove(at)).is_some()
    }

    /// Whoever asks little keeps what they asked, however much others do.
    fn drop_of_largest(&mut self, weight: impl Fn(&SqlQuery) -> usize) -> bool {
        let mut held: HashMap<Whose, usize> = HashMap::new();
        for query in self.0.iter().filter(|query| !query.is_open()) {
            *held.entry(query.owner).or_default() += weight(query);
        }
        let largest = held.into_iter().max_by_key(|(_, weight)| *weight);
        largest.is_some_and(|(owner, _)| self.drop_oldest_of(owner))
    }
}

#[cfg(test)]
mod tests;

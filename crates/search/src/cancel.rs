//! Stops a query from outside: its time is over, or nobody waits for the answer any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const RUNNING: u8 = 0;
const TIMED_OUT: u8 = 1;
const ABANDONED: u8 = 2;

/// Shared between the one who waits and the one who works.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicU8>);

/// Why a query was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cancelled {
    #[error("the query took longer than {} seconds; ask for a shorter time range", model::limits::QUERY_SECONDS_MAX)]
    TimedOut,
    #[error("the query was cancelled")]
    Abandoned,
}

// === impl Cancel ===

impl Cancel {
    /// Stops the query at its next batch; a later call changes nothing.
    pub fn stop(&self, reason: Cancelled) {
        let code = match reason {
            Cancelled::TimedOut => TIMED_OUT,
            Cancelled::Abandoned => ABANDONED,
        };
        let _ = self.0.compare_exchange(RUNNING, code, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub fn check(&self) -> Result<(), Cancelled> {
        match self.0.load(Ordering::Relaxed) {
            RUNNING => Ok(()),
            TIMED_OUT => Err(Cancelled::TimedOut),
            _ => Err(Cancelled::Abandoned),
        }
    }
}

//! What was refused at a source's door while somebody looks, for whoever sets up a client and wonders why nothing comes.
//!
//! Always holds: only what is refused at sources that somebody looks at is kept, so a stranger fills no memory with sources
//! that they name; of a request its refusal, its address and what may be shown of a well-formed key are kept, nothing of
//! its body; and all of it is gone some minutes after the last look.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use factor::FailedKeys;
use model::{SourceId, Timestamp, limits};
use parking_lot::Mutex;

use crate::caller::Caller;
use crate::failed_keys::TOO_MANY_FAILED_KEYS;
use crate::handlers::credential_of;
use crate::problem::Problem;
use crate::turned_away::Attempts;

#[derive(Default)]
pub(crate) struct Refusals {
    watched: Mutex<HashMap<SourceId, Watch>>,
    /// Keys that did not count at receivers, by address, whether or not anybody looks.
    pub(crate) failed_keys: Mutex<FailedKeys>,
    /// Those of the server's own checks, which hammer on by trade.
    pub(crate) failed_keys_of_checks: Mutex<FailedKeys>,
    /// What ended before anything could be refused by name.
    pub(crate) attempts: Arc<Attempts>,
}

/// One source that is looked at.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) since: Timestamp,
    looked_at: Timestamp,
    /// The newest first.
    pub(crate) kept: VecDeque<Refusal>,
    /// Older ones that there was no room for.
    pub(crate) left_out: u64,
}

#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) at: Timestamp,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) key: Option<String>,
    /// More than once only where an address is told to wait.
    pub(crate) times: u64,
    pub(crate) address: Option<IpAddr>,
}

/// Who is at which door.
pub(crate) struct Knock<'a> {
    pub(crate) source: SourceId,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: &'a Caller,
}

// === impl Refusals ===

impl Refusals {
    pub(crate) fn beside(attempts: Arc<Attempts>) -> Self {
        Self { attempts, ..Self::default() }
    }

    /// What was refused since the first look; this is one.
    pub(crate) fn look(&self, source: SourceId, now: Timestamp) -> Watch {
        let mut watched = self.watched.lock();
        watched.retain(|_, watch| !watch.is_over(now));
        if !watched.contains_key(&source) && watched.len() >= limits::REFUSALS_SOURCES_MAX {
            let oldest = watched.iter().min_by_key(|(_, watch)| watch.looked_at).map(|(source, _)| *source);
            oldest.map(|oldest| watched.remove(&oldest));
        }
        let watch =
            watched.entry(source).or_insert_with(|| Watch { since: now, looked_at: now, kept: VecDeque::new(), left_out: 0 });
        watch.looked_at = now;
        watch.clone()
    }

    pub(crate) fn note(&self, knock: &Knock<'_>, problem: &Problem, now: Timestamp) {
        let key = || credential_of(knock.headers).map(|credential| credential.shown());
        self.note_of(knock.source, (knock.caller, key), problem, now);
    }

    /// The same of a protocol without headers; `key` says what may be shown of the credential.
    pub(crate) fn note_of(
        &self,
        source: SourceId,
        (caller, key): (&Caller, impl FnOnce() -> Option<String>),
        problem: &Problem,
        now: Timestamp,
    ) {
        let mut watched = self.watched.lock();
        let Some(watch) = watched.get_mut(&source) else { return };
        if watch.is_over(now) {
            watched.remove(&source);
            return;
        }
        let times = 1 + watch.take_like(problem, caller);
        watch.kept.push_front(Refusal {
            at: now,
            times,
            status: problem.status().as_u16(),
            code: problem.code,
            detail: problem.told(),
            key: key(),
            address: caller.address,
        });
        if watch.kept.len() > limits::REFUSALS_KEPT_MAX {
            watch.kept.pop_back();
            watch.left_out += 1;
        }
    }
}

// === impl Watch ===

impl Watch {
    /// Takes out what is kept of an address that was told to wait before, so that whoever hammers on leaves room for
    /// others; says how often it was.
    fn take_like(&mut self, problem: &Problem, caller: &Caller) -> u64 {
        let like = |one: &Refusal| one.code == TOO_MANY_FAILED_KEYS && one.address == caller.address;
        let before = self.kept.iter().position(like).filter(|_| problem.code == TOO_MANY_FAILED_KEYS);
        before.and_then(|at| self.kept.remove(at)).map_or(0, |one| one.times)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now.nanos().saturating_sub(self.looked_at.nanos()) > limits::REFUSALS_SECONDS * 1_000_000_000
    }
}

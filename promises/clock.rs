//! Waiting for a process that is not ours.
#![expect(clippy::disallowed_methods, reason = "promises look at a real process on a real clock")]

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment after which a promise is broken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

// === impl Deadline ===

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub(crate) fn passed(self) -> bool {
        Instant::now() > self.0
    }
}

pub(crate) fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// What `look` finds, as soon as it finds something.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(!deadline.passed(), "not within {limit:?}: {what}");
        pause(5);
    }
}

/// Seconds since 1970, as an authenticator app counts them.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What `work` comes to, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

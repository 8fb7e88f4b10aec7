//! Waiting for a process that is not ours, and putting its clock ahead.
#![expect(clippy::disallowed_methods, reason = "promises look at a real process on a real clock")]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment after which a promise is broken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

/// Loaded before a program it moves the time of day, and not the clock by which it waits.
const AHEAD: &str = "
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (done == 0 && clock == CLOCK_REALTIME) now->tv_sec += SECONDS;
    return done;
}
";

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

/// What a program's environment needs for its clock to be so many seconds ahead. The library for it is left in `folder`.
pub(crate) fn ahead(folder: &Path, seconds: u64) -> Vec<(&'static str, OsString)> {
    let (source, library) = (folder.join("ahead.c"), folder.join("ahead.so"));
    fs::write(&source, AHEAD).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", &format!("-DSECONDS={seconds}"), "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().unwrap().success(), "a C compiler makes a library");
    vec![("LD_PRELOAD", library.into())]
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

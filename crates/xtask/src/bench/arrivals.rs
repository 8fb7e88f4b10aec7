//! What comes at its own moments, whatever became of what came before: the time of each counts from when it was due.
#![expect(clippy::disallowed_methods, reason = "the benchmark measures on a real clock")]

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    /// In order of size, once it is over.
    milliseconds: Vec<f64>,
    /// Answered with a word to come again later.
    pub(super) busy: u64,
    seconds: f64,
}

/// One answer.
pub(super) enum Answered {
    Done,
    Busy,
}

/// Lets `rate` a second come while `meanwhile` runs, each worker one at a time; `act` is told the number of its turn.
pub(super) fn beside<W: Send, T>(
    rate: f64,
    workers: Vec<W>,
    act: impl Fn(&mut W, u64) -> Result<Answered> + Sync,
    meanwhile: impl FnOnce() -> Result<T>,
) -> Result<(T, Arrived)> {
    let (over, next, all) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::new(Arrived::default()));
    let begun = Instant::now();
    let work = |mut worker: W| -> Result<()> {
        while !over.load(Ordering::Relaxed) {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let due = begun + Duration::from_secs_f64(turn as f64 / rate);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let answered = act(&mut worker, turn)?;
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            match answered {
                Answered::Done => all.milliseconds.push(due.elapsed().as_secs_f64() * 1e3),
                Answered::Busy => all.busy += 1,
            }
        }
        Ok(())
    };
    let (done, seconds) = thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = workers.into_iter().map(|worker| scope.spawn(move || work(worker))).collect();
        let done = meanwhile();
        over.store(true, Ordering::Relaxed);
        let seconds = begun.elapsed().as_secs_f64();
        for worker in workers {
            worker.join().unwrap_or_else(|_| bail!("a worker panicked"))?;
        }
        done.map(|done| (done, seconds))
    })?;
    let mut arrived = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    arrived.milliseconds.sort_by(f64::total_cmp);
    Ok((done, Arrived { seconds, ..arrived }))
}

// === impl Arrived ===

impl Arrived {
    pub(super) fn rate(&self) -> f64 {
        self.milliseconds.len() as f64 / self.seconds
    }

    /// The time within which this share was answered.
    pub(super) fn within(&self, share: f64) -> f64 {
        let place = (self.milliseconds.len() as f64 * share) as usize;
        self.milliseconds.get(place.min(self.milliseconds.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn as_json(&self) -> Value {
        json!({"per_second": self.rate(), "p50_ms": self.within(0.5), "p99_ms": self.within(0.99), "busy": self.busy})
    }
}

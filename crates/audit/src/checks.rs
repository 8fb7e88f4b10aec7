//! Looks whether the trail still is what was signed of it: every entry, hash and checkpoint of every log.
//!
//! Always holds: a log that was found wrong stays wrong until it was looked at again; a log that is gone is found, and so is
//! one that was put back to what it was before the last look. What was rewritten before this process began, with the root
//! key in hand, only witnesses and the public log's anchors show.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::limits::LOOK_TRAIL_ENTRIES;
use model::{Check, Entropy, Observation, Timestamp, Vantage};

use crate::trail::Log;
use crate::verify::Report;

mod twin;

/// Whoever holds a trail and lets it be looked at.
pub trait Trails: Send + Sync {
    /// Every log, with how many entries it has.
    fn logs(&self) -> Result<Vec<(Log, u64)>, String>;

    /// Signs what the log is now, looks at all of it, and holds it against checkpoints from earlier. Gives the new one.
    fn verify(&self, log: Log, earlier: &[String], now: Timestamp) -> Result<(Report, String), String>;
}

/// The falsifiers of what is said about the trail.
#[must_use]
pub fn checks(trails: Arc<dyn Trails>, entropy: Arc<dyn Entropy>) -> Vec<Box<dyn Check>> {
    vec![Box::new(TrailVerifies { trails, entropy, seen: Mutex::default() })]
}

struct TrailVerifies {
    trails: Arc<dyn Trails>,
    entropy: Arc<dyn Entropy>,
    seen: Mutex<Seen>,
}

/// What earlier looks saw.
#[derive(Default)]
struct Seen {
    logs: BTreeMap<String, Looked>,
    /// The log that was looked at last; the next look begins behind it.
    last: Option<String>,
}

struct Looked {
    checkpoint: String,
    entries: u64,
    findings: Vec<String>,
}

// === impl TrailVerifies ===

impl Check for TrailVerifies {
    fn id(&self) -> &'static str {
        "audit.trail-verifies"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.look_at(&*self.trails, now).unwrap_or_else(unreadable)
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        twin::look_at(&self.entropy, now)
    }
}

// === impl Seen ===

impl Seen {
    /// Looks at as many logs as fit into the budget, at one at least, and says what is known of all.
    fn look_at(&mut self, trails: &dyn Trails, now: Timestamp) -> Result<Observation, String> {
        let mut logs: Vec<(String, Log, u64)> =
            trails.logs()?.into_iter().map(|(log, entries)| (log.key(), log, entries)).collect();
        logs.sort_by(|a, b| a.0.cmp(&b.0));
        let next = logs.iter().position(|(key, ..)| Some(key) > self.last.as_ref()).unwrap_or(0);
        logs.rotate_left(next);
        let mut left = LOOK_TRAIL_ENTRIES;
        for (number, (key, log, entries)) in logs.iter().enumerate() {
            if number > 0 && *entries > left {
                break;
            }
            left = left.saturating_sub(*entries);
            let earlier: Vec<String> = self.logs.get(key).map(|looked| looked.checkpoint.clone()).into_iter().collect();
            let (report, checkpoint) = trails.verify(*log, &earlier, now)?;
            let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            // A wrong log keeps the checkpoint that it does not fit.
            let checkpoint = earlier.into_iter().next().filter(|_| !findings.is_empty()).unwrap_or(checkpoint);
            self.logs.insert(key.clone(), Looked { checkpoint, entries: report.size, findings });
            self.last = Some(key.clone());
        }
        Ok(self.tell(&logs))
    }

    fn tell(&self, logs: &[(String, Log, u64)]) -> Observation {
        let gone = self.logs.keys().filter(|key| !logs.iter().any(|(there, ..)| there == *key));
        let gone: Vec<String> = gone.map(|key| format!("{key}: the log is gone")).collect();
        let told = self.logs.iter().flat_map(|(key, one)| one.findings.iter().map(move |finding| format!("{key}: {finding}")));
        let told: Vec<String> = gone.iter().cloned().chain(told).collect();
        let sound = self.logs.values().filter(|one| one.findings.is_empty()).count() - gone.len().min(self.logs.len());
        let whole = self.logs.len().max(logs.len()) as u64;
        let entries = self.logs.values().map(|one| one.entries).sum();
        let summary = format!("{sound} of {whole} logs of the audit trail are what was signed of them");
        let observation = if !told.is_empty() {
            Observation::broken(summary)
        } else if sound as u64 == whole && whole > 0 {
            Observation::held(summary)
        } else {
            Observation::not_run(format!("{summary}; the others are not gone through yet"))
        };
        observation
            .counting("logs of the audit trail that verify", sound as u64, Some(whole))
            .counting("entries gone through", entries, None)
            .with_details(told)
    }
}

fn unreadable(why: String) -> Observation {
    Observation::not_run("the audit trail could not be looked at").detail(why)
}

//! Delivers a batch: tries again while the server is away or busy, and splits what it refuses until only the records
//! that are wrong are left.
//!
//! Always holds: every try of the same records has the same idempotency key, so they are stored once. A batch is done
//! when each of its records was taken or refused for itself.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::limits;
use seal::SystemEntropy;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::batch::{Batch, RefusedLine};
use super::recognise::Recogniser;
use crate::client::backoff::Backoff;
use crate::client::connection::{Connection, Frames, FramesAnswer};
use crate::client::failure::{Failure, Problem};

/// Shared by the batches under way.
#[derive(Debug, Clone)]
pub(super) struct Uploader {
    pub(super) connection: Connection,
    pub(super) recogniser: Arc<Recogniser>,
    /// Whether the server took anything yet: a wrong address shows sooner than a server that went away.
    pub(super) reached: Arc<AtomicBool>,
    /// Becomes true when the user asks for the end.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) waits: mpsc::UnboundedSender<Wait>,
}

/// Why a batch is not under way for the moment, for whoever watches.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) reason: String,
    pub(super) length: Duration,
}

#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) batch: Batch,
    pub(super) accepted: u64,
    /// By the server, or before.
    pub(super) refused: Vec<RefusedLine>,
}

/// What to do with records that the server refused.
#[derive(Debug, PartialEq, Eq)]
enum Split {
    /// It is the record's own fault.
    Alone,
    /// These again, each for itself.
    Pieces(Vec<Range<usize>>),
}

// === impl Uploader ===

impl Uploader {
    pub(super) async fn deliver(self, mut batch: Batch) -> Result<Delivered, Failure> {
        let mut refused = std::mem::take(&mut batch.refused);
        let mut accepted = 0;
        let whole = 0..batch.records();
        let mut left = if whole.is_empty() { Vec::new() } else { vec![whole] };
        while let Some(records) = left.pop() {
            let frames = batch.frames(&records, &self.recogniser).map_err(Failure::file("compress lines of", "the input"))?;
            let Some(problem) = self.send(&frames).await? else {
                accepted += records.len() as u64;
                continue;
            };
            match split(&records, problem.record) {
                Split::Alone => refused.push(batch.refuse(records.start, &problem.to_string())),
                Split::Pieces(pieces) => {
                    if let Some(record) = wrong_record(&records, problem.record) {
                        refused.push(batch.refuse(record, &problem.to_string()));
                    }
                    left.extend(pieces.into_iter().rev());
                }
            }
        }
        refused.sort_by_key(|line| line.number);
        Ok(Delivered { batch, accepted, refused })
    }

    /// Sends until the server decides; `Some` is its refusal.
    async fn send(&self, frames: &Frames) -> Result<Option<Problem>, Failure> {
        let mut backoff = Backoff::default();
        let mut stop = self.stop.clone();
        let began = Instant::now();
        loop {
            let (failure, asked) = match self.connection.send(frames).await {
                Ok(FramesAnswer::Accepted) => {
                    self.reached.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Ok(FramesAnswer::Refused { problem, .. }) if is_about_records(&problem) => return Ok(Some(problem)),
                Ok(FramesAnswer::Refused { problem, retry_after }) => {
                    let passing = is_passing(problem.status) && !problem.is_of_key();
                    let failure = Failure::Refused(Box::new(problem));
                    if !passing {
                        return Err(failure);
                    }
                    (failure, retry_after)
                }
                Err(failure @ (Failure::Unreachable { .. } | Failure::BrokeOff { .. })) => (failure, None),
                Err(failure) => return Err(failure),
            };
            let reached = self.reached.load(Ordering::Relaxed);
            let patience = if reached { limits::SEND_PATIENCE_SECONDS } else { limits::SEND_FIRST_PATIENCE_SECONDS };
            let length = backoff.wait_at_least(asked, &SystemEntropy);
            if began.elapsed() + length > Duration::from_secs(patience) {
                return Err(failure);
            }
            // Nobody listens once the command ends, and nobody has to.
            drop(self.waits.send(Wait { reason: failure.to_string(), length }));
            tokio::select! {
                () = tokio::time::sleep(length) => {}
                _ = stop.wait_for(|stop| *stop) => return Err(Failure::Interrupted),
            }
        }
    }
}

/// Whether the same request may be taken a moment later.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// Whether other records might be taken: the key, the source and the path are right.
fn is_about_records(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 413 | 422)
}

/// The record that the server names, by its place in the batch.
fn wrong_record(sent: &Range<usize>, named: Option<usize>) -> Option<usize> {
    named.map(|record| sent.start + record).filter(|record| sent.contains(record))
}

/// Where the server names a record, the ones before it are right; of the rest, and where it names none, each half is
/// tried for itself, so that many wrong records cost not much more than few.
fn split(sent: &Range<usize>, named: Option<usize>) -> Split {
    if sent.len() <= 1 {
        return Split::Alone;
    }
    let (before, rest) = match wrong_record(sent, named) {
        Some(record) => (sent.start..record, record + 1..sent.end),
        None => (sent.start..sent.start, sent.clone()),
    };
    let middle = rest.start + rest.len() / 2;
    let pieces = [before, rest.start..middle, middle..rest.end];
    Split::Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left refused, and how many requests it takes, of a server that refuses these records.
    fn deliver(records: usize, wrong: &[usize], names_them: bool) -> (Vec<usize>, usize) {
        let (mut left, mut refused, mut requests) = (Vec::new(), Vec::new(), 0);
        left.push(0..records);
        while let Some(sent) = left.pop() {
            requests += 1;
            let Some(first) = sent.clone().find(|record| wrong.contains(record)) else { continue };
            let named = names_them.then_some(first - sent.start);
            match split(&sent, named) {
                Split::Alone => refused.push(sent.start),
                Split::Pieces(pieces) => {
                    refused.extend(wrong_record(&sent, named));
                    left.extend(pieces);
                }
            }
        }
        refused.sort_unstable();
        (refused, requests)
    }

    #[test]
    fn one_wrong_record_that_is_named_costs_three_more_requests() {
        assert_eq!(deliver(1_000, &[500], true), (vec![500], 4));
        assert_eq!(deliver(1_000, &[0], true), (vec![0], 3));
        assert_eq!(deliver(1_000, &[], true), (vec![], 1));
        assert_eq!(deliver(1, &[0], false), (vec![0], 1));
    }

    #[test]
    fn a_wrong_record_that_is_not_named_is_searched_for() {
        let (refused, requests) = deliver(1_000, &[777], false);
        assert!(refused == [777] && requests <= 21, "{requests}");
    }

    #[test]
    fn a_record_that_was_not_sent_cannot_be_named() {
        assert_eq!(wrong_record(&(10..20), Some(3)), Some(13));
        assert_eq!(wrong_record(&(10..20), Some(10)), None);
        assert_eq!(split(&(10..20), Some(99)), Split::Pieces(vec![10..15, 15..20]));
    }

    proptest! {
        #[test]
        fn exactly_the_wrong_records_are_refused(records in 1usize..60, wrong in proptest::collection::btree_set(0usize..60, 0..60), names in any::<bool>()) {
            let wrong: Vec<usize> = wrong.into_iter().filter(|record| *record < records).collect();
            let (refused, requests) = deliver(records, &wrong, names);
            prop_assert_eq!(refused, wrong);
            prop_assert!(requests <= 2 * records);
        }
    }
}

//! Reads the inputs one after another and makes batches of them, on a thread of its own.
//!
//! Always holds: no more is read than the receiver takes. A wish to stop ends a file where it is, since the next run
//! goes on there, and a pipe after the lines that were read, since nothing brings those back.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ingest::lines::Cutter;
use model::limits;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::batch::{Batch, Origin};
use super::input::{Input, Piece};
use super::recognise::Recogniser;
use crate::client::failure::Failure;

const FLUSH: Duration = Duration::from_millis(limits::SEND_FLUSH_MILLIS);

pub(super) struct Feed {
    pub(super) sources: Vec<FeedSource>,
    pub(super) recogniser: Arc<Recogniser>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) runtime: Handle,
}

/// An input, and where to begin in it.
pub(super) struct FeedSource {
    pub(super) input: Input,
    pub(super) origin: Origin,
    pub(super) offset: u64,
    pub(super) cutter: Cutter,
}

// === impl Feed ===

impl Feed {
    /// Ends with the inputs, with the wish to stop, or when nobody takes batches any more.
    pub(super) fn run(mut self, batches: &mpsc::Sender<Batch>) -> Result<(), Failure> {
        for source in std::mem::take(&mut self.sources) {
            let path = source.input.path.clone();
            let fed = self.feed(source, batches).map_err(Failure::file("read", path))?;
            if !fed || *self.stop.borrow() {
                break;
            }
        }
        Ok(())
    }

    /// Whether there is someone who takes more.
    fn feed(&self, source: FeedSource, batches: &mpsc::Sender<Batch>) -> io::Result<bool> {
        let FeedSource { input, origin, offset, mut cutter } = source;
        let is_file = input.size().is_some();
        let mut reader = input.read_from(offset, &self.runtime, &self.stop)?;
        let mut held_since: Option<Instant> = None;
        let mut ended = false;
        while !ended {
            if is_file && *self.stop.borrow() {
                return Ok(true);
            }
            let patience = held_since.map(|since| FLUSH.saturating_sub(since.elapsed()));
            match reader.next(patience)? {
                Piece::Bytes(bytes) => cutter.push(&bytes),
                Piece::Silence => {}
                Piece::End => {
                    cutter.finish();
                    ended = true;
                }
            }
            if !is_file && held_since.is_some_and(|since| since.elapsed() >= FLUSH) {
                cutter.flush();
            }
            let read = reader.bytes_read();
            while let Some(raw) = cutter.next() {
                held_since = None;
                let batch = Batch::new(raw, &origin, read, &self.recogniser)?;
                if batches.blocking_send(batch).is_err() {
                    return Ok(false);
                }
            }
            held_since = cutter.holds_lines().then(|| held_since.unwrap_or_else(Instant::now));
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::super::recognise::Format;
    use super::*;

    fn feed(stop: bool) -> Vec<usize> {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sources = ["a", "b"].map(|name| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("{name}\n").repeat(3)).unwrap();
            let origin = Origin { input: 0, run: "r".to_owned() };
            FeedSource { input: Input::open(&path).unwrap(), origin, offset: 0, cutter: Cutter::new(0, 0, []) }
        });
        let (_keep, stop) = watch::channel(stop);
        let recogniser = Arc::new(Recogniser::new(Format::Auto, Timestamp::from_nanos(0)));
        let feed = Feed { sources: sources.into(), recogniser, stop, runtime: runtime.handle().clone() };
        let (sender, mut batches) = mpsc::channel(10);
        feed.run(&sender).unwrap();
        drop(sender);
        std::iter::from_fn(|| batches.blocking_recv()).map(|batch| batch.records()).collect()
    }

    #[test]
    fn inputs_are_read_one_after_another_until_someone_stops_it() {
        assert_eq!(feed(false), [3, 3]);
        assert!(feed(true).is_empty());
    }
}

//! Reads the records of a day in order, a stretch of time after another.

use std::collections::VecDeque;

use identity::{ArchiveRecords, ArchiveWrite, Permit};
use model::limits::{ARCHIVE_PAGE_RECORDS, ARCHIVE_SWEEP_SECONDS_MAX, QUERY_WAIT_SECONDS};
use model::{RecordId, TimeRange, Timestamp};
use search::{LookError, ScanError, Sweep};

use super::Stuck;
use crate::app::{App, Places};
use crate::problem::Chain;

/// How much time is read at once: first, at least and at most. It grows where there is little, and shrinks where there is much.
const SECONDS_FIRST: i64 = 60;
const SECONDS_MIN: i64 = 1;
const SECONDS_MAX: i64 = 6 * 3_600;

/// What of a write is read.
#[derive(Debug)]
pub(super) struct Sweeping {
    day: TimeRange,
    bounds: (u64, u64),
    /// What comes next begins here, beyond the cursor.
    at: Timestamp,
    cursor: Option<RecordId>,
    seconds: i64,
    /// Read, and in no object yet.
    read: VecDeque<(RecordId, Vec<u8>)>,
}

/// What there is to go on with.
pub(super) enum Next {
    Record(RecordId, Vec<u8>),
    /// No place among the queries is free.
    Busy,
    /// There is nothing more.
    End,
}

// === impl Sweeping ===

impl Sweeping {
    /// From where the write came to.
    pub(super) fn of(write: &ArchiveWrite) -> Self {
        let (day, cursor) = (write.day().range(), write.cursor());
        let at = cursor.map_or(day.from, |cursor| cursor.timestamp);
        Self { day, bounds: (write.after, write.to), at, cursor, seconds: SECONDS_FIRST, read: VecDeque::new() }
    }

    /// Back to where the write came to.
    pub(super) fn rewind(&mut self, write: &ArchiveWrite) {
        *self = Self { seconds: self.seconds, ..Self::of(write) };
    }

    pub(super) fn is_done(&self) -> bool {
        self.read.is_empty() && self.at >= self.day.to
    }

    pub(super) fn next(&mut self, app: &App, places: &Places, permit: &Permit<ArchiveRecords>) -> Result<Next, Stuck> {
        loop {
            if let Some((id, record)) = self.read.pop_front() {
                return Ok(Next::Record(id, record));
            }
            if self.is_done() {
                return Ok(Next::End);
            }
            let Some(_place) = places.take(QUERY_WAIT_SECONDS) else { return Ok(Next::Busy) };
            self.sweep(app, places, permit)?;
        }
    }

    fn sweep(&mut self, app: &App, places: &Places, permit: &Permit<ArchiveRecords>) -> Result<(), Stuck> {
        let until = self.at.plus_seconds(self.seconds).min(self.day.to);
        let range = TimeRange { from: self.at, to: until };
        let (after, to) = self.bounds;
        let deadline = places.deadline(ARCHIVE_SWEEP_SECONDS_MAX);
        let swept = search::sweep(&app.store, permit, &Sweep { range, after, to, cursor: self.cursor }, &deadline.cancel());
        let swept = match swept {
            Ok(swept) => swept,
            Err(LookError::Scan(ScanError::Cancelled(_))) if self.seconds > SECONDS_MIN => {
                self.seconds = (self.seconds / 8).max(SECONDS_MIN);
                return Ok(());
            }
            Err(error) => return Err(stuck(&error)),
        };
        let found = swept.records.len();
        self.cursor = swept.records.last().map(|(id, _)| *id).or(self.cursor);
        self.read = swept.records.into();
        match swept.next {
            Some(next) => {
                (self.at, self.cursor) = (next.timestamp, Some(next));
                self.seconds = (self.seconds / 2).max(SECONDS_MIN);
            }
            None => {
                self.at = until;
                if found < ARCHIVE_PAGE_RECORDS / 4 {
                    self.seconds = (self.seconds * 2).min(SECONDS_MAX);
                }
            }
        }
        Ok(())
    }
}

/// Why records could not be read, as a code.
pub(super) fn stuck(error: &LookError) -> Stuck {
    Stuck(match error {
        LookError::Scan(ScanError::Cancelled(_)) => "query_timeout",
        LookError::Unreadable(_) => "records_unreadable",
        LookError::Scan(ScanError::Source(_)) | LookError::TooMany | LookError::LongValue => {
            tracing::error!(error = %Chain(error), "a source could not be archived");
            "internal"
        }
    })
}

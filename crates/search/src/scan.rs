//! Walks one source's records: its fresh rows and the unpruned pages of its parts, evaluating a predicate on each batch.
//!
//! Always holds: a record outside the time range is never matched; memory is one batch of the columns asked for.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::Int64Type;
use model::{TimeRange, Timestamp};
use store::{ColumnKey, Columns, FreshRows, LivePart, Part, PartError, Projection, RecoverError, RowRanges, Store, View};

use crate::cancel::{Cancel, Cancelled};
use crate::predicate::Predicate;
use crate::prune;

/// What a query did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub rows_scanned: u64,
    pub rows_matched: u64,
    pub parts_read: usize,
    /// Parts of the time range that the index or the order of the answer ruled out.
    pub parts_pruned: usize,
    /// Parts of the time range that are damaged, so that their records are missing from the answer.
    pub parts_unreadable: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("the source could not be opened")]
    Source(#[from] RecoverError),
}

/// One query over one source at one moment.
pub(crate) struct Scan<'a> {
    pub(crate) store: &'a Store,
    pub(crate) view: View,
    pub(crate) predicate: &'a Predicate,
    pub(crate) range: TimeRange,
    pub(crate) cancel: &'a Cancel,
    pub(crate) stats: Stats,
    /// Only records that arrived after this one, and no later than that one.
    pub(crate) after_sequence: u64,
    pub(crate) to_sequence: u64,
    /// Of each part, only one page in this many.
    pub(crate) sample_every: usize,
}

/// Where a row lies.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    Part(Arc<Part>),
    Fresh(FreshRows),
}

/// Some rows with the predicate's answer for each.
pub(crate) struct Batch<'b> {
    pub(crate) columns: &'b Columns,
    pub(crate) matched: &'b BooleanBuffer,
    /// The place in the origin of each row.
    pub(crate) places: &'b [usize],
}

// === impl Scan ===

impl<'a> Scan<'a> {
    pub(crate) fn new(store: &'a Store, view: View, predicate: &'a Predicate, range: TimeRange, cancel: &'a Cancel) -> Self {
        let stats = Stats { parts_unreadable: view.quarantined, ..Stats::default() };
        Self { store, view, predicate, range, cancel, stats, after_sequence: 0, to_sequence: u64::MAX, sample_every: 1 }
    }

    /// Opens a part; a damaged one is reported, counted, and left out.
    pub(crate) fn open(&mut self, part: &LivePart) -> Option<Arc<Part>> {
        match part.open() {
            Ok(part) => Some(part),
            Err(error) => {
                self.report(&error);
                None
            }
        }
    }

    pub(crate) fn report(&mut self, error: &PartError) {
        self.stats.parts_unreadable += 1;
        self.store.report_part(&self.view, error);
    }

    /// Calls `each` with every batch of the part that may match; `extra` columns come along with the predicate's own.
    pub(crate) fn part(
        &mut self,
        part: &Arc<Part>,
        extra: &[ColumnKey],
        each: &mut dyn FnMut(&Batch<'_>),
    ) -> Result<(), ScanError> {
        let rows = prune::rows(part.index(), self.predicate, &prune::Within::of(self));
        if rows.is_empty() {
            self.stats.parts_pruned += 1;
            return Ok(());
        }
        self.stats.parts_read += 1;
        let available: Vec<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
        let keys = self.keys(&available, extra);
        match self.part_rows(part, &rows, &keys, each) {
            Err(PartScanError::Part(error)) => {
                self.report(&error);
                Ok(())
            }
            Err(PartScanError::Cancelled(cancelled)) => Err(cancelled.into()),
            Ok(()) => Ok(()),
        }
    }

    fn part_rows(
        &mut self,
        part: &Part,
        rows: &RowRanges,
        keys: &[ColumnKey],
        each: &mut dyn FnMut(&Batch<'_>),
    ) -> Result<(), PartScanError> {
        let mut places = rows.iter();
        for columns in part.read(rows, keys)? {
            self.cancel.check()?;
            let columns = columns?;
            let places: Vec<usize> = places.by_ref().take(columns.rows()).collect();
            self.batch(&columns, &places, each)?;
        }
        Ok(())
    }

    /// The same for fresh rows.
    pub(crate) fn fresh(
        &mut self,
        fresh: &FreshRows,
        extra: &[ColumnKey],
        each: &mut dyn FnMut(&Batch<'_>),
    ) -> Result<(), ScanError> {
        if !fresh.time_range().is_some_and(|(first, last)| self.range.overlaps(first, last)) {
            return Ok(());
        }
        let available: Vec<ColumnKey> = fresh.columns().into_iter().map(|(key, _)| key).collect();
        let keys = self.keys(&available, extra);
        let mut place = 0;
        for columns in fresh.read(&Projection::Only(keys)) {
            self.cancel.check()?;
            let places: Vec<usize> = (place..place + columns.rows()).collect();
            place += columns.rows();
            self.batch(&columns, &places, each)?;
        }
        Ok(())
    }

    fn keys(&self, available: &[ColumnKey], extra: &[ColumnKey]) -> Vec<ColumnKey> {
        let mut keys = self.predicate.columns(available);
        keys.push(ColumnKey::Timestamp);
        if self.is_bounded() {
            keys.push(ColumnKey::Sequence);
        }
        keys.extend_from_slice(extra);
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn is_bounded(&self) -> bool {
        self.after_sequence > 0 || self.to_sequence < u64::MAX
    }

    fn batch(&mut self, columns: &Columns, places: &[usize], each: &mut dyn FnMut(&Batch<'_>)) -> Result<(), Cancelled> {
        self.stats.rows_scanned += columns.rows() as u64;
        let newer = if self.is_bounded() { rows_between(columns, self.after_sequence, self.to_sequence) } else { None };
        // A follower has seen most of what is fresh.
        if newer.as_ref().is_some_and(|newer| newer.count_set_bits() == 0) {
            return Ok(());
        }
        let mut matched = self.predicate.evaluate(columns, self.cancel);
        self.cancel.check()?;
        if let Some(in_range) = rows_in_range(columns, &self.range) {
            matched = &matched & &in_range;
        }
        if let Some(newer) = newer {
            matched = &matched & &newer;
        }
        let count = matched.count_set_bits();
        if count > 0 {
            self.stats.rows_matched += count as u64;
            each(&Batch { columns, matched: &matched, places });
        }
        self.cancel.check()
    }
}

/// Which rows lie in the range; `None` when all do.
fn rows_in_range(columns: &Columns, range: &TimeRange) -> Option<BooleanBuffer> {
    if *range == TimeRange::ALL {
        return None;
    }
    let times = columns.get(&ColumnKey::Timestamp)?.as_primitive::<Int64Type>().values();
    let inside = |time: i64| range.contains(Timestamp::from_nanos(time));
    Some(BooleanBuffer::collect_bool(times.len(), |row| inside(times[row])))
}

/// Which rows arrived after one and no later than another.
fn rows_between(columns: &Columns, after: u64, to: u64) -> Option<BooleanBuffer> {
    let sequences = columns.get(&ColumnKey::Sequence)?.as_primitive::<Int64Type>().values();
    let inside = |sequence: u64| after < sequence && sequence <= to;
    Some(BooleanBuffer::collect_bool(sequences.len(), |row| inside(sequences[row] as u64)))
}

enum PartScanError {
    Part(PartError),
    Cancelled(Cancelled),
}

impl From<PartError> for PartScanError {
    fn from(error: PartError) -> Self {
        Self::Part(error)
    }
}

impl From<Cancelled> for PartScanError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

// === impl Origin ===

impl Origin {
    /// Every column of some rows, given in ascending order.
    pub(crate) fn rows(&self, places: &[usize]) -> Result<Vec<Columns>, PartError> {
        match self {
            Self::Part(part) => {
                let ranges = RowRanges::from_ranges(places.iter().map(|&place| place..place + 1));
                let keys: Vec<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
                part.read(&ranges, &keys)?.collect()
            }
            Self::Fresh(fresh) => Ok(fresh.read_places(places)),
        }
    }
}

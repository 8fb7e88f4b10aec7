//! The newest (or oldest) records that match: what a search page, a context view and a replay need.
//!
//! Always holds: records come in the order of time, then of arrival; the cursor names the last one given, so that no page
//! repeats or skips a record, whatever arrives between pages.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use model::{RecordId, TimeRange, Timestamp, limits};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::materialise::Place;
use crate::predicate::Predicate;
use crate::scan::{Batch, Origin, Scan, ScanError, Stats};

/// Which end of time comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    NewestFirst,
    OldestFirst,
}

/// What to find.
#[derive(Debug)]
pub struct Find<'a> {
    pub predicate: &'a Predicate,
    pub range: TimeRange,
    pub order: Order,
    pub limit: usize,
    /// Records beyond this one only: the cursor of the page before.
    pub after: Option<RecordId>,
}

/// A page of records.
#[derive(Debug, Default)]
pub struct Found {
    /// Each a JSON object, in order.
    pub records: Vec<Vec<u8>>,
    /// Where the next page goes on; `None` when there is no more.
    pub next: Option<RecordId>,
    /// The page ended before its limit, at its bytes.
    pub cut: bool,
    pub stats: Stats,
}

/// One match, before its columns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    rank: Rank,
    origin: usize,
    place: usize,
}

/// Sorts first what comes first in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Newest(Reverse<(i64, i64)>),
    Oldest((i64, i64)),
}

/// The best hits so far; its top is the worst of them.
struct Best {
    order: Order,
    limit: usize,
    after: Option<Rank>,
    heap: BinaryHeap<Hit>,
    more: bool,
}

/// The same, with the id of each.
pub(crate) struct Identified {
    pub(crate) records: Vec<(RecordId, Vec<u8>)>,
    pub(crate) next: Option<RecordId>,
    pub(crate) cut: bool,
    pub(crate) stats: Stats,
}

/// Finds the first records of the order.
pub fn find(store: &Store, permit: &Permit<Read>, find: &Find<'_>, cancel: &Cancel) -> Result<Found, ScanError> {
    let range = narrowed(find);
    if find.limit == 0 || range.from >= range.to {
        return Ok(Found::default());
    }
    let scan = Scan::new(store, store.view(permit.scope(), range)?, find.predicate, range, cancel);
    let Identified { records, next, cut, stats } = first(scan, find)?;
    Ok(Found { records: records.into_iter().map(|(_, record)| record).collect(), next, cut, stats })
}

/// What of a scan over the narrowed range comes first.
pub(crate) fn first(mut scan: Scan<'_>, find: &Find<'_>) -> Result<Identified, ScanError> {
    let mut best = Best::new(find);
    let mut origins = Vec::new();
    let fresh = std::mem::take(&mut scan.view.fresh);
    for rows in fresh.into_iter().rev() {
        let origin = origins.len();
        scan.fresh(&rows, &[ColumnKey::Sequence], &mut |batch| best.add(origin, batch))?;
        origins.push(Origin::Fresh(rows));
    }
    let mut parts = std::mem::take(&mut scan.view.parts);
    parts.sort_by_key(|part| edge_rank(find.order, part.row().times));
    let total = parts.len();
    for (done, live) in parts.into_iter().enumerate() {
        if best.beats(edge_rank(find.order, live.row().times)) {
            scan.stats.parts_pruned += total - done;
            best.more = true;
            break;
        }
        let Some(part) = scan.open(&live) else { continue };
        let origin = origins.len();
        scan.part(&part, &[ColumnKey::Sequence], &mut |batch| best.add(origin, batch))?;
        origins.push(Origin::Part(part));
    }
    materialise(scan, best, &origins)
}

/// The range, without what the cursor has passed.
pub(crate) fn narrowed(find: &Find<'_>) -> TimeRange {
    let mut range = find.range;
    if let Some(after) = find.after {
        match find.order {
            Order::NewestFirst => range.to = range.to.min(Timestamp::from_nanos(after.timestamp.nanos().saturating_add(1))),
            Order::OldestFirst => range.from = range.from.max(after.timestamp),
        }
    }
    range
}

/// The best rank that a record of a part with these times can have.
fn edge_rank(order: Order, times: (Timestamp, Timestamp)) -> Rank {
    match order {
        Order::NewestFirst => Rank::Newest(Reverse((times.1.nanos(), i64::MAX))),
        Order::OldestFirst => Rank::Oldest((times.0.nanos(), 0)),
    }
}

/// Ends the page early where it has grown too large to send.
fn materialise(mut scan: Scan<'_>, best: Best, origins: &[Origin]) -> Result<Identified, ScanError> {
    let more = best.more;
    let hits = best.heap.into_sorted_vec();
    let places: Vec<Place> = hits.iter().map(|hit| Place { origin: hit.origin, row: hit.place }).collect();
    let page = scan.write_page(origins, &places)?;
    let last = page.places().checked_sub(1).map(|last| hits[last].rank.id());
    let cut = page.places() < hits.len();
    let records = page.into_records().map(|(hit, record)| (hits[hit].rank.id(), record)).collect();
    Ok(Identified { records, next: last.filter(|_| more || cut), cut, stats: scan.stats })
}

// === impl Rank ===

impl Rank {
    fn new(order: Order, time: i64, sequence: i64) -> Self {
        match order {
            Order::NewestFirst => Self::Newest(Reverse((time, sequence))),
            Order::OldestFirst => Self::Oldest((time, sequence)),
        }
    }

    fn id(self) -> RecordId {
        let (Self::Newest(Reverse((time, sequence))) | Self::Oldest((time, sequence))) = self;
        RecordId { timestamp: Timestamp::from_nanos(time), sequence: sequence as u64 }
    }
}

// === impl Hit ===

impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// === impl Best ===

impl Best {
    fn new(find: &Find<'_>) -> Self {
        let limit = find.limit.min(limits::PAGE_RECORDS_MAX);
        let after = find.after.map(|id| Rank::new(find.order, id.timestamp.nanos(), id.sequence as i64));
        Self { order: find.order, limit, after, heap: BinaryHeap::with_capacity(limit + 1), more: false }
    }

    /// Whether every hit so far comes before any record of this rank, and the page is full.
    fn beats(&self, rank: Rank) -> bool {
        self.heap.len() >= self.limit && self.heap.peek().is_some_and(|worst| worst.rank < rank)
    }

    fn add(&mut self, origin: usize, batch: &Batch<'_>) {
        let columns = (batch.columns.get(&ColumnKey::Timestamp), batch.columns.get(&ColumnKey::Sequence));
        let (Some(times), Some(sequences)) = columns else { return };
        let (times, sequences) = (times.as_primitive::<Int64Type>().values(), sequences.as_primitive::<Int64Type>().values());
        for row in batch.matched.set_indices() {
            let rank = Rank::new(self.order, times[row], sequences[row]);
            if self.after.is_some_and(|after| rank <= after) {
                continue;
            }
            if self.heap.len() >= self.limit {
                self.more = true;
                if self.heap.peek().is_some_and(|worst| worst.rank < rank) {
                    continue;
                }
                self.heap.pop();
            }
            self.heap.push(Hit { rank, origin, place: batch.places[row] });
        }
    }
}

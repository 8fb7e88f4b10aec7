//! All records of a stretch of time, in order, for the archive of their source.
//!
//! Always holds: records come in the order of time, then of arrival, each once, bounded by when they arrived, so that whoever
//! asks again with the same bounds gets the same ones, whatever arrived or was merged meanwhile; a part that cannot be read
//! now is an error, unless it is known to be damaged. Memory is one page.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{ArchiveRecords, Permit};
use model::limits::ARCHIVE_PAGE_RECORDS;
use model::{Day, RecordId, TimeRange, Timestamp};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::find::{self, Find, Identified, Order};
use crate::looks::LookError;
use crate::predicate::Predicate;
use crate::scan::{Scan, ScanError};

/// Which records.
#[derive(Debug, Clone, Copy)]
pub struct Sweep {
    pub range: TimeRange,
    /// Those that arrived after this one, and no later than that one.
    pub after: u64,
    pub to: u64,
    /// Records beyond this one only.
    pub cursor: Option<RecordId>,
}

/// The first of them.
#[derive(Debug)]
pub struct Swept {
    /// Each with its id, as a JSON object.
    pub records: Vec<(RecordId, Vec<u8>)>,
    /// Where it goes on; `None` when there is no more.
    pub next: Option<RecordId>,
}

/// How many records of each day came late.
pub type Late = BTreeMap<Day, u64>;

/// Every record that was acknowledged by now has a sequence up to this one.
pub fn newest_sequence(store: &Store, permit: &Permit<ArchiveRecords>) -> Result<u64, ScanError> {
    let nothing = TimeRange { from: Timestamp::MIN, to: Timestamp::MIN };
    Ok(store.view(permit.scope(), nothing)?.durable_sequence)
}

/// Parts of the range that are damaged, so that their records are missing.
pub fn unreadable_parts(store: &Store, permit: &Permit<ArchiveRecords>, range: TimeRange) -> Result<usize, ScanError> {
    Ok(store.view(permit.scope(), range)?.quarantined)
}

/// The first records of a sweep.
pub fn sweep(store: &Store, permit: &Permit<ArchiveRecords>, sweep: &Sweep, cancel: &Cancel) -> Result<Swept, LookError> {
    let all = Predicate::all();
    let find =
        Find { predicate: &all, range: sweep.range, order: Order::OldestFirst, limit: ARCHIVE_PAGE_RECORDS, after: sweep.cursor };
    let range = find::narrowed(&find);
    if range.from >= range.to {
        return Ok(Swept { records: Vec::new(), next: None });
    }
    let scan = bounded(store, permit, (&all, range), (sweep.after, sweep.to), cancel)?;
    let known = scan.view.quarantined;
    let Identified { records, next, stats, .. } = find::first(scan, &find)?;
    whole(stats.parts_unreadable, known)?;
    Ok(Swept { records, next })
}

/// How many records of each day of the range arrived after one and no later than another.
pub fn arrived_late(
    store: &Store,
    permit: &Permit<ArchiveRecords>,
    range: TimeRange,
    (after, to): (u64, u64),
    cancel: &Cancel,
) -> Result<Late, LookError> {
    let (all, mut late) = (Predicate::all(), Late::new());
    if range.from >= range.to || after >= to {
        return Ok(late);
    }
    let mut scan = bounded(store, permit, (&all, range), (after, to), cancel)?;
    let known = scan.view.quarantined;
    let mut count = |batch: &crate::scan::Batch<'_>| {
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        let times = times.as_primitive::<Int64Type>().values();
        for row in batch.matched.set_indices() {
            *late.entry(Timestamp::from_nanos(times[row]).day()).or_default() += 1;
        }
    };
    for fresh in std::mem::take(&mut scan.view.fresh) {
        scan.fresh(&fresh, &[], &mut count)?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        if let Some(part) = scan.open(&live) {
            scan.part(&part, &[], &mut count)?;
        }
    }
    whole(scan.stats.parts_unreadable, known)?;
    Ok(late)
}

/// A scan of what arrived within bounds; parts that hold nothing of it are left out.
fn bounded<'a>(
    store: &'a Store,
    permit: &Permit<ArchiveRecords>,
    (all, range): (&'a Predicate, TimeRange),
    (after, to): (u64, u64),
    cancel: &'a Cancel,
) -> Result<Scan<'a>, ScanError> {
    let mut view = store.view(permit.scope(), range)?;
    view.parts.retain(|part| after < part.row().sequences.1 && part.row().sequences.0 <= to);
    let mut scan = Scan::new(store, view, all, range, cancel);
    (scan.after_sequence, scan.to_sequence) = (after, to);
    Ok(scan)
}

/// Whether everything was read but what was known to be damaged.
fn whole(unreadable: usize, known: usize) -> Result<(), LookError> {
    match unreadable.saturating_sub(known) {
        0 => Ok(()),
        unreadable => Err(LookError::Unreadable(unreadable)),
    }
}

//! What a tenant's own page measures, and an alert: how many records match, and when they were written.
//!
//! Always holds: an answer is exact or an error; no record comes out, only counts, times, and for each time one value that
//! tells groups of records apart. Memory is bounded by how many times were asked for.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Look, Permit};
use model::limits::OWN_GROUP_BYTES_MAX;
use model::{TimeRange, Timestamp};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::fields::value_json;
use crate::predicate::{Predicate, resolve};
use crate::scan::{Batch, Scan, ScanError};

/// When a matching record was written, and its value of the field that records are told apart by, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub at: Timestamp,
    pub group: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{0} part(s) of this time could not be read, so nothing exact can be said")]
    Unreadable(usize),
    #[error("more records match than were asked for")]
    TooMany,
    #[error("a value that tells records apart has more than {OWN_GROUP_BYTES_MAX} bytes")]
    LongValue,
}

/// How many records of the range match.
pub fn count(
    store: &Store,
    permit: &Permit<Look>,
    predicate: &Predicate,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<u64, LookError> {
    let mut scan = Scan::new(store, store.view(permit.scope(), range).map_err(ScanError::from)?, predicate, range, cancel);
    for fresh in std::mem::take(&mut scan.view.fresh) {
        scan.fresh(&fresh, &[], &mut |_| {})?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        if let Some(part) = scan.open(&live) {
            scan.part(&part, &[], &mut |_| {})?;
        }
    }
    whole(&scan)?;
    Ok(scan.stats.rows_matched)
}

/// Whether there is any record of the range.
pub fn any(store: &Store, permit: &Permit<Look>, range: TimeRange, cancel: &Cancel) -> Result<bool, LookError> {
    let view = store.view(permit.scope(), range).map_err(ScanError::from)?;
    // The first and the last time of a part are each some record's.
    let mut ends = view.parts.iter().map(|part| part.row().times).flat_map(|(first, last)| [first, last]);
    if ends.any(|at| range.contains(at)) {
        return Ok(true);
    }
    Ok(count(store, permit, &Predicate::all(), range, cancel)? > 0)
}

/// When the records of the range that match were written, at most `limit` of them, with what a field says.
pub fn moments(
    store: &Store,
    permit: &Permit<Look>,
    (predicate, group_by): (&Predicate, Option<&str>),
    (range, limit): (TimeRange, usize),
    cancel: &Cancel,
) -> Result<Vec<Seen>, LookError> {
    let mut scan = Scan::new(store, store.view(permit.scope(), range).map_err(ScanError::from)?, predicate, range, cancel);
    let mut moments = Moments { seen: Vec::new(), limit, is_long: false };
    let keys = |available: Vec<ColumnKey>| group_by.map(|name| resolve(name, &available)).unwrap_or_default();
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let keys = keys(fresh.columns().into_iter().map(|(key, _)| key).collect());
        scan.fresh(&fresh, &keys, &mut |batch| moments.add(batch, &keys))?;
        moments.hold()?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let keys = keys(part.index().columns().map(|(key, _)| key.clone()).collect());
        scan.part(&part, &keys, &mut |batch| moments.add(batch, &keys))?;
        moments.hold()?;
    }
    whole(&scan)?;
    Ok(moments.seen)
}

/// Whether everything was read.
fn whole(scan: &Scan<'_>) -> Result<(), LookError> {
    match scan.stats.parts_unreadable {
        0 => Ok(()),
        unreadable => Err(LookError::Unreadable(unreadable)),
    }
}

struct Moments {
    seen: Vec<Seen>,
    limit: usize,
    is_long: bool,
}

// === impl Moments ===

impl Moments {
    fn add(&mut self, batch: &Batch<'_>, keys: &[ColumnKey]) {
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        let times = times.as_primitive::<Int64Type>().values();
        for row in batch.matched.set_indices() {
            if self.hold().is_err() {
                return;
            }
            let group = keys.iter().find_map(|key| value_json(batch.columns, key, row));
            self.is_long |= group.as_ref().is_some_and(|group| group.len() > OWN_GROUP_BYTES_MAX);
            self.seen.push(Seen { at: Timestamp::from_nanos(times[row]), group });
        }
    }

    fn hold(&self) -> Result<(), LookError> {
        match self.is_long {
            true => Err(LookError::LongValue),
            false if self.seen.len() > self.limit => Err(LookError::TooMany),
            false => Ok(()),
        }
    }
}

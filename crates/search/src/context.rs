//! One record: what was logged around it, and where it came from.

use identity::{Permit, Read};
use model::{RecordId, TimeRange, Timestamp};
use store::{Origin, PartError, Seal, Store};

use crate::cancel::Cancel;
use crate::find::{Find, Found, Order, find};
use crate::predicate::Predicate;
use crate::scan::{ScanError, Stats};

/// A record and its neighbours, each group in order of time.
#[derive(Debug)]
pub struct Around {
    pub before: Vec<Vec<u8>>,
    /// `None` when there is no such record, or no more.
    pub record: Option<Vec<u8>>,
    pub after: Vec<Vec<u8>>,
    /// A side ended before its width, at the bytes of a page.
    pub cut: bool,
    pub stats: Stats,
}

#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("the record's part could not be read")]
    Part(#[from] PartError),
}

/// How many neighbours on each side.
#[derive(Debug, Clone, Copy)]
pub struct Width {
    pub before: usize,
    pub after: usize,
}

/// Reads the record and its neighbours among the records that match.
pub fn around(
    store: &Store,
    permit: &Permit<Read>,
    (id, predicate): (RecordId, &Predicate),
    width: Width,
    cancel: &Cancel,
) -> Result<Around, ScanError> {
    let side = |order, limit| {
        let wanted = Find { predicate, range: TimeRange::ALL, order, limit, after: Some(id) };
        find(store, permit, &wanted, cancel)
    };
    let Found { records: mut before, stats, cut, .. } = side(Order::NewestFirst, width.before)?;
    before.reverse();
    let after = side(Order::OldestFirst, width.after)?;
    let record = record(store, permit, id, cancel)?;
    Ok(Around { before, record, after: after.records, cut: cut || after.cut, stats })
}

/// Where a record came from; `None` when there is no such record, or no more.
pub fn origin(store: &Store, permit: &Permit<Read>, id: RecordId, cancel: &Cancel) -> Result<Option<Origin>, OriginError> {
    if record(store, permit, id, cancel)?.is_none() {
        return Ok(None);
    }
    let view = store.view(permit.scope(), moment(id)).map_err(ScanError::from)?;
    store.origin(&view, id.sequence).map_err(|error| {
        store.report_part(&view, &error);
        error.into()
    })
}

/// Opens all that the record is sealed in, and says of each, in their order, whether it is still what was written.
pub fn seals(store: &Store, permit: &Permit<Read>, origin: &Origin, cancel: &Cancel) -> Result<Vec<Seal>, OriginError> {
    let look = |name| {
        cancel.check().map_err(ScanError::from)?;
        Ok(store.seal_of(permit.scope(), name)?)
    };
    origin.sealed_in.iter().map(look).collect()
}

fn moment(id: RecordId) -> TimeRange {
    TimeRange { from: id.timestamp, to: Timestamp::from_nanos(id.timestamp.nanos().saturating_add(1)) }
}

/// Reads one record.
pub fn record(store: &Store, permit: &Permit<Read>, id: RecordId, cancel: &Cancel) -> Result<Option<Vec<u8>>, ScanError> {
    let just_before = RecordId { timestamp: id.timestamp, sequence: id.sequence.saturating_sub(1) };
    let all = Predicate::all();
    let wanted = Find { predicate: &all, range: moment(id), order: Order::OldestFirst, limit: 1, after: Some(just_before) };
    let Found { mut records, .. } = find(store, permit, &wanted, cancel)?;
    let text = id.to_string();
    // The next record of the same nanosecond would do for the search; only this one is meant.
    let is_it = |json: &[u8]| memchr::memmem::find(json, format!("\"id\":\"{text}\"").as_bytes()).is_some();
    Ok(records.pop().filter(|json| is_it(json)))
}

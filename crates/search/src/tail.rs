//! Following a source: what arrived after a sequence, in order of arrival.
//!
//! Always holds: a follower that asks again with the last sequence misses nothing and gets nothing twice; what it is spared
//! because it is too slow is counted.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use model::{TimeRange, limits};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::materialise::Place;
use crate::predicate::Predicate;
use crate::scan::{Batch, Origin, Scan, ScanError};

/// What a follower does when more arrived than it can be sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Catches up: the oldest first, nothing is left out.
    Replay,
    /// Stays with the present: the newest of them, the others are counted as dropped.
    Live,
}

/// What arrived.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Sequence and JSON of each, in order of arrival.
    pub records: Vec<(u64, Vec<u8>)>,
    /// Where to go on: everything up to it was looked at.
    pub sequence: u64,
    pub dropped: u64,
    /// More is waiting already.
    pub more: bool,
}

/// The newest sequence that is durable: where a follower of the present begins.
pub fn present(store: &Store, permit: &Permit<Read>) -> Result<u64, ScanError> {
    Ok(store.view(permit.scope(), TimeRange { from: model::Timestamp::MAX, to: model::Timestamp::MAX })?.durable_sequence)
}

/// Reads a batch of the matching records that arrived after `sequence`.
pub fn arrived(
    store: &Store,
    permit: &Permit<Read>,
    (predicate, pace): (&Predicate, Pace),
    sequence: u64,
    cancel: &Cancel,
) -> Result<Arrived, ScanError> {
    let view = store.view(permit.scope(), TimeRange::ALL)?;
    let durable = view.durable_sequence;
    if durable <= sequence {
        return Ok(Arrived { sequence, ..Arrived::default() });
    }
    let mut scan = Scan::new(store, view, predicate, TimeRange::ALL, cancel);
    scan.after_sequence = sequence;
    let mut hits = Hits { all: Vec::new(), pace, dropped: 0, cut: None };
    let mut origins = Vec::new();
    for live in std::mem::take(&mut scan.view.parts).into_iter().filter(|live| live.row().sequences.1 > sequence) {
        if hits.is_done(live.row().sequences.0) {
            break;
        }
        let Some(part) = scan.open(&live) else { continue };
        let origin = origins.len();
        scan.part(&part, &[ColumnKey::Sequence], &mut |batch| hits.add(origin, batch))?;
        origins.push(Origin::Part(part));
        hits.trim();
    }
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let origin = origins.len();
        scan.fresh(&fresh, &[ColumnKey::Sequence], &mut |batch| hits.add(origin, batch))?;
        origins.push(Origin::Fresh(fresh));
        hits.trim();
    }
    let records = render(&mut scan, &mut hits, &origins)?;
    let until = hits.cut.unwrap_or(durable);
    Ok(Arrived { records, sequence: until, dropped: hits.dropped, more: until < durable })
}

/// Matches found so far: sequence, origin and place of each.
struct Hits {
    all: Vec<(u64, usize, usize)>,
    pace: Pace,
    dropped: u64,
    /// The last sequence that is given, when a batch stops early.
    cut: Option<u64>,
}

// === impl Hits ===

impl Hits {
    fn add(&mut self, origin: usize, batch: &Batch<'_>) {
        let Some(sequences) = batch.columns.get(&ColumnKey::Sequence) else { return };
        let sequences = sequences.as_primitive::<Int64Type>().values();
        for row in batch.matched.set_indices() {
            self.all.push((sequences[row] as u64, origin, batch.places[row]));
        }
    }

    fn trim(&mut self) {
        let most = match self.pace {
            // Each batch of a replay looks at all that is left, so it is larger.
            Pace::Replay => limits::TAIL_BUFFER_RECORDS,
            Pace::Live => limits::TAIL_BATCH_RECORDS,
        };
        if self.all.len() <= most {
            return;
        }
        self.all.sort_unstable();
        match self.pace {
            Pace::Replay => {
                self.all.truncate(most);
                self.cut = self.all.last().map(|(sequence, ..)| *sequence);
            }
            Pace::Live => {
                let spared = self.all.len() - most;
                self.all.drain(..spared);
                self.dropped += spared as u64;
            }
        }
    }

    /// Whether a replay has all it can give, so that what begins later need not be read.
    fn is_done(&self, first_sequence: u64) -> bool {
        self.cut.is_some_and(|cut| cut < first_sequence)
    }
}

/// What does not fit a page is still to come.
fn render(scan: &mut Scan<'_>, hits: &mut Hits, origins: &[Origin]) -> Result<Vec<(u64, Vec<u8>)>, ScanError> {
    hits.all.sort_unstable();
    let places: Vec<Place> = hits.all.iter().map(|&(_, origin, row)| Place { origin, row }).collect();
    let page = scan.write_page(origins, &places)?;
    if page.places() < places.len() {
        hits.cut = page.places().checked_sub(1).map(|last| hits.all[last].0);
    }
    Ok(page.into_records().map(|(hit, record)| (hits.all[hit].0, record)).collect())
}

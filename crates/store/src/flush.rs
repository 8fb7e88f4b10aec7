//! Turns fresh tables into parts, in order, and lets go of the journal that they came from.
//!
//! Always holds: the part is durable and in the catalog before its journal segments are deleted; a crash at any point
//! leaves either the segments or the part to be read, and the catalog's absorbed sequence says which.

use std::sync::Arc;

use model::{ObjectId, Scope, Timestamp, limits};
use parking_lot::Mutex;
use seal::{ObjectKind, ObjectName, SealError};

use crate::arrivals::Arrivals;
use crate::catalog::{CatalogError, PartRow, PartState};
use crate::fresh::FreshTable;
use crate::group::NamedBy;
use crate::live::LivePart;
use crate::part::{PartBuilder, PartBytes, PartRows, PartWriteError};
use crate::source::{Remembered, Source, Writing};
use crate::store::Store;
use crate::{ColumnKey, Columns, Projection};

/// Raw bytes of an open table that give enough memory back when it becomes a part.
const TABLE_BYTES_WORTH: usize = 8 << 20;

#[derive(Debug, thiserror::Error)]
pub enum FlushError {
    #[error("the records could not be laid down as a part")]
    Build(#[from] PartWriteError),
    #[error("the part could not be sealed and written")]
    Seal(#[from] SealError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Part(#[from] crate::part::PartError),
    #[error("a sealed object could not be listed or deleted")]
    Disk(#[from] seal::DiskError),
}

/// A settled table, as the flush sees it.
struct Settled {
    number: u64,
    fresh: Arc<Mutex<FreshTable>>,
    rows: usize,
    raw_bytes: usize,
    last_sequence: u64,
    received: model::Day,
    segments: Vec<ObjectName>,
    deliveries: Vec<Remembered>,
    arrivals: Arc<Arrivals>,
}

// === impl Settled ===

impl PartRows for Settled {
    fn keys(&self) -> Vec<ColumnKey> {
        self.fresh.lock().columns().into_iter().map(|(key, _)| key).collect()
    }

    fn read(&self, keys: &[ColumnKey]) -> Vec<Columns> {
        self.fresh.lock().snapshot(self.rows, &Projection::Only(keys.to_vec()))
    }
}

// === impl Store ===

impl Store {
    /// Closes tables that are old, of another day, or would make shutdown lose time at the next start.
    pub fn close_tables(&self, which: Close) {
        let now = self.clock.now();
        for source in self.known_sources() {
            let mut state = source.state.lock();
            let Some(table) = state.tables.back() else { continue };
            let old = now.seconds_since(table.opened) >= limits::FRESH_SECONDS_MAX || table.received != now.day();
            if matches!(which, Close::All) || old {
                state.close_table();
            }
        }
    }

    /// Closes the largest open table: memory is short. Where it is held by what cannot be written, small ones stay open while
    /// there is room at all: many tiny parts would give little of it back.
    pub fn close_largest_table(&self) {
        let size = |source: &Arc<Source>| source.state.lock().tables.back().filter(|t| !t.closed).map_or(0, |t| t.raw_bytes);
        let largest = self.known_sources().into_iter().map(|source| (size(&source), source)).max_by_key(|(bytes, _)| *bytes);
        let has_room = self.fresh_raw_bytes() < limits::FRESH_RAW_BYTES_TOTAL - 2 * TABLE_BYTES_WORTH;
        match largest {
            Some((bytes, source)) if bytes >= TABLE_BYTES_WORTH || !has_room => source.state.lock().close_table(),
            Some(_) | None => {}
        }
    }

    /// Whether fresh tables take so much memory that one must become a part now.
    #[must_use]
    pub fn is_short_of_memory(&self) -> bool {
        self.fresh_raw_bytes() > limits::FRESH_RAW_BYTES_TOTAL - limits::FRESH_RAW_BYTES
    }

    /// Writes every settled table of every source; gives the number of parts. One source that fails keeps no other from it.
    pub fn flush(&self) -> Result<usize, FlushError> {
        self.each_source("the newest records could not be written as a part", |source| self.flush_source(source))
    }

    /// The sum of what was done, or the first error; each is told with its source.
    pub(crate) fn each_source(
        &self,
        failed: &'static str,
        work: impl Fn(&Source) -> Result<usize, FlushError>,
    ) -> Result<usize, FlushError> {
        let (mut sum, mut first) = (0, None);
        for source in self.known_sources() {
            match work(&source) {
                Ok(count) => sum += count,
                Err(error) => {
                    tracing::error!(source = %source.scope, error = &error as &dyn std::error::Error, "{failed}");
                    first = first.or(Some(error));
                }
            }
        }
        first.map_or(Ok(sum), Err)
    }

    /// Writes the settled tables of one source.
    pub fn flush_scope(&self, scope: Scope) -> Result<usize, FlushError> {
        self.known_source(scope).map_or(Ok(0), |source| self.flush_source(&source))
    }

    fn flush_source(&self, source: &Source) -> Result<usize, FlushError> {
        let mut writing = source.writing.lock();
        let mut parts = 0;
        while let Some(settled) = settled_table(source) {
            let part = if settled.rows == 0 { None } else { Some(self.write_table(source.scope, &settled, &mut writing)?) };
            parts += usize::from(part.is_some());
            {
                let mut journal = source.journal.lock();
                if journal.segment.as_ref().is_some_and(|segment| segment.table == settled.number) {
                    journal.segment = None;
                }
            }
            let mut state = source.state.lock();
            // In one step: a reader sees the records in the table or in the part.
            let table = state.tables.pop_front();
            state.parts.extend(part);
            let is_needed = |segment: &ObjectName| state.tables.iter().any(|table| table.segments.contains(segment));
            let over: Vec<ObjectName> = settled.segments.iter().filter(|segment| !is_needed(segment)).copied().collect();
            drop(state);
            drop(table);
            self.uncount_fresh(settled.raw_bytes);
            self.keep_spare_table(settled.fresh);
            for segment in &over {
                self.sealed.delete(segment)?;
            }
        }
        Ok(parts)
    }

    fn write_table(&self, scope: Scope, settled: &Settled, writing: &mut Writing) -> Result<Arc<LivePart>, FlushError> {
        let row = match &writing.table {
            Some((number, row)) if *number == settled.number => row.clone(),
            Some(_) | None => {
                let built = PartBuilder::default().build(settled, &settled.arrivals)?;
                let row = self.seal_part(scope, &built, settled.received, settled.raw_bytes as u64)?;
                writing.table = Some((settled.number, row.clone()));
                row
            }
        };
        let known = still_known(&settled.deliveries, self.clock.now());
        self.catalog.add_part(&row, settled.last_sequence, &known)?;
        writing.table = None;
        Ok(LivePart::new(row, Arc::clone(&self.sealed)))
    }

    pub(crate) fn seal_part(
        &self,
        scope: Scope,
        built: &PartBytes,
        received: model::Day,
        raw_bytes: u64,
    ) -> Result<PartRow, FlushError> {
        let object = ObjectId::generate(&*self.entropy);
        let sealed = self.sealed.put(scope, ObjectKind::Part, object, &built.bytes)?;
        Ok(PartRow {
            name: sealed.name,
            received,
            times: built.times,
            sequences: built.sequences,
            rows: built.rows as u64,
            raw_bytes,
            sealed_bytes: sealed.sealed_bytes,
            state: PartState::Live,
        })
    }
}

/// Which tables to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    Old,
    All,
}

/// Those that are remembered: neither over, nor more than are kept.
fn still_known(deliveries: &[Remembered], now: Timestamp) -> Vec<Remembered> {
    let mut known = Vec::new();
    for by in NamedBy::ALL {
        let of = |known: &&Remembered| known.delivery.by == by && known.arrived >= by.horizon(now);
        known.extend(deliveries.iter().rev().filter(of).take(limits::IDEMPOTENCY_KEYS_MAX).copied());
    }
    known
}

fn settled_table(source: &Source) -> Option<Settled> {
    let state = source.state.lock();
    let table = state.tables.front().filter(|table| table.is_settled())?;
    Some(Settled {
        number: table.number,
        fresh: Arc::clone(&table.fresh),
        rows: table.rows,
        raw_bytes: table.raw_bytes,
        last_sequence: table.last_sequence,
        received: table.received,
        segments: table.segments.clone(),
        deliveries: table.deliveries.clone(),
        arrivals: Arc::clone(&table.arrivals),
    })
}

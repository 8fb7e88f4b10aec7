//! What one query sees of a source: its parts and its fresh records at one moment.
//!
//! Always holds: every record that was durable at that moment is in exactly one of them, until the view is dropped.

use std::sync::Arc;

use model::{Scope, TimeRange, Timestamp};
use parking_lot::Mutex;

use crate::fresh::FreshTable;
use crate::live::LivePart;
use crate::part::PartError;
use crate::recover::RecoverError;
use crate::source::Source;
use crate::store::Store;
use crate::{ColumnKey, Columns, Projection};

/// A source at one moment.
#[derive(Debug)]
pub struct View {
    pub(crate) source: Arc<Source>,
    /// The parts that may hold records of the time range, in order of arrival.
    pub parts: Vec<Arc<LivePart>>,
    /// Fresh records, in order of arrival.
    pub fresh: Vec<FreshRows>,
    /// Every record that was acknowledged before has a sequence up to this one.
    pub durable_sequence: u64,
    /// Parts of the range that could not be read and are left out.
    pub quarantined: usize,
}

/// The durable rows of one fresh table.
#[derive(Clone)]
pub struct FreshRows {
    table: Arc<Mutex<FreshTable>>,
    rows: usize,
}

// === impl Store ===

impl Store {
    /// The source as it is now, without what cannot hold a record of the range.
    pub fn view(&self, scope: Scope, range: TimeRange) -> Result<View, RecoverError> {
        let source = self.source(scope)?;
        let state = source.state.lock();
        let overlaps = |times: (Timestamp, Timestamp)| range.overlaps(times.0, times.1);
        let parts = state.parts.iter().filter(|part| overlaps(part.row().times)).cloned().collect();
        let fresh = state
            .tables
            .iter()
            .filter(|table| table.durable_rows > 0)
            .map(|table| FreshRows { table: Arc::clone(&table.fresh), rows: table.durable_rows })
            .collect();
        let quarantined = state.quarantined.iter().filter(|row| overlaps(row.times)).count();
        let durable_sequence = state.durable_sequence;
        drop(state);
        Ok(View { source, parts, fresh, durable_sequence, quarantined })
    }

    /// Reports a part that failed to be read in a view: if it is damaged, later views leave it out.
    pub fn report_part(&self, view: &View, error: &PartError) {
        self.quarantine_if_damaged(&view.source, error);
    }
}

// === impl FreshRows ===

impl FreshRows {
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns that any row of the table has.
    #[must_use]
    pub fn columns(&self) -> Vec<(ColumnKey, usize)> {
        self.table.lock().columns()
    }

    /// First and last time of any row of the table, which may include rows that are not durable yet.
    #[must_use]
    pub fn time_range(&self) -> Option<(Timestamp, Timestamp)> {
        self.table.lock().time_range()
    }

    /// Every column of some rows, given in ascending order.
    #[must_use]
    pub fn read_places(&self, places: &[usize]) -> Vec<Columns> {
        let (mut start, mut left) = (0, places);
        let mut picked = Vec::new();
        for chunk in self.read(&Projection::All) {
            let end = start + chunk.rows();
            let (here, later) = left.split_at(left.partition_point(|place| *place < end));
            if !here.is_empty() {
                let rows: Vec<u32> = here.iter().map(|place| (place - start) as u32).collect();
                picked.push(chunk.take(&rows));
            }
            (start, left) = (end, later);
        }
        picked
    }

    /// The rows, in chunks, with the projected columns.
    #[must_use]
    pub fn read(&self, projection: &Projection) -> Vec<Columns> {
        self.table.lock().snapshot(self.rows, projection)
    }
}

impl std::fmt::Debug for FreshRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreshRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}

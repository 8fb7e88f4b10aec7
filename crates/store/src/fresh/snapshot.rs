//! What readers see of a table: Arrow columns of its first rows.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::buffer::ScalarBuffer;

use super::chunk::{Chunk, Frozen};
use super::rows::{LEVEL, MESSAGE, REST, Rows, Slot};
use super::table::FreshTable;
use crate::columns::{ColumnKey, Columns, Projection};

const RESERVED: [(ColumnKey, Slot); super::rows::RESERVED] = [
    (ColumnKey::Level, Slot::Text(LEVEL as u16)),
    (ColumnKey::Message, Slot::Text(MESSAGE as u16)),
    (ColumnKey::Rest, Slot::Text(REST as u16)),
];

/// A wanted column and where it is.
#[derive(Clone, Copy)]
enum Source<'a> {
    Times,
    Sequences,
    Column(&'a ColumnKey, Slot),
}

impl FreshTable {
    /// Every column with how many values it has.
    #[must_use]
    pub fn columns(&self) -> Vec<(ColumnKey, usize)> {
        let (rows, all) = (self.rows(), self.sources(&Projection::All));
        let counts = all.into_iter().map(|source| match source {
            Source::Times => (ColumnKey::Timestamp, rows),
            Source::Sequences => (ColumnKey::Sequence, rows),
            Source::Column(key, slot) => (key.clone(), self.count(slot)),
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn count(&self, slot: Slot) -> usize {
        let full = self.chunks.iter().filter_map(|chunk| chunk.column(slot));
        full.map(|column| column.present.count()).sum::<usize>() + self.open.count(slot)
    }

    /// The first `rows` rows, chunk by chunk. A column is left out of a chunk in which none of these rows has it.
    #[must_use]
    pub fn snapshot(&self, rows: usize, projection: &Projection) -> Vec<Columns> {
        let sources = self.sources(projection);
        let mut snapshot = Vec::with_capacity(self.chunks.len() + 1);
        let mut left = rows.min(self.rows());
        for chunk in &self.chunks {
            if left == 0 {
                return snapshot;
            }
            let rows = left.min(chunk.rows);
            snapshot.push(chunk.snapshot(rows, &sources));
            left -= rows;
        }
        if left > 0 {
            snapshot.push(self.open.snapshot(left, &sources));
        }
        snapshot
    }

    fn sources(&self, projection: &Projection) -> Vec<Source<'_>> {
        let wanted: Option<HashSet<&ColumnKey>> = match projection {
            Projection::All => None,
            Projection::Only(keys) => Some(keys.iter().collect()),
        };
        let wants = |key: &ColumnKey| wanted.as_ref().is_none_or(|wanted| wanted.contains(key));
        let mut sources = Vec::new();
        if wants(&ColumnKey::Timestamp) {
            sources.push(Source::Times);
        }
        if wants(&ColumnKey::Sequence) {
            sources.push(Source::Sequences);
        }
        let fields = self.open.columns.iter().map(|column| (&column.key, column.slot));
        let columns = RESERVED.iter().map(|(key, slot)| (key, *slot)).chain(fields);
        sources.extend(columns.filter(|(key, _)| wants(key)).map(|(key, slot)| Source::Column(key, slot)));
        sources
    }
}

impl Chunk {
    fn snapshot(&self, rows: usize, sources: &[Source<'_>]) -> Columns {
        let columns = sources.iter().filter_map(|source| match source {
            Source::Times => Some((ColumnKey::Timestamp, ints(self.times.slice(0, rows)))),
            Source::Sequences => Some((ColumnKey::Sequence, ints(self.sequences.slice(0, rows)))),
            Source::Column(key, slot) => {
                let column = self.column(*slot).filter(|column| column.present.count_before(rows) > 0)?;
                Some(((*key).clone(), column.array(self.rows).slice(0, rows)))
            }
        });
        Columns::new(rows, columns.collect())
    }
}

impl Rows {
    fn snapshot(&self, rows: usize, sources: &[Source<'_>]) -> Columns {
        let columns = sources.iter().filter_map(|source| match source {
            Source::Times => Some((ColumnKey::Timestamp, ints(self.times[..rows].to_vec().into()))),
            Source::Sequences => Some((ColumnKey::Sequence, ints(self.sequences[..rows].to_vec().into()))),
            Source::Column(key, slot) => {
                let column = self.copy(*slot, rows);
                (column.present.count() > 0).then(|| ((*key).clone(), column.array(rows)))
            }
        });
        Columns::new(rows, columns.collect())
    }

    fn copy(&self, slot: Slot, rows: usize) -> Frozen {
        match slot {
            Slot::Text(place) => Frozen::text(self.texts[usize::from(place)].copy(rows)),
            Slot::Int(place) => Frozen::int(self.ints[usize::from(place)].copy(rows)),
            Slot::Float(place) => Frozen::float(self.floats[usize::from(place)].copy(rows)),
            Slot::Bool(place) => Frozen::bool(self.bools[usize::from(place)].copy(rows)),
        }
    }

    fn count(&self, slot: Slot) -> usize {
        match slot {
            Slot::Text(place) => self.texts[usize::from(place)].present.count(),
            Slot::Int(place) => self.ints[usize::from(place)].present.count(),
            Slot::Float(place) => self.floats[usize::from(place)].present.count(),
            Slot::Bool(place) => self.bools[usize::from(place)].present.count(),
        }
    }
}

fn ints(values: ScalarBuffer<i64>) -> ArrayRef {
    Arc::new(Int64Array::new(values, None))
}

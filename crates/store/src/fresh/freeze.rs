//! Between the chunk that is being filled and full ones: freezing it, and thawing the last one to drop rows of it.

use arrow::buffer::Buffer;
use arrow::datatypes::ArrowNativeType;
use model::{Timestamp, limits};

use super::chunk::{Chunk, Frozen, Values};
use super::column::{Fixed, Texts};
use super::rows::{Rows, Slot};
use super::spare::Spare;

impl Rows {
    /// Hands the rows over and starts the next chunk. `None` where there are none.
    pub(super) fn freeze(&mut self, spare: &mut Spare) -> Option<Chunk> {
        let (first, last) = self.time_range()?;
        let mut columns = Vec::new();
        for (place, texts) in self.texts.iter_mut().enumerate().filter(|(_, column)| column.present.count() > 0) {
            columns.push((Slot::Text(place as u16), Frozen::text(texts.freeze(spare))));
        }
        for (place, ints) in self.ints.iter_mut().enumerate().filter(|(_, column)| column.present.count() > 0) {
            columns.push((Slot::Int(place as u16), Frozen::int(ints.freeze(|count| spare.ints.take(count)))));
        }
        for (place, floats) in self.floats.iter_mut().enumerate().filter(|(_, column)| column.present.count() > 0) {
            columns.push((Slot::Float(place as u16), Frozen::float(floats.freeze(|count| spare.floats.take(count)))));
        }
        for (place, bools) in self.bools.iter_mut().enumerate().filter(|(_, column)| column.present.count() > 0) {
            columns.push((Slot::Bool(place as u16), Frozen::bool(bools.freeze(Vec::with_capacity))));
        }
        let rows = self.len();
        self.base += rows;
        Some(Chunk {
            rows,
            first,
            last,
            times: std::mem::replace(&mut self.times, spare.ints.take(limits::CHUNK_ROWS)).into(),
            sequences: std::mem::replace(&mut self.sequences, spare.ints.take(limits::CHUNK_ROWS)).into(),
            sizes: std::mem::replace(&mut self.sizes, Vec::with_capacity(limits::CHUNK_ROWS)),
            columns,
        })
    }

    /// Goes on with the chunk before this one, which must be empty.
    pub(super) fn thaw(&mut self, chunk: Chunk) {
        self.base -= chunk.rows;
        self.times = owned(chunk.times.into_inner());
        self.sequences = owned(chunk.sequences.into_inner());
        self.sizes = chunk.sizes;
        for (slot, column) in chunk.columns {
            let present = column.present;
            match (slot, column.values) {
                (Slot::Text(place), Values::Text(texts)) => {
                    let (offsets, data, _) = texts.into_parts();
                    let offsets = owned(offsets.into_inner().into_inner());
                    self.texts[usize::from(place)] = Texts::thaw(present, offsets, owned(data));
                }
                (Slot::Int(place), Values::Int(values)) => {
                    self.ints[usize::from(place)] = Fixed::thaw(present, owned(values.into_inner()));
                }
                (Slot::Float(place), Values::Float(values)) => {
                    self.floats[usize::from(place)] = Fixed::thaw(present, owned(values.into_inner()));
                }
                (Slot::Bool(place), Values::Bool(values)) => {
                    self.bools[usize::from(place)] = Fixed::thaw(present, values.iter().collect());
                }
                (Slot::Text(_) | Slot::Int(_) | Slot::Float(_) | Slot::Bool(_), _) => {
                    unreachable!("a column is frozen as what its slot says")
                }
            }
        }
    }

    /// Drops the rows of this chunk and keeps the columns for those of the chunk before.
    pub(super) fn clear(&mut self) {
        self.texts.iter_mut().for_each(|column| column.truncate(0));
        self.ints.iter_mut().for_each(|column| column.truncate(0));
        self.floats.iter_mut().for_each(|column| column.truncate(0));
        self.bools.iter_mut().for_each(|column| column.truncate(0));
        self.times.clear();
        self.sequences.clear();
        self.sizes.clear();
    }

    /// Bytes of the records from `row` on.
    pub(super) fn raw_bytes(&self, row: usize) -> usize {
        self.sizes[row..].iter().map(|size| *size as usize).sum()
    }

    pub(super) fn time_range(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, last) = (self.times.iter().min()?, self.times.iter().max()?);
        Some((Timestamp::from_nanos(*first), Timestamp::from_nanos(*last)))
    }
}

fn owned<T: ArrowNativeType>(buffer: Buffer) -> Vec<T> {
    buffer.into_vec().unwrap_or_else(|shared| shared.typed_data().to_vec())
}

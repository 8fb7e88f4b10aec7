//! A full chunk: columns that no longer change, shared with readers.
//!
//! Always holds: only columns with a value are there, and their values have no gaps; Arrow arrays with nulls are made
//! for a reader, and hold no copy of texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringArray, StringViewArray, UInt32Array};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int64Type};
use model::Timestamp;

use super::column::Present;
use super::rows::Slot;
use super::spare::Spare;

#[derive(Clone)]
pub(super) struct Chunk {
    pub(super) rows: usize,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) times: ScalarBuffer<i64>,
    pub(super) sequences: ScalarBuffer<i64>,
    /// Bytes of each record.
    pub(super) sizes: Vec<u32>,
    /// By slot.
    pub(super) columns: Vec<(Slot, Frozen)>,
}

#[derive(Clone)]
pub(super) struct Frozen {
    pub(super) present: Present,
    pub(super) values: Values,
}

#[derive(Clone)]
pub(super) enum Values {
    Text(StringArray),
    Int(ScalarBuffer<i64>),
    Float(ScalarBuffer<f64>),
    Bool(BooleanBuffer),
}

// === impl Chunk ===

impl Chunk {
    pub(super) fn column(&self, slot: Slot) -> Option<&Frozen> {
        let place = self.columns.binary_search_by_key(&slot, |(slot, _)| *slot).ok()?;
        Some(&self.columns[place].1)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(|(_, column)| column.heap_bytes()).sum();
        size_of::<Self>() + self.rows * (2 * size_of::<i64>() + size_of::<u32>()) + columns
    }

    /// Keeps the memory that nobody else reads.
    pub(super) fn recycle(self, spare: &mut Spare) {
        spare.ints.give_buffer(self.times.into_inner());
        spare.ints.give_buffer(self.sequences.into_inner());
        for (_, column) in self.columns {
            match column.values {
                Values::Text(texts) => {
                    let (offsets, data, _) = texts.into_parts();
                    spare.offsets.give_buffer(offsets.into_inner().into_inner());
                    spare.bytes.give_buffer(data);
                }
                Values::Int(values) => spare.ints.give_buffer(values.into_inner()),
                Values::Float(values) => spare.floats.give_buffer(values.into_inner()),
                Values::Bool(_) => {}
            }
        }
    }
}

// === impl Frozen ===

impl Frozen {
    pub(super) fn text((present, offsets, data): (Present, Vec<i32>, Vec<u8>)) -> Self {
        let (offsets, data) = (OffsetBuffer::new(offsets.into()), Buffer::from_vec(data));
        let texts = StringArray::try_new(offsets, data, None).expect("texts are cut from a body that is UTF-8");
        Self { present, values: Values::Text(texts) }
    }

    pub(super) fn int((present, values): (Present, Vec<i64>)) -> Self {
        Self { present, values: Values::Int(values.into()) }
    }

    pub(super) fn float((present, values): (Present, Vec<f64>)) -> Self {
        Self { present, values: Values::Float(values.into()) }
    }

    pub(super) fn bool((present, values): (Present, Vec<bool>)) -> Self {
        Self { present, values: Values::Bool(BooleanBuffer::from(values)) }
    }

    /// The column of `rows` rows with a null where there is no value.
    pub(super) fn array(&self, rows: usize) -> ArrayRef {
        match &self.values {
            Values::Text(texts) => {
                let views = StringViewArray::from(texts);
                if self.present.count() == rows {
                    return Arc::new(views);
                }
                let places = UInt32Array::new(self.places(rows).into(), Some(self.nulls(rows)));
                take(&views, &places, None).expect("a place is within the values, and views are not copied")
            }
            Values::Int(values) => self.primitive::<Int64Type>(values, rows),
            Values::Float(values) => self.primitive::<Float64Type>(values, rows),
            Values::Bool(values) if self.present.count() == rows => Arc::new(BooleanArray::new(values.clone(), None)),
            Values::Bool(values) => {
                let mut bits = MutableBuffer::from_len_zeroed(rows.div_ceil(8));
                self.for_each_row(|i, row| {
                    if values.value(i) {
                        bits[row / 8] |= 1 << (row % 8);
                    }
                });
                Arc::new(BooleanArray::new(BooleanBuffer::new(bits.into(), 0, rows), Some(self.nulls(rows))))
            }
        }
    }

    fn primitive<T: ArrowPrimitiveType>(&self, values: &ScalarBuffer<T::Native>, rows: usize) -> ArrayRef {
        if self.present.count() == rows {
            return Arc::new(PrimitiveArray::<T>::new(values.clone(), None));
        }
        let mut spread = vec![T::Native::default(); rows];
        self.for_each_row(|i, row| spread[row] = values[i]);
        Arc::new(PrimitiveArray::<T>::new(spread.into(), Some(self.nulls(rows))))
    }

    /// For each row the place of its value.
    fn places(&self, rows: usize) -> Vec<u32> {
        let mut places = vec![0; rows];
        self.for_each_row(|i, row| places[row] = i as u32);
        places
    }

    fn nulls(&self, rows: usize) -> NullBuffer {
        let mut bits = MutableBuffer::from_len_zeroed(rows.div_ceil(8));
        self.for_each_row(|_, row| bits[row / 8] |= 1 << (row % 8));
        NullBuffer::new(BooleanBuffer::new(bits.into(), 0, rows))
    }

    fn for_each_row(&self, mut act: impl FnMut(usize, usize)) {
        match self.present.rows() {
            Some(rows) => rows.iter().enumerate().for_each(|(i, row)| act(i, usize::from(*row))),
            None => (0..self.present.count()).for_each(|i| act(i, i)),
        }
    }

    fn heap_bytes(&self) -> usize {
        let values = match &self.values {
            Values::Text(texts) => texts.get_buffer_memory_size(),
            Values::Int(values) => values.inner().capacity(),
            Values::Float(values) => values.inner().capacity(),
            Values::Bool(values) => values.inner().capacity(),
        };
        size_of::<(Slot, Self)>() + self.present.heap_bytes() + values
    }
}

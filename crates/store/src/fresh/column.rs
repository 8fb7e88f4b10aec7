//! A column of the chunk that is still being filled: its values without gaps, and which rows have them.

use super::spare::Spare;

/// Bytes past the last text that a copy may touch: short texts are copied as one block of this size.
const BLOCK: usize = 16;

/// Which rows of the chunk have a value.
#[derive(Default, Clone)]
pub(super) struct Present {
    count: usize,
    /// Empty as long as the values are those of the first `count` rows.
    rows: Vec<u16>,
}

/// Values of a fixed size.
pub(super) struct Fixed<T> {
    pub(super) present: Present,
    values: Vec<T>,
}

/// Texts, one after another.
pub(super) struct Texts {
    pub(super) present: Present,
    /// Where each text starts, and where the last one ends.
    offsets: Vec<i32>,
    /// Longer than what is used of it, so that blocks can be copied without asking for room.
    data: Vec<u8>,
    used: usize,
}

// === impl Present ===

impl Present {
    #[inline]
    fn push(&mut self, row: usize) {
        if self.count != row || !self.rows.is_empty() {
            self.push_after_gap(row);
        }
        self.count += 1;
    }

    fn push_after_gap(&mut self, row: usize) {
        if self.rows.is_empty() {
            self.rows.extend(0..self.count as u16);
        }
        self.rows.push(row as u16);
    }

    fn pop(&mut self) {
        self.count = self.count.saturating_sub(1);
        self.rows.pop();
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many values the first `rows` rows have.
    pub(super) fn count_before(&self, rows: usize) -> usize {
        match self.rows.is_empty() {
            true => self.count.min(rows),
            false => self.rows.partition_point(|row| usize::from(*row) < rows),
        }
    }

    /// The rows that have a value, unless they are the first `count`.
    pub(super) fn rows(&self) -> Option<&[u16]> {
        (!self.rows.is_empty()).then_some(&self.rows)
    }

    pub(super) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
        self.rows.truncate(count);
    }

    fn first(&self, count: usize) -> Self {
        Self { count, rows: self.rows.iter().take(count).copied().collect() }
    }

    fn freeze(mut self) -> Self {
        self.rows.shrink_to_fit();
        self
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u16>()
    }
}

// === impl Fixed ===

impl<T: Copy> Fixed<T> {
    pub(super) fn new() -> Self {
        Self { present: Present::default(), values: Vec::new() }
    }

    /// Goes on with a chunk's column.
    pub(super) fn thaw(present: Present, values: Vec<T>) -> Self {
        Self { present, values }
    }

    #[inline]
    pub(super) fn push(&mut self, row: usize, value: T) {
        self.present.push(row);
        self.values.push(value);
    }

    pub(super) fn pop(&mut self) {
        self.present.pop();
        self.values.pop();
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        let count = self.present.count_before(rows);
        self.present.truncate(count);
        self.values.truncate(count);
    }

    /// Hands the chunk's values over. The next chunk's go into what `next` gives for about as many.
    pub(super) fn freeze(&mut self, next: impl FnOnce(usize) -> Vec<T>) -> (Present, Vec<T>) {
        let count = self.values.len();
        let mut values = std::mem::replace(&mut self.values, next(count + count / 8));
        if values.capacity() > 2 * count {
            values.shrink_to_fit();
        }
        (std::mem::take(&mut self.present).freeze(), values)
    }

    pub(super) fn copy(&self, rows: usize) -> (Present, Vec<T>) {
        let count = self.present.count_before(rows);
        (self.present.first(count), self.values[..count].to_vec())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.present.heap_bytes() + self.values.capacity() * size_of::<T>()
    }
}

// === impl Texts ===

impl Texts {
    pub(super) fn new() -> Self {
        Self { present: Present::default(), offsets: vec![0], data: Vec::new(), used: 0 }
    }

    /// Goes on with a chunk's column.
    pub(super) fn thaw(present: Present, offsets: Vec<i32>, data: Vec<u8>) -> Self {
        let used = data.len();
        Self { present, offsets, data, used }
    }

    /// Appends `source[start..end]`.
    #[inline]
    pub(super) fn push(&mut self, row: usize, source: &[u8], start: usize, end: usize) {
        let (length, used) = (end - start, self.used);
        if self.data.len() < used + length + BLOCK {
            self.grow(length);
        }
        let (to, from) = (&mut self.data[used..], &source[start..]);
        match (to.first_chunk_mut::<BLOCK>(), from.first_chunk::<BLOCK>()) {
            (Some(to), Some(from)) if length <= BLOCK => *to = *from,
            _ => to[..length].copy_from_slice(&from[..length]),
        }
        self.used = used + length;
        self.offsets.push(self.used as i32);
        self.present.push(row);
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        let room = (self.used + length + BLOCK).max(2 * self.used).max(self.data.capacity());
        self.data.resize(room, 0);
    }

    pub(super) fn pop(&mut self) {
        if self.present.count() > 0 {
            self.present.pop();
            self.offsets.pop();
            self.used = self.last_offset();
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        let count = self.present.count_before(rows);
        self.present.truncate(count);
        self.offsets.truncate(count + 1);
        self.used = self.last_offset();
    }

    fn last_offset(&self) -> usize {
        self.offsets.last().map_or(0, |end| *end as usize)
    }

    /// Hands the chunk's texts over, as rows, offsets and bytes, and starts the next chunk's, about as large.
    pub(super) fn freeze(&mut self, spare: &mut Spare) -> (Present, Vec<i32>, Vec<u8>) {
        let (count, used) = (self.present.count(), self.used);
        let mut offsets = spare.offsets.take(count + count / 8 + 1);
        offsets.push(0);
        let data = spare.bytes.take_zeroed(used + used / 8 + BLOCK);
        let next = Self { present: Present::default(), offsets, data, used: 0 };
        let mut full = std::mem::replace(self, next);
        full.data.truncate(used);
        if full.data.capacity() > 2 * used + BLOCK {
            full.data.shrink_to_fit();
        }
        if full.offsets.capacity() > 2 * count + 2 {
            full.offsets.shrink_to_fit();
        }
        (full.present.freeze(), full.offsets, full.data)
    }

    pub(super) fn copy(&self, rows: usize) -> (Present, Vec<i32>, Vec<u8>) {
        let count = self.present.count_before(rows);
        let used = self.offsets[count] as usize;
        (self.present.first(count), self.offsets[..=count].to_vec(), self.data[..used].to_vec())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.present.heap_bytes() + self.offsets.capacity() * size_of::<i32>() + self.data.capacity()
    }
}

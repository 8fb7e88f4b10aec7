//! Buffers of a table that was stored: the next table's columns go into them, because the pages of new memory cost
//! more than the parsing that fills them.

use arrow::buffer::Buffer;
use arrow::datatypes::ArrowNativeType;

/// Bytes of one pool; more is given back to the allocator.
const POOL_BYTES_MAX: usize = model::limits::FRESH_RAW_BYTES;
/// Smaller buffers are not worth keeping.
const BUFFER_BYTES_MIN: usize = 4_096;

#[derive(Default)]
pub(super) struct Spare {
    pub(super) bytes: Pool<u8>,
    pub(super) offsets: Pool<i32>,
    pub(super) ints: Pool<i64>,
    pub(super) floats: Pool<f64>,
}

/// Vectors by ascending capacity.
pub(super) struct Pool<T> {
    vectors: Vec<Vec<T>>,
    bytes: usize,
}

// === impl Spare ===

impl Spare {
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.bytes + self.offsets.bytes + self.ints.bytes + self.floats.bytes
    }
}

// === impl Pool ===

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { vectors: Vec::new(), bytes: 0 }
    }
}

impl<T: ArrowNativeType> Pool<T> {
    /// Keeps the memory of a buffer that nobody else reads.
    pub(super) fn give_buffer(&mut self, buffer: Buffer) {
        if let Ok(vector) = buffer.into_vec() {
            self.give(vector);
        }
    }

    pub(super) fn give(&mut self, vector: Vec<T>) {
        let bytes = vector.capacity() * size_of::<T>();
        if bytes < BUFFER_BYTES_MIN || self.bytes + bytes > POOL_BYTES_MAX {
            return;
        }
        self.bytes += bytes;
        let place = self.vectors.partition_point(|other| other.capacity() < vector.capacity());
        self.vectors.insert(place, vector);
    }

    /// An empty vector with room for `count` values.
    pub(super) fn take(&mut self, count: usize) -> Vec<T> {
        match self.fitting(count) {
            Some(mut vector) => {
                vector.clear();
                vector
            }
            None => Vec::with_capacity(count),
        }
    }

    /// A vector with at least `count` values, whatever they are.
    pub(super) fn take_zeroed(&mut self, count: usize) -> Vec<T> {
        match self.fitting(count) {
            Some(mut vector) => {
                vector.resize(vector.capacity(), T::default());
                vector
            }
            None => vec![T::default(); count],
        }
    }

    fn fitting(&mut self, count: usize) -> Option<Vec<T>> {
        let place = self.vectors.partition_point(|vector| vector.capacity() < count);
        let capacity = self.vectors.get(place)?.capacity();
        if count * size_of::<T>() < BUFFER_BYTES_MIN / 2 || capacity > 2 * count {
            return None;
        }
        self.bytes -= capacity * size_of::<T>();
        Some(self.vectors.remove(place))
    }
}

//! The growing table of a source's newest records.

use std::fmt;
use std::sync::Arc;

use model::{Timestamp, limits};

use super::chunk::Chunk;
use super::cursor::Cursor;
use super::error::{Expected, Fault, ShredError, ShredReason};
use super::merge::Merger;
use super::rows::Rows;
use super::shred::{self, Halt};
use super::spare::Spare;

/// Bytes of all records of a table. Offsets into a column's texts are 31 bits wide, and texts of unknown levels may
/// grow by half when they are turned to lower case.
const TABLE_BYTES_MAX: usize = 1 << 30;

const _: () = assert!(limits::FRESH_RAW_BYTES + limits::BODY_BYTES_MAX < TABLE_BYTES_MAX);
const _: () = assert!(limits::CHUNK_ROWS <= u16::MAX as usize + 1);

/// Records in the order of their arrival, as columns.
pub struct FreshTable {
    pub(super) chunks: Vec<Arc<Chunk>>,
    /// The chunk that is being filled, and what is known of all columns.
    pub(super) open: Rows,
    merger: Merger,
    spare: Spare,
    raw_bytes: usize,
    stamp: u32,
}

/// When a body arrived, and the number of its first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The time of records that do not name one.
    pub at: Timestamp,
    pub first_sequence: u64,
}

/// What a body added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub rows: usize,
    /// Bytes of the records without what stands between them.
    pub raw_bytes: usize,
}

/// Where in a body the cursor stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    InArray,
}

// === impl FreshTable ===

impl FreshTable {
    #[must_use]
    pub fn new() -> Self {
        Self::with_spare(Spare::default())
    }

    fn with_spare(spare: Spare) -> Self {
        Self { chunks: Vec::new(), open: Rows::new(), merger: Merger::new(), spare, raw_bytes: 0, stamp: 0 }
    }

    /// An empty table in the memory of this one, as far as no reader holds it.
    #[must_use]
    pub fn recycle(mut self) -> Self {
        self.freeze();
        // What this table found no use for, the next one will not need either.
        let mut spare = Spare::default();
        for chunk in self.chunks {
            if let Ok(chunk) = Arc::try_unwrap(chunk) {
                chunk.recycle(&mut spare);
            }
        }
        Self::with_spare(spare)
    }

    /// Adds the records of `body`: JSON objects one after another, in arrays, or both. All of them, or none.
    pub fn append(&mut self, body: &[u8], arrival: Arrival) -> Result<Appended, ShredError> {
        if self.raw_bytes.saturating_add(body.len()) > TABLE_BYTES_MAX {
            return Err(ShredError { record: 0, at: 0, reason: ShredReason::TableFull });
        }
        let (rows, raw_bytes) = (self.rows(), self.raw_bytes);
        let result = match std::str::from_utf8(body) {
            Ok(text) => self.shred(text, arrival),
            Err(error) => Err(self.invalid_utf8(body, error.valid_up_to(), arrival)),
        };
        match result {
            Ok(()) => Ok(Appended { rows: self.rows() - rows, raw_bytes: self.raw_bytes - raw_bytes }),
            Err(fault) => {
                let record = self.rows() - rows;
                self.open.undo();
                self.truncate(rows);
                Err(ShredError { record, at: fault.at, reason: fault.reason })
            }
        }
    }

    /// The fault of a body that is UTF-8 up to `at`, after the complete records before it went in.
    fn invalid_utf8(&mut self, body: &[u8], at: usize, arrival: Arrival) -> Fault {
        let valid = std::str::from_utf8(&body[..at]).unwrap_or_default();
        match self.shred(valid, arrival) {
            Err(fault) if fault.reason != ShredReason::Truncated => fault,
            Ok(()) | Err(_) => Fault { at, reason: ShredReason::InvalidUtf8 },
        }
    }

    fn shred(&mut self, body: &str, arrival: Arrival) -> Result<(), Fault> {
        let before = self.rows();
        let mut cursor = Cursor::new(body);
        let mut place = Place::Between;
        loop {
            cursor.whitespace();
            match (cursor.peek(), place) {
                (Some(b'{'), _) => {
                    if self.rows() - before == limits::RECORDS_PER_BATCH_MAX {
                        return Err(Fault { at: cursor.at, reason: ShredReason::TooManyRecords });
                    }
                    self.record(&mut cursor, arrival, self.rows() - before)?;
                    if place == Place::InArray {
                        place = after_element(&mut cursor)?;
                    }
                }
                (Some(b'['), Place::Between) => place = open_array(&mut cursor),
                (None, Place::Between) => return Ok(()),
                _ => return Err(not_a_record(&cursor)),
            }
        }
    }

    fn record(&mut self, cursor: &mut Cursor<'_>, arrival: Arrival, index: usize) -> Result<(), Fault> {
        let start = cursor.at;
        self.stamp = self.stamp.wrapping_add(1);
        self.open.begin();
        let time = match shred::record(cursor, &mut self.open, self.stamp) {
            Ok(time) => time,
            Err(Halt::Fault(fault)) => return Err(fault),
            Err(Halt::Detour) => {
                self.open.undo();
                cursor.at = start;
                self.merger.record(cursor, &mut self.open)?
            }
        };
        let size = cursor.at - start;
        if size > limits::RECORD_BYTES_MAX {
            return Err(Fault { at: start, reason: ShredReason::RecordTooLarge });
        }
        let sequence = arrival.first_sequence.saturating_add(index as u64);
        self.open.finish(time.unwrap_or(arrival.at).nanos(), i64::try_from(sequence).unwrap_or(i64::MAX), size);
        self.raw_bytes += size;
        if self.open.len() == limits::CHUNK_ROWS {
            self.freeze();
        }
        Ok(())
    }

    fn freeze(&mut self) {
        if let Some(chunk) = self.open.freeze(&mut self.spare) {
            self.chunks.push(Arc::new(chunk));
        }
    }

    /// Drops the newest rows and keeps `rows`; as if they had never been added.
    pub fn truncate(&mut self, rows: usize) {
        if rows >= self.rows() {
            return self.open.truncate(self.open.len());
        }
        while rows < self.open.base {
            self.raw_bytes -= self.open.raw_bytes(0);
            self.open.clear();
            let Some(chunk) = self.chunks.pop() else { break };
            self.open.thaw(Arc::unwrap_or_clone(chunk));
        }
        let kept = rows - self.open.base;
        self.raw_bytes -= self.open.raw_bytes(kept);
        self.open.truncate(kept);
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.open.base + self.open.len()
    }

    /// Bytes of the records as they were sent, without what stood between them.
    #[must_use]
    pub fn raw_bytes(&self) -> usize {
        self.raw_bytes
    }

    /// About what the table holds of the heap, memory kept for later included.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(|chunk| chunk.heap_bytes()).sum();
        chunks + self.open.heap_bytes() + self.spare.heap_bytes()
    }

    /// The earliest and the latest time of a record.
    #[must_use]
    pub fn time_range(&self) -> Option<(Timestamp, Timestamp)> {
        let full = self.chunks.iter().map(|chunk| (chunk.first, chunk.last));
        full.chain(self.open.time_range()).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

fn open_array(cursor: &mut Cursor<'_>) -> Place {
    cursor.at += 1;
    cursor.whitespace();
    if cursor.peek() == Some(b']') {
        cursor.at += 1;
        return Place::Between;
    }
    Place::InArray
}

fn after_element(cursor: &mut Cursor<'_>) -> Result<Place, Fault> {
    cursor.whitespace();
    let place = match cursor.peek() {
        Some(b',') => Place::InArray,
        Some(b']') => Place::Between,
        Some(_) | None => return Err(cursor.unexpected(Expected::CommaOrBracket)),
    };
    cursor.at += 1;
    Ok(place)
}

#[cold]
fn not_a_record(cursor: &Cursor<'_>) -> Fault {
    match cursor.peek() {
        Some(b'"' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => Fault { at: cursor.at, reason: ShredReason::NotAnObject },
        Some(_) | None => cursor.unexpected(Expected::Record),
    }
}

impl Default for FreshTable {
    fn default() -> Self {
        Self::new()
    }
}

/// Says nothing of the records.
impl fmt::Debug for FreshTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = f.debug_struct("FreshTable");
        table.field("rows", &self.rows()).field("raw_bytes", &self.raw_bytes).finish_non_exhaustive()
    }
}

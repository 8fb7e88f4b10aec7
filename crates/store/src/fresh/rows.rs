//! Where a record's values go: the columns of the chunk that is being filled, made as fields turn up.
//!
//! Always holds: a column is in the order of the first row that had a value, and each row puts at most one value into
//! it, so that the row being written can be undone by popping, and the newest rows by cutting off tails.

use model::{Timestamp, limits};

use super::candidates::Pending;
use super::column::{Fixed, Texts};
use super::cursor::{Slice, Token};
use super::text;
use super::trie::{NodeId, Trie};
use crate::columns::{ColumnKey, Kind};

/// The columns of texts that every table has.
pub(super) const LEVEL: usize = 0;
pub(super) const MESSAGE: usize = 1;
pub(super) const REST: usize = 2;
pub(super) const RESERVED: usize = 3;

/// Bytes of scratch space that is kept from record to record.
const SCRATCH_BYTES_MAX: usize = 1 << 20;

/// A column's place among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Text(u16),
    Int(u16),
    Float(u16),
    Bool(u16),
}

pub(super) struct Column {
    pub(super) key: ColumnKey,
    pub(super) slot: Slot,
    node: NodeId,
    kind: Kind,
    /// The row that it was made for, counted from the table's first.
    row: usize,
}

/// There is no column for the value, and none may be made.
#[derive(Debug)]
pub(super) struct Full;

pub(super) struct Rows {
    pub(super) trie: Trie,
    pub(super) columns: Vec<Column>,
    pub(super) texts: Vec<Texts>,
    pub(super) ints: Vec<Fixed<i64>>,
    pub(super) floats: Vec<Fixed<f64>>,
    pub(super) bools: Vec<Fixed<bool>>,
    pub(super) times: Vec<i64>,
    pub(super) sequences: Vec<i64>,
    /// Bytes of each record.
    pub(super) sizes: Vec<u32>,
    pub(super) pending: Pending,
    pub(super) scratch: Vec<u8>,
    /// Rows of the table before this chunk.
    pub(super) base: usize,
    /// What the row being written has put where.
    touched: Vec<Slot>,
    columns_before: usize,
}

// === impl Rows ===

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            trie: Trie::new(),
            columns: Vec::new(),
            texts: (0..RESERVED).map(|_| Texts::new()).collect(),
            ints: Vec::new(),
            floats: Vec::new(),
            bools: Vec::new(),
            times: Vec::new(),
            sequences: Vec::new(),
            sizes: Vec::new(),
            pending: Pending::new(),
            scratch: Vec::new(),
            base: 0,
            touched: Vec::new(),
            columns_before: 0,
        }
    }

    /// Rows of this chunk that are complete.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    pub(super) fn begin(&mut self) {
        self.touched.clear();
        self.pending.clear();
        self.columns_before = self.columns.len();
    }

    /// Takes back what the row being written has put anywhere.
    pub(super) fn undo(&mut self) {
        for slot in std::mem::take(&mut self.touched) {
            match slot {
                Slot::Text(slot) => self.texts[usize::from(slot)].pop(),
                Slot::Int(slot) => self.ints[usize::from(slot)].pop(),
                Slot::Float(slot) => self.floats[usize::from(slot)].pop(),
                Slot::Bool(slot) => self.bools[usize::from(slot)].pop(),
            }
        }
        self.drop_columns(self.columns_before);
        self.pending.clear();
    }

    pub(super) fn finish(&mut self, time: i64, sequence: i64, size: usize) {
        self.times.push(time);
        self.sequences.push(sequence);
        self.sizes.push(size as u32);
        // It is no longer being written: an undo before the next one begins has nothing to take back.
        self.touched.clear();
        self.columns_before = self.columns.len();
        if self.scratch.capacity() > SCRATCH_BYTES_MAX {
            self.scratch = Vec::new();
        }
    }

    #[inline]
    pub(super) fn put_text(&mut self, node: NodeId, body: &str, string: Slice) -> Result<(), Full> {
        let slot = match self.trie.slot(node, Kind::Text) {
            Some(slot) => slot,
            None => self.make(node, Kind::Text)?,
        };
        self.put_slice(slot, body, string);
        Ok(())
    }

    /// Puts a string into a column of texts.
    #[inline]
    fn put_slice(&mut self, slot: usize, body: &str, string: Slice) {
        let span = string.span();
        if string.is_marked() {
            return self.put_escaped(slot, span.of(body));
        }
        self.touched.push(Slot::Text(slot as u16));
        let row = self.times.len();
        self.texts[slot].push(row, body.as_bytes(), span.start as usize, span.end as usize);
    }

    fn put_escaped(&mut self, slot: usize, raw: &str) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        text::unescape(raw, &mut scratch);
        self.put_bytes(slot, &scratch);
        self.scratch = scratch;
    }

    /// Puts UTF-8 into a column of texts.
    pub(super) fn put_bytes(&mut self, slot: usize, bytes: &[u8]) {
        self.touched.push(Slot::Text(slot as u16));
        self.texts[slot].push(self.times.len(), bytes, 0, bytes.len());
    }

    #[inline]
    pub(super) fn put_int(&mut self, node: NodeId, value: i64) -> Result<(), Full> {
        let slot = match self.trie.slot(node, Kind::Int) {
            Some(slot) => slot,
            None => self.make(node, Kind::Int)?,
        };
        self.touched.push(Slot::Int(slot as u16));
        self.ints[slot].push(self.times.len(), value);
        Ok(())
    }

    #[inline]
    pub(super) fn put_float(&mut self, node: NodeId, value: f64) -> Result<(), Full> {
        let slot = match self.trie.slot(node, Kind::Float) {
            Some(slot) => slot,
            None => self.make(node, Kind::Float)?,
        };
        self.touched.push(Slot::Float(slot as u16));
        self.floats[slot].push(self.times.len(), value);
        Ok(())
    }

    #[inline]
    pub(super) fn put_bool(&mut self, node: NodeId, value: bool) -> Result<(), Full> {
        let slot = match self.trie.slot(node, Kind::Bool) {
            Some(slot) => slot,
            None => self.make(node, Kind::Bool)?,
        };
        self.touched.push(Slot::Bool(slot as u16));
        self.bools[slot].push(self.times.len(), value);
        Ok(())
    }

    fn put_json(&mut self, node: NodeId, body: &str, raw: Slice) -> Result<(), Full> {
        let slot = match self.trie.slot(node, Kind::Json) {
            Some(slot) => slot,
            None => self.make(node, Kind::Json)?,
        };
        if !raw.is_marked() {
            self.put_slice(slot, body, raw);
            return Ok(());
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        text::mend_surrogates(raw.span().of(body), &mut scratch);
        self.put_bytes(slot, &scratch);
        self.scratch = scratch;
        Ok(())
    }

    /// Puts the time, level and message among the candidates where they belong and returns the time.
    pub(super) fn settle(&mut self, body: &str) -> Option<Timestamp> {
        if let Some(Token::Text(message)) = self.pending.take_message() {
            self.put_slice(MESSAGE, body, message);
        }
        if let Some(level) = self.pending.take_level(body, &mut self.scratch) {
            self.put_bytes(LEVEL, level.as_str().as_bytes());
        }
        self.pending.take_time(body, &mut self.scratch)
    }

    #[inline]
    pub(super) fn put(&mut self, node: NodeId, body: &str, token: Token) -> Result<(), Full> {
        match token {
            Token::Null => Ok(()),
            Token::Text(string) => self.put_text(node, body, string),
            Token::Int(value) => self.put_int(node, value),
            Token::Float(value) => self.put_float(node, value),
            Token::Bool(value) => self.put_bool(node, value),
            Token::Json(raw) => self.put_json(node, body, raw),
        }
    }

    #[cold]
    fn make(&mut self, node: NodeId, kind: Kind) -> Result<usize, Full> {
        if self.columns.len() >= limits::COLUMNS_MAX {
            return Err(Full);
        }
        let (slot, place) = match kind {
            Kind::Text | Kind::Json => {
                self.texts.push(Texts::new());
                let place = self.texts.len() - 1;
                (Slot::Text(place as u16), place)
            }
            Kind::Int => {
                self.ints.push(Fixed::new());
                let place = self.ints.len() - 1;
                (Slot::Int(place as u16), place)
            }
            Kind::Float => {
                self.floats.push(Fixed::new());
                let place = self.floats.len() - 1;
                (Slot::Float(place as u16), place)
            }
            Kind::Bool => {
                self.bools.push(Fixed::new());
                let place = self.bools.len() - 1;
                (Slot::Bool(place as u16), place)
            }
        };
        self.trie.set_slot(node, kind, Some(place));
        let key = ColumnKey::Field(self.trie.path(node), kind);
        self.columns.push(Column { key, slot, node, kind, row: self.base + self.len() });
        Ok(place)
    }

    fn drop_columns(&mut self, kept: usize) {
        // Those of a kind stand in the order in which they were made, so the oldest dropped one cuts off the others.
        for column in self.columns.drain(kept..) {
            self.trie.set_slot(column.node, column.kind, None);
            match column.slot {
                Slot::Text(slot) => self.texts.truncate(usize::from(slot)),
                Slot::Int(slot) => self.ints.truncate(usize::from(slot)),
                Slot::Float(slot) => self.floats.truncate(usize::from(slot)),
                Slot::Bool(slot) => self.bools.truncate(usize::from(slot)),
            }
        }
    }

    /// Keeps only the first `rows` rows of this chunk, and of the columns those that an older row has made.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.texts.iter_mut().for_each(|column| column.truncate(rows));
        self.ints.iter_mut().for_each(|column| column.truncate(rows));
        self.floats.iter_mut().for_each(|column| column.truncate(rows));
        self.bools.iter_mut().for_each(|column| column.truncate(rows));
        self.times.truncate(rows);
        self.sequences.truncate(rows);
        self.sizes.truncate(rows);
        self.touched.clear();
        let row = self.base + rows;
        self.drop_columns(self.columns.partition_point(|column| column.row < row));
        self.columns_before = self.columns.len();
        self.trie.truncate(row);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|column| size_of::<Texts>() + column.heap_bytes()).sum();
        let ints: usize = self.ints.iter().map(|column| size_of::<Fixed<i64>>() + column.heap_bytes()).sum();
        let floats: usize = self.floats.iter().map(|column| size_of::<Fixed<f64>>() + column.heap_bytes()).sum();
        let bools: usize = self.bools.iter().map(|column| size_of::<Fixed<bool>>() + column.heap_bytes()).sum();
        let rows = (self.times.capacity() + self.sequences.capacity()) * 8 + self.sizes.capacity() * 4;
        let columns = self.columns.capacity() * (size_of::<Column>() + 32);
        texts + ints + floats + bools + rows + columns + self.trie.heap_bytes() + self.scratch.capacity()
    }
}

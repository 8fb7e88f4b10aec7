//! One record by way of a tree of its fields: merges duplicate keys, the last value of each winning, and keeps fields
//! that get no column as the row's rest. Several times slower than `shred`, linear in the record's size all the same.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use model::{Timestamp, limits};

use super::candidates::CANDIDATES;
use super::cursor::{Cursor, Slice, Span, Token};
use super::error::{Expected, Fault, ShredReason};
use super::rows::{REST, Rows};
use super::text;
use super::trie::NodeId;

const ROOT: usize = 0;
/// No entry: the root is nobody's child.
const NONE: u32 = 0;
/// Entries that are kept as memory for the next record.
const ENTRIES_KEPT: usize = 16_384;

/// The tree of one record, and its memory for the next one.
pub(super) struct Merger {
    entries: Vec<Entry>,
    /// Entries by parent and key.
    index: HashTable<u32>,
    hasher: RandomState,
    /// The text of keys that had escapes.
    keys: String,
    /// The entry of each candidate.
    candidates: [u32; CANDIDATES.len()],
}

struct Entry {
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
    /// As sent, without quotes.
    key: Span,
    /// In `keys`, where the key had escapes.
    key_text: Option<Span>,
    value: Value,
    has_rest: bool,
}

#[derive(Clone, Copy)]
enum Value {
    /// A later value of the same key took its place.
    Dropped,
    Object,
    /// The value as it goes into a column, and as sent.
    Leaf(Token, Span),
    EmptyObject(Token, Span),
}

/// Where in the record the cursor is.
#[derive(Clone, Copy)]
struct Within {
    start: usize,
    depth: usize,
}

/// Where a new entry goes.
#[derive(Clone, Copy)]
struct Place {
    parent: usize,
    key: Slice,
    hash: u64,
}

// === impl Merger ===

impl Merger {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
            keys: String::new(),
            candidates: [NONE; CANDIDATES.len()],
        }
    }

    /// Reads the record that the cursor stands at, puts it into `rows` and returns the time it names.
    pub(super) fn record(&mut self, cursor: &mut Cursor<'_>, rows: &mut Rows) -> Result<Option<Timestamp>, Fault> {
        self.clear();
        let start = cursor.at;
        self.entries.push(Entry::new(NONE, Span::default(), None, Value::Object));
        if cursor.open_object()? {
            self.members(cursor, ROOT, Within { start, depth: 1 })?;
        }
        self.place(cursor.text, rows, ROOT, Some(NodeId::ROOT));
        let time = rows.settle(cursor.text);
        while let Some((place, token)) = rows.pending.pop() {
            if rows.put(NodeId::of_candidate(place), cursor.text, token).is_err() {
                self.mark_rest(self.candidates[place] as usize);
            }
        }
        if self.entries[ROOT].has_rest {
            let mut rest = Vec::new();
            self.write_rest(cursor.text, ROOT, &mut rest);
            rows.put_bytes(REST, &rest);
        }
        Ok(time)
    }

    fn clear(&mut self) {
        if self.entries.capacity() > ENTRIES_KEPT {
            (self.entries, self.index, self.keys) = (Vec::new(), HashTable::new(), String::new());
        }
        self.entries.clear();
        self.index.clear();
        self.keys.clear();
    }

    /// Reads the members of an object from the first key's quote on.
    fn members(&mut self, cursor: &mut Cursor<'_>, parent: usize, within: Within) -> Result<(), Fault> {
        loop {
            cursor.at += 1;
            let key = cursor.string()?;
            cursor.colon()?;
            self.member(cursor, parent, key, within)?;
            if cursor.at - within.start > limits::RECORD_BYTES_MAX {
                return Err(Fault { at: within.start, reason: ShredReason::RecordTooLarge });
            }
            if !cursor.next_member()? {
                return Ok(());
            }
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'_>, parent: usize, key: Slice, within: Within) -> Result<(), Fault> {
        let mut scratch = Vec::new();
        let text = key.unescaped(cursor.text, &mut scratch);
        let hash = self.hasher.hash_one((parent as u32, text));
        let old = self.find(cursor.text, parent, text, hash);
        let place = Place { parent, key, hash };
        let start = cursor.at;
        if cursor.peek() != Some(b'{') || text.ends_with("_json") {
            let token = value(cursor, text, within.depth)?;
            let leaf = Value::Leaf(token, Span::new(start, cursor.at));
            match old {
                Some(old) if !matches!(self.entries[old].value, Value::Object) => self.entries[old].value = leaf,
                // What was below the old entry must not be found again, so the new one is another.
                Some(_) | None => {
                    self.insert(cursor.text, place, old, leaf);
                }
            }
            return Ok(());
        }
        let within = Within { depth: within.depth + 1, ..within };
        cursor.deeper(within.depth)?;
        if cursor.open_object()? {
            let entry = match old {
                Some(old) => {
                    self.entries[old].value = Value::Object;
                    old
                }
                None => self.insert(cursor.text, place, None, Value::Object),
            };
            return self.members(cursor, entry, within);
        }
        let empty = Value::EmptyObject(Token::json(start, cursor.at), Span::new(start, cursor.at));
        match old {
            Some(old) if matches!(self.entries[old].value, Value::Object) => {}
            Some(old) => self.entries[old].value = empty,
            None => {
                self.insert(cursor.text, place, None, empty);
            }
        }
        Ok(())
    }

    fn find(&self, body: &str, parent: usize, key: &str, hash: u64) -> Option<usize> {
        let is = |entry: &u32| {
            let entry = &self.entries[*entry as usize];
            entry.parent == parent as u32 && entry.key(body, &self.keys) == key
        };
        self.index.find(hash, is).map(|entry| *entry as usize)
    }

    /// Adds an entry as its parent's last, in the place of `old` where there is one.
    fn insert(&mut self, body: &str, Place { parent, key, hash }: Place, old: Option<usize>, value: Value) -> usize {
        let key_text = key.is_marked().then(|| {
            let (start, mut scratch) = (self.keys.len(), Vec::new());
            self.keys.push_str(key.unescaped(body, &mut scratch));
            Span::new(start, self.keys.len())
        });
        let id = self.entries.len() as u32;
        self.entries.push(Entry::new(parent as u32, key.span(), key_text, value));
        if let Some(old) = old {
            self.entries[old].value = Value::Dropped;
            if let Some(indexed) = self.index.find_mut(hash, |indexed| *indexed as usize == old) {
                *indexed = id;
            }
        } else {
            let (entries, keys, hasher) = (&self.entries, &self.keys, &self.hasher);
            self.index.insert_unique(hash, id, |id| {
                let entry = &entries[*id as usize];
                hasher.hash_one((entry.parent, entry.key(body, keys)))
            });
        }
        match std::mem::replace(&mut self.entries[parent].last, id) {
            NONE => self.entries[parent].first = id,
            last => self.entries[last as usize].next = id,
        }
        id as usize
    }

    /// Puts what is below `object` into columns, or marks it as rest. `node` is the object's, if it has one.
    fn place(&mut self, body: &str, rows: &mut Rows, object: usize, node: Option<NodeId>) {
        let row = rows.base + rows.len();
        let mut at = self.entries[object].first;
        while at != NONE {
            let entry = &self.entries[at as usize];
            let (value, next) = (entry.value, entry.next);
            let token = match value {
                Value::Dropped | Value::Leaf(Token::Null, _) => {
                    at = next;
                    continue;
                }
                Value::Object => None,
                Value::Leaf(token, _) | Value::EmptyObject(token, _) => Some(token),
            };
            let key = entry.key(body, &self.keys);
            let child = node.and_then(|node| rows.trie.find(node, key).or_else(|| rows.trie.make(node, key, row)));
            match (token, child) {
                (None, child) => self.place(body, rows, at as usize, child),
                (Some(_), None) => self.mark_rest(at as usize),
                (Some(token), Some(child)) => match child.candidate() {
                    Some(place) => {
                        self.candidates[place] = at;
                        rows.pending.add(place, token);
                    }
                    None if rows.put(child, body, token).is_err() => self.mark_rest(at as usize),
                    None => {}
                },
            }
            at = next;
        }
    }

    fn mark_rest(&mut self, mut entry: usize) {
        while !self.entries[entry].has_rest {
            self.entries[entry].has_rest = true;
            entry = self.entries[entry].parent as usize;
        }
    }

    fn write_rest(&self, body: &str, object: usize, out: &mut Vec<u8>) {
        let mut separator = b'{';
        let mut at = self.entries[object].first;
        while at != NONE {
            let entry = &self.entries[at as usize];
            if entry.has_rest {
                out.extend_from_slice(&[separator, b'"']);
                separator = b',';
                text::mend_surrogates(entry.key.of(body), out);
                out.extend_from_slice(b"\":");
                match entry.value {
                    Value::Leaf(_, raw) | Value::EmptyObject(_, raw) => text::mend_surrogates(raw.of(body), out),
                    Value::Object | Value::Dropped => self.write_rest(body, at as usize, out),
                }
            }
            at = entry.next;
        }
        out.push(b'}');
    }
}

fn value(cursor: &mut Cursor<'_>, key: &str, depth: usize) -> Result<Token, Fault> {
    if key.ends_with("_json") {
        return cursor.raw(depth);
    }
    match cursor.peek() {
        Some(b'"' | b'[') => cursor.raw(depth),
        Some(b'-' | b'0'..=b'9') => cursor.number(),
        Some(b't' | b'f' | b'n') => cursor.literal(),
        Some(_) | None => Err(cursor.unexpected(Expected::Value)),
    }
}

// === impl Entry ===

impl Entry {
    fn new(parent: u32, key: Span, key_text: Option<Span>, value: Value) -> Self {
        Self { parent, first: NONE, last: NONE, next: NONE, key, key_text, value, has_rest: false }
    }

    fn key<'a>(&self, body: &'a str, keys: &'a str) -> &'a str {
        match self.key_text {
            Some(span) => span.of(keys),
            None => self.key.of(body),
        }
    }
}

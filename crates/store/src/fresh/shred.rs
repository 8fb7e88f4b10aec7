//! One record in one pass: from JSON text straight into the columns.
//!
//! Does not merge duplicate keys and keeps nothing that has no column: it gives such a record up (`Halt::Detour`) and
//! leaves it to `merge`.

use super::cursor::{Cursor, Token};
use super::error::{Expected, Fault};
use super::rows::{Full, Rows};
use super::trie::NodeId;
use model::Timestamp;

/// Why a record did not go in.
pub(super) enum Halt {
    /// It is well formed as far as it was read, but needs `merge`.
    Detour,
    Fault(Fault),
}

struct Shredder<'a, 't> {
    cursor: &'a mut Cursor<'t>,
    rows: &'a mut Rows,
    /// Differs from record to record.
    stamp: u32,
}

/// Reads the record that the cursor stands at and returns the time it names.
pub(super) fn record(cursor: &mut Cursor<'_>, rows: &mut Rows, stamp: u32) -> Result<Option<Timestamp>, Halt> {
    if cursor.open_object()? {
        Shredder { cursor, rows, stamp }.members(NodeId::ROOT, 1)?;
    }
    let time = rows.settle(cursor.text);
    while let Some((place, token)) = rows.pending.pop() {
        rows.put(NodeId::of_candidate(place), cursor.text, token)?;
    }
    Ok(time)
}

// === impl Halt ===

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Full> for Halt {
    fn from(_: Full) -> Self {
        Self::Detour
    }
}

// === impl Shredder ===

impl Shredder<'_, '_> {
    /// Reads the members of an object from the first key's quote on.
    fn members(&mut self, parent: NodeId, depth: usize) -> Result<(), Halt> {
        let mut previous = None;
        loop {
            self.cursor.at += 1;
            if let Some(node) = self.key(parent, previous)? {
                if !self.rows.trie.enter(node, self.stamp) {
                    return Err(Halt::Detour);
                }
                self.value(node, depth)?;
                previous = Some(node);
            }
            if !self.cursor.next_member()? {
                return Ok(());
            }
        }
    }

    /// Reads a key up to its value; where the key is new and its value null, reads that too and returns no node.
    #[inline]
    fn key(&mut self, parent: NodeId, previous: Option<NodeId>) -> Result<Option<NodeId>, Halt> {
        let Some((node, length)) = self.rows.trie.guess(parent, previous, self.cursor.bytes(), self.cursor.at) else {
            return self.unexpected_key(parent, previous);
        };
        self.cursor.at += length;
        if matches!(self.cursor.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.cursor.whitespace();
        }
        Ok(Some(node))
    }

    fn unexpected_key(&mut self, parent: NodeId, previous: Option<NodeId>) -> Result<Option<NodeId>, Halt> {
        let string = self.cursor.string()?;
        self.cursor.colon()?;
        let rows = &mut *self.rows;
        let key = string.unescaped(self.cursor.text, &mut rows.scratch);
        let node = match rows.trie.find(parent, key) {
            Some(node) => node,
            None if self.cursor.peek() == Some(b'n') => {
                self.cursor.literal()?;
                return Ok(None);
            }
            None => rows.trie.make(parent, key, rows.base + rows.times.len()).ok_or(Halt::Detour)?,
        };
        rows.trie.learn(parent, previous, node);
        Ok(Some(node))
    }

    #[inline]
    fn value(&mut self, node: NodeId, depth: usize) -> Result<(), Halt> {
        if self.rows.trie.is_raw(node) {
            let token = self.cursor.raw(depth)?;
            return self.put(node, token);
        }
        match self.cursor.peek() {
            Some(b'"') => {
                self.cursor.at += 1;
                let string = self.cursor.string()?;
                match node.candidate() {
                    Some(place) => self.rows.pending.add(place, Token::Text(string)),
                    None => self.rows.put_text(node, self.cursor.text, string)?,
                }
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => {
                let token = self.cursor.number()?;
                self.put(node, token)
            }
            Some(b'{') => self.object(node, depth + 1),
            Some(b'[') => {
                let token = self.cursor.raw(depth)?;
                self.put(node, token)
            }
            Some(b't' | b'f' | b'n') => {
                let token = self.cursor.literal()?;
                self.put(node, token)
            }
            Some(_) | None => Err(self.cursor.unexpected(Expected::Value).into()),
        }
    }

    fn object(&mut self, node: NodeId, depth: usize) -> Result<(), Halt> {
        self.cursor.deeper(depth)?;
        let start = self.cursor.at;
        if self.cursor.open_object()? {
            return self.members(node, depth);
        }
        let token = Token::json(start, self.cursor.at);
        self.put(node, token)
    }

    #[inline]
    fn put(&mut self, node: NodeId, token: Token) -> Result<(), Halt> {
        match node.candidate() {
            Some(place) if token != Token::Null => self.rows.pending.add(place, token),
            Some(_) => {}
            None => self.rows.put(node, self.cursor.text, token)?,
        }
        Ok(())
    }
}

//! Nodes asked of columns, each only of the rows that are still open.

use arrow::array::builder::make_view;
use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::datatypes::{Float64Type, Int64Type};
use model::{RecordId, TimeRange};
use store::{ColumnKey, Columns, Kind};

use super::fields::{Fields, is_at_or_under, present};
use super::label::{LabelReader, RowReader};
use super::names::Part;
use super::value::{NumberTest, Scratch, TextTest, ValueTest};
use super::{Asks, FieldTerm, LevelTest, Node};
use crate::cancel::Cancel;
use crate::members::Members;

/// Some columns under evaluation.
struct Evaluation<'a> {
    columns: &'a Columns,
    cancel: &'a Cancel,
    fields: Fields<'a>,
    scratch: Scratch,
}

pub(super) fn evaluate(root: &Node, columns: &Columns, cancel: &Cancel) -> BooleanBuffer {
    let all = BooleanBuffer::new_set(columns.rows());
    Evaluation { columns, cancel, fields: Fields::of(columns), scratch: Scratch::default() }.node(root, &all)
}

/// The rows among `rows` for which `holds` holds; asks of no other row.
fn select(rows: &BooleanBuffer, mut holds: impl FnMut(usize) -> bool) -> BooleanBuffer {
    let mut words = Vec::with_capacity(rows.len() / 64 + 1);
    for (i, word) in rows.bit_chunks().iter_padded().enumerate() {
        let (mut left, mut held) = (word, 0);
        while left != 0 {
            let bit = left.trailing_zeros() as usize;
            held |= u64::from(holds(64 * i + bit)) << bit;
            left &= left - 1;
        }
        words.push(held);
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, rows.len())
}

fn none(rows: &BooleanBuffer) -> BooleanBuffer {
    BooleanBuffer::new_unset(rows.len())
}

fn without(rows: &BooleanBuffer, found: &BooleanBuffer) -> BooleanBuffer {
    rows & &!found
}

// === impl Evaluation ===

impl<'a> Evaluation<'a> {
    /// The rows among `rows` that match.
    fn node(&mut self, node: &'a Node, rows: &BooleanBuffer) -> BooleanBuffer {
        // A query may have very many nodes, and each asks many rows.
        if self.cancel.check().is_err() {
            return none(rows);
        }
        match node {
            Node::All => rows.clone(),
            Node::And(nodes) => {
                let mut left = rows.clone();
                for node in nodes {
                    if !left.has_true() {
                        break;
                    }
                    left = self.node(node, &left);
                }
                left
            }
            Node::Or(nodes) => {
                let mut found = none(rows);
                for node in nodes {
                    let open = without(rows, &found);
                    if !open.has_true() {
                        break;
                    }
                    found = &found | &self.node(node, &open);
                }
                found
            }
            Node::Not(inner) => without(rows, &self.node(inner, rows)),
            Node::Time(range) => self.time(range, rows),
            Node::Record(id) => self.record(id, rows),
            Node::Level(test) => self.level(test, rows),
            Node::Message(test) => match self.text_column(&ColumnKey::Message) {
                Some(messages) => self.text(messages, test, rows),
                None => none(rows),
            },
            Node::HasPart(part) => self.has_part(*part, rows),
            Node::Field(term) => self.field(term, rows),
            Node::Label(term) => {
                let reader = LabelReader::new(&term.source, self.columns);
                let mut text = String::new();
                let cancel = self.cancel;
                select(rows, |row| cancel.check().is_ok() && term.matches(reader.read(row, &mut text)))
            }
            Node::Flow(term) => {
                let mut reader = RowReader::new(&term.source, self.columns, self.cancel);
                select(rows, |row| self.cancel.check().is_ok() && reader.go_to(row))
            }
            Node::Line(test) => match self.text_column(&ColumnKey::Message) {
                Some(lines) => {
                    let line = |row: usize| if lines.is_valid(row) { lines.value(row) } else { "" };
                    select(rows, |row| self.cancel.check().is_ok() && test.matches(line(row)))
                }
                None if test.matches("") => rows.clone(),
                None => none(rows),
            },
        }
    }

    fn text_column(&self, key: &ColumnKey) -> Option<&'a StringViewArray> {
        self.columns.get(key)?.as_string_view_opt()
    }

    fn numbers(&self, key: &ColumnKey) -> Option<&'a [i64]> {
        Some(self.columns.get(key)?.as_primitive_opt::<Int64Type>()?.values())
    }

    fn time(&self, range: &TimeRange, rows: &BooleanBuffer) -> BooleanBuffer {
        let (from, to) = (range.from.nanos(), range.to.nanos());
        match self.numbers(&ColumnKey::Timestamp) {
            Some(times) => rows & &BooleanBuffer::collect_bool(times.len(), |row| from <= times[row] && times[row] < to),
            None => none(rows),
        }
    }

    fn record(&self, id: &RecordId, rows: &BooleanBuffer) -> BooleanBuffer {
        match (self.numbers(&ColumnKey::Timestamp), self.numbers(&ColumnKey::Sequence)) {
            (Some(times), Some(sequences)) => {
                select(rows, |row| times[row] == id.timestamp.nanos() && sequences[row] as u64 == id.sequence)
            }
            _ => none(rows),
        }
    }

    fn level(&mut self, test: &'a LevelTest, rows: &BooleanBuffer) -> BooleanBuffer {
        let Some(levels) = self.text_column(&ColumnKey::Level) else {
            return none(rows);
        };
        match test {
            LevelTest::Text(test) => self.text(levels, test, rows),
            LevelTest::OneOf(names) => {
                // Every level's name is short enough to lie in the view itself, so two views are equal when the texts are.
                let wanted: Vec<u128> = names.iter().map(|name| make_view(name.as_bytes(), 0, 0)).collect();
                let views = levels.views();
                let equal = BooleanBuffer::collect_bool(levels.len(), |row| wanted.contains(&views[row]));
                present(levels, &(rows & &equal))
            }
        }
    }

    fn has_part(&self, part: Part, rows: &BooleanBuffer) -> BooleanBuffer {
        let key = match part {
            Part::Timestamp => ColumnKey::Timestamp,
            Part::Level => ColumnKey::Level,
            Part::Message => ColumnKey::Message,
        };
        self.columns.get(&key).map_or_else(|| none(rows), |array| present(array, rows))
    }

    fn text(&mut self, texts: &StringViewArray, test: &TextTest, rows: &BooleanBuffer) -> BooleanBuffer {
        let rows = present(texts, rows);
        let scratch = &mut self.scratch;
        match test {
            TextTest::Like(matcher) => match matcher.exact_len() {
                Some(length) => {
                    // The low half of a view's first word is the length: most values are told apart by it.
                    let views = texts.views();
                    let fits = |row: usize| views[row] as u32 as usize == length;
                    select(&rows, |row| fits(row) && matcher.matches(texts.value(row), &mut scratch.folded))
                }
                None => select(&rows, |row| matcher.matches(texts.value(row), &mut scratch.folded)),
            },
            test => select(&rows, |row| self.cancel.check().is_ok() && test.matches(texts.value(row), scratch)),
        }
    }

    fn field(&mut self, term: &'a FieldTerm, rows: &BooleanBuffer) -> BooleanBuffer {
        let mut found = none(rows);
        match &term.asks {
            Asks::Presence => {
                for array in self.fields.under(&term.names) {
                    found = &found | &present(array, rows);
                }
            }
            Asks::Value(test) => {
                let columns: Vec<_> = self.fields.named(&term.names).collect();
                for (kind, array) in columns {
                    found = &found | &self.values(kind, array, test, &without(rows, &found));
                }
            }
        }
        let Some(rest) = self.fields.rest else {
            return found;
        };
        let open = present(rest, &without(rows, &found));
        let scratch = &mut self.scratch;
        &found | &select(&open, |row| term.holds_in_rest(rest.value(row), scratch))
    }

    fn values(&mut self, kind: Kind, array: &ArrayRef, test: &ValueTest, rows: &BooleanBuffer) -> BooleanBuffer {
        let rows = &present(array, rows);
        let scratch = &mut self.scratch;
        match kind {
            Kind::Text => match array.as_string_view_opt() {
                Some(texts) => self.text(texts, &test.text, rows),
                None => none(rows),
            },
            Kind::Int => match (array.as_primitive_opt::<Int64Type>(), &test.numbers) {
                (None, _) | (_, NumberTest::Never) => none(rows),
                (Some(ints), NumberTest::Within(interval)) => {
                    let ints = ints.values();
                    rows & &BooleanBuffer::collect_bool(ints.len(), |row| interval.holds_int(ints[row]))
                }
                (Some(ints), NumberTest::AsText) => select(rows, |row| test.int(ints.value(row), scratch)),
            },
            Kind::Float => match (array.as_primitive_opt::<Float64Type>(), &test.numbers) {
                (None, _) | (_, NumberTest::Never) => none(rows),
                (Some(floats), NumberTest::Within(interval)) => {
                    let floats = floats.values();
                    rows & &BooleanBuffer::collect_bool(floats.len(), |row| interval.holds_float(floats[row]))
                }
                (Some(floats), NumberTest::AsText) => select(rows, |row| test.float(floats.value(row), scratch)),
            },
            Kind::Bool => match array.as_boolean_opt() {
                Some(flags) => select(rows, |row| test.flag(flags.value(row), scratch)),
                None => none(rows),
            },
            Kind::Json => match array.as_string_view_opt() {
                Some(texts) => select(rows, |row| test.json(texts.value(row), scratch)),
                None => none(rows),
            },
        }
    }
}

// === impl FieldTerm ===

impl FieldTerm {
    /// Whether the term holds for a record by the fields that have no column.
    fn holds_in_rest(&self, rest: &str, scratch: &mut Scratch) -> bool {
        // A key with an escape in it need not show in the text as it is.
        let may_hold = self.last_keys.iter().any(|key| key.find(rest.as_bytes()).is_some())
            || memchr::memchr(b'\\', rest.as_bytes()).is_some();
        if !may_hold {
            return false;
        }
        self.holds_within(&Members::read(rest), &mut String::new(), scratch)
    }

    /// `path` is the dotted name of the object and a dot; empty for the whole rest.
    fn holds_within(&self, object: &Members<'_>, path: &mut String, scratch: &mut Scratch) -> bool {
        let outer = path.len();
        object.iter().any(|(key, value)| {
            path.push_str(key);
            let value = value.get();
            let inner = if value.starts_with('{') { Members::read(value) } else { Members::default() };
            let holds = if inner.is_empty() {
                match &self.asks {
                    Asks::Presence => value != "null" && is_at_or_under(path, &self.names),
                    Asks::Value(test) => self.names.contains(path) && test.json(value, scratch),
                }
            } else {
                path.push('.');
                self.holds_within(&inner, path, scratch)
            };
            path.truncate(outer);
            holds
        })
    }
}

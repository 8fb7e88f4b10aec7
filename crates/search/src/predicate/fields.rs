//! The columns that a predicate reads, found by the names in it.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use store::{ColumnKey, Columns, Kind};

use super::label::is_in;
use super::names::Part;
use super::{Asks, Node, RowSource};

/// Columns by the dotted names of their fields.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    columns: Vec<(String, Kind, &'a ArrayRef)>,
    by_name: HashMap<String, Vec<usize>>,
    pub(super) rest: Option<&'a StringViewArray>,
}

/// What a tree of nodes asks for.
#[derive(Debug, Default)]
struct Wanted<'a> {
    timestamp: bool,
    sequence: bool,
    level: bool,
    message: bool,
    values: HashSet<&'a str>,
    presences: HashSet<&'a str>,
    labels: HashSet<&'a str>,
    sources: Vec<&'a RowSource>,
}

pub(super) fn needed(root: &Node, available: &[ColumnKey]) -> Vec<ColumnKey> {
    let mut wanted = Wanted::default();
    wanted.gather(root);
    available.iter().filter(|key| wanted.wants(key)).cloned().collect()
}

/// Whether `name` is one of `outer` or that of something inside an object of such a name.
pub(super) fn is_at_or_under(name: &str, outer: &[String]) -> bool {
    outer.iter().any(|outer| name.strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(super) fn of(columns: &'a Columns) -> Self {
        let mut fields = Self { columns: Vec::new(), by_name: HashMap::new(), rest: None };
        for (key, array) in columns.iter() {
            match key {
                ColumnKey::Field(path, kind) => {
                    let name = path.name();
                    fields.by_name.entry(name.clone()).or_default().push(fields.columns.len());
                    fields.columns.push((name, *kind, array));
                }
                ColumnKey::Rest => fields.rest = array.as_string_view_opt(),
                ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Level | ColumnKey::Message => {}
            }
        }
        fields
    }

    /// The columns of a field of one of these names.
    pub(super) fn named(&self, names: &'a [String]) -> impl Iterator<Item = (Kind, &'a ArrayRef)> {
        let at = names.iter().filter_map(|name| self.by_name.get(name)).flatten();
        at.map(|&at| (self.columns[at].1, self.columns[at].2))
    }

    /// The columns of a field of one of these names or of one inside it.
    pub(super) fn under(&self, names: &'a [String]) -> impl Iterator<Item = &'a ArrayRef> {
        self.columns.iter().filter(|(name, ..)| is_at_or_under(name, names)).map(|(_, _, array)| *array)
    }
}

// === impl Wanted ===

impl<'a> Wanted<'a> {
    fn gather(&mut self, node: &'a Node) {
        match node {
            Node::All => {}
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| self.gather(node)),
            Node::Not(inner) => self.gather(inner),
            Node::Time(_) => self.timestamp = true,
            Node::Record(_) => (self.timestamp, self.sequence) = (true, true),
            Node::Level(_) | Node::HasPart(Part::Level) => self.level = true,
            Node::Message(_) | Node::HasPart(Part::Message) => self.message = true,
            Node::HasPart(Part::Timestamp) => self.timestamp = true,
            Node::Line(_) => self.message = true,
            Node::Flow(term) => self.sources.push(&term.source),
            Node::Label(term) => {
                self.labels.insert(&term.source.label);
                self.message |= term.source.reads_lines();
            }
            Node::Field(term) => {
                let names = term.names.iter().map(String::as_str);
                match term.asks {
                    Asks::Presence => self.presences.extend(names),
                    Asks::Value(_) => self.values.extend(names),
                }
            }
        }
    }

    fn wants(&self, key: &ColumnKey) -> bool {
        if self.labels.iter().any(|label| is_in(key, label)) || self.sources.iter().any(|source| source.needs(key)) {
            return true;
        }
        match key {
            ColumnKey::Timestamp => self.timestamp,
            ColumnKey::Sequence => self.sequence,
            ColumnKey::Level => self.level,
            ColumnKey::Message => self.message,
            ColumnKey::Rest => !self.values.is_empty() || !self.presences.is_empty(),
            ColumnKey::Field(path, _) => {
                let name = path.name();
                let outer = |at: usize| self.presences.contains(&name[..at]);
                self.values.contains(&*name)
                    || self.presences.contains(&*name)
                    || name.match_indices('.').any(|(at, _)| outer(at))
            }
        }
    }
}

/// Rows where the array has a value.
pub(super) fn present(array: &dyn Array, rows: &arrow::buffer::BooleanBuffer) -> arrow::buffer::BooleanBuffer {
    array.nulls().map_or_else(|| rows.clone(), |nulls| rows & nulls.inner())
}

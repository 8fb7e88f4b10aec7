//! Rows of one source as columns: what fresh tables and parts hand to a reader.
//!
//! Always holds: every array of a `Columns` has `rows` entries, and the array's Arrow type is that of its key.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::take;

/// A field's dotted path. Where a key itself holds a dot or a backslash, that character is written with a backslash
/// before it, so that `{"a.b":1}` and `{"a":{"b":1}}` keep apart and can be given back as they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Arc<str>);

/// The physical type of a field's column. A field whose values differ in type has one column for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `StringViewArray`
    Text,
    /// `Int64Array`
    Int,
    /// `Float64Array`
    Float,
    /// `BooleanArray`
    Bool,
    /// `StringViewArray` of JSON text as sent: arrays, empty objects, numbers that neither `Int` nor `Float` hold.
    Json,
}

/// Names one column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKey {
    /// `Int64Array`, never null: nanoseconds since 1970.
    Timestamp,
    /// `Int64Array`, never null: the order of arrival in the source, from 1.
    Sequence,
    /// `StringViewArray`: a name of `model::Level`, or what was sent in lower case where that is none.
    Level,
    /// `StringViewArray`
    Message,
    /// `StringViewArray`: a JSON object, nested as sent, of the fields that have no column of their own.
    Rest,
    Field(FieldPath, Kind),
}

/// Some columns of some rows.
#[derive(Debug, Clone)]
pub struct Columns {
    rows: usize,
    columns: Vec<(ColumnKey, ArrayRef)>,
}

/// Which columns a reader wants.
#[derive(Debug, Clone)]
pub enum Projection {
    All,
    Only(Vec<ColumnKey>),
}

// === impl FieldPath ===

impl FieldPath {
    /// The path of nested keys, outermost first.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for (i, key) in keys.into_iter().enumerate() {
            if i > 0 {
                text.push('.');
            }
            for c in key.chars() {
                if matches!(c, '.' | '\\') {
                    text.push('\\');
                }
                text.push(c);
            }
        }
        Self(text.into())
    }

    /// Takes a path that is escaped already.
    #[must_use]
    pub fn from_escaped(text: &str) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_escaped(&self) -> &str {
        &self.0
    }

    /// The dotted name that people use: without the escapes, so two paths may share it.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = String::with_capacity(self.0.len());
        let mut characters = self.0.chars();
        while let Some(c) = characters.next() {
            name.extend(if c == '\\' { characters.next() } else { Some(c) });
        }
        name
    }

    /// The nested keys, outermost first.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let (mut keys, mut key) = (Vec::new(), String::new());
        let mut characters = self.0.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => key.extend(characters.next()),
                '.' => keys.push(std::mem::take(&mut key)),
                c => key.push(c),
            }
        }
        keys.push(key);
        keys
    }
}

/// The dotted name.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

// === impl Columns ===

impl Columns {
    /// # Panics
    /// If an array's length is not `rows`: that would be a defect of the reader that built it.
    #[must_use]
    pub fn new(rows: usize, columns: Vec<(ColumnKey, ArrayRef)>) -> Self {
        assert!(columns.iter().all(|(_, array)| array.len() == rows), "every column has every row");
        Self { rows, columns }
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// `None` where no row has the column: it reads as null.
    #[must_use]
    pub fn get(&self, key: &ColumnKey) -> Option<&ArrayRef> {
        self.columns.iter().find_map(|(k, array)| (k == key).then_some(array))
    }

    /// Those of the columns that are here.
    #[must_use]
    pub fn project(&self, keys: &[ColumnKey]) -> Self {
        let columns = keys.iter().filter_map(|key| Some((key.clone(), Arc::clone(self.get(key)?))));
        Self { rows: self.rows, columns: columns.collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ColumnKey, &ArrayRef)> {
        self.columns.iter().map(|(key, array)| (key, array))
    }

    /// Some rows, by their place.
    ///
    /// # Panics
    /// If a place is not below `rows`.
    #[must_use]
    pub fn take(&self, places: &[u32]) -> Self {
        let places = UInt32Array::from(places.to_vec());
        let pick = |array: &ArrayRef| take(array, &places, None).expect("the caller names rows that there are");
        let columns = self.columns.iter().map(|(key, array)| (key.clone(), pick(array))).collect();
        Self { rows: places.len(), columns }
    }

    #[must_use]
    pub fn slice(&self, offset: usize, rows: usize) -> Self {
        let columns = self.columns.iter().map(|(key, array)| (key.clone(), array.slice(offset, rows))).collect();
        Self { rows, columns }
    }
}

// === impl Projection ===

impl Projection {
    #[must_use]
    pub fn wants(&self, key: &ColumnKey) -> bool {
        match self {
            Self::All => true,
            Self::Only(keys) => keys.contains(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_its_keys_back() {
        let nested = FieldPath::from_keys(["a", "b"]);
        let dotted = FieldPath::from_keys(["a.b"]);
        assert_ne!(nested, dotted);
        assert_eq!((nested.name(), dotted.name()), ("a.b".to_owned(), "a.b".to_owned()));
        assert_eq!(nested.keys(), ["a", "b"]);
        assert_eq!(dotted.keys(), ["a.b"]);
        assert_eq!(FieldPath::from_keys(["back\\slash", ""]).keys(), ["back\\slash", ""]);
    }
}

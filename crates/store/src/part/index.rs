//! What a part knows of its pages, so that a reader can leave out those that cannot match.
//!
//! Stored as a JSON header and one block of bytes that the header points into (`docs/formats/part.md`).
//! Always holds: a page left out by a zone holds no row that could match. Comparison of text folds ASCII case only,
//! as the search language does.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::bloom;
use super::encode::{self, Layout};
use crate::{ColumnKey, FieldPath, Kind};

/// The index of one part.
#[derive(Debug, Clone)]
pub struct PartIndex {
    pub rows: usize,
    pub page_rows: usize,
    pub(crate) columns: Vec<IndexedColumn>,
    /// Who sent the rows, as `Arrivals` reads it.
    pub(crate) arrivals: Bytes,
}

/// One column, in the order of the Parquet file's columns.
#[derive(Debug, Clone)]
pub(crate) struct IndexedColumn {
    pub(crate) key: ColumnKey,
    pub(crate) layout: Layout,
    /// Rows that have a value.
    pub(crate) values: usize,
    pub(crate) zone: Zone,
}

/// What is known of a column's values, page by page.
#[derive(Debug, Clone)]
pub enum Zone {
    Unknown,
    /// Smallest and largest; a page without values has a smallest above its largest.
    Ints {
        min: Vec<i64>,
        max: Vec<i64>,
    },
    Floats {
        min: Vec<f64>,
        max: Vec<f64>,
    },
    /// All values of the part, and for each page a bit for each value it holds.
    Values {
        values: Vec<String>,
        pages: Vec<u64>,
    },
    /// A Bloom filter of a page's folded values.
    ValueBloom(Blooms),
    /// A Bloom filter of a page's folded tokens.
    TokenBloom(Blooms),
}

/// One filter a page: `ends[i]` is where the filter of page `i` ends in `bits`.
#[derive(Debug, Clone, Default)]
pub struct Blooms {
    pub(crate) ends: Vec<u32>,
    pub(crate) bits: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the part's index header is not readable")]
    Header(#[source] serde_json::Error),
    #[error("the part's index points outside itself")]
    Range,
}

#[derive(Serialize, Deserialize)]
struct StoredIndex {
    rows: usize,
    page_rows: usize,
    columns: Vec<StoredColumn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrivals: Option<Place>,
}

#[derive(Serialize, Deserialize)]
struct StoredColumn {
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    layout: Layout,
    values: usize,
    zone: StoredZone,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Timestamp,
    Sequence,
    Level,
    Message,
    Rest,
    Text,
    Int,
    Float,
    Bool,
    Json,
}

/// A place in the block: offset and length in bytes.
#[derive(Serialize, Deserialize)]
struct Place(usize, usize);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredZone {
    Unknown,
    Ints { min: Place, max: Place },
    Floats { min: Place, max: Place },
    Values { values: Vec<String>, pages: Place },
    ValueBloom { ends: Place, bits: Place },
    TokenBloom { ends: Place, bits: Place },
}

// === impl PartIndex ===

impl PartIndex {
    #[must_use]
    pub fn pages(&self) -> usize {
        self.rows.div_ceil(self.page_rows)
    }

    /// The columns that any row of the part has, each with the number of rows that have it.
    pub fn columns(&self) -> impl Iterator<Item = (&ColumnKey, usize)> {
        self.columns.iter().map(|column| (&column.key, column.values))
    }

    pub(crate) fn position(&self, key: &ColumnKey) -> Option<usize> {
        self.columns.iter().position(|column| column.key == *key)
    }

    #[must_use]
    pub fn zone(&self, key: &ColumnKey) -> Option<&Zone> {
        self.position(key).map(|at| &self.columns[at].zone)
    }

    /// The pages whose column `key` may hold `text`, compared without regard to ASCII case.
    /// `None` where the index does not know. A part without the column has no page.
    #[must_use]
    pub fn pages_with_text(&self, key: &ColumnKey, text: &str) -> Option<Vec<bool>> {
        let Some(at) = self.position(key) else {
            return Some(vec![false; self.pages()]);
        };
        let column = &self.columns[at];
        match &column.zone {
            Zone::Values { values, pages } => {
                let mut mask = 0;
                for (bit, value) in values.iter().enumerate() {
                    mask |= u64::from(value.eq_ignore_ascii_case(text)) << bit;
                }
                Some(pages.iter().map(|present| present & mask != 0).collect())
            }
            Zone::ValueBloom(blooms) => {
                let folded = text.to_ascii_lowercase();
                match encode::pack(&column.layout, &folded) {
                    Some(packed) => Some(blooms.pages_with(bloom::hash(&packed))),
                    None => Some(vec![false; self.pages()]),
                }
            }
            Zone::Unknown | Zone::Ints { .. } | Zone::Floats { .. } | Zone::TokenBloom(_) => None,
        }
    }

    /// The pages whose message may hold the folded token.
    #[must_use]
    pub fn pages_with_token(&self, token: &[u8]) -> Option<Vec<bool>> {
        let Some(zone) = self.zone(&ColumnKey::Message) else {
            return Some(vec![false; self.pages()]);
        };
        match zone {
            Zone::TokenBloom(blooms) => Some(blooms.pages_with(bloom::hash(token))),
            Zone::Unknown | Zone::Ints { .. } | Zone::Floats { .. } | Zone::Values { .. } | Zone::ValueBloom(_) => None,
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut block = Vec::new();
        let columns = self.columns.iter().map(|column| column.store(&mut block)).collect();
        let arrivals = (!self.arrivals.is_empty()).then(|| Place(block.len(), self.arrivals.len()));
        block.extend_from_slice(&self.arrivals);
        let stored = StoredIndex { rows: self.rows, page_rows: self.page_rows, columns, arrivals };
        let header = serde_json::to_vec(&stored).unwrap_or_default();
        let mut out = Vec::with_capacity(4 + header.len() + block.len());
        out.extend((header.len() as u32).to_le_bytes());
        out.extend(header);
        out.extend(block);
        out
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IndexError> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(IndexError::Range)?;
        let (header, block) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(IndexError::Range)?;
        let stored: StoredIndex = serde_json::from_slice(header).map_err(IndexError::Header)?;
        if stored.page_rows == 0 {
            return Err(IndexError::Range);
        }
        let pages = stored.rows.div_ceil(stored.page_rows);
        let columns =
            stored.columns.into_iter().map(|column| column.load(block, pages)).collect::<Result<Vec<_>, IndexError>>()?;
        let arrivals = stored.arrivals.map_or(Ok([].as_slice()), |place| slice(block, &place))?;
        Ok(Self { rows: stored.rows, page_rows: stored.page_rows, columns, arrivals: Bytes::copy_from_slice(arrivals) })
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let zone = |zone: &Zone| match zone {
            Zone::Unknown => 0,
            Zone::Ints { min, .. } => min.len() * 16,
            Zone::Floats { min, .. } => min.len() * 16,
            Zone::Values { values, pages } => pages.len() * 8 + values.iter().map(|v| v.len() + 24).sum::<usize>(),
            Zone::ValueBloom(blooms) | Zone::TokenBloom(blooms) => blooms.bits.len() + blooms.ends.len() * 4,
        };
        self.columns.iter().map(|column| 120 + zone(&column.zone)).sum::<usize>() + self.arrivals.len()
    }
}

// === impl Blooms ===

impl Blooms {
    fn pages_with(&self, hash: u64) -> Vec<bool> {
        let mut start = 0;
        let filter = |&end: &u32| {
            let filter = &self.bits[start..end as usize];
            start = end as usize;
            bloom::may_contain(filter, hash)
        };
        self.ends.iter().map(filter).collect()
    }
}

// === impl IndexedColumn ===

impl IndexedColumn {
    fn store(&self, block: &mut Vec<u8>) -> StoredColumn {
        let (role, path) = match &self.key {
            ColumnKey::Timestamp => (Role::Timestamp, None),
            ColumnKey::Sequence => (Role::Sequence, None),
            ColumnKey::Level => (Role::Level, None),
            ColumnKey::Message => (Role::Message, None),
            ColumnKey::Rest => (Role::Rest, None),
            ColumnKey::Field(path, kind) => {
                let role = match kind {
                    Kind::Text => Role::Text,
                    Kind::Int => Role::Int,
                    Kind::Float => Role::Float,
                    Kind::Bool => Role::Bool,
                    Kind::Json => Role::Json,
                };
                (role, Some(path.as_escaped().to_owned()))
            }
        };
        let mut place = |bytes: &mut dyn Iterator<Item = u8>| {
            let start = block.len();
            block.extend(bytes);
            Place(start, block.len() - start)
        };
        let zone = match &self.zone {
            Zone::Unknown => StoredZone::Unknown,
            Zone::Ints { min, max } => StoredZone::Ints {
                min: place(&mut min.iter().flat_map(|v| v.to_le_bytes())),
                max: place(&mut max.iter().flat_map(|v| v.to_le_bytes())),
            },
            Zone::Floats { min, max } => StoredZone::Floats {
                min: place(&mut min.iter().flat_map(|v| v.to_le_bytes())),
                max: place(&mut max.iter().flat_map(|v| v.to_le_bytes())),
            },
            Zone::Values { values, pages } => {
                StoredZone::Values { values: values.clone(), pages: place(&mut pages.iter().flat_map(|v| v.to_le_bytes())) }
            }
            Zone::ValueBloom(b) => StoredZone::ValueBloom {
                ends: place(&mut b.ends.iter().flat_map(|v| v.to_le_bytes())),
                bits: place(&mut b.bits.iter().copied()),
            },
            Zone::TokenBloom(b) => StoredZone::TokenBloom {
                ends: place(&mut b.ends.iter().flat_map(|v| v.to_le_bytes())),
                bits: place(&mut b.bits.iter().copied()),
            },
        };
        StoredColumn { role, path, layout: self.layout.clone(), values: self.values, zone }
    }
}

// === impl StoredColumn ===

impl StoredColumn {
    fn load(self, block: &[u8], pages: usize) -> Result<IndexedColumn, IndexError> {
        let field = |kind| {
            let path = self.path.as_deref().ok_or(IndexError::Range)?;
            Ok(ColumnKey::Field(FieldPath::from_escaped(path), kind))
        };
        let key = match self.role {
            Role::Timestamp => ColumnKey::Timestamp,
            Role::Sequence => ColumnKey::Sequence,
            Role::Level => ColumnKey::Level,
            Role::Message => ColumnKey::Message,
            Role::Rest => ColumnKey::Rest,
            Role::Text => field(Kind::Text)?,
            Role::Int => field(Kind::Int)?,
            Role::Float => field(Kind::Float)?,
            Role::Bool => field(Kind::Bool)?,
            Role::Json => field(Kind::Json)?,
        };
        let zone = match self.zone {
            StoredZone::Unknown => Zone::Unknown,
            StoredZone::Ints { min, max } => Zone::Ints {
                min: words(block, &min, pages, i64::from_le_bytes)?,
                max: words(block, &max, pages, i64::from_le_bytes)?,
            },
            StoredZone::Floats { min, max } => Zone::Floats {
                min: words(block, &min, pages, f64::from_le_bytes)?,
                max: words(block, &max, pages, f64::from_le_bytes)?,
            },
            StoredZone::Values { values, pages: place } => {
                if values.len() > 64 {
                    return Err(IndexError::Range);
                }
                Zone::Values { values, pages: words(block, &place, pages, u64::from_le_bytes)? }
            }
            StoredZone::ValueBloom { ends, bits } => Zone::ValueBloom(blooms(block, &ends, &bits, pages)?),
            StoredZone::TokenBloom { ends, bits } => Zone::TokenBloom(blooms(block, &ends, &bits, pages)?),
        };
        Ok(IndexedColumn { key, layout: self.layout, values: self.values, zone })
    }
}

fn slice<'a>(block: &'a [u8], place: &Place) -> Result<&'a [u8], IndexError> {
    let end = place.0.checked_add(place.1).ok_or(IndexError::Range)?;
    block.get(place.0..end).ok_or(IndexError::Range)
}

fn words<T>(block: &[u8], place: &Place, pages: usize, read: fn([u8; 8]) -> T) -> Result<Vec<T>, IndexError> {
    let (words, rest) = slice(block, place)?.as_chunks::<8>();
    if words.len() != pages || !rest.is_empty() {
        return Err(IndexError::Range);
    }
    Ok(words.iter().map(|word| read(*word)).collect())
}

fn blooms(block: &[u8], ends: &Place, bits: &Place, pages: usize) -> Result<Blooms, IndexError> {
    let (ends, rest) = slice(block, ends)?.as_chunks::<4>();
    let ends: Vec<u32> = ends.iter().map(|end| u32::from_le_bytes(*end)).collect();
    let bits = slice(block, bits)?.to_vec();
    if ends.len() != pages || !rest.is_empty() || !ends.is_sorted() || ends.last().is_some_and(|&end| end as usize > bits.len()) {
        return Err(IndexError::Range);
    }
    Ok(Blooms { ends, bits })
}

//! The order of rows in a part: by stream key, then newest first.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use hashbrown::HashMap;

use super::write::PartRows;
use crate::{ColumnKey, Columns, FieldPath, Kind};

/// Where a row comes from: its chunk and its place in it.
pub(crate) type Place = (usize, usize);

/// Fields that name what wrote a record, the best first. Rows of one writer lie together: they compress well, and the
/// newest records of one service are a page or two.
const STREAM_FIELDS: [&[&str]; 10] = [
    &["service"],
    &["service.name"],
    &["resource", "service.name"],
    &["service", "name"],
    &["app"],
    &["application"],
    &["appname"],
    &["job"],
    &["context", "system", "hostname"],
    &["host"],
];

/// The column that this part's rows are grouped by, if its records have one.
fn stream_key(keys: &BTreeSet<ColumnKey>) -> Option<ColumnKey> {
    let streams = STREAM_FIELDS.iter().map(|keys| ColumnKey::Field(FieldPath::from_keys(keys.iter().copied()), Kind::Text));
    streams.into_iter().find(|key| keys.contains(key))
}

/// All rows in the part's order.
pub(crate) fn order(rows: &dyn PartRows, keys: &BTreeSet<ColumnKey>) -> Vec<Place> {
    let stream = stream_key(keys);
    let sorted_by: Vec<ColumnKey> = [ColumnKey::Timestamp, ColumnKey::Sequence].into_iter().chain(stream.clone()).collect();
    let chunks = rows.read(&sorted_by);
    let mut names: HashMap<&str, u32> = HashMap::new();
    let mut rows: Vec<(u32, i64, i64, Place)> = Vec::with_capacity(chunks.iter().map(Columns::rows).sum());
    for (chunk_at, chunk) in chunks.iter().enumerate() {
        let streams = stream.as_ref().and_then(|key| chunk.get(key)).map(|array| array.as_string_view());
        let (Some(times), Some(sequences)) = (chunk.get(&ColumnKey::Timestamp), chunk.get(&ColumnKey::Sequence)) else {
            continue;
        };
        let (times, sequences) = (times.as_primitive::<Int64Type>().values(), sequences.as_primitive::<Int64Type>().values());
        for row in 0..chunk.rows() {
            let ordinal = match streams {
                Some(array) if array.is_valid(row) => {
                    let next = names.len() as u32 + 1;
                    *names.entry(array.value(row)).or_insert(next)
                }
                Some(_) | None => 0,
            };
            rows.push((ordinal, times[row], sequences[row], (chunk_at, row)));
        }
    }
    rank_by_name(&names, &mut rows);
    rows.sort_by_key(|&(ordinal, time, sequence, _)| (ordinal, std::cmp::Reverse((time, sequence))));
    rows.into_iter().map(|(.., place)| place).collect()
}

/// Ordinals follow the first sight of a name; parts shall sort by the name itself, so that merging them is cheap.
fn rank_by_name(names: &HashMap<&str, u32>, rows: &mut [(u32, i64, i64, Place)]) {
    let mut sorted: Vec<(&str, u32)> = names.iter().map(|(name, ordinal)| (*name, *ordinal)).collect();
    sorted.sort_unstable();
    let mut ranks = vec![0; sorted.len() + 1];
    for (rank, (_, ordinal)) in sorted.into_iter().enumerate() {
        ranks[ordinal as usize] = rank as u32 + 1;
    }
    for row in rows {
        row.0 = ranks[row.0 as usize];
    }
}

//! Which Parquet encoding a column's pages get: the one that a look at its values says is smallest.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use hashbrown::HashSet;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::schema::types::ColumnPath;

use super::bloom;

/// How a column's pages are encoded, before they are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Each distinct value once, and its number in each row.
    Dictionary,
    /// One value after another: the compressor finds what repeats better than a delta of neighbours would.
    Plain,
    /// Random bytes one after another, not compressed.
    Packed,
    /// The difference from the value before.
    Deltas,
    /// All first bytes, all second bytes and so on: for numbers whose high bytes are alike.
    ByteStreams,
}

/// What the choice looks at.
const SAMPLE: usize = 1_024;
/// Neighbouring integers that are looked at, in the blocks of Parquet's delta encoding.
const NEIGHBOURS: usize = 4_096;
const BLOCK: usize = 128;
const MINIBLOCK: usize = 32;

// === impl Pages ===

impl Pages {
    pub(crate) fn set(self, properties: WriterPropertiesBuilder, path: ColumnPath) -> WriterPropertiesBuilder {
        let properties = properties.set_dictionary_enabled(self == Self::Dictionary);
        match self {
            Self::Dictionary => properties,
            Self::Plain => properties.set_column_encoding(path, Encoding::PLAIN),
            Self::Packed => properties
                .set_column_encoding(path.clone(), Encoding::PLAIN)
                .set_column_compression(path, Compression::UNCOMPRESSED),
            Self::Deltas => properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            Self::ByteStreams => properties.set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT),
        }
    }
}

pub(crate) fn choose(array: &ArrayRef) -> Pages {
    let seen = sample(array);
    match array.data_type() {
        DataType::Boolean => Pages::Plain,
        _ if each_twice(seen) => Pages::Dictionary,
        DataType::Utf8View | DataType::FixedSizeBinary(_) if dictionary_pays(array, seen) => Pages::Dictionary,
        DataType::Int64 => choose_for_integers(array),
        DataType::Float64 => Pages::ByteStreams,
        DataType::FixedSizeBinary(_) => Pages::Packed,
        _ => Pages::Plain,
    }
}

/// Whether a sample of the values has each at least twice.
pub(crate) fn repeats(array: &ArrayRef) -> bool {
    each_twice(sample(array))
}

fn each_twice((sampled, distinct): (usize, usize)) -> bool {
    distinct * 2 <= sampled || sampled < 16
}

/// How many values a sample has, and how many distinct ones.
fn sample(array: &ArrayRef) -> (usize, usize) {
    let step = (array.len() / SAMPLE).max(1);
    let mut seen = HashSet::new();
    let mut sampled = 0;
    for row in (0..array.len()).step_by(step).filter(|&row| array.is_valid(row)) {
        sampled += 1;
        seen.insert(hash_value(array, row));
    }
    (sampled, seen.len())
}

fn hash_value(array: &ArrayRef, row: usize) -> u64 {
    match array.data_type() {
        DataType::Utf8View => bloom::hash(array.as_string_view().value(row).as_bytes()),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row) as u64,
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_bits(),
        DataType::FixedSizeBinary(_) => bloom::hash(array.as_fixed_size_binary().value(row)),
        _ => 0,
    }
}

/// Whether the distinct values and a number for each row are clearly smaller than the values. A text is taken to
/// compress to a half of itself wherever it is written; packed values and numbers do not compress.
fn dictionary_pays(array: &ArrayRef, (sampled, distinct): (usize, usize)) -> bool {
    // The writer gives a dictionary up when it grows larger than this.
    const DICTIONARY_BYTES_MAX: usize = 1 << 20;
    // So many values in so small a sample are not met often enough in the whole.
    if distinct * 256 > sampled * 255 {
        return false;
    }
    let mut seen = HashSet::new();
    let (mut distinct_bytes, mut all_bytes) = (0, 0);
    for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
        let bytes = match array.data_type() {
            DataType::Utf8View => array.as_string_view().value(row).as_bytes(),
            DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(row),
            _ => return false,
        };
        all_bytes += bytes.len();
        if seen.insert(bloom::hash(bytes)) {
            distinct_bytes += bytes.len() + 4;
            if distinct_bytes > DICTIONARY_BYTES_MAX {
                return false;
            }
        }
    }
    let bits = seen.len().max(2).next_power_of_two().trailing_zeros() as usize;
    let numbers = (array.len() - array.null_count()) * bits / 8;
    let shrink = if matches!(array.data_type(), DataType::Utf8View) { 2 } else { 1 };
    (distinct_bytes / shrink + numbers) * 4 < all_bytes / shrink * 3
}

fn choose_for_integers(array: &ArrayRef) -> Pages {
    let start = (array.len() / 2).saturating_sub(NEIGHBOURS * 2);
    let values: Vec<i64> = array.as_primitive::<Int64Type>().iter().skip(start).flatten().take(NEIGHBOURS).collect();
    if bits_as_deltas(&values) <= bits_as_streams(&values) { Pages::Deltas } else { Pages::ByteStreams }
}

/// What Parquet's delta encoding takes: for each miniblock the width of its largest delta above the block's smallest.
fn bits_as_deltas(values: &[i64]) -> f64 {
    let deltas: Vec<i64> = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    let mut bits = 0;
    for block in deltas.chunks(BLOCK) {
        let least = block.iter().copied().min().unwrap_or(0);
        for miniblock in block.chunks(MINIBLOCK) {
            let widest = miniblock.iter().map(|delta| delta.wrapping_sub(least) as u64).max().unwrap_or(0);
            bits += (u64::BITS - widest.leading_zeros()) as usize * miniblock.len();
        }
    }
    bits as f64
}

/// What an ideal compressor takes for each stream of bytes (its entropy of order zero).
fn bits_as_streams(values: &[i64]) -> f64 {
    let mut bits = 0.0;
    for place in 0..8 {
        let mut counts = [0u32; 256];
        for value in values {
            counts[usize::from(value.to_le_bytes()[place])] += 1;
        }
        let all = values.len() as f64;
        bits += counts.iter().filter(|&&n| n > 0).map(|&n| f64::from(n) * (all / f64::from(n)).log2()).sum::<f64>();
    }
    bits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringViewArray};

    use super::*;

    fn ints(value: impl Fn(i64) -> i64) -> ArrayRef {
        Arc::new((0..20_000).map(value).collect::<Int64Array>())
    }

    fn texts(value: impl Fn(u64) -> String) -> ArrayRef {
        Arc::new((0..20_000).map(|i| Some(value(i))).collect::<StringViewArray>())
    }

    /// Numbers without an order, the same in every run.
    fn scattered(i: i64) -> i64 {
        let mixed = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 48) as i64
    }

    #[test]
    fn integers_that_go_on_are_deltas_and_scattered_ones_streams() {
        assert_eq!(choose(&ints(|i| 1_700_000_000 + i * 7)), Pages::Deltas);
        assert_eq!(choose(&ints(|i| scattered(i) * if i % 20 == 0 { 40 } else { 1 })), Pages::ByteStreams);
        assert_eq!(choose(&ints(|i| i % 9)), Pages::Dictionary);
    }

    #[test]
    fn texts_get_a_dictionary_where_it_is_smaller() {
        assert_eq!(choose(&texts(|i| format!("host-{}", i % 200))), Pages::Dictionary);
        assert_eq!(choose(&texts(|i| format!("address number {}", scattered(i as i64) % 3_001))), Pages::Dictionary);
        assert_eq!(choose(&texts(|i| format!("request number {i} of {}", i * 7_919))), Pages::Plain);
    }
}

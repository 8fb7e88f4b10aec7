//! How a column's values are laid down in Parquet: chosen per part from the values themselves, and always exact.
//!
//! Always holds: decoding gives back the very value that was encoded; a text is packed only if it is canonical.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, Float64Array, Int64Array, StringViewBuilder};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde::{Deserialize, Serialize};

use crate::{ColumnKey, Kind};

/// The layout of one column in one part. The names are part of the format and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layout {
    /// As the key's own type.
    Plain,
    /// Texts such as `6fa459ea-ee8a-4ca4-894e-db77e160355e`, as 16 bytes.
    Uuid,
    /// Texts of 32 lower-case hexadecimal digits, as 16 bytes.
    Hex16,
    /// Texts of 16 lower-case hexadecimal digits, as 8 bytes.
    Hex8,
    /// Floats with at most this many decimals, as integers of that unit.
    Decimal(u8),
    /// Integers that are all multiples of ten to this power, divided by it.
    Multiple(u8),
}

const DECIMALS_MAX: u8 = 6;
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Picks the layout for a whole column and lays its values down.
pub(crate) fn encode(key: &ColumnKey, array: &ArrayRef) -> (Layout, ArrayRef) {
    match kind_of(key) {
        Kind::Text if matches!(key, ColumnKey::Field(..)) => encode_text(array),
        Kind::Float => encode_floats(array),
        Kind::Int if *key == ColumnKey::Timestamp => encode_multiples(array),
        Kind::Text | Kind::Json | Kind::Bool | Kind::Int => (Layout::Plain, Arc::clone(array)),
    }
}

pub(crate) fn kind_of(key: &ColumnKey) -> Kind {
    match key {
        ColumnKey::Timestamp | ColumnKey::Sequence => Kind::Int,
        ColumnKey::Level | ColumnKey::Message => Kind::Text,
        ColumnKey::Rest => Kind::Json,
        ColumnKey::Field(_, kind) => *kind,
    }
}

pub(crate) fn arrow_type(key: &ColumnKey, layout: Layout) -> DataType {
    match (layout, kind_of(key)) {
        (Layout::Uuid | Layout::Hex16, _) => DataType::FixedSizeBinary(16),
        (Layout::Hex8, _) => DataType::FixedSizeBinary(8),
        (Layout::Decimal(_) | Layout::Multiple(_), _) | (Layout::Plain, Kind::Int) => DataType::Int64,
        (Layout::Plain, Kind::Text | Kind::Json) => DataType::Utf8View,
        (Layout::Plain, Kind::Float) => DataType::Float64,
        (Layout::Plain, Kind::Bool) => DataType::Boolean,
    }
}

/// Gives the values back in the key's own type.
pub(crate) fn decode(layout: Layout, array: &ArrayRef) -> ArrayRef {
    match layout {
        Layout::Plain => Arc::clone(array),
        Layout::Uuid => hex_texts(array, &[4, 6, 8, 10], 36),
        Layout::Hex16 => hex_texts(array, &[], 32),
        Layout::Hex8 => hex_texts(array, &[], 16),
        Layout::Decimal(places) => {
            let unit = 10f64.powi(i32::from(places));
            Arc::new(array.as_primitive::<Int64Type>().unary::<_, Float64Type>(|n| n as f64 / unit))
        }
        Layout::Multiple(power) => {
            let unit = 10i64.pow(u32::from(power));
            Arc::new(array.as_primitive::<Int64Type>().unary::<_, Int64Type>(|n| n.wrapping_mul(unit)))
        }
    }
}

/// The bytes that a text has under this layout; `None` if no such text can be in the column.
pub(crate) fn pack(layout: Layout, text: &str) -> Option<Vec<u8>> {
    let mut out = [0; 16];
    match layout {
        Layout::Uuid => unhex_uuid(text.as_bytes(), &mut out).map(|()| out.to_vec()),
        Layout::Hex16 => unhex(text.as_bytes(), &mut out).map(|()| out.to_vec()),
        Layout::Hex8 => unhex(text.as_bytes(), &mut out[..8]).map(|()| out[..8].to_vec()),
        Layout::Plain | Layout::Decimal(_) | Layout::Multiple(_) => Some(text.as_bytes().to_vec()),
    }
}

fn encode_text(array: &ArrayRef) -> (Layout, ArrayRef) {
    let texts = array.as_string_view();
    let Some(first) = (0..texts.len()).find(|&i| texts.is_valid(i)).map(|i| texts.value(i)) else {
        return (Layout::Plain, Arc::clone(array));
    };
    let layout = match first.len() {
        36 => Layout::Uuid,
        32 => Layout::Hex16,
        16 => Layout::Hex8,
        _ => return (Layout::Plain, Arc::clone(array)),
    };
    let width = if layout == Layout::Hex8 { 8 } else { 16 };
    let mut builder = FixedSizeBinaryBuilder::with_capacity(texts.len(), width as i32);
    let mut bytes = [0; 16];
    for text in texts {
        let Some(text) = text else {
            builder.append_null();
            continue;
        };
        let packed = match layout {
            Layout::Uuid => unhex_uuid(text.as_bytes(), &mut bytes),
            _ => unhex(text.as_bytes(), &mut bytes[..width]),
        };
        if packed.is_none() || builder.append_value(&bytes[..width]).is_err() {
            return (Layout::Plain, Arc::clone(array));
        }
    }
    (layout, Arc::new(builder.finish()))
}

fn encode_floats(array: &ArrayRef) -> (Layout, ArrayRef) {
    let floats = array.as_primitive::<Float64Type>();
    let mut places = 0;
    for value in floats.iter().flatten() {
        while !is_exact(value, places) {
            places += 1;
            if places > DECIMALS_MAX {
                return (Layout::Plain, Arc::clone(array));
            }
        }
    }
    // A value that fits fewer places need not fit more: large ones leave the range of exact integers.
    let unit = 10f64.powi(i32::from(places));
    if !floats.iter().flatten().all(|value| is_exact(value, places)) {
        return (Layout::Plain, Arc::clone(array));
    }
    let scaled: Int64Array = floats.unary::<_, Int64Type>(|value| (value * unit).round() as i64);
    (Layout::Decimal(places), Arc::new(scaled))
}

fn is_exact(value: f64, places: u8) -> bool {
    let unit = 10f64.powi(i32::from(places));
    let scaled = (value * unit).round();
    scaled.abs() < EXACT_INTEGERS && (scaled as i64 as f64 / unit).to_bits() == value.to_bits()
}

fn encode_multiples(array: &ArrayRef) -> (Layout, ArrayRef) {
    let values = array.as_primitive::<Int64Type>();
    let mut power = 9u32;
    for value in values.values() {
        while value % 10i64.pow(power) != 0 {
            power -= 3;
        }
        if power == 0 {
            return (Layout::Plain, Arc::clone(array));
        }
    }
    let unit = 10i64.pow(power);
    (Layout::Multiple(power as u8), Arc::new(values.unary::<_, Int64Type>(|n| n / unit)))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn unhex(text: &[u8], out: &mut [u8]) -> Option<()> {
    if text.len() != out.len() * 2 {
        return None;
    }
    for (pair, byte) in text.chunks_exact(2).zip(out) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

fn unhex_uuid(text: &[u8], out: &mut [u8; 16]) -> Option<()> {
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let (mut at, mut digits) = (0, [0; 32]);
    for part in [0..8, 9..13, 14..18, 19..23, 24..36] {
        let part = &text[part];
        digits[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    unhex(&digits, out)
}

fn hex_texts(array: &ArrayRef, hyphens_before: &[usize], length: usize) -> ArrayRef {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let packed = array.as_fixed_size_binary();
    let mut builder = StringViewBuilder::with_capacity(packed.len()).with_fixed_block_size((packed.len() * length).max(1) as u32);
    let mut text = Vec::with_capacity(length);
    for value in packed {
        let Some(value) = value else {
            builder.append_null();
            continue;
        };
        text.clear();
        for (i, byte) in value.iter().enumerate() {
            if hyphens_before.contains(&i) {
                text.push(b'-');
            }
            text.push(DIGITS[usize::from(byte >> 4)]);
            text.push(DIGITS[usize::from(byte & 15)]);
        }
        builder.append_option(std::str::from_utf8(&text).ok());
    }
    Arc::new(builder.finish())
}

/// Whether a sample of the values repeats enough for a dictionary to pay.
pub(crate) fn repeats(array: &ArrayRef) -> bool {
    const SAMPLE: usize = 1024;
    let step = (array.len() / SAMPLE).max(1);
    let mut seen = hashbrown::HashSet::new();
    let mut sampled = 0;
    for row in (0..array.len()).step_by(step).filter(|&row| array.is_valid(row)) {
        sampled += 1;
        seen.insert(hash_value(array, row));
    }
    seen.len() * 2 <= sampled || sampled < 16
}

fn hash_value(array: &ArrayRef, row: usize) -> u64 {
    match array.data_type() {
        DataType::Utf8View => super::bloom::hash(array.as_string_view().value(row).as_bytes()),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row) as u64,
        DataType::Float64 => array.as_any().downcast_ref::<Float64Array>().map_or(0, |a| a.value(row).to_bits()),
        DataType::FixedSizeBinary(_) => super::bloom::hash(array.as_fixed_size_binary().value(row)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;

    use super::*;
    use crate::FieldPath;

    fn check(kind: Kind, array: &ArrayRef, expected: Layout) {
        let key = ColumnKey::Field(FieldPath::from_keys(["f"]), kind);
        let (layout, encoded) = encode(&key, array);
        assert_eq!(layout, expected);
        assert_eq!(encoded.data_type(), &arrow_type(&key, layout));
        assert_eq!(&decode(layout, &encoded), array);
    }

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(values.iter().copied().collect::<StringViewArray>())
    }

    #[test]
    fn texts_are_packed_only_if_every_one_is_canonical() {
        let uuid = "6fa459ea-ee8a-4ca4-894e-db77e160355e";
        check(Kind::Text, &texts(&[None, Some(uuid)]), Layout::Uuid);
        check(Kind::Text, &texts(&[Some(uuid), Some("6FA459EA-ee8a-4ca4-894e-db77e160355e")]), Layout::Plain);
        check(Kind::Text, &texts(&[Some(uuid), Some("6fa459eaee8a4ca4894edb77e160355e")]), Layout::Plain);
        check(Kind::Text, &texts(&[Some("6fa459eaee8a4ca4894edb77e160355e"), None]), Layout::Hex16);
        check(Kind::Text, &texts(&[Some("6fa459eaee8a4ca4")]), Layout::Hex8);
        check(Kind::Text, &texts(&[Some("hello"), None]), Layout::Plain);
    }

    #[test]
    fn floats_are_scaled_only_if_every_one_comes_back_exactly() {
        let floats = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        check(Kind::Float, &floats(&[1.5, 0.125, -3.0]), Layout::Decimal(3));
        check(Kind::Float, &floats(&[12.0, 100.0]), Layout::Decimal(0));
        check(Kind::Float, &floats(&[0.1 + 0.2]), Layout::Plain);
        check(Kind::Float, &floats(&[1e300, 0.5]), Layout::Plain);
        check(Kind::Float, &floats(&[-0.0]), Layout::Plain);
        check(Kind::Float, &floats(&[9_007_199_254_740_991.0, 0.5]), Layout::Plain);
    }

    #[test]
    fn times_lose_only_zeros() {
        let times: ArrayRef = Arc::new(Int64Array::from(vec![1_700_000_000_123_000_000, -5_000_000]));
        let (layout, encoded) = encode(&ColumnKey::Timestamp, &times);
        assert_eq!(layout, Layout::Multiple(6));
        assert_eq!(&decode(layout, &encoded), &times);
        let zero: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
        assert_eq!(encode(&ColumnKey::Timestamp, &zero).0, Layout::Plain);
    }
}

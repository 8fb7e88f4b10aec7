//! How a column's values are laid down in Parquet: chosen per part from the values themselves, and always exact.
//!
//! Always holds: decoding gives back the very value that was encoded; a text is packed only if it is canonical.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde::{Deserialize, Serialize};

use super::packed;
use crate::{ColumnKey, Kind};

/// The layout of one column in one part. The names are part of the format and are never reused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Texts such as `192.0.2.7`, as 4 bytes.
    Ipv4,
    /// Texts that are this and then an integer from 0 without leading zeros, as that integer.
    Numbered(String),
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

pub(crate) fn arrow_type(key: &ColumnKey, layout: &Layout) -> DataType {
    match (layout, kind_of(key)) {
        (Layout::Uuid | Layout::Hex16, _) => DataType::FixedSizeBinary(16),
        (Layout::Hex8, _) => DataType::FixedSizeBinary(8),
        (Layout::Ipv4, _) => DataType::FixedSizeBinary(4),
        (Layout::Decimal(_) | Layout::Multiple(_) | Layout::Numbered(_), _) | (Layout::Plain, Kind::Int) => DataType::Int64,
        (Layout::Plain, Kind::Text | Kind::Json) => DataType::Utf8View,
        (Layout::Plain, Kind::Float) => DataType::Float64,
        (Layout::Plain, Kind::Bool) => DataType::Boolean,
    }
}

/// Gives the values back in the key's own type.
pub(crate) fn decode(layout: &Layout, array: &ArrayRef) -> ArrayRef {
    match layout {
        Layout::Plain => Arc::clone(array),
        Layout::Uuid => packed::hex_texts(array, &[4, 6, 8, 10], 36),
        Layout::Hex16 => packed::hex_texts(array, &[], 32),
        Layout::Hex8 => packed::hex_texts(array, &[], 16),
        Layout::Ipv4 => packed::ipv4_texts(array),
        Layout::Numbered(prefix) => packed::numbered_texts(prefix, array),
        Layout::Decimal(places) => {
            let unit = 10f64.powi(i32::from(*places));
            Arc::new(array.as_primitive::<Int64Type>().unary::<_, Float64Type>(|n| n as f64 / unit))
        }
        Layout::Multiple(power) => {
            let unit = 10i64.pow(u32::from(*power));
            Arc::new(array.as_primitive::<Int64Type>().unary::<_, Int64Type>(|n| n.wrapping_mul(unit)))
        }
    }
}

/// The bytes that a text has under this layout; `None` if no such text can be in the column.
pub(crate) fn pack(layout: &Layout, text: &str) -> Option<Vec<u8>> {
    match layout {
        Layout::Uuid => packed::uuid(text).map(Into::into),
        Layout::Hex16 => packed::hex::<16>(text).map(Into::into),
        Layout::Hex8 => packed::hex::<8>(text).map(Into::into),
        Layout::Ipv4 => packed::octets(text).map(Into::into),
        Layout::Plain | Layout::Decimal(_) | Layout::Multiple(_) | Layout::Numbered(_) => Some(text.as_bytes().to_vec()),
    }
}

fn encode_text(array: &ArrayRef) -> (Layout, ArrayRef) {
    let texts = array.as_string_view();
    let Some(first) = (0..texts.len()).find(|&i| texts.is_valid(i)).map(|i| texts.value(i)) else {
        return (Layout::Plain, Arc::clone(array));
    };
    let encoded = match first.len() {
        36 => pack_all(Layout::Uuid, texts, packed::uuid),
        32 => pack_all(Layout::Hex16, texts, packed::hex::<16>),
        16 => pack_all(Layout::Hex8, texts, packed::hex::<8>),
        7..16 if packed::octets(first).is_some() => pack_all(Layout::Ipv4, texts, packed::octets),
        _ => None,
    };
    let encoded = encoded.or_else(|| {
        let (prefix, _) = packed::numbered(first)?;
        let numbers = packed::numbers(prefix, texts)?;
        Some((Layout::Numbered(prefix.to_owned()), Arc::new(numbers) as ArrayRef))
    });
    encoded.unwrap_or_else(|| (Layout::Plain, Arc::clone(array)))
}

fn pack_all<const N: usize>(
    layout: Layout,
    texts: &StringViewArray,
    pack: impl Fn(&str) -> Option<[u8; N]>,
) -> Option<(Layout, ArrayRef)> {
    let mut bytes = Vec::with_capacity(texts.len() * N);
    for text in texts {
        bytes.extend(text.map_or(Some([0; N]), &pack)?);
    }
    let packed = FixedSizeBinaryArray::try_new(N as i32, bytes.into(), texts.nulls().cloned()).ok()?;
    Some((layout, Arc::new(packed)))
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

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;

    use super::*;
    use crate::FieldPath;

    fn check(kind: Kind, array: &ArrayRef, expected: &Layout) {
        let key = ColumnKey::Field(FieldPath::from_keys(["f"]), kind);
        let (layout, encoded) = encode(&key, array);
        assert_eq!(&layout, expected);
        assert_eq!(encoded.data_type(), &arrow_type(&key, &layout));
        assert_eq!(&decode(&layout, &encoded), array);
    }

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(values.iter().copied().collect::<StringViewArray>())
    }

    #[test]
    fn texts_are_packed_only_if_every_one_is_canonical() {
        let uuid = "6fa459ea-ee8a-4ca4-894e-db77e160355e";
        check(Kind::Text, &texts(&[None, Some(uuid)]), &Layout::Uuid);
        check(Kind::Text, &texts(&[Some(uuid), Some("6FA459EA-ee8a-4ca4-894e-db77e160355e")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some(uuid), Some("6fa459eaee8a4ca4894edb77e160355e")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("6fa459eaee8a4ca4894edb77e160355e"), None]), &Layout::Hex16);
        check(Kind::Text, &texts(&[Some("6fa459eaee8a4ca4")]), &Layout::Hex8);
        check(Kind::Text, &texts(&[Some("hello"), None]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("0.0.0.0"), None, Some("255.255.255.255")]), &Layout::Ipv4);
        check(Kind::Text, &texts(&[Some("10.2.3.4"), Some("10.2.3.04")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("10.2.3.4"), Some("256.2.3.4")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("1.2.3.4"), Some("1.2.3.5.")]), &Layout::Plain);
    }

    #[test]
    fn numbers_after_one_prefix_are_integers_only_if_every_one_is_canonical() {
        let numbered = |prefix: &str| Layout::Numbered(prefix.to_owned());
        check(Kind::Text, &texts(&[Some("u-0"), None, Some("u-999999999999999999")]), &numbered("u-"));
        check(Kind::Text, &texts(&[Some("0"), Some("17")]), &numbered(""));
        check(Kind::Text, &texts(&[Some("é7"), Some("é70")]), &numbered("é"));
        check(Kind::Text, &texts(&[Some("u-1"), Some("u-01")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("u-1"), Some("u-")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("u-1"), Some("v-1")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("u-01"), Some("u-02")]), &numbered("u-0"));
        check(Kind::Text, &texts(&[Some("u-1"), Some("u-1000000000000000000")]), &Layout::Plain);
        check(Kind::Text, &texts(&[Some("7"), Some("+7")]), &Layout::Plain);
    }

    #[test]
    fn floats_are_scaled_only_if_every_one_comes_back_exactly() {
        let floats = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        check(Kind::Float, &floats(&[1.5, 0.125, -3.0]), &Layout::Decimal(3));
        check(Kind::Float, &floats(&[12.0, 100.0]), &Layout::Decimal(0));
        check(Kind::Float, &floats(&[0.1 + 0.2]), &Layout::Plain);
        check(Kind::Float, &floats(&[1e300, 0.5]), &Layout::Plain);
        check(Kind::Float, &floats(&[-0.0]), &Layout::Plain);
        check(Kind::Float, &floats(&[9_007_199_254_740_991.0, 0.5]), &Layout::Plain);
    }

    #[test]
    fn times_lose_only_zeros() {
        let times: ArrayRef = Arc::new(Int64Array::from(vec![1_700_000_000_123_000_000, -5_000_000]));
        let (layout, encoded) = encode(&ColumnKey::Timestamp, &times);
        assert_eq!(layout, Layout::Multiple(6));
        assert_eq!(&decode(&layout, &encoded), &times);
        let zero: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
        assert_eq!(encode(&ColumnKey::Timestamp, &zero).0, Layout::Plain);
    }
}

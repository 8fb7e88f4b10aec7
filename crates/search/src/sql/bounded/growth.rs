//! How much a function may make of its arguments, row by row, at most.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

/// Beside texts: offsets, nulls, numbers.
const ROW_BYTES: usize = 64;

/// How the bytes of arguments go into what is made of them.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// Added, each a few times at most.
    Sum,
    /// Each place of the first gives way to all others.
    Product,
    /// The first stands between all others.
    Between,
    /// Each letter of a pattern becomes a text of its own.
    Pattern,
}

/// The lengths of arguments.
#[derive(Debug)]
pub(super) struct Growth {
    form: Form,
    args: Vec<Lengths>,
}

#[derive(Debug)]
enum Lengths {
    Same(usize),
    Each(Vec<usize>),
}

// === impl Growth ===

impl Growth {
    pub(super) fn of(function: &str, args: &[ColumnarValue]) -> Self {
        let form = match function {
            "replace" | "regexp_replace" | "array_to_string" | "translate" | "array_replace_n" | "array_replace_all" => {
                Form::Product
            }
            "concat_ws" => Form::Between,
            "to_char" => Form::Pattern,
            _ => Form::Sum,
        };
        Self { form, args: args.iter().map(Lengths::of).collect() }
    }

    /// What row `row` comes to at most.
    fn row(&self, row: usize) -> usize {
        let sum = |args: &[Lengths]| args.iter().map(|arg| arg.at(row)).fold(0, usize::saturating_add);
        let bytes = match (self.form, self.args.as_slice()) {
            (Form::Product, [first, others @ ..]) => {
                (first.at(row) + 1).saturating_mul(sum(others).saturating_add(1)).saturating_mul(2)
            }
            (Form::Between, [first, others @ ..]) => sum(others).saturating_add(first.at(row).saturating_mul(others.len())),
            // The longest names of days and months, and times with their zones.
            (Form::Pattern, args) => sum(args).saturating_mul(24),
            (_, args) => sum(args).saturating_mul(4),
        };
        bytes.saturating_add(ROW_BYTES)
    }

    /// Rows in slices of `slice` bytes, or of one row; none where one row comes to more than `most`.
    pub(super) fn slices(&self, rows: usize, slice: usize, most: usize) -> Option<Vec<(usize, usize)>> {
        let mut slices = Vec::new();
        let (mut begun, mut bytes) = (0, 0_usize);
        for row in 0..rows {
            let one = self.row(row);
            if one > most {
                return None;
            }
            if row > begun && bytes.saturating_add(one) > slice {
                slices.push((begun, row - begun));
                (begun, bytes) = (row, 0);
            }
            bytes = bytes.saturating_add(one);
        }
        if rows > begun {
            slices.push((begun, rows - begun));
        }
        Some(slices)
    }
}

// === impl Lengths ===

impl Lengths {
    fn of(value: &ColumnarValue) -> Self {
        let array = match value {
            ColumnarValue::Scalar(value) => return Self::Same(scalar(value)),
            ColumnarValue::Array(array) => array,
        };
        match array.data_type() {
            DataType::Utf8 => Self::Each(array.as_string::<i32>().offsets().lengths().collect()),
            DataType::LargeUtf8 => Self::Each(array.as_string::<i64>().offsets().lengths().collect()),
            DataType::Utf8View => Self::Each(array.as_string_view().lengths().map(|length| length as usize).collect()),
            DataType::Binary => Self::Each(array.as_binary::<i32>().offsets().lengths().collect()),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::Each(
                    list.offsets().windows(2).map(|ends| elements(list.values(), ends[0] as usize..ends[1] as usize)).collect(),
                )
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Self::Each(
                    list.offsets().windows(2).map(|ends| elements(list.values(), ends[0] as usize..ends[1] as usize)).collect(),
                )
            }
            // No row has more than all.
            kind if kind.is_nested() => Self::Same(array.get_array_memory_size()),
            _ => Self::Same(8),
        }
    }

    fn at(&self, row: usize) -> usize {
        match self {
            Self::Same(length) => *length,
            Self::Each(lengths) => lengths.get(row).copied().unwrap_or(0),
        }
    }
}

/// What elements of a list come to, with a place between each two.
fn elements(values: &ArrayRef, at: Range<usize>) -> usize {
    let count = at.len();
    let bytes = match values.data_type() {
        DataType::Utf8 => {
            let offsets = values.as_string::<i32>().offsets();
            (offsets[at.end] - offsets[at.start]) as usize
        }
        DataType::LargeUtf8 => {
            let offsets = values.as_string::<i64>().offsets();
            (offsets[at.end] - offsets[at.start]) as usize
        }
        DataType::Utf8View => {
            // The length of each stands in the low half of its first word.
            values.as_string_view().views()[at.clone()].iter().map(|view| *view as u32 as usize).sum()
        }
        kind if kind.is_primitive() => 32 * count,
        _ if count > 0 => values.get_array_memory_size(),
        _ => 0,
    };
    bytes + count
}

fn scalar(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.as_ref().map_or(0, String::len)
        }
        other => other.size(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use std::sync::Arc;

    fn text(texts: &[&str]) -> ColumnarValue {
        ColumnarValue::Array(Arc::new(StringArray::from_iter_values(texts)))
    }

    fn constant(text: &str) -> ColumnarValue {
        ColumnarValue::Scalar(ScalarValue::from(text))
    }

    #[test]
    fn a_slice_ends_before_it_is_too_much() {
        let long = "x".repeat(1_000);
        let growth = Growth::of("concat", &[text(&[&long, &long, "", &long])]);
        assert_eq!(growth.slices(4, 9_000, 10_000), Some(vec![(0, 3), (3, 1)]));
        assert_eq!(growth.slices(4, 1, 10_000), Some(vec![(0, 1), (1, 1), (2, 1), (3, 1)]));
        assert_eq!(growth.slices(4, 1, 1_000), None);
        assert_eq!(growth.slices(0, 1, 1), Some(Vec::new()));
    }

    #[test]
    fn what_multiplies_is_multiplied() {
        let (hundred, thousand) = ("x".repeat(100), "y".repeat(1_000));
        for (function, least) in [("replace", 100_000), ("regexp_replace", 100_000), ("concat_ws", 300), ("to_char", 2_400)] {
            let growth = Growth::of(function, &[text(&[&hundred]), constant("x"), constant(&thousand)]);
            assert!(growth.row(0) >= least, "{function}: {}", growth.row(0));
        }
    }
}

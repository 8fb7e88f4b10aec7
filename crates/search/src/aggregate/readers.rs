//! What aggregations read of a batch.

use arrow::buffer::BooleanBuffer;
use model::Timestamp;
use store::ColumnKey;

use super::values::Values;
use crate::cancel::Cancel;
use crate::elastic::{Aggregation, Named};
use crate::predicate::Predicate;
use crate::scan::Batch;

/// Calls `each` with every field that is read.
pub(super) fn fields(wanted: &[Named], each: &mut dyn FnMut(&str)) {
    for named in wanted {
        match &named.what {
            Aggregation::Terms(terms, below) => {
                each(&terms.field);
                fields(below, each);
            }
            Aggregation::Times(_, below) | Aggregation::Filters(_, below) => fields(below, each),
            Aggregation::Numbers(numbers, below) => {
                each(&numbers.field);
                fields(below, each);
            }
            Aggregation::Metric(field, _) => each(field),
        }
    }
}

/// The queries of one aggregation, ready to be asked, and those of the aggregations in it.
pub(super) struct Compiled {
    filters: Vec<Predicate>,
    below: Vec<Self>,
}

/// Where one aggregation finds its values in a batch.
pub(super) struct Reader<'b> {
    pub(super) values: Values<'b>,
    /// Which rows each filter finds.
    pub(super) found: Vec<BooleanBuffer>,
    pub(super) below: Vec<Self>,
}

// === impl Compiled ===

impl Compiled {
    pub(super) fn of(wanted: &[Named], now: Timestamp) -> Vec<Self> {
        let compiled = |named: &Named| match &named.what {
            Aggregation::Filters(filters, below) => {
                let filters = filters.all.iter().map(|(_, query)| Predicate::compile(query, now)).collect();
                Self { filters, below: Self::of(below, now) }
            }
            Aggregation::Terms(_, below) | Aggregation::Times(_, below) | Aggregation::Numbers(_, below) => {
                Self { filters: Vec::new(), below: Self::of(below, now) }
            }
            Aggregation::Metric(..) => Self { filters: Vec::new(), below: Vec::new() },
        };
        wanted.iter().map(compiled).collect()
    }

    pub(super) fn columns(&self, available: &[ColumnKey], keys: &mut Vec<ColumnKey>) {
        self.filters.iter().for_each(|filter| keys.extend(filter.columns(available)));
        self.below.iter().for_each(|below| below.columns(available, keys));
    }
}

// === impl Reader ===

impl<'b> Reader<'b> {
    pub(super) fn of(
        (wanted, filters): (&[Named], &[Compiled]),
        (batch, available): (&Batch<'b>, &[ColumnKey]),
        cancel: &Cancel,
    ) -> Vec<Self> {
        let reader = |(named, compiled): (&Named, &Compiled)| {
            let (field, below): (_, &[Named]) = match &named.what {
                Aggregation::Terms(terms, below) => (Some(&terms.field), below),
                Aggregation::Numbers(numbers, below) => (Some(&numbers.field), below),
                Aggregation::Times(_, below) | Aggregation::Filters(_, below) => (None, below),
                Aggregation::Metric(field, _) => (Some(field), &[]),
            };
            Self {
                values: field.map_or_else(Values::default, |field| Values::of(field, batch.columns, available)),
                found: compiled.filters.iter().map(|filter| filter.evaluate(batch.columns, cancel)).collect(),
                below: Self::of((below, &compiled.below), (batch, available), cancel),
            }
        };
        wanted.iter().zip(filters).map(reader).collect()
    }
}

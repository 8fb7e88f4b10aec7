//! What the filters of a statement say about time and about single values, so that pages can be left out.
//!
//! Always holds: only conditions that every row of the answer must meet are taken; what is not understood excludes nothing.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use model::{TimeRange, Timestamp};
use store::{ColumnKey, PartIndex, Zone};

use super::fields;
use crate::prune;

/// Conditions that pages can be checked against.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) range: TimeRange,
    equals: Vec<(String, String)>,
}

// === impl Wanted ===

impl Wanted {
    pub(super) fn from_filters(filters: &[Expr]) -> Self {
        let mut wanted = Self { range: TimeRange::ALL, equals: Vec::new() };
        filters.iter().for_each(|filter| wanted.add(filter));
        wanted
    }

    fn add(&mut self, filter: &Expr) {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                self.add(left);
                self.add(right);
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
                (Expr::Column(column), Expr::Literal(value, _)) => self.compare(&column.name, *op, value),
                (Expr::Literal(value, _), Expr::Column(column)) => {
                    if let Some(op) = op.swap() {
                        self.compare(&column.name, op, value);
                    }
                }
                _ => {}
            },
            Expr::Between(between) if !between.negated => {
                if let (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _)) =
                    (&*between.expr, &*between.low, &*between.high)
                {
                    self.compare(&column.name, Operator::GtEq, low);
                    self.compare(&column.name, Operator::LtEq, high);
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, name: &str, op: Operator, value: &ScalarValue) {
        let other_time = name == fields::OTHER_TIME && matches!(value, ScalarValue::TimestampNanosecond(..));
        if name == "timestamp" || other_time {
            if let Some(at) = nanos(value) {
                self.compare_time(op, at);
            }
        } else if op == Operator::Eq
            && let Some(text) = value.try_as_str().flatten()
        {
            self.equals.push((name.to_owned(), text.to_owned()));
        } else if op == Operator::Eq
            && let ScalarValue::Int64(Some(number)) = value
        {
            self.equals.push((name.to_owned(), number.to_string()));
        }
    }

    fn compare_time(&mut self, op: Operator, at: i64) {
        let (here, beyond) = (Timestamp::from_nanos(at), Timestamp::from_nanos(at.saturating_add(1)));
        match op {
            Operator::Eq => {
                self.range.from = self.range.from.max(here);
                self.range.to = self.range.to.min(beyond);
            }
            Operator::GtEq => self.range.from = self.range.from.max(here),
            Operator::Gt => self.range.from = self.range.from.max(beyond),
            Operator::Lt => self.range.to = self.range.to.min(here),
            Operator::LtEq => self.range.to = self.range.to.min(beyond),
            _ => {}
        }
    }

    pub(super) fn pages(&self, index: &PartIndex) -> Vec<bool> {
        let mut pages = prune::pages_in_range(index, &self.range);
        for (name, text) in &self.equals {
            let columns = fields::sources(name, index.columns().map(|(key, _)| key));
            // Where a field has several types, a value of one may equal the text of another once both are texts.
            let [only] = &*columns else { continue };
            let numeric = matches!(index.zone(only), Some(Zone::Ints { .. } | Zone::Floats { .. }));
            if numeric || *only == ColumnKey::Timestamp {
                continue;
            }
            if let Some(with) = index.pages_with_text(only, text) {
                pages.iter_mut().zip(with).for_each(|(page, with)| *page &= with);
            }
        }
        pages
    }
}

fn nanos(value: &ScalarValue) -> Option<i64> {
    match value.cast_to(&DataType::Timestamp(arrow::datatypes::TimeUnit::Nanosecond, None)).ok()? {
        ScalarValue::TimestampNanosecond(nanos, _) => nanos,
        _ => None,
    }
}

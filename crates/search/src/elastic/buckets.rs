//! Aggregations whose buckets are queries, or stretches of a field's numbers.

use model::limits;
use serde_json::Value;

use super::body::{Object, scalar, wrong};
use super::{RequestError, clauses};
use crate::query::{Query, lucene};

/// A bucket for each query.
#[derive(Debug, Clone, PartialEq)]
pub struct Filters {
    /// By their names; without, where they were a list.
    pub all: Vec<(Option<String>, Query)>,
    /// Of what none of them finds, where it is asked for.
    pub other: Option<String>,
}

/// A bucket for each stretch of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    pub field: String,
    /// More than 0.
    pub interval: f64,
    pub offset: f64,
    pub least: u64,
    /// Where a record has no number.
    pub missing: Option<f64>,
    /// What the buckets cover in any case.
    pub bounds: Option<(f64, f64)>,
}

/// Up to here whole numbers are exact.
const PLACE_MAX: f64 = 9_007_199_254_740_992.0;

// === impl Filters ===

impl Filters {
    /// Of what their names take in an answer.
    #[must_use]
    pub fn name_bytes(&self) -> usize {
        let names = self.all.iter().filter_map(|(name, _)| name.as_deref()).chain(self.other.as_deref());
        names.map(str::len).sum()
    }
}

// === impl Numbers ===

impl Numbers {
    /// Which stretch a number is in; `None` where it is too far off to tell.
    #[must_use]
    pub fn place(&self, number: f64) -> Option<i64> {
        let place = ((number - self.offset) / self.interval).floor();
        (place.abs() < PLACE_MAX).then_some(place as i64)
    }
}

pub(super) fn filters(options: &mut Object, clauses: &mut usize) -> Result<Filters, RequestError> {
    let filters = options.take("filters").ok_or_else(|| RequestError::parsing("[filters] needs [filters]"))?;
    let all = match filters {
        Value::Object(named) => {
            let one = |(name, query)| Ok((Some(name), clauses::one_more(query, clauses)?));
            named.into_iter().map(one).collect::<Result<Vec<_>, RequestError>>()?
        }
        Value::Array(listed) => {
            let one = |query| Ok((None, clauses::one_more(query, clauses)?));
            listed.into_iter().map(one).collect::<Result<Vec<_>, RequestError>>()?
        }
        _ => return Err(wrong("filters")),
    };
    if all.is_empty() || all.len() > limits::AGGREGATIONS_MAX {
        return Err(RequestError::argument(format!("[filters] are from 1 to {}", limits::AGGREGATIONS_MAX)));
    }
    if all.iter().any(|(name, _)| name.as_ref().is_some_and(|name| name.len() > limits::QUERY_BYTES_MAX)) {
        return Err(wrong("filters"));
    }
    let key = options.text("other_bucket_key")?;
    if key.as_ref().is_some_and(|key| key.len() > limits::QUERY_TEXT_BYTES_MAX) {
        return Err(wrong("other_bucket_key"));
    }
    let wanted = options.flag("other_bucket")?.unwrap_or(key.is_some());
    let other = wanted.then(|| key.unwrap_or_else(|| "_other_".to_owned()));
    Ok(Filters { all, other })
}

pub(super) fn numbers(options: &mut Object) -> Result<Numbers, RequestError> {
    let field = options.text("field")?.ok_or_else(|| RequestError::parsing("[histogram] needs a [field]"))?;
    let field = lucene::canonical(&field).to_owned();
    if field == "timestamp" {
        return Err(RequestError::argument("[histogram] of a time; [date_histogram] is that"));
    }
    let interval = number(options, "interval")?.filter(|interval| *interval > 0.0);
    let interval = interval.ok_or_else(|| RequestError::argument("[interval] must be >0 for histogram aggregation"))?;
    let bounds = options.take("extended_bounds").map(bounds).transpose()?;
    Ok(Numbers {
        field,
        interval,
        offset: number(options, "offset")?.unwrap_or_default(),
        least: options.size("min_doc_count")?.unwrap_or(0) as u64,
        missing: number(options, "missing")?,
        bounds,
    })
}

fn bounds(value: Value) -> Result<(f64, f64), RequestError> {
    let mut value = Object::of(value, "extended_bounds")?;
    let mut side = |name| number(&mut value, name)?.ok_or_else(|| wrong("extended_bounds"));
    let (min, max) = (side("min")?, side("max")?);
    value.finish("[extended_bounds]")?;
    match min <= max {
        true => Ok((min, max)),
        false => Err(wrong("extended_bounds")),
    }
}

/// A number, or its text.
pub(super) fn number(options: &mut Object, name: &str) -> Result<Option<f64>, RequestError> {
    let Some(value) = options.take(name) else { return Ok(None) };
    let number = scalar(&value).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
    number.map(Some).ok_or_else(|| wrong(name))
}

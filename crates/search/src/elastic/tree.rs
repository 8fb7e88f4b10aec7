//! Aggregations: what buckets records fall into, and what is made of the numbers in each.

use model::limits;
use serde_json::Value;

use super::body::{Object, scalar, wrong};
use super::buckets::{self, Filters, Numbers};
use super::ordering::{SortKey, TermOrder, orders};
use super::{RequestError, TIME};
use crate::query::lucene;

const TERMS_DEFAULT: usize = 10;
const PERCENTS_DEFAULT: [f64; 7] = [1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0];
/// As Elasticsearch has it.
const SIGMA_DEFAULT: f64 = 2.0;
const MILLI: i64 = 1_000_000;

/// An aggregation and its name in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub name: String,
    pub what: Aggregation,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Aggregation {
    Terms(Terms, Vec<Named>),
    Times(Times, Vec<Named>),
    Numbers(Numbers, Vec<Named>),
    Filters(Filters, Vec<Named>),
    /// Of a field's numbers, or, for what is counted, of its values.
    Metric(String, Metric),
}

/// A bucket for each value of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    pub field: String,
    pub size: usize,
    pub least: u64,
    /// Where a record has no value.
    pub missing: Option<String>,
    /// By the first of them, then the next.
    pub order: Vec<TermOrder>,
}

/// A bucket for each stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// Milliseconds, more than 0.
    pub interval: i64,
    pub least: u64,
    /// Milliseconds that the buckets cover in any case.
    pub bounds: Option<(i64, i64)>,
    /// Whether the buckets' times are told as milliseconds, and not as dates.
    pub as_millis: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    Avg,
    Min,
    Max,
    Sum,
    /// How many, least, greatest, mean and sum.
    Stats,
    /// These, and how far numbers are apart; bounds are so many standard deviations off the mean.
    Extended(f64),
    /// How many values there are.
    Values,
    /// How many different ones.
    Cardinality,
    Percentiles(Vec<f64>),
}

/// What there is so far of a search.
#[derive(Default)]
struct Counts {
    aggregations: usize,
    /// Of the queries of all `filters`.
    clauses: usize,
}

/// Reads what stands in `aggs`.
pub(super) fn read(value: Value) -> Result<Vec<Named>, RequestError> {
    level(value, 0, &mut Counts::default())
}

fn level(value: Value, depth: usize, counts: &mut Counts) -> Result<Vec<Named>, RequestError> {
    if depth >= limits::AGGREGATIONS_DEPTH_MAX {
        return Err(RequestError::argument(format!("aggregations nest at most {} deep", limits::AGGREGATIONS_DEPTH_MAX)));
    }
    let mut all = Vec::new();
    for (name, value) in Object::of(value, "aggs")?.into_members() {
        counts.aggregations += 1;
        if name.len() > limits::AGGREGATION_NAME_BYTES_MAX {
            let bytes = limits::AGGREGATION_NAME_BYTES_MAX;
            return Err(RequestError::argument(format!("the name of an aggregation has at most {bytes} bytes")));
        }
        if counts.aggregations > limits::AGGREGATIONS_MAX {
            return Err(RequestError::argument(format!("a search has at most {} aggregations", limits::AGGREGATIONS_MAX)));
        }
        let what = aggregation(value, depth, counts)?;
        all.push(Named { name, what });
    }
    Ok(all)
}

fn aggregation(value: Value, depth: usize, counts: &mut Counts) -> Result<Aggregation, RequestError> {
    let mut body = Object::of(value, "aggs")?;
    let mut below = Vec::new();
    for name in ["aggs", "aggregations"] {
        if let Some(all) = body.take(name) {
            below.extend(level(all, depth + 1, counts)?);
        }
    }
    let mut kinds = body.into_members();
    let (kind, options) = kinds.next().ok_or_else(|| RequestError::parsing("an aggregation without a type"))?;
    if let Some((second, _)) = kinds.next() {
        return Err(RequestError::parsing(format!("Found two aggregation type definitions: [{kind}] and [{second}]")));
    }
    let mut options = Object::of(options, &kind)?;
    let read = match &*kind {
        "terms" => Aggregation::Terms(terms(&mut options, &below)?, below),
        "date_histogram" => Aggregation::Times(times(&mut options)?, below),
        "histogram" => Aggregation::Numbers(buckets::numbers(&mut options)?, below),
        "filters" => Aggregation::Filters(buckets::filters(&mut options, &mut counts.clauses)?, below),
        _ => {
            let metric = metric(&kind, &mut options)?;
            if !below.is_empty() {
                return Err(RequestError::argument(format!("Aggregator of type [{kind}] cannot accept sub-aggregations")));
            }
            let field = options.text("field")?.ok_or_else(|| RequestError::parsing(format!("[{kind}] needs a [field]")))?;
            if lucene::canonical(&field) == "timestamp" {
                return Err(RequestError::unsupported(&format!("[{kind}] of a time")));
            }
            Aggregation::Metric(lucene::canonical(&field).to_owned(), metric)
        }
    };
    options.finish(&format!("[{kind}]"))?;
    Ok(read)
}

fn metric(kind: &str, options: &mut Object) -> Result<Metric, RequestError> {
    Ok(match kind {
        "avg" => Metric::Avg,
        "min" => Metric::Min,
        "max" => Metric::Max,
        "sum" => Metric::Sum,
        "stats" => Metric::Stats,
        "extended_stats" => Metric::Extended(buckets::number(options, "sigma")?.unwrap_or(SIGMA_DEFAULT)),
        "value_count" => Metric::Values,
        "cardinality" => {
            // Counts are exact, so no threshold makes them more precise.
            options.size("precision_threshold")?;
            Metric::Cardinality
        }
        "percentiles" => Metric::Percentiles(percents(options.take("percents"))?),
        kind => return Err(RequestError::unsupported(&format!("the aggregation [{kind}]"))),
    })
}

/// Numbers, or their texts, as Grafana sends them.
fn percents(value: Option<Value>) -> Result<Vec<f64>, RequestError> {
    let Some(value) = value else { return Ok(PERCENTS_DEFAULT.to_vec()) };
    let all =
        value.as_array().filter(|all| (1..=limits::AGGREGATIONS_MAX).contains(&all.len())).ok_or_else(|| wrong("percents"))?;
    let percent = |value: &Value| scalar(value)?.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    all.iter().map(|value| percent(value).ok_or_else(|| wrong("percents"))).collect()
}

fn terms(options: &mut Object, below: &[Named]) -> Result<Terms, RequestError> {
    let field = options.text("field")?.ok_or_else(|| RequestError::parsing("[terms] needs a [field]"))?;
    let field = lucene::canonical(&field).to_owned();
    if matches!(&*field, "message" | "timestamp" | "id") {
        return Err(RequestError::argument(format!("[terms] of the field [{field}], whose values are too many to be buckets")));
    }
    let size = options.size("size")?.unwrap_or(TERMS_DEFAULT);
    if size == 0 || size > limits::AGGREGATION_BUCKETS_MAX {
        return Err(RequestError::argument(
            "[size] must be greater than 0, and no greater than the number of buckets that an answer may have",
        ));
    }
    let least = options.size("min_doc_count")?.unwrap_or(1) as u64;
    let short = |missing: Value| scalar(&missing).filter(|text| text.len() <= limits::QUERY_TEXT_BYTES_MAX);
    let missing = options.take("missing").map(|missing| short(missing).ok_or_else(|| wrong("missing"))).transpose()?;
    let mut order = Vec::new();
    match options.take("order") {
        None => {}
        Some(Value::Array(all)) => {
            for one in all {
                orders(one, below, &mut order)?;
            }
        }
        Some(one) => orders(one, below, &mut order)?,
    }
    if order.len() > limits::AGGREGATION_ORDERS_MAX {
        return Err(wrong("order"));
    }
    if order.is_empty() {
        order.push(TermOrder { key: SortKey::Count, descending: true });
    }
    Ok(Terms { field, size, least, missing, order })
}

fn times(options: &mut Object) -> Result<Times, RequestError> {
    let field = options.text("field")?.ok_or_else(|| RequestError::parsing("[date_histogram] needs a [field]"))?;
    if lucene::canonical(&field) != "timestamp" {
        return Err(RequestError::unsupported(&format!("[date_histogram] of anything but `{TIME}`")));
    }
    let interval = match (options.text("fixed_interval")?, options.text("calendar_interval")?) {
        (Some(fixed), None) => fixed_interval(&fixed).ok_or_else(|| wrong("fixed_interval"))?,
        (None, Some(calendar)) => match &*calendar {
            "minute" | "1m" => 60_000,
            "hour" | "1h" => 3_600_000,
            "day" | "1d" => 86_400_000,
            _ => return Err(RequestError::unsupported(&format!("the [calendar_interval] {calendar}"))),
        },
        _ => {
            return Err(RequestError::argument(
                "Invalid interval specified, must be one of [fixed_interval] or [calendar_interval]",
            ));
        }
    };
    let least = options.size("min_doc_count")?.unwrap_or(0) as u64;
    let as_millis = match options.text("format")?.as_deref() {
        None | Some("strict_date_optional_time") => false,
        Some("epoch_millis") => true,
        Some(format) => return Err(RequestError::unsupported(&format!("the format [{format}] of a [date_histogram]"))),
    };
    if options.text("time_zone")?.is_some_and(|zone| !matches!(&*zone, "UTC" | "utc" | "Z" | "+00:00")) {
        return Err(RequestError::unsupported("a [time_zone] other than UTC"));
    }
    let none = |offset: &Value| scalar(offset).is_some_and(|text| matches!(&*text, "0" | "" | "0s" | "0ms" | "+0h"));
    if options.take("offset").is_some_and(|offset| !none(&offset)) {
        return Err(RequestError::unsupported("an [offset] of a [date_histogram]"));
    }
    let bounds = options.take("extended_bounds").map(bounds).transpose()?;
    Ok(Times { interval, least, bounds, as_millis })
}

fn bounds(value: Value) -> Result<(i64, i64), RequestError> {
    let mut value = Object::of(value, "extended_bounds")?;
    let mut side = |name| {
        let millis = value.take(name).as_ref().and_then(scalar).and_then(|text| text.parse::<i64>().ok());
        millis.filter(|millis| millis.checked_mul(MILLI).is_some()).ok_or_else(|| wrong("extended_bounds"))
    };
    let (min, max) = (side("min")?, side("max")?);
    value.finish("[extended_bounds]")?;
    if min > max {
        return Err(RequestError::argument(format!(
            "[extended_bounds.min][{min}] cannot be greater than [extended_bounds.max][{max}]"
        )));
    }
    Ok((min, max))
}

/// Milliseconds of `500ms`, `30s`, `5m`, `1h` or `1d`.
fn fixed_interval(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = text[..digits].parse::<i64>().ok()?.checked_mul(unit)?;
    (millis > 0 && millis.checked_mul(MILLI).is_some()).then_some(millis)
}

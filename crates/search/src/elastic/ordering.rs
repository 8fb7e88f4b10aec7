//! By what the buckets of `terms` are sorted.

use serde_json::Value;

use super::RequestError;
use super::body::{Object, wrong};
use super::tree::{Aggregation, Metric, Named};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermOrder {
    pub key: SortKey,
    pub descending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    Key,
    Count,
    /// A metric in each bucket, by its place among the aggregations there.
    Metric(usize),
    /// One of its percentiles, by its place among them.
    Percentile(usize, usize),
    /// One of its numbers.
    Stat(usize, Stat),
}

/// What `stats` and `extended_stats` tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stat {
    Count,
    Min,
    Max,
    Avg,
    Sum,
    SumOfSquares,
    Variance,
    StdDeviation,
}

const STATS: [(&str, Stat); 8] = [
    ("count", Stat::Count),
    ("min", Stat::Min),
    ("max", Stat::Max),
    ("avg", Stat::Avg),
    ("sum", Stat::Sum),
    ("sum_of_squares", Stat::SumOfSquares),
    ("variance", Stat::Variance),
    ("std_deviation", Stat::StdDeviation),
];

pub(super) fn orders(value: Value, below: &[Named], order: &mut Vec<TermOrder>) -> Result<(), RequestError> {
    for (name, direction) in Object::of(value, "order")?.into_members() {
        let descending = match direction.as_str() {
            Some("desc") => true,
            Some("asc") => false,
            _ => return Err(wrong("order")),
        };
        let key = match &*name {
            "_count" => SortKey::Count,
            "_key" | "_term" => SortKey::Key,
            path => {
                let key = below.iter().enumerate().find_map(|(at, named)| of_metric(at, named, path));
                key.ok_or_else(|| RequestError::unsupported(&format!("an order of terms by [{name}]")))?
            }
        };
        order.push(TermOrder { key, descending });
    }
    Ok(())
}

/// `1`, `1.value`, `1.95`, `1[95.0]`, `1[std_deviation]`
fn of_metric(at: usize, named: &Named, path: &str) -> Option<SortKey> {
    let rest = path.strip_prefix(&*named.name)?;
    let part = rest.strip_prefix('.').or_else(|| rest.strip_prefix('[')?.strip_suffix(']'));
    let Aggregation::Metric(_, metric) = &named.what else { return None };
    match (metric, part) {
        (Metric::Percentiles(percents), Some(part)) => {
            let wanted: f64 = part.parse().ok()?;
            Some(SortKey::Percentile(at, percents.iter().position(|percent| *percent == wanted)?))
        }
        (Metric::Stats | Metric::Extended(_), Some(part)) => {
            let (_, stat) = STATS.into_iter().find(|(name, _)| *name == part)?;
            let of_both = matches!(stat, Stat::Count | Stat::Min | Stat::Max | Stat::Avg | Stat::Sum);
            (of_both || *metric != Metric::Stats).then_some(SortKey::Stat(at, stat))
        }
        (Metric::Percentiles(_) | Metric::Stats | Metric::Extended(_), None) => None,
        (_, None) if rest.is_empty() => Some(SortKey::Metric(at)),
        (_, part) => (part == Some("value")).then_some(SortKey::Metric(at)),
    }
}

//! LogQL's numbers over time: functions over a range, folds and what stands between series.
//!
//! Always holds: a series has a value at a step only where records are; series and steps are bounded before any record is
//! read; what folds by labels alone is grouped while records are read, and only that.

mod binary;
mod matching;

use std::collections::BTreeMap;

use identity::{Permit, Read};
use logql::{Fold, Grouping as By, LabelReplacement, Metric, Order, RangeAggregation, RangeFunction, TextTest};
use model::{TimeRange, Timestamp, limits};
use store::Store;

use crate::cancel::Cancel;
use crate::grouped::{Amount, GroupError, Grouping, Moments, grouped};
use crate::labels::labels;
use crate::predicate::{Parsers, Predicate};
use crate::samples::{Sampled, sampled};
use crate::scan::{ScanError, Stats};

/// Labels by name; none has the empty text.
pub type Labels = BTreeMap<String, String>;

/// Numbers of one set of labels, one for each step.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelSeries {
    pub labels: Labels,
    pub values: Vec<Option<f64>>,
}

/// What a metric comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    Number(f64),
    Series(Vec<LabelSeries>),
}

/// Where a metric looks, and what it did.
struct Evaluation<'a> {
    store: &'a Store,
    permit: &'a Permit<Read>,
    steps: Moments,
    cancel: &'a Cancel,
    stats: Stats,
    /// Numbers of the operands that wait for another one.
    waiting: usize,
    /// And bytes of their labels.
    waiting_bytes: usize,
}

/// Evaluates a metric at every step.
pub fn metric(
    store: &Store,
    permit: &Permit<Read>,
    metric: &Metric,
    steps: Moments,
    cancel: &Cancel,
) -> Result<(MetricValue, Stats), GroupError> {
    if steps.count > limits::METRIC_STEPS_MAX {
        return Err(GroupError::TooManyCells);
    }
    let mut evaluation = Evaluation { store, permit, steps, cancel, stats: Stats::default(), waiting: 0, waiting_bytes: 0 };
    let value = evaluation.metric(metric, &[])?;
    Ok((value, evaluation.stats))
}

// === impl MetricValue ===

impl MetricValue {
    fn cells(&self) -> usize {
        match self {
            Self::Number(_) => 0,
            Self::Series(series) => series.iter().map(|one| one.values.len()).sum(),
        }
    }

    fn label_bytes(&self) -> usize {
        match self {
            Self::Number(_) => 0,
            Self::Series(series) => series.iter().map(|one| label_bytes(&one.labels)).sum(),
        }
    }
}

// === impl Evaluation ===

impl Evaluation<'_> {
    /// `named` are names that folds around it keep apart: a field that is no label tells series apart only where it is named.
    fn metric(&mut self, metric: &Metric, named: &[String]) -> Result<MetricValue, GroupError> {
        self.cancel.check().map_err(ScanError::from)?;
        match metric {
            Metric::Number(number) => Ok(MetricValue::Number(*number)),
            Metric::Vector(number) => {
                if self.steps.count > self.cells_left() {
                    return Err(GroupError::TooManyCells);
                }
                let values = vec![Some(*number); self.steps.count];
                Ok(MetricValue::Series(vec![LabelSeries { labels: Labels::new(), values }]))
            }
            Metric::Range(range) => Ok(MetricValue::Series(self.range(range, range.grouping.as_ref(), named)?)),
            Metric::Fold { fold: Fold::Sum, grouping, of }
                if let Metric::Range(range) = &**of
                    && adds_up(range.function) =>
            {
                Ok(MetricValue::Series(self.range(range, Some(grouping), named)?))
            }
            Metric::Fold { fold, grouping, of } => {
                let inner = match grouping {
                    By::By(names) => names.clone(),
                    By::Without(names) => named.iter().filter(|name| !names.contains(name)).cloned().collect(),
                };
                match self.metric(of, &inner)? {
                    MetricValue::Number(number) => Ok(MetricValue::Number(number)),
                    MetricValue::Series(series) => Ok(MetricValue::Series(fold_series(*fold, grouping, series))),
                }
            }
            Metric::Rank { rank, count, grouping, of } => {
                let mut kept = named.to_vec();
                if let By::By(names) = grouping {
                    kept.extend(names.iter().filter(|name| !named.contains(name)).cloned());
                }
                match self.metric(of, &kept)? {
                    MetricValue::Number(number) => Ok(MetricValue::Number(number)),
                    MetricValue::Series(series) => Ok(MetricValue::Series(binary::ranked(*rank, *count, grouping, series))),
                }
            }
            Metric::Sorted(order, of) => match self.metric(of, named)? {
                MetricValue::Series(series) if self.steps.count == 1 => Ok(MetricValue::Series(sorted(*order, series))),
                value => Ok(value),
            },
            Metric::LabelReplace(replaced) => {
                match self.metric(&replaced.of, &with(named, std::slice::from_ref(&replaced.from)))? {
                    MetricValue::Number(number) => Ok(MetricValue::Number(number)),
                    MetricValue::Series(series) => Ok(MetricValue::Series(relabelled(replaced, series)?)),
                }
            }
            Metric::Binary { sign, matching, left, right } => {
                let named = match matching {
                    Some(matching) => with(named, &matching::named(matching)),
                    None => named.to_vec(),
                };
                let left = self.metric(left, &named)?;
                let waits = (left.cells(), left.label_bytes());
                (self.waiting, self.waiting_bytes) = (self.waiting + waits.0, self.waiting_bytes + waits.1);
                if self.waiting_bytes > limits::PAGE_BYTES_MAX {
                    return Err(GroupError::TooMuchText);
                }
                let right = self.metric(right, &named)?;
                (self.waiting, self.waiting_bytes) = (self.waiting - waits.0, self.waiting_bytes - waits.1);
                match (matching, left, right) {
                    (Some(matching), MetricValue::Series(left), MetricValue::Series(right)) => {
                        Ok(MetricValue::Series(matching::meet(*sign, matching, left, right, self.cancel)?))
                    }
                    (_, left, right) => Ok(binary::between(*sign, left, right)),
                }
            }
        }
    }

    /// How many numbers the next operand may have.
    fn cells_left(&self) -> usize {
        limits::METRIC_CELLS_MAX.saturating_sub(self.waiting)
    }

    /// A function over a range, for each set of some labels, or of all of them.
    fn range(&mut self, range: &RangeAggregation, by: Option<&By>, named: &[String]) -> Result<Vec<LabelSeries>, GroupError> {
        let RangeAggregation { function, pipeline, unwrap, window, offset, .. } = range;
        let start = Timestamp::from_nanos(self.steps.start.nanos().saturating_sub(*offset));
        let steps = Moments { start, ..self.steps };
        let is_absent = *function == RangeFunction::AbsentOverTime;
        let parsers = Parsers::of(pipeline);
        let named = &with(named, &pipeline.made());
        let names = match by {
            _ if is_absent => Vec::new(),
            Some(By::By(names)) => names.clone(),
            None => self.labels(steps, *window, named)?,
            Some(By::Without(names)) => {
                self.labels(steps, *window, named)?.into_iter().filter(|name| !names.contains(name)).collect()
            }
        };
        // Stages that rewrite drop what they drop in their order.
        let dropped = if parsers.rewrites() { Vec::new() } else { pipeline.dropped() };
        // What becomes a number tells no series apart, unless it is asked to.
        let is_number = |name: &String| {
            unwrap.as_ref().is_some_and(|unwrap| unwrap.label == *name)
                && !matches!(by, Some(By::By(names)) if names.contains(name))
        };
        let names: Vec<String> = names.into_iter().filter(|name| !dropped.contains(name) && !is_number(name)).collect();
        let measure = match function {
            RangeFunction::BytesOverTime | RangeFunction::BytesRate => Amount::MessageBytes,
            _ => Amount::Records,
        };
        let (groups_max, cells_max) = (limits::METRIC_SERIES_MAX, self.cells_left());
        let (parsers, window, within) = (&parsers, *window, TimeRange::ALL);
        let grouping = Grouping { labels: &names, parsers, measure, steps, window, within, groups_max, cells_max };
        let predicate = Predicate::of_pipeline(pipeline);
        let found: Vec<(Vec<String>, Vec<Option<f64>>)> = match unwrap {
            Some(unwrap) => {
                let wanted = Sampled { unwrap, function: *function, quantile: range.quantile.unwrap_or_default() };
                let (all, stats) = sampled(self.store, self.permit, &predicate, (&grouping, wanted), self.cancel)?;
                self.add(&stats);
                all.into_iter().map(|one| (one.labels, one.values)).collect()
            }
            None => {
                let (groups, stats) = grouped(self.store, self.permit, &predicate, &grouping, self.cancel)?;
                self.add(&stats);
                let unit = match function {
                    RangeFunction::Rate | RangeFunction::BytesRate => window as f64 / 1e9,
                    _ => 1.0,
                };
                let value = |value: u64| (value > 0).then_some(value as f64 / unit);
                groups.into_iter().map(|group| (group.labels, group.values.into_iter().map(value).collect())).collect()
            }
        };
        if is_absent {
            return Ok(absent(range, &found, steps.count));
        }
        let series = |(labels, values): (Vec<String>, Vec<Option<f64>>)| {
            let labels = names.iter().cloned().zip(labels).filter(|(_, text)| !text.is_empty()).collect();
            LabelSeries { labels, values }
        };
        Ok(found.into_iter().map(series).collect())
    }

    /// The labels of the records looked at, and what is `named` besides.
    fn labels(&mut self, steps: Moments, window: i64, named: &[String]) -> Result<Vec<String>, GroupError> {
        let from = Timestamp::from_nanos(steps.start.nanos().saturating_sub(window));
        let range = TimeRange { from, to: steps.moment(steps.count) };
        let (mut names, _) = labels(self.store, self.permit, range, self.cancel)?;
        for name in named {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    fn add(&mut self, stats: &Stats) {
        self.stats.rows_scanned += stats.rows_scanned;
        self.stats.rows_matched += stats.rows_matched;
        self.stats.parts_read += stats.parts_read;
        self.stats.parts_pruned += stats.parts_pruned;
        self.stats.parts_unreadable = self.stats.parts_unreadable.max(stats.parts_unreadable);
    }
}

/// Whether what series come to together is their sum, so that it may be added up record by record.
fn adds_up(function: RangeFunction) -> bool {
    match function {
        RangeFunction::CountOverTime
        | RangeFunction::Rate
        | RangeFunction::BytesOverTime
        | RangeFunction::BytesRate
        | RangeFunction::SumOverTime => true,
        RangeFunction::AvgOverTime
        | RangeFunction::MinOverTime
        | RangeFunction::MaxOverTime
        | RangeFunction::StddevOverTime
        | RangeFunction::StdvarOverTime
        | RangeFunction::QuantileOverTime
        | RangeFunction::FirstOverTime
        | RangeFunction::LastOverTime
        | RangeFunction::AbsentOverTime => false,
    }
}

/// These names, and others that are not among them.
fn with(named: &[String], others: &[String]) -> Vec<String> {
    named.iter().cloned().chain(others.iter().filter(|name| !named.contains(name)).cloned()).collect()
}

/// 1 where nothing was found, of the labels that the selector says.
fn absent(range: &RangeAggregation, found: &[(Vec<String>, Vec<Option<f64>>)], steps: usize) -> Vec<LabelSeries> {
    let is_there = |step: usize| found.iter().any(|(_, values)| values[step].is_some());
    let values: Vec<Option<f64>> = (0..steps).map(|step| (!is_there(step)).then_some(1.0)).collect();
    if values.iter().all(Option::is_none) {
        return Vec::new();
    }
    let matchers = &range.pipeline.matchers;
    let once = |name: &str| matchers.iter().filter(|matcher| matcher.name == name).count() == 1;
    let said = matchers.iter().filter_map(|matcher| match &matcher.test {
        TextTest::Equals(text) if !text.is_empty() && once(&matcher.name) => Some((matcher.name.clone(), text.clone())),
        _ => None,
    });
    vec![LabelSeries { labels: said.collect(), values }]
}

/// By their first values; what is no number comes last.
fn sorted(order: Order, mut series: Vec<LabelSeries>) -> Vec<LabelSeries> {
    let value = |one: &LabelSeries| one.values.first().copied().flatten().unwrap_or(f64::NAN);
    series.sort_by(|a, b| {
        let (a, b) = (value(a), value(b));
        let ordered = if order == Order::Ascending { a.total_cmp(&b) } else { b.total_cmp(&a) };
        a.is_nan().cmp(&b.is_nan()).then(ordered)
    });
    series
}

fn relabelled(replaced: &LabelReplacement, series: Vec<LabelSeries>) -> Result<Vec<LabelSeries>, GroupError> {
    let bytes = |one: &LabelSeries| {
        let from = one.labels.get(&replaced.from).map_or("", String::as_str);
        label_bytes(&one.labels).saturating_add(replaced.bytes_max(from))
    };
    // Before any is written: a few of these, each of the one before, would multiply without end.
    if series.iter().map(bytes).fold(0, usize::saturating_add) > limits::PAGE_BYTES_MAX {
        return Err(GroupError::TooMuchText);
    }
    let mut seen = std::collections::BTreeSet::new();
    let relabel = |mut one: LabelSeries| {
        let from = one.labels.get(&replaced.from).map_or("", String::as_str);
        if let Some(text) = replaced.write(from) {
            match text.is_empty() {
                true => drop(one.labels.remove(&replaced.to)),
                false => drop(one.labels.insert(replaced.to.clone(), text)),
            }
        }
        match seen.insert(one.labels.clone()) {
            true => Ok(one),
            false => Err(GroupError::Matches("`label_replace` makes several series the same")),
        }
    };
    series.into_iter().map(relabel).collect()
}

fn label_bytes(labels: &Labels) -> usize {
    labels.iter().map(|(name, text)| name.len() + text.len()).sum()
}

fn fold_series(fold: Fold, grouping: &By, series: Vec<LabelSeries>) -> Vec<LabelSeries> {
    let mut groups: BTreeMap<Labels, Vec<Vec<Option<f64>>>> = BTreeMap::new();
    for LabelSeries { mut labels, values } in series {
        labels.retain(|name, _| keeps(grouping, name));
        groups.entry(labels).or_default().push(values);
    }
    let folded = |(labels, all): (Labels, Vec<Vec<Option<f64>>>)| {
        let steps = all.first().map_or(0, Vec::len);
        let values = (0..steps).map(|step| fold_values(fold, all.iter().filter_map(|values| values[step]))).collect();
        LabelSeries { labels, values }
    };
    groups.into_iter().map(folded).collect()
}

/// Whether series are told apart by a label.
fn keeps(grouping: &By, name: &String) -> bool {
    match grouping {
        By::By(names) => names.contains(name),
        By::Without(names) => !names.contains(name),
    }
}

fn fold_values(fold: Fold, values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.clone().count();
    if count == 0 {
        return None;
    }
    Some(match fold {
        Fold::Sum => values.sum(),
        Fold::Min => values.fold(f64::INFINITY, f64::min),
        Fold::Max => values.fold(f64::NEG_INFINITY, f64::max),
        Fold::Avg => values.sum::<f64>() / count as f64,
        Fold::Count => count as f64,
        Fold::Stdvar => variance(values, count),
        Fold::Stddev => variance(values, count).sqrt(),
    })
}

fn variance(values: impl Iterator<Item = f64> + Clone, count: usize) -> f64 {
    let mean = values.clone().sum::<f64>() / count as f64;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(labels: &[(&str, &str)], values: &[Option<f64>]) -> LabelSeries {
        let labels = labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        LabelSeries { labels, values: values.to_vec() }
    }

    #[test]
    fn series_fold_by_labels_where_they_have_values() {
        let all = || {
            vec![
                one(&[("a", "1"), ("b", "1")], &[Some(1.0), None]),
                one(&[("a", "1"), ("b", "2")], &[Some(3.0), None]),
                one(&[("b", "2")], &[None, Some(5.0)]),
            ]
        };
        let by = By::By(vec!["a".to_owned()]);
        for (fold, value) in [
            (Fold::Sum, 4.0),
            (Fold::Min, 1.0),
            (Fold::Max, 3.0),
            (Fold::Avg, 2.0),
            (Fold::Count, 2.0),
            (Fold::Stdvar, 1.0),
            (Fold::Stddev, 1.0),
        ] {
            let count = match fold {
                Fold::Count => 1.0,
                Fold::Stdvar | Fold::Stddev => 0.0,
                Fold::Sum | Fold::Min | Fold::Max | Fold::Avg => 5.0,
            };
            let expected = vec![one(&[], &[None, Some(count)]), one(&[("a", "1")], &[Some(value), None])];
            assert_eq!(fold_series(fold, &by, all()), expected, "{fold:?}");
        }
        let without = fold_series(Fold::Sum, &By::Without(vec!["a".to_owned()]), all());
        assert_eq!(without[1], one(&[("b", "2")], &[Some(3.0), Some(5.0)]));
    }
}

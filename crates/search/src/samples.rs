//! Numbers of a label in windows of time, by labels: what LogQL's functions over `unwrap` ask.
//!
//! Always holds: each number is in every window that its record's time is in, and none is estimated; a label whose text is
//! no such number has none; memory is bounded by different windows and, for quantiles, by numbers.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use logql::{RangeFunction, Unwrap, UnwrapUnit, parse_bytes, parse_duration};
use model::limits;
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::grouped::{GroupError, Grouping, Groups};
use crate::predicate::label::LabelReader;
use crate::predicate::{LabelSource, Predicate};
use crate::scan::{Batch, Scan, ScanError, Stats};

/// What a stretch of time holds in memory, in numbers.
const STRETCH_CELLS: usize = 16;

/// What to make of a label's numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampled<'a> {
    pub(crate) unwrap: &'a Unwrap,
    pub(crate) function: RangeFunction,
    pub(crate) quantile: f64,
}

/// Numbers whose records have the same texts in the labels; nothing at a moment without numbers.
pub(crate) struct Sampling {
    pub(crate) labels: Vec<String>,
    pub(crate) values: Vec<Option<f64>>,
}

/// Numbers of records that the same moments look back at.
#[derive(Debug, Clone, Default)]
struct Stretch {
    count: f64,
    sum: f64,
    least: f64,
    greatest: f64,
    mean: f64,
    /// The sum of squares of what each number is off the mean.
    squares: f64,
    /// By time and sequence.
    first: (i64, i64, f64),
    last: (i64, i64, f64),
    /// Only where quantiles are asked for.
    all: Vec<f64>,
}

struct Gathered<'g> {
    grouping: &'g Grouping<'g>,
    wanted: Sampled<'g>,
    sources: &'g [LabelSource],
    value: &'g LabelSource,
    groups: Groups<BTreeMap<(usize, usize), Stretch>>,
    cells: usize,
    failed: Option<GroupError>,
}

/// Gathers the numbers of the matching records. What `grouping` adds up plays no part.
pub(crate) fn sampled(
    store: &Store,
    permit: &Permit<Read>,
    predicate: &Predicate,
    (grouping, wanted): (&Grouping<'_>, Sampled<'_>),
    cancel: &Cancel,
) -> Result<(Vec<Sampling>, Stats), GroupError> {
    let range = grouping.range();
    let mut scan = Scan::new(store, store.view(permit.scope(), range).map_err(ScanError::from)?, predicate, range, cancel);
    let sources: Vec<LabelSource> = grouping.labels.iter().map(|label| grouping.parsers.source(label)).collect();
    let value = grouping.parsers.source(&wanted.unwrap.label);
    let columns = |available: Vec<ColumnKey>| {
        let mut keys = grouping.columns(sources.iter().chain([&value]), &available);
        keys.push(ColumnKey::Sequence);
        keys
    };
    let groups = Groups::new(grouping);
    let mut gathered = Gathered { grouping, wanted, sources: &sources, value: &value, groups, cells: 0, failed: None };
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let keys = columns(fresh.columns().into_iter().map(|(key, _)| key).collect());
        scan.fresh(&fresh, &keys, &mut |batch| gathered.add(batch))?;
        gathered.check()?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let keys = columns(part.index().columns().map(|(key, _)| key.clone()).collect());
        scan.part(&part, &keys, &mut |batch| gathered.add(batch))?;
        gathered.check()?;
    }
    Ok((gathered.finish(), scan.stats))
}

/// The number that a label's text is.
fn number(text: &str, unit: UnwrapUnit) -> Option<f64> {
    match unit {
        UnwrapUnit::Number => text.parse().ok(),
        UnwrapUnit::Seconds => parse_duration(text).map(|nanos| nanos as f64 / 1e9),
        UnwrapUnit::Bytes => parse_bytes(text).map(|bytes| bytes as f64),
    }
}

// === impl Gathered ===

impl Gathered<'_> {
    fn add(&mut self, batch: &Batch<'_>) {
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        if self.failed.is_some() {
            return;
        }
        let times = times.as_primitive::<Int64Type>().values();
        let sequences = batch.columns.get(&ColumnKey::Sequence).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let readers: Vec<_> = self.sources.iter().map(|source| LabelReader::new(source, batch.columns)).collect();
        let value = LabelReader::new(self.value, batch.columns);
        let mut scratch = String::new();
        for row in batch.matched.set_indices() {
            let Some(number) = number(value.read(row, &mut scratch), self.wanted.unwrap.unit) else { continue };
            let steps = self.grouping.steps_of(times[row]);
            if steps.is_empty() {
                continue;
            }
            let place = (times[row], sequences.map_or(0, |sequences| sequences.value(row)));
            if let Err(error) = self.take((&readers, row), (steps.start, steps.end), place, number) {
                self.failed = Some(error);
                return;
            }
        }
    }

    fn take(
        &mut self,
        (readers, row): (&[LabelReader<'_>], usize),
        steps: (usize, usize),
        (time, sequence): (i64, i64),
        number: f64,
    ) -> Result<(), GroupError> {
        let (moments, cells_max) = (self.grouping.steps.count, self.grouping.cells_max);
        let open = |count: usize| match count * moments > cells_max {
            true => Err(GroupError::TooManyCells),
            false => Ok(BTreeMap::new()),
        };
        let stretches = self.groups.of(readers, row, open)?;
        if !stretches.contains_key(&steps) {
            self.cells += STRETCH_CELLS;
            if self.cells > limits::METRIC_CELLS_MAX {
                return Err(GroupError::TooManyCells);
            }
        }
        let mut one = Stretch::one(number, (time, sequence, number));
        if self.wanted.function == RangeFunction::QuantileOverTime {
            one.all.push(number);
            self.cells += 1;
            if self.cells > limits::METRIC_CELLS_MAX {
                return Err(GroupError::TooManySamples);
            }
        }
        stretches.entry(steps).or_default().merge(&one);
        Ok(())
    }

    fn check(&mut self) -> Result<(), GroupError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn finish(self) -> Vec<Sampling> {
        let (moments, wanted) = (self.grouping.steps.count, self.wanted);
        let seconds = self.grouping.window as f64 / 1e9;
        let sampling = |(labels, stretches): (Vec<String>, BTreeMap<(usize, usize), Stretch>)| {
            let mut at = 0;
            let stretches: Vec<((usize, usize), Stretch)> = stretches.into_iter().collect();
            let value = |step: usize| {
                // Stretches are in the order of time, and so are the moments that look back at them.
                while stretches.get(at).is_some_and(|((_, end), _)| *end <= step) {
                    at += 1;
                }
                let mut whole = Stretch::default();
                for (_, stretch) in stretches[at..].iter().take_while(|((start, _), _)| *start <= step) {
                    whole.merge(stretch);
                }
                whole.value(wanted, seconds)
            };
            Sampling { labels, values: (0..moments).map(value).collect() }
        };
        self.groups.finish().into_iter().map(sampling).collect()
    }
}

// === impl Stretch ===

impl Stretch {
    fn one(number: f64, place: (i64, i64, f64)) -> Self {
        Self {
            count: 1.0,
            sum: number,
            least: number,
            greatest: number,
            mean: number,
            squares: 0.0,
            first: place,
            last: place,
            all: Vec::new(),
        }
    }

    fn merge(&mut self, other: &Self) {
        if self.count == 0.0 {
            self.clone_from(other);
            return;
        }
        let count = self.count + other.count;
        let apart = other.mean - self.mean;
        self.squares += other.squares + apart * apart * self.count * other.count / count;
        self.mean += apart * other.count / count;
        self.count = count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        if (other.first.0, other.first.1) < (self.first.0, self.first.1) {
            self.first = other.first;
        }
        if (other.last.0, other.last.1) > (self.last.0, self.last.1) {
            self.last = other.last;
        }
        self.all.extend_from_slice(&other.all);
    }

    /// Nothing of no numbers.
    fn value(mut self, wanted: Sampled<'_>, seconds: f64) -> Option<f64> {
        if self.count == 0.0 {
            return None;
        }
        Some(match wanted.function {
            RangeFunction::SumOverTime => self.sum,
            RangeFunction::Rate => self.sum / seconds,
            RangeFunction::AvgOverTime => self.sum / self.count,
            RangeFunction::MinOverTime => self.least,
            RangeFunction::MaxOverTime => self.greatest,
            RangeFunction::StdvarOverTime => self.squares / self.count,
            RangeFunction::StddevOverTime => (self.squares / self.count).sqrt(),
            RangeFunction::FirstOverTime => self.first.2,
            RangeFunction::LastOverTime => self.last.2,
            RangeFunction::QuantileOverTime => quantile(wanted.quantile, &mut self.all),
            // Of records, and not of numbers, but for whether there are any.
            RangeFunction::CountOverTime
            | RangeFunction::BytesOverTime
            | RangeFunction::BytesRate
            | RangeFunction::AbsentOverTime => self.count,
        })
    }
}

/// Between the two numbers that are nearest, as Loki does it.
fn quantile(wanted: f64, numbers: &mut [f64]) -> f64 {
    if wanted < 0.0 {
        return f64::NEG_INFINITY;
    }
    if wanted > 1.0 {
        return f64::INFINITY;
    }
    numbers.sort_by(f64::total_cmp);
    let rank = wanted * (numbers.len() as f64 - 1.0);
    let lower = rank.floor().max(0.0) as usize;
    let upper = (lower + 1).min(numbers.len() - 1);
    let weight = rank - rank.floor();
    numbers[lower] * (1.0 - weight) + numbers[upper] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: RangeFunction, quantile: f64, numbers: &[f64]) -> Option<f64> {
        let unwrap = Unwrap { label: "a".to_owned(), unit: UnwrapUnit::Number };
        let mut whole = Stretch::default();
        for (at, number) in numbers.iter().enumerate().rev() {
            let mut one = Stretch::one(*number, (7, at as i64, *number));
            one.all.push(*number);
            whole.merge(&one);
        }
        whole.value(Sampled { unwrap: &unwrap, function, quantile }, 60.0)
    }

    #[test]
    fn numbers_come_to_what_the_function_says() {
        use RangeFunction as F;
        let numbers = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        for (function, value) in [
            (F::SumOverTime, 40.0),
            (F::AvgOverTime, 5.0),
            (F::MinOverTime, 2.0),
            (F::MaxOverTime, 9.0),
            (F::StdvarOverTime, 4.0),
            (F::StddevOverTime, 2.0),
            (F::FirstOverTime, 2.0),
            (F::LastOverTime, 9.0),
            (F::Rate, 40.0 / 60.0),
        ] {
            let found = of(function, 0.0, &numbers).unwrap();
            assert!((found - value).abs() < 1e-9, "{function:?}: {found}");
            assert_eq!(of(function, 0.0, &[]), None);
        }
        for (wanted, value) in [(0.0, 2.0), (0.5, 4.5), (0.9, 7.6), (1.0, 9.0), (1.5, f64::INFINITY), (-1.0, f64::NEG_INFINITY)] {
            let found = of(F::QuantileOverTime, wanted, &numbers).unwrap();
            assert!(found == value || (found - value).abs() < 1e-9, "{wanted}: {found}");
        }
    }

    #[test]
    fn a_text_is_a_number_of_its_unit_or_none() {
        assert_eq!(number("1.5e3", UnwrapUnit::Number), Some(1_500.0));
        assert_eq!(number("1m1.5s", UnwrapUnit::Seconds), Some(61.5));
        assert_eq!(number("5KB", UnwrapUnit::Bytes), Some(5_000.0));
        for (text, unit) in [("5s", UnwrapUnit::Number), ("", UnwrapUnit::Number), ("5", UnwrapUnit::Seconds)] {
            assert_eq!(number(text, unit), None);
        }
    }
}

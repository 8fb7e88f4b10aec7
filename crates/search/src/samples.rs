//! Numbers of a label in windows of time, by labels: what LogQL's functions over `unwrap` ask.
//!
//! Always holds: each number is in every window that its record's time is in, and none is estimated; a label whose text is
//! no such number has none; memory is bounded by different windows and, for quantiles, by numbers.

mod window;

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use logql::{RangeFunction, Unwrap, UnwrapUnit, parse_bytes};
use model::limits;
use store::{ColumnKey, Store};

use crate::cancel::{Cancel, Cancelled};
use crate::grouped::{GroupError, Grouping, Groups};
use crate::predicate::label::RowReader;
use crate::predicate::{Predicate, RowSource, nanos_of};
use crate::scan::{Batch, Scan, ScanError, Stats};
use window::{Ordered, Sliding};

/// What a stretch of time holds in memory, in numbers.
const STRETCH_CELLS: usize = 16;
/// Moments, or numbers, after which it is asked whether anybody still waits.
const UNCHECKED: usize = 1_024;

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
}

/// By the moments that look back at them: the numbers themselves only where quantiles are asked for.
type Stretches = BTreeMap<(usize, usize), (Stretch, Vec<f64>)>;

struct Gathered<'g> {
    grouping: &'g Grouping<'g>,
    wanted: Sampled<'g>,
    /// The labels, and behind them the one whose numbers are meant.
    source: &'g RowSource,
    groups: Groups<'g, Stretches>,
    cells: usize,
    cancel: &'g Cancel,
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
    let labels = grouping.labels.iter().chain([&wanted.unwrap.label]).map(String::as_str);
    let source = grouping.parsers.rows(labels, false);
    let columns = |available: Vec<ColumnKey>| {
        let mut keys = source.columns(&available);
        keys.push(ColumnKey::Sequence);
        keys
    };
    let groups = Groups::new(grouping, cancel);
    let mut gathered = Gathered { grouping, wanted, source: &source, groups, cells: 0, cancel, failed: None };
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
    Ok((gathered.finish()?, scan.stats))
}

/// The number that a label's text is.
fn number(text: &str, unit: UnwrapUnit) -> Option<f64> {
    match unit {
        UnwrapUnit::Number => text.parse().ok(),
        UnwrapUnit::Seconds => nanos_of(text).map(|nanos| nanos as f64 / 1e9),
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
        let mut reader = RowReader::new(self.source, batch.columns, self.cancel);
        let mut scratch = String::new();
        for row in batch.matched.set_indices() {
            let steps = self.grouping.steps_of(times[row]);
            if steps.is_empty() {
                continue;
            }
            if let Err(cancelled) = self.cancel.check() {
                self.failed = Some(ScanError::from(cancelled).into());
                return;
            }
            reader.go_to(row);
            let text = reader.label(self.grouping.labels.len(), &mut scratch);
            let Some(number) = number(text, self.wanted.unwrap.unit) else { continue };
            let place = (times[row], sequences.map_or(0, |sequences| sequences.value(row)));
            if let Err(error) = self.take(&reader, (steps.start, steps.end), place, number) {
                self.failed = Some(error);
                return;
            }
        }
    }

    fn take(
        &mut self,
        reader: &RowReader<'_>,
        steps: (usize, usize),
        (time, sequence): (i64, i64),
        number: f64,
    ) -> Result<(), GroupError> {
        let (moments, cells_max) = (self.grouping.steps.count, self.grouping.cells_max);
        let open = |count: usize| match count * moments > cells_max {
            true => Err(GroupError::TooManyCells),
            false => Ok(BTreeMap::new()),
        };
        let stretches = self.groups.of((reader, self.grouping.labels.len()), open)?;
        if !stretches.contains_key(&steps) {
            self.cells += STRETCH_CELLS;
            if self.cells > limits::METRIC_CELLS_MAX {
                return Err(GroupError::TooManyCells);
            }
        }
        let (stretch, numbers) = stretches.entry(steps).or_default();
        if self.wanted.function != RangeFunction::QuantileOverTime {
            stretch.merge(&Stretch::one(number, (time, sequence, number)));
            return Ok(());
        }
        numbers.push(number);
        self.cells += 1;
        match self.cells > limits::METRIC_CELLS_MAX {
            true => Err(GroupError::TooManySamples),
            false => Ok(()),
        }
    }

    fn check(&mut self) -> Result<(), GroupError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn finish(self) -> Result<Vec<Sampling>, GroupError> {
        let (moments, wanted, cancel) = (self.grouping.steps.count, self.wanted, self.cancel);
        let seconds = self.grouping.window as f64 / 1e9;
        let sampling = |(labels, stretches): (Vec<String>, Stretches)| {
            let values = match wanted.function {
                RangeFunction::QuantileOverTime => quantiles(&stretches, moments, wanted.quantile, cancel)?,
                _ => {
                    let (windows, stretches): (Vec<_>, Vec<_>) = stretches.into_iter().map(|(at, (one, _))| (at, one)).unzip();
                    let mut sliding = Sliding::new(&stretches);
                    let whole = |sliding: &Sliding<'_>| sliding.whole().value(wanted, seconds);
                    let (take, let_go) = (Sliding::taking_in, Sliding::letting_go);
                    slide((&windows, moments), &mut sliding, (take, let_go), whole, cancel)?
                }
            };
            Ok(Sampling { labels, values })
        };
        self.groups.finish().into_iter().map(sampling).collect()
    }
}

fn quantiles(stretches: &Stretches, moments: usize, wanted: f64, cancel: &Cancel) -> Result<Vec<Option<f64>>, GroupError> {
    let (windows, numbers): (Vec<_>, Vec<_>) = stretches.iter().map(|(at, (_, numbers))| (*at, numbers)).unzip();
    let mut ordered = Ordered::new(numbers.iter().flat_map(|numbers| numbers.iter().copied()));
    let each = |ordered: &mut Ordered, at: usize, change: fn(&mut Ordered, f64)| {
        numbers[at].chunks(UNCHECKED).try_for_each(|some: &[f64]| {
            some.iter().for_each(|number| change(ordered, *number));
            cancel.check()
        })
    };
    let take = |ordered: &mut Ordered, at: usize| each(ordered, at, Ordered::take_in);
    let let_go = |ordered: &mut Ordered, at: usize| each(ordered, at, Ordered::let_go);
    slide((&windows, moments), &mut ordered, (take, let_go), |ordered| ordered.quantile(wanted), cancel)
}

/// Goes from moment to moment. `windows` say which moments look back at each stretch; they are in the order of time, and so
/// are their first moments and their last.
fn slide<T>(
    (windows, moments): (&[(usize, usize)], usize),
    within: &mut T,
    (take_in, let_go): (impl Fn(&mut T, usize) -> Result<(), Cancelled>, impl Fn(&mut T, usize) -> Result<(), Cancelled>),
    value: impl Fn(&T) -> Option<f64>,
    cancel: &Cancel,
) -> Result<Vec<Option<f64>>, GroupError> {
    let (mut from, mut to) = (0, 0);
    let mut at_moment = |moment: usize| {
        if moment.is_multiple_of(UNCHECKED) {
            cancel.check().map_err(ScanError::from)?;
        }
        while windows.get(to).is_some_and(|(first, _)| *first <= moment) {
            take_in(within, to).map_err(ScanError::from)?;
            to += 1;
        }
        while from < to && windows[from].1 <= moment {
            let_go(within, from).map_err(ScanError::from)?;
            from += 1;
        }
        Ok(value(within))
    };
    (0..moments).map(&mut at_moment).collect()
}

// === impl Stretch ===

impl Stretch {
    fn one(number: f64, place: (i64, i64, f64)) -> Self {
        Self { count: 1.0, sum: number, least: number, greatest: number, mean: number, squares: 0.0, first: place, last: place }
    }

    fn merge(&mut self, other: &Self) {
        if self.count == 0.0 || other.count == 0.0 {
            if self.count == 0.0 {
                self.clone_from(other);
            }
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
    }

    /// Nothing of no numbers.
    fn value(self, wanted: Sampled<'_>, seconds: f64) -> Option<f64> {
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
            // Of records, and not of numbers, but for whether there are any; quantiles are of numbers in their order.
            RangeFunction::CountOverTime
            | RangeFunction::QuantileOverTime
            | RangeFunction::BytesOverTime
            | RangeFunction::BytesRate
            | RangeFunction::AbsentOverTime => self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(function: RangeFunction, numbers: &[f64]) -> Option<f64> {
        let unwrap = Unwrap { label: "a".to_owned(), unit: UnwrapUnit::Number };
        let mut whole = Stretch::default();
        for (at, number) in numbers.iter().enumerate().rev() {
            whole.merge(&Stretch::one(*number, (7, at as i64, *number)));
        }
        whole.value(Sampled { unwrap: &unwrap, function, quantile: 0.0 }, 60.0)
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
            let found = of(function, &numbers).unwrap();
            assert!((found - value).abs() < 1e-9, "{function:?}: {found}");
            assert_eq!(of(function, &[]), None);
        }
        let mut ordered = Ordered::new(numbers.into_iter());
        assert_eq!(ordered.quantile(0.5), None);
        numbers.into_iter().for_each(|number| ordered.take_in(number));
        for (wanted, value) in [(0.0, 2.0), (0.5, 4.5), (0.9, 7.6), (1.0, 9.0), (1.5, f64::INFINITY), (-1.0, f64::NEG_INFINITY)] {
            let found = ordered.quantile(wanted).unwrap();
            assert!(found == value || (found - value).abs() < 1e-9, "{wanted}: {found}");
        }
    }

    proptest! {
        /// Moving forward gives what looking back from each moment anew gives.
        #[test]
        fn windows_slide(
            lengths in prop::collection::vec((0_usize..4, prop::collection::vec(-50_i32..50, 1..5)), 0..40),
            window in 1_usize..9,
            quantile in 0.0_f64..=1.0,
        ) {
            let mut all = Vec::new();
            let mut first = 0;
            for (apart, numbers) in lengths {
                first += apart;
                all.push(((first, first + window), numbers.into_iter().map(f64::from).collect::<Vec<_>>()));
            }
            let moments = first + window + 2;
            let mut stretches = Stretches::new();
            for (at, number) in all.iter().flat_map(|(at, numbers)| numbers.iter().map(move |number| (*at, *number))) {
                let (stretch, numbers) = stretches.entry(at).or_default();
                stretch.merge(&Stretch::one(number, (at.0 as i64, 0, number)));
                numbers.push(number);
            }
            let cancel = Cancel::default();
            let found = quantiles(&stretches, moments, quantile, &cancel).unwrap();
            let (windows, sums): (Vec<_>, Vec<_>) = stretches.iter().map(|(at, (one, _))| (*at, one.clone())).unzip();
            let mut sliding = Sliding::new(&sums);
            let (take, let_go) = (Sliding::taking_in, Sliding::letting_go);
            let whole = |s: &Sliding<'_>| { let whole = s.whole(); (whole.count > 0.0).then_some(whole.sum + whole.greatest) };
            let sums = slide((&windows, moments), &mut sliding, (take, let_go), whole, &cancel).unwrap();
            for moment in 0..moments {
                let within = all.iter().filter(|((from, to), _)| (*from..*to).contains(&moment));
                let mut numbers: Vec<f64> = within.flat_map(|(_, numbers)| numbers.clone()).collect();
                numbers.sort_by(f64::total_cmp);
                let Some(last) = numbers.len().checked_sub(1) else {
                    prop_assert_eq!((found[moment], sums[moment]), (None, None));
                    continue;
                };
                let rank = quantile * last as f64;
                let (lower, upper) = (numbers[rank.floor() as usize], numbers[(rank.floor() as usize + 1).min(last)]);
                let expected = lower + (upper - lower) * rank.fract();
                prop_assert!((found[moment].unwrap() - expected).abs() < 1e-9);
                prop_assert!((sums[moment].unwrap() - numbers.iter().sum::<f64>() - numbers[last]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_stopped_query_slides_no_farther() {
        let cancel = Cancel::default();
        cancel.stop(Cancelled::Abandoned);
        assert!(matches!(quantiles(&Stretches::new(), 1, 0.5, &cancel), Err(GroupError::Scan(_))));
    }

    #[test]
    fn a_text_is_a_number_of_its_unit_or_none() {
        assert_eq!(number("1.5e3", UnwrapUnit::Number), Some(1_500.0));
        assert_eq!(number("1m1.5s", UnwrapUnit::Seconds), Some(61.5));
        assert_eq!(number("0", UnwrapUnit::Seconds), Some(0.0));
        assert_eq!(number("5KB", UnwrapUnit::Bytes), Some(5_000.0));
        for (text, unit) in [("5s", UnwrapUnit::Number), ("", UnwrapUnit::Number), ("5", UnwrapUnit::Seconds)] {
            assert_eq!(number(text, unit), None);
        }
    }
}

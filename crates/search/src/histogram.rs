//! How many records match in each step of time, by level.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use model::{TimeRange, Timestamp, limits};
use store::{ColumnKey, Store, View};

use crate::cancel::Cancel;
use crate::predicate::Predicate;
use crate::scan::{Batch, Scan, ScanError, Stats};

/// Where the levels count for which there is no room.
const OTHER_LEVELS: &str = "other";
const SECOND: i64 = 1_000_000_000;
/// Steps that people read easily, in nanoseconds; beyond the last one, whole days.
const STEPS: [i64; 20] = [
    1_000_000,
    10_000_000,
    100_000_000,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    120 * SECOND,
    300 * SECOND,
    600 * SECOND,
    900 * SECOND,
    1_800 * SECOND,
    3_600 * SECOND,
    7_200 * SECOND,
    10_800 * SECOND,
    21_600 * SECOND,
    43_200 * SECOND,
];
const DAY: i64 = 86_400 * SECOND;

/// Counts of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    pub count: u64,
    /// By level; records without one count under the empty name.
    pub levels: BTreeMap<String, u64>,
}

/// Counts over time. Every count is exact.
#[derive(Debug)]
pub struct Histogram {
    pub start: Timestamp,
    pub step_nanos: i64,
    pub buckets: Vec<Bucket>,
    pub stats: Stats,
}

/// Counts the matches in at most `buckets` steps of the range, or of the time that the source's records span within it.
pub fn histogram(
    store: &Store,
    permit: &Permit<Read>,
    predicate: &Predicate,
    (range, buckets): (TimeRange, usize),
    cancel: &Cancel,
) -> Result<Histogram, ScanError> {
    let view = store.view(permit.scope(), range)?;
    let stats = Stats { parts_unreadable: view.quarantined, ..Stats::default() };
    let Some((first, last)) = extent(&view, &range) else {
        return Ok(Histogram { start: range.from, step_nanos: SECOND, buckets: Vec::new(), stats });
    };
    let (start, step) = steps(first, last, buckets.clamp(1, limits::HISTOGRAM_BUCKETS_MAX));
    let count = ((i128::from(last) - i128::from(start)) / i128::from(step)) as usize + 1;
    let mut counts = Counts { start, step, buckets: vec![Bucket::default(); count], levels: BTreeSet::new() };
    let mut scan = Scan::new(store, view, predicate, range, cancel);
    for fresh in std::mem::take(&mut scan.view.fresh) {
        scan.fresh(&fresh, &[ColumnKey::Level], &mut |batch| counts.add(batch))?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        if let Some(part) = scan.open(&live) {
            scan.part(&part, &[ColumnKey::Level], &mut |batch| counts.add(batch))?;
        }
    }
    Ok(Histogram { start: Timestamp::from_nanos(start), step_nanos: step, buckets: counts.buckets, stats: scan.stats })
}

/// First and last time that a record in the range can have.
pub(crate) fn extent(view: &View, range: &TimeRange) -> Option<(i64, i64)> {
    let parts = view.parts.iter().map(|part| part.row().times);
    let times = parts.chain(view.fresh.iter().filter_map(store::FreshRows::time_range));
    let (first, last) = times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let (first, last) = (first.max(range.from).nanos(), last.nanos().min(range.to.nanos() - 1));
    (first <= last).then_some((first, last))
}

/// The smallest readable step that needs no more than `buckets`, and the start aligned to it.
pub(crate) fn steps(first: i64, last: i64, buckets: usize) -> (i64, i64) {
    // Never behind the first: where the step before it has no beginning, it begins with time.
    let aligned = |step: i64| first.div_euclid(step).checked_mul(step).unwrap_or(i64::MIN);
    let fits = |step: i64| (i128::from(last) - i128::from(aligned(step))) / i128::from(step) < buckets as i128;
    if let Some(step) = STEPS.into_iter().find(|step| fits(*step)) {
        return (aligned(step), step);
    }
    let mut days = 1;
    while !fits(days * DAY) && days < 1 << 16 {
        days *= 2;
    }
    (aligned(days * DAY), days * DAY)
}

struct Counts {
    start: i64,
    step: i64,
    buckets: Vec<Bucket>,
    /// Those that were met.
    levels: BTreeSet<String>,
}

// === impl Counts ===

impl Counts {
    fn add(&mut self, batch: &Batch<'_>) {
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        let times = times.as_primitive::<Int64Type>().values();
        let levels = batch.columns.get(&ColumnKey::Level).map(|array| array.as_string_view());
        for row in batch.matched.set_indices() {
            let at = ((i128::from(times[row]) - i128::from(self.start)) / i128::from(self.step)) as usize;
            let Some(bucket) = self.buckets.get_mut(at) else { continue };
            bucket.count += 1;
            let level = levels.filter(|levels| levels.is_valid(row)).map_or("", |levels| levels.value(row));
            match bucket.levels.get_mut(level) {
                Some(count) => *count += 1,
                None => *bucket.levels.entry(told(&mut self.levels, level)).or_default() += 1,
            }
        }
    }
}

/// The name under which a level counts. A level is whatever was sent, so there may be very many.
fn told(known: &mut BTreeSet<String>, level: &str) -> String {
    if known.contains(level) {
        return level.to_owned();
    }
    if known.len() >= limits::HISTOGRAM_LEVELS_MAX {
        return OTHER_LEVELS.to_owned();
    }
    known.insert(level.to_owned());
    level.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_beyond_the_most_count_under_one_name() {
        let mut known = BTreeSet::new();
        for level in 0..limits::HISTOGRAM_LEVELS_MAX {
            assert_eq!(told(&mut known, &level.to_string()), level.to_string());
        }
        assert_eq!((told(&mut known, "one more"), told(&mut known, "0")), (OTHER_LEVELS.to_owned(), "0".to_owned()));
    }

    #[test]
    fn steps_are_readable_aligned_and_few_enough() {
        let hour = 3_600 * SECOND;
        assert_eq!(steps(5 * SECOND, hour, 60), (0, 120 * SECOND));
        assert_eq!(steps(hour + 1, hour + 2, 10), (hour, 1_000_000));
        let year_1700 = -98_500 * DAY;
        for (first, last) in [(i64::MIN, i64::MAX), (0, i64::MAX), (-DAY, 30 * DAY), (year_1700 + 1, 20_000 * DAY)] {
            let (start, step) = steps(first, last, 100);
            assert!(start <= first, "{first} is in a step");
            assert!((i128::from(last) - i128::from(start)) / i128::from(step) < 200, "{first} {last}");
        }
    }
}

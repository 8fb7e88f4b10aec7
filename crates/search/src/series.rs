//! What the matching records of each step of time come to: how many they are, or what the numbers of a field make.
//!
//! Always holds: counts, sums and extremes are exact; a percentile of more than 64 numbers is off by at most 1/256 of its
//! value; the memory for percentiles has a limit, and more is an error.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use identity::{Permit, Read};
use model::limits::{HISTOGRAM_BUCKETS_MAX, SERIES_MEMORY_BYTES};
use model::{TimeRange, Timestamp};
use store::{ColumnKey, Columns, Kind, Store};

use crate::cancel::Cancel;
use crate::histogram::{extent, steps};
use crate::predicate::{Predicate, resolve};
use crate::scan::{Batch, Scan, ScanError, Stats};
use crate::sketch::Sketch;

/// What is made of the numbers of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    Avg,
    Min,
    Max,
    Sum,
    /// The share of numbers that lie below: 0 to 1.
    Percentile(f64),
}

/// How the range is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// In at most so many, of a length that people read easily: over the whole range, or where that is open at a side, over
    /// the time that there are records of.
    AtMost(usize),
    /// From the beginning of the range, so many of as many nanoseconds.
    Exactly { count: usize, nanos: i64 },
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// Matching records.
    pub count: u64,
    /// What their numbers make; nothing where there is none.
    pub value: Option<f64>,
}

#[derive(Debug)]
pub struct Series {
    pub start: Timestamp,
    pub step_nanos: i64,
    pub points: Vec<Point>,
    pub whole: Point,
    pub stats: Stats,
}

#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("the percentiles need more than {} MiB of memory; ask for fewer steps", SERIES_MEMORY_BYTES >> 20)]
    Memory,
}

/// Measures the matches in each step of the range. Without a field to measure they are counted.
pub fn series(
    store: &Store,
    permit: &Permit<Read>,
    (predicate, measured): (&Predicate, Option<(&str, Measure)>),
    (range, wanted): (TimeRange, Steps),
    cancel: &Cancel,
) -> Result<Series, SeriesError> {
    let view = store.view(permit.scope(), range).map_err(ScanError::from)?;
    let is_open = range.from == Timestamp::MIN || range.to == Timestamp::MAX;
    let over = if is_open { extent(&view, &range) } else { whole(&range) };
    let (start, step, count) = match (wanted, over) {
        (Steps::Exactly { count, nanos }, _) => (range.from.nanos(), nanos.max(1), count),
        (Steps::AtMost(_), None) => (range.from.nanos(), 1, 0),
        (Steps::AtMost(most), Some((first, last))) => {
            let (start, step) = steps(first, last, most.clamp(1, HISTOGRAM_BUCKETS_MAX));
            (start, step, ((i128::from(last) - i128::from(start)) / i128::from(step)) as usize + 1)
        }
    };
    let measure = measured.map(|(_, measure)| measure);
    let tallies = (0..count).map(|_| Tally::of(measure)).collect();
    let mut gathered = Gathered { start, step, tallies, whole: Tally::of(measure) };
    let mut scan = Scan::new(store, view, predicate, range, cancel);
    let keys = |available: Vec<ColumnKey>| measured.map(|(name, _)| resolve(name, &available)).unwrap_or_default();
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let keys = keys(fresh.columns().into_iter().map(|(key, _)| key).collect());
        scan.fresh(&fresh, &keys, &mut |batch| gathered.add(batch, &keys))?;
        gathered.hold()?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let keys = keys(part.index().columns().map(|(key, _)| key.clone()).collect());
        scan.part(&part, &keys, &mut |batch| gathered.add(batch, &keys))?;
        gathered.hold()?;
    }
    Ok(Series {
        start: Timestamp::from_nanos(start),
        step_nanos: step,
        points: gathered.tallies.iter().map(|tally| tally.point(measure)).collect(),
        whole: gathered.whole.point(measure),
        stats: scan.stats,
    })
}

/// The first and the last moment of a range that has both.
fn whole(range: &TimeRange) -> Option<(i64, i64)> {
    (range.from < range.to).then(|| (range.from.nanos(), range.to.nanos() - 1))
}

struct Gathered {
    start: i64,
    step: i64,
    tallies: Vec<Tally>,
    whole: Tally,
}

/// What is known of the records of one step.
struct Tally {
    count: u64,
    numbers: u64,
    sum: f64,
    least: f64,
    greatest: f64,
    /// Only where a percentile is asked for.
    sketch: Option<Sketch>,
}

// === impl Gathered ===

impl Gathered {
    fn add(&mut self, batch: &Batch<'_>, keys: &[ColumnKey]) {
        // What is over the limit is an error already, whatever comes to it.
        if self.hold().is_err() {
            return;
        }
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        let times = times.as_primitive::<Int64Type>().values();
        for row in batch.matched.set_indices() {
            let at = (i128::from(times[row]) - i128::from(self.start)).div_euclid(i128::from(self.step));
            let Some(tally) = usize::try_from(at).ok().and_then(|at| self.tallies.get_mut(at)) else { continue };
            let value = keys.iter().find_map(|key| number(batch.columns, key, row));
            tally.add(value);
            self.whole.add(value);
        }
    }

    fn hold(&self) -> Result<(), SeriesError> {
        let bytes = |tally: &Tally| tally.sketch.as_ref().map_or(0, Sketch::heap_bytes);
        let held: usize = self.tallies.iter().map(bytes).sum::<usize>() + bytes(&self.whole);
        if held > SERIES_MEMORY_BYTES { Err(SeriesError::Memory) } else { Ok(()) }
    }
}

// === impl Tally ===

impl Tally {
    fn of(measure: Option<Measure>) -> Self {
        let sketch = match measure {
            Some(Measure::Percentile(_)) => Some(Sketch::new()),
            Some(Measure::Avg | Measure::Min | Measure::Max | Measure::Sum) | None => None,
        };
        Self { count: 0, numbers: 0, sum: 0.0, least: f64::INFINITY, greatest: f64::NEG_INFINITY, sketch }
    }

    fn add(&mut self, value: Option<f64>) {
        self.count += 1;
        let Some(value) = value.filter(|value| !value.is_nan()) else { return };
        self.numbers += 1;
        self.sum += value;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        if let Some(sketch) = &mut self.sketch {
            sketch.add(value);
        }
    }

    fn point(&self, measure: Option<Measure>) -> Point {
        let value = measure.filter(|_| self.numbers > 0).and_then(|measure| match measure {
            Measure::Avg => Some(self.sum / self.numbers as f64),
            Measure::Min => Some(self.least),
            Measure::Max => Some(self.greatest),
            Measure::Sum => Some(self.sum),
            Measure::Percentile(rank) => self.sketch.as_ref().and_then(|sketch| sketch.percentile(rank)),
        });
        Point { count: self.count, value }
    }
}

fn number(columns: &Columns, key: &ColumnKey, row: usize) -> Option<f64> {
    let array = columns.get(key).filter(|array| array.is_valid(row))?;
    match key {
        ColumnKey::Field(_, Kind::Int) => Some(array.as_primitive::<Int64Type>().value(row) as f64),
        ColumnKey::Field(_, Kind::Float) => Some(array.as_primitive::<Float64Type>().value(row)),
        ColumnKey::Field(_, Kind::Bool | Kind::Json | Kind::Text) => None,
        ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Level | ColumnKey::Message | ColumnKey::Rest => None,
    }
}

//! Buckets within buckets, and numbers in each: what the aggregations of Elasticsearch's clients ask, in one scan.
//!
//! Always holds: counts, sums and extremes are exact, as are the buckets with the most records; a percentile of more than
//! 64 numbers is off by at most 1/256 of its value. What is held of buckets, their texts, different values and percentiles
//! is bounded, and more is an error.

mod finish;
mod readers;
mod values;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use model::{TimeRange, Timestamp, limits};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::elastic::{Aggregation, Metric, Named};
use crate::predicate::{Predicate, resolve};
use crate::scan::{Batch, Scan, ScanError, Stats};
use crate::sketch::Sketch;
use readers::{Compiled, Reader, fields};
pub use values::Key;

/// Held of one bucket with percentiles, in other buckets.
const SKETCH_CELLS: usize = 64;
const MILLI: i64 = 1_000_000;

/// What an aggregation comes to, in the form of its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Terms {
        buckets: Vec<Bucket>,
        /// Records in buckets that are left out.
        others: u64,
    },
    Times(Vec<Bucket>),
    /// In the order of their numbers.
    Numbers(Vec<Bucket>),
    /// In the order of the filters, and then what none finds.
    Filters(Vec<Bucket>),
    Number(Option<f64>),
    /// Of values, or of different ones.
    Count(u64),
    /// Of how many numbers, and, where there is one, the least, the greatest and their sum.
    Stats(u64, Option<(f64, f64, f64)>),
    /// The same, with how far the numbers are apart.
    Extended(u64, Option<Extended>),
    /// In the order in which they were asked for.
    Percentiles(Vec<Option<f64>>),
}

/// Of at least one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extended {
    pub min: f64,
    pub max: f64,
    pub sum: f64,
    pub sum_of_squares: f64,
    /// The sum of the squares of what each is off their mean.
    pub off_mean: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Of times, milliseconds since 1970; of filters, their place.
    pub key: Key,
    pub count: u64,
    pub below: Vec<Outcome>,
}

/// The matching records, counted, and what the aggregations come to, in their order.
#[derive(Debug)]
pub struct Aggregated {
    pub count: u64,
    pub outcomes: Vec<Outcome>,
    pub stats: Stats,
}

#[derive(Debug, thiserror::Error)]
pub enum AggregateError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("more than {0} buckets; ask for longer intervals, or select less")]
    TooManyBuckets(usize),
    #[error("the interval of a histogram is too small for numbers as large as are there")]
    TooFine,
    #[error("the aggregations hold more than they may of {0}; select less, or ask for fewer buckets")]
    TooMuch(&'static str),
}

/// Counts the matches and gathers them in buckets.
pub fn aggregate(
    store: &Store,
    permit: &Permit<Read>,
    (predicate, wanted, now): (&Predicate, &[Named], Timestamp),
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Aggregated, AggregateError> {
    let mut scan = Scan::new(store, store.view(permit.scope(), range).map_err(ScanError::from)?, predicate, range, cancel);
    let mut held = Held::default();
    let filters = Compiled::of(wanted, now);
    let mut gathered = Gathered { whole: Node::new(wanted, &mut held), wanted, filters: &filters, held, cancel, failed: None };
    let keys = |available: Vec<ColumnKey>| {
        let mut keys = Vec::new();
        fields(wanted, &mut |field| keys.extend(resolve(field, &available)));
        filters.iter().for_each(|compiled| compiled.columns(&available, &mut keys));
        keys
    };
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let keys = keys(fresh.columns().into_iter().map(|(key, _)| key).collect());
        scan.fresh(&fresh, &keys, &mut |batch| gathered.add(batch))?;
        gathered.check()?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let keys = keys(part.index().columns().map(|(key, _)| key.clone()).collect());
        scan.part(&part, &keys, &mut |batch| gathered.add(batch))?;
        gathered.check()?;
    }
    let count = gathered.whole.count;
    Ok(Aggregated { count, outcomes: finish::outcomes(gathered.whole, wanted)?, stats: scan.stats })
}

struct Gathered<'w> {
    whole: Node,
    wanted: &'w [Named],
    filters: &'w [Compiled],
    held: Held,
    cancel: &'w Cancel,
    failed: Option<AggregateError>,
}

/// Records of one bucket, with what is asked of them, in its order.
struct Node {
    count: u64,
    subs: Vec<Sub>,
}

enum Sub {
    Buckets(HashMap<Key, Node>),
    Tally(Tally),
    Distinct(HashSet<u64>),
}

/// Numbers of one bucket.
struct Tally {
    count: u64,
    sum: f64,
    least: f64,
    greatest: f64,
    sum_of_squares: f64,
    mean: f64,
    off_mean: f64,
    /// Only where percentiles are asked for.
    sketch: Option<Sketch>,
}

/// What is held in all buckets together.
#[derive(Default)]
struct Held {
    cells: usize,
    text_bytes: usize,
    values: usize,
    sketches: usize,
}

// === impl Aggregated ===

impl Aggregated {
    /// What no record comes to.
    pub fn nothing(wanted: &[Named]) -> Result<Self, AggregateError> {
        let outcomes = finish::outcomes(Node::new(wanted, &mut Held::default()), wanted)?;
        Ok(Self { count: 0, outcomes, stats: Stats::default() })
    }
}

// === impl Gathered ===

impl Gathered<'_> {
    fn add(&mut self, batch: &Batch<'_>) {
        if self.failed.is_some() {
            return;
        }
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        let times = times.as_primitive::<Int64Type>().values();
        let available: Vec<ColumnKey> = batch.columns.iter().map(|(key, _)| key.clone()).collect();
        let readers = Reader::of((self.wanted, self.filters), (batch, &available), self.cancel);
        if let Err(cancelled) = self.cancel.check() {
            self.failed = Some(ScanError::from(cancelled).into());
            return;
        }
        for row in batch.matched.set_indices() {
            // Buckets within buckets may be very many for a row.
            let stopped = self.cancel.check().map_err(|cancelled| ScanError::from(cancelled).into());
            let added = stopped.and_then(|()| self.whole.add(self.wanted, &readers, (row, times[row]), &mut self.held));
            if let Err(error) = added {
                self.failed = Some(error);
                return;
            }
        }
        if self.held.sketches > 0 && self.whole.sketch_bytes() > limits::SERIES_MEMORY_BYTES {
            self.failed = Some(AggregateError::TooMuch("percentiles"));
        }
    }

    fn check(&mut self) -> Result<(), AggregateError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

// === impl Node ===

impl Node {
    fn new(wanted: &[Named], held: &mut Held) -> Self {
        let sub = |named: &Named| match &named.what {
            Aggregation::Terms(..) | Aggregation::Times(..) | Aggregation::Numbers(..) | Aggregation::Filters(..) => {
                Sub::Buckets(HashMap::new())
            }
            Aggregation::Metric(_, Metric::Cardinality) => Sub::Distinct(HashSet::new()),
            Aggregation::Metric(_, metric) => Sub::Tally(Tally::of(metric)),
        };
        let sketches = wanted.iter().filter(|named| matches!(named.what, Aggregation::Metric(_, Metric::Percentiles(_)))).count();
        held.sketches += sketches;
        held.cells += 1 + wanted.len() + sketches * SKETCH_CELLS;
        Self { count: 0, subs: wanted.iter().map(sub).collect() }
    }

    fn add(
        &mut self,
        wanted: &[Named],
        readers: &[Reader<'_>],
        (row, time): (usize, i64),
        held: &mut Held,
    ) -> Result<(), AggregateError> {
        self.count += 1;
        for ((named, reader), sub) in wanted.iter().zip(readers).zip(&mut self.subs) {
            match (&named.what, sub) {
                (Aggregation::Terms(terms, below), Sub::Buckets(buckets)) => {
                    let mut keys = reader.values.keys(row);
                    if keys.is_empty() {
                        keys.extend(terms.missing.clone().map(Key::Text));
                    }
                    for key in keys {
                        let node = held.bucket(buckets, key, below)?;
                        node.add(below, &reader.below, (row, time), held)?;
                    }
                }
                (Aggregation::Times(times, below), Sub::Buckets(buckets)) => {
                    let millis = time.div_euclid(MILLI);
                    let key = Key::Int(millis - millis.rem_euclid(times.interval));
                    let node = held.bucket(buckets, key, below)?;
                    node.add(below, &reader.below, (row, time), held)?;
                }
                (Aggregation::Numbers(numbers, below), Sub::Buckets(buckets)) => {
                    let number = reader.values.number(row).or(numbers.missing).filter(|number| number.is_finite());
                    if let Some(number) = number {
                        let place = numbers.place(number).ok_or(AggregateError::TooFine)?;
                        let key = Key::Int(place);
                        let node = held.bucket(buckets, key, below)?;
                        node.add(below, &reader.below, (row, time), held)?;
                    }
                }
                (Aggregation::Filters(filters, below), Sub::Buckets(buckets)) => {
                    let found = reader.found.iter().enumerate().filter(|(_, found)| found.value(row));
                    let mut places: Vec<usize> = found.map(|(place, _)| place).collect();
                    if places.is_empty() && filters.other.is_some() {
                        places.push(filters.all.len());
                    }
                    for place in places {
                        let node = held.bucket(buckets, Key::Int(place as i64), below)?;
                        node.add(below, &reader.below, (row, time), held)?;
                    }
                }
                (Aggregation::Metric(_, Metric::Values), Sub::Tally(tally)) => {
                    tally.count += reader.values.keys(row).len() as u64;
                }
                (Aggregation::Metric(..), Sub::Tally(tally)) => tally.add(reader.values.number(row)),
                (Aggregation::Metric(..), Sub::Distinct(distinct)) => {
                    for key in reader.values.keys(row) {
                        let mut hasher = DefaultHasher::new();
                        key.hash(&mut hasher);
                        held.values += usize::from(distinct.insert(hasher.finish()));
                    }
                    if held.values > limits::AGGREGATION_VALUES_MAX {
                        return Err(AggregateError::TooMuch("different values"));
                    }
                }
                // A node is made of the aggregations that it is asked with.
                (
                    Aggregation::Terms(..) | Aggregation::Times(..) | Aggregation::Numbers(..) | Aggregation::Filters(..),
                    Sub::Tally(_) | Sub::Distinct(_),
                )
                | (Aggregation::Metric(..), Sub::Buckets(_)) => {}
            }
        }
        Ok(())
    }

    fn sketch_bytes(&self) -> usize {
        let bytes = |sub: &Sub| match sub {
            Sub::Buckets(buckets) => buckets.values().map(Self::sketch_bytes).sum(),
            Sub::Tally(tally) => tally.sketch.as_ref().map_or(0, Sketch::heap_bytes),
            Sub::Distinct(_) => 0,
        };
        self.subs.iter().map(bytes).sum()
    }
}

// === impl Held ===

impl Held {
    /// The bucket of a key, which is made where it is not there.
    fn bucket<'n>(
        &mut self,
        buckets: &'n mut HashMap<Key, Node>,
        key: Key,
        below: &[Named],
    ) -> Result<&'n mut Node, AggregateError> {
        if !buckets.contains_key(&key) {
            self.text_bytes += key.text_bytes();
            let node = Node::new(below, self);
            if self.cells > limits::AGGREGATION_CELLS_MAX {
                return Err(AggregateError::TooMuch("buckets"));
            }
            if self.text_bytes > limits::PAGE_BYTES_MAX {
                return Err(AggregateError::TooMuch("their texts"));
            }
            return Ok(buckets.entry(key).or_insert(node));
        }
        Ok(buckets.entry(key).or_insert_with(|| Node { count: 0, subs: Vec::new() }))
    }
}

// === impl Tally ===

impl Tally {
    fn of(metric: &Metric) -> Self {
        let sketch = matches!(metric, Metric::Percentiles(_)).then(Sketch::new);
        let (least, greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { count: 0, sum: 0.0, least, greatest, sum_of_squares: 0.0, mean: 0.0, off_mean: 0.0, sketch }
    }

    fn add(&mut self, value: Option<f64>) {
        let Some(value) = value.filter(|value| !value.is_nan()) else { return };
        self.count += 1;
        self.sum += value;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        self.sum_of_squares += value * value;
        let off = value - self.mean;
        self.mean += off / self.count as f64;
        self.off_mean += off * (value - self.mean);
        if let Some(sketch) = &mut self.sketch {
            sketch.add(value);
        }
    }
}

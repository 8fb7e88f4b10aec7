//! What was gathered becomes an answer: buckets are sorted, cut, and filled in where there are none.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use model::limits;

use super::{AggregateError, Bucket, Extended, Held, Key, Node, Outcome, Sub, Tally};
use crate::elastic::{Aggregation, Filters, Metric, Named, Numbers, SortKey, Stat, Terms, Times};

/// How much there is in the answer so far.
#[derive(Default)]
struct Answer {
    buckets: usize,
    /// Buckets and the numbers in them.
    cells: usize,
    /// Bytes of the names of filters, which stand in every bucket that they are in.
    name_bytes: usize,
}

pub(super) fn outcomes(node: Node, wanted: &[Named]) -> Result<Vec<Outcome>, AggregateError> {
    Answer::default().outcomes(node, wanted)
}

// === impl Answer ===

impl Answer {
    fn outcomes(&mut self, node: Node, wanted: &[Named]) -> Result<Vec<Outcome>, AggregateError> {
        let outcome = |(named, sub): (&Named, Sub)| match (&named.what, sub) {
            (Aggregation::Terms(terms, below), Sub::Buckets(buckets)) => self.terms(terms, below, buckets),
            (Aggregation::Times(times, below), Sub::Buckets(buckets)) => self.times(times, below, buckets),
            (Aggregation::Numbers(numbers, below), Sub::Buckets(buckets)) => self.numbers(numbers, below, buckets),
            (Aggregation::Filters(filters, below), Sub::Buckets(buckets)) => self.filters(filters, below, buckets),
            (Aggregation::Metric(_, metric), sub) => Ok(number_of(metric, &sub)),
            // A node is made of the aggregations that it is asked with.
            (
                Aggregation::Terms(..) | Aggregation::Times(..) | Aggregation::Numbers(..) | Aggregation::Filters(..),
                Sub::Tally(_) | Sub::Distinct(_),
            ) => Ok(Outcome::Number(None)),
        };
        wanted.iter().zip(node.subs).map(outcome).collect()
    }

    fn terms(&mut self, terms: &Terms, below: &[Named], buckets: HashMap<Key, Node>) -> Result<Outcome, AggregateError> {
        let total: u64 = buckets.values().map(|node| node.count).sum();
        let mut all: Vec<Placed> = buckets
            .into_iter()
            .filter(|(_, node)| node.count >= terms.least)
            .map(|(key, node)| Placed {
                by: terms.order.iter().map(|order| single(below, &node, &order.key)).collect(),
                key,
                node,
            })
            .collect();
        all.sort_by(|a, b| ordered(terms, a, b));
        all.truncate(terms.size);
        let others = total - all.iter().map(|placed| placed.node.count).sum::<u64>();
        let buckets = all.into_iter().map(|placed| self.bucket(placed.key, placed.node, below)).collect::<Result<_, _>>()?;
        Ok(Outcome::Terms { buckets, others })
    }

    fn times(&mut self, times: &Times, below: &[Named], buckets: HashMap<Key, Node>) -> Result<Outcome, AggregateError> {
        let begins = |millis: i64| millis.div_euclid(times.interval);
        let bounds = times.bounds.map(|(min, max)| (begins(min), begins(max)));
        let place = |key: Key| if let Key::Int(millis) = key { begins(millis) } else { 0 };
        let buckets = buckets.into_iter().map(|(key, node)| (place(key), node)).collect();
        let key = |place: i64| Key::Int(place * times.interval);
        Ok(Outcome::Times(self.stretches((times.least, bounds), below, buckets, key)?))
    }

    fn numbers(&mut self, numbers: &Numbers, below: &[Named], buckets: HashMap<Key, Node>) -> Result<Outcome, AggregateError> {
        let place = |number: f64| numbers.place(number).ok_or(AggregateError::TooFine);
        let bounds = match numbers.bounds {
            Some((min, max)) => Some((place(min)?, place(max)?)),
            None => None,
        };
        let place = |key: Key| if let Key::Int(place) = key { place } else { 0 };
        let buckets = buckets.into_iter().map(|(key, node)| (place(key), node)).collect();
        let key = |place: i64| Key::Float(place as f64 * numbers.interval + numbers.offset);
        Ok(Outcome::Numbers(self.stretches((numbers.least, bounds), below, buckets, key)?))
    }

    /// One bucket after the other, with those between in which nothing is, if buckets may be empty.
    fn stretches(
        &mut self,
        (least, bounds): (u64, Option<(i64, i64)>),
        below: &[Named],
        mut buckets: BTreeMap<i64, Node>,
        key: impl Fn(i64) -> Key,
    ) -> Result<Vec<Bucket>, AggregateError> {
        if least > 0 {
            let all = buckets.into_iter().filter(|(_, node)| node.count >= least);
            return all.map(|(place, node)| self.bucket(key(place), node, below)).collect();
        }
        let first = buckets.keys().copied().chain(bounds.map(|(min, _)| min)).min();
        let last = buckets.keys().copied().chain(bounds.map(|(_, max)| max)).max();
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        if i128::from(last) - i128::from(first) >= limits::AGGREGATION_BUCKETS_MAX as i128 {
            return Err(AggregateError::TooManyBuckets(limits::AGGREGATION_BUCKETS_MAX));
        }
        let bucket = |place: i64| {
            let node = buckets.remove(&place).unwrap_or_else(|| Node::new(below, &mut Held::default()));
            self.bucket(key(place), node, below)
        };
        (first..=last).map(bucket).collect()
    }

    /// A bucket for each filter, also where it finds nothing.
    fn filters(
        &mut self,
        filters: &Filters,
        below: &[Named],
        mut buckets: HashMap<Key, Node>,
    ) -> Result<Outcome, AggregateError> {
        self.name_bytes += filters.name_bytes();
        if self.name_bytes > limits::PAGE_BYTES_MAX {
            return Err(AggregateError::TooMuch("names of filters"));
        }
        let count = filters.all.len() + usize::from(filters.other.is_some());
        let bucket = |place: usize| {
            let key = Key::Int(place as i64);
            let node = buckets.remove(&key).unwrap_or_else(|| Node::new(below, &mut Held::default()));
            self.bucket(key, node, below)
        };
        Ok(Outcome::Filters((0..count).map(bucket).collect::<Result<_, _>>()?))
    }

    fn bucket(&mut self, key: Key, node: Node, below: &[Named]) -> Result<Bucket, AggregateError> {
        self.buckets += 1;
        self.cells += 1 + below.iter().map(numbers_of).sum::<usize>();
        if self.buckets > limits::AGGREGATION_BUCKETS_MAX {
            return Err(AggregateError::TooManyBuckets(limits::AGGREGATION_BUCKETS_MAX));
        }
        if self.cells > limits::AGGREGATION_CELLS_MAX {
            return Err(AggregateError::TooMuch("numbers"));
        }
        Ok(Bucket { key, count: node.count, below: self.outcomes(node, below)? })
    }
}

fn numbers_of(named: &Named) -> usize {
    match &named.what {
        Aggregation::Metric(_, Metric::Percentiles(percents)) => percents.len(),
        Aggregation::Metric(..)
        | Aggregation::Terms(..)
        | Aggregation::Times(..)
        | Aggregation::Numbers(..)
        | Aggregation::Filters(..) => 1,
    }
}

/// A bucket, and the numbers by which it is sorted, each worked out once.
struct Placed {
    key: Key,
    node: Node,
    by: Vec<Option<f64>>,
}

/// Which of two buckets is first.
fn ordered(terms: &Terms, a: &Placed, b: &Placed) -> Ordering {
    let by = |(at, order): (usize, &crate::elastic::TermOrder)| {
        let compared = match order.key {
            SortKey::Key => a.key.cmp(&b.key),
            SortKey::Count => a.node.count.cmp(&b.node.count),
            SortKey::Metric(_) | SortKey::Percentile(..) | SortKey::Stat(..) => {
                match (a.by[at], b.by[at]) {
                    (Some(a), Some(b)) => a.total_cmp(&b),
                    // A bucket without a number is behind those with one, whichever way they are sorted.
                    (a, b) => return Reverse(a.is_some()).cmp(&Reverse(b.is_some())),
                }
            }
        };
        if order.descending { compared.reverse() } else { compared }
    };
    terms.order.iter().enumerate().map(by).find(|compared| compared.is_ne()).unwrap_or_else(|| a.key.cmp(&b.key))
}

fn single(below: &[Named], node: &Node, key: &SortKey) -> Option<f64> {
    let (SortKey::Metric(at) | SortKey::Percentile(at, _) | SortKey::Stat(at, _)) = *key else { return None };
    let Aggregation::Metric(_, metric) = &below.get(at)?.what else { return None };
    if let (Metric::Percentiles(percents), SortKey::Percentile(_, place), Sub::Tally(tally)) = (metric, key, node.subs.get(at)?) {
        return tally.percentile(*percents.get(*place)?);
    }
    match (number_of(metric, node.subs.get(at)?), key) {
        (Outcome::Number(number), _) => number,
        (Outcome::Count(count), _) => Some(count as f64),
        (Outcome::Stats(count, numbers), SortKey::Stat(_, stat)) => {
            let extended = numbers.map(|(min, max, sum)| Extended { min, max, sum, sum_of_squares: 0.0, off_mean: 0.0 });
            stat_of(*stat, count, extended)
        }
        (Outcome::Extended(count, numbers), SortKey::Stat(_, stat)) => stat_of(*stat, count, numbers),
        _ => None,
    }
}

fn stat_of(stat: Stat, count: u64, numbers: Option<Extended>) -> Option<f64> {
    if stat == Stat::Count {
        return Some(count as f64);
    }
    let Extended { min, max, sum, sum_of_squares, off_mean } = numbers?;
    Some(match stat {
        Stat::Count => count as f64,
        Stat::Min => min,
        Stat::Max => max,
        Stat::Avg => sum / count as f64,
        Stat::Sum => sum,
        Stat::SumOfSquares => sum_of_squares,
        Stat::Variance => off_mean / count as f64,
        Stat::StdDeviation => (off_mean / count as f64).sqrt(),
    })
}

fn number_of(metric: &Metric, sub: &Sub) -> Outcome {
    match sub {
        Sub::Distinct(values) => Outcome::Count(values.len() as u64),
        Sub::Buckets(_) => Outcome::Number(None),
        Sub::Tally(tally) => tally.outcome(metric),
    }
}

// === impl Tally ===

impl Tally {
    fn outcome(&self, metric: &Metric) -> Outcome {
        let there = |number: f64| (self.count > 0).then_some(number);
        match metric {
            Metric::Avg => Outcome::Number(there(self.sum / self.count as f64)),
            Metric::Min => Outcome::Number(there(self.least)),
            Metric::Max => Outcome::Number(there(self.greatest)),
            // Of nothing, these are known.
            Metric::Sum => Outcome::Number(Some(self.sum)),
            Metric::Values | Metric::Cardinality => Outcome::Count(self.count),
            Metric::Stats => Outcome::Stats(self.count, there(self.sum).map(|sum| (self.least, self.greatest, sum))),
            Metric::Extended(_) => {
                let Self { least: min, greatest: max, sum, sum_of_squares, off_mean, .. } = *self;
                let numbers = (self.count > 0).then_some(Extended { min, max, sum, sum_of_squares, off_mean });
                Outcome::Extended(self.count, numbers)
            }
            Metric::Percentiles(percents) => {
                Outcome::Percentiles(percents.iter().map(|percent| self.percentile(*percent)).collect())
            }
        }
    }

    fn percentile(&self, percent: f64) -> Option<f64> {
        self.sketch.as_ref()?.percentile(percent / 100.0)
    }
}

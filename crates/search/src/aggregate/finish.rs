//! What was gathered becomes an answer: buckets are sorted, cut, and filled in where there are none.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use model::limits;

use super::{AggregateError, Bucket, Held, Key, Node, Outcome, Sub, Tally};
use crate::elastic::{Aggregation, Metric, Named, SortKey, Terms, Times};

/// How much there is in the answer so far.
#[derive(Default)]
struct Answer {
    buckets: usize,
    /// Buckets and the numbers in them.
    cells: usize,
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
            (Aggregation::Metric(_, metric), sub) => Ok(number_of(metric, &sub)),
            // A node is made of the aggregations that it is asked with.
            (Aggregation::Terms(..) | Aggregation::Times(..), Sub::Tally(_) | Sub::Distinct(_)) => Ok(Outcome::Number(None)),
        };
        wanted.iter().zip(node.subs).map(outcome).collect()
    }

    fn terms(&mut self, terms: &Terms, below: &[Named], buckets: HashMap<Key, Node>) -> Result<Outcome, AggregateError> {
        let total: u64 = buckets.values().map(|node| node.count).sum();
        let mut all: Vec<(Key, Node)> = buckets.into_iter().filter(|(_, node)| node.count >= terms.least).collect();
        all.sort_by(|a, b| ordered(terms, below, a, b));
        all.truncate(terms.size);
        let others = total - all.iter().map(|(_, node)| node.count).sum::<u64>();
        let buckets = all.into_iter().map(|(key, node)| self.bucket(key, node, below)).collect::<Result<_, _>>()?;
        Ok(Outcome::Terms { buckets, others })
    }

    fn times(&mut self, times: &Times, below: &[Named], mut buckets: HashMap<Key, Node>) -> Result<Outcome, AggregateError> {
        let begins = |millis: i64| millis - millis.rem_euclid(times.interval);
        let keys = || buckets.keys().filter_map(|key| if let Key::Int(millis) = key { Some(*millis) } else { None });
        let bounds = times.bounds.filter(|_| times.least == 0);
        let first = keys().chain(bounds.map(|(min, _)| begins(min))).min();
        let last = keys().chain(bounds.map(|(_, max)| begins(max))).max();
        let (Some(first), Some(last)) = (first, last) else { return Ok(Outcome::Times(Vec::new())) };
        if times.least > 0 {
            let mut all: Vec<(Key, Node)> = buckets.into_iter().filter(|(_, node)| node.count >= times.least).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            let buckets = all.into_iter().map(|(key, node)| self.bucket(key, node, below)).collect::<Result<_, _>>()?;
            return Ok(Outcome::Times(buckets));
        }
        let count = (i128::from(last) - i128::from(first)) / i128::from(times.interval) + 1;
        if count > limits::AGGREGATION_BUCKETS_MAX as i128 {
            return Err(AggregateError::TooManyBuckets(limits::AGGREGATION_BUCKETS_MAX));
        }
        let bucket = |place: i128| {
            let key = Key::Int(first + place as i64 * times.interval);
            let node = buckets.remove(&key).unwrap_or_else(|| Node::new(below, &mut Held::default()));
            self.bucket(key, node, below)
        };
        Ok(Outcome::Times((0..count).map(bucket).collect::<Result<_, _>>()?))
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
        Aggregation::Metric(..) | Aggregation::Terms(..) | Aggregation::Times(..) => 1,
    }
}

/// Which of two buckets is first.
fn ordered(terms: &Terms, below: &[Named], a: &(Key, Node), b: &(Key, Node)) -> Ordering {
    let by = |order: &crate::elastic::TermOrder| {
        let compared = match order.key {
            SortKey::Key => a.0.cmp(&b.0),
            SortKey::Count => a.1.count.cmp(&b.1.count),
            SortKey::Metric(at) => match (single(below, &a.1, at), single(below, &b.1, at)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                // A bucket without a number is behind those with one, whichever way they are sorted.
                (a, b) => return Reverse(a.is_some()).cmp(&Reverse(b.is_some())),
            },
        };
        if order.descending { compared.reverse() } else { compared }
    };
    terms.order.iter().map(by).find(|compared| compared.is_ne()).unwrap_or_else(|| a.0.cmp(&b.0))
}

fn single(below: &[Named], node: &Node, at: usize) -> Option<f64> {
    let Aggregation::Metric(_, metric) = &below.get(at)?.what else { return None };
    match number_of(metric, node.subs.get(at)?) {
        Outcome::Number(number) => number,
        Outcome::Count(count) => Some(count as f64),
        Outcome::Terms { .. } | Outcome::Times(_) | Outcome::Stats(..) | Outcome::Percentiles(_) => None,
    }
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
            Metric::Percentiles(percents) => {
                let at = |percent: &f64| self.sketch.as_ref().and_then(|sketch| sketch.percentile(percent / 100.0));
                Outcome::Percentiles(percents.iter().map(at).collect())
            }
        }
    }
}

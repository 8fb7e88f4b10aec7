//! A window that moves forward over stretches of numbers.
//!
//! Always holds: each stretch is taken in once and let go once, however many moments look back at it.

use super::Stretch;
use crate::cancel::Cancelled;

/// What the stretches within the window come to together.
pub(super) struct Sliding<'s> {
    stretches: &'s [Stretch],
    /// Of the older ones: what each comes to with all between it and the newer ones, the oldest last.
    older: Vec<Stretch>,
    newer: Stretch,
    /// How many were taken in so far.
    to: usize,
}

/// The numbers within the window by their order.
pub(super) struct Ordered {
    /// All that there are in any window.
    sorted: Vec<f64>,
    /// How many are within, as a tree of sums: place `i` holds those of its last `i & -i` places.
    counts: Vec<u32>,
    count: usize,
}

// === impl Sliding ===

impl<'s> Sliding<'s> {
    /// Over stretches in the order of time, with none of them within.
    pub(super) fn new(stretches: &'s [Stretch]) -> Self {
        Self { stretches, older: Vec::new(), newer: Stretch::default(), to: 0 }
    }

    /// The next one.
    pub(super) fn taking_in(&mut self, at: usize) -> Result<(), Cancelled> {
        self.newer.merge(&self.stretches[at]);
        self.to = at + 1;
        Ok(())
    }

    /// The oldest within.
    pub(super) fn letting_go(&mut self, at: usize) -> Result<(), Cancelled> {
        if self.older.is_empty() {
            let mut whole = Stretch::default();
            for stretch in self.stretches[at..self.to].iter().rev() {
                whole.merge(stretch);
                self.older.push(whole.clone());
            }
            self.newer = Stretch::default();
        }
        self.older.pop();
        Ok(())
    }

    pub(super) fn whole(&self) -> Stretch {
        let mut whole = self.older.last().cloned().unwrap_or_default();
        whole.merge(&self.newer);
        whole
    }
}

// === impl Ordered ===

impl Ordered {
    pub(super) fn new(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let counts = vec![0; sorted.len() + 1];
        Self { sorted, counts, count: 0 }
    }

    /// One of the numbers that there are.
    pub(super) fn take_in(&mut self, number: f64) {
        self.count += 1;
        self.change(number, |count| count + 1);
    }

    /// One that is within.
    pub(super) fn let_go(&mut self, number: f64) {
        self.count -= 1;
        self.change(number, |count| count - 1);
    }

    fn change(&mut self, number: f64, by: impl Fn(u32) -> u32) {
        let mut place = 1 + self.sorted.partition_point(|known| known.total_cmp(&number).is_lt());
        while let Some(count) = self.counts.get_mut(place) {
            *count = by(*count);
            place += place & place.wrapping_neg();
        }
    }

    /// The number before which so many others are; there is one.
    fn at(&self, mut before: usize) -> f64 {
        let mut place = 0;
        let mut step = self.sorted.len().checked_ilog2().map_or(0, |bits| 1_usize << bits);
        while step > 0 {
            if let Some(count) = self.counts.get(place + step).map(|count| *count as usize)
                && count <= before
            {
                place += step;
                before -= count;
            }
            step /= 2;
        }
        self.sorted.get(place).copied().unwrap_or(f64::NAN)
    }

    /// Between the two numbers that are nearest, as Loki does it; nothing of no numbers.
    pub(super) fn quantile(&self, wanted: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        if wanted < 0.0 {
            return Some(f64::NEG_INFINITY);
        }
        if wanted > 1.0 {
            return Some(f64::INFINITY);
        }
        let rank = wanted * (self.count as f64 - 1.0);
        let lower = rank.floor().max(0.0) as usize;
        let upper = (lower + 1).min(self.count - 1);
        let weight = rank - rank.floor();
        Some(self.at(lower) * (1.0 - weight) + self.at(upper) * weight)
    }
}

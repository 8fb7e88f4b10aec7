//! Leaking buckets of wrong tries, one for each key, and a map whose entries end.
//!
//! Always holds: a bucket is two times, so that it needs no sweep: when its last wrong try will be forgotten, and when it
//! opens. A map has a fixed number of entries; beyond, the one that would end first is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use model::{Timestamp, limits};

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// How one kind of bucket counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) free: u32,
    pub(super) wait_seconds_max: u32,
    pub(super) forget_millis: i64,
}

pub(super) struct Buckets<K> {
    rule: Rule,
    /// A bucket ends when it is empty; its value is when it opens.
    buckets: Ending<K, Timestamp>,
}

pub(crate) struct Ending<K, V> {
    entries: BTreeMap<K, (Timestamp, V)>,
    ends: BTreeSet<(Timestamp, K)>,
    kept: usize,
}

// === impl Rule ===

impl Rule {
    fn forget_nanos(self) -> i64 {
        self.forget_millis * NANOS_PER_MILLI
    }

    /// How long the next one waits after so many: not at all until the free ones are used up, then twice as long each time.
    fn wait_seconds(self, level: u32) -> u32 {
        match level.checked_sub(self.free) {
            None => 0,
            Some(doublings) => 1u32.checked_shl(doublings).map_or(self.wait_seconds_max, |wait| wait.min(self.wait_seconds_max)),
        }
    }
}

// === impl Buckets ===

impl<K: Ord + Copy> Buckets<K> {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, buckets: Ending::new(limits::GUESSES_KEPT_MAX) }
    }

    /// Seconds until the bucket opens, rounded up. A clock that went back does not make the wait longer than the longest.
    pub(super) fn wait(&self, key: &K, now: Timestamp) -> u32 {
        let Some((_, opens_at)) = self.buckets.get(key, now) else {
            return 0;
        };
        let nanos = opens_at.nanos().saturating_sub(now.nanos()).max(0);
        let seconds = nanos / NANOS_PER_SECOND + i64::from(nanos % NANOS_PER_SECOND != 0);
        u32::try_from(seconds).map_or(self.rule.wait_seconds_max, |seconds| seconds.min(self.rule.wait_seconds_max))
    }

    /// Wrong tries that are not yet forgotten.
    pub(super) fn level(&self, key: &K, now: Timestamp) -> u32 {
        self.buckets.get(key, now).map_or(0, |(empty_at, _)| self.level_until(empty_at, now))
    }

    pub(super) fn charge(&mut self, key: K, now: Timestamp) {
        let before = self.buckets.get(&key, now).map_or(now, |(empty_at, _)| empty_at);
        let empty_at = Timestamp::from_nanos(before.nanos().saturating_add(self.rule.forget_nanos()));
        let opens_at = now.plus_seconds(i64::from(self.rule.wait_seconds(self.level_until(empty_at, now))));
        self.buckets.put(key, empty_at, opens_at);
    }

    /// Takes one wrong try back. What has to be waited for already stays.
    pub(super) fn refund(&mut self, key: &K, now: Timestamp) {
        let Some((empty_at, opens_at)) = self.buckets.get(key, now) else {
            return;
        };
        let empty_at = Timestamp::from_nanos(empty_at.nanos().saturating_sub(self.rule.forget_nanos()));
        if empty_at <= now { self.buckets.remove(key) } else { self.buckets.put(*key, empty_at, opens_at) }
    }

    pub(super) fn forget(&mut self, key: &K) {
        self.buckets.remove(key);
    }

    fn level_until(&self, empty_at: Timestamp, now: Timestamp) -> u32 {
        let nanos = empty_at.nanos().saturating_sub(now.nanos()).max(0);
        let (whole, rest) = (nanos / self.rule.forget_nanos(), nanos % self.rule.forget_nanos());
        u32::try_from(whole + i64::from(rest != 0)).unwrap_or(u32::MAX)
    }
}

// === impl Ending ===

impl<K: Ord + Copy, V: Copy> Ending<K, V> {
    pub(crate) fn new(kept: usize) -> Self {
        Self { entries: BTreeMap::new(), ends: BTreeSet::new(), kept }
    }

    /// Its end, and what it says, unless it has ended.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<(Timestamp, V)> {
        self.entries.get(key).copied().filter(|(end, _)| now < *end)
    }

    pub(crate) fn put(&mut self, key: K, end: Timestamp, value: V) {
        self.remove(&key);
        self.entries.insert(key, (end, value));
        self.ends.insert((end, key));
        if self.entries.len() > self.kept
            && let Some((_, first)) = self.ends.pop_first()
        {
            self.entries.remove(&first);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some((end, _)) = self.entries.remove(key) {
            self.ends.remove(&(end, *key));
        }
    }

    pub(crate) fn range(&self, keys: RangeInclusive<K>) -> impl Iterator<Item = (K, Timestamp)> {
        self.entries.range(keys).map(|(key, (end, _))| (*key, *end))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        debug_assert_eq!(self.entries.len(), self.ends.len());
        self.entries.len()
    }
}

#[cfg(test)]
impl<K: Ord + Copy> Buckets<K> {
    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }
}

//! Looking at more than one look may take: in order, a stretch at a time, the next look from where the last one stopped.
//!
//! Always holds: what was found wrong stays wrong until a later look finds it right or gone; nothing counts as looked at
//! before it was. Does not know what is looked at, nor how.

use std::collections::BTreeMap;

use crate::limits::{LOOK_SECONDS_MAX, LOOK_WRONG_KEPT_MAX};
use crate::{Clock, Observation, Timestamp, Verdict};

/// How far the looks have come.
#[derive(Debug, Clone)]
pub struct Round<K> {
    /// The last one of this round; none at its beginning.
    after: Option<K>,
    began: Timestamp,
    right: u64,
    /// When the last round began that went through everything.
    whole_since: Option<Timestamp>,
    /// Looked at again first in every look.
    wrong: BTreeMap<K, String>,
}

/// What one of them turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Right,
    /// And why, for the operator.
    Wrong(String),
    /// It is not there any more, or nothing can be said of it: it does not count.
    Gone,
    /// What a look may take is spent.
    Later,
}

/// How far a round has come with this look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub right: u64,
    pub whole: u64,
    pub wrong: Vec<String>,
    /// When the round began, if it has not gone through everything yet; and when the one before began.
    pub partly_since: Option<(Timestamp, Option<Timestamp>)>,
}

/// What one look may take: so long, so many, so many bytes. The last one may exceed the bytes.
pub struct Budget<'a> {
    clock: &'a dyn Clock,
    ends: Timestamp,
    items: usize,
    bytes: u64,
}

// === impl Round ===

impl<K> Default for Round<K> {
    fn default() -> Self {
        Self { after: None, began: Timestamp::MIN, right: 0, whole_since: None, wrong: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Round<K> {
    /// Whether the next look begins anew.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.after.is_none()
    }

    /// Goes on through `items`, which are in order. After an error the round stands where it came to.
    pub fn look<E>(&mut self, items: &[K], now: Timestamp, mut visit: impl FnMut(&K) -> Result<Found, E>) -> Result<Progress, E> {
        if self.after.is_none() {
            (self.began, self.right) = (now, 0);
        }
        self.look_at_wrong(&mut visit)?;
        let first = self.after.as_ref().map_or(0, |after| items.partition_point(|item| item <= after));
        for item in &items[first..] {
            // It was looked at just now.
            if !self.wrong.contains_key(item) {
                match visit(item)? {
                    Found::Right => self.right += 1,
                    Found::Wrong(why) => self.keep_wrong(item, why),
                    Found::Gone => {}
                    Found::Later => return Ok(self.progress(items.len() as u64, false)),
                }
            }
            self.after = Some(item.clone());
        }
        self.after = None;
        let done = self.progress(self.right + self.wrong.len() as u64, true);
        self.whole_since = Some(self.began);
        Ok(done)
    }

    fn look_at_wrong<E>(&mut self, visit: &mut impl FnMut(&K) -> Result<Found, E>) -> Result<(), E> {
        for item in self.wrong.keys().cloned().collect::<Vec<_>>() {
            match visit(&item)? {
                Found::Right => {
                    self.wrong.remove(&item);
                    self.right += u64::from(self.after.as_ref().is_some_and(|after| item <= *after));
                }
                Found::Gone => drop(self.wrong.remove(&item)),
                Found::Wrong(why) => self.keep_wrong(&item, why),
                Found::Later => return Ok(()),
            }
        }
        Ok(())
    }

    fn keep_wrong(&mut self, item: &K, why: String) {
        if self.wrong.len() < LOOK_WRONG_KEPT_MAX || self.wrong.contains_key(item) {
            self.wrong.insert(item.clone(), why);
        }
    }

    fn progress(&self, whole: u64, is_whole: bool) -> Progress {
        Progress {
            right: self.right,
            whole: whole.max(self.right + self.wrong.len() as u64),
            wrong: self.wrong.values().cloned().collect(),
            partly_since: (!is_whole).then_some((self.began, self.whole_since)),
        }
    }
}

// === impl Progress ===

impl Progress {
    /// Broken if one is wrong; held if all that were looked at are right, and then it is said how many were.
    #[must_use]
    pub fn observe(self, what: &'static str) -> Observation {
        let Self { right, whole, wrong, partly_since } = self;
        let seconds = |at: Timestamp| Timestamp::from_nanos(at.nanos() - at.nanos().rem_euclid(1_000_000_000));
        let so_far = match partly_since {
            None => String::new(),
            Some((began, None)) => format!(" so far, since {}", seconds(began)),
            Some((began, Some(before))) => {
                format!(" since {}, all since {}", seconds(began), seconds(before))
            }
        };
        let mut seen = Observation::all(what, right, whole).with_details(wrong.iter().cloned());
        seen.verdict = match (wrong.is_empty(), right) {
            (false, _) => Verdict::Broken,
            (true, 0) => Verdict::NotRun,
            (true, _) => Verdict::Held,
        };
        seen.summary.push_str(&so_far);
        seen
    }
}

// === impl Budget ===

impl<'a> Budget<'a> {
    /// `clock` says when the time of a look is over, and is asked for nothing else.
    #[must_use]
    pub fn new(clock: &'a dyn Clock, items: usize, bytes: u64) -> Self {
        Self { clock, ends: clock.now().plus_seconds(LOOK_SECONDS_MAX), items, bytes }
    }

    /// Takes one item of so many bytes; `false` if something is spent.
    #[must_use]
    pub fn spend(&mut self, bytes: u64) -> bool {
        if self.items == 0 || self.bytes == 0 || self.clock.now() >= self.ends {
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }

    /// Bytes that are left.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl std::fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("items", &self.items).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// One look at `items` that may take `at_most`, where those in `bad` are wrong.
    fn check(round: &mut Round<u32>, items: &[u32], at_most: usize, bad: &[u32]) -> Progress {
        let mut left = at_most;
        let look = round.look(items, Timestamp::from_nanos(0), |item| {
            if left == 0 {
                return Ok::<_, Infallible>(Found::Later);
            }
            left -= 1;
            Ok(if bad.contains(item) { Found::Wrong(item.to_string()) } else { Found::Right })
        });
        look.unwrap_or_else(|never| match never {})
    }

    #[test]
    fn looks_go_on_where_the_last_one_stopped_and_say_how_far_they_came() {
        let mut round = Round::default();
        let items = [1, 2, 3, 4, 5];
        for right in [2, 4] {
            let progress = check(&mut round, &items, 2, &[]);
            assert_eq!((progress.right, progress.whole, progress.partly_since.is_some()), (right, 5, true));
        }
        let progress = check(&mut round, &items, 2, &[]);
        assert_eq!((progress.right, progress.whole, progress.partly_since), (5, 5, None));
        let next = check(&mut round, &items, 2, &[]).observe("numbers");
        assert_eq!(next.verdict, Verdict::Held);
        assert_eq!(next.summary, "2 of 5 numbers since 1970-01-01T00:00:00Z, all since 1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_was_wrong_stays_wrong_until_it_is_seen_right() {
        let mut round = Round::default();
        let items = [1, 2, 3, 4];
        assert_eq!(check(&mut round, &items, 2, &[1]).wrong, ["1"]);
        assert_eq!(check(&mut round, &items, 2, &[1]).observe("numbers").verdict, Verdict::Broken);
        let mended = check(&mut round, &items, 4, &[]);
        assert_eq!((mended.right, mended.whole, mended.wrong.len()), (4, 4, 0));
        assert_eq!(mended.observe("numbers").verdict, Verdict::Held);
    }

    #[test]
    fn nothing_to_look_at_is_not_held() {
        assert_eq!(check(&mut Round::default(), &[], 9, &[]).observe("numbers").verdict, Verdict::NotRun);
        assert_eq!(check(&mut Round::default(), &[1], 0, &[]).observe("numbers").verdict, Verdict::NotRun);
    }
}

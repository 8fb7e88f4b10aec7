//! Words that a page of promises should not have, each with the reason and what to write instead.
//!
//! Patterns are those of `matching::words`. Dates are those since which a name means nothing any more, as precise as they
//! are known.

mod dead;
mod words;

use std::ops::Range;

use super::{Code, Standing};
use crate::matching::words::Words;

pub(super) const ENTRIES: &[Entry] = &joined();

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) code: Code,
    finds: &'static str,
    /// With these in the sentence it is something else.
    unless: &'static str,
    reason: &'static str,
    pub(super) instead: &'static str,
    since: Option<&'static str>,
    /// What of other pages it is an example of.
    pub(super) observes: &'static [&'static str],
}

const COUNT: usize = words::ENTRIES.len() + dead::ENTRIES.len();

/// Both tables in one.
const fn joined() -> [Entry; COUNT] {
    let mut all = [words::ENTRIES[0]; COUNT];
    let mut place = 0;
    while place < COUNT {
        all[place] =
            if place < words::ENTRIES.len() { words::ENTRIES[place] } else { dead::ENTRIES[place - words::ENTRIES.len()] };
        place += 1;
    }
    all
}

// === impl Entry ===

impl Entry {
    const fn new(code: Code, finds: &'static str, reason: &'static str, instead: &'static str) -> Self {
        Self { code, finds, unless: "", reason, instead, since: None, observes: &[] }
    }

    const fn unless(self, unless: &'static str) -> Self {
        Self { unless, ..self }
    }

    const fn since(self, since: &'static str) -> Self {
        Self { since: Some(since), ..self }
    }

    const fn observes(self, observes: &'static [&'static str]) -> Self {
        Self { observes, ..self }
    }

    /// Where its words stand, if nothing excuses them.
    pub(super) fn find(&self, words: &Words, claims: &[&str], standing: &Standing) -> Option<Range<usize>> {
        let excusing = match self.code {
            Code::Absolute => Some(&standing.counted),
            Code::Guarantee => Some(&standing.drilled),
            _ => None,
        };
        let excused = excusing.is_some_and(|ids| claims.iter().any(|id| ids.contains(*id)));
        if excused || words.has(self.unless) {
            return None;
        }
        words.find(self.finds)
    }

    pub(super) fn wrong(&self) -> String {
        match self.since {
            Some(since) => format!("{}, since {since}", self.reason),
            None => self.reason.to_owned(),
        }
    }
}

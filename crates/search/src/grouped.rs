//! How many records match, or how large they are, in windows of time, by labels: what LogQL's functions over a range ask.
//!
//! Always holds: every number is exact or the answer says which parts are missing; memory is bounded by groups and steps.

use std::collections::HashMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use identity::{Permit, Read};
use model::{TimeRange, Timestamp, limits};
use store::{ColumnKey, Store};

use crate::cancel::Cancel;
use crate::predicate::label::RowReader;
use crate::predicate::{Parsers, Predicate, RowSource};
use crate::scan::{Batch, Scan, ScanError, Stats};

/// Labels of a row after which it is asked whether anybody still waits: each may be looked for among very many fields.
const LABELS_UNCHECKED: usize = 8;

/// Moments at which is looked back over a window: `start`, and `count - 1` more, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    pub start: Timestamp,
    /// Nanoseconds, more than 0.
    pub step: i64,
    pub count: usize,
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Records,
    MessageBytes,
}

/// What to group by and to add up.
#[derive(Debug)]
pub struct Grouping<'a> {
    pub labels: &'a [String],
    /// What reads them out of lines, besides.
    pub parsers: &'a Parsers,
    pub measure: Amount,
    pub steps: Moments,
    /// Nanoseconds that each moment looks back.
    pub window: i64,
    /// Beyond which no moment looks.
    pub within: TimeRange,
    pub groups_max: usize,
    /// Of all groups at all moments.
    pub cells_max: usize,
}

/// Records that have the same texts in the labels.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// In the order of the labels; the empty text where a record has none.
    pub labels: Vec<String>,
    pub values: Vec<u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("there are more than {0} series; group by fewer labels, or select less")]
    TooManyGroups(usize),
    #[error("the labels of the series are longer than {} bytes together; select less", limits::PAGE_BYTES_MAX)]
    TooMuchText,
    #[error("series and steps are more than {} together; ask for fewer steps", limits::METRIC_CELLS_MAX)]
    TooManyCells,
    #[error("there are more than {} numbers to choose among; select less, or look back over less time", limits::METRIC_CELLS_MAX)]
    TooManySamples,
    #[error("multiple matches for labels: {0}")]
    Matches(&'static str),
}

/// Adds up the matching records.
pub fn grouped(
    store: &Store,
    permit: &Permit<Read>,
    predicate: &Predicate,
    grouping: &Grouping<'_>,
    cancel: &Cancel,
) -> Result<(Vec<Group>, Stats), GroupError> {
    let range = grouping.range();
    let mut scan = Scan::new(store, store.view(permit.scope(), range).map_err(ScanError::from)?, predicate, range, cancel);
    let labels = grouping.labels.iter().map(String::as_str);
    let source = grouping.parsers.rows(labels, grouping.measure == Amount::MessageBytes);
    let mut sums = Sums { grouping, source: &source, groups: Groups::new(grouping, cancel), cancel, failed: None };
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let available: Vec<ColumnKey> = fresh.columns().into_iter().map(|(key, _)| key).collect();
        scan.fresh(&fresh, &source.columns(&available), &mut |batch| sums.add(batch))?;
        sums.check()?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let available: Vec<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
        scan.part(&part, &source.columns(&available), &mut |batch| sums.add(batch))?;
        sums.check()?;
    }
    Ok((sums.finish(), scan.stats))
}

struct Sums<'g> {
    grouping: &'g Grouping<'g>,
    source: &'g RowSource,
    /// Each value is how much more it is than the one before.
    groups: Groups<'g, Vec<i64>>,
    cancel: &'g Cancel,
    failed: Option<GroupError>,
}

/// What is gathered for each set of texts.
pub(crate) struct Groups<'c, T> {
    cancel: &'c Cancel,
    all: Vec<(Vec<String>, T)>,
    /// By the texts of the labels, each behind its length.
    known: HashMap<String, usize>,
    /// Bytes of these texts.
    text_bytes: usize,
    groups_max: usize,
    key: String,
    scratch: String,
}

// === impl Moments ===

impl Moments {
    /// One moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self { start: moment, step: 1, count: 1 }
    }

    /// The moment of a step.
    #[must_use]
    pub fn moment(&self, step: usize) -> Timestamp {
        Timestamp::from_nanos(self.start.nanos().saturating_add((step as i64).saturating_mul(self.step)))
    }

    fn last(&self) -> Timestamp {
        self.moment(self.count.saturating_sub(1))
    }

    /// The first step at or after `nanos` behind the first.
    fn at_or_after(&self, nanos: i128) -> usize {
        let step = i128::from(self.step.max(1));
        let steps = nanos.div_euclid(step) + i128::from(nanos.rem_euclid(step) != 0);
        steps.clamp(0, self.count as i128) as usize
    }
}

// === impl Grouping ===

impl Grouping<'_> {
    /// Whatever some moment looks back at: behind `moment - window`, up to the moment.
    pub(crate) fn range(&self) -> TimeRange {
        let just_after = |at: Timestamp| Timestamp::from_nanos(at.nanos().saturating_add(1));
        let from = Timestamp::from_nanos(self.steps.start.nanos().saturating_sub(self.window));
        let (from, to) = (just_after(from).max(self.within.from), just_after(self.steps.last()).min(self.within.to));
        TimeRange { from, to }
    }

    /// The steps whose moments look back at this time.
    pub(crate) fn steps_of(&self, time: i64) -> std::ops::Range<usize> {
        let since = i128::from(time) - i128::from(self.steps.start.nanos());
        self.steps.at_or_after(since)..self.steps.at_or_after(since + i128::from(self.window))
    }
}

// === impl Groups ===

impl<'c, T> Groups<'c, T> {
    pub(crate) fn new(grouping: &Grouping<'_>, cancel: &'c Cancel) -> Self {
        let (key, scratch) = (String::new(), String::new());
        Self { cancel, all: Vec::new(), known: HashMap::new(), text_bytes: 0, groups_max: grouping.groups_max, key, scratch }
    }

    /// The group that a reader's row is in, by its first labels; `open` is asked for what a new one, of that many, begins with.
    pub(crate) fn of(
        &mut self,
        (reader, labels): (&RowReader<'_>, usize),
        open: impl FnOnce(usize) -> Result<T, GroupError>,
    ) -> Result<&mut T, GroupError> {
        self.key.clear();
        for at in 0..labels {
            if at % LABELS_UNCHECKED == LABELS_UNCHECKED - 1 {
                self.cancel.check().map_err(ScanError::from)?;
            }
            let text = reader.label(at, &mut self.scratch);
            self.key.push_str(&format!("{}:", text.len()));
            self.key.push_str(text);
        }
        let place = match self.known.get(&self.key) {
            Some(place) => *place,
            None => {
                let labels = (0..labels).map(|at| reader.label(at, &mut self.scratch).to_owned()).collect();
                self.open(labels, open)?
            }
        };
        Ok(&mut self.all[place].1)
    }

    fn open(&mut self, labels: Vec<String>, open: impl FnOnce(usize) -> Result<T, GroupError>) -> Result<usize, GroupError> {
        let place = self.all.len();
        if place >= self.groups_max {
            return Err(GroupError::TooManyGroups(self.groups_max));
        }
        let opened = open(place + 1)?;
        self.text_bytes += self.key.len();
        if self.text_bytes > limits::PAGE_BYTES_MAX {
            return Err(GroupError::TooMuchText);
        }
        self.all.push((labels, opened));
        self.known.insert(self.key.clone(), place);
        Ok(place)
    }

    /// In the order of their texts.
    pub(crate) fn finish(mut self) -> Vec<(Vec<String>, T)> {
        self.all.sort_by(|a, b| a.0.cmp(&b.0));
        self.all
    }
}

// === impl Sums ===

impl Sums<'_> {
    fn add(&mut self, batch: &Batch<'_>) {
        let Some(times) = batch.columns.get(&ColumnKey::Timestamp) else { return };
        if self.failed.is_some() {
            return;
        }
        let times = times.as_primitive::<Int64Type>().values();
        let mut reader = RowReader::new(self.source, batch.columns, self.cancel);
        let (moments, cells_max) = (self.grouping.steps.count, self.grouping.cells_max);
        let open = |count: usize| if count * moments > cells_max { Err(GroupError::TooManyCells) } else { Ok(vec![0; moments]) };
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
            let amount = match self.grouping.measure {
                Amount::Records => 1,
                Amount::MessageBytes => reader.line().len() as i64,
            };
            match self.groups.of((&reader, self.source.labels()), open) {
                Ok(values) => {
                    values[steps.start] += amount;
                    if let Some(after) = values.get_mut(steps.end) {
                        *after -= amount;
                    }
                }
                Err(error) => {
                    self.failed = Some(error);
                    return;
                }
            }
        }
    }

    fn check(&mut self) -> Result<(), GroupError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn finish(self) -> Vec<Group> {
        let sum = |values: Vec<i64>| {
            let mut sum = 0_i64;
            values
                .into_iter()
                .map(|more| {
                    sum = sum.saturating_add(more);
                    sum.max(0) as u64
                })
                .collect()
        };
        self.groups.finish().into_iter().map(|(labels, values)| Group { labels, values: sum(values) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps that a record at `time` is in, of moments 10, 20, 30 that look back over `window`.
    #[track_caller]
    fn check(window: i64, time: i64, expected: &[usize]) {
        let steps = Moments { start: Timestamp::from_nanos(10), step: 10, count: 3 };
        let grouping = Grouping {
            labels: &[],
            parsers: &Parsers::default(),
            measure: Amount::Records,
            steps,
            window,
            within: TimeRange::ALL,
            groups_max: 1,
            cells_max: 3,
        };
        assert_eq!(grouping.steps_of(time).collect::<Vec<_>>(), expected, "{time} over {window}");
        let range = grouping.range();
        assert_eq!(range.contains(Timestamp::from_nanos(time)) && window >= 10, !expected.is_empty() && window >= 10);
    }

    #[test]
    fn groups_end_at_their_cells() {
        let steps = Moments { start: Timestamp::from_nanos(10), step: 10, count: 3 };
        let grouping = Grouping {
            labels: &[],
            parsers: &Parsers::default(),
            measure: Amount::Records,
            steps,
            window: 1,
            within: TimeRange::ALL,
            groups_max: 9,
            cells_max: 8,
        };
        let cancel = Cancel::default();
        let mut groups = Groups::new(&grouping, &cancel);
        let mut open = |text: &str| {
            groups.key = text.to_owned();
            let cells = |count: usize| if count * 3 > grouping.cells_max { Err(GroupError::TooManyCells) } else { Ok(()) };
            groups.open(Vec::new(), cells)
        };
        assert!(open("a").is_ok() && open("b").is_ok());
        assert!(matches!(open("c"), Err(GroupError::TooManyCells)));
    }

    #[test]
    fn a_moment_looks_back_without_the_windows_first_instant() {
        for (time, steps) in [(0, &[][..]), (1, &[0]), (10, &[0]), (11, &[1]), (30, &[2]), (31, &[])] {
            check(10, time, steps);
        }
        for (time, steps) in [(-15, &[][..]), (-14, &[0]), (-4, &[0, 1]), (6, &[0, 1, 2]), (16, &[1, 2])] {
            check(25, time, steps);
        }
        for (time, steps) in [(5, &[][..]), (7, &[]), (8, &[0]), (11, &[]), (18, &[1])] {
            check(3, time, steps);
        }
    }
}

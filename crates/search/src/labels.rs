//! Which fields are labels: text that has few different values, by which records fall into streams.
//!
//! Always holds: the level is always one; the others are judged by whole parts and whole fresh tables of the time, so that
//! a question and the next about the same time see the same labels.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, StringViewArray};
use identity::{Permit, Read};
use model::{TimeRange, limits};
use store::{ColumnKey, FreshRows, Kind, PartIndex, Projection, Store, Zone};

use crate::cancel::Cancel;
use crate::predicate::label::{LEVEL, label_name};
use crate::scan::{ScanError, Stats};

/// What is known of a field that may be a label.
struct Candidate {
    values: BTreeSet<String>,
    records: u64,
    is_label: bool,
}

/// The names of the labels that records of the time have, sorted.
pub fn labels(
    store: &Store,
    permit: &Permit<Read>,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<(Vec<String>, Stats), ScanError> {
    let view = store.view(permit.scope(), range)?;
    let mut stats = Stats { parts_unreadable: view.quarantined, ..Stats::default() };
    let mut candidates = Candidates::default();
    for live in &view.parts {
        cancel.check()?;
        match live.open() {
            Ok(part) => candidates.add_part(part.index()),
            Err(error) => {
                stats.parts_unreadable += 1;
                store.report_part(&view, &error);
            }
        }
    }
    for fresh in view.fresh.iter().filter(|fresh| fresh.time_range().is_some_and(|(a, b)| range.overlaps(a, b))) {
        candidates.add_fresh(fresh, cancel)?;
    }
    Ok((candidates.finish(), stats))
}

/// By the label.
#[derive(Default)]
struct Candidates(BTreeMap<String, Candidate>);

fn label_of(key: &ColumnKey) -> Option<(String, Kind)> {
    match key {
        ColumnKey::Level => Some((LEVEL.to_owned(), Kind::Text)),
        ColumnKey::Field(path, kind) => Some((label_name(&path.name()), *kind)),
        ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Message | ColumnKey::Rest => None,
    }
}

// === impl Candidates ===

impl Candidates {
    fn of(&mut self, label: String) -> &mut Candidate {
        self.0.entry(label).or_insert_with(|| Candidate { values: BTreeSet::new(), records: 0, is_label: true })
    }

    fn add_part(&mut self, index: &PartIndex) {
        for (key, records) in index.columns() {
            let Some((label, _)) = label_of(key) else { continue };
            let candidate = self.of(label);
            candidate.records += records as u64;
            match index.zone(key) {
                Some(Zone::Values { values, .. }) => values.iter().for_each(|value| candidate.add(value)),
                Some(Zone::Unknown | Zone::Ints { .. } | Zone::Floats { .. } | Zone::ValueBloom(_) | Zone::TokenBloom(_))
                | None => candidate.is_label = false,
            }
        }
    }

    fn add_fresh(&mut self, fresh: &FreshRows, cancel: &Cancel) -> Result<(), ScanError> {
        let mut wanted = Vec::new();
        for (key, records) in fresh.columns() {
            let Some((label, kind)) = label_of(&key) else { continue };
            let candidate = self.of(label);
            candidate.records += records as u64;
            candidate.is_label &= kind == Kind::Text;
            if candidate.is_label {
                wanted.push(key);
            }
        }
        for columns in fresh.read(&Projection::Only(wanted)) {
            cancel.check()?;
            for (key, array) in columns.iter() {
                let (Some((label, _)), Some(texts)) = (label_of(key), array.as_string_view_opt()) else { continue };
                self.of(label).add_all(texts);
            }
        }
        Ok(())
    }

    fn finish(self) -> Vec<String> {
        let mut found: Vec<(u64, String)> = self
            .0
            .into_iter()
            .filter(|(label, candidate)| candidate.is_label && candidate.records > 0 && label != LEVEL)
            .map(|(label, candidate)| (candidate.records, label))
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.truncate(limits::LABELS_MAX - 1);
        let mut names: Vec<String> = found.into_iter().map(|(_, label)| label).collect();
        names.push(LEVEL.to_owned());
        names.sort_unstable();
        names
    }
}

// === impl Candidate ===

impl Candidate {
    fn add(&mut self, value: &str) {
        if !self.is_label || self.values.contains(value) {
            return;
        }
        self.is_label = self.values.len() < limits::LABEL_VALUES_MAX && value.len() <= limits::LABEL_VALUE_BYTES_MAX;
        if self.is_label {
            self.values.insert(value.to_owned());
        }
    }

    fn add_all(&mut self, texts: &StringViewArray) {
        let mut last = None;
        for text in texts.iter().flatten() {
            // Values come in runs.
            if last != Some(text) {
                self.add(text);
                last = Some(text);
            }
            if !self.is_label {
                return;
            }
        }
    }
}

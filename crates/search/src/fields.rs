//! Which fields records have, and which values a field has.
//!
//! Always holds: an answer says whether its counts are exact, estimated from whole parts, or from a sample of pages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use identity::{Permit, Read};
use model::{TimeRange, limits};
use store::{ColumnKey, Columns, Kind, Store};

use crate::cancel::Cancel;
use crate::predicate::{Predicate, resolve};
use crate::scan::{Batch, Scan, ScanError, Stats};

/// How the counts of an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Exact,
    /// Counted in every record of the parts that overlap the range, whether it matches or not.
    WholeParts,
    /// One page in this many was read; counts are multiplied by it.
    Sampled(usize),
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSummary {
    pub name: String,
    /// The types of its values: text, integer, float, boolean, json.
    pub kinds: BTreeSet<&'static str>,
    pub records: u64,
}

/// The fields of a source in a time range.
#[derive(Debug)]
pub struct Fields {
    pub fields: Vec<FieldSummary>,
    pub precision: Precision,
    pub stats: Stats,
}

/// The values of one field.
#[derive(Debug, Default)]
pub struct FieldValues {
    /// Matching records, with and without the field.
    pub records: u64,
    pub present: u64,
    /// The most frequent values as JSON, each with its count.
    pub top: Vec<(String, u64)>,
    /// Distinct values seen; `None` when there were more than are counted.
    pub distinct: Option<usize>,
    /// Smallest, largest and mean of the numbers among them.
    pub numbers: Option<(f64, f64, f64)>,
    pub precision: Option<Precision>,
    pub stats: Stats,
}

/// Lists the fields that matching records of the range have, the most frequent first. Without a predicate nothing but
/// indexes is read; with one, pages of all fields, so of many records only a sample.
pub fn fields(
    store: &Store,
    permit: &Permit<Read>,
    predicate: Option<&Predicate>,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Fields, ScanError> {
    match predicate {
        Some(predicate) => fields_of_matches(store, permit, predicate, range, cancel),
        None => fields_of_all(store, permit, range, cancel),
    }
}

fn fields_of_all(store: &Store, permit: &Permit<Read>, range: TimeRange, cancel: &Cancel) -> Result<Fields, ScanError> {
    let view = store.view(permit.scope(), range)?;
    let mut tally = Tally::default();
    let mut stats = Stats { parts_unreadable: view.quarantined, ..Stats::default() };
    let mut covered = true;
    for fresh in &view.fresh {
        covered &= fresh.time_range().is_none_or(|(first, last)| range.covers(first, last));
        fresh.columns().iter().for_each(|(key, records)| tally.add(key, *records as u64));
    }
    for live in &view.parts {
        cancel.check()?;
        covered &= range.covers(live.row().times.0, live.row().times.1);
        match live.open() {
            Ok(part) => part.index().columns().for_each(|(key, records)| tally.add(key, records as u64)),
            Err(error) => {
                stats.parts_unreadable += 1;
                store.report_part(&view, &error);
            }
        }
    }
    Ok(tally.finish(if covered { Precision::Exact } else { Precision::WholeParts }, stats))
}

fn fields_of_matches(
    store: &Store,
    permit: &Permit<Read>,
    predicate: &Predicate,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Fields, ScanError> {
    let mut scan = Scan::new(store, store.view(permit.scope(), range)?, predicate, range, cancel);
    let rows: u64 = scan.view.parts.iter().map(|part| part.row().rows).sum();
    let stride = (rows / limits::FIELDS_ROWS_MAX).max(1);
    scan.sample_every = stride as usize;
    let mut tally = Tally::default();
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let keys: Vec<ColumnKey> = fresh.columns().into_iter().map(|(key, _)| key).collect();
        scan.fresh(&fresh, &keys, &mut |batch| tally.add_matches(batch, 1))?;
    }
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let keys: Vec<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
        scan.part(&part, &keys, &mut |batch| tally.add_matches(batch, stride))?;
    }
    Ok(tally.finish(if stride > 1 { Precision::Sampled(stride as usize) } else { Precision::Exact }, scan.stats))
}

/// Fields by name: the types of their values, and how many records have one.
#[derive(Default)]
struct Tally(BTreeMap<String, (BTreeSet<&'static str>, u64)>);

// === impl Tally ===

impl Tally {
    fn add(&mut self, key: &ColumnKey, records: u64) {
        let (name, kind) = match key {
            ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Rest => return,
            ColumnKey::Level => ("level".to_owned(), "text"),
            ColumnKey::Message => ("message".to_owned(), "text"),
            ColumnKey::Field(path, kind) => (path.name(), kind_name(*kind)),
        };
        let field = self.0.entry(name).or_default();
        field.0.insert(kind);
        field.1 += records;
    }

    fn add_matches(&mut self, batch: &Batch<'_>, weight: u64) {
        for (key, array) in batch.columns.iter() {
            let present = match array.nulls() {
                Some(nulls) => (batch.matched & nulls.inner()).count_set_bits(),
                None => batch.matched.count_set_bits(),
            };
            if present > 0 {
                self.add(key, present as u64 * weight);
            }
        }
    }

    fn finish(self, precision: Precision, stats: Stats) -> Fields {
        let summary = |(name, (kinds, records))| FieldSummary { name, kinds, records };
        let mut fields: Vec<FieldSummary> = self.0.into_iter().map(summary).collect();
        fields.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.name.cmp(&b.name)));
        fields.truncate(limits::COLUMNS_MAX);
        Fields { fields, precision, stats }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "integer",
        Kind::Float => "float",
        Kind::Bool => "boolean",
        Kind::Json => "json",
    }
}

/// Counts the values of one field among the matching records; samples pages where there are very many.
pub fn field_values(
    store: &Store,
    permit: &Permit<Read>,
    (name, predicate): (&str, &Predicate),
    (range, top): (TimeRange, usize),
    cancel: &Cancel,
) -> Result<FieldValues, ScanError> {
    let mut scan = Scan::new(store, store.view(permit.scope(), range)?, predicate, range, cancel);
    let rows: u64 = scan.view.parts.iter().map(|part| part.row().rows).sum();
    scan.sample_every = (rows / limits::FIELD_VALUES_ROWS_MAX).max(1) as usize;
    let stride = scan.sample_every;
    let mut counts = Counts { weight: 1, ..Counts::default() };
    for fresh in std::mem::take(&mut scan.view.fresh) {
        let available: Vec<ColumnKey> = fresh.columns().into_iter().map(|(key, _)| key).collect();
        let keys = resolve(name, &available);
        scan.fresh(&fresh, &keys, &mut |batch| counts.add(batch, &keys))?;
    }
    counts.weight = stride as u64;
    for live in std::mem::take(&mut scan.view.parts) {
        let Some(part) = scan.open(&live) else { continue };
        let available: Vec<ColumnKey> = part.index().columns().map(|(key, _)| key.clone()).collect();
        let keys = resolve(name, &available);
        scan.part(&part, &keys, &mut |batch| counts.add(batch, &keys))?;
    }
    Ok(counts.finish(top, if stride > 1 { Precision::Sampled(stride) } else { Precision::Exact }, scan.stats))
}

#[derive(Default)]
struct Counts {
    weight: u64,
    records: u64,
    present: u64,
    values: HashMap<String, u64>,
    /// Bytes of these values.
    value_bytes: usize,
    overflowed: bool,
    numbers: Option<(f64, f64)>,
    sum: f64,
    numeric: u64,
}

// === impl Counts ===

impl Counts {
    fn add(&mut self, batch: &Batch<'_>, keys: &[ColumnKey]) {
        self.records += batch.matched.count_set_bits() as u64 * self.weight;
        for row in batch.matched.set_indices() {
            let value = keys.iter().find_map(|key| self.value(batch.columns, key, row));
            let Some(value) = value else { continue };
            self.present += self.weight;
            self.count(value);
        }
    }

    fn count(&mut self, value: String) {
        let bytes = self.value_bytes + value.len();
        if let Some(count) = self.values.get_mut(&value) {
            *count += self.weight;
        } else if self.values.len() < limits::FIELD_VALUES_MAX && bytes <= limits::PAGE_BYTES_MAX {
            self.values.insert(value, self.weight);
            self.value_bytes = bytes;
        } else {
            self.overflowed = true;
        }
    }

    fn value(&mut self, columns: &Columns, key: &ColumnKey, row: usize) -> Option<String> {
        let array = columns.get(key).filter(|array| array.is_valid(row))?;
        match key {
            ColumnKey::Field(_, Kind::Int) => self.number(array.as_primitive::<Int64Type>().value(row) as f64),
            ColumnKey::Field(_, Kind::Float) => self.number(array.as_primitive::<Float64Type>().value(row)),
            ColumnKey::Field(_, Kind::Bool | Kind::Json | Kind::Text) | ColumnKey::Level | ColumnKey::Message => {}
            ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Rest => {}
        }
        value_json(columns, key, row)
    }

    fn number(&mut self, value: f64) {
        let (min, max) = self.numbers.unwrap_or((value, value));
        self.numbers = Some((min.min(value), max.max(value)));
        self.sum += value;
        self.numeric += 1;
    }

    fn finish(self, top: usize, precision: Precision, stats: Stats) -> FieldValues {
        let distinct = (!self.overflowed).then_some(self.values.len());
        let mut values: Vec<(String, u64)> = self.values.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        values.truncate(top.min(limits::FIELD_VALUES_MAX));
        let mean = self.sum / self.numeric.max(1) as f64;
        FieldValues {
            records: self.records,
            present: self.present,
            top: values,
            distinct,
            numbers: self.numbers.map(|(min, max)| (min, max, mean)),
            precision: Some(precision),
            stats,
        }
    }
}

/// A value of a field as JSON; `None` where the record has none in this column.
pub(crate) fn value_json(columns: &Columns, key: &ColumnKey, row: usize) -> Option<String> {
    let array = columns.get(key).filter(|array| array.is_valid(row))?;
    match key {
        ColumnKey::Field(_, Kind::Int) => Some(array.as_primitive::<Int64Type>().value(row).to_string()),
        ColumnKey::Field(_, Kind::Float) => {
            serde_json::Number::from_f64(array.as_primitive::<Float64Type>().value(row)).map(|number| number.to_string())
        }
        ColumnKey::Field(_, Kind::Bool) => Some(array.as_boolean().value(row).to_string()),
        ColumnKey::Field(_, Kind::Json) => Some(array.as_string_view().value(row).to_owned()),
        ColumnKey::Field(_, Kind::Text) | ColumnKey::Level | ColumnKey::Message => {
            serde_json::to_string(array.as_string_view().value(row)).ok()
        }
        ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Rest => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_within_a_page_of_bytes() {
        let mut counts = Counts { weight: 1, ..Counts::default() };
        for first in ['a', 'b', 'a', 'c'] {
            counts.count(format!("{first}{}", "x".repeat(limits::PAGE_BYTES_MAX / 2 - 1)));
        }
        counts.count("d".to_owned());
        assert!(counts.overflowed && counts.value_bytes <= limits::PAGE_BYTES_MAX);
        let mut seen: Vec<u64> = counts.values.values().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
    }
}

//! What is done to the records of a source before they are written: which are dropped, what is masked in them, what is read
//! out of them, and the rules that they go through.
//!
//! Always holds: a source that nobody ever set anything for has its cards and secrets masked; a setting that cannot be
//! read refuses records rather than storing them unmasked; a change is in the trail. How often something was masked or
//! dropped is remembered at once and written by a job: a crash may lose the last half minute of it, and nothing else.

use std::collections::{BTreeMap, HashMap};

use audit::{Deed, Event, Treated};
use model::{Scope, SourceId};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::filters::{DropFilter, FilterError};
use crate::pipeline::{Pipeline, PipelineError};

/// What is masked. What a change does not name is as it is at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redaction {
    pub cards: bool,
    pub secrets: bool,
    pub emails: bool,
    pub ip_addresses: bool,
}

/// What is read out of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recognition {
    /// Known formats become named attributes.
    pub formats: bool,
    /// The lines of a stack trace become one record.
    pub stack_traces: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Treatment {
    pub redaction: Redaction,
    pub recognition: Recognition,
    pub filters: Vec<DropFilter>,
    pub pipeline: Pipeline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MaskKind {
    Card,
    Secret,
    Email,
    IpAddress,
}

/// How often each kind was masked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Masked([u64; MaskKind::ALL.len()]);

/// What was done to records, as far as it is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub masked: Masked,
    /// Records that a filter dropped.
    pub dropped: u64,
    /// By the number of the rule.
    pub rules: BTreeMap<u32, RuleCount>,
}

/// Records that a rule changed or dropped, and those that it should have and could not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCount {
    pub touched: u64,
    pub failed: u64,
}

/// The same, as far as not yet written down. Holds only sources that exist.
pub(crate) type UnwrittenCounts = HashMap<SourceId, Counts>;

/// The kind under which records that were dropped are counted, beside those of masks.
const DROPPED: &str = "dropped";

#[derive(Debug, thiserror::Error)]
pub enum SetTreatmentError {
    #[error("there is no such source")]
    NoSource,
    #[error("the source has no such filter")]
    NoFilter,
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

// === impl Redaction ===

impl Redaction {
    pub const NONE: Self = Self { cards: false, secrets: false, emails: false, ip_addresses: false };

    fn masks(self, kind: MaskKind) -> bool {
        match kind {
            MaskKind::Card => self.cards,
            MaskKind::Secret => self.secrets,
            MaskKind::Email => self.emails,
            MaskKind::IpAddress => self.ip_addresses,
        }
    }
}

impl Default for Redaction {
    fn default() -> Self {
        Self { cards: true, secrets: true, emails: false, ip_addresses: false }
    }
}

// === impl Recognition ===

impl Default for Recognition {
    fn default() -> Self {
        Self { formats: true, stack_traces: true }
    }
}

// === impl Treatment ===

impl Treatment {
    fn filters_event(&self) -> Event {
        let filters = self.filters.iter().map(|filter| filter.name().to_string()).collect();
        Event::Treated(Treated::FiltersChanged { filters })
    }

    fn pipeline_event(&self) -> Event {
        let rules = self.pipeline.rules().iter().map(|rule| rule.name().to_owned()).collect();
        Event::Treated(Treated::PipelineChanged { rules })
    }

    fn event(&self) -> Event {
        let masked = MaskKind::ALL.into_iter().filter(|kind| self.redaction.masks(*kind));
        let Recognition { formats, stack_traces } = self.recognition;
        let recognised = [("formats", formats), ("stack_traces", stack_traces)].into_iter().filter(|(_, on)| *on);
        Event::Treated(Treated::TreatmentChanged {
            masked: masked.map(|kind| kind.as_str().to_owned()).collect(),
            recognised: recognised.map(|(name, _)| name.to_owned()).collect(),
        })
    }
}

// === impl MaskKind ===

impl MaskKind {
    pub const ALL: [Self; 4] = [Self::Card, Self::Secret, Self::Email, Self::IpAddress];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "cards",
            Self::Secret => "secrets",
            Self::Email => "emails",
            Self::IpAddress => "ip_addresses",
        }
    }
}

// === impl Masked ===

impl Masked {
    pub fn add(&mut self, kind: MaskKind, times: u64) {
        self.0[kind as usize] = self.0[kind as usize].saturating_add(times);
    }

    #[must_use]
    pub fn of(&self, kind: MaskKind) -> u64 {
        self.0[kind as usize]
    }

    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub fn add_all(&mut self, other: &Self) {
        for kind in MaskKind::ALL {
            self.add(kind, other.of(kind));
        }
    }
}

// === impl Counts ===

impl Counts {
    fn add_all(&mut self, other: &Self) {
        self.masked.add_all(&other.masked);
        self.dropped = self.dropped.saturating_add(other.dropped);
        for (number, count) in &other.rules {
            self.rules.entry(*number).or_default().add(*count);
        }
    }
}

// === impl RuleCount ===

impl RuleCount {
    pub fn add(&mut self, other: Self) {
        self.touched = self.touched.saturating_add(other.touched);
        self.failed = self.failed.saturating_add(other.failed);
    }
}

// === impl Identity ===

impl Identity {
    /// Asked for every request of a source, so that a change counts for the next one in every process.
    pub fn treatment(&self, scope: Scope) -> Result<Treatment, CatalogError> {
        self.catalog.read(|db| self.treatment_of(db, scope))
    }

    pub fn set_redaction(&self, scope: Scope, redaction: Redaction, deed: &Deed) -> Result<(), SetTreatmentError> {
        let change = |treatment: &mut Treatment| set(&mut treatment.redaction, redaction);
        self.change_treatment(scope, change, Treatment::event, deed).map(drop)
    }

    pub fn set_recognition(&self, scope: Scope, recognition: Recognition, deed: &Deed) -> Result<(), SetTreatmentError> {
        let change = |treatment: &mut Treatment| set(&mut treatment.recognition, recognition);
        self.change_treatment(scope, change, Treatment::event, deed).map(drop)
    }

    pub fn set_filters(&self, scope: Scope, filters: Vec<DropFilter>, deed: &Deed) -> Result<(), SetTreatmentError> {
        self.change_filters(scope, |_| Some(filters), deed)
    }

    /// Makes others of the filters as they are at that moment; where `change` gives none, it did not find its own.
    pub fn change_filters(
        &self,
        scope: Scope,
        change: impl FnOnce(Vec<DropFilter>) -> Option<Vec<DropFilter>>,
        deed: &Deed,
    ) -> Result<(), SetTreatmentError> {
        let change = |treatment: &mut Treatment| {
            let filters = change(std::mem::take(&mut treatment.filters)).ok_or(SetTreatmentError::NoFilter)?;
            DropFilter::check_all(&filters)?;
            set(&mut treatment.filters, filters)
        };
        self.change_treatment(scope, change, Treatment::filters_event, deed).map(drop)
    }

    /// Gives back the rules as they count from now on: those of names that were there go on with their counts.
    pub fn set_pipeline(&self, scope: Scope, pipeline: Pipeline, deed: &Deed) -> Result<Pipeline, SetTreatmentError> {
        let change = |treatment: &mut Treatment| {
            let pipeline = pipeline.after(&treatment.pipeline);
            set(&mut treatment.pipeline, pipeline)
        };
        Ok(self.change_treatment(scope, change, Treatment::pipeline_event, deed)?.pipeline)
    }

    /// What was masked in this source's records, which were dropped, and what its rules touched, since it or they were made.
    pub fn counts(&self, scope: Scope) -> Result<Counts, CatalogError> {
        let unwritten = self.counts.lock().get(&scope.source).cloned();
        let mut counts = unwritten.unwrap_or_default();
        let (rows, rules) = self.catalog.read(|db| {
            let sql = "SELECT kind, times FROM source_masks WHERE source = ?1";
            let rows = catalog::all(db, sql, [scope.source.to_string()], |row| {
                Ok((row.get::<_, String>("kind")?, row.get::<_, i64>("times")?))
            })?;
            Ok::<_, CatalogError>((rows, rule_counts(db, scope.source)?))
        })?;
        for (number, count) in rules {
            counts.rules.entry(number).or_default().add(count);
        }
        for (name, times) in rows {
            let times = times.try_into().unwrap_or_default();
            match MaskKind::ALL.into_iter().find(|kind| kind.as_str() == name) {
                Some(kind) => counts.masked.add(kind, times),
                None if name == DROPPED => counts.dropped = counts.dropped.saturating_add(times),
                None => {}
            }
        }
        Ok(counts)
    }

    pub fn note_counts(&self, scope: Scope, counts: &Counts) {
        if *counts != Counts::default() {
            self.counts.lock().entry(scope.source).or_default().add_all(counts);
        }
    }

    /// Writes down what was counted. A job calls it every half minute; requests only remember.
    pub fn flush_counts(&self) -> Result<(), CatalogError> {
        let unwritten = std::mem::take(&mut *self.counts.lock());
        if unwritten.is_empty() {
            return Ok(());
        }
        let written = self.catalog.write(|tx| {
            for (source, counts) in &unwritten {
                write_counts(tx, *source, counts)?;
            }
            Ok(())
        });
        if written.is_err() {
            let mut remembered = self.counts.lock();
            for (source, counts) in unwritten {
                remembered.entry(source).or_default().add_all(&counts);
            }
        }
        written
    }

    pub(crate) fn treatment_of(&self, db: &Connection, scope: Scope) -> Result<Treatment, CatalogError> {
        let sql = "SELECT document FROM source_treatments WHERE id = ?1";
        let found = catalog::one(db, sql, [scope.source.to_string()], |row| {
            let sealed = row.get_ref("document")?.as_blob().map_err(rusqlite::Error::from)?;
            if let Some(known) = self.compiled.lock().get(scope, sealed) {
                return Ok(known);
            }
            let treatment: Treatment = spot(scope).open(&self.sealer, sealed)?;
            self.compiled.lock().keep(scope, sealed, &treatment);
            Ok(treatment)
        })?;
        Ok(found.unwrap_or_default())
    }

    fn change_treatment(
        &self,
        scope: Scope,
        change: impl FnOnce(&mut Treatment) -> Result<(), SetTreatmentError>,
        event: impl FnOnce(&Treatment) -> Event,
        deed: &Deed,
    ) -> Result<Treatment, SetTreatmentError> {
        self.catalog.write(|tx| {
            let ids = [scope.source.to_string(), scope.tenant.to_string()];
            if catalog::count(tx, "SELECT count(*) FROM sources WHERE id = ?1 AND tenant = ?2", ids)? == 0 {
                return Err(SetTreatmentError::NoSource);
            }
            let mut treatment = self.treatment_of(tx, scope)?;
            change(&mut treatment)?;
            let sql = "INSERT INTO source_treatments (id, tenant, document) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET document = excluded.document";
            let document = spot(scope).seal(&self.sealer, &treatment)?;
            catalog::change(tx, sql, (scope.source.to_string(), scope.tenant.to_string(), document))?;
            forget_rules(tx, scope.source, &treatment.pipeline)?;
            self.record(tx, &deed.clone().of_source(scope), event(&treatment))?;
            Ok(treatment)
        })
    }
}

fn set<T>(place: &mut T, value: T) -> Result<(), SetTreatmentError> {
    *place = value;
    Ok(())
}

fn rule_counts(db: &Connection, source: SourceId) -> Result<Vec<(u32, RuleCount)>, CatalogError> {
    let sql = "SELECT rule, touched, failed FROM source_rules WHERE source = ?1";
    catalog::all(db, sql, [source.to_string()], |row| {
        let count = |name: &str| row.get::<_, i64>(name).map(|count| count.try_into().unwrap_or_default());
        Ok((row.get("rule")?, RuleCount { touched: count("touched")?, failed: count("failed")? }))
    })
}

/// Ends the counts of rules that are no more.
fn forget_rules(db: &Connection, source: SourceId, pipeline: &Pipeline) -> Result<(), CatalogError> {
    for (number, _) in rule_counts(db, source)? {
        if pipeline.rules().iter().all(|rule| rule.number() != number) {
            catalog::change(db, "DELETE FROM source_rules WHERE source = ?1 AND rule = ?2", (source.to_string(), number))?;
        }
    }
    Ok(())
}

fn write_counts(db: &Connection, source: SourceId, counts: &Counts) -> Result<(), CatalogError> {
    let sql = "INSERT INTO source_masks (source, kind, times) VALUES (?1, ?2, ?3)
        ON CONFLICT (source, kind) DO UPDATE SET times = times + excluded.times";
    let masks = MaskKind::ALL.map(|kind| (kind.as_str(), counts.masked.of(kind)));
    for (kind, times) in masks.into_iter().chain([(DROPPED, counts.dropped)]).filter(|(_, times)| *times > 0) {
        catalog::change(db, sql, (source.to_string(), kind, i64::try_from(times).unwrap_or(i64::MAX)))?;
    }
    let sql = "INSERT INTO source_rules (source, rule, touched, failed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source, rule)
        DO UPDATE SET touched = touched + excluded.touched, failed = failed + excluded.failed";
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    for (rule, count) in &counts.rules {
        catalog::change(db, sql, (source.to_string(), rule, number(count.touched), number(count.failed)))?;
    }
    Ok(())
}

fn spot(scope: Scope) -> Spot {
    Spot::new("source_treatments", scope.source, scope.tenant)
}

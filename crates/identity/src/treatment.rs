//! What is done to the records of a source before they are written: what is masked in them, and what is read out of them.
//!
//! Always holds: a source that nobody ever set anything for has its cards and secrets masked; a setting that cannot be
//! read refuses records rather than storing them unmasked; a change is in the trail. How often something was masked is
//! remembered at once and written by a job: a crash may lose the last half minute of it, and nothing else.

use std::collections::HashMap;

use audit::{Deed, Event, Treated};
use model::{Scope, SourceId};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;

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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Treatment {
    pub redaction: Redaction,
    pub recognition: Recognition,
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

/// How often, as far as not yet written down. Holds only sources that exist.
pub(crate) type UnwrittenMasks = HashMap<SourceId, Masked>;

#[derive(Debug, thiserror::Error)]
pub enum SetTreatmentError {
    #[error("there is no such source")]
    NoSource,
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
        self.0.iter().all(|times| *times == 0)
    }

    fn add_all(&mut self, other: &Self) {
        for kind in MaskKind::ALL {
            self.add(kind, other.of(kind));
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Asked for every request of a source, so that a change counts for the next one in every process.
    pub fn treatment(&self, scope: Scope) -> Result<Treatment, CatalogError> {
        self.catalog.read(|db| self.treatment_of(db, scope))
    }

    pub fn set_redaction(&self, scope: Scope, redaction: Redaction, deed: &Deed) -> Result<(), SetTreatmentError> {
        self.change_treatment(scope, |treatment| treatment.redaction = redaction, deed)
    }

    pub fn set_recognition(&self, scope: Scope, recognition: Recognition, deed: &Deed) -> Result<(), SetTreatmentError> {
        self.change_treatment(scope, |treatment| treatment.recognition = recognition, deed)
    }

    /// How often each kind was masked in this source's records, since it was made.
    pub fn masked(&self, scope: Scope) -> Result<Masked, CatalogError> {
        let sql = "SELECT kind, times FROM source_masks WHERE source = ?1";
        let unwritten = self.masks.lock().get(&scope.source).copied();
        let rows = self.catalog.read(|db| {
            catalog::all(db, sql, [scope.source.to_string()], |row| {
                Ok((row.get::<_, String>("kind")?, row.get::<_, i64>("times")?))
            })
        })?;
        let mut masked = unwritten.unwrap_or_default();
        for (name, times) in rows {
            if let Some(kind) = MaskKind::ALL.into_iter().find(|kind| kind.as_str() == name) {
                masked.add(kind, times.try_into().unwrap_or_default());
            }
        }
        Ok(masked)
    }

    pub fn note_masked(&self, scope: Scope, masked: &Masked) {
        if !masked.is_none() {
            self.masks.lock().entry(scope.source).or_default().add_all(masked);
        }
    }

    /// Writes down how often something was masked. A job calls it every half minute; requests only remember.
    pub fn flush_masked(&self) -> Result<(), CatalogError> {
        let unwritten = std::mem::take(&mut *self.masks.lock());
        if unwritten.is_empty() {
            return Ok(());
        }
        let written = self.catalog.write(|tx| {
            for (source, masked) in &unwritten {
                write_masked(tx, *source, masked)?;
            }
            Ok(())
        });
        if written.is_err() {
            let mut masks = self.masks.lock();
            for (source, masked) in unwritten {
                masks.entry(source).or_default().add_all(&masked);
            }
        }
        written
    }

    fn treatment_of(&self, db: &Connection, scope: Scope) -> Result<Treatment, CatalogError> {
        let sql = "SELECT document FROM source_treatments WHERE id = ?1";
        let found = catalog::one(db, sql, [scope.source.to_string()], |row| spot(scope).read(&self.sealer, row))?;
        Ok(found.unwrap_or_default())
    }

    fn change_treatment(&self, scope: Scope, change: impl FnOnce(&mut Treatment), deed: &Deed) -> Result<(), SetTreatmentError> {
        self.catalog.write(|tx| {
            let ids = [scope.source.to_string(), scope.tenant.to_string()];
            if catalog::count(tx, "SELECT count(*) FROM sources WHERE id = ?1 AND tenant = ?2", ids)? == 0 {
                return Err(SetTreatmentError::NoSource);
            }
            let mut treatment = self.treatment_of(tx, scope)?;
            change(&mut treatment);
            let sql = "INSERT INTO source_treatments (id, tenant, document) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET document = excluded.document";
            let document = spot(scope).seal(&self.sealer, &treatment)?;
            catalog::change(tx, sql, (scope.source.to_string(), scope.tenant.to_string(), document))?;
            Ok(self.record(tx, &deed.clone().of_source(scope), treatment.event())?)
        })
    }
}

fn write_masked(db: &Connection, source: SourceId, masked: &Masked) -> Result<(), CatalogError> {
    let sql = "INSERT INTO source_masks (source, kind, times) VALUES (?1, ?2, ?3)
        ON CONFLICT (source, kind) DO UPDATE SET times = times + excluded.times";
    for kind in MaskKind::ALL.into_iter().filter(|kind| masked.of(*kind) > 0) {
        let times = i64::try_from(masked.of(kind)).unwrap_or(i64::MAX);
        catalog::change(db, sql, (source.to_string(), kind.as_str(), times))?;
    }
    Ok(())
}

fn spot(scope: Scope) -> Spot {
    Spot::new("source_treatments", scope.source, scope.tenant)
}

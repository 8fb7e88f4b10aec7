//! How much came in, by source, tenant and UTC day of arrival.
//!
//! Always holds: only what is durable is counted, each delivery once. It is remembered at once and written by a job: a crash
//! may lose what came in the last few seconds before it, and nothing else.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use model::{Day, Scope, TenantId, Timestamp, limits};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::{self, CatalogError};

/// What volume is counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Metered {
    Source(Scope),
    Tenant(TenantId),
}

/// How much, as far as not yet written down. Holds only sources and tenants that exist.
#[derive(Debug, Default)]
pub(crate) struct UnwrittenVolumes {
    came: HashMap<(Metered, Day), u64>,
    /// What is being written; it counts until it is.
    leaving: HashMap<(Metered, Day), u64>,
}

// === impl Identity ===

impl Identity {
    pub fn note_volume(&self, scope: Scope, bytes: u64, arrived: Timestamp) {
        let mut volumes = self.volumes.lock();
        for of in [Metered::Source(scope), Metered::Tenant(scope.tenant)] {
            let sum = volumes.came.entry((of, arrived.day())).or_default();
            *sum = sum.saturating_add(bytes);
        }
    }

    /// Writes down how much came in, and tells whose quota is about to be used up. A job calls it every few seconds; requests
    /// only remember.
    pub fn flush_volumes(&self, now: Timestamp) -> Result<(), CatalogError> {
        let leaving = {
            let mut volumes = self.volumes.lock();
            volumes.leaving = std::mem::take(&mut volumes.came);
            volumes.leaving.clone()
        };
        if leaving.is_empty() {
            return Ok(());
        }
        let written = self.catalog.write(|tx| leaving.iter().try_for_each(|((of, day), bytes)| write(tx, *of, *day, *bytes)));
        {
            let mut volumes = self.volumes.lock();
            let left = std::mem::take(&mut volumes.leaving);
            if written.is_err() {
                for (of, bytes) in left {
                    let sum = volumes.came.entry(of).or_default();
                    *sum = sum.saturating_add(bytes);
                }
            }
        }
        written?;
        let metered: HashSet<Metered> = leaving.into_keys().map(|(of, _)| of).collect();
        metered.into_iter().try_for_each(|of| self.tell_mark(of, now))
    }

    /// How much came in on these days, written down or not. What is being written at this very moment may be missing or
    /// counted twice.
    pub(crate) fn volume_of(&self, db: &Connection, of: Metered, days: &Range<Day>) -> Result<u64, CatalogError> {
        let written = written(db, of, days)?;
        let volumes = self.volumes.lock();
        let unwritten = volumes.came.iter().chain(&volumes.leaving);
        let unwritten = unwritten.filter(|((one, day), _)| *one == of && days.contains(day)).map(|(_, bytes)| *bytes);
        Ok(unwritten.fold(written, u64::saturating_add))
    }
}

// === impl Metered ===

impl Metered {
    pub(crate) fn id(self) -> String {
        match self {
            Self::Source(scope) => scope.source.to_string(),
            Self::Tenant(tenant) => tenant.to_string(),
        }
    }

    pub(crate) fn tenant(self) -> TenantId {
        match self {
            Self::Source(scope) => scope.tenant,
            Self::Tenant(tenant) => tenant,
        }
    }
}

/// How much is written down.
pub(crate) fn written(db: &Connection, of: Metered, days: &Range<Day>) -> Result<u64, CatalogError> {
    let sql = "SELECT coalesce(sum(bytes), 0) FROM volumes WHERE id = ?1 AND day >= ?2 AND day < ?3";
    let bytes = catalog::count(db, sql, (of.id(), days.start.number(), days.end.number()))?;
    Ok(bytes.try_into().unwrap_or_default())
}

fn write(db: &Connection, of: Metered, day: Day, bytes: u64) -> Result<(), CatalogError> {
    let sql = "INSERT INTO volumes (id, day, bytes) VALUES (?1, ?2, ?3)
        ON CONFLICT (id, day) DO UPDATE SET bytes = bytes + excluded.bytes";
    catalog::change(db, sql, (of.id(), day.number(), i64::try_from(bytes).unwrap_or(i64::MAX)))?;
    let kept_from = day.number().saturating_sub(limits::VOLUME_DAYS);
    catalog::change(db, "DELETE FROM volumes WHERE id = ?1 AND day < ?2", (of.id(), kept_from))?;
    Ok(())
}

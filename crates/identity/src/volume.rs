//! How much came in, and when the last of it did, by source, tenant and UTC day of arrival.
//!
//! Always holds: only what is durable is counted, each delivery once. It is remembered at once and written by a job: a crash
//! may lose what came in the last few seconds before it, and nothing else.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use model::{Day, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::{self, CatalogError};

/// What volume is counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Metered {
    Source(Scope),
    Tenant(TenantId),
}

/// What came in on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrived {
    pub bytes: u64,
    /// Not known of what was counted before it was kept.
    pub last_at: Option<Timestamp>,
}

/// What came in on each day on which something did, the oldest first.
pub type Arrivals = BTreeMap<Day, Arrived>;

/// How much, as far as not yet written down. Holds only sources and tenants that exist.
#[derive(Debug, Default)]
pub(crate) struct UnwrittenVolumes {
    came: HashMap<(Metered, Day), Arrived>,
    /// What is being written; it counts until it is.
    leaving: HashMap<(Metered, Day), Arrived>,
}

const SELECT_OF_SOURCE: &str = "SELECT id, day, bytes, last_at FROM volumes WHERE id = ?1 AND day >= ?2 AND day < ?3";
const SELECT_OF_SOURCES: &str = "SELECT id, day, bytes, last_at FROM volumes
    WHERE id IN (SELECT id FROM sources WHERE tenant = ?1) AND day >= ?2 AND day < ?3";

// === impl Identity ===

impl Identity {
    pub fn note_volume(&self, scope: Scope, bytes: u64, arrived: Timestamp) {
        let mut volumes = self.volumes.lock();
        for of in [Metered::Source(scope), Metered::Tenant(scope.tenant)] {
            let sum = volumes.came.entry((of, arrived.day())).or_default();
            sum.add(Arrived { bytes, last_at: Some(arrived) });
        }
    }

    /// What came in to each source of a tenant on these days, written down or not. A source to which nothing came is left out.
    pub fn arrivals(&self, tenant: TenantId, days: &Range<Day>) -> Result<BTreeMap<SourceId, Arrivals>, CatalogError> {
        self.arrivals_by(SELECT_OF_SOURCES, tenant.to_string(), days, |scope| scope.tenant == tenant)
    }

    /// The same of one source.
    pub fn arrivals_of(&self, scope: Scope, days: &Range<Day>) -> Result<Arrivals, CatalogError> {
        let mut found = self.arrivals_by(SELECT_OF_SOURCE, scope.source.to_string(), days, |one| one == scope)?;
        Ok(found.remove(&scope.source).unwrap_or_default())
    }

    fn arrivals_by(
        &self,
        sql: &str,
        id: String,
        days: &Range<Day>,
        is_asked: impl Fn(Scope) -> bool,
    ) -> Result<BTreeMap<SourceId, Arrivals>, CatalogError> {
        let mut found: BTreeMap<SourceId, Arrivals> = BTreeMap::new();
        let written = self.catalog.read(|db| {
            catalog::all(db, sql, (id, days.start.number(), days.end.number()), |row| {
                let bytes: i64 = row.get("bytes")?;
                let arrived =
                    Arrived { bytes: bytes.try_into().unwrap_or_default(), last_at: catalog::optional_time(row, "last_at")? };
                Ok((catalog::id(row, "id", "volumes")?, Day::from_number(row.get("day")?), arrived))
            })
        })?;
        for (source, day, arrived) in written {
            found.entry(source).or_default().insert(day, arrived);
        }
        let volumes = self.volumes.lock();
        for ((of, day), arrived) in volumes.came.iter().chain(&volumes.leaving) {
            match of {
                Metered::Source(scope) if is_asked(*scope) && days.contains(day) => {
                    found.entry(scope.source).or_default().entry(*day).or_default().add(*arrived);
                }
                Metered::Source(_) | Metered::Tenant(_) => {}
            }
        }
        Ok(found)
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
        let written = self.catalog.write(|tx| leaving.iter().try_for_each(|((of, day), arrived)| write(tx, *of, *day, *arrived)));
        {
            let mut volumes = self.volumes.lock();
            let left = std::mem::take(&mut volumes.leaving);
            if written.is_err() {
                for (of, arrived) in left {
                    volumes.came.entry(of).or_default().add(arrived);
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
        let unwritten = unwritten.filter(|((one, day), _)| *one == of && days.contains(day)).map(|(_, arrived)| arrived.bytes);
        Ok(unwritten.fold(written, u64::saturating_add))
    }
}

// === impl Arrived ===

impl Arrived {
    fn add(&mut self, more: Self) {
        self.bytes = self.bytes.saturating_add(more.bytes);
        self.last_at = self.last_at.max(more.last_at);
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

fn write(db: &Connection, of: Metered, day: Day, arrived: Arrived) -> Result<(), CatalogError> {
    // Deliveries may be counted in another order than they arrived in.
    let sql = "INSERT INTO volumes (id, day, bytes, last_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id, day) DO UPDATE SET bytes = bytes + excluded.bytes,
            last_at = max(coalesce(last_at, excluded.last_at), excluded.last_at)";
    let (bytes, last_at) = (i64::try_from(arrived.bytes).unwrap_or(i64::MAX), arrived.last_at.map(Timestamp::nanos));
    catalog::change(db, sql, (of.id(), day.number(), bytes, last_at))?;
    let kept_from = day.number().saturating_sub(limits::VOLUME_DAYS);
    catalog::change(db, "DELETE FROM volumes WHERE id = ?1 AND day < ?2", (of.id(), kept_from))?;
    Ok(())
}

//! What a security page may say of this installation in numbers and settings, as the catalog has it now.
//!
//! Always holds: the tenants of the checks' own count as nobody's; the same counting stands behind the sentence and behind
//! the check that looks for it to be untrue.

use std::collections::BTreeSet;

use model::limits::{ACCESS_AHEAD_DAYS_MAX, LOOK_STAFF_DAYS, RETENTION_DAYS_DEFAULT, TENANT_ACTIVE_DAYS};
use model::{DisplayName, TenantId, Timestamp};
use rusqlite::{Connection, Row};

use crate::Identity;
use crate::access::AccessRequest;
use crate::catalog::{self, CatalogError};
use crate::settings::SecondFactorRule;

/// Tenants that the product makes for its own checks.
pub const TENANTS_OF_CHECKS: [&str; 2] = ["Blockhouse checks", "Blockhouse checks beside"];

const DAY_SECONDS: i64 = 24 * 3_600;
const ACTIVE: &str = "
    SELECT tenant FROM api_keys WHERE last_used_at >= ?1
    UNION SELECT accounts.tenant FROM service_keys JOIN service_accounts accounts ON accounts.id = service_keys.account
        WHERE service_keys.last_used_at >= ?1
    UNION SELECT members.tenant FROM sessions JOIN members ON members.user = sessions.user WHERE sessions.ends_at > ?2";

/// Numbers and settings that sentences name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Tenants in use, rounded down.
    pub tenants_at_least: u64,
    /// Accesses of staff that began within `limits::LOOK_STAFF_DAYS`.
    pub accesses: u64,
    /// The fewest of any log.
    pub trail_days: u32,
    /// The most of any source.
    pub retention_days_max: u32,
    pub second_factor: SecondFactorSaid,
}

/// What the tenants with people demand of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorSaid {
    Optional,
    DemandedByAll,
    DemandedBySome,
}

/// A time in which one of staff could read what a tenant had opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub from: Timestamp,
    pub to: Timestamp,
    pub readings: u64,
}

// === impl Identity ===

impl Identity {
    /// Accesses of staff within `limits::LOOK_STAFF_DAYS`, the oldest first; one that is open ends when it has to.
    pub fn openings(&self, now: Timestamp) -> Result<Vec<Opening>, CatalogError> {
        let begun = self.catalog.read(|db| self.accesses_begun(db, now))?;
        let opening = |request: &AccessRequest| {
            let to = request.ended.as_ref().map_or_else(|| request.ends_at(), |(_, at)| *at);
            request.started_at.map(|from| Opening { from, to, readings: request.readings })
        };
        let mut all: Vec<Opening> = begun.iter().filter_map(opening).collect();
        all.sort_by_key(|opening| opening.from);
        Ok(all)
    }

    pub fn said(&self, now: Timestamp) -> Result<Said, CatalogError> {
        self.catalog.read(|db| {
            let (mut trail_days, mut demanding, mut peopled) = (self.days_of_installation(db)?, 0, 0);
            let mut retention = None;
            for tenant in self.all_tenants(db)? {
                let settings = self.settings_of(db, tenant.id)?;
                trail_days = trail_days.min(settings.audit_retention());
                if catalog::count(db, "SELECT count(*) FROM members WHERE tenant = ?1", [tenant.id.to_string()])? > 0 {
                    peopled += 1;
                    demanding += u64::from(settings.second_factor == SecondFactorRule::Required);
                }
                retention = retention.max(self.sources_of(db, tenant.id)?.iter().map(|source| source.retention_days).max());
            }
            Ok(Said {
                tenants_at_least: rounded_down(self.active_tenants(db, now)?.len() as u64),
                accesses: self.accesses_begun(db, now)?.len() as u64,
                trail_days,
                retention_days_max: retention.unwrap_or(RETENTION_DAYS_DEFAULT),
                second_factor: match demanding {
                    0 => SecondFactorSaid::Optional,
                    all if all == peopled => SecondFactorSaid::DemandedByAll,
                    _ => SecondFactorSaid::DemandedBySome,
                },
            })
        })
    }

    /// Tenants that did something within `TENANT_ACTIVE_DAYS`.
    pub(crate) fn active_tenants(&self, db: &Connection, now: Timestamp) -> Result<BTreeSet<TenantId>, CatalogError> {
        let since = now.plus_seconds(-TENANT_ACTIVE_DAYS * DAY_SECONDS);
        let active = catalog::all(db, ACTIVE, (since.nanos(), now.nanos()), |row| catalog::id(row, "tenant", "tenants"))?;
        let mut active: BTreeSet<TenantId> = active.into_iter().collect();
        for name in TENANTS_OF_CHECKS.iter().filter_map(|name| DisplayName::parse(name).ok()) {
            if let Some(own) = self.find_tenant(db, &name)? {
                active.remove(&own.id);
            }
        }
        Ok(active)
    }

    /// Requests of staff whose access began within `LOOK_STAFF_DAYS`.
    pub(crate) fn accesses_begun(&self, db: &Connection, now: Timestamp) -> Result<Vec<AccessRequest>, CatalogError> {
        let since = now.plus_seconds(-LOOK_STAFF_DAYS * DAY_SECONDS);
        // A window begins at most so many days after its request was made.
        let oldest = since.plus_seconds(-(ACCESS_AHEAD_DAYS_MAX + 2) * DAY_SECONDS);
        let sql = "SELECT id, tenant, staff, created_at, document FROM access_requests WHERE created_at >= ?1";
        let mut begun = catalog::all(db, sql, [oldest.nanos()], |row: &Row<'_>| self.read_access(row))?;
        begun.retain(|request| request.started_at.is_some_and(|at| at >= since));
        Ok(begun)
    }
}

/// To one digit that counts, so that a sentence with it does not change with every tenant that comes or goes.
pub(crate) fn rounded_down(count: u64) -> u64 {
    let scale = 10u64.pow(count.checked_ilog10().unwrap_or_default());
    count / scale * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_tenants_is_rounded_down_to_one_digit() {
        for (count, expected) in [(0, 0), (1, 1), (9, 9), (10, 10), (37, 30), (999, 900), (1_234, 1_000)] {
            assert_eq!(rounded_down(count), expected, "{count}");
        }
    }
}

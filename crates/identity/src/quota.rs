//! How much may come in: quotas of a source and of all sources of a tenant, by UTC day or month.
//!
//! Always holds: a source is bounded by its own quota and by its tenant's; one that cannot be read refuses records rather than
//! taking them; a change is in the trail. Requests that are under way at once may pass the bound by what they carry.

use std::ops::Range;

use audit::{Actor, Deed, Event, Measured};
use model::{Day, Scope, TenantId, Timestamp, limits};
use policy::BuiltInRole;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::roles::RoleGrant;
use crate::volume::{self, Metered};

/// From so many percent on, each is told once in a period; what comes beyond the last is refused.
const MARKS: [(u32, QuotaState); 3] = [(80, QuotaState::Near), (100, QuotaState::Reached), (120, QuotaState::Refusing)];

/// How much may come in. What a change does not name is as it is at first: not bounded, by month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// Of the records' msgpack form; none where it is not bounded.
    pub bytes: Option<u64>,
    pub period: QuotaPeriod,
}

/// A day or a month of the calendar, in UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaPeriod {
    Day,
    #[default]
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaState {
    Ok,
    /// 80 percent are used.
    Near,
    /// All of it is used.
    Reached,
    /// 120 percent are used: what comes is refused.
    Refusing,
}

/// A quota and what is used of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUse {
    pub quota: Quota,
    pub used: u64,
    pub resets_at: Timestamp,
}

/// Why records are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {of}'s quota is used up; the next {} begins at {resets_at}", period.as_str())]
pub struct QuotaExceeded {
    /// `source` or `organization`, as people read it.
    of: &'static str,
    period: QuotaPeriod,
    resets_at: Timestamp,
    /// Until then.
    pub seconds: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum SetQuotaError {
    #[error("there is no such source")]
    NoSource,
    #[error("a quota is 1 to {} bytes", limits::QUOTA_BYTES_MAX)]
    Bytes,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

// === impl Identity ===

impl Identity {
    pub fn source_quota(&self, scope: Scope, now: Timestamp) -> Result<QuotaUse, CatalogError> {
        self.catalog.read(|db| self.quota_use(db, Metered::Source(scope), now))
    }

    pub fn tenant_quota(&self, tenant: TenantId, now: Timestamp) -> Result<QuotaUse, CatalogError> {
        self.catalog.read(|db| self.quota_use(db, Metered::Tenant(tenant), now))
    }

    pub fn set_source_quota(&self, scope: Scope, quota: Quota, deed: &Deed) -> Result<(), SetQuotaError> {
        self.set_quota(Metered::Source(scope), quota, &deed.clone().of_source(scope))
    }

    pub fn set_tenant_quota(&self, tenant: TenantId, quota: Quota, deed: &Deed) -> Result<(), SetQuotaError> {
        self.set_quota(Metered::Tenant(tenant), quota, &deed.clone().of_tenant(tenant))
    }

    /// Whether a quota refuses what comes to this source. Asked for every request of it, so that a change counts for the next
    /// one in every process.
    pub fn exceeded(&self, scope: Scope, now: Timestamp) -> Result<Option<QuotaExceeded>, CatalogError> {
        self.catalog.read(|db| {
            for (of, name) in [(Metered::Source(scope), "source"), (Metered::Tenant(scope.tenant), "organization")] {
                // What is not bounded is not added up.
                if self.quota_of(db, of)?.bytes.is_none() {
                    continue;
                }
                let used = self.quota_use(db, of, now)?;
                if used.state() == QuotaState::Refusing {
                    let seconds = used.resets_at.seconds_since(now).saturating_add(1).try_into().unwrap_or(u32::MAX);
                    let (period, resets_at) = (used.quota.period, used.resets_at);
                    return Ok(Some(QuotaExceeded { of: name, period, resets_at, seconds }));
                }
            }
            Ok(None)
        })
    }

    /// Tells, once for each mark in a period, that so much of a quota is used.
    pub(crate) fn tell_mark(&self, of: Metered, now: Timestamp) -> Result<(), CatalogError> {
        let Some((quota, days, percent)) = self.catalog.read(|db| self.untold_mark(db, of, now))? else { return Ok(()) };
        let source = match of {
            Metered::Source(scope) => Some(scope.source.to_string()),
            Metered::Tenant(_) => None,
        };
        self.catalog.write(|tx| {
            let sql = "INSERT INTO quota_marks (id, since, percent) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET since = excluded.since, percent = excluded.percent";
            catalog::change(tx, sql, (of.id(), days.start.number(), percent))?;
            let (bytes, period) = (quota.bytes.unwrap_or_default(), quota.period.as_str().to_owned());
            let deed = Deed::by(Actor::Server, now);
            let deed = match of {
                Metered::Source(scope) => deed.of_source(scope),
                Metered::Tenant(tenant) => deed.of_tenant(tenant),
            };
            self.record(tx, &deed, Event::Measured(Measured::QuotaReached { percent, bytes, period }))?;
            let notice = Notice::QuotaReached { tenant: of.tenant().to_string(), source, percent };
            for user in self.managers(tx, of.tenant())? {
                self.tell(tx, user, &notice, now)?;
            }
            Ok(())
        })
    }

    /// The highest mark that is reached in this period, unless it or a higher one was told.
    fn untold_mark(
        &self,
        db: &Connection,
        of: Metered,
        now: Timestamp,
    ) -> Result<Option<(Quota, Range<Day>, u32)>, CatalogError> {
        let quota = self.quota_of(db, of)?;
        if quota.bytes.is_none() {
            return Ok(None);
        }
        let days = quota.period.days(now);
        let used = volume::written(db, of, &days)?;
        let reached = MARKS.iter().rev().find(|(percent, _)| quota.is_reached(used, *percent));
        let Some(&(percent, _)) = reached else { return Ok(None) };
        let sql = "SELECT count(*) FROM quota_marks WHERE id = ?1 AND since = ?2 AND percent >= ?3";
        let told = catalog::count(db, sql, (of.id(), days.start.number(), percent))?;
        Ok((told == 0).then_some((quota, days, percent)))
    }

    /// Owners and admins of the whole tenant.
    fn managers(&self, db: &Connection, tenant: TenantId) -> Result<Vec<model::UserId>, CatalogError> {
        let mut users = self.users_with(db, tenant, RoleGrant::everywhere(BuiltInRole::Owner))?;
        let admins = self.users_with(db, tenant, RoleGrant::everywhere(BuiltInRole::Admin))?;
        let others: Vec<_> = admins.into_iter().filter(|admin| !users.contains(admin)).collect();
        users.extend(others);
        Ok(users)
    }

    fn quota_use(&self, db: &Connection, of: Metered, now: Timestamp) -> Result<QuotaUse, CatalogError> {
        let quota = self.quota_of(db, of)?;
        let days = quota.period.days(now);
        Ok(QuotaUse { quota, used: self.volume_of(db, of, &days)?, resets_at: days.end.start() })
    }

    fn quota_of(&self, db: &Connection, of: Metered) -> Result<Quota, CatalogError> {
        let sql = "SELECT document FROM quotas WHERE id = ?1";
        let found = catalog::one(db, sql, [of.id()], |row| spot(of).read(&self.sealer, row))?;
        Ok(found.unwrap_or_default())
    }

    fn set_quota(&self, of: Metered, quota: Quota, deed: &Deed) -> Result<(), SetQuotaError> {
        if quota.bytes.is_some_and(|bytes| !(1..=limits::QUOTA_BYTES_MAX).contains(&bytes)) {
            return Err(SetQuotaError::Bytes);
        }
        self.catalog.write(|tx| {
            if let Metered::Source(scope) = of {
                let ids = [scope.source.to_string(), scope.tenant.to_string()];
                if catalog::count(tx, "SELECT count(*) FROM sources WHERE id = ?1 AND tenant = ?2", ids)? == 0 {
                    return Err(SetQuotaError::NoSource);
                }
            }
            let sql = "INSERT INTO quotas (id, tenant, document) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET document = excluded.document";
            let document = spot(of).seal(&self.sealer, &quota)?;
            catalog::change(tx, sql, (of.id(), of.tenant().to_string(), document))?;
            // Of the new one every mark is told anew.
            catalog::change(tx, "DELETE FROM quota_marks WHERE id = ?1", [of.id()])?;
            let Quota { bytes, period } = quota;
            let event = Measured::QuotaChanged { bytes, period: period.as_str().to_owned() };
            Ok::<_, SetQuotaError>(self.record(tx, deed, Event::Measured(event))?)
        })?;
        // Where it is used up by now, nothing more comes in that would tell.
        Ok(self.tell_mark(of, deed.at)?)
    }
}

// === impl Quota ===

impl Quota {
    /// Whether so many percent of it are used.
    fn is_reached(self, used: u64, percent: u32) -> bool {
        self.bytes.is_some_and(|bytes| u128::from(used) * 100 >= u128::from(bytes) * u128::from(percent))
    }
}

// === impl QuotaUse ===

impl QuotaUse {
    #[must_use]
    pub fn state(&self) -> QuotaState {
        let reached = MARKS.iter().rev().find(|(percent, _)| self.quota.is_reached(self.used, *percent));
        reached.map_or(QuotaState::Ok, |(_, state)| *state)
    }
}

// === impl QuotaPeriod ===

impl QuotaPeriod {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The days of the period that this moment is in.
    fn days(self, now: Timestamp) -> Range<Day> {
        let today = now.day();
        match self {
            Self::Day => today..today.next(),
            Self::Month => today.first_of_month()..today.next_month(),
        }
    }
}

fn spot(of: Metered) -> Spot {
    Spot::new("quotas", of.id(), of.tenant())
}

//! How many tenants use this installation, rounded down.
//!
//! A tenant counts that did something within `limits::TENANT_ACTIVE_DAYS`: one of its keys was used, or one of its people is
//! signed in. Rows that do not open as tenants count as none, and are found.

use std::collections::BTreeSet;

use model::limits::TENANT_ACTIVE_DAYS;
use model::{Observation, TenantId, Timestamp};

use super::rows::Judged;
use super::told::TENANTS;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::{self, CatalogError};

const ACTIVE: &str = "
    SELECT tenant FROM api_keys WHERE last_used_at >= ?1
    UNION SELECT accounts.tenant FROM service_keys JOIN service_accounts accounts ON accounts.id = service_keys.account
        WHERE service_keys.last_used_at >= ?1
    UNION SELECT members.tenant FROM sessions JOIN members ON members.user = sessions.user WHERE sessions.ends_at > ?2";

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let since = now.plus_seconds(-TENANT_ACTIVE_DAYS * 24 * 3_600);
    let (mut tally, active) = identity.catalog.read(|db| {
        let tally = seen.walks.rows(db, &TENANTS, |_, row| identity.read_tenant(row).map(|_| Judged::Good))?;
        let active = catalog::all(db, ACTIVE, (since.nanos(), now.nanos()), |row| catalog::id(row, "tenant", "tenants"))?;
        Ok::<_, CatalogError>((tally, active.into_iter().collect::<BTreeSet<TenantId>>()))
    })?;
    let mut counted = 0;
    for tenant in active {
        match identity.tenant(tenant) {
            Ok(Some(_)) => counted += 1,
            Ok(None) => tally.count("an active tenant", Err("there is no such tenant".to_owned())),
            // The row itself is among those that were gone through.
            Err(CatalogError::Tampered { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let bound = rounded_down(counted);
    let whole = tally.whole;
    let mut observation = tally.observe("tenants in the catalog are as they were made");
    observation.summary = format!("at least {bound} tenants did something within {TENANT_ACTIVE_DAYS} days");
    Ok(observation.counting("active tenants, rounded down", bound, None).counting("active tenants", counted, Some(whole)))
}

/// To one digit that counts, so that a sentence with it does not change with every tenant that comes or goes.
fn rounded_down(count: u64) -> u64 {
    let scale = 10u64.pow(count.checked_ilog10().unwrap_or_default());
    count / scale * scale
}

/// A row that makes the number larger, and is no tenant.
pub(super) fn spoil(identity: &Identity, _: &Town, now: Timestamp) -> Result<(), CheckError> {
    let sql = "INSERT INTO tenants (id, name, name_index, created_at) VALUES (?1, x'00', randomblob(32), ?2)";
    let row = (TenantId::generate(&*identity.entropy).to_string(), now.nanos());
    Ok(identity.catalog.write(|tx| catalog::change(tx, sql, row).map(drop))?)
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

//! How many tenants use this installation, rounded down.
//!
//! A tenant counts that did something within `limits::TENANT_ACTIVE_DAYS`: one of its keys was used, or one of its people is
//! signed in. Rows that do not open as tenants count as none, and are found.

use model::limits::TENANT_ACTIVE_DAYS;
use model::{Observation, TenantId, Timestamp};

use super::rows::Judged;
use super::told::TENANTS;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::said::rounded_down;

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let (mut tally, active) = identity.catalog.read(|db| {
        let tally = seen.walks.rows(db, &TENANTS, |_, row| identity.read_tenant(row).map(|_| Judged::Good))?;
        Ok::<_, CatalogError>((tally, identity.active_tenants(db, now)?))
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

/// A row that makes the number larger, and is no tenant.
pub(super) fn spoil(identity: &Identity, _: &Town, now: Timestamp) -> Result<(), CheckError> {
    let sql = "INSERT INTO tenants (id, name, name_index, created_at) VALUES (?1, x'00', randomblob(32), ?2)";
    let row = (TenantId::generate(&*identity.entropy).to_string(), now.nanos());
    Ok(identity.catalog.write(|tx| catalog::change(tx, sql, row).map(drop))?)
}

//! How many keys of a source count now.
//!
//! Always holds: a number and nothing of any key, so whoever may see a source may see it; what the keys are takes the
//! permission to see keys.

use std::collections::BTreeMap;

use model::{Scope, SourceId, TenantId, Timestamp};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::keys::COUNT_LIVE;

const COUNT_BY_SOURCE: &str = "SELECT sources.id AS source, count(api_keys.id) AS active FROM sources LEFT JOIN api_keys
    ON api_keys.source = sources.id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
    WHERE sources.tenant = ?1 GROUP BY sources.id";

// === impl Identity ===

impl Identity {
    /// Of each source of a tenant.
    pub fn active_keys(&self, tenant: TenantId, now: Timestamp) -> Result<BTreeMap<SourceId, u32>, CatalogError> {
        self.catalog.read(|db| {
            let counted = catalog::all(db, COUNT_BY_SOURCE, (tenant.to_string(), now.nanos()), |row| {
                Ok((catalog::id(row, "source", "sources")?, row.get("active")?))
            });
            Ok(counted?.into_iter().collect())
        })
    }

    /// Of one.
    pub fn active_keys_of(&self, scope: Scope, now: Timestamp) -> Result<u32, CatalogError> {
        let source = scope.source.to_string();
        let counted = self.catalog.read(|db| catalog::count(db, COUNT_LIVE, (source, now.nanos())));
        Ok(u32::try_from(counted?).unwrap_or(u32::MAX))
    }
}

//! How long the trail is kept: a number of days for each tenant's, and one for the installation's.
//!
//! Always holds: no number is below a year or above ten; whoever changes one is told in the log that it is about. The
//! public log is kept for ever.

use audit::{Event, Log};
use model::{Timestamp, limits};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::permit::{ConfigureAccess, OperateSystem, Permit, ReadInstallationAudit};
use crate::settings::{SettingsError, TenantSettings};

const INSTALLATION: &str = "installation";

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct InstallationDocument {
    audit_retention_days: Option<u32>,
}

// === impl Identity ===

impl Identity {
    /// Sets how long a tenant's trail keeps the bodies of its entries; its owners are told.
    pub fn set_audit_retention(&self, permit: &Permit<ConfigureAccess>, days: u32) -> Result<TenantSettings, SettingsError> {
        check(days)?;
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let settings = TenantSettings { audit_retention_days: Some(days), ..self.settings_of(tx, tenant)? };
            self.write_settings(tx, tenant, &settings)?;
            self.record(tx, &permit.deed().clone().of_tenant(tenant), Event::AuditRetentionChanged { days })?;
            self.tell_owners(tx, tenant, &Notice::AuditRetentionChanged { tenant: tenant.to_string(), days }, permit.deed().at)?;
            Ok(settings)
        })
    }

    /// Sets how long the installation's own trail keeps them.
    pub fn set_installation_audit_retention(&self, permit: &Permit<OperateSystem>, days: u32) -> Result<(), SettingsError> {
        check(days)?;
        self.catalog.write(|tx| {
            let sealed = spot().seal(&self.sealer, &InstallationDocument { audit_retention_days: Some(days) })?;
            let sql = "INSERT INTO installation_settings (id, document) VALUES (?1, ?2)
                ON CONFLICT (id) DO UPDATE SET document = excluded.document";
            catalog::change(tx, sql, (INSTALLATION, sealed))?;
            Ok(self.record(tx, permit.deed(), Event::AuditRetentionChanged { days })?)
        })
    }

    pub fn installation_audit_retention(&self, _permit: &Permit<ReadInstallationAudit>) -> Result<u32, CatalogError> {
        self.catalog.read(|db| self.days_of_installation(db))
    }

    /// Ends bodies that are older than their log keeps them, and says once a day in the public log what the others are.
    /// A job calls it every few minutes.
    pub fn keep_audit(&self, now: Timestamp) -> Result<(), CatalogError> {
        for log in self.audit_logs()? {
            while self.catalog.write(|tx| self.end_some(tx, log, now))? {}
        }
        self.catalog.write(|tx| Ok::<_, CatalogError>(self.trail.anchor_logs(tx, now)?))?;
        Ok(())
    }

    /// Whether there was something to end.
    fn end_some(&self, db: &Connection, log: Log, now: Timestamp) -> Result<bool, CatalogError> {
        let days = match log {
            Log::Public => return Ok(false),
            Log::Installation => self.days_of_installation(db)?,
            Log::Tenant(tenant) => self.settings_of(db, tenant)?.audit_retention(),
        };
        Ok(self.trail.retain(db, log, days, now)?.is_some())
    }

    pub(crate) fn days_of_installation(&self, db: &Connection) -> Result<u32, CatalogError> {
        let sql = "SELECT document FROM installation_settings WHERE id = ?1";
        let found = catalog::one(db, sql, [INSTALLATION], |row| spot().read::<InstallationDocument>(&self.sealer, row))?;
        Ok(found.and_then(|document| document.audit_retention_days).unwrap_or(limits::AUDIT_RETENTION_DAYS_DEFAULT))
    }
}

fn check(days: u32) -> Result<(), SettingsError> {
    let allowed = limits::AUDIT_RETENTION_DAYS_MIN..=limits::AUDIT_RETENTION_DAYS_MAX;
    if allowed.contains(&days) { Ok(()) } else { Err(SettingsError::AuditRetention) }
}

fn spot() -> Spot {
    Spot::new("installation_settings", INSTALLATION, "")
}

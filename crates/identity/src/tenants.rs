//! Tenants and their sources.
//!
//! Always holds: a tenant's name is unique, a source's name is unique within its tenant, and a source never changes
//! its tenant.

use audit::{Deed, Event};
use model::{DisplayName, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::{Connection, Row};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::names::{Place, source_name_index, tenant_name_index};
use crate::said::TENANTS_OF_CHECKS;

/// The customer: owns sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: DisplayName,
    pub created_at: Timestamp,
}

/// One namespace of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    pub tenant: TenantId,
    pub name: DisplayName,
    pub retention_days: u32,
    pub created_at: Timestamp,
    pub state: SourceState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceState {
    Active,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateTenantError {
    #[error("an organization of this name exists")]
    NameTaken,
    #[error("there are {} organizations already", limits::TENANTS_MAX)]
    TooMany,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum CreateSourceError {
    #[error("the organization has a source of this name")]
    NameTaken,
    #[error("there is no such organization")]
    NoTenant,
    #[error("records are kept for 1 to {} days", limits::RETENTION_DAYS_MAX)]
    Retention,
    #[error("the organization has {} sources already", limits::SOURCES_PER_TENANT_MAX)]
    TooMany,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// What is to be otherwise of a source; what is not named stays.
#[derive(Debug, Default)]
pub struct SourceChange {
    pub name: Option<DisplayName>,
    pub retention_days: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigureSourceError {
    #[error("there is no such source")]
    NoSource,
    #[error("the organization has another source of this name")]
    NameTaken,
    #[error("records are kept for 1 to {} days", limits::RETENTION_DAYS_MAX)]
    Retention,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

const SELECT_TENANT: &str = "SELECT id, name, created_at FROM tenants WHERE name_index = ?1";
const SELECT_SOURCE: &str = "SELECT id, tenant, name, retention_days, state, created_at FROM sources
    WHERE id = ?1 AND tenant = ?2";
const SELECT_SOURCE_BY_NAME: &str = "SELECT id, tenant, name, retention_days, state, created_at FROM sources
    WHERE tenant = ?1 AND name_index = ?2";

// === impl Tenant ===

impl Identity {
    pub fn create_tenant(&self, name: &DisplayName, deed: &Deed) -> Result<Tenant, CreateTenantError> {
        self.catalog.write(|tx| self.insert_tenant(tx, name, deed))
    }

    pub fn find_or_create_tenant(&self, name: &DisplayName, deed: &Deed) -> Result<Tenant, CreateTenantError> {
        self.catalog.write(|tx| match self.find_tenant(tx, name)? {
            Some(tenant) => Ok(tenant),
            None => self.insert_tenant(tx, name, deed),
        })
    }

    /// All tenants, the oldest first.
    pub fn tenants(&self) -> Result<Vec<Tenant>, CatalogError> {
        self.catalog.read(|db| self.all_tenants(db))
    }

    /// The one that there is alone, but for those of the checks.
    pub fn only_tenant(&self) -> Result<Option<Tenant>, CatalogError> {
        let mut tenants = self.tenants()?.into_iter().filter(|tenant| !TENANTS_OF_CHECKS.contains(&tenant.name.as_str()));
        Ok(tenants.next().filter(|_| tenants.next().is_none()))
    }

    /// Whether there is one alone, but for those of the checks.
    pub fn has_one_tenant(&self) -> Result<bool, CatalogError> {
        let tenants = self.tenants()?;
        Ok(tenants.iter().filter(|tenant| !TENANTS_OF_CHECKS.contains(&tenant.name.as_str())).count() <= 1)
    }

    pub(crate) fn all_tenants(&self, db: &Connection) -> Result<Vec<Tenant>, CatalogError> {
        let sql = "SELECT id, name, created_at FROM tenants ORDER BY created_at, id";
        catalog::all(db, sql, [], |row| self.read_tenant(row))
    }

    pub fn tenant(&self, id: TenantId) -> Result<Option<Tenant>, CatalogError> {
        self.catalog.read(|db| self.tenant_of(db, id))
    }

    pub(crate) fn tenant_of(&self, db: &Connection, id: TenantId) -> Result<Option<Tenant>, CatalogError> {
        let sql = "SELECT id, name, created_at FROM tenants WHERE id = ?1";
        catalog::one(db, sql, [id.to_string()], |row| self.read_tenant(row))
    }

    pub fn tenant_by_name(&self, name: &DisplayName) -> Result<Option<Tenant>, CatalogError> {
        self.catalog.read(|db| self.find_tenant(db, name))
    }

    pub(crate) fn find_tenant(&self, db: &Connection, name: &DisplayName) -> Result<Option<Tenant>, CatalogError> {
        catalog::one(db, SELECT_TENANT, [tenant_name_index(&self.sealer, name)], |row| self.read_tenant(row))
    }

    /// The first tenant closes the setup, whoever makes it.
    pub(crate) fn insert_tenant(&self, db: &Connection, name: &DisplayName, deed: &Deed) -> Result<Tenant, CreateTenantError> {
        if self.find_tenant(db, name)?.is_some() {
            return Err(CreateTenantError::NameTaken);
        }
        if catalog::count(db, "SELECT count(*) FROM tenants", [])? >= limits::TENANTS_MAX {
            return Err(CreateTenantError::TooMany);
        }
        let tenant = Tenant { id: TenantId::generate(&*self.entropy), name: name.clone(), created_at: deed.at };
        let sealed = Place::tenant_name(tenant.id).seal(&self.sealer, name.as_str())?;
        catalog::change(
            db,
            "INSERT INTO tenants (id, name, name_index, created_at) VALUES (?1, ?2, ?3, ?4)",
            (tenant.id.to_string(), sealed, tenant_name_index(&self.sealer, name), deed.at.nanos()),
        )?;
        catalog::change(
            db,
            "UPDATE setup SET completed_at = ?1, digest = NULL, expires_at = NULL WHERE completed_at IS NULL",
            [deed.at.nanos()],
        )?;
        self.record(db, &deed.clone().of_tenant(tenant.id), Event::TenantCreated)?;
        Ok(tenant)
    }

    pub(crate) fn read_tenant(&self, row: &Row<'_>) -> Result<Tenant, CatalogError> {
        let id: TenantId = catalog::id(row, "id", "tenants")?;
        let sealed = row.get_ref("name")?.as_blob().map_err(rusqlite::Error::from)?;
        let name = Place::tenant_name(id).open_name(&self.sealer, sealed)?;
        Ok(Tenant { id, name, created_at: catalog::time(row, "created_at")? })
    }
}

// === impl Source ===

impl Source {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, source: self.id }
    }
}

impl Identity {
    pub fn create_source(
        &self,
        tenant: TenantId,
        name: &DisplayName,
        retention_days: u32,
        deed: &Deed,
    ) -> Result<Source, CreateSourceError> {
        let source = self.new_source(tenant, name, retention_days, deed.at)?;
        self.catalog.write(|tx| self.insert_source(tx, &source, deed))?;
        Ok(source)
    }

    /// A source that exists keeps the retention it has.
    pub fn find_or_create_source(
        &self,
        tenant: TenantId,
        name: &DisplayName,
        retention_days: u32,
        deed: &Deed,
    ) -> Result<Source, CreateSourceError> {
        let source = self.new_source(tenant, name, retention_days, deed.at)?;
        self.catalog.write(|tx| match self.find_source(tx, tenant, name)? {
            Some(found) => Ok(found),
            None => self.insert_source(tx, &source, deed).map(|()| source),
        })
    }

    /// A tenant's sources, the oldest first.
    pub fn sources(&self, tenant: TenantId) -> Result<Vec<Source>, CatalogError> {
        self.catalog.read(|db| self.sources_of(db, tenant))
    }

    pub(crate) fn sources_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<Source>, CatalogError> {
        let sql = "SELECT id, tenant, name, retention_days, state, created_at FROM sources
            WHERE tenant = ?1 ORDER BY created_at, id";
        catalog::all(db, sql, [tenant.to_string()], |row| self.read_source(row))
    }

    pub fn source(&self, scope: Scope) -> Result<Option<Source>, CatalogError> {
        let ids = [scope.source.to_string(), scope.tenant.to_string()];
        self.catalog.read(|db| catalog::one(db, SELECT_SOURCE, ids, |row| self.read_source(row)))
    }

    pub(crate) fn source_of_any(&self, db: &Connection, id: SourceId) -> Result<Option<Source>, CatalogError> {
        let sql = "SELECT id, tenant, name, retention_days, state, created_at FROM sources WHERE id = ?1";
        catalog::one(db, sql, [id.to_string()], |row| self.read_source(row))
    }

    pub fn source_by_name(&self, tenant: TenantId, name: &DisplayName) -> Result<Option<Source>, CatalogError> {
        self.catalog.read(|db| self.find_source(db, tenant, name))
    }

    /// Keys, records and links know a source by its id, so another name changes nothing for them.
    pub fn configure_source(&self, scope: Scope, change: &SourceChange, deed: &Deed) -> Result<(), ConfigureSourceError> {
        if change.retention_days.is_some_and(|days| !(1..=limits::RETENTION_DAYS_MAX).contains(&days)) {
            return Err(ConfigureSourceError::Retention);
        }
        self.catalog.write(|tx| {
            let ids = [scope.source.to_string(), scope.tenant.to_string()];
            let source = catalog::one(tx, SELECT_SOURCE, ids, |row| self.read_source(row))?;
            let source = source.ok_or(ConfigureSourceError::NoSource)?;
            if let Some(name) = change.name.as_ref().filter(|name| **name != source.name) {
                self.rename_source(tx, scope, name, deed)?;
            }
            if let Some(days) = change.retention_days {
                let sql = "UPDATE sources SET retention_days = ?1 WHERE id = ?2";
                catalog::change(tx, sql, (days, scope.source.to_string()))?;
                self.record(tx, &deed.clone().of_source(scope), Event::RetentionChanged { days })?;
            }
            Ok(())
        })
    }

    fn rename_source(&self, db: &Connection, scope: Scope, name: &DisplayName, deed: &Deed) -> Result<(), ConfigureSourceError> {
        if self.find_source(db, scope.tenant, name)?.is_some() {
            return Err(ConfigureSourceError::NameTaken);
        }
        let sealed = Place::source_name(scope).seal(&self.sealer, name.as_str())?;
        let index = source_name_index(&self.sealer, scope.tenant, name);
        let sql = "UPDATE sources SET name = ?1, name_index = ?2 WHERE id = ?3";
        catalog::change(db, sql, (sealed, index, scope.source.to_string()))?;
        Ok(self.record(db, &deed.clone().of_source(scope), Event::SourceRenamed)?)
    }

    pub(crate) fn find_source(
        &self,
        db: &Connection,
        tenant: TenantId,
        name: &DisplayName,
    ) -> Result<Option<Source>, CatalogError> {
        let params = (tenant.to_string(), source_name_index(&self.sealer, tenant, name));
        catalog::one(db, SELECT_SOURCE_BY_NAME, params, |row| self.read_source(row))
    }

    pub(crate) fn new_source(
        &self,
        tenant: TenantId,
        name: &DisplayName,
        retention_days: u32,
        now: Timestamp,
    ) -> Result<Source, CreateSourceError> {
        if !(1..=limits::RETENTION_DAYS_MAX).contains(&retention_days) {
            return Err(CreateSourceError::Retention);
        }
        let id = SourceId::generate(&*self.entropy);
        Ok(Source { id, tenant, name: name.clone(), retention_days, created_at: now, state: SourceState::Active })
    }

    pub(crate) fn insert_source(&self, db: &Connection, source: &Source, deed: &Deed) -> Result<(), CreateSourceError> {
        let tenant = source.tenant.to_string();
        if catalog::count(db, "SELECT count(*) FROM tenants WHERE id = ?1", [&tenant])? == 0 {
            return Err(CreateSourceError::NoTenant);
        }
        if self.find_source(db, source.tenant, &source.name)?.is_some() {
            return Err(CreateSourceError::NameTaken);
        }
        let siblings = catalog::count(db, "SELECT count(*) FROM sources WHERE tenant = ?1", [&tenant])?;
        if siblings >= limits::SOURCES_PER_TENANT_MAX {
            return Err(CreateSourceError::TooMany);
        }
        let sealed = Place::source_name(source.scope()).seal(&self.sealer, source.name.as_str())?;
        catalog::change(
            db,
            "INSERT INTO sources (id, tenant, name, name_index, retention_days, state, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                source.id.to_string(),
                &tenant,
                sealed,
                source_name_index(&self.sealer, source.tenant, &source.name),
                source.retention_days,
                source.state.as_str(),
                source.created_at.nanos(),
            ),
        )?;
        let event = Event::SourceCreated { retention_days: source.retention_days };
        self.record(db, &deed.clone().of_source(source.scope()), event)?;
        Ok(())
    }

    pub(crate) fn read_source(&self, row: &Row<'_>) -> Result<Source, CatalogError> {
        let scope = Scope { tenant: catalog::id(row, "tenant", "sources")?, source: catalog::id(row, "id", "sources")? };
        let tampered = || CatalogError::Tampered { table: "sources", id: scope.source.to_string() };
        let sealed = row.get_ref("name")?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(Source {
            id: scope.source,
            tenant: scope.tenant,
            name: Place::source_name(scope).open_name(&self.sealer, sealed)?,
            retention_days: row.get("retention_days")?,
            created_at: catalog::time(row, "created_at")?,
            state: SourceState::from_name(&row.get::<_, String>("state")?).ok_or_else(tampered)?,
        })
    }
}

// === impl SourceState ===

impl SourceState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        (name == Self::Active.as_str()).then_some(Self::Active)
    }
}

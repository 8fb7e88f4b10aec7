//! Roles: the built-in ones, and those that a tenant defines.
//!
//! Always holds: a role's name is unique in its tenant; nobody makes, changes or hands out a role that allows more than
//! they may do themselves, so no role edit makes its editor stronger; a role that somebody has is not deleted.

use std::fmt;

use audit::Event;
use model::{DisplayName, RoleId, SourceId, TenantId, Timestamp, limits};
use policy::{BuiltInRole, Grant, PermissionSet, Reach};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Act, ManageRoles, Permit, Principal, ViewRoles};

/// Characters that say what a role is for.
const DESCRIPTION_CHARS_MAX: usize = 300;

/// A role as it is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleRef {
    BuiltIn(BuiltInRole),
    Custom(RoleId),
}

/// A role for a whole tenant, or for one source of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RoleGrant {
    pub role: RoleRef,
    pub source: Option<SourceId>,
}

/// A role that a tenant defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub spec: RoleSpec,
}

/// What a role is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSpec {
    pub name: DisplayName,
    pub description: String,
    pub permissions: PermissionSet,
    /// Whoever has it must have signed in with a second factor.
    pub second_factor: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error("there is no such role")]
    NoRole,
    #[error("the organization has a role of this name")]
    NameTaken,
    #[error("the organization has {} roles already", limits::ROLES_PER_TENANT_MAX)]
    TooMany,
    #[error("a role allows at least one thing")]
    Empty,
    #[error("a description has at most {DESCRIPTION_CHARS_MAX} characters, on one line")]
    Description,
    #[error("the role allows more than you may do yourself: {0}")]
    Escalation(String),
    #[error("{} this role; take it from them first", holders(*.0))]
    InUse(usize),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// `1 person or service account has`
fn holders(count: usize) -> String {
    match count {
        1 => "1 person or service account has".to_owned(),
        count => format!("{count} people or service accounts have"),
    }
}

#[derive(Serialize, Deserialize)]
struct RoleDocument {
    name: String,
    description: String,
    permissions: Vec<String>,
    second_factor: bool,
}

/// A grant as documents hold it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredGrant {
    role: String,
    source: Option<String>,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM roles WHERE id = ?1 AND tenant = ?2";
const SELECT_ALL: &str = "SELECT id, tenant, created_at, document FROM roles WHERE tenant = ?1 ORDER BY created_at, id";

// === impl RoleRef ===

impl RoleRef {
    /// The name of a built-in role, or the id of another.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match BuiltInRole::from_name(text) {
            Some(role) => Some(Self::BuiltIn(role)),
            None => RoleId::parse(text).ok().map(Self::Custom),
        }
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

// === impl RoleGrant ===

impl RoleGrant {
    #[must_use]
    pub fn everywhere(role: BuiltInRole) -> Self {
        Self { role: RoleRef::BuiltIn(role), source: None }
    }

    pub(crate) fn stored(self) -> StoredGrant {
        StoredGrant { role: self.role.to_string(), source: self.source.map(|id| id.to_string()) }
    }
}

/// `owner`, or `k3…@4f…` for a role on one source.
impl fmt::Display for RoleGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            None => self.role.fmt(f),
            Some(source) => write!(f, "{}@{source}", self.role),
        }
    }
}

// === impl StoredGrant ===

impl StoredGrant {
    pub(crate) fn parse(&self) -> Option<RoleGrant> {
        let source = match &self.source {
            Some(text) => Some(SourceId::parse(text).ok()?),
            None => None,
        };
        Some(RoleGrant { role: RoleRef::parse(&self.role)?, source })
    }
}

// === impl RoleSpec ===

impl RoleSpec {
    fn check(&self) -> Result<(), RoleError> {
        if self.permissions.is_empty() {
            return Err(RoleError::Empty);
        }
        let long = self.description.chars().count() > DESCRIPTION_CHARS_MAX;
        if long || self.description.chars().any(char::is_control) {
            return Err(RoleError::Description);
        }
        Ok(())
    }

    fn document(&self) -> RoleDocument {
        RoleDocument {
            name: self.name.as_str().to_owned(),
            description: self.description.clone(),
            permissions: self.permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
            second_factor: self.second_factor,
        }
    }
}

// === impl Identity ===

impl Identity {
    pub fn roles(&self, permit: &Permit<ViewRoles>) -> Result<Vec<Role>, CatalogError> {
        self.catalog.read(|db| self.roles_of(db, permit.tenant()))
    }

    pub fn create_role(&self, permit: &Permit<ManageRoles>, spec: &RoleSpec) -> Result<Role, RoleError> {
        spec.check()?;
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            self.refuse_escalation(tx, permit, &spec.permissions)?;
            if catalog::count(tx, "SELECT count(*) FROM roles WHERE tenant = ?1", [tenant.to_string()])?
                >= limits::ROLES_PER_TENANT_MAX
            {
                return Err(RoleError::TooMany);
            }
            self.refuse_taken(tx, tenant, &spec.name, None)?;
            let role = Role { id: RoleId::generate(&*self.entropy), tenant, created_at: now, spec: spec.clone() };
            catalog::change(
                tx,
                "INSERT INTO roles (id, tenant, name_index, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    role.id.to_string(),
                    tenant.to_string(),
                    self.role_name_index(tenant, &spec.name),
                    now.nanos(),
                    role.spot().seal(&self.sealer, &spec.document())?,
                ),
            )?;
            let event = Event::RoleCreated { role: role.id.to_string(), permissions: spec.document().permissions };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok(role)
        })
    }

    /// Whoever has the role may do what it says from the next request on.
    pub fn change_role(&self, permit: &Permit<ManageRoles>, id: RoleId, spec: &RoleSpec) -> Result<Role, RoleError> {
        spec.check()?;
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let old = self.find_role(tx, tenant, id)?.ok_or(RoleError::NoRole)?;
            // Taking permissions away is a change too: who could not hand the role out may not touch it.
            self.refuse_escalation(tx, permit, &old.spec.permissions)?;
            self.refuse_escalation(tx, permit, &spec.permissions)?;
            self.refuse_taken(tx, tenant, &spec.name, Some(id))?;
            let role = Role { spec: spec.clone(), ..old };
            self.write_role(tx, &role)?;
            let index = (self.role_name_index(tenant, &spec.name), id.to_string());
            catalog::change(tx, "UPDATE roles SET name_index = ?1 WHERE id = ?2", index)?;
            let event = Event::RoleChanged { role: id.to_string(), permissions: spec.document().permissions };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok(role)
        })
    }

    pub fn delete_role(&self, permit: &Permit<ManageRoles>, id: RoleId) -> Result<(), RoleError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let old = self.find_role(tx, tenant, id)?.ok_or(RoleError::NoRole)?;
            self.refuse_escalation(tx, permit, &old.spec.permissions)?;
            let holders = self.holders_of_role(tx, tenant, id)?;
            if holders > 0 {
                return Err(RoleError::InUse(holders));
            }
            catalog::change(tx, "DELETE FROM roles WHERE id = ?1", [id.to_string()])?;
            let event = Event::RoleDeleted { role: id.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    pub(crate) fn write_role(&self, db: &Connection, role: &Role) -> Result<(), CatalogError> {
        role.spot().update(db, &self.sealer, &role.spec.document())
    }

    pub(crate) fn roles_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<Role>, CatalogError> {
        catalog::all(db, SELECT_ALL, [tenant.to_string()], |row| self.read_role(row))
    }

    pub(crate) fn find_role(&self, db: &Connection, tenant: TenantId, id: RoleId) -> Result<Option<Role>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string(), tenant.to_string()], |row| self.read_role(row))
    }

    /// What the policy is to know of these grants, and whether one of their roles demands a second factor. A role that is
    /// gone grants nothing.
    pub(crate) fn grants(
        &self,
        db: &Connection,
        tenant: TenantId,
        granted: &[RoleGrant],
    ) -> Result<(Vec<Grant>, bool), CatalogError> {
        let (mut grants, mut second_factor) = (Vec::with_capacity(granted.len()), false);
        for one in granted {
            let (name, permissions) = match one.role {
                RoleRef::BuiltIn(role) => (policy::Role::BuiltIn(role), role.permissions()),
                RoleRef::Custom(id) => {
                    let Some(role) = self.find_role(db, tenant, id)? else { continue };
                    second_factor |= role.spec.second_factor;
                    (policy::Role::Own(id), role.spec.permissions)
                }
            };
            let reach = one.source.map_or(Reach::Tenant, Reach::Source);
            grants.push(Grant { role: name, permissions, reach });
        }
        Ok((grants, second_factor))
    }

    /// Nobody hands out what they do not have themselves, in the whole tenant.
    pub(crate) fn refuse_escalation<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        wanted: &PermissionSet,
    ) -> Result<(), RoleError> {
        let granted = match permit.principal() {
            Principal::Shell => return Ok(()),
            Principal::Person(user) => self.grants_of_member(db, permit.tenant(), user)?,
            Principal::ServiceAccount(id) => self.grants_of_service_account(db, permit.tenant(), id)?,
            Principal::ApiKey(_) | Principal::Staff(..) | Principal::Server => Vec::new(),
        };
        let (grants, _) = self.grants(db, permit.tenant(), &granted)?;
        let own = |permission| grants.iter().any(|grant| grant.reach == Reach::Tenant && grant.permissions.contains(permission));
        let beyond: Vec<&str> = wanted.iter().filter(|&permission| !own(permission)).map(|p| p.as_str()).collect();
        if beyond.is_empty() { Ok(()) } else { Err(RoleError::Escalation(beyond.join(", "))) }
    }

    fn refuse_taken(&self, db: &Connection, tenant: TenantId, name: &DisplayName, of: Option<RoleId>) -> Result<(), RoleError> {
        let built_in = BuiltInRole::from_name(&name.as_str().to_lowercase()).is_some();
        let sql = "SELECT count(*) FROM roles WHERE tenant = ?1 AND name_index = ?2 AND id <> ?3";
        let own = of.map(|id| id.to_string()).unwrap_or_default();
        let taken = catalog::count(db, sql, (tenant.to_string(), self.role_name_index(tenant, name), own))? > 0;
        if built_in || taken { Err(RoleError::NameTaken) } else { Ok(()) }
    }

    fn role_name_index(&self, tenant: TenantId, name: &DisplayName) -> [u8; 32] {
        let mut value = tenant.as_bytes().to_vec();
        value.extend_from_slice(name.as_str().to_lowercase().as_bytes());
        self.sealer.blind_index("roles", "name", &value)
    }

    pub(crate) fn read_role(&self, row: &Row<'_>) -> Result<Role, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "roles")?, catalog::id(row, "tenant", "roles")?);
        let spot = Spot::new("roles", id, tenant);
        let document: RoleDocument = spot.read(&self.sealer, row)?;
        let spec = RoleSpec {
            name: DisplayName::parse(&document.name).map_err(|_| spot.tampered())?,
            description: document.description,
            permissions: PermissionSet::parse(document.permissions.iter().map(String::as_str)).map_err(|_| spot.tampered())?,
            second_factor: document.second_factor,
        };
        Ok(Role { id, tenant, created_at: catalog::time(row, "created_at")?, spec })
    }
}

impl Role {
    fn spot(&self) -> Spot {
        Spot::new("roles", self.id, self.tenant)
    }
}

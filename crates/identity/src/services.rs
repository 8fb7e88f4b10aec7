//! Service accounts: a tenant's own accounts for programs, with roles like a person's and keys instead of a sign-in.
//!
//! Always holds: a key of a service account is kept as a keyed digest and ends; the account may do what its roles say,
//! by the same decision as people.

use audit::Event;
use model::{ApiKeyId, DisplayName, ServiceAccountId, TenantId, Timestamp, limits};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::document::Spot;
use crate::key::{PlainKey, TokenKind};
use crate::keys::Expiry;
use crate::members::{MemberError, told};
use crate::permit::{ManageServices, Permit};
use crate::refused::Refused;
use crate::roles::{RoleGrant, StoredGrant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub tenant: TenantId,
    pub name: DisplayName,
    pub grants: Vec<RoleGrant>,
    pub created_at: Timestamp,
}

/// A key of a service account, all but the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKey {
    pub id: ApiKeyId,
    pub account: ServiceAccountId,
    pub prefix: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("the organization has no such service account")]
    NoAccount,
    #[error("the service account has no such key")]
    NoKey,
    #[error("the organization has a service account of this name")]
    NameTaken,
    #[error(
        "an organization has at most {} service accounts, and each at most {} keys that live",
        limits::SERVICE_ACCOUNTS_PER_TENANT_MAX,
        limits::KEYS_PER_SERVICE_ACCOUNT_MAX
    )]
    TooMany,
    #[error("a key lives for 1 to {} days", limits::API_KEY_DAYS_MAX)]
    Expiry,
    #[error(transparent)]
    Member(#[from] MemberError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct AccountDocument {
    name: String,
    grants: Vec<StoredGrant>,
}

#[derive(Serialize, Deserialize)]
struct KeyDocument {
    digest: [u8; 32],
    prefix: String,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM service_accounts WHERE id = ?1 AND tenant = ?2";
const SELECT_ALL: &str =
    "SELECT id, tenant, created_at, document FROM service_accounts WHERE tenant = ?1 ORDER BY created_at, id";
const SELECT_KEY_BY_DIGEST: &str = "SELECT id, account, created_at, last_used_at, document FROM service_keys WHERE digest = ?1";
const SELECT_KEYS: &str =
    "SELECT id, account, created_at, last_used_at, document FROM service_keys WHERE account = ?1 ORDER BY created_at, id";

// === impl ServiceAccount ===

impl ServiceAccount {
    fn spot(&self) -> Spot {
        Spot::new("service_accounts", self.id, self.tenant)
    }

    fn document(&self) -> AccountDocument {
        AccountDocument { name: self.name.as_str().to_owned(), grants: self.grants.iter().map(|grant| grant.stored()).collect() }
    }
}

// === impl ServiceKey ===

impl ServiceKey {
    fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_some_and(|at| now < at)
    }

    fn spot(&self) -> Spot {
        Spot::new("service_keys", self.id, self.account)
    }

    fn document(&self, digest: [u8; 32]) -> KeyDocument {
        KeyDocument {
            digest,
            prefix: self.prefix.clone(),
            expires_at: self.expires_at.map(Timestamp::nanos),
            revoked_at: self.revoked_at.map(Timestamp::nanos),
        }
    }
}

// === impl Identity ===

impl Identity {
    pub fn service_accounts(&self, permit: &Permit<ManageServices>) -> Result<Vec<ServiceAccount>, CatalogError> {
        self.catalog.read(|db| self.service_accounts_of(db, permit.tenant()))
    }

    pub fn create_service_account(
        &self,
        permit: &Permit<ManageServices>,
        name: &DisplayName,
        grants: &[RoleGrant],
    ) -> Result<ServiceAccount, ServiceError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let grants = self.check_grants(tx, permit, grants)?;
            let others = self.service_accounts_of(tx, tenant)?;
            if others.len() as i64 >= limits::SERVICE_ACCOUNTS_PER_TENANT_MAX {
                return Err(ServiceError::TooMany);
            }
            if others.iter().any(|other| &other.name == name) {
                return Err(ServiceError::NameTaken);
            }
            let id = ServiceAccountId::generate(&*self.entropy);
            let account = ServiceAccount { id, tenant, name: name.clone(), grants, created_at: now };
            let mut index = tenant.as_bytes().to_vec();
            index.extend_from_slice(name.as_str().as_bytes());
            catalog::change(
                tx,
                "INSERT INTO service_accounts (id, tenant, name_index, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    id.to_string(),
                    tenant.to_string(),
                    self.sealer.blind_index("service_accounts", "name", &index),
                    now.nanos(),
                    account.spot().seal(&self.sealer, &account.document())?,
                ),
            )?;
            let event = Event::ServiceAccountCreated { account: id.to_string(), roles: told(&account.grants) };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok(account)
        })
    }

    pub fn set_service_grants(
        &self,
        permit: &Permit<ManageServices>,
        id: ServiceAccountId,
        grants: &[RoleGrant],
    ) -> Result<ServiceAccount, ServiceError> {
        self.catalog.write(|tx| {
            let old = self.find_service_account(tx, permit.tenant(), id)?.ok_or(ServiceError::NoAccount)?;
            self.check_grants(tx, permit, &old.grants)?;
            let account = ServiceAccount { grants: self.check_grants(tx, permit, grants)?, ..old };
            account.spot().update(tx, &self.sealer, &account.document())?;
            let event = Event::ServiceAccountChanged { account: id.to_string(), roles: told(&account.grants) };
            self.record(tx, &permit.deed().clone().of_tenant(permit.tenant()), event)?;
            Ok(account)
        })
    }

    /// Ends the account and its keys at once.
    pub fn delete_service_account(&self, permit: &Permit<ManageServices>, id: ServiceAccountId) -> Result<(), ServiceError> {
        self.catalog.write(|tx| {
            let old = self.find_service_account(tx, permit.tenant(), id)?.ok_or(ServiceError::NoAccount)?;
            self.check_grants(tx, permit, &old.grants)?;
            catalog::change(tx, "DELETE FROM service_keys WHERE account = ?1", [id.to_string()])?;
            catalog::change(tx, "DELETE FROM service_accounts WHERE id = ?1", [id.to_string()])?;
            let event = Event::ServiceAccountDeleted { account: id.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(permit.tenant()), event)?)
        })
    }

    pub fn service_keys(&self, permit: &Permit<ManageServices>, id: ServiceAccountId) -> Result<Vec<ServiceKey>, ServiceError> {
        self.catalog.read(|db| {
            self.find_service_account(db, permit.tenant(), id)?.ok_or(ServiceError::NoAccount)?;
            Ok(catalog::all(db, SELECT_KEYS, [id.to_string()], |row| Ok(self.read_service_key(row)?.0))?)
        })
    }

    /// The key is in the answer and nowhere else, ever.
    pub fn create_service_key(
        &self,
        permit: &Permit<ManageServices>,
        id: ServiceAccountId,
        expiry: Expiry,
    ) -> Result<(PlainKey, ServiceKey), ServiceError> {
        let now = permit.deed().at;
        // It acts with roles, not on one source: one that never ends would outlive whoever knows of it.
        let expires_at = expiry.after(now).ok().flatten().ok_or(ServiceError::Expiry)?;
        self.catalog.write(|tx| {
            let account = self.find_service_account(tx, permit.tenant(), id)?.ok_or(ServiceError::NoAccount)?;
            // A key acts with the account's roles: only who may hand those out may have one.
            self.check_grants(tx, permit, &account.grants)?;
            let others = catalog::all(tx, SELECT_KEYS, [id.to_string()], |row| Ok(self.read_service_key(row)?.0))?;
            if others.iter().filter(|key| key.is_alive(now)).count() >= limits::KEYS_PER_SERVICE_ACCOUNT_MAX {
                return Err(ServiceError::TooMany);
            }
            let plain = PlainKey::generate(TokenKind::Service, &*self.entropy);
            let key = ServiceKey {
                id: ApiKeyId::generate(&*self.entropy),
                account: id,
                prefix: plain.prefix(),
                created_at: now,
                expires_at: Some(expires_at),
                revoked_at: None,
                last_used_at: None,
            };
            let digest = self.peppers.current.digest(plain.reveal().as_bytes());
            catalog::change(
                tx,
                "INSERT INTO service_keys (id, account, digest, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
                (key.id.to_string(), id.to_string(), digest, now.nanos(), key.spot().seal(&self.sealer, &key.document(digest))?),
            )?;
            let expires = Some(expires_at.to_string());
            let event = Event::ServiceKeyCreated { account: id.to_string(), key: key.id.to_string(), expires };
            self.record(tx, &permit.deed().clone().of_tenant(permit.tenant()), event)?;
            Ok((plain, key))
        })
    }

    pub fn revoke_service_key(
        &self,
        permit: &Permit<ManageServices>,
        id: ServiceAccountId,
        key: ApiKeyId,
    ) -> Result<(), ServiceError> {
        self.catalog.write(|tx| {
            self.find_service_account(tx, permit.tenant(), id)?.ok_or(ServiceError::NoAccount)?;
            let sql = "SELECT id, account, created_at, last_used_at, document FROM service_keys WHERE id = ?1 AND account = ?2";
            let found = catalog::one(tx, sql, [key.to_string(), id.to_string()], |row| self.read_service_key(row))?;
            let (mut found, digest) = found.ok_or(ServiceError::NoKey)?;
            if found.revoked_at.is_none() {
                found.revoked_at = Some(permit.deed().at);
                found.spot().update(tx, &self.sealer, &found.document(digest))?;
                let event = Event::ServiceKeyRevoked { account: id.to_string(), key: key.to_string() };
                self.record(tx, &permit.deed().clone().of_tenant(permit.tenant()), event)?;
            }
            Ok(())
        })
    }

    /// A key, which may have ended, with its account.
    pub(crate) fn find_by_service_key(
        &self,
        db: &Connection,
        credential: &Credential,
    ) -> Result<(ServiceAccount, ServiceKey), Refused> {
        for pepper in self.peppers.newest_first() {
            let digest = pepper.digest(credential.token());
            let found = catalog::one(db, SELECT_KEY_BY_DIGEST, [digest], |row| self.read_service_key(row))?;
            let Some((key, _)) = found.filter(|(_, stored)| seal::constant_time_eq(stored, &digest)) else { continue };
            let sql = "SELECT id, tenant, created_at, document FROM service_accounts WHERE id = ?1";
            let account = catalog::one(db, sql, [key.account.to_string()], |row| self.read_service_account(row))?;
            return account.map(|account| (account, key)).ok_or(Refused::Unknown);
        }
        Err(Refused::Unknown)
    }

    pub(crate) fn service_accounts_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<ServiceAccount>, CatalogError> {
        catalog::all(db, SELECT_ALL, [tenant.to_string()], |row| self.read_service_account(row))
    }

    pub(crate) fn grants_of_service_account(
        &self,
        db: &Connection,
        tenant: TenantId,
        id: ServiceAccountId,
    ) -> Result<Vec<RoleGrant>, CatalogError> {
        Ok(self.find_service_account(db, tenant, id)?.map(|account| account.grants).unwrap_or_default())
    }

    pub(crate) fn find_service_account(
        &self,
        db: &Connection,
        tenant: TenantId,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string(), tenant.to_string()], |row| self.read_service_account(row))
    }

    pub(crate) fn read_service_account(&self, row: &Row<'_>) -> Result<ServiceAccount, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "service_accounts")?, catalog::id(row, "tenant", "service_accounts")?);
        let spot = Spot::new("service_accounts", id, tenant);
        let document: AccountDocument = spot.read(&self.sealer, row)?;
        let grants: Option<Vec<RoleGrant>> = document.grants.iter().map(StoredGrant::parse).collect();
        Ok(ServiceAccount {
            id,
            tenant,
            name: DisplayName::parse(&document.name).map_err(|_| spot.tampered())?,
            grants: grants.ok_or_else(|| spot.tampered())?,
            created_at: catalog::time(row, "created_at")?,
        })
    }

    pub(crate) fn read_service_key(&self, row: &Row<'_>) -> Result<(ServiceKey, [u8; 32]), CatalogError> {
        let (id, account) = (catalog::id(row, "id", "service_keys")?, catalog::id(row, "account", "service_keys")?);
        let document: KeyDocument = Spot::new("service_keys", id, account).read(&self.sealer, row)?;
        let unwritten = self.used.lock().get(&id).map(|used| used.at);
        let key = ServiceKey {
            id,
            account,
            prefix: document.prefix,
            created_at: catalog::time(row, "created_at")?,
            expires_at: document.expires_at.map(Timestamp::from_nanos),
            revoked_at: document.revoked_at.map(Timestamp::from_nanos),
            last_used_at: catalog::optional_time(row, "last_used_at")?.max(unwritten),
        };
        Ok((key, document.digest))
    }
}

//! Members: which people belong to a tenant, and with which roles.
//!
//! Always holds: a tenant that has an owner keeps one who can sign in; nobody hands out more than they may do themselves; who is removed
//! or loses a role is refused from the next request on.

use audit::Event;
use model::{DisplayName, SessionId, SourceId, TenantId, Timestamp, UserId, limits};
use policy::BuiltInRole;
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Act, ManagePeople, Permit, ViewPeople};
use crate::roles::{RoleError, RoleGrant, RoleRef, StoredGrant};
use crate::sessions::Session;
use crate::users::{Account, User};

/// A person of a tenant, as the tenant's admins see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user: User,
    pub grants: Vec<RoleGrant>,
    pub joined_at: Timestamp,
    /// Whether the person can prove a second factor.
    pub second_factor: bool,
    pub passkeys: usize,
    /// When one of the person's living sessions was last used.
    pub seen_at: Option<Timestamp>,
}

/// A tenant that a person belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub tenant: TenantId,
    pub name: DisplayName,
    pub grants: Vec<RoleGrant>,
}

#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    #[error("the organization has no such person")]
    NoMember,
    #[error("the person has no such session in the organization")]
    NoSession,
    #[error(
        "an organization keeps at least one owner whose account is enabled, and the one who is named to sign in without its provider"
    )]
    LastOwner,
    #[error("somebody has 1 to {} roles", limits::GRANTS_PER_SUBJECT_MAX)]
    Grants,
    #[error("the organization has no source {0}")]
    NoSource(SourceId),
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct MemberDocument {
    grants: Vec<StoredGrant>,
}

const SELECT: &str = "SELECT tenant, user, created_at, document FROM members WHERE tenant = ?1 AND user = ?2";
const SELECT_BY_TENANT: &str =
    "SELECT tenant, user, created_at, document FROM members WHERE tenant = ?1 ORDER BY created_at, user";
const SELECT_BY_USER: &str = "SELECT tenant, user, created_at, document FROM members WHERE user = ?1 ORDER BY created_at, tenant";

pub(crate) struct StoredMember {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    created_at: Timestamp,
    pub(crate) grants: Vec<RoleGrant>,
}

// === impl StoredMember ===

impl StoredMember {
    fn is_owner(&self) -> bool {
        self.grants.contains(&RoleGrant::everywhere(BuiltInRole::Owner))
    }
}

// === impl Identity ===

impl Identity {
    pub fn members(&self, permit: &Permit<ViewPeople>) -> Result<Vec<Member>, CatalogError> {
        self.catalog.read(|db| {
            let stored = catalog::all(db, SELECT_BY_TENANT, [permit.tenant().to_string()], |row| self.read_member(row))?;
            stored.into_iter().map(|member| self.shown_member(db, member, permit.deed().at)).collect()
        })
    }

    pub fn member(&self, permit: &Permit<ViewPeople>, user: UserId) -> Result<Option<Member>, CatalogError> {
        self.catalog.read(|db| {
            let stored = self.find_member(db, permit.tenant(), user)?;
            stored.map(|member| self.shown_member(db, member, permit.deed().at)).transpose()
        })
    }

    /// Gives a person these roles in place of those they have.
    pub fn set_grants(&self, permit: &Permit<ManagePeople>, user: UserId, grants: &[RoleGrant]) -> Result<(), MemberError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let old = self.find_member(tx, tenant, user)?.ok_or(MemberError::NoMember)?;
            let grants = self.check_grants(tx, permit, grants)?;
            // Who may not hand a role out may not take it away either.
            self.check_grants(tx, permit, &old.grants)?;
            self.replace_grants(tx, (tenant, user), &grants)?;
            let event = Event::MemberChanged { user: user.to_string(), roles: told(&grants) };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    pub fn remove_member(&self, permit: &Permit<ManagePeople>, user: UserId) -> Result<(), MemberError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let old = self.find_member(tx, tenant, user)?.ok_or(MemberError::NoMember)?;
            self.check_grants(tx, permit, &old.grants)?;
            self.keep_an_owner(tx, tenant, user, false)?;
            let ids = [tenant.to_string(), user.to_string()];
            catalog::change(tx, "DELETE FROM members WHERE tenant = ?1 AND user = ?2", ids)?;
            let event = Event::MemberRemoved { user: user.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    /// The sessions in which a person works in this tenant. Those in other tenants are not this one's to see.
    pub fn sessions_of_member(&self, permit: &Permit<ManagePeople>, user: UserId) -> Result<Vec<Session>, MemberError> {
        self.catalog.read(|db| {
            self.find_member(db, permit.tenant(), user)?.ok_or(MemberError::NoMember)?;
            Ok(self.sessions_in(db, permit, user)?)
        })
    }

    /// Ends one of them. Who may not take the person's roles away may not sign them out either.
    pub fn end_session_of_member(
        &self,
        permit: &Permit<ManagePeople>,
        user: UserId,
        session: SessionId,
    ) -> Result<(), MemberError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let member = self.find_member(tx, tenant, user)?.ok_or(MemberError::NoMember)?;
            self.check_grants(tx, permit, &member.grants)?;
            if !self.sessions_in(tx, permit, user)?.iter().any(|one| one.id == session) {
                return Err(MemberError::NoSession);
            }
            self.drop_session(tx, session)?;
            let event = Event::SessionEnded { session: session.to_string(), user: user.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    fn sessions_in(&self, db: &Connection, permit: &Permit<ManagePeople>, user: UserId) -> Result<Vec<Session>, CatalogError> {
        let all = self.sessions_of(db, user, permit.deed().at)?;
        Ok(all.into_iter().filter(|session| session.tenant == Some(permit.tenant())).collect())
    }

    /// The tenants that a person belongs to.
    pub(crate) fn memberships(&self, db: &Connection, user: UserId) -> Result<Vec<Membership>, CatalogError> {
        let stored = catalog::all(db, SELECT_BY_USER, [user.to_string()], |row| self.read_member(row))?;
        let mut memberships = Vec::new();
        for member in stored {
            let Some(tenant) = self.tenant_of(db, member.tenant)? else { continue };
            memberships.push(Membership { tenant: tenant.id, name: tenant.name, grants: member.grants });
        }
        Ok(memberships)
    }

    /// The tenant that a new session works in: the one of last time, or the first.
    pub(crate) fn first_tenant(&self, db: &Connection, account: &Account) -> Result<Option<TenantId>, CatalogError> {
        let memberships = self.memberships(db, account.user.id)?;
        let last = memberships.iter().find(|one| account.last_tenant.as_deref() == Some(one.tenant.to_string().as_str()));
        Ok(last.or(memberships.first()).map(|one| one.tenant))
    }

    pub(crate) fn grants_of_member(
        &self,
        db: &Connection,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<RoleGrant>, CatalogError> {
        Ok(self.find_member(db, tenant, user)?.map(|member| member.grants).unwrap_or_default())
    }

    /// The people who have this role with this reach.
    pub(crate) fn users_with(&self, db: &Connection, tenant: TenantId, grant: RoleGrant) -> Result<Vec<UserId>, CatalogError> {
        let members = catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| self.read_member(row))?;
        Ok(members.into_iter().filter(|member| member.grants.contains(&grant)).map(|member| member.user).collect())
    }

    pub(crate) fn is_member(&self, db: &Connection, tenant: TenantId, user: UserId) -> Result<bool, CatalogError> {
        Ok(self.find_member(db, tenant, user)?.is_some())
    }

    /// The caller has seen that the person is no member yet.
    pub(crate) fn insert_member(
        &self,
        db: &Connection,
        (tenant, user): (TenantId, UserId),
        grants: &[RoleGrant],
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let document = MemberDocument { grants: grants.iter().map(|grant| grant.stored()).collect() };
        catalog::change(
            db,
            "INSERT INTO members (tenant, user, created_at, document) VALUES (?1, ?2, ?3, ?4)",
            (tenant.to_string(), user.to_string(), now.nanos(), spot(tenant, user).seal(&self.sealer, &document)?),
        )?;
        Ok(())
    }

    pub(crate) fn replace_grants(
        &self,
        db: &Connection,
        (tenant, user): (TenantId, UserId),
        grants: &[RoleGrant],
    ) -> Result<(), MemberError> {
        self.keep_an_owner(db, tenant, user, grants.contains(&RoleGrant::everywhere(BuiltInRole::Owner)))?;
        let document = MemberDocument { grants: grants.iter().map(|grant| grant.stored()).collect() };
        let sealed = spot(tenant, user).seal(&self.sealer, &document)?;
        let sql = "UPDATE members SET document = ?1 WHERE tenant = ?2 AND user = ?3";
        catalog::change(db, sql, (sealed, tenant.to_string(), user.to_string()))?;
        Ok(())
    }

    /// Roles that exist, on sources of the tenant, that the principal may hand out; each once.
    pub(crate) fn check_grants<A: Act<Object = TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        grants: &[RoleGrant],
    ) -> Result<Vec<RoleGrant>, MemberError> {
        if grants.is_empty() || grants.len() > limits::GRANTS_PER_SUBJECT_MAX {
            return Err(MemberError::Grants);
        }
        let mut once: Vec<RoleGrant> = Vec::with_capacity(grants.len());
        for &grant in grants {
            let permissions = match grant.role {
                RoleRef::BuiltIn(role) => role.permissions(),
                RoleRef::Custom(id) => self.find_role(db, permit.tenant(), id)?.ok_or(RoleError::NoRole)?.spec.permissions,
            };
            self.refuse_escalation(db, permit, &permissions)?;
            if let Some(source) = grant.source {
                let ids = [source.to_string(), permit.tenant().to_string()];
                if catalog::count(db, "SELECT count(*) FROM sources WHERE id = ?1 AND tenant = ?2", ids)? == 0 {
                    return Err(MemberError::NoSource(source));
                }
            }
            if !once.contains(&grant) {
                once.push(grant);
            }
        }
        Ok(once)
    }

    /// How many people and service accounts have a role.
    pub(crate) fn holders_of_role(&self, db: &Connection, tenant: TenantId, role: model::RoleId) -> Result<usize, CatalogError> {
        let has = |grants: &[RoleGrant]| grants.iter().any(|grant| grant.role == RoleRef::Custom(role));
        let members = catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| self.read_member(row))?;
        let people = members.iter().filter(|member| has(&member.grants)).count();
        let services = self.service_accounts_of(db, tenant)?;
        let invited = self.open_invitations_with(db, tenant, has)?;
        Ok(people + invited + services.iter().filter(|account| has(&account.grants)).count())
    }

    fn keep_an_owner(&self, db: &Connection, tenant: TenantId, user: UserId, stays: bool) -> Result<(), MemberError> {
        if stays {
            return Ok(());
        }
        let members = catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| self.read_member(row))?;
        let was = members.iter().any(|member| member.user == user && member.is_owner());
        if !was {
            return Ok(());
        }
        let mut others = members.iter().filter(|member| member.user != user && member.is_owner());
        // Somebody who cannot sign in owns nothing that anybody could use.
        let other = others.find_map(|member| self.account(db, member.user).map(|one| one.is_active().then_some(())).transpose());
        let kept = other.transpose()?.is_none() || self.is_break_glass_owner(db, tenant, user)?;
        if kept { Err(MemberError::LastOwner) } else { Ok(()) }
    }

    fn find_member(&self, db: &Connection, tenant: TenantId, user: UserId) -> Result<Option<StoredMember>, CatalogError> {
        catalog::one(db, SELECT, [tenant.to_string(), user.to_string()], |row| self.read_member(row))
    }

    fn shown_member(&self, db: &Connection, member: StoredMember, now: Timestamp) -> Result<Member, CatalogError> {
        let account = self.account(db, member.user)?;
        let passkeys = account.secrets.passkeys.len();
        let sessions = self.sessions_of(db, member.user, now)?;
        Ok(Member {
            second_factor: passkeys > 0 || account.secrets.totp.is_some(),
            user: account.user,
            grants: member.grants,
            joined_at: member.created_at,
            passkeys,
            seen_at: sessions.iter().map(|session| session.seen_at).max(),
        })
    }

    pub(crate) fn read_member(&self, row: &Row<'_>) -> Result<StoredMember, CatalogError> {
        let (tenant, user) = (catalog::id(row, "tenant", "members")?, catalog::id(row, "user", "members")?);
        let spot = spot(tenant, user);
        let document: MemberDocument = spot.read(&self.sealer, row)?;
        let grants: Option<Vec<RoleGrant>> = document.grants.iter().map(StoredGrant::parse).collect();
        let grants = grants.ok_or_else(|| spot.tampered())?;
        Ok(StoredMember { tenant, user, created_at: catalog::time(row, "created_at")?, grants })
    }
}

/// Roles as the audit trail names them.
pub(crate) fn told(grants: &[RoleGrant]) -> Vec<String> {
    grants.iter().map(ToString::to_string).collect()
}

fn spot(tenant: TenantId, user: UserId) -> Spot {
    Spot::new("members", user, tenant)
}

//! Invitations: how somebody becomes a member of a tenant.
//!
//! Always holds: an invitation is for one e-mail address and works once, for a week; sending it again makes a new link
//! and ends the one before; the link is shown to whoever invites, once, and kept only as a keyed digest.

use audit::{Actor, Deed, Event};
use model::{DisplayName, Email, InvitationId, TenantId, Timestamp, UserId, limits};
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::document::Spot;
use crate::key::{PlainKey, TokenKind};
use crate::members::{MemberError, told};
use crate::permit::{ManagePeople, Permit, ViewPeople};
use crate::roles::{RoleGrant, StoredGrant};
use crate::sessions::{Client, Method, OpenedSession, Opening, Stage};
use crate::signed_in::SignedIn;
use crate::users::UserKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub tenant: TenantId,
    pub email: Email,
    pub grants: Vec<RoleGrant>,
    pub invited_by: Option<UserId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: InvitationState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Open,
    Expired,
    Revoked,
    Accepted,
}

/// What somebody who holds an invitation's link is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub tenant: TenantId,
    pub tenant_name: DisplayName,
    pub email: Email,
    /// Whether the address has an account, which then has to be signed in.
    pub has_account: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    #[error("there is no such invitation, or it has ended")]
    NoInvitation,
    #[error("this person belongs to the organization already")]
    IsMember,
    #[error("an account of staff belongs to no organization")]
    IsStaff,
    #[error("the organization has {} open invitations already", limits::INVITATIONS_PER_TENANT_MAX)]
    TooManyOpen,
    #[error("the organization has {} people already", limits::PEOPLE_PER_TENANT_MAX)]
    TooManyPeople,
    #[error("this person belongs to {} organizations already", limits::TENANTS_PER_PERSON_MAX)]
    TooManyTenants,
    #[error("the address has an account: sign in with it, then accept")]
    HasAccount,
    #[error("the invitation is for another e-mail address than this account's")]
    OtherAccount,
    #[error(transparent)]
    Member(#[from] MemberError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct InvitationDocument {
    digest: [u8; 32],
    email: String,
    grants: Vec<StoredGrant>,
    invited_by: Option<String>,
    expires_at: i64,
    state: InvitationState,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM invitations WHERE id = ?1 AND tenant = ?2";
const SELECT_BY_TENANT: &str =
    "SELECT id, tenant, created_at, document FROM invitations WHERE tenant = ?1 ORDER BY created_at DESC, id LIMIT 1000";
const SELECT_BY_DIGEST: &str = "SELECT id, tenant, created_at, document FROM invitations WHERE digest = ?1";

// === impl Invitation ===

impl Invitation {
    fn spot(&self) -> Spot {
        Spot::new("invitations", self.id, self.tenant)
    }

    fn document(&self, digest: [u8; 32]) -> InvitationDocument {
        InvitationDocument {
            digest,
            email: self.email.as_str().to_owned(),
            grants: self.grants.iter().map(|grant| grant.stored()).collect(),
            invited_by: self.invited_by.map(|id| id.to_string()),
            expires_at: self.expires_at.nanos(),
            state: self.state,
        }
    }

    fn at(self, now: Timestamp) -> Self {
        match self.state {
            InvitationState::Open if self.expires_at <= now => Self { state: InvitationState::Expired, ..self },
            _ => self,
        }
    }

    fn is_open(&self) -> bool {
        self.state == InvitationState::Open
    }
}

// === impl Identity ===

impl Identity {
    /// Invites an address. The token is for its owner, and is not shown again.
    pub fn invite(
        &self,
        permit: &Permit<ManagePeople>,
        email: &Email,
        grants: &[RoleGrant],
    ) -> Result<(PlainKey, Invitation), InviteError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let grants = self.check_grants(tx, permit, grants)?;
            if let Some(account) = self.find_account_by_email(tx, email)? {
                if account.user.kind.is_staff() {
                    return Err(InviteError::IsStaff);
                }
                if self.is_member(tx, tenant, account.user.id)? {
                    return Err(InviteError::IsMember);
                }
            }
            let open = self.invitations_of(tx, tenant, now)?.into_iter().filter(Invitation::is_open);
            let open: Vec<Invitation> = open.collect();
            if open.len() as i64 >= limits::INVITATIONS_PER_TENANT_MAX {
                return Err(InviteError::TooManyOpen);
            }
            // One link for an address: the newest counts.
            for earlier in open.into_iter().filter(|earlier| &earlier.email == email) {
                self.end_invitation(tx, earlier, InvitationState::Revoked)?;
            }
            let invitation = Invitation {
                id: InvitationId::generate(&*self.entropy),
                tenant,
                email: email.clone(),
                grants,
                invited_by: permit.user(),
                created_at: now,
                expires_at: now.plus_seconds(limits::INVITATION_DAYS * 24 * 3_600),
                state: InvitationState::Open,
            };
            let token = PlainKey::generate(TokenKind::Invitation, &*self.entropy);
            let digest = self.peppers.current.digest(token.reveal().as_bytes());
            let sealed = invitation.spot().seal(&self.sealer, &invitation.document(digest))?;
            catalog::change(
                tx,
                "INSERT INTO invitations (id, tenant, email_index, digest, created_at, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (invitation.id.to_string(), tenant.to_string(), self.email_index(email), digest, now.nanos(), sealed),
            )?;
            let event = Event::InvitationMade { invitation: invitation.id.to_string(), roles: told(&invitation.grants) };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok((token, invitation))
        })
    }

    /// Makes a new link for an open or expired invitation; the one before opens nothing.
    pub fn resend_invitation(
        &self,
        permit: &Permit<ManagePeople>,
        id: InvitationId,
    ) -> Result<(PlainKey, Invitation), InviteError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let old = self.find_invitation(tx, tenant, id, now)?.ok_or(InviteError::NoInvitation)?;
            match old.state {
                InvitationState::Open | InvitationState::Expired => {}
                InvitationState::Revoked | InvitationState::Accepted => return Err(InviteError::NoInvitation),
            }
            self.check_grants(tx, permit, &old.grants)?;
            let expires_at = now.plus_seconds(limits::INVITATION_DAYS * 24 * 3_600);
            let invitation = Invitation { expires_at, state: InvitationState::Open, ..old };
            let token = PlainKey::generate(TokenKind::Invitation, &*self.entropy);
            let digest = self.peppers.current.digest(token.reveal().as_bytes());
            let sealed = invitation.spot().seal(&self.sealer, &invitation.document(digest))?;
            let sql = "UPDATE invitations SET digest = ?1, document = ?2 WHERE id = ?3";
            catalog::change(tx, sql, (digest, sealed, id.to_string()))?;
            let event = Event::InvitationResent { invitation: id.to_string() };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok((token, invitation))
        })
    }

    pub fn revoke_invitation(&self, permit: &Permit<ManagePeople>, id: InvitationId) -> Result<(), InviteError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            let found = self.find_invitation(tx, tenant, id, now)?.filter(Invitation::is_open);
            let invitation = found.ok_or(InviteError::NoInvitation)?;
            self.end_invitation(tx, invitation, InvitationState::Revoked)?;
            let event = Event::InvitationRevoked { invitation: id.to_string() };
            Ok(self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?)
        })
    }

    /// The newest invitations of a tenant, ended ones too.
    pub fn invitations(&self, permit: &Permit<ViewPeople>) -> Result<Vec<Invitation>, CatalogError> {
        self.catalog.read(|db| self.invitations_of(db, permit.tenant(), permit.deed().at))
    }

    /// What the link says, before it is accepted.
    pub fn look_at_invitation(&self, token: &Credential, now: Timestamp) -> Result<Invited, InviteError> {
        self.catalog.read(|db| {
            let invitation = self.open_invitation(db, token, now)?;
            let tenant = self.tenant_of(db, invitation.tenant)?.ok_or(InviteError::NoInvitation)?;
            let has_account = self.find_account_by_email(db, &invitation.email)?.is_some();
            Ok(Invited { tenant: tenant.id, tenant_name: tenant.name, email: invitation.email, has_account })
        })
    }

    /// Makes the account of somebody new; the session lets the person set up a way to sign in.
    pub fn accept_invitation(
        &self,
        token: &Credential,
        name: &DisplayName,
        client: &Client,
        deed: &Deed,
    ) -> Result<OpenedSession, InviteError> {
        self.catalog.write(|tx| {
            let invitation = self.open_invitation(tx, token, deed.at)?;
            if self.find_account_by_email(tx, &invitation.email)?.is_some() {
                return Err(InviteError::HasAccount);
            }
            let account = self.insert_account(tx, (&invitation.email, name, UserKind::Person), deed.at)?;
            let deed = Deed { actor: Actor::person(account.user.id), ..deed.clone() };
            self.join(tx, invitation, account.user.id, &deed)?;
            let opening = Opening {
                stage: Stage::SignedIn,
                methods: vec![Method::Invitation],
                second_factor: false,
                proved_at: None,
                of_provider: None,
            };
            Ok(self.open_session(tx, &account, (opening, client), &deed)?)
        })
    }

    /// Joins one more tenant with the account that is signed in.
    pub fn accept_invitation_as(&self, who: &SignedIn, token: &Credential) -> Result<TenantId, InviteError> {
        self.catalog.write(|tx| {
            let invitation = self.open_invitation(tx, token, who.deed().at)?;
            if invitation.email != who.user().email {
                return Err(InviteError::OtherAccount);
            }
            if who.user().kind.is_staff() {
                return Err(InviteError::IsStaff);
            }
            let tenant = invitation.tenant;
            if self.is_member(tx, tenant, who.user().id)? {
                return Err(InviteError::IsMember);
            }
            self.join(tx, invitation, who.user().id, who.deed())?;
            Ok(tenant)
        })
    }

    fn join(&self, db: &Connection, invitation: Invitation, user: UserId, deed: &Deed) -> Result<(), InviteError> {
        let (id, tenant, grants) = (invitation.id, invitation.tenant, invitation.grants.clone());
        self.check_room(db, tenant, user)?;
        self.end_invitation(db, invitation, InvitationState::Accepted)?;
        self.insert_member(db, (tenant, user), &grants, deed.at)?;
        let event = Event::MemberJoined { user: user.to_string(), invitation: Some(id.to_string()), roles: told(&grants) };
        Ok(self.record(db, &deed.clone().of_tenant(tenant), event)?)
    }

    pub(crate) fn check_room(&self, db: &Connection, tenant: TenantId, user: UserId) -> Result<(), InviteError> {
        let people = "SELECT count(*) FROM members WHERE tenant = ?1";
        if catalog::count(db, people, [tenant.to_string()])? >= limits::PEOPLE_PER_TENANT_MAX {
            return Err(InviteError::TooManyPeople);
        }
        let tenants = "SELECT count(*) FROM members WHERE user = ?1";
        if catalog::count(db, tenants, [user.to_string()])? >= limits::TENANTS_PER_PERSON_MAX {
            return Err(InviteError::TooManyTenants);
        }
        Ok(())
    }

    /// How many invitations that can still be accepted carry such roles.
    pub(crate) fn open_invitations_with(
        &self,
        db: &Connection,
        tenant: TenantId,
        has: impl Fn(&[RoleGrant]) -> bool,
    ) -> Result<usize, CatalogError> {
        // An expired one can be sent again, so it counts too.
        let all = self.invitations_of(db, tenant, Timestamp::MIN)?;
        Ok(all.iter().filter(|one| one.is_open() && has(&one.grants)).count())
    }

    fn open_invitation(&self, db: &Connection, token: &Credential, now: Timestamp) -> Result<Invitation, InviteError> {
        for pepper in self.peppers.newest_first() {
            let digest = pepper.digest(token.token());
            let found = catalog::one(db, SELECT_BY_DIGEST, [digest], |row| self.read_invitation(row))?;
            let Some((invitation, stored)) = found else { continue };
            let invitation = invitation.at(now);
            if seal::constant_time_eq(&stored, &digest) && invitation.is_open() {
                return Ok(invitation);
            }
        }
        Err(InviteError::NoInvitation)
    }

    fn end_invitation(&self, db: &Connection, invitation: Invitation, state: InvitationState) -> Result<(), CatalogError> {
        // A digest of nothing that exists: the link is spent, and the column stays unique.
        let mut digest = [0; 32];
        self.entropy.fill(&mut digest);
        let invitation = Invitation { state, ..invitation };
        let sealed = invitation.spot().seal(&self.sealer, &invitation.document(digest))?;
        let sql = "UPDATE invitations SET digest = ?1, document = ?2 WHERE id = ?3";
        catalog::change(db, sql, (digest, sealed, invitation.id.to_string()))?;
        Ok(())
    }

    fn find_invitation(
        &self,
        db: &Connection,
        tenant: TenantId,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Option<Invitation>, CatalogError> {
        let ids = [id.to_string(), tenant.to_string()];
        catalog::one(db, SELECT, ids, |row| Ok(self.read_invitation(row)?.0.at(now)))
    }

    fn invitations_of(&self, db: &Connection, tenant: TenantId, now: Timestamp) -> Result<Vec<Invitation>, CatalogError> {
        catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| Ok(self.read_invitation(row)?.0.at(now)))
    }

    pub(crate) fn read_invitation(&self, row: &Row<'_>) -> Result<(Invitation, [u8; 32]), CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "invitations")?, catalog::id(row, "tenant", "invitations")?);
        let spot = Spot::new("invitations", id, tenant);
        let document: InvitationDocument = spot.read(&self.sealer, row)?;
        let grants: Option<Vec<RoleGrant>> = document.grants.iter().map(StoredGrant::parse).collect();
        let invited_by = document.invited_by.map(|id| UserId::parse(&id)).transpose().map_err(|_| spot.tampered())?;
        let invitation = Invitation {
            id,
            tenant,
            email: Email::parse(&document.email).map_err(|_| spot.tampered())?,
            grants: grants.ok_or_else(|| spot.tampered())?,
            invited_by,
            created_at: catalog::time(row, "created_at")?,
            expires_at: Timestamp::from_nanos(document.expires_at),
            state: document.state,
        };
        Ok((invitation, document.digest))
    }
}

//! Whom a provider's subjects are here: how somebody is let in whom a provider vouched for, and let out again.

use audit::{Deed, Event};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{DisplayName, Email, ProviderId, UserId, limits};
use oidc::{LoggedOut, Pending, Verified};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::Provider;
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::invitations::InviteError;
use crate::members::{MemberError, told};
use crate::notices::Notice;
use crate::sessions::{Client, Method, OfProvider, Opening, Stage};
use crate::sign_in::SignedInNow;
use crate::users::{Account, UserKind};

/// A sign-in at a provider that is under way.
#[derive(Debug, Serialize, Deserialize)]
pub struct SsoPending {
    provider: String,
    pub pending: Pending,
}

#[derive(Debug, thiserror::Error)]
pub enum SsoError {
    #[error("there is no such provider")]
    NoProvider,
    #[error("this sign-in was not begun in this browser: begin again")]
    NotBegun,
    #[error("the provider did not say a verified e-mail address")]
    NoEmail,
    #[error("people of this e-mail domain do not sign in through this provider")]
    Domain,
    #[error("you were not invited to this organization")]
    NotInvited,
    #[error("the address has an account that is no member of this organization: ask for an invitation and accept it")]
    AccountExists,
    #[error("no group of yours has a role here")]
    NoRole,
    #[error("the account is disabled, or belongs to staff")]
    Disabled,
    #[error(transparent)]
    Invite(#[from] InviteError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Whom a subject is tied to.
#[derive(PartialEq, Serialize, Deserialize)]
struct TiedDocument {
    user: String,
}

/// Ways of proof that are a second factor (RFC 8176).
const SECOND_FACTORS: [&str; 7] = ["mfa", "otp", "hwk", "swk", "fpt", "face", "sc"];

fn tie(provider: ProviderId, index: &[u8; 32]) -> Spot {
    let row = index.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Spot::new("provider_subjects", row, provider)
}

// === impl SsoPending ===

impl SsoPending {
    #[must_use]
    pub fn provider(&self) -> Option<ProviderId> {
        ProviderId::parse(&self.provider).ok()
    }
}

// === impl Identity ===

impl Identity {
    /// What the browser keeps, sealed, until it comes back from the provider.
    pub fn keep_sso(&self, provider: ProviderId, pending: Pending) -> Result<String, CatalogError> {
        let kept = SsoPending { provider: provider.to_string(), pending };
        Ok(URL_SAFE_NO_PAD.encode(Spot::new("ceremonies", "sso", "").seal(&self.sealer, &kept)?))
    }

    /// What the browser brings back. How old it may be is the provider's crate to judge.
    pub fn take_sso(&self, kept: &str) -> Result<SsoPending, SsoError> {
        if kept.len() > limits::CEREMONY_TOKEN_BYTES_MAX {
            return Err(SsoError::NotBegun);
        }
        let sealed = URL_SAFE_NO_PAD.decode(kept).map_err(|_| SsoError::NotBegun)?;
        Spot::new("ceremonies", "sso", "").open(&self.sealer, &sealed).map_err(|_| SsoError::NotBegun)
    }

    /// Lets in whom a provider vouched for.
    pub fn sign_in_with_provider(
        &self,
        id: ProviderId,
        verified: &Verified,
        client: &Client,
        deed: &Deed,
    ) -> Result<SignedInNow, SsoError> {
        self.catalog.write(|tx| {
            let provider = self.find_provider(tx, id)?.filter(|provider| provider.spec.issuer == verified.issuer());
            let provider = provider.ok_or(SsoError::NoProvider)?;
            let deed = deed.clone().of_tenant(provider.tenant);
            let mut account = match self.account_of_subject(tx, &provider, verified.subject())? {
                Some(account) => account,
                None => self.tie_subject(tx, &provider, verified, &deed)?,
            };
            if !account.is_active() || account.user.kind.is_staff() {
                return Err(SsoError::Disabled);
            }
            self.follow_groups(tx, &provider, (&account, verified), &deed)?;
            account.last_tenant = Some(provider.tenant.to_string());
            self.update_account(tx, &account)?;
            let proved = verified.amr().iter().any(|way| SECOND_FACTORS.contains(&way.as_str()));
            let opening = Opening {
                stage: Stage::SignedIn,
                methods: vec![Method::SingleSignOn],
                second_factor: provider.spec.counts_as_second_factor || proved,
                // Who signed in there an hour ago has not proved who they are now.
                proved_at: verified.auth_time(),
                of_provider: Some(OfProvider {
                    provider: id.to_string(),
                    subject: verified.subject().to_owned(),
                    sid: verified.sid().map(str::to_owned),
                }),
            };
            Ok(self.let_in(tx, &mut account, (opening, client), &deed)?)
        })
    }

    /// Ends what came from a session that its provider ended. Says how many sessions.
    pub fn sign_out_by_provider(&self, id: ProviderId, logged_out: &LoggedOut, deed: &Deed) -> Result<u64, SsoError> {
        let provider = self.provider(id)?.filter(|provider| provider.spec.issuer == logged_out.issuer());
        let provider = provider.ok_or(SsoError::NoProvider)?;
        let deed = deed.clone().of_tenant(provider.tenant);
        let is_meant = |of: &OfProvider| match (logged_out.sid(), logged_out.subject()) {
            (Some(sid), _) => of.sid.as_deref() == Some(sid),
            (None, Some(subject)) => of.subject == subject,
            (None, None) => false,
        };
        let ended = self.catalog.write(|tx| self.drop_sessions_of_provider(tx, id, is_meant, &deed))?;
        Ok(ended.len() as u64)
    }

    /// Unties everybody from a provider that is no more, or is another one now: their sessions from it end, and they are
    /// told.
    pub(super) fn end_subjects(&self, db: &Connection, provider: &Provider, deed: &Deed) -> Result<(), CatalogError> {
        let id = provider.id.to_string();
        let ended = self.drop_sessions_of_provider(db, provider.id, |_| true, deed)?;
        let sql = "SELECT DISTINCT user FROM provider_subjects WHERE provider = ?1";
        let mut people = catalog::all(db, sql, [&id], |row| catalog::id(row, "user", "provider_subjects"))?;
        people.extend(ended.iter().map(|session| session.user));
        people.sort_unstable();
        people.dedup();
        catalog::change(db, "DELETE FROM provider_subjects WHERE provider = ?1", [&id])?;
        let (tenant, name) = (provider.tenant.to_string(), provider.spec.name.as_str().to_owned());
        let notice = Notice::ProviderEnded { tenant, name };
        people.into_iter().try_for_each(|user| self.tell(db, user, &notice, deed.at))
    }

    fn account_of_subject(&self, db: &Connection, provider: &Provider, subject: &str) -> Result<Option<Account>, SsoError> {
        let sql =
            "SELECT provider, subject_index, user, document FROM provider_subjects WHERE provider = ?1 AND subject_index = ?2";
        let index = self.subject_index(provider, subject);
        let user = catalog::one(db, sql, (provider.id.to_string(), index), |row| self.read_tied(row))?;
        let Some(user) = user else { return Ok(None) };
        let account = self.account(db, user)?;
        // Somebody removed from the tenant comes back by invitation only.
        if self.is_member(db, provider.tenant, user)? { Ok(Some(account)) } else { Err(SsoError::NotInvited) }
    }

    /// The person is in clear for look-ups; what counts is sealed for this provider and subject.
    pub(crate) fn read_tied(&self, row: &Row<'_>) -> Result<UserId, CatalogError> {
        let user: UserId = catalog::id(row, "user", "provider_subjects")?;
        let spot = tie(catalog::id(row, "provider", "provider_subjects")?, &row.get("subject_index")?);
        let tied = TiedDocument { user: user.to_string() };
        if spot.read::<TiedDocument>(&self.sealer, row)? == tied { Ok(user) } else { Err(spot.tampered()) }
    }

    /// Ties a subject that is new to the member with its address, or to a new account.
    fn tie_subject(&self, db: &Connection, provider: &Provider, verified: &Verified, deed: &Deed) -> Result<Account, SsoError> {
        let email = verified.verified_email().and_then(|text| Email::parse(text).ok()).ok_or(SsoError::NoEmail)?;
        let domains = &provider.spec.domains;
        if !domains.is_empty() && !domains.iter().any(|domain| domain.eq_ignore_ascii_case(email.domain())) {
            return Err(SsoError::Domain);
        }
        let account = match self.find_account_by_email(db, &email)? {
            Some(account) if self.is_member(db, provider.tenant, account.user.id)? => account,
            Some(_) => return Err(SsoError::AccountExists),
            None if provider.spec.creates_accounts => self.account_for(db, provider, (&email, verified), deed)?,
            None => return Err(SsoError::NotInvited),
        };
        let (index, user) = (self.subject_index(provider, verified.subject()), account.user.id.to_string());
        let sealed = tie(provider.id, &index).seal(&self.sealer, &TiedDocument { user: user.clone() })?;
        let sql = "INSERT INTO provider_subjects (provider, subject_index, user, document) VALUES (?1, ?2, ?3, ?4)";
        catalog::change(db, sql, (provider.id.to_string(), index, user, sealed))?;
        Ok(account)
    }

    fn account_for(
        &self,
        db: &Connection,
        provider: &Provider,
        (email, verified): (&Email, &Verified),
        deed: &Deed,
    ) -> Result<Account, SsoError> {
        let grants = provider.spec.grants(verified.groups());
        if grants.is_empty() {
            return Err(SsoError::NoRole);
        }
        let local = email.as_str().split('@').next().unwrap_or_default();
        let named = verified.name().and_then(|name| DisplayName::parse(name.trim()).ok());
        let name = named.or_else(|| DisplayName::parse(local).ok()).ok_or(SsoError::NoEmail)?;
        let account = self.insert_account(db, (email, &name, UserKind::Person), deed.at)?;
        self.check_room(db, provider.tenant, account.user.id)?;
        self.insert_member(db, (provider.tenant, account.user.id), &grants, deed.at)?;
        let event = Event::MemberJoined { user: account.user.id.to_string(), invitation: None, roles: told(&grants) };
        self.record(db, &Deed { actor: crate::sessions::actor(&account), ..deed.clone() }, event)?;
        Ok(account)
    }

    /// Where groups decide, a member has the roles of today's groups. The last owner stays one.
    fn follow_groups(
        &self,
        db: &Connection,
        provider: &Provider,
        (account, verified): (&Account, &Verified),
        deed: &Deed,
    ) -> Result<(), SsoError> {
        if provider.spec.group_roles.is_empty() {
            return Ok(());
        }
        let (tenant, user) = (provider.tenant, account.user.id);
        let grants = provider.spec.grants(verified.groups());
        if grants.is_empty() {
            return Err(SsoError::NoRole);
        }
        if self.grants_of_member(db, tenant, user)? == grants {
            return Ok(());
        }
        match self.replace_grants(db, (tenant, user), &grants) {
            Ok(()) => {
                let event = Event::MemberChanged { user: user.to_string(), roles: told(&grants) };
                Ok(self.record(db, &Deed { actor: audit::Actor::Server, ..deed.clone() }, event)?)
            }
            Err(MemberError::LastOwner) => Ok(()),
            Err(MemberError::Catalog(error)) => Err(error.into()),
            Err(_) => Err(SsoError::NoRole),
        }
    }

    fn subject_index(&self, provider: &Provider, subject: &str) -> [u8; 32] {
        let mut value = provider.id.as_bytes().to_vec();
        value.extend_from_slice(subject.as_bytes());
        self.sealer.blind_index("provider_subjects", "subject", &value)
    }
}

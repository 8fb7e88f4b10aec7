//! What somebody does to the own account: profile, sessions, passphrase, one-time codes, recovery codes.
//!
//! Always holds: whatever changes how somebody signs in demands a fresh proof, is told to the person and to the trail, and
//! ends the other sessions where it replaces something; the last way to sign in is not taken away; a session of a tenant's
//! provider changes nothing of the account and ends no session but its own.

use audit::Event;
use factor::{Passphrase, RecoveryCode, TotpSecret, Weak, check_strength};
use model::{DisplayName, SessionId, TenantId};
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::members::Membership;
use crate::notices::Notice;
use crate::refused::Refused;
use crate::sessions::{OpenedSession, Session};
use crate::sign_in::code::{secret_text, stored_secret};
use crate::signed_in::{Fresh, SignedIn};
use crate::users::{Account, StoredTotp};

/// The ways in that an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaysIn {
    pub passphrase: bool,
    pub totp: bool,
    pub passkeys: usize,
    pub recovery_codes: usize,
    pub single_sign_on: usize,
}

/// What an authenticator app needs, shown once.
#[derive(Debug)]
pub struct TotpOffer {
    /// `otpauth://…`, for a QR code.
    pub url: Zeroizing<String>,
    /// The same to be typed.
    pub secret: Zeroizing<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Weak(#[from] Weak),
    #[error("the machine has no memory to hash a passphrase now")]
    Memory,
    #[error("this code is wrong; ask for a new secret if it never is right")]
    WrongCode,
    #[error("there is nothing of this kind to take away")]
    Nothing,
    #[error("this is the account's last way to sign in; add another first")]
    LastWayIn,
    #[error("there is no such session")]
    NoSession,
    #[error("you are no member of this organization")]
    NoTenant,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

// === impl Identity ===

impl Identity {
    pub fn ways_in(&self, who: &SignedIn) -> Result<WaysIn, CatalogError> {
        self.catalog.read(|db| self.ways_in_of(db, &self.account(db, who.user().id)?))
    }

    pub fn memberships_of(&self, who: &SignedIn) -> Result<Vec<Membership>, CatalogError> {
        self.catalog.read(|db| self.memberships(db, who.user().id))
    }

    pub fn rename(&self, who: &SignedIn, name: &DisplayName) -> Result<(), AccountError> {
        who.beyond_its_tenant()?;
        self.change_account(who, |tx, account| {
            account.user.name = name.clone();
            self.update_account(tx, account)?;
            Ok(Event::ProfileChanged { user: account.user.id.to_string() })
        })
    }

    /// Living sessions of whoever is signed in, the oldest first.
    pub fn sessions(&self, who: &SignedIn) -> Result<Vec<Session>, CatalogError> {
        self.catalog.read(|db| self.sessions_of(db, who.user().id, who.deed().at))
    }

    pub fn end_session(&self, who: &SignedIn, id: SessionId) -> Result<(), AccountError> {
        if id != who.session().id {
            who.beyond_its_tenant()?;
        }
        self.catalog.write(|tx| {
            let own = self.sessions_of(tx, who.user().id, who.deed().at)?.into_iter().any(|session| session.id == id);
            if !own {
                return Err(AccountError::NoSession);
            }
            self.drop_session(tx, id)?;
            let event = Event::SessionEnded { session: id.to_string(), user: who.user().id.to_string() };
            Ok(self.record(tx, who.deed(), event)?)
        })
    }

    pub fn end_other_sessions(&self, who: &SignedIn) -> Result<u64, AccountError> {
        who.beyond_its_tenant()?;
        self.catalog.write(|tx| Ok(self.drop_sessions_but(tx, who.user().id, Some(who.session().id), who.deed())?))
    }

    /// Works in another tenant from now on, under a new token.
    pub fn enter_tenant(&self, who: &SignedIn, tenant: TenantId) -> Result<OpenedSession, AccountError> {
        self.catalog.write(|tx| {
            // A provider vouches for its own tenant's people, and for nobody elsewhere.
            if who.session().of_provider.is_some() || !self.is_member(tx, tenant, who.user().id)? {
                return Err(AccountError::NoTenant);
            }
            let mut account = self.account(tx, who.user().id)?;
            account.last_tenant = Some(tenant.to_string());
            self.update_account(tx, &account)?;
            let session = Session { tenant: Some(tenant), ..who.session().clone() };
            let opened = self.renew_session(tx, session)?;
            let event = Event::TenantEntered { session: opened.session.id.to_string() };
            self.record(tx, &who.deed().clone().of_tenant(tenant), event)?;
            Ok(opened)
        })
    }

    /// Sets or replaces the passphrase; every other session ends.
    pub fn set_passphrase(&self, fresh: &Fresh<'_>, passphrase: &Passphrase) -> Result<(), AccountError> {
        let user = fresh.who().user();
        let tenants = self.memberships_of(fresh.who())?;
        let called = [user.email.as_str(), user.name.as_str()];
        let called: Vec<&str> = called.into_iter().chain(tenants.iter().map(|tenant| tenant.name.as_str())).collect();
        check_strength(passphrase, &called)?;
        let verifier = self.passphrases.hash(passphrase, &*self.entropy).map_err(|_| AccountError::Memory)?;
        self.change_secrets(fresh, &Notice::PassphraseChanged, |account| {
            account.secrets.passphrase = Some(verifier);
            Ok(Event::PassphraseSet { user: account.user.id.to_string() })
        })
    }

    pub fn remove_passphrase(&self, fresh: &Fresh<'_>) -> Result<(), AccountError> {
        self.change_secrets(fresh, &Notice::PassphraseChanged, |account| {
            account.secrets.passphrase.take().ok_or(AccountError::Nothing)?;
            Ok(Event::PassphraseSet { user: account.user.id.to_string() })
        })
    }

    /// Offers a secret to an authenticator app. It counts when a code of it was proved.
    pub fn offer_totp(&self, fresh: &Fresh<'_>) -> Result<TotpOffer, AccountError> {
        let secret = TotpSecret::generate(&*self.entropy);
        self.catalog.write(|tx| {
            let mut account = self.account(tx, fresh.who().user().id)?;
            account.secrets.totp_pending = Some(secret_text(&secret));
            self.update_secrets(tx, &account)
        })?;
        Ok(TotpOffer { url: secret.url(&fresh.who().user().email), secret: secret.base32() })
    }

    /// Turns one-time codes on. The session counts as one with a second factor from now on.
    pub fn confirm_totp(&self, fresh: &Fresh<'_>, code: &str) -> Result<OpenedSession, AccountError> {
        let who = fresh.who();
        self.catalog.write(|tx| {
            let mut account = self.account(tx, who.user().id)?;
            let pending = Zeroizing::new(account.secrets.totp_pending.clone().ok_or(AccountError::Nothing)?);
            let secret = stored_secret(&pending).ok_or(AccountError::Nothing)?;
            let step = secret.check(code, who.deed().at, None).ok_or(AccountError::WrongCode)?;
            let replaced = account.secrets.totp.replace(StoredTotp { secret: pending.to_string(), last_step: Some(step) });
            account.secrets.totp_pending = None;
            self.update_secrets(tx, &account)?;
            if replaced.is_some() {
                self.drop_sessions_but(tx, account.user.id, Some(who.session().id), who.deed())?;
            }
            self.tell(tx, account.user.id, &Notice::TotpEnabled, who.deed().at)?;
            self.record(tx, who.deed(), Event::TotpEnabled { user: account.user.id.to_string() })?;
            let session = Session { second_factor: true, proved_at: who.deed().at, ..who.session().clone() };
            Ok(self.renew_session(tx, session)?)
        })
    }

    pub fn remove_totp(&self, fresh: &Fresh<'_>) -> Result<(), AccountError> {
        self.change_secrets(fresh, &Notice::TotpDisabled, |account| {
            account.secrets.totp.take().ok_or(AccountError::Nothing)?;
            Ok(Event::TotpDisabled { user: account.user.id.to_string() })
        })
    }

    /// Ten new codes; those before are void, and the other sessions, which one of them may have opened, end.
    pub fn make_recovery_codes(&self, fresh: &Fresh<'_>) -> Result<Vec<Zeroizing<String>>, AccountError> {
        let codes = RecoveryCode::generate(&*self.entropy);
        let owner = fresh.who().user().id;
        self.catalog.write(|tx| {
            let mut account = self.account(tx, owner)?;
            if !account.secrets.recovery.is_empty() {
                self.drop_sessions_but(tx, owner, Some(fresh.who().session().id), fresh.who().deed())?;
            }
            account.secrets.recovery = codes.iter().map(|code| code.digest(&self.peppers.current, owner)).collect();
            self.update_secrets(tx, &account)?;
            self.tell(tx, owner, &Notice::RecoveryCodesMade, fresh.who().deed().at)?;
            self.record(tx, fresh.who().deed(), Event::RecoveryCodesMade { user: owner.to_string() })
        })?;
        Ok(codes.iter().map(RecoveryCode::reveal).collect())
    }

    pub(crate) fn ways_in_of(&self, db: &Connection, account: &Account) -> Result<WaysIn, CatalogError> {
        let sql = "SELECT count(*) FROM provider_subjects WHERE user = ?1";
        Ok(WaysIn {
            passphrase: account.secrets.passphrase.is_some(),
            totp: account.secrets.totp.is_some(),
            passkeys: account.secrets.passkeys.len(),
            recovery_codes: account.secrets.recovery.len(),
            single_sign_on: catalog::count(db, sql, [account.user.id.to_string()])? as usize,
        })
    }

    /// Changes secrets, ends the other sessions, and tells the person and the trail.
    fn change_secrets(
        &self,
        fresh: &Fresh<'_>,
        notice: &Notice,
        change: impl FnOnce(&mut Account) -> Result<Event, AccountError>,
    ) -> Result<(), AccountError> {
        let who = fresh.who();
        self.change_account(who, |tx, account| {
            let event = change(account)?;
            self.keep_a_way_in(tx, account)?;
            self.update_secrets(tx, account)?;
            self.tell(tx, account.user.id, notice, who.deed().at)?;
            self.drop_sessions_but(tx, account.user.id, Some(who.session().id), who.deed())?;
            Ok(event)
        })
    }

    pub(crate) fn keep_a_way_in(&self, db: &Connection, account: &Account) -> Result<(), AccountError> {
        let ways = self.ways_in_of(db, account)?;
        if ways.passphrase || ways.passkeys > 0 || ways.single_sign_on > 0 { Ok(()) } else { Err(AccountError::LastWayIn) }
    }

    fn change_account(
        &self,
        who: &SignedIn,
        change: impl FnOnce(&Connection, &mut Account) -> Result<Event, AccountError>,
    ) -> Result<(), AccountError> {
        self.catalog.write(|tx| {
            let mut account = self.account(tx, who.user().id)?;
            let event = change(tx, &mut account)?;
            Ok(self.record(tx, who.deed(), event)?)
        })
    }
}

//! The first tenant: by a one-time token that a browser sends, or by `bootstrap` from the shell of the machine.
//!
//! Always holds: one token at a time, stored only as a keyed digest, ended by its use, by time, by a newer one and by
//! the first tenant however it came to be. The right token is never made to wait, so wrong ones cannot lock it out:
//! with 60 random bits, the wait that wrong ones are answered with only spares the machine.

use std::fmt;

use audit::{Deed, Event};
use factor::Crockford;
use model::{DisplayName, Email, Scope, SourceId, TenantId, Timestamp, limits};
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::key::{KeyKind, PlainKey};
use crate::keys::{CreateKeyError, Expiry, NewKey};
use crate::members::told;
use crate::roles::RoleGrant;
use crate::sessions::{Client, Method, OpenedSession, Opening, Stage};
use crate::tenants::{CreateSourceError, CreateTenantError};
use crate::users::UserKind;

const TOKEN_CHARS: usize = 12;

/// A token in its one spelling.
type Token = Crockford<TOKEN_CHARS>;

/// A setup token in clear, such as `4F7K-9QXM-2HTD`.
pub struct PlainSetupToken(Zeroizing<String>);

/// Who becomes the first tenant's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOwner {
    pub email: Email,
    pub name: DisplayName,
}

/// What a new installation, or a script, needs to go on.
#[derive(Debug)]
pub struct Bootstrapped {
    pub tenant_id: TenantId,
    pub source_id: SourceId,
    pub write_key: PlainKey,
    pub read_key: PlainKey,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateSetupTokenError {
    #[error("the setup is complete")]
    Closed,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the setup is complete")]
    Closed,
    /// The answer should be held back for as many seconds.
    #[error("the setup link is wrong or has expired; `blockhouse admin setup-link`, on the server, makes another one")]
    WrongOrExpired { wait_seconds: u32 },
    #[error("the e-mail address has an account already")]
    EmailTaken,
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    #[error("could not make the organization")]
    Tenant(#[from] CreateTenantError),
    #[error("could not make the source")]
    Source(#[from] CreateSourceError),
    #[error("could not make the keys")]
    Key(#[from] CreateKeyError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Wrong setup tokens of late, in this process.
#[derive(Debug, Default)]
pub(crate) struct WrongTries {
    count: u32,
    last: Timestamp,
}

struct StoredToken {
    digest: Option<[u8; 32]>,
    expires_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
}

// === impl PlainSetupToken ===

impl PlainSetupToken {
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainSetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainSetupToken(..)")
    }
}

// === impl WrongTries ===

impl WrongTries {
    /// Counts one more and says how long its answer should wait: not at all at first, then twice as long each time.
    fn wait_after(&mut self, now: Timestamp) -> u32 {
        if now.seconds_since(self.last) >= limits::SETUP_MINUTES * 60 {
            self.count = 0;
        }
        self.last = now;
        self.count = self.count.saturating_add(1);
        match self.count.checked_sub(limits::SETUP_TRIES_FREE + 1) {
            None => 0,
            Some(doublings) => 1u32
                .checked_shl(doublings)
                .map_or(limits::SETUP_WAIT_SECONDS_MAX, |wait| wait.min(limits::SETUP_WAIT_SECONDS_MAX)),
        }
    }
}

// === impl Bootstrapped ===

impl Bootstrapped {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { tenant: self.tenant_id, source: self.source_id }
    }
}

// === impl Identity ===

impl Identity {
    /// Whether no tenant has ever existed.
    pub fn is_setup_open(&self) -> Result<bool, CatalogError> {
        Ok(self.catalog.read(stored_token)?.completed_at.is_none())
    }

    /// Makes a token and ends the one before it.
    pub fn create_setup_token(&self, deed: &Deed) -> Result<PlainSetupToken, CreateSetupTokenError> {
        let token = Token::generate(&*self.entropy);
        let digest = self.setup_digest(&token);
        let expires_at = deed.at.plus_seconds(limits::SETUP_MINUTES * 60);
        self.catalog.write(|tx| {
            let sql = "UPDATE setup SET digest = ?1, expires_at = ?2 WHERE completed_at IS NULL";
            match catalog::change(tx, sql, (digest, expires_at.nanos()))? {
                0 => Err(CreateSetupTokenError::Closed),
                _ => Ok(self.record(tx, deed, Event::SetupLinkMade)?),
            }
        })?;
        *self.wrong_tries.lock() = WrongTries::default();
        Ok(PlainSetupToken(token.reveal()))
    }

    /// Spends the token on the first tenant, its source and their keys, and its owner's account if there is to be one: all
    /// of it happens or nothing. The session lets the owner set up a way to sign in.
    pub fn complete_setup(
        &self,
        token: &str,
        (tenant, source): (&DisplayName, &DisplayName),
        owner: Option<(&FirstOwner, &Client)>,
        deed: &Deed,
    ) -> Result<(Bootstrapped, Option<OpenedSession>), SetupError> {
        let now = deed.at;
        let wrong = || SetupError::WrongOrExpired { wait_seconds: self.wrong_tries.lock().wait_after(now) };
        let digest = Token::parse(token).map(|token| self.setup_digest(&token));
        // Wrong tokens are refused on a reading connection: they must not cost the machine a write.
        let check = |db: &Connection| -> Result<(), SetupError> {
            let stored = stored_token(db)?;
            if stored.completed_at.is_some() {
                return Err(SetupError::Closed);
            }
            let in_time = stored.expires_at.is_some_and(|at| now < at);
            let right = stored.digest.zip(digest).is_some_and(|(a, b)| seal::constant_time_eq(&a, &b));
            if in_time && right { Ok(()) } else { Err(wrong()) }
        };
        self.catalog.read(check)?;
        self.catalog.write(|tx| {
            check(tx)?;
            self.record(tx, deed, Event::SetupDone)?;
            let made = self.bootstrap_within(tx, tenant, source, deed)?;
            let session = match owner {
                Some((owner, client)) => Some(self.make_owner(tx, made.tenant_id, (owner, client), deed)?),
                None => None,
            };
            Ok((made, session))
        })
    }

    fn make_owner(
        &self,
        db: &Connection,
        tenant: TenantId,
        (owner, client): (&FirstOwner, &Client),
        deed: &Deed,
    ) -> Result<OpenedSession, SetupError> {
        // Staff accounts may be there before any tenant is.
        if self.find_account_by_email(db, &owner.email)?.is_some() {
            return Err(SetupError::EmailTaken);
        }
        let account = self.insert_account(db, (&owner.email, &owner.name, UserKind::Person), deed.at)?;
        let grants = [RoleGrant::everywhere(policy::BuiltInRole::Owner)];
        self.insert_member(db, (tenant, account.user.id), &grants, deed.at)?;
        let deed = Deed { actor: audit::Actor::person(account.user.id), ..deed.clone() }.of_tenant(tenant);
        let event = Event::MemberJoined { user: account.user.id.to_string(), invitation: None, roles: told(&grants) };
        self.record(db, &deed, event)?;
        let opening = Opening {
            stage: Stage::SignedIn,
            methods: vec![Method::SetupLink],
            second_factor: false,
            proved_at: None,
            of_provider: None,
        };
        Ok(self.open_session(db, &account, (opening, client), &deed)?)
    }

    /// Finds or makes the tenant and the source of these names, and always makes new keys.
    pub fn bootstrap(&self, tenant: &DisplayName, source: &DisplayName, deed: &Deed) -> Result<Bootstrapped, BootstrapError> {
        self.catalog.write(|tx| self.bootstrap_within(tx, tenant, source, deed))
    }

    fn bootstrap_within(
        &self,
        db: &Connection,
        tenant: &DisplayName,
        source: &DisplayName,
        deed: &Deed,
    ) -> Result<Bootstrapped, BootstrapError> {
        let now = deed.at;
        let tenant = match self.find_tenant(db, tenant)? {
            Some(found) => found,
            None => self.insert_tenant(db, tenant, deed)?,
        };
        let source = match self.find_source(db, tenant.id, source)? {
            Some(found) => found,
            None => {
                let new = self.new_source(tenant.id, source, limits::RETENTION_DAYS_DEFAULT, now)?;
                self.insert_source(db, &new, deed)?;
                new
            }
        };
        let make = |kind: KeyKind| -> Result<PlainKey, BootstrapError> {
            let name = DisplayName::parse(kind.as_str()).expect("the word for a direction is a name");
            let new = NewKey { kind, name, expiry: Expiry::default() };
            let expires_at = Expiry::default().after(now)?;
            Ok(self.make_key(db, self.new_key(source.scope(), &new, now, expires_at), deed)?.0)
        };
        let (write_key, read_key) = (make(KeyKind::Write)?, make(KeyKind::Read)?);
        Ok(Bootstrapped { tenant_id: tenant.id, source_id: source.id, write_key, read_key })
    }

    /// A word in front keeps these digests apart from those of keys, which share the pepper.
    fn setup_digest(&self, token: &Token) -> [u8; 32] {
        self.peppers.current.digest(&Zeroizing::new([&b"setup "[..], token.as_bytes()].concat()))
    }
}

fn stored_token(db: &Connection) -> Result<StoredToken, CatalogError> {
    let sql = "SELECT digest, expires_at, completed_at FROM setup WHERE id = 1";
    let stored = catalog::one(db, sql, [], |row| {
        Ok(StoredToken {
            digest: row.get("digest")?,
            expires_at: catalog::optional_time(row, "expires_at")?,
            completed_at: catalog::optional_time(row, "completed_at")?,
        })
    })?;
    stored.ok_or_else(|| CatalogError::Tampered { table: "setup", id: "1".to_owned() })
}

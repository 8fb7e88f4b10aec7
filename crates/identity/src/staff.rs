//! What is done to accounts from the shell of the machine: staff, recovery, and accounts that end.
//!
//! Always holds: accounts of staff are made at the shell only, where the root key can be read anyway; a session that the
//! shell opens is there to set up a passkey in, and is told in the installation's trail.

use audit::{Actor, Deed, Event};
use model::{DisplayName, Email, Timestamp};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::sessions::{Client, Method, OpenedSession, Opening, Stage};
use crate::users::{Account, Secrets, User, UserKind, UserState};

/// One of staff, and when it was last confirmed that they may use granted access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    pub user: User,
    pub certified_at: Option<Timestamp>,
    pub passkeys: usize,
}

// === impl Identity ===

impl Identity {
    /// All of staff, the oldest first.
    pub fn staff(&self) -> Result<Vec<StaffMember>, CatalogError> {
        self.catalog.read(|db| {
            let all = self.accounts(db)?.into_iter().filter(|account| account.user.kind.is_staff());
            all.map(|account| {
                let passkeys = account.secrets.passkeys.len();
                let certified_at = account.certified_at.map(Timestamp::from_nanos);
                Ok(StaffMember { user: account.user, certified_at, passkeys })
            })
            .collect()
        })
    }

    /// A new account of staff, and a session to set up its passkey in. `None`: the address has an account.
    pub fn create_staff(
        &self,
        email: &Email,
        name: &DisplayName,
        kind: UserKind,
        deed: &Deed,
    ) -> Result<Option<OpenedSession>, CatalogError> {
        self.catalog.write(|tx| {
            if self.find_account_by_email(tx, email)?.is_some() {
                return Ok(None);
            }
            let account = self.insert_account(tx, (email, name, kind), deed.at)?;
            let event = Event::AccountCreated { user: account.user.id.to_string(), kind: kind.as_str().to_owned() };
            self.record(tx, deed, event)?;
            Ok(Some(self.open_session_of_shell(tx, &account, deed)?))
        })
    }

    /// Confirms that one of staff may go on using granted access. Says whether there is such a one.
    pub fn certify_staff(&self, email: &Email, deed: &Deed) -> Result<bool, CatalogError> {
        self.catalog.write(|tx| {
            let found = self.find_account_by_email(tx, email)?.filter(|account| account.user.kind.is_staff());
            let Some(mut account) = found else { return Ok(false) };
            account.certified_at = Some(deed.at.nanos());
            self.update_account(tx, &account)?;
            self.record(tx, deed, Event::StaffCertified { user: account.user.id.to_string() })?;
            Ok(true)
        })
    }

    /// Lets an account sign in, or no more; then its sessions end at once. Says whether there is one.
    pub fn set_account_state(&self, email: &Email, state: UserState, deed: &Deed) -> Result<bool, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut account) = self.find_account_by_email(tx, email)? else { return Ok(false) };
            account.user.state = state;
            self.update_account(tx, &account)?;
            let user = account.user.id.to_string();
            let event = match state {
                UserState::Active => Event::AccountEnabled { user },
                UserState::Disabled => Event::AccountDisabled { user },
            };
            self.record(tx, deed, event)?;
            if state == UserState::Disabled {
                self.drop_sessions_but(tx, account.user.id, None, deed)?;
            }
            Ok(true)
        })
    }

    /// A session with which somebody who lost every way in sets up a new one. All other sessions end; the passphrase, the
    /// codes and the passkeys count no more. `None`: there is no such account.
    pub fn recover_account(&self, email: &Email, deed: &Deed) -> Result<Option<OpenedSession>, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut account) = self.find_account_by_email(tx, email)? else { return Ok(None) };
            account.secrets = Secrets::default();
            self.update_secrets(tx, &account)?;
            catalog::change(tx, "DELETE FROM passkeys WHERE user = ?1", [account.user.id.to_string()])?;
            self.drop_sessions_but(tx, account.user.id, None, deed)?;
            self.record(tx, deed, Event::AccountRecovered { user: account.user.id.to_string() })?;
            Ok(Some(self.open_session_of_shell(tx, &account, deed)?))
        })
    }

    fn open_session_of_shell(&self, db: &Connection, account: &Account, deed: &Deed) -> Result<OpenedSession, CatalogError> {
        debug_assert_eq!(deed.actor, Actor::Shell);
        let opening = Opening {
            stage: Stage::SignedIn,
            methods: vec![Method::Shell],
            second_factor: false,
            proved_at: None,
            of_provider: None,
        };
        self.open_session(db, account, (opening, &Client::default()), deed)
    }
}

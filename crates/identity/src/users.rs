//! Accounts of people: who they are, and the secrets they sign in with.
//!
//! Always holds: one account for an e-mail address; an account is a customer's person, an operator or a data engineer,
//! never two of them, and its kind never changes.

use model::{DisplayName, Email, Timestamp, UserId, limits};
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;

/// Whose account it is. Staff of the installation are members of no tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// Somebody of a customer.
    Person,
    /// Staff who run the installation, and reach no data.
    Operator,
    /// Staff who reach data when a customer grants it, and no system.
    Engineer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    Active,
    /// Signs in no more.
    Disabled,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub name: DisplayName,
    pub kind: UserKind,
    pub state: UserState,
    pub created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct UserDocument {
    email: String,
    name: String,
    kind: UserKind,
    state: UserState,
    /// The tenant that the person last worked in.
    tenant: Option<String>,
    /// Of staff: when it was last confirmed that they may use granted access.
    #[serde(default)]
    certified_at: Option<i64>,
}

/// What an account signs in with; of its passkeys, which ones.
#[derive(Default, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    /// Argon2id, in the PHC string format.
    #[serde(default)]
    pub(crate) passphrase: Option<String>,
    #[serde(default)]
    pub(crate) totp: Option<StoredTotp>,
    /// Shown to the person, not yet proved to have arrived.
    #[serde(default)]
    pub(crate) totp_pending: Option<String>,
    /// Keyed digests of the codes that are left.
    #[serde(default)]
    pub(crate) recovery: Vec<[u8; 32]>,
    /// The passkeys that count: a row of one that is taken away weakens nothing, and one that is put back opens nothing.
    #[serde(default)]
    pub(crate) passkeys: Vec<String>,
    /// Networks of earlier sign-ins, the latest last.
    #[serde(default)]
    pub(crate) networks: Vec<String>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredTotp {
    pub(crate) secret: String,
    pub(crate) last_step: Option<u64>,
}

/// An account with what decides about its sign-in.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) last_tenant: Option<String>,
    pub(crate) certified_at: Option<i64>,
    pub(crate) secrets: Secrets,
}

const SELECT: &str = "SELECT id, email_index, created_at, document, secrets FROM users WHERE id = ?1";
const SELECT_BY_EMAIL: &str = "SELECT id, email_index, created_at, document, secrets FROM users WHERE email_index = ?1";

// === impl UserKind ===

impl UserKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Engineer => "engineer",
        }
    }

    #[must_use]
    pub fn is_staff(self) -> bool {
        match self {
            Self::Person => false,
            Self::Operator | Self::Engineer => true,
        }
    }
}

// === impl Account ===

impl Account {
    fn document(&self) -> UserDocument {
        UserDocument {
            email: self.user.email.as_str().to_owned(),
            name: self.user.name.as_str().to_owned(),
            kind: self.user.kind,
            state: self.user.state,
            tenant: self.last_tenant.clone(),
            certified_at: self.certified_at,
        }
    }

    /// Whether it was confirmed of late that this one of staff may use granted access.
    pub(crate) fn is_certified(&self, now: Timestamp) -> bool {
        let certified = self.certified_at.map(Timestamp::from_nanos);
        certified.is_some_and(|at| now.seconds_since(at) < limits::STAFF_CERTIFIED_DAYS * 24 * 3_600)
    }

    pub(crate) fn is_active(&self) -> bool {
        match self.user.state {
            UserState::Active => true,
            UserState::Disabled => false,
        }
    }
}

// === impl Identity ===

impl Identity {
    pub fn user(&self, id: UserId) -> Result<Option<User>, CatalogError> {
        self.catalog.read(|db| Ok(self.find_account(db, id)?.map(|account| account.user)))
    }

    pub(crate) fn find_account(&self, db: &Connection, id: UserId) -> Result<Option<Account>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_account(row))
    }

    pub(crate) fn account(&self, db: &Connection, id: UserId) -> Result<Account, CatalogError> {
        self.find_account(db, id)?.ok_or_else(|| CatalogError::Tampered { table: "users", id: id.to_string() })
    }

    pub(crate) fn find_account_by_email(&self, db: &Connection, email: &Email) -> Result<Option<Account>, CatalogError> {
        catalog::one(db, SELECT_BY_EMAIL, [self.email_index(email)], |row| self.read_account(row))
    }

    /// Every account, the oldest first.
    pub(crate) fn accounts(&self, db: &Connection) -> Result<Vec<Account>, CatalogError> {
        let sql = "SELECT id, email_index, created_at, document, secrets FROM users ORDER BY created_at, id";
        catalog::all(db, sql, [], |row| self.read_account(row))
    }

    pub(crate) fn email_index(&self, email: &Email) -> [u8; 32] {
        self.sealer.blind_index("users", "email", email.as_str().as_bytes())
    }

    /// The caller has seen that no account has this address.
    pub(crate) fn insert_account(
        &self,
        db: &Connection,
        (email, name, kind): (&Email, &DisplayName, UserKind),
        now: Timestamp,
    ) -> Result<Account, CatalogError> {
        let user = User {
            id: UserId::generate(&*self.entropy),
            email: email.clone(),
            name: name.clone(),
            kind,
            state: UserState::Active,
            created_at: now,
        };
        let certified_at = kind.is_staff().then_some(now.nanos());
        let account = Account { user, last_tenant: None, certified_at, secrets: Secrets::default() };
        let spot = Spot::new("users", account.user.id, "");
        catalog::change(
            db,
            "INSERT INTO users (id, email_index, created_at, document, secrets) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                account.user.id.to_string(),
                self.email_index(email),
                now.nanos(),
                spot.seal(&self.sealer, &account.document())?,
                spot.clone().column("secrets").seal(&self.sealer, &account.secrets)?,
            ),
        )?;
        Ok(account)
    }

    /// Writes what is shown of an account.
    pub(crate) fn update_account(&self, db: &Connection, account: &Account) -> Result<(), CatalogError> {
        Spot::new("users", account.user.id, "").update(db, &self.sealer, &account.document())
    }

    pub(crate) fn update_secrets(&self, db: &Connection, account: &Account) -> Result<(), CatalogError> {
        Spot::new("users", account.user.id, "").column("secrets").update(db, &self.sealer, &account.secrets)
    }

    pub(crate) fn read_account(&self, row: &Row<'_>) -> Result<Account, CatalogError> {
        let id: UserId = catalog::id(row, "id", "users")?;
        let spot = Spot::new("users", id, "");
        let document: UserDocument = spot.read(&self.sealer, row)?;
        let email = Email::parse(&document.email).map_err(|_| spot.tampered())?;
        let index: [u8; 32] = row.get("email_index")?;
        // Swapping the indexes of two accounts would let one sign in as the other.
        if !seal::constant_time_eq(&index, &self.email_index(&email)) {
            return Err(spot.tampered());
        }
        let user = User {
            id,
            email,
            name: DisplayName::parse(&document.name).map_err(|_| spot.tampered())?,
            kind: document.kind,
            state: document.state,
            created_at: catalog::time(row, "created_at")?,
        };
        let secrets = spot.column("secrets").read(&self.sealer, row)?;
        Ok(Account { user, last_tenant: document.tenant, certified_at: document.certified_at, secrets })
    }
}

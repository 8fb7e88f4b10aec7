//! Passkeys: added to an account, used to sign in, to complete a sign-in, and to prove again who is signed in.
//!
//! Always holds: what a ceremony needs to remember travels through the client sealed, for one purpose, one session and five
//! minutes, so strangers who begin ceremonies fill no memory; an answer that let somebody in does not do so twice.

use std::collections::HashMap;
use std::fmt;

use audit::{Deed, Event};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use factor::{Answer, Asked, Assertion, Passkey, PasskeyError, PasskeyOwner, Registration, SignIn};
use model::{DisplayName, PasskeyId, Timestamp, UserId, limits};
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SignInError, SignedInNow};
use crate::Identity;
use crate::account::AccountError;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::document::Spot;
use crate::notices::Notice;
use crate::record::Refusee;
use crate::sessions::{Client, Method, OpenedSession, Opening, Session, Stage};
use crate::signed_in::{Fresh, SignedIn};
use crate::users::Account;

/// What the browser is asked, and the token to give back with its answer.
#[derive(Debug)]
pub struct PasskeyCeremony {
    pub token: String,
    /// For `navigator.credentials`.
    pub options: Value,
}

/// A passkey as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPasskey {
    pub id: PasskeyId,
    pub name: DisplayName,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// Answers that let somebody in, until their ceremony is over anyway.
#[derive(Debug, Default)]
pub(crate) struct Ceremonies {
    spent: HashMap<[u8; 32], Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Remembered<C> {
    ceremony: C,
    ends_at: i64,
}

#[derive(Serialize, Deserialize)]
struct PasskeyDocument {
    name: String,
    used_at: Option<i64>,
    passkey: Passkey,
}

pub(crate) struct StoredPasskey {
    pub(crate) id: PasskeyId,
    pub(crate) user: UserId,
    name: DisplayName,
    created_at: Timestamp,
    used_at: Option<i64>,
    pub(crate) passkey: Passkey,
}

const SIGN_IN: &str = "sign-in";
const PROOF: &str = "proof";
const REGISTRATION: &str = "registration";
const SELECT_BY_USER: &str = "SELECT id, user, created_at, document FROM passkeys WHERE user = ?1 ORDER BY created_at, id";
const SELECT_BY_CREDENTIAL: &str = "SELECT id, user, created_at, document FROM passkeys WHERE credential_index = ?1";

// === impl Ceremonies ===

impl Ceremonies {
    /// Whether this token was spent before; it is now.
    fn spend(&mut self, token: [u8; 32], now: Timestamp) -> bool {
        self.spent.retain(|_, ends_at| *ends_at > now);
        self.spent.insert(token, now.plus_seconds(limits::CEREMONY_MINUTES * 60)).is_some()
    }
}

// === impl StoredPasskey ===

impl StoredPasskey {
    fn spot(&self) -> Spot {
        Spot::new("passkeys", self.id, self.user)
    }

    fn counts_for(&self, account: &Account) -> bool {
        account.user.id == self.user && account.secrets.passkeys.contains(&self.id.to_string())
    }

    fn document(&self) -> PasskeyDocument {
        PasskeyDocument { name: self.name.as_str().to_owned(), used_at: self.used_at, passkey: self.passkey.clone() }
    }
}

// === impl Identity ===

impl Identity {
    /// Anybody may begin: the device offers the passkeys that it holds.
    pub fn start_passkey_sign_in(&self, now: Timestamp) -> Result<PasskeyCeremony, SignInError> {
        let asked = self.passkeys.sign_in(&*self.entropy)?;
        self.remember(SIGN_IN, "", asked, now)
    }

    pub fn sign_in_with_passkey(
        &self,
        token: &str,
        answer: &[u8],
        client: &Client,
        deed: &Deed,
    ) -> Result<SignedInNow, SignInError> {
        let recall = || self.recall::<SignIn>(SIGN_IN, "", token, deed.at);
        let answer = Answer::parse(answer).map_err(PasskeyError::from)?;
        // A wrong answer costs no write.
        self.catalog.read(|db| self.verify_answer(db, recall()?, &answer, deed))?;
        self.spend_token(token, deed.at)?;
        self.catalog.write(|tx| {
            // Again: the passkey may have been used or removed while this answer was looked at.
            let (stored, assertion) = self.verify_answer(tx, recall()?, &answer, deed)?;
            let mut account = self.account(tx, assertion.owner)?;
            if !account.is_active() {
                return Err(SignInError::Wrong);
            }
            self.note_passkey_use(tx, stored, assertion.changed, deed.at)?;
            let opening = Opening {
                stage: Stage::SignedIn,
                methods: vec![Method::Passkey],
                second_factor: true,
                proved_at: None,
                of_provider: None,
            };
            Ok(self.let_in(tx, &mut account, (opening, client), deed)?)
        })
    }

    /// Asks whoever is signed in, or half signed in, for one of the own passkeys.
    pub fn start_passkey_proof(&self, credential: &Credential, now: Timestamp) -> Result<PasskeyCeremony, SignInError> {
        let (session, _) = self.catalog.read(|db| self.find_session(db, credential, now))?;
        let own = self.catalog.read(|db| self.passkeys_of(db, session.user))?;
        if own.is_empty() {
            return Err(SignInError::NothingToProve);
        }
        let own: Vec<Passkey> = own.into_iter().map(|stored| stored.passkey).collect();
        let asked = self.passkeys.sign_in_as(&own, &*self.entropy)?;
        self.remember(PROOF, session.id, asked, now)
    }

    pub fn prove_with_passkey(
        &self,
        credential: &Credential,
        (token, answer): (&str, &[u8]),
        client: &Client,
        deed: &Deed,
    ) -> Result<SignedInNow, SignInError> {
        let (session, _) = self.catalog.read(|db| self.find_session(db, credential, deed.at))?;
        let recall = || self.recall::<SignIn>(PROOF, session.id, token, deed.at);
        let answer = Answer::parse(answer).map_err(PasskeyError::from)?;
        self.catalog.read(|db| self.verify_answer(db, recall()?, &answer, deed))?;
        self.spend_token(token, deed.at)?;
        self.catalog.write(|tx| {
            let (session, mut account) = self.find_session(tx, credential, deed.at)?;
            let (stored, assertion) = self.verify_answer(tx, recall()?, &answer, deed)?;
            if assertion.owner != session.user {
                return Err(SignInError::Wrong);
            }
            self.note_passkey_use(tx, stored, assertion.changed, deed.at)?;
            Ok(self.complete(tx, (&mut account, session), Method::Passkey, (client, deed))?)
        })
    }

    pub fn start_passkey_registration(&self, fresh: &Fresh<'_>) -> Result<PasskeyCeremony, SignInError> {
        let who = fresh.who();
        let user = who.user();
        let existing = self.catalog.read(|db| self.passkeys_of(db, user.id))?;
        let existing: Vec<Passkey> = existing.into_iter().map(|stored| stored.passkey).collect();
        let owner = PasskeyOwner { id: user.id, name: user.email.as_str(), display_name: user.name.as_str() };
        let asked = self.passkeys.register(&owner, &existing, &*self.entropy)?;
        self.remember(REGISTRATION, who.session().id, asked, who.deed().at)
    }

    /// Adds a passkey. The session counts as one with a second factor from now on.
    pub fn finish_passkey_registration(
        &self,
        fresh: &Fresh<'_>,
        (token, answer): (&str, &[u8]),
        name: &DisplayName,
    ) -> Result<OpenedSession, SignInError> {
        let who = fresh.who();
        let (user, now) = (who.user().id, who.deed().at);
        let ceremony: Registration = self.recall(REGISTRATION, who.session().id, token, now)?;
        let passkey = self.passkeys.finish_registration(ceremony, answer)?;
        self.catalog.write(|tx| {
            if self.passkey_by_credential(tx, passkey.id())?.is_some() {
                return Err(PasskeyError::AlreadyHeld.into());
            }
            let mut account = self.account(tx, user)?;
            if account.secrets.passkeys.len() as i64 >= limits::PASSKEYS_PER_PERSON_MAX {
                return Err(SignInError::Passkey(format!("an account has at most {}", limits::PASSKEYS_PER_PERSON_MAX)));
            }
            let stored = StoredPasskey {
                id: PasskeyId::generate(&*self.entropy),
                user,
                name: name.clone(),
                created_at: now,
                used_at: None,
                passkey,
            };
            catalog::change(
                tx,
                "INSERT INTO passkeys (id, user, credential_index, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    stored.id.to_string(),
                    user.to_string(),
                    self.credential_index(stored.passkey.id()),
                    now.nanos(),
                    stored.spot().seal(&self.sealer, &stored.document())?,
                ),
            )?;
            account.secrets.passkeys.push(stored.id.to_string());
            self.update_secrets(tx, &account)?;
            self.tell(tx, user, &Notice::PasskeyAdded { name: name.as_str().to_owned() }, now)?;
            self.record(tx, who.deed(), Event::PasskeyAdded { passkey: stored.id.to_string() })?;
            let session = Session { second_factor: true, proved_at: now, ..who.session().clone() };
            Ok(self.renew_session(tx, session)?)
        })
    }

    pub fn passkeys(&self, who: &SignedIn) -> Result<Vec<OwnPasskey>, CatalogError> {
        let all = self.catalog.read(|db| self.passkeys_of(db, who.user().id))?;
        let shown = |stored: StoredPasskey| OwnPasskey {
            id: stored.id,
            name: stored.name,
            created_at: stored.created_at,
            used_at: stored.used_at.map(Timestamp::from_nanos),
        };
        Ok(all.into_iter().map(shown).collect())
    }

    pub fn rename_passkey(&self, who: &SignedIn, id: PasskeyId, name: &DisplayName) -> Result<(), AccountError> {
        who.beyond_its_tenant()?;
        self.catalog.write(|tx| {
            let found = self.passkeys_of(tx, who.user().id)?.into_iter().find(|stored| stored.id == id);
            let stored = StoredPasskey { name: name.clone(), ..found.ok_or(AccountError::Nothing)? };
            Ok(stored.spot().update(tx, &self.sealer, &stored.document())?)
        })
    }

    /// Takes a passkey from the account; every other session ends.
    pub fn remove_passkey(&self, fresh: &Fresh<'_>, id: PasskeyId) -> Result<(), AccountError> {
        let who = fresh.who();
        self.catalog.write(|tx| {
            let found = self.passkeys_of(tx, who.user().id)?.into_iter().find(|stored| stored.id == id);
            let stored = found.ok_or(AccountError::Nothing)?;
            catalog::change(tx, "DELETE FROM passkeys WHERE id = ?1", [id.to_string()])?;
            let mut account = self.account(tx, who.user().id)?;
            account.secrets.passkeys.retain(|counted| *counted != id.to_string());
            self.keep_a_way_in(tx, &account)?;
            self.update_secrets(tx, &account)?;
            self.tell(tx, who.user().id, &Notice::PasskeyRemoved { name: stored.name.as_str().to_owned() }, who.deed().at)?;
            self.record(tx, who.deed(), Event::PasskeyRemoved { passkey: id.to_string() })?;
            self.drop_sessions_but(tx, who.user().id, Some(who.session().id), who.deed())?;
            Ok(())
        })
    }

    pub(crate) fn passkeys_of(&self, db: &Connection, user: UserId) -> Result<Vec<StoredPasskey>, CatalogError> {
        let account = self.account(db, user)?;
        let all = catalog::all(db, SELECT_BY_USER, [user.to_string()], |row| self.read_passkey(row))?;
        Ok(all.into_iter().filter(|stored| stored.counts_for(&account)).collect())
    }

    pub(crate) fn passkey_by_credential(&self, db: &Connection, id: &[u8]) -> Result<Option<StoredPasskey>, CatalogError> {
        let found = catalog::one(db, SELECT_BY_CREDENTIAL, [self.credential_index(id)], |row| self.read_passkey(row))?;
        // The column is clear: a row whose index was exchanged names another passkey than it holds.
        match found {
            Some(stored) if stored.passkey.id() == id && stored.passkey.owner() == stored.user => {
                let account = self.account(db, stored.user)?;
                Ok(Some(stored).filter(|stored| stored.counts_for(&account)))
            }
            Some(stored) => Err(stored.spot().tampered()),
            None => Ok(None),
        }
    }

    pub(crate) fn note_passkey_use(
        &self,
        db: &Connection,
        stored: StoredPasskey,
        changed: Option<Passkey>,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let passkey = changed.unwrap_or_else(|| stored.passkey.clone());
        let stored = StoredPasskey { used_at: Some(now.nanos()), passkey, ..stored };
        stored.spot().update(db, &self.sealer, &stored.document())
    }

    /// Verifies an answer with the passkey that it names, as the catalog holds it now. A passkey that answers wrongly may
    /// have been copied, so that is told where its owner last worked.
    fn verify_answer(
        &self,
        db: &Connection,
        ceremony: SignIn,
        answer: &Answer,
        deed: &Deed,
    ) -> Result<(StoredPasskey, Assertion), SignInError> {
        let Some(stored) = self.passkey_by_credential(db, answer.passkey_id())? else {
            self.note_stranger();
            return Err(SignInError::Wrong);
        };
        match self.passkeys.finish_sign_in(ceremony, answer, &stored.passkey) {
            Ok(assertion) => Ok((stored, assertion)),
            Err(error) => {
                let deed = self.home_deed(&self.account(db, stored.user)?, deed);
                self.note_refusal_later(Refusee::Account(stored.user), "passkey_refused", deed);
                Err(error.into())
            }
        }
    }

    /// An answer is spent before what it allows: two that come at once are one.
    fn spend_token(&self, token: &str, now: Timestamp) -> Result<(), SignInError> {
        let digest = self.peppers.current.digest(token.as_bytes());
        if self.ceremonies.lock().spend(digest, now) { Err(SignInError::NoCeremony) } else { Ok(()) }
    }

    fn remember<C: Serialize>(
        &self,
        purpose: &'static str,
        session: impl fmt::Display,
        asked: Asked<C>,
        now: Timestamp,
    ) -> Result<PasskeyCeremony, SignInError> {
        let ends_at = now.plus_seconds(limits::CEREMONY_MINUTES * 60).nanos();
        let remembered = Remembered { ceremony: asked.ceremony, ends_at };
        let sealed = Spot::new("ceremonies", purpose, session).seal(&self.sealer, &remembered)?;
        Ok(PasskeyCeremony { token: URL_SAFE_NO_PAD.encode(sealed), options: asked.options })
    }

    fn recall<C: DeserializeOwned>(
        &self,
        purpose: &'static str,
        session: impl fmt::Display,
        token: &str,
        now: Timestamp,
    ) -> Result<C, SignInError> {
        if token.len() > limits::CEREMONY_TOKEN_BYTES_MAX {
            return Err(SignInError::NoCeremony);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| SignInError::NoCeremony)?;
        let spot = Spot::new("ceremonies", purpose, session);
        let remembered: Remembered<C> = spot.open(&self.sealer, &sealed).map_err(|_| SignInError::NoCeremony)?;
        if Timestamp::from_nanos(remembered.ends_at) <= now {
            return Err(SignInError::NoCeremony);
        }
        Ok(remembered.ceremony)
    }

    fn credential_index(&self, id: &[u8]) -> [u8; 32] {
        self.sealer.blind_index("passkeys", "credential", id)
    }

    pub(crate) fn read_passkey(&self, row: &Row<'_>) -> Result<StoredPasskey, CatalogError> {
        let (id, user) = (catalog::id(row, "id", "passkeys")?, catalog::id(row, "user", "passkeys")?);
        let spot = Spot::new("passkeys", id, user);
        let document: PasskeyDocument = spot.read(&self.sealer, row)?;
        Ok(StoredPasskey {
            id,
            user,
            name: DisplayName::parse(&document.name).map_err(|_| spot.tampered())?,
            created_at: catalog::time(row, "created_at")?,
            used_at: document.used_at,
            passkey: document.passkey,
        })
    }
}

impl From<PasskeyError> for SignInError {
    fn from(error: PasskeyError) -> Self {
        Self::Passkey(error.to_string())
    }
}

//! Sessions: what a browser or a command line is signed in with.
//!
//! Always holds: the catalog has a session's keyed digest, never its token; a session ends after an idle hour, after
//! twelve hours whatever happens, by a person's act, and with the account; its token changes whenever it comes to mean
//! more (a second factor, another tenant), so a token that was planted before is worth nothing after.

use std::collections::HashMap;

use audit::{Actor, Deed, Event};
use model::{AccessRequestId, ProviderId, SessionId, TenantId, Timestamp, UserId, limits};
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::document::Spot;
use crate::key::{PlainKey, TokenKind};
use crate::refused::Refused;
use crate::users::Account;

/// Characters of what a client says of itself that are kept.
const AGENT_CHARS_MAX: usize = 200;

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SignInMethod")]
pub enum Method {
    SetupLink,
    Invitation,
    /// By a link that somebody at the shell made.
    Shell,
    Passphrase,
    Totp,
    RecoveryCode,
    Passkey,
    SingleSignOn,
}

/// How far a sign-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The passphrase was right; the second factor is awaited.
    FirstFactor,
    SignedIn,
}

/// The session of a provider that a session here came from, so that the provider can end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfProvider {
    pub(crate) provider: String,
    pub(crate) subject: String,
    pub(crate) sid: Option<String>,
}

/// A session as its person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// The tenant that it works in: one at a time.
    pub tenant: Option<TenantId>,
    pub stage: Stage,
    pub methods: Vec<Method>,
    /// Whether two factors, or a passkey that verified its user, stand behind it.
    pub second_factor: bool,
    /// When its person last proved who they are.
    pub proved_at: Timestamp,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub ends_at: Timestamp,
    /// What the client says of itself.
    pub agent: String,
    pub address: Option<String>,
    /// The approved request under which staff work in the tenant.
    pub access: Option<AccessRequestId>,
    pub(crate) of_provider: Option<OfProvider>,
}

/// A session and the token that opens it, which is shown to its client only.
#[derive(Debug)]
pub struct OpenedSession {
    pub token: PlainKey,
    pub session: Session,
}

/// What a client says of itself when somebody signs in.
#[derive(Debug, Default)]
pub struct Client {
    pub agent: String,
    /// The token of a browser that somebody signed in with before.
    pub device: Option<String>,
}

/// How a session begins.
pub(crate) struct Opening {
    pub(crate) stage: Stage,
    pub(crate) methods: Vec<Method>,
    pub(crate) second_factor: bool,
    /// When the person proved who they are, if not now.
    pub(crate) proved_at: Option<Timestamp>,
    pub(crate) of_provider: Option<OfProvider>,
}

#[derive(Serialize, Deserialize)]
struct SessionDocument {
    digest: [u8; 32],
    tenant: Option<String>,
    stage: Stage,
    methods: Vec<Method>,
    second_factor: bool,
    proved_at: i64,
    seen_at: i64,
    ends_at: i64,
    agent: String,
    address: Option<String>,
    access: Option<String>,
    of_provider: Option<OfProvider>,
}

/// When each session was last used, as far as not yet written down. Holds only sessions that exist.
pub(crate) type LastSeen = HashMap<SessionId, Timestamp>;

const SELECT_BY_DIGEST: &str = "SELECT id, user, digest, created_at, document FROM sessions WHERE digest = ?1";
const SELECT_BY_USER: &str = "SELECT id, user, digest, created_at, document FROM sessions WHERE user = ?1
    ORDER BY created_at, id";

// === impl Method ===

impl Method {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetupLink => "setup_link",
            Self::Invitation => "invitation",
            Self::Shell => "shell",
            Self::Passphrase => "passphrase",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::SingleSignOn => "single_sign_on",
        }
    }
}

// === impl Session ===

impl Session {
    fn is_alive(&self, now: Timestamp) -> bool {
        now < self.ends_at && now.seconds_since(self.seen_at) < limits::SESSION_IDLE_MINUTES * 60
    }

    /// Whether its person proved who they are so lately that sensitive acts need no more.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.seconds_since(self.proved_at) < limits::STEP_UP_MINUTES * 60
    }

    fn spot(&self) -> Spot {
        Spot::new("sessions", self.id, self.user)
    }

    fn document(&self, digest: [u8; 32]) -> SessionDocument {
        SessionDocument {
            digest,
            tenant: self.tenant.map(|id| id.to_string()),
            stage: self.stage,
            methods: self.methods.clone(),
            second_factor: self.second_factor,
            proved_at: self.proved_at.nanos(),
            seen_at: self.seen_at.nanos(),
            ends_at: self.ends_at.nanos(),
            agent: self.agent.clone(),
            address: self.address.clone(),
            access: self.access.map(|id| id.to_string()),
            of_provider: self.of_provider.clone(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Opens a session for this account. The oldest of too many ends.
    pub(crate) fn open_session(
        &self,
        db: &Connection,
        account: &Account,
        (opening, client): (Opening, &Client),
        deed: &Deed,
    ) -> Result<OpenedSession, CatalogError> {
        // Half a sign-in pushes out other halves only: whoever has just the passphrase ends nobody's session with it.
        let alive = self.sessions_of(db, account.user.id, deed.at)?.into_iter();
        let alive: Vec<Session> = alive.filter(|session| session.stage == opening.stage).collect();
        let too_many = (alive.len() + 1).saturating_sub(limits::SESSIONS_PER_PERSON_MAX as usize);
        for oldest in &alive[..too_many.min(alive.len())] {
            self.drop_session(db, oldest.id)?;
        }
        let token = PlainKey::generate(TokenKind::Session, &*self.entropy);
        let tenant = match opening.stage {
            Stage::FirstFactor => None,
            Stage::SignedIn => self.first_tenant(db, account)?,
        };
        let session = Session {
            id: SessionId::generate(&*self.entropy),
            user: account.user.id,
            tenant,
            stage: opening.stage,
            methods: opening.methods,
            second_factor: opening.second_factor,
            proved_at: opening.proved_at.map_or(deed.at, |at| at.min(deed.at)),
            created_at: deed.at,
            seen_at: deed.at,
            ends_at: deed.at.plus_seconds(match opening.stage {
                Stage::FirstFactor => limits::CEREMONY_MINUTES * 60,
                Stage::SignedIn => limits::SESSION_HOURS * 3_600,
            }),
            agent: client.agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
            address: deed.address.map(|address| address.to_string()),
            access: None,
            of_provider: opening.of_provider,
        };
        let digest = self.peppers.current.digest(token.reveal().as_bytes());
        let sealed = session.spot().seal(&self.sealer, &session.document(digest))?;
        catalog::change(
            db,
            "INSERT INTO sessions (id, user, digest, created_at, ends_at, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (session.id.to_string(), session.user.to_string(), digest, deed.at.nanos(), session.ends_at.nanos(), sealed),
        )?;
        Ok(OpenedSession { token, session })
    }

    /// Writes a session that means more than before under a new token; the old one opens nothing.
    pub(crate) fn renew_session(&self, db: &Connection, session: Session) -> Result<OpenedSession, CatalogError> {
        let unwritten = self.seen.lock().remove(&session.id);
        let session = Session { seen_at: session.seen_at.max(unwritten.unwrap_or(Timestamp::MIN)), ..session };
        let token = PlainKey::generate(TokenKind::Session, &*self.entropy);
        let digest = self.peppers.current.digest(token.reveal().as_bytes());
        let sealed = session.spot().seal(&self.sealer, &session.document(digest))?;
        let sql = "UPDATE sessions SET digest = ?1, ends_at = ?2, document = ?3 WHERE id = ?4";
        catalog::change(db, sql, (digest, session.ends_at.nanos(), sealed, session.id.to_string()))?;
        Ok(OpenedSession { token, session })
    }

    /// The session that a token opens, with its account, while both live.
    pub(crate) fn find_session(
        &self,
        db: &Connection,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<(Session, Account), Refused> {
        match credential.kind() {
            TokenKind::Session => {}
            TokenKind::Source(_) | TokenKind::Service | TokenKind::Invitation => return Err(Refused::NotASession),
        }
        for pepper in self.peppers.newest_first() {
            let digest = pepper.digest(credential.token());
            let found = catalog::one(db, SELECT_BY_DIGEST, [digest], |row| self.read_session(row))?;
            let Some((session, stored)) = found else { continue };
            if !seal::constant_time_eq(&stored, &digest) || !session.is_alive(now) {
                return Err(Refused::SessionEnded);
            }
            let account = self.account(db, session.user)?;
            if !account.is_active() {
                return Err(Refused::SessionEnded);
            }
            return Ok((session, account));
        }
        Err(Refused::SessionEnded)
    }

    pub(crate) fn sessions_of(&self, db: &Connection, user: UserId, now: Timestamp) -> Result<Vec<Session>, CatalogError> {
        let all = catalog::all(db, SELECT_BY_USER, [user.to_string()], |row| Ok(self.read_session(row)?.0))?;
        Ok(all.into_iter().filter(|session| session.is_alive(now)).collect())
    }

    pub(crate) fn drop_session(&self, db: &Connection, id: SessionId) -> Result<bool, CatalogError> {
        self.seen.lock().remove(&id);
        Ok(catalog::change(db, "DELETE FROM sessions WHERE id = ?1", [id.to_string()])? > 0)
    }

    /// Ends every session of a person but one; says how many there were.
    pub(crate) fn drop_sessions_but(
        &self,
        db: &Connection,
        user: UserId,
        kept: Option<SessionId>,
        deed: &Deed,
    ) -> Result<u64, CatalogError> {
        let mut ended = 0;
        // Idle ones too: another process may know of a use that it has not written yet.
        let all = catalog::all(db, SELECT_BY_USER, [user.to_string()], |row| Ok(self.read_session(row)?.0))?;
        for session in all.into_iter().filter(|session| Some(session.id) != kept) {
            self.drop_session(db, session.id)?;
            if session.is_alive(deed.at) {
                self.record(db, deed, Event::SessionEnded { session: session.id.to_string(), user: user.to_string() })?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// Ends the sessions that came from a provider and are meant; idle ones, too, which another process may know to be used.
    pub(crate) fn drop_sessions_of_provider(
        &self,
        db: &Connection,
        provider: ProviderId,
        is_meant: impl Fn(&OfProvider) -> bool,
        deed: &Deed,
    ) -> Result<Vec<Session>, CatalogError> {
        let sql = "SELECT id, user, digest, created_at, document FROM sessions WHERE ends_at > ?1";
        let all = catalog::all(db, sql, [deed.at.nanos()], |row| Ok(self.read_session(row)?.0))?;
        let came_from = |of: &OfProvider| of.provider == provider.to_string() && is_meant(of);
        let meant: Vec<Session> = all.into_iter().filter(|session| session.of_provider.as_ref().is_some_and(came_from)).collect();
        for session in &meant {
            self.drop_session(db, session.id)?;
            let event = Event::SessionEnded { session: session.id.to_string(), user: session.user.to_string() };
            self.record(db, deed, event)?;
        }
        Ok(meant)
    }

    pub(crate) fn note_seen(&self, id: SessionId, at: Timestamp) {
        let mut seen = self.seen.lock();
        let last = seen.entry(id).or_insert(at);
        *last = at.max(*last);
    }

    /// Writes down when sessions were last used, and clears what has ended. A job calls it every half minute.
    pub fn flush_last_seen(&self, now: Timestamp) -> Result<(), CatalogError> {
        let seen = std::mem::take(&mut *self.seen.lock());
        let written = self.catalog.write(|tx| {
            for (id, at) in &seen {
                let sql = "SELECT id, user, digest, created_at, document FROM sessions WHERE id = ?1";
                let found = catalog::one(tx, sql, [id.to_string()], |row| self.read_session(row))?;
                if let Some((session, digest)) = found {
                    let session = Session { seen_at: session.seen_at.max(*at), ..session };
                    session.spot().update(tx, &self.sealer, &session.document(digest))?;
                }
            }
            catalog::change(tx, "DELETE FROM sessions WHERE ends_at <= ?1", [now.nanos()])?;
            Ok(())
        });
        if written.is_err() {
            seen.into_iter().for_each(|(id, at)| self.note_seen(id, at));
        }
        written
    }

    pub(crate) fn read_session(&self, row: &Row<'_>) -> Result<(Session, [u8; 32]), CatalogError> {
        let (id, user) = (catalog::id(row, "id", "sessions")?, catalog::id(row, "user", "sessions")?);
        let spot = Spot::new("sessions", id, user);
        let document: SessionDocument = spot.read(&self.sealer, row)?;
        let unwritten = self.seen.lock().get(&id).copied();
        let parse = |text: Option<String>| text.map(|text| TenantId::parse(&text)).transpose().map_err(|_| spot.tampered());
        let access = document.access.map(|text| AccessRequestId::parse(&text)).transpose().map_err(|_| spot.tampered())?;
        let session = Session {
            id,
            user,
            tenant: parse(document.tenant)?,
            stage: document.stage,
            methods: document.methods,
            second_factor: document.second_factor,
            proved_at: Timestamp::from_nanos(document.proved_at),
            created_at: catalog::time(row, "created_at")?,
            seen_at: Timestamp::from_nanos(document.seen_at).max(unwritten.unwrap_or(Timestamp::MIN)),
            ends_at: Timestamp::from_nanos(document.ends_at),
            agent: document.agent,
            address: document.address,
            access,
            of_provider: document.of_provider,
        };
        Ok((session, document.digest))
    }
}

/// The actor that this account is in the audit trail.
pub(crate) fn actor(account: &Account) -> Actor {
    let id = account.user.id.to_string();
    if account.user.kind.is_staff() { Actor::Staff { id } } else { Actor::Person { id } }
}

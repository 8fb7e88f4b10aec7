//! Access of staff to a tenant's records: asked for, approved with a signature, used for an hour at most, ended.
//!
//! | state | how it comes | how it ends |
//! |---|---|---|
//! | pending | an engineer asks; the tenant allows asking | approved, denied, lapsed after a day |
//! | approved | so many of the tenant's people as it wants signed the same words with a passkey | started, lapsed with its window |
//! | active | the engineer showed a passkey for it | by time, by the engineer, by the tenant |
//!
//! Always holds: by default nothing can be asked. An approval is a passkey's signature over the exact words of the request,
//! and every question verifies it anew, from the words as they stand in the catalog: neither a session's word nor a row
//! that was changed opens a source. Access is for one person, one source, reading only. Each step is in the tenant's own
//! trail and told to its owners. An engineer never approves. Who holds the root key can read the sealed bytes without
//! asking anybody: this detects, and prevents only whoever lacks that key.

mod emergency;
mod names;
mod statement;
mod steps;
mod unwanted;

use audit::{Deed, Event, Question};
use model::{AccessRequestId, PasskeyId, Scope, SourceId, TenantId, TimeRange, Timestamp, UserId, limits};
use policy::{Approval, Permission, PermissionSet};
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::permit::{Permit, Principal, Read, ViewAccess};
use crate::refused::Refused;
use crate::sessions::Session;
use crate::settings::StaffAccess;
use crate::signed_in::SignedIn;
use crate::users::Account;

pub use emergency::{EmergencyCause, is_review_late};
pub use statement::Statement;
pub(crate) use statement::{SigningError, moves_words};
pub use steps::ToSign;

/// Why staff want to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// The tenant asked for help.
    Support,
    /// Something of the tenant's does not work.
    Incident,
    /// Suspected abuse of the service.
    Abuse,
    /// A legal order.
    Legal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessState {
    Pending,
    Approved,
    Denied,
    Lapsed,
    Active,
    Ended,
}

/// How access ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessEnd {
    Time,
    Staff,
    Tenant,
}

/// A signature over a request's words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    pub signer: String,
    pub passkey: String,
    pub at: i64,
    /// The answer of the signer's device, as it came.
    pub answer: String,
    /// The public key that it is verified with, as it was then.
    key: factor::Passkey,
}

/// A request of staff, as the tenant and whoever asked may see it.
#[derive(Debug, Clone)]
pub struct AccessRequest {
    pub id: AccessRequestId,
    pub scope: Scope,
    pub staff: UserId,
    pub reason: AccessReason,
    pub explanation: String,
    pub ticket: String,
    pub created_at: Timestamp,
    /// From when on and until when it may be used.
    pub from: Timestamp,
    pub until: Timestamp,
    /// What comes of it if nobody decides.
    pub lapses_at: Timestamp,
    pub state: AccessState,
    pub approvals_needed: usize,
    pub approvals: Vec<Signature>,
    pub started_at: Option<Timestamp>,
    pub ended: Option<(AccessEnd, Timestamp)>,
    pub readings: u64,
    pub emergency: Option<Emergency>,
    /// The session that it was started in, and the address.
    session: Option<(String, Option<String>)>,
}

/// The emergency way: two of staff instead of an approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Emergency {
    pub cause: EmergencyCause,
    /// The second of staff, with a signature of the same words.
    pub second: Option<Signature>,
    pub reviewed_at: Option<i64>,
}

/// A question of staff that is not told yet.
#[derive(Debug)]
pub struct StaffQuestion {
    pub access: AccessRequestId,
    question: Question,
    text: String,
    deed: Deed,
}

/// What staff ask for.
#[derive(Debug, Clone)]
pub struct Asking {
    pub tenant: TenantId,
    pub source: SourceId,
    pub reason: AccessReason,
    pub explanation: String,
    pub ticket: String,
    pub from: Timestamp,
    pub minutes: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("only data engineers ask for access")]
    NotAnEngineer,
    #[error("the organization does not allow staff to ask")]
    Never,
    #[error("there is no such request")]
    NoRequest,
    #[error("there is no such source")]
    NoSource,
    #[error("a request needs an explanation and a ticket, of at most {} characters each", limits::ACCESS_TEXT_CHARS_MAX)]
    Text,
    #[error(
        "access is for 1 to {} minutes, and begins within {} days",
        limits::ACCESS_MINUTES_MAX,
        limits::ACCESS_AHEAD_DAYS_MAX
    )]
    Window,
    #[error("you have {} requests that are not over; end or wait for one", limits::ACCESS_REQUESTS_OPEN_MAX)]
    TooManyOpen,
    #[error("the request is {0:?}")]
    State(AccessState),
    #[error("it may be used between {from} and {until}")]
    NotNow { from: Timestamp, until: Timestamp },
    #[error("you approved it already; another person has to")]
    SignedAlready,
    #[error("approving needs a passkey: add one to your account")]
    NoPasskey,
    #[error("the right to use granted access has to be confirmed every {} days", limits::STAFF_CERTIFIED_DAYS)]
    NotCertified,
    #[error("the signature was refused: {0}")]
    Signature(#[from] factor::PasskeyError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct AccessDocument {
    source: String,
    reason: AccessReason,
    explanation: String,
    ticket: String,
    from: i64,
    until: i64,
    lapses_at: i64,
    state: AccessState,
    approvals_needed: usize,
    approvals: Vec<Signature>,
    started_at: Option<i64>,
    ended: Option<(AccessEnd, i64)>,
    readings: u64,
    emergency: Option<Emergency>,
    session: Option<(String, Option<String>)>,
}

const SELECT: &str = "SELECT id, tenant, staff, created_at, document FROM access_requests WHERE id = ?1";
const SELECT_BY_TENANT: &str = "SELECT id, tenant, staff, created_at, document FROM access_requests
    WHERE tenant = ?1 ORDER BY created_at DESC, id LIMIT 500";
const SELECT_BY_STAFF: &str = "SELECT id, tenant, staff, created_at, document FROM access_requests
    WHERE staff = ?1 ORDER BY created_at DESC, id LIMIT 500";

// === impl AccessReason ===

impl AccessReason {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Incident => "incident",
            Self::Abuse => "abuse",
            Self::Legal => "legal",
        }
    }
}

// === impl AccessEnd ===

impl AccessEnd {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Staff => "staff",
            Self::Tenant => "tenant",
        }
    }
}

// === impl AccessRequest ===

impl AccessRequest {
    /// When active access ends, whatever happens.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        match self.started_at {
            Some(started) => self.until.min(started.plus_seconds(limits::ACCESS_MINUTES_MAX * 60)),
            None => self.until,
        }
    }

    fn spot(&self) -> Spot {
        spot(self.id, self.scope.tenant, self.staff)
    }

    fn document(&self) -> AccessDocument {
        AccessDocument {
            source: self.scope.source.to_string(),
            reason: self.reason,
            explanation: self.explanation.clone(),
            ticket: self.ticket.clone(),
            from: self.from.nanos(),
            until: self.until.nanos(),
            lapses_at: self.lapses_at.nanos(),
            state: self.state,
            approvals_needed: self.approvals_needed,
            approvals: self.approvals.clone(),
            started_at: self.started_at.map(Timestamp::nanos),
            ended: self.ended.map(|(how, at)| (how, at.nanos())),
            readings: self.readings,
            emergency: self.emergency.clone(),
            session: self.session.clone(),
        }
    }

    /// Whoever is told of it: the id in the words of the trail.
    fn told(&self) -> String {
        self.id.to_string()
    }
}

// === impl Identity ===

impl Identity {
    /// The newest requests for a tenant's sources.
    pub fn access_requests(&self, permit: &Permit<ViewAccess>) -> Result<Vec<AccessRequest>, CatalogError> {
        let tenant = permit.tenant().to_string();
        self.catalog.read(|db| catalog::all(db, SELECT_BY_TENANT, [tenant], |row| self.read_access(row)))
    }

    /// The newest requests of whoever is signed in.
    pub fn own_access_requests(&self, who: &SignedIn) -> Result<Vec<AccessRequest>, CatalogError> {
        let staff = who.user().id.to_string();
        self.catalog.read(|db| catalog::all(db, SELECT_BY_STAFF, [staff], |row| self.read_access(row)))
    }

    /// What an engineer's session may do now: the approval is verified from its words and signatures, each time.
    pub(crate) fn approval_in_force(
        &self,
        db: &Connection,
        (session, account): (&Session, &Account),
        deed: &Deed,
    ) -> Result<Option<Approval>, Refused> {
        let Some(id) = session.access else { return Ok(None) };
        let Some(request) = self.find_access(db, id)? else { return Ok(None) };
        let address = deed.address.map(|address| address.to_string());
        let of_session = request.session == Some((session.id.to_string(), address));
        let active = match request.state {
            AccessState::Active => request.staff == account.user.id && of_session,
            AccessState::Pending | AccessState::Approved | AccessState::Denied | AccessState::Lapsed | AccessState::Ended => {
                false
            }
        };
        if !active || !account.is_certified(deed.at) || !self.is_signed(&request) || !self.is_door_open(db, &request)? {
            return Ok(None);
        }
        let started = request.started_at.unwrap_or(request.from);
        let permissions = PermissionSet::new([Permission::LogsRead, Permission::SourceView]);
        let permissions = permissions.map_err(|error| CatalogError::Undecided { why: error.to_string() })?;
        let window = TimeRange { from: request.from.max(started), to: request.ends_at() };
        Ok(Some(Approval { scope: request.scope, permissions, window }))
    }

    /// Whether the tenant's settings still allow such a request: who closed the door closed it for what is under way too.
    fn is_door_open(&self, db: &Connection, request: &AccessRequest) -> Result<bool, CatalogError> {
        Ok(match (self.settings_of(db, request.scope.tenant)?.staff_access, &request.emergency) {
            (StaffAccess::Never, _) | (StaffAccess::OnApproval, Some(_)) => false,
            (StaffAccess::OnApproval | StaffAccess::BreakGlass, None) | (StaffAccess::BreakGlass, Some(_)) => true,
        })
    }

    pub(crate) fn count_reading(&self, db: &Connection, id: AccessRequestId) -> Result<(), CatalogError> {
        let Some(mut request) = self.find_access(db, id)? else { return Ok(()) };
        request.readings += 1;
        self.update_access(db, &request)
    }

    /// What staff ask, to be told with how much they were shown. `None` for everybody else.
    #[must_use]
    pub fn asked_by_staff(&self, permit: &Permit<Read>, question: Question, text: &str) -> Option<StaffQuestion> {
        let Principal::Staff(_, Some(access)) = permit.principal() else { return None };
        let text = text.chars().take(limits::ACCESS_QUERY_CHARS_TOLD).collect();
        Some(StaffQuestion { access, question, text, deed: permit.deed().clone() })
    }

    /// Writes into the tenant's trail what staff asked and how many records they were shown.
    pub fn tell_question(&self, asked: StaffQuestion, records: u64) -> Result<(), CatalogError> {
        let StaffQuestion { access, question, text, deed } = asked;
        self.note(&deed, Event::StaffQuestionAsked { access: access.to_string(), question, text, records })
    }

    pub(crate) fn find_access(&self, db: &Connection, id: AccessRequestId) -> Result<Option<AccessRequest>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_access(row))
    }

    pub(crate) fn update_access(&self, db: &Connection, request: &AccessRequest) -> Result<(), CatalogError> {
        request.spot().update(db, &self.sealer, &request.document())
    }

    pub(crate) fn read_access(&self, row: &Row<'_>) -> Result<AccessRequest, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "access_requests")?, catalog::id(row, "tenant", "access_requests")?);
        let staff = catalog::id(row, "staff", "access_requests")?;
        let spot = spot(id, tenant, staff);
        let document: AccessDocument = spot.read(&self.sealer, row)?;
        let source = SourceId::parse(&document.source).map_err(|_| spot.tampered())?;
        Ok(AccessRequest {
            id,
            scope: Scope { tenant, source },
            staff,
            reason: document.reason,
            explanation: document.explanation,
            ticket: document.ticket,
            created_at: catalog::time(row, "created_at")?,
            from: Timestamp::from_nanos(document.from),
            until: Timestamp::from_nanos(document.until),
            lapses_at: Timestamp::from_nanos(document.lapses_at),
            state: document.state,
            approvals_needed: document.approvals_needed,
            approvals: document.approvals,
            started_at: document.started_at.map(Timestamp::from_nanos),
            ended: document.ended.map(|(how, at)| (how, Timestamp::from_nanos(at))),
            readings: document.readings,
            emergency: document.emergency,
            session: document.session,
        })
    }

    /// The passkeys of a person, as signatures need them.
    pub(crate) fn own_keys(&self, db: &Connection, user: UserId) -> Result<Vec<factor::Passkey>, CatalogError> {
        Ok(self.passkeys_of(db, user)?.into_iter().map(|stored| stored.passkey).collect())
    }
}

/// A request belongs to its tenant and to whoever asked.
fn spot(id: AccessRequestId, tenant: TenantId, staff: UserId) -> Spot {
    Spot::new("access_requests", id, format!("{tenant}/{staff}"))
}

/// The id of a passkey, as a signature names it.
fn named(id: PasskeyId) -> String {
    id.to_string()
}

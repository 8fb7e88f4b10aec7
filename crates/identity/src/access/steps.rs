//! The steps of a request: asked, approved or denied, started, ended.

use audit::{Deed, Event};
use model::{AccessRequestId, Timestamp, limits};
use rusqlite::Connection;
use serde_json::Value;

use super::statement::{Purpose, moves_words};
use super::{AccessEnd, AccessError, AccessRequest, AccessState, Asking, Statement};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::notices::Notice;
use crate::permit::{ApproveAccess, Permit};
use crate::sessions::{OpenedSession, Session};
use crate::settings::StaffAccess;
use crate::signed_in::{Fresh, SignedIn};
use crate::users::UserKind;

const DAY_SECONDS: i64 = 24 * 3_600;

/// Words to sign, and what the browser is asked for that.
#[derive(Debug)]
pub struct ToSign {
    pub statement: Statement,
    pub options: Value,
}

// === impl Identity ===

impl Identity {
    /// Asks a tenant for access to one of its sources.
    pub fn request_access(&self, who: &SignedIn, asking: &Asking) -> Result<AccessRequest, AccessError> {
        let request = self.new_request(who, asking)?;
        let asked = self.catalog.write(|tx| {
            let settings = self.settings_of(tx, asking.tenant)?;
            match settings.staff_access {
                StaffAccess::Never => return Err(AccessError::Never),
                StaffAccess::OnApproval | StaffAccess::BreakGlass => {}
            }
            let request = AccessRequest { approvals_needed: settings.approvals(), ..request.clone() };
            self.insert_access(tx, &request, who.deed())?;
            Ok(request)
        });
        self.tell_unwanted(asked, &request, who.deed())
    }

    pub(super) fn new_request(&self, who: &SignedIn, asking: &Asking) -> Result<AccessRequest, AccessError> {
        match who.user().kind {
            UserKind::Engineer => {}
            UserKind::Person | UserKind::Operator => return Err(AccessError::NotAnEngineer),
        }
        let plain = |text: &str| {
            let chars = text.chars().count();
            (1..=limits::ACCESS_TEXT_CHARS_MAX).contains(&chars) && !text.chars().any(moves_words)
        };
        if !plain(&asking.explanation) || !plain(&asking.ticket) {
            return Err(AccessError::Text);
        }
        let now = who.deed().at;
        let ahead = asking.from.seconds_since(now);
        let soon = (-60..=limits::ACCESS_AHEAD_DAYS_MAX * DAY_SECONDS).contains(&ahead);
        if !soon || !(1..=limits::ACCESS_MINUTES_MAX).contains(&asking.minutes) {
            return Err(AccessError::Window);
        }
        let scope = self.catalog.read(|db| self.scope_of(db, asking.source))?;
        let scope = scope.filter(|scope| scope.tenant == asking.tenant).ok_or(AccessError::NoSource)?;
        let until = asking.from.plus_seconds(asking.minutes * 60);
        Ok(AccessRequest {
            id: AccessRequestId::generate(&*self.entropy),
            scope,
            staff: who.user().id,
            reason: asking.reason,
            explanation: asking.explanation.clone(),
            ticket: asking.ticket.clone(),
            created_at: now,
            from: asking.from,
            until,
            lapses_at: until.min(now.plus_seconds(limits::ACCESS_PENDING_HOURS * 3_600)),
            state: AccessState::Pending,
            approvals_needed: 1,
            approvals: Vec::new(),
            started_at: None,
            ended: None,
            readings: 0,
            emergency: None,
            session: None,
        })
    }

    pub(super) fn insert_access(&self, tx: &Connection, request: &AccessRequest, deed: &Deed) -> Result<(), AccessError> {
        let mine = self.recent_access(tx, deed.at)?.into_iter().filter(|one| one.staff == request.staff);
        if mine.filter(|one| !one.is_over(deed.at)).count() >= limits::ACCESS_REQUESTS_OPEN_MAX {
            return Err(AccessError::TooManyOpen);
        }
        let tenant = request.scope.tenant;
        catalog::change(
            tx,
            "INSERT INTO access_requests (id, tenant, staff, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                request.told(),
                tenant.to_string(),
                request.staff.to_string(),
                request.created_at.nanos(),
                request.spot().seal(&self.sealer, &request.document())?,
            ),
        )?;
        self.record(tx, &deed.clone().of_source(request.scope), request.asked())?;
        let notice = Notice::StaffAccessRequested { tenant: tenant.to_string(), request: request.told() };
        Ok(self.tell_owners(tx, tenant, &notice, deed.at)?)
    }

    /// The words that an approver would sign, and the request to their passkey.
    pub fn start_approval(&self, permit: &Permit<ApproveAccess>, id: AccessRequestId) -> Result<ToSign, AccessError> {
        let signer = permit.user().ok_or(AccessError::NoPasskey)?;
        self.catalog.read(|db| {
            let request = self.pending(db, permit, id)?;
            let keys = self.own_keys(db, signer)?;
            if keys.is_empty() {
                return Err(AccessError::NoPasskey);
            }
            let statement = Statement::of(&request, Purpose::Approve, signer);
            let options = self.passkeys.ask_signature(statement.as_str().as_bytes(), &keys)?;
            Ok(ToSign { statement, options })
        })
    }

    /// Approves: the answer is a passkey's signature over the words of the request as they stand now.
    pub fn approve_access(
        &self,
        permit: &Permit<ApproveAccess>,
        id: AccessRequestId,
        answer: &str,
    ) -> Result<AccessRequest, AccessError> {
        let signer = permit.user().ok_or(AccessError::NoPasskey)?;
        self.catalog.write(|tx| {
            let mut request = self.pending(tx, permit, id)?;
            if request.approvals.iter().any(|earlier| earlier.signer == signer.to_string()) {
                return Err(AccessError::SignedAlready);
            }
            let statement = Statement::of(&request, Purpose::Approve, signer);
            let signature = self.sign(tx, (&statement, signer), answer, permit.deed().at)?;
            let event = Event::StaffAccessApproved {
                access: request.told(),
                passkey: signature.passkey.clone(),
                statement: audit::Hash::of_leaf(statement.as_str().as_bytes()).to_string(),
            };
            request.approvals.push(signature);
            // Whoever wants more approvals wants them of what is asked already, too; of fewer, it was asked under the old word.
            let wanted = self.settings_of(tx, permit.tenant())?.approvals();
            request.approvals_needed = request.approvals_needed.max(wanted);
            if self.is_signed(&request) {
                request.state = AccessState::Approved;
            }
            self.update_access(tx, &request)?;
            self.record(tx, &permit.deed().clone().of_source(request.scope), event)?;
            Ok(request)
        })
    }

    pub fn deny_access(&self, permit: &Permit<ApproveAccess>, id: AccessRequestId) -> Result<AccessRequest, AccessError> {
        self.catalog.write(|tx| {
            let request = AccessRequest { state: AccessState::Denied, ..self.undecided(tx, permit, id)? };
            self.update_access(tx, &request)?;
            let event = Event::StaffAccessDenied { access: request.told() };
            self.record(tx, &permit.deed().clone().of_source(request.scope), event)?;
            Ok(request)
        })
    }

    /// The words that an engineer signs to begin, with a passkey.
    pub fn start_access(&self, who: &SignedIn, id: AccessRequestId) -> Result<ToSign, AccessError> {
        self.catalog.read(|db| {
            let request = self.usable(db, who, id)?;
            let keys = self.own_keys(db, who.user().id)?;
            if keys.is_empty() {
                return Err(AccessError::NoPasskey);
            }
            let statement = Statement::of(&request, Purpose::Start, who.user().id);
            let options = self.passkeys.ask_signature(statement.as_str().as_bytes(), &keys)?;
            Ok(ToSign { statement, options })
        })
    }

    /// Begins: this session, from this address, until the window ends or an hour is over.
    pub fn begin_access(&self, fresh: &Fresh<'_>, id: AccessRequestId, answer: &str) -> Result<OpenedSession, AccessError> {
        let who = fresh.who();
        self.catalog.write(|tx| {
            let mut request = self.usable(tx, who, id)?;
            let statement = Statement::of(&request, Purpose::Start, who.user().id);
            let signature = self.sign(tx, (&statement, who.user().id), answer, who.deed().at)?;
            let address = who.deed().address.map(|address| address.to_string());
            request.state = AccessState::Active;
            request.started_at = Some(who.deed().at);
            request.session = Some((who.session().id.to_string(), address));
            self.update_access(tx, &request)?;
            let tenant = request.scope.tenant;
            let session = Session { access: Some(id), tenant: Some(tenant), proved_at: who.deed().at, ..who.session().clone() };
            let opened = self.renew_session(tx, session)?;
            let event = Event::StaffAccessStarted {
                access: request.told(),
                passkey: signature.passkey,
                ends: request.ends_at().to_string(),
            };
            self.record(tx, &who.deed().clone().of_source(request.scope), event)?;
            let notice = Notice::StaffAccessStarted { tenant: tenant.to_string(), request: request.told() };
            self.tell_owners(tx, tenant, &notice, who.deed().at)?;
            Ok(opened)
        })
    }

    /// The engineer is done.
    pub fn leave_access(&self, who: &SignedIn, id: AccessRequestId) -> Result<AccessRequest, AccessError> {
        self.catalog.write(|tx| {
            let request = self.find_access(tx, id)?.filter(|request| request.staff == who.user().id);
            self.end_access_of(tx, request.ok_or(AccessError::NoRequest)?, AccessEnd::Staff, who.deed())
        })
    }

    /// The tenant ends it, at once.
    pub fn end_access(&self, permit: &Permit<ApproveAccess>, id: AccessRequestId) -> Result<AccessRequest, AccessError> {
        self.catalog.write(|tx| {
            let request = self.find_access(tx, id)?.filter(|request| request.scope.tenant == permit.tenant());
            self.end_access_of(tx, request.ok_or(AccessError::NoRequest)?, AccessEnd::Tenant, permit.deed())
        })
    }

    /// Ends what is over by time. A job calls it every half minute; questions are refused at once.
    pub fn lapse_access(&self, now: Timestamp) -> Result<(), CatalogError> {
        let all = self.catalog.read(|db| self.recent_access(db, now))?;
        let deed = Deed::by(audit::Actor::Server, now);
        for request in all {
            let ended = match request.state {
                AccessState::Pending | AccessState::Approved | AccessState::Active => false,
                AccessState::Denied | AccessState::Lapsed | AccessState::Ended => true,
            };
            if !ended && request.is_over(now) {
                self.catalog.write(|tx| {
                    // Read again: somebody may have decided in between.
                    match self.find_access(tx, request.id)? {
                        Some(again) if again.state == request.state => self.over(tx, again, &deed),
                        Some(_) | None => Ok(()),
                    }
                })?;
            }
        }
        Ok(())
    }

    /// Every request that may not be over.
    fn recent_access(&self, db: &Connection, now: Timestamp) -> Result<Vec<AccessRequest>, CatalogError> {
        let sql = "SELECT id, tenant, staff, created_at, document FROM access_requests WHERE created_at > ?1";
        // Nothing lives longer than a window that begins as far ahead as is allowed.
        let oldest = now.plus_seconds(-(limits::ACCESS_AHEAD_DAYS_MAX + 2) * DAY_SECONDS);
        catalog::all(db, sql, [oldest.nanos()], |row| self.read_access(row))
    }

    fn over(&self, tx: &Connection, request: AccessRequest, deed: &Deed) -> Result<(), CatalogError> {
        match request.state {
            AccessState::Active => match self.end_access_of(tx, request, AccessEnd::Time, deed) {
                Ok(_) => Ok(()),
                Err(AccessError::Catalog(error)) => Err(error),
                Err(_) => Ok(()),
            },
            _ => {
                let request = AccessRequest { state: AccessState::Lapsed, ..request };
                self.update_access(tx, &request)?;
                let (reason, readings) = ("lapsed".to_owned(), 0);
                let event = Event::StaffAccessEnded { access: request.told(), reason, readings };
                self.record(tx, &deed.clone().of_source(request.scope), event)
            }
        }
    }

    fn end_access_of(
        &self,
        tx: &Connection,
        request: AccessRequest,
        how: AccessEnd,
        deed: &Deed,
    ) -> Result<AccessRequest, AccessError> {
        match request.state {
            AccessState::Active | AccessState::Approved => {}
            state => return Err(AccessError::State(state)),
        }
        let request = AccessRequest { state: AccessState::Ended, ended: Some((how, deed.at)), ..request };
        self.update_access(tx, &request)?;
        let (tenant, readings) = (request.scope.tenant, request.readings);
        let event = Event::StaffAccessEnded { access: request.told(), reason: how.as_str().to_owned(), readings };
        self.record(tx, &deed.clone().of_source(request.scope), event)?;
        let notice = Notice::StaffAccessEnded { tenant: tenant.to_string(), request: request.told(), readings };
        self.tell_owners(tx, tenant, &notice, deed.at)?;
        Ok(request)
    }

    /// A request that the tenant can approve. An emergency is opened by staff; the tenant can deny it.
    fn pending(
        &self,
        db: &Connection,
        permit: &Permit<ApproveAccess>,
        id: AccessRequestId,
    ) -> Result<AccessRequest, AccessError> {
        let request = self.undecided(db, permit, id)?;
        if request.emergency.is_none() { Ok(request) } else { Err(AccessError::NoRequest) }
    }

    /// A request of the tenant that waits for a decision.
    fn undecided(
        &self,
        db: &Connection,
        permit: &Permit<ApproveAccess>,
        id: AccessRequestId,
    ) -> Result<AccessRequest, AccessError> {
        let request = self.find_access(db, id)?.filter(|request| request.scope.tenant == permit.tenant());
        let request = request.ok_or(AccessError::NoRequest)?;
        match request.state {
            AccessState::Pending if request.lapses_at > permit.deed().at => Ok(request),
            AccessState::Pending => Err(AccessError::State(AccessState::Lapsed)),
            state => Err(AccessError::State(state)),
        }
    }

    /// A request of this engineer that may be used now.
    fn usable(&self, db: &Connection, who: &SignedIn, id: AccessRequestId) -> Result<AccessRequest, AccessError> {
        let request = self.find_access(db, id)?.filter(|request| request.staff == who.user().id);
        let request = request.ok_or(AccessError::NoRequest)?;
        match request.state {
            AccessState::Approved if self.is_signed(&request) => {}
            state => return Err(AccessError::State(state)),
        }
        if !self.account(db, who.user().id)?.is_certified(who.deed().at) {
            return Err(AccessError::NotCertified);
        }
        if !self.is_door_open(db, &request)? {
            return Err(AccessError::Never);
        }
        let now = who.deed().at;
        if now < request.from || now >= request.until {
            return Err(AccessError::NotNow { from: request.from, until: request.until });
        }
        Ok(request)
    }
}

// === impl AccessRequest ===

impl AccessRequest {
    /// Whether nothing can come of it any more, written down or not.
    fn is_over(&self, now: Timestamp) -> bool {
        match self.state {
            AccessState::Pending => self.lapses_at <= now,
            AccessState::Approved => self.until <= now,
            AccessState::Active => self.ends_at() <= now,
            AccessState::Denied | AccessState::Lapsed | AccessState::Ended => true,
        }
    }
}

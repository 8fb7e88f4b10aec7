//! The emergency way: where a tenant allowed it beforehand, two of staff open access together, loudly.
//!
//! Always holds: impossible unless the tenant chose it; two different engineers sign the same words; the owners are told
//! at once; it lasts an hour at most; once it was opened it counts as open until it is over and somebody of the tenant
//! reviewed it.

use audit::Event;
use model::{AccessRequestId, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::statement::Purpose;
use super::steps::ToSign;
use super::{AccessError, AccessRequest, AccessState, Asking, Emergency, Statement};
use crate::Identity;
use crate::notices::Notice;
use crate::permit::{ApproveAccess, Permit};
use crate::settings::StaffAccess;
use crate::signed_in::{Fresh, SignedIn};
use crate::users::UserKind;

/// What counts as an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmergencyCause {
    /// The service fails for its tenants, and nobody of the tenant answers.
    Outage,
    /// An attack is under way.
    Attack,
    /// Data is being lost.
    DataLoss,
}

// === impl EmergencyCause ===

impl EmergencyCause {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Attack => "attack",
            Self::DataLoss => "data_loss",
        }
    }
}

// === impl Identity ===

impl Identity {
    /// The first of two: asks, and waits for the second.
    pub fn request_emergency(
        &self,
        who: &SignedIn,
        asking: &Asking,
        cause: EmergencyCause,
    ) -> Result<AccessRequest, AccessError> {
        let request = self.new_request(who, asking)?;
        let asked = self.catalog.write(|tx| {
            match self.settings_of(tx, asking.tenant)?.staff_access {
                StaffAccess::BreakGlass => {}
                StaffAccess::Never | StaffAccess::OnApproval => return Err(AccessError::Never),
            }
            let request =
                AccessRequest { emergency: Some(Emergency { cause, second: None, reviewed_at: None }), ..request.clone() };
            self.insert_access(tx, &request, who.deed())?;
            Ok(request)
        });
        self.tell_unwanted(asked, &request, who.deed())
    }

    /// The words that the second of staff signs.
    pub fn start_emergency(&self, who: &SignedIn, id: AccessRequestId) -> Result<ToSign, AccessError> {
        self.catalog.read(|db| {
            let request = self.emergency_of_another(db, who, id)?;
            let statement = Statement::of(&request, Purpose::OpenEmergency, who.user().id);
            let keys = self.own_keys(db, who.user().id)?;
            if keys.is_empty() {
                return Err(AccessError::NoPasskey);
            }
            let options = self.passkeys.ask_signature(statement.as_str().as_bytes(), &keys)?;
            Ok(ToSign { statement, options })
        })
    }

    /// The second of two opens it for the first.
    pub fn open_emergency(&self, fresh: &Fresh<'_>, id: AccessRequestId, answer: &str) -> Result<AccessRequest, AccessError> {
        let who = fresh.who();
        self.catalog.write(|tx| {
            let mut request = self.emergency_of_another(tx, who, id)?;
            match self.settings_of(tx, request.scope.tenant)?.staff_access {
                StaffAccess::BreakGlass => {}
                StaffAccess::Never | StaffAccess::OnApproval => return Err(AccessError::Never),
            }
            let statement = Statement::of(&request, Purpose::OpenEmergency, who.user().id);
            let signature = self.sign(tx, (&statement, who.user().id), answer, who.deed().at)?;
            let cause = request.emergency.as_ref().map(|emergency| emergency.cause).ok_or(AccessError::NoRequest)?;
            request.emergency = Some(Emergency { cause, second: Some(signature), reviewed_at: None });
            request.state = AccessState::Approved;
            self.update_access(tx, &request)?;
            let event = Event::BreakGlassOpened { access: request.id.to_string(), cause: cause.as_str().to_owned() };
            self.record(tx, &who.deed().clone().of_source(request.scope), event)?;
            let (tenant, at) = (request.scope.tenant, who.deed().at);
            let notice = Notice::BreakGlassUsed { tenant: tenant.to_string(), request: request.id.to_string() };
            self.tell_owners(tx, tenant, &notice, at)?;
            Ok(request)
        })
    }

    /// Somebody of the tenant looked at what was done, after the last of it.
    pub fn review_emergency(&self, permit: &Permit<ApproveAccess>, id: AccessRequestId) -> Result<AccessRequest, AccessError> {
        self.catalog.write(|tx| {
            let found = self.find_access(tx, id)?.filter(|request| request.scope.tenant == permit.tenant());
            let mut request = found.ok_or(AccessError::NoRequest)?;
            match request.state {
                AccessState::Ended | AccessState::Lapsed => {}
                state => return Err(AccessError::State(state)),
            }
            let emergency = request.emergency.as_mut().ok_or(AccessError::NoRequest)?;
            emergency.reviewed_at = Some(permit.deed().at.nanos());
            self.update_access(tx, &request)?;
            let event = Event::BreakGlassReviewed { access: request.id.to_string() };
            self.record(tx, &permit.deed().clone().of_source(request.scope), event)?;
            Ok(request)
        })
    }

    fn emergency_of_another(
        &self,
        db: &rusqlite::Connection,
        who: &SignedIn,
        id: AccessRequestId,
    ) -> Result<AccessRequest, AccessError> {
        match who.user().kind {
            UserKind::Engineer => {}
            UserKind::Person | UserKind::Operator => return Err(AccessError::NotAnEngineer),
        }
        if !self.account(db, who.user().id)?.is_certified(who.deed().at) {
            return Err(AccessError::NotCertified);
        }
        let other = |request: &AccessRequest| request.staff != who.user().id && request.emergency.is_some();
        let request = self.find_access(db, id)?.filter(other).ok_or(AccessError::NoRequest)?;
        match request.state {
            AccessState::Pending if request.lapses_at > who.deed().at => Ok(request),
            AccessState::Pending => Err(AccessError::State(AccessState::Lapsed)),
            state => Err(AccessError::State(state)),
        }
    }
}

/// Emergencies whose review is late: a number for the security page.
#[must_use]
pub fn is_review_late(request: &AccessRequest, now: model::Timestamp) -> bool {
    let open = request.emergency.as_ref().is_some_and(|emergency| emergency.second.is_some() && emergency.reviewed_at.is_none());
    open && now.seconds_since(request.created_at) > limits::BREAK_GLASS_REVIEW_HOURS * 3_600
}

//! Staff in a tenant, for the claims about them: whoever asks, whoever approves, and how they do it.

use audit::Question;
use model::AccessRequestId;
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ApproveAccess, ConfigureAccess, Read};
use crate::{AccessError, AccessReason, AccessRequest, Asking, Permit, Refused, StaffAccess, ToSign, UserKind};

/// A tenant whose owner has a passkey and allows staff to ask, and an engineer.
pub(super) struct Help {
    pub(super) town: Town,
    pub(super) eng: Someone,
}

impl Help {
    pub(super) fn new(allowed: StaffAccess, approvals: u8) -> Self {
        let mut town = Town::new();
        town.ada.adds_passkey(&town.identity, NOW);
        let eng = hired(&town.identity, "eng@house.example", UserKind::Engineer, NOW);
        let help = Self { town, eng };
        help.allow(allowed, approvals, NOW);
        help
    }

    pub(super) fn allow(&self, access: StaffAccess, approvals: u8, at: Timestamp) {
        let permit: Permit<ConfigureAccess> = self.town.ada.asks(self.identity(), self.town.tenant(), at).unwrap();
        self.identity().set_staff_access(&permit, access, approvals).unwrap();
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.town.identity
    }

    /// An hour from now on.
    pub(super) fn asking(&self) -> Asking {
        Asking {
            tenant: self.town.tenant(),
            source: self.town.scope.source,
            reason: AccessReason::Support,
            explanation: "the search finds nothing since noon".to_owned(),
            ticket: "T-7".to_owned(),
            from: NOW,
            minutes: 60,
        }
    }

    pub(super) fn asks_for(&self, asking: &Asking) -> Result<AccessRequest, AccessError> {
        self.identity().request_access(&self.eng.signed_in(self.identity(), NOW), asking)
    }

    /// Asked, approved by the owner and begun.
    pub(super) fn begun(allowed: StaffAccess) -> (Self, AccessRequestId) {
        let mut help = Self::new(allowed, 1);
        let id = help.asks_for(&help.asking()).unwrap().id;
        help.ada_approves(id, NOW).unwrap();
        help.begins(id, NOW).unwrap();
        (help, id)
    }

    pub(super) fn ada_approves(&mut self, id: AccessRequestId, at: Timestamp) -> Result<AccessRequest, AccessError> {
        approves(&self.town.identity, &mut self.town.ada, (self.town.scope.tenant, id), at)
    }

    pub(super) fn begins(&mut self, id: AccessRequestId, at: Timestamp) -> Result<(), AccessError> {
        let who = self.eng.signed_in(&self.town.identity, at);
        let asked = self.town.identity.start_access(&who, id)?;
        let answer = signs(&mut self.eng, &asked);
        let opened = self.town.identity.begin_access(&who.fresh()?, id, &answer)?;
        self.eng.takes(&opened);
        Ok(())
    }

    pub(super) fn reads(&self, at: Timestamp) -> &'static str {
        said(&self.tries(&web(at)))
    }

    pub(super) fn tries(&self, deed: &Deed) -> Result<Permit<Read>, Refused> {
        let wanted = Some(self.town.scope.source);
        self.identity().authorize_read(Some(&self.eng.credential()), wanted, deed, Question::Search)
    }
}

pub(super) fn signs(who: &mut Someone, asked: &ToSign) -> String {
    who.device.get(&asked.options).unwrap().to_string()
}

pub(super) fn approves(
    identity: &Identity,
    who: &mut Someone,
    (tenant, id): (model::TenantId, AccessRequestId),
    at: Timestamp,
) -> Result<AccessRequest, AccessError> {
    let permit: Permit<ApproveAccess> = who.asks(identity, tenant, at)?;
    let asked = identity.start_approval(&permit, id)?;
    assert!(asked.statement.as_str().contains(&format!("\nsigner: {}\n", who.id)));
    identity.approve_access(&permit, id, &signs(who, &asked))
}

/// One more who may approve, with a passkey.
pub(super) fn approver(town: &Town, address: &str) -> Someone {
    let mut someone = town.joins(address, &everywhere(BuiltInRole::Admin));
    someone.adds_passkey(&town.identity, NOW);
    someone
}

//! Somebody who asks, and what a refusal tells them.

use audit::{Actor, Deed};
use model::{ApiKeyId, TenantId, Timestamp};
use policy::{Care, Denied, Direction, Freshness, Permission, Session as Proofs, Subject};

use crate::catalog::CatalogError;
use crate::key::KeyKind;
use crate::permit::Principal;
use crate::refused::Refused;
use crate::sessions::Method;
use crate::stored_key::StoredKey;

/// Somebody who asks, with the facts that decide.
pub(crate) struct Asker {
    pub(crate) subject: Subject,
    pub(crate) principal: Principal,
    pub(crate) actor: Actor,
    pub(super) proofs: Proofs,
    pub(super) methods: Vec<Method>,
    pub(super) rule: policy::SecondFactorRule,
    /// The tenant in whose trail a refusal is told.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) key: Option<StoredKey>,
    pub(super) service_key: Option<ApiKeyId>,
    pub(super) barred: Option<Bar>,
}

/// What keeps somebody known out before any role counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    Revoked,
    Expired { at: Timestamp },
    OtherSignIn,
}

// === impl Asker ===

impl Asker {
    pub(crate) fn of_key(key: StoredKey) -> Self {
        let direction = match key.kind {
            KeyKind::Write => Direction::Write,
            KeyKind::Read => Direction::Read,
        };
        Self {
            subject: Subject::ApiKey { key: key.id, scope: key.scope, direction, expires: key.expires_at },
            principal: Principal::ApiKey(key.id),
            actor: Actor::api_key(key.id),
            proofs: Proofs::NONE,
            methods: Vec::new(),
            rule: policy::SecondFactorRule::Optional,
            tenant: Some(key.scope.tenant),
            barred: key.revoked_at.map(|_| Bar::Revoked),
            key: Some(key),
            service_key: None,
        }
    }

    /// What somebody asked for, now that it is known who asks.
    pub(crate) fn deed(&self, deed: &Deed) -> Deed {
        let signed_in_by = self.methods.iter().map(|method| method.as_str()).collect();
        Deed { actor: self.actor.clone(), signed_in_by, ..deed.clone() }
    }

    /// Whether this much care is taken: a person has proved lately who it is. A program has no session to prove it in.
    pub(super) fn takes(&self, care: Care) -> Result<(), Refused> {
        let person = matches!(self.principal, Principal::Person(_) | Principal::Staff(..));
        match (care, self.proofs.freshness) {
            (Care::Sensitive, Freshness::Stale) if person => Err(Refused::NotFresh),
            (Care::Plain | Care::Sensitive, Freshness::Fresh | Freshness::Stale) => Ok(()),
        }
    }

    /// The refusal that an answer tells, for what the engine found.
    pub(super) fn refused(&self, denied: &Denied, permission: Permission) -> Refused {
        match denied {
            Denied::Expired => match self.key.as_ref().and_then(|key| key.expires_at) {
                Some(at) => Refused::Expired { at },
                None => Refused::NotApproved,
            },
            Denied::WrongDirection => match self.key.as_ref() {
                Some(key) => Refused::WrongDirection { kind: key.kind },
                None => Refused::NoPermission(permission),
            },
            Denied::OtherTenant => match permission.object() {
                policy::ObjectKind::Source => Refused::WrongSource,
                policy::ObjectKind::Tenant | policy::ObjectKind::Installation => Refused::WrongTenant,
            },
            Denied::OtherSource => Refused::WrongSource,
            Denied::NotApproved => Refused::NotApproved,
            Denied::NoPermission => Refused::NoPermission(permission),
            Denied::SecondFactorRequired => Refused::SecondFactorRequired,
            Denied::NotFresh => Refused::NotFresh,
            Denied::Failed { why } => Refused::Unavailable(CatalogError::Undecided { why: why.clone() }),
        }
    }
}

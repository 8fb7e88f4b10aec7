//! What a subject could do: every permission, where, and by what.
//!
//! Always holds: the answer comes from the same engine as every decision, so a page that shows it cannot say another thing
//! than the next request gets. It supposes a fresh sign-in with a second factor; what a permission asks of a person in that
//! respect is its [`crate::Care`].

use model::{Entropy, Id, IdKind, Scope, TenantId, Timestamp};

use crate::engine::Engine;
use crate::permission::{ObjectKind, Permission};
use crate::question::{Object, Question, SecondFactorRule, Session};
use crate::role::Role;
use crate::subject::{Grant, Reach, Subject};

/// One permission, and where a subject could use it. Nowhere: not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ability {
    pub permission: Permission,
    pub places: Vec<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub at: Where,
    pub by: Basis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Where {
    /// Every source of the subject's tenant.
    EverySource(TenantId),
    Source(Scope),
    Tenant(TenantId),
    Installation,
}

/// What allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    Role(Role),
    Key,
    Approval,
    Operator,
}

/// A subject with one thing that it could have been given.
struct Candidate {
    subject: Subject,
    at: Where,
    by: Basis,
}

// === impl Engine ===

impl Engine {
    /// What this subject could do now, for each permission of the catalogue in its order.
    #[must_use]
    pub fn simulate(&self, subject: &Subject, now: Timestamp) -> Vec<Ability> {
        let ability = |&permission: &Permission| {
            let candidates = Candidate::all(subject, permission).into_iter();
            let allowed = candidates.filter(|candidate| self.could(candidate, permission, now));
            Ability { permission, places: allowed.map(|candidate| Place { at: candidate.at, by: candidate.by }).collect() }
        };
        Permission::ALL.iter().map(ability).collect()
    }

    fn could(&self, candidate: &Candidate, permission: Permission, now: Timestamp) -> bool {
        let object = candidate.at.object();
        let question = Question {
            subject: &candidate.subject,
            permission,
            object,
            named: object,
            now,
            session: Session::STRONGEST,
            second_factor: SecondFactorRule::Required,
        };
        self.decide(&question).is_ok()
    }
}

// === impl Candidate ===

impl Candidate {
    fn all(subject: &Subject, permission: Permission) -> Vec<Self> {
        let alone = |at, by| vec![Self { subject: subject.clone(), at, by }];
        match subject {
            Subject::Person { tenant, grants, .. } | Subject::Service { tenant, grants, .. } => {
                let holding = grants.iter().filter(|grant| grant.permissions.contains(permission));
                holding.map(|grant| Self::of_grant(subject, *tenant, grant, permission)).collect()
            }
            Subject::ApiKey { scope, .. } => alone(Where::of(permission, *scope), Basis::Key),
            Subject::Engineer { approval: Some(approval), .. } => alone(Where::of(permission, approval.scope), Basis::Approval),
            Subject::Engineer { approval: None, .. } => Vec::new(),
            Subject::Operator { .. } => alone(Where::of(permission, any_scope()), Basis::Operator),
        }
    }

    fn of_grant(subject: &Subject, tenant: TenantId, grant: &Grant, permission: Permission) -> Self {
        let at = match (permission.object(), grant.reach) {
            (ObjectKind::Source, Reach::Tenant) => Where::EverySource(tenant),
            (ObjectKind::Source, Reach::Source(source)) => Where::Source(Scope { tenant, source }),
            (ObjectKind::Tenant, Reach::Tenant | Reach::Source(_)) => Where::Tenant(tenant),
            (ObjectKind::Installation, Reach::Tenant | Reach::Source(_)) => Where::Installation,
        };
        Self { subject: subject.with_only(grant), at, by: Basis::Role(grant.role) }
    }
}

// === impl Where ===

impl Where {
    fn of(permission: Permission, scope: Scope) -> Self {
        match permission.object() {
            ObjectKind::Source => Self::Source(scope),
            ObjectKind::Tenant => Self::Tenant(scope.tenant),
            ObjectKind::Installation => Self::Installation,
        }
    }

    fn object(self) -> Object {
        match self {
            // A grant on the tenant looks at no source's id, so one stands for all.
            Self::EverySource(tenant) => Object::Source(Scope { tenant, source: any() }),
            Self::Source(scope) => Object::Source(scope),
            Self::Tenant(tenant) => Object::Tenant(tenant),
            Self::Installation => Object::Installation,
        }
    }
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0);
    }
}

/// An id that stands for any other.
fn any<K: IdKind>() -> Id<K> {
    Id::generate(&Zeros)
}

fn any_scope() -> Scope {
    Scope { tenant: any(), source: any() }
}

//! Who asks, with the facts about them that a decision needs.

use model::{ApiKeyId, Scope, ServiceAccountId, SourceId, TenantId, TimeRange, Timestamp, UserId};

use crate::question::Object;
use crate::role::{BuiltInRole, Role};
use crate::set::PermissionSet;

/// Who asks. A person who is a member of several tenants asks as a member of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Person {
        user: UserId,
        tenant: TenantId,
        grants: Vec<Grant>,
    },
    Service {
        account: ServiceAccountId,
        tenant: TenantId,
        grants: Vec<Grant>,
    },
    ApiKey {
        key: ApiKeyId,
        scope: Scope,
        direction: Direction,
        expires: Option<Timestamp>,
    },
    /// One of staff who asks for what a tenant approved.
    Engineer {
        user: UserId,
        approval: Option<Approval>,
    },
    /// One of staff who keeps the installation running, and sees nothing of a tenant but that it is there.
    Operator {
        user: UserId,
    },
}

/// A role with its reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub permissions: PermissionSet,
    pub reach: Reach,
}

/// How far a grant goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// The tenant and every source of it, those to come included.
    Tenant,
    /// One source. Of the role's permissions only those about sources count.
    Source(SourceId),
}

/// The one direction that an API key may be used in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Read,
    Write,
}

/// What a tenant allowed one of staff. The wall lets through no more than reading logs and seeing the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub scope: Scope,
    pub permissions: PermissionSet,
    pub window: TimeRange,
}

/// Which of the schema's kinds of subjects one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SubjectKind {
    Person,
    Service,
    ApiKey,
    Engineer,
    Operator,
}

// === impl SubjectKind ===

impl SubjectKind {
    pub(crate) const ALL: [Self; 5] = [Self::Person, Self::Service, Self::ApiKey, Self::Engineer, Self::Operator];

    /// Its name in the schema.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Service => "Service",
            Self::ApiKey => "ApiKey",
            Self::Engineer => "Engineer",
            Self::Operator => "Operator",
        }
    }

    pub(crate) fn has_grants(self) -> bool {
        match self {
            Self::Person | Self::Service => true,
            Self::ApiKey | Self::Engineer | Self::Operator => false,
        }
    }
}

// === impl Subject ===

impl Subject {
    pub(crate) fn kind(&self) -> SubjectKind {
        match self {
            Self::Person { .. } => SubjectKind::Person,
            Self::Service { .. } => SubjectKind::Service,
            Self::ApiKey { .. } => SubjectKind::ApiKey,
            Self::Engineer { .. } => SubjectKind::Engineer,
            Self::Operator { .. } => SubjectKind::Operator,
        }
    }

    /// The tenant and the grants of those who have grants.
    pub(crate) fn granted(&self) -> Option<(TenantId, &[Grant])> {
        match self {
            Self::Person { tenant, grants, .. } | Self::Service { tenant, grants, .. } => Some((*tenant, grants)),
            Self::ApiKey { .. } | Self::Engineer { .. } | Self::Operator { .. } => None,
        }
    }

    /// The same with one grant of its grants; who has none stays the same.
    pub(crate) fn with_only(&self, grant: &Grant) -> Self {
        let grants = vec![grant.clone()];
        match self {
            Self::Person { user, tenant, .. } => Self::Person { user: *user, tenant: *tenant, grants },
            Self::Service { account, tenant, .. } => Self::Service { account: *account, tenant: *tenant, grants },
            Self::ApiKey { .. } | Self::Engineer { .. } | Self::Operator { .. } => self.clone(),
        }
    }
}

// === impl Grant ===

impl Grant {
    #[must_use]
    pub fn built_in(role: BuiltInRole, reach: Reach) -> Self {
        Self { role: Role::BuiltIn(role), permissions: role.permissions(), reach }
    }
}

// === impl Reach ===

impl Reach {
    pub(crate) fn may_hold(self, object: Object) -> bool {
        match (self, object) {
            (Self::Tenant, _) => true,
            (Self::Source(source), Object::Source(scope)) => scope.source == source,
            (Self::Source(_), Object::Tenant(_) | Object::Installation) => false,
        }
    }
}

// === impl Direction ===

impl Direction {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

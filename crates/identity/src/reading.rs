//! Whose logs somebody may read, asked for what they saved and not for a request of theirs.
//!
//! Always holds: the answer comes from the engine that decides about requests, from the roles as they are at the moment of
//! asking; whoever is no member any more, whose account is disabled, and who is no person and no program of the tenant's
//! reads nothing.

use model::{Scope, ServiceAccountId, TenantId, Timestamp, UserId};
use policy::{Object, Permission, Subject};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::Principal;

/// Whoever saved something, or changed it last: it works for as long as they may do what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    Person(UserId),
    ServiceAccount(ServiceAccountId),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredKeeper {
    Person(String),
    ServiceAccount(String),
}

/// Somebody with the roles of this moment.
pub(crate) struct Reading<'a> {
    of: &'a Identity,
    subject: Option<Subject>,
    tenant: TenantId,
    now: Timestamp,
}

// === impl Keeper ===

impl Keeper {
    pub(crate) fn of(principal: Principal) -> Option<Self> {
        match principal {
            Principal::Person(user) => Some(Self::Person(user)),
            Principal::ServiceAccount(account) => Some(Self::ServiceAccount(account)),
            Principal::ApiKey(_) | Principal::Staff(..) | Principal::Shell | Principal::Server => None,
        }
    }

    pub(crate) fn stored(self) -> StoredKeeper {
        match self {
            Self::Person(user) => StoredKeeper::Person(user.to_string()),
            Self::ServiceAccount(account) => StoredKeeper::ServiceAccount(account.to_string()),
        }
    }

    pub(crate) fn id(self) -> String {
        match self {
            Self::Person(user) => user.to_string(),
            Self::ServiceAccount(account) => account.to_string(),
        }
    }

    pub(crate) fn actor(self) -> audit::Actor {
        match self {
            Self::Person(user) => audit::Actor::person(user),
            Self::ServiceAccount(account) => audit::Actor::service_account(account),
        }
    }
}

impl StoredKeeper {
    pub(crate) fn parse(&self) -> Option<Keeper> {
        match self {
            Self::Person(id) => UserId::parse(id).ok().map(Keeper::Person),
            Self::ServiceAccount(id) => ServiceAccountId::parse(id).ok().map(Keeper::ServiceAccount),
        }
    }
}

// === impl Reading ===

impl Reading<'_> {
    /// Whether this source's logs may be read. A source of another tenant is nobody's here.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.is_allowed(Permission::LogsRead, scope)
    }

    /// Whether logs may be added to it.
    pub(crate) fn may_write(&self, scope: Scope) -> bool {
        self.is_allowed(Permission::LogsWrite, scope)
    }

    /// Whether it may be seen.
    pub(crate) fn may_see(&self, scope: Scope) -> bool {
        self.is_allowed(Permission::SourceView, scope)
    }

    fn is_allowed(&self, permission: Permission, scope: Scope) -> bool {
        let Some(subject) = self.subject.as_ref().filter(|_| scope.tenant == self.tenant) else { return false };
        let question = policy::Question {
            subject,
            permission,
            object: Object::Source(scope),
            named: Object::Source(scope),
            now: self.now,
            // How they are signed in is asked of requests.
            session: policy::Session { freshness: policy::Freshness::Fresh, second_factor: policy::SecondFactor::Shown },
            second_factor: policy::SecondFactorRule::Required,
        };
        self.of.engine.decide(&question).is_ok()
    }
}

// === impl Identity ===

impl Identity {
    /// What somebody of a tenant reads. Nobody: nothing.
    pub(crate) fn reading(
        &self,
        db: &Connection,
        keeper: Option<Keeper>,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<Reading<'_>, CatalogError> {
        let subject = match keeper {
            Some(Keeper::Person(user)) => {
                let active = self.find_account(db, user)?.is_some_and(|account| account.is_active());
                let granted = if active { self.grants_of_member(db, tenant, user)? } else { Vec::new() };
                let (grants, _) = self.grants(db, tenant, &granted)?;
                Some(Subject::Person { user, tenant, grants })
            }
            Some(Keeper::ServiceAccount(account)) => {
                let granted = self.grants_of_service_account(db, tenant, account)?;
                let (grants, _) = self.grants(db, tenant, &granted)?;
                Some(Subject::Service { account, tenant, grants })
            }
            None => None,
        };
        Ok(Reading { of: self, subject, tenant, now })
    }
}

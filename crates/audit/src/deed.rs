//! Who does something, with whose rights, from where, and how it ended.
//!
//! Always holds: people and programs are named by ids; what else is known of them is sealed under a key of their own.

use std::net::IpAddr;

use model::{AccessRequestId, ApiKeyId, Scope, ServiceAccountId, SourceId, TenantId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditActor")]
pub enum Actor {
    /// The server, on nobody's behalf.
    Server,
    /// Somebody at the shell of the machine, who can read the root key.
    Shell,
    /// Whoever held the one-time setup link.
    SetupLink,
    ApiKey {
        id: String,
    },
    /// Somebody with an account.
    Person {
        id: String,
    },
    /// A program with an account of a tenant's.
    ServiceAccount {
        id: String,
    },
    /// Somebody who runs this installation.
    Staff {
        id: String,
    },
    /// What a tenant approved for staff: never who acts, only with whose rights.
    AccessRequest {
        id: String,
    },
    /// Nobody known.
    Stranger,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
#[schemars(rename = "AuditOutcome")]
pub enum Outcome {
    Done,
    /// With the stable code of the refusal.
    Refused {
        code: String,
    },
}

/// Who does something and when, to whom it belongs, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub at: Timestamp,
    /// Who really acts.
    pub actor: Actor,
    /// With whose rights, where those are not the actor's own (RFC 8693, `act`): staff inside a tenant.
    pub on_behalf_of: Option<Actor>,
    /// How whoever acts signed in, such as `passkey`.
    pub signed_in_by: Box<[&'static str]>,
    /// Whose trail it goes to; without one, to the installation's.
    pub tenant: Option<TenantId>,
    pub source: Option<SourceId>,
    pub address: Option<IpAddr>,
    /// The request's id, as in the answer's `x-request-id`.
    pub request: Option<String>,
    /// The version of TLS that it came through. Kept with records that are sent, not in the trail.
    pub tls: Option<&'static str>,
}

// === impl Actor ===

impl Actor {
    #[must_use]
    pub fn api_key(id: ApiKeyId) -> Self {
        Self::ApiKey { id: id.to_string() }
    }

    #[must_use]
    pub fn person(id: UserId) -> Self {
        Self::Person { id: id.to_string() }
    }

    #[must_use]
    pub fn staff(id: UserId) -> Self {
        Self::Staff { id: id.to_string() }
    }

    #[must_use]
    pub fn access_request(id: AccessRequestId) -> Self {
        Self::AccessRequest { id: id.to_string() }
    }

    #[must_use]
    pub fn service_account(id: ServiceAccountId) -> Self {
        Self::ServiceAccount { id: id.to_string() }
    }
}

// === impl Deed ===

impl Deed {
    /// Something of the installation that no request asked for.
    #[must_use]
    pub fn by(actor: Actor, at: Timestamp) -> Self {
        Self {
            at,
            actor,
            on_behalf_of: None,
            signed_in_by: Box::default(),
            tenant: None,
            source: None,
            address: None,
            request: None,
            tls: None,
        }
    }

    #[must_use]
    pub fn on_behalf_of(self, principal: Actor) -> Self {
        Self { on_behalf_of: Some(principal), ..self }
    }

    #[must_use]
    pub fn of_tenant(self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    #[must_use]
    pub fn of_source(self, scope: Scope) -> Self {
        Self { tenant: Some(scope.tenant), source: Some(scope.source), ..self }
    }
}

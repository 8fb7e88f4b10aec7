//! What can happen, who did it, and how it ended: the closed vocabulary of the trail.
//!
//! Always holds: no event has a field that could hold a log, a secret or a name; people and things are named by ids.
//! The names in an entry are stable: one is never given to another event.

use std::net::IpAddr;

use model::{ApiKeyId, Scope, SourceId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The server began to answer.
    ServerStarted {
        version: String,
    },
    /// A one-time setup link was made; the one before is void.
    SetupLinkMade,
    /// The one-time setup link was used.
    SetupDone,
    TenantCreated,
    SourceCreated {
        retention_days: u32,
    },
    RetentionChanged {
        days: u32,
    },
    ApiKeyCreated {
        key: String,
        direction: Direction,
        expires: Option<String>,
    },
    ApiKeyRevoked {
        key: String,
    },
    /// `successor` took the place of `key`, which lives on for a while.
    ApiKeyRotated {
        key: String,
        successor: String,
        overlap_seconds: i64,
    },
    /// Records were read, or would have been.
    RecordsRead {
        question: Question,
    },
    /// A key that is known was refused, so many times since it was last written down.
    ApiKeyRefused {
        key: String,
        times: u64,
    },
    /// Records beyond their retention, and keys that sealed nothing else, were ended.
    RetentionEnded {
        parts: u64,
        records: u64,
        keys: u64,
    },
    /// What was known of this subject beyond its id cannot be read any more.
    SubjectForgotten {
        subject: String,
    },
    /// Requests without a credential that names anybody, since the last such event.
    StrangersRefused {
        requests: u64,
    },
}

/// What an API key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Write,
    Read,
}

/// How records are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    Search,
    Sql,
    Histogram,
    Fields,
    FieldValues,
    Context,
    Tail,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
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
    /// Nobody known.
    Stranger,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
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
    pub actor: Actor,
    /// Whose trail it goes to; without one, to the installation's.
    pub tenant: Option<TenantId>,
    pub source: Option<SourceId>,
    pub address: Option<IpAddr>,
    /// The request's id, as in the answer's `x-request-id`.
    pub request: Option<String>,
}

// === impl Actor ===

impl Actor {
    #[must_use]
    pub fn api_key(id: ApiKeyId) -> Self {
        Self::ApiKey { id: id.to_string() }
    }
}

// === impl Deed ===

impl Deed {
    /// Something of the installation that no request asked for.
    #[must_use]
    pub fn by(actor: Actor, at: Timestamp) -> Self {
        Self { at, actor, tenant: None, source: None, address: None, request: None }
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

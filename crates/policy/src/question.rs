//! What is asked: one permission on one object, and the circumstances.

use model::{Scope, TenantId, Timestamp};

use crate::permission::{ObjectKind, Permission};
use crate::subject::Subject;

/// May `subject` use `permission` on `object` now?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub subject: &'a Subject,
    pub permission: Permission,
    /// What would be touched, as the catalog knows it.
    pub object: Object,
    /// What the request named, from its route. Another one than `object` is refused; so is one of another kind.
    pub named: Object,
    pub now: Timestamp,
    pub session: Session,
    /// Of the subject's tenant; for operators of the installation.
    pub second_factor: SecondFactorRule,
}

/// What would be touched. There is no object of two sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    Source(Scope),
    Tenant(TenantId),
    Installation,
}

/// How well whoever asks is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Session {
    pub freshness: Freshness,
    pub second_factor: SecondFactor,
}

/// Whether a sign-in or a second factor was shown within `model::limits::STEP_UP_MINUTES`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    Fresh,
    Stale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecondFactor {
    Shown,
    NotShown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecondFactorRule {
    Required,
    Optional,
}

// === impl Question ===

impl Question<'_> {
    /// The same, had whoever asks just shown everything they could.
    pub(crate) fn signed_in_well(&self) -> Self {
        Self { session: Session::STRONGEST, ..*self }
    }
}

// === impl Object ===

impl Object {
    #[must_use]
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Source(_) => ObjectKind::Source,
            Self::Tenant(_) => ObjectKind::Tenant,
            Self::Installation => ObjectKind::Installation,
        }
    }
}

// === impl Session ===

impl Session {
    /// Of keys and service accounts, which do not sign in.
    pub const NONE: Self = Self { freshness: Freshness::Stale, second_factor: SecondFactor::NotShown };
    pub(crate) const STRONGEST: Self = Self { freshness: Freshness::Fresh, second_factor: SecondFactor::Shown };
}

//! Why a request is refused, and what an answer may say of it.
//!
//! Always holds: codes are stable; what may not be seen is told as what does not exist.

use model::Timestamp;
use policy::Permission;

use crate::catalog::CatalogError;
use crate::key::KeyKind;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("no API key was sent")]
    Missing,
    #[error("what was sent is not an API key: its form or checksum is wrong")]
    Malformed,
    #[error("the API key is not known here")]
    Unknown,
    #[error("the API key expired at {at}")]
    Expired { at: Timestamp },
    #[error("the API key was revoked")]
    Revoked,
    #[error("a {kind} key was used in the other direction")]
    WrongDirection { kind: KeyKind },
    #[error("there is no such source")]
    WrongSource,
    #[error("there is no such organization")]
    WrongTenant,
    #[error("sign in first")]
    NotSignedIn,
    #[error("the session has ended; sign in again")]
    SessionEnded,
    #[error("this needs the session of somebody who signed in, and a key was sent")]
    NotASession,
    #[error("the second factor is missing")]
    SecondFactorPending,
    #[error("this needs a sign-in or a second factor of the last minutes")]
    NotFresh,
    #[error("the organization demands a second factor: set one up, then sign in with it")]
    SecondFactorRequired,
    #[error("the organization demands to sign in through its provider")]
    SingleSignOnRequired,
    #[error("a session of single sign-on changes nothing of the account, and ends no session but its own")]
    OfProvider,
    #[error("no role allows `{0}` here")]
    NoPermission(Permission),
    #[error("no approval of the organization that is in force allows this")]
    NotApproved,
    #[error("this could not be written into the audit trail, so it is not allowed")]
    NotRecorded(#[source] CatalogError),
    #[error("the API key could not be checked")]
    Unavailable(#[from] CatalogError),
}

/// What an answer to a refused request may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalClass {
    /// 401: send a key that counts, or sign in.
    Unauthenticated,
    /// 403: the key counts, for something else.
    Forbidden,
    /// 404: what you may not see does not exist.
    NotFound,
    /// 503: nobody can say right now.
    Unavailable,
}

// === impl Refused ===

impl Refused {
    /// A code that clients may rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "key_missing",
            Self::Malformed => "key_malformed",
            Self::Unknown => "key_unknown",
            Self::Expired { .. } => "key_expired",
            Self::Revoked => "key_revoked",
            Self::WrongDirection { .. } => "key_wrong_direction",
            Self::WrongSource => "key_wrong_source",
            Self::WrongTenant => "not_found",
            Self::NotSignedIn => "sign_in_required",
            Self::SessionEnded => "session_ended",
            Self::NotASession => "not_a_session",
            Self::SecondFactorPending => "second_factor_pending",
            Self::NotFresh => "step_up_required",
            Self::SecondFactorRequired => "second_factor_required",
            Self::SingleSignOnRequired => "single_sign_on_required",
            Self::OfProvider => "session_of_provider",
            Self::NoPermission(_) => "permission_missing",
            Self::NotApproved => "access_not_approved",
            Self::NotRecorded(_) => "not_recorded",
            Self::Unavailable(_) => "key_unchecked",
        }
    }

    #[must_use]
    pub fn class(&self) -> RefusalClass {
        match self {
            Self::Missing
            | Self::Malformed
            | Self::Unknown
            | Self::Expired { .. }
            | Self::Revoked
            | Self::NotSignedIn
            | Self::SessionEnded
            | Self::NotASession
            | Self::SecondFactorPending => RefusalClass::Unauthenticated,
            Self::WrongDirection { .. }
            | Self::NotFresh
            | Self::SecondFactorRequired
            | Self::SingleSignOnRequired
            | Self::OfProvider
            | Self::NoPermission(_)
            | Self::NotApproved => RefusalClass::Forbidden,
            Self::WrongSource | Self::WrongTenant => RefusalClass::NotFound,
            Self::NotRecorded(_) | Self::Unavailable(_) => RefusalClass::Unavailable,
        }
    }
}

impl RefusalClass {
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Unavailable => 503,
        }
    }
}

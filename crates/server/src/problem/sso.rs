//! Problems of sign-in through a provider.

use axum::http::StatusCode;
use identity::{ProviderError, SsoError};
use oidc::{BeginError, ConfigError, DiscoverError, LogoutError, SignInError};

use super::{Chain, Problem};

/// The provider's fault, or the network's: told with its cause in the server's own log.
fn upstream(code: &'static str, error: &dyn std::error::Error) -> Problem {
    tracing::warn!(error = %Chain(error), "a provider of single sign-on failed");
    Problem::new(StatusCode::BAD_GATEWAY, code, error.to_string())
}

impl From<DiscoverError> for Problem {
    fn from(error: DiscoverError) -> Self {
        match &error {
            DiscoverError::Config(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), Chain(&error).to_string()),
            _ => upstream(error.code(), &error),
        }
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "address_invalid", Chain(&error).to_string())
    }
}

impl From<BeginError> for Problem {
    fn from(error: BeginError) -> Self {
        upstream(error.code(), &error)
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match &error {
            SignInError::Fetch(_) => upstream(error.code(), &error),
            _ => Self::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string()),
        }
    }
}

impl From<LogoutError> for Problem {
    fn from(error: LogoutError) -> Self {
        Self::bad_request(error.code(), error.to_string())
    }
}

impl From<SsoError> for Problem {
    fn from(error: SsoError) -> Self {
        let (status, code) = match error {
            SsoError::NoProvider => (StatusCode::NOT_FOUND, "not_found"),
            SsoError::NotBegun => (StatusCode::UNAUTHORIZED, "sso_not_begun"),
            SsoError::NoEmail => (StatusCode::FORBIDDEN, "sso_no_email"),
            SsoError::Domain => (StatusCode::FORBIDDEN, "sso_domain"),
            SsoError::NotInvited => (StatusCode::FORBIDDEN, "sso_not_invited"),
            SsoError::AccountExists => (StatusCode::CONFLICT, "sso_account_exists"),
            SsoError::NoRole => (StatusCode::FORBIDDEN, "sso_no_role"),
            SsoError::Disabled => (StatusCode::FORBIDDEN, "account_disabled"),
            SsoError::Invite(error) => return error.into(),
            SsoError::Catalog(error) => return error.into(),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        let (status, code) = match error {
            ProviderError::NoProvider => (StatusCode::NOT_FOUND, "not_found"),
            ProviderError::TooMany => (StatusCode::CONFLICT, "too_many"),
            ProviderError::Enforced => (StatusCode::CONFLICT, "single_sign_on_enforced"),
            ProviderError::Member(error) => return error.into(),
            ProviderError::Catalog(error) => return error.into(),
        };
        Self::new(status, code, error.to_string())
    }
}

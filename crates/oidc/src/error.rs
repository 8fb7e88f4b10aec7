//! Why somebody is not signed in, by cause, each with a code that never changes.
//!
//! Always holds: no error repeats what came from a provider or a browser, a token least of all.

use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the issuer is an https URL without a query, as the provider says it itself")]
    Issuer,
    #[error("expected an https URL of a public host, without a user, a password or a fragment")]
    Url,
    #[error("the authority is not a certificate in PEM")]
    Authority(#[source] reqwest::Error),
    #[error("the authority holds no certificate in PEM")]
    NoAuthority,
    #[error("a client for the provider could not be set up")]
    Client(#[source] reqwest::Error),
}

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    #[error("the provider could not be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the name leads nowhere")]
    Name,
    #[error("the provider did not answer in time")]
    Slow,
    #[error("the provider lies at an address that is not public")]
    Address,
    #[error("the provider names an address without TLS")]
    Plaintext,
    #[error("the provider answered with a redirect, which is not followed")]
    Redirected,
    #[error("the provider's answer is too large")]
    TooLarge,
}

/// A document that a provider did not hand over.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Egress(#[from] EgressError),
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("the provider's answer is not what the protocol says")]
    Malformed,
    #[error("the provider could not be reached a moment ago, and is not asked again yet")]
    FailedBefore,
}

#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the provider says that it is another issuer")]
    Issuer,
    #[error("the provider names an endpoint that is not an https URL")]
    Endpoint,
    /// Remembered for `limits::SSO_FAILURE_SECONDS`.
    #[error(transparent)]
    FailedBefore(Arc<Self>),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    #[error("a browser comes back to an https URL")]
    RedirectUri,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("not a token as the protocol says")]
    Malformed,
    #[error("the token is signed by an algorithm that is not accepted, or not at all")]
    Algorithm,
    #[error("the token is signed by a key that the provider does not have")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token is from another issuer")]
    Issuer,
    #[error("the token is for another client")]
    Audience,
    #[error("the token has expired")]
    Expired,
    #[error("the token is from the future")]
    Early,
    #[error("the token is not for this sign-in")]
    Nonce,
    #[error("the token does not belong to its access token")]
    AccessTokenHash,
    #[error("the person did not sign in at the provider as recently as was asked for")]
    AuthTime,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("what the browser brought back is not what the protocol says")]
    Callback,
    #[error("the browser brings back another sign-in than it began")]
    State,
    #[error("the sign-in took too long")]
    TooLate,
    #[error("the sign-in was begun with another provider")]
    OtherProvider,
    #[error("the browser comes back from another provider")]
    Issuer,
    #[error("the provider, or the person, refused the sign-in")]
    Denied,
    #[error("the provider wants the person to do something first")]
    Interaction,
    #[error("the provider could not carry out the sign-in")]
    Failed,
    #[error("the provider does not take the code")]
    Code,
    #[error("the provider does not take this client's id and secret")]
    Client,
    #[error("the provider's account is of another domain")]
    HostedDomain,
    #[error("the provider told about another person than the one who signed in")]
    OtherPerson,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    #[error("the token does not say that somebody signed out")]
    NotALogout,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

// === impl EgressError ===

impl EgressError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Name => "sso_provider_unreachable",
            Self::Slow => "sso_provider_slow",
            Self::Address => "sso_provider_address",
            Self::Plaintext => "sso_provider_plaintext",
            Self::Redirected => "sso_provider_redirect",
            Self::TooLarge => "sso_provider_too_large",
        }
    }
}

// === impl FetchError ===

impl FetchError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Egress(error) => error.code(),
            Self::Status(_) | Self::Malformed => "sso_provider_answer",
            Self::FailedBefore => "sso_provider_unreachable",
        }
    }
}

// === impl DiscoverError ===

impl DiscoverError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "sso_config",
            Self::Fetch(error) => error.code(),
            Self::Issuer => "sso_issuer_mismatch",
            Self::Endpoint => "sso_provider_plaintext",
            Self::FailedBefore(error) => error.code(),
        }
    }
}

// === impl BeginError ===

impl BeginError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::RedirectUri => "sso_redirect_uri",
        }
    }
}

// === impl TokenError ===

impl TokenError {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "sso_token",
            Self::Algorithm => "sso_algorithm",
            Self::UnknownKey => "sso_key",
            Self::Signature => "sso_signature",
            Self::Issuer => "sso_issuer_mismatch",
            Self::Audience => "sso_audience",
            Self::Expired => "sso_expired",
            Self::Early => "sso_early",
            Self::Nonce => "sso_nonce",
            Self::AccessTokenHash => "sso_token_hash",
            Self::AuthTime => "sso_auth_time",
        }
    }
}

// === impl SignInError ===

impl SignInError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Callback => "sso_callback",
            Self::State => "sso_state",
            Self::TooLate => "sso_too_late",
            Self::OtherProvider => "sso_other_provider",
            Self::Issuer => "sso_issuer_mismatch",
            Self::Denied => "sso_denied",
            Self::Interaction => "sso_interaction",
            Self::Failed => "sso_failed",
            Self::Code => "sso_code",
            Self::Client => "sso_client",
            Self::HostedDomain => "sso_domain",
            Self::OtherPerson => "sso_other_person",
            Self::Token(error) => error.code(),
            Self::Fetch(error) => error.code(),
        }
    }
}

// === impl LogoutError ===

impl LogoutError {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotALogout => "sso_not_a_logout",
            Self::Token(error) => error.code(),
            Self::Fetch(error) => error.code(),
        }
    }
}

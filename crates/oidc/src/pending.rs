//! A sign-in that waits for its browser to come back, and what the browser brings.
//!
//! Always holds: state and nonce are 32 random bytes each, and so is the verifier that the provider knows only by its digest;
//! they are wiped. It lives for `limits::SSO_PENDING_MINUTES`, ends with the provider that it began with, and is used up.
//! Is written out for the caller, who seals it, keeps it on the server and ties it to the browser that began.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Entropy, Timestamp, limits};
use openidconnect::CsrfToken;
use openidconnect::url::form_urlencoded;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::document::NamesIssuer;
use crate::error::SignInError;

const SECRET_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Random,
    pub(crate) nonce: Random,
    pub(crate) verifier: Random,
    /// Nanoseconds since 1970.
    begun_at: i64,
    /// How long before the beginning the person may have signed in at the provider.
    pub(crate) auth_age_seconds_max: Option<u32>,
}

/// 32 random bytes in base 64.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub(crate) struct Random(String);

/// What a sign-in is begun with.
pub(crate) struct Beginning<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) auth_age_seconds_max: Option<u32>,
}

/// The parameters that count; those that nobody here knows are passed over.
#[derive(Default)]
struct Callback {
    state: Option<Zeroizing<String>>,
    code: Option<Zeroizing<String>>,
    issuer: Option<String>,
    error: Option<String>,
}

// === impl Pending ===

impl Pending {
    pub(crate) fn begin(beginning: &Beginning<'_>, entropy: &dyn Entropy, now: Timestamp) -> Self {
        Self {
            issuer: beginning.issuer.to_owned(),
            client_id: beginning.client_id.to_owned(),
            redirect_uri: beginning.redirect_uri.to_owned(),
            state: Random::generate(entropy),
            nonce: Random::generate(entropy),
            verifier: Random::generate(entropy),
            begun_at: now.nanos(),
            auth_age_seconds_max: beginning.auth_age_seconds_max,
        }
    }

    pub(crate) fn begun_at(&self) -> Timestamp {
        Timestamp::from_nanos(self.begun_at)
    }

    /// The code that the browser brings back, if it is the browser's and of this sign-in.
    pub(crate) fn read(&self, query: &str, names_issuer: NamesIssuer, now: Timestamp) -> Result<Zeroizing<String>, SignInError> {
        let callback = Callback::parse(query)?;
        let state = callback.state.ok_or(SignInError::State)?;
        // Compared by digest: how long it takes says nothing of where they differ.
        if CsrfToken::new(state.to_string()) != CsrfToken::new(self.state.0.clone()) {
            return Err(SignInError::State);
        }
        let lives = -limits::SSO_SKEW_SECONDS..limits::SSO_PENDING_MINUTES * 60;
        if !lives.contains(&now.seconds_since(self.begun_at())) {
            return Err(SignInError::TooLate);
        }
        match (callback.issuer, names_issuer) {
            (Some(issuer), _) if issuer == self.issuer => {}
            (None, NamesIssuer::Perhaps) => {}
            (Some(_), _) | (None, NamesIssuer::Always) => return Err(SignInError::Issuer),
        }
        match (callback.error, callback.code) {
            (None, Some(code)) => Ok(code),
            (Some(error), None) => Err(refusal(&error)),
            (None, None) | (Some(_), Some(_)) => Err(SignInError::Callback),
        }
    }
}

/// The errors of OAuth 2.0 (RFC 6749, 4.1.2.1) and OpenID Connect (Core, 3.1.2.6).
fn refusal(error: &str) -> SignInError {
    match error {
        "access_denied" => SignInError::Denied,
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => SignInError::Interaction,
        _ => SignInError::Failed,
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(..)")
    }
}

// === impl Random ===

impl Random {
    fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        entropy.fill(bytes.as_mut_slice());
        Self(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

// === impl Callback ===

impl Callback {
    fn parse(query: &str) -> Result<Self, SignInError> {
        if query.len() > limits::SSO_CALLBACK_BYTES_MAX {
            return Err(SignInError::Callback);
        }
        let mut callback = Self::default();
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.into_owned();
            let twice = match &*name {
                "state" => callback.state.replace(Zeroizing::new(value)).is_some(),
                "code" => callback.code.replace(Zeroizing::new(value)).is_some(),
                "iss" => callback.issuer.replace(value).is_some(),
                "error" => callback.error.replace(value).is_some(),
                _ => false,
            };
            // Which of two is meant would be a guess.
            if twice {
                return Err(SignInError::Callback);
            }
        }
        Ok(callback)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that all are this one.
    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    fn pending() -> Pending {
        let beginning = Beginning {
            issuer: "https://issuer.example",
            client_id: "client",
            redirect_uri: "https://logs.example/",
            auth_age_seconds_max: None,
        };
        Pending::begin(&beginning, &Fixed(7), Timestamp::from_nanos(0))
    }

    #[test]
    fn a_clock_that_went_mad_makes_it_too_late() {
        let query = format!("code=c&state={}", pending().state.expose());
        for now in [Timestamp::MIN, Timestamp::MAX] {
            let read = pending().read(&query, NamesIssuer::Perhaps, now);
            assert!(matches!(read, Err(SignInError::TooLate)), "{now:?}");
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_reading_panic(query in "(state=|code=|iss=|error=|&|%|[a-z0-9]|.){0,20}") {
            prop_assert!(pending().read(&query, NamesIssuer::Perhaps, Timestamp::from_nanos(0)).is_err());
        }
    }
}

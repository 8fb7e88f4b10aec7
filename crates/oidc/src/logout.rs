//! Signing out: a provider that says that somebody did (OpenID Connect Back-Channel Logout 1.0), and a browser that is sent
//! to do so (RP-Initiated Logout 1.0).
//!
//! Always holds: a [`LoggedOut`] names a subject or a session, and comes from a token that is a logout token and can be
//! nothing else. The same token counts as often as it is shown: signing out twice does no harm, and whoever wants to know
//! keeps its `jti`.

use model::{Timestamp, limits};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::error::{LogoutError, TokenError};
use crate::id_token::{read_time, seconds};
use crate::jws::Jws;
use crate::provider::Provider;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// A plain `JWT` is a logout token of those that do not say which kind it is.
const KINDS: [&str; 2] = ["logout+jwt", "jwt"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    issuer: String,
    subject: Option<String>,
    sid: Option<String>,
    jti: String,
}

/// How somebody leaves the provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leave<'a> {
    /// What `Verified::id_token` said. Without it the provider asks whom to sign out.
    pub id_token: Option<&'a str>,
    /// Where the browser comes back to, as the provider has it registered.
    pub return_to: Option<&'a str>,
    /// Comes back with the browser.
    pub state: Option<&'a str>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: Value,
    exp: Value,
    nbf: Option<Value>,
    jti: String,
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

// === impl Provider ===

impl Provider {
    /// Whom a provider signed out, by the `logout_token` that it sent.
    pub async fn verify_logout(&self, token: &str, now: Timestamp) -> Result<LoggedOut, LogoutError> {
        let jws = Jws::parse(token.trim())?;
        if jws.kind().is_some_and(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(LogoutError::NotALogout);
        }
        let keys = self.keys.current(&self.egress, now).await?;
        let claims: Claims = match jws.verify(&keys.set) {
            Err(TokenError::UnknownKey) => match self.keys.newer(&keys, &self.egress, now).await? {
                Some(newer) => jws.verify(&newer.set)?,
                None => return Err(TokenError::UnknownKey.into()),
            },
            verified => verified?,
        };
        claims.check(&self.config.issuer, &self.config.client_id, now)
    }
}

// === impl Claims ===

impl Claims {
    fn check(self, issuer: &str, client_id: &str, now: Timestamp) -> Result<LoggedOut, LogoutError> {
        if self.iss != issuer {
            return Err(TokenError::Issuer.into());
        }
        if !self.aud.is_only(client_id) {
            return Err(TokenError::Audience.into());
        }
        let (skew, now) = (limits::SSO_SKEW_SECONDS, seconds(now));
        let not_before = self.nbf.as_ref().map(read_time).transpose()?;
        if read_time(&self.iat)? > now + skew || not_before.is_some_and(|at| at > now + skew) {
            return Err(TokenError::Early.into());
        }
        if read_time(&self.exp)? <= now - skew {
            return Err(TokenError::Expired.into());
        }
        // A nonce is how an ID token is told from it.
        if self.nonce.is_some() {
            return Err(TokenError::Nonce.into());
        }
        let is_bounded = |text: &String| !text.is_empty() && text.len() <= limits::SSO_TEXT_BYTES_MAX;
        let names = [&self.sub, &self.sid].into_iter().flatten();
        let is_event = self.events.get(EVENT).is_some_and(Value::is_object);
        if !is_event || names.clone().count() == 0 || !names.chain([&self.jti]).all(is_bounded) {
            return Err(LogoutError::NotALogout);
        }
        Ok(LoggedOut { issuer: self.iss, subject: self.sub, sid: self.sid, jti: self.jti })
    }
}

// === impl Audience ===

impl Audience {
    fn is_only(&self, client_id: &str) -> bool {
        match self {
            Self::One(client) => client == client_id,
            Self::Several(clients) => !clients.is_empty() && clients.iter().all(|client| client == client_id),
        }
    }
}

// === impl LoggedOut ===

impl LoggedOut {
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Without a session: all of this person's.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// This token's own name.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }
}

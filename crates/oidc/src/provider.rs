//! A provider that was discovered: where a browser is sent to sign in, and to sign out.

use std::fmt;

use model::{Entropy, Timestamp};
use openidconnect::url::Url;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};

use crate::config::ProviderConfig;
use crate::document::Document;
use crate::egress::{Egress, parse_https};
use crate::error::{BeginError, DiscoverError};
use crate::keys::Keys;
use crate::logout::Leave;
use crate::pending::{Beginning, Pending};

pub struct Provider {
    pub(crate) config: ProviderConfig,
    pub(crate) document: Document,
    pub(crate) egress: Egress,
    pub(crate) keys: Keys,
}

/// What a sign-in is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Where the browser comes back to, as the provider has it registered.
    pub redirect_uri: &'a str,
    /// Whom the provider should propose.
    pub login_hint: Option<&'a str>,
    pub recency: Recency,
}

/// When the person has to have signed in at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    Ever,
    WithinSeconds(u32),
    /// Again, for this.
    Now,
}

// === impl Provider ===

impl Provider {
    /// Reads what the provider says of itself, and its keys.
    pub async fn discover(config: ProviderConfig, now: Timestamp) -> Result<Self, DiscoverError> {
        let egress = Egress::to(&config)?;
        let document = Document::fetch(&config.issuer, &egress).await?;
        let keys = Keys::fetch(document.keys.clone(), &egress, now).await?;
        Ok(Self { config, document, egress, keys })
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Where the browser goes, and what the caller keeps until it comes back.
    pub fn begin(&self, ask: &Ask<'_>, entropy: &dyn Entropy, now: Timestamp) -> Result<(String, Pending), BeginError> {
        parse_https(ask.redirect_uri).ok_or(BeginError::RedirectUri)?;
        let pending = Pending::begin(
            &Beginning {
                issuer: &self.config.issuer,
                client_id: &self.config.client_id,
                redirect_uri: ask.redirect_uri,
                auth_age_seconds_max: ask.recency.seconds_max(),
            },
            entropy,
            now,
        );
        Ok((self.authorization_url(ask, &pending).into(), pending))
    }

    fn authorization_url(&self, ask: &Ask<'_>, pending: &Pending) -> Url {
        let verifier = PkceCodeVerifier::new(pending.verifier.expose().to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let mut url = self.document.authorization.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.config.client_id)
                .append_pair("redirect_uri", ask.redirect_uri)
                .append_pair("scope", &self.scope())
                .append_pair("state", pending.state.expose())
                .append_pair("nonce", pending.nonce.expose())
                .append_pair("code_challenge", challenge.as_str())
                .append_pair("code_challenge_method", challenge.method().as_str());
            if let Some(seconds) = ask.recency.seconds_max() {
                query.append_pair("max_age", &seconds.to_string());
            }
            if ask.recency == Recency::Now {
                query.append_pair("prompt", "login");
            }
            if let Some(hint) = ask.login_hint {
                query.append_pair("login_hint", hint);
            }
            if let [domain] = self.config.hosted_domains.as_slice() {
                query.append_pair("hd", domain);
            }
        }
        url
    }

    fn scope(&self) -> String {
        let others = self.config.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        ["openid"].into_iter().chain(others).collect::<Vec<_>>().join(" ")
    }

    /// Where a browser goes to sign out at the provider too, if it offers that.
    #[must_use]
    pub fn logout_url(&self, leave: &Leave<'_>) -> Option<String> {
        let mut url = self.document.end_session.clone()?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &self.config.client_id);
            let parameters =
                [("id_token_hint", leave.id_token), ("post_logout_redirect_uri", leave.return_to), ("state", leave.state)];
            for (name, value) in parameters {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
        }
        Some(url.into())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.config.issuer).finish_non_exhaustive()
    }
}

// === impl Recency ===

impl Recency {
    fn seconds_max(self) -> Option<u32> {
        match self {
            Self::Ever => None,
            Self::WithinSeconds(seconds) => Some(seconds),
            Self::Now => Some(0),
        }
    }
}

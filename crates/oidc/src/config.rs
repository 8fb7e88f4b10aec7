//! How a provider is reached and what is believed of what it says. Plain data: it is checked by `Provider::discover`.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// What the provider knows this client by. Wiped; the copies that a request to the provider makes of it are not.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ClientSecret(String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its issuer identifier, letter by letter as it says it itself: an https URL.
    pub issuer: String,
    pub client_id: String,
    /// None for a public client, which PKCE protects alone.
    pub client_secret: Option<ClientSecret>,
    /// Asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups; none: nobody has any.
    pub groups_claim: Option<String>,
    /// Only people whose `hd` claim names one of these domains, as Google says it; none: not looked at.
    pub hosted_domains: Vec<String>,
    pub emails: Emails,
    /// The only authorities that vouch for the provider, in PEM; none: those that this machine trusts.
    pub authority: Option<String>,
    pub addresses: Addresses,
}

/// Which addresses count as verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emails {
    /// Those of which the provider says so (`email_verified`).
    SaidVerified,
    /// Those of which it does not say otherwise, because its people cannot choose their addresses. Some company providers
    /// never send `email_verified`; with one that lets people type an address this lets them be anybody.
    GivenByProvider,
}

/// Where a provider may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    Public,
    /// The issuer's own host may also lie at a private address or on this machine. Other hosts that the provider names may
    /// not, and link-local addresses, where clouds keep credentials, never.
    PrivateToo,
}

const SCOPES_DEFAULT: [&str; 2] = ["email", "profile"];
const GOOGLE: &str = "https://accounts.google.com";

// === impl ProviderConfig ===

impl ProviderConfig {
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>, client_secret: Option<ClientSecret>) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret,
            scopes: SCOPES_DEFAULT.map(str::to_owned).to_vec(),
            groups_claim: None,
            hosted_domains: Vec::new(),
            emails: Emails::SaidVerified,
            authority: None,
            addresses: Addresses::Public,
        }
    }

    /// Google Workspace. Without `hosted_domains` everybody with a Google account is let through to the caller.
    #[must_use]
    pub fn google(client_id: impl Into<String>, client_secret: ClientSecret) -> Self {
        Self::new(GOOGLE, client_id, Some(client_secret))
    }
}

// === impl ClientSecret ===

impl ClientSecret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

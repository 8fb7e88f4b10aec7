//! The relying party against providers: one of our own that lies in every way (`crooked`), and a certified one
//! (`certified`). Everything goes over TLS on loopback.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod callback;
mod certified;
mod crooked;
mod forge;
mod logout;
mod reach;
mod sign_in;

use model::{Entropy, Timestamp};
use oidc::{Addresses, Ask, ClientSecret, Pending, Provider, ProviderConfig, Recency, SignInError, Verified};
use openidconnect::url::Url;
use serde_json::{Value, json};

use crate::crooked::Crooked;
use crate::forge::Signer;

const CLIENT_ID: &str = "block house";
const CLIENT_SECRET: &str = "a secret: 100%";
const REDIRECT_URI: &str = "https://logs.example.org/sso/callback";
const ACCESS_TOKEN: &str = "an-access-token";
/// Seconds since 1970: the clock of these tests stands still.
const NOW: i64 = 1_800_000_000;

struct SystemEntropy;

/// A crooked provider that behaves so far, and the relying party that discovered it.
struct Scene {
    crooked: Crooked,
    signer: Signer,
    provider: Provider,
}

/// A sign-in whose browser is at the provider.
struct Begun {
    pending: Pending,
    asked: Url,
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        aws_lc_rs::rand::fill(out).unwrap();
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(0).plus_seconds(seconds)
}

fn now() -> Timestamp {
    at(NOW)
}

/// How the relying party is told of a provider on this machine.
fn config(issuer: &str, authority: &str) -> ProviderConfig {
    ProviderConfig {
        authority: Some(authority.to_owned()),
        addresses: Addresses::PrivateToo,
        groups_claim: Some("groups".to_owned()),
        ..ProviderConfig::new(issuer, CLIENT_ID, Some(ClientSecret::new(CLIENT_SECRET.to_owned())))
    }
}

// === impl Scene ===

impl Scene {
    async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    async fn open_with(change: impl FnOnce(&mut ProviderConfig)) -> Self {
        let (crooked, signer) = (Crooked::open().await, Signer::es256("first"));
        crooked.has_keys(&[&signer]);
        let mut config = config(crooked.issuer(), crooked.authority());
        change(&mut config);
        let provider = Provider::discover(config, now()).await.unwrap();
        Self { crooked, signer, provider }
    }

    fn begin(&self, recency: Recency) -> Begun {
        let ask = Ask { redirect_uri: REDIRECT_URI, login_hint: None, recency };
        let (url, pending) = self.provider.begin(&ask, &SystemEntropy, now()).unwrap();
        Begun { pending, asked: url.parse().unwrap() }
    }

    fn claims(&self, begun: &Begun) -> Value {
        json!({
            "iss": self.crooked.issuer(), "sub": "ada-1815", "aud": CLIENT_ID, "nonce": begun.parameter("nonce"),
            "iat": NOW, "exp": NOW + 300, "email": "ada@example.org", "email_verified": true, "groups": ["engineers"],
        })
    }

    /// The whole sign-in with this ID token.
    async fn finish(&self, begun: Begun, id_token: &str) -> Result<Verified, SignInError> {
        self.finish_at(begun, id_token, NOW).await
    }

    async fn finish_at(&self, begun: Begun, id_token: &str, seconds: i64) -> Result<Verified, SignInError> {
        self.crooked.answers_codes(json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token }));
        let query = begun.query();
        self.provider.finish(begun.pending, &query, at(seconds)).await
    }

    /// A sign-in whose token is right but for `change`.
    async fn finish_changed(&self, change: impl FnOnce(&mut Value)) -> Result<Verified, SignInError> {
        let begun = self.begin(Recency::Ever);
        let mut claims = self.claims(&begun);
        change(&mut claims);
        self.finish(begun, &self.signer.sign(&claims)).await
    }
}

// === impl Begun ===

impl Begun {
    fn parameter(&self, name: &str) -> String {
        let found = self.asked.query_pairs().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.asked)).1.into_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.asked.query_pairs().any(|(key, _)| key == name)
    }

    /// What a browser that signed in comes back with.
    fn query(&self) -> String {
        format!("code=a-code&state={}", self.parameter("state"))
    }
}

/// The code of what went wrong, and nothing where nothing did.
fn code<T>(result: &Result<T, SignInError>) -> &'static str {
    result.as_ref().err().map_or("", SignInError::code)
}

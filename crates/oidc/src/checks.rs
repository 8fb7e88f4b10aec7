//! Looks whether a provider's word is verified: a good statement counts, and every kind of forged one is refused.
//!
//! Always holds: the statements go through the verification that sign-ins go through ([`id_token::check`]), with keys that
//! are made for the look; no provider is asked and nothing is stored. How providers are reached is not looked at here.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use model::{Check, Entropy, Observation, Timestamp, Vantage};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, JsonWebKeyId, PrivateSigningKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::error::TokenError;
use crate::id_token::{self, IdToken, seconds};
use crate::pending::{Beginning, Pending};

const ISSUER: &str = "https://provider.invalid";
const CLIENT: &str = "blockhouse-check";
const KEY: &str = "key-1";
const OTHER_KEY: &str = "key-2";
const ACCESS_TOKEN: &str = "access";
/// What stands before the seed in PKCS #8 of an Ed25519 key (RFC 8410, 7).
const PKCS8: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What is wrong with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    Audience,
    AuthorisedParty,
    Nonce,
    Issuer,
    /// Signed by a key that the provider does not have, under the name of one that it has.
    Key,
    UnknownKey,
    Unsigned,
    /// Said something else after it was signed.
    Altered,
    Expired,
    FromBefore,
    FromTheFuture,
    OtherAccessToken,
}

/// Whose keys the provider has.
#[derive(Debug, Clone, Copy)]
enum Provider {
    Sound,
    /// Takes a stranger's key for its own.
    Broken,
}

struct ProviderStatements {
    entropy: Arc<dyn Entropy>,
}

/// The keys and the sign-in of one look.
struct Scene {
    own: CoreEdDsaPrivateSigningKey,
    stranger: CoreEdDsaPrivateSigningKey,
    keys: CoreJsonWebKeySet,
    pending: Pending,
    now: Timestamp,
}

/// The falsifiers of what is said about single sign-on.
#[must_use]
pub fn checks(entropy: Arc<dyn Entropy>) -> Vec<Box<dyn Check>> {
    vec![Box::new(ProviderStatements { entropy })]
}

// === impl ProviderStatements ===

impl Check for ProviderStatements {
    fn id(&self) -> &'static str {
        "identity.provider-statements"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        self.look_with(Provider::Sound, now)
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        self.look_with(Provider::Broken, now)
    }
}

impl ProviderStatements {
    fn look_with(&self, provider: Provider, now: Timestamp) -> Observation {
        let Some(scene) = Scene::new(provider, &*self.entropy, now) else {
            return Observation::not_run("no statement could be made to be looked at");
        };
        let Some(good) = scene.good().map(|token| scene.verify(&token)) else {
            return Observation::not_run("no statement could be signed to be looked at");
        };
        let believed = Forgery::ALL.into_iter().filter(|forgery| scene.forged(*forgery).is_none_or(|t| scene.verify(&t).is_ok()));
        let believed: Vec<String> = believed.map(|forgery| format!("believed although forged: {forgery:?}")).collect();
        let (whole, refused) = (Forgery::ALL.len() as u64, (Forgery::ALL.len() - believed.len()) as u64);
        let summary = format!("{refused} of {whole} kinds of forged statements of a provider were refused");
        let observation = match (&good, believed.is_empty()) {
            (Ok(()), true) => Observation::held(format!("{summary}, and a good one was believed")),
            (Ok(()), false) => Observation::broken(summary),
            (Err(_), _) => Observation::broken(format!("{summary}, but a good one was refused too")),
        };
        observation.counting("kinds of forged statements refused", refused, Some(whole)).with_details(believed)
    }
}

// === impl Scene ===

impl Scene {
    fn new(provider: Provider, entropy: &dyn Entropy, now: Timestamp) -> Option<Self> {
        let (own, stranger) = (signing_key(KEY, entropy)?, signing_key(OTHER_KEY, entropy)?);
        let keys = match provider {
            Provider::Sound => vec![own.as_verification_key()],
            Provider::Broken => vec![own.as_verification_key(), stranger.as_verification_key()],
        };
        let beginning = Beginning {
            issuer: ISSUER,
            client_id: CLIENT,
            redirect_uri: "https://blockhouse.invalid/back",
            auth_age_seconds_max: None,
        };
        let pending = Pending::begin(&beginning, entropy, now);
        Some(Self { own, stranger, keys: CoreJsonWebKeySet::new(keys), pending, now })
    }

    /// What the provider says of somebody who signed in just now.
    fn claims(&self) -> Value {
        let now = seconds(self.now);
        let nonce = self.pending.nonce.expose();
        json!({ "iss": ISSUER, "aud": CLIENT, "sub": "somebody", "nonce": nonce, "iat": now, "exp": now + 300 })
    }

    fn good(&self) -> Option<String> {
        sign(&self.own, &header(KEY), &self.claims())
    }

    fn forged(&self, forgery: Forgery) -> Option<String> {
        let now = seconds(self.now);
        let (mut claims, long) = (self.claims(), 24 * 3_600);
        match forgery {
            Forgery::Audience => claims["aud"] = json!("another-client"),
            Forgery::AuthorisedParty => claims["azp"] = json!("another-client"),
            Forgery::Nonce => claims["nonce"] = json!("another-sign-in"),
            Forgery::Issuer => claims["iss"] = json!("https://other.invalid"),
            Forgery::Expired => claims["exp"] = json!(now - long),
            Forgery::FromBefore => claims["iat"] = json!(now - long),
            Forgery::FromTheFuture => claims["iat"] = json!(now + long),
            Forgery::OtherAccessToken => claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode([7; 32])),
            Forgery::Key => return sign(&self.stranger, &header(KEY), &claims),
            Forgery::UnknownKey => return sign(&self.stranger, &header(OTHER_KEY), &claims),
            Forgery::Unsigned => return Some(format!("{}.", signed_part(&json!({ "alg": "none" }), &claims))),
            Forgery::Altered => {
                let signature = self.good()?.rsplit_once('.')?.1.to_owned();
                claims["sub"] = json!("somebody-else");
                return Some(format!("{}.{signature}", signed_part(&header(KEY), &claims)));
            }
        }
        sign(&self.own, &header(KEY), &claims)
    }

    /// As at the end of a sign-in.
    fn verify(&self, token: &str) -> Result<(), TokenError> {
        let token: IdToken = token.parse().map_err(|_| TokenError::Malformed)?;
        let access_token = AccessToken::new(ACCESS_TOKEN.to_owned());
        id_token::check(&token, &self.pending, &access_token, &self.keys, self.now).map(drop)
    }
}

// === impl Forgery ===

impl Forgery {
    const ALL: [Self; 12] = [
        Self::Audience,
        Self::AuthorisedParty,
        Self::Nonce,
        Self::Issuer,
        Self::Key,
        Self::UnknownKey,
        Self::Unsigned,
        Self::Altered,
        Self::Expired,
        Self::FromBefore,
        Self::FromTheFuture,
        Self::OtherAccessToken,
    ];
}

fn signing_key(name: &str, entropy: &dyn Entropy) -> Option<CoreEdDsaPrivateSigningKey> {
    let mut der = Zeroizing::new([0; 48]);
    der[..PKCS8.len()].copy_from_slice(&PKCS8);
    entropy.fill(&mut der[PKCS8.len()..]);
    let encoded = Zeroizing::new(STANDARD.encode(der.as_slice()));
    let pem = Zeroizing::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", encoded.as_str()));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(name.to_owned()))).ok()
}

fn header(key: &str) -> Value {
    json!({ "alg": "EdDSA", "kid": key, "typ": "JWT" })
}

fn sign(key: &CoreEdDsaPrivateSigningKey, header: &Value, claims: &Value) -> Option<String> {
    let signed = signed_part(header, claims);
    let signature = key.sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes()).ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

#[cfg(test)]
mod tests {
    use model::Verdict;

    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);

    struct Counting(std::sync::atomic::AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn entropy() -> Arc<dyn Entropy> {
        Arc::new(Counting(1.into()))
    }

    #[test]
    fn forged_statements_are_refused_and_a_broken_verification_is_found_out() {
        let checks = checks(entropy());
        let seen = checks[0].look(NOW);
        assert_eq!((seen.verdict, seen.counts[0].counted, seen.counts[0].whole), (Verdict::Held, 12, Some(12)), "{seen:?}");
        let twin = checks[0].look_at_twin(NOW);
        assert_eq!(twin.verdict, Verdict::Broken);
        assert_eq!(twin.details, ["believed although forged: UnknownKey"]);
    }

    #[test]
    fn each_forgery_is_refused_for_what_is_wrong_with_it() {
        let scene = Scene::new(Provider::Sound, &*entropy(), NOW).unwrap();
        let cause = |forgery| scene.verify(&scene.forged(forgery).unwrap()).unwrap_err();
        for (forgery, expected) in [
            (Forgery::Audience, TokenError::Audience),
            (Forgery::AuthorisedParty, TokenError::Audience),
            (Forgery::Nonce, TokenError::Nonce),
            (Forgery::Issuer, TokenError::Issuer),
            (Forgery::Key, TokenError::Signature),
            (Forgery::UnknownKey, TokenError::UnknownKey),
            (Forgery::Altered, TokenError::Signature),
            (Forgery::Expired, TokenError::Expired),
            (Forgery::FromBefore, TokenError::Expired),
            (Forgery::FromTheFuture, TokenError::Early),
            (Forgery::OtherAccessToken, TokenError::AccessTokenHash),
        ] {
            assert_eq!(cause(forgery), expected, "{forgery:?}");
        }
    }
}

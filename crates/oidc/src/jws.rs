//! Signed tokens that are no ID tokens: a compact JWS (RFC 7515), signed by the provider.
//!
//! Always holds: nothing of a token's claims is read before its signature was right, by one of the algorithms of ID tokens
//! and a key of the provider. A token with critical headers is refused: none is known here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::limits;
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::TokenError;
use crate::id_token::ALGORITHMS;

pub(crate) struct Jws<'t> {
    algorithm: CoreJwsSigningAlgorithm,
    header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
}

// === impl Jws ===

impl<'t> Jws<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, TokenError> {
        if token.len() > limits::SSO_TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header: Header = read_json(header)?;
        if header.crit.is_some() || header.cty.is_some() {
            return Err(TokenError::Malformed);
        }
        let named =
            |algorithm: &CoreJwsSigningAlgorithm| serde_json::to_value(algorithm).is_ok_and(|name| name == header.alg.as_str());
        let algorithm = ALGORITHMS.into_iter().find(named).ok_or(TokenError::Algorithm)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Malformed)?;
        Ok(Self { algorithm, header, signed, payload, signature })
    }

    /// What the token says that it is, in lower case and without `application/`.
    pub(crate) fn kind(&self) -> Option<String> {
        let kind = self.header.typ.as_ref()?.to_ascii_lowercase();
        Some(kind.strip_prefix("application/").unwrap_or(&kind).to_owned())
    }

    pub(crate) fn verify<T: DeserializeOwned>(&self, keys: &CoreJsonWebKeySet) -> Result<T, TokenError> {
        let named = |key: &&_| self.header.kid.as_ref().is_none_or(|kid| JsonWebKey::key_id(*key).is_some_and(|id| **id == *kid));
        let mut found = keys.keys().iter().filter(named).peekable();
        if found.peek().is_none() {
            return Err(TokenError::UnknownKey);
        }
        // A key for another algorithm refuses.
        let verified = found.any(|key| key.verify_signature(&self.algorithm, self.signed.as_bytes(), &self.signature).is_ok());
        if verified { read_json(self.payload) } else { Err(TokenError::Signature) }
    }
}

fn read_json<T: DeserializeOwned>(encoded: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_token_makes_reading_panic(header in any::<String>(), rest in any::<String>(), token in any::<String>()) {
            let _ = Jws::parse(&token);
            let _ = Jws::parse(&format!("{}.{rest}", URL_SAFE_NO_PAD.encode(&header)));
            let known = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
            if let Ok(jws) = Jws::parse(&format!("{known}.{rest}.")) {
                prop_assert_eq!(jws.verify::<IgnoredAny>(&CoreJsonWebKeySet::default()).err(), Some(TokenError::UnknownKey));
            }
        }
    }
}

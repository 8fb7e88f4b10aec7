//! ID tokens (OpenID Connect Core, 3.1.3.7), through `openidconnect`, and what it leaves to its user: who is authorised,
//! not before, issued when, signed in when, and which access token.
//!
//! Always holds: one of four algorithms with a key of the provider, whatever the token says of itself; this client and
//! nobody else is the audience; the clocks may differ by `limits::SSO_SKEW_SECONDS`.

use chrono::{DateTime, Utc};
use model::{Timestamp, limits};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, IdTokenClaims, IdTokenVerifier, IssuerUrl,
    Nonce, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::TokenError;
use crate::pending::Pending;

pub(crate) const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Every claim that is not a standard one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OtherClaims(pub(crate) Map<String, Value>);

pub(crate) type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
pub(crate) type IdToken =
    openidconnect::IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Verifier = IdTokenVerifier<'static, CoreJsonWebKey>;

impl AdditionalClaims for OtherClaims {}

/// The claims of a token that is for this sign-in.
pub(crate) fn check<'t>(
    token: &'t IdToken,
    pending: &Pending,
    access_token: &AccessToken,
    keys: &CoreJsonWebKeySet,
    now: Timestamp,
) -> Result<&'t Claims, TokenError> {
    let issuer = IssuerUrl::new(pending.issuer.clone()).map_err(|_| TokenError::Issuer)?;
    let cut_off = time(seconds(now).saturating_sub(limits::SSO_SKEW_SECONDS)).ok_or(TokenError::Expired)?;
    // Without the secret: a signature by it is none of the four anyway.
    let verifier = Verifier::new_public_client(ClientId::new(pending.client_id.clone()), issuer, keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || cut_off);
    let claims = token.claims(&verifier, &Nonce::new(pending.nonce.expose().to_owned())).map_err(|error| cause(&error))?;

    if claims.authorized_party().is_some_and(|party| party.as_str() != pending.client_id) {
        return Err(TokenError::Audience);
    }
    check_times(claims, pending, now)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|error| signature_cause(&error))?;
        let key = token.signing_key(&verifier).map_err(|error| signature_cause(&error))?;
        let hash = AccessTokenHash::from_token(access_token, algorithm, key).map_err(|_| TokenError::Algorithm)?;
        if hash != *expected {
            return Err(TokenError::AccessTokenHash);
        }
    }
    Ok(claims)
}

fn check_times(claims: &Claims, pending: &Pending, now: Timestamp) -> Result<(), TokenError> {
    let skew = limits::SSO_SKEW_SECONDS;
    let (earliest, latest) = (seconds(pending.begun_at()) - skew, seconds(now) + skew);
    let not_before = match claims.additional_claims().0.get("nbf") {
        Some(time) => read_time(time)?,
        None => i64::MIN,
    };
    let issued_at = claims.issue_time().timestamp();
    if issued_at > latest || not_before > latest {
        return Err(TokenError::Early);
    }
    // One that was made before it was asked for is a replay.
    if issued_at < earliest {
        return Err(TokenError::Expired);
    }
    let signed_in_at = claims.auth_time().map(|time| time.timestamp());
    if signed_in_at.is_some_and(|at| at > latest) {
        return Err(TokenError::Early);
    }
    // The provider looked at the age when the browser came to it; the way back may have taken minutes.
    let Some(age_max) = pending.auth_age_seconds_max else { return Ok(()) };
    if signed_in_at.is_none_or(|at| at < earliest - i64::from(age_max)) {
        return Err(TokenError::AuthTime);
    }
    Ok(())
}

fn cause(error: &ClaimsVerificationError) -> TokenError {
    match error {
        ClaimsVerificationError::Expired(_) => TokenError::Expired,
        ClaimsVerificationError::InvalidAudience(_) => TokenError::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => TokenError::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => TokenError::Nonce,
        ClaimsVerificationError::InvalidAuthTime(_) => TokenError::AuthTime,
        ClaimsVerificationError::SignatureVerification(error) => signature_cause(error),
        _ => TokenError::Malformed,
    }
}

fn signature_cause(error: &SignatureVerificationError) -> TokenError {
    match error {
        SignatureVerificationError::DisallowedAlg(_)
        | SignatureVerificationError::UnsupportedAlg(_)
        | SignatureVerificationError::NoSignature => TokenError::Algorithm,
        SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_) => TokenError::UnknownKey,
        _ => TokenError::Signature,
    }
}

pub(crate) fn seconds(time: Timestamp) -> i64 {
    time.seconds_since(Timestamp::from_nanos(0))
}

/// A time as tokens have it: seconds since 1970, perhaps with a fraction.
pub(crate) fn read_time(value: &Value) -> Result<i64, TokenError> {
    let whole = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    whole.ok_or(TokenError::Malformed)
}

fn time(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

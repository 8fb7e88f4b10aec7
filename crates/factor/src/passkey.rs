//! Passkeys: WebAuthn level 3 through `webauthn-rs`, which reads and verifies all that comes from a browser.
//!
//! Always holds: a passkey is discoverable, so that nobody has to say who they are; the person is verified by their device
//! (PIN, finger, face) when it is made and each time it is used; no attestation is asked for. The challenge is 32 bytes that
//! this crate chooses: random ones, or the digest of a statement (see `statement`). A ceremony is a value that is used up;
//! the caller keeps it on the server, for `limits::CEREMONY_MINUTES`.
//! Does not know which passkeys exist: the caller finds the one that an [`Answer`] names, and that its owner may sign in.
//! Keys are ES256, ES384 or RS256: the library knows no Ed25519 here.

mod answer;
mod statement;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Entropy, UserId, limits};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, PasskeyRegistration, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

pub use answer::{Answer, AnswerError};

const CHALLENGE_BYTES: usize = 32;
type Challenge = [u8; CHALLENGE_BYTES];

/// Where passkeys are made and used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain that passkeys are bound to: it cannot change without losing them all.
    pub id: String,
    /// The pages' origins, such as `https://logs.example:8443`, each of that domain or below it.
    pub origins: Vec<String>,
    /// What a browser calls it.
    pub name: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    #[error("a relying party needs an origin")]
    NoOrigin,
    #[error("not an origin such as https://logs.example: {0}")]
    NotAnOrigin(String),
    #[error("the origin {0} is not of the relying party's domain; passkeys need a name, not an address")]
    OtherDomain(String),
}

/// Makes passkeys and verifies what they sign.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Webauthn,
}

/// Whom a passkey is made for.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyOwner<'a> {
    pub id: UserId,
    /// The address that they sign in with, and what they are called; the device shows both.
    pub name: &'a str,
    pub display_name: &'a str,
}

/// What the browser is asked, as `{"publicKey": …}` for `navigator.credentials`, and what the server keeps of it.
#[derive(Debug)]
pub struct Asked<C> {
    pub options: Value,
    pub ceremony: C,
}

/// A passkey is being made.
#[derive(Debug, Serialize, Deserialize)]
pub struct Registration {
    #[serde(with = "owner")]
    owner: UserId,
    state: PasskeyRegistration,
    excluded: Vec<Vec<u8>>,
}

/// Somebody is signing in with a passkey: anybody, or a person whose passkeys these are.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignIn {
    challenge: Challenge,
    allowed: Option<Vec<Vec<u8>>>,
}

/// A passkey as it is stored: whose it is, its public key, its counter. No secret, but what it says of its owner is the
/// caller's to seal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Passkey {
    #[serde(with = "owner")]
    owner: UserId,
    key: webauthn_rs::prelude::Passkey,
}

/// A passkey was used, by its owner.
#[derive(Debug)]
pub struct Assertion {
    pub owner: UserId,
    /// Always so: without it there is an error.
    pub user_verified: bool,
    /// The passkey to store in the place of the one that was given, where its counter or its backup changed.
    pub changed: Option<Passkey>,
}

/// Why an answer does not count.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum PasskeyError {
    #[error("not an answer of a browser with a passkey")]
    Malformed,
    #[error("the answer is to another ceremony")]
    OtherCeremony,
    #[error("the answer is to another question")]
    OtherChallenge,
    #[error("the answer comes from another site's page")]
    OtherOrigin,
    #[error("the answer comes from a page inside another page")]
    Embedded,
    #[error("the passkey answered for another site")]
    OtherRelyingParty,
    #[error("nobody touched the device")]
    Absent,
    #[error("the device did not verify its owner")]
    Unverified,
    #[error("the signature is not that of the passkey")]
    Forged,
    #[error("the passkey's counter went back: it may have been copied")]
    CounterWentBack,
    #[error("the passkey is not one of those that were asked for")]
    NotAsked,
    #[error("the passkey is not its owner's")]
    OtherOwner,
    #[error("the device already holds a passkey of this account")]
    AlreadyHeld,
    #[error("the passkey is of a kind that is not supported")]
    Unsupported,
    #[error("the passkey says otherwise than before whether it can be on several devices")]
    BackupChanged,
    #[error("a statement has at most {} bytes", limits::STATEMENT_BYTES_MAX)]
    StatementTooLong,
    #[error("the answer does not hold what WebAuthn demands")]
    Refused(#[source] WebauthnError),
}

// === impl Passkeys ===

impl Passkeys {
    pub fn new(config: &RelyingParty) -> Result<Self, RelyingPartyError> {
        let origins = config.origins.iter().map(|text| parse_origin(&config.id, text)).collect::<Result<Vec<_>, _>>()?;
        let (first, others) = origins.split_first().ok_or(RelyingPartyError::NoOrigin)?;
        let other_domain = |_| RelyingPartyError::OtherDomain(first.to_string());
        let builder = WebauthnBuilder::new(&config.id, first).map_err(other_domain)?;
        let builder = others.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
        let patience = Duration::from_secs(limits::CEREMONY_MINUTES.unsigned_abs() * 60);
        let webauthn = builder.rp_name(&config.name).timeout(patience).build().map_err(other_domain)?;
        Ok(Self { webauthn })
    }

    /// Asks for a new passkey of a device that holds none of `existing`.
    pub fn register(
        &self,
        owner: &PasskeyOwner<'_>,
        existing: &[Passkey],
        entropy: &dyn Entropy,
    ) -> Result<Asked<Registration>, PasskeyError> {
        let challenge = random(entropy);
        let excluded: Vec<CredentialID> = existing.iter().map(|one| one.key.cred_id().clone()).collect();
        let ids = excluded.iter().map(|id| id.to_vec()).collect();
        let (options, state) =
            self.webauthn.start_passkey_registration(handle(owner.id), owner.name, owner.display_name, Some(excluded))?;
        let mut options = options_with(&options, &challenge)?;
        // The library asks for a key that need not be discoverable, and does not look at it again.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        let state = state_with(&state, "rs", &challenge)?;
        Ok(Asked { options, ceremony: Registration { owner: owner.id, state, excluded: ids } })
    }

    /// The new passkey. That no other account has one of this id is the caller's to check.
    pub fn finish_registration(&self, ceremony: Registration, answer: &[u8]) -> Result<Passkey, PasskeyError> {
        let Registration { owner, state, excluded } = ceremony;
        let answer = answer::parse_registration(answer)?;
        let held = |id: &[u8]| excluded.iter().any(|one| one == id);
        let key = self.webauthn.finish_passkey_registration(&answer, &state).map_err(|error| match error {
            // The library says the same of a wrong algorithm and of an excluded passkey.
            WebauthnError::CredentialAlteredAlgFromRequest if held(&answer.raw_id) => PasskeyError::AlreadyHeld,
            error => error.into(),
        })?;
        let id: &[u8] = key.cred_id();
        if held(id) {
            return Err(PasskeyError::AlreadyHeld);
        }
        if id != answer.raw_id.as_slice() || id.is_empty() || id.len() > limits::PASSKEY_ID_BYTES_MAX {
            return Err(PasskeyError::Malformed);
        }
        Ok(Passkey { owner, key })
    }

    /// Asks anybody to sign in: the device offers the passkeys that it holds.
    pub fn sign_in(&self, entropy: &dyn Entropy) -> Result<Asked<SignIn>, PasskeyError> {
        let challenge = random(entropy);
        Ok(Asked { options: self.ask(&challenge, &[])?, ceremony: SignIn { challenge, allowed: None } })
    }

    /// Asks the person whose passkeys these are. Without any, nobody can answer.
    pub fn sign_in_as(&self, passkeys: &[Passkey], entropy: &dyn Entropy) -> Result<Asked<SignIn>, PasskeyError> {
        let challenge = random(entropy);
        let allowed = passkeys.iter().map(|one| one.id().to_vec()).collect();
        Ok(Asked { options: self.ask(&challenge, passkeys)?, ceremony: SignIn { challenge, allowed: Some(allowed) } })
    }

    /// `passkey` is the one that the answer names (`Answer::passkey_id`), as it is stored.
    pub fn finish_sign_in(&self, ceremony: SignIn, answer: &Answer, passkey: &Passkey) -> Result<Assertion, PasskeyError> {
        let SignIn { challenge, allowed } = ceremony;
        match (allowed, answer.owner_handle()) {
            (Some(allowed), _) if !allowed.iter().any(|id| id == answer.passkey_id()) => return Err(PasskeyError::NotAsked),
            // WebAuthn, 7.2, step 6: who was not named before has to be named by the device.
            (None, None) => return Err(PasskeyError::OtherOwner),
            (Some(_) | None, _) => {}
        }
        self.assert(&challenge, answer, passkey)
    }

    fn ask(&self, challenge: &Challenge, passkeys: &[Passkey]) -> Result<Value, PasskeyError> {
        let keys: Vec<_> = passkeys.iter().map(|one| one.key.clone()).collect();
        let (options, _) = self.webauthn.start_passkey_authentication(&keys)?;
        options_with(&options, challenge)
    }

    fn assert(&self, challenge: &Challenge, answer: &Answer, passkey: &Passkey) -> Result<Assertion, PasskeyError> {
        if answer.owner_handle().is_some_and(|named| named != handle(passkey.owner).as_bytes()) {
            return Err(PasskeyError::OtherOwner);
        }
        if answer.is_embedded() {
            return Err(PasskeyError::Embedded);
        }
        // The library's state is made anew for each answer: all that it has to remember is the challenge.
        let (_, state) = self.webauthn.start_passkey_authentication(std::slice::from_ref(&passkey.key))?;
        let state = state_with(&state, "ast", challenge)?;
        let result = self.webauthn.finish_passkey_authentication(answer.as_library(), &state)?;
        Ok(Assertion { owner: passkey.owner, user_verified: result.user_verified(), changed: passkey.after(&result) })
    }
}

fn parse_origin(domain: &str, text: &str) -> Result<Url, RelyingPartyError> {
    let plain = |url: &Url| {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        url.scheme() == "https" && bare
    };
    let url = Url::parse(text).ok().filter(plain).ok_or_else(|| RelyingPartyError::NotAnOrigin(text.to_owned()))?;
    match WebauthnBuilder::new(domain, &url) {
        Ok(_) if !domain.is_empty() => Ok(url),
        _ => Err(RelyingPartyError::OtherDomain(text.to_owned())),
    }
}

/// What a device knows its owner by: their id, then zeros, because the library wants sixteen bytes.
fn handle(owner: UserId) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..owner.as_bytes().len()].copy_from_slice(owner.as_bytes());
    Uuid::from_bytes(bytes)
}

fn random(entropy: &dyn Entropy) -> Challenge {
    let mut challenge = [0; CHALLENGE_BYTES];
    entropy.fill(&mut challenge);
    challenge
}

fn options_with(options: &impl Serialize, challenge: &Challenge) -> Result<Value, PasskeyError> {
    let mut options = to_json(options)?;
    options["publicKey"]["challenge"] = json!(URL_SAFE_NO_PAD.encode(challenge));
    Ok(options)
}

/// The library draws its own challenge, and lets it be changed only in the written state.
fn state_with<S: Serialize + DeserializeOwned>(state: &S, part: &str, challenge: &Challenge) -> Result<S, PasskeyError> {
    let mut state = to_json(state)?;
    state[part]["challenge"] = json!(URL_SAFE_NO_PAD.encode(challenge));
    serde_json::from_value(state).map_err(|error| PasskeyError::Refused(error.into()))
}

fn to_json(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|error| PasskeyError::Refused(error.into()))
}

// === impl Passkey ===

impl Passkey {
    #[must_use]
    pub fn id(&self) -> &[u8] {
        self.key.cred_id()
    }

    #[must_use]
    pub fn owner(&self) -> UserId {
        self.owner
    }

    fn after(&self, result: &AuthenticationResult) -> Option<Self> {
        let mut changed = self.clone();
        (changed.key.update_credential(result) == Some(true)).then_some(changed)
    }
}

/// An owner is written as the text of their id.
mod owner {
    use model::UserId;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(owner: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(owner)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
        UserId::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

// === impl PasskeyError ===

impl From<AnswerError> for PasskeyError {
    fn from(_: AnswerError) -> Self {
        Self::Malformed
    }
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::InvalidClientDataType => Self::OtherCeremony,
            WebauthnError::MismatchedChallenge => Self::OtherChallenge,
            WebauthnError::InvalidRPOrigin => Self::OtherOrigin,
            WebauthnError::CredentialCrossOrigin => Self::Embedded,
            WebauthnError::InvalidRPIDHash => Self::OtherRelyingParty,
            WebauthnError::UserNotPresent => Self::Absent,
            WebauthnError::UserNotVerified => Self::Unverified,
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => Self::Forged,
            WebauthnError::CredentialPossibleCompromise => Self::CounterWentBack,
            WebauthnError::CredentialNotFound => Self::NotAsked,
            WebauthnError::CredentialExcludedFromRequest => Self::AlreadyHeld,
            WebauthnError::CredentialAlteredAlgFromRequest
            | WebauthnError::AttestationNotSupported
            | WebauthnError::COSEKeyInvalidType
            | WebauthnError::COSEKeyInvalidAlgorithm
            | WebauthnError::COSEKeyEDUnsupported
            | WebauthnError::COSEKeyECDSAInvalidCurve => Self::Unsupported,
            WebauthnError::CredentialBackupEligibilityInconsistent | WebauthnError::CredentialMayNotBeHardwareBound => {
                Self::BackupChanged
            }
            WebauthnError::ParseBase64Failure(_)
            | WebauthnError::ParseCBORFailure(_)
            | WebauthnError::ParseJSONFailure(_)
            | WebauthnError::ParseNOMFailure
            | WebauthnError::ParseInsufficientBytesAvailable => Self::Malformed,
            error => Self::Refused(error),
        }
    }
}

#[cfg(test)]
mod tests;

//! For tests: an authenticator of passkeys together with its browser, which misbehaves on command, and one-time codes.
//!
//! It takes the options that a page gives to `navigator.credentials` and answers with what the page would post, both as
//! the JSON of WebAuthn (5.1.8 to 5.1.10). Keys are ES256, attestation is "none".
//! Always holds: without a [`Fault`] it does what a browser does, so it refuses what a browser refuses. Knows nothing of
//! the product.
#![expect(clippy::unwrap_used, reason = "an authenticator for tests: what it cannot do ends the test")]

mod cbor;
mod code;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub use code::one_time_code;

const EVIL: &str = "evil.example";

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_KEY: u8 = 0x40;

pub struct Authenticator {
    origin: String,
    build: Build,
    held: Vec<Held>,
}

/// What kind of authenticator it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Counts its signatures, and no key leaves it.
    Hardware,
    /// Counts nothing, and keys are on several devices.
    Synced,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The page is that of another site.
    OtherOrigin,
    /// The authenticator was asked for another site's key.
    OtherRelyingParty,
    /// The page is a frame in another site's page.
    Embedded,
    /// The challenge is not that of the options.
    OtherChallenge,
    /// The answer to a `get` says it is one to a `create`, and the other way round.
    OtherCeremony,
    /// Nobody touched it.
    Absent,
    /// It was touched, but no PIN or finger was asked for.
    Unverified,
    /// Signed with a key that is not that of the passkey.
    OtherKey,
    /// One bit of the signature is turned.
    FlippedBit,
    /// The counter of signatures stands where it stood before.
    OldCounter,
    /// The passkey is said to belong to somebody else.
    OtherOwner,
    /// It does not say whom the passkey belongs to.
    NoOwner,
    /// It makes a key although it already holds one that the options exclude, and with that one's id.
    Excluded,
}

/// What a browser tells the page instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `SecurityError`: the page is not of the relying party.
    NotThisSite,
    /// `InvalidStateError`: it already holds a passkey that the options exclude.
    AlreadyHeld,
    /// `NotAllowedError`: it holds none that is asked for.
    NoneFits,
}

struct Held {
    id: Vec<u8>,
    relying_party: String,
    owner: Vec<u8>,
    key: EcdsaKeyPair,
    counter: u32,
}

// === impl Authenticator ===

impl Authenticator {
    /// In front of a page of this origin, such as `https://logs.example`.
    #[must_use]
    pub fn new(build: Build, origin: &str) -> Self {
        Self { origin: origin.to_owned(), build, held: Vec::new() }
    }

    /// `navigator.credentials.create`, with `{"publicKey": …}`.
    pub fn create(&mut self, options: &Value) -> Result<Value, Refusal> {
        self.create_with(options, None)
    }

    pub fn create_with(&mut self, options: &Value, fault: Option<Fault>) -> Result<Value, Refusal> {
        let options = &options["publicKey"];
        let relying_party = text(&options["rp"]["id"]);
        self.check_site(&relying_party)?;
        let excluded = self.held.iter().find(|held| names(&options["excludeCredentials"], &held.id)).map(|held| held.id.clone());
        if excluded.is_some() && fault != Some(Fault::Excluded) {
            return Err(Refusal::AlreadyHeld);
        }
        let mut id = vec![0; 32];
        fill(&mut id).unwrap();
        let held =
            Held { id: excluded.unwrap_or(id), relying_party, owner: bytes(&options["user"]["id"]), key: generate(), counter: 0 };
        let client_data = self.client_data("webauthn.create", &options["challenge"], fault);
        let mut data = self.authenticator_data(&held, HAS_KEY, fault);
        // No model of authenticator is told.
        data.extend([0; 16]);
        data.extend(u16::try_from(held.id.len()).unwrap().to_be_bytes());
        data.extend(&held.id);
        data.extend(cose_key(&held.key));
        let answer = json!({
            "id": encode(&held.id),
            "rawId": encode(&held.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": encode(client_data.as_bytes()),
                "attestationObject": encode(&attestation(&data)),
                "transports": ["internal"],
            },
            "clientExtensionResults": { "credProps": { "rk": true } },
        });
        self.held.push(held);
        Ok(answer)
    }

    /// `navigator.credentials.get`, with `{"publicKey": …}`.
    pub fn get(&mut self, options: &Value) -> Result<Value, Refusal> {
        self.get_with(options, None)
    }

    pub fn get_with(&mut self, options: &Value, fault: Option<Fault>) -> Result<Value, Refusal> {
        let options = &options["publicKey"];
        let relying_party = text(&options["rpId"]);
        self.check_site(&relying_party)?;
        let allowed = &options["allowCredentials"];
        let anyone = allowed.as_array().is_none_or(Vec::is_empty);
        let fits = |held: &&mut Held| held.relying_party == relying_party && (anyone || names(allowed, &held.id));
        let held = self.held.iter_mut().rev().find(fits).ok_or(Refusal::NoneFits)?;
        if self.build == Build::Hardware && fault != Some(Fault::OldCounter) {
            held.counter += 1;
        }
        let (id, owner) = (held.id.clone(), held.owner.clone());
        let held = self.held.iter().find(|held| held.id == id).unwrap();
        let client_data = self.client_data("webauthn.get", &options["challenge"], fault);
        let data = self.authenticator_data(held, 0, fault);
        let signed = [data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let owner = match fault {
            Some(Fault::NoOwner) => Value::Null,
            Some(Fault::OtherOwner) => Value::from(encode(&vec![7; owner.len()])),
            _ => Value::from(encode(&owner)),
        };
        Ok(json!({
            "id": encode(&id),
            "rawId": encode(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": encode(client_data.as_bytes()),
                "authenticatorData": encode(&data),
                "signature": encode(&sign(&held.key, &signed, fault)),
                "userHandle": owner,
            },
            "clientExtensionResults": {},
        }))
    }

    /// A browser asks for keys of the page's own domain, or of one above it.
    fn check_site(&self, relying_party: &str) -> Result<(), Refusal> {
        let host = self.origin.split("://").nth(1).and_then(|rest| rest.split([':', '/']).next()).unwrap_or_default();
        let own = host == relying_party || host.ends_with(&format!(".{relying_party}"));
        if own { Ok(()) } else { Err(Refusal::NotThisSite) }
    }

    fn client_data(&self, ceremony: &str, challenge: &Value, fault: Option<Fault>) -> String {
        let ceremony = match (fault, ceremony) {
            (Some(Fault::OtherCeremony), "webauthn.get") => "webauthn.create",
            (Some(Fault::OtherCeremony), _) => "webauthn.get",
            _ => ceremony,
        };
        let evil = format!("https://{EVIL}");
        let (origin, embedded) =
            (if fault == Some(Fault::OtherOrigin) { &evil } else { &self.origin }, fault == Some(Fault::Embedded));
        let challenge = if fault == Some(Fault::OtherChallenge) { encode(&[7; 32]) } else { text(challenge) };
        json!({ "type": ceremony, "challenge": challenge, "origin": origin, "crossOrigin": embedded }).to_string()
    }

    /// WebAuthn, 6.1, as far as it is the same in both ceremonies.
    fn authenticator_data(&self, held: &Held, more: u8, fault: Option<Fault>) -> Vec<u8> {
        let relying_party = if fault == Some(Fault::OtherRelyingParty) { EVIL } else { &held.relying_party };
        let user = match fault {
            Some(Fault::Absent) => 0,
            Some(Fault::Unverified) => PRESENT,
            _ => PRESENT | VERIFIED,
        };
        let backup = match self.build {
            Build::Hardware => 0,
            Build::Synced => BACKUP_ELIGIBLE | BACKED_UP,
        };
        let mut data = digest(&SHA256, relying_party.as_bytes()).as_ref().to_vec();
        data.push(user | backup | more);
        data.extend(held.counter.to_be_bytes());
        data
    }
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").field("origin", &self.origin).finish_non_exhaustive()
    }
}

fn generate() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn sign(key: &EcdsaKeyPair, message: &[u8], fault: Option<Fault>) -> Vec<u8> {
    let other = generate();
    let key = if fault == Some(Fault::OtherKey) { &other } else { key };
    let mut signature = key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
    if fault == Some(Fault::FlippedBit) {
        *signature.last_mut().unwrap() ^= 1;
    }
    signature
}

/// RFC 9053: key type EC2, algorithm ES256, curve P-256, x, y.
fn cose_key(key: &EcdsaKeyPair) -> Vec<u8> {
    // 0x04, x, y.
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let mut map = cbor::map(5);
    for (label, value) in [(1, 2), (3, -7), (-1, 1)] {
        map.extend([cbor::int(label), cbor::int(value)].concat());
    }
    map.extend([cbor::int(-2), cbor::bytes(x), cbor::int(-3), cbor::bytes(y)].concat());
    map
}

fn attestation(data: &[u8]) -> Vec<u8> {
    let (format, statement) = (cbor::text("none"), cbor::map(0));
    let fields = [cbor::text("fmt"), format, cbor::text("attStmt"), statement, cbor::text("authData"), cbor::bytes(data)];
    [cbor::map(3), fields.concat()].concat()
}

fn names(descriptors: &Value, id: &[u8]) -> bool {
    descriptors.as_array().is_some_and(|all| all.iter().any(|one| bytes(&one["id"]) == id))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

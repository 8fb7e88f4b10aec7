//! The key that signs for the installation, and keys of others as they are published.
//!
//! | sealed key | version 1 | seconds since 1970, 4 B | seed 32 B |
//!
//! Always holds: the seed leaves only sealed, under the root key; a published key vouches for itself and was not revoked.
//! Ours never ends, because each signature does.

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use model::{Entropy, Timestamp, limits};
use seal::{Field, FieldError, FieldSealer};
use zeroize::Zeroizing;

use super::signature::{CERTIFICATION, EDDSA, Fingerprint, KEY_REVOCATION, Says, Signature};
use super::{armor, packet};

const SEALED_VERSION: u8 = 1;
const SEED_BYTES: usize = 32;
const PLACE: Field<'static> = Field { table: "contact", column: "signing_key", row: b"", scope: b"" };

const KEY_VERSION: u8 = 4;
/// The name of Ed25519 among curves, 1.3.6.1.4.1.11591.15.1, behind its length.
const CURVE: [u8; 10] = [9, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01];
/// In front of a point that is written as the curve itself has it.
const NATIVE_POINT: u8 = 0x40;

/// Signs for the installation.
pub struct SigningKey {
    created: u32,
    seed: Box<Zeroizing<[u8; SEED_BYTES]>>,
    pair: Ed25519KeyPair,
}

/// A key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) point: [u8; 32],
    fingerprint: Fingerprint,
    ends: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("not an armoured OpenPGP key")]
    Malformed,
    #[error("a key that is not an Ed25519 key of version 4")]
    Unknown,
    #[error("a key that does not vouch for itself")]
    NotItsOwn,
    #[error("a key that its owner revoked")]
    Revoked,
    #[error("a time that OpenPGP cannot say")]
    Time,
    #[error("a name that cannot stand in a key: of at most {} bytes, on one line", limits::OPENPGP_NAME_BYTES_MAX)]
    Name,
    #[error("the sealed signing key is not one of this version")]
    Version,
    #[error("the sealed signing key does not open")]
    Sealed(#[source] FieldError),
}

// === impl SigningKey ===

impl SigningKey {
    pub fn generate(entropy: &dyn Entropy, now: Timestamp) -> Result<Self, KeyError> {
        let mut seed = Box::new(Zeroizing::new([0; SEED_BYTES]));
        entropy.fill(seed.as_mut_slice());
        Self::of(seed, to_seconds(now).ok_or(KeyError::Time)?)
    }

    fn of(seed: Box<Zeroizing<[u8; SEED_BYTES]>>, created: u32) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| KeyError::Malformed)?;
        Ok(Self { created, seed, pair })
    }

    /// For the caller to keep.
    pub fn seal(&self, sealer: &FieldSealer) -> Result<Vec<u8>, FieldError> {
        let mut text = Zeroizing::new(Vec::with_capacity(5 + SEED_BYTES));
        text.push(SEALED_VERSION);
        text.extend_from_slice(&self.created.to_be_bytes());
        text.extend_from_slice(self.seed.as_slice());
        sealer.seal(&PLACE, &text)
    }

    pub fn open(sealer: &FieldSealer, sealed: &[u8]) -> Result<Self, KeyError> {
        let text = sealer.open(&PLACE, sealed).map_err(KeyError::Sealed)?;
        let [SEALED_VERSION, a, b, c, d, rest @ ..] = text.as_slice() else { return Err(KeyError::Version) };
        let mut seed = Box::new(Zeroizing::new([0; SEED_BYTES]));
        if rest.len() != SEED_BYTES {
            return Err(KeyError::Version);
        }
        seed.copy_from_slice(rest);
        Self::of(seed, u32::from_be_bytes([*a, *b, *c, *d]))
    }

    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let point = self.point();
        PublicKey { point, fingerprint: fingerprint(&body_of(self.created, &point)), ends: None }
    }

    /// The public key in armour, under this name, to be published. Any name gives the same fingerprint.
    pub fn armored(&self, name: &str) -> Result<String, KeyError> {
        if name.is_empty() || name.len() > limits::OPENPGP_NAME_BYTES_MAX || name.contains(char::is_control) {
            return Err(KeyError::Name);
        }
        let body = body_of(self.created, &self.point());
        let says = Says { kind: CERTIFICATION, created: self.created, lives: None, issuer: fingerprint(&body) };
        let mut packets = Vec::new();
        packet::write(&mut packets, packet::PUBLIC_KEY, &body);
        packet::write(&mut packets, packet::USER_ID, name.as_bytes());
        let signed = [key_prefix(&body), name_prefix(name.as_bytes())];
        let signature = says.sign(&self.pair, &[&signed[0], &body, &signed[1], name.as_bytes()]);
        packet::write(&mut packets, packet::SIGNATURE, &signature);
        Ok(armor::write(armor::PUBLIC_KEY, &packets))
    }

    /// The body of a signature packet, made now, that counts until `ends`.
    pub(crate) fn sign(&self, kind: u8, signed: &[u8], now: Timestamp, ends: Timestamp) -> Result<Vec<u8>, KeyError> {
        let created = to_seconds(now).filter(|created| *created >= self.created).ok_or(KeyError::Time)?;
        let lives = to_seconds(ends).and_then(|ends| ends.checked_sub(created)).filter(|lives| *lives > 0);
        let says = Says { kind, created, lives: Some(lives.ok_or(KeyError::Time)?), issuer: self.public_key().fingerprint };
        Ok(says.sign(&self.pair, &[signed]))
    }

    fn point(&self) -> [u8; 32] {
        let mut point = [0; 32];
        point.copy_from_slice(self.pair.public_key().as_ref());
        point
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

// === impl PublicKey ===

impl PublicKey {
    /// Reads an armoured key as it is published. Its subkeys are passed over: they sign nothing here.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() > limits::OPENPGP_KEY_BYTES_MAX {
            return Err(KeyError::Malformed);
        }
        let bytes = armor::read(armor::PUBLIC_KEY, text.lines()).ok_or(KeyError::Malformed)?;
        let packets = packet::read_all(&bytes).ok_or(KeyError::Malformed)?;
        let (first, rest) = packets.split_first().ok_or(KeyError::Malformed)?;
        if first.tag != packet::PUBLIC_KEY {
            return Err(KeyError::Malformed);
        }
        let (created, point) = read_body(first.body)?;
        let newest = vouched(first.body, &point, rest)?;
        let lives = newest.key_lives.map(|lives| from_seconds(created).plus_seconds(lives.into()));
        Ok(Self { point, fingerprint: fingerprint(first.body), ends: lives })
    }

    /// Forty hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// When it stops counting, if ever.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        self.ends
    }

    pub(crate) fn may_have_made(&self, signature: &Signature) -> bool {
        signature.issuer.is_none_or(|issuer| issuer == self.fingerprint)
    }
}

/// The newest signature of the key over one of its names.
fn vouched(body: &[u8], point: &[u8; 32], packets: &[packet::Packet<'_>]) -> Result<Signature, KeyError> {
    let prefix = key_prefix(body);
    let mut name: Option<&[u8]> = None;
    let mut newest: Option<Signature> = None;
    for packet in packets {
        match packet.tag {
            packet::USER_ID => name = Some(packet.body),
            packet::SIGNATURE => {
                let Ok(signature) = Signature::parse(packet.body) else { continue };
                if signature.kind == KEY_REVOCATION && signature.verifies(point, &[&prefix, body]) {
                    return Err(KeyError::Revoked);
                }
                let Some(name) = name else { continue };
                let vouches = (CERTIFICATION - 3..=CERTIFICATION).contains(&signature.kind)
                    && signature.verifies(point, &[&prefix, body, &name_prefix(name), name]);
                if vouches && newest.as_ref().is_none_or(|newest| newest.created <= signature.created) {
                    newest = Some(signature);
                }
            }
            // What comes after a picture or a subkey is not about a name.
            _ => name = None,
        }
    }
    newest.ok_or(KeyError::NotItsOwn)
}

fn body_of(created: u32, point: &[u8; 32]) -> Vec<u8> {
    let mut body = vec![KEY_VERSION];
    body.extend_from_slice(&created.to_be_bytes());
    body.push(EDDSA);
    body.extend_from_slice(&CURVE);
    packet::write_number(&mut body, &[&[NATIVE_POINT], point.as_slice()].concat());
    body
}

fn read_body(body: &[u8]) -> Result<(u32, [u8; 32]), KeyError> {
    let [KEY_VERSION, a, b, c, d, EDDSA, rest @ ..] = body else { return Err(KeyError::Unknown) };
    let number = rest.strip_prefix(&CURVE).ok_or(KeyError::Unknown)?;
    let (point, rest) = packet::read_number::<33>(number).ok_or(KeyError::Malformed)?;
    let point = point.strip_prefix(&[NATIVE_POINT]).filter(|_| rest.is_empty()).ok_or(KeyError::Malformed)?;
    Ok((u32::from_be_bytes([*a, *b, *c, *d]), point.try_into().map_err(|_| KeyError::Malformed)?))
}

/// A name for the key, as version 4 has it. That SHA-1 is weak forges no signature: the key itself is what is compared with.
fn fingerprint(body: &[u8]) -> Fingerprint {
    let mut out = [0; 20];
    out.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[&key_prefix(body), body].concat()).as_ref());
    out
}

fn key_prefix(body: &[u8]) -> Vec<u8> {
    [&[0x99], (body.len() as u16).to_be_bytes().as_slice()].concat()
}

fn name_prefix(name: &[u8]) -> Vec<u8> {
    [&[0xB4], (name.len() as u32).to_be_bytes().as_slice()].concat()
}

pub(crate) fn to_seconds(time: Timestamp) -> Option<u32> {
    u32::try_from(time.nanos().div_euclid(1_000_000_000)).ok()
}

pub(crate) fn from_seconds(seconds: u32) -> Timestamp {
    Timestamp::from_nanos(0).plus_seconds(seconds.into())
}

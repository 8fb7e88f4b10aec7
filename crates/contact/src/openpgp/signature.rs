//! One signature packet: what it says, made and verified.
//!
//! Always holds: only notes that the signature covers are believed; one that is marked critical and not known refuses the
//! whole signature.

use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

use super::packet;

pub(crate) const TEXT: u8 = 0x01;
pub(crate) const CERTIFICATION: u8 = 0x13;
pub(crate) const KEY_REVOCATION: u8 = 0x20;
pub(crate) const EDDSA: u8 = 22;

const VERSION: u8 = 4;
const SHA512_ID: u8 = 10;
const FINGERPRINT_BYTES: usize = 20;

mod note {
    pub(super) const CREATED: u8 = 2;
    pub(super) const SIGNATURE_LIVES: u8 = 3;
    pub(super) const KEY_LIVES: u8 = 9;
    pub(super) const ISSUER_ID: u8 = 16;
    pub(super) const KEY_FLAGS: u8 = 27;
    pub(super) const ISSUER: u8 = 33;
    /// What may be marked critical although it is not looked at: it changes nothing about who signed what.
    pub(super) const HARMLESS: [u8; 5] = [11, 21, 22, 25, 30];
}
/// May sign other keys' names, its own among them, and data.
const CERTIFIES_AND_SIGNS: u8 = 0x03;

pub(crate) type Fingerprint = [u8; FINGERPRINT_BYTES];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) kind: u8,
    pub(crate) created: u32,
    /// Seconds after which it no longer counts.
    pub(crate) lives: Option<u32>,
    /// Seconds after its making for which it says that the key counts.
    pub(crate) key_lives: Option<u32>,
    pub(crate) issuer: Option<Fingerprint>,
    hash: u8,
    /// Everything up to the end of the hashed notes, which is what the signature covers of itself.
    covered: Vec<u8>,
    start: [u8; 2],
    bytes: [u8; 64],
}

/// What a new signature says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Says {
    pub(crate) kind: u8,
    pub(crate) created: u32,
    pub(crate) lives: Option<u32>,
    pub(crate) issuer: Fingerprint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Malformed,
    /// Another version, curve or hash.
    Unknown,
}

// === impl Says ===

impl Says {
    /// The body of a signature packet over `signed`.
    pub(crate) fn sign(&self, key: &Ed25519KeyPair, signed: &[&[u8]]) -> Vec<u8> {
        let mut notes = Vec::new();
        write_note(&mut notes, note::CREATED, &self.created.to_be_bytes());
        if let Some(lives) = self.lives {
            write_note(&mut notes, note::SIGNATURE_LIVES, &lives.to_be_bytes());
        }
        if self.kind == CERTIFICATION {
            write_note(&mut notes, note::KEY_FLAGS, &[CERTIFIES_AND_SIGNS]);
        }
        write_note(&mut notes, note::ISSUER, &[&[VERSION], self.issuer.as_slice()].concat());
        let mut body = vec![VERSION, self.kind, EDDSA, SHA512_ID];
        write_notes(&mut body, &notes);
        let digest = digest_of(&SHA512, signed, &body);
        let mut notes = Vec::new();
        write_note(&mut notes, note::ISSUER_ID, &self.issuer[FINGERPRINT_BYTES - 8..]);
        write_notes(&mut body, &notes);
        body.extend_from_slice(&digest.as_ref()[..2]);
        let signature = key.sign(digest.as_ref());
        let (r, s) = signature.as_ref().split_at(32);
        packet::write_number(&mut body, r);
        packet::write_number(&mut body, s);
        body
    }
}

// === impl Signature ===

impl Signature {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        let [version, kind, algorithm, hash, rest @ ..] = body else { return Err(Unreadable::Malformed) };
        if *version != VERSION || *algorithm != EDDSA || algorithm_of(*hash).is_none() {
            return Err(Unreadable::Unknown);
        }
        let (hashed, rest) = read_notes(rest).ok_or(Unreadable::Malformed)?;
        let covered = body[..body.len() - rest.len()].to_vec();
        let (_, rest) = read_notes(rest).ok_or(Unreadable::Malformed)?;
        let (start, rest) = rest.split_first_chunk::<2>().ok_or(Unreadable::Malformed)?;
        let bytes = read_bytes(rest).ok_or(Unreadable::Malformed)?;
        let (created, start) = (0, *start);
        let said = Self { kind: *kind, created, lives: None, key_lives: None, issuer: None, hash: *hash, covered, start, bytes };
        said.believe(hashed)
    }

    fn believe(mut self, mut notes: &[u8]) -> Result<Self, Unreadable> {
        let mut created = None;
        while !notes.is_empty() {
            let (length, rest) = packet::read_length(notes).ok_or(Unreadable::Malformed)?;
            let (note, rest) = rest.split_at_checked(length).ok_or(Unreadable::Malformed)?;
            let (kind, value) = note.split_first().ok_or(Unreadable::Malformed)?;
            let seconds = || value.try_into().map(u32::from_be_bytes).map_err(|_| Unreadable::Malformed);
            match kind & 0x7F {
                note::CREATED => created = Some(seconds()?),
                // Zero says that it never ends.
                note::SIGNATURE_LIVES => self.lives = Some(seconds()?).filter(|lives| *lives > 0),
                note::KEY_LIVES => self.key_lives = Some(seconds()?).filter(|lives| *lives > 0),
                note::ISSUER => self.issuer = value.strip_prefix(&[VERSION]).and_then(|issuer| issuer.try_into().ok()),
                note::ISSUER_ID | note::KEY_FLAGS => {}
                other if kind & 0x80 != 0 && !note::HARMLESS.contains(&other) => return Err(Unreadable::Unknown),
                _ => {}
            }
            notes = rest;
        }
        self.created = created.ok_or(Unreadable::Malformed)?;
        Ok(self)
    }

    /// Whether whoever holds the key of this point signed it.
    pub(crate) fn verifies(&self, point: &[u8; 32], signed: &[&[u8]]) -> bool {
        let Some(algorithm) = algorithm_of(self.hash) else { return false };
        let digest = digest_of(algorithm, signed, &self.covered);
        let key = UnparsedPublicKey::new(&ED25519, point);
        digest.as_ref().starts_with(&self.start) && key.verify(digest.as_ref(), &self.bytes).is_ok()
    }
}

fn algorithm_of(hash: u8) -> Option<&'static digest::Algorithm> {
    match hash {
        8 => Some(&SHA256),
        9 => Some(&SHA384),
        SHA512_ID => Some(&SHA512),
        _ => None,
    }
}

/// RFC 9580 5.2.4: what is signed, what the signature says of itself, and how long that is.
fn digest_of(algorithm: &'static digest::Algorithm, signed: &[&[u8]], covered: &[u8]) -> Digest {
    let mut context = digest::Context::new(algorithm);
    signed.iter().for_each(|part| context.update(part));
    context.update(covered);
    context.update(&[VERSION, 0xFF]);
    context.update(&(covered.len() as u32).to_be_bytes());
    context.finish()
}

fn write_note(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
    // Ours have two dozen bytes at most.
    out.push(value.len() as u8 + 1);
    out.push(kind);
    out.extend_from_slice(value);
}

fn write_notes(out: &mut Vec<u8>, notes: &[u8]) {
    out.extend_from_slice(&(notes.len() as u16).to_be_bytes());
    out.extend_from_slice(notes);
}

fn read_notes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

fn read_bytes(bytes: &[u8]) -> Option<[u8; 64]> {
    let (r, rest) = packet::read_number::<32>(bytes)?;
    let (s, rest) = packet::read_number::<32>(rest)?;
    let mut out = [0; 64];
    out[..32].copy_from_slice(&r);
    out[32..].copy_from_slice(&s);
    rest.is_empty().then_some(out)
}

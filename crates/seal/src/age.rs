//! Files in the format of age (age-encryption.org/v1), for whoever holds the recipient's key and nobody else.
//!
//! | part | bytes |
//! |---|---|
//! | header | text: the version, one stanza `X25519` with the file key wrapped, `---` and a MAC of all before it |
//! | nonce | 16, of which the payload's key is derived |
//! | chunks | 64 KiB of plaintext each, ChaCha20-Poly1305; the nonce is the chunk's number, and a mark in the last one |
//!
//! Always holds: a file key and an ephemeral key seal one file; what was cut off, moved or changed does not open, as the last
//! chunk is marked. Only writes: this server cannot open what it wrote.

mod recipient;

use std::io::{self, Write};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use model::Entropy;
use zeroize::Zeroizing;

pub use recipient::{AgeRecipient, RecipientError};

const VERSION: &str = "age-encryption.org/v1";
const KEY_BYTES: usize = 32;
const FILE_KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = 16;
const CHUNK_BYTES: usize = 64 << 10;

/// A file that is being written for one recipient. What is not finished does not open.
pub struct AgeWriter {
    out: Vec<u8>,
    key: LessSafeKey,
    /// The plaintext of the chunk that is not full yet, or is and may be the last.
    chunk: Zeroizing<Vec<u8>>,
    sealed: u64,
}

/// The recipient's key is no point that a secret can be agreed on with, or the cipher refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file could not be encrypted to this recipient")]
pub struct AgeRefused;

struct KeyLength;

// === impl AgeWriter ===

impl AgeWriter {
    pub fn new(recipient: &AgeRecipient, entropy: &dyn Entropy) -> Result<Self, AgeRefused> {
        let mut file_key = Zeroizing::new([0; FILE_KEY_BYTES]);
        entropy.fill(file_key.as_mut_slice());
        let mut out = header(recipient, &file_key, entropy)?.into_bytes();
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        out.extend_from_slice(&nonce);
        let key = cipher(&*derive(file_key.as_slice(), &nonce, b"payload")?)?;
        Ok(Self { out, key, chunk: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)), sealed: 0 })
    }

    /// How many bytes the file has by now.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.out.len()
    }

    /// Seals the last chunk, and gives the file.
    pub fn finish(mut self) -> Result<Vec<u8>, AgeRefused> {
        self.seal_chunk(Last::Yes)?;
        Ok(self.out)
    }

    fn seal_chunk(&mut self, last: Last) -> Result<(), AgeRefused> {
        let nonce = chunk_nonce(self.sealed, last);
        let from = self.out.len();
        self.out.extend_from_slice(&self.chunk);
        let sealed = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut self.out[from..]);
        let Ok(tag) = sealed else {
            self.out.truncate(from);
            return Err(AgeRefused);
        };
        self.out.extend_from_slice(tag.as_ref());
        self.chunk.clear();
        self.sealed += 1;
        Ok(())
    }
}

impl Write for AgeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // A full chunk waits until it is known that more comes: the last one is marked.
        if self.chunk.len() == CHUNK_BYTES {
            self.seal_chunk(Last::No).map_err(io::Error::other)?;
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for AgeWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgeWriter").field("bytes", &self.out.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// Eleven bytes of number and one that marks the last chunk.
fn chunk_nonce(number: u64, last: Last) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last == Last::Yes);
    Nonce::assume_unique_for_key(nonce)
}

fn header(recipient: &AgeRecipient, file_key: &[u8; FILE_KEY_BYTES], entropy: &dyn Entropy) -> Result<String, AgeRefused> {
    let mut ephemeral = Zeroizing::new([0; KEY_BYTES]);
    entropy.fill(ephemeral.as_mut_slice());
    let ephemeral = PrivateKey::from_private_key(&X25519, ephemeral.as_slice()).map_err(|_| AgeRefused)?;
    let share = ephemeral.compute_public_key()?;
    let salt = [share.as_ref(), recipient.bytes()].concat();
    let peer = UnparsedPublicKey::new(&X25519, recipient.bytes());
    let wrapping =
        agreement::agree(&ephemeral, peer, AgeRefused, |shared| derive(shared, &salt, format!("{VERSION}/X25519").as_bytes()))?;
    let mut wrapped = file_key.to_vec();
    // The key wraps this one file key, so its nonce may be what the format says.
    let tag = cipher(&wrapping)?.seal_in_place_separate_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut wrapped)?;
    wrapped.extend_from_slice(tag.as_ref());
    let mut header =
        format!("{VERSION}\n-> X25519 {}\n{}\n---", STANDARD_NO_PAD.encode(share.as_ref()), STANDARD_NO_PAD.encode(&wrapped));
    let key = hmac::Key::new(hmac::HMAC_SHA256, derive(file_key, b"", b"header")?.as_slice());
    let mac = hmac::sign(&key, header.as_bytes());
    header.push(' ');
    header.push_str(&STANDARD_NO_PAD.encode(mac.as_ref()));
    header.push('\n');
    Ok(header)
}

fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>, AgeRefused> {
    let mut derived = Zeroizing::new([0; KEY_BYTES]);
    let info = [info];
    let expanded = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    expanded.expand(&info, KeyLength)?.fill(derived.as_mut_slice())?;
    Ok(derived)
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, AgeRefused> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key)?))
}

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

impl From<Unspecified> for AgeRefused {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests;

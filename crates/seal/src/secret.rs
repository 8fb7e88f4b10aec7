//! 256-bit secrets: derived with HKDF-SHA-256, used through AES-256-GCM-SIV or HMAC-SHA-256, wiped when dropped.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hkdf, hmac};
use model::Entropy;
use zeroize::{Zeroize, Zeroizing};

pub(crate) const SECRET_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// What wrapping adds to its plaintext.
pub(crate) const WRAP_OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;

/// Boxed, so that a move leaves no copy behind on the stack.
pub(crate) struct Secret(Box<Zeroizing<[u8; SECRET_BYTES]>>);

/// The cipher refused: on opening the bytes are not authentic, on sealing they are too many.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CipherRefused;

struct SecretLength;

// === impl Secret ===

impl Secret {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Self::zeroed();
        entropy.fill(secret.0.as_mut_slice());
        secret
    }

    /// `None` unless `bytes` are as many as a secret has.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::zeroed();
        if bytes.len() != SECRET_BYTES {
            return None;
        }
        secret.0.copy_from_slice(bytes);
        Some(secret)
    }

    fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; SECRET_BYTES])))
    }

    pub(crate) fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    pub(crate) fn derive(&self, salt: &[u8], info: &[u8]) -> Self {
        let mut derived = Self::zeroed();
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(self.expose())
            .expand(&[info], SecretLength)
            .and_then(|okm| okm.fill(derived.0.as_mut_slice()))
            .expect("32 bytes are within what HKDF-SHA-256 gives");
        derived
    }

    /// nonce ‖ ciphertext ‖ tag.
    pub(crate) fn wrap(&self, entropy: &dyn Entropy, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CipherRefused> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let mut out = Vec::with_capacity(plaintext.len() + WRAP_OVERHEAD);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plaintext);
        let sealed = self.wrapping_key().seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(aad),
            &mut out[NONCE_BYTES..],
        );
        let Ok(tag) = sealed else {
            out.zeroize();
            return Err(CipherRefused);
        };
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    pub(crate) fn unwrap(&self, aad: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherRefused> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_BYTES>().ok_or(CipherRefused)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let length = self
            .wrapping_key()
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut opened)
            .map_err(|_| CipherRefused)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }

    fn wrapping_key(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM_SIV, self.expose());
        LessSafeKey::new(key.expect("a secret is as long as the cipher's key"))
    }

    pub(crate) fn hmac(&self, message: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.expose()), message);
        let mut out = [0; 32];
        out.copy_from_slice(tag.as_ref());
        out
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl hkdf::KeyType for SecretLength {
    fn len(&self) -> usize {
        SECRET_BYTES
    }
}

/// One text of several parts, each behind its length, so that no two lists of parts give the same text.
pub(crate) fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        // Parts are names and ids; what is longer than 4 GiB would be refused by the cipher anyway.
        out.extend_from_slice(&(part.len() as u32).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// Compares without telling by its time where two texts differ; their lengths are not secret.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_wrapped_text_opens_only_whole_and_under_its_binding() {
        let secret = Secret::generate(&SystemEntropy);
        let wrapped = secret.wrap(&SystemEntropy, b"here", b"text").unwrap();
        assert_eq!(secret.unwrap(b"here", &wrapped).unwrap().as_slice(), b"text");
        assert_eq!(secret.unwrap(b"there", &wrapped).err(), Some(CipherRefused));
        assert_eq!(Secret::generate(&SystemEntropy).unwrap(b"here", &wrapped).err(), Some(CipherRefused));
        for cut in 0..wrapped.len() {
            assert_eq!(secret.unwrap(b"here", &wrapped[..cut]).err(), Some(CipherRefused));
        }
    }

    #[test]
    fn parts_cannot_slide_into_each_other() {
        assert_ne!(length_prefixed(&[b"ab", b"c"]), length_prefixed(&[b"a", b"bc"]));
        assert_ne!(length_prefixed(&[b"ab", b""]), length_prefixed(&[b"ab"]));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::generate(&SystemEntropy)), "Secret(..)");
    }

    #[test]
    fn equality_is_of_all_bytes() {
        assert!(constant_time_eq(b"same", b"same") && constant_time_eq(b"", b""));
        assert!(!constant_time_eq(b"same", b"sama") && !constant_time_eq(b"same", b"sam"));
    }
}

//! What a sender of Fluent's forward protocol and this server both know, and how each shows that it does.

use std::fmt::{self, Write};

use aws_lc_rs::digest::{Context, SHA512};
use zeroize::Zeroizing;

use crate::secret::{SECRET_BYTES, Secret, constant_time_eq};

/// So that a scanner that finds one knows what leaked.
const MARK: &str = "bh_forward_";

/// Derived each time it is needed, and kept nowhere. Wiped when dropped, and printed by nothing but [`SharedKey::reveal`].
pub struct SharedKey(Zeroizing<String>);

// === impl SharedKey ===

impl SharedKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(MARK.len() + 2 * SECRET_BYTES));
        text.push_str(MARK);
        hex(&mut text, secret.expose());
        Self(text)
    }

    /// The key itself, for whoever sets up a sender.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-512 of a salt, of who shows it, of the other side's nonce and of the key, in hexadecimal. The protocol joins them
    /// without lengths; that is safe because the key is as long as every other.
    #[must_use]
    pub fn proof(&self, salt: &[u8], shown_by: &[u8], nonce: &[u8]) -> String {
        let mut context = Context::new(&SHA512);
        [salt, shown_by, nonce, self.0.as_bytes()].into_iter().for_each(|part| context.update(part));
        let mut text = String::with_capacity(128);
        hex(&mut text, context.finish().as_ref());
        text
    }

    /// Whether `shown` is that.
    #[must_use]
    pub fn is_proved(&self, shown: &[u8], salt: &[u8], shown_by: &[u8], nonce: &[u8]) -> bool {
        constant_time_eq(self.proof(salt, shown_by, nonce).as_bytes(), shown)
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(..)")
    }
}

fn hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // A `String` takes every write.
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pepper, RootKey, SystemEntropy};

    #[test]
    fn a_shared_key_depends_on_the_root_the_pepper_and_its_holder() {
        let root = RootKey::generate(&SystemEntropy);
        let key = Pepper::new(&root, 1).shared_key(&[b"ab", b"c"]);
        assert_eq!(key.reveal(), Pepper::new(&root, 1).shared_key(&[b"ab", b"c"]).reveal());
        assert_eq!(key.reveal().len(), 75);
        for other in [
            Pepper::new(&root, 1).shared_key(&[b"a", b"bc"]),
            Pepper::new(&root, 2).shared_key(&[b"ab", b"c"]),
            Pepper::new(&RootKey::generate(&SystemEntropy), 1).shared_key(&[b"ab", b"c"]),
        ] {
            assert_ne!(key.reveal(), other.reveal());
        }
        assert_eq!(format!("{key:?}"), "SharedKey(..)");
    }

    #[test]
    fn a_proof_is_of_its_salt_its_side_and_its_nonce() {
        let key = SharedKey(Zeroizing::new("abc".to_owned()));
        // `printf 'salt-1sender-1nonce-1abc' | sha512sum`
        let proof = key.proof(b"salt-1", b"sender-1", b"nonce-1");
        let expected = concat!(
            "509b96a5964e806041f1bb9a2fe7b9b213fba0f6232a67905a93f57c59eb8563",
            "4e1f2b9f40162b77f51e2f598320fd7e837d3552c78b2779b0a0ab941fb39bc6"
        );
        assert_eq!(proof, expected);
        assert!(key.is_proved(proof.as_bytes(), b"salt-1", b"sender-1", b"nonce-1"));
        assert!(!key.is_proved(proof.as_bytes(), b"salt-1", b"sender-1", b"nonce-2"));
        assert!(!key.is_proved(&proof.as_bytes()[..127], b"salt-1", b"sender-1", b"nonce-1"));
        assert!(!key.is_proved(b"", b"salt-1", b"sender-1", b"nonce-1"));
    }
}

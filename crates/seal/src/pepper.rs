use crate::RootKey;
use crate::secret::{Secret, length_prefixed};
use crate::shared_key::SharedKey;

/// The secret under which API keys and session tokens are digested, so that a stolen catalog verifies none of them.
///
/// The id is stored beside each digest, so that a new pepper can come in while digests under the old one still verify.
#[derive(Debug)]
pub struct Pepper {
    id: u8,
    secret: Secret,
}

// === impl Pepper ===

impl Pepper {
    #[must_use]
    pub fn new(root: &RootKey, id: u8) -> Self {
        Self { id, secret: root.derive("pepper", &[id]) }
    }

    #[must_use]
    pub fn id(&self) -> u8 {
        self.id
    }

    /// HMAC-SHA-256 of the token. Compare with [`constant_time_eq`](crate::constant_time_eq).
    #[must_use]
    pub fn digest(&self, token: &[u8]) -> [u8; 32] {
        self.secret.hmac(token)
    }

    /// What a holder, named by these parts, shares with this server: derived from a secret that no catalog holds.
    #[must_use]
    pub fn shared_key(&self, holder: &[&[u8]]) -> SharedKey {
        SharedKey::new(&self.secret.derive(b"blockhouse/1/forward", &length_prefixed(holder)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_digest_depends_on_the_root_the_pepper_and_the_token() {
        let root = RootKey::generate(&SystemEntropy);
        let digest = Pepper::new(&root, 1).digest(b"token");
        assert_eq!(Pepper::new(&root, 1).digest(b"token"), digest);
        assert_ne!(Pepper::new(&root, 2).digest(b"token"), digest);
        assert_ne!(Pepper::new(&root, 1).digest(b"tokem"), digest);
        assert_ne!(Pepper::new(&RootKey::generate(&SystemEntropy), 1).digest(b"token"), digest);
    }
}

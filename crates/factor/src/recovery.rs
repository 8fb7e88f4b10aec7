//! Recovery codes: ten at a time, each lets its owner in once when the other factors are lost.
//!
//! Always holds: a code is shown once and stored as a keyed digest that is bound to its owner. That it is used once is the
//! caller's: the digest is deleted in the same transaction that lets the person in. How it is written is in `crockford`.

use std::fmt;

use model::{Entropy, UserId, limits};
use seal::Pepper;
use zeroize::Zeroizing;

use crate::crockford::Crockford;

const CODE_CHARS: usize = 16;
/// Keeps these digests apart from others under the same pepper.
const WORD: &[u8] = b"recovery ";

/// A recovery code in its one spelling.
pub struct RecoveryCode(Crockford<CODE_CHARS>);

// === impl RecoveryCode ===

impl RecoveryCode {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> [Self; limits::RECOVERY_CODES] {
        std::array::from_fn(|_| Self(Crockford::generate(entropy)))
    }

    /// Reads a code as people type it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Crockford::parse(text).map(Self)
    }

    /// The code itself, to show it once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        self.0.reveal()
    }

    /// What is stored of the code of this person.
    #[must_use]
    pub fn digest(&self, pepper: &Pepper, owner: UserId) -> [u8; 32] {
        pepper.digest(&Zeroizing::new([WORD, owner.as_bytes(), self.0.as_bytes()].concat()))
    }

    /// Which of a person's stored digests is that of this code. All are looked at, so the time does not tell which.
    #[must_use]
    pub fn find(&self, pepper: &Pepper, owner: UserId, stored: &[[u8; 32]]) -> Option<usize> {
        let digest = self.digest(pepper, owner);
        stored.iter().enumerate().fold(None, |found, (i, one)| if seal::constant_time_eq(one, &digest) { Some(i) } else { found })
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use seal::{RootKey, SystemEntropy};

    use super::*;

    #[test]
    fn a_code_is_found_among_its_owner_s_only() {
        let (root, ada, eve) =
            (RootKey::generate(&SystemEntropy), UserId::generate(&SystemEntropy), UserId::generate(&SystemEntropy));
        let pepper = Pepper::new(&root, 1);
        let codes = RecoveryCode::generate(&SystemEntropy);
        let stored: Vec<_> = codes.iter().map(|code| code.digest(&pepper, ada)).collect();
        assert_eq!(stored.len(), limits::RECOVERY_CODES);
        for (i, code) in codes.iter().enumerate() {
            let typed = RecoveryCode::parse(&code.reveal().to_ascii_lowercase()).unwrap();
            assert_eq!(typed.find(&pepper, ada, &stored), Some(i));
            assert_eq!(typed.find(&pepper, eve, &stored), None);
            assert_eq!(typed.find(&Pepper::new(&root, 2), ada, &stored), None);
        }
        assert_eq!(RecoveryCode::generate(&SystemEntropy)[0].find(&pepper, ada, &stored), None);
    }

    #[test]
    fn a_code_is_not_printed() {
        assert_eq!(format!("{:?}", RecoveryCode::generate(&SystemEntropy)[0]), "RecoveryCode(..)");
    }
}

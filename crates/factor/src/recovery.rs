//! Recovery codes: ten at a time, each lets its owner in once when the other factors are lost.
//!
//! | 16 characters of Crockford's base 32, in four groups: 80 random bits | `4F7K-9QXM-2HTD-8WVZ` |
//!
//! Always holds: a code is shown once and stored as a keyed digest that is bound to its owner; it is wiped, and printed by
//! nothing but [`RecoveryCode::reveal`]. That it is used once is the caller's: the digest is deleted in the same
//! transaction that lets the person in.

use std::fmt;

use model::{Entropy, UserId, limits};
use seal::Pepper;
use zeroize::Zeroizing;

const CODE_CHARS: usize = 16;
const GROUP_CHARS: usize = 4;
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Keeps these digests apart from others under the same pepper.
const WORD: &[u8] = b"recovery ";

/// A recovery code in its one spelling.
pub struct RecoveryCode(Zeroizing<[u8; CODE_CHARS]>);

// === impl RecoveryCode ===

impl RecoveryCode {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> [Self; limits::RECOVERY_CODES] {
        std::array::from_fn(|_| {
            let mut chars = Zeroizing::new([0; CODE_CHARS]);
            entropy.fill(chars.as_mut());
            chars.iter_mut().for_each(|char| *char = CROCKFORD[usize::from(*char & 31)]);
            Self(chars)
        })
    }

    /// Reads a code as Crockford does: in any case, with O for 0 and I or L for 1, hyphens and spaces wherever they are.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::RECOVERY_CODE_BYTES_MAX {
            return None;
        }
        let mut chars = Zeroizing::new([0; CODE_CHARS]);
        let mut slots = chars.iter_mut();
        for byte in text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
            let char = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                char => char,
            };
            *slots.next()? = *CROCKFORD.iter().find(|&&known| known == char)?;
        }
        slots.next().is_none().then_some(Self(chars))
    }

    /// The code itself, to show it once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP_CHARS));
        for (i, &char) in self.0.iter().enumerate() {
            if i > 0 && i % GROUP_CHARS == 0 {
                text.push('-');
            }
            text.push(char::from(char));
        }
        text
    }

    /// What is stored of the code of this person.
    #[must_use]
    pub fn digest(&self, pepper: &Pepper, owner: UserId) -> [u8; 32] {
        pepper.digest(&Zeroizing::new([WORD, owner.as_bytes(), self.0.as_slice()].concat()))
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
    use proptest::prelude::*;
    use seal::{RootKey, SystemEntropy};

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(RecoveryCode::parse(text).map(|code| code.reveal().to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        check("4F7K-9QXM-2HTD-8WVZ", Some("4F7K-9QXM-2HTD-8WVZ"));
        check(" 4f7k9qxm 2htd8wvz", Some("4F7K-9QXM-2HTD-8WVZ"));
        check("OIL0-9QXM-2HTD-8WVZ", Some("0110-9QXM-2HTD-8WVZ"));
    }

    #[test]
    fn what_is_not_sixteen_characters_is_no_code() {
        for text in
            ["", "4F7K-9QXM-2HTD", "4F7K-9QXM-2HTD-8WVZ-0", "4F7K-9QXM-2HTD-8WVU", "4F7K_9QXM_2HTD_8WVZ", "４F7K9QXM2HTD8WV"]
        {
            check(text, None);
        }
        check(&"-".repeat(limits::RECOVERY_CODE_BYTES_MAX + 1), None);
    }

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

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in any::<String>()) {
            let _ = RecoveryCode::parse(&text);
        }
    }
}

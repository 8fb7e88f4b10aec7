//! Codes that people read and type: Crockford's base 32, in groups of four.
//!
//! | 16 characters, 80 random bits | `4F7K-9QXM-2HTD-8WVZ` |
//!
//! Always holds: a code has one spelling here, however it was typed; it is wiped, and printed by nothing but
//! [`Crockford::reveal`]. What a code is for, and how it is stored, its users know.

use std::fmt;

use model::{Entropy, limits};
use zeroize::Zeroizing;

const GROUP_CHARS: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of so many characters, each with five random bits.
pub struct Crockford<const CHARS: usize>(Zeroizing<[u8; CHARS]>);

// === impl Crockford ===

impl<const CHARS: usize> Crockford<CHARS> {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut chars = Zeroizing::new([0; CHARS]);
        entropy.fill(chars.as_mut());
        chars.iter_mut().for_each(|char| *char = ALPHABET[usize::from(*char & 31)]);
        Self(chars)
    }

    /// Reads a code as Crockford does: in any case, with O for 0 and I or L for 1, hyphens and spaces wherever they are.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::TYPED_CODE_BYTES_MAX {
            return None;
        }
        let mut chars = Zeroizing::new([0; CHARS]);
        let mut slots = chars.iter_mut();
        for byte in text.bytes().filter(|byte| *byte != b'-' && !byte.is_ascii_whitespace()) {
            let char = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                char => char,
            };
            *slots.next()? = *ALPHABET.iter().find(|&&known| known == char)?;
        }
        slots.next().is_none().then_some(Self(chars))
    }

    /// The code itself, to show it.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(CHARS + CHARS / GROUP_CHARS));
        for (i, &char) in self.0.iter().enumerate() {
            if i > 0 && i % GROUP_CHARS == 0 {
                text.push('-');
            }
            text.push(char::from(char));
        }
        text
    }

    /// Its characters without the groups, to make a digest of.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl<const CHARS: usize> fmt::Debug for Crockford<CHARS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crockford(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seal::SystemEntropy;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Crockford::<16>::parse(text).map(|code| code.reveal().to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        check("4F7K-9QXM-2HTD-8WVZ", Some("4F7K-9QXM-2HTD-8WVZ"));
        check(" 4f7k9qxm 2htd8wvz\n", Some("4F7K-9QXM-2HTD-8WVZ"));
        check("OIL0-9QXM-2HTD-8WVZ", Some("0110-9QXM-2HTD-8WVZ"));
    }

    #[test]
    fn what_is_not_so_many_characters_is_no_code() {
        for text in
            ["", "4F7K-9QXM-2HTD", "4F7K-9QXM-2HTD-8WVZ-0", "4F7K-9QXM-2HTD-8WVU", "4F7K_9QXM_2HTD_8WVZ", "４F7K9QXM2HTD8WV"]
        {
            check(text, None);
        }
        check(&"-".repeat(limits::TYPED_CODE_BYTES_MAX + 1), None);
    }

    #[test]
    fn a_code_is_not_printed() {
        assert_eq!(format!("{:?}", Crockford::<12>::generate(&SystemEntropy)), "Crockford(..)");
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_and_no_text_makes_reading_panic(text in any::<String>()) {
            let _ = Crockford::<12>::parse(&text);
            let made = Crockford::<12>::generate(&SystemEntropy);
            let read = Crockford::<12>::parse(&made.reveal().to_ascii_lowercase()).unwrap();
            prop_assert_eq!(read.as_bytes(), made.as_bytes());
        }
    }
}

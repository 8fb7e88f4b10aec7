//! The root key as 24 words of a fixed English list, to be written down: BIP-39 for 256 bits.
//!
//! | bits | what |
//! |---|---|
//! | 0 to 255 | the key |
//! | 256 to 263 | the first byte of the key's SHA-256 |
//!
//! Each word stands for 11 of these 264 bits, the most significant first.
//! Always holds: words are wiped when dropped and printed by nothing but [`RecoveryWords::reveal`]; an error names places,
//! never a word. The list is BIP-39's, whose digest a test holds; the crate for it would bring a second SHA-256.

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use crate::root::RootKey;
use crate::secret::{SECRET_BYTES, Secret, constant_time_eq};

/// As many as a kit has.
pub const RECOVERY_WORDS: usize = 24;
/// The longest of the list; what is longer is none of it.
const WORD_BYTES_MAX: usize = 8;
const BITS: usize = 11;
const LIST: &str = include_str!("words.txt");

/// The words of a root key, by their places in the list.
pub struct RecoveryWords(Box<Zeroizing<[u16; RECOVERY_WORDS]>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    #[error("there are {given} words, and a kit has {RECOVERY_WORDS}")]
    Count { given: usize },
    /// Counted from 1, as they are numbered on the kit.
    #[error("word {place} is none of the list; look whether it is spelled as on the kit")]
    Unknown { place: usize },
    #[error("these are no words of a kit together: one of them is another, or two have changed places")]
    Checksum,
}

// === impl RecoveryWords ===

impl RecoveryWords {
    pub(crate) fn of(key: &[u8; SECRET_BYTES]) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES + 1]);
        bytes[..SECRET_BYTES].copy_from_slice(key);
        bytes[SECRET_BYTES] = checksum(key);
        let mut words = Self(Box::new(Zeroizing::new([0; RECOVERY_WORDS])));
        for (place, word) in words.0.iter_mut().enumerate() {
            *word = (place * BITS..(place + 1) * BITS)
                .fold(0, |word, bit| word << 1 | u16::from(bytes[bit / 8] >> (7 - bit % 8) & 1));
        }
        words
    }

    /// The words, to show them.
    pub fn reveal(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|&word| list()[usize::from(word)])
    }

    /// Reads the words as they were typed or pasted: in any case, over several lines, with their numbers between them or not.
    pub fn parse(text: &str) -> Result<RootKey, WordsError> {
        let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit() || b".:)".contains(&byte));
        let typed = || text.split_whitespace().filter(|word| !is_number(word));
        let given = typed().count();
        if given != RECOVERY_WORDS {
            return Err(WordsError::Count { given });
        }
        let mut bytes = Zeroizing::new([0; SECRET_BYTES + 1]);
        for (place, word) in typed().enumerate() {
            let number = find(word).ok_or(WordsError::Unknown { place: place + 1 })?;
            for bit in (0..BITS).filter(|bit| number >> (BITS - 1 - bit) & 1 == 1) {
                let at = place * BITS + bit;
                bytes[at / 8] |= 1 << (7 - at % 8);
            }
        }
        let (check, key) = bytes.split_last().ok_or(WordsError::Checksum)?;
        let secret = Secret::from_slice(key).ok_or(WordsError::Checksum)?;
        // Zeros are no key, whatever their checksum says.
        if !constant_time_eq(&[*check], &[checksum(secret.expose())]) || key.iter().all(|byte| *byte == 0) {
            return Err(WordsError::Checksum);
        }
        Ok(RootKey::from_secret(secret))
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(..)")
    }
}

/// A word's place in the list, which is in the order of the alphabet.
fn find(word: &str) -> Option<usize> {
    let mut lower = Zeroizing::new([0; WORD_BYTES_MAX]);
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    list().binary_search_by(|known| known.as_bytes().cmp(lower)).ok()
}

fn checksum(key: &[u8; SECRET_BYTES]) -> u8 {
    digest::digest(&digest::SHA256, key).as_ref()[0]
}

fn list() -> &'static [&'static str] {
    static WORDS: OnceLock<Vec<&str>> = OnceLock::new();
    WORDS.get_or_init(|| LIST.lines().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    fn words(key: &RootKey) -> Zeroizing<String> {
        Zeroizing::new(key.words().reveal().collect::<Vec<_>>().join(" "))
    }

    fn key_of(bytes: [u8; SECRET_BYTES]) -> RootKey {
        RootKey::from_secret(Secret::from_slice(&bytes).unwrap())
    }

    #[test]
    fn the_list_is_the_one_of_bip_39() {
        let digest = digest::digest(&digest::SHA256, LIST.as_bytes());
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
        assert_eq!(list().len(), 1 << BITS);
        assert!(list().is_sorted() && list().iter().all(|word| word.len() <= WORD_BYTES_MAX));
    }

    /// From the vectors of BIP-39 (trezor/python-mnemonic, `vectors.json`).
    #[test]
    fn known_keys_have_the_words_that_other_programs_give_them() {
        let known = [
            (
                [0x7f; 32],
                format!(
                    "{}title",
                    "legal winner thank year wave sausage worth useful ".repeat(2)
                        + "legal winner thank year wave sausage worth "
                ),
            ),
            (
                [0x80; 32],
                format!(
                    "{}bless",
                    "letter advice cage absurd amount doctor acoustic avoid ".repeat(2)
                        + "letter advice cage absurd amount doctor acoustic "
                ),
            ),
            ([0xff; 32], format!("{}vote", "zoo ".repeat(23))),
        ];
        for (bytes, expected) in known {
            assert_eq!(words(&key_of(bytes)).as_str(), expected);
            assert_eq!(RecoveryWords::parse(&expected).unwrap().id(), key_of(bytes).id());
        }
    }

    #[test]
    fn words_give_their_key_back_however_they_are_typed() {
        let key = RootKey::generate(&SystemEntropy);
        let plain = words(&key);
        let numbered: String = plain.split(' ').zip(1..).map(|(word, n)| format!(" {n:>2}. {word}\r\n")).collect();
        for typed in [plain.to_string(), plain.to_uppercase(), format!("\n  {}\t", plain.replace(' ', "  \n")), numbered] {
            assert_eq!(RecoveryWords::parse(&typed).unwrap().id(), key.id());
        }
    }

    #[test]
    fn what_is_no_kit_is_refused_by_its_place_only() {
        let key = RootKey::generate(&SystemEntropy);
        let plain = words(&key);
        let all: Vec<&str> = plain.split(' ').collect();
        let parse = |words: &[&str]| RecoveryWords::parse(&words.join(" ")).err();
        assert_eq!(parse(&all[..23]), Some(WordsError::Count { given: 23 }));
        assert_eq!(parse(&[&all[..], &all[..1]].concat()), Some(WordsError::Count { given: 25 }));
        assert_eq!(parse(&[]), Some(WordsError::Count { given: 0 }));
        for other in ["zooo", "abandonabandon", "ábandon"] {
            let mut words = all.clone();
            words[6] = other;
            assert_eq!(parse(&words), Some(WordsError::Unknown { place: 7 }));
            assert!(!WordsError::Unknown { place: 7 }.to_string().contains(other));
        }
        assert_eq!(RecoveryWords::parse(&format!("{}art", "abandon ".repeat(23))).err(), Some(WordsError::Checksum), "zeros");
    }

    /// A checksum of 8 bits lets one mistake of 256 through; which key it is, is then seen by its id.
    #[test]
    fn another_word_is_another_key_at_best() {
        let key = RootKey::generate(&SystemEntropy);
        let plain = words(&key);
        let (mut refused, mut all) = (0, 0);
        for place in 0..RECOVERY_WORDS {
            for other in list().iter().step_by(97) {
                let mut words: Vec<&str> = plain.split(' ').collect();
                if words[place] == *other {
                    continue;
                }
                words[place] = other;
                all += 1;
                match RecoveryWords::parse(&words.join(" ")) {
                    Err(WordsError::Checksum) => refused += 1,
                    Err(other) => panic!("{other}"),
                    Ok(found) => assert_ne!(found.id(), key.id()),
                }
            }
        }
        assert!(refused * 100 > all * 95, "{refused} of {all}");
    }

    #[test]
    fn words_are_not_printed() {
        assert_eq!(format!("{:?}", RootKey::generate(&SystemEntropy).words()), "RecoveryWords(..)");
    }
}

//! The text of a token (an API key, a session, an invitation …), made once, shown once, parsed without a look-up.
//!
//! | `bh_` | kind, such as `write` or `session` | `_` | base 62 of 20 random bytes, 27 characters | base 62 of CRC-32, 6 characters |
//!
//! The checksum covers everything before it, so a scanner or the edge refuses a typo without asking the catalog.
//! Always holds: the text is wiped when dropped and printed by nothing but [`PlainKey::reveal`].

use std::fmt;

use model::Entropy;
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::{Zeroize, Zeroizing};

const MARK: &str = "bh_";
/// Before the fingerprint of a client's certificate. Not `MARK`, so a token cannot be mistaken for one.
const CERTIFICATE_MARK: &str = "certificate ";
const CERTIFICATE_SHOWN_CHARS: usize = 23;
const RANDOM_BYTES: usize = 20;
const RANDOM_CHARS: usize = 27;
const CHECKSUM_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of the random part and of the end that a list of keys may show.
const SHOWN_CHARS: usize = 4;

/// The one direction that a key may be used in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    Write,
    Read,
}

/// What a token is good for. A scanner that finds one knows what leaked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TokenKind {
    /// An API key of a source.
    Source(KeyKind),
    /// A key of a service account.
    Service,
    /// What a browser or a command line is signed in with.
    Session,
    /// A link that lets somebody become a member.
    Invitation,
}

/// A token in clear.
pub struct PlainKey {
    kind: TokenKind,
    text: Zeroizing<String>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key: wrong form or checksum")]
pub(crate) struct MalformedKey;

// === impl KeyKind ===

impl KeyKind {
    pub const ALL: [Self; 2] = [Self::Write, Self::Read];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl TokenKind ===

impl TokenKind {
    const ALL: [Self; 5] =
        [Self::Source(KeyKind::Write), Self::Source(KeyKind::Read), Self::Service, Self::Session, Self::Invitation];

    fn as_str(self) -> &'static str {
        match self {
            Self::Source(kind) => kind.as_str(),
            Self::Service => "service",
            Self::Session => "session",
            Self::Invitation => "invitation",
        }
    }
}

// === impl PlainKey ===

impl PlainKey {
    pub(crate) fn generate(kind: TokenKind, entropy: &dyn Entropy) -> Self {
        let mut random = Zeroizing::new([0; RANDOM_BYTES]);
        entropy.fill(random.as_mut());
        // Room for the whole text, so that no reallocation leaves a copy behind.
        let room = MARK.len() + kind.as_str().len() + 1 + RANDOM_CHARS + CHECKSUM_CHARS;
        let mut text = Zeroizing::new(String::with_capacity(room));
        text.push_str(MARK);
        text.push_str(kind.as_str());
        text.push('_');
        push_base62(&mut text, random.as_mut(), RANDOM_CHARS);
        let mut checksum = crc32(text.as_bytes()).to_be_bytes();
        push_base62(&mut text, &mut checksum, CHECKSUM_CHARS);
        Self { kind, text }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, MalformedKey> {
        let (kind, rest) = text.strip_prefix(MARK).and_then(|rest| rest.split_once('_')).ok_or(MalformedKey)?;
        let kind = TokenKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(MalformedKey)?;
        let formed = rest.len() == RANDOM_CHARS + CHECKSUM_CHARS && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !formed {
            return Err(MalformedKey);
        }
        let (signed, checksum) = text.split_at(text.len() - CHECKSUM_CHARS);
        let mut expected = String::with_capacity(CHECKSUM_CHARS);
        push_base62(&mut expected, &mut crc32(signed.as_bytes()).to_be_bytes(), CHECKSUM_CHARS);
        if expected != checksum {
            return Err(MalformedKey);
        }
        Ok(Self { kind, text: Zeroizing::new(text.to_owned()) })
    }

    /// What stands for a certificate whose holder was verified. No text that anybody sends parses as one.
    pub(crate) fn of_certificate(fingerprint: &str) -> Self {
        Self { kind: TokenKind::Source(KeyKind::Write), text: Zeroizing::new(format!("{CERTIFICATE_MARK}{fingerprint}")) }
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The key itself, to show it once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether what a list shows stands for a certificate.
    pub(crate) fn is_certificate(prefix: &str) -> bool {
        prefix.starts_with(CERTIFICATE_MARK)
    }

    /// Enough to recognise the key in a list, too little to guess it: `bh_write_4F7k…f2c1`.
    pub(crate) fn prefix(&self) -> String {
        let text = self.reveal();
        if let Some(fingerprint) = text.strip_prefix(CERTIFICATE_MARK) {
            return format!("certificate {}…", fingerprint.get(..CERTIFICATE_SHOWN_CHARS).unwrap_or(fingerprint));
        }
        let random = text.len() - RANDOM_CHARS - CHECKSUM_CHARS;
        format!("{}…{}", &text[..random + SHOWN_CHARS], &text[text.len() - SHOWN_CHARS..])
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainKey(..)")
    }
}

/// Appends the big-endian number in `bytes` as exactly `chars` digits and wipes `bytes`.
fn push_base62(text: &mut String, bytes: &mut [u8], chars: usize) {
    let mut digits = Zeroizing::new([0u8; RANDOM_CHARS]);
    for slot in digits[..chars].iter_mut().rev() {
        let mut remainder = 0u32;
        for byte in bytes.iter_mut() {
            let value = remainder << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *slot = BASE62[remainder as usize];
    }
    bytes.zeroize();
    text.extend(digits[..chars].iter().map(|&digit| char::from(digit)));
}

/// CRC-32 as in zlib. A key has some 40 bytes, so a table would cost more than it saves.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Filled(u8);
    impl Entropy for Filled {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    fn check(text: &str, accepted: bool) {
        assert_eq!(PlainKey::parse(text).is_ok(), accepted, "{text}");
    }

    #[test]
    fn the_checksum_is_the_crc_of_zlib() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_random_part_has_a_fixed_width_from_zero_to_the_largest_number() {
        for kind in KeyKind::ALL {
            for filler in [0, 1, 255] {
                let key = PlainKey::generate(TokenKind::Source(kind), &Filled(filler));
                assert_eq!(key.reveal().len(), 3 + kind.as_str().len() + 1 + 27 + 6, "{}", key.reveal());
                check(key.reveal(), true);
            }
        }
        assert!(
            PlainKey::generate(TokenKind::Source(KeyKind::Read), &Filled(0))
                .reveal()
                .starts_with("bh_read_000000000000000000000000000")
        );
    }

    #[test]
    fn every_single_typo_is_refused() {
        let key = PlainKey::generate(TokenKind::Source(KeyKind::Write), &Filled(0x5A));
        for at in 0..key.reveal().len() {
            for typo in [b'0', b'z', b'_', b' '] {
                let mut bytes = key.reveal().as_bytes().to_vec();
                if bytes[at] != typo {
                    bytes[at] = typo;
                    check(&String::from_utf8(bytes).unwrap(), false);
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let key = PlainKey::generate(TokenKind::Source(KeyKind::Write), &Filled(7));
        check("", false);
        check("bh_", false);
        check("bh_write_", false);
        check(&key.reveal().replace("write", "read"), false);
        check(&key.reveal().replace("write", "admin"), false);
        check(&key.reveal().to_uppercase(), false);
        check(&format!("{} ", key.reveal()), false);
        check(&format!("{}é", &key.reveal()[..key.reveal().len() - 2]), false);
    }

    #[test]
    fn neither_debug_nor_the_prefix_tell_the_key() {
        let key = PlainKey::generate(TokenKind::Source(KeyKind::Write), &Filled(0x5A));
        assert_eq!(format!("{key:?}"), "PlainKey(..)");
        assert_eq!(key.prefix().chars().count(), "bh_write_".len() + 4 + 1 + 4);
    }
}

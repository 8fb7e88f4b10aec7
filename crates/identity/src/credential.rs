//! What a request presents: one API key or session, out of the forms in which clients send it.
//!
//! Always holds: a [`Credential`] carries a key whose form and checksum are right. It says nothing about whether the
//! key exists; only `Identity` decides that.

use std::fmt;

use model::limits;
use zeroize::Zeroizing;

use crate::key::{KeyKind, PlainKey, TokenKind};
use crate::refused::Refused;

/// A token as presented, wiped when dropped and never printed.
pub struct Credential(PlainKey);

// === impl Credential ===

impl Credential {
    /// Reads the value of an `Authorization` header.
    ///
    /// | scheme | value |
    /// |---|---|
    /// | `Bearer` | the key |
    /// | `Basic` | base 64 of `user:KEY`, of `KEY:` or of `KEY` |
    /// | `ApiKey` | the key, or base 64 of `id:KEY` |
    /// | `Splunk` | the key |
    ///
    /// Schemes in any case; both alphabets of base 64, padded or not; the user and the id are not looked at.
    pub fn from_authorization(value: &str) -> Result<Self, Refused> {
        let value = value.trim_ascii();
        if value.is_empty() {
            return Err(Refused::Missing);
        }
        if value.len() > limits::CREDENTIAL_BYTES_MAX {
            return Err(Refused::Malformed);
        }
        let (scheme, value) = value.split_once(' ').ok_or(Refused::Malformed)?;
        let value = value.trim_ascii();
        if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("splunk") {
            Self::from_key(value)
        } else if scheme.eq_ignore_ascii_case("basic") {
            Self::from_pair(value)
        } else if scheme.eq_ignore_ascii_case("apikey") {
            Self::from_key(value).or_else(|_| Self::from_pair(value))
        } else {
            Err(Refused::Malformed)
        }
    }

    /// Reads a key on its own, as some protocols carry it in a header or field of theirs.
    pub fn from_key(text: &str) -> Result<Self, Refused> {
        PlainKey::parse(text).map(Self).map_err(|_| Refused::Malformed)
    }

    /// The certificate that a client presented. Whoever calls this has seen the client show, in its handshake, that it holds the
    /// certificate's key; `fingerprint` is its SHA-256.
    #[must_use]
    pub fn from_certificate(fingerprint: &str) -> Self {
        Self(PlainKey::of_certificate(fingerprint))
    }

    fn from_pair(encoded: &str) -> Result<Self, Refused> {
        let decoded = decode_base64(encoded.as_bytes()).ok_or(Refused::Malformed)?;
        let text = std::str::from_utf8(&decoded).map_err(|_| Refused::Malformed)?;
        match text.split_once(':') {
            Some((user, "")) => Self::from_key(user),
            Some((_, password)) => Self::from_key(password),
            None => Self::from_key(text),
        }
    }

    /// Enough to recognise it in a list, too little to guess it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.0.prefix()
    }

    /// Whether this is a key that reads a source.
    #[must_use]
    pub fn is_of_reader(&self) -> bool {
        self.kind() == TokenKind::Source(KeyKind::Read)
    }

    pub(crate) fn token(&self) -> &[u8] {
        self.0.reveal().as_bytes()
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.0.kind()
    }
}

impl From<PlainKey> for Credential {
    fn from(key: PlainKey) -> Self {
        Self(key)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// Decodes base 64 of either alphabet, with or without its padding. Its own decoder, so that the bytes are only ever
/// in memory that is wiped.
fn decode_base64(encoded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = match encoded {
        [digits @ .., b'=', b'='] | [digits @ .., b'='] if encoded.len().is_multiple_of(4) => digits,
        digits => digits,
    };
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Zeroizing::new(Vec::with_capacity(digits.len() / 4 * 3 + 2));
    for group in digits.chunks(4) {
        let mut bits = 0u32;
        for &digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - group.len());
        decoded.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use model::Entropy;
    use proptest::prelude::*;

    use super::*;
    use crate::key::{KeyKind, TokenKind};

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) {
            out.iter_mut().enumerate().for_each(|(i, byte)| *byte = (37 * (i + 3)) as u8);
        }
    }

    fn key() -> PlainKey {
        PlainKey::generate(TokenKind::Source(KeyKind::Write), &Counting)
    }

    fn encode(text: &str, alphabet: &[u8; 64], padding: &str) -> String {
        let mut encoded = String::new();
        for group in text.as_bytes().chunks(3) {
            let mut wide = [0; 4];
            wide[1..=group.len()].copy_from_slice(group);
            let bits = u32::from_be_bytes(wide);
            for i in 0..=group.len() {
                encoded.push(char::from(alphabet[(bits >> (18 - 6 * i) & 63) as usize]));
            }
            encoded.extend((group.len()..3).map(|_| padding));
        }
        encoded
    }

    const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    fn check(value: &str, expected: Result<(), &str>) {
        let read = Credential::from_authorization(value);
        match (&read, expected) {
            (Ok(credential), Ok(())) => assert_eq!(credential.token(), key().reveal().as_bytes(), "{value}"),
            (Err(refused), Err(code)) => assert_eq!(refused.code(), code, "{value}"),
            _ => panic!("{value}: {read:?}"),
        }
    }

    #[test]
    fn a_key_is_read_from_every_form_that_clients_send() {
        let key = key();
        let key = key.reveal();
        check(&format!("Bearer {key}"), Ok(()));
        check(&format!("bearer   {key} "), Ok(()));
        check(&format!("ApiKey {key}"), Ok(()));
        check(&format!("Splunk {key}"), Ok(()));
        for alphabet in [STANDARD, URL_SAFE] {
            for padding in ["=", ""] {
                for pair in ["logs:", "", "?>~ÿ:", "a:", "ab:", "abc:"] {
                    check(&format!("Basic {}", encode(&format!("{pair}{key}"), alphabet, padding)), Ok(()));
                    check(&format!("APIKEY {}", encode(&format!("{pair}{key}"), alphabet, padding)), Ok(()));
                }
                check(&format!("BASIC {}", encode(&format!("{key}:"), alphabet, padding)), Ok(()));
            }
        }
    }

    #[test]
    fn anything_else_is_named_as_missing_or_malformed() {
        let key = key();
        let key = key.reveal();
        check("", Err("key_missing"));
        check("  ", Err("key_missing"));
        check("Bearer", Err("key_malformed"));
        check("Bearer ", Err("key_malformed"));
        check(key, Err("key_malformed"));
        check(&format!("Bearer {key}x"), Err("key_malformed"));
        check(&format!("Digest {key}"), Err("key_malformed"));
        check("Basic !!!!", Err("key_malformed"));
        check("Basic A", Err("key_malformed"));
        check("Basic /////w==", Err("key_malformed"));
        check(&format!("Basic {}", encode("user:password", STANDARD, "=")), Err("key_malformed"));
        check(&format!("Bearer {}", "x".repeat(1 << 20)), Err("key_malformed"));
    }

    #[test]
    fn no_text_stands_for_a_certificate() {
        let fingerprint = "3A:9F:00";
        let certificate = Credential::from_certificate(fingerprint);
        let text = std::str::from_utf8(certificate.token()).unwrap();
        for value in [text.to_owned(), format!("Bearer {text}"), format!("Basic {}", encode(&format!("a:{text}"), STANDARD, "="))]
        {
            assert_eq!(Credential::from_authorization(&value).unwrap_err().code(), "key_malformed", "{value}");
            assert_eq!(Credential::from_key(&value).unwrap_err().code(), "key_malformed", "{value}");
        }
    }

    #[test]
    fn a_credential_prints_nothing() {
        assert_eq!(format!("{:?}", Credential::from(key())), "Credential(..)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(value in any::<String>(), scheme in "(?i:basic|bearer|apikey) ") {
            let _ = Credential::from_key(&value);
            let _ = Credential::from_authorization(&value);
            let _ = Credential::from_authorization(&format!("{scheme}{value}"));
        }

        #[test]
        fn base_64_gives_back_what_was_encoded(text in any::<String>(), padded in any::<bool>()) {
            let encoded = encode(&text, URL_SAFE, if padded { "=" } else { "" });
            prop_assert_eq!(&decode_base64(encoded.as_bytes()).unwrap()[..], text.as_bytes());
        }
    }
}

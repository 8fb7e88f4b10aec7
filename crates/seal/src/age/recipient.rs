//! A recipient's public key, as `age-keygen` prints it: Bech32 (BIP 173) with the prefix `age`.

use std::fmt;

const PREFIX: &str = "age";
const KEY_BYTES: usize = 32;
/// Of the checksum at the end.
const CHECK_SYMBOLS: usize = 6;
/// 32 bytes as symbols of five bits, without the checksum.
const KEY_SYMBOLS: usize = (KEY_BYTES * 8).div_ceil(5);
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Of the kind X25519.
#[derive(Clone, PartialEq, Eq)]
pub struct AgeRecipient {
    key: [u8; KEY_BYTES],
    text: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a recipient of age, `age1` and 58 more characters; other kinds of recipients are not supported")]
pub struct RecipientError;

// === impl AgeRecipient ===

impl AgeRecipient {
    pub fn parse(text: &str) -> Result<Self, RecipientError> {
        let data = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('1')).ok_or(RecipientError)?;
        if data.len() != KEY_SYMBOLS + CHECK_SYMBOLS {
            return Err(RecipientError);
        }
        let symbol = |byte: u8| ALPHABET.iter().position(|&known| known == byte).map(|value| value as u8);
        let symbols: Vec<u8> = data.bytes().map(symbol).collect::<Option<_>>().ok_or(RecipientError)?;
        if checksum(&symbols) != 1 {
            return Err(RecipientError);
        }
        let key = key_of(&symbols[..KEY_SYMBOLS]).ok_or(RecipientError)?;
        Ok(Self { key, text: text.to_owned() })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The bytes in symbols of five bits; the bits that are left over have to be zero.
fn key_of(symbols: &[u8]) -> Option<[u8; KEY_BYTES]> {
    let (mut key, mut bits, mut held, mut at) = ([0; KEY_BYTES], 0_u32, 0, 0);
    for &symbol in symbols {
        bits = ((bits << 5) | u32::from(symbol)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            *key.get_mut(at)? = (bits >> held) as u8;
            at += 1;
        }
    }
    (at == KEY_BYTES && bits & ((1 << held) - 1) == 0).then_some(key)
}

/// BIP 173: 1 for what was not changed.
fn checksum(symbols: &[u8]) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = PREFIX.bytes().map(|byte| byte >> 5);
    let low = PREFIX.bytes().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(symbols.iter().copied()).fold(1, |check, symbol| {
        let top = check >> 25;
        let next = ((check & 0x01ff_ffff) << 5) ^ u32::from(symbol);
        GENERATORS.iter().enumerate().filter(|(bit, _)| (top >> bit) & 1 == 1).fold(next, |check, (_, with)| check ^ with)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As `age-keygen` would print it.
    pub(in crate::age) fn text_of(key: &[u8; KEY_BYTES]) -> String {
        let (mut symbols, mut bits, mut held) = (Vec::new(), 0_u32, 0);
        for &byte in key {
            bits = (bits << 8) | u32::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                symbols.push((bits >> held) as u8 & 31);
                bits &= (1 << held) - 1;
            }
        }
        symbols.push((bits << (5 - held)) as u8 & 31);
        let check = checksum(&[symbols.as_slice(), &[0; CHECK_SYMBOLS]].concat()) ^ 1;
        symbols.extend((0..CHECK_SYMBOLS).map(|at| (check >> (5 * (CHECK_SYMBOLS - 1 - at))) as u8 & 31));
        let data: String = symbols.iter().map(|&symbol| ALPHABET[usize::from(symbol)] as char).collect();
        format!("{PREFIX}1{data}")
    }

    #[test]
    fn a_recipient_is_what_age_keygen_prints() {
        let text = "age16qkzph9895ke6ur7m3jfwafgguwtayd5atyushmfz3kc2dmsk58q624mwn";
        let recipient = AgeRecipient::parse(text).unwrap();
        assert_eq!(recipient.as_str(), text);
        assert_eq!(text_of(&recipient.key), text);
    }

    #[test]
    fn what_is_mistyped_or_of_another_kind_is_refused() {
        let good = text_of(&[9; KEY_BYTES]);
        assert!(AgeRecipient::parse(&good).is_ok());
        for at in 0..good.len() {
            for with in ['q', 'p', '1', 'A', 'b', 'é'] {
                let changed: String = good.chars().enumerate().map(|(n, c)| if n == at { with } else { c }).collect();
                assert_eq!(AgeRecipient::parse(&changed).is_ok(), changed == good, "{changed}");
            }
        }
        for foreign in ["", "age1", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQQQ", &good[..good.len() - 1], &good.to_uppercase()] {
            assert!(AgeRecipient::parse(foreign).is_err(), "{foreign}");
        }
    }
}

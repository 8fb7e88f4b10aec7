//! A browser that signed in to an account before, known by a token that it keeps.
//!
//! | format 1 B, 1 | made at, seconds since 1970, 8 B | random 16 B | HMAC-SHA-256 of these and the account 32 B |, in base64url
//!
//! Always holds: only a token that was made for this account, in the last `limits::KNOWN_DEVICE_DAYS`, makes a
//! [`KnownDevice`]. Nothing is stored of it. It lets nobody in: it only keeps others' wrong tries from making its owner
//! wait (see `throttle`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Email, Entropy, Timestamp, limits};
use seal::Pepper;
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const RANDOM_BYTES: usize = 16;
const CLAIM_BYTES: usize = 1 + 8 + RANDOM_BYTES;
const TOKEN_BYTES: usize = CLAIM_BYTES + 32;
/// In base64url, without padding.
const TOKEN_CHARS: usize = TOKEN_BYTES * 4 / 3;
/// Keeps these digests apart from others under the same pepper.
const WORD: &[u8] = b"device ";
const DAY_SECONDS: i64 = 24 * 3_600;

/// The token in clear, for the browser to keep.
pub struct PlainDeviceToken(Zeroizing<String>);

/// Proof that a browser signed in to this account before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    pub(crate) account: Email,
    pub(crate) random: [u8; RANDOM_BYTES],
}

// === impl PlainDeviceToken ===

impl PlainDeviceToken {
    /// To be made when somebody has signed in completely, with every factor that the account needs.
    #[must_use]
    pub fn make(pepper: &Pepper, account: &Email, entropy: &dyn Entropy, now: Timestamp) -> Self {
        let mut token = Zeroizing::new([0; TOKEN_BYTES]);
        token[0] = FORMAT;
        token[1..9].copy_from_slice(&now.seconds_since(Timestamp::from_nanos(0)).to_be_bytes());
        entropy.fill(&mut token[9..CLAIM_BYTES]);
        let digest = digest(pepper, account, &token[..CLAIM_BYTES]);
        token[CLAIM_BYTES..].copy_from_slice(&digest);
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(token.as_slice())))
    }

    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainDeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainDeviceToken(..)")
    }
}

// === impl KnownDevice ===

impl KnownDevice {
    /// `peppers` are those under which tokens still count.
    #[must_use]
    pub fn recognise(token: &str, account: &Email, peppers: &[&Pepper], now: Timestamp) -> Option<Self> {
        if token.len() != TOKEN_CHARS {
            return None;
        }
        let token = Zeroizing::new(URL_SAFE_NO_PAD.decode(token).ok()?);
        let (claim, mac) = token.split_at_checked(CLAIM_BYTES)?;
        let right = |pepper: &&Pepper| seal::constant_time_eq(&digest(pepper, account, claim), mac);
        if claim[0] != FORMAT || !peppers.iter().any(right) {
            return None;
        }
        let made_at = Timestamp::from_nanos(0).plus_seconds(i64::from_be_bytes(claim[1..9].try_into().ok()?));
        if now >= made_at.plus_seconds(limits::KNOWN_DEVICE_DAYS * DAY_SECONDS) {
            return None;
        }
        Some(Self { account: account.clone(), random: claim[9..].try_into().ok()? })
    }
}

fn digest(pepper: &Pepper, account: &Email, claim: &[u8]) -> [u8; 32] {
    // The claim has one length, so that no part slides into the other.
    pepper.digest(&[WORD, claim, account.as_str().as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seal::{RootKey, SystemEntropy};

    use super::*;

    const DAY: i64 = DAY_SECONDS;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    #[test]
    fn a_browser_is_known_to_its_account_for_its_time_under_its_pepper() {
        let root = RootKey::generate(&SystemEntropy);
        let (first, second) = (Pepper::new(&root, 1), Pepper::new(&root, 2));
        let (ada, made) = (email("ada@example.org"), Timestamp::parse("2026-11-22").unwrap());
        let token = PlainDeviceToken::make(&first, &ada, &SystemEntropy, made);
        let check = |account: &Email, peppers: &[&Pepper], days: i64, known: bool| {
            let device = KnownDevice::recognise(token.reveal(), account, peppers, made.plus_seconds(days * DAY));
            assert_eq!(device.is_some(), known, "{days}");
        };
        check(&ada, &[&first], 0, true);
        check(&ada, &[&second, &first], limits::KNOWN_DEVICE_DAYS - 1, true);
        check(&ada, &[&first], limits::KNOWN_DEVICE_DAYS, false);
        check(&ada, &[&second], 0, false);
        check(&email("eve@example.org"), &[&first], 0, false);
    }

    #[test]
    fn a_changed_token_is_nobody_s() {
        let pepper = Pepper::new(&RootKey::generate(&SystemEntropy), 1);
        let (ada, made) = (email("ada@example.org"), Timestamp::parse("2026-11-22").unwrap());
        let token = PlainDeviceToken::make(&pepper, &ada, &SystemEntropy, made).reveal().to_owned();
        assert_eq!(token.len(), TOKEN_CHARS);
        for i in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[i] = if changed[i] == b'A' { b'B' } else { b'A' };
            assert_eq!(KnownDevice::recognise(std::str::from_utf8(&changed).unwrap(), &ada, &[&pepper], made), None);
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let pepper = Pepper::new(&RootKey::generate(&SystemEntropy), 1);
        let token = PlainDeviceToken::make(&pepper, &email("ada@example.org"), &SystemEntropy, Timestamp::default());
        assert_eq!(format!("{token:?}"), "PlainDeviceToken(..)");
    }

    proptest! {
        #[test]
        fn no_token_makes_recognising_panic(text in any::<String>(), long in "[A-Za-z0-9_-]{76}", nanos in any::<i64>()) {
            let pepper = Pepper::new(&RootKey::generate(&SystemEntropy), 1);
            for token in [text, long] {
                prop_assert_eq!(
                    KnownDevice::recognise(&token, &email("ada@example.org"), &[&pepper], Timestamp::from_nanos(nanos)),
                    None
                );
            }
        }
    }
}

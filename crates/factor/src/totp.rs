//! One-time codes of an authenticator app: RFC 6238 with HMAC-SHA-1, six digits, thirty seconds, as every app has it.
//!
//! Always holds: a code of the step before, of this one and of the next is right, each once: a step at or below the last
//! one that was accepted is refused. The caller stores that step, in the transaction that lets the person in.
//! Does not bound how often codes are tried: three of a million are right at any time (see `throttle`).

use std::fmt;

use model::{Email, Entropy, Timestamp};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
const SKEW_STEPS: u16 = 1;
/// Without a colon, which divides it from the account.
const ISSUER: &str = "Blockhouse";
/// Boxed, so that a move leaves no copy behind on the stack.
type Bytes = Box<Zeroizing<[u8; SECRET_BYTES]>>;

/// What an app and the server share: 160 bits, as RFC 4226 recommends.
pub struct TotpSecret(Bytes);

// === impl TotpSecret ===

impl TotpSecret {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Self(Bytes::default());
        entropy.fill(secret.0.as_mut_slice());
        secret
    }

    /// `None` unless there are as many as a secret has.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self(Bytes::default());
        if bytes.len() != SECRET_BYTES {
            return None;
        }
        secret.0.copy_from_slice(bytes);
        Some(secret)
    }

    /// For the caller to seal.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// `otpauth://totp/…`, for a QR code that is shown once.
    #[must_use]
    pub fn url(&self, account: &Email) -> Zeroizing<String> {
        let url = self.builder().with_issuer(Some(ISSUER)).with_account_name(account.as_str()).build_noncompliant().to_url();
        Zeroizing::new(url.expect("an issuer and an address without colons make a URL"))
    }

    /// Base 32, to be typed into an app.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.totp().secret().to_base32())
    }

    /// The step of a right code, to be kept as `last_step`. Spaces in the code do not matter.
    #[must_use]
    pub fn check(&self, code: &str, now: Timestamp, last_step: Option<u64>) -> Option<u64> {
        let mut digits = Zeroizing::new(String::with_capacity(usize::from(DIGITS)));
        for digit in code.chars().filter(|c| *c != ' ') {
            if digits.len() == usize::from(DIGITS) || !digit.is_ascii_digit() {
                return None;
            }
            digits.push(digit);
        }
        let seconds = u64::try_from(now.seconds_since(Timestamp::from_nanos(0))).ok()?;
        self.totp().check(&digits, seconds).filter(|&step| last_step.is_none_or(|last| step > last))
    }

    /// What an app shows now: for whoever looks whether codes are asked for and spent.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> Option<Zeroizing<String>> {
        let seconds = u64::try_from(now.seconds_since(Timestamp::from_nanos(0))).ok()?;
        Some(Zeroizing::new(self.totp().generate(seconds).to_string()))
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_skew(SKEW_STEPS)
            .with_secret(**self.0)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seal::SystemEntropy;

    use super::*;

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus_seconds(seconds)
    }

    fn check(code: &str, seconds: i64, last_step: Option<u64>, expected: Option<u64>) {
        assert_eq!(rfc().check(code, at(seconds), last_step), expected, "{code} at {seconds}");
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        check("287082", 59, None, Some(1));
        check("081804", 1_111_111_109, None, Some(0x0235_23EC));
        check("050471", 1_111_111_111, None, Some(0x0235_23ED));
        check("005924", 1_234_567_890, None, Some(0x0273_EF07));
        check("279037", 2_000_000_000, None, Some(0x03F9_40AA));
    }

    #[test]
    fn a_code_counts_one_step_early_and_one_step_late() {
        for (seconds, expected) in [(29, Some(1)), (0, Some(1)), (89, Some(1)), (90, None), (1_000_000, None)] {
            check("287082", seconds, None, expected);
        }
    }

    #[test]
    fn a_code_counts_once_and_none_before_it() {
        check("287082", 59, Some(0), Some(1));
        check("287082", 59, Some(1), None);
        check("287082", 59, Some(2), None);
    }

    #[test]
    fn what_is_not_six_digits_is_no_code() {
        check("287 082", 59, None, Some(1));
        for code in ["", "28708", "2870822", "+87082", "28708a", "287082\n", "٢٨٧٠٨٢"] {
            check(code, 59, None, None);
        }
        assert_eq!(rfc().check("287082", Timestamp::MIN, None), None);
    }

    #[test]
    fn an_app_is_told_all_by_a_url_or_by_hand() {
        let secret = TotpSecret::from_bytes(&[0xAB; 20]).unwrap();
        let url = secret.url(&Email::parse("ada+x@example.org").unwrap());
        assert!(url.starts_with("otpauth://totp/Blockhouse:ada%2Bx%40example"), "{}", *url);
        assert!(url.contains(&format!("secret={}", *secret.base32())) && url.contains("issuer=Blockhouse"), "{}", *url);
        assert_eq!(*secret.base32(), "VOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5L");
        let read = Totp::from_url(&*url).unwrap();
        assert_eq!((read.digits(), read.step(), read.algorithm()), (6, 30, Algorithm::SHA1));
        let code = read.generate(59).to_string();
        assert_eq!(secret.check(&code, at(59), None), Some(1));
    }

    #[test]
    fn a_secret_is_160_bits_of_its_own_and_not_printed() {
        let secret = TotpSecret::generate(&SystemEntropy);
        assert_eq!(secret.expose().len(), 20);
        assert_ne!(secret.expose(), TotpSecret::generate(&SystemEntropy).expose());
        assert!(TotpSecret::from_bytes(&[1; 19]).is_none());
        assert_eq!(format!("{secret:?}"), "TotpSecret(..)");
    }

    proptest! {
        #[test]
        fn every_address_makes_a_url_that_an_app_reads(local in "[!#-'*+./-9=?A-Z^-~-]{1,64}", domain in "[a-z0-9]{1,20}(\\.[a-z]{2,9})?") {
            if let Ok(account) = Email::parse(&format!("{local}@{domain}")) {
                let read = Totp::from_url(&*rfc().url(&account)).unwrap();
                prop_assert_eq!(read.account_name(), account.as_str());
            }
        }

        #[test]
        fn no_code_and_no_time_make_checking_panic(code in any::<String>(), nanos in any::<i64>(), last in any::<Option<u64>>()) {
            let _ = rfc().check(&code, Timestamp::from_nanos(nanos), last);
        }
    }
}

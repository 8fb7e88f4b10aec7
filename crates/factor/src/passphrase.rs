//! Passphrases, and what is stored of them: Argon2id (RFC 9106) over an HMAC, as a PHC string.
//!
//! | `$argon2id$v=19$m=KIB,t=PASSES,p=1,keyid=PEPPER` | `$` salt of 16 bytes | `$` output of 32 bytes |
//!
//! What Argon2id is given is the HMAC-SHA-256 of the passphrase under the pepper that `keyid` names, so a stolen verifier
//! cannot be tried without the root key, and a new pepper can come in while old verifiers still count.
//! A passphrase is compared in Unicode's form NFC, as SP 800-63B-4 and RFC 8265 say: whoever types ü on one keyboard and
//! u with two dots on another types the same. Nothing else is changed: neither case, nor width, nor spaces.
//! Always holds: no verifier is made, and none is believed, below the floor of `limits`; none can ask for more than its
//! ceiling. Does not bound how many run at once: each blocks a thread and takes its memory.

use std::fmt;

use argon2::password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, KeyId, Params, ParamsBuilder, Version};
use model::{Entropy, limits};
use seal::Pepper;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;
const LANES: u32 = 1;
/// Keeps these digests apart from others under the same pepper.
const WORD: &[u8] = b"passphrase ";

/// What a person typed.
pub struct Passphrase(Zeroizing<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    #[error("the passphrase is empty")]
    Empty,
    #[error("a passphrase has at most {} bytes", limits::PASSPHRASE_BYTES_MAX)]
    TooLong,
}

/// What one verification costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

/// Makes verifiers of passphrases and checks passphrases against them.
#[derive(Debug)]
pub struct Passphrases {
    current: Pepper,
    previous: Option<Pepper>,
    cost: Cost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right { rehash: Rehash },
    Wrong,
}

/// Whether a right passphrase should be hashed anew: the cost or the pepper is not today's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rehash {
    Needed,
    NotNeeded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("there is no memory to hash a passphrase")]
    Memory,
}

/// Why a stored verifier says nothing about a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("not a verifier of a passphrase: another form or algorithm")]
    Malformed,
    #[error("the verifier is cheaper to guess than is allowed")]
    TooCheap,
    #[error("the verifier asks for more than is allowed")]
    TooCostly,
    #[error("the pepper {0} of the verifier is not there")]
    UnknownPepper(u8),
    #[error("there is no memory to check a passphrase")]
    Memory,
}

/// A verifier, taken apart.
struct Stored {
    cost: Cost,
    pepper: u8,
    salt: Salt,
    output: Output,
}

// === impl Passphrase ===

impl Passphrase {
    pub fn parse(text: &str) -> Result<Self, PassphraseError> {
        match text.len() {
            0 => return Err(PassphraseError::Empty),
            1..=limits::PASSPHRASE_BYTES_MAX => {}
            _ => return Err(PassphraseError::TooLong),
        }
        // NFC makes at most three bytes of one (UAX 15), so that no reallocation leaves a copy behind.
        let mut normal = Zeroizing::new(String::with_capacity(3 * text.len()));
        normal.extend(text.nfc());
        Ok(Self(normal))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

// === impl Cost ===

impl Cost {
    pub const STANDARD: Self = Self { memory_kib: limits::PASSPHRASE_MEMORY_KIB, passes: limits::PASSPHRASE_PASSES };
    /// The least that is allowed, for tests that hash often.
    pub const FLOOR: Self = Self { memory_kib: limits::PASSPHRASE_MEMORY_KIB_MIN, passes: limits::PASSPHRASE_PASSES_MIN };

    /// `None` below the floor or above the ceiling.
    #[must_use]
    pub fn new(memory_kib: u32, passes: u32) -> Option<Self> {
        Self::parse(memory_kib, passes).ok()
    }

    fn parse(memory_kib: u32, passes: u32) -> Result<Self, VerifyError> {
        if memory_kib < limits::PASSPHRASE_MEMORY_KIB_MIN || passes < limits::PASSPHRASE_PASSES_MIN {
            return Err(VerifyError::TooCheap);
        }
        if memory_kib > limits::PASSPHRASE_MEMORY_KIB_MAX || passes > limits::PASSPHRASE_PASSES_MAX {
            return Err(VerifyError::TooCostly);
        }
        Ok(Self { memory_kib, passes })
    }

    fn params(self, pepper: u8) -> Params {
        let mut builder = ParamsBuilder::new();
        builder.m_cost(self.memory_kib).t_cost(self.passes).p_cost(LANES).output_len(OUTPUT_BYTES);
        builder.keyid(KeyId::new(&[pepper]).expect("a key id has up to eight bytes"));
        builder.build().expect("a cost between floor and ceiling is one of Argon2")
    }
}

// === impl Passphrases ===

impl Passphrases {
    /// New verifiers are made under `current`; those under `previous` still count.
    #[must_use]
    pub fn new(current: Pepper, previous: Option<Pepper>, cost: Cost) -> Self {
        Self { current, previous, cost }
    }

    /// The verifier to store.
    pub fn hash(&self, passphrase: &Passphrase, entropy: &dyn Entropy) -> Result<String, HashError> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        let params = self.cost.params(self.current.id());
        let output = stretch(&params, &self.current, passphrase, &salt).ok_or(HashError::Memory)?;
        let phc = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).expect("Argon2's parameters are a PHC string's"),
            salt: Some(Salt::new(&salt).expect("a salt has up to 48 bytes")),
            hash: Some(Output::new(&*output).expect("an output has up to 64 bytes")),
        };
        Ok(phc.to_string())
    }

    /// What new verifiers cost.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether a stored verifier would be believed: its algorithm, cost, pepper and lengths. Gives its salt.
    pub fn examine(&self, verifier: &str) -> Result<[u8; SALT_BYTES], VerifyError> {
        let stored = Stored::parse(verifier)?;
        let mut peppers = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        if !peppers.any(|pepper| pepper.id() == stored.pepper) {
            return Err(VerifyError::UnknownPepper(stored.pepper));
        }
        (*stored.salt).try_into().map_err(|_| VerifyError::Malformed)
    }

    pub fn verify(&self, passphrase: &Passphrase, verifier: &str) -> Result<Verdict, VerifyError> {
        let stored = Stored::parse(verifier)?;
        let mut peppers = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        let pepper = peppers.find(|pepper| pepper.id() == stored.pepper).ok_or(VerifyError::UnknownPepper(stored.pepper))?;
        let params = stored.cost.params(stored.pepper);
        let output = stretch(&params, pepper, passphrase, &stored.salt).ok_or(VerifyError::Memory)?;
        if !seal::constant_time_eq(&*output, stored.output.as_bytes()) {
            return Ok(Verdict::Wrong);
        }
        let today = stored.cost == self.cost && stored.pepper == self.current.id();
        Ok(Verdict::Right { rehash: if today { Rehash::NotNeeded } else { Rehash::Needed } })
    }

    /// Takes as long as `verify` of somebody who is known, so that the time does not tell who is.
    pub fn verify_nobody(&self, passphrase: &Passphrase) -> Result<Verdict, VerifyError> {
        let params = self.cost.params(self.current.id());
        let output = stretch(&params, &self.current, passphrase, &[0; SALT_BYTES]).ok_or(VerifyError::Memory)?;
        // The comparison cannot come true; it keeps the compiler from leaving the work out.
        let never = seal::constant_time_eq(&*output, &[0; OUTPUT_BYTES]);
        debug_assert!(!never, "nobody has a passphrase");
        Ok(Verdict::Wrong)
    }
}

/// `None` where there is no memory for it.
fn stretch(params: &Params, pepper: &Pepper, passphrase: &Passphrase, salt: &[u8]) -> Option<Zeroizing<[u8; OUTPUT_BYTES]>> {
    let mut message = Zeroizing::new(Vec::with_capacity(WORD.len() + passphrase.expose().len()));
    message.extend_from_slice(WORD);
    message.extend_from_slice(passphrase.expose().as_bytes());
    let digest = Zeroizing::new(pepper.digest(&message));
    let mut output = Zeroizing::new([0; OUTPUT_BYTES]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into(&*digest, salt, &mut *output).ok()?;
    Some(output)
}

// === impl Stored ===

impl Stored {
    fn parse(verifier: &str) -> Result<Self, VerifyError> {
        if verifier.len() > limits::PASSPHRASE_VERIFIER_BYTES_MAX {
            return Err(VerifyError::Malformed);
        }
        let phc = PasswordHash::new(verifier).map_err(|_| VerifyError::Malformed)?;
        let argon2id: Ident = ARGON2ID_IDENT;
        if phc.algorithm != argon2id || phc.version != Some(Version::V0x13.into()) {
            return Err(VerifyError::Malformed);
        }
        let params = Params::try_from(&phc.params).map_err(|_| VerifyError::Malformed)?;
        let cost = Cost::parse(params.m_cost(), params.t_cost())?;
        let (&[pepper], LANES, Some(salt), Some(output)) = (params.keyid(), params.p_cost(), phc.salt, phc.hash) else {
            return Err(VerifyError::Malformed);
        };
        if salt.len() != SALT_BYTES || output.len() != OUTPUT_BYTES {
            return Err(VerifyError::Malformed);
        }
        Ok(Self { cost, pepper, salt, output })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seal::{RootKey, SystemEntropy};

    use super::*;

    fn passphrases(root: &RootKey) -> Passphrases {
        Passphrases::new(Pepper::new(root, 1), None, Cost::FLOOR)
    }

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::parse(text).unwrap()
    }

    #[test]
    fn a_passphrase_is_right_only_whole_and_under_its_root_key() {
        let root = RootKey::generate(&SystemEntropy);
        let passphrases = passphrases(&root);
        let verifier = passphrases.hash(&passphrase("correct horse battery"), &SystemEntropy).unwrap();
        let check = |by: &Passphrases, text: &str| by.verify(&passphrase(text), &verifier);
        assert_eq!(check(&passphrases, "correct horse battery"), Ok(Verdict::Right { rehash: Rehash::NotNeeded }));
        for wrong in ["correct horse", "correct horse battery ", "Correct horse battery"] {
            assert_eq!(check(&passphrases, wrong), Ok(Verdict::Wrong), "{wrong}");
        }
        let other = self::passphrases(&RootKey::generate(&SystemEntropy));
        assert_eq!(check(&other, "correct horse battery"), Ok(Verdict::Wrong));
    }

    #[test]
    fn a_verifier_says_how_it_was_made_and_never_twice_the_same() {
        let passphrases = passphrases(&RootKey::generate(&SystemEntropy));
        let make = || passphrases.hash(&passphrase("correct horse battery"), &SystemEntropy).unwrap();
        assert!(make().starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid=AQ$"), "{}", make());
        assert_ne!(make(), make());
    }

    #[test]
    fn the_standard_cost_is_three_passes_over_64_mib() {
        let standard = Passphrases { cost: Cost::STANDARD, ..passphrases(&RootKey::generate(&SystemEntropy)) };
        let verifier = standard.hash(&passphrase("correct horse battery"), &SystemEntropy).unwrap();
        assert!(verifier.starts_with("$argon2id$v=19$m=65536,t=3,p=1,keyid=AQ$"), "{verifier}");
    }

    #[test]
    fn one_text_typed_in_two_ways_is_one_passphrase() {
        assert_eq!(passphrase("u\u{308}ber").expose(), passphrase("über").expose());
        assert_ne!(passphrase("ﬁnal").expose(), passphrase("final").expose());
        assert_ne!(passphrase("Final").expose(), passphrase("final").expose());
    }

    #[test]
    fn a_new_cost_or_pepper_asks_for_a_new_verifier_and_believes_the_old() {
        let root = RootKey::generate(&SystemEntropy);
        let text = passphrase("correct horse battery");
        let old = passphrases(&root).hash(&text, &SystemEntropy).unwrap();
        let dearer = Cost::new(limits::PASSPHRASE_MEMORY_KIB_MIN + 1_024, limits::PASSPHRASE_PASSES_MIN).unwrap();
        let right = Ok(Verdict::Right { rehash: Rehash::Needed });
        assert_eq!(Passphrases::new(Pepper::new(&root, 1), None, dearer).verify(&text, &old), right);
        let rotated = Passphrases::new(Pepper::new(&root, 2), Some(Pepper::new(&root, 1)), Cost::FLOOR);
        assert_eq!(rotated.verify(&text, &old), right);
        let forgotten = Passphrases::new(Pepper::new(&root, 2), None, Cost::FLOOR);
        assert_eq!(forgotten.verify(&text, &old), Err(VerifyError::UnknownPepper(1)));
    }

    #[test]
    fn a_verifier_that_is_weak_costly_or_foreign_is_not_believed() {
        let passphrases = passphrases(&RootKey::generate(&SystemEntropy));
        let good = passphrases.hash(&passphrase("correct horse battery"), &SystemEntropy).unwrap();
        let check = |from: &str, to: &str, error: VerifyError| {
            let changed = good.replacen(from, to, 1);
            assert_ne!(changed, good);
            assert_eq!(passphrases.verify(&passphrase("correct horse battery"), &changed), Err(error), "{changed}");
        };
        check("m=19456", "m=19455", VerifyError::TooCheap);
        check("t=2", "t=1", VerifyError::TooCheap);
        check("m=19456", "m=4194304", VerifyError::TooCostly);
        check("t=2", "t=4000000", VerifyError::TooCostly);
        check("argon2id", "argon2i", VerifyError::Malformed);
        check("argon2id", "pbkdf2-sha256", VerifyError::Malformed);
        check("v=19", "v=16", VerifyError::Malformed);
        check("p=1", "p=4", VerifyError::Malformed);
        check(",keyid=AQ", "", VerifyError::Malformed);
        check("keyid=AQ", "keyid=BQ", VerifyError::UnknownPepper(5));
        check("$argon2id", "", VerifyError::Malformed);
    }

    #[test]
    fn nobody_s_passphrase_is_wrong() {
        let passphrases = passphrases(&RootKey::generate(&SystemEntropy));
        assert_eq!(passphrases.verify_nobody(&passphrase("correct horse battery")), Ok(Verdict::Wrong));
    }

    #[test]
    fn a_passphrase_has_bounds_and_is_not_printed() {
        assert_eq!(Passphrase::parse("").err(), Some(PassphraseError::Empty));
        assert!(Passphrase::parse(&"a".repeat(limits::PASSPHRASE_BYTES_MAX)).is_ok());
        assert_eq!(Passphrase::parse(&"a".repeat(limits::PASSPHRASE_BYTES_MAX + 1)).err(), Some(PassphraseError::TooLong));
        assert_eq!(format!("{:?}", passphrase("correct horse battery")), "Passphrase(..)");
    }

    #[test]
    fn a_cost_lies_between_floor_and_ceiling() {
        assert_eq!(Cost::new(limits::PASSPHRASE_MEMORY_KIB_MIN - 1, 3), None);
        assert_eq!(Cost::new(limits::PASSPHRASE_MEMORY_KIB, 1), None);
        assert_eq!(Cost::new(limits::PASSPHRASE_MEMORY_KIB_MAX + 1, 3), None);
        assert_eq!(Cost::new(limits::PASSPHRASE_MEMORY_KIB, limits::PASSPHRASE_PASSES), Some(Cost::STANDARD));
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic_nor_outgrow_its_room(text in any::<String>()) {
            if let Ok(passphrase) = Passphrase::parse(&text) {
                prop_assert!(passphrase.0.capacity() <= 3 * text.len());
            }
        }

        #[test]
        fn no_verifier_makes_parsing_panic(text in any::<String>(), m in any::<u32>(), t in any::<u32>(), rest in "[ -~]{0,90}") {
            let _ = Stored::parse(&text);
            let _ = Stored::parse(&format!("$argon2id$v=19$m={m},t={t},p=1,keyid=AQ${rest}"));
            let _ = Stored::parse(&format!("$argon2id$v=19${rest}"));
        }
    }
}

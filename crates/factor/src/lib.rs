//! What proves that a person is who they say: passphrases, one-time codes, recovery codes and passkeys; and how often a
//! proof, or a key, may be tried.
//!
//! Always holds: it is pure. Time, randomness and what was stored are arguments, what has to be stored is a result, which
//! the caller seals. What a person knows or holds is wiped, printed by no `Debug`, and compared in constant time.
//! Has no catalog and no protocol, and decides no policy: which factors an account needs is not asked here.

mod crockford;
mod device;
mod failed_keys;
mod passkey;
mod passphrase;
mod recovery;
mod strength;
mod throttle;
mod totp;

pub use crockford::Crockford;
pub use device::{KnownDevice, PlainDeviceToken};
pub use failed_keys::{FailedKeys, Wait};
pub use passkey::{
    Answer, AnswerError, Asked, Assertion, Passkey, PasskeyError, PasskeyOwner, Passkeys, Registration, RelyingParty,
    RelyingPartyError, SignIn,
};
pub use passphrase::{Cost, HashError, Passphrase, PassphraseError, Passphrases, Rehash, Verdict, VerifyError};
pub use recovery::RecoveryCode;
pub use strength::{Weak, Why, check_strength};
pub use throttle::{Account, Attempt, Decision, Throttle, Ticket, Told};
pub use totp::TotpSecret;

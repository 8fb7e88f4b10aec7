//! Bounds of ways to sign in, and of guesses at them.

use super::{KIB, MIB};

// --- factors ---

/// Bytes of a passphrase as it is typed, and characters that one needs. More, or fewer: refused.
pub const PASSPHRASE_BYTES_MAX: usize = 1_024;
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Characters of a passphrase, and of each hint of what its owner is called, that its strength is judged by. The work grows
/// with their square: half a second for the worst text of as many.
pub const PASSPHRASE_JUDGED_CHARS: usize = 64;
/// Memory of one Argon2id in KiB, and its passes; and what a stored verifier must and may demand: outside of it, refused.
pub const PASSPHRASE_MEMORY_KIB: u32 = 64 << 10;
pub const PASSPHRASE_MEMORY_KIB_MIN: u32 = 19 << 10;
pub const PASSPHRASE_MEMORY_KIB_MAX: u32 = 256 << 10;
pub const PASSPHRASE_PASSES: u32 = 3;
pub const PASSPHRASE_PASSES_MIN: u32 = 2;
pub const PASSPHRASE_PASSES_MAX: u32 = 10;
/// Bytes of a stored verifier. Longer: refused.
pub const PASSPHRASE_VERIFIER_BYTES_MAX: usize = 256;
/// Recovery codes that are made together, and bytes that are looked at of a code that people type.
pub const RECOVERY_CODES: usize = 10;
pub const TYPED_CODE_BYTES_MAX: usize = 64;
/// Days for which a browser that signed in is known.
pub const KNOWN_DEVICE_DAYS: i64 = 180;
/// Bytes of a browser's answer with a passkey, and of a passkey's id (WebAuthn, 4 and 5.1). More: refused.
pub const PASSKEY_ANSWER_BYTES_MAX: usize = 64 << 10;
pub const PASSKEY_ID_BYTES_MAX: usize = 1_023;
/// Bytes of a statement that a passkey signs. More: refused.
pub const STATEMENT_BYTES_MAX: usize = 1 << 20;

// --- guesses ---
//
// Of each kind of bucket: wrong tries until the next one waits, the longest wait, and the time in which one is forgotten.
// The waits double from one second. A try that was told to wait is not looked at, and does not count.

/// One network at one account, where the network is not known to it; and one that is, or one known device.
pub const GUESSES_PAIR_FREE: u32 = 5;
pub const GUESSES_PAIR_WAIT_SECONDS_MAX: u32 = 900;
pub const GUESSES_PAIR_FORGET_MILLIS: i64 = 900_000;
/// One account, by networks and devices that it does not know.
pub const GUESSES_ACCOUNT_FREE: u32 = 20;
pub const GUESSES_ACCOUNT_WAIT_SECONDS_MAX: u32 = 300;
pub const GUESSES_ACCOUNT_FORGET_MILLIS: i64 = 300_000;
/// One network (IPv4 /24, IPv6 /48) at all accounts.
pub const GUESSES_NETWORK_FREE: u32 = 50;
pub const GUESSES_NETWORK_WAIT_SECONDS_MAX: u32 = 60;
pub const GUESSES_NETWORK_FORGET_MILLIS: i64 = 30_000;
/// All networks at all accounts, on the node.
pub const GUESSES_NODE_FREE: u32 = 1_000;
pub const GUESSES_NODE_WAIT_SECONDS_MAX: u32 = 10;
pub const GUESSES_NODE_FORGET_MILLIS: i64 = 100;
/// Wrong tries by one of them at an account that its owner is told of, and seconds until they are told again.
pub const GUESSES_TOLD: u32 = 10;
pub const GUESSES_TOLD_SECONDS: i64 = 3_600;
/// Buckets of each kind. More: the one that would be forgotten first is forgotten.
pub const GUESSES_KEPT_MAX: usize = 16_384;
/// Days for which a network is known to an account that signed in from it, and such networks of an account and on the node.
pub const KNOWN_NETWORK_DAYS: i64 = 30;
pub const KNOWN_NETWORKS_PER_ACCOUNT_MAX: usize = 8;
pub const KNOWN_NETWORKS_MAX: usize = 65_536;

// --- the root key ---

/// Minutes after the first setup for which its session is offered the root key's recovery kit, once.
pub const RECOVERY_KIT_MINUTES: i64 = 60;
/// Days after which a proof of recovery is old.
pub const RECOVERY_PROOF_DAYS: i64 = 100;
/// Bytes of a kit's words as they are typed, with their numbers. More: refused.
pub const RECOVERY_WORDS_BYTES_MAX: usize = 4 * KIB;

// --- single sign-on ---

/// Bytes of a provider's answer, and seconds for a connection to it and for one request. More: the sign-in fails.
pub const SSO_ANSWER_BYTES_MAX: usize = MIB;
pub const SSO_CONNECT_SECONDS_MAX: u64 = 5;
pub const SSO_REQUEST_SECONDS_MAX: u64 = 10;
/// Minutes for which a sign-in waits for its browser, and bytes of the query that it comes back with. More: refused.
pub const SSO_PENDING_MINUTES: i64 = 10;
pub const SSO_CALLBACK_BYTES_MAX: usize = 8 * KIB;
/// Bytes of a token of a sign-in, or of a logout. More: refused.
pub const SSO_TOKEN_BYTES_MAX: usize = 64 * KIB;
/// Seconds by which a provider's clock may differ.
pub const SSO_SKEW_SECONDS: i64 = 60;
/// Seconds that a provider's keys are used, and until an unknown key makes them be fetched again; keys of one provider. More:
/// the rest is left out.
pub const SSO_KEYS_SECONDS_MAX: i64 = 300;
pub const SSO_KEYS_REFETCH_SECONDS: i64 = 10;
pub const SSO_KEYS_MAX: usize = 100;
/// Bytes of a subject (OpenID Connect Core, 2). More: refused.
pub const SSO_SUBJECT_BYTES_MAX: usize = 255;
/// Groups of one person, and bytes of one, and of a name or an address. More: left out.
pub const SSO_GROUPS_MAX: usize = 1_000;
pub const SSO_TEXT_BYTES_MAX: usize = 1_024;
/// Seconds that a discovered provider is used, and that one which failed is not asked. Providers that are kept; more: the one
/// used longest ago is forgotten.
pub const SSO_DISCOVERY_SECONDS_MAX: i64 = 3_600;
pub const SSO_FAILURE_SECONDS: i64 = 10;
pub const SSO_PROVIDERS_KEPT_MAX: usize = 1_024;

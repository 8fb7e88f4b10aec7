//! Bounds of what is kept of refusals, and of keys that do not count.

// --- refusals at a source's door ---

/// Sources whose refusals are kept at once. One more: the one that nobody has looked at for longest is forgotten.
pub const REFUSALS_SOURCES_MAX: usize = 256;
/// Refusals kept of one source. More: the oldest is only counted.
pub const REFUSALS_KEPT_MAX: usize = 20;
/// Seconds after the last look until they are forgotten.
pub const REFUSALS_SECONDS: i64 = 600;

/// Connections kept that ended before TLS was there, of all ports. More: the oldest is forgotten.
pub const TURNED_AWAY_KEPT_MAX: usize = 256;

// --- keys that do not count ---

/// Keys that do not count, from one address within so many seconds. More at a receiver: 429 `too_many_failed_keys`.
pub const FAILED_KEYS_PER_ADDRESS_MAX: u32 = 60;
pub const FAILED_KEYS_SECONDS: i64 = 60;
/// Addresses that they are counted for. More: the one that would be forgotten first is forgotten.
pub const FAILED_KEYS_ADDRESSES_MAX: usize = 16_384;

//! How many keys of one address did not count of late, so that whoever goes on with them can be told to wait.
//!
//! Always holds: nothing but keys that do not count is counted and told to wait, so nobody keeps a good key behind the same
//! address waiting; the memory is bounded, and what is forgotten for room is what would have been forgotten first.
//! A key cannot be guessed: this is for programs that hammer on.

use std::fmt;
use std::net::IpAddr;

use model::{AddressKey, Timestamp, limits};

use crate::throttle::Ending;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Keys that did not count, on this node.
pub struct FailedKeys {
    /// Of one address since the first of them; they end together.
    of_late: Ending<AddressKey, u32>,
    failed: u64,
    told_to_wait: u64,
}

/// What an address with too many of them is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub seconds: u32,
    /// Whether it is told for the first time within the minute.
    pub is_first: bool,
}

// === impl FailedKeys ===

impl FailedKeys {
    #[must_use]
    pub fn new() -> Self {
        Self { of_late: Ending::new(limits::FAILED_KEYS_ADDRESSES_MAX), failed: 0, told_to_wait: 0 }
    }

    /// Counts one; says how long to wait, where the address had too many before it.
    pub fn count(&mut self, address: IpAddr, now: Timestamp) -> Option<Wait> {
        self.failed += 1;
        let key = AddressKey::of(address);
        let longest = now.plus_seconds(limits::FAILED_KEYS_SECONDS);
        // A clock that went back makes nobody wait longer.
        let known = self.of_late.get(&key, now).filter(|(end, _)| *end <= longest);
        let (end, before) = known.unwrap_or((longest, 0));
        if before <= limits::FAILED_KEYS_PER_ADDRESS_MAX {
            self.of_late.put(key, end, before + 1);
        }
        if before < limits::FAILED_KEYS_PER_ADDRESS_MAX {
            return None;
        }
        self.told_to_wait += 1;
        let nanos = end.nanos().saturating_sub(now.nanos());
        let seconds = nanos / NANOS_PER_SECOND + i64::from(nanos % NANOS_PER_SECOND != 0);
        let is_first = before == limits::FAILED_KEYS_PER_ADDRESS_MAX;
        Some(Wait { seconds: u32::try_from(seconds).unwrap_or(u32::MAX), is_first })
    }

    /// Since the start: all, and those of them that were told to wait.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.failed, self.told_to_wait)
    }
}

impl Default for FailedKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FailedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FailedKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u32 = limits::FAILED_KEYS_PER_ADDRESS_MAX;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus_seconds(1_000 + seconds)
    }

    fn count(keys: &mut FailedKeys, address: &str, seconds: i64) -> Option<Wait> {
        keys.count(address.parse().unwrap(), at(seconds))
    }

    #[test]
    fn an_address_with_too_many_waits_for_the_rest_of_the_minute() {
        let mut keys = FailedKeys::new();
        for _ in 0..MAX {
            assert_eq!(count(&mut keys, "192.0.2.1", 0), None);
        }
        assert_eq!(count(&mut keys, "192.0.2.1", 20), Some(Wait { seconds: 40, is_first: true }));
        assert_eq!(count(&mut keys, "::ffff:192.0.2.1", 59), Some(Wait { seconds: 1, is_first: false }));
        assert_eq!(count(&mut keys, "192.0.2.2", 59), None, "another address");
        assert_eq!(count(&mut keys, "192.0.2.1", 60), None, "a minute later");
        assert_eq!(keys.counts(), (u64::from(MAX) + 4, 2));
    }

    #[test]
    fn half_an_ipv6_address_is_one() {
        let mut keys = FailedKeys::new();
        for host in 0..MAX {
            assert_eq!(count(&mut keys, &format!("2001:db8::{host:x}"), 0), None);
        }
        assert!(count(&mut keys, "2001:db8::ffff:1", 0).is_some());
        assert_eq!(count(&mut keys, "2001:db8:0:1::1", 0), None);
    }

    #[test]
    fn a_clock_that_went_back_makes_nobody_wait() {
        let mut keys = FailedKeys::new();
        for _ in 0..=MAX {
            count(&mut keys, "192.0.2.1", 0);
        }
        assert_eq!(count(&mut keys, "192.0.2.1", -600), None);
    }

    #[test]
    fn addresses_are_forgotten_for_room() {
        let mut keys = FailedKeys::new();
        for number in 0..=limits::FAILED_KEYS_ADDRESSES_MAX as u32 {
            let address = IpAddr::from((0x0A00_0000 + number).to_be_bytes());
            keys.count(address, at(i64::from(number) / 1_000));
        }
        assert_eq!(keys.of_late.len(), limits::FAILED_KEYS_ADDRESSES_MAX);
    }
}

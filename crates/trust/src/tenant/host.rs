//! Names of hosts that tenants have looked at.
//!
//! Always holds: a host is a name of at least two labels and never an address. Which addresses a name may lead to is up to
//! whoever connects.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Names that mean something to one network only, or nothing (RFC 6761, 6762, 7686, 8375, 9476).
const NOT_PUBLIC: [&str; 12] =
    ["alt", "arpa", "corp", "example", "home", "internal", "invalid", "lan", "local", "localhost", "onion", "test"];

/// A DNS name in lower case, without the dot at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// Which hosts may be looked at: those of the Internet, and these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Of the operator's networks.
    pub private: BTreeSet<Host>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    #[error("a host is a name such as app.example.com, without scheme, port and path")]
    Name,
    #[error("this name is not one of the Internet's")]
    NotPublic,
}

// === impl Host ===

impl Host {
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let is_label = |label: &str| {
            (1..=LABEL_BYTES_MAX).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let (front, last) = text.rsplit_once('.').ok_or(HostError::Name)?;
        // Whatever ends in a number is read as an address by some.
        let is_name = last.bytes().any(|b| b.is_ascii_lowercase()) && !last.starts_with("0x");
        if text.len() > NAME_BYTES_MAX || !is_name || !front.split('.').chain([last]).all(is_label) {
            return Err(HostError::Name);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn within(&self, reach: &Reach) -> Result<(), HostError> {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        if NOT_PUBLIC.contains(&last) && !reach.private.contains(self) { Err(HostError::NotPublic) } else { Ok(()) }
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        Self::parse(&text)
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_never_an_address() {
        for text in ["app.acme.com", "a.b.c.acme.co", "xn--bcher-kva.ch", "1.acme.com"] {
            assert!(Host::parse(text).is_ok(), "{text}");
        }
        let long = format!("{}.com", "a".repeat(64));
        for text in
            ["", "acme", "acme.", ".com", "a..com", "10.0.0.1", "[::1]", "0x7f.0x1", "acme.com:443", "https://acme.com", &long]
        {
            assert_eq!(Host::parse(text), Err(HostError::Name), "{text}");
        }
        assert!(Host::parse("ACME.com").is_err() && Host::parse("-a.com").is_err() && Host::parse("a_b.com").is_err());
    }

    #[test]
    fn names_of_one_network_need_the_operators_word() {
        let named = |name| Reach { private: BTreeSet::from([Host::parse(name).unwrap()]) };
        let host = Host::parse("db.internal").unwrap();
        assert_eq!(
            (host.within(&Reach::default()), host.within(&named("web.internal"))),
            (Err(HostError::NotPublic), Err(HostError::NotPublic))
        );
        assert_eq!(host.within(&named("db.internal")), Ok(()));
        assert_eq!(Host::parse("acme.com").unwrap().within(&Reach::default()), Ok(()));
    }
}

//! Where an address lies: on the Internet, in a network that is not its, or nowhere; and which addresses are counted as one.
//!
//! Always holds: an address inside another (mapped, translated) is judged by the inner one; what is in no list of public
//! addresses is not public. Link-local and multicast addresses, and those without a meaning, are neither public nor private.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressPlace {
    Public,
    /// This machine, or a network that is not the Internet's.
    Private,
    Nowhere,
}

/// An IPv4 address, or the upper half of an IPv6 address: who has one of its addresses has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressKey {
    V4([u8; 4]),
    V6([u16; 4]),
}

// === impl AddressKey ===

impl AddressKey {
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

// === impl AddressPlace ===

impl AddressPlace {
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => place_v4(address),
            IpAddr::V6(address) => place_v6(address),
        }
    }
}

/// By the IANA registry of special-purpose addresses (RFC 6890).
fn place_v4(address: Ipv4Addr) -> AddressPlace {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => AddressPlace::Private,
        (0 | 224.., ..) | (169, 254, _) => AddressPlace::Nowhere,
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => AddressPlace::Nowhere,
        _ => AddressPlace::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> AddressPlace {
    let segments = address.segments();
    let [a, b, c, d, e, f, high, low] = segments;
    let inner = || place_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b) {
        // Mapped (RFC 4291), and translated to IPv4 (RFC 6052).
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xFFFF) => inner(),
        (0x64, 0xFF9B) if (c, d, e, f) == (0, 0, 0, 0) => inner(),
        (0, 0) if segments == [0, 0, 0, 0, 0, 0, 0, 1] => AddressPlace::Private,
        (0xFC00..=0xFDFF, _) => AddressPlace::Private,
        // Protocol assignments with Teredo, documentation, 6to4: within the public ones, and not public.
        (0x2001, 0..=0x1FF | 0xDB8) | (0x2002, _) | (0x3FFF, 0..=0xFFF) => AddressPlace::Nowhere,
        (0x2000..=0x3FFF, _) => AddressPlace::Public,
        _ => AddressPlace::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: AddressPlace, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(AddressPlace::of(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn public_addresses_are_the_internets() {
        check(AddressPlace::Public, &["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "192.0.1.1", "223.255.255.255"]);
        check(AddressPlace::Public, &["2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]);
    }

    #[test]
    fn private_addresses_are_not_public_however_they_are_written() {
        check(
            AddressPlace::Private,
            &["127.0.0.1", "127.255.0.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"],
        );
        check(
            AddressPlace::Private,
            &["::1", "fd00:ec2::254", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::192.168.0.1"],
        );
    }

    #[test]
    fn the_rest_is_nowhere() {
        check(AddressPlace::Nowhere, &["0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1"]);
        check(
            AddressPlace::Nowhere,
            &["::", "fe80::1", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::127.0.0.1"],
        );
        check(AddressPlace::Nowhere, &["2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "64:ff9b:1::1", "fec0::1"]);
    }
}

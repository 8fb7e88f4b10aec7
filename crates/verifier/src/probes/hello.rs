//! Whether the server still speaks TLS that nobody should: a hello of each old version, as bytes, and what comes back.
//!
//! The libraries that a reader has refuse to say such a hello, so it is written out here. A handshake is never completed:
//! nothing is encrypted, and the random of a hello may be constant.

use std::io::{Read, Write};

use rustls::pki_types::ServerName;

use super::Saw;
use crate::site::Site;

const RECORD_ALERT: u8 = 21;
const RECORD_HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HEADER_BYTES: usize = 5;

/// Those of RFC 5246 and RFC 4492 with CBC, which every old version has.
const OLD_SUITES: [u16; 7] = [0xc013, 0xc014, 0xc009, 0xc00a, 0x002f, 0x0035, 0x000a];
/// Those of TLS 1.2 that are still fit for use, and the ones that come with it.
const TLS12_SUITES: [u16; 12] = [0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0x009c, 0x009d, 0xc027, 0xc023, 0x002f, 0x0035];
/// No encryption, no authentication, export keys, RC4, DES and triple DES.
const BROKEN_SUITES: [u16; 14] =
    [0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0x0003, 0x0008, 0x0004, 0x0005, 0x0009, 0x000a, 0xc012, 0xc008, 0xc018];

/// The oldest version that the page says is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Floor {
    Tls12,
    Tls13,
}

#[derive(Debug, PartialEq, Eq)]
enum Reply {
    Refused,
    Accepted,
    Silent(String),
}

struct Old {
    name: &'static str,
    version: u16,
    suites: &'static [u16],
    /// Whether the floor allows it.
    allowed: bool,
}

pub(crate) fn probe(site: &Site<'_>, floor: Floor) -> Vec<Saw> {
    let old = |name, version| Old { name, version, suites: &OLD_SUITES, allowed: false };
    let tls12 = Old { name: "TLS 1.2", version: 0x0303, suites: &TLS12_SUITES, allowed: floor == Floor::Tls12 };
    let broken = Old { name: "TLS 1.2 with broken ciphers", version: 0x0303, suites: &BROKEN_SUITES, allowed: false };
    let offers = [old("TLS 1.0", 0x0301), old("TLS 1.1", 0x0302), tls12, broken];
    let name = site.address.server_name();
    offers.iter().map(|offer| offer.judge(&ask(site, &hello(offer, name.as_ref())))).collect()
}

/// Whether versions below 1.2 are refused.
pub(super) fn probe_old(site: &Site<'_>) -> Vec<Saw> {
    let name = site.address.server_name();
    let old = [("TLS 1.0", 0x0301), ("TLS 1.1", 0x0302)];
    let old = old.map(|(name, version)| Old { name, version, suites: &OLD_SUITES, allowed: false });
    old.iter().map(|offer| offer.judge(&ask(site, &hello(offer, name.as_ref())))).collect()
}

// === impl Old ===

impl Old {
    fn judge(&self, reply: &Reply) -> Saw {
        match reply {
            Reply::Refused => Saw::AsSaid(format!("{} refused", self.name)),
            Reply::Accepted if self.allowed => Saw::AsSaid(format!("{} accepted, as said", self.name)),
            Reply::Accepted => Saw::Otherwise(format!("{} was accepted", self.name)),
            Reply::Silent(why) => Saw::Nothing(format!("{}: {why}", self.name)),
        }
    }
}

fn ask(site: &Site<'_>, hello: &[u8]) -> Reply {
    let Ok(mut socket) = site.socket() else { return Reply::Silent("no connection".to_owned()) };
    // One that hangs up before it has read everything refuses too.
    if socket.write_all(hello).is_err() {
        return Reply::Refused;
    }
    let mut start = [0; HEADER_BYTES + 1];
    match socket.read_exact(&mut start) {
        Ok(()) if start[0] == RECORD_HANDSHAKE && start[HEADER_BYTES] == SERVER_HELLO => Reply::Accepted,
        Ok(()) if start[0] == RECORD_ALERT => Reply::Refused,
        Ok(()) => Reply::Silent("an answer that is no TLS".to_owned()),
        Err(error) if is_timeout(&error) => Reply::Silent("no answer in time".to_owned()),
        Err(_) => Reply::Refused,
    }
}

pub(super) fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

/// A record with a ClientHello (RFC 5246, 7.4.1.2).
fn hello(old: &Old, name: Option<&ServerName<'_>>) -> Vec<u8> {
    let mut body = old.version.to_be_bytes().to_vec();
    body.extend([0x5a; 32]);
    body.push(0);
    let suites: Vec<u8> = old.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    body.extend(sized(&suites));
    body.extend([1, 0]);
    body.extend(sized(&extensions(name)));
    let mut handshake = vec![CLIENT_HELLO, 0];
    handshake.extend(sized(&body));
    let mut record = vec![RECORD_HANDSHAKE, 3, 1];
    record.extend(sized(&handshake));
    record
}

fn extensions(name: Option<&ServerName<'_>>) -> Vec<u8> {
    let mut extensions = Vec::new();
    let mut add = |kind: u16, content: &[u8]| {
        extensions.extend(kind.to_be_bytes());
        extensions.extend(sized(content));
    };
    if let Some(ServerName::DnsName(name)) = name {
        add(0, &sized(&[&[0], sized(name.as_ref().as_bytes()).as_slice()].concat()));
    }
    // X25519, P-256, P-384; uncompressed points.
    add(10, &sized(&[0, 0x1d, 0, 0x17, 0, 0x18]));
    add(11, &[1, 0]);
    // ECDSA, RSA-PSS, RSA and Ed25519 with SHA-2, then the two with SHA-1.
    add(13, &sized(&[4, 3, 5, 3, 8, 4, 8, 5, 4, 1, 5, 1, 8, 7, 2, 1, 2, 3]));
    // Extended master secret, which careful servers of TLS 1.2 demand; renegotiation info.
    add(23, &[]);
    add(0xff01, &[0]);
    extensions
}

/// Behind its length in two bytes.
fn sized(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().as_slice(), content].concat()
}

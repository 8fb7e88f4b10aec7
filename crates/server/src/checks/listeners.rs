//! `guard.listeners-known`: the kernel's table of this process's sockets against the list of its TLS listeners.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use guard::twin::{self, Beside};
use model::{Check, Observation, Timestamp, Vantage};

/// State of a TCP socket that listens, and of a UDP socket without a peer, in `/proc/net` (proc_pid_net(5)).
const LISTENS: &str = "0A";
const UNCONNECTED: &str = "07";
/// Flag of a Unix socket that accepts (`__SO_ACCEPTCON`).
const ACCEPTS: u32 = 0x1_0000;

pub(super) struct ListenersKnown {
    inventory: Vec<SocketAddr>,
}

/// What this process takes connections or packets on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Open {
    tcp: BTreeSet<SocketAddr>,
    /// Of UDP and Unix sockets, which nothing here needs.
    others: Vec<String>,
}

// === impl ListenersKnown ===

impl ListenersKnown {
    pub(super) fn new(inventory: Vec<SocketAddr>) -> Self {
        Self { inventory }
    }
}

impl Check for ListenersKnown {
    fn id(&self) -> &'static str {
        "guard.listeners-known"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, _now: Timestamp) -> Observation {
        let _no_twin = twin::none_listens();
        judge(&self.inventory)
    }

    fn look_at_twin(&self, _now: Timestamp) -> Observation {
        match Beside::start(drop) {
            Ok(_beside) => judge(&self.inventory),
            Err(error) => Observation::not_run("no listener could be opened beside the known ones").detail(error.to_string()),
        }
    }
}

fn judge(inventory: &[SocketAddr]) -> Observation {
    let open = match Open::read() {
        Ok(open) => open,
        Err(error) => {
            return Observation::not_run("the kernel's table of sockets cannot be read here").detail(error.to_string());
        }
    };
    let known = open.tcp.iter().filter(|address| inventory.contains(address)).count() as u64;
    let unknown = open.tcp.iter().filter(|address| !inventory.contains(address)).map(|address| format!("TCP {address}"));
    let missing = inventory.iter().filter(|address| !open.tcp.contains(address)).map(|address| format!("not open: {address}"));
    let details: Vec<String> = unknown.chain(missing).chain(open.others.iter().cloned()).collect();
    let whole = (open.tcp.len() + open.others.len()) as u64;
    let seen = Observation::all("open sockets are listeners that speak TLS only", known, whole);
    // A listener that is gone is no hole, but the inventory is not what it says.
    let seen = if details.is_empty() { seen } else { Observation { verdict: model::Verdict::Broken, ..seen } };
    seen.with_details(details)
}

// === impl Open ===

impl Open {
    fn read() -> io::Result<Self> {
        let own = own_sockets()?;
        let mut open = Self::default();
        for table in ["tcp", "tcp6"] {
            open.tcp.extend(rows(table)?.iter().filter_map(|row| socket(row, LISTENS, &own)));
        }
        for table in ["udp", "udp6"] {
            let bound = rows(table)?;
            open.others
                .extend(bound.iter().filter_map(|row| socket(row, UNCONNECTED, &own)).map(|address| format!("UDP {address}")));
        }
        open.others.extend(rows("unix")?.iter().filter(|row| accepts(row, &own)).map(|_| "a Unix socket".to_owned()));
        Ok(open)
    }
}

/// Inodes of the sockets that this process holds.
fn own_sockets() -> io::Result<BTreeSet<u64>> {
    let mut own = BTreeSet::new();
    for file in fs::read_dir("/proc/self/fd")? {
        // A file may be closed between the listing and the look.
        let Ok(target) = fs::read_link(file?.path()) else { continue };
        let inode: Option<u64> = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        own.extend(inode);
    }
    Ok(own)
}

/// The rows of a table, each as its words. A kind of socket that the kernel does not know has no table.
fn rows(table: &str) -> io::Result<Vec<Vec<String>>> {
    let text = match fs::read_to_string(format!("/proc/self/net/{table}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && table != "tcp" => return Ok(Vec::new()),
        read => read?,
    };
    Ok(text.lines().skip(1).map(|line| line.split_whitespace().map(str::to_owned).collect()).collect())
}

/// The local address of a row, if the socket is ours and in this state.
fn socket(row: &[String], state: &str, own: &BTreeSet<u64>) -> Option<SocketAddr> {
    let inode: u64 = row.get(9)?.parse().ok()?;
    (row.get(3)? == state && own.contains(&inode)).then(|| address(row.get(1)?)).flatten()
}

fn accepts(row: &[String], own: &BTreeSet<u64>) -> bool {
    let flags = row.get(3).and_then(|text| u32::from_str_radix(text, 16).ok()).unwrap_or_default();
    let inode = row.get(6).and_then(|text| text.parse().ok()).unwrap_or_default();
    flags & ACCEPTS != 0 && own.contains(&inode)
}

/// `0100007F:20FB`: words of an address in the machine's order of bytes, and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Vec<u32> =
        (0..ip.len() / 8).map(|i| u32::from_str_radix(ip.get(i * 8..i * 8 + 8)?, 16).ok()).collect::<Option<_>>()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let ip = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use model::Verdict;

    use super::*;

    #[test]
    fn a_listener_that_is_not_in_the_inventory_is_found() {
        let beside = Beside::start(drop).unwrap();
        let seen = judge(&[]);
        assert_eq!(seen.verdict, Verdict::Broken);
        assert!(seen.details.contains(&format!("TCP {}", beside.address)), "{seen:?}");
        let seen = judge(&[beside.address]);
        assert!(!seen.details.iter().any(|detail| detail.contains(&beside.address.to_string())), "{seen:?}");
    }

    #[test]
    fn a_listener_that_is_gone_is_told() {
        let gone = Beside::start(drop).unwrap().address;
        let _none = twin::none_listens();
        assert!(judge(&[gone]).details.contains(&format!("not open: {gone}")));
    }
}

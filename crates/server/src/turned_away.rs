//! Connections that ended before TLS was there, for whoever set up a client and sees nothing of it arrive.
//!
//! Always holds: they are in memory alone, bounded, and forgotten some minutes later; one of an address and a reason is kept
//! once, with how often it came. What the server's own checks try is not among them, and is counted apart. They belong to no
//! source and to no tenant, so who may see one is decided where it is shown.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use guard::{Reason, TurnedAway};
use model::{Timestamp, limits};
use parking_lot::Mutex;

#[derive(Default)]
pub(crate) struct Attempts(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The newest first.
    attempts: VecDeque<Attempt>,
    /// Where the server's own checks connect from.
    of_checks: VecDeque<SocketAddr>,
    /// What became of those at the port for HTTPS, since the start.
    of_checks_ended: OfChecks,
}

/// Connections of the server's own checks, by how they were turned away.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OfChecks {
    pub(crate) plain_http: u64,
    pub(crate) incompatible: u64,
    pub(crate) failed: u64,
}

#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    pub(crate) address: IpAddr,
    pub(crate) reason: Reason,
    pub(crate) port: Port,
    pub(crate) times: u64,
}

/// What is spoken on the port behind TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Https,
    Syslog,
    Forward,
}

// === impl Attempts ===

impl Attempts {
    pub(crate) fn note(&self, port: Port, one: TurnedAway, now: Timestamp) {
        let mut kept = self.0.lock();
        if let Some(at) = kept.of_checks.iter().position(|from| *from == one.peer) {
            kept.of_checks.remove(at);
            if port == Port::Https {
                kept.of_checks_ended.count(one.reason);
            }
            return;
        }
        kept.forget(now);
        let (address, reason) = (one.peer.ip(), one.reason);
        let like = |known: &Attempt| (known.address, known.reason, known.port) == (address, reason, port);
        let before = kept.attempts.iter().position(like).and_then(|at| kept.attempts.remove(at));
        let times = 1 + before.map_or(0, |known| known.times);
        kept.attempts.push_front(Attempt { at: now, address, reason, port, times });
        kept.attempts.truncate(limits::TURNED_AWAY_KEPT_MAX);
    }

    /// A connection of a check's that comes from here is not to be kept.
    pub(crate) fn expect(&self, from: SocketAddr) {
        let mut kept = self.0.lock();
        kept.of_checks.push_front(from);
        kept.of_checks.truncate(limits::TURNED_AWAY_KEPT_MAX);
    }

    pub(crate) fn of_checks(&self) -> OfChecks {
        self.0.lock().of_checks_ended
    }

    /// The newest first.
    pub(crate) fn all(&self, now: Timestamp) -> Vec<Attempt> {
        let mut kept = self.0.lock();
        kept.forget(now);
        kept.attempts.iter().cloned().collect()
    }
}

// === impl OfChecks ===

impl OfChecks {
    fn count(&mut self, reason: Reason) {
        let of_reason = match reason {
            Reason::PlainHttp => &mut self.plain_http,
            Reason::Incompatible => &mut self.incompatible,
            Reason::NotTls | Reason::Distrusted(_) | Reason::GaveUp(_) | Reason::Broken => &mut self.failed,
        };
        *of_reason += 1;
    }
}

// === impl Kept ===

impl Kept {
    fn forget(&mut self, now: Timestamp) {
        self.attempts.retain(|one| now.seconds_since(one.at) <= limits::REFUSALS_SECONDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(attempts: &Attempts, from: &str, reason: Reason, seconds: i64) {
        let now = Timestamp::from_nanos(0).plus_seconds(seconds);
        attempts.note(Port::Https, TurnedAway { peer: from.parse().unwrap(), reason }, now);
    }

    fn shown(attempts: &Attempts, seconds: i64) -> Vec<(String, u64)> {
        let all = attempts.all(Timestamp::from_nanos(0).plus_seconds(seconds));
        all.iter().map(|one| (one.address.to_string(), one.times)).collect()
    }

    #[test]
    fn like_ones_are_kept_once_and_all_are_forgotten() {
        let attempts = Attempts::default();
        note(&attempts, "192.0.2.1:1", Reason::PlainHttp, 0);
        note(&attempts, "192.0.2.2:1", Reason::PlainHttp, 1);
        note(&attempts, "192.0.2.1:2", Reason::PlainHttp, 2);
        note(&attempts, "192.0.2.1:3", Reason::NotTls, 2);
        let [first, second] = ["192.0.2.1", "192.0.2.2"].map(str::to_owned);
        assert_eq!(shown(&attempts, 3), [(first.clone(), 1), (first, 2), (second, 1)]);
        assert_eq!(shown(&attempts, limits::REFUSALS_SECONDS + 3), []);
    }

    #[test]
    fn as_many_are_kept_as_there_is_room_for() {
        let attempts = Attempts::default();
        for number in 0..=limits::TURNED_AWAY_KEPT_MAX as u32 {
            note(&attempts, &format!("{}:1", IpAddr::from((0x0A00_0000 + number).to_be_bytes())), Reason::Broken, 0);
        }
        let all = shown(&attempts, 0);
        assert_eq!((all.len(), all[0].0.as_str()), (limits::TURNED_AWAY_KEPT_MAX, "10.0.1.0"));
    }

    #[test]
    fn what_checks_try_is_not_kept() {
        let attempts = Attempts::default();
        attempts.expect("127.0.0.1:7".parse().unwrap());
        note(&attempts, "127.0.0.1:7", Reason::PlainHttp, 0);
        assert_eq!(shown(&attempts, 0), []);
        note(&attempts, "127.0.0.1:7", Reason::PlainHttp, 0);
        assert_eq!(shown(&attempts, 0).len(), 1, "another one, later");
        assert_eq!(attempts.of_checks(), OfChecks { plain_http: 1, ..OfChecks::default() });
    }
}

//! How often a passphrase or a code may be tried: waits that grow, and no account that is locked.
//!
//! | who tries | counted under | so that |
//! |---|---|---|
//! | a known device | the device at the account | nobody else can make it wait |
//! | a network that the account lately signed in from | that network at the account; the network | the account's other strangers cannot make it wait |
//! | a stranger | the network at the account; the account; the network; the node | one network is stopped first, many are slowed |
//!
//! Every bucket forgets one wrong try after the other; the numbers are in `limits` (guesses). One network alone never
//! fills an account's bucket: its own waits grow faster than the account forgets. A try is counted before it is looked at,
//! and taken back if it was right, so that a thousand tries at once are not a thousand free ones.
//! Always holds: a try that has to wait was not counted, so that asking again costs nothing and wins nothing. The memory is
//! bounded, and what is forgotten for room is what would have been forgotten first: whoever wants a bucket of his emptied
//! has to fill all others of its kind higher, which the node's bucket does not let him do in time.
//! A passkey cannot be guessed and needs no leave from here: it is the way in for somebody whose account is hammered from
//! everywhere while their device and their network are new. Known networks and counts are lost when the process ends.

mod bucket;

use std::fmt;
use std::net::IpAddr;

use model::{Email, Timestamp, limits};
use seal::Pepper;

use crate::device::KnownDevice;
pub(crate) use bucket::Ending;
use bucket::{Buckets, Rule};

const WORD: &[u8] = b"account ";
const DAY_SECONDS: i64 = 24 * 3_600;

const PAIR: Rule = Rule {
    free: limits::GUESSES_PAIR_FREE,
    wait_seconds_max: limits::GUESSES_PAIR_WAIT_SECONDS_MAX,
    forget_millis: limits::GUESSES_PAIR_FORGET_MILLIS,
};
const ACCOUNT: Rule = Rule {
    free: limits::GUESSES_ACCOUNT_FREE,
    wait_seconds_max: limits::GUESSES_ACCOUNT_WAIT_SECONDS_MAX,
    forget_millis: limits::GUESSES_ACCOUNT_FORGET_MILLIS,
};
const NETWORK: Rule = Rule {
    free: limits::GUESSES_NETWORK_FREE,
    wait_seconds_max: limits::GUESSES_NETWORK_WAIT_SECONDS_MAX,
    forget_millis: limits::GUESSES_NETWORK_FORGET_MILLIS,
};
const NODE: Rule = Rule {
    free: limits::GUESSES_NODE_FREE,
    wait_seconds_max: limits::GUESSES_NODE_WAIT_SECONDS_MAX,
    forget_millis: limits::GUESSES_NODE_FORGET_MILLIS,
};

/// An account by the digest of its address, whether or not there is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account([u8; 32]);

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    account: Account,
    network: Network,
    device: Option<[u8; 16]>,
}

/// The addresses that one customer of a provider commonly has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    V4([u8; 3]),
    V6([u8; 6]),
}

#[derive(Debug)]
#[must_use]
pub enum Decision {
    /// Look at the proof, and say with the ticket how it went.
    Proceed(Ticket),
    /// Do not look at it.
    Wait { seconds: u32 },
}

/// One try under way. If it is dropped, the try counts as wrong.
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    attempt: Attempt,
    route: Route,
}

#[derive(Debug, Clone, Copy)]
enum Route {
    Device([u8; 16]),
    KnownNetwork,
    Stranger,
}

/// Whether the account's owner should be told now that somebody tries to get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Now,
    /// It is no attack, or they were told in the last hour.
    Not,
}

/// What was tried of late, on this node.
pub struct Throttle {
    devices: Buckets<(Account, [u8; 16])>,
    pairs: Buckets<(Account, Network)>,
    accounts: Buckets<Account>,
    networks: Buckets<Network>,
    node: Buckets<()>,
    /// From where an account lately signed in, until when that counts.
    known: Ending<(Account, Network), ()>,
    told: Ending<Account, ()>,
}

// === impl Account ===

impl Account {
    fn of(pepper: &Pepper, email: &Email) -> Self {
        Self(pepper.digest(&[WORD, email.as_str().as_bytes()].concat()))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(..)")
    }
}

// === impl Attempt ===

impl Attempt {
    /// A device that is known to another account is a stranger's.
    #[must_use]
    pub fn new(pepper: &Pepper, account: &Email, address: IpAddr, device: Option<&KnownDevice>) -> Self {
        let device = device.filter(|device| device.account == *account).map(|device| device.random);
        Self { account: Account::of(pepper, account), network: Network::of(address), device }
    }

    fn pair(&self) -> (Account, Network) {
        (self.account, self.network)
    }
}

// === impl Network ===

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, ..] = address.octets();
                Self::V6([a, b, c, d, e, f])
            }
        }
    }

    const FIRST: Self = Self::V4([0; 3]);
    const LAST: Self = Self::V6([0xFF; 6]);
}

// === impl Throttle ===

impl Throttle {
    #[must_use]
    pub fn new() -> Self {
        Self {
            devices: Buckets::new(PAIR),
            pairs: Buckets::new(PAIR),
            accounts: Buckets::new(ACCOUNT),
            networks: Buckets::new(NETWORK),
            node: Buckets::new(NODE),
            known: Ending::new(limits::KNOWN_NETWORKS_MAX),
            told: Ending::new(limits::GUESSES_KEPT_MAX),
        }
    }

    /// Whether this may be tried now.
    pub fn check(&mut self, attempt: &Attempt, now: Timestamp) -> Decision {
        let route = self.route(attempt, now);
        let pair = attempt.pair();
        let seconds = match route {
            Route::Device(device) => self.devices.wait(&(attempt.account, device), now),
            Route::KnownNetwork => self.pairs.wait(&pair, now).max(self.networks.wait(&pair.1, now)),
            Route::Stranger => {
                let local = self.pairs.wait(&pair, now).max(self.accounts.wait(&pair.0, now));
                local.max(self.networks.wait(&pair.1, now)).max(self.node.wait(&(), now))
            }
        };
        if seconds > 0 {
            return Decision::Wait { seconds };
        }
        match route {
            Route::Device(device) => self.devices.charge((attempt.account, device), now),
            Route::KnownNetwork => {
                self.pairs.charge(pair, now);
                self.networks.charge(pair.1, now);
            }
            Route::Stranger => {
                self.pairs.charge(pair, now);
                self.accounts.charge(pair.0, now);
                self.networks.charge(pair.1, now);
                self.node.charge((), now);
            }
        }
        Decision::Proceed(Ticket { attempt: *attempt, route })
    }

    /// The proof was wrong.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn failed(&mut self, ticket: Ticket, now: Timestamp) -> Told {
        let Ticket { attempt, route } = ticket;
        let level = match route {
            Route::Device(device) => self.devices.level(&(attempt.account, device), now),
            Route::KnownNetwork => self.pairs.level(&attempt.pair(), now),
            Route::Stranger => self.accounts.level(&attempt.account, now),
        };
        if level < limits::GUESSES_TOLD || self.told.get(&attempt.account, now).is_some() {
            return Told::Not;
        }
        self.told.put(attempt.account, now.plus_seconds(limits::GUESSES_TOLD_SECONDS), ());
        Told::Now
    }

    /// Somebody signed in, with every factor that the account needs: they are known from now on.
    pub fn succeeded(&mut self, ticket: Ticket, now: Timestamp) {
        let Ticket { attempt, route } = ticket;
        // Whoever got in starts anew; what others tried at the account stays.
        match route {
            Route::Device(device) => self.devices.forget(&(attempt.account, device)),
            Route::KnownNetwork | Route::Stranger => self.pairs.forget(&attempt.pair()),
        }
        self.withdrawn(ticket, now);
        self.learn(attempt, now);
    }

    /// The try says nothing: only one of several factors was right, or the proof could not be looked at.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is used up")]
    pub fn withdrawn(&mut self, ticket: Ticket, now: Timestamp) {
        let Ticket { attempt, route } = ticket;
        match route {
            Route::Device(device) => self.devices.refund(&(attempt.account, device), now),
            Route::KnownNetwork => {
                self.pairs.refund(&attempt.pair(), now);
                self.networks.refund(&attempt.network, now);
            }
            Route::Stranger => {
                self.pairs.refund(&attempt.pair(), now);
                self.accounts.refund(&attempt.account, now);
                self.networks.refund(&attempt.network, now);
                self.node.refund(&(), now);
            }
        }
    }

    fn route(&self, attempt: &Attempt, now: Timestamp) -> Route {
        match attempt.device {
            Some(device) => Route::Device(device),
            None if self.known.get(&attempt.pair(), now).is_some() => Route::KnownNetwork,
            None => Route::Stranger,
        }
    }

    /// An account has few known networks, so that nobody pushes out those of others by signing in from everywhere.
    fn learn(&mut self, attempt: Attempt, now: Timestamp) {
        self.known.put(attempt.pair(), now.plus_seconds(limits::KNOWN_NETWORK_DAYS * DAY_SECONDS), ());
        let of_account = (attempt.account, Network::FIRST)..=(attempt.account, Network::LAST);
        let all: Vec<_> = self.known.range(of_account).collect();
        if all.len() > limits::KNOWN_NETWORKS_PER_ACCOUNT_MAX
            && let Some((oldest, _)) = all.iter().min_by_key(|(_, end)| *end)
        {
            self.known.remove(oldest);
        }
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Throttle(..)")
    }
}

#[cfg(test)]
mod tests;

use proptest::prelude::*;
use seal::{RootKey, SystemEntropy};

use super::*;
use crate::PlainDeviceToken;

const HOME: &str = "198.51.100.7";
const EVIL: &str = "203.0.113.66";

struct Door {
    throttle: Throttle,
    pepper: Pepper,
    now: Timestamp,
}

// === impl Door ===

impl Door {
    fn new() -> Self {
        let pepper = Pepper::new(&RootKey::generate(&SystemEntropy), 1);
        Self { throttle: Throttle::new(), pepper, now: Timestamp::parse("2026-11-22T12:00:00Z").unwrap() }
    }

    fn attempt(&self, account: &str, address: &str, device: Option<&KnownDevice>) -> Attempt {
        Attempt::new(&self.pepper, &Email::parse(account).unwrap(), address.parse().unwrap(), device)
    }

    fn device(&self, account: &str) -> KnownDevice {
        let account = Email::parse(account).unwrap();
        let token = PlainDeviceToken::make(&self.pepper, &account, &SystemEntropy, self.now);
        KnownDevice::recognise(token.reveal(), &account, &[&self.pepper], self.now).unwrap()
    }

    /// Seconds to wait; 0 where the try was looked at, and was wrong.
    fn guess(&mut self, attempt: &Attempt) -> u32 {
        match self.throttle.check(attempt, self.now) {
            Decision::Proceed(ticket) => {
                let _ = self.throttle.failed(ticket, self.now);
                0
            }
            Decision::Wait { seconds } => seconds,
        }
    }

    fn sign_in(&mut self, attempt: &Attempt) -> bool {
        match self.throttle.check(attempt, self.now) {
            Decision::Proceed(ticket) => {
                self.throttle.succeeded(ticket, self.now);
                true
            }
            Decision::Wait { .. } => false,
        }
    }

    fn pass(&mut self, seconds: u32) {
        self.now = self.now.plus_seconds(i64::from(seconds));
    }

    /// Guesses whenever it is allowed, for so many seconds; how often that was.
    fn hammer(&mut self, attempts: &[Attempt], seconds: u32) -> u32 {
        let end = self.now.plus_seconds(i64::from(seconds));
        let mut looked_at = 0;
        while self.now < end {
            for attempt in attempts {
                while self.guess(attempt) == 0 {
                    looked_at += 1;
                }
            }
            self.pass(1);
        }
        looked_at
    }

    fn botnet(&self, account: &str, networks: u8) -> Vec<Attempt> {
        (0..networks).map(|i| self.attempt(account, &format!("192.0.{i}.1"), None)).collect()
    }
}

#[test]
fn waits_double_from_one_second_to_the_longest() {
    let mut door = Door::new();
    let eve = door.attempt("ada@example.org", EVIL, None);
    let mut waits = Vec::new();
    for _ in 0..17 {
        assert_eq!(door.guess(&eve), 0);
        let wait = door.throttle.pairs.wait(&eve.pair(), door.now);
        waits.push(wait);
        door.pass(wait);
    }
    assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 900, 900]);
}

#[test]
fn asking_while_it_waits_costs_nothing_and_wins_nothing() {
    let mut door = Door::new();
    let eve = door.attempt("ada@example.org", EVIL, None);
    while door.guess(&eve) == 0 {}
    for _ in 0..1_000 {
        assert_eq!(door.guess(&eve), 1);
    }
    door.pass(1);
    assert_eq!(door.guess(&eve), 0);
    assert_eq!(door.guess(&eve), 2);
}

#[test]
fn tries_under_way_count_as_wrong_until_they_are_right() {
    let mut door = Door::new();
    let eve = door.attempt("ada@example.org", EVIL, None);
    let started: Vec<_> = (0..20).map(|_| door.throttle.check(&eve, door.now)).collect();
    assert_eq!(started.iter().filter(|one| matches!(one, Decision::Proceed(_))).count(), 5);
    for one in started {
        if let Decision::Proceed(ticket) = one {
            door.throttle.withdrawn(ticket, door.now);
        }
    }
    door.pass(1);
    assert_eq!(door.guess(&eve), 0);
    assert_eq!(door.guess(&eve), 0);
}

#[test]
fn one_network_keeps_neither_the_owner_nor_another_stranger_out() {
    let mut door = Door::new();
    let eve = door.attempt("ada@example.org", EVIL, None);
    let ada = door.attempt("ada@example.org", HOME, None);
    for _ in 0..24 {
        door.hammer(&[eve], 3_600);
        assert_eq!(door.guess(&ada), 0);
        door.pass(1);
    }
}

#[test]
fn a_known_device_and_a_known_network_never_wait_for_strangers() {
    let mut door = Door::new();
    let (at_home, device) = (door.attempt("ada@example.org", HOME, None), door.device("ada@example.org"));
    assert!(door.sign_in(&at_home));
    let on_the_road = door.attempt("ada@example.org", "192.0.2.99", Some(&device));
    let botnet = door.botnet("ada@example.org", 200);
    door.hammer(&botnet, 1_800);
    let stranger = door.attempt("ada@example.org", "192.0.250.1", None);
    assert!(door.guess(&stranger) > 0);
    assert!(door.sign_in(&on_the_road));
    assert!(door.sign_in(&at_home));
}

#[test]
fn a_device_is_known_to_its_own_account_only() {
    let mut door = Door::new();
    let botnet = door.botnet("ada@example.org", 200);
    door.hammer(&botnet, 600);
    let device = door.device("eve@example.org");
    let eve = door.attempt("ada@example.org", EVIL, Some(&device));
    assert!(door.guess(&eve) > 0);
}

#[test]
fn a_known_device_and_a_known_network_wait_for_their_own_tries() {
    let mut door = Door::new();
    let (at_home, device) = (door.attempt("ada@example.org", HOME, None), door.device("ada@example.org"));
    assert!(door.sign_in(&at_home));
    for attempt in [at_home, door.attempt("ada@example.org", HOME, Some(&device))] {
        assert!(door.hammer(&[attempt], 3_600) < 20);
    }
}

#[test]
fn a_day_of_hammering_from_everywhere_is_few_guesses() {
    let mut door = Door::new();
    let botnet = door.botnet("ada@example.org", 40);
    let guesses = door.hammer(&botnet, 24 * 3_600);
    assert!((200..400).contains(&guesses), "{guesses}");
}

#[test]
fn one_network_that_tries_many_accounts_is_slowed() {
    let mut door = Door::new();
    let accounts: Vec<_> = (0..500).map(|i| door.attempt(&format!("a{i}@example.org"), EVIL, None)).collect();
    let guesses = door.hammer(&accounts, 3_600);
    assert!((100..250).contains(&guesses), "{guesses}");
    // Its neighbours in the same network wait with it, others do not.
    let (near, far) = (door.attempt("b@example.org", "203.0.113.1", None), door.attempt("b@example.org", HOME, None));
    assert!(door.guess(&near) > 0);
    assert_eq!(door.guess(&far), 0);
}

#[test]
fn many_networks_at_many_accounts_are_slowed_together() {
    let mut door = Door::new();
    let mut looked_at = 0;
    for i in 0..3_000 {
        let attempt = door.attempt(&format!("a{i}@example.org"), &format!("10.{}.{}.1", i / 250, i % 250), None);
        looked_at += u32::from(door.guess(&attempt) == 0);
    }
    assert_eq!(looked_at, limits::GUESSES_NODE_FREE);
    let device = door.device("ada@example.org");
    let ada = door.attempt("ada@example.org", HOME, Some(&device));
    assert!(door.sign_in(&ada));
}

#[test]
fn a_sign_in_does_not_free_what_others_tried() {
    let mut door = Door::new();
    // An attacker with an account of his own takes turns between it and the victim's.
    let (own, victim) = (door.attempt("eve@example.org", EVIL, None), door.attempt("ada@example.org", EVIL, None));
    let mut guesses = 0;
    for _ in 0..3_600 {
        door.sign_in(&own);
        guesses += u32::from(door.guess(&victim) == 0);
        door.pass(1);
    }
    assert!(guesses < 20, "{guesses}");
}

#[test]
fn wrong_tries_are_forgotten() {
    let mut door = Door::new();
    let ada = door.attempt("ada@example.org", HOME, None);
    while door.guess(&ada) == 0 {}
    door.pass(24 * 3_600);
    for _ in 0..limits::GUESSES_PAIR_FREE {
        assert_eq!(door.throttle.pairs.wait(&ada.pair(), door.now), 0);
        assert_eq!(door.guess(&ada), 0);
    }
}

#[test]
fn exactly_the_free_tries_are_looked_at_without_a_wait() {
    let mut door = Door::new();
    let (at_home, device) = (door.attempt("ada@example.org", HOME, None), door.device("ada@example.org"));
    assert!(door.sign_in(&at_home));
    let known = door.attempt("ada@example.org", "192.0.2.99", Some(&device));
    for attempt in [door.attempt("ada@example.org", EVIL, None), at_home, known] {
        let looked_at = (0..50).filter(|_| door.guess(&attempt) == 0).count();
        assert_eq!(looked_at, limits::GUESSES_PAIR_FREE as usize);
    }
    let mut of_account = 0;
    for i in 0..100 {
        let attempt = door.attempt("bob@example.org", &format!("192.0.{i}.1"), None);
        of_account += u32::from(door.guess(&attempt) == 0);
    }
    assert_eq!(of_account, limits::GUESSES_ACCOUNT_FREE);
}

#[test]
fn neighbours_are_one_network_however_an_address_is_written() {
    let network = |text: &str| Network::of(text.parse().unwrap());
    assert_eq!(network("203.0.113.1"), network("203.0.113.254"));
    assert_eq!(network("203.0.113.1"), network("::ffff:203.0.113.9"));
    assert_ne!(network("203.0.113.1"), network("203.0.112.1"));
    assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:ffff::9"));
    assert_ne!(network("2001:db8:1::"), network("2001:db8:2::"));
}

#[test]
fn an_owner_is_told_once_an_hour_while_it_goes_on() {
    let mut door = Door::new();
    let botnet = door.botnet("ada@example.org", 250);
    let mut told = 0;
    for second in 0..3 * 3_600_usize {
        if let Decision::Proceed(ticket) = door.throttle.check(&botnet[second % 250], door.now) {
            told += u32::from(door.throttle.failed(ticket, door.now) == Told::Now);
        }
        door.pass(1);
    }
    assert_eq!(told, 3);
}

#[test]
fn an_owner_who_mistypes_is_not_told_of_it() {
    let mut door = Door::new();
    let ada = door.attempt("ada@example.org", HOME, None);
    for _ in 1..limits::GUESSES_PAIR_FREE {
        let Decision::Proceed(ticket) = door.throttle.check(&ada, door.now) else { panic!("must be looked at") };
        assert_eq!(door.throttle.failed(ticket, door.now), Told::Not);
    }
    assert!(door.sign_in(&ada));
    assert_eq!(door.throttle.pairs.len(), 0);
}

#[test]
fn a_known_network_is_known_for_its_time_and_an_account_has_few() {
    let mut door = Door::new();
    let homes: Vec<_> = (0..20).map(|i| door.attempt("ada@example.org", &format!("198.51.{i}.1"), None)).collect();
    for home in &homes {
        assert!(door.sign_in(home));
        door.pass(60);
    }
    let known = |door: &Door, home: &Attempt| matches!(door.throttle.route(home, door.now), Route::KnownNetwork);
    assert_eq!(homes.iter().filter(|home| known(&door, home)).count(), limits::KNOWN_NETWORKS_PER_ACCOUNT_MAX);
    assert!(known(&door, &homes[19]));
    door.now = door.now.plus_seconds(limits::KNOWN_NETWORK_DAYS * DAY_SECONDS);
    assert!(!known(&door, &homes[19]));
}

#[test]
fn whoever_fills_the_memory_does_not_free_himself() {
    let mut door = Door::new();
    let eve = door.attempt("ada@example.org", EVIL, None);
    while door.guess(&eve) == 0 {}
    // As if the node's bucket let strangers do what they want.
    for i in 0..u32::try_from(2 * limits::GUESSES_KEPT_MAX).unwrap() {
        let other = door.attempt("bob@example.org", &format!("10.{}.{}.1", i / 256, i % 256), None);
        door.throttle.pairs.charge(other.pair(), door.now);
    }
    assert_eq!(door.throttle.pairs.len(), limits::GUESSES_KEPT_MAX);
    assert_eq!(door.guess(&eve), 1);
}

#[test]
fn a_clock_that_goes_back_makes_nobody_wait_longer_than_the_longest() {
    let mut door = Door::new();
    let ada = door.attempt("ada@example.org", HOME, None);
    while door.guess(&ada) == 0 {}
    door.now = door.now.plus_seconds(-10 * DAY_SECONDS);
    assert!(door.guess(&ada) <= limits::GUESSES_PAIR_WAIT_SECONDS_MAX);
}

proptest! {
    #[test]
    fn no_order_of_events_panics_or_waits_too_long(events in proptest::collection::vec((0u8..4, 0u8..3, 0u8..3, any::<i32>()), 0..200)) {
        let mut door = Door::new();
        for (act, account, network, seconds) in events {
            let attempt = door.attempt(&format!("a{account}@example.org"), &format!("10.0.{network}.1"), None);
            match (act, door.throttle.check(&attempt, door.now)) {
                (0, Decision::Proceed(ticket)) => { let _ = door.throttle.failed(ticket, door.now); }
                (1, Decision::Proceed(ticket)) => door.throttle.succeeded(ticket, door.now),
                (2, Decision::Proceed(ticket)) => door.throttle.withdrawn(ticket, door.now),
                (_, Decision::Proceed(_)) => {}
                (_, Decision::Wait { seconds }) => prop_assert!(seconds <= limits::GUESSES_PAIR_WAIT_SECONDS_MAX),
            }
            door.now = door.now.plus_seconds(i64::from(seconds));
        }
    }
}

//! A tenant's audit trail is carried as it grows: into one of its sources, as records that are found like any others, and
//! to an https address, signed; where a stream stopped it goes on, whatever stopped it, and it never carries itself.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{eventually, pause};
use crate::house::House;
use crate::person::{Founded, Person, text};
use crate::receiver::{Arrived, Receiver};

/// It looks every second for what there is to carry.
const CARRIED_WITHIN: Duration = Duration::from_secs(30);
const IDLE_MILLISECONDS: u64 = 4_000;
const HOOK: &str = "/hook?token=hidden";
const OWNER: &str = "ada@example.com";

struct World {
    house: House,
    founded: Founded,
}

// === impl World ===

impl World {
    fn new(environment: Vec<(&'static str, std::ffi::OsString)>) -> Self {
        let (house, link) = House::open_empty_set(environment);
        let founded = Founded::by(&house, &link, OWNER);
        Self { house, founded }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/{what}", self.founded.tenant)
    }

    fn owner(&mut self) -> &mut Person {
        &mut self.founded.owner
    }

    /// Does something that is told in the trail.
    #[track_caller]
    fn makes_source(&mut self, name: &str) -> String {
        let path = self.path("sources");
        text(&self.owner().does("POST", &path, &json!({ "name": name }))["id"])
    }

    #[track_caller]
    fn streams(&mut self) -> Vec<Value> {
        let path = self.path("audit/streams");
        self.owner().reads(&path)["streams"].as_array().unwrap().clone()
    }

    /// The sequence of the newest entry, by the shell, whose looking is not told.
    fn newest(&self) -> u64 {
        let entries = self.house.run(&["audit", "entries", "--tenant", "Acme", "--limit", "1"]);
        entries[0]["sequence"].as_u64().unwrap()
    }

    /// Waits until the only stream has carried everything that there is now; gives the last sequence.
    #[track_caller]
    fn all_carried(&mut self) -> u64 {
        let newest = self.newest();
        eventually("everything was carried", CARRIED_WITHIN, || self.streams()[0]["last"].as_u64().filter(|last| *last >= newest))
    }
}

/// The sequences that arrived, in that order.
fn carried(receiver: &Receiver) -> Vec<u64> {
    let lines = |one: &Arrived| -> Vec<u64> {
        let text = String::from_utf8(one.body.clone()).unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_u64().unwrap()).collect()
    };
    receiver.arrived().iter().flat_map(lines).collect()
}

#[test]
fn a_trail_is_found_in_the_tenant_s_own_source_and_goes_on_after_a_crash() {
    let mut world = World::new(Vec::new());
    let into = world.makes_source("trail");
    let path = world.path("audit/streams");
    let stream = world.owner().does("POST", &path, &json!({ "source": into, "from": "start" }));
    assert_eq!((&stream["source"], &stream["secret"]), (&json!(into), &Value::Null));
    world.all_carried();

    world.makes_source("before");
    world.house.kill();
    let access = world.founded.access.clone();
    world.house.start(&access);
    world.owner().reconnects();
    world.makes_source("after");
    let last = world.all_carried();

    // Nothing that it carries makes more to carry.
    let newest = world.newest();
    pause(IDLE_MILLISECONDS);
    assert_eq!(world.newest(), newest);

    let records = world.owner().finds(&into, "");
    let mut sequences: Vec<u64> = records.iter().map(|one| one["attributes"]["audit"]["sequence"].as_u64().unwrap()).collect();
    sequences.sort_unstable();
    sequences.dedup();
    assert!(sequences.starts_with(&(0..=last).collect::<Vec<_>>()), "no entry is missing: {sequences:?}");
    let made: Vec<&Value> =
        records.iter().filter(|one| one["attributes"]["audit"]["event"]["type"] == "source_created").collect();
    assert!(made.len() >= 4, "{records:?}");
    assert_eq!((&made[0]["attributes"]["service"], &made[0]["level"]), (&json!("blockhouse-audit"), &json!("info")));
}

#[test]
fn a_trail_arrives_signed_at_an_address_and_what_fails_is_tried_again() {
    let receiver = Receiver::open();
    let mut world = World::new(vec![("BLOCKHOUSE_PRIVATE_HOSTS", "localhost".into())]);
    let path = world.path("audit/streams");
    receiver.refuse(2);
    let asked = json!({ "url": receiver.url(HOOK), "authority": receiver.authority() });
    let stream = world.owner().does("POST", &path, &asked);
    let secret = text(&stream["secret"]);
    let failing = eventually("it is seen that nothing arrives", CARRIED_WITHIN, || {
        Some(world.streams()[0]["failing"].clone()).filter(|failing| !failing.is_null())
    });
    assert_eq!(failing["code"], "status_503");
    assert!(failing["since"].is_string(), "{failing}");

    world.makes_source("one");
    let last = world.all_carried();
    let shown = world.streams().remove(0);
    assert_eq!((&shown["failing"], &shown["secret"]), (&Value::Null, &Value::Null), "the secret was shown once");
    assert!(!shown.to_string().contains("hidden"), "{shown}");
    let sequences = carried(&receiver);
    assert!(sequences.is_sorted() && sequences.last() >= Some(&last), "{sequences:?}");
    let first = sequences[0];
    assert_eq!(sequences, (first..first + sequences.len() as u64).collect::<Vec<_>>(), "each once, without a gap");
    for arrived in receiver.arrived() {
        assert_eq!(arrived.header("blockhouse-stream"), text(&stream["id"]));
        arrived.check_signature(&secret);
    }

    let id = text(&stream["id"]);
    assert_eq!(world.owner().ask("DELETE", &format!("{path}/{id}"), &Value::Null).status, 204);
    let before = carried(&receiver).len();
    world.makes_source("two");
    pause(IDLE_MILLISECONDS);
    assert_eq!(carried(&receiver).len(), before, "it was ended");
}

#[test]
fn an_address_is_public_unless_the_installation_allows_its_host_and_its_name_is_verified() {
    let receiver = Receiver::open();
    let mut world = World::new(Vec::new());
    let path = world.path("audit/streams");
    let own = format!("https://localhost:{}/frames", world.house.address().port());
    for url in ["http://siem.example/", "https://127.0.0.1:1/", "https://10.0.0.1/", "https://a:b@siem.example/", &own] {
        let (status, code) = world.owner().refused("POST", &path, &json!({ "url": url }));
        assert!(matches!(status, 400 | 422) && code == "address_invalid", "{url}: {status} {code}");
    }
    let asked = json!({ "url": receiver.url(HOOK), "authority": receiver.authority() });
    world.owner().does("POST", &path, &asked);
    let code = |world: &mut World| {
        eventually("it is seen that nothing arrives", CARRIED_WITHIN, || {
            world.streams().iter().find_map(|one| one["failing"]["code"].as_str().map(str::to_owned))
        })
    };
    assert_eq!(code(&mut world), "address_not_public");

    let mut world = World::new(vec![("BLOCKHOUSE_PRIVATE_HOSTS", "localhost".into())]);
    let path = world.path("audit/streams");
    // Nobody that this machine trusts vouches for the receiver.
    world.owner().does("POST", &path, &json!({ "url": receiver.url(HOOK) }));
    assert_eq!(code(&mut world), "unreachable");
    assert!(receiver.arrived().is_empty());
}

#[test]
fn how_long_a_trail_is_kept_is_the_tenant_s_to_say_within_bounds() {
    let mut world = World::new(Vec::new());
    let (path, tenant) = (world.path("audit/retention"), format!("/v1/tenants/{}", world.founded.tenant));
    assert_eq!(world.owner().reads(&tenant)["settings"]["audit_retention_days"], 400);
    for days in [0, 364, 3_651] {
        let refused = world.owner().refused("PUT", &path, &json!({ "days": days }));
        assert_eq!(refused, (422, "retention_invalid".to_owned()), "{days}");
    }
    world.owner().does("PUT", &path, &json!({ "days": 2_190 }));
    assert_eq!(world.owner().reads(&tenant)["settings"]["audit_retention_days"], 2_190);
    let entries = world.house.run(&["audit", "entries", "--tenant", "Acme", "--event", "audit_retention_changed"]);
    assert_eq!(entries[0]["event"]["days"], 2_190);
    let notices = world.owner().reads("/v1/me/notices")["notices"].to_string();
    assert!(notices.contains("audit_retention_changed"), "{notices}");
}

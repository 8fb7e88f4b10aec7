//! An installation that is as promised: a tenant with people and two sources whose records lie in parts, and an engineer
//! who read one of them with an approval.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::undo::Kept;
use crate::house::{Access, House};
use crate::person::{Founded, Person, text};

pub(super) const OWNER: &str = "ada.lovelace@example.com";
const MEMBER: &str = "eve.of.the.tenant@example.com";
const ENGINEER: &str = "engineer@staff.example";

pub(super) struct World {
    pub(super) house: House,
    pub(super) tenant: String,
    pub(super) access: Access,
    /// Another source of the tenant.
    pub(super) other: Access,
    pub(super) owner: Person,
    pub(super) owner_id: String,
    pub(super) member_id: String,
    pub(super) engineer_id: String,
    /// With which the engineer read.
    pub(super) request: String,
    /// The same before it was approved.
    pub(super) pending: Kept,
    /// One that nobody approved.
    pub(super) other_request: String,
}

// === impl World ===

impl World {
    #[track_caller]
    pub(super) fn new() -> Self {
        let (mut house, link) = House::open_empty();
        let Founded { tenant, access, mut owner } = Founded::by(&house, &link, OWNER);
        let other = house.bootstrap("Acme", "other");
        let mut member = Person::invited(&house, &mut owner, &tenant, MEMBER, &json!([{ "role": "member" }]));
        for (person, passphrase) in
            [(&mut owner, "seven wet otters juggle turnips"), (&mut member, "four dry beavers mend one kite")]
        {
            person.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": passphrase }));
        }
        owner.adds_passkey();
        for source in [&access, &other] {
            let lines: Vec<String> = (0..500).map(|n| json!({ "message": format!("line {n}"), "n": n }).to_string()).collect();
            source.send(&mut house.client(source), &lines.join("\n"));
        }
        // A stop makes parts of what is fresh.
        assert!(house.stop().success(), "{}", house.log());
        house.start(&access);
        owner.reconnects();

        let (owner_id, member_id) = (owner.user(), text(&Person::with(&house, &member.token).reads("/v1/me")["id"]));
        owner.does("PUT", &format!("/v1/tenants/{tenant}/staff-access"), &json!({ "level": "on_approval" }));
        let made = house.run(&["admin", "create-staff", "--kind", "engineer", "--email", ENGINEER, "--name", "Eve of staff"]);
        let mut engineer = Person::with(&house, &text(&made["token"]));
        engineer.adds_passkey();
        let asked = json!({
            "tenant": tenant, "source": access.source_id, "reason": "incident", "explanation": "searches fail", "ticket": "T-1",
            "minutes": 30,
        });
        let [request, other_request] = [(); 2].map(|()| text(&engineer.does("POST", "/v1/access", &asked)["id"]));
        let pending = Kept::of(&house.data().join("identity.sqlite"), "access_requests", &format!("id = '{request}'"));
        let approve = format!("/v1/tenants/{tenant}/access/{request}/approve");
        let (_, signed) = owner.signs(&format!("{approve}/start"));
        owner.does("POST", &format!("{approve}/finish"), &json!({ "answer": signed }));
        let (_, signed) = engineer.signs(&format!("/v1/access/{request}/start"));
        engineer.renews("POST", &format!("/v1/access/{request}/begin"), json!({ "answer": signed }));
        assert!(!engineer.finds(&access.source_id, "line").is_empty());
        engineer.does("POST", &format!("/v1/access/{request}/end"), &Value::Object(serde_json::Map::new()));
        let engineer_id = engineer.user();
        Self { house, tenant, access, other, owner, owner_id, member_id, engineer_id, request, pending, other_request }
    }

    /// The catalog of people, keys and the trail.
    pub(super) fn catalog(&self) -> PathBuf {
        self.house.data().join("identity.sqlite")
    }

    /// Where what belongs to a source lies in `below`.
    pub(super) fn folder(&self, below: &str, source: &Access) -> PathBuf {
        self.house.data().join(below).join(&self.tenant).join(&source.source_id)
    }

    /// The sealed file of the one part of a source.
    #[track_caller]
    pub(super) fn part(&self, source: &Access) -> PathBuf {
        let parts = fs::read_dir(self.folder("objects", source).join("parts")).unwrap();
        let parts: Vec<PathBuf> = parts.map(|entry| entry.unwrap().path()).collect();
        let [part] = parts.as_slice() else { panic!("one part: {parts:?}") };
        part.clone()
    }
}

//! People sign, with their passkeys, what no check can find out: it stands on the page with their names once as many as it
//! needs have signed the same words, and until its end; it is gone from the standing claims when somebody takes it back,
//! and when its time is over without anybody's doing. Nobody else can say it, and nobody can by writing into the files.

mod page;
mod shell;

use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::client::{Request, Response};
use crate::clock::{ahead, eventually};
use crate::house::House;
use crate::person::{Founded, Person, text};

pub(crate) const STATEMENTS: &str = "/v1/claims/statements";
/// One person signs it.
pub(crate) const CONFIDENTIAL: &str = "TPL-EMP-3";
/// Two have to.
const GOOD_FAITH: &str = "TPL-VDP-9";
/// A third party's document carries it.
const REPORT: &str = "TPL-SOC2-1";
const BYTES: &[u8] = b"%PDF-1.7 what the auditor wrote, which is not public";
/// A page that no state changed is shown for half a minute as it was made.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
const DAY_SECONDS: u64 = 24 * 3_600;

struct World {
    house: House,
    founded: Founded,
    olga: Person,
    otto: Person,
}

// === impl World ===

impl World {
    /// Two people who run the installation, each with a passkey, and the owner of a tenant.
    #[track_caller]
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let founded = Founded::by(&house, &link, "ada@example.com");
        let (olga, otto) = (staff(&house, "operator", "Olga Quorum"), staff(&house, "operator", "Otto Second"));
        Self { house, founded, olga, otto }
    }

    #[track_caller]
    fn proposes(&mut self, proposal: &Value) -> String {
        text(&self.olga.does("POST", STATEMENTS, proposal)["id"])
    }

    /// A claim that one person signs, signed.
    #[track_caller]
    fn signed(claim: &str, days: u32) -> Self {
        let mut world = Self::new();
        let id = world.proposes(&json!({ "claim": claim, "days": days }));
        signs(&mut world.olga, &id, "head of operations");
        assert_eq!(state(&world.house, claim), "PASS");
        world
    }
}

#[track_caller]
pub(crate) fn staff(house: &House, kind: &str, name: &str) -> Person {
    let email = format!("{}@staff.example", name.to_lowercase().replace(' ', "."));
    let made = house.run(&["admin", "create-staff", "--kind", kind, "--email", &email, "--name", name]);
    let mut person = Person::with(house, &text(&made["token"]));
    person.adds_passkey();
    person
}

#[track_caller]
pub(crate) fn signs(person: &mut Person, id: &str, role: &str) -> Value {
    let path = format!("{STATEMENTS}/{id}/sign");
    let (words, answer) = person.signs_saying(&format!("{path}/start"), &json!({ "role": role }));
    assert!(words.contains(&format!("attestation: {id}\n")) && words.contains(&format!("role: {role}\n")), "{words}");
    person.does("POST", &format!("{path}/finish"), &json!({ "role": role, "answer": answer }))
}

fn public(house: &House, path: &str) -> Response {
    let answer = house.visitor().get(path, "").unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// The claim as the signed document has it.
fn shown(house: &House, claim: &str) -> Option<Value> {
    let envelope = public(house, "/security.json").json();
    let statement: Value = serde_json::from_slice(&STANDARD.decode(text(&envelope["payload"])).unwrap()).unwrap();
    let claims = statement["predicate"]["claims"].as_array().expect("claims").clone();
    claims.into_iter().find(|one| one["id"] == claim)
}

/// `NOT-CLAIMED` where the document does not have it.
pub(crate) fn state(house: &House, claim: &str) -> String {
    shown(house, claim).map_or_else(|| "NOT-CLAIMED".to_owned(), |shown| text(&shown["state"]))
}

fn attach(house: &House, person: &Person, id: &str, bytes: &[u8]) -> Response {
    let authorization = format!("Bearer {}", person.token);
    let headers = [("Content-Type", "application/octet-stream"), ("Authorization", authorization.as_str())];
    let path = format!("{STATEMENTS}/{id}/files");
    let mut client = house.visitor();
    client.send(&Request { method: "POST", path: &path, headers: &headers, body: bytes }).unwrap()
}

/// The claim as whoever may sign sees it.
#[track_caller]
fn board(person: &mut Person, claim: &str) -> Value {
    let all = person.reads(STATEMENTS)["claims"].clone();
    all.as_array().expect("claims").iter().find(|one| one["claim"] == claim).expect("the claim").clone()
}

#[test]
fn a_document_stands_with_its_digest_and_names_until_it_is_taken_back() {
    let mut world = World::new();
    let document =
        json!({ "issuer": "Audit & Partners", "id": "2026-9", "scope": "the log service", "validUntil": "2199-12-31" });
    let id = world.proposes(&json!({ "claim": REPORT, "days": 30, "document": document }));
    let start = format!("{STATEMENTS}/{id}/sign/start");
    let role = json!({ "role": "head of operations" });
    assert_eq!(world.olga.refused("POST", &start, &role), (409, "not_attached".to_owned()));
    assert_eq!(attach(&world.house, &world.olga, &id, b"").json()["code"], "file_size");
    assert_eq!(attach(&world.house, &world.olga, &id, &vec![0; (4 << 20) + 1]).json()["code"], "body_too_large");
    let attached = attach(&world.house, &world.olga, &id, BYTES);
    assert_eq!(attached.status, 201, "{}", attached.text());
    let digest = text(&attached.json()["digest"]);

    let file = world.otto.ask("GET", &format!("{STATEMENTS}/{id}/files/{digest}"), &Value::Null);
    assert_eq!((file.status, file.body.as_slice()), (200, BYTES));
    assert_eq!(file.header("content-type"), Some("application/octet-stream"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(file.header("content-disposition"), Some(format!("attachment; filename=\"{digest}\"").as_str()));
    assert_eq!(state(&world.house, REPORT), "NOT-CLAIMED");

    signs(&mut world.olga, &id, "head of operations");
    let shown = shown(&world.house, REPORT).expect("it is on the page");
    assert_eq!(shown["state"], "PASS");
    let attested = &shown["attested"];
    assert_eq!((&attested["by"][0]["name"], &attested["by"][0]["role"]), (&json!("Olga Quorum"), &json!("head of operations")));
    assert_eq!(attested["attachments"], json!([digest]));
    let until = text(&attested["until"]);
    let html = public(&world.house, "/security").text();
    for said in ["Audit &amp; Partners issued SOC 2 report 2026-9", "Olga Quorum", "head of operations", &digest, &until[..10]] {
        assert!(html.contains(said), "the page does not say {said}");
    }
    assert!(!html.contains("what the auditor wrote"));

    let withdraw = format!("{STATEMENTS}/{id}/withdraw");
    assert_eq!(world.otto.refused("POST", &withdraw, &json!({ "reason": " " })), (422, "reason_invalid".to_owned()));
    let now = world.otto.does("POST", &withdraw, &json!({ "reason": "the auditor recalled it" }));
    assert_eq!((&now["state"], &now["current"]["withdrawn"]["reason"]), (&json!("WITHDRAWN"), &json!("the auditor recalled it")));
    assert_eq!(state(&world.house, REPORT), "WITHDRAWN");
    let html = public(&world.house, "/security").text();
    assert!(html.to_lowercase().contains("withdrawn") && !html.contains("recalled it"), "the reason is not public");
    assert_eq!(world.otto.refused("POST", &withdraw, &json!({ "reason": "once more" })), (409, "nothing_signed".to_owned()));
    check_told(&mut world.olga, &id);
}

/// Each step is in the trail, with whoever did it.
#[track_caller]
fn check_told(olga: &mut Person, id: &str) {
    let me = olga.user();
    let entries = olga.reads("/v1/audit?limit=200")["entries"].as_array().expect("entries").clone();
    let told = |event: &str| {
        let found = entries.iter().find(|entry| entry.to_string().contains(&format!("\"{event}\"")));
        found.unwrap_or_else(|| panic!("{event} is not in the trail")).to_string()
    };
    for event in ["attestation_proposed", "attestation_file_attached"] {
        assert!(told(event).contains(id) && told(event).contains(&me), "{}", told(event));
    }
    assert!(told("attestation_signed").contains(&me) && told("claim_attested").contains(REPORT));
    assert!(told("attestation_withdrawn").contains(REPORT) && !told("attestation_withdrawn").contains(&me), "somebody else did");
}

#[test]
fn what_needs_two_stands_when_two_different_people_signed() {
    let mut world = World::new();
    let id = world.proposes(&json!({ "claim": GOOD_FAITH }));
    let other = world.proposes(&json!({ "claim": GOOD_FAITH, "days": 3 }));
    let signed = signs(&mut world.olga, &id, "head of operations");
    assert_eq!((&signed["needed"], signed["by"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    assert_eq!(state(&world.house, GOOD_FAITH), "NOT-CLAIMED");

    let role = json!({ "role": "head of operations" });
    let (_, again) = world.olga.signs_saying(&format!("{STATEMENTS}/{id}/sign/start"), &role);
    let finish = format!("{STATEMENTS}/{id}/sign/finish");
    let answer = json!({ "role": "head of operations", "answer": again });
    assert_eq!(world.olga.refused("POST", &finish, &answer), (409, "signed_already".to_owned()));
    let (_, of_other) = world.otto.signs_saying(&format!("{STATEMENTS}/{other}/sign/start"), &role);
    let of_other = json!({ "role": "head of operations", "answer": of_other });
    assert_eq!(world.otto.refused("POST", &finish, &of_other), (403, "signature_refused".to_owned()), "those are other words");
    let (_, as_other) = world.otto.signs_saying(&format!("{STATEMENTS}/{id}/sign/start"), &role);
    let as_other = json!({ "role": "the whole board", "answer": as_other });
    assert_eq!(
        world.otto.refused("POST", &finish, &as_other),
        (403, "signature_refused".to_owned()),
        "nobody is more than signed"
    );
    assert_eq!(state(&world.house, GOOD_FAITH), "NOT-CLAIMED");
    assert_eq!(attach(&world.house, &world.otto, &id, BYTES).json()["code"], "statement_signed");

    signs(&mut world.otto, &id, "head of security");
    let shown = shown(&world.house, GOOD_FAITH).expect("it is on the page");
    let names: Vec<&Value> = shown["attested"]["by"].as_array().expect("by").iter().map(|one| &one["name"]).collect();
    assert_eq!((&shown["state"], names), (&json!("PASS"), vec![&json!("Olga Quorum"), &json!("Otto Second")]));

    assert_eq!(board(&mut world.otto, GOOD_FAITH)["pending"][0]["id"], json!(other));
    assert_eq!(world.otto.ask("DELETE", &format!("{STATEMENTS}/{other}"), &Value::Null).status, 204);
    assert_eq!(board(&mut world.olga, GOOD_FAITH)["pending"], json!([]));
    let gone = world.olga.refused("DELETE", &format!("{STATEMENTS}/{other}"), &Value::Null);
    assert_eq!(gone, (404, "not_found".to_owned()));
    assert_eq!(state(&world.house, GOOD_FAITH), "PASS", "what stood still does");
}

#[test]
fn what_was_signed_ends_by_itself() {
    let mut world = World::signed(CONFIDENTIAL, 1);
    assert!(world.house.stop().success(), "{}", world.house.log());
    let folder = tempfile::tempdir().unwrap();
    world.house.start_once(&[], &ahead(folder.path(), DAY_SECONDS + 60), Stdio::null());
    eventually("it has expired", SHOWN_WITHIN, || (state(&world.house, CONFIDENTIAL) == "EXPIRED").then_some(()));
    let html = public(&world.house, "/security").text();
    assert!(html.to_lowercase().contains("expired"));
}

#[test]
fn whoever_signed_is_told_once_before_it_ends() {
    let mut world = World::signed(CONFIDENTIAL, 5);
    let told = |olga: &mut Person| {
        let notices = olga.reads("/v1/me/notices")["notices"].as_array().expect("notices").clone();
        notices.into_iter().filter(|one| one["notice"] == "statement_ends").collect::<Vec<_>>()
    };
    assert_eq!(told(&mut world.olga), Vec::<Value>::new());
    for start in ["the first", "the second"] {
        assert!(world.house.stop().success(), "{}", world.house.log());
        world.house.start(&world.founded.access);
        world.olga.reconnects();
        eventually("somebody is told", SHOWN_WITHIN, || (!told(&mut world.olga).is_empty()).then_some(()));
        let notices = told(&mut world.olga);
        assert_eq!(notices.len(), 1, "after {start} start: {notices:?}");
        assert_eq!((&notices[0]["claim"], &notices[0]["days"]), (&json!(CONFIDENTIAL), &json!(7)));
    }
}

#[test]
fn nobody_else_signs_and_nothing_of_it_is_shown_to_them() {
    let mut world = World::new();
    let id = world.proposes(&json!({ "claim": CONFIDENTIAL }));
    let mut engineer = staff(&world.house, "engineer", "Eve Engineer");
    drop(world.house.bootstrap("Globex", "first"));
    let invitation = world.house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"]);
    let accept = json!({ "invitation": invitation["token"], "name": "Eve", "token": true });
    let token = text(&Person::stranger(&world.house).does("POST", "/v1/invitations/accept", &accept)["token"]);
    let mut of_another = Person::with(&world.house, &token);
    let one = format!("{STATEMENTS}/{id}");
    let steps = [
        ("GET", STATEMENTS.to_owned(), Value::Null),
        ("POST", STATEMENTS.to_owned(), json!({ "claim": CONFIDENTIAL })),
        ("POST", format!("{one}/files"), json!({})),
        ("GET", format!("{one}/files/{}", "0".repeat(64)), Value::Null),
        ("POST", format!("{one}/sign/start"), json!({ "role": "x" })),
        ("POST", format!("{one}/sign/finish"), json!({ "role": "x", "answer": {} })),
        ("POST", format!("{one}/withdraw"), json!({ "reason": "x" })),
        ("DELETE", one.clone(), Value::Null),
    ];
    let refused = [
        (&mut engineer, "access_not_approved"),
        (&mut world.founded.owner, "permission_missing"),
        (&mut of_another, "permission_missing"),
    ];
    for (person, code) in refused {
        for (method, path, body) in &steps {
            assert_eq!(person.refused(method, path, body), (403, code.to_owned()), "{method} {path}");
        }
    }
    assert_eq!(board(&mut world.olga, CONFIDENTIAL)["pending"][0]["attachments"], json!([]));
    assert!(!public(&world.house, "/security").text().contains("Olga"));
}

#[test]
fn a_signed_row_that_was_moved_to_another_claim_counts_for_none() {
    let world = World::signed(CONFIDENTIAL, 30);
    let db = Connection::open(world.house.data().join("evidence.sqlite")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    let moved = |from: &str, to: &str| {
        assert_eq!(db.execute("UPDATE attestations SET claim = ?2 WHERE claim = ?1", [from, to]).unwrap(), 1);
    };
    moved(CONFIDENTIAL, "TPL-TEAM-1");
    eventually("neither is said", SHOWN_WITHIN, || {
        let (one, other) = (state(&world.house, CONFIDENTIAL), state(&world.house, "TPL-TEAM-1"));
        (one != "PASS" && other == "UNKNOWN").then_some(())
    });
    moved("TPL-TEAM-1", CONFIDENTIAL);
    eventually("it stands as it was", SHOWN_WITHIN, || (state(&world.house, CONFIDENTIAL) == "PASS").then_some(()));
}

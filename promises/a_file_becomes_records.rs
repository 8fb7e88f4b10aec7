//! A file becomes records by a job of the server: uploaded piece by piece, sealed, treated as whatever else comes in, and told
//! with what of it was refused. It goes on after a kill and stores nothing twice; it ends where it is cancelled, where its
//! archive is damaged, and where whoever made it may not write any more; nobody of another tenant sees it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::eventually;
use crate::house::{Access, House};
use crate::person::{Founded, Person, text};
use crate::the_commands_do_what_the_api_does::blockhouse;

const PATIENCE: Duration = Duration::from_secs(120);
const PIECE: usize = 8 << 20;
const CARD: &str = "4929 1234 5678 1236";
/// Enough for a debug build to be in the middle of it for some seconds.
const MANY: usize = 60_000;

struct World {
    house: House,
    tenant: String,
    access: Access,
    owner: Person,
}

// === impl World ===

impl World {
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let Founded { tenant, access, owner } = Founded::by(&house, &link, "ada@example.com");
        Self { house, tenant, access, owner }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.house.data().with_file_name(name)
    }

    fn zipped(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        let mut packed = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap();
        path
    }

    /// A command of the owner's; its exit code and its answer.
    #[track_caller]
    fn runs(&self, words: &[&str]) -> (Option<i32>, Value) {
        let mut command = blockhouse(&self.house, &self.access, &self.owner.token, words);
        let Output { status, stdout, stderr } = command.env("BLOCKHOUSE_TENANT", &self.tenant).output().unwrap();
        let said = serde_json::from_slice(&stdout);
        (status.code(), said.unwrap_or_else(|_| panic!("{words:?}: {}", String::from_utf8_lossy(&stderr))))
    }

    fn makes(&mut self, name: &str, bytes: usize) -> String {
        makes(&mut self.owner, &self.access, name, bytes)
    }

    fn job(&mut self, id: &str) -> Value {
        self.owner.reads(&format!("/v1/jobs/{id}"))
    }

    /// How it ended.
    #[track_caller]
    fn ended(&mut self, id: &str) -> Value {
        eventually("the job ends", PATIENCE, || {
            Some(self.job(id)).filter(|job| ["done", "failed", "cancelled"].contains(&job["state"].as_str().unwrap()))
        })
    }

    #[track_caller]
    fn counts(&self, sql: &str) -> Vec<usize> {
        let response = self.access.sql(&mut self.house.client(&self.access), sql);
        assert_eq!(response.status, 200, "{}", response.text());
        serde_json::from_value(response.json()["rows"][0].clone()).unwrap()
    }

    /// Files of uploads that lie on the disk.
    fn uploads(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.house.data().join("objects"), &mut found);
        found.retain(|path| path.parent().is_some_and(|folder| folder.ends_with("uploads")));
        found
    }

    /// Events of the trail about a job, the newest first.
    fn told(&mut self, job: &str) -> Vec<Value> {
        let entries = self.owner.reads(&format!("/v1/tenants/{}/audit?limit=500", self.tenant));
        let all = entries["entries"].as_array().unwrap().clone();
        all.into_iter().filter(|entry| entry["event"]["job"] == job).collect()
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn makes(of: &mut Person, access: &Access, name: &str, bytes: usize) -> String {
    let asked = json!({ "name": name, "bytes": bytes });
    text(&of.does("POST", &format!("/v1/sources/{}/imports", access.source_id), &asked)["id"])
}

fn put(client: &mut Client, token: &str, (job, offset): (&str, usize), piece: &[u8]) -> Response {
    let authorization = format!("Bearer {token}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/octet-stream")];
    let path = format!("/v1/jobs/{job}/content?offset={offset}");
    client.send(&Request { method: "PUT", path: &path, headers: &headers, body: piece }).unwrap()
}

#[track_caller]
fn check_refused(response: &Response, status: u16, code: &str) {
    assert_eq!((response.status, response.json()["code"].as_str()), (status, Some(code)), "{}", response.text());
}

/// Uploads all of it.
#[track_caller]
fn uploads(client: &mut Client, token: &str, job: &str, file: &[u8]) {
    for (number, piece) in file.chunks(PIECE).enumerate() {
        let response = put(client, token, (job, number * PIECE), piece);
        assert_eq!(response.status, 200, "{}", response.text());
    }
}

fn lines(count: usize) -> String {
    (0..count).map(|n| json!({ "message": "one of many", "n": n, "padding": "x".repeat(200) }).to_string() + "\n").collect()
}

#[test]
fn a_zipped_file_becomes_records_and_what_is_none_is_named() {
    let mut world = World::new();
    let too_large = format!("{{\"message\":\"{}\"}}", "x".repeat(4 << 20));
    let body = format!("{{\"message\":\"paid with {CARD}\"}}\n{{\"n\":oops}}\n{{\"n\":1}}\nno JSON\n{too_large}\n{{\"n\":2}}\n");
    let file = world.zipped("app.log.gz", &body);
    let words = ["import", "--wait", "--json", "--format", "ndjson", &file.to_string_lossy()];
    let (code, job) = world.runs(&words);
    assert_eq!((code, &job["state"], &job["title"]), (Some(65), &json!("done"), &json!("app.log.gz")), "{job}");
    assert_eq!(job["records"], json!({ "stored": 3, "dropped": 0, "refused": 3 }), "{job}");
    let second = body.find("{\"n\":oops}").unwrap();
    let third = body.find("no JSON").unwrap();
    let expected = json!([
        { "line": 2, "at": second, "code": "not_an_object" },
        { "line": 4, "at": third, "code": "not_an_object" },
        { "line": 5, "at": third + 8, "code": "record_too_large" },
    ]);
    assert_eq!(job["exceptions"], json!({ "first": expected, "more": 0 }), "{job}");
    assert_eq!(job["outcome"], "stored 3 records of first; refused 3", "{job}");
    assert_eq!(job["import"]["compression"], "gzip", "{job}");
    assert!(job["phases"].as_array().unwrap().iter().all(|phase| phase["done"] == phase["total"]), "{job}");
    let mut client = world.house.client(&world.access);
    assert_eq!(world.access.search(&mut client, "\"paid with [masked card]\"").len(), 1);
    assert_eq!(world.access.search(&mut client, "").len(), 3);

    // Both of its entries are the receipt.
    let id = text(&job["id"]);
    let told = world.told(&id);
    let events: Vec<&Value> = told.iter().map(|entry| &entry["event"]["type"]).collect();
    assert_eq!(events, ["job_ended", "job_begun"], "{told:?}");
    assert_eq!((&told[0]["sequence"], &told[1]["sequence"]), (&job["receipt"]["ended"], &job["receipt"]["begun"]), "{job}");
    assert_eq!(told[0]["on_behalf_of"]["kind"], "person", "{told:?}");
    eventually("what was uploaded is removed", PATIENCE, || world.uploads().is_empty().then_some(()));
    let (code, listed) = world.runs(&["jobs", "--state", "done", "--json"]);
    assert_eq!((code, listed["jobs"].as_array().unwrap().len(), &listed["open"]), (Some(0), 1, &json!(0)), "{listed}");
    assert_eq!(listed["jobs"][0]["exceptions"], json!({ "first": [], "more": 3 }), "{listed}");
    assert_eq!(world.runs(&["jobs", "show", &id, "--json"]).1["state"], "done");
    assert!(!world.house.log().contains("oops") && !world.house.log().contains("4929"));
}

#[test]
fn a_kill_in_the_middle_costs_nothing_and_doubles_nothing() {
    let mut world = World::new();
    let text = lines(MANY);
    // Once as it is, and once zipped, which is read again from its beginning.
    let zipped = fs::read(world.zipped("many.gz", &text)).unwrap();
    for (round, file) in [text.as_bytes(), &zipped].into_iter().enumerate() {
        let job = world.makes("many", file.len());
        uploads(&mut world.house.client(&world.access), &world.owner.token, &job, file);
        for kills in 1..=2 {
            eventually("some of it is stored", PATIENCE, || {
                let job = world.job(&job);
                assert_ne!(job["state"], "done", "too small a file to be in the middle of");
                Some(()).filter(|()| job["records"]["stored"].as_u64().unwrap() >= kills * 5_000)
            });
            world.house.kill();
            world.house.start(&world.access);
            let (house, token) = (&world.house, world.owner.token.clone());
            world.owner = Person::with(house, &token);
        }
        let ended = world.ended(&job);
        assert_eq!((&ended["state"], &ended["records"]["stored"]), (&json!("done"), &json!(MANY)), "{ended}");
        let counted = world.counts("select count(*), count(distinct n), max(n) from logs");
        assert_eq!(counted, [MANY * (round + 1), MANY, MANY - 1], "each record once");
    }
}

#[test]
fn an_upload_comes_in_order_lies_sealed_and_goes_on_where_it_stopped() {
    let mut world = World::new();
    let text = lines(MANY);
    let file = world.path("many.log");
    fs::write(&file, &text).unwrap();
    assert!(text.len() > PIECE);
    let digest = trust::sha256(text.as_bytes()).sha256;
    let asked = json!({ "name": "many.log", "bytes": text.len(), "digest": digest });
    let imports = format!("/v1/sources/{}/imports", world.access.source_id);
    let job = crate::person::text(&world.owner.does("POST", &imports, &asked)["id"]);
    let (mut client, token) = (world.house.client(&world.access), world.owner.token.clone());
    check_refused(&put(&mut client, &token, (&job, 1), b"x"), 409, "offset_wrong");
    check_refused(&put(&mut client, &token, (&job, 0), b"too little"), 400, "piece_wrong_size");
    check_refused(&put(&mut client, &token, (&job, 0), &vec![0; PIECE + 1]), 413, "body_too_large");
    let response = put(&mut client, &token, (&job, 0), &text.as_bytes()[..PIECE]);
    assert_eq!((response.status, &response.json()["received"]), (200, &json!(PIECE)));
    let again = put(&mut client, &token, (&job, 0), &text.as_bytes()[..PIECE]);
    check_refused(&again, 409, "offset_wrong");
    assert_eq!(again.json()["received"], PIECE);
    let lying = world.uploads();
    assert_eq!(lying.len(), 1);
    assert!(!String::from_utf8_lossy(&fs::read(&lying[0]).unwrap()).contains("one of many"));
    world.house.kill();
    world.house.start(&world.access);

    let (code, done) = world.runs(&["import", "--wait", "--json", &file.to_string_lossy()]);
    assert_eq!((code, &done["id"], &done["records"]["stored"]), (Some(0), &json!(job), &json!(MANY)), "{done}");
    assert_eq!(world.counts("select count(*), count(distinct n) from logs"), [MANY, MANY]);
}

#[test]
fn a_job_is_of_its_tenant_and_ends_where_it_is_cancelled() {
    let mut world = World::new();
    let job = world.makes("mine", 10);
    drop(world.house.bootstrap("Globex", "first"));
    let invited = world.house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"]);
    let accept = json!({ "invitation": invited["token"], "name": "Eve", "token": true });
    let eve = text(&Person::stranger(&world.house).does("POST", "/v1/invitations/accept", &accept)["token"]);
    let mut eve = Person::with(&world.house, &eve);
    let missing = (404, "not_found".to_owned());
    assert_eq!(eve.refused("GET", &format!("/v1/jobs/{job}"), &Value::Null), missing);
    assert_eq!(eve.refused("POST", &format!("/v1/jobs/{job}/cancel"), &Value::Null), missing);
    check_refused(&put(&mut world.house.client(&world.access), &eve.token, (&job, 0), b"0123456789"), 404, "not_found");
    assert_eq!(eve.refused("GET", &format!("/v1/tenants/{}/jobs", world.tenant), &Value::Null), missing);

    // Somebody who may write sees it and may end it, and adds nothing to it.
    let roles = json!([{ "role": "member" }]);
    let mut ben = Person::invited(&world.house, &mut world.owner, &world.tenant, "ben@example.com", &roles);
    assert_eq!(ben.reads(&format!("/v1/jobs/{job}"))["state"], "receiving");
    check_refused(&put(&mut world.house.client(&world.access), &ben.token, (&job, 0), b"0123456789"), 403, "job_of_another");
    let (code, cancelled) = world.runs(&["jobs", "cancel", &job, "--json"]);
    assert_eq!((code, &cancelled["state"]), (Some(0), &json!("cancelled")), "{cancelled}");
    assert_eq!(cancelled["outcome"], "stored 0 records of first", "{cancelled}");
    let cancel = format!("/v1/jobs/{job}/cancel");
    assert_eq!(world.owner.refused("POST", &cancel, &Value::Null), (409, "job_ended".to_owned()));
    let (mut client, token) = (world.house.client(&world.access), world.owner.token.clone());
    check_refused(&put(&mut client, &token, (&job, 0), b"0123456789"), 409, "job_not_receiving");

    // In the middle: what is stored stays, and nothing is added.
    let text = lines(MANY);
    let job = world.makes("many", text.len());
    uploads(&mut client, &token, &job, text.as_bytes());
    eventually("some of it is stored", PATIENCE, || {
        Some(()).filter(|()| world.job(&job)["records"]["stored"].as_u64().unwrap() > 0)
    });
    world.owner.does("POST", &format!("/v1/jobs/{job}/cancel"), &Value::Null);
    eventually("what was uploaded is removed", PATIENCE, || world.uploads().is_empty().then_some(()));
    let [all, distinct] = world.counts("select count(*), count(distinct n) from logs")[..] else { panic!("two numbers") };
    assert!(all == distinct && all < MANY, "{all} {distinct}");
    assert_eq!(world.told(&job)[0]["event"]["type"], "job_cancelled");
}

#[test]
fn an_archive_that_is_cut_fails_at_its_end_behind_what_is_whole() {
    let mut world = World::new();
    let file = fs::read(world.zipped("many.gz", &lines(MANY))).unwrap();
    let middle = file.len() / 2;
    fs::write(world.path("cut.gz"), &file[..middle]).unwrap();
    let (code, job) = world.runs(&["import", "--wait", "--json", &world.path("cut.gz").to_string_lossy()]);
    assert_eq!((code, &job["state"], &job["failure"]["code"]), (Some(1), &json!("failed"), &json!("truncated_body")), "{job}");
    assert_eq!(job["failure"]["at"], middle, "{job}");
    let stored = job["records"]["stored"].as_u64().unwrap() as usize;
    assert!((MANY / 4..MANY).contains(&stored), "{job}");
    assert_eq!(world.counts("select count(*), count(distinct n), max(n) + 1 from logs"), [stored, stored, stored]);
    let told = world.told(&text(&job["id"]));
    assert_eq!((&told[0]["event"]["code"], &told[0]["event"]["state"]), (&json!("truncated_body"), &json!("failed")));
}

#[test]
fn a_job_ends_with_the_right_to_write_and_with_a_quota() {
    let mut world = World::new();
    let roles = json!([{ "role": "member" }]);
    let mut ben = Person::invited(&world.house, &mut world.owner, &world.tenant, "ben@example.com", &roles);
    let ben_id = text(&ben.reads("/v1/me")["id"]);
    let (mut client, text) = (world.house.client(&world.access), lines(MANY));
    // The owner's is in the way of Ben's: those of a tenant take turns.
    let first = world.makes("first", text.len());
    uploads(&mut client, &world.owner.token.clone(), &first, text.as_bytes());
    let second = makes(&mut ben, &world.access, "second", 3);
    uploads(&mut client, &ben.token, &second, b"one");
    assert_eq!(world.job(&second)["state"], "waiting");
    world.owner.adds_passkey();
    let people = format!("/v1/tenants/{}/people/{ben_id}", world.tenant);
    world.owner.does("PUT", &people, &json!({ "roles": [{ "role": "read-only" }] }));
    world.owner.does("POST", &format!("/v1/jobs/{first}/cancel"), &Value::Null);
    let ended = world.ended(&second);
    assert_eq!((&ended["state"], &ended["failure"]["code"]), (&json!("failed"), &json!("keeper_may_not_write")), "{ended}");
    assert_eq!(ended["records"]["stored"], 0, "{ended}");

    let quota = format!("/v1/sources/{}/quota", world.access.source_id);
    world.owner.does("PUT", &quota, &json!({ "bytes": 1_000, "period": "day" }));
    let third = world.makes("third", text.len());
    uploads(&mut client, &world.owner.token.clone(), &third, text.as_bytes());
    let ended = world.ended(&third);
    assert_eq!((&ended["state"], &ended["failure"]["code"]), (&json!("failed"), &json!("quota_exceeded")), "{ended}");
}

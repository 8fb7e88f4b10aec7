//! A tenant with a page of its own, its logs, and readers of the page.

use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::site::Site;
use super::{BACKUP, GROUP, LOCKOUT, OWNER, QUERY};
use crate::client::Response;
use crate::clock::{eventually, pause, unix_seconds};
use crate::house::House;
use crate::person::{Founded, Person, text};

/// A claim that was published is looked at in one of the next rounds.
const LOOKED_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct World {
    pub(super) house: House,
    pub(super) founded: Founded,
}

// === impl World ===

impl World {
    /// Whose tenant has a page with nothing on it.
    pub(super) fn new(environment: Vec<(&'static str, std::ffi::OsString)>) -> Self {
        let (house, link) = House::open_empty_set(environment);
        let mut world = Self { founded: Founded::by(&house, &link, OWNER), house };
        let path = world.path("");
        world.owner().does("POST", &path, &json!({ "slug": "acme", "publisher": "Acme Ltd" }));
        world
    }

    pub(super) fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/overview{what}", self.founded.tenant)
    }

    pub(super) fn owner(&mut self) -> &mut Person {
        &mut self.founded.owner
    }

    /// As everybody gets it.
    pub(super) fn get(&self, path: &str) -> Response {
        self.house.visitor().get(path, "").unwrap()
    }

    #[track_caller]
    pub(super) fn writes(&mut self, id: &str, draft: &Value) {
        let path = self.path(&format!("/claims/{id}"));
        self.owner().does("PUT", &path, draft);
    }

    #[track_caller]
    pub(super) fn publishes(&mut self, id: &str) {
        let path = self.path(&format!("/claims/{id}/publish"));
        self.owner().does("POST", &path, &Value::Null);
    }

    #[track_caller]
    pub(super) fn says(&mut self, id: &str, draft: &Value) {
        self.writes(id, draft);
        self.publishes(id);
    }

    /// Status and code of what is refused about a claim.
    #[track_caller]
    pub(super) fn refused(&mut self, method: &str, what: &str, body: &Value) -> (u16, String) {
        let path = self.path(what);
        self.owner().refused(method, &path, body)
    }

    /// At least one backup within an hour, and at most two.
    pub(super) fn backups(&self, source: &str) -> Value {
        let bound = json!({
            "kind": "evidence", "source": source, "query": QUERY, "windowMinutes": 60, "atLeast": 1, "atMost": 2,
        });
        claim(BACKUP, "Backups run", "One or two backups are finished within an hour.", "software", &bound)
    }

    pub(super) fn lockout(&self) -> Value {
        let bound = json!({
            "kind": "sequence", "source": self.founded.access.source_id,
            "trigger": "event:sign-in-failed", "burst": 5, "withinSeconds": 60,
            "follows": "event:account-locked", "answerSeconds": 60, "groupBy": GROUP, "windowMinutes": 120,
        });
        claim(LOCKOUT, "Guessing", "After a burst of failed sign-ins a lockout follows.", "software", &bound)
    }

    /// So many records of an event, so many minutes ago.
    #[track_caller]
    pub(super) fn logs(&self, event: &str, account: &str, minutes_ago: u64, count: usize) {
        let time = (unix_seconds() - 60 * minutes_ago) * 1_000_000_000;
        let line = json!({ "timestamp": time, "message": "x", "event": event, GROUP: account }).to_string() + "\n";
        let mut client = self.house.client(&self.founded.access);
        self.founded.access.send(&mut client, &line.repeat(count));
    }

    /// The claim as the signed page says it.
    pub(super) fn shown(&self, id: &str) -> Option<Value> {
        let answer = self.get("/security/t/acme.json");
        if answer.status == 404 {
            return None;
        }
        assert_eq!(answer.status, 200, "{}", answer.text());
        let statement = STANDARD.decode(text(&answer.json()["payload"])).unwrap();
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        let claims = statement["predicate"]["claims"].as_array().expect("claims").clone();
        claims.into_iter().find(|claim| claim["id"] == format!("acme.{id}"))
    }

    #[track_caller]
    pub(super) fn comes_to(&self, id: &str, state: &str) -> Value {
        let mut last = Value::Null;
        eventually(&format!("{id} is {state}"), LOOKED_WITHIN, || {
            let shown = self.shown(id)?;
            last = shown.clone();
            (shown["state"] == state).then_some(shown).or_else(|| {
                pause(200);
                None
            })
        })
    }

    /// How a command ended, and what it printed.
    pub(super) fn runs(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .args(words)
            .env("BLOCKHOUSE_URL", format!("https://localhost:{}", self.house.address().port()))
            .env("BLOCKHOUSE_KEY", &self.founded.owner.token)
            .env("BLOCKHOUSE_CA", self.house.ca_file())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// A reader looks at a page from outside, and finds it to be what it says.
    #[track_caller]
    pub(super) fn is_what_it_says(&self, path: &str) {
        let url = format!("https://localhost:{}{path}", self.house.address().port());
        let ca = self.house.ca_file();
        let state = self.house.data().with_file_name("reader");
        let words = ["verify-overview", &url, "--ca-file", ca.to_str().unwrap(), "--state", state.to_str().unwrap()];
        let (code, printed) = self.runs(&words);
        assert_eq!(code, Some(0), "{printed}");
    }

    /// How a reader's visit ended that looks at the host of a claim too.
    pub(super) fn reader_looks(&self, site: &Site) -> (Option<i32>, String) {
        let url = format!("https://localhost:{}/security/t/acme", self.house.address().port());
        let both = [self.house.ca_file(), site.authority()].map(|file| std::fs::read(file).unwrap()).concat();
        let ca_file = self.house.data().with_file_name("both.pem");
        std::fs::write(&ca_file, both).unwrap();
        let state = self.house.data().with_file_name("reader");
        let placed = format!("{}=127.0.0.1:{}", Site::HOST, site.port());
        let (ca_file, state) = (ca_file.to_str().unwrap(), state.to_str().unwrap());
        self.runs(&["verify-overview", &url, "--ca-file", ca_file, "--state", state, "--connect-to", &placed])
    }
}

pub(super) fn claim(id: &str, title: &str, sentence: &str, class: &str, bound: &Value) -> Value {
    json!({
        "id": id, "title": title, "sentence": sentence, "group": "monitoring", "class": class,
        "limits": "Of one region.", "bound": bound,
    })
}

//! Whoever has a token of their own looks after sources and keys from anywhere with `blockhouse`, and reaches every other call
//! with `blockhouse api`.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::a_template_is_answered_and_becomes_a_draft::TEMPLATE;
use crate::house::House;
use crate::person::{Founded, text};

/// The commands of whoever set the house up.
pub(crate) struct Shell {
    pub(crate) house: House,
    pub(crate) founded: Founded,
}

// === impl Shell ===

impl Shell {
    pub(crate) fn open() -> Self {
        let (house, link) = House::open_empty();
        let founded = Founded::by(&house, &link, "ada@example.com");
        Self { house, founded }
    }

    fn output(&self, words: &[&str]) -> Output {
        self.output_for(&self.founded.owner.token, words)
    }

    fn output_for(&self, key: &str, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(words).env("BLOCKHOUSE_KEY", key).env("BLOCKHOUSE_CA", self.house.ca_file());
        command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", self.house.address().port()));
        command.output().unwrap()
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> String {
        self.says_beside(words).0
    }

    /// What it prints, and what it says beside that.
    #[track_caller]
    pub(crate) fn says_beside(&self, words: &[&str]) -> (String, String) {
        let Output { status, stdout, stderr } = self.output(words);
        assert!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
        (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// The same for whoever has this key.
    #[track_caller]
    pub(crate) fn says_for(&self, key: &str, words: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.output_for(key, words);
        assert!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn answers(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.says(words)).unwrap()
    }

    #[track_caller]
    pub(crate) fn is_refused(&self, words: &[&str], code: i32, says: &str) {
        self.is_refused_for(&self.founded.owner.token, words, code, says);
    }

    /// The same for whoever has this key.
    #[track_caller]
    pub(crate) fn is_refused_for(&self, key: &str, words: &[&str], code: i32, says: &str) {
        let Output { status, stderr, .. } = self.output_for(key, words);
        let said = String::from_utf8_lossy(&stderr).into_owned();
        assert!(status.code() == Some(code) && said.contains(says), "{words:?}: {status}, {said}");
    }
}

#[test]
fn a_source_is_made_kept_and_treated() {
    let shell = Shell::open();
    let made = shell.answers(&["source", "create", "shop", "--retention-days", "30", "--json"]);
    let id = text(&made["id"]);
    assert!(shell.says(&["source", "list"]).contains(&format!("{id}  shop")), "{}", shell.says(&["source", "list"]));
    assert_eq!(shell.says(&["source", "retain", &id, "7"]), "records stay 7 days from now on\n");
    assert_eq!(shell.says(&["source", "rename", &id, "orders"]), "it is called orders from now on\n");
    assert!(shell.says(&["source", "show", &id]).contains("orders"));
    assert!(shell.says(&["source", "show", &id]).contains("records stay 7 days"));
    let masked = shell.answers(&["source", "mask", &id, "--on", "emails,ip-addresses", "--off", "cards", "--json"]);
    let kinds = ["cards", "secrets", "emails", "ip_addresses"].map(|kind| masked[kind].clone());
    assert_eq!(kinds, [json!(false), json!(true), json!(true), json!(true)]);
    assert!(shell.says(&["source", "mask", &id]).contains("secrets       masked"), "{}", shell.says(&["source", "mask", &id]));
    shell.says(&["source", "filter", &id, "--add", "health=GET /health", "--add", "ready=GET /ready"]);
    let left = shell.answers(&["source", "filter", &id, "--remove", "ready", "--json"]);
    assert_eq!(left["filters"], json!([{"name": "health", "contains": "GET /health"}]));
    shell.is_refused(&["source", "filter", &id, "--remove", "ready"], 65, "no filter is called");
    assert_eq!(
        shell.answers(&["source", "recognition", &id, "--off", "stack-traces", "--json"]),
        json!({"formats": true, "stack_traces": false})
    );
    assert!(shell.says(&["source", "recognition", &id]).contains("stack traces  left alone"));
    let quota = shell.answers(&["source", "quota", &id, "--set", "1000", "--period", "month", "--json"]);
    assert_eq!((&quota["bytes"], &quota["period"]), (&json!(1000), &json!("month")));
    assert!(shell.says(&["source", "quota", &id]).starts_with("0 bytes this month, of 1000"));
    assert_eq!(shell.answers(&["source", "quota", &id, "--set", "none", "--json"])["bytes"], Value::Null);
    shell.is_refused(&["source", "show", "0123456789abcdef"], 65, "blockhouse source list");
}

#[test]
fn a_key_is_made_replaced_and_ended() {
    let shell = Shell::open();
    let source = shell.founded.access.source_id.clone();
    let run = |words: &[&str]| shell.says(&[&["key"], words, &["--source", source.as_str()]].concat());
    let made = run(&["create", "write", "vector", "--days", "3"]);
    let (id, plain) = made.trim().split_once('\n').unwrap();
    assert!(plain.starts_with("bh_write_"), "{made}");
    let listed = run(&["list"]);
    assert!(listed.contains(id) && !listed.contains(plain), "{listed}");
    assert!(run(&["shared", id]).contains(id));
    let replaced = run(&["rotate", id, "--overlap", "60"]);
    assert!(replaced.contains("bh_write_") && !replaced.contains(plain));
    assert_eq!(run(&["revoke", id]), "ended\n");
    let all: Value = serde_json::from_str(&run(&["list", "--json"])).unwrap();
    let state = all["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap()["state"].clone();
    assert_eq!(state, "revoked");
    shell.is_refused(&["key", "list"], 65, "BLOCKHOUSE_SOURCE");
}

#[test]
fn any_other_call_is_made_by_its_path() {
    let shell = Shell::open();
    let tenant = text(&shell.answers(&["api", "GET", "/v1/me"])["tenant"]);
    let invitations = format!("/v1/tenants/{tenant}/invitations");
    let body = json!({"email": "ben@example.com", "roles": [{"role": "member"}]}).to_string();
    let made = shell.answers(&["api", "post", &invitations, "--body", &body]);
    let id = text(&made["id"]);
    assert_eq!(shell.answers(&["api", "GET", &invitations])["invitations"][0]["id"], json!(id));
    assert_eq!(shell.says(&["api", "DELETE", &format!("{invitations}/{id}")]), "");
    let trail = shell.says(&["api", "GET", &format!("/v1/tenants/{tenant}/audit/download"), "--query", "format=ndjson"]);
    assert!(trail.lines().count() > 2 && trail.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{trail}");
    let answers = shell.house.data().with_file_name("answers.md");
    std::fs::write(&answers, TEMPLATE).unwrap();
    let (path, file) = (format!("/v1/tenants/{tenant}/overview/template"), answers.to_str().unwrap());
    let kept = shell.answers(&["api", "PUT", &path, "--body-file", file, "--content-type", "text/markdown"]);
    assert!(kept["template"].is_object(), "{kept}");
    shell.is_refused(&["api", "PUT", &path, "--body-file", file], 65, "--content-type");
    shell.is_refused(&["api", "GET", "/v1/nothing"], 65, "blockhouse openapi");
    shell.is_refused(&["api", "POST", &invitations, "--body", "{"], 65, "no JSON");
    shell.is_refused(&["api", "GET", "/v1/../metrics"], 65, "leads upwards");
}

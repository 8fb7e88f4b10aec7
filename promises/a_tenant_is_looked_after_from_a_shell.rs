//! A tenant is looked after from a shell: its people, invitations, roles, programs, what staff may read, its audit trail, and
//! the own account, each by a command that prints for people, or the API's answer, and is refused as the API refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::person::{Person, text};
use crate::staff_read_only_what_was_approved::staff;
use crate::the_command_line_reaches_the_whole_api::Shell;

const NOWHERE: &str = "0123456789abcdef";

/// Somebody who joined, and their id.
fn joined(shell: &mut Shell, email: &str, role: &str) -> (Person, String) {
    let tenant = shell.founded.tenant.clone();
    let mut person = Person::invited(&shell.house, &mut shell.founded.owner, &tenant, email, &json!([{ "role": role }]));
    let id = person.user();
    (person, id)
}

/// The two lines of what is shown once: an id, and a secret or a link.
#[track_caller]
fn shown_once(said: &str) -> (String, String) {
    let (id, secret) = said.trim_end().split_once('\n').unwrap_or_else(|| panic!("{said}"));
    (id.to_owned(), secret.to_owned())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn people_are_seen_changed_signed_out_and_removed() {
    let mut shell = Shell::open();
    let source = shell.founded.access.source_id.clone();
    let (ben, id) = joined(&mut shell, "ben@example.com", "member");
    let listed = shell.says(&["person", "list"]);
    assert!(listed.contains("Ada Lovelace") && listed.contains("ben@example.com") && listed.contains("last seen"), "{listed}");
    assert_eq!(list(&shell.answers(&["person", "list", "--json"])["people"]).len(), 2);

    let shown = shell.says(&["person", "show", "Ben@example.com"]);
    let mut may = shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(shown.contains(&id) && may.any(|line| line == "logs:write every source member"), "{shown}");
    let shown = shell.answers(&["person", "show", &id, "--json"]);
    assert_eq!(shown["email"], "ben@example.com");
    assert!(list(&shown["abilities"]).iter().any(|one| one["permission"] == "logs:write" && one["allowed"] == true), "{shown}");

    let role = format!("read-only@{source}");
    assert_eq!(shell.says(&["person", "set-roles", &id, &role]), format!("roles are {role} now\n"));
    assert_eq!(shell.answers(&["person", "show", &id, "--json"])["roles"], json!([{ "role": "read-only", "source": source }]));
    let shown = shell.says(&["person", "show", &id]);
    assert!(shown.contains(&source) && !shown.contains("logs:write"), "{shown}");
    shell.is_refused(&["person", "set-roles", &id, "chief"], 65, "blockhouse role list");
    shell.is_refused(&["person", "set-roles", &id, "member@"], 65, "ROLE@SOURCE");
    shell.is_refused(&["person", "set-roles", &id], 65, "ROLE");
    shell.is_refused(&["person", "remove", "ada@example.com"], 65, "last_owner");
    shell.is_refused_for(&ben.token, &["person", "sessions", &id], 77, "people:manage");

    let sessions = shell.answers(&["person", "sessions", &id, "--json"])["sessions"].clone();
    let session = text(&sessions[0]["id"]);
    assert!(shell.says(&["person", "sessions", &id]).contains(&session));
    assert_eq!(shell.says(&["person", "end-session", &id, &session]), "ended\n");
    assert_eq!(shell.says(&["person", "sessions", &id]), "signed in nowhere\n");
    shell.is_refused_for(&ben.token, &["me"], 77, "blockhouse login");

    assert_eq!(shell.says(&["person", "remove", "ben@example.com"]), "removed\n");
    shell.is_refused(&["person", "show", &id], 65, "blockhouse person list");
    shell.is_refused(&["person", "show", "ben@example.com"], 65, "nobody here has the address");
}

#[test]
fn an_invitation_is_made_renewed_and_withdrawn() {
    let shell = Shell::open();
    assert!(shell.says(&["invitation", "list"]).starts_with("no invitations: `blockhouse invitation create"));
    assert_eq!(shell.answers(&["invitation", "list", "--json"])["invitations"], json!([]));
    let (id, link) = shown_once(&shell.says(&["invitation", "create", "ben@example.com", "member", "auditor"]));
    assert!(link.contains("/join#"), "{link}");
    let listed = shell.says(&["invitation", "list"]);
    assert!(listed.contains(&id) && listed.contains("member, auditor") && !listed.contains(&link), "{listed}");
    let (same, other) = shown_once(&shell.says(&["invitation", "resend", &id]));
    assert!(same == id && other.contains("/join#") && other != link, "{same} {other}");
    assert_eq!(shell.says(&["invitation", "withdraw", &id]), "withdrawn\n");
    shell.is_refused(&["invitation", "withdraw", &id], 65, "blockhouse invitation list");
    shell.is_refused(&["invitation", "create", "ben@example.com", NOWHERE], 65, "blockhouse role list");
    shell.is_refused(&["invitation", "create", "ben@example.com"], 65, "ROLE");
    let made = shell.answers(&["invitation", "create", "eve@example.com", "member", "--json"]);
    assert_eq!((&made["state"], &made["roles"]), (&json!("open"), &json!([{ "role": "member", "source": null }])));
}

#[test]
fn a_role_of_ones_own_is_made_changed_and_removed() {
    let shell = Shell::open();
    let listed = shell.says(&["role", "list"]);
    assert!(listed.contains("read-only") && listed.contains("no roles of your own: `blockhouse role create"), "{listed}");
    assert!(shell.says(&["role", "permissions"]).contains("search and follow the logs of a source"));
    assert!(list(&shell.answers(&["role", "permissions", "--json"])["permissions"]).len() > 10);
    let made = ["role", "create", "on call", "logs:read", "source:view", "--description", "at night", "--json"];
    let id = text(&shell.answers(&made)["id"]);
    assert!(shell.says(&["role", "list"]).contains(&format!("{id}  on call")), "{}", shell.says(&["role", "list"]));
    let changed = shell.answers(&["role", "change", &id, "--allow", "logs:write", "--deny", "source:view", "--json"]);
    let stayed = ["name", "description", "second_factor"].map(|name| changed[name].clone());
    assert_eq!(stayed, [json!("on call"), json!("at night"), json!(false)]);
    assert_eq!(changed["permissions"], json!(["logs:read", "logs:write"]));
    assert!(shell.says(&["role", "change", &id, "--second-factor", "true"]).contains("with a second factor only"));
    assert_eq!(shell.answers(&["role", "show", &id, "--json"])["second_factor"], true);
    assert_eq!(shell.says(&["role", "preview", "owner"]).matches("logs:read ").count(), 1);
    shell.is_refused(&["role", "change", &id], 65, "--allow");
    shell.is_refused(&["role", "change", &id, "--deny", "keys:view"], 65, "blockhouse role show");
    shell.is_refused(&["role", "change", "member", "--allow", "keys:view"], 65, "built in");
    shell.is_refused(&["role", "create", "other", "logs:burn"], 65, "permission_unknown");
    shell.is_refused(&["role", "show", NOWHERE], 65, "blockhouse role list");
    assert_eq!(shell.says(&["role", "remove", &id]), "removed\n");
    shell.is_refused(&["role", "remove", &id], 65, "blockhouse role list");
}

#[test]
fn a_program_gets_an_account_and_keys() {
    let mut shell = Shell::open();
    let (ben, _) = joined(&mut shell, "ben@example.com", "member");
    let (tenant, run) = (shell.founded.tenant.clone(), |words: &[&str]| shell.says(&[&["service-account"], words].concat()));
    assert!(run(&["list"]).starts_with("no service accounts: `blockhouse service-account create"));
    let made = shell.answers(&["service-account", "create", "dashboard", "read-only", "--json"]);
    let id = text(&made["id"]);
    assert!(run(&["list"]).contains(&format!("{id}  dashboard  read-only")), "{}", run(&["list"]));
    assert!(run(&["keys", &id]).starts_with("no keys: `blockhouse service-account create-key"));
    let (key, plain) = shown_once(&run(&["create-key", &id, "--days", "3"]));
    let listed = run(&["keys", &id]);
    assert!(listed.contains(&key) && !listed.contains(&plain), "{listed}");
    // What the account may do its key does, told which tenant; it is nobody, though.
    shell.is_refused_for(&plain, &["person", "list", "--tenant", &tenant], 77, "people:view");
    shell.is_refused_for(&plain, &["role", "list"], 65, "BLOCKHOUSE_TENANT");
    shell.is_refused_for(&plain, &["me"], 77, "blockhouse login");
    assert!(run(&["set-roles", &id, "auditor"]).ends_with("roles are auditor\n"));
    assert_eq!(run(&["revoke-key", &id, &key]), "ended\n");
    shell.is_refused_for(&plain, &["trail", "list", "--tenant", &tenant], 77, "");
    let keys = shell.answers(&["service-account", "keys", &id, "--json"])["keys"].clone();
    assert!(keys[0]["revoked_at"].is_string(), "{keys}");
    shell.is_refused_for(&ben.token, &["service-account", "list"], 77, "services:manage");
    assert_eq!(run(&["remove", &id]), "removed\n");
    shell.is_refused(&["service-account", "keys", NOWHERE], 65, "blockhouse service-account list");
}

#[test]
fn what_staff_ask_for_is_seen_denied_and_ended() {
    let mut shell = Shell::open();
    assert_eq!(shell.says(&["access", "list"]), "no requests: staff asked for nothing\n");
    shell.founded.owner.adds_passkey();
    let (tenant, source) = (shell.founded.tenant.clone(), shell.founded.access.source_id.clone());
    shell.founded.owner.does("PUT", &format!("/v1/tenants/{tenant}/staff-access"), &json!({ "level": "on_approval" }));
    let mut engineer = staff(&shell.house, "engineer");
    let own = |words: &[&str]| shell.says_for(&engineer.token, &[&["access", "own"], words].concat());
    assert!(own(&["list"]).starts_with("no requests: `blockhouse access own ask"));
    let why = ["--reason", "incident", "--explanation", "searches fail", "--ticket", "T-1", "--minutes", "30"];
    let asks = || own(&[&["ask", tenant.as_str(), source.as_str()], &why[..]].concat()).trim().to_owned();
    let (id, other) = (asks(), asks());
    assert!(own(&["list"]).contains("0 of 1") && own(&["list"]).contains(&other));
    shell.is_refused_for(&engineer.token, &["access", "own", "leave", &id], 65, "access_state");
    shell.is_refused(
        &["access", "own", "ask", &tenant, &source, "--reason", "abuse", "--explanation", "x", "--ticket", "x"],
        77,
        "engineers",
    );
    let (listed, beside) = shell.says_beside(&["access", "list"]);
    assert!(listed.contains("pending") && listed.contains("Eve of staff"), "{listed}");
    assert!(beside.contains("a passkey approves it in a browser") && beside.contains("/app/access"), "{beside}");
    assert_eq!(shell.says(&["access", "deny", &other]), "denied\n");
    shell.is_refused(&["access", "deny", &other], 65, "access_state");
    shell.is_refused(&["access", "approve", &id], 65, "unrecognized subcommand");

    let approve = format!("/v1/tenants/{tenant}/access/{id}/approve");
    let (_, signed) = shell.founded.owner.signs(&format!("{approve}/start"));
    shell.founded.owner.does("POST", &format!("{approve}/finish"), &json!({ "answer": signed }));
    let (_, signed) = engineer.signs(&format!("/v1/access/{id}/start"));
    engineer.renews("POST", &format!("/v1/access/{id}/begin"), json!({ "answer": signed }));
    shell.founded.access.send(&mut shell.house.client(&shell.founded.access), r#"{"message":"a line"}"#);
    engineer.finds(&source, "a line");
    let shown = shell.says(&["access", "show", &id]);
    for part in ["active", "Eve of staff", "ticket T-1", "Ada Lovelace", "1 of 1", "1 question", "search", "a line"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = shell.answers(&["access", "show", &id, "--json"]);
    assert_eq!((&shown["state"], list(&shown["questions"]).len()), (&json!("active"), 1), "{shown}");
    assert_eq!(shown["questions"][0]["event"]["text"], "a line");
    assert_eq!(shell.says(&["access", "end", &id]), "ended\n");
    shell.is_refused(&["access", "show", NOWHERE], 65, "blockhouse access list");
    let (ben, _) = joined(&mut shell, "ben@example.com", "member");
    shell.is_refused_for(&ben.token, &["access", "list"], 77, "access:view");
}

#[test]
fn the_trail_is_read_page_by_page_and_taken_along() {
    let mut shell = Shell::open();
    let (ben, id) = joined(&mut shell, "ben@example.com", "member");
    shell.says(&["role", "create", "on call", "logs:read"]);
    let made = shell.says(&["trail", "list", "--event", "role_created", "--event", "role_changed"]);
    assert!(made.lines().count() == 1 && made.contains("role_created") && made.contains("person "), "{made}");
    let (two, beside) = shell.says_beside(&["trail", "list", "--limit", "2"]);
    assert!(two.lines().count() == 2 && beside.contains("--limit"), "{two}{beside}");
    let all = shell.answers(&["trail", "list", "--limit", "5000", "--json"]);
    let numbers: Vec<u64> = list(&all["entries"]).iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect();
    assert!(numbers.len() > 2 && numbers.is_sorted_by(|newer, older| newer > older), "{numbers:?}");
    assert_eq!(all["next"], Value::Null);
    let joined = shell.answers(&["trail", "list", "--event", "member_joined", "--last", "1h", "--json"]);
    assert!(list(&joined["entries"]).iter().any(|entry| entry.to_string().contains(&id)), "{joined}");
    assert_eq!(shell.says(&["trail", "list", "--to", "2020-01-01"]), "no entries\n");
    let none = shell.answers(&["trail", "list", "--grep", "nothing-like-it", "--json"]);
    assert_eq!(none["entries"], json!([]));
    shell.is_refused(&["trail", "list", "--result", "nonsense"], 65, "parameter_invalid");
    shell.is_refused(&["trail", "list", "--last", "soon"], 65, "--last soon");
    shell.is_refused_for(&ben.token, &["trail", "list"], 77, "audit:read");

    let lines = shell.says(&["trail", "export", "--event", "role_created"]);
    let entry: Value = serde_json::from_str(lines.trim_end()).unwrap();
    assert_eq!(entry["event"]["type"], "role_created");
    let cef = shell.says(&["trail", "export", "--format", "cef"]);
    assert!(cef.lines().all(|line| line.starts_with("CEF:0|")), "{cef}");
    let file = shell.house.data().with_file_name("trail.csv");
    let name = file.to_str().unwrap();
    assert_eq!(shell.says(&["trail", "export", "--format", "csv", "--out", name]), "");
    let csv = fs::read_to_string(&file).unwrap();
    assert!(csv.contains("role_created") && csv.lines().count() > 2, "{csv}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    shell.is_refused_for(&ben.token, &["trail", "export", "--out", name], 77, "audit:export");
    assert_eq!(fs::read_to_string(&file).unwrap(), csv, "what was there stays where nothing came");
    assert!(!file.with_file_name("trail.csv.new").exists());
    shell.is_refused(&["trail", "export", "--out", "/nowhere/at/all"], 1, "could not make /nowhere/at/all");
}

#[test]
fn the_own_account_is_shown_and_signed_out_elsewhere() {
    let shell = Shell::open();
    let me = shell.says(&["me"]);
    for part in ["Ada Lovelace", "ada@example.com", "Acme: owner, where the session works", "fresh enough"] {
        assert!(me.contains(part), "{part}: {me}");
    }
    assert_eq!(shell.answers(&["me", "--json"])["email"], "ada@example.com");
    let sessions = shell.answers(&["me", "sessions", "--json"])["sessions"].clone();
    let (id, said) = (text(&sessions[0]["id"]), shell.says(&["me", "sessions"]));
    assert!(said.contains(&id) && said.contains("this one"), "{said}");
    assert_eq!(shell.says(&["me", "end-others"]), "0 sessions ended\n");
    assert_eq!(shell.says(&["me", "notices"]), "no notices\n");
    assert_eq!(shell.answers(&["me", "notices", "--json"])["notices"], json!([]));
    assert!(shell.says(&["me", "abilities"]).contains("people:manage"));
    shell.is_refused(&["me", "end-session", NOWHERE], 65, "blockhouse me sessions");
    shell.is_refused_for(&shell.founded.access.read_key, &["me"], 77, "blockhouse login");
    assert_eq!(shell.says(&["me", "end-session", &id]), "ended\n");
    shell.is_refused(&["me"], 77, "blockhouse login");
}

#[test]
fn what_was_told_is_read_in_a_shell() {
    let mut shell = Shell::open();
    shell.founded.owner.adds_passkey();
    assert!(shell.says(&["me", "notices"]).contains("passkey added"), "{}", shell.says(&["me", "notices"]));
    assert!(shell.says(&["me"]).contains("1 passkey"));
}

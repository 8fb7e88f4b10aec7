//! A tenant is set from a shell: how people sign in and through which provider, what staff may ask for, how much may come in,
//! where its trail goes and how long that is kept; and a shell tells what a source refuses, which data keys there are, and
//! operators what runs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::Request;
use crate::house::House;
use crate::person::{Person, text};
use crate::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use crate::receiver::Receiver;
use crate::staff_read_only_what_was_approved::staff;
use crate::the_command_line_reaches_the_whole_api::Shell;

const NOWHERE: &str = "0123456789abcdef";

fn invited(shell: &mut Shell, email: &str, role: &str) -> Person {
    let tenant = shell.founded.tenant.clone();
    Person::invited(&shell.house, &mut shell.founded.owner, &tenant, email, &json!([{ "role": role }]))
}

/// Words of a line, however they are set apart.
fn has_line(said: &str, words: &str) -> bool {
    said.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ").contains(words))
}

/// A file beside the data folder, with this in it.
fn file(house: &House, name: &str, content: &str) -> String {
    let file = house.data().with_file_name(name);
    fs::write(&file, content).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_tenant_is_shown_and_its_rules_are_set_one_by_one() {
    let mut shell = Shell::open();
    let ben = invited(&mut shell, "ben@example.com", "member");
    let tenant = shell.founded.tenant.clone();
    let shown = shell.says(&["tenant", "show"]);
    for words in ["Acme", "second factor recommended", "staff access never", "audit trail kept for 400 days"] {
        assert!(has_line(&shown, words), "{words}: {shown}");
    }
    assert_eq!(shell.answers(&["tenant", "show", "--tenant", &tenant, "--json"])["id"], json!(tenant));
    let set = shell.says(&["tenant", "staff-access", "on-approval", "--approvals", "2"]);
    assert!(has_line(&set, "staff access on approval, with 2 approvals"), "{set}");
    let set = shell.answers(&["tenant", "staff-access", "break-glass", "--json"]);
    assert_eq!((&set["staff_access"], &set["approvals_needed"]), (&json!("break_glass"), &json!(2)), "what is not named stays");
    let owner = ["tenant", "sign-in", "--break-glass-owner", "ada@example.com", "--json"];
    let (set, id) = (shell.answers(&owner), shell.founded.owner.user());
    assert_eq!((&set["break_glass_owner"], &set["second_factor"]), (&json!(id), &json!("recommended")));
    shell.is_refused(&["tenant", "sign-in"], 65, "--second-factor");
    shell.is_refused(&["tenant", "sign-in", "--single-sign-on", "enforced"], 65, "break_glass_owner_missing");
    shell.is_refused_for(&ben.token, &["tenant", "sign-in", "--second-factor", "required"], 77, "sign-in:manage");
    shell.is_refused(&["tenant", "show", "--tenant", NOWHERE], 65, "blockhouse me");

    let quota = shell.says(&["tenant", "quota", "--set", "1000", "--period", "day"]);
    assert!(quota.starts_with("0 bytes this day, of 1000 (ok)"), "{quota}");
    assert_eq!(shell.answers(&["tenant", "quota", "--json"])["period"], "day");
    assert!(shell.says(&["tenant", "quota", "--set", "none"]).contains("without a bound"));
    shell.is_refused_for(&ben.token, &["tenant", "quota", "--set", "1"], 77, "sources:create");

    assert!(shell.says(&["tenant", "data-keys"]).starts_with("no data keys"));
    shell.founded.access.send(&mut shell.house.client(&shell.founded.access), r#"{"message":"a line"}"#);
    let keys = shell.says(&["tenant", "data-keys"]);
    assert!(has_line(&keys, "seals 0 0 0 B"), "{keys}");
    assert_eq!(shell.answers(&["tenant", "data-keys", "--json"])["sources"][0]["keys"][0]["state"], "seals");
}

#[test]
fn a_provider_is_added_shown_changed_and_removed() {
    let mut shell = Shell::open();
    let ben = invited(&mut shell, "ben@example.com", "member");
    let origin = format!("https://localhost:{}", shell.house.address().port());
    let provider = Provider::open(&format!("{origin}/v1/sign-in/sso/callback"), &json!({}), &shell.house.ca_file());
    assert!(shell.says(&["provider", "list"]).starts_with("no providers: `blockhouse provider add"));
    let document = json!({
        "name": "the company's", "issuer": provider.issuer(), "client_id": CLIENT_ID, "domains": ["example.org"],
        "groups_claim": "groups", "group_roles": [{ "group": "sre", "role": "admin" }], "default_roles": [{ "role": "member" }],
        "authority": fs::read_to_string(provider.authority()).unwrap(), "private_address": true,
    });
    let document = file(&shell.house, "provider.json", &document.to_string());
    let secret = file(&shell.house, "provider.secret", &format!("{CLIENT_SECRET}\n"));
    let made = shell.answers(&["provider", "add", &document, "--secret-file", &secret, "--json"]);
    let id = text(&made["id"]);
    assert!(made["has_secret"] == true && !made.to_string().contains(CLIENT_SECRET), "{made}");
    let listed = shell.says(&["provider", "list"]);
    assert!(listed.contains(&id) && listed.contains("member; sre: admin"), "{listed}");
    let shown = shell.says(&["provider", "show", &id]);
    for words in ["with a secret", "makes accounts no", &format!("it comes back to {origin}/v1/sign-in/sso/callback")] {
        assert!(has_line(&shown, words), "{words}: {shown}");
    }
    assert!(shell.says(&["provider", "test", &id]).contains("answers as it should"));

    let again = shell.says(&["provider", "show", &id, "--json"]);
    let again = file(&shell.house, "again.json", &again.replace("the company's", "the other"));
    let changed = shell.answers(&["provider", "change", &id, &again, "--json"]);
    assert_eq!((&changed["name"], &changed["has_secret"]), (&json!("the other"), &json!(true)), "the secret stays");
    shell.is_refused(&["provider", "add", &file(&shell.house, "none.json", "[]")], 65, "client_id");
    shell.is_refused(&["provider", "add", "/nowhere/at/all"], 1, "could not read");
    shell.is_refused(&["provider", "show", NOWHERE], 65, "blockhouse provider list");
    shell.is_refused_for(&ben.token, &["provider", "list"], 77, "sign-in:manage");
    assert_eq!(shell.says(&["provider", "remove", &id]), "removed\n");
    assert_eq!(shell.answers(&["provider", "list", "--json"])["providers"], json!([]));
}

#[test]
fn a_trail_is_proved_kept_and_carried() {
    let mut shell = Shell::open();
    let ben = invited(&mut shell, "ben@example.com", "member");
    let source = shell.founded.access.source_id.clone();
    let proof = shell.answers(&["trail", "prove", "--entry", "1"]);
    assert!(proof["entry"] == 1 && text(&proof["checkpoint"]).contains('\n'), "{proof}");
    assert_eq!(shell.answers(&["trail", "prove", "--since", "1"])["since"], 1);
    shell.is_refused(&["trail", "prove"], 65, "--entry");
    shell.is_refused(&["trail", "prove", "--entry", "99999"], 65, "trail");
    assert_eq!(shell.says(&["trail", "retain"]), "bodies of entries are kept for 400 days\n");
    assert_eq!(shell.says(&["trail", "retain", "2190"]), "bodies of entries are kept for 2190 days\n");
    assert_eq!(shell.answers(&["trail", "retain", "--json"])["settings"]["audit_retention_days"], 2190);
    shell.is_refused(&["trail", "retain", "1"], 65, "365");

    assert!(shell.says(&["trail", "stream", "list"]).starts_with("no streams: `blockhouse trail stream add-source"));
    let id = shell.says(&["trail", "stream", "add-source", &source, "--from-start"]).trim().to_owned();
    let listed = shell.says(&["trail", "stream", "list"]);
    assert!(has_line(&listed, &format!("{id} source {source}")), "{listed}");
    let receiver = Receiver::open();
    let url = file(&shell.house, "siem.url", &receiver.url("/hook?token=hidden"));
    let authority = file(&shell.house, "siem.pem", receiver.authority());
    let made = shell.says(&["trail", "stream", "add-address", &url, "--authority", &authority]);
    assert!(made.lines().count() == 2 && made.contains("bh_stream_"), "{made}");
    let listed = shell.says(&["trail", "stream", "list"]);
    assert!(listed.contains("/hook") && !listed.contains("hidden"), "{listed}");
    assert_eq!(shell.says(&["trail", "stream", "remove", &id]), "ended\n");
    shell.is_refused(&["trail", "stream", "remove", &id], 65, "blockhouse trail stream list");
    shell.is_refused_for(&ben.token, &["trail", "stream", "list"], 77, "audit:export");
    assert_eq!(shell.answers(&["trail", "stream", "list", "--json"])["streams"].as_array().map(Vec::len), Some(1));
}

#[test]
fn operators_see_tenants_what_runs_and_their_own_trail() {
    let shell = Shell::open();
    let operator = staff(&shell.house, "operator").token.clone();
    let says = |words: &[&str]| shell.says_for(&operator, words);
    assert!(says(&["tenant", "list"]).contains(&shell.founded.tenant));
    let made = says(&["tenant", "create", "Initech"]);
    assert!(says(&["tenant", "list"]).contains(&format!("{}  Initech", made.trim())), "{made}");
    let runs = says(&["system"]);
    for words in ["version", "with TLS 1.3 or newer", "takes logs", "0 receiving, 0 waiting, 0 running"] {
        assert!(has_line(&runs, words), "{words}: {runs}");
    }
    let told: Value = serde_json::from_str(&says(&["system", "--json"])).unwrap();
    assert_eq!(told["tls"]["oldest"], "1.3");
    assert!(has_line(&says(&["system", "root-key"]), "proved never"));
    assert!(says(&["trail", "list", "--installation"]).contains("setup_done"));
    assert!(says(&["trail", "export", "--installation", "--event", "account_created"]).contains("operator"));
    assert_eq!(says(&["trail", "retain", "500", "--installation"]), "bodies of entries are kept for 500 days\n");
    assert_eq!(says(&["trail", "retain", "--installation"]), "bodies of entries are kept for 500 days\n");
    assert!(says(&["trail", "prove", "--since", "1", "--installation"]).contains("\"since\":1"));
    shell.is_refused_for(&operator, &["trail", "stream", "list", "--installation"], 65, "carried nowhere");
    shell.is_refused(&["system"], 77, "operators of the installation");
    shell.is_refused(&["tenant", "list"], 77, "operators of the installation");
    shell.is_refused(&["trail", "list", "--installation"], 77, "operators");
}

#[test]
fn what_a_source_refuses_is_told_in_a_shell() {
    let mut shell = Shell::open();
    let ben = invited(&mut shell, "ben@example.com", "read-only");
    let access = &shell.founded.access;
    let id = access.source_id.as_str();
    let (first, beside) = shell.says_beside(&["source", "refusals", id]);
    assert!(first.starts_with("nothing was refused since") && beside.contains("--watch"), "{first}{beside}");
    let refuse = || {
        let authorization = format!("Bearer {}", access.write_key);
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        let request = Request { method: "POST", path: &access.frames_path(), headers: &headers, body: b"{\"message\":" };
        assert_eq!(shell.house.client(access).send(&request).unwrap().status, 400);
    };
    refuse();
    let said = shell.says(&["source", "refusals", id]);
    assert!(has_line(&said, "400 truncated_json 1 127.0.0.1"), "{said}");
    assert_eq!(shell.answers(&["source", "refusals", id, "--json"])["refusals"][0]["code"], "truncated_json");

    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    command.args(["source", "refusals", id, "--watch"]).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env("BLOCKHOUSE_KEY", &shell.founded.owner.token).env("BLOCKHOUSE_CA", shell.house.ca_file());
    command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", shell.house.address().port()));
    let mut watching = command.spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    let of_before = next();
    assert!(of_before.contains("400 truncated_json from 127.0.0.1"), "{of_before}");
    refuse();
    assert!(next() != of_before, "each is told once");
    watching.kill().unwrap();
    watching.wait().unwrap();
    shell.is_refused_for(&ben.token, &["source", "refusals", id], 77, "keys:view");
    shell.is_refused(&["source", "refusals", NOWHERE], 65, "blockhouse source list");
}

#[test]
fn somebody_is_renamed_and_enters_another_tenant() {
    let mut shell = Shell::open();
    assert_eq!(shell.says(&["me", "rename", "Ada King"]), "you are called Ada King now\n");
    assert!(shell.says(&["me"]).contains("Ada King"));
    shell.is_refused(&["me", "enter", NOWHERE], 65, "blockhouse me");
    let key = file(&shell.house, "session.key", &shell.founded.owner.token);
    let (tenant, mut command) = (shell.founded.tenant.clone(), Command::new(env!("CARGO_BIN_EXE_blockhouse")));
    command.args(["me", "enter", &tenant, "--key-file", &key]).env_remove("BLOCKHOUSE_KEY");
    command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", shell.house.address().port()));
    command.env("BLOCKHOUSE_CA", shell.house.ca_file());
    let entered = command.output().unwrap();
    assert!(entered.status.success() && entered.stdout.is_empty(), "{}", String::from_utf8_lossy(&entered.stderr));
    let token = fs::read_to_string(&key).unwrap().trim().to_owned();
    assert!(token != shell.founded.owner.token, "the session has another token");
    shell.founded.owner.token = token;
    assert!(shell.says(&["me"]).contains("Acme: owner, where the session works"));
}

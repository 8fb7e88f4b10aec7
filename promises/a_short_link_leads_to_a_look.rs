//! A look at logs whose address is too long is passed on as a short link: it opens for whoever may read its source, with
//! their own rights, until it ends or is removed, and holds no record.

use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::clock::{ahead, eventually};
use crate::house::House;
use crate::person::{Founded, Person, text};
use crate::the_command_line_reaches_the_whole_api::Shell;

const DAY_SECONDS: u64 = 24 * 3_600;
const LINKS_MAX: usize = 100;
/// The server looks once an hour, and when it starts.
const CLEARED_WITHIN: Duration = Duration::from_secs(60);

fn not_found() -> (u16, String) {
    (404, "not_found".to_owned())
}

/// A look whose address no program would pass on whole.
fn look(source: &str) -> Value {
    json!({
        "source": source, "query": vec!["user.email:ada@customer.example"; 60].join(" OR "), "columns": ["status", "path"],
        "from": "2026-01-31T10:00:00.000Z", "to": "2026-01-31T11:00:00.000Z", "zone": "Europe/Berlin",
        "record": "98b2c5d3f1e40000-7", "wrapped": true,
    })
}

#[test]
fn a_link_opens_for_whoever_reads_its_source_and_allows_nothing() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let links = format!("/v1/tenants/{tenant}/links");
    let asked = look(&access.source_id);
    let made = owner.does("POST", &links, &asked);
    let id = text(&made["id"]);
    let path = format!("{links}/{id}");
    assert_eq!(id.len(), 24, "120 bits: {id}");
    for (name, value) in asked.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }

    // Somebody with rights of their own sees the same, and it is not in their list.
    let other = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "other" }))["id"]);
    let mut reader = Person::invited(&house, &mut owner, &tenant, "ben@example.com", &json!([{ "role": "read-only" }]));
    assert_eq!(reader.reads(&path), made);
    assert_eq!((owner.reads(&links), reader.reads(&links)), (json!({ "links": [made] }), json!({ "links": [] })));
    // What a link says allows nothing, to whoever it was sent.
    let elsewhere = json!([{ "role": "auditor" }, { "role": "read-only", "source": other }]);
    let mut cleo = Person::invited(&house, &mut owner, &tenant, "cleo@example.com", &elsewhere);
    let mut auditor = Person::invited(&house, &mut owner, &tenant, "dan@example.com", &json!([{ "role": "auditor" }]));
    let invitation = {
        drop(house.bootstrap("Globex", "first"));
        house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"])
    };
    let mut eve = Person::stranger(&house);
    let accept = json!({ "invitation": invitation["token"], "name": "Eve", "token": true });
    eve.token = text(&eve.does("POST", "/v1/invitations/accept", &accept)["token"]);
    let theirs = text(&eve.reads("/v1/me")["tenant"]);
    for who in [&mut cleo, &mut auditor, &mut eve] {
        for method in ["GET", "DELETE"] {
            assert_eq!(who.refused(method, &path, &Value::Null), not_found(), "{method}");
        }
        assert!(matches!(who.refused("POST", &links, &asked).0, 404 | 422));
    }
    assert_eq!(eve.refused("GET", &format!("/v1/tenants/{theirs}/links/{id}"), &Value::Null), not_found());
    for unknown in ["0000000000000000", "000000000000000000000000", "..%2Fviews"] {
        assert_eq!(owner.refused("GET", &format!("{links}/{unknown}"), &Value::Null), not_found(), "{unknown}");
    }
    assert_eq!(Person::stranger(&house).refused("GET", &path, &Value::Null), (401, "key_missing".to_owned()));

    // It is removed by whoever made it, or looks after what is saved.
    assert_eq!(reader.refused("DELETE", &path, &Value::Null), (403, "permission_missing".to_owned()));
    let of_reader = text(&reader.does("POST", &links, &asked)["id"]);
    assert_eq!(owner.ask("DELETE", &format!("{links}/{of_reader}"), &Value::Null).status, 204);
    assert_eq!(owner.ask("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(reader.refused("GET", &path, &Value::Null), not_found());
    for (event, ids) in [("link_created", [&of_reader, &id]), ("link_removed", [&id, &of_reader])] {
        let entries = house.run(&["audit", "entries", "--tenant", "Acme", "--event", event]);
        let told = [&entries[0], &entries[1]].map(|entry| text(&entry["event"]["link"]));
        assert_eq!([&told[0], &told[1]], ids, "{event}");
        assert!(!entries.to_string().contains("customer.example"), "{event} tells what was asked");
    }
}

#[test]
fn a_link_is_bounded_and_leads_nowhere_else() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let links = format!("/v1/tenants/{tenant}/links");
    for (change, code) in [
        (json!({ "url": "https://evil.example/" }), "invalid_json"),
        (json!({ "query": 7 }), "invalid_json"),
        (json!({ "query": "a".repeat(16 * 1_024 + 1) }), "query_too_long"),
        (json!({ "query": "a".repeat(16 * 1_024) }), "link_too_long"),
        (json!({ "columns": [""] }), "columns_invalid"),
        (json!({ "from": "whenever" }), "time_invalid"),
        (json!({ "zone": "//evil.example" }), "zone_invalid"),
        (json!({ "record": "javascript:1" }), "record_invalid"),
        (json!({ "source": "0000000000000000" }), "source_unknown"),
    ] {
        let mut wrong = look(&access.source_id);
        wrong.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, refused) = owner.refused("POST", &links, &wrong);
        assert!(matches!(status, 400 | 422) && refused == code, "{code}: {status} {refused}");
    }
    let huge = json!({ "source": access.source_id, "query": "a".repeat(70_000) });
    assert_eq!(owner.refused("POST", &links, &huge).0, 413);
    for _ in 0..LINKS_MAX {
        owner.does("POST", &links, &look(&access.source_id));
    }
    assert_eq!(owner.refused("POST", &links, &look(&access.source_id)), (409, "too_many".to_owned()));
    let first = text(&owner.reads(&links)["links"][0]["id"]);
    assert_eq!(owner.ask("DELETE", &format!("{links}/{first}"), &Value::Null).status, 204);
    owner.does("POST", &links, &look(&access.source_id));
}

#[test]
fn a_link_is_over_after_ninety_days() {
    let (mut house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let (folder, accounts) = (tempfile::tempdir().unwrap(), format!("/v1/tenants/{tenant}/service-accounts"));
    // Of somebody whose key lasts for longer.
    owner.adds_passkey();
    let account = json!({ "name": "reader", "roles": [{ "role": "read-only" }] });
    let account = text(&owner.does("POST", &accounts, &account)["id"]);
    let key = text(&owner.does("POST", &format!("{accounts}/{account}/keys"), &json!({ "days": 365 }))["key"]);
    let links = format!("/v1/tenants/{tenant}/links");
    let id = text(&Person::with(&house, &key).does("POST", &links, &look(&access.source_id))["id"]);
    // Whoever asks later has the same clock: the server's certificate was renewed meanwhile.
    let mut after = |days: u64| {
        assert!(house.stop().success(), "{}", house.log());
        let later = ahead(folder.path(), days * DAY_SECONDS + 60);
        house.start_once(&[], &later, Stdio::null());
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(["link", "show", &id, "--tenant", &tenant]).envs(later.iter().cloned());
        command.env("BLOCKHOUSE_KEY", &key).env("BLOCKHOUSE_CA", house.ca_file());
        command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
        let output = command.output().unwrap();
        let rows = || {
            let catalog = Connection::open(house.data().join("identity.sqlite")).unwrap();
            catalog.query_row("SELECT count(*) FROM links", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let is_gone = (days >= 90).then(|| eventually("its row goes", CLEARED_WITHIN, || (rows() == 0).then_some(())));
        (output.status.success(), String::from_utf8_lossy(&output.stderr).contains("blockhouse link list"), is_gone.is_some())
    };
    assert_eq!(after(89), (true, false, false));
    assert_eq!(after(90), (false, true, true));
}

#[test]
fn links_are_seen_and_removed_from_a_shell() {
    let mut shell = Shell::open();
    let links = format!("/v1/tenants/{}/links", shell.founded.tenant);
    assert!(shell.says(&["link", "list"]).starts_with("no short links"));
    let asked = look(&shell.founded.access.source_id);
    let made = shell.founded.owner.does("POST", &links, &asked);
    let id = text(&made["id"]);
    assert_eq!(shell.answers(&["link", "list", "--json"]), json!({ "links": [made] }));
    let shown = shell.says(&["link", "show", &id]);
    assert!(shown.starts_with(&format!("{id}, until ")) && shown.contains(&text(&asked["query"])), "{shown}");
    assert_eq!(shell.says(&["link", "remove", &id]), "removed\n");
    shell.is_refused(&["link", "show", &id], 65, "`blockhouse link list` shows your own short links");
}

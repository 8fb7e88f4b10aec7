//! Rules of a source's pipeline change, mask, drop and route its records before they are written, whichever receiver those
//! came through. What they would do is seen before they are saved; what they did is counted; nothing that is masked comes out
//! of them, and no other source is touched.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Request};
use crate::clock::eventually;
use crate::house::{Access, House};
use crate::person::{Founded, Person, text};
use crate::syslog_is_received_over_tls::Port;
use crate::what_must_not_be_kept_is_masked::receivers::{check_absent, send_to_all};

fn path(source: &str) -> String {
    format!("/v1/sources/{source}/pipeline")
}

/// Sends one request and gives its status.
fn send(client: &mut Client, access: &Access, delivery: &str, ndjson: &str) -> u16 {
    let authorization = format!("Bearer {}", access.write_key);
    let headers =
        [("Authorization", authorization.as_str()), ("Content-Type", "application/ndjson"), ("Idempotency-Key", delivery)];
    let path = access.frames_path();
    client.send(&Request { method: "POST", path: &path, headers: &headers, body: ndjson.as_bytes() }).unwrap().status
}

#[test]
fn rules_are_done_whichever_receiver_a_record_came_through() {
    let port = Port::open();
    let rules = json!({ "rules": [
        { "name": "read", "when": [{ "field": "message", "starts_with": "came " }],
          "then": { "parse": { "pattern": "^came (?<how>\\w+) (?<what>.*)$" } } },
        { "name": "verb", "then": { "mask": { "pattern": "\\bcame\\b", "name": "verb" } } },
        { "name": "card", "then": { "set": { "field": "again", "value": "4929 1234 5678 1236" } } },
        { "name": "route", "when": [{ "field": "how", "is": "with" }], "then": { "route": { "stream": "cards" } } },
        { "name": "behind", "then": { "drop": true } },
    ]});
    let file = port.house.data().with_file_name("rules.json");
    fs::write(&file, rules.to_string()).unwrap();
    let of = ["admin", "pipeline", "--tenant", "acme", "--source", "first"];
    let told = port.house.run(&[of.as_slice(), &["--set", &file.to_string_lossy()]].concat());
    assert_eq!(told["counts"][4], json!({ "name": "behind", "touched": 0, "failed": 0 }), "{told}");

    let mut client = port.house.client(&port.access);
    let sent = send_to_all(&port, &mut client);
    let found = port.search(&mut client, "log.stream:cards how:with", sent);
    for record in &found {
        assert_eq!(record["message"], "[masked verb] with [masked card]", "{record}");
        assert_eq!(record["attributes"]["what"], "[masked card]", "{record}");
        assert_eq!(record["attributes"]["again"], "[masked card]", "{record}");
    }
    assert_eq!(port.access.search(&mut client, "").len(), sent);
    check_absent(&port.access, &mut client);
    // Written down every half minute.
    eventually("what the rules did is counted", Duration::from_secs(60), || {
        let counts = port.house.run(&of)["counts"].clone();
        let touched: Vec<u64> = counts.as_array().unwrap().iter().filter_map(|count| count["touched"].as_u64()).collect();
        let sent = sent as u64;
        (touched == [sent, sent, sent, sent, 0]).then_some(())
    });
}

#[test]
fn rules_are_tried_before_they_are_saved() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&access);
    let lines: String = (0..30)
        .map(|n| json!({ "timestamp": 1_769_860_800 + n, "message": format!("order {n} paid"), "old": n }).to_string() + "\n")
        .collect();
    access.send(&mut client, &lines);
    access.send(&mut client, "{\"message\":\"GET /health 200\"}\n{\"message\":\"order none\"}\n");
    let rules = json!([
        { "name": "health", "when": [{ "field": "message", "contains": "/HEALTH" }], "then": { "drop": true } },
        { "name": "orders", "when": [{ "field": "message", "starts_with": "order" }],
          "then": { "parse": { "pattern": "^order (?<order.id>\\d+)" } } },
        { "name": "names", "then": { "rename": { "from": "old", "to": "new" } } },
    ]);
    let trial = format!("{}/trial", path(&access.source_id));
    let told = owner.does("POST", &trial, &json!({ "rules": rules }));
    assert_eq!((&told["records"], &told["touched"], &told["dropped"]), (&json!(32), &json!(31), &json!(1)), "{told}");
    let count = |name: &str, touched: u64, failed: u64| json!({ "name": name, "touched": touched, "failed": failed });
    assert_eq!(told["counts"], json!([count("health", 1, 0), count("orders", 30, 1), count("names", 30, 0)]));
    assert_eq!(told["warnings"][0]["code"], "as_stored", "{told}");
    assert_eq!(told["oldest"], "2026-01-31T12:00:00Z", "{told}");
    let examples = told["examples"].as_array().unwrap();
    assert!((2..=20).contains(&examples.len()), "{told}");
    let dropped = examples.iter().find(|example| example["rules"] == json!(["health"])).unwrap();
    assert_eq!((&dropped["before"]["message"], &dropped["after"]), (&json!("GET /health 200"), &Value::Null));
    let changed = examples.iter().find(|example| example["rules"] == json!(["orders", "names"])).unwrap();
    let (before, after) = (&changed["before"], &changed["after"]);
    assert_eq!((&after["new"], after.get("old"), &after["order.id"]), (&before["old"], None, &before["old"]), "{changed}");
    let few = owner.does("POST", &trial, &json!({ "rules": rules, "records": 2 }));
    assert_eq!((&few["records"], &few["touched"], &few["examples"][0]["rules"]), (&json!(2), &json!(1), &json!(["health"])));

    assert_eq!(owner.reads(&path(&access.source_id)), json!({ "rules": [], "counts": [] }), "nothing was saved");
    assert_eq!(access.search(&mut client, "").len(), 32);
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"))["entries"].clone();
    let events = |kind: &str| {
        let of_kind = entries.as_array().unwrap().iter().filter(|entry| entry["event"]["type"] == kind);
        of_kind.map(|entry| entry["event"].clone()).collect::<Vec<_>>()
    };
    let readings = events("records_read").iter().filter(|event| event["question"] == "pipeline_trial").count();
    assert_eq!((readings, events("pipeline_changed").len()), (2, 0), "a trial is a reading");
}

#[test]
fn what_rules_did_is_counted_once_and_what_is_malformed_is_refused_all_the_same() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&access);
    let path = path(&access.source_id);
    let rules = json!([
        { "name": "noise", "when": [{ "field": "message", "contains": "noise" }], "then": { "drop": true } },
        { "name": "level", "when": [{ "field": "message", "matches": "^E\\d+ " }],
          "then": { "set": { "field": "level", "value": "error" } } },
    ]);
    owner.does("PUT", &path, &json!({ "rules": rules }));
    owner.does(
        "PUT",
        &format!("/v1/sources/{}/filters", access.source_id),
        &json!({ "filters": [
        { "name": "hum", "contains": "hum" } ]}),
    );
    for _ in 0..3 {
        assert_eq!(send(&mut client, &access, "noise", "{\"message\":\"noise\"}\n{\"message\":\"more noise\"}\n"), 202);
        assert_eq!(send(&mut client, &access, "hum", "{\"message\":\"hum\"}\n"), 202);
        assert_eq!(send(&mut client, &access, "some", "{\"message\":\"E12 some\"}\n{\"message\":\"noise\"}\n"), 202);
    }
    for (at, malformed) in
        ["{\"message\":\"noise\",\"n\":tru}\n", "{\"message\":\"E1 x\",\"n\":01}\n", "{\"message\":\"hum\",\"n\":[}\n"]
            .iter()
            .enumerate()
    {
        assert_eq!(send(&mut client, &access, &format!("bad-{at}"), &format!("{{\"message\":\"kept\"}}\n{malformed}")), 400);
    }
    let bulk = "{\"create\":{}}\n{\"message\":\"noise\"}\n{\"create\":{}}\n{\"message\":\"E7 bulk\"}\n";
    let answer = client.post("/_bulk", &access.write_key, "application/x-ndjson", bulk.as_bytes()).unwrap().json();
    let statuses: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["create"]["status"]).collect();
    assert_eq!(statuses, [201, 201], "{answer}");

    let found = access.search(&mut client, "level:error");
    let mut messages: Vec<String> = found.iter().map(|record| text(&record["message"])).collect();
    messages.sort();
    assert_eq!((messages, access.search(&mut client, "").len()), (vec!["E12 some".to_owned(), "E7 bulk".to_owned()], 2));
    let count = |name: &str, touched: u64| json!({ "name": name, "touched": touched, "failed": 0 });
    assert_eq!(owner.reads(&path)["counts"], json!([count("noise", 4), count("level", 2)]));
    assert_eq!(owner.reads(&format!("/v1/sources/{}/filters", access.source_id))["dropped"], 1);

    owner.does("PUT", &path, &json!({ "rules": [rules[1]] }));
    assert_eq!(owner.reads(&path)["counts"], json!([count("level", 2)]));
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"));
    let changes = entries["entries"].as_array().unwrap().iter().filter(|entry| entry["event"]["type"] == "pipeline_changed");
    let named: Vec<&Value> = changes.map(|entry| &entry["event"]["rules"]).collect();
    assert_eq!(named, [&json!(["level"]), &json!(["noise", "level"])]);
}

#[test]
fn no_other_source_is_touched_and_nobody_else_sees_or_tries() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let drop = json!({ "rules": [{ "name": "all", "then": { "drop": true } }] });
    let ours = path(&access.source_id);
    owner.does("PUT", &ours, &drop);
    let other = house.bootstrap("globex", "api");
    other.send(&mut house.client(&other), "{\"message\":\"theirs\"}\n");
    let beside = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "beside" }))["id"]);
    access.send(&mut house.client(&access), "{\"message\":\"ours\"}\n");
    assert!(access.search(&mut house.client(&access), "").is_empty());
    assert_eq!(other.search(&mut house.client(&other), "").len(), 1);
    assert_eq!(owner.reads(&path(&beside)), json!({ "rules": [], "counts": [] }));

    let theirs = path(&other.source_id);
    let wrong = (404, "key_wrong_source".to_owned());
    assert_eq!(owner.refused("GET", &theirs, &Value::Null), wrong);
    assert_eq!(owner.refused("PUT", &theirs, &drop), wrong);
    assert_eq!(owner.refused("POST", &format!("{theirs}/trial"), &drop), wrong);

    // Whoever may configure a source and not read it, and the other way round.
    let missing = (403, "permission_missing".to_owned());
    for (email, permissions, sees) in
        [("ben@example.com", json!(["source:view", "source:configure"]), true), ("eve@example.com", json!(["logs:read"]), false)]
    {
        let role = json!({ "name": email, "permissions": permissions });
        let role = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &role)["id"]);
        let mut person = Person::invited(&house, &mut owner, &tenant, email, &json!([{ "role": role }]));
        assert_eq!(person.refused("POST", &format!("{ours}/trial"), &drop), missing, "{email}");
        assert_eq!(person.ask("GET", &ours, &Value::Null).status == 200, sees, "{email}");
        assert_eq!(person.ask("PUT", &ours, &drop).status == 200, sees, "{email}");
    }
}

#[test]
fn rules_that_are_not_understood_are_refused() {
    let (house, link) = House::open_empty();
    let Founded { access, mut owner, .. } = Founded::by(&house, &link, "ada@example.com");
    let path = path(&access.source_id);
    let one = |then: Value| json!({ "rules": [{ "name": "x", "then": then }] });
    let invalid = (422, "pipeline_invalid");
    let cases = [
        (one(json!({ "mask": { "pattern": "(", "name": "x" } })), invalid),
        (one(json!({ "mask": { "pattern": "(a{1000}){1000}", "name": "x" } })), invalid),
        (one(json!({ "set": { "field": "msg", "value": "x" } })), invalid),
        (one(json!({ "remove": { "field": "message" } })), invalid),
        (one(json!({ "drop": false })), invalid),
        (json!({ "rules": [{ "name": "x", "when": [{ "field": "a" }], "then": { "drop": true } }] }), invalid),
        (
            json!({ "rules": (0..51).map(|at| json!({ "name": format!("r{at}"), "then": { "drop": true } })).collect::<Vec<_>>() }),
            invalid,
        ),
        (one(json!({ "explode": {} })), (400, "invalid_json")),
        (one(json!({ "drop": true, "remove": { "field": "a" } })), (400, "invalid_json")),
        (json!({ "rule": [] }), (400, "invalid_json")),
    ];
    for (rules, (status, code)) in cases {
        for (method, path) in [("PUT", path.clone()), ("POST", format!("{path}/trial"))] {
            assert_eq!(owner.refused(method, &path, &rules), (status, code.to_owned()), "{rules}");
        }
    }
    let trial = format!("{path}/trial");
    for records in [0, 10_001] {
        let asked = json!({ "rules": [], "records": records });
        assert_eq!(owner.refused("POST", &trial, &asked), (400, "limit_invalid".to_owned()));
    }
    assert_eq!(owner.reads(&path), json!({ "rules": [], "counts": [] }));
    let told = owner.does("POST", &trial, &json!({ "rules": [] }));
    assert_eq!((&told["records"], &told["oldest"], &told["examples"]), (&json!(0), &Value::Null, &json!([])));
}

#[test]
fn a_command_shows_tries_and_sets_rules() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    access.send(&mut house.client(&access), "{\"message\":\"one\"}\n");
    let account = json!({ "name": "robot", "roles": [{ "role": "admin" }] });
    let account = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/service-accounts"), &account)["id"]);
    let keys = format!("/v1/tenants/{tenant}/service-accounts/{account}/keys");
    let key = text(&owner.does("POST", &keys, &json!({}))["key"]);
    let file = house.data().with_file_name("rules.json");
    fs::write(&file, json!({ "rules": [{ "name": "a", "then": { "set": { "field": "env", "value": "prod" } } }] }).to_string())
        .unwrap();
    let file = file.to_string_lossy();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.arg("pipeline").args(words).env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
        command.env("BLOCKHOUSE_KEY", &key).env("BLOCKHOUSE_CA", &access.ca_file);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, tried, aside) = run(&["try", &access.source_id, &file]);
    assert_eq!(code, Some(0), "{aside}");
    assert!(tried.contains("+ {") && tried.contains("\"env\":\"prod\""), "{tried}");
    assert!(aside.contains("1 record looked at: 1 touched") && aside.contains("nothing was saved"), "{aside}");
    assert!(run(&["show", &access.source_id]).1.contains("no rules"));
    assert_eq!(run(&["set", &access.source_id, &file]).0, Some(0));
    let (_, shown, _) = run(&["show", &access.source_id, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["counts"], json!([{ "name": "a", "touched": 0, "failed": 0 }]));
    fs::write(&*file, shown.to_string()).unwrap();
    assert_eq!(run(&["set", &access.source_id, &file]).0, Some(0), "what is shown may be set");
    fs::write(&*file, "{\"rules\":[{\"name\":\"a\",\"then\":{\"drop\":false}}]}").unwrap();
    let (code, _, said) = run(&["set", &access.source_id, &file]);
    assert!(code == Some(65) && said.contains("rule 1: `drop` is `true`"), "{said}");
}

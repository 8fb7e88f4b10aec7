//! Card numbers and secrets are masked before anything is written: no answer of any kind has them, whichever way they came.
//! The record is found, what only looks like one is kept, and nothing is masked where somebody said so.

pub(crate) mod receivers;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{Client, Request};
use crate::house::{Access, House, escaped};
use crate::person::{Founded, text};

const CARD: &str = "4929123456781236";
const SPACED: &str = "4929 1234 5678 1236";
const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
/// Like cards, and none: a number of an order, an id, a time.
const KEPT: [&str; 3] = ["4929123456781237", "0b5f6f6e-4d7c-4d7c-9d7c-412912345678", "1767312000123456789"];

#[track_caller]
fn send(access: &Access, client: &mut Client, kind: &str, body: &[u8]) {
    let response = client.post(&access.frames_path(), &access.write_key, kind, body).unwrap();
    assert_eq!(response.status, 202, "{}", response.text());
}

/// Sends the same in every form of frames, and over OTLP.
fn send_all(access: &Access, client: &mut Client) {
    let nested = json!({ "card": SPACED, "deep": [{ "pan": CARD }] }).to_string();
    let record = json!({
        "message": format!("paid with {SPACED}, {TOKEN}"), "card": CARD, "number": CARD.parse::<u64>().unwrap(),
        "inner": { "list": ["x", format!("({CARD})")], "json": nested }, "kept": KEPT,
    });
    send(access, client, "application/json", record.to_string().as_bytes());
    send(
        access,
        client,
        "text/plain",
        format!("text {SPACED} {TOKEN}\nlevel=warn card={CARD}\n{{\"c\":\"{CARD}\"}}\n").as_bytes(),
    );
    let escaped = CARD.bytes().map(|byte| format!("\\u{:04x}", u32::from(byte))).collect::<String>();
    send(access, client, "application/ndjson", format!("{{\"message\":\"escaped {escaped}\"}}\n").as_bytes());
    let message = format!("packed {CARD} as msgpack");
    let mut packed = vec![0x81, 0xa7];
    packed.extend_from_slice(b"message\xd9");
    packed.push(message.len() as u8);
    packed.extend_from_slice(message.as_bytes());
    send(access, client, "application/msgpack", &packed);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(format!("{{\"message\":\"zipped {CARD}\"}}").as_bytes()).unwrap();
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("Authorization", authorization.as_str())];
    let request = Request { method: "POST", path: &access.frames_path(), headers: &headers, body: &gzip.finish().unwrap() };
    assert_eq!(client.send(&request).unwrap().status, 202);
    let value = json!({ "stringValue": format!("otlp {SPACED}") });
    let log =
        json!({ "timeUnixNano": KEPT[2], "body": value, "attributes": [{ "key": "pan", "value": { "stringValue": CARD } }] });
    let otlp = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] }).to_string();
    let response = client.post("/v1/logs", &access.write_key, "application/json", otlp.as_bytes()).unwrap();
    assert_eq!(response.status, 200, "{}", response.text());
}

/// All that a reader can get of the source, as text.
fn everything(access: &Access, client: &mut Client) -> String {
    let mut said = access.search_response(client, "").text();
    said.push_str(&access.sql(client, "select * from logs").text());
    for path in ["fields", "fields/card", "fields/message", "fields/number", "fields/pan", "histogram"] {
        let path = format!("/v1/sources/{}/{path}", access.source_id);
        said.push_str(&client.get(&path, &access.read_key).unwrap().text());
    }
    for query in [CARD, SPACED, TOKEN] {
        let found = access.search(client, &format!("\"{query}\""));
        assert!(found.is_empty(), "{query}: {found:?}");
        let path = format!("/v1/sources/{}/search?q={}", access.source_id, escaped(&format!("*{query}*")));
        said.push_str(&client.get(&path, &access.read_key).unwrap().text().replace(query, ""));
    }
    said
}

#[test]
fn cards_and_secrets_are_in_no_answer_and_what_looks_like_them_is_kept() {
    let (mut house, access) = House::open();
    send_all(&access, &mut house.client(&access));
    for _ in 0..2 {
        let mut client = house.client(&access);
        assert_eq!(access.search(&mut client, "").len(), 8);
        let said = everything(&access, &mut client);
        for secret in [CARD, SPACED, TOKEN, "4929 1234"] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
        let found = access.search(&mut client, "\"paid with [masked card]\"");
        assert_eq!(found.len(), 1);
        let record = &found[0];
        assert_eq!(record["message"], "paid with [masked card], [masked GitHub token]");
        assert_eq!(record["attributes"]["card"], "[masked card]");
        assert_eq!(record["attributes"]["number"], "[masked card]");
        assert_eq!(record["attributes"]["kept"], json!(KEPT));
        // Again from parts.
        assert!(house.stop().success());
        house.start(&access);
    }
    let told = house.run(&["admin", "redaction", "--tenant", "acme", "--source", "first"]);
    assert!(told["masked"]["cards"].as_u64().is_some_and(|times| times >= 12), "{told}");
    assert_eq!((&told["masked"]["secrets"], &told["masked"]["emails"]), (&json!(2), &json!(0)), "{told}");
    assert!(!house.log().contains(CARD) && !house.log().contains(SPACED));
}

#[test]
fn a_refusal_names_the_place_in_what_was_sent() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = format!("{{\"message\":\"ERROR {CARD}\"}}\n{{\"message\":oops}}\n");
    let response = client.post(&access.frames_path(), &access.write_key, "application/ndjson", body.as_bytes()).unwrap();
    let problem = response.json();
    assert_eq!((response.status, &problem["record"]), (400, &json!(1)), "{problem}");
    assert_eq!(problem["at"], body.find("oops").unwrap(), "{problem}");
}

#[test]
fn what_is_masked_is_a_setting_that_the_trail_tells() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&access);
    let path = format!("/v1/sources/{}/redaction", access.source_id);
    let none = json!({ "cards": 0, "secrets": 0, "emails": 0, "ip_addresses": 0 });
    let first = json!({ "cards": true, "secrets": true, "emails": false, "ip_addresses": false, "masked": none });
    assert_eq!(owner.reads(&path), first);
    let send = |client: &mut Client, word: &str| {
        access.send(client, &json!({ "message": format!("{word} {CARD} ann@example.com 192.0.2.7") }).to_string());
        access.search(client, word)[0]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(send(&mut client, "one"), "one [masked card] ann@example.com 192.0.2.7");
    assert_eq!(owner.reads(&path)["masked"]["cards"], 1);
    owner.does("PUT", &path, &json!({ "cards": false, "emails": true, "ip_addresses": true }));
    assert_eq!(send(&mut client, "two"), format!("two {CARD} [masked email] [masked IP address]"));
    owner.does("PUT", &path, &json!({}));
    assert_eq!(send(&mut client, "three"), "three [masked card] ann@example.com 192.0.2.7");
    assert_eq!(owner.reads(&path)["masked"], json!({ "cards": 2, "secrets": 0, "emails": 1, "ip_addresses": 1 }));
    assert_eq!(owner.refused("PUT", &path, &json!({ "card": false })), (400, "invalid_json".to_owned()));
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"));
    let changes = entries["entries"].as_array().unwrap().iter().filter(|entry| entry["event"]["type"] == "treatment_changed");
    let masked: Vec<&Value> = changes.map(|entry| &entry["event"]["masked"]).collect();
    assert_eq!(masked, [&json!(["cards", "secrets"]), &json!(["secrets", "emails", "ip_addresses"])]);
}

/// One of each that the product hands out, so that a new kind is not forgotten where the shapes are listed.
#[test]
fn every_secret_that_the_product_makes_is_masked() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let (tenant, access) = (founded.tenant.clone(), founded.access.clone());
    let owner = &mut founded.owner;
    let at = |what: &str| format!("/v1/tenants/{tenant}/{what}");
    let mut made = vec![access.write_key.clone(), access.read_key.clone(), owner.token.clone()];
    let invitation =
        owner.does("POST", &at("invitations"), &json!({ "email": "bob@example.com", "roles": [{ "role": "member" }] }));
    made.push(text(&invitation["link"]).rsplit('#').next().unwrap().to_owned());
    let account = owner.does("POST", &at("service-accounts"), &json!({ "name": "robot", "roles": [{ "role": "read-only" }] }));
    let keys = format!("{}/{}/keys", at("service-accounts"), text(&account["id"]));
    made.push(text(&owner.does("POST", &keys, &json!({}))["key"]));
    let hook = json!({ "name": "ops", "kind": "webhook", "url": "https://hook.invalid/x" });
    made.push(text(&owner.does("POST", &at("alert-destinations"), &hook)["secret"]));
    let stream = json!({ "url": "https://hook.invalid/x", "from": "now" });
    made.push(text(&owner.does("POST", &at("audit/streams"), &stream)["secret"]));
    let keys = owner.reads(&format!("/v1/sources/{}/keys", access.source_id));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kind"] == "write").unwrap();
    let shared = format!("/v1/sources/{}/keys/{}/shared-key", access.source_id, text(&key["id"]));
    made.push(text(&owner.does("POST", &shared, &Value::Null)["shared_key"]));

    let mut client = house.client(&access);
    for secret in &made {
        assert!(secret.starts_with("bh_"), "{secret}");
        access.send(&mut client, &format!("{}\n", json!({ "message": format!("leaked: {secret}, in the open") })));
    }
    let found = access.search(&mut client, "\"leaked: [masked Blockhouse\"");
    assert_eq!(found.len(), made.len(), "{found:?}");
}

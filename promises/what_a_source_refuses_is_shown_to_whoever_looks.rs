//! What a source refuses is shown to whoever looks at it, with the reason and without the body or the key; and to nobody else.
//! So is a connection that ended before TLS was there, where its address can be of nobody else's sender.

use std::fs;
use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::eventually;
use crate::house::{House, socket_from};
use crate::person::{Founded, Person, text};
use crate::port::{SOON, connect, identity};

fn post(client: &mut Client, path: &str, key: &str, body: &str) -> Response {
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    client.send(&Request { method: "POST", path, headers: &headers, body: body.as_bytes() }).unwrap()
}

fn codes(looked: &Value) -> Vec<String> {
    looked["refusals"].as_array().unwrap().iter().map(|one| text(&one["code"])).collect()
}

#[test]
fn refusals_are_listed_from_the_first_look_on() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let access = &founded.access;
    let mut client = house.client(access);
    let (frames, secret) = (access.frames_path(), "a secret of the body");
    let broken = format!("{{\"message\":\"{secret}\",");
    let path = format!("/v1/sources/{}/refusals", access.source_id);

    post(&mut client, &frames, &access.write_key, &broken);
    let first = founded.owner.does("GET", &path, &Value::Null);
    assert_eq!(first["refusals"], json!([]), "nobody looked before");

    post(&mut client, &frames, &access.write_key, &broken);
    post(&mut client, "/frames", &access.write_key, &broken);
    post(&mut client, &frames, &access.read_key, "{}");
    post(&mut client, &frames, "what somebody typed", "{}");
    let looked = founded.owner.does("GET", &path, &Value::Null);
    assert_eq!(codes(&looked), ["key_malformed", "key_wrong_direction", "truncated_json", "truncated_json"], "the newest first");
    let newest = &looked["refusals"][0];
    assert_eq!((&newest["status"], &newest["key"]), (&json!(401), &Value::Null));
    assert_eq!(looked["refusals"][1]["address"], "127.0.0.1");
    assert!(text(&looked["refusals"][2]["detail"]).contains("byte"), "{looked}");
    let shown = looked.to_string();
    for hidden in [secret, "what somebody typed", access.read_key.as_str(), access.write_key.as_str()] {
        assert!(!shown.contains(hidden), "{shown}");
    }

    for _ in 0..30 {
        post(&mut client, &frames, &access.read_key, "{}");
    }
    let many = founded.owner.does("GET", &path, &Value::Null);
    assert_eq!((codes(&many).len(), &many["left_out"]), (20, &json!(14)));

    let theirs = house.bootstrap("Globex", "first");
    let invitation = house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"]);
    let accept = json!({ "invitation": invitation["token"], "name": "Eve", "token": true });
    let eve = text(&Person::stranger(&house).does("POST", "/v1/invitations/accept", &accept)["token"]);
    assert_eq!(Person::with(&house, &eve).ask("GET", &path, &Value::Null).status, 404);
    drop(theirs);
}

/// Kinds of what came from an address, with how often each.
fn from(looked: &Value, address: &str) -> Vec<(String, u64)> {
    let all = looked["connections"].as_array().unwrap().iter().filter(|one| one["address"] == address);
    all.map(|one| (text(&one["kind"]), one["times"].as_u64().unwrap())).collect()
}

fn ask_in_clear(house: &House, address: [u8; 4]) {
    let mut plain = socket_from(address, house.address()).unwrap();
    plain.write_all(b"POST /frames HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").unwrap();
    plain.read_to_string(&mut String::new()).unwrap();
}

#[test]
fn connections_without_tls_are_listed_and_never_those_of_another_tenants_senders() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let access = &founded.access;
    let path = format!("/v1/sources/{}/refusals", access.source_id);

    ask_in_clear(&house, [127, 0, 0, 2]);
    ask_in_clear(&house, [127, 0, 0, 2]);
    let unknown = house.data().join("unknown.pem");
    fs::write(&unknown, identity().1).unwrap();
    let distrusts = Client::new(house.address(), &unknown).unwrap();
    assert!(house.at_another_address(distrusts, [127, 0, 0, 3]).get("/healthz", "").is_err());
    assert!(connect(house.address(), access, &rustls::version::TLS12, None).is_err());
    let mut babbles = socket_from([127, 0, 0, 4], house.address()).unwrap();
    babbles.write_all(b"\x01\x02\x03\x04").unwrap();

    let all = |looked: &Value| ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"].map(|address| from(looked, address));
    let one = |kind: &str, times| vec![(kind.to_owned(), times)];
    let expected = [one("tls_incompatible", 1), one("plain_http", 2), one("certificate_not_trusted", 1), one("not_tls", 1)];
    let looked = eventually("all are listed", SOON, || {
        let looked = founded.owner.does("GET", &path, &Value::Null);
        (all(&looked) == expected).then_some(looked)
    });
    let distrusted = looked["connections"].as_array().unwrap().iter().find(|one| one["address"] == "127.0.0.3").unwrap();
    assert!(text(&distrusted["detail"]).contains("unknown_ca") && distrusted["port"] == "https", "{looked}");
    assert_eq!(
        looked["connections"].as_array().unwrap().len(),
        4,
        "the checks of the server itself are not among them: {looked}"
    );

    // Once there is another tenant, whose senders may be behind any address:
    let theirs = house.bootstrap("Globex", "first");
    let looked = founded.owner.does("GET", &path, &Value::Null);
    assert_eq!(all(&looked), [one("tls_incompatible", 1), vec![], vec![], vec![]], "the address of whoever looks");
    let mut sender = house.visitor_from([127, 0, 0, 2]);
    post(&mut sender, &access.frames_path(), &access.write_key, "{");
    let looked = founded.owner.does("GET", &path, &Value::Null);
    assert_eq!(all(&looked), [one("tls_incompatible", 1), one("plain_http", 2), vec![], vec![]], "one that was refused here");

    let invitation = house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"]);
    let accept = json!({ "invitation": invitation["token"], "name": "Eve", "token": true });
    let eve = text(&Person::stranger(&house).does("POST", "/v1/invitations/accept", &accept)["token"]);
    let looked = Person::with(&house, &eve).ask("GET", &format!("/v1/sources/{}/refusals", theirs.source_id), &Value::Null);
    assert_eq!(looked.status, 200, "{}", looked.text());
    assert_eq!(all(&looked.json()), [one("tls_incompatible", 1), vec![], vec![], vec![]], "they share an address, and no other");
}

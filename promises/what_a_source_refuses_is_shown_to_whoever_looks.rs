//! What a source refuses is shown to whoever looks at it, with the reason and without the body or the key; and to nobody else.

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::House;
use crate::person::{Founded, Person, text};

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

//! A key opens one source, in one direction: every other use is refused, and says nothing about what is there.

use serde_json::json;

use crate::client::{Client, Response};
use crate::house::{Access, House};

#[track_caller]
fn check(response: &Response, status: u16, code: &str) {
    assert_eq!((response.status, response.json()["code"].as_str()), (status, Some(code)), "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
}

/// Every way to read a source, with a key that may not.
fn check_reads(client: &mut Client, source: &Access, key: &str, expected: (u16, &str)) {
    let (status, code) = expected;
    let path = format!("/v1/sources/{}", source.source_id);
    check(&client.get(&format!("{path}/search?q="), key).unwrap(), status, code);
    check(&client.get(&format!("{path}/tail?q="), key).unwrap(), status, code);
    let sql = json!({ "sql": "select count(*) from logs" }).to_string();
    check(&client.post(&format!("{path}/sql"), key, "application/json", sql.as_bytes()).unwrap(), status, code);
}

fn write(client: &mut Client, source: &Access, key: &str) -> Response {
    client.post(&source.frames_path(), key, "application/json", br#"{"message":"from the wrong side"}"#).unwrap()
}

#[test]
fn a_key_opens_one_source_in_one_direction() {
    let (house, ours) = House::open();
    let sibling = house.bootstrap("acme", "second");
    let theirs = house.bootstrap("globex", "first");
    let mut client = house.client(&ours);
    ours.send(&mut client, r#"{"message":"ours alone"}"#);
    theirs.send(&mut client, r#"{"message":"theirs alone"}"#);

    check_reads(&mut client, &ours, &ours.write_key, (403, "key_wrong_direction"));
    check(&write(&mut client, &ours, &ours.read_key), 403, "key_wrong_direction");
    for other in [&sibling, &theirs] {
        check_reads(&mut client, other, &ours.read_key, (404, "key_wrong_source"));
        check(&write(&mut client, other, &ours.write_key), 404, "key_wrong_source");
    }
    for (source, message) in [(&ours, "ours alone"), (&theirs, "theirs alone")] {
        let found = source.search(&mut client, "");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["message"], message);
    }
    assert!(sibling.search(&mut client, "").is_empty());
}

#[test]
fn a_source_that_does_not_exist_answers_as_one_that_is_not_yours() {
    let (house, ours) = House::open();
    let theirs = house.bootstrap("globex", "first");
    let mut client = house.client(&ours);
    let mut ask = |id: &str| {
        let response = client.get(&format!("/v1/sources/{id}/search?q="), &ours.read_key).unwrap();
        let mut body = response.json();
        // Names the request, not what is there.
        for varying in ["instance", "request_id"] {
            if let Some(fields) = body.as_object_mut() {
                fields.remove(varying);
            }
        }
        (response.status, body)
    };
    // The same form, another content: one letter in the middle changes.
    let middle = theirs.source_id.len() / 2;
    let swapped = if theirs.source_id.as_bytes()[middle] == b'a' { "b" } else { "a" };
    let absent = format!("{}{swapped}{}", &theirs.source_id[..middle], &theirs.source_id[middle + 1..]);
    assert_eq!(ask(&theirs.source_id), ask(&absent));
}

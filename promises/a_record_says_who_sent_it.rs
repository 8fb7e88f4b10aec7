//! Each record says by which credential, from where and over which TLS it came, as the server saw it, and what it is sealed in:
//! at once, after a kill, in a part, and in one that several became. A reader of another source learns nothing of it.

use std::ffi::OsString;
use std::io::Write;

use serde_json::{Value, json};

use crate::client::Request;
use crate::clock::eventually;
use crate::free_port::free_address;
use crate::house::{Access, House, escaped};
use crate::person::{Founded, Person, text};
use crate::port::{SOON, connect};

/// What was sent, and who sent it over which TLS.
struct Sent {
    word: &'static str,
    by: Value,
    tls: &'static str,
}

fn origin(owner: &mut Person, access: &Access, record: &Value) -> Value {
    owner.reads(&format!("/v1/sources/{}/origin?id={}", access.source_id, escaped(&text(&record["id"]))))
}

/// Each record's sender; gives the kinds of what all are sealed in.
fn check(house: &House, founded: &mut Founded, sent: &[Sent]) -> Vec<String> {
    let Founded { tenant, access, owner } = founded;
    let mut kinds = Vec::new();
    let named = owner.reads(&format!("/v1/tenants/{tenant}/data-keys"));
    let of_source = named["sources"].as_array().expect("sources").iter().find(|source| source["id"] == access.source_id);
    let keys: Vec<String> =
        of_source.expect("the source")["keys"].as_array().expect("keys").iter().map(|key| text(&key["id"])).collect();
    for Sent { word, by, tls } in sent {
        let found = eventually(word, SOON, || access.search(&mut house.client(access), word).pop());
        let origin = origin(owner, access, &found);
        let expected = json!({ "by": by, "address": "127.0.0.1", "tls": tls });
        assert_eq!((&origin["sent_by"], &origin["id"]), (&expected, &found["id"]), "{word}: {origin}");
        let (received, at) = (text(&origin["received_at"]), text(&found["timestamp"]));
        // None of them names a time of its own.
        assert_eq!(received[..19], at[..19], "{word}");
        for object in origin["sealed_in"].as_array().expect("objects") {
            assert!(keys.contains(&text(&object["data_key"])), "{origin}");
            kinds.push(text(&object["kind"]));
        }
    }
    kinds
}

/// All of what the record is sealed in opens, and is only opened when that is asked for.
fn check_seals(founded: &mut Founded, record: &Value) {
    let path = format!("/v1/sources/{}/origin?id={}", founded.access.source_id, escaped(&text(&record["id"])));
    let seals = |answer: Value| -> Vec<Value> {
        answer["sealed_in"].as_array().expect("objects").iter().map(|object| object["seal"]["state"].clone()).collect()
    };
    let opened = seals(founded.owner.reads(&format!("{path}&seals=true")));
    assert!(!opened.is_empty() && opened.iter().all(|state| state == "whole"), "{opened:?}");
    assert!(seals(founded.owner.reads(&path)).iter().all(Value::is_null));
}

#[test]
fn a_record_says_who_sent_it() {
    let free = free_address();
    let (mut house, link) = House::open_empty_set(vec![("BLOCKHOUSE_SYSLOG_LISTEN", OsString::from(free.to_string()))]);
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let (access, owner) = (founded.access.clone(), &mut founded.owner);
    let keys = format!("/v1/sources/{}/keys", access.source_id);
    let made = owner.does("POST", &keys, &json!({ "kind": "write", "name": "second" }));
    let second = Access { write_key: text(&made["key"]), ..access.clone() };
    let listed = owner.reads(&keys);
    let by = |is_second: bool| {
        let is_it = |key: &&Value| key["kind"] == "write" && (key["name"] == "second") == is_second;
        let key = listed["keys"].as_array().expect("keys").iter().find(is_it).expect("the key");
        json!({ "kind": "api_key", "id": key["id"] })
    };

    let mut client = house.client(&access);
    access.send(&mut client, "{\"message\":\"first-word\"}\n{\"message\":\"again-word\"}");
    second.send(&mut client, "{\"message\":\"second-word\"}");
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
    ];
    let body = b"{\"message\":\"lying-word\",\"address\":\"203.0.113.9\"}";
    let lying = Request { method: "POST", path: &access.frames_path(), headers: &headers, body };
    assert_eq!(client.send(&lying).unwrap().status, 202);
    let mut port = connect(free, &access, &rustls::version::TLS12, None).unwrap();
    let element = format!("[authentication@51576 source_id=\"{}\" api_key=\"{}\"]", access.source_id, second.write_key);
    port.write_all(format!("<14>1 - host app - - {element} syslog-word\n").as_bytes()).unwrap();
    port.flush().unwrap();
    let sent = [
        Sent { word: "first-word", by: by(false), tls: "1.3" },
        Sent { word: "second-word", by: by(true), tls: "1.3" },
        Sent { word: "again-word", by: by(false), tls: "1.3" },
        Sent { word: "lying-word", by: by(false), tls: "1.3" },
        Sent { word: "syslog-word", by: by(true), tls: "1.2" },
    ];
    assert!(check(&house, &mut founded, &sent).iter().all(|kind| kind == "journal"));
    let record = access.search(&mut client, "first-word").remove(0);
    check_seals(&mut founded, &record);

    house.kill();
    house.start(&access);
    founded.owner.reconnects();
    check(&house, &mut founded, &sent);
    assert!(house.stop().success(), "{}", house.log());
    house.start(&access);
    founded.owner.reconnects();
    let kinds = check(&house, &mut founded, &sent);
    assert!(kinds.iter().all(|kind| kind == "part"), "{kinds:?} {}", house.log());
    check_seals(&mut founded, &record);

    let Founded { tenant, mut owner, .. } = founded;
    let other = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "other" }))["id"]);
    let path = format!("/v1/sources/{other}/origin?id={}", escaped(&text(&record["id"])));
    assert_eq!(owner.refused("GET", &path, &Value::Null), (404, "record_not_found".to_owned()));
}

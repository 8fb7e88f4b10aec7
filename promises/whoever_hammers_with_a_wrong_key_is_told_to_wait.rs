//! A client that goes on and on with a key that does not count is told to wait, in the words of its protocol; a good key is
//! taken all the same, from the same address too.

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::eventually;
use crate::fluent_senders_forward as forward;
use crate::house::House;
use crate::person::{Founded, Person, text};
use crate::port::SOON;
use crate::syslog_is_received_over_tls as syslog;

/// Wrong keys of one address that are told why.
const TOLD_WHY: usize = 60;
const TRIES_MAX: usize = 10 * TOLD_WHY;
const CODE: &str = "too_many_failed_keys";
const HAMMERER: [u8; 4] = [127, 0, 0, 2];
/// As `checks/outside.rs` has it.
const OF_THE_CHECKS: [u8; 4] = [127, 66, 72, 1];
const OTHER: [u8; 4] = [127, 0, 0, 3];

fn send(client: &mut Client, (path, header, key): (&str, &str, &str), kind: &str, body: &[u8]) -> Response {
    let headers = [(header, key), ("Content-Type", kind), ("TE", "trailers")];
    client.send(&Request { method: "POST", path, headers: &headers, body }).unwrap()
}

fn frames(client: &mut Client, key: &str) -> Response {
    send(client, ("/frames", "Authorization", &format!("Bearer {key}")), "application/json", br#"{"message":"there"}"#)
}

/// Well formed, and of another house.
fn foreign_key() -> String {
    let (_house, access) = House::open();
    access.write_key
}

fn hammered(house: &House, from: [u8; 4], key: &str) -> Client {
    let mut client = house.visitor_from(from);
    // On a machine that takes more than a minute for them it begins anew.
    for tries in 0..TRIES_MAX {
        let answer = frames(&mut client, key);
        if answer.status == 429 {
            // The checks look by themselves as well, with wrong keys of their own.
            assert!(tries >= TOLD_WHY || from == OF_THE_CHECKS, "{tries}");
            return client;
        }
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("key_unknown")), "{tries}");
    }
    panic!("nobody is told to wait");
}

#[test]
fn the_address_waits_and_a_good_key_does_not() {
    let (house, access) = House::open();
    let key = foreign_key();
    let mut client = hammered(&house, HAMMERER, &key);
    let told = frames(&mut client, &key);
    assert_eq!((told.status, &told.json()["code"]), (429, &json!(CODE)), "{}", told.text());
    let seconds: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(told.text().contains("the API key is not known here"), "it says why, too: {}", told.text());
    for wrong in ["what somebody typed", &access.read_key] {
        assert_eq!(frames(&mut client, wrong).status, 429, "another wrong key of the same address");
    }
    let elsewhere = format!("/sources/{}/frames", house.bootstrap("Globex", "first").source_id);
    let authorization = format!("Bearer {}", access.write_key);
    let trespass = send(&mut client, (&elsewhere, "Authorization", &authorization), "application/json", b"{}");
    assert_eq!(trespass.status, 429, "a key at a source that is not its own does not count there");

    assert_eq!(frames(&mut client, &access.write_key).status, 202, "a good key behind the same address");
    let mut other = house.visitor_from(OTHER);
    assert_eq!(frames(&mut other, &key).status, 401, "another address");
    let none = client.send(&Request { method: "POST", path: "/frames", headers: &[], body: b"{}" }).unwrap();
    assert_eq!((none.status, &none.json()["code"]), (401, &json!("key_missing")), "without a key no key failed");
}

/// The checks try walls with keys that must not count, and looked at again and again they are told to wait like anybody.
#[test]
fn to_the_checks_it_is_a_refusal_like_another() {
    let (house, _) = House::open();
    let key = foreign_key();
    hammered(&house, OF_THE_CHECKS, &key);
    let (code, report) = house.answer(&["check", "TIM-SEP-1", "TIM-APIKEY-1"]);
    assert_eq!(code, Some(0), "{report:#}");
}

#[test]
fn each_protocol_says_it_in_its_own_words() {
    let (house, _) = House::open();
    let key = foreign_key();
    let mut client = hammered(&house, HAMMERER, &key);
    let bearer = format!("Bearer {key}");
    let splunk = format!("Splunk {key}");
    let json = "application/json";
    let ways = [
        ("/loki/api/v1/push", "Authorization", bearer.as_str(), json, br#"{"streams":[]}"#.as_slice()),
        ("/services/collector/event", "Authorization", &splunk, json, br#"{"event":"there"}"#),
        ("/api/v2/logs", "DD-API-KEY", &key, json, br#"[{"message":"there"}]"#),
        ("/_bulk", "Authorization", &bearer, "application/x-ndjson", b"{\"create\":{}}\n{\"message\":\"there\"}\n"),
        ("/v1/logs", "Authorization", &bearer, json, br#"{"resourceLogs":[]}"#),
        ("/upload", "Authorization", &bearer, "application/vnd.fdo.journal", b"MESSAGE=there\n\n"),
    ];
    for (path, header, key, kind, body) in ways {
        let told = send(&mut client, (path, header, key), kind, body);
        assert_eq!((told.status, told.header("blockhouse-code")), (429, Some(CODE)), "{path}: {}", told.text());
        assert!(told.header("retry-after").is_some(), "{path}");
        let said = match path {
            "/services/collector/event" => told.json()["code"] == 4,
            "/api/v2/logs" => told.json()["errors"][0]["code"] == CODE,
            "/_bulk" => told.json()["status"] == 429 && told.header("x-elastic-product").is_some(),
            "/loki/api/v1/push" => told.text().contains(CODE),
            // google.rpc.Code: RESOURCE_EXHAUSTED.
            "/v1/logs" => told.json()["code"] == 8 && told.text().contains(CODE),
            _ => told.json()["code"] == CODE,
        };
        assert!(said, "{path}: {}", told.text());
    }
    let export = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let told = send(&mut client, (export, "Authorization", &bearer), "application/grpc", &[0; 5]);
    assert_eq!(told.header("grpc-status"), Some("8"), "RESOURCE_EXHAUSTED, with when to come again: {:?}", told.headers);
    assert!(told.header("grpc-status-details-bin").is_some() && told.header("grpc-message").unwrap().starts_with(CODE));
}

#[test]
fn whoever_looks_sees_one_refusal_of_it_and_operators_see_how_many() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let staff = house.run(&["admin", "create-staff", "--kind", "operator", "--email", "olga@example.com", "--name", "Olga"]);
    let mut operator = Person::with(&house, &text(&staff["token"]));
    operator.adds_passkey();
    let path = format!("/v1/sources/{}/refusals", founded.access.source_id);
    founded.owner.does("GET", &path, &Value::Null);
    let keys = |told: &Value| ["failed", "told_to_wait"].map(|name| told["keys"][name].as_u64().unwrap());
    let before = keys(&operator.reads("/v1/system"));

    let mut client = house.visitor_from(HAMMERER);
    let (own, read_key) = (founded.access.frames_path(), format!("Bearer {}", founded.access.read_key));
    for _ in 0..TOLD_WHY + 30 {
        send(&mut client, (&own, "Authorization", &read_key), "application/json", b"{}");
    }
    let looked = founded.owner.does("GET", &path, &Value::Null);
    let newest = &looked["refusals"][0];
    assert_eq!((&newest["code"], &newest["times"], &newest["status"]), (&json!(CODE), &json!(30), &json!(429)), "{looked}");
    assert_eq!(newest["address"], "127.0.0.2");
    assert_eq!((&looked["refusals"][1]["code"], &looked["refusals"][1]["times"]), (&json!("key_wrong_direction"), &json!(1)));
    assert_eq!(looked["refusals"].as_array().unwrap().len(), 20);
    let after = keys(&operator.reads("/v1/system"));
    assert_eq!(after, [before[0] + 90, before[1] + 30]);

    let mut checks = house.visitor_from(OF_THE_CHECKS);
    assert_eq!(frames(&mut checks, "what a check tries").status, 401);
    assert_eq!(keys(&operator.reads("/v1/system")), after, "operators are told of others");
}

#[test]
fn a_syslog_sender_is_hung_up_on_without_a_line_in_the_log_each_time() {
    let port = syslog::Port::open();
    let mut client = port.house.client(&port.access);
    let hung_up_on = || {
        let mut wrong = port.sender();
        wrong.send(&syslog::counted("<14>1 - - - - - [authentication@51576 api_key=\"no\"] not stored"));
        assert!(wrong.hung_up_on());
    };
    let lines = |what: &str| port.house.log().lines().filter(|line| line.contains(what)).count();
    let told_why = (0..TRIES_MAX).find(|_| {
        hung_up_on();
        lines(CODE) > 0
    });
    (0..5).for_each(|_| hung_up_on());
    let mut good = port.sender();
    good.send(&syslog::counted(&format!("<14>1 - - - - - {} stored", syslog::element(&port.access))));
    port.search(&mut client, "", 1);
    assert_eq!((lines("a syslog connection was closed"), lines(CODE)), (told_why.unwrap(), 1));
    assert!(told_why >= Some(TOLD_WHY));
}

#[test]
fn a_forward_sender_is_told_and_hung_up_on() {
    let port = forward::Port::open();
    let shared = port.shared("first");
    let wrong = forward::Shared { key: "wrong".to_owned(), ..shared.clone() };
    let told_why = (0..TRIES_MAX).find(|_| port.refused(&wrong) == CODE);
    assert!(told_why >= Some(TOLD_WHY), "{told_why:?}");
    eventually("the good one is greeted", SOON, || port.greets(&shared).then_some(()));
}

//! What comes in is counted as Timber counted it. Beyond 120 percent of a quota it is refused, in the way that makes each kind
//! of sender keep what it has where it can; what was taken before is there, and other sources are not touched.

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::eventually;
use crate::house::{Access, House};
use crate::otlp_is_stored_over_http_and_grpc as otlp;
use crate::person::{Founded, text};
use crate::port::SOON;
use crate::syslog_is_received_over_tls::{Port, counted, element};

/// 47 bytes and 57 as msgpack.
const EXAMPLE: &str = r#"{"level":"info","message":"This is the first log line"}
{"level":"error","message":"This is the second log line","key":"val"}
"#;

fn post(client: &mut Client, path: &str, key: &str, more: &[(&str, &str)], body: &str) -> Response {
    let authorization = format!("Bearer {key}");
    let headers = [&[("Authorization", authorization.as_str())][..], more].concat();
    client.send(&Request { method: "POST", path, headers: &headers, body: body.as_bytes() }).unwrap()
}

/// Sends the example as NDJSON.
fn send(client: &mut Client, access: &Access) -> Response {
    client.post(&access.frames_path(), &access.write_key, "application/ndjson", EXAMPLE.as_bytes()).unwrap()
}

#[track_caller]
fn check_refused(response: &Response, status: u16) {
    assert_eq!((response.status, response.header("blockhouse-code")), (status, Some("quota_exceeded")), "{}", response.text());
    let seconds: u64 = response.header("retry-after").expect("when to come again").parse().unwrap();
    assert!((1..=31 * 24 * 3_600 + 1).contains(&seconds), "{seconds}");
}

/// Another source of the same tenant.
fn second(founded: &mut Founded) -> Access {
    let made = founded.owner.does("POST", &format!("/v1/tenants/{}/sources", founded.tenant), &json!({ "name": "second" }));
    let source_id = text(&made["id"]);
    let keys = format!("/v1/sources/{source_id}/keys");
    let mut key = |kind: &str| text(&founded.owner.does("POST", &keys, &json!({ "kind": kind, "name": "x" }))["key"]);
    let (write_key, read_key) = (key("write"), key("read"));
    Access { source_id, write_key, read_key, ..founded.access.clone() }
}

#[test]
fn the_worked_example_is_counted_once_and_stays_counted() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let words = ["admin", "quota", "--tenant", "acme", "--source", "first"];
    let kind = [("Content-Type", "application/ndjson"), ("Idempotency-Key", "once")];
    for _ in 0..3 {
        assert_eq!(post(&mut client, &access.frames_path(), &access.write_key, &kind, EXAMPLE).status, 202);
    }
    // Written within some seconds, and a kill after that takes nothing away.
    eventually("104 bytes", SOON, || Some(()).filter(|()| house.run(&words)["used"] == 104));
    house.kill();
    house.start(&access);
    assert_eq!(house.run(&words)["used"], 104);
    assert_eq!(send(&mut house.client(&access), &access).status, 202);
    assert!(house.stop().success());
    let told = house.run(&words);
    assert_eq!((&told["used"], &told["bytes"], &told["state"]), (&json!(208), &Value::Null, &json!("ok")), "{told}");
    assert_eq!(house.run(&["admin", "quota", "--tenant", "acme"])["used"], 208);
}

#[test]
fn beyond_a_quota_is_refused_and_what_was_taken_is_there() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let (first, other) = (founded.access.clone(), second(&mut founded));
    let Founded { tenant, mut owner, .. } = founded;
    let mut client = house.client(&first);
    let of_source = format!("/v1/sources/{}/quota", first.source_id);
    let of_tenant = format!("/v1/tenants/{tenant}/quota");
    let refusals = format!("/v1/sources/{}/refusals", first.source_id);
    owner.reads(&refusals);
    for bytes in [0_u64, 1 << 53] {
        let refused = owner.refused("PUT", &of_source, &json!({ "bytes": bytes }));
        assert_eq!(refused, (422, "quota_invalid".to_owned()));
    }

    // 130 bytes: 104 are 80 percent of them.
    owner.does("PUT", &of_source, &json!({ "bytes": 130, "period": "month" }));
    assert_eq!(send(&mut client, &first).status, 202);
    let near = owner.reads(&of_source);
    assert_eq!((&near["used"], &near["state"]), (&json!(104), &json!("near")), "{near}");
    assert!(text(&near["resets_at"]).ends_with("-01T00:00:00Z"), "{near}");
    assert_eq!(send(&mut client, &first).status, 202, "less than 120 percent were used");
    assert_eq!(owner.reads(&of_source)["state"], "refusing");
    check_refused(&send(&mut client, &first), 402);
    assert_eq!(first.search(&mut client, "").len(), 4);
    assert_eq!(owner.reads(&of_source)["used"], 208, "what is refused is not counted");
    let looked = owner.reads(&refusals);
    assert_eq!((&looked["refusals"][0]["code"], &looked["refusals"][0]["status"]), (&json!("quota_exceeded"), &json!(402)));

    assert_eq!(send(&mut client, &other).status, 202, "the quota of one source is of no other");
    owner.does("PUT", &of_tenant, &json!({ "bytes": 200, "period": "day" }));
    check_refused(&send(&mut client, &other), 402);
    owner.does("PUT", &of_tenant, &json!({}));
    assert_eq!(send(&mut client, &other).status, 202);
    check_refused(&send(&mut client, &first), 402);

    let trail = format!("/v1/tenants/{tenant}/audit");
    let told = eventually("the mark in the trail", SOON, || {
        let entries = owner.reads(&trail)["entries"].as_array().unwrap().clone();
        entries.into_iter().find(|entry| entry["event"]["type"] == "quota_reached" && entry["event"]["percent"] == 120)
    });
    assert_eq!((&told["source"], &told["event"]["bytes"]), (&json!(first.source_id), &json!(130)), "{told}");
    assert!(owner.reads(&trail).to_string().contains("quota_changed"));
    assert!(owner.reads("/v1/me/notices").to_string().contains("quota_reached"));
}

#[test]
fn each_kind_of_sender_is_refused_as_it_understands() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    assert_eq!(send(&mut client, &access).status, 202);
    house.run(&["admin", "quota", "--tenant", "acme", "--source", "first", "--bytes", "50", "--period", "day"]);
    let json_kind = [("Content-Type", "application/json")];
    let time = "1769860800000000007";
    let streams = json!({"streams": [{"stream": {"app": "shop"}, "values": [[time, "pushed"]]}]}).to_string();
    let log = json!({ "timeUnixNano": time, "body": { "stringValue": "exported" } });
    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] }).to_string();
    let bulk = "{\"create\":{}}\n{\"message\":\"bulk\"}\n";
    for (path, body, status) in [
        ("/frames", "{\"message\":\"framed\"}", 402),
        ("/loki/api/v1/push", &streams, 429),
        ("/v1/logs", &logs, 429),
        ("/_bulk", bulk, 429),
        ("/services/collector/event", "{\"event\":\"collected\"}", 503),
    ] {
        check_refused(&post(&mut client, path, &access.write_key, &json_kind, body), status);
    }
    let busy = post(&mut client, "/services/collector/event", &access.write_key, &json_kind, "{\"event\":\"x\"}");
    assert_eq!(busy.json()["code"], 9);
    let headers = [("DD-API-KEY", access.write_key.as_str()), json_kind[0]];
    let request = Request { method: "POST", path: "/api/v2/logs", headers: &headers, body: b"[{\"message\":\"agent\"}]" };
    check_refused(&client.send(&request).unwrap(), 429);
    let status = otlp::export(&house, &access, &access.write_key, None, otlp::request(Vec::new())).unwrap_err();
    assert_eq!(status.code(), tonic::Code::ResourceExhausted, "{status:?}");
    assert!(String::from_utf8_lossy(status.details()).contains("google.rpc.RetryInfo"), "{status:?}");
    assert_eq!(access.search(&mut client, "").len(), 2);
}

#[test]
fn a_message_of_syslog_that_is_refused_ends_no_connection() {
    let port = Port::open();
    let words = ["admin", "quota", "--tenant", "acme", "--source", "first"];
    let mut client = port.house.client(&port.access);
    assert_eq!(send(&mut client, &port.access).status, 202);
    port.house.run(&[&words[..], &["--bytes", "50"]].concat());
    let mut sender = port.sender();
    let message = |text: &str| counted(&format!("<14>1 - - - - - {} {text}", element(&port.access)));
    sender.send(&message("beyond it"));
    eventually("a word in the log", SOON, || Some(()).filter(|()| port.house.log().contains("quota_exceeded")));
    port.house.run(&[&words[..], &["--unbounded"]].concat());
    sender.send(&message("within it"));
    port.search(&mut client, "\"within it\"", 1);
    assert!(port.access.search(&mut client, "\"beyond it\"").is_empty());
}

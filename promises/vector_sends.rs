//! Vector's sinks need another address and a key: what each asks before it begins, and what it sends, is replayed as its source
//! writes it, and every record is found with all its fields.
//!
//! Of version 0.58; beside each promise stands the file that says so. An answer outside of 2xx is dropped, and sent again after
//! 408, 429 and 5xx alone (`RetryStrategy` in `sinks/util/http.rs`); Datadog's sink sends again after everything but 400 and 413.

use std::io::{BufRead, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;
use serde_json::{Value, json};

use crate::client::{Client, Response, read_response};
use crate::clock::eventually;
use crate::house::{Access, House};
use crate::loki_clients_push::{protobuf, snappy};
use crate::otlp_is_stored_over_http_and_grpc::{gzip, request, text};
use crate::port::SOON;
use crate::syslog_is_received_over_tls::Port;

const AGENT: &str = "Vector/0.58.0 (x86_64-unknown-linux-gnu)";
const TIME: &str = "2026-01-31T12:00:00.123456789Z";
const NANOS: u64 = 1_769_860_800_123_456_789;

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// Sends these bytes over a connection of their own; the head comes without the empty line behind it.
pub(crate) fn verbatim(house: &House, head: &str, body: &[u8]) -> Response {
    let mut connection = house.visitor().greet(TcpStream::connect(house.address()).unwrap()).unwrap();
    let stream = connection.get_mut();
    stream.write_all(&[head.as_bytes(), b"\r\n", body].concat()).unwrap();
    stream.flush().unwrap();
    read_response(&mut connection).unwrap()
}

/// That a query finds exactly these.
#[track_caller]
pub(crate) fn check(client: &mut Client, access: &Access, query: &str, expected: &[Value]) {
    let mut found = access.search(client, query);
    for record in &mut found {
        record.as_object_mut().unwrap().remove("id");
    }
    assert_eq!(found.len(), expected.len(), "{query}: {found:#?}");
    for wanted in expected {
        assert!(found.contains(wanted), "{query}: {wanted:#} is not in {found:#?}");
    }
}

/// The same of what came without an answer.
#[track_caller]
pub(crate) fn check_soon(client: &mut Client, access: &Access, query: &str, expected: &[Value]) {
    eventually(query, SOON, || (access.search(client, query).len() >= expected.len()).then_some(()));
    check(client, access, query, expected);
}

/// A key as the password of anybody.
pub(crate) fn basic(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("any:{key}")))
}

/// As hyper writes it, and `http.rs` completes it: names in lower case and in the order in which they were added, then who it
/// is, the host, and the length.
fn head(house: &House, line: &str, headers: &[(&str, &str)], length: Option<usize>) -> String {
    let has = |name: &str| headers.iter().any(|(known, _)| *known == name);
    let mut head = format!("{line} HTTP/1.1\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("user-agent: {AGENT}\r\n");
    if !has("accept-encoding") {
        head += "accept-encoding: identity\r\n";
    }
    head += &format!("host: localhost:{}\r\n", house.address().port());
    match length {
        Some(length) if !has("content-length") => head + &format!("content-length: {length}\r\n"),
        Some(_) | None => head,
    }
}

fn vector(house: &House, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let length = (!line.starts_with("GET ")).then_some(body.len());
    verbatim(house, &head(house, line, headers, length), body)
}

/// As `sinks/util/compressor.rs` does it: snappy in one block.
fn compressed(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => gzip(body),
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(body, 3).unwrap(),
        "snappy" => snappy(body),
        _ => body.to_vec(),
    }
}

/// A line of a file, as its source and a transform make it.
fn event(message: &str) -> Value {
    json!({
        "host": "web-1", "level": "warn", "message": message, "order": { "id": 7, "total": 2.5 }, "source_type": "file",
        "timestamp": TIME,
    })
}

/// What it is once stored, with what else its sink sends of it.
fn stored(message: &str, time: &str, beside: &Value) -> Value {
    let mut attributes = json!({ "host": "web-1", "order": { "id": 7, "total": 2.5 }, "source_type": "file" });
    let members = attributes.as_object_mut().unwrap();
    members.extend(beside.as_object().unwrap().clone());
    json!({ "timestamp": time, "level": "warn", "message": message, "attributes": attributes })
}

/// `sinks/http`: `config.rs` says which type belongs to which codec, `service.rs` in which order headers come.
#[test]
fn http() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Bearer {}", access.write_key);
    // Where an address is set for it, it is asked whether anybody is there.
    let mut connection = house.visitor().greet(TcpStream::connect(house.address()).unwrap()).unwrap();
    let asked = head(&house, "HEAD /healthz", &[("authorization", &authorization)], None) + "\r\n";
    connection.get_mut().write_all(asked.as_bytes()).unwrap();
    connection.get_mut().flush().unwrap();
    let mut status = String::new();
    connection.read_line(&mut status).unwrap();
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");

    let line = format!("POST {}", access.frames_path());
    let send = |kind: &str, encoding: &str, body: &str| {
        let mut headers = vec![("content-type", kind)];
        if !encoding.is_empty() {
            headers.push(("content-encoding", encoding));
        }
        headers.push(("authorization", &authorization));
        let answer = vector(&house, &line, &headers, &compressed(encoding, body.as_bytes()));
        assert_eq!(answer.status, 202, "{kind} {encoding}: {}", answer.text());
    };
    for (n, encoding) in ["", "gzip", "deflate", "zstd", "snappy"].into_iter().enumerate() {
        let said = ["first", "second"].map(|which| format!("order placed over http {n} {which}"));
        send(JSON, encoding, &format!("[{},{}]", event(&said[0]), event(&said[1])));
        let expected = said.each_ref().map(|message| stored(message, TIME, &json!({})));
        check(&mut client, &access, &format!("\"over http {n}\""), &expected);
    }
    // The last line has no end.
    let said = ["first", "second"].map(|which| format!("order placed in lines {which}"));
    send(NDJSON, "gzip", &format!("{}\n{}", event(&said[0]), event(&said[1])));
    check(&mut client, &access, "\"in lines\"", &said.each_ref().map(|message| stored(message, TIME, &json!({}))));
    send("text/plain", "", "order placed as text first\norder placed as text second\n");
    assert_eq!(access.search(&mut client, "\"order placed as text\"").len(), 2);
}

/// `sinks/elasticsearch`: `common.rs` asks for health and version, `encoder.rs` writes actions, `service.rs` sends.
#[test]
fn elasticsearch() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let (authorization, below) = (basic(&access.write_key), access.frames_path());
    let headers = [
        ("content-type", NDJSON),
        ("content-encoding", "gzip"),
        ("accept-encoding", "gzip"),
        ("authorization", authorization.as_str()),
    ];
    for (n, base) in ["", below.as_str()].into_iter().enumerate() {
        let ask = |path: &str| vector(&house, &format!("GET {base}{path}"), &headers[3..], b"");
        assert_eq!(ask("/_cluster/health").status, 200);
        // Its first number decides whether there are types.
        let about = ask("/").json();
        assert!(about["version"]["number"].as_str().is_some_and(|number| number.starts_with("8.")), "{about}");
        let said = ["as it is", "with an id", "in a data stream"].map(|mode| format!("order placed in bulk {n} {mode}"));
        let mut of_stream = event(&said[2]);
        let members = of_stream.as_object_mut().unwrap();
        let time = members.remove("timestamp").unwrap();
        members.insert("@timestamp".to_owned(), time);
        let stream = json!({ "data_stream": { "dataset": "generic", "namespace": "default", "type": "logs" } });
        members.extend(stream.as_object().unwrap().clone());
        let actions = [
            (json!({ "index": { "_index": "vector-2026.01.31" } }), event(&said[0])),
            (json!({ "index": { "_id": "a1", "_index": "vector-2026.01.31" } }), event(&said[1])),
            (json!({ "create": { "_index": "logs-generic-default" } }), of_stream),
        ];
        let body = actions.map(|(action, document)| format!("{action}\n{document}\n")).concat();
        let answer = vector(&house, &format!("POST {base}/_bulk?timeout=60s"), &headers, &gzip(body.as_bytes()));
        assert_eq!((answer.status, answer.header("content-encoding")), (200, None));
        assert!(answer.text().contains("\"errors\":false"), "{}", answer.text());
        let expected = [stored(&said[0], TIME, &json!({})), stored(&said[1], TIME, &json!({})), stored(&said[2], TIME, &stream)];
        check(&mut client, &access, &format!("\"in bulk {n}\""), &expected);
    }
}

/// `sinks/elasticsearch/retry.rs`: it looks for these very characters, and reads each error's type and reason.
#[test]
fn elasticsearch_learns_which_document_is_refused() {
    let (house, access) = House::open();
    let authorization = basic(&access.write_key);
    let deep = format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
    let action = json!({ "create": { "_index": "logs-generic-default" } });
    let body = format!("{action}\n{}\n{action}\n{deep}\n", event("order placed beside another"));
    let headers = [("content-type", NDJSON), ("authorization", authorization.as_str())];
    let answer = vector(&house, "POST /_bulk?timeout=60s", &headers, body.as_bytes());
    assert!(answer.status == 200 && answer.text().contains("\"errors\":true"), "{}", answer.text());
    let items = answer.json()["items"].clone();
    assert_eq!((&items[0]["create"]["status"], &items[1]["create"]["status"]), (&json!(201), &json!(400)));
    let error = &items[1]["create"]["error"];
    assert!(error["type"].is_string() && error["reason"].is_string(), "{error}");
    assert_eq!(access.search(&mut house.client(&access), "placed").len(), 1);
}

/// `sinks/loki`: `healthcheck.rs`, `service.rs`, `event.rs`. Snappy means protobuf, everything else JSON.
#[test]
fn loki() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = basic(&access.write_key);
    assert_eq!(vector(&house, "GET /ready", &[("authorization", &authorization)], b"").status, 200);
    let send = |kind: &str, encoding: &str, body: &[u8]| {
        let headers = [
            ("content-type", kind),
            ("x-scope-orgid", "acme"),
            ("content-encoding", encoding),
            ("authorization", authorization.as_str()),
        ];
        let answer = vector(&house, "POST /loki/api/v1/push", &headers, &compressed(encoding, body));
        assert_eq!(answer.status, 204, "{kind} {encoding}: {}", answer.text());
    };
    // Without its time, since that is the entry's.
    let mut rest = event("order placed as protobuf");
    rest.as_object_mut().unwrap().remove("timestamp");
    let line = rest.to_string();
    send("application/x-protobuf", "snappy", &protobuf(r#"{agent="vector", app="shop"}"#, &line, &[("trace_id", "abc")]));
    let beside = json!({ "agent": "vector", "app": "shop", "trace_id": "abc", "log_message": "order placed as protobuf" });
    check(&mut client, &access, "\"as protobuf\"", &[stored(&line, "2026-01-31T12:00:00.000000007Z", &beside)]);
    for encoding in ["gzip", "deflate", "zstd"] {
        let said = format!("order placed as json in {encoding}");
        let values = json!([[NANOS.to_string(), said, { "trace_id": "abc" }]]);
        let body = json!({ "streams": [{ "stream": { "app": "shop", "level": "warn" }, "values": values }] });
        send(JSON, encoding, body.to_string().as_bytes());
        let attributes = json!({ "app": "shop", "trace_id": "abc" });
        let expected = json!({ "timestamp": TIME, "level": "warn", "message": said, "attributes": attributes });
        check(&mut client, &access, &format!("\"as json in {encoding}\""), &[expected]);
    }
}

/// `sinks/opentelemetry` is the sink `http` with the codec `otlp`: events are requests, one behind the other in a body.
#[test]
fn opentelemetry() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Bearer {}", access.write_key);
    let of = |message: &str| {
        let body = Some(text(message));
        request(vec![LogRecord {
            time_unix_nano: NANOS,
            severity_number: 13,
            severity_text: "WARN".to_owned(),
            body,
            ..LogRecord::default()
        }])
    };
    let said = ["order placed over otlp first", "order placed over otlp second", "order placed over otlp as json"];
    let batch = [of(said[0]).encode_to_vec(), of(said[1]).encode_to_vec()].concat();
    let headers =
        [("content-type", "application/x-protobuf"), ("content-encoding", "gzip"), ("authorization", authorization.as_str())];
    let answer = vector(&house, "POST /v1/logs", &headers, &gzip(&batch));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    // With `codec: json` one event is a request, and the type is one of `request.headers`.
    let headers = [("content-type", JSON), ("authorization", authorization.as_str())];
    let answer = vector(&house, "POST /v1/logs", &headers, &serde_json::to_vec(&of(said[2])).unwrap());
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    let resource = json!({ "service.name": "shop", "owner": { "team": "payments" } });
    let scope = json!({ "name": "checkout", "version": "1.4", "attributes": { "flavour": "dry" } });
    let attributes = json!({ "resource": resource, "scope": scope });
    let expected =
        said.map(|message| json!({ "timestamp": TIME, "level": "warn", "message": message, "attributes": attributes }));
    check(&mut client, &access, "placed", &expected);
}

/// `sinks/splunk_hec`: `common/util.rs` asks for health, `common/service.rs` sends, `logs/encoder.rs` writes events,
/// `common/acknowledgements.rs` asks for what is durable.
#[test]
fn splunk() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Splunk {}", access.write_key);
    let asked = vector(&house, "GET /services/collector/health/1.0", &[("authorization", &authorization)], b"");
    assert_eq!(asked.status, 200);
    let send = |path: &str, body: &str| {
        let headers = [
            ("content-type", JSON),
            ("authorization", authorization.as_str()),
            ("x-splunk-request-channel", "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba"),
            ("content-encoding", "gzip"),
        ];
        let answer = vector(&house, &format!("POST /services/collector/{path}"), &headers, &gzip(body.as_bytes()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    };
    // Its time to the millisecond is the envelope's.
    let enveloped = |message: &str| {
        let mut rest = event(message);
        rest.as_object_mut().unwrap().remove("timestamp");
        let said = r#""fields":{"region":"eu"},"time":1769860800.123,"host":"web-1","index":"main","sourcetype":"shop""#;
        format!("{{\"event\":{rest},{said}}}")
    };
    let said = ["order placed as event first", "order placed as event second"];
    let mut ids = vec![send("event", &said.map(enveloped).concat())["ackId"].as_u64().unwrap()];
    let beside = json!({ "region": "eu", "index": "main", "sourcetype": "shop" });
    let expected = said.map(|message| stored(message, "2026-01-31T12:00:00.123Z", &beside));
    check(&mut client, &access, "\"placed as event\"", &expected);
    // Where the time is to be found in the event, and where events are sent as they are, with nothing between them.
    let body = format!("{{\"event\":{},\"fields\":{{}},\"host\":\"web-1\"}}", event("order placed with its time"));
    ids.push(send("event?auto%5Fextract%5Ftimestamp=true", &body)["ackId"].as_u64().unwrap());
    check(&mut client, &access, "\"with its time\"", &[stored("order placed with its time", TIME, &json!({}))]);
    let said = ["order placed raw first", "order placed raw second"];
    let path = "raw?source=%2Fvar%2Flog%2Fshop%2Elog&sourcetype=shop&host=web%2D1";
    ids.push(send(path, &said.map(|message| event(message).to_string()).concat())["ackId"].as_u64().unwrap());
    let beside = json!({ "source": "/var/log/shop.log", "sourcetype": "shop" });
    check(&mut client, &access, "\"placed raw\"", &said.map(|message| stored(message, TIME, &beside)));
    // In the compression in which events are sent.
    let acks = send("ack", &json!({ "acks": ids }).to_string())["acks"].clone();
    assert!(ids.iter().all(|id| acks[id.to_string()] == true), "{acks}");
}

/// `sinks/datadog`: `mod.rs` asks whether the key counts, `logs/sink.rs` writes events, `logs/service.rs` sends.
#[test]
fn datadog() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let key = access.write_key.as_str();
    assert_eq!(vector(&house, "GET /api/v1/validate", &[("dd-api-key", key)], b"").status, 200);
    let own = json!({
        "ddsource": "nginx", "ddtags": "env:prod,team:core", "hostname": "web-1", "service": "shop", "status": "warn",
    });
    let said = ["order placed by datadog first", "order placed by datadog second"];
    let events = said.map(|message| {
        let mut event = event(message);
        let members = event.as_object_mut().unwrap();
        members.remove("host");
        members.remove("level");
        members.insert("timestamp".to_owned(), json!(1_769_860_800_123_u64));
        members.extend(own.as_object().unwrap().clone());
        event
    });
    let body = gzip(json!(events).to_string().as_bytes());
    let length = body.len().to_string();
    let headers = [
        ("content-type", JSON),
        ("dd-api-key", key),
        ("content-encoding", "gzip"),
        ("content-length", length.as_str()),
        ("dd-evp-origin", "vector"),
        ("dd-evp-origin-version", "0.58.0"),
    ];
    let answer = vector(&house, "POST /api/v2/logs", &headers, &body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let mut beside = own;
    beside["tags"] = json!({ "env": "prod", "team": "core" });
    let expected = said.map(|message| stored(message, "2026-01-31T12:00:00.123Z", &beside));
    check(&mut client, &access, "placed", &expected);
}

/// `sinks/socket.rs` with the codec of `lib/codecs/src/encoding/format/syslog.rs`: each message ends with its line, and elements
/// and their parameters come in alphabetical order.
#[test]
fn syslog() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let Access { source_id, write_key, .. } = &port.access;
    let element = format!("[authentication@51576 api_key=\"{write_key}\" source_id=\"{source_id}\"]");
    let said = ["order placed over syslog first", "order placed over syslog second"];
    let lines = said.map(|message| {
        let order = "[order@1 id=\"7\" note=\"a \\\"quoted\\\" \\]\"]";
        format!("<132>1 2026-01-31T12:00:00.123457Z web-1 shop 7 ID {element}{order} {message}\n")
    });
    port.sender().send(&lines.concat());
    let attributes = json!({
        "facility": "local0", "host": "web-1", "service": "shop", "proc_id": "7", "msg_id": "ID",
        "structured_data": { "order@1": { "id": "7", "note": "a \"quoted\" ]" } },
    });
    let expected = said.map(|message| {
        json!({ "timestamp": "2026-01-31T12:00:00.123457Z", "level": "warn", "message": message, "attributes": attributes })
    });
    check_soon(&mut client, &port.access, "placed", &expected);
}

#[test]
fn what_will_never_be_taken_is_answered_for_good() {
    let (house, access) = House::open();
    for (path, kind, (name, scheme), malformed) in [
        ("/frames", JSON, ("authorization", "Bearer "), "[{"),
        ("/_bulk?timeout=60s", NDJSON, ("authorization", "Bearer "), "{\n"),
        ("/loki/api/v1/push", JSON, ("authorization", "Bearer "), "{"),
        ("/v1/logs", "application/x-protobuf", ("authorization", "Bearer "), "\n\u{7f}"),
        ("/services/collector/event", JSON, ("authorization", "Splunk "), "{"),
        ("/api/v2/logs", JSON, ("dd-api-key", ""), "{"),
    ] {
        for (key, status) in [(&access.read_key, 403), (&access.write_key, 400)] {
            let key = format!("{scheme}{key}");
            let headers = [("content-type", kind), (name, key.as_str())];
            let answer = vector(&house, &format!("POST {path}"), &headers, malformed.as_bytes());
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
        }
    }
    assert!(access.search(&mut house.client(&access), "").is_empty());
}

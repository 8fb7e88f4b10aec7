//! Fluent Bit's outputs need another address and a key: what each sends is replayed as its source writes it, and every record is
//! found with all its fields.
//!
//! Of version 5.1; beside each promise stands the file that says so, and which answers it sends again after.

use std::io::{Read, Write};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;
use serde_json::{Value, json};

use crate::client::Response;
use crate::fluent_senders_forward::{HELO_BYTES, Port, Shared, TIME, proof};
use crate::house::{Access, House};
use crate::otlp_is_stored_over_http_and_grpc::{export, gzip, over_http2, request, text};
use crate::port::{Connected, connect};
use crate::syslog_is_received_over_tls;
use crate::vector_sends::{basic, check, check_soon, verbatim};

const JSON: &str = "application/json";
const NANOS: u64 = 1_769_860_800_123_456_789;
/// Of `shared_key_salt`, which are any bytes.
const SALT: &[u8; 16] = b"\x00\xff\xfe\x01salt of send";
const PONG_BYTES: usize = 157;

/// As `flb_http_client.c` writes it: the host and the length come first, and that the connection is kept comes last.
fn fluent_bit(house: &House, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let (port, length) = (house.address().port(), body.len());
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    verbatim(house, &(head + "Connection: keep-alive\r\n"), body)
}

/// The members of a record beside its time, in JSON without braces.
fn members(message: &str) -> String {
    format!(r#""log":"{message}","level":"warn","order":{{"id":7,"total":2.5}}"#)
}

/// What it is once stored, with what else its output sends of it.
fn stored(message: &str, time: &str, beside: &Value) -> Value {
    let mut attributes = json!({ "order": { "id": 7, "total": 2.5 } });
    attributes.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
    json!({ "timestamp": time, "level": "warn", "message": message, "attributes": attributes })
}

/// The same in MessagePack.
fn map(message: &str) -> Vec<u8> {
    let rest = b"\xa5level\xa4warn\xa5order\x82\xa2id\x07\xa5total\xcb\x40\x04\x00\x00\x00\x00\x00\x00";
    [b"\x83\xa3log", &packed(message)[..], rest].concat()
}

/// A text in MessagePack, in as few bytes as it takes.
fn packed(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let mut out = if length < 32 { vec![0xa0 | length] } else { vec![0xd9, length] };
    out.extend_from_slice(text.as_bytes());
    out
}

fn entry(message: &str) -> Vec<u8> {
    [b"\x92", TIME, &map(message)].concat()
}

/// `plugins/out_http/http.c`: 200 to 205 is a success, 408, 429 and 5xx are sent again, the rest is dropped.
#[test]
fn http() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = basic(&access.write_key);
    let path = access.frames_path();
    let send = |kind: &str, encoding: &str, body: &[u8]| {
        let mut headers = vec![("Content-Type", kind)];
        if !encoding.is_empty() {
            headers.push(("Content-Encoding", encoding));
        }
        headers.extend([("Authorization", authorization.as_str()), ("User-Agent", "Fluent-Bit")]);
        let answer = fluent_bit(&house, &path, &headers, body);
        assert_eq!(answer.status, 202, "{kind} {encoding}: {}", answer.text());
    };
    let half = "2026-01-31T12:00:00.500Z";
    let objects = |format: &str| {
        ["first", "second"].map(|which| {
            let message = format!("order placed as {format} {which}");
            let stored = stored(&message, "2026-01-31T12:00:00.123457Z", &json!({}));
            (format!("{{\"date\":1769860800.123457,{}}}", members(&message)), stored)
        })
    };
    for (format, kind, encoding, between) in [
        ("array", JSON, "gzip", ["[", ",", "]"]),
        ("lines", "application/x-ndjson", "zstd", ["", "\n", "\n"]),
        ("stream", JSON, "", ["", "", ""]),
    ] {
        let [(first, expected), (second, also)] = objects(format);
        let body = [between[0], &first, between[1], &second, between[2]].concat();
        let body = match encoding {
            "gzip" => gzip(body.as_bytes()),
            "zstd" => zstd::encode_all(body.as_bytes(), 3).unwrap(),
            _ => body.into_bytes(),
        };
        send(kind, encoding, &body);
        check(&mut client, &access, &format!("\"placed as {format}\""), &[expected, also]);
    }
    // The chunk as it is kept: events of a time with metadata, and a map.
    let said = ["order placed as msgpack first", "order placed as msgpack second"];
    let events = said.map(|message| [b"\x92\x92", TIME, b"\x80", &map(message)].concat()).concat();
    send("application/msgpack", "", &events);
    check(&mut client, &access, "\"as msgpack\"", &said.map(|message| stored(message, half, &json!({}))));
    // `json_date_format`
    for (format, date) in [("iso8601", "\"2026-01-31T12:00:00.500000Z\""), ("java", "\"2026-01-31 12:00:00.500000\"")] {
        let message = format!("order placed at {format}");
        send(JSON, "", format!("[{{\"date\":{date},{}}}]", members(&message)).as_bytes());
        check(&mut client, &access, &format!("\"placed at {format}\""), &[stored(&message, half, &json!({}))]);
    }
}

/// `plugins/out_es/es.c` and `es_bulk.h`: whatever is neither 200 nor 201 is sent again, and so is a batch of which nothing was
/// stored; a batch of which something was is a success.
#[test]
fn elasticsearch() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let send = |path: &str, authorization: &str, body: &str| {
        let headers = [
            ("Content-Type", "application/x-ndjson"),
            ("Authorization", authorization),
            ("User-Agent", "Fluent-Bit"),
            ("Content-Encoding", "gzip"),
        ];
        let answer = fluent_bit(&house, path, &headers, &gzip(body.as_bytes()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    };
    let (basic, api_key, below) =
        (basic(&access.write_key), format!("ApiKey {}", access.write_key), access.frames_path() + "/_bulk");
    let id = "77aa0010-2f3c-8d4e-51b0-9e6f7a8b9c0d";
    let cases = [
        ("plainly", "/_bulk", &basic, r#"{"create":{"_index":"fluent-bit","_type":"_doc"}}"#.to_owned()),
        ("by day", "/_bulk", &basic, r#"{"create":{"_index":"logstash-2026.01.31"}}"#.to_owned()),
        ("to index", "/_bulk?pipeline=shop", &api_key, r#"{"index":{"_index":"fluent-bit"}}"#.to_owned()),
        ("by id", "/_bulk", &basic, format!(r#"{{"create":{{"_index":"fluent-bit","_type":"_doc","_id":"{id}"}}}}"#)),
        ("below", below.as_str(), &basic, r#"{"create":{"_index":"fluent-bit"}}"#.to_owned()),
    ];
    for (how, path, authorization, action) in cases {
        let said = ["first", "second"].map(|which| format!("order placed {how} {which}"));
        let pair = |message: &String| {
            let rest = members(message);
            format!("{action}\n{{\"@timestamp\":\"2026-01-31T12:00:00.123Z\",\"flb-key\":\"app\",{rest}}}\n")
        };
        let answer = send(path, authorization, &said.each_ref().map(pair).concat());
        // It looks for these characters where an answer is larger than its buffer.
        assert!(answer.text().contains("\"errors\":false,\"items\":["), "{}", answer.text());
        let items = answer.json()["items"].as_array().unwrap().clone();
        let all = items.iter().all(|item| item.as_object().unwrap().values().all(|outcome| outcome["status"] == 201));
        assert!(all && items.len() == 2, "{items:?}");
        let expected = said.each_ref().map(|message| stored(message, "2026-01-31T12:00:00.123Z", &json!({ "flb-key": "app" })));
        check(&mut client, &access, &format!("\"placed {how}\""), &expected);
    }
    // With `Write_Operation upsert` nothing is stored, since records never change, and it is told so.
    let body = format!("{{\"update\":{{\"_index\":\"a\",\"_id\":\"{id}\"}}}}\n{{\"doc_as_upsert\":true,\"doc\":{{}}}}\n");
    let answer = send("/_bulk", &basic, &body).json();
    assert_eq!((&answer["errors"], &answer["items"][0]["update"]["status"]), (&json!(true), &json!(400)));
}

/// `plugins/out_loki/loki.c`: 200 to 205 is a success, 400 is dropped, everything else is sent again.
#[test]
fn loki() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    for (n, authorization) in [basic(&access.write_key), format!("Bearer {}", access.write_key)].iter().enumerate() {
        let message = format!("order placed in a stream {n}");
        let line = format!("{{{}}}", members(&message));
        let labels = json!({ "job": "fluent-bit", "app": "shop" });
        let values = json!([[NANOS.to_string(), line, { "trace_id": "abc" }], [NANOS.to_string(), message]]);
        let body = json!({ "streams": [{ "stream": labels, "values": values }] }).to_string();
        let headers = [
            ("User-Agent", "Fluent-Bit"),
            ("Authorization", authorization.as_str()),
            ("Content-Type", JSON),
            ("Content-Encoding", "gzip"),
            ("X-Scope-OrgID", "acme"),
        ];
        let answer = fluent_bit(&house, "/loki/api/v1/push", &headers, &gzip(body.as_bytes()));
        assert_eq!(answer.status, 204, "{}", answer.text());
        // The line stays, and what it says is beside it.
        let beside = json!({ "job": "fluent-bit", "app": "shop", "trace_id": "abc", "log_message": message });
        let whole = stored(&line, "2026-01-31T12:00:00.123456789Z", &beside);
        // One key alone is sent without its name (`drop_single_key raw`).
        let bare =
            json!({ "timestamp": "2026-01-31T12:00:00.123456789Z", "level": null, "message": message, "attributes": labels });
        check(&mut client, &access, &format!("\"in a stream {n}\""), &[whole, bare]);
    }
}

/// `plugins/out_opentelemetry/opentelemetry.c`: HTTP/1.1 unless `http2` is set, and gRPC with `grpc` too; what OTLP says may be
/// sent again is. `opentelemetry_logs.c` takes `log` or `message` for the body.
#[test]
fn opentelemetry() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = basic(&access.write_key);
    let said = ["http", "http2", "grpc"].map(|way| format!("order placed over {way}"));
    let of = |message: &str| {
        request(vec![LogRecord {
            time_unix_nano: NANOS,
            observed_time_unix_nano: NANOS,
            severity_number: 13,
            severity_text: "WARN".to_owned(),
            body: Some(text(message)),
            trace_id: vec![0xAB; 16],
            ..LogRecord::default()
        }])
    };
    let protobuf = "application/x-protobuf";
    let headers = [
        ("Content-Type", protobuf),
        ("Authorization", authorization.as_str()),
        ("User-Agent", "Fluent-Bit"),
        ("Content-Encoding", "gzip"),
    ];
    let answer = fluent_bit(&house, "/v1/logs", &headers, &gzip(&of(&said[0]).encode_to_vec()));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    let to = format!("https://localhost:{}/v1/logs", house.address().port());
    let sending =
        over_http2(&house, &access).post(to).header("content-type", protobuf).header("authorization", authorization.as_str());
    let sending = sending.body(of(&said[1]).encode_to_vec());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(async { sending.send().await }).unwrap().status().as_u16(), 200);
    let answer = export(&house, &access, &access.write_key, None, of(&said[2])).unwrap();
    assert_eq!(answer, ExportLogsServiceResponse::default());
    let resource = json!({ "service.name": "shop", "owner": { "team": "payments" } });
    let scope = json!({ "name": "checkout", "version": "1.4", "attributes": { "flavour": "dry" } });
    let attributes = json!({ "trace_id": "ab".repeat(16), "resource": resource, "scope": scope });
    let expected = said.each_ref().map(|message| {
        json!({ "timestamp": "2026-01-31T12:00:00.123456789Z", "level": "warn", "message": message, "attributes": attributes })
    });
    check(&mut client, &access, "placed", &expected);
}

/// `plugins/out_splunk/splunk.c`: nothing but 200 is a success, 408, 429 and 5xx are sent again. It names no type.
#[test]
fn splunk() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Splunk {}", access.write_key);
    let send = |path: &str, body: &str| {
        let headers = [
            ("User-Agent", "Fluent-Bit"),
            ("Authorization", authorization.as_str()),
            ("X-Splunk-Request-Channel", "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba"),
            ("Content-Encoding", "gzip"),
        ];
        let answer = fluent_bit(&house, path, &headers, &gzip(body.as_bytes()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    };
    let meta = r#""host":"web-1","source":"tail","sourcetype":"shop","index":"main","fields":{"region":"eu"}"#;
    let beside = json!({ "host": "web-1", "source": "tail", "sourcetype": "shop", "index": "main", "region": "eu" });
    let (time, micros) = ("2026-01-31T12:00:00.123457Z", "1769860800.123457");
    let said = ["order placed as event first", "order placed as event second"];
    let events = said.map(|message| format!("{{\"time\":{micros},{meta},\"event\":{{{}}}}}", members(message)));
    send("/services/collector/event", &events.concat());
    check(&mut client, &access, "\"as event\"", &said.map(|message| stored(message, time, &beside)));
    // With `event_key`, and with `auto_extract_timestamp`.
    send("/services/collector/event", &format!("{{\"time\":{micros},{meta},\"event\":\"order placed as text\"}}"));
    let expected = json!({ "timestamp": time, "level": null, "message": "order placed as text", "attributes": beside });
    check(&mut client, &access, "\"as text\"", &[expected]);
    let own = members("order placed with its time");
    let body = format!("{{{meta},\"event\":{{\"time\":\"2026-01-31T12:00:00.123457Z\",{own}}}}}");
    send("/services/collector/event?auto_extract_timestamp=true", &body);
    check(&mut client, &access, "\"with its time\"", &[stored("order placed with its time", time, &beside)]);
}

/// `plugins/out_datadog/datadog.c`: 200 to 205 is a success, everything else is sent again.
#[test]
fn datadog() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let own = r#""tagkey":"app","ddsource":"nginx","service":"shop","hostname":"web-1""#;
    let said = ["order placed by datadog first", "order placed by datadog second"];
    let events = said.map(|message| {
        // `dd_message_key` has been renamed.
        let rest = members(message).replace("\"log\"", "\"message\"");
        format!("{{\"timestamp\":1769860800123,{own},{rest},\"ddtags\":\"env:prod,team:core\"}}")
    });
    let headers = [
        ("User-Agent", "Fluent-Bit"),
        ("DD-API-KEY", access.write_key.as_str()),
        ("DD-EVP-ORIGIN", "Fluent-Bit"),
        ("DD-EVP-ORIGIN-VERSION", "5.1.1"),
        ("Content-Type", JSON),
        ("Content-Encoding", "gzip"),
    ];
    let answer = fluent_bit(&house, "/api/v2/logs", &headers, &gzip(format!("[{}]", events.join(",")).as_bytes()));
    assert_eq!(answer.status, 202, "{}", answer.text());
    let beside = json!({
        "tagkey": "app", "ddsource": "nginx", "service": "shop", "hostname": "web-1", "host": "web-1",
        "ddtags": "env:prod,team:core", "tags": { "env": "prod", "team": "core" },
    });
    check(&mut client, &access, "placed", &said.map(|message| stored(message, "2026-01-31T12:00:00.123Z", &beside)));
}

/// `secure_forward_handshake` of `plugins/out_forward/forward.c`: it proves that it holds the shared key, with its salt as a text
/// whatever its bytes, and wants the same of the server.
fn greets(stream: &mut Connected, shared: &Shared) {
    let mut helo = [0; HELO_BYTES];
    stream.read_exact(&mut helo).unwrap();
    let after = |name: &[u8]| {
        let at = helo.windows(name.len()).position(|window| window == name).expect("HELO has it") + name.len();
        helo[at..at + 16].to_vec()
    };
    let (nonce, auth) = (after(b"nonce\xc4\x10"), after(b"auth\xc4\x10"));
    let shown = proof(&[SALT, b"web-1", &nonce, shared.key.as_bytes()]);
    // Nobody asks for the password, which is empty.
    let password = proof(&[&auth, shared.username.as_bytes()]);
    let salt = [b"\xb0", &SALT[..]].concat();
    let ping = ["PING", "web-1"].map(packed).concat();
    let rest = [packed(&shown), packed(&shared.username), packed(&password)].concat();
    stream.write_all(&[b"\x96", &ping[..], &salt, &rest].concat()).unwrap();
    stream.flush().unwrap();
    let mut pong = [0; PONG_BYTES];
    stream.read_exact(&mut pong).unwrap();
    assert!(pong.starts_with(b"\x95\xa4PONG\xc3\xa0"), "{pong:?}");
    let (server, theirs) = (&pong[9..27], &pong[29..]);
    assert_eq!(theirs, proof(&[SALT, server, &nonce, shared.key.as_bytes()]).as_bytes());
}

/// `plugins/out_forward/forward_format.c` writes messages and what they want to hear, and whatever is not acknowledged is sent
/// again. A connection is kept, and greeted once.
#[test]
fn forward() {
    let port = Port::open();
    let mut client = port.house.client(&port.access);
    let mut stream = connect(port.address, &port.access, &rustls::version::TLS13, None).unwrap();
    greets(&mut stream, &port.shared("first"));
    // Base 64 of the start of a digest of the events.
    let chunk = |n: u8| packed(&format!("q83vEjRWeJCrze8SNFZ{n}kA=="));
    let mut send = |n: u8, message: &[u8], options: &[u8]| {
        let chunk = chunk(n);
        stream.write_all(&[message, b"\xa5chunk", &chunk, options].concat()).unwrap();
        stream.flush().unwrap();
        let mut answer = vec![0; chunk.len() + 5];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [b"\x81\xa3ack", &chunk[..]].concat(), "message {n}");
    };
    let signal = b"\xadfluent_signal\x00";
    let said = ["as they are", "compressed", "in seconds", "with metadata", "by a tag of their own"];
    let said = said.map(|how| format!("order placed {how}"));
    let size = b"\xa4size\x01";
    let options = [&size[..], signal].concat();
    send(0, &[b"\x93\xa3app\x91", &entry(&said[0])[..], b"\x83"].concat(), &options);
    let zipped = gzip(&entry(&said[1]));
    let binary = [&[0xc4, u8::try_from(zipped.len()).unwrap()], &zipped[..]].concat();
    let compressed = [&size[..], b"\xaacompressed\xa4gzip", signal].concat();
    send(1, &[b"\x93\xa3app", &binary[..], b"\x84"].concat(), &compressed);
    // `time_as_integer`, `retain_metadata_in_forward_mode`, and a `tag` that is made of the record.
    send(2, &[b"\x93\xa3app\x91\x92\xce\x69\x7d\xee\xc0", &map(&said[2])[..], b"\x83"].concat(), &options);
    let metadata = b"\x81\xa6source\xa4tail";
    let retained = [b"\x92\x92", TIME, metadata, &map(&said[3])].concat();
    send(3, &[b"\x93\xa3app\x91", &retained[..], b"\x83"].concat(), &options);
    let beside = [&signal[..], b"\xa8metadata", metadata].concat();
    send(4, &[b"\x94\xa4shop", TIME, &map(&said[4]), b"\x83"].concat(), &beside);
    let half = "2026-01-31T12:00:00.500Z";
    let app = json!({ "tag": "app" });
    let expected = [
        stored(&said[0], half, &app),
        stored(&said[1], half, &app),
        stored(&said[2], "2026-01-31T12:00:00Z", &app),
        stored(&said[3], half, &json!({ "tag": "app", "_metadata": { "source": "tail" } })),
        stored(&said[4], half, &json!({ "tag": "shop", "_metadata": { "source": "tail" } })),
    ];
    check_soon(&mut client, &port.access, "placed", &expected);
}

/// `plugins/out_syslog/syslog.c`: RFC 5424 with a byte order mark before the text, each message with the end of a line behind it;
/// elements are those of `syslog_sd_key`, in the order of the record.
#[test]
fn syslog() {
    let port = syslog_is_received_over_tls::Port::open();
    let mut client = port.house.client(&port.access);
    let Access { source_id, write_key, .. } = &port.access;
    let element = format!("[authentication@51576 source_id=\"{source_id}\" api_key=\"{write_key}\"]");
    let said = ["order placed over syslog first", "order placed over syslog second"];
    let mut sender = port.sender();
    for message in said {
        let data = format!("[order@1 id=\"7\" paid=\"true\"]{element}");
        sender.send(&format!("<132>1 2026-01-31T12:00:00.123456Z web-1 shop 7 ID {data} \u{feff}{message}\n"));
    }
    let attributes = json!({
        "facility": "local0", "host": "web-1", "service": "shop", "proc_id": "7", "msg_id": "ID",
        "structured_data": { "order@1": { "id": "7", "paid": "true" } },
    });
    let expected = said.map(|message| {
        json!({ "timestamp": "2026-01-31T12:00:00.123456Z", "level": "warn", "message": message, "attributes": attributes })
    });
    check_soon(&mut client, &port.access, "placed", &expected);
}

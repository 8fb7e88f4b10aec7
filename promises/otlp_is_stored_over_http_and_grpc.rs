//! OpenTelemetry logs are stored alike whichever way they come: over HTTP as protobuf, compressed, or JSON, and over gRPC.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::{Value, json};
use tonic::codec::CompressionEncoding;
use tonic::codegen::{StdError, http};
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

/// 2026-01-31T12:00:00.123456789Z
const TIME: u64 = 1_769_860_800_123_456_789;

fn any(value: Wire) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub(crate) fn text(text: &str) -> AnyValue {
    any(Wire::StringValue(text.to_owned()))
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

pub(crate) fn request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let owner = KeyValueList { values: vec![pair("team", text("payments"))] };
    let attributes = vec![pair("service.name", text("shop")), pair("owner", any(Wire::KvlistValue(owner)))];
    let resource = Resource { attributes, ..Resource::default() };
    let scope = InstrumentationScope {
        name: "checkout".to_owned(),
        version: "1.4".to_owned(),
        attributes: vec![pair("flavour", text("dry"))],
        ..InstrumentationScope::default()
    };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }];
    let logs = ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![logs] }
}

/// One record with everything, and one with the least: its time is when it was observed, its body is no text.
fn records(way: &str) -> Vec<LogRecord> {
    let tags = ArrayValue { values: vec![text("a"), any(Wire::IntValue(2))] };
    let whole = LogRecord {
        time_unix_nano: TIME,
        observed_time_unix_nano: TIME + 1,
        severity_number: 17,
        severity_text: "ERR".to_owned(),
        body: Some(text(&format!("card declined over {way}"))),
        attributes: vec![
            pair("way", text(way)),
            pair("http.status", any(Wire::IntValue(402))),
            pair("ratio", any(Wire::DoubleValue(0.25))),
            pair("ok", any(Wire::BoolValue(false))),
            pair("tags", any(Wire::ArrayValue(tags))),
            pair("payload", any(Wire::BytesValue(vec![0xFF, 0xFF]))),
            pair("message", text("an attribute of that name")),
        ],
        trace_id: vec![0xAB; 16],
        span_id: vec![0x01; 8],
        flags: 1,
        event_name: "card.declined".to_owned(),
        dropped_attributes_count: 3,
    };
    let body = KeyValueList { values: vec![pair("amount", any(Wire::IntValue(7)))] };
    let least = LogRecord {
        observed_time_unix_nano: TIME + 1_000,
        severity_text: "Notice".to_owned(),
        body: Some(any(Wire::KvlistValue(body))),
        attributes: vec![pair("way", text(way))],
        ..LogRecord::default()
    };
    vec![whole, least]
}

/// What `records` are once stored, the newest first.
fn stored(way: &str) -> Value {
    let resource = json!({ "service.name": "shop", "owner": { "team": "payments" } });
    let scope = json!({ "name": "checkout", "version": "1.4", "attributes": { "flavour": "dry" } });
    json!([
        {
            "timestamp": "2026-01-31T12:00:00.123457789Z", "level": "notice", "message": null,
            "attributes": { "way": way, "body": { "amount": 7 }, "resource": resource, "scope": scope },
        },
        {
            "timestamp": "2026-01-31T12:00:00.123456789Z", "level": "error", "message": format!("card declined over {way}"),
            "attributes": {
                "way": way, "http.status": 402, "ratio": 0.25, "ok": false, "tags": ["a", 2], "payload": "//8=",
                "attributes": { "message": "an attribute of that name" },
                "severity_text": "ERR", "trace_id": "abababababababababababababababab", "span_id": "0101010101010101",
                "flags": 1, "event_name": "card.declined", "dropped_attributes_count": 3,
                "resource": resource, "scope": scope,
            },
        },
    ])
}

#[track_caller]
fn check_stored(client: &mut Client, access: &Access, way: &str) {
    let mut found = access.search(client, &format!("way:{way}"));
    for record in &mut found {
        assert!(record.as_object_mut().is_some_and(|fields| fields.remove("id").is_some()), "{record}");
    }
    assert_eq!(Value::Array(found), stored(way), "{way}");
    let query = format!("way:{way} level:error http.status:>=400 service.name:shop owner.team:payments scope.name:checkout");
    assert_eq!(access.search(client, &query).len(), 1, "{query}");
}

fn post(client: &mut Client, key: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let authorization = format!("Bearer {key}");
    let headers = [&[("Authorization", authorization.as_str())], headers].concat();
    client.send(&Request { method: "POST", path: "/v1/logs", headers: &headers, body }).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn over_http2(house: &House, access: &Access) -> reqwest::Client {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let authority = reqwest::Certificate::from_pem(&fs::read(&access.ca_file).unwrap()).unwrap();
    let client = reqwest::Client::builder().https_only(true).tls_certs_only([authority]).resolve("localhost", house.address());
    client.http2_prior_knowledge().build().unwrap()
}

/// What a collector's exporter does: a client that was generated from the protocol, over HTTP/2 and TLS.
pub(crate) fn export(
    house: &House,
    access: &Access,
    key: &str,
    compression: Option<CompressionEncoding>,
    request: ExportLogsServiceRequest,
) -> Result<ExportLogsServiceResponse, Status> {
    let client = over_http2(house, access);
    let service = tower::service_fn(move |request: http::Request<tonic::body::Body>| {
        let client = client.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let response = client.execute(http::Request::from_parts(head, body).try_into()?).await?;
            Ok::<_, StdError>(http::Response::<reqwest::Body>::from(response))
        }
    });
    let origin = format!("https://localhost:{}", house.address().port()).parse().unwrap();
    let mut exporter = LogsServiceClient::with_origin(service, origin);
    if let Some(compression) = compression {
        exporter = exporter.send_compressed(compression);
    }
    let mut request = tonic::Request::new(request);
    request.metadata_mut().insert("authorization", MetadataValue::try_from(format!("Bearer {key}")).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(exporter.export(request)).map(tonic::Response::into_inner)
}

#[test]
fn otlp_is_stored_over_http_and_grpc() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let key = &access.write_key;
    let protobuf = ("Content-Type", "application/x-protobuf");
    let body = |way: &str| request(records(way)).encode_to_vec();
    let response = post(&mut client, key, &[protobuf], &body("protobuf"));
    assert_eq!((response.status, response.body.as_slice()), (200, b"".as_slice()), "an empty message");
    let response = post(&mut client, key, &[protobuf, ("Content-Encoding", "gzip")], &gzip(&body("gzip")));
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/x-protobuf")));
    let json = serde_json::to_vec(&request(records("json"))).unwrap();
    let response = post(&mut client, key, &[("Content-Type", "application/json")], &json);
    assert_eq!((response.status, response.text().as_str()), (200, "{}"));
    let compressions =
        [("grpc", None), ("grpc-gzip", Some(CompressionEncoding::Gzip)), ("grpc-zstd", Some(CompressionEncoding::Zstd))];
    for (way, compression) in compressions {
        let answer = export(&house, &access, key, compression, request(records(way))).unwrap();
        assert_eq!(answer, ExportLogsServiceResponse::default(), "{way}");
    }
    let ways = ["protobuf", "gzip", "json", "grpc", "grpc-gzip", "grpc-zstd"];
    ways.iter().for_each(|way| check_stored(&mut client, &access, way));
    assert!(house.stop().success());
    house.start(&access);
    let mut client = house.client(&access);
    ways.iter().for_each(|way| check_stored(&mut client, &access, way));
    assert_eq!(access.search(&mut client, "").len(), 2 * ways.len());
}

#[test]
fn a_record_that_cannot_be_kept_is_left_out_alone() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let deep = (0..100).fold(text("x"), |value, _| any(Wire::ArrayValue(ArrayValue { values: vec![value] })));
    let with_deep = |way: &str| {
        let mut records = records(way);
        records.insert(1, LogRecord { body: Some(deep.clone()), ..LogRecord::default() });
        request(records)
    };
    let response = post(
        &mut client,
        &access.write_key,
        &[("Content-Type", "application/x-protobuf")],
        &with_deep("protobuf").encode_to_vec(),
    );
    assert_eq!(response.status, 200, "{}", response.text());
    let over_http = ExportLogsServiceResponse::decode(response.body.as_slice()).unwrap();
    let over_grpc = export(&house, &access, &access.write_key, None, with_deep("grpc")).unwrap();
    for (way, answer) in [("protobuf", over_http), ("grpc", over_grpc)] {
        let partial = answer.partial_success.expect("the answer tells of the record");
        assert_eq!(partial.rejected_log_records, 1);
        assert!(partial.error_message.contains("too_deep"), "{}", partial.error_message);
        check_stored(&mut client, &access, way);
    }
}

#[test]
fn otlp_with_a_wrong_key_is_refused_and_stores_nothing() {
    let (house, access) = House::open();
    let sibling = house.bootstrap("acme", "second");
    let mut client = house.client(&access);
    // The right form with the wrong content: the first half of one key, the second of another's.
    let middle = access.write_key.len() / 2;
    let unknown = format!("{}{}", &access.write_key[..middle], &sibling.write_key[middle..]);
    for (key, status, code) in [
        (unknown.as_str(), 401, Code::Unauthenticated),
        ("nothing-like-a-key", 401, Code::Unauthenticated),
        (access.read_key.as_str(), 403, Code::PermissionDenied),
    ] {
        let body = request(records("refused"));
        let response = post(&mut client, key, &[("Content-Type", "application/x-protobuf")], &body.encode_to_vec());
        assert_eq!(response.status, status, "{}", response.text());
        let refused = export(&house, &access, key, None, body).expect_err("the key does not count");
        assert_eq!(refused.code(), code, "{refused}");
        let named = response.header("blockhouse-code").unwrap_or_default().to_owned();
        assert!(!named.is_empty() && refused.message().starts_with(&named), "the same code: {named}, {refused}");
    }
    assert!(access.search(&mut client, "").is_empty() && sibling.search(&mut client, "").is_empty());
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Method, path, key, encoding and body of a request; status, code and stable code of its answer.
type Refused<'a> = ((&'a str, &'a str, &'a str, &'a str, &'a [u8]), (u16, Code, &'a str));

#[test]
fn a_refusal_is_a_status_in_the_form_of_the_request() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let authorization = format!("Bearer {}", access.write_key);
    let large = vec![0; 17 << 20];
    let mut ask = |method: &str, path: &str, key: &str, kind: &str, encoding: &str, body: &[u8]| {
        let headers = [("Authorization", key), ("Content-Type", kind), ("Content-Encoding", encoding)];
        client.send(&Request { method, path, headers: &headers, body }).unwrap()
    };
    let cases: [Refused<'_>; 6] = [
        (("POST", "/v1/logs", "Bearer no", "identity", b""), (401, Code::Unauthenticated, "key_malformed")),
        (("POST", "/v1/logs", &authorization, "identity", b"\xff"), (400, Code::InvalidArgument, "invalid_")),
        (("POST", "/v1/logs", &authorization, "br", b"x"), (415, Code::InvalidArgument, "unsupported_encoding")),
        (("POST", "/v1/logs", &authorization, "identity", &large), (413, Code::InvalidArgument, "body_too_large")),
        (("POST", "/v1/traces", &authorization, "identity", b""), (404, Code::NotFound, "not_found")),
        (("DELETE", "/v1/logs", &authorization, "identity", b""), (405, Code::Unimplemented, "method_not_allowed")),
    ];
    for ((method, path, key, encoding, body), (status, code, named)) in cases {
        for kind in ["application/x-protobuf", "application/json"] {
            let response = ask(method, path, key, kind, encoding, body);
            let told = (response.status, response.header("content-type"));
            assert_eq!(told, (status, Some(kind)), "{method} {path}: {}", response.text());
            let message = match kind {
                "application/json" => {
                    let body = response.json();
                    assert_eq!(body["code"], i32::from(code), "{body}");
                    body["message"].as_str().unwrap_or_default().to_owned()
                }
                _ => {
                    let told = RpcStatus::decode(response.body.as_slice()).unwrap();
                    assert_eq!(told.code, i32::from(code), "{}", told.message);
                    told.message
                }
            };
            let stable = response.header("blockhouse-code").unwrap();
            assert!(stable.starts_with(named) && message.starts_with(&format!("{stable}: ")), "{stable}, {message}");
        }
    }
    let other = ask("POST", "/v1/logs", &authorization, "text/plain", "identity", b"x");
    assert_eq!((other.status, other.header("content-type")), (415, Some("application/json")));
    assert_eq!(other.header("blockhouse-code"), Some("unsupported_content_type"));
}

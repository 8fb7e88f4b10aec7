//! A call of gRPC is bounded as every other request is: its key is looked at before its message, and what is too large is
//! refused with a status after which no exporter sends it again.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, Response};

use crate::house::{Access, House};
use crate::otlp_is_stored_over_http_and_grpc::over_http2;

const WIRE_BYTES_MAX: usize = 16 << 20;
const BYTES_MAX: usize = 32 << 20;

/// Behind its prefix.
fn framed(compressed: bool, message: &[u8]) -> Vec<u8> {
    [&[u8::from(compressed)], u32::try_from(message.len()).unwrap().to_be_bytes().as_slice(), message].concat()
}

/// How a call with this body ends, which has to be at once.
#[track_caller]
fn ending(house: &House, access: &Access, key: &str, encoding: &str, body: impl Into<reqwest::Body>) -> (Code, String) {
    let path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let client = over_http2(house, access);
    let mut request = client.post(format!("https://localhost:{}{path}", house.address().port())).body(body);
    request = request.header("content-type", "application/grpc").header("te", "trailers");
    if !key.is_empty() {
        request = request.bearer_auth(key);
    }
    if !encoding.is_empty() {
        request = request.header("grpc-encoding", encoding);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = runtime.block_on(async {
        let answer = tokio::time::timeout(Duration::from_secs(20), request.send()).await.expect("an answer in time").unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/grpc"));
        let (head, body) = Response::<reqwest::Body>::from(answer).into_parts();
        let trailers = body.collect().await.unwrap().trailers().cloned();
        trailers.unwrap_or(head.headers)
    });
    let text = |headers: &HeaderMap, name: &str| headers.get(name).map_or("", |text| text.to_str().unwrap()).to_owned();
    (Code::from_bytes(text(&said, "grpc-status").as_bytes()), text(&said, "grpc-message"))
}

#[test]
fn a_call_is_refused_before_its_message_is_read() {
    let (house, access) = House::open();
    let read_key = access.read_key.as_str();
    for (key, code) in [("", Code::Unauthenticated), ("no-key", Code::Unauthenticated), (read_key, Code::PermissionDenied)] {
        // It says that 16 MiB follow, and they never come.
        let begun = [&[0], u32::try_from(WIRE_BYTES_MAX).unwrap().to_be_bytes().as_slice(), &[0; 1 << 10]].concat();
        let never_ends = stream::iter([Ok::<_, io::Error>(Bytes::from(begun))]).chain(stream::pending());
        let (said, message) = ending(&house, &access, key, "", reqwest::Body::wrap_stream(never_ends));
        assert_eq!(said, code, "{message}");
    }
}

#[test]
fn a_call_that_is_too_large_or_no_call_is_not_sent_again() {
    let (house, access) = House::open();
    let check = |encoding: &str, body: Vec<u8>, (code, named): (Code, &str)| {
        let (said, message) = ending(&house, &access, &access.write_key, encoding, body);
        assert_eq!((said, message.split(':').next().unwrap()), (code, named), "{message}");
    };
    check("", framed(false, &[]), (Code::Ok, ""));
    check("gzip", framed(false, &[]), (Code::Ok, ""));
    check("", framed(false, &vec![0; WIRE_BYTES_MAX + 1]), (Code::InvalidArgument, "body_too_large"));
    let zeros = zstd::encode_all(vec![0; BYTES_MAX].as_slice(), 1).unwrap();
    check("zstd", framed(true, &zeros), (Code::InvalidArgument, "decompression_bomb"));
    // Two bytes in 64 that nothing tells before, so that it is large and no bomb.
    let mut random = 1_u64;
    let mut mixed = vec![0; BYTES_MAX + 1];
    for byte in mixed.iter_mut().step_by(32) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (random >> 56) as u8;
    }
    let mixed = zstd::encode_all(mixed.as_slice(), 1).unwrap();
    check("zstd", framed(true, &mixed), (Code::InvalidArgument, "body_too_large"));
    check("", framed(false, b"ab")[..6].to_vec(), (Code::InvalidArgument, "truncated_body"));
    check("", Vec::new(), (Code::InvalidArgument, "truncated_body"));
    check("", framed(true, b"ab"), (Code::InvalidArgument, "invalid_grpc"));
    check("", [framed(false, &[]), framed(false, &[])].concat(), (Code::InvalidArgument, "invalid_grpc"));
    check("br", framed(true, b"ab"), (Code::Unimplemented, "unsupported_encoding"));
}

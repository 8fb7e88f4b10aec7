//! Clients of Loki need another address and a key: streams in JSON and in protobuf become records, and the statuses are those
//! that such clients act on.

use serde_json::json;

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

const PATH: &str = "/loki/api/v1/push";
const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

fn push(client: &mut Client, access: &Access, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let authorization = format!("Bearer {}", access.write_key);
    let headers = [&[("Authorization", authorization.as_str())][..], headers].concat();
    client.send(&Request { method: "POST", path: PATH, headers: &headers, body }).unwrap()
}

#[track_caller]
fn check_refused(response: &Response, status: u16, code: &str) {
    let said = (response.status, response.header("blockhouse-code"), response.header("content-type"));
    assert_eq!(said, (status, Some(code), Some("text/plain; charset=utf-8")), "{}", response.text());
    assert!(response.text().ends_with(&format!("({code})\n")), "{}", response.text());
}

/// A field of protobuf that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut length) = (vec![number << 3 | 2], bytes.len());
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// One stream of one entry, at 2026-01-31T12:00:00.000000007Z.
pub(crate) fn protobuf(labels: &str, line: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
    let time = field(1, &[0x08, 0xC0, 0xDD, 0xF7, 0xCB, 0x06, 0x10, 7]);
    let metadata =
        metadata.iter().map(|(name, value)| field(3, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat()));
    let entry = [time, field(2, line.as_bytes()), metadata.collect::<Vec<_>>().concat()].concat();
    field(1, &[field(1, labels.as_bytes()), field(2, &entry)].concat())
}

pub(crate) fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

#[test]
fn streams_become_records_in_both_forms() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = json!({"streams": [{"stream": {"app": "shop", "level": "warn"}, "values": [
        ["1769860800000000007", "pushed as json", {"trace_id": "abc"}], ["1769860800000000008", "another", {}]]}]});
    let response = push(&mut client, &access, &[("Content-Type", JSON)], body.to_string().as_bytes());
    assert_eq!((response.status, response.body.as_slice()), (204, &b""[..]));
    let forms = [&[("Content-Type", PROTOBUF), ("Content-Encoding", "snappy")][..], &[("Content-Type", PROTOBUF)], &[]];
    for (form, headers) in ["named", "half", "unnamed"].into_iter().zip(forms) {
        let metadata = [("trace_id", "abc"), ("form", form)];
        let body = snappy(&protobuf(r#"{app="shop", level="warn"}"#, "pushed as protobuf", &metadata));
        for _ in 0..2 {
            assert_eq!(push(&mut client, &access, headers, &body).status, 204);
        }
    }
    for (line, count) in [("pushed as json", 1), ("pushed as protobuf", 3)] {
        let found = access.search(&mut client, &format!("app:shop level:warn \"{line}\""));
        assert_eq!(found.len(), count, "{line}");
        assert_eq!(found[0]["timestamp"], "2026-01-31T12:00:00.000000007Z");
        assert_eq!((&found[0]["message"], &found[0]["attributes"]["trace_id"]), (&json!(line), &json!("abc")));
    }
}

#[test]
fn an_empty_push_is_a_success() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    assert_eq!(push(&mut client, &access, &[("Content-Type", JSON)], b"{\"streams\":[]}").status, 204);
    assert_eq!(push(&mut client, &access, &[("Content-Type", PROTOBUF)], b"").status, 204);
    let ready = client.get("/ready", "").unwrap();
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
}

#[test]
fn a_refusal_is_a_line_of_text() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    check_refused(&push(&mut client, &access, &[("Content-Type", JSON)], b"{\"streams\":7}"), 400, "invalid_json");
    check_refused(&push(&mut client, &access, &[("Content-Type", PROTOBUF)], b"{\"streams\":[]}"), 400, "invalid_encoding");
    check_refused(&push(&mut client, &access, &[("Content-Type", PROTOBUF)], &snappy(b"\x0a\xff")), 400, "invalid_protobuf");
    let labels = snappy(&protobuf("app=shop", "x", &[]));
    check_refused(&push(&mut client, &access, &[("Content-Type", PROTOBUF)], &labels), 400, "invalid_labels");
    let bomb = [&b"\x80\x80\x80\x08"[..], b"x"].concat();
    check_refused(&push(&mut client, &access, &[("Content-Type", PROTOBUF)], &bomb), 413, "decompression_bomb");
    check_refused(
        &push(&mut client, &access, &[("Content-Type", JSON), ("Content-Encoding", "br")], b"x"),
        415,
        "unsupported_encoding",
    );
    let nobody = client.send(&Request { method: "POST", path: PATH, headers: &[], body: b"" }).unwrap();
    check_refused(&nobody, 401, "key_missing");
    // As Loki does it, an entry that is too large does not hold up the others.
    let large =
        json!({"streams": [{"stream": {}, "values": [["1", "kept"], ["2", "x".repeat(5 << 20)], ["3", "kept"]]}]}).to_string();
    check_refused(&push(&mut client, &access, &[("Content-Type", JSON)], large.as_bytes()), 400, "record_too_large");
    assert_eq!(access.search(&mut house.client(&access), "").len(), 2);
}

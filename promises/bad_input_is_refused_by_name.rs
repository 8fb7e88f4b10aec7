//! Bad input gets its status and a stable code in a problem document, stores nothing, and leaves the server as it was.
//! Odd input that is not bad is taken, and given back.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

const JSON: &str = "application/json";
const NDJSON: &str = "application/ndjson";

struct Case {
    name: &'static str,
    content_type: &'static str,
    encoding: &'static str,
    body: Vec<u8>,
    status: u16,
    code: &'static str,
}

fn case(name: &'static str, content_type: &'static str, body: impl Into<Vec<u8>>, (status, code): (u16, &'static str)) -> Case {
    Case { name, content_type, encoding: "", body: body.into(), status, code }
}

fn compressed(mut case: Case) -> Case {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&case.body).unwrap();
    case.body = encoder.finish().unwrap();
    case.encoding = "gzip";
    case
}

fn cut(mut case: Case) -> Case {
    case.body.truncate(case.body.len() / 2);
    case
}

fn refused() -> Vec<Case> {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let long = format!("{{\"message\":\"{}\"}}", "x".repeat(10 << 20));
    let noise: String = (0..200_000_u64).map(|i| format!("{:x}", i.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
    vec![
        case("a body too large", "text/plain", vec![b'x'; 40 << 20], (413, "body_too_large")),
        compressed(case("a bomb", NDJSON, vec![b' '; 30 << 20], (413, "decompression_bomb"))),
        cut(compressed(case("a gzip body cut short", JSON, format!("{{\"message\":\"{noise}\"}}"), (400, "truncated_body")))),
        Case { encoding: "gzip", ..case("no gzip at all", JSON, "{\"message\":\"x\"}", (400, "invalid_encoding")) },
        Case { encoding: "br", ..case("an unknown encoding", JSON, "{\"message\":\"x\"}", (415, "unsupported_encoding")) },
        case("an unknown content type", "image/png", "{\"message\":\"x\"}", (400, "unsupported_content_type")),
        case("invalid UTF-8", JSON, b"{\"message\":\"a\xff\xfeb\"}", (400, "invalid_utf8")),
        case("deep arrays", JSON, deep, (400, "too_deep")),
        case("deep objects", JSON, nested, (400, "too_deep")),
        case("a line of 10 MB", NDJSON, long, (413, "record_too_large")),
        case("NaN", JSON, "{\"message\":\"x\",\"n\":NaN}", (400, "invalid_json")),
        case("an infinite number", JSON, "{\"message\":\"x\",\"n\":-Infinity}", (400, "invalid_number")),
        case("an object without its end", JSON, "{\"message\":\"x\"", (400, "truncated_json")),
        case("a raw control character", JSON, "{\"message\":\"a\nb\"}", (400, "control_character")),
        case("an unknown escape", JSON, "{\"message\":\"\\x41\"}", (400, "invalid_escape")),
        case("no object", JSON, "[1,2]", (400, "not_an_object")),
        case("a bad line after a good one", NDJSON, "{\"message\":\"good\"}\n{\"message\":bad}\n", (400, "invalid_json")),
        case("MessagePack cut short", "application/msgpack", b"\x81\xa7mess", (400, "invalid_msgpack")),
    ]
}

fn post(client: &mut Client, access: &Access, case: &Case) -> Response {
    let authorization = format!("Bearer {}", access.write_key);
    let mut headers = vec![("Authorization", authorization.as_str()), ("Content-Type", case.content_type)];
    if !case.encoding.is_empty() {
        headers.push(("Content-Encoding", case.encoding));
    }
    let path = access.frames_path();
    client.send(&Request { method: "POST", path: &path, headers: &headers, body: &case.body }).unwrap()
}

#[track_caller]
fn check_problem(name: &str, response: &Response, status: u16, code: &str) -> Value {
    let problem = response.json();
    assert_eq!((response.status, problem["code"].as_str()), (status, Some(code)), "{name}: {}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{name}");
    assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["status"] == status, "{name}: {problem}");
    problem
}

#[test]
fn bad_bodies_are_refused_by_name() {
    let (mut house, access) = House::open();
    for bad in refused() {
        // A connection of its own: the last one's refusal may have closed it.
        let response = post(&mut house.client(&access), &access, &bad);
        let problem = check_problem(bad.name, &response, bad.status, bad.code);
        if bad.code.starts_with("invalid_json") || bad.code == "control_character" {
            assert!(problem["at"].is_u64(), "{}: at which byte? {problem}", bad.name);
        }
    }
    assert!(house.is_running(), "{}", house.log());
    let mut client = house.client(&access);
    assert_eq!(access.search(&mut client, ""), [Value::Null; 0], "nothing of a refused body is kept");
    access.send(&mut client, r#"{"message":"afterwards"}"#);
    assert_eq!(access.search(&mut client, "afterwards").len(), 1);
    assert!(!house.log().contains("panicked"), "{}", house.log());
}

#[test]
fn a_wrong_key_is_refused_by_name() {
    let (house, access) = House::open();
    let (_elsewhere, other) = House::open();
    let mut client = house.client(&access);
    let path = access.frames_path();
    let mut check = |name: &str, headers: &[(&str, &str)], status, code| {
        let response = client.send(&Request { method: "POST", path: &path, headers, body: b"{\"message\":\"x\"}" }).unwrap();
        check_problem(name, &response, status, code);
    };
    check("no key", &[("Content-Type", JSON)], 401, "key_missing");
    check("an empty header", &[("Authorization", "")], 401, "key_missing");
    check("no key's form", &[("Authorization", "Bearer let-me-in")], 401, "key_malformed");
    check("another scheme", &[("Authorization", "Digest x")], 401, "key_malformed");
    let unknown = format!("Bearer {}", other.write_key);
    check("another server's key", &[("Authorization", &unknown)], 401, "key_unknown");
    let reversed: String = access.write_key.chars().rev().collect();
    check("a key garbled", &[("Authorization", &format!("Bearer {reversed}"))], 401, "key_malformed");
    let read = format!("Bearer {}", access.read_key);
    check("a read key", &[("Authorization", &read)], 403, "key_wrong_direction");
}

#[test]
fn an_ended_key_is_refused_by_name() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let of = ["--tenant", "acme", "--source", "first"];
    let make = || house.run(&[&["admin", "create-key", "--kind", "write"], of.as_slice()].concat());
    let id = |key: &Value| key["id"].as_str().expect("a key has an id").to_owned();
    let mut send = |key: &Value| {
        let key = key["key"].as_str().expect("a new key is shown");
        client.post(&access.frames_path(), key, JSON, b"{\"message\":\"x\"}").unwrap()
    };
    let (replaced, revoked) = (make(), make());
    assert_eq!((send(&replaced).status, send(&revoked).status), (202, 202));
    let rotate = ["admin", "rotate-key", "--overlap-seconds", "0"];
    let new = house.run(&[rotate.as_slice(), &of, &[&id(&replaced)]].concat());
    check_problem("an expired key", &send(&replaced), 401, "key_expired");
    assert_eq!(send(&new).status, 202);
    house.run(&[["admin", "revoke-key"].as_slice(), &of, &[&id(&revoked)]].concat());
    check_problem("a revoked key", &send(&revoked), 401, "key_revoked");
}

#[test]
fn a_bad_query_is_refused_by_name() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    for query in ["(level:error", "status:>=", "\"no end", "a AND", "level:error)"] {
        let response = access.search_response(&mut client, query);
        assert_eq!(response.status, 400, "{query}: {}", response.text());
        assert!(response.json()["code"].is_string(), "{query}: {}", response.text());
    }
    for parameters in ["q=&limit=0", "q=&limit=x", "q=&from=yesterdayish", "q=&cursor=nonsense"] {
        let path = format!("/v1/sources/{}/search?{parameters}", access.source_id);
        let response = client.get(&path, &access.read_key).unwrap();
        assert_eq!(response.status, 400, "{parameters}: {}", response.text());
    }
    assert_eq!(client.get("/v1/nothing/here", &access.read_key).unwrap().status, 404);
}

#[test]
fn odd_input_is_taken_and_given_back() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let mut wide = serde_json::Map::new();
    wide.insert("message".to_owned(), json!("very wide"));
    wide.extend((0..100_000).map(|i| (format!("field_{i}"), json!(i))));
    access.send(&mut client, &Value::Object(wide).to_string());
    let found = access.search(&mut client, "\"very wide\"");
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["attributes"]["field_0"], &found[0]["attributes"]["field_99999"]), (&json!(0), &json!(99_999)));

    for empty in ["", "[]", "\n\n"] {
        let response = client.post(&access.frames_path(), &access.write_key, JSON, empty.as_bytes()).unwrap();
        assert_eq!(response.status, 202, "`{empty}`: {}", response.text());
    }
    // As text: a number that no machine type holds must come back digit for digit.
    access.send(&mut client, r#"{"message":"huge","n":123456789012345678901234567890,"e":1e999,"small":1e-999}"#);
    let text = access.search_response(&mut client, "huge").text();
    assert!(text.contains("123456789012345678901234567890") && text.contains("1e999"), "{text}");

    access.send(&mut client, r#"{"message":"half a pair \ud800 here"}"#);
    assert_eq!(access.search(&mut client, "\"half a pair\"").len(), 1);

    access.send(&mut client, r#"{"message":"doubled","k":1,"k":2}"#);
    assert_eq!(access.search(&mut client, "doubled").len(), 1);

    for (time, message) in [("1970-01-01T00:00:00Z", "the first second"), ("2100-01-01T00:00:00Z", "far from now")] {
        access.send(&mut client, &json!({ "timestamp": time, "message": message }).to_string());
        let found = access.search(&mut client, &format!("\"{message}\""));
        assert_eq!(found.len(), 1, "{time}");
        assert!(found[0]["timestamp"].as_str().is_some_and(|t| t.starts_with(&time[..19])), "{}", found[0]);
    }
    access.send(
        &mut client,
        "{\"t\":\"number\",\"v\":1}\n{\"t\":\"text\",\"v\":\"one\"}\n{\"t\":\"list\",\"v\":[1]}\n{\"t\":\"null\",\"v\":null}",
    );
    for (t, v) in [("number", json!(1)), ("text", json!("one")), ("list", json!([1]))] {
        let found = access.search(&mut client, &format!("t:{t}"));
        assert_eq!(found[0]["attributes"]["v"], v, "{t}");
    }
}

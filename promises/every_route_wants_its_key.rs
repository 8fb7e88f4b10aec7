//! Every route of the product, with every kind of wrong credential. A route that is not listed here fails the test.

use std::collections::BTreeSet;

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A setup that is still open.
    Setup,
    /// A write key; the key itself names the source.
    WriteKey,
    /// A write key of the source in the path.
    WriteKeyOf,
    /// The same over gRPC, which has codes of its own.
    GrpcWriteKey,
    /// A read key of the source in the path.
    ReadKeyOf,
}

const ROUTES: [(&str, &str, Needs); 17] = [
    ("GET", "/", Needs::Nothing),
    ("GET", "/healthz", Needs::Nothing),
    ("GET", "/setup", Needs::Setup),
    ("GET", "/setup/page.css", Needs::Setup),
    ("GET", "/setup/page.js", Needs::Setup),
    ("POST", "/v1/setup", Needs::Setup),
    ("POST", "/frames", Needs::WriteKey),
    ("POST", "/sources/{source}/frames", Needs::WriteKeyOf),
    ("POST", "/v1/logs", Needs::WriteKey),
    ("POST", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", Needs::GrpcWriteKey),
    ("GET", "/v1/sources/{source}/search", Needs::ReadKeyOf),
    ("GET", "/v1/sources/{source}/histogram", Needs::ReadKeyOf),
    ("GET", "/v1/sources/{source}/fields", Needs::ReadKeyOf),
    ("GET", "/v1/sources/{source}/fields/{name}", Needs::ReadKeyOf),
    ("GET", "/v1/sources/{source}/context", Needs::ReadKeyOf),
    ("POST", "/v1/sources/{source}/sql", Needs::ReadKeyOf),
    ("GET", "/v1/sources/{source}/tail", Needs::ReadKeyOf),
];

/// The keys of one source, good and bad.
struct Keys {
    ours: Access,
    theirs: Access,
    revoked: (String, String),
    expired: (String, String),
}

fn routes_of_the_product() -> BTreeSet<(String, String)> {
    let table = include_str!("../crates/server/src/routes.rs");
    let lines = table.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    lines
        .map(|line| {
            let (path, handler) = line.split_once("\", ").unwrap();
            let method = handler.split('(').next().unwrap();
            (method.to_uppercase(), path.to_owned())
        })
        .collect()
}

fn ask(client: &mut Client, (method, path): (&str, &str), source: &str, key: &str) -> Response {
    let path = path.replace("{source}", source).replace("{name}", "level");
    let authorization = format!("Bearer {key}");
    let kind = if path.ends_with("/Export") { "application/grpc" } else { "application/json" };
    let mut headers = vec![("Content-Type", kind), ("TE", "trailers")];
    if !key.is_empty() {
        headers.push(("Authorization", &authorization));
    }
    // A gRPC message of no bytes, so that what is refused is the key.
    let body: &[u8] = if kind == "application/grpc" { &[0; 5] } else { b"{}" };
    client.send(&Request { method, path: &path, headers: &headers, body: if method == "GET" { b"" } else { body } }).unwrap()
}

fn refusal(response: &Response) -> (u16, String) {
    match response.header("grpc-status") {
        Some(status) => (status.parse().unwrap(), response.header("grpc-message").unwrap_or_default().to_owned()),
        None => (response.status, response.json()["code"].as_str().unwrap_or_default().to_owned()),
    }
}

/// A key that ended, by its own end or by an act.
fn ended_key(house: &House, kind: &str, act: &[&str]) -> String {
    let of = ["--tenant", "acme", "--source", "first"];
    let made = house.run(&[&["admin", "create-key", "--kind", kind][..], &of].concat());
    let id = made["id"].as_str().unwrap();
    house.run(&[&["admin", act[0]][..], &of, &[id], &act[1..]].concat());
    made["key"].as_str().unwrap().to_owned()
}

impl Keys {
    fn make(house: &House, ours: Access) -> Self {
        let theirs = house.bootstrap("globex", "first");
        let both = |act: &[&str]| (ended_key(house, "write", act), ended_key(house, "read", act));
        let revoked = both(&["revoke-key"]);
        let expired = both(&["rotate-key", "--overlap-seconds", "0"]);
        Self { theirs, revoked, expired, ours }
    }

    /// Every wrong credential for this direction, with the code that it is refused with.
    fn wrong(&self, needs: Needs) -> Vec<(&str, u16, &'static str)> {
        let writes = needs != Needs::ReadKeyOf;
        let side = |pair: &'static str| match (pair, writes) {
            ("revoked", true) => self.revoked.0.as_str(),
            ("revoked", false) => self.revoked.1.as_str(),
            (_, true) => self.expired.0.as_str(),
            (_, false) => self.expired.1.as_str(),
        };
        let (other_direction, theirs) = match writes {
            true => (&self.ours.read_key, &self.theirs.write_key),
            false => (&self.ours.write_key, &self.theirs.read_key),
        };
        let mut wrong = vec![
            ("", 401, "key_missing"),
            ("bh_read_no", 401, "key_malformed"),
            (side("revoked"), 401, "key_revoked"),
            (side("expired"), 401, "key_expired"),
            (other_direction.as_str(), 403, "key_wrong_direction"),
        ];
        if matches!(needs, Needs::ReadKeyOf | Needs::WriteKeyOf) {
            wrong.push((theirs.as_str(), 404, "key_wrong_source"));
        }
        wrong
    }
}

#[test]
fn every_route_is_listed() {
    let listed = ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(routes_of_the_product(), listed);
}

#[test]
fn every_route_refuses_every_wrong_key_as_documented() {
    let (house, ours) = House::open();
    let mut client = house.client(&ours);
    let keys = Keys::make(&house, ours);
    let source = keys.ours.source_id.clone();
    for (method, path, needs) in ROUTES {
        let mut check = |key: &str, expected: (u16, &str)| {
            let answer = refusal(&ask(&mut client, (method, path), &source, key));
            assert_eq!((answer.0, answer.1.as_str()), expected, "{method} {path}");
        };
        match needs {
            Needs::Nothing => check("", (200, "")),
            Needs::Setup => check("", (404, "not_found")),
            Needs::GrpcWriteKey => {
                for (key, status, _) in keys.wrong(needs) {
                    // UNAUTHENTICATED and PERMISSION_DENIED.
                    let code = if status == 401 { 16 } else { 7 };
                    let answer = refusal(&ask(&mut client, (method, path), &source, key));
                    assert_eq!(answer.0, code, "{method} {path}: {}", answer.1);
                }
            }
            Needs::WriteKey | Needs::WriteKeyOf | Needs::ReadKeyOf => {
                keys.wrong(needs).into_iter().for_each(|(key, status, code)| check(key, (status, code)));
            }
        }
    }
}

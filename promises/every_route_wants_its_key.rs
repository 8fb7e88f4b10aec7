//! Every route of the product, with every kind of wrong credential. A route that is not listed here fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};
use crate::person::{Founded, Person, text};

pub(crate) mod routes;

use routes::Needs;

/// The keys of one source, good and bad.
struct Keys {
    ours: Access,
    theirs: Access,
    revoked: (String, String),
    expired: (String, String),
}

/// Sessions that do not count, or count for something else.
struct Sessions {
    tenant: String,
    owner: Person,
    unknown: String,
    ended: String,
    half: String,
    /// The owner of another tenant.
    stranger: String,
    /// A member whose role allows nothing on the source that a route here asks for.
    powerless: String,
    /// A service account with that role.
    service: String,
    /// One of staff who runs the installation.
    operator: String,
}

fn routes_of_the_product() -> BTreeSet<(String, String)> {
    let tables = [
        include_str!("../crates/server/src/routes.rs"),
        include_str!("../crates/server/src/routes/receivers.rs"),
        include_str!("../crates/server/src/routes/readers.rs"),
        include_str!("../crates/server/src/routes/sources.rs"),
        include_str!("../crates/server/src/routes/signed.rs"),
        include_str!("../crates/server/src/routes/watched.rs"),
        include_str!("../crates/server/src/routes/jobs.rs"),
    ];
    let rows = tables.iter().flat_map(|table| table.lines()).filter_map(|line| line.trim().split_once("\" => "));
    rows.map(|(named, _)| {
        let (method, path) = named.split_once(" \"").unwrap();
        (method.to_uppercase(), path.to_owned())
    })
    .collect()
}

/// The path with something in each of its places.
fn filled(path: &str, tenant: &str, (source, job): (&str, &str)) -> String {
    let file = if path.starts_with("/pages") { "page.css" } else { "" };
    let leaf = if path == "/log/{*path}" { "key" } else { "checkpoint" };
    let known =
        [("{tenant}", tenant), ("{source}", source), ("{job}", job), ("{name}", "level"), ("{file}", file), ("{*path}", leaf)];
    let mut path = known.iter().fold(path.to_owned(), |path, (place, value)| path.replace(place, value));
    while let Some((before, after)) = path.clone().split_once('{') {
        path = format!("{before}0000000000000000{}", after.split_once('}').unwrap().1);
    }
    path
}

fn ask(client: &mut Client, (method, path): (&str, &str), key: &str, body: &str) -> Response {
    let authorization = format!("Bearer {key}");
    let kind = if path.ends_with("/Export") { "application/grpc" } else { "application/json" };
    let mut headers = vec![("Content-Type", kind), ("TE", "trailers")];
    if !key.is_empty() {
        headers.push(("Authorization", &authorization));
    }
    // A gRPC message of no bytes, so that what is refused is the key.
    let body: &[u8] = if kind == "application/grpc" { &[0; 5] } else { body.as_bytes() };
    client.send(&Request { method, path, headers: &headers, body }).unwrap()
}

fn refusal(response: &Response) -> (u16, String) {
    match response.header("grpc-status") {
        Some(status) => (status.parse().unwrap(), response.header("grpc-message").unwrap_or_default().to_owned()),
        // In the form of a protocol that has no place for a code, it is in a header.
        None => {
            let in_header = response.header("blockhouse-code").map(str::to_owned);
            let code = response.json()["code"].as_str().map(str::to_owned).or(in_header);
            (response.status, code.unwrap_or_default())
        }
    }
}

/// A key that ended, by its own end or by an act.
fn ended_key(house: &House, kind: &str, act: &[&str]) -> String {
    let of = ["--tenant", "Acme", "--source", "first"];
    let made = house.run(&[&["admin", "create-key", "--kind", kind][..], &of].concat());
    let id = made["id"].as_str().unwrap();
    house.run(&[&["admin", act[0]][..], &of, &[id], &act[1..]].concat());
    made["key"].as_str().unwrap().to_owned()
}

// === impl Keys ===

impl Keys {
    fn make(house: &House, ours: Access) -> Self {
        let theirs = house.bootstrap("Globex", "first");
        let both = |act: &[&str]| (ended_key(house, "write", act), ended_key(house, "read", act));
        let revoked = both(&["revoke-key"]);
        let expired = both(&["rotate-key", "--overlap-seconds", "0"]);
        Self { theirs, revoked, expired, ours }
    }

    /// Every wrong key for this direction, with the code that it is refused with.
    fn wrong(&self, needs: Needs) -> Vec<(&str, u16, &'static str)> {
        let writes = !matches!(needs, Needs::ReadKey | Needs::ReadKeyOf | Needs::Reads);
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
        ];
        if needs == Needs::SourceKeyOrNothing {
            wrong[0] = ("", 404, "not_found");
        }
        if !matches!(needs, Needs::SourceKey | Needs::SourceKeyOrNothing | Needs::SourceKeyOf) {
            wrong.push((other_direction.as_str(), 403, "key_wrong_direction"));
        }
        if matches!(needs, Needs::ReadKeyOf | Needs::WriteKeyOf | Needs::SourceKeyOf) {
            wrong.push((theirs.as_str(), 404, "key_wrong_source"));
        }
        wrong
    }
}

// === impl Sessions ===

impl Sessions {
    #[track_caller]
    fn make(house: &House, tenant: &str, mut owner: Person) -> Self {
        let elsewhere = owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "elsewhere" }));
        let passphrase = "seven wet otters juggle turnips";
        owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": passphrase }));
        owner.adds_passkey();
        let entered = json!({ "email": "ada@example.com", "passphrase": passphrase, "token": true });
        let second = || text(&Person::stranger(house).does("POST", "/v1/sign-in/passphrase", &entered)["token"]);
        let (half, ended) = (second(), second());
        Person::with(house, &ended).does("POST", "/v1/sign-out", &Value::Null);

        let role = json!({ "name": "powerless", "permissions": ["logs:write"] });
        let role = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &role)["id"]);
        let roles = json!([{ "role": role, "source": elsewhere["id"] }]);
        let powerless = Person::invited(house, &mut owner, tenant, "ben@example.com", &roles).token;
        let accounts = format!("/v1/tenants/{tenant}/service-accounts");
        let account = text(&owner.does("POST", &accounts, &json!({ "name": "powerless", "roles": roles }))["id"]);
        let service = text(&owner.does("POST", &format!("{accounts}/{account}/keys"), &json!({}))["key"]);

        let invitation = house.run(&["admin", "invite", "--tenant", "Globex", "--email", "eve@example.com"]);
        let accept = json!({ "invitation": invitation["token"], "name": "Eve", "token": true });
        let stranger = text(&Person::stranger(house).does("POST", "/v1/invitations/accept", &accept)["token"]);
        let staff = ["admin", "create-staff", "--kind", "operator", "--email", "olga@example.com", "--name", "Olga"];
        let mut operator = Person::with(house, &text(&house.run(&staff)["token"]));
        operator.adds_passkey();

        let (elsewhere, link) = House::open_empty();
        let unknown = Founded::by(&elsewhere, &link, "ada@example.com").owner.token;
        let tenant = tenant.to_owned();
        Self { tenant, owner, unknown, ended, half, stranger, powerless, service, operator: operator.token }
    }

    /// One of the owner's, which waits for its bytes.
    fn makes_job(&mut self, source: &str) -> String {
        let asked = json!({ "name": "x", "bytes": 2 });
        text(&self.owner.does("POST", &format!("/v1/sources/{source}/imports"), &asked)["id"])
    }

    /// Every wrong credential for a route that asks for somebody, with what it is refused with.
    fn wrong(&self, needs: Needs, keys: &Keys) -> Vec<(String, u16, &'static str)> {
        let missing = (403, "permission_missing");
        let of_keys = |key: &str| match needs {
            Needs::Session => (key.to_owned(), 401, "not_a_session"),
            Needs::SignedIn => (key.to_owned(), 401, "sign_in_required"),
            _ => (key.to_owned(), missing.0, missing.1),
        };
        let revoked_as = if needs.is_own() { of_keys("").2 } else { "key_revoked" };
        let mut wrong = vec![
            ("bh_session_no".to_owned(), 401, "key_malformed"),
            (self.unknown.clone(), 401, "session_ended"),
            (self.ended.clone(), 401, "session_ended"),
            (keys.revoked.1.clone(), 401, revoked_as),
            of_keys(&keys.ours.read_key),
            of_keys(&keys.ours.write_key),
            of_keys(&self.service),
        ];
        let nobody = if needs.is_own() { "sign_in_required" } else { "key_missing" };
        wrong.push((String::new(), 401, nobody));
        if needs != Needs::Session {
            wrong.push((self.half.clone(), 401, "second_factor_pending"));
        }
        match needs {
            Needs::Tenant | Needs::Source | Needs::Job => {
                let elsewhere = if needs == Needs::Source { "key_wrong_source" } else { "not_found" };
                wrong.extend([(self.stranger.clone(), 404, elsewhere), (self.operator.clone(), missing.0, missing.1)]);
                wrong.push((self.powerless.clone(), missing.0, missing.1));
            }
            Needs::Reads | Needs::OwnTenant => {
                wrong.extend([(self.operator.clone(), missing.0, missing.1), (self.powerless.clone(), missing.0, missing.1)]);
            }
            Needs::Installation => {
                wrong.push((self.powerless.clone(), missing.0, missing.1));
                wrong.push((self.owner.token.clone(), missing.0, missing.1));
            }
            _ => {}
        }
        wrong
    }
}

/// What a route answers to each credential that it is asked with.
fn expected(needs: Needs, keys: &Keys, sessions: &Sessions) -> Vec<(String, u16, &'static str)> {
    let wrong_keys = || keys.wrong(needs).into_iter().map(|(key, status, code)| (key.to_owned(), status, code));
    match needs {
        Needs::Nothing => vec![(String::new(), 200, "")],
        Needs::Setup => vec![(String::new(), 404, "not_found")],
        Needs::Try(status, code) => vec![(String::new(), status, code)],
        // UNAUTHENTICATED and PERMISSION_DENIED.
        Needs::GrpcWriteKey => wrong_keys().map(|(key, status, code)| (key, if status == 401 { 16 } else { 7 }, code)).collect(),
        Needs::WriteKey | Needs::WriteKeyOf | Needs::ReadKey => wrong_keys().collect(),
        Needs::SourceKey | Needs::SourceKeyOrNothing | Needs::SourceKeyOf => wrong_keys().collect(),
        Needs::WriteKeyOr403 => {
            wrong_keys().map(|(key, status, code)| (key, if code == "key_missing" { status } else { 403 }, code)).collect()
        }
        Needs::ReadKeyOf | Needs::Reads => {
            // A reader may be somebody, too: the same as at any route about a source, but that a key may be right.
            let about = if needs == Needs::Reads { Needs::Reads } else { Needs::Source };
            let somebody = sessions.wrong(about, keys).into_iter().filter(|(credential, ..)| credential.starts_with("bh_s"));
            wrong_keys().chain(somebody).collect()
        }
        Needs::Session
        | Needs::SignedIn
        | Needs::Tenant
        | Needs::OwnTenant
        | Needs::Source
        | Needs::Job
        | Needs::Installation => sessions.wrong(needs, keys),
    }
}

#[test]
fn every_route_is_listed() {
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let listed = routes::every().map(|(method, path, ..)| (method.to_owned(), bare(path))).collect();
    assert_eq!(routes_of_the_product(), listed);
}

#[test]
fn every_route_refuses_every_wrong_key_as_documented() {
    let (house, link) = House::open_empty();
    let founded = Founded::by(&house, &link, "ada@example.com");
    let source = founded.access.source_id.clone();
    let keys = Keys::make(&house, founded.access);
    let mut sessions = Sessions::make(&house, &founded.tenant, founded.owner);
    let job = sessions.makes_job(&source);
    let mut failures = Vec::new();
    for ((method, path, needs, body), number) in routes::every().zip(0_u16..) {
        // Receivers tell an address that sends too many wrong keys to wait.
        let [high, low] = number.to_be_bytes();
        let mut client = house.visitor_from([127, 1, high, low]);
        let at = filled(path, &sessions.tenant, (&source, &job));
        for (credential, status, code) in expected(needs, &keys, &sessions) {
            let answer = refusal(&ask(&mut client, (method, &at), &credential, body));
            // What gRPC says beside its status is for people.
            let same = answer.0 == status && (needs == Needs::GrpcWriteKey || answer.1 == code);
            if !same {
                failures.push(format!("{method} {path} with `{credential}`: {answer:?} and not {status} {code}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What was refused above was refused for its credential: with the right one the same request is looked at.
#[test]
fn every_route_looks_at_what_its_right_credential_asks() {
    let (house, link) = House::open_empty();
    let founded = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&founded.access);
    let source = founded.access.source_id.clone();
    drop(house.bootstrap("Globex", "first"));
    let mut sessions = Sessions::make(&house, &founded.tenant, founded.owner);
    let job = sessions.makes_job(&source);
    for (method, path, needs, body) in routes::every() {
        let credential = match needs {
            Needs::Tenant | Needs::OwnTenant | Needs::Source | Needs::Job | Needs::ReadKeyOf | Needs::Reads => {
                &sessions.owner.token
            }
            Needs::Installation => &sessions.operator,
            Needs::SignedIn if method == "GET" => &sessions.owner.token,
            _ => continue,
        };
        // A tail would go on.
        if path.ends_with("/tail") {
            continue;
        }
        let at = filled(path, &sessions.tenant, (&source, &job));
        let (status, code) = refusal(&ask(&mut client, (method, &at), credential, body));
        // The provider of the example cannot be reached.
        let fails = status >= 500 && !code.starts_with("sso_provider");
        assert!(status != 401 && code != "permission_missing" && !fails, "{method} {path}: {status} {code}");
    }
}

//! The description of the API is there for everybody, says the same from a shell, and is what the server does: every client
//! of these promises holds what it is answered against it, and here is a walk through what no other promise asks for.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Request, Response};
use crate::described::{self, document};
use crate::house::House;
use crate::person::{Founded, Person, text};

#[test]
fn the_description_is_served_to_everybody_and_not_twice() {
    let (house, _) = House::open_empty();
    let mut client = house.visitor();
    let served = client.get("/v1/openapi.json", "").unwrap();
    assert_eq!(served.status, 200);
    assert_eq!(served.json(), *document());
    let tag = served.header("etag").expect("it has a tag").to_owned();
    let asked = Request { method: "GET", path: "/v1/openapi.json", headers: &[("If-None-Match", &tag)], body: b"" };
    assert_eq!(client.send(&asked).unwrap().status, 304);
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_how_it_ends() {
    let mut ids = BTreeSet::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(ids.insert(text(&operation["operationId"])), "{method} {path}: its id is there twice");
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path} never goes well");
            assert!(answers.contains_key("503"), "{method} {path} never fails");
        }
    }
    assert!(ids.len() > 150, "{}", ids.len());
}

/// What is told of a description that is wrong, an answer that is not as described shows too.
#[test]
fn an_answer_that_is_not_as_described_is_found_out() {
    let request = Request { method: "GET", path: "/healthz", headers: &[], body: b"" };
    let kind = ("content-type".to_owned(), "application/json".to_owned());
    let answer = |status, body: &str| Response { status, headers: vec![kind.clone()], body: body.into() };
    described::hold(&request, &answer(200, r#"{"status":"ok"}"#));
    for (status, body) in [
        (200, r#"{"status":1}"#),
        (200, r#"{"status":"ok","more":true}"#),
        (200, "{}"),
        (200, "no JSON"),
        (201, r#"{"status":"ok"}"#),
        (503, r#"{"type":"about:blank","title":"x","status":503,"code":"made_up","detail":"x"}"#),
    ] {
        let answer = answer(status, body);
        let held = std::panic::catch_unwind(|| described::hold(&request, &answer));
        assert!(held.is_err(), "{status} {body} was let through");
    }
}

#[test]
fn what_people_and_programs_ask_for_is_as_described() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    owner.adds_passkey();
    let mut client = house.client(&access);
    access.send(&mut client, "{\"message\":\"a line\",\"level\":\"info\",\"ms\":12,\"user\":{\"name\":\"ada\"}}\n");

    of_the_account(&mut owner);
    of_sources_and_keys(&mut owner, &tenant, &access.source_id);
    of_people(&house, &mut owner, &tenant);
    of_records(&mut owner, &access.source_id);
    of_the_trail(&mut owner, &tenant);
    of_the_own_page(&mut owner, &tenant, &access.source_id);
    of_the_public(&house);
}

fn of_the_account(owner: &mut Person) {
    owner.does("PATCH", "/v1/me", &json!({ "name": "Ada" }));
    owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": "seven wet otters juggle turnips" }));
    assert_eq!(
        owner.refused("PUT", "/v1/me/passphrase", &json!({ "passphrase": "password" })),
        (422, "passphrase_weak".to_owned())
    );
    owner.does("POST", "/v1/me/totp/start", &Value::Null);
    owner.does("POST", "/v1/me/recovery-codes", &Value::Null);
    for path in ["/v1/me", "/v1/me/sessions", "/v1/me/notices", "/v1/me/passkeys"] {
        owner.reads(path);
    }
    owner.does("POST", "/v1/me/sessions/end-others", &Value::Null);
    owner.refused("DELETE", "/v1/me/sessions/0000000000000000", &Value::Null);
    owner.refused("POST", "/v1/me/tenant", &json!({ "tenant": "0000000000000000" }));
    owner.refused("PATCH", "/v1/me", &json!({ "nickname": "Ada" }));
}

fn of_sources_and_keys(owner: &mut Person, tenant: &str, source: &str) {
    owner.reads(&format!("/v1/tenants/{tenant}"));
    owner.reads(&format!("/v1/tenants/{tenant}/sources"));
    owner.reads(&format!("/v1/sources/{source}"));
    owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "second" }));
    owner.refused("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "second" }));
    owner.does("PATCH", &format!("/v1/sources/{source}"), &json!({ "retention_days": 30 }));
    owner.refused("PATCH", &format!("/v1/sources/{source}"), &json!({ "retention_days": 0 }));
    owner.refused("PATCH", &format!("/v1/sources/{source}"), &json!({ "name": "second" }));
    let keys = format!("/v1/sources/{source}/keys");
    let made = owner.does("POST", &keys, &json!({ "kind": "read", "name": "a reader", "days": null }));
    let key = format!("{keys}/{}", text(&made["id"]));
    owner.does("POST", &format!("{key}/rotate"), &Value::Null);
    owner.refused("POST", &format!("{key}/shared-key"), &Value::Null);
    owner.does("DELETE", &key, &Value::Null);
    let writer = owner.does("POST", &keys, &json!({ "kind": "write", "name": "a sender" }));
    owner.does("POST", &format!("{keys}/{}/shared-key", text(&writer["id"])), &Value::Null);
    owner.reads(&keys);
    owner.refused("POST", &keys, &json!({ "kind": "both", "name": "x" }));
    owner.refused("POST", &format!("{key}/rotate"), &json!({ "overlap_seconds": -1 }));
    let rules = format!("/v1/tenants/{tenant}/sign-in");
    owner.does("PUT", &rules, &json!({ "second_factor": "required" }));
    owner.refused("PUT", &rules, &json!({ "second_factor": "required", "single_sign_on": "enforced" }));
    owner.does("PUT", &format!("/v1/tenants/{tenant}/staff-access"), &json!({ "level": "on_approval", "approvals": 2 }));
    owner.refused("PUT", &format!("/v1/tenants/{tenant}/staff-access"), &json!({ "level": "never", "approvals": 9 }));
    owner.reads(&format!("/v1/tenants/{tenant}/providers"));
    owner.refused("GET", "/v1/tenants", &Value::Null);
}

fn of_people(house: &House, owner: &mut Person, tenant: &str) {
    let roles = json!([{ "role": "member" }]);
    let mut ben = Person::invited(house, owner, tenant, "ben@example.com", &roles);
    let ben = ben.user();
    let at = |path: &str| format!("/v1/tenants/{tenant}/{path}");
    for path in ["people", "invitations", "permissions", "roles", "service-accounts", "access"] {
        owner.reads(&at(path));
    }
    for path in ["", "/abilities"] {
        owner.reads(&at(&format!("people/{ben}{path}")));
    }
    let role = owner.does("POST", &at("roles"), &json!({ "name": "reader", "permissions": ["logs:read"] }));
    let role = text(&role["id"]);
    owner.does("POST", &at("roles/preview"), &json!({ "roles": [{ "role": role }, { "role": "auditor" }] }));
    owner.does("PUT", &at(&format!("people/{ben}")), &json!({ "roles": [{ "role": role }] }));
    owner.refused("DELETE", &at(&format!("roles/{role}")), &Value::Null);
    owner.refused("PUT", &at(&format!("roles/{role}")), &json!({ "name": "reader", "permissions": ["all"] }));
    owner.does("PUT", &at(&format!("roles/{role}")), &json!({ "name": "readers", "permissions": ["logs:read"] }));
    let account = owner.does("POST", &at("service-accounts"), &json!({ "name": "a program", "roles": roles }));
    let account = at(&format!("service-accounts/{}", text(&account["id"])));
    owner.does("PUT", &account, &json!({ "roles": [{ "role": role }] }));
    owner.does("POST", &format!("{account}/keys"), &json!({ "days": 30 }));
    owner.refused("POST", &format!("{account}/keys"), &json!({ "days": -1 }));
    owner.reads(&format!("{account}/keys"));
    owner.does("DELETE", &account, &Value::Null);
    let made = owner.does("POST", &at("invitations"), &json!({ "email": "eve@example.com", "roles": roles }));
    let invitation = at(&format!("invitations/{}", text(&made["id"])));
    owner.does("POST", &format!("{invitation}/resend"), &Value::Null);
    owner.does("DELETE", &invitation, &Value::Null);
    owner.refused("POST", &at("invitations"), &json!({ "email": "nobody", "roles": roles }));
    owner.refused("POST", &at("invitations"), &json!({ "email": "ben@example.com", "roles": roles }));
    owner.does("DELETE", &at(&format!("people/{ben}")), &Value::Null);
    owner.refused("GET", &at(&format!("people/{ben}")), &Value::Null);
}

fn of_records(owner: &mut Person, source: &str) {
    let at = |path: &str| format!("/v1/sources/{source}/{path}");
    let found = owner.reads(&at("search?q=line&order=oldest"));
    let id = text(&found["records"][0]["id"]);
    owner.reads(&at(&format!("context?id={id}&before=1&after=1")));
    owner.reads(&at(&format!("origin?id={id}")));
    for path in ["histogram?buckets=3", "fields", "fields/level", "fields/ms", "fields/user.name"] {
        owner.reads(&at(path));
    }
    owner.does("POST", &at("sql"), &json!({ "sql": "select level, count(*) as n from logs group by level" }));
    for path in ["search?q=(", "search?limit=0", "search?limit=x", "search?order=x", "search?cursor=x", "search?from=x"] {
        owner.refused("GET", &at(path), &Value::Null);
    }
    owner.refused("GET", &at("context?id=x"), &Value::Null);
    owner.refused("GET", &at("origin?id=x"), &Value::Null);
    owner.refused("GET", &at("origin?id=8000000000000000-1"), &Value::Null);
    owner.refused("POST", &at("sql"), &json!({ "sql": "drop table logs" }));
    owner.refused("POST", &at("sql"), &json!({ "sql": "select nothing from logs" }));
}

fn of_the_trail(owner: &mut Person, tenant: &str) {
    let at = |path: &str| format!("/v1/tenants/{tenant}/audit{path}");
    let page = owner.reads(&at("?limit=1000"));
    assert!(page["entries"].as_array().unwrap().len() > 20, "the walk so far is in the trail");
    owner.reads(&at("/proof?entry=0"));
    owner.reads(&at("/proof?since=1"));
    owner.does("GET", &at("/download?format=csv"), &Value::Null);
    owner.does("PUT", &at("/retention"), &json!({ "days": 400 }));
    owner.reads(&at("/streams"));
    for path in ["?limit=0", "?limit=x", "?result=x", "?since=x", "?address=x", "/proof", "/download?format=x", "/log/x"] {
        owner.refused("GET", &at(path), &Value::Null);
    }
    owner.refused("PUT", &at("/retention"), &json!({ "days": 1 }));
    owner.refused("POST", &at("/streams"), &json!({ "url": "http://example.com" }));
}

fn of_the_own_page(owner: &mut Person, tenant: &str, source: &str) {
    let at = |path: &str| format!("/v1/tenants/{tenant}/overview{path}");
    owner.does("POST", &at(""), &json!({ "slug": "acme", "publisher": "Acme" }));
    owner.refused("POST", &at(""), &json!({ "slug": "a", "publisher": "Acme" }));
    let bound = json!({ "kind": "evidence", "source": source, "query": "line", "windowMinutes": 60, "atLeast": 1 });
    let draft = json!({ "id": "OWN-LINES", "title": "Lines", "sentence": "Acme writes lines.", "group": "monitoring",
        "class": "software", "limits": "Not what they say.", "bound": bound });
    owner.does("PUT", &at("/claims/OWN-LINES"), &draft);
    owner.does("POST", &at("/claims/OWN-LINES/try"), &Value::Null);
    owner.refused("PUT", &at("/claims/OWN-OTHER"), &draft);
    owner.refused("POST", &at("/claims/OWN-OTHER/publish"), &Value::Null);
    owner.does("POST", &at("/hosts"), &json!({ "host": "app.example.com" }));
    owner.refused("POST", &at("/hosts"), &json!({ "host": "localhost" }));
    owner.reads(&at("/hosts"));
    owner.reads(&at(""));
    owner.reads("/v1/claims/library?group=at-rest");
    owner.refused("GET", "/v1/claims/library?group=x", &Value::Null);
    owner.puts_text(&at("/template"), "# Data\n\nWe encrypt data with [AES | other]. Write to security@DOMAIN.\n");
    let kept = owner.reads(&at("/template"));
    owner.refused("GET", &at("/template/draft"), &Value::Null);
    let answers = json!({ "version": kept["template"]["version"], "answers": { "domain": "example.com" } });
    owner.does("PUT", &at("/template/answers"), &answers);
    owner.refused("PUT", &at("/template/answers"), &answers);
    owner.does("DELETE", &at("/template"), &Value::Null);
}

fn of_the_public(house: &House) {
    let mut client = house.visitor();
    for path in ["/", "/healthz", "/security.json", "/log/key", "/security/oscal/component-definition.json"] {
        assert_eq!(client.get(path, "").unwrap().status, 200, "{path}");
    }
    let mut stranger = Person::stranger(house);
    let tried = json!({ "email": "ada@example.com", "passphrase": "nine dry otters juggle turnips" });
    assert_eq!(stranger.refused("POST", "/v1/sign-in/passphrase", &tried), (401, "credentials_wrong".to_owned()));
    stranger.refused("POST", "/v1/sign-in/passphrase", &json!({ "email": "x", "passphrase": "x" }));
    stranger.refused("POST", "/v1/invitations/look", &json!({ "invitation": "x" }));
    stranger.refused("GET", "/v1/me", &Value::Null);
}

//! Somebody signs in at the company's own provider, in a browser, and has the roles of their groups; when the provider signs
//! them out, they are signed out here; whom it does not vouch for, or who has no role, is not let in.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::clock::eventually;
use crate::house::House;
use crate::person::{Founded, search, text};
use crate::provider::{CLIENT_ID, CLIENT_SECRET, Provider};

const PATIENCE: Duration = Duration::from_secs(30);
/// In a page of the house: status and body of a route, with the session's cookie.
const FETCH: &str = "const answer = await fetch(arguments[0]); return [answer.status, await answer.text()];";

/// The same for what changes something: status and code.
const SEND: &str = "const [method, path, body] = arguments; \
    const answer = await fetch(path, { method, body, headers: { 'Content-Type': 'application/json' } }); \
    return [answer.status, (await answer.json()).code];";

struct World {
    house: House,
    founded: Founded,
    provider: Provider,
    id: String,
    sign_in: String,
}

impl World {
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let mut founded = Founded::by(&house, &link, "owner@example.org");
        let origin = format!("https://localhost:{}", house.address().port());
        let users = json!({
            "ada": { "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace", "groups": ["engineers"] },
            "eve": { "email": "eve@elsewhere.org", "email_verified": true, "name": "Eve", "groups": ["engineers"] },
            "mallory": { "email": "mallory@example.org", "email_verified": true, "name": "Mallory", "groups": ["others"] },
            "nemo": { "email": "owner@example.org", "email_verified": false, "name": "Nemo", "groups": ["engineers"] },
        });
        let callback = format!("{origin}/v1/sign-in/sso/callback");
        let mut provider = Provider::open(&callback, &users, &house.ca_file());
        let asked = json!({
            "name": "the company's",
            "issuer": provider.issuer(),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": ["groups"],
            "domains": ["example.org"],
            "groups_claim": "groups",
            "group_roles": [{ "group": "engineers", "role": "read-only" }],
            "creates_accounts": true,
            "authority": fs::read_to_string(provider.authority()).unwrap(),
            "private_address": true,
        });
        let path = format!("/v1/tenants/{}/providers", founded.tenant);
        let made = founded.owner.does("POST", &path, &asked);
        assert!(!made.to_string().contains(CLIENT_SECRET), "the secret is not shown again");
        // With new keys from here on, which nobody told the house of.
        provider.restart(made["logout"].as_str().unwrap());
        Self { house, founded, provider, id: text(&made["id"]), sign_in: text(&made["sign_in"]) }
    }

    fn browser(&self) -> Browser {
        Browser::start(&[self.house.ca_file(), self.provider.authority()])
    }
}

fn fetch(browser: &Browser, path: &str) -> (u64, Value) {
    try_fetch(browser, path).unwrap()
}

/// A page that goes elsewhere meanwhile takes the question with it.
fn try_fetch(browser: &Browser, path: &str) -> Result<(u64, Value), String> {
    let answer = browser.script_async(FETCH, &[json!(path)])?;
    let body = answer[1].as_str().unwrap_or_default();
    Ok((answer[0].as_u64().unwrap(), serde_json::from_str(body).unwrap_or_default()))
}

/// A binary with the console leads there, one without to the page of the account.
fn is_in(url: &str) -> bool {
    url.ends_with("/me") || url.contains("/app/")
}

#[test]
fn somebody_signs_in_through_a_provider_and_out_by_it() {
    let world = World::new();
    let access = &world.founded.access;
    access.send(&mut world.house.client(access), r#"{"message":"found by Ada"}"#);
    let browser = world.browser();
    browser.open(&world.sign_in);
    browser.press("ada");
    browser.wait_for("main");
    eventually("the console or the own page is there", PATIENCE, || is_in(&browser.url()).then_some(()));

    let (status, me) = fetch(&browser, "/v1/me");
    assert_eq!((status, &me["email"], &me["name"]), (200, &json!("ada@example.org"), &json!("Ada Lovelace")));
    assert_eq!(me["tenants"][0]["roles"], json!(["read-only"]));
    let (status, found) = fetch(&browser, &search(&access.source_id, "message:Ada"));
    assert_eq!((status, found["records"].as_array().map(Vec::len)), (200, Some(1)));
    let keys = fetch(&browser, &format!("/v1/sources/{}/keys", access.source_id));
    assert_eq!((keys.0, &keys.1["code"]), (403, &json!("permission_missing")));

    browser.open(&format!("{}/session/end", world.provider.issuer()));
    browser.press("Yes, sign me out");
    let me = format!("https://localhost:{}/sign-in", world.house.address().port());
    browser.open(&me);
    // Whoever is signed in is led on from there.
    eventually("the provider's word ended the session here", PATIENCE, || {
        try_fetch(&browser, "/v1/me").is_ok_and(|(status, _)| status == 401).then_some(())
    });
}

#[test]
fn a_session_of_a_provider_changes_nothing_of_the_account_and_ends_with_the_provider() {
    let mut world = World::new();
    let browser = world.browser();
    browser.open(&world.sign_in);
    browser.press("ada");
    browser.wait_for("main");
    eventually("the console or the own page is there", PATIENCE, || is_in(&browser.url()).then_some(()));
    for (method, path, body) in [("PATCH", "/v1/me", r#"{"name":"Eve"}"#), ("POST", "/v1/me/sessions/end-others", "{}")] {
        let answer = browser.script_async(SEND, &[json!(method), json!(path), json!(body)]).unwrap();
        assert_eq!((&answer[0], &answer[1]), (&json!(403), &json!("session_of_provider")), "{path}");
    }
    assert_eq!(fetch(&browser, "/v1/me").1["name"], "Ada Lovelace");

    let path = format!("/v1/tenants/{}/providers/{}", world.founded.tenant, world.id);
    let test = format!("{path}/test");
    let tested = world.founded.owner.does("POST", &test, &json!({}));
    assert_eq!(tested["issuer"], json!(world.provider.issuer()));
    assert_eq!(world.founded.owner.ask("DELETE", &path, &Value::Null).status, 204);
    let (status, answer) = fetch(&browser, "/v1/me");
    assert_eq!((status, &answer["code"]), (401, &json!("session_ended")));
    assert_eq!(world.founded.owner.refused("POST", &test, &json!({})), (404, "not_found".to_owned()));
}

#[test]
fn whom_the_provider_does_not_vouch_for_is_not_let_in() {
    let mut world = World::new();
    for (who, code) in [("nobody", "sso_denied"), ("eve", "sso_domain"), ("mallory", "sso_no_role"), ("nemo", "sso_no_email")] {
        let browser = world.browser();
        browser.open(&world.sign_in);
        browser.press(who);
        eventually(code, PATIENCE, || browser.text("body").contains(code).then_some(()));
    }
    let path = format!("/v1/tenants/{}/people", world.founded.tenant);
    let people = world.founded.owner.reads(&path);
    assert_eq!(people["people"].as_array().map(Vec::len), Some(1), "nobody joined: {people}");
}

//! Somebody signs in with a passphrase and a code: weak passphrases are not taken, one factor opens nothing, a code works
//! once, what is ended is ended at once, another site's page does nothing, and a stranger does not learn who has an account.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::timed;
use crate::codes::code;
use crate::house::House;
use crate::person::{Founded, Person, SESSION_COOKIE, text};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSPHRASE: &str = "seven wet otters juggle turnips";

/// What a browser's tab keeps and sends.
struct Tab {
    client: Client,
    cookies: BTreeMap<String, String>,
}

// === impl Tab ===

impl Tab {
    fn open(house: &House) -> Self {
        Self { client: house.visitor(), cookies: BTreeMap::new() }
    }

    /// By a script of this server's page.
    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Response {
        self.send(method, path, &[("Sec-Fetch-Site", "same-origin")], body)
    }

    fn send(&mut self, method: &str, path: &str, origin: &[(&str, &str)], body: &Value) -> Response {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = pairs.join("; ");
        let mut headers = vec![("Content-Type", "application/json"), ("Cookie", &cookies)];
        headers.extend(origin);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.client.send(&Request { method, path, headers: &headers, body: body.as_bytes() }).unwrap();
        for set in set_cookies(&answer) {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                _ => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    fn session(&self) -> String {
        self.cookies.get(SESSION_COOKIE).cloned().unwrap_or_default()
    }

    /// Status and code of the answer about whoever is signed in here.
    fn me(&mut self) -> (u16, String) {
        outcome(&self.ask("GET", "/v1/me", &Value::Null))
    }

    #[track_caller]
    fn enters_passphrase(&mut self) -> Value {
        let answer = self.ask("POST", "/v1/sign-in/passphrase", &json!({ "email": EMAIL, "passphrase": PASSPHRASE }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    fn enters_code(&mut self, code: &str) -> (u16, String) {
        outcome(&self.ask("POST", "/v1/prove/code", &json!({ "code": code })))
    }

    #[track_caller]
    fn signs_in(&mut self, code: &str) {
        self.enters_passphrase();
        assert_eq!(self.enters_code(code), IN);
    }
}

const IN: (u16, String) = (200, String::new());

fn set_cookies(answer: &Response) -> Vec<&str> {
    let set = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    set.map(|(_, value)| value.as_str()).collect()
}

fn outcome(answer: &Response) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The owner with a passphrase, one-time codes and recovery codes.
pub(crate) struct Enrolled {
    pub(crate) house: House,
    pub(crate) founded: Founded,
    pub(crate) secret: String,
    pub(crate) recovery: Vec<String>,
}

impl Enrolled {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let (house, link) = House::open_empty();
        let mut founded = Founded::by(&house, &link, EMAIL);
        let owner = &mut founded.owner;
        owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }));
        let secret = text(&owner.does("POST", "/v1/me/totp/start", &json!({}))["secret"]);
        owner.renews("POST", "/v1/me/totp/finish", json!({ "code": code(&secret, 0) }));
        let made = owner.does("POST", "/v1/me/recovery-codes", &json!({}));
        let recovery = made["codes"].as_array().unwrap().iter().map(text).collect();
        Self { house, founded, secret, recovery }
    }
}

#[test]
fn a_passphrase_that_can_be_guessed_is_not_taken() {
    let (house, link) = House::open_empty();
    let mut owner = Founded::by(&house, &link, EMAIL).owner;
    let mut check = |passphrase: &str| {
        let answer = owner.ask("PUT", "/v1/me/passphrase", &json!({ "passphrase": passphrase }));
        assert_eq!(outcome(&answer), refusal(422, "passphrase_weak"), "{passphrase}");
    };
    check("otters 7!");
    // In lists of stolen ones.
    check("passwordpassword");
    check("1234567890987654321");
    check("qwertyuiopasdfgh");
    check("aaaaaaaaaaaaaaaaaaaa");
    // What its owner is called.
    check("ada@example.com");
    check("lovelace.ada");
    assert_eq!(owner.reads("/v1/me")["sign_in"]["passphrase"], false);
    owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }));
}

#[test]
fn one_factor_opens_nothing_and_a_code_works_once() {
    let Enrolled { house, mut founded, secret, recovery } = Enrolled::new();
    let before = founded.owner.token.clone();
    founded.owner.does("POST", "/v1/sign-out", &json!({}));
    assert_eq!(Person::with(&house, &before).refused("GET", "/v1/me", &Value::Null), refusal(401, "session_ended"));

    let mut tab = Tab::open(&house);
    let step = tab.enters_passphrase();
    assert_eq!((&step["state"], &step["methods"]), (&json!("second_factor"), &json!(["totp", "recovery_code"])));
    let pending = refusal(401, "second_factor_pending");
    assert_eq!(tab.me(), pending);
    let source = format!("/v1/sources/{}/search?q=", founded.access.source_id);
    assert_eq!(outcome(&tab.ask("GET", &source, &Value::Null)), pending);
    assert_eq!(outcome(&tab.ask("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }))), pending);

    let half = tab.session();
    // The code of now was used to turn codes on.
    let wrong = refusal(401, "credentials_wrong");
    let next = code(&secret, 1);
    assert_eq!(tab.enters_code(&next), IN);
    assert_eq!(tab.me(), IN);
    assert_ne!(tab.session(), half, "the token changes with what it means");
    assert_eq!(Person::with(&house, &half).refused("GET", "/v1/me", &Value::Null), refusal(401, "session_ended"));

    let mut again = Tab::open(&house);
    again.enters_passphrase();
    assert_eq!(again.enters_code(&next), wrong, "the same code again");
    assert_eq!(again.me(), pending);
    assert_eq!(again.enters_code(&recovery[0]), IN);
    let mut third = Tab::open(&house);
    third.enters_passphrase();
    assert_eq!(third.enters_code(&recovery[0]), wrong, "the same recovery code again");
    assert_eq!(third.enters_code(&recovery[1].to_uppercase()), IN);
    let me = third.ask("GET", "/v1/me", &Value::Null).json();
    assert_eq!(me["sign_in"]["recovery_codes"], 8);
}

#[test]
fn what_is_ended_is_ended_at_once() {
    let Enrolled { house, mut founded, recovery, .. } = Enrolled::new();
    let [mut here, mut there, mut third] = [Tab::open(&house), Tab::open(&house), Tab::open(&house)];
    for (tab, code) in [&mut here, &mut there, &mut third].into_iter().zip(&recovery) {
        tab.signs_in(code);
    }
    let list = here.ask("GET", "/v1/me/sessions", &Value::Null).json();
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 4, "and the one that was there before");
    let own: Vec<&Value> = sessions.iter().filter(|session| session["own"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((&own[0]["address"], &own[0]["methods"]), (&json!("127.0.0.1"), &json!(["passphrase", "recovery_code"])));

    let theirs = there.ask("GET", "/v1/me", &Value::Null).json()["session"]["id"].clone();
    let path = format!("/v1/me/sessions/{}", theirs.as_str().unwrap());
    assert_eq!(here.ask("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(there.me(), refusal(401, "session_ended"));
    assert_eq!((here.me(), third.me()), (IN, IN));
    assert_eq!(here.ask("POST", "/v1/me/sessions/end-others", &json!({})).json(), json!({ "ended": 2 }));
    assert_eq!(third.me(), refusal(401, "session_ended"));
    assert_eq!(founded.owner.refused("GET", "/v1/me", &Value::Null), refusal(401, "session_ended"));
    assert_eq!(here.me(), IN);
}

#[test]
fn cookies_are_for_this_server_s_pages_only() {
    let Enrolled { house, recovery, .. } = Enrolled::new();
    let mut tab = Tab::open(&house);
    tab.enters_passphrase();
    let answer = tab.ask("POST", "/v1/prove/code", &json!({ "code": recovery[0] }));
    let set = set_cookies(&answer);
    assert_eq!(set.len(), 2, "the session and the device");
    for cookie in set {
        let attributes: Vec<&str> = cookie.split("; ").skip(1).filter(|one| !one.starts_with("Max-Age=")).collect();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        assert_eq!(attributes, ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]);
    }

    let elsewhere: [&[(&str, &str)]; 6] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[],
    ];
    for origin in elsewhere {
        let passphrase = json!({ "passphrase": "four dry beavers mend a kite" });
        let acts = [
            ("POST", "/v1/sign-out", &Value::Null),
            ("PUT", "/v1/me/passphrase", &passphrase),
            ("DELETE", "/v1/me/totp", &Value::Null),
        ];
        for (method, path, body) in acts {
            assert_eq!(outcome(&tab.send(method, path, origin, body)), refusal(403, "cross_site"), "{method} {path} {origin:?}");
        }
        assert_eq!(tab.me(), IN, "{origin:?}");
    }
    let own = format!("https://localhost:{}", house.address().port());
    assert_eq!(tab.send("POST", "/v1/sign-out", &[("Origin", &own)], &json!({})).status, 204);
    assert_eq!(tab.session(), "");
}

/// Everything of an answer that could tell two of them apart.
fn shape(answer: &Response) -> (u16, Vec<(String, String)>, String) {
    let differs = |name: &str| name.eq_ignore_ascii_case("x-request-id") || name.eq_ignore_ascii_case("date");
    let headers = answer.headers.iter().filter(|(name, _)| !differs(name)).cloned().collect();
    (answer.status, headers, answer.text())
}

#[test]
fn a_stranger_does_not_learn_who_has_an_account() {
    let Enrolled { house, .. } = Enrolled::new();
    let mut tab = Tab::open(&house);
    let mut tries = |email: &dyn Fn(usize) -> String| {
        let mut times: Vec<(Response, Duration)> = (0..5)
            .map(|n| {
                let entered = json!({ "email": email(n), "passphrase": "not what it is" });
                timed(|| tab.ask("POST", "/v1/sign-in/passphrase", &entered))
            })
            .collect();
        times.sort_by_key(|(_, time)| *time);
        times.swap_remove(2)
    };
    let (known, known_time) = tries(&|_| EMAIL.to_owned());
    let (unknown, unknown_time) = tries(&|n| format!("nobody{n}@example.com"));
    assert_eq!(outcome(&known), refusal(401, "credentials_wrong"));
    assert_eq!(shape(&known), shape(&unknown));
    let (fast, slow) = (known_time.min(unknown_time), known_time.max(unknown_time));
    assert!(slow < fast * 3, "{known_time:?} for who is there, {unknown_time:?} for who is not");
}

//! Somebody who is signed in, by the API: with the token of a session, and with passkeys on a device of their own.
//!
//! Always holds: a person does only what a browser's page or a command line could do. What sets cookies for browsers is
//! read as another client would read it, and sent as a token.

use authenticator::{Authenticator, Build};
use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};

pub(crate) const SESSION_COOKIE: &str = "__Host-blockhouse";

pub(crate) struct Person {
    client: Client,
    pub(crate) token: String,
    device: Authenticator,
}

/// What a new installation has after its setup.
pub(crate) struct Founded {
    pub(crate) tenant: String,
    pub(crate) access: Access,
    pub(crate) owner: Person,
}

// === impl Founded ===

impl Founded {
    /// Sets the house up by its link, with an owner.
    #[track_caller]
    pub(crate) fn by(house: &House, link: &str, email: &str) -> Self {
        let (_, token) = link.split_once('#').expect("the token is behind a #");
        let mut owner = Person::stranger(house);
        let asked = json!({ "token": token, "tenant": "Acme", "source": "first", "email": email, "name": "Ada Lovelace" });
        let answer = owner.ask("POST", "/v1/setup", &asked);
        assert_eq!(answer.status, 201, "{}", answer.text());
        owner.token = cookie(&answer, SESSION_COOKIE).expect("the owner is signed in");
        let made = answer.json();
        let access = Access {
            source_id: text(&made["source_id"]),
            write_key: text(&made["write_key"]),
            read_key: text(&made["read_key"]),
            ca_file: house.ca_file(),
        };
        Self { tenant: text(&made["tenant_id"]), access, owner }
    }
}

// === impl Person ===

impl Person {
    /// Nobody yet.
    pub(crate) fn stranger(house: &House) -> Self {
        let client = house.visitor();
        let device = Authenticator::new(Build::Synced, &format!("https://localhost:{}", house.address().port()));
        Self { client, token: String::new(), device }
    }

    /// Whoever has this session.
    pub(crate) fn with(house: &House, token: &str) -> Self {
        Self { token: token.to_owned(), ..Self::stranger(house) }
    }

    /// Somebody new, who followed an invitation.
    #[track_caller]
    pub(crate) fn invited(house: &House, owner: &mut Self, tenant: &str, email: &str, roles: &Value) -> Self {
        let asked = json!({ "email": email, "roles": roles });
        let made = owner.does("POST", &format!("/v1/tenants/{tenant}/invitations"), &asked);
        let link = text(&made["link"]);
        let (_, invitation) = link.split_once('#').expect("the token is behind a #");
        let mut person = Self::stranger(house);
        let accept = json!({ "invitation": invitation, "name": email.split('@').next(), "token": true });
        let joined = person.does("POST", "/v1/invitations/accept", &accept);
        person.token = text(&joined["token"]);
        person
    }

    /// With the session's token, if there is one, and this body, unless it is null.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("Content-Type", "application/json")];
        if !self.token.is_empty() {
            headers.push(("Authorization", &authorization));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.send(&Request { method, path, headers: &headers, body: body.as_bytes() }).unwrap()
    }

    /// Sends a text as it is, which has to be taken.
    #[track_caller]
    pub(crate) fn puts_text(&mut self, path: &str, text: &str) -> Value {
        let authorization = format!("Bearer {}", self.token);
        let headers = [("Content-Type", "text/markdown"), ("Authorization", authorization.as_str())];
        let answer = self.client.send(&Request { method: "PUT", path, headers: &headers, body: text.as_bytes() }).unwrap();
        assert_eq!(answer.status, 200, "PUT {path}: {}", answer.text());
        answer.json()
    }

    /// Asks for what has to be allowed.
    #[track_caller]
    pub(crate) fn does(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        assert!(matches!(answer.status, 200..=299), "{method} {path}: {}", answer.text());
        answer.json()
    }

    #[track_caller]
    pub(crate) fn reads(&mut self, path: &str) -> Value {
        self.does("GET", path, &Value::Null)
    }

    /// Status and code of what has to be refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let answer = self.ask(method, path, body);
        assert!(answer.status >= 400, "{method} {path}: {} {}", answer.status, answer.text());
        (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The records that a search finds.
    #[track_caller]
    pub(crate) fn finds(&mut self, source: &str, query: &str) -> Vec<Value> {
        let found = self.reads(&search(source, query));
        found["records"].as_array().expect("records").clone()
    }

    pub(crate) fn user(&mut self) -> String {
        text(&self.reads("/v1/me")["id"])
    }

    /// Keeps the token of the answer, where a session came to mean more.
    #[track_caller]
    pub(crate) fn renews(&mut self, method: &str, path: &str, mut body: Value) -> Value {
        body["token"] = json!(true);
        let answer = self.does(method, path, &body);
        self.token = text(&answer["token"]);
        answer
    }

    #[track_caller]
    pub(crate) fn adds_passkey(&mut self) {
        let asked = self.does("POST", "/v1/me/passkeys/start", &json!({}));
        let made = self.device.create(&asked["options"]).expect("the device makes a passkey");
        let answer = json!({ "ceremony": asked["ceremony"], "answer": made, "name": "a device" });
        self.renews("POST", "/v1/me/passkeys/finish", answer);
    }

    /// Asks to be let in by passkey alone.
    #[track_caller]
    pub(crate) fn tries_passkey(&mut self) -> Response {
        let asked = self.does("POST", "/v1/sign-in/passkey/start", &json!({}));
        let used = self.device.get(&asked["options"]).expect("the device has the passkey");
        let answer = json!({ "ceremony": asked["ceremony"], "answer": used, "token": true });
        self.ask("POST", "/v1/sign-in/passkey/finish", &answer)
    }

    /// After the server was started anew.
    pub(crate) fn reconnects(&mut self) {
        self.client = self.client.sibling();
    }

    /// The device's signature over words that the server asks for; the words are in the answer beside it.
    #[track_caller]
    pub(crate) fn signs(&mut self, path: &str) -> (String, Value) {
        self.signs_saying(path, &json!({}))
    }

    /// The same with something to say in them.
    #[track_caller]
    pub(crate) fn signs_saying(&mut self, path: &str, saying: &Value) -> (String, Value) {
        let asked = self.does("POST", path, saying);
        let signed = self.device.get(&asked["options"]).expect("the device signs");
        (text(&asked["statement"]), signed)
    }
}

pub(crate) fn search(source: &str, query: &str) -> String {
    format!("/v1/sources/{source}/search?limit=1000&q={}", crate::house::escaped(query))
}

/// The value of a cookie that an answer sets.
pub(crate) fn cookie(answer: &Response, name: &str) -> Option<String> {
    let set = answer.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case("set-cookie"));
    let pairs = set.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

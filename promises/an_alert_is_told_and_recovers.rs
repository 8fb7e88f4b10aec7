//! An alert counts the records of one source each minute and tells when there are too many, or too few: to a webhook, signed;
//! to a chat; to a member by mail who confirmed the address. It reaches nothing that its keeper may not read, tells no
//! record, and forgets nothing when the server is killed.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{eventually, timed, unix_seconds};
use crate::house::{Access, House};
use crate::mailbox::Mailbox;
use crate::person::{Founded, Person, text};
use crate::receiver::{Arrived, Receiver};

/// From the arrival of records to the message.
const TOLD_WITHIN: Duration = Duration::from_secs(90);
/// The window has to pass as well.
const RECOVERED_WITHIN: Duration = Duration::from_secs(180);
const SOON: Duration = Duration::from_secs(30);
const HOOK: &str = "/hook?token=hidden";
const CHAT: &str = "/services/T0/B0/hidden";
const OWNER: &str = "ada@example.com";

struct World {
    house: House,
    founded: Founded,
    receiver: Receiver,
}

// === impl World ===

impl World {
    fn new() -> Self {
        Self::set(Vec::new())
    }

    fn set(mut environment: Vec<(&'static str, OsString)>) -> Self {
        environment.push(("BLOCKHOUSE_PRIVATE_HOSTS", "localhost".into()));
        let (house, link) = House::open_empty_set(environment);
        let founded = Founded::by(&house, &link, OWNER);
        Self { house, founded, receiver: Receiver::open() }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/{what}", self.founded.tenant)
    }

    #[track_caller]
    fn does(&mut self, method: &str, what: &str, body: &Value) -> Value {
        let path = self.path(what);
        self.founded.owner.does(method, &path, body)
    }

    #[track_caller]
    fn reads(&mut self, what: &str) -> Value {
        self.does("GET", what, &Value::Null)
    }

    /// Its id and, of a webhook, its secret.
    #[track_caller]
    fn adds(&mut self, kind: &str, path: &str) -> (String, String) {
        let asked = json!({
            "name": kind, "kind": kind, "url": self.receiver.url(path), "authority": self.receiver.authority(),
        });
        let made = self.does("POST", "alert-destinations", &asked);
        assert!(!made.to_string().contains("hidden"), "{made}");
        (text(&made["id"]), made["secret"].as_str().unwrap_or_default().to_owned())
    }

    /// An alert that fires at three errors within a minute.
    #[track_caller]
    fn watches(&mut self, destinations: &[&str]) -> String {
        let rule = self.rule(&json!({ "name": "Too many errors", "destinations": destinations }));
        text(&self.does("POST", "alerts", &rule)["id"])
    }

    fn rule(&self, with: &Value) -> Value {
        let mut rule = json!({
            "source": self.founded.access.source_id, "query": "level:error", "comparison": "at_least", "threshold": 3,
            "window_minutes": 1,
        });
        rule.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        rule
    }

    /// Errors of so many seconds ago.
    fn sends(&self, errors: usize, seconds_ago: u64) {
        let access = &self.founded.access;
        let line = json!({
            "timestamp": unix_seconds() - seconds_ago, "level": "error", "message": "a line that must not leave",
        });
        access.send(&mut self.house.client(access), &format!("{line}\n").repeat(errors));
    }

    #[track_caller]
    fn alert(&mut self, id: &str) -> Value {
        self.reads(&format!("alerts/{id}"))
    }

    #[track_caller]
    fn becomes(&mut self, id: &str, state: &str, within: Duration) {
        eventually(&format!("the alert is {state}"), within, || Some(()).filter(|()| self.alert(id)["state"] == state));
    }

    #[track_caller]
    fn hooked(&self, count: usize, within: Duration) -> Vec<Arrived> {
        eventually("the webhook is told", within, || Some(self.receiver.arrived_at(HOOK)).filter(|all| all.len() >= count))
    }

    fn told_in_trail(&self, event: &str) -> Vec<Value> {
        let entries = self.house.run(&["audit", "entries", "--tenant", "Acme", "--event", event]);
        entries.as_array().unwrap().clone()
    }
}

#[test]
fn it_is_told_within_a_minute_and_a_half_and_recovers() {
    let mailbox = Mailbox::open();
    let mut world = World::set(mailbox.settings("security@example.com"));
    let (hook, secret) = world.adds("webhook", HOOK);
    let (chat, _) = world.adds("slack", CHAT);
    let user = world.founded.owner.user();
    let mail = world.does("POST", "alert-destinations", &json!({ "name": "Ada", "kind": "mail", "user": user }));
    let mail = text(&mail["id"]);
    let asked = eventually("a code comes by mail", SOON, || mailbox.with("alert destination confirm").pop());
    assert!(asked.text.contains("Somebody of Acme"), "{}", asked.text);
    assert_eq!(asked.to, OWNER);
    assert!(asked.text.contains(&format!("ID    {mail}\n")), "{}", asked.text);
    let code = asked.text.split_once("CODE  ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let path = world.path(&format!("alert-destinations/{mail}/confirm"));
    let wrong = world.founded.owner.refused("POST", &path, &json!({ "code": "AAAAAAAAAAAAAAAAAAAAAA" }));
    assert_eq!(wrong, (422, "code_wrong".to_owned()));
    assert_eq!(world.founded.owner.ask("POST", &path, &json!({ "code": code })).status, 204);

    let alert = world.watches(&[&hook, &chat, &mail]);
    eventually("it is looked at", SOON, || Some(()).filter(|()| !world.alert(&alert)["last"].is_null()));
    world.sends(4, 0);
    let (arrived, took) = timed(|| world.hooked(1, TOLD_WITHIN));
    assert!(took < TOLD_WITHIN, "{took:?}");
    let fired = &arrived[0];
    fired.check_signature(&secret);
    let said = fired.json();
    assert_eq!((&said["type"], &said["state"], &said["count"]), (&json!("alert.fired"), &json!("alerting"), &json!(4)));
    assert_eq!((&said["alert"]["id"], &said["alert"]["name"]), (&json!(alert), &json!("Too many errors")));
    assert_eq!(fired.header("blockhouse-message"), text(&said["id"]));
    assert!(text(&said["from"]) < text(&said["to"]), "{said}");
    assert!(text(&said["link"]).ends_with(&format!("/app/alerts/{alert}")), "{said}");
    let chatted = eventually("the chat is told", SOON, || world.receiver.arrived_at(CHAT).into_iter().next());
    let said = text(&chatted.json()["text"]);
    assert!(said.starts_with("Alert \"Too many errors\" on source \"first\": 4 records in the minute before"), "{said}");
    assert_eq!((chatted.json().as_object().unwrap().len(), chatted.header("content-type")), (1, "application/json"));
    let mailed = eventually("the member is told", SOON, || mailbox.with("Subject: Alert: Too many errors").pop());
    assert_eq!(mailed.to, OWNER);

    let arrived = world.hooked(2, RECOVERED_WITHIN);
    assert_eq!(arrived[1].json()["type"], "alert.recovered");
    assert_ne!(arrived[0].header("blockhouse-message"), arrived[1].header("blockhouse-message"));
    // The connection was idle for longer than the server keeps one.
    world.founded.owner.reconnects();
    world.becomes(&alert, "ok", SOON);
    let history = world.reads(&format!("alerts/{alert}/history"));
    let states: Vec<&str> = history["changes"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["ok", "alerting"]);
    assert!(history["changes"][1]["messages"].as_array().unwrap().iter().all(|one| one["sent_at"].is_string()), "{history}");

    // What leaves says how many, and nothing of them; what asks for them stays here too.
    let left = world.receiver.arrived().into_iter().map(|one| String::from_utf8(one.body).unwrap());
    for text in left.chain(mailbox.with("").into_iter().map(|one| one.text)) {
        assert!(!text.contains("must not leave") && !text.contains("level:error"), "{text}");
    }
    let ids = world.told_in_trail("alert_fired").iter().map(|one| one["event"]["alert"].clone()).collect::<Vec<_>>();
    assert_eq!(ids, [json!(alert)]);
    let covers = world.told_in_trail("source_watched");
    assert_eq!((covers.len(), &covers[0]["on_behalf_of"]["kind"]), (1, &json!("person")));
}

#[test]
fn a_kill_forgets_no_state_and_no_message_and_tells_nothing_twice() {
    let mut world = World::new();
    let (hook, secret) = world.adds("webhook", HOOK);
    world.sends(5, 30);
    world.receiver.refuse(usize::MAX);
    let alert = world.watches(&[&hook]);
    world.becomes(&alert, "alerting", SOON);
    let since = world.alert(&alert)["since"].clone();
    world.house.kill();
    world.receiver.refuse(0);
    let access = world.founded.access.clone();
    world.house.start(&access);
    world.founded.owner.reconnects();
    let shown = world.alert(&alert);
    assert_eq!((&shown["state"], &shown["since"]), (&json!("alerting"), &since));
    let arrived = world.hooked(1, SOON);
    arrived[0].check_signature(&secret);
    // The next look finds it as it was.
    let rule = world.rule(&json!({ "name": "Too many errors", "destinations": [hook], "window_minutes": 60 }));
    let looked = world.does("PUT", &format!("alerts/{alert}"), &rule)["last"].clone();
    eventually("it is looked at", SOON, || Some(()).filter(|()| world.alert(&alert)["last"] != looked));
    assert_eq!((world.alert(&alert)["state"].clone(), world.hooked(1, SOON).len()), (json!("alerting"), 1));
    assert_eq!(world.told_in_trail("alert_fired").len(), 1);
}

#[test]
fn an_alert_reaches_no_other_source_and_no_other_tenant_and_stops_with_its_keeper() {
    let mut world = World::new();
    let other = text(&world.does("POST", "sources", &json!({ "name": "other" }))["id"]);
    let theirs: Access = world.house.bootstrap("Globex", "first");
    let (hook, _) = world.adds("webhook", HOOK);
    let roles = json!({ "name": "alerts", "permissions": ["alerts:view", "alerts:manage"] });
    let role = text(&world.does("POST", "roles", &roles)["id"]);
    let roles = json!([{ "role": role }, { "role": "read-only", "source": world.founded.access.source_id }]);
    let tenant = world.founded.tenant.clone();
    let mut ben = Person::invited(&world.house, &mut world.founded.owner, &tenant, "ben@example.com", &roles);
    let path = world.path("alerts");
    for source in [&other, &theirs.source_id] {
        let rule = world.rule(&json!({ "name": "x", "source": source }));
        assert_eq!(ben.refused("POST", &path, &rule), (422, "source_unknown".to_owned()));
        let mut preview = rule.clone();
        preview.as_object_mut().unwrap().remove("name");
        let (status, _) = ben.refused("POST", &format!("{path}/preview"), &preview);
        assert!(matches!(status, 403 | 404), "{status}");
    }
    let (status, code) = ben.refused(
        "POST",
        &world.path("alert-destinations"),
        &json!({ "name": "x", "kind": "slack", "url": "https://a.example/" }),
    );
    assert_eq!((status, code.as_str()), (403, "permission_missing"));

    world.sends(5, 30);
    let rule = world.rule(&json!({ "name": "of Ben", "destinations": [hook] }));
    let alert = text(&ben.does("POST", &path, &rule)["id"]);
    world.becomes(&alert, "alerting", SOON);
    let user = ben.user();
    assert_eq!(world.founded.owner.ask("DELETE", &world.path(&format!("people/{user}")), &Value::Null).status, 204);
    let stopped =
        eventually("it stops", TOLD_WITHIN, || Some(world.alert(&alert)["stopped"].clone()).filter(|one| !one.is_null()));
    assert_eq!(stopped["code"], "keeper_may_not_read");
    assert_eq!(world.told_in_trail("alert_stopped").len(), 1);
    let notices = world.founded.owner.reads("/v1/me/notices")["notices"].to_string();
    assert!(notices.contains("alert_stopped"), "{notices}");
    // Somebody who may takes it over.
    let rule = world.rule(&json!({ "name": "of Ada", "destinations": [hook] }));
    let taken = world.does("PUT", &format!("alerts/{alert}"), &rule);
    assert_eq!((&taken["stopped"], &taken["keeper"]["kind"]), (&Value::Null, &json!("person")));
}

#[test]
fn what_fails_is_said_and_a_test_says_it_at_once() {
    let mut world = World::new();
    let (hook, secret) = world.adds("webhook", HOOK);
    let alert = world.watches(&[&hook]);
    let sent = world.does("POST", &format!("alerts/{alert}/test"), &Value::Null);
    assert_eq!((&sent["messages"][0]["sent"], &sent["messages"][0]["failure"]), (&json!(true), &Value::Null));
    let arrived = world.hooked(1, SOON);
    assert_eq!(arrived[0].json()["type"], "test");
    let path = world.path(&format!("alert-destinations/{hook}/test"));
    assert_eq!(world.founded.owner.refused("POST", &path, &Value::Null), (429, "too_soon".to_owned()));

    // Another secret from now on, and the one before signs nothing more.
    let rotated = text(&world.does("POST", &format!("alert-destinations/{hook}/rotate"), &Value::Null)["secret"]);
    world.receiver.refuse(1);
    world.sends(5, 30);
    let rule = world.rule(&json!({ "name": "Errors", "destinations": [hook] }));
    world.does("PUT", &format!("alerts/{alert}"), &rule);
    let failed = eventually("it is seen that it did not arrive", SOON, || {
        let history = world.reads(&format!("alerts/{alert}/history"));
        Some(history["changes"][0]["messages"][0].clone()).filter(|message| message["failure"] == "status_503")
    });
    assert_eq!((&failed["tries"], &failed["sent_at"]), (&json!(1), &Value::Null));
    let arrived = world.hooked(2, SOON);
    arrived[1].check_signature(&rotated);
    assert!(!arrived[1].is_signed_with(&secret));
    let listed = world.reads("alert-destinations");
    let shown = &listed["destinations"][0];
    assert!(shown["secret"].is_null() && text(&shown["to"]).starts_with("https://localhost:"), "{shown}");
    assert!(!listed.to_string().contains("hidden"), "{listed}");

    for (asked, code) in [
        (json!({ "name": "x", "kind": "webhook", "url": "http://a.example/" }), "address_invalid"),
        (json!({ "name": "x", "kind": "webhook", "url": "https://169.254.169.254/" }), "address_invalid"),
        (json!({ "name": "x", "kind": "slack" }), "target_invalid"),
        (json!({ "name": "x", "kind": "mail", "user": "0000000000000000" }), "mail_not_configured"),
    ] {
        let (_, refused) = world.founded.owner.refused("POST", &world.path("alert-destinations"), &asked);
        assert_eq!(refused, code, "{asked}");
    }
}

#[test]
fn a_preview_says_how_often_it_would_have_fired() {
    let mut world = World::new();
    for hours in [1, 5, 9] {
        world.sends(4, hours * 3_600);
    }
    let mut rule = world.rule(&json!({ "window_minutes": 10 }));
    let preview = world.does("POST", "alerts/preview", &rule);
    assert_eq!((&preview["fired"], &preview["alerting_minutes"]), (&json!(3), &json!(30)));
    assert_eq!((&preview["most"], &preview["now"]), (&json!(4), &json!(0)));
    let points = preview["points"].as_array().unwrap();
    assert_eq!(points.len(), 288);
    assert!(points.iter().filter(|point| point["count"] == 4).count() >= 6);
    rule["comparison"] = json!("at_most");
    rule["threshold"] = json!(0);
    let silent = world.does("POST", "alerts/preview", &rule);
    assert_eq!((&silent["fired"], &silent["alerting_minutes"]), (&json!(4), &json!(1_410)));
    rule["query"] = json!("level:(");
    let path = world.path("alerts/preview");
    let (status, _) = world.founded.owner.refused("POST", &path, &rule);
    assert_eq!(status, 400);
}

#[test]
fn the_command_does_the_same() {
    let mut world = World::new();
    let file = |name: &str, text: &str| {
        let path = world.house.data().with_file_name(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let (url, authority) = (file("url", &world.receiver.url(HOOK)), file("authority.pem", world.receiver.authority()));
    let source = world.founded.access.source_id.clone();
    let token = world.founded.owner.token.clone();
    let run = |words: &[&str]| -> (bool, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(words).arg("--json").env("BLOCKHOUSE_KEY", &token).env("BLOCKHOUSE_CA", world.house.ca_file());
        command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", world.house.address().port()));
        let output = command.output().unwrap();
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.success(), said)
    };
    let made = run(&["alert", "destination", "add-webhook", "ops", &url, "--authority", &authority]).1;
    let hook = text(&made["id"]);
    assert!(text(&made["secret"]).starts_with("bh_webhook_"), "{made}");
    let rule = ["--source", &source, "--query", "level:error", "--at-least", "3", "--window", "1h"];
    assert_eq!(run(&[&["alert", "preview"][..], &rule].concat()).1["fired"], 0);
    let made = run(&[&["alert", "add", "Errors", "--tell", &hook][..], &rule].concat()).1;
    let alert = text(&made["id"]);
    assert_eq!((&made["window_minutes"], &made["destinations"]), (&json!(60), &json!([hook])));
    assert_eq!(run(&["alert", "list"]).1["alerts"][0]["id"], json!(alert));
    assert!(run(&["alert", "test", &alert]).0);
    assert_eq!(run(&["alert", "history", &alert]).1["tests"][0]["tries"], 1);
    assert!(!run(&["alert", "add", "x", "--source", &source]).0, "a rule has a threshold");
    assert!(run(&["alert", "remove", &alert]).0 && run(&["alert", "destination", "remove", &hook]).0);
    assert_eq!(world.reads("alerts")["alerts"], json!([]));
}

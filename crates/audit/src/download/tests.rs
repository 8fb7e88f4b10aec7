//! Every form over values that try to break out of it.

use model::Timestamp;
use serde_json::Value;

use super::*;
use crate::entry::Personal;
use crate::event::Event;
use crate::terms::{Direction, Question};

const TIME: &str = "2026-09-21T12:00:00.5Z";
const HOSTILE: [&str; 10] = [
    "=HYPERLINK(\"http://x\")",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r\n=1",
    "a\"b,c\nd",
    "a|b\\c=d\r\ne",
    "\u{ff1d}1",
    "x cs1=other src=192.0.2.66",
];

fn recorded(event: Event, request: &str) -> Recorded {
    Recorded {
        entry: Entry {
            format: 1,
            log: "blockhouse-x/tenant/t".to_owned(),
            sequence: 7,
            time: TIME.to_owned(),
            salt: "c2FsdA==".to_owned(),
            event,
            outcome: Outcome::Refused { code: "key_expired".to_owned() },
            actor: Actor::Staff { id: "ada".to_owned() },
            signed_in_by: vec!["passphrase".to_owned(), "totp".to_owned()],
            on_behalf_of: Some(Actor::Person { id: "eve".to_owned() }),
            tenant: Some("t".to_owned()),
            source: Some("s".to_owned()),
            request: Some(request.to_owned()),
            personal: Some(Personal { subject: "staff/ada".to_owned(), sealed: "c2VhbGVk".to_owned() }),
        },
        address: Some("192.0.2.7".to_owned()),
    }
}

fn key_created(key: &str) -> Event {
    Event::ApiKeyCreated { key: key.to_owned(), direction: Direction::Read, expires: None }
}

fn written(form: Form, entries: &[Recorded]) -> String {
    let mut download = Download::new(form, Vec::new()).unwrap();
    entries.iter().for_each(|entry| download.entry(entry).unwrap());
    String::from_utf8(download.into_inner()).unwrap()
}

/// Reads CSV as RFC 4180 has it.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (c, _) => cell.push(c),
        }
    }
    rows
}

#[test]
fn a_cell_stays_a_cell_and_is_never_a_formula() {
    for hostile in HOSTILE {
        let rows = read_csv(&written(Form::Csv, &[recorded(key_created(hostile), hostile)]));
        assert_eq!(rows.len(), 2, "{hostile:?}");
        let cell = |name: &str| &rows[1][rows[0].iter().position(|column| column == name).unwrap()];
        assert!([hostile, &format!("'{hostile}")].contains(&cell("request").as_str()), "{hostile:?}");
        for cell in &rows[1] {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}']), "{cell:?}");
        }
        let details: Value = serde_json::from_str(cell("details")).unwrap();
        assert_eq!(details["key"], hostile);
        assert_eq!((cell("on_behalf_of_id").as_str(), cell("code").as_str()), ("eve", "key_expired"));
    }
}

/// Takes a line of CEF apart at what is not escaped.
fn read_cef(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => fields.last_mut().unwrap().push(chars.next().unwrap()),
            '|' if fields.len() < 8 => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
        if fields.len() == 8 {
            break;
        }
    }
    let rest: String = chars.collect();
    let mut starts = Vec::new();
    for (at, _) in rest.match_indices('=') {
        let slashes = rest[..at].chars().rev().take_while(|c| *c == '\\').count();
        if slashes % 2 == 0 {
            let key = rest[..at].rfind(' ').map_or(0, |space| space + 1);
            starts.push((key, at));
        }
    }
    let pairs = starts.iter().enumerate().map(|(index, (key, at))| {
        let end = starts.get(index + 1).map_or(rest.len(), |(next, _)| next.saturating_sub(1));
        let value = rest[at + 1..end].replace("\\n", "\n").replace("\\r", "\r").replace("\\=", "=").replace("\\\\", "\\");
        (rest[*key..*at].to_owned(), value)
    });
    (fields, pairs.collect())
}

#[test]
fn a_line_of_cef_stays_one_line_with_the_keys_that_were_written() {
    for hostile in HOSTILE {
        let text = written(Form::Cef, &[recorded(key_created("k"), hostile)]);
        assert_eq!(text.lines().count(), 1, "{hostile:?}");
        let (fields, pairs) = read_cef(text.trim_end_matches('\n'));
        assert_eq!((fields[0].as_str(), fields[4].as_str(), fields[6].as_str()), ("CEF:0", "api_key_created", "6"));
        let values =
            |key: &str| pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        assert_eq!(values("src"), ["192.0.2.7"], "{hostile:?}");
        assert_eq!(values("cs3"), [hostile], "{text}");
        assert_eq!(values("cs1"), ["t"]);
        assert_eq!((values("rt"), values("reason")), (vec!["1789992000500"], vec!["key_expired"]));
        assert_eq!(values("externalId"), ["blockhouse-x/tenant/t/7"]);
    }
}

#[test]
fn a_line_of_json_holds_the_entry_and_its_address() {
    for hostile in HOSTILE {
        let text = written(Form::Ndjson, &[recorded(key_created(hostile), hostile), recorded(Event::SetupDone, "r")]);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["request"], &lines[0]["event"]["key"]), (&Value::from(hostile), &Value::from(hostile)));
        assert_eq!(lines[1]["address"], "192.0.2.7");
    }
}

fn ocsf(event: Event) -> Value {
    serde_json::from_str(&written(Form::Ocsf, &[recorded(event, "r")])).unwrap()
}

#[test]
fn events_are_of_the_classes_that_the_schema_has_for_them() {
    let user = || "u".to_owned();
    let check = |event: Event, class: u32, activity: u32| {
        let event = ocsf(event);
        let told = (&event["class_uid"], &event["activity_id"], &event["type_uid"]);
        assert_eq!(told, (&class.into(), &activity.into(), &(class * 100 + activity).into()), "{event}");
    };
    check(Event::SignedIn { session: "s".to_owned(), methods: Vec::new() }, 3002, 1);
    check(Event::SignedOut { session: "s".to_owned() }, 3002, 2);
    check(Event::StrangersRefused { requests: 3 }, 3002, 1);
    check(Event::AccountDisabled { user: user() }, 3001, 5);
    check(Event::MemberRemoved { user: user() }, 3001, 8);
    check(Event::TotpEnabled { user: user() }, 3001, 10);
    check(Event::SourceCreated { retention_days: 1 }, 3004, 1);
    check(Event::RetentionChanged { days: 1 }, 3004, 3);
    check(Event::ApiKeyRevoked { key: "k".to_owned() }, 3004, 4);
    check(Event::RecordsRead { question: Question::Sql }, 6003, 2);
    check(Event::ServerStarted { version: "1".to_owned() }, 6003, 99);
}

#[test]
fn what_the_schema_requires_is_there() {
    let event = ocsf(key_created("k"));
    for required in ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "entity"] {
        assert!(!event[required].is_null(), "{required}");
    }
    let at = Timestamp::parse(TIME).unwrap().nanos() / 1_000_000;
    assert_eq!((&event["time"], &event["status_id"], &event["status_code"]), (&at.into(), &2.into(), &"key_expired".into()));
    assert_eq!((&event["entity"]["type"], &event["entity"]["uid"]), (&"api_key".into(), &"k".into()));
    assert_eq!((&event["actor"]["user"]["uid"], &event["src_endpoint"]["ip"]), (&"ada".into(), &"192.0.2.7".into()));
    assert_eq!(
        (&event["metadata"]["product"]["vendor_name"], &event["metadata"]["version"]),
        (&"Blockhouse".into(), &"1.2.0".into())
    );
    assert_eq!(event["unmapped"]["on_behalf_of"]["id"], "eve");
    let reading = ocsf(Event::RecordsRead { question: Question::Sql });
    assert!(!reading["api"]["operation"].is_null() && !reading["actor"].is_null() && !reading["src_endpoint"].is_null());
}

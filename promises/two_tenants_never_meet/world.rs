//! A server with its sources, and what each of them knows and may not learn.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Question, SOURCES, Step, Way};
use crate::client::{Client, Request, Response};
use crate::house::{Access, House, escaped};

pub(super) struct Source {
    access: Access,
    /// What nobody else may be told.
    pub(super) secrets: Vec<String>,
    /// Records that were acknowledged are numbered from 0.
    acknowledged: usize,
    record_id: String,
}

pub(super) struct World {
    house: House,
    operator: Access,
    pub(super) sources: Vec<Source>,
}

// === impl World ===

impl World {
    pub(super) fn new() -> Self {
        let (house, operator) = House::open();
        let sources = SOURCES.map(|(tenant, name, marker)| {
            let access = house.bootstrap(tenant, name);
            let record_id = "0000000000000000-1".to_owned();
            let secrets = vec![marker.to_owned(), name.to_owned(), access.source_id.clone()];
            Source { access, secrets, acknowledged: 0, record_id }
        });
        let mut world = Self { house, operator, sources: sources.into() };
        (0..SOURCES.len()).for_each(|who| world.learn_keys(who));
        world
    }

    /// Whatever names a key is a secret too.
    fn learn_keys(&mut self, who: usize) {
        let keys = self.admin("keys", who, &[]);
        let ids = keys.as_array().expect("keys").iter().filter_map(|key| key["id"].as_str().map(str::to_owned));
        let source = &mut self.sources[who];
        source.secrets.extend(ids);
        source.secrets.extend([source.access.write_key.clone(), source.access.read_key.clone()]);
    }

    fn admin(&self, command: &str, who: usize, rest: &[&str]) -> Value {
        let (tenant, name, _) = SOURCES[who];
        self.house.run(&[&["admin", command, "--tenant", tenant, "--source", name], rest].concat())
    }

    fn client(&self) -> Client {
        self.house.client(&self.operator)
    }

    pub(super) fn take(&mut self, step: &Step) {
        match *step {
            Step::Send { who, way, records } => self.send(who, way, records),
            Step::Ask { who, about, question } => self.ask(who, about, question),
            Step::Trespass { who, whose } => self.trespass(who, whose),
            Step::ReplaceKey { who, kind, how } => self.replace_key(who, kind, how),
            Step::StopAndStart => {
                assert!(self.house.stop().success());
                self.house.start(&self.operator);
            }
            Step::KillAndStart => {
                self.house.kill();
                self.house.start(&self.operator);
            }
        }
    }

    fn send(&mut self, who: usize, way: Way, records: usize) {
        let marker = SOURCES[who].2;
        let numbers = self.sources[who].acknowledged..self.sources[who].acknowledged + records;
        // Few times for all, so that ids of different sources are alike.
        let seconds = |n: usize| 1_777_863_600 + n % 10;
        let message = |n: usize| format!("{marker} number {n}.");
        let access = &self.sources[who].access;
        let response = match way {
            Way::Frames => {
                let record =
                    |n| json!({ "timestamp": seconds(n), "message": message(n), "n": n, marker: format!("{marker} value") });
                let lines: Vec<String> = numbers.map(|n| record(n).to_string()).collect();
                let path = access.frames_path();
                self.client().post(&path, &access.write_key, "application/ndjson", lines.join("\n").as_bytes()).unwrap()
            }
            Way::Otlp => {
                let text = |text: &str| json!({ "stringValue": text });
                let record = |n: usize| {
                    let attributes = json!([
                        { "key": "n", "value": { "intValue": n } }, { "key": marker, "value": text(&format!("{marker} value")) },
                    ]);
                    json!({ "timeUnixNano": format!("{}000000000", seconds(n)), "body": text(&message(n)), "attributes": attributes })
                };
                let records: Vec<Value> = numbers.map(record).collect();
                let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string();
                self.client().post("/v1/logs", &access.write_key, "application/json", body.as_bytes()).unwrap()
            }
        };
        assert!([200, 202].contains(&response.status), "{}", response.text());
        self.check_silent(who, "", &response);
        self.sources[who].acknowledged += records;
    }

    /// Scans an answer to `who` for what is others'; what the question itself said may come back.
    #[track_caller]
    fn check_silent(&self, who: usize, said: &str, response: &Response) {
        let headers = response.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>();
        self.check_text(who, said, &(headers + &response.text()));
    }

    #[track_caller]
    pub(super) fn check_text(&self, who: usize, said: &str, text: &str) {
        let text = text.to_lowercase();
        for (other, source) in self.sources.iter().enumerate().filter(|(other, _)| *other != who) {
            let strange = (SOURCES.get(who).map(|own| own.0) != Some(SOURCES[other].0)).then(|| SOURCES[other].0.to_owned());
            for secret in source.secrets.iter().chain(strange.iter()).filter(|secret| !said.contains(*secret)) {
                assert!(
                    !text.contains(&secret.to_lowercase()),
                    "{who} is told `{secret}` of {other}, having said `{said}`: {text}"
                );
            }
        }
    }

    /// Asks the own source at its own addresses.
    fn get(&self, who: usize, question: &str) -> Response {
        let access = &self.sources[who].access;
        let response = self.client().get(&format!("/v1/sources/{}/{question}", access.source_id), &access.read_key).unwrap();
        assert!(response.status < 500, "{question}: {}", response.text());
        self.check_silent(who, question, &response);
        response
    }

    pub(super) fn ask(&mut self, who: usize, about: usize, question: Question) {
        let (own, theirs) = (SOURCES[who].2, SOURCES[about].2);
        let their_id = escaped(&self.sources[about].record_id);
        match question {
            Question::Everything => self.check_found(who),
            Question::TheirWords => self.check_own_or_none(who, about, &format!("search?q={theirs}%20OR%20has:{theirs}")),
            Question::TheirCursor => drop(self.get(who, &format!("search?q=&limit=5&cursor={their_id}"))),
            Question::TheirRecord => drop(self.get(who, &format!("search?q=id:{their_id}"))),
            Question::Histogram => {
                let answer = self.get(who, "histogram?q=").json();
                assert_eq!(answer["total"], self.sources[who].acknowledged, "{answer}");
            }
            Question::Fields => drop(self.get(who, "fields")),
            Question::OwnValues => {
                let answer = self.get(who, &format!("fields/{own}")).json();
                assert_eq!(answer["present"], self.sources[who].acknowledged, "{answer}");
            }
            Question::TheirValues => {
                let answer = self.get(who, &format!("fields/{theirs}")).json();
                assert_eq!(answer["present"], if who == about { self.sources[who].acknowledged } else { 0 }, "{answer}");
            }
            Question::OwnContext => {
                let id = escaped(&self.sources[who].record_id);
                drop(self.get(who, &format!("context?before=1000&after=1000&id={id}")));
            }
            Question::TheirContext => drop(self.get(who, &format!("context?before=1000&after=1000&id={their_id}"))),
            Question::OwnSql => {
                let answer = self.sql(who, "select count(*), count(distinct n) from logs where n >= 0");
                let all = self.sources[who].acknowledged;
                assert!(all == 0 || answer.json()["rows"] == json!([[all, all]]), "{}", answer.text());
            }
            Question::TheirSql => self.ask_in_sql(who, about),
            Question::Tail => self.follow(who),
        }
    }

    /// Every record that was acknowledged, once, and none else.
    pub(super) fn check_found(&mut self, who: usize) {
        let page = self.get(who, "search?q=&limit=10000").json();
        let records = page["records"].as_array().expect("records");
        let found: BTreeSet<u64> = records.iter().filter_map(|record| record["attributes"]["n"].as_u64()).collect();
        let source = &mut self.sources[who];
        assert_eq!((records.len(), found.len()), (source.acknowledged, source.acknowledged), "found of {who}");
        if let Some(id) = records.first().and_then(|record| record["id"].as_str()) {
            source.record_id = id.to_owned();
        }
    }

    fn check_own_or_none(&self, who: usize, about: usize, question: &str) {
        let page = self.get(who, question).json();
        let expected = if who == about { self.sources[who].acknowledged.min(100) } else { 0 };
        assert_eq!(page["records"].as_array().map(Vec::len), Some(expected), "{question}: {page}");
    }

    fn sql(&self, who: usize, sql: &str) -> Response {
        let response = self.sources[who].access.sql(&mut self.client(), sql);
        assert!(response.status < 500, "{sql}: {}", response.text());
        self.check_silent(who, sql, &response);
        response
    }

    fn ask_in_sql(&self, who: usize, about: usize) {
        let (tenant, name, marker) = SOURCES[about];
        // One's own source may be named, too.
        let id = &self.sources[about].access.source_id;
        let named = [
            format!("select * from source_{id}"),
            format!("select * from \"{id}\""),
            format!("select * from \"{name}\""),
            format!("select * from {tenant}.{name}.logs"),
            format!("select message from logs union all select message from \"{id}\""),
            format!("select * from logs a join source_{id} b on a.message = b.message"),
            format!("with theirs as (select * from \"{id}\") select * from theirs"),
            format!("select (select count(*) from \"{name}\") from logs"),
            format!("select * from logs where exists (select 1 from \"{id}\".logs)"),
            "select * from information_schema.tables".to_owned(),
            "select * from information_schema.columns".to_owned(),
            "show tables".to_owned(),
        ];
        for refused in named.iter().filter(|_| who != about) {
            let response = self.sql(who, refused);
            assert!((400..500).contains(&response.status), "{refused}: {}", response.text());
        }
        self.sql(who, &format!("select \"{marker}\" from logs"));
        self.sql(who, "select * from logs");
        let theirs = self.sql(who, &format!("select message from logs where message like '%{marker}%'")).json();
        let expected = if who == about { self.sources[who].acknowledged } else { 0 };
        assert_eq!(theirs["rows"].as_array().map(Vec::len), Some(expected), "{theirs}");
    }

    /// Replays all that the source has, and listens to what else is said on the way.
    fn follow(&self, who: usize) {
        let source = &self.sources[who];
        let authorization = format!("Bearer {}", source.access.read_key);
        let path = format!("{}&after=0", source.access.tail_path(""));
        let (response, lines) = self.client().follow(&path, &[("Authorization", &authorization)]).unwrap();
        assert_eq!(response.status, 200);
        self.check_silent(who, "", &response);
        let mut missing: BTreeSet<usize> = (0..source.acknowledged).collect();
        // A heartbeat comes every other second; three lines make one.
        for line in lines.take(100) {
            self.check_text(who, "", &line);
            missing.retain(|n| !line.contains(&format!("{} number {n}.", SOURCES[who].2)));
            if missing.is_empty() && line.starts_with("data:") {
                return;
            }
        }
        panic!("the tail of {who} left out {missing:?}");
    }

    /// Tries every door of another source with a key that is good for one's own.
    pub(super) fn trespass(&self, who: usize, whose: usize) {
        if who == whose {
            return;
        }
        let (own, theirs) = (&self.sources[who].access, &self.sources[whose]);
        let (source, field) = (&theirs.access.source_id, SOURCES[whose].2);
        let [context, origin] = ["context", "origin"].map(|asks| format!("{asks}?id={}", escaped(&theirs.record_id)));
        let reads = ["search?q=", "histogram?q=", "fields", &format!("fields/{field}"), &context, &origin, "tail?q=&after=0"];
        let reads = reads.map(|question| ("GET", format!("/v1/sources/{source}/{question}"), &own.read_key, ""));
        let sql = ("POST", format!("/v1/sources/{source}/sql"), &own.read_key, "{\"sql\":\"select * from logs\"}");
        let frames = ("POST", theirs.access.frames_path(), &own.write_key, "{\"message\":\"from the wrong side\"}");
        for (method, path, key, body) in reads.into_iter().chain([sql, frames]) {
            let authorization = format!("Bearer {key}");
            for (headers, status, code) in [
                (&[("Authorization", authorization.as_str()), ("Content-Type", "application/json")][..], 404, "key_wrong_source"),
                (&[("Content-Type", "application/json")][..], 401, "key_missing"),
            ] {
                let response = self.client().send(&Request { method, path: &path, headers, body: body.as_bytes() }).unwrap();
                let told = response.json();
                assert_eq!((response.status, told["code"].as_str()), (status, Some(code)), "{method} {path}: {told}");
                // Not even the words of the question come back.
                self.check_silent(who, "", &response);
            }
        }
    }

    /// The new key takes the old one's place, which is good for nothing from then on.
    fn replace_key(&mut self, who: usize, kind: &'static str, how: &'static str) {
        let keys = self.admin("keys", who, &[]);
        let current = |key: &&Value| key["kind"] == kind && key["state"] == "active";
        let id = keys.as_array().and_then(|keys| keys.iter().find(current)).and_then(|key| key["id"].as_str());
        let id = id.unwrap_or_else(|| panic!("no active {kind} key: {keys}")).to_owned();
        let new = if how == "rotate" {
            self.admin("rotate-key", who, &[&id, "--overlap-seconds", "0"])
        } else {
            self.admin("revoke-key", who, &[&id]);
            self.admin("create-key", who, &["--kind", kind])
        };
        let new = new["key"].as_str().expect("a key").to_owned();
        let access = &mut self.sources[who].access;
        let old = std::mem::replace(if kind == "write" { &mut access.write_key } else { &mut access.read_key }, new);
        self.learn_keys(who);
        let (access, mut client) = (&self.sources[who].access, self.client());
        let response = if kind == "write" {
            client.post("/frames", &old, "application/json", b"{\"message\":\"too late\"}").unwrap()
        } else {
            client.get(&format!("/v1/sources/{}/search?q=", access.source_id), &old).unwrap()
        };
        let code = response.json()["code"].as_str().unwrap_or_default().to_owned();
        assert!(response.status == 401 && ["key_revoked", "key_expired"].contains(&code.as_str()), "{}", response.text());
        self.check_silent(who, "", &response);
    }
}

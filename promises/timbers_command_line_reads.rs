//! Timber's command line needs another address and a key. What timberio/cli asks at 6706ca8 (v0.2.0), with its headers and
//! bodies, is answered in the types that it reads, and refused in the form that it shows; what Timber's documentation says of
//! filters holds too.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::eventually;
use crate::house::{Access, House, escaped};
use crate::person::{Founded, Person, SESSION_COOKIE, text};

const SOON: Duration = Duration::from_secs(30);
const NOWHERE: &str = "0000000000000000";

struct Cli {
    client: Client,
    key: String,
}

/// What the command line reads a field as. Null leaves its field empty.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Time,
    Number,
}

use Kind::{Number, Text, Texts, Time};

const ORGANIZATION: &[(&str, Kind)] =
    &[("id", Text), ("name", Text), ("slug", Text), ("inserted_at", Time), ("updated_at", Time)];
const APPLICATION: &[(&str, Kind)] = &[
    ("id", Text),
    ("environment", Text),
    ("inserted_at", Time),
    ("log_line_format", Text),
    ("name", Text),
    ("organization_id", Text),
    ("slug", Text),
    ("source_type", Text),
    ("tags", Texts),
    ("updated_at", Time),
];
const LINE: &[(&str, Kind)] = &[("id", Text), ("application_id", Text), ("dt", Time), ("level", Text), ("message", Text)];
const SQL_QUERY: &[(&str, Kind)] = &[
    ("id", Text),
    ("body", Text),
    ("bytes_scanned", Number),
    ("failure_reason", Text),
    ("inserted_at", Time),
    ("milliseconds_executed", Number),
    ("results_url", Text),
    ("status", Text),
];

#[track_caller]
fn check_read(object: &Value, fields: &[(&str, Kind)]) {
    for (name, kind) in fields {
        let value = object.get(*name).unwrap_or_else(|| panic!("no {name} in {object}"));
        let fits = value.is_null()
            || match kind {
                Text => value.is_string(),
                Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
                Time => value.as_str().is_some_and(|time| time.len() >= 20 && time.contains('T') && time.ends_with('Z')),
                Number => value.is_i64() || value.is_u64(),
            };
        assert!(fits, "{name} of {object}");
    }
}

impl Cli {
    fn of(house: &House, access: &Access, key: &str) -> Self {
        Self { client: house.client(access), key: key.to_owned() }
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        let authorization = format!("Bearer {}", self.key);
        let headers = [
            ("User-Agent", "timber-cli/0.1.0"),
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "gzip"),
        ];
        let path = format!("/timber{path}");
        let response = self.client.send(&Request { method, path: &path, headers: &headers, body: body.as_bytes() }).unwrap();
        assert_eq!(response.header("content-type"), Some("application/json"), "{method} {path}: {}", response.text());
        response
    }

    #[track_caller]
    fn does(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.ask(method, path, &body);
        assert!(matches!(response.status, 200 | 201), "{method} {path}: {}", response.text());
        response.json()
    }

    #[track_caller]
    fn reads(&mut self, path: &str) -> Value {
        self.does("GET", path, &Value::Null)["data"].clone()
    }

    /// Status and code. The command line shows the message, and cannot do without one.
    #[track_caller]
    fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.ask(method, path, &body);
        let error = response.json()["error"].clone();
        let code = response.header("blockhouse-code").unwrap_or_default().to_owned();
        assert!(
            response.status >= 400 && error["message"].as_str().is_some_and(|message| !message.is_empty()),
            "{path}: {error}"
        );
        assert_eq!(error["code"], json!(code), "{path}");
        (response.status, code)
    }

    /// As it is marshalled there, in this order.
    fn search(&mut self, source: &str, (after, query): (&str, &str)) -> Vec<Value> {
        let body = format!(
            r#"{{"application_ids":["{source}"],"dt_gt":"{after}","limit":250,"query":{},"sort":"dt.desc"}}"#,
            json!(query)
        );
        let response = self.ask("POST", "/log_lines/search", &body);
        assert_eq!(response.status, 200, "{}", response.text());
        let lines = response.json()["data"].as_array().unwrap().clone();
        lines.iter().for_each(|line| check_read(line, LINE));
        lines
    }

    /// An answer to a search beyond what the command line can ask.
    #[track_caller]
    fn finds(&mut self, search: &Value) -> (Vec<String>, Value) {
        let found = self.does("POST", "/log_lines/search", search);
        let lines = found["data"].as_array().unwrap().iter().map(|line| text(&line["message"])).collect();
        (lines, found["next_cursor"].clone())
    }

    /// Asks until the query has ended, as `sql-queries execute` does.
    #[track_caller]
    fn ended(&mut self, id: &str) -> Value {
        eventually("the query ends", SOON, || {
            let query = self.reads(&format!("/sql_queries/{id}"));
            check_read(&query, SQL_QUERY);
            Some(query).filter(|query| !matches!(query["status"].as_str(), Some("QUEUED" | "RUNNING")))
        })
    }

    #[track_caller]
    fn submits(&mut self, organization: &str, sql: &str) -> String {
        let made = self.does("POST", "/sql_queries", &json!({ "organization_id": organization, "body": sql }));
        check_read(&made["data"], SQL_QUERY);
        text(&made["data"]["id"])
    }
}

fn line(at: &str, message: &str) -> String {
    json!({ "dt": at, "message": message }).to_string()
}

/// A key of a service account with these roles.
fn service(owner: &mut Person, tenant: &str, roles: &Value) -> String {
    let accounts = format!("/v1/tenants/{tenant}/service-accounts");
    let account = text(&owner.does("POST", &accounts, &json!({ "name": "cli", "roles": roles }))["id"]);
    text(&owner.does("POST", &format!("{accounts}/{account}/keys"), &json!({}))["key"])
}

#[test]
fn a_key_is_tried_and_its_sources_are_listed() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let theirs = house.bootstrap("Globex", "first");
    let mut cli = Cli::of(&house, &access, &access.read_key);
    let organizations = cli.reads("/organizations");
    assert_eq!((organizations.as_array().unwrap().len(), &organizations[0]["id"]), (1, &json!(tenant)));
    check_read(&organizations[0], ORGANIZATION);
    assert_eq!(cli.reads(&format!("/organizations/{tenant}")), organizations[0]);
    let applications = cli.reads("/applications");
    assert_eq!(applications.as_array().unwrap().len(), 1);
    check_read(&applications[0], APPLICATION);
    assert_eq!((&applications[0]["id"], &applications[0]["name"]), (&json!(access.source_id), &json!("first")));
    assert_eq!(cli.reads(&format!("/applications/{}", access.source_id)), applications[0]);

    let second = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "second" }))["id"]);
    let mut both = Cli::of(&house, &access, &service(&mut owner, &tenant, &json!([{ "role": "member" }])));
    let ids = |listed: &Value| listed.as_array().unwrap().iter().map(|one| text(&one["id"])).collect::<Vec<_>>();
    assert_eq!(ids(&both.reads("/applications")), [access.source_id.as_str(), &second]);
    both.key.clone_from(&owner.token);
    assert_eq!(ids(&both.reads("/applications")), [access.source_id.as_str(), &second]);
    let narrow = json!([{ "role": "read-only", "source": second }]);
    let mut ben = Person::invited(&house, &mut owner, &tenant, "ben@example.com", &narrow);
    both.key.clone_from(&ben.token);
    assert_eq!(ids(&both.reads("/applications")), [second.as_str()]);
    assert_eq!(both.refused("GET", &format!("/applications/{}", access.source_id), &Value::Null), (404, "not_found".to_owned()));
    assert_eq!(ben.ask("POST", "/timber/log_lines/search", &json!({})).status, 200, "the only source need not be named");

    for path in [format!("/applications/{}", theirs.source_id), format!("/organizations/{NOWHERE}"), "/applications/x".to_owned()]
    {
        assert_eq!(cli.refused("GET", &path, &Value::Null), (404, "not_found".to_owned()), "{path}");
    }
    for (key, status, code) in
        [(access.write_key.clone(), 403, "key_wrong_direction"), ("bh_read_no".to_owned(), 401, "key_malformed")]
    {
        cli.key = key;
        assert_eq!(cli.refused("GET", "/organizations", &Value::Null), (status, code.to_owned()));
    }
    // A browser sends its cookie along with what any page asks.
    let cookie = format!("{SESSION_COOKIE}={}", owner.token);
    for path in ["organizations", "applications", "sql_queries", "saved_views", "log_filters"] {
        let path = &format!("/timber/{path}");
        let headers = [("Cookie", cookie.as_str())];
        let refused = house.visitor().send(&Request { method: "GET", path, headers: &headers, body: b"" }).unwrap();
        assert_eq!((refused.status, refused.header("blockhouse-code")), (401, Some("key_missing")), "{path}");
    }
    cli.key.clone_from(&access.read_key);
    for (method, path, expected) in [
        ("GET", "/applications/x/y", (404, "not_found")),
        ("GET", "/log_lines", (404, "not_found")),
        ("DELETE", "/organizations", (405, "method_not_allowed")),
    ] {
        assert_eq!(cli.refused(method, path, &Value::Null), (expected.0, expected.1.to_owned()), "{path}");
    }
}

#[test]
fn a_tail_shows_what_comes_and_a_cursor_loses_nothing() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let mut cli = Cli::of(&house, &access, &access.read_key);
    let source = access.source_id.clone();
    assert_eq!(cli.search(&source, ("0001-01-01T00:00:00Z", "")), [Value::Null; 0]);
    let first = json!({"dt": "2026-01-31T12:00:00.123456789Z", "level": "warn", "message": "one", "id": 5, "Message": "other",
        "context": {"user": {"id": 7, "email": "a@example.com"}}, "size": 1.5});
    access.send(&mut client, &format!("{first}\n{}", line("2026-01-31T12:00:01Z", "two")));
    let lines = cli.search(&source, ("0001-01-01T00:00:00Z", ""));
    assert_eq!(lines.iter().map(|line| text(&line["message"])).collect::<Vec<_>>(), ["two", "one"]);
    let one = &lines[1];
    assert_eq!((&one["dt"], &one["level"]), (&json!("2026-01-31T12:00:00.123456789Z"), &json!("warn")));
    assert_eq!((&one["context"], &one["size"]), (&first["context"], &json!(1.5)));
    assert_eq!((&one["_id"], &one["_Message"], &one["application_id"]), (&json!(5), &json!("other"), &json!(source)));
    assert_eq!(cli.search(&source, ("2026-01-31T12:00:00.123456789Z", "two")).len(), 1);
    assert_eq!(cli.search(&source, ("2026-01-31T12:00:01Z", "")), [Value::Null; 0]);

    // Another line of the same time comes between two polls.
    let follow = |cursor: &Value| json!({ "application_ids": [source], "sort": "dt.asc", "cursor": cursor });
    let (lines, cursor) = cli.finds(&follow(&Value::Null));
    assert_eq!(lines, ["one", "two"]);
    access.send(&mut client, &line("2026-01-31T12:00:01Z", "three"));
    assert_eq!(cli.search(&source, ("2026-01-31T12:00:01Z", "")), [Value::Null; 0], "as Timber's own polls lose it");
    let (lines, cursor) = cli.finds(&follow(&cursor));
    assert_eq!(lines, ["three"]);
    let (lines, same) = cli.finds(&follow(&cursor));
    assert_eq!((lines, same), (vec![], cursor));
    // Back in time, page by page, over both.
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let (lines, next) = cli.finds(&json!({ "limit": 1, "cursor": cursor, "dt_lt": "2026-01-31T12:00:02Z" }));
        all.extend(lines);
        cursor = next;
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(all, ["three", "two", "one"]);

    let mut refused = |search: &Value| cli.refused("POST", "/log_lines/search", search).1;
    let wrong = |name: &str, value: Value| json!({ name: value });
    assert_eq!(refused(&wrong("sort", json!("level.asc"))), "order_invalid");
    assert_eq!(refused(&wrong("limit", json!(0))), "limit_invalid");
    assert_eq!(refused(&wrong("dt_gt", json!("today"))), "time_invalid");
    assert_eq!(refused(&wrong("cursor", json!("x"))), "cursor_invalid");
    assert_eq!(refused(&wrong("page", json!(1))), "invalid_json");
    assert_eq!(refused(&wrong("query", json!("(a"))), "unclosed_parenthesis");
    assert_eq!(refused(&wrong("application_ids", json!([NOWHERE]))), "key_wrong_source");
    let theirs = house.bootstrap("globex", "first").source_id;
    assert_eq!(refused(&wrong("application_ids", json!([theirs]))), "key_wrong_source");
    assert_eq!(refused(&wrong("application_ids", json!([source, theirs]))), "several_sources");
}

#[test]
fn whoever_reads_several_sources_names_one() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let second = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "second" }))["id"]);
    access.send(&mut house.client(&access), r#"{"message":"of the first","n":1}"#);
    let mut cli = Cli::of(&house, &access, &service(&mut owner, &tenant, &json!([{ "role": "member" }])));
    assert_eq!(cli.search(&access.source_id, ("0001-01-01T00:00:00Z", "")).len(), 1);
    assert_eq!(cli.search(&second, ("0001-01-01T00:00:00Z", "")).len(), 0);
    let (first, sources) = (access.source_id.as_str(), json!([access.source_id, second]));
    let unprocessable = |code: &str| (422, code.to_owned());
    assert_eq!(cli.refused("POST", "/log_lines/search", &json!({})), unprocessable("source_missing"));
    let two = json!({ "application_ids": sources });
    assert_eq!(cli.refused("POST", "/log_lines/search", &two), unprocessable("several_sources"));
    let sql = |text: &str| json!({ "body": text });
    assert_eq!(cli.refused("POST", "/sql_queries", &sql("select 1 from logs")), unprocessable("source_missing"));
    let two = sql(&format!("select 1 from source_{first} a join source_{second} b on a.n = b.n"));
    assert_eq!(cli.refused("POST", "/sql_queries", &two), unprocessable("several_sources"));
    let id = cli.submits(&tenant, &format!("select n from source_{first}"));
    assert_eq!(cli.ended(&id)["status"], "SUCCEEDED");
    assert_eq!(cli.reads(&format!("/sql_queries/{id}/results")), json!([{ "n": 1 }]));
    // What was allowed when it was asked is not enough for its rows.
    let accounts = format!("/v1/tenants/{tenant}/service-accounts");
    let account = text(&owner.reads(&accounts)["service_accounts"][0]["id"]);
    let elsewhere = json!({ "roles": [{ "role": "member", "source": second }] });
    owner.does("PUT", &format!("{accounts}/{account}"), &elsewhere);
    let (status, code) = cli.refused("GET", &format!("/sql_queries/{id}/results"), &Value::Null);
    assert!(matches!(status, 403 | 404), "{status} {code}");
    assert_eq!(cli.reads("/sql_queries"), json!([]));
}

#[test]
fn sql_goes_from_submission_to_pages_of_results() {
    let (mut house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..5).map(|n| json!({ "dt": format!("2026-01-31T12:00:0{n}Z"), "n": n }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    let mut cli = Cli::of(&house, &access, &access.read_key);
    let sql = format!("SELECT dt, `n` FROM source_{} WHERE dt < now() - interval '1' hour ORDER BY dt", access.source_id);
    let id = cli.submits(&tenant, &sql);
    let query = cli.ended(&id);
    assert_eq!((&query["status"], &query["body"], &query["rows"]), (&json!("SUCCEEDED"), &json!(sql), &json!(5)));
    assert!(text(&query["results_url"]).ends_with(&format!("/sql_queries/{id}/results")));
    let results = format!("/sql_queries/{id}/results");
    let (mut rows, mut token) = (Vec::new(), String::new());
    let mut pages = 0;
    loop {
        let page = cli.does("GET", &format!("{results}?max_results=2&next_token={}", escaped(&token)), &Value::Null);
        rows.extend(page["data"].as_array().unwrap().clone());
        pages += 1;
        let Some(next) = page["next_token"].as_str() else { break };
        next.clone_into(&mut token);
    }
    assert_eq!((pages, rows.len()), (3, 5));
    assert_eq!(rows[3], json!({ "dt": "2026-01-31T12:00:03Z", "n": 3 }));
    assert_eq!(cli.refused("GET", &format!("{results}?next_token=x"), &Value::Null), (400, "parameter_invalid".to_owned()));

    // What is wrong with it is said at once where that is known, and by its status else.
    let sql = |text: &str| json!({ "body": text });
    assert_eq!(cli.refused("POST", "/sql_queries", &sql("drop table logs")), (400, "sql_refused".to_owned()));
    let elsewhere = json!({ "organization_id": NOWHERE, "body": "select 1" });
    assert_eq!(cli.refused("POST", "/sql_queries", &elsewhere), (404, "not_found".to_owned()));
    let failing = cli.submits(&tenant, "select no_such_function(1)");
    let failed = cli.ended(&failing);
    assert_eq!((&failed["status"], &failed["failure_code"]), (&json!("FAILED"), &json!("sql_invalid")));
    assert!(text(&failed["failure_reason"]).contains("no_such_function"), "{failed}");
    assert_eq!(cli.refused("GET", &format!("/sql_queries/{failing}/results"), &Value::Null), (409, "sql_invalid".to_owned()));

    let listed = cli.reads("/sql_queries?limit=25&sort=inserted_at.desc");
    assert_eq!(listed.as_array().unwrap().iter().map(|one| text(&one["id"])).collect::<Vec<_>>(), [failing.as_str(), &id]);
    assert_eq!(cli.reads("/sql_queries?limit=1&sort=inserted_at.asc")[0]["id"], json!(id));
    // Whoever else reads the source did not ask it.
    let mut other = Cli::of(&house, &access, &owner.token);
    assert_eq!(other.reads("/sql_queries"), json!([]));
    assert_eq!(other.refused("GET", &results, &Value::Null), (404, "sql_query_not_found".to_owned()));
    assert_eq!(
        other.refused("POST", &format!("/sql_queries/{id}/cancel"), &Value::Null),
        (404, "sql_query_not_found".to_owned())
    );
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"));
    let told = entries["entries"].as_array().unwrap().iter().filter(|entry| entry["event"]["question"] == "sql");
    assert_eq!(told.count(), 2, "each is in the trail once, when it is asked");

    assert!(house.stop().success());
    house.start(&access);
    let mut cli = Cli::of(&house, &access, &access.read_key);
    let lost = cli.ask("GET", &format!("/sql_queries/{id}"), "");
    assert_eq!((lost.status, lost.header("blockhouse-code")), (404, Some("sql_query_not_found")));
    assert!(lost.text().contains("restart"), "{}", lost.text());
}

#[test]
fn a_query_is_cancelled_and_only_so_many_are_open() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..20_000).map(|i| json!({ "message": format!("row {i}") }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    let mut cli = Cli::of(&house, &access, &access.read_key);
    let tenant = text(&cli.reads("/organizations")[0]["id"]);
    let endless = "select max(reverse(concat(a.message, b.message))) from logs a, logs b";
    let ids: Vec<String> = (0..4).map(|_| cli.submits(&tenant, endless)).collect();
    assert_eq!(cli.refused("POST", "/sql_queries", &json!({ "body": endless })), (429, "too_many_queries".to_owned()));
    let first = format!("/sql_queries/{}", ids[0]);
    eventually("it runs", SOON, || Some(()).filter(|()| cli.reads(&first)["status"] == "RUNNING"));
    assert_eq!(cli.refused("GET", &format!("{first}/results"), &Value::Null), (409, "sql_query_unfinished".to_owned()));
    for id in &ids {
        let cancelled = cli.does("POST", &format!("/sql_queries/{id}/cancel"), &Value::Null);
        check_read(&cancelled["data"], SQL_QUERY);
        assert_eq!(cancelled["data"]["status"], "CANCELLED");
        let again = cli.refused("POST", &format!("/sql_queries/{id}/cancel"), &Value::Null);
        assert_eq!(again, (409, "sql_query_ended".to_owned()));
    }
    assert_eq!(cli.refused("GET", &format!("{first}/results"), &Value::Null), (409, "query_cancelled".to_owned()));
    // Their places are free again, long before their deadlines.
    let id = cli.submits(&tenant, "select count(*) as c from logs");
    assert_eq!(cli.ended(&id)["status"], "SUCCEEDED");
    assert_eq!(cli.reads(&format!("/sql_queries/{id}/results")), json!([{ "c": 20_000 }]));
}

#[test]
fn saved_views_are_those_of_the_console() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let views = format!("/v1/tenants/{tenant}/views");
    let slow =
        json!({ "name": "Slow", "source": access.source_id, "query": "status:>=500", "columns": ["status"], "from": "now-1h" });
    let id = text(&owner.does("POST", &views, &slow)["id"]);
    let mut drawn = slow.clone();
    drawn["graph"] = json!({ "shape": "line" });
    owner.does("POST", &views, &drawn);
    let mut cli = Cli::of(&house, &access, &owner.token);
    let listed = cli.reads("/saved_views?type=CONSOLE");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let view = &listed[0];
    check_read(view, &[("id", Text), ("name", Text), ("organization_id", Text), ("type", Text)]);
    let settings = json!({
        "dt_gte": "now-1h", "dt_lte": null, "facets": [], "log_line_format": "{{ date }} {{ level }} {{ status }} {{ message }}",
        "query": "status:>=500", "source_ids": [access.source_id],
    });
    assert_eq!((&view["id"], &view["console_settings"], &view["chart_settings"]), (&json!(id), &settings, &Value::Null));
    assert_eq!(cli.reads(&format!("/saved_views/{id}")), *view);
    assert_eq!(cli.reads("/saved_views?type=CHART")[0]["chart_settings"]["shape"], "line");
    assert_eq!(cli.reads("/saved_views").as_array().unwrap().len(), 2);
    assert_eq!(cli.refused("GET", &format!("/saved_views/{NOWHERE}"), &Value::Null), (404, "not_found".to_owned()));
    cli.key.clone_from(&access.read_key);
    assert_eq!(cli.refused("GET", "/saved_views", &Value::Null), (403, "permission_missing".to_owned()));
}

#[test]
fn filters_are_added_changed_and_removed() {
    let (house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
    let second = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "second" }))["id"]);
    let mut cli = Cli::of(&house, &access, &owner.token);
    let added = |name: &str, sources: Value| json!({ "organization_id": tenant, "name": name, "match": "Hello World", "source_ids": sources });
    let filter = cli.does("POST", "/log_filters", &added("Drop greetings", json!([access.source_id])))["data"].clone();
    assert_eq!((&filter["match"], &filter["source_ids"]), (&json!("Hello World"), &json!([access.source_id])));
    assert_eq!(cli.reads("/log_filters"), json!([filter]));
    let path = format!("/log_filters/{}", text(&filter["id"]));
    assert_eq!(cli.reads(&path), filter);
    // Timber's own example.
    let lines = "Hello world\nA log line message\nI said hello world\nHello universe\n";
    let sent = house.client(&access).post(&access.frames_path(), &access.write_key, "text/plain", lines.as_bytes()).unwrap();
    assert_eq!(sent.status, 202);
    let kept: Vec<String> =
        cli.search(&access.source_id, ("0001-01-01T00:00:00Z", "")).iter().map(|line| text(&line["message"])).collect();
    assert!(kept.len() == 2 && kept.contains(&"Hello universe".to_owned()), "{kept:?}");

    let unprocessable = |code: &str| (422, code.to_owned());
    let again = added("Drop greetings", json!([access.source_id]));
    assert_eq!(cli.refused("POST", "/log_filters", &again), unprocessable("filter_invalid"));
    assert_eq!(cli.refused("POST", "/log_filters", &added("x", json!([]))), unprocessable("source_missing"));
    assert_eq!(
        cli.refused("POST", "/log_filters", &added("x", json!([access.source_id, second]))),
        unprocessable("several_sources")
    );
    assert_eq!(cli.refused("PUT", &path, &json!({ "source_ids": [] })), unprocessable("source_missing"));
    assert_eq!(cli.refused("PUT", &path, &json!({ "source_ids": [second] })), unprocessable("several_sources"));
    assert_eq!(cli.refused("PUT", &path, &json!({ "match": " " })), unprocessable("filter_invalid"));
    let theirs = house.bootstrap("Globex", "first").source_id;
    assert_eq!(cli.refused("POST", "/log_filters", &added("x", json!([theirs]))), (404, "key_wrong_source".to_owned()));

    // A change leaves what it does not name, and the filters beside it.
    cli.does("POST", "/log_filters", &added("Another", json!([access.source_id])));
    let renamed = cli.does("PUT", &path, &json!({ "name": "Greetings" }))["data"].clone();
    assert_eq!((&renamed["name"], &renamed["match"]), (&json!("Greetings"), &json!("Hello World")));
    let path = format!("/log_filters/{}", text(&renamed["id"]));
    assert_eq!(cli.does("PUT", &path, &json!({ "match": "bye" }))["data"]["match"], "bye");
    for method in ["GET", "PUT", "DELETE"] {
        let reading = Cli::of(&house, &access, &access.read_key).refused(method, &path, &Value::Null);
        assert_eq!(reading, (403, "permission_missing".to_owned()), "{method}");
    }
    let mut reader = Cli::of(&house, &access, &access.read_key);
    assert_eq!(reader.refused("POST", "/log_filters", &again), (403, "permission_missing".to_owned()));
    assert_eq!(cli.does("DELETE", &path, &Value::Null)["data"]["name"], "Greetings");
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(cli.refused(method, &path, &Value::Null), (404, "not_found".to_owned()), "{method}");
    }
    let left = cli.reads("/log_filters");
    assert_eq!((left.as_array().unwrap().len(), &left[0]["name"]), (1, &json!("Another")));
    let entries = owner.reads(&format!("/v1/tenants/{tenant}/audit"));
    let changes = entries["entries"].as_array().unwrap().iter().filter(|entry| entry["event"]["type"] == "filters_changed");
    assert_eq!(changes.count(), 5);
}

#[test]
fn an_index_called_timber_is_an_index_still() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let body = "{\"create\":{}}\n{\"message\":\"to an index\"}\n";
    let sent = client.post("/timber/_bulk", &access.write_key, "application/x-ndjson", body.as_bytes()).unwrap();
    assert_eq!((sent.status, &sent.json()["errors"]), (200, &json!(false)), "{}", sent.text());
    let found = client.get("/timber/_search", &access.read_key).unwrap();
    assert_eq!(found.json()["hits"]["total"]["value"], json!(1), "{}", found.text());
}

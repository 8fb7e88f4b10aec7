//! Grafana's stock data source for Loki needs another address and a key: what it asks to be saved, to list labels, to show
//! lines and histograms is answered in Loki's form, and what is not done is refused by name.

mod dashboards;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response, Texts};
use crate::house::{Access, House, escaped};
use crate::person::{Founded, SESSION_COOKIE};

/// 2026-01-31T12:00:00Z
const START: i64 = 1_769_860_800;

/// Five records: two of a shop, one of them an error with more fields; two of a web server; one without labels.
const RECORDS: &str = r#"{"timestamp":"2026-01-31T12:00:00.000000007Z","level":"info","message":"order placed","app":"shop","order":{"id":71,"total":19.5}}
{"timestamp":"2026-01-31T12:00:30Z","level":"error","message":"Order failed: timeout after 2s","app":"shop","took":"2s","resource":{"service.name":"orders"}}
{"timestamp":"2026-01-31T12:01:10Z","level":"info","message":"GET /a 200","app":"web","http":{"status":200},"size":"5KB"}
{"timestamp":"2026-01-31T12:01:50Z","level":"warn","message":"GET /b 502","app":"web","http":{"status":502},"size":"12KB"}
{"timestamp":"2026-01-31T12:02:30Z","message":"alone"}"#;

struct Reader {
    house: House,
    access: Access,
    client: Client,
}

// === impl Reader ===

impl Reader {
    fn open() -> Self {
        let (house, access) = House::open();
        let mut client = house.client(&access);
        access.send(&mut client, RECORDS);
        Self { house, access, client }
    }

    fn ask(&mut self, path: &str, params: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
        let params: Vec<String> = params.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        let path = format!("/loki/api/v1/{path}?{}", params.join("&"));
        let authorization = format!("Bearer {}", self.access.read_key);
        let headers = [&[("Authorization", authorization.as_str()), ("X-Scope-OrgID", "other")], headers].concat();
        self.client.send(&Request { method: "GET", path: &path, headers: &headers, body: b"" }).unwrap()
    }

    /// Over the five minutes of the records.
    #[track_caller]
    fn data(&mut self, path: &str, params: &[(&str, &str)]) -> Value {
        let (start, end) = (START.to_string(), (START + 300).to_string());
        let params = [params, &[("start", start.as_str()), ("end", &end)]].concat();
        let response = self.ask(path, &params, &[]);
        assert_eq!(response.status, 200, "{params:?}: {}", response.text());
        let body = response.json();
        assert_eq!(body["status"], "success");
        assert_eq!(body.get("warnings"), None);
        body["data"].clone()
    }

    /// The lines that a query finds, the oldest first.
    #[track_caller]
    fn lines(&mut self, query: &str) -> Vec<String> {
        let data = self.data("query_range", &[("query", query), ("direction", "forward"), ("limit", "1000")]);
        assert_eq!(data["resultType"], "streams");
        let streams = data["result"].as_array().unwrap();
        let values = streams.iter().flat_map(|stream| stream["values"].as_array().unwrap());
        let mut lines: Vec<(i64, String)> =
            values.map(|value| (value[0].as_str().unwrap().parse().unwrap(), value[1].as_str().unwrap().to_owned())).collect();
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    #[track_caller]
    fn check_lines(&mut self, query: &str, expected: &[&str]) {
        assert_eq!(self.lines(query), expected, "{query}");
    }

    /// Each series of a metric over the records' minutes.
    #[track_caller]
    fn check_matrix(&mut self, query: &str, expected: &Value) {
        let data = self.data("query_range", &[("query", query), ("step", "60000ms")]);
        assert_eq!((&data["resultType"], &data["result"]), (&json!("matrix"), expected), "{query}");
    }

    #[track_caller]
    fn check_refused(&mut self, path: &str, params: &[(&str, &str)], code: &str, message: &str) {
        let response = self.ask(path, params, &[]);
        let said = (response.status, response.header("blockhouse-code"));
        assert_eq!(said, (400, Some(code)), "{params:?}: {}", response.text());
        assert_eq!(response.json(), json!({"code": 400, "status": "error", "message": message}), "{params:?}");
    }
}

#[test]
fn a_data_source_is_saved_and_tested() {
    let mut reader = Reader::open();
    let params = [("query", "vector(1)+vector(1)"), ("direction", "backward"), ("time", "4000000000")];
    let response = reader.ask("query", &params, &[]);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let mut body = response.json();
    assert!(body["data"]["stats"]["summary"].is_object());
    body["data"].as_object_mut().unwrap().remove("stats");
    let result = json!([{"metric": {}, "value": [4_000_000_000_i64, "2"]}]);
    assert_eq!(body, json!({"status": "success", "data": {"resultType": "vector", "result": result}}));
    let scalar = reader.ask("query", &[("query", "1.5*2"), ("time", "7")], &[]).json();
    assert_eq!((&scalar["data"]["resultType"], &scalar["data"]["result"]), (&json!("scalar"), &json!([7, "3"])));
    assert!(reader.ask("status/buildinfo", &[], &[]).json()["version"].is_string());
}

#[test]
fn a_key_is_a_bearer_or_the_password_of_basic_and_must_read() {
    let mut reader = Reader::open();
    let path = "/loki/api/v1/labels?start=1769860800";
    let ask = |reader: &mut Reader, method: &str, headers: &[(&str, &str)], body: &str| {
        reader.client.send(&Request { method, path, headers, body: body.as_bytes() }).unwrap()
    };
    let basic = |key: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("anybody:{key}")))
    };
    let (reads, writes) = (basic(&reader.access.read_key), basic(&reader.access.write_key));
    assert_eq!(ask(&mut reader, "GET", &[("Authorization", &reads)], "").status, 200);
    let form = [("Authorization", reads.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(ask(&mut reader, "POST", &form, "end=1769861100").status, 200);
    let json = [("Authorization", reads.as_str()), ("Content-Type", "application/json")];
    assert_eq!(ask(&mut reader, "POST", &json, "{}").status, 415);
    let denied = ask(&mut reader, "GET", &[("Authorization", &writes)], "");
    assert_eq!((denied.status, denied.header("blockhouse-code")), (403, Some("key_wrong_direction")));
    let nobody = ask(&mut reader, "GET", &[], "");
    assert_eq!((nobody.status, nobody.header("blockhouse-code")), (401, Some("key_missing")));
    // Another source's key reads its own source, whatever else a client says.
    let theirs = reader.house.bootstrap("Globex", "first");
    let bearer = format!("Bearer {}", theirs.read_key);
    let other = ask(&mut reader, "GET", &[("Authorization", &bearer), ("X-Scope-OrgID", "Acme")], "");
    assert_eq!(other.json()["data"], json!(["level"]));
}

#[test]
fn labels_values_and_series_are_listed() {
    let mut reader = Reader::open();
    // Numbers and what lies deeper are structured metadata; text of few values is a label.
    assert_eq!(reader.data("labels", &[]), json!(["app", "level", "service_name", "size", "took"]));
    assert_eq!(reader.data("labels", &[("query", r#"{app="shop"}"#)]), json!(["app", "level", "service_name", "took"]));
    assert_eq!(reader.data("label/app/values", &[]), json!(["shop", "web"]));
    assert_eq!(reader.data("label/detected_level/values", &[]), json!(["error", "info", "warn"]));
    assert_eq!(reader.data("label/http_status/values", &[("query", r#"{app="web"}"#)]), json!(["200", "502"]));
    assert_eq!(reader.data("label/none/values", &[]), json!([]));
    let series = json!([
        {"app": "shop", "level": "error", "service_name": "orders", "took": "2s"},
        {"app": "shop", "level": "info"},
    ]);
    assert_eq!(reader.data("series", &[("match[]", r#"{app="shop"}"#), ("match[]", r#"{took="2s"}"#)]), series);
    assert_eq!(reader.data("series", &[]).as_array().unwrap().len(), 5);
}

#[test]
fn how_much_there_is_is_told() {
    let mut reader = Reader::open();
    let (start, end) = (START.to_string(), (START + 300).to_string());
    let params = [("query", r#"{app="web"}"#), ("start", start.as_str()), ("end", &end)];
    assert_eq!(reader.ask("index/stats", &params, &[]).json(), json!({"streams": 2, "chunks": 0, "entries": 2, "bytes": 20}));
    let volume = reader.data("index/volume", &[("query", "{}"), ("targetLabels", "app")]);
    let result = json!([
        {"metric": {"app": "shop"}, "value": [START + 300, "42"]},
        {"metric": {"app": "web"}, "value": [START + 300, "20"]},
        {"metric": {}, "value": [START + 300, "5"]},
    ]);
    assert_eq!((&volume["resultType"], &volume["result"]), (&json!("vector"), &result));
}

#[test]
fn lines_come_in_streams() {
    let mut reader = Reader::open();
    let (start, end) = (START.to_string(), (START + 300).to_string());
    let params = [("query", r#"{app="web"}"#), ("start", start.as_str()), ("end", &end), ("direction", "backward")];
    let flags = [("X-Loki-Response-Encoding-Flags", "categorize-labels")];
    let response = reader.ask("query_range", &params, &flags);
    // Clients read the flags before the result.
    assert!(response.text().find("encodingFlags") < response.text().find("\"result\""), "{}", response.text());
    let data = response.json()["data"].clone();
    assert_eq!(data["encodingFlags"], json!(["categorize-labels"]));
    let second = |seconds: i64| format!("{}000000000", START + seconds);
    let streams = json!([
        {"stream": {"app": "web", "level": "warn", "size": "12KB"},
         "values": [[second(110), "GET /b 502", {"structuredMetadata": {"http_status": "502"}}]]},
        {"stream": {"app": "web", "level": "info", "size": "5KB"},
         "values": [[second(70), "GET /a 200", {"structuredMetadata": {"http_status": "200"}}]]},
    ]);
    assert_eq!(data["result"], streams);
    let together = reader.ask("query_range", &params, &[]).json()["data"].clone();
    assert_eq!(together.get("encodingFlags"), None);
    let first = json!({"stream": {"app": "web", "level": "warn", "size": "12KB", "http_status": "502"},
        "values": [[second(110), "GET /b 502"]]});
    assert_eq!(together["result"][0], first);
    let one = reader.data("query_range", &[("query", r#"{app="shop"} | drop took, level, service_name"#), ("limit", "1")]);
    assert_eq!(one["result"], json!([{"stream": {"app": "shop"}, "values": [[second(30), "Order failed: timeout after 2s"]]}]));
    let exact = reader.data("query_range", &[("query", "{} |= `placed`")]);
    assert_eq!(exact["result"][0]["values"][0][0], "1769860800000000007");
}

#[test]
fn filters_keep_what_they_say() {
    let mut reader = Reader::open();
    let (placed, failed, a, b, alone) = ("order placed", "Order failed: timeout after 2s", "GET /a 200", "GET /b 502", "alone");
    reader.check_lines("{}", &[placed, failed, a, b, alone]);
    reader.check_lines(r#"{app="shop"}"#, &[placed, failed]);
    reader.check_lines(r#"{app="SHOP"}"#, &[]);
    reader.check_lines(r#"{app!="shop"}"#, &[a, b, alone]);
    reader.check_lines(r#"{app=""}"#, &[alone]);
    reader.check_lines(r#"{app=~"sh.*|web", level!~"info|warn"}"#, &[failed]);
    reader.check_lines(r#"{app=~"sho"}"#, &[]);
    reader.check_lines(r#"{service_name="orders"}"#, &[failed]);
    reader.check_lines(r#"{detected_level="warn"}"#, &[b]);
    reader.check_lines("{} |= `order`", &[placed]);
    reader.check_lines("{} |= `rder` != `timeou`", &[placed]);
    reader.check_lines("{} |= `out after 2` or `/a`", &[failed, a]);
    reader.check_lines("{} != `rder` or `GET`", &[alone]);
    reader.check_lines("{} |~ `(?i)^order`", &[placed, failed]);
    reader.check_lines("{} !~ `e`", &[a, b].iter().filter(|line| !line.contains('e')).copied().collect::<Vec<_>>());
    reader.check_lines("{} | json | http_status >= 500", &[b]);
    reader.check_lines("{} | logfmt | http_status=200 or order_id=\"71\"", &[placed, a]);
    reader.check_lines("{} | took > 1500ms", &[failed]);
    reader.check_lines("{} | size > 5KB and size < 1MiB", &[b]);
    reader.check_lines("{} | order_total == 19.5", &[placed]);
}

#[test]
fn numbers_over_time_are_right() {
    let mut reader = Reader::open();
    let at = |minute: i64, value: &str| json!([START + 60 * minute, value]);
    // A moment looks back over its window, whose first instant is not in it.
    reader.check_matrix("sum(count_over_time({}[1m]))", &json!([{"metric": {}, "values": [at(1, "2"), at(2, "2"), at(3, "1")]}]));
    reader.check_matrix(
        "sum by (app) (count_over_time({app=~`.+`}[2m]))",
        &json!([
            {"metric": {"app": "shop"}, "values": [at(1, "2"), at(2, "2")]},
            {"metric": {"app": "web"}, "values": [at(2, "2"), at(3, "2")]},
        ]),
    );
    // What Grafana asks for its histogram of lines.
    reader.check_matrix(
        "sum by (level, detected_level) (count_over_time({app=`shop`} | drop __error__ [60s]))",
        &json!([
            {"metric": {"level": "error", "detected_level": "error"}, "values": [at(1, "1")]},
            {"metric": {"level": "info", "detected_level": "info"}, "values": [at(1, "1")]},
        ]),
    );
    reader.check_matrix(
        "rate({took=`2s`}[1m]) * 60",
        &json!([{"metric": {"app": "shop", "level": "error", "service_name": "orders", "took": "2s"}, "values": [at(1, "1")]}]),
    );
    reader.check_matrix(
        "max(sum without (level, size) (bytes_over_time({app=`web`}[1m])))",
        &json!([{"metric": {}, "values": [at(2, "20")]}]),
    );
    reader.check_matrix(
        "count(rate({}[5m])) + 0",
        &json!([{"metric": {}, "values": [
        at(1, "2"), at(2, "4"), at(3, "5"), at(4, "5"), at(5, "5")]}]),
    );
    // What is no label tells series apart where a fold names it.
    reader.check_matrix(
        "max by (http_status) (count_over_time({app=`web`}[5m]))",
        &json!([
            {"metric": {"http_status": "200"}, "values": [at(2, "1"), at(3, "1"), at(4, "1"), at(5, "1")]},
            {"metric": {"http_status": "502"}, "values": [at(2, "1"), at(3, "1"), at(4, "1"), at(5, "1")]},
        ]),
    );
    reader.check_matrix(
        "sum by (http_status) (max without (size, level) (count_over_time({app=`web`}[1m])))",
        &json!([{"metric": {"http_status": "200"}, "values": [at(2, "1")]}, {"metric": {"http_status": "502"}, "values": [at(2, "1")]}]),
    );
    reader.check_matrix(
        "vector(2) ^ 3",
        &json!([{"metric": {}, "values": [
        at(0, "8"), at(1, "8"), at(2, "8"), at(3, "8"), at(4, "8"), at(5, "8")]}]),
    );
    // The most of each step, those beyond a number, and what another one stands in for.
    reader.check_matrix(
        "topk(1, sum by (app) (count_over_time({app=~`.+`}[2m])) * 2 > 3)",
        &json!([
            {"metric": {"app": "shop"}, "values": [at(1, "4"), at(2, "4")]},
            {"metric": {"app": "web"}, "values": [at(3, "4")]},
        ]),
    );
    reader.check_matrix(
        "sum(count_over_time({app=`shop`}[1m])) or vector(0)",
        &json!([{"metric": {}, "values": [at(0, "0"), at(1, "2"), at(2, "0"), at(3, "0"), at(4, "0"), at(5, "0")]}]),
    );
    reader.check_matrix(
        "sum(count_over_time({}[1m] offset 2m)) unless sum(count_over_time({app=`shop`}[1m] offset 2m))",
        &json!([{"metric": {}, "values": [at(4, "2"), at(5, "1")]}]),
    );
    let instant = [("query", "sum by (app) (count_over_time({app!=``}[5m]))"), ("time", "1769861040.5")];
    let answer = reader.ask("query", &instant, &[]).json();
    let result = json!([
        {"metric": {"app": "shop"}, "value": [1_769_861_040.5, "2"]}, {"metric": {"app": "web"}, "value": [1_769_861_040.5, "2"]}]);
    assert_eq!(answer["data"]["result"], result);
}

#[test]
fn lines_that_were_packed_are_unpacked() {
    let mut reader = Reader::open();
    let (packed, words) = (r#"{"pod":"shop-1","_entry":"GET /a took 7ms"}"#, "GET /a took 9ms");
    let at = |n: i64| format!("{}", (START + 200) * 1_000_000_000 + n);
    let values = json!([[at(0), packed], [at(1), words]]);
    let push = json!({"streams": [{"stream": {"job": "packed"}, "values": values}]}).to_string();
    let pushed = reader.client.post("/loki/api/v1/push", &reader.access.write_key, "application/json", push.as_bytes()).unwrap();
    assert_eq!(pushed.status, 204, "{}", pushed.text());
    let mut check = |stages: &str, expected: &[&str]| reader.check_lines(&format!("{{job=`packed`}} {stages}"), expected);
    let within = "GET /a took 7ms";
    check("", &[packed, words]);
    check("| unpack", &[within, words]);
    check("| unpack | __error__=``", &[within]);
    check("| unpack | pod=`shop-1`", &[within]);
    check("| unpack |= `_entry`", &[]);
    check("|= `_entry` | unpack", &[within]);
    check("| unpack |~ `^GET`", &[within, words]);
    check("| unpack | pattern `<_> took <took>` | took<8ms", &[within]);
    let query = "sum(bytes_over_time({job=`packed`} | unpack [5m]))";
    let answer = reader.ask("query", &[("query", query), ("time", "1769861100")], &[]).json();
    assert_eq!(answer["data"]["result"][0]["value"][1], "30", "{answer}");
}

/// Lines as they are pushed: JSON, logfmt, words, and an access line of no known format.
#[test]
fn parsers_read_what_is_no_field() {
    let mut reader = Reader::open();
    let [boom, slow, words, access] = [
        r#"{"level":"ERROR","msg":"boom","ts":"2026-01-31T12:00:00Z","status":502,"user":{"id":7}}"#,
        r#"level=warn ts=1769860800 msg="slow query" status=503 took=12ms"#,
        "disk is full",
        r#"10.0.0.9 | GET /a?b | 304 | 7ms"#,
    ];
    let values: Vec<Value> = [boom, slow, words, access]
        .iter()
        .zip(0..)
        .map(|(line, n): (_, i64)| json!([format!("{}", (START + 200) * 1_000_000_000 + n), line]))
        .collect();
    let push = json!({"streams": [{"stream": {"job": "pushed"}, "values": values}]}).to_string();
    let pushed = reader.client.post("/loki/api/v1/push", &reader.access.write_key, "application/json", push.as_bytes()).unwrap();
    assert_eq!(pushed.status, 204, "{}", pushed.text());
    let mut check = |stages: &str, expected: &[&str]| reader.check_lines(&format!("{{job=`pushed`}} {stages}"), expected);
    check("| json | msg=`boom`", &[boom]);
    check("| logfmt | msg=`slow query`", &[slow]);
    check("| json | msg=~`.+` | ts=`2026-01-31T12:00:00Z`", &[boom]);
    check("| json | level=`ERROR`", &[boom]);
    check("| json | level=`error`", &[boom]);
    check("| level=`ERROR`", &[]);
    check("| msg=`boom`", &[]);
    check("| log_message=`boom`", &[boom]);
    check("| json | __error__=``", &[boom]);
    check("| json | __error__!=``", &[slow, words, access]);
    check("| json | __error__=`JSONParserErr` | status>=500", &[slow]);
    check("| json | status>=500", &[boom, slow]);
    check("| json | status>=500 | __error__=``", &[boom]);
    check("| logfmt | __error__=``", &[boom, slow, words, access]);
    check("| regexp `(?P<verb>GET|PUT) (?P<path>[^ ]+)` | verb=`GET` | path=`/a?b`", &[access]);
    check("| pattern `<ip> | <verb> <path> | <code> | <took>` | code>=300 | took<10ms", &[access]);
    check("| took>10ms", &[slow]);
    check("| verb=`GET` | regexp `(?P<verb>GET)`", &[]);
    let query = "sum by (code, msg) (count_over_time({job=`pushed`} | json | pattern `<_> | <_> | <code> | <_>` [5m]))";
    let answer = reader.ask("query", &[("query", query), ("time", "1769861100")], &[]).json();
    let at = |labels: Value, count: &str| json!({"metric": labels, "value": [START + 300, count]});
    let result = json!([at(json!({}), "2"), at(json!({"code": "304"}), "1"), at(json!({"msg": "boom"}), "1")]);
    let mut found = answer["data"]["result"].as_array().unwrap().clone();
    found.sort_by_key(|one| one["metric"].to_string());
    let mut expected = result.as_array().unwrap().clone();
    expected.sort_by_key(|one| one["metric"].to_string());
    assert_eq!(found, expected, "{answer}");
    let (start, end) = (START.to_string(), (START + 300).to_string());
    let shown = |reader: &mut Reader, query: &str| {
        let params = [("query", query), ("start", start.as_str()), ("end", &end)];
        let flags = [("X-Loki-Response-Encoding-Flags", "categorize-labels")];
        reader.ask("query_range", &params, &flags).json()["data"]["result"][0]["values"][0][2].clone()
    };
    let parsed = shown(&mut reader, "{job=`pushed`} |= `304` | json | pattern `<_> | <verb> <_>`");
    assert_eq!(parsed, json!({"parsed": {"verb": "GET", "__error__": "JSONParserErr"}}));
    let dropped = shown(&mut reader, "{job=`pushed`} |= `304` | json | drop __error__");
    assert_eq!(dropped, json!({}));
}

#[test]
fn what_is_not_done_is_refused_by_name_and_place() {
    let mut reader = Reader::open();
    let mut refused = |query: &str, code: &str, message: &str| {
        reader.check_refused("query_range", &[("query", query)], code, message);
    };
    let at = |column: usize, rest: &str| format!("parse error at line 1, col {column}: {rest}");
    let unsupported = |column: usize, name: &str| at(column, &format!("`{name}` is not supported"));
    refused("{} | distinct a", "logql_unsupported", &unsupported(6, "distinct"));
    let template = at(24, "`if` is not supported in a template");
    refused("{} | line_format `{{ if .a }}`", "logql_unsupported", &template.replace("24", "22"));
    refused("rate_counter({} | unwrap a [1m])", "logql_unsupported", &unsupported(1, "rate_counter"));
    refused("sum_over_time({}[1m])", "logql_invalid", &at(14, "this function needs an `unwrap`"));
    refused("{app=", "logql_invalid", &at(6, "syntax error: unexpected end of query, expecting a text in quotes"));
    refused("{app=~`(`}", "bad_regex", &at(8, "bad regular expression: unclosed group"));
    let invalid = |reader: &mut Reader, params: &[(&str, &str)], code: &str, message: &str| {
        reader.check_refused("query_range", &[&[("query", "{}")], params].concat(), code, message);
    };
    invalid(&mut reader, &[("limit", "5001")], "limit_invalid", "`limit` is a number from 1 to 5000");
    invalid(&mut reader, &[("direction", "up")], "direction_invalid", "`direction` is forward or backward");
    invalid(&mut reader, &[("interval", "5s")], "parameter_unsupported", "`interval` is not supported");
    let backwards = "end timestamp must not be before or equal to start time";
    invalid(&mut reader, &[("start", "2"), ("end", "1")], "time_range_invalid", backwards);
    let fine = [("query", "rate({}[1m])"), ("start", "1"), ("end", "20000"), ("step", "1")];
    let resolution = "exceeded maximum resolution of 11000 points per time series; try a greater step";
    reader.check_refused("query_range", &fine, "too_many_steps", resolution);
    let instant = "log queries are not supported as an instant query type, please change your query to a range query type";
    reader.check_refused("query", &[("query", "{}")], "logql_unsupported", instant);
    let many: String = (0..501).map(|i| format!("{{\"timestamp\":\"2026-01-31T12:00:00Z\",\"n\":{i}}}\n")).collect();
    reader.access.send(&mut reader.house.client(&reader.access), &many);
    let series = [("query", "sum by (n) (rate({}[5m]))"), ("time", "1769860810")];
    let too_many = "there are more than 500 series; group by fewer labels, or select less";
    reader.check_refused("query", &series, "too_many_series", too_many);
}

/// What a tail of the query is told next.
#[track_caller]
fn next_streams(texts: &mut Texts) -> Value {
    let text = texts.next().expect("another message");
    let message: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(message["dropped_entries"], json!([]));
    message["streams"].clone()
}

#[test]
fn a_tail_goes_on_until_its_key_is_revoked() {
    let mut reader = Reader::open();
    let query = escaped(r#"{app="shop"} |= `placed`"#);
    let path = format!("/loki/api/v1/tail?query={query}&start={START}");
    let key = reader.house.run(&["admin", "create-key", "--kind", "read", "--tenant", "acme", "--source", "first"]);
    let authorization = format!("Bearer {}", key["key"].as_str().unwrap());
    let (response, mut texts) = reader.client.upgrade(&path, &[("Authorization", &authorization)]).unwrap();
    assert_eq!((response.status, response.header("sec-websocket-accept")), (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    let before = json!([{"stream": {"app": "shop", "level": "info", "order_id": "71", "order_total": "19.5"},
        "values": [["1769860800000000007", "order placed"]]}]);
    assert_eq!(next_streams(&mut texts), before);
    let line = r#"{"timestamp":"2026-01-31T12:03:00Z","message":"another placed","app":"shop"}"#;
    reader.access.send(&mut reader.client, &format!("{line}\n{}", RECORDS.lines().last().unwrap()));
    let after = json!([{"stream": {"app": "shop"}, "values": [["1769860980000000000", "another placed"]]}]);
    assert_eq!(next_streams(&mut texts), after);
    reader.house.run(&["admin", "revoke-key", "--tenant", "acme", "--source", "first", key["id"].as_str().unwrap()]);
    assert_eq!(texts.next().as_deref(), Some("key_revoked"));
    assert_eq!(texts.next(), None);
    let (refused, _) = reader.client.upgrade(&path, &[("Authorization", &authorization)]).unwrap();
    assert_eq!((refused.status, refused.header("blockhouse-code")), (401, Some("key_revoked")));
    reader.check_refused("tail", &[("query", "{}")], "upgrade_required", "Connection header did not include 'upgrade'");
}

/// A browser sends along what it remembers for a server, whichever page opens the socket.
#[test]
fn a_tail_is_no_pages() {
    let (house, link) = House::open_empty();
    let founded = Founded::by(&house, &link, "ada@example.com");
    let client = house.client(&founded.access);
    let refused = |headers: &[(&str, &str)]| {
        let (response, _) = client.upgrade("/loki/api/v1/tail?query=%7B%7D", headers).unwrap();
        (response.status, response.header("blockhouse-code").map(str::to_owned))
    };
    let cookie = format!("{SESSION_COOKIE}={}", founded.owner.token);
    let read_key = format!("Bearer {}", founded.access.read_key);
    let session = format!("Bearer {}", founded.owner.token);
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(refused(&[("Cookie", &cookie)]), (401, code("key_missing")));
    assert_eq!(refused(&[("Authorization", &session)]), (404, code("key_wrong_source")));
    let own = format!("https://localhost:{}", house.address().port());
    for origin in [own.as_str(), "https://other.example", "null"] {
        assert_eq!(refused(&[("Cookie", &cookie), ("Origin", origin)]), (403, code("cross_site")));
        assert_eq!(refused(&[("Authorization", &read_key), ("Origin", origin)]), (403, code("cross_site")));
    }
    assert_eq!(refused(&[("Authorization", &read_key)]), (101, None));
}

//! What dashboards ask beyond lines and counts: lines and labels that are written anew, numbers out of labels, series that
//! meet by some labels, and what there is to choose from.

use serde_json::{Value, json};

use super::{Reader, START};

// === impl Reader ===

impl Reader {
    /// Each series of a metric at the end of the records' minutes: its labels and its value.
    #[track_caller]
    fn check_vector(&mut self, query: &str, expected: &[(Value, &str)]) {
        let data = self.data("query", &[("query", query), ("time", &(START + 300).to_string())]);
        assert_eq!(data["resultType"], "vector", "{query}");
        let found = data["result"].as_array().unwrap().iter();
        let found: Vec<(Value, &str)> = found.map(|one| (one["metric"].clone(), one["value"][1].as_str().unwrap())).collect();
        assert_eq!(found, expected, "{query}");
    }

    #[track_caller]
    fn plain(&mut self, path: &str, params: &[(&str, &str)]) -> Value {
        let (start, end) = (START.to_string(), (START + 300).to_string());
        let response = self.ask(path, &[params, &[("start", start.as_str()), ("end", &end)]].concat(), &[]);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }
}

#[test]
fn lines_and_labels_are_written_anew() {
    let mut reader = Reader::open();
    let line = r#"{app="web"} | line_format "{{.http_status}} {{.app | upper}}: {{ __line__ | trunc 3 }}""#;
    reader.check_lines(line, &["200 WEB: GET", "502 WEB: GET"]);
    reader.check_lines(r#"{app="shop"} | line_format "{{.took}}" |= "2s""#, &["2s"]);
    reader.check_lines(r#"{app="web"} | label_format code=http_status | code > 300"#, &["GET /b 502"]);
    reader.check_lines(r#"{app="web"} | label_format code=http_status | http_status > 300"#, &[]);
    reader.check_lines(r#"{} | json s="http.status" | s="502""#, &["GET /b 502"]);
    reader.check_lines(r#"{} | line_format "a=7 b={{.app}}" | logfmt | a=7 | b="shop""#, &["a=7 b=shop", "a=7 b=shop"]);
    reader.check_lines(r#"{} | drop app="web" | app="web""#, &[]);
    reader.check_lines(r#"{} | decolorize | keep app | size="" | app="web""#, &["GET /a 200", "GET /b 502"]);
    let data = reader.data("query_range", &[("query", r#"{took="2s"} | keep app, level | label_format who="{{.app}}!""#)]);
    assert_eq!(data["result"][0]["stream"], json!({"app": "shop", "level": "error", "who": "shop!"}));
    reader.check_vector(
        r#"sum by (who) (count_over_time({} | label_format who="<{{.app}}>" [5m]))"#,
        &[(json!({"who": "<>"}), "1"), (json!({"who": "<shop>"}), "2"), (json!({"who": "<web>"}), "2")],
    );
    reader.check_vector(r#"sum(bytes_over_time({} | line_format "{{.app}}" [5m]))"#, &[(json!({}), "14")]);
    // Labels that stages make tell series apart, and those that are dropped and there again.
    let made = r#"count_over_time({app!=""} | label_format who=app | keep who [5m])"#;
    reader.check_vector(made, &[(json!({"who": "shop"}), "2"), (json!({"who": "web"}), "2")]);
    let again = r#"sum by (app) (count_over_time({app="web"} | drop app | line_format "app=b" | logfmt [5m]))"#;
    reader.check_vector(again, &[(json!({"app": "b"}), "2")]);
}

#[test]
fn labels_become_numbers() {
    let mut reader = Reader::open();
    let web = || json!({"app": "web"});
    reader.check_vector("sum by (app) (sum_over_time({} | unwrap bytes(size) [5m]))", &[(web(), "17000")]);
    reader.check_vector("avg_over_time({} | unwrap duration(took) [5m]) by (app)", &[(json!({"app": "shop"}), "2")]);
    let of = |function: &str, rest: &str| format!("{function}{rest}{{}} | unwrap http_status [5m]) by (app)");
    for (function, value) in [
        ("min_over_time(", "200"),
        ("max_over_time(", "502"),
        ("first_over_time(", "200"),
        ("last_over_time(", "502"),
        ("stddev_over_time(", "151"),
        ("stdvar_over_time(", "22801"),
        ("quantile_over_time(0.5, ", "351"),
    ] {
        reader.check_vector(&of(function, ""), &[(web(), value)]);
    }
    reader.check_vector("sum(rate({} | unwrap http_status [5m]))", &[(json!({}), "2.34")]);
    // What is no number of its unit has no part in it, nor has a label that became one.
    reader.check_vector(r#"sum_over_time({} | unwrap size [5m])"#, &[]);
    let series = [(json!({"app": "web", "level": "info"}), "5000"), (json!({"app": "web", "level": "warn"}), "12000")];
    reader.check_vector(r#"max_over_time({} | unwrap bytes(size) | __error__="" [5m])"#, &series);
    reader.check_vector(r#"absent_over_time({app="none", level=~".+"}[5m])"#, &[(json!({"app": "none"}), "1")]);
    reader.check_vector(r#"absent_over_time({app="web"}[5m])"#, &[]);
    let steps: Vec<Value> = (2..6).map(|step| json!([START + 60 * step, "702"])).collect();
    reader.check_matrix("sum(sum_over_time({} | unwrap http_status [5m]))", &json!([{"metric": {}, "values": steps}]));
}

#[test]
fn series_meet_by_the_labels_that_are_said() {
    let mut reader = Reader::open();
    let by = |names: &str| format!("sum by ({names}) (count_over_time({{app!=\"\"}}[5m]))");
    let both = |name: &str| {
        [(json!({"app": "shop"}), "0.5"), (json!({"app": "web"}), "0.5")]
            .map(|(labels, value)| (if name.is_empty() { labels } else { json!({"app": labels["app"], "level": name}) }, value))
    };
    let info = r#"sum by (app, level) (count_over_time({level="info"}[5m]))"#;
    reader.check_vector(&format!("{info} / on (app) {}", by("app")), &both(""));
    reader.check_vector(&format!("{info} / ignoring (level) {}", by("app")), &both(""));
    reader.check_vector(&format!("{info} / on (app) group_left {}", by("app")), &both("info"));
    let several = "multiple matches for labels: many-to-one matching must be explicit (group_left or group_right), and its labels \
                   unique";
    let query = format!("{} / on (app) {}", by("app, level"), by("app"));
    reader.check_refused("query", &[("query", &query), ("time", &(START + 300).to_string())], "logql_invalid", several);
    reader.check_vector(
        r#"sort(sum by (app) (bytes_over_time({app!=""}[5m])))"#,
        &[(json!({"app": "web"}), "20"), (json!({"app": "shop"}), "42")],
    );
    reader.check_vector(
        r#"sort_desc(label_replace(sum by (app) (bytes_over_time({app!=""}[5m])), "kind", "$1-x", "app", "(s|w).*"))"#,
        &[(json!({"app": "shop", "kind": "s-x"}), "42"), (json!({"app": "web", "kind": "w-x"}), "20")],
    );
    reader.check_vector(r#"stddev(sum by (app) (bytes_over_time({app!=""}[5m])))"#, &[(json!({}), "11")]);
}

#[test]
fn what_there_is_to_choose_from_is_told() {
    let mut reader = Reader::open();
    let label = |name: &str, cardinality: usize| json!({"label": name, "cardinality": cardinality});
    let labels =
        [("app", 2), ("level", 3), ("service_name", 1), ("size", 2), ("took", 1)].map(|(name, count)| label(name, count));
    assert_eq!(reader.plain("detected_labels", &[]), json!({"detectedLabels": labels}));
    let shop = [("app", 1), ("level", 2), ("service_name", 1), ("took", 1)].map(|(name, count)| label(name, count));
    assert_eq!(reader.plain("detected_labels", &[("query", r#"{app="shop"}"#)]), json!({"detectedLabels": shop}));
    let field = |name: &str, kind: &str, cardinality: usize| json!({"label": name, "type": kind, "cardinality": cardinality, "parsers": null});
    let fields = [field("http_status", "int", 2), field("order_id", "int", 1), field("order_total", "float", 1)];
    assert_eq!(reader.plain("detected_fields", &[]), json!({"fields": fields, "limit": 1000}));
    let first = json!({"fields": [field("http_status", "int", 2)], "limit": 1});
    assert_eq!(reader.plain("detected_fields", &[("query", r#"{app="web"}"#), ("limit", "1")]), first);
    let values = json!({"values": ["200", "502"], "limit": 1000});
    assert_eq!(reader.plain("detected_field/http_status/values", &[("query", "{}")]), values);
    assert_eq!(reader.plain("detected_field/none/values", &[]), json!({"values": [], "limit": 1000}));

    let formatted = reader.plain("format_query", &[("query", "sum by(app)(rate({app=`a`}|json[1m]))")]);
    assert_eq!(formatted, json!({"status": "success", "data": r#"sum by (app) (rate({app="a"} | json [1m]))"#}));
    reader.check_refused(
        "format_query",
        &[("query", "{app=")],
        "logql_invalid",
        "parse error at line 1, col 6: syntax error: unexpected end of query, expecting a text in quotes",
    );
    let patterns = reader.ask("patterns", &[("query", "{}")], &[]);
    let none = json!({"code": 404, "status": "error", "message": "patterns of lines are not gathered here"});
    assert_eq!((patterns.status, patterns.json()), (404, none));

    let volume = reader.data("index/volume_range", &[("query", "{}"), ("targetLabels", "app"), ("step", "60")]);
    let series = |labels: Value, step: i64, bytes: &str| json!({"metric": labels, "values": [[START + 60 * step, bytes]]});
    let result =
        json!([series(json!({"app": "shop"}), 1, "42"), series(json!({"app": "web"}), 2, "20"), series(json!({}), 3, "5")]);
    assert_eq!((&volume["resultType"], &volume["result"]), (&json!("matrix"), &result));
    // What is at the start is in, and of a range that is shorter than a step all of it is one; nothing beyond either end is.
    let mut short = |from: &str, to: &str| {
        let params = [("query", "{}"), ("targetLabels", "app"), ("step", "3600"), ("start", from), ("end", to)];
        reader.ask("index/volume_range", &params, &[]).json()["data"]["result"].clone()
    };
    let (first, web) = (format!("{START}000000007"), (START + 60).to_string());
    assert_eq!(short(&first, &web), json!([series(json!({"app": "shop"}), 1, "42")]));
}

#[test]
fn what_a_question_makes_is_bounded() {
    let mut reader = Reader::open();
    let parsers = format!("{{}} {}", "| json ".repeat(33));
    let told = "parse error at line 1, col 230: a query has at most 32 stages that parse or rewrite";
    reader.check_refused("query_range", &[("query", &parsers)], "query_too_long", told);
    let time = (START + 300).to_string();
    let doubled = |of: String| format!("label_replace({of}, \"app\", \"{}\", \"app\", \"(.*)\")", "$1".repeat(300));
    let counted = "sum by (app) (count_over_time({app!=\"\"}[5m]))".to_owned();
    let told = "the labels of the series are longer than 16777216 bytes together; select less";
    let query = doubled(doubled(doubled(counted)));
    reader.check_refused("query", &[("query", &query), ("time", &time)], "too_many_series", told);
    // Lines that stages make longer are no more in an answer than others.
    let word = "w".repeat(500_000);
    let record = |at: usize| format!("{{\"timestamp\":\"2026-01-31T13:00:{at:02}Z\",\"message\":\"{word}\"}}");
    let records: Vec<String> = (0..20).map(record).collect();
    reader.access.send(&mut reader.client, &records.join("\n"));
    let (start, end) = ((START + 3_600).to_string(), (START + 3_660).to_string());
    let query = "{} | line_format \"{{__line__}}{{__line__}}\"";
    let answer = reader.ask("query_range", &[("query", query), ("start", &start), ("end", &end)], &[]).json();
    assert_eq!(answer["data"]["result"][0]["values"].as_array().unwrap().len(), 16);
    assert_eq!(answer["warnings"], json!(["the lines are cut at 16777216 bytes; ask for less time"]));
}

//! Grafana's stock data source for Elasticsearch, and Elasticsearch's own clients, need another address and a read key:
//! what they search, count and group is answered in Elasticsearch's form, and what is not done is refused by name.

mod grafana;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::house::{Access, House};
use crate::otlp_is_stored_over_http_and_grpc::gzip;

/// 2026-01-31T12:00:00Z
const START: i64 = 1_769_860_800_000;
const MINUTE: i64 = 60_000;

/// Five records of a shop and a web server; one of them with little.
const RECORDS: &str = r#"{"@timestamp":"2026-01-31T12:00:00.000000007Z","level":"info","message":"order placed","app":"shop","order":{"id":71,"total":19.5},"tags":["a","b"]}
{"@timestamp":"2026-01-31T12:00:30Z","level":"error","message":"Order failed: timeout after 2s","app":"shop","took":2000,"tags":["b"]}
{"@timestamp":"2026-01-31T12:01:10Z","level":"info","message":"GET /a 200","app":"web","http":{"status":200},"took":10,"cached":true}
{"@timestamp":"2026-01-31T12:01:50Z","level":"warn","message":"GET /b 502","app":"web","http":{"status":502},"took":30}
{"@timestamp":"2026-01-31T12:03:30Z","message":"alone"}"#;

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

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        let authorization = format!("ApiKey {}", self.access.read_key);
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/x-ndjson")];
        let response = self.client.send(&Request { method, path, headers: &headers, body: body.as_bytes() }).unwrap();
        assert_eq!(response.header("x-elastic-product"), Some("Elasticsearch"), "{path}");
        response
    }

    #[track_caller]
    fn search(&mut self, body: &Value) -> Value {
        let response = self.ask("POST", "/logs-*/_search", &body.to_string());
        assert_eq!(response.status, 200, "{body}: {}", response.text());
        let answer = response.json();
        assert_eq!(answer["_shards"], json!({"total": 1, "successful": 1, "skipped": 0, "failed": 0}));
        assert_eq!((&answer["timed_out"], answer["took"].is_u64()), (&json!(false), true));
        answer
    }

    /// The messages that a query in Lucene's language finds, the oldest first.
    #[track_caller]
    fn check_lines(&mut self, query: &str, expected: &[&str]) {
        let body = json!({"query": {"query_string": {"query": query}}, "sort": ["@timestamp:asc"], "size": 100});
        let answer = self.search(&body);
        let hits = answer["hits"]["hits"].as_array().unwrap();
        let lines: Vec<&str> = hits.iter().map(|hit| hit["_source"]["message"].as_str().unwrap()).collect();
        assert_eq!(lines, expected, "{query}");
        assert_eq!(answer["hits"]["total"], json!({"value": expected.len(), "relation": "eq"}), "{query}");
    }

    #[track_caller]
    fn check_aggregations(&mut self, aggregations: &Value, expected: &Value) {
        let answer = self.search(&json!({"size": 0, "aggs": aggregations}));
        assert_eq!(&answer["aggregations"], expected, "{aggregations}");
        assert_eq!(answer["hits"], json!({"total": {"value": 5, "relation": "eq"}, "max_score": null, "hits": []}));
    }

    #[track_caller]
    fn check_refused(&mut self, body: &str, kind: &str, cause: &str, code: &str) {
        let response = self.ask("POST", "/_search", body);
        let (status, error) = (response.status, &response.json()["error"]);
        assert_eq!((status, response.header("blockhouse-code")), (400, Some(code)), "{body}: {error}");
        assert_eq!(error["type"], kind, "{body}: {error}");
        assert_eq!(error["root_cause"][0]["reason"], cause, "{body}");
    }
}

fn at(minute: i64) -> i64 {
    START + minute * MINUTE
}

#[test]
fn a_data_source_is_saved_and_tested() {
    let mut reader = Reader::open();
    let about = reader.ask("GET", "/", "").json();
    assert!(about["version"]["number"].as_str().unwrap().starts_with("8."));
    assert_eq!(about["version"]["build_flavor"], "default");
    let health = reader.ask("GET", "/_cluster/health?wait_for_status=yellow", "").json();
    assert_eq!(health["status"], "green");
    let mapping = reader.ask("GET", "/logs-*/_mapping", "").json();
    let keyword = json!({"type": "keyword", "normalizer": "lowercase"});
    let long = json!({"type": "long"});
    let properties = json!({
        "@timestamp": {"type": "date"}, "level": keyword, "message": {"type": "text"}, "app": keyword, "tags": keyword,
        "order": {"properties": {"id": long, "total": {"type": "double"}}}, "took": long,
        "http": {"properties": {"status": long}}, "cached": {"type": "boolean"},
    });
    assert_eq!(mapping, json!({"logs": {"mappings": {"properties": properties}}}));
    let described = reader.ask("GET", "/logs-*", "").json();
    assert_eq!(described["logs"]["mappings"], mapping["logs"]["mappings"]);
    assert_eq!(
        (&described["logs"]["aliases"], &described["logs"]["settings"]["index"]["number_of_shards"]),
        (&json!({}), &json!("1"))
    );
    let able = reader.ask("GET", "/logs-*/_field_caps?fields=@timestamp,http.*", "").json();
    let able_of = |kind: &str| json!({kind: {"type": kind, "metadata_field": false, "searchable": true, "aggregatable": true}});
    let fields = json!({"@timestamp": able_of("date"), "http.status": able_of("long")});
    assert_eq!(able, json!({"indices": ["logs"], "fields": fields}));
    let posted = reader.ask("POST", "/_field_caps", r#"{"fields":["@timestamp","http.*"]}"#).json();
    assert_eq!(posted, able);
    let names = vec!["a*b"; 1_001].join(",");
    let refused = reader.ask("POST", "/_field_caps", &json!({"fields": [names]}).to_string());
    assert_eq!((refused.status, refused.header("blockhouse-code")), (400, Some("search_invalid")), "{}", refused.text());
}

#[test]
fn records_are_given_with_where_to_go_on() {
    let mut reader = Reader::open();
    let query = json!({"bool": {"filter": [
        {"range": {"@timestamp": {"gte": START, "lte": at(5), "format": "epoch_millis"}}},
        {"query_string": {"analyze_wildcard": true, "query": "app:shop AND order"}},
    ]}});
    let sort = json!({"@timestamp": {"order": "desc", "unmapped_type": "boolean"}, "_doc": {"order": "desc"}});
    let mut body = json!({
        "size": 1, "query": query, "sort": sort, "docvalue_fields": ["@timestamp"], "script_fields": {},
        "highlight": {"fields": {"*": {}}, "pre_tags": ["@HIGHLIGHT@"], "post_tags": ["@/HIGHLIGHT@"], "fragment_size": 2_147_483_647},
    });
    let first = reader.search(&body)["hits"].clone();
    let hit = &first["hits"][0];
    assert_eq!((&first["total"], &first["max_score"]), (&json!({"value": 2, "relation": "eq"}), &Value::Null));
    let source = json!({"@timestamp": "2026-01-31T12:00:30Z", "level": "error", "message": "Order failed: timeout after 2s",
        "app": "shop", "took": 2000, "tags": ["b"]});
    assert_eq!((&hit["_index"], &hit["_score"], &hit["_source"]), (&json!("logs"), &Value::Null, &source));
    assert_eq!(hit["fields"], json!({"@timestamp": ["2026-01-31T12:00:30Z"]}));
    assert_eq!(hit["highlight"], json!({"message": ["@HIGHLIGHT@Order@/HIGHLIGHT@ failed: timeout after 2s"]}));
    assert_eq!(hit["sort"], json!([START + 30_000, hit["_id"]]));
    body["search_after"] = hit["sort"].clone();
    let second = reader.search(&body)["hits"]["hits"].clone();
    let source = json!({"@timestamp": "2026-01-31T12:00:00.000000007Z", "level": "info", "message": "order placed",
        "app": "shop", "order": {"id": 71, "total": 19.5}, "tags": ["a", "b"]});
    assert_eq!(second[0]["_source"], source);
    body["search_after"] = second[0]["sort"].clone();
    assert_eq!(reader.search(&body)["hits"]["hits"], json!([]));
    let from = reader.search(&json!({"from": 3, "_source": false, "track_total_hits": false}))["hits"]["hits"].clone();
    let ids: Vec<bool> =
        from.as_array().unwrap().iter().map(|hit| hit["_id"].is_string() && hit.get("_source").is_none()).collect();
    assert_eq!(ids, [true, true]);
}

#[test]
fn lucenes_language_finds_what_it_finds_there() {
    let mut reader = Reader::open();
    let (placed, failed, a, b, alone) = ("order placed", "Order failed: timeout after 2s", "GET /a 200", "GET /b 502", "alone");
    reader.check_lines("*", &[placed, failed, a, b, alone]);
    reader.check_lines("order", &[placed, failed]);
    reader.check_lines("placed alone", &[placed, alone]);
    reader.check_lines("+order placed", &[placed, failed]);
    reader.check_lines("order -placed", &[failed]);
    reader.check_lines("\"timeout after\"", &[failed]);
    reader.check_lines("tim*", &[failed]);
    reader.check_lines("app:SHOP", &[placed, failed]);
    reader.check_lines("NOT app:shop", &[a, b, alone]);
    reader.check_lines("_exists_:took AND took:<=30", &[a, b]);
    reader.check_lines("http.status:[500 TO *]", &[b]);
    reader.check_lines("level:(warn OR error)", &[failed, b]);
    reader.check_lines("tags:b", &[placed, failed]);
    reader.check_lines("@timestamp:>=1769860870000", &[a, b, alone]);
    reader.check_lines("@timestamp:[2026-01-31T12:01 TO 2026-01-31T12:01]", &[a, b]);
    reader.check_lines("\\*", &[]);
}

#[test]
fn buckets_and_numbers_are_right() {
    let mut reader = Reader::open();
    let times = |least: i64| {
        json!({"date_histogram": {"field": "@timestamp", "fixed_interval": "60000ms", "min_doc_count": least,
        "extended_bounds": {"min": START, "max": at(4)}, "format": "epoch_millis"}})
    };
    let bucket =
        |minute: i64, count: u64| json!({"key": at(minute), "key_as_string": at(minute).to_string(), "doc_count": count});
    let filled = [bucket(0, 2), bucket(1, 2), bucket(2, 0), bucket(3, 1), bucket(4, 0)];
    reader.check_aggregations(&json!({"2": times(0)}), &json!({"2": {"buckets": filled}}));
    let there = [bucket(0, 2), bucket(1, 2), bucket(3, 1)];
    reader.check_aggregations(&json!({"2": times(1)}), &json!({"2": {"buckets": there}}));

    let terms = json!({"field": "app", "size": 2, "order": {"1": "desc"}, "missing": "none"});
    let metrics =
        json!({"1": {"avg": {"field": "took"}}, "m": {"max": {"field": "took"}}, "n": {"value_count": {"field": "took"}}});
    let expected = [
        json!({"key": "shop", "doc_count": 2, "1": {"value": 2000.0}, "m": {"value": 2000.0}, "n": {"value": 1}}),
        json!({"key": "web", "doc_count": 2, "1": {"value": 20.0}, "m": {"value": 30.0}, "n": {"value": 2}}),
    ];
    reader.check_aggregations(
        &json!({"3": {"terms": terms, "aggs": metrics}}),
        &json!({"3": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 1, "buckets": expected}}),
    );
    let tags = json!({"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
        {"key": "b", "doc_count": 2}, {"key": "a", "doc_count": 1}]});
    reader.check_aggregations(&json!({"t": {"terms": {"field": "tags"}}}), &json!({"t": tags}));
    let flags = json!({"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
        {"key": 1, "key_as_string": "true", "doc_count": 1}]});
    reader.check_aggregations(&json!({"t": {"terms": {"field": "cached"}}}), &json!({"t": flags}));
    // As Grafana draws counts by level over time.
    let levels =
        json!({"terms": {"field": "level", "size": 500, "min_doc_count": 0, "order": {"_key": "asc"}}, "aggs": {"3": times(1)}});
    let of = |level: &str, buckets: &[Value]| json!({"key": level, "doc_count": buckets.len(), "3": {"buckets": buckets}});
    let expected = [of("error", &[bucket(0, 1)]), of("info", &[bucket(0, 1), bucket(1, 1)]), of("warn", &[bucket(1, 1)])];
    reader.check_aggregations(
        &json!({"2": levels}),
        &json!({"2": {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": expected}}),
    );
    reader.check_aggregations(
        &json!({
            "c": {"cardinality": {"field": "app"}}, "s": {"stats": {"field": "took"}}, "n": {"min": {"field": "absent"}},
            "p": {"percentiles": {"field": "took", "percents": [0, 50, 75]}}, "u": {"sum": {"field": "order.total"}},
        }),
        &json!({
            "c": {"value": 2}, "s": {"count": 3, "min": 10.0, "max": 2000.0, "avg": 680.0, "sum": 2040.0}, "n": {"value": null},
            "p": {"values": {"0.0": 10.0, "50.0": 30.0, "75.0": 1015.0}}, "u": {"value": 19.5},
        }),
    );
}

#[test]
fn several_searches_are_answered_each_by_itself() {
    let mut reader = Reader::open();
    let head = r#"{"ignore_unavailable":true,"index":"logs-*","search_type":"query_then_fetch"}"#;
    let body = format!(
        "{head}\n{{\"size\":0}}\n{{}}\n{{\"query\":{{\"query_string\":{{\"query\":\"a~\"}}}}}}\n{head}\n{{\"size\":1,\"query\":{{\"match\":{{\"message\":\"alone\"}}}}}}\n"
    );
    let response = reader.ask("POST", "/_msearch?max_concurrent_shard_requests=5", &body);
    assert_eq!(response.status, 200, "{}", response.text());
    let answer = response.json();
    let responses = answer["responses"].as_array().unwrap();
    let statuses: Vec<&Value> = responses.iter().map(|response| &response["status"]).collect();
    assert_eq!(statuses, [200, 400, 200]);
    assert_eq!(responses[0]["hits"]["total"]["value"], 5);
    let error = &responses[1]["error"];
    assert_eq!((&error["type"], &error["reason"]), (&json!("search_phase_execution_exception"), &json!("all shards failed")));
    assert_eq!(
        error["root_cause"][0]["reason"],
        "Failed to parse query [a~]: fuzzy terms and distances are not supported at byte 1"
    );
    assert_eq!(responses[2]["hits"]["hits"][0]["_source"]["message"], "alone");
    let odd = reader.ask("POST", "/_msearch", "{}\n");
    assert_eq!((odd.status, odd.header("blockhouse-code")), (400, Some("search_unsupported")));
    let foreign = reader.ask("POST", "/_msearch", "{\"ccs\":1}\n{}\n");
    assert_eq!(foreign.json()["error"]["reason"], "key [ccs] is not supported in the metadata section");
    let many = reader.ask("POST", "/_msearch", &"{}\n{}\n".repeat(33));
    assert_eq!(many.json()["error"]["reason"], "at most 32 searches in one request");
}

#[test]
fn matches_are_counted() {
    let mut reader = Reader::open();
    let mut count = |method: &str, path: &str, body: &str| {
        let response = reader.ask(method, path, body);
        (response.status, response.json())
    };
    let shards = json!({"total": 1, "successful": 1, "skipped": 0, "failed": 0});
    assert_eq!(count("GET", "/_count", ""), (200, json!({"count": 5, "_shards": shards})));
    for (query, expected) in [
        (json!({"query_string": {"query": "app:shop"}}), 2),
        (json!({"term": {"level": "info"}}), 2),
        (json!({"range": {"@timestamp": {"gte": "2026-01-31T12:01:00Z"}}}), 3),
        (json!({"match_none": {}}), 0),
    ] {
        let (status, answer) = count("POST", "/logs-*/_count", &json!({ "query": query }).to_string());
        assert_eq!((status, &answer["count"]), (200, &json!(expected)), "{query}: {answer}");
    }
    let (status, answer) = count("POST", "/_count", r#"{"size":1}"#);
    assert_eq!((status, &answer["error"]["reason"]), (400, &json!("[size] in [count] is not supported")));
    let (status, answer) = count("GET", "/_count?q=a", "");
    assert_eq!((status, &answer["code"]), (400, &json!("search_unsupported")));
}

#[test]
fn what_is_not_done_is_refused_by_name() {
    let mut reader = Reader::open();
    let parsing = "parsing_exception";
    let unsupported = "search_unsupported";
    reader.check_refused("{", parsing, "the body is no JSON: EOF while parsing an object at line 1 column 1", "search_invalid");
    reader.check_refused(r#"{"suggest":{}}"#, parsing, "[suggest] in [search] is not supported", unsupported);
    reader.check_refused(r#"{"query":{"regexp":{"a":"b"}}}"#, parsing, "the query [regexp] is not supported", unsupported);
    let phase = "search_phase_execution_exception";
    let lucene = r#"{"query":{"query_string":{"query":"/a/"}}}"#;
    reader.check_refused(
        lucene,
        phase,
        "Failed to parse query [/a/]: regular expressions are not supported at byte 0",
        "lucene_unsupported",
    );
    let fine = r#"{"aggs":{"1":{"date_histogram":{"field":"@timestamp","fixed_interval":"1ms"}}}}"#;
    reader.check_refused(
        fine,
        "too_many_buckets_exception",
        "more than 65536 buckets; ask for longer intervals, or select less",
        "too_many_buckets",
    );
    let parameter = reader.ask("POST", "/_search?q=a", "");
    assert_eq!((parameter.status, parameter.header("blockhouse-code")), (400, Some(unsupported)));
    assert_eq!(parameter.json()["error"]["reason"], "request [/_search] contains unrecognized parameter: [q]");
    let large = reader.ask("POST", "/_search", &format!("{{\"size\":{}1}}", " ".repeat(1 << 20)));
    assert_eq!((large.status, large.header("blockhouse-code")), (413, Some("body_too_large")));
}

#[test]
fn a_key_must_read_and_its_source_is_the_one_that_is_read() {
    let mut reader = Reader::open();
    let other = reader.house.bootstrap("Globex", "first");
    let authorization = format!("ApiKey {}", other.read_key);
    let ask = |client: &mut Client, authorization: &str| {
        let headers = [("Authorization", authorization), ("Content-Type", "application/json")];
        client.send(&Request { method: "POST", path: "/logs/_search", headers: &headers, body: b"{}" }).unwrap()
    };
    assert_eq!(ask(&mut reader.client, &authorization).json()["hits"]["total"]["value"], 0);
    let bearer = format!("Bearer {}", reader.access.read_key);
    assert_eq!(ask(&mut reader.client, &bearer).json()["hits"]["total"]["value"], 5);
    let write = format!("ApiKey {}", reader.access.write_key);
    let refused = ask(&mut reader.client, &write);
    assert_eq!((refused.status, refused.header("x-elastic-product")), (403, Some("Elasticsearch")));
    assert_eq!(refused.json()["error"]["type"], "security_exception");
}

#[test]
fn a_search_comes_compressed_too_and_within_the_same_bounds() {
    let mut reader = Reader::open();
    let authorization = format!("ApiKey {}", reader.access.read_key);
    let mut ask = |path: &str, body: &[u8], encoding: &str, packed: Vec<u8>| {
        let kind = ("Content-Type", "application/x-ndjson");
        let headers = [("Authorization", authorization.as_str()), kind, ("Content-Encoding", encoding)];
        let answer = reader.client.send(&Request { method: "POST", path, headers: &headers, body: &packed }).unwrap();
        assert!(packed.len() < body.len());
        (answer.status, answer.json())
    };
    let query = json!({"query": {"query_string": {"query": "app:shop OR ".repeat(20) + "app:shop"}}}).to_string().into_bytes();
    let pair = [b"{}\n", query.as_slice(), b"\n"].concat();
    for (encoding, pack) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", |body| zstd::encode_all(body, 3).unwrap())] {
        let (status, answer) = ask("/_search", &query, encoding, pack(&query));
        assert_eq!((status, &answer["hits"]["total"]["value"]), (200, &json!(2)), "{encoding}: {answer}");
        let (status, answer) = ask("/_msearch", &pair, encoding, pack(&pair));
        assert_eq!((status, &answer["responses"][0]["hits"]["total"]["value"]), (200, &json!(2)), "{encoding}: {answer}");
        let large = vec![b' '; 1 + (1 << 20)];
        let (status, answer) = ask("/_search", &large, encoding, pack(&large));
        assert_eq!((status, &answer["code"]), (413, &json!("body_too_large")), "{encoding}: {answer}");
    }
}

#[test]
fn aggregations_tell_their_kind_by_their_names_to_whoever_asks() {
    let mut reader = Reader::open();
    let aggregations = json!({
        "apps": {"terms": {"field": "app"}, "aggs": {"longest": {"max": {"field": "took"}}, "users": {"cardinality": {"field": "app"}}}},
        "statuses": {"terms": {"field": "http.status"}},
        "totals": {"terms": {"field": "order.total"}},
        "minutes": {"date_histogram": {"field": "@timestamp", "fixed_interval": "1m"}, "aggs": {"mean": {"avg": {"field": "took"}}}},
        "tooks": {"percentiles": {"field": "took"}},
        "counts": {"value_count": {"field": "took"}},
    });
    let body = json!({"size": 0, "aggs": aggregations}).to_string();
    let names =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>();
    let answer = reader.ask("POST", "/_search?typed_keys=true", &body).json();
    let found = &answer["aggregations"];
    let kinds = [
        "date_histogram#minutes",
        "dterms#totals",
        "lterms#statuses",
        "sterms#apps",
        "tdigest_percentiles#tooks",
        "value_count#counts",
    ];
    assert_eq!(names(found), kinds);
    assert_eq!(names(&found["sterms#apps"]["buckets"][0]), ["cardinality#users", "doc_count", "key", "max#longest"]);
    assert!(found["date_histogram#minutes"]["buckets"][0]["avg#mean"].is_object(), "{found}");
    let several = reader.ask("POST", "/_msearch?typed_keys", &format!("{{}}\n{body}\n")).json();
    assert_eq!(names(&several["responses"][0]["aggregations"]), kinds);
    let plain = reader.ask("POST", "/_search?typed_keys=false", &body).json();
    assert_eq!(names(&plain["aggregations"]), ["apps", "counts", "minutes", "statuses", "tooks", "totals"]);
    let refused = reader.ask("POST", "/_search?typed_keys=yes", &body);
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("search_invalid")));
}

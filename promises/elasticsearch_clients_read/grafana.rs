//! Requests in the form in which Grafana's data source for Elasticsearch writes them, member by member: each is answered as
//! its parser reads answers, or refused by the name of what is not done.

use serde_json::{Value, json};

use super::{MINUTE, Reader, START, at};

/// What stands before each search.
const HEAD: &str = r#"{"ignore_unavailable":true,"index":"logs","search_type":"query_then_fetch"}"#;

/// The time of the dashboard, and the text of its query where there is one.
fn query(text: &str) -> Value {
    let times = json!({"range": {"@timestamp": {"format": "epoch_millis", "gte": START, "lte": at(5)}}});
    let words = json!({"query_string": {"analyze_wildcard": true, "query": text}});
    json!({"bool": {"filter": if text.is_empty() { times } else { json!([times, words]) }}})
}

fn minutes() -> Value {
    json!({"extended_bounds": {"max": at(5) - 1, "min": START}, "field": "@timestamp", "fixed_interval": "60000ms",
        "format": "epoch_millis", "min_doc_count": 0})
}

// === impl Reader ===

impl Reader {
    fn panel(&mut self, search: &Value) -> Value {
        let path = "/_msearch?max_concurrent_shard_requests=5";
        let response = self.ask("POST", path, &format!("{HEAD}\n{search}\n"));
        assert_eq!(response.status, 200, "{search}: {}", response.text());
        response.json()["responses"][0].clone()
    }

    #[track_caller]
    fn drawn(&mut self, text: &str, aggregations: &Value) -> Value {
        let answer = self.panel(&json!({"aggs": aggregations, "query": query(text), "size": 0}));
        assert_eq!(answer["status"], 200, "{aggregations}: {answer}");
        answer["aggregations"].clone()
    }

    #[track_caller]
    fn check_keys(&mut self, order: &Value, metric: &Value, expected: &[&str]) {
        let terms = json!({"field": "app", "order": order, "size": 10});
        let drawn = self.drawn("", &json!({"2": {"aggs": {"1": metric}, "terms": terms}}));
        let keys: Vec<&str> =
            drawn["2"]["buckets"].as_array().unwrap().iter().map(|bucket| bucket["key"].as_str().unwrap()).collect();
        assert_eq!(keys, expected, "{order}");
    }

    #[track_caller]
    fn check_not_drawn(&mut self, aggregation: &Value, reason: &str) {
        let nested = json!({"2": {"aggs": {"1": {"avg": {"field": "took"}}, "3": aggregation}, "date_histogram": minutes()}});
        let answer = self.panel(&json!({"aggs": nested, "query": query(""), "size": 0}));
        assert_eq!((&answer["status"], &answer["code"]), (&json!(400), &json!("search_unsupported")), "{aggregation}");
        assert_eq!(answer["error"]["root_cause"], json!([{"type": "parsing_exception", "reason": reason}]), "{aggregation}");
    }
}

#[test]
fn logs_and_documents_come_with_what_points_to_the_next() {
    let mut reader = Reader::open();
    let body = json!({
        "aggs": {"1": {"date_histogram": minutes()}},
        "docvalue_fields": ["@timestamp"],
        "fields": [{"field": "@timestamp", "format": "strict_date_optional_time_nanos"}],
        "highlight": {"fields": {"*": {}}, "fragment_size": i32::MAX, "post_tags": ["@/HIGHLIGHT@"], "pre_tags": ["@HIGHLIGHT@"]},
        "query": query("app:shop AND (placed OR failed)"),
        "script_fields": {},
        "size": 1,
        "sort": {"@timestamp": {"order": "desc", "unmapped_type": "boolean"}, "_doc": {"order": "desc"}},
    });
    let answer = reader.panel(&body);
    let hit = &answer["hits"]["hits"][0];
    assert_eq!(hit["_source"]["message"], "Order failed: timeout after 2s");
    assert_eq!(hit["highlight"]["message"], json!(["Order @HIGHLIGHT@failed@/HIGHLIGHT@: timeout after 2s"]));
    assert_eq!(hit["fields"]["@timestamp"], json!(["2026-01-31T12:00:30Z"]));
    assert_eq!(answer["aggregations"]["1"]["buckets"].as_array().unwrap().len(), 5);
    // The context of a line is asked for behind it, with what its `sort` said.
    let mut next = body.clone();
    next["search_after"] = hit["sort"].clone();
    let answer = reader.panel(&next);
    assert_eq!(answer["hits"]["hits"][0]["_source"]["message"], "order placed");
    let mut documents = body.clone();
    documents.as_object_mut().unwrap().retain(|member, _| !matches!(member.as_str(), "aggs" | "highlight"));
    documents["size"] = json!(500);
    documents["query"] = query("");
    assert_eq!(reader.panel(&documents)["hits"]["hits"].as_array().unwrap().len(), 5);
}

#[test]
fn filters_and_stretches_of_numbers_are_buckets() {
    let mut reader = Reader::open();
    let word = |text: &str| json!({"query_string": {"analyze_wildcard": true, "query": text}});
    let filters =
        json!({"filters": {"filters": {"app:web": word("app:web"), "errors": word("level:error"), "none": word("app:x")}}});
    let mut nested = filters.clone();
    nested["aggs"] = json!({"3": {"date_histogram": minutes()}});
    let drawn = reader.drawn("", &json!({"2": nested}));
    let counts = |name: &str| -> Vec<u64> {
        let buckets = drawn["2"]["buckets"][name]["3"]["buckets"].as_array().unwrap();
        buckets.iter().map(|bucket| bucket["doc_count"].as_u64().unwrap()).collect()
    };
    assert_eq!((counts("app:web"), counts("errors"), counts("none")), (vec![0, 2, 0, 0, 0], vec![1, 0, 0, 0, 0], vec![0; 5]));
    assert_eq!(drawn["2"]["buckets"]["app:web"]["doc_count"], 2);
    let listed = json!({"2": {"filters": {"filters": [word("app:web")], "other_bucket_key": "rest"}}});
    assert_eq!(reader.drawn("", &listed), json!({"2": {"buckets": [{"doc_count": 2}, {"doc_count": 3}]}}));
    let mut other = filters;
    other["filters"]["other_bucket"] = json!(true);
    assert_eq!(reader.drawn("", &json!({"2": other}))["2"]["buckets"]["_other_"], json!({"doc_count": 2}));

    let bucket = |key: f64, count: u64| json!({"key": key, "doc_count": count});
    let took = |least: u64| json!({"2": {"histogram": {"field": "took", "interval": 1000, "min_doc_count": least}}});
    let filled = json!({"2": {"buckets": [bucket(0.0, 2), bucket(1000.0, 0), bucket(2000.0, 1)]}});
    assert_eq!(reader.drawn("", &took(0)), filled);
    assert_eq!(reader.drawn("", &took(1)), json!({"2": {"buckets": [bucket(0.0, 2), bucket(2000.0, 1)]}}));
    let missing = json!({"2": {"histogram": {"field": "took", "interval": 20, "missing": 15, "min_doc_count": 1}}});
    assert_eq!(reader.drawn("", &missing), json!({"2": {"buckets": [bucket(0.0, 3), bucket(20.0, 1), bucket(2000.0, 1)]}}));
    // Stretches lie below 0 as well, and begin where it is said.
    let below = json!({"2": {"histogram": {"field": "took", "interval": 20, "offset": 5, "missing": -30, "min_doc_count": 1}}});
    let buckets = [bucket(-35.0, 2), bucket(5.0, 1), bucket(25.0, 1), bucket(1985.0, 1)];
    assert_eq!(reader.drawn("", &below), json!({"2": {"buckets": buckets}}));
}

#[test]
fn numbers_are_told_and_sort_buckets() {
    let mut reader = Reader::open();
    let stats = reader.drawn("app:web", &json!({"1": {"extended_stats": {"field": "took", "sigma": 3}}}))["1"].clone();
    for (name, value) in
        [("count", 2.0), ("avg", 20.0), ("sum_of_squares", 1_000.0), ("variance", 100.0), ("std_deviation", 10.0)]
    {
        assert_eq!(stats[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!((&stats["variance_sampling"], &stats["std_deviation_bounds"]["upper"]), (&json!(200.0), &json!(50.0)));
    let nothing = reader.drawn("app:x", &json!({"1": {"extended_stats": {"field": "took"}}}))["1"].clone();
    assert_eq!(
        (&nothing["count"], &nothing["sum"], &nothing["std_deviation_bounds"]["lower"]),
        (&json!(0), &json!(0.0), &json!(null))
    );
    let field = json!({"field": "took"});
    reader.check_keys(&json!({"1[95.0]": "desc"}), &json!({"percentiles": field}), &["shop", "web"]);
    reader.check_keys(&json!({"1.95": "asc"}), &json!({"percentiles": field}), &["web", "shop"]);
    reader.check_keys(&json!({"1[std_deviation]": "desc"}), &json!({"extended_stats": field}), &["web", "shop"]);
    reader.check_keys(&json!({"1[max]": "desc"}), &json!({"stats": field}), &["shop", "web"]);
    reader.check_keys(&json!({"1": "asc"}), &json!({"avg": field}), &["web", "shop"]);
    reader.check_keys(&json!({}), &json!({"cardinality": field}), &["shop", "web"]);
    let complex = reader.drawn(
        "",
        &json!({"4": {"aggs": {"2": {"aggs": {"1": {"max": field}, "3": {"min": field}}, "date_histogram": minutes()}},
            "terms": {"field": "app", "order": {"_key": "desc"}, "size": 10}}}),
    );
    let web = &complex["4"]["buckets"][0];
    assert_eq!((&web["key"], &web["2"]["buckets"][1]["1"]["value"]), (&json!("web"), &json!(30.0)));
    assert_eq!(web["2"]["buckets"][1]["key"], json!(START + MINUTE));
}

#[test]
fn what_is_not_drawn_is_refused_by_its_name() {
    let mut reader = Reader::open();
    let pipeline = |name: &str| (json!({name: {"buckets_path": "1"}}), format!("the aggregation [{name}] is not supported"));
    for (aggregation, reason) in
        ["moving_avg", "moving_fn", "derivative", "cumulative_sum", "serial_diff", "bucket_script"].map(pipeline)
    {
        reader.check_not_drawn(&aggregation, &reason);
    }
    let grid = json!({"geohash_grid": {"field": "place", "precision": 3}});
    reader.check_not_drawn(&grid, "the aggregation [geohash_grid] is not supported");
    let top = json!({"top_metrics": {"metrics": [{"field": "took"}], "size": "1", "sort": [{"@timestamp": "desc"}]}});
    reader.check_not_drawn(&top, "the aggregation [top_metrics] is not supported");
    let script = json!({"avg": {"field": "took", "script": "_value * 2"}});
    reader.check_not_drawn(&script, "[script] in [avg] is not supported");
}

use proptest::prelude::*;

use super::*;
use crate::find::Order;

/// How a query is understood, in our language.
#[track_caller]
fn check_query(query: &str, ours: &str) {
    let request =
        Request::parse(format!("{{\"query\":{query}}}").as_bytes()).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    assert_eq!(request.query.to_string(), ours, "{query}");
}

#[track_caller]
fn check_refused(body: &str, kind: &str, reason: &str) {
    let error = Request::parse(body.as_bytes()).err().unwrap_or_else(|| panic!("{body}: understood"));
    assert_eq!((error.kind, &*error.reason), (kind, reason), "{body}");
}

#[test]
fn what_grafana_asks_is_understood() {
    let logs = br#"{"size":500,"query":{"bool":{"filter":[
        {"range":{"@timestamp":{"format":"epoch_millis","gte":1769860800000,"lte":1769861099999}}},
        {"query_string":{"analyze_wildcard":true,"query":"level:error AND timeout"}}]}},
        "sort":{"@timestamp":{"order":"desc","unmapped_type":"boolean"},"_doc":{"order":"desc"}},
        "docvalue_fields":["@timestamp"],"fields":[{"field":"@timestamp","format":"strict_date_optional_time_nanos"}],
        "script_fields":{},"search_after":[1769861000000,"1"],
        "highlight":{"fields":{"*":{}},"pre_tags":["@HIGHLIGHT@"],"post_tags":["@/HIGHLIGHT@"],"fragment_size":2147483647},
        "aggs":{"1":{"date_histogram":{"field":"@timestamp","fixed_interval":"2000ms","min_doc_count":0,"format":"epoch_millis",
            "extended_bounds":{"min":1769860800000,"max":1769861099999}}}}}"#;
    let logs = String::from_utf8_lossy(logs).replace(",\"search_after\":[1769861000000,\"1\"]", "");
    let request = Request::parse(logs.as_bytes()).unwrap();
    let times = r#"timestamp:["2026-01-31T12:00:00.000Z" TO "2026-01-31T12:04:59.999Z"]"#;
    assert_eq!(request.query.to_string(), format!("{times} AND level:error AND timeout"));
    let sorted = &request.sorted;
    assert_eq!((sorted.order, sorted.size, sorted.from, sorted.keys, sorted.after), (Order::NewestFirst, 500, 0, 2, None));
    let around = Highlight { before: "@HIGHLIGHT@".to_owned(), after: "@/HIGHLIGHT@".to_owned() };
    assert_eq!((request.highlight, request.time_field, request.source, request.counts), (Some(around), true, true, true));
    let bounds = Some((1_769_860_800_000, 1_769_861_099_999));
    let times = Times { interval: 2_000, least: 0, bounds, as_millis: true };
    let one = |name: &str, what| vec![Named { name: name.to_owned(), what }];
    assert_eq!(request.aggregations, one("1", Aggregation::Times(times.clone(), Vec::new())));

    let metric =
        br#"{"size":0,"aggs":{"3":{"terms":{"field":"service","size":10,"order":{"1":"desc"},"min_doc_count":1,"missing":"none"},
        "aggs":{"1":{"avg":{"field":"took"}},"2":{"percentiles":{"field":"took","percents":["50","99.9"]}}}}}}"#;
    let request = Request::parse(metric).unwrap();
    let order = vec![TermOrder { key: SortKey::Metric(0), descending: true }];
    let terms = Terms { field: "service".to_owned(), size: 10, least: 1, missing: Some("none".to_owned()), order };
    let mut below = one("1", Aggregation::Metric("took".to_owned(), Metric::Avg));
    below.extend(one("2", Aggregation::Metric("took".to_owned(), Metric::Percentiles(vec![50.0, 99.9]))));
    assert_eq!(request.aggregations, one("3", Aggregation::Terms(terms, below)));
    assert!(request.query.matches_all() && request.sorted.size == 0);
}

#[test]
fn clauses_become_a_query() {
    check_query(r#"{"match_all":{}}"#, "*");
    check_query(r#"{"match_none":{}}"#, "-*");
    check_query(r#"{"term":{"service":"api"}}"#, "service:api");
    check_query(r#"{"term":{"status":{"value":500,"boost":1.0}}}"#, "status:500");
    check_query(r#"{"terms":{"level":["warn","error"]}}"#, "level:warn OR level:error");
    check_query(r#"{"terms":{"level":[]}}"#, "-*");
    check_query(r#"{"exists":{"field":"user.id"}}"#, "has:user.id");
    check_query(r#"{"match":{"message":"connection reset, by-peer"}}"#, "connection OR reset OR by OR peer");
    check_query(r#"{"match":{"message":{"query":"connection reset","operator":"and"}}}"#, "connection AND reset");
    check_query(r#"{"match":{"message":" "}}"#, "-*");
    check_query(r#"{"match":{"service":"two words"}}"#, "service:\"two words\"");
    check_query(r#"{"match_phrase":{"message":"connection reset"}}"#, "\"connection reset\"");
    check_query(r#"{"prefix":{"service":"web-"}}"#, "service:web\\-*");
    check_query(r#"{"query_string":{"query":"a b","default_operator":"AND"}}"#, "a AND b");
    check_query(r#"{"constant_score":{"filter":{"term":{"a":true}}}}"#, "a:true");
    check_query(
        r#"{"bool":{"must":{"term":{"a":1}},"should":[{"term":{"b":1}}],"must_not":[{"term":{"c":1}}]}}"#,
        "a:1 AND -c:1",
    );
    check_query(r#"{"bool":{"should":[{"term":{"a":1}},{"term":{"b":1}}]}}"#, "a:1 OR b:1");
    check_query(
        r#"{"bool":{"filter":[],"should":[{"term":{"a":1}},{"term":{"b":1}}],"minimum_should_match":"1"}}"#,
        "a:1 OR b:1",
    );
    check_query(r#"{"bool":{}}"#, "*");
    check_query(r#"{"range":{"status":{"gte":400,"lt":500}}}"#, "status:[400 TO 500}");
    check_query(r#"{"range":{"level":{"gte":"warn"}}}"#, "level:>=warn");
    check_query(r#"{"range":{"@timestamp":{"gt":"2026-01-31","lte":"now"}}}"#, "timestamp:{2026-01-31 TO now]");
    check_query(
        r#"{"range":{"@timestamp":{"from":1769860800000,"to":1769860800001}}}"#,
        "timestamp:[\"2026-01-31T12:00:00.000Z\" TO \"2026-01-31T12:00:00.001Z\"]",
    );
}

#[test]
fn records_are_sorted_by_time_alone() {
    let sorted = |body: &str| Request::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error:?}")).sorted;
    let check = |sort: &str, order, keys| {
        let sorted = sorted(&format!("{{\"sort\":{sort}}}"));
        assert_eq!((sorted.order, sorted.keys), (order, keys), "{sort}");
    };
    check(r#"[{"@timestamp":{"order":"desc"}}]"#, Order::NewestFirst, 1);
    check(r#"[{"@timestamp":"asc"},"_doc"]"#, Order::OldestFirst, 2);
    check(r#"["@timestamp:desc","_doc:desc"]"#, Order::NewestFirst, 2);
    check(r#""@timestamp:asc""#, Order::OldestFirst, 1);
    check(r#"[]"#, Order::NewestFirst, 0);
    let after = sorted(r#"{"sort":["@timestamp:asc"],"search_after":[5]}"#).after;
    assert_eq!(after, Some(After::Millisecond(5)));
    let id: model::RecordId = "9890000000000000-1f".parse().unwrap();
    let place = sorted(r#"{"sort":["@timestamp:asc","_doc"]}"#).place(id);
    let body = serde_json::json!({"sort": ["@timestamp", "_doc"], "search_after": place});
    assert_eq!(sorted(&body.to_string()).after, Some(After::Record(id)));
}

#[test]
fn what_is_not_done_is_refused_by_name() {
    let parsing = "parsing_exception";
    let argument = "illegal_argument_exception";
    check_refused(r#"{"sice":1}"#, parsing, "[sice] in [search] is not supported");
    check_refused(r#"{"query":{"fuzzy":{"a":"b"}}}"#, parsing, "the query [fuzzy] is not supported");
    check_refused(r#"{"query":{"regexp":{"a":"b"}}}"#, parsing, "the query [regexp] is not supported");
    check_refused(r#"{"query":{"term":{"a":1,"b":2}}}"#, parsing, "[term] malformed, expected one member but found [b] as well");
    check_refused(r#"{"query":{}}"#, parsing, "[query] is empty");
    check_refused(
        r#"{"query":{"match":{"message":{"query":"a","fuzziness":"AUTO"}}}}"#,
        parsing,
        "[fuzziness] in [match] is not supported",
    );
    check_refused(
        r#"{"query":{"bool":{"minimum_should_match":2}}}"#,
        parsing,
        "a [minimum_should_match] other than 0 and 1 is not supported",
    );
    check_refused(
        r#"{"query":{"query_string":{"query":"a","fields":["b"]}}}"#,
        parsing,
        "[fields] in [query_string] is not supported",
    );
    check_refused(
        r#"{"query":{"query_string":{"query":"a AND (b"}}}"#,
        "query_shard_exception",
        "Failed to parse query [a AND (b]: this parenthesis is never closed at byte 6",
    );
    check_refused(r#"{"query":{"range":{"@timestamp":{"gte":"now/d"}}}}"#, argument, "failed to parse date field [now/d]");
    check_refused(r#"{"query":{"range":{"@timestamp":{"gte":1,"gt":1}}}}"#, parsing, "[range] has two bounds on one side");
    check_refused(r#"{"query":{"range":{"a":{"gte":1,"time_zone":"x"}}}}"#, parsing, "[time_zone] in [range] is not supported");
    check_refused(r#"{"query":{"range":{"level":{"gte":"loud"}}}}"#, argument, "\"loud\" is no level");
}

#[test]
fn conditions_are_counted_in_the_whole_query() {
    let too_many = "a query has at most 1024 clauses, nested at most 64 deep";
    let words = "a ".repeat(300);
    for clause in [format!(r#"{{"match":{{"message":"{words}"}}}}"#), format!(r#"{{"query_string":{{"query":"{words}"}}}}"#)] {
        let some = |count: usize| format!(r#"{{"query":{{"bool":{{"filter":[{}]}}}}}}"#, vec![clause.as_str(); count].join(","));
        assert!(Request::parse(some(3).as_bytes()).is_ok(), "{clause}");
        check_refused(&some(4), "illegal_argument_exception", too_many);
    }
}

#[test]
fn what_terms_hold_is_bounded() {
    let terms = |name: &str, options: &str| format!(r#"{{"aggs":{{"{name}":{{"terms":{{"field":"a"{options}}}}}}}}}"#);
    let (parsing, argument) = ("parsing_exception", "illegal_argument_exception");
    let orders = |count: usize| format!(r#","order":[{}]"#, vec![r#"{"_key":"asc"}"#; count].join(","));
    let missing = |bytes: usize| format!(r#","missing":"{}""#, "x".repeat(bytes));
    for fits in [terms(&"n".repeat(64), ""), terms("n", &orders(16)), terms("n", &missing(1_024))] {
        assert!(Request::parse(fits.as_bytes()).is_ok(), "{fits}");
    }
    check_refused(&terms(&"n".repeat(65), ""), argument, "the name of an aggregation has at most 64 bytes");
    check_refused(&terms("n", &orders(17)), parsing, "[order] has a value that it cannot have");
    check_refused(&terms("n", &missing(1_025)), parsing, "[missing] has a value that it cannot have");
}

#[test]
fn orders_and_pages_that_are_not_there_are_refused_by_name() {
    let parsing = "parsing_exception";
    let argument = "illegal_argument_exception";
    check_refused(
        r#"{"sort":["took"]}"#,
        parsing,
        "an order by [took] there: records are sorted by `@timestamp` and then `_doc`; another is not supported",
    );
    check_refused(
        r#"{"size":10001}"#,
        argument,
        "Result window is too large, from + size must be less than or equal to: [10000]",
    );
    check_refused(r#"{"search_after":[1]}"#, argument, "Sort must contain at least one field.");
    check_refused(
        r#"{"sort":["@timestamp","_doc"],"search_after":[1]}"#,
        argument,
        "search_after has 1 value(s) but sort has 2.",
    );
    check_refused(
        r#"{"sort":["@timestamp","_doc"],"search_after":[1,2]}"#,
        argument,
        "[search_after] is not the [sort] of a record that was found",
    );
    check_refused(
        r#"{"docvalue_fields":["a"]}"#,
        parsing,
        "`docvalue_fields` of anything but `@timestamp` as strict_date_optional_time_nanos is not supported",
    );
    check_refused(r#"{"script_fields":{"a":{}}}"#, parsing, "`script_fields` is not supported");
    let marked = |tag: &str| format!(r#"{{"highlight":{{"fields":{{"*":{{}}}},"number_of_fragments":0,"pre_tags":["{tag}"]}}}}"#);
    assert!(Request::parse(marked(&"<".repeat(64)).as_bytes()).is_ok());
    check_refused(&marked(&"<".repeat(65)), parsing, "[pre_tags] has a value that it cannot have");
}

#[test]
fn aggregations_that_are_not_done_are_refused_by_name() {
    let parsing = "parsing_exception";
    let argument = "illegal_argument_exception";
    let aggregation = |aggregation: &str, kind: &str, reason: &str| {
        check_refused(&format!("{{\"aggs\":{{\"1\":{aggregation}}}}}"), kind, reason);
    };
    aggregation(r#"{"geohash_grid":{"field":"a"}}"#, parsing, "the aggregation [geohash_grid] is not supported");
    aggregation(r#"{"avg":{"field":"a","script":"x"}}"#, parsing, "[script] in [avg] is not supported");
    aggregation(r#"{"avg":{"field":"@timestamp"}}"#, parsing, "[avg] of a time is not supported");
    aggregation(
        r#"{"avg":{"field":"a"},"aggs":{"2":{"sum":{"field":"b"}}}}"#,
        argument,
        "Aggregator of type [avg] cannot accept sub-aggregations",
    );
    aggregation(
        r#"{"terms":{"field":"message"}}"#,
        argument,
        "[terms] of the field [message], whose values are too many to be buckets",
    );
    aggregation(r#"{"terms":{"field":"a","order":{"2":"asc"}}}"#, parsing, "an order of terms by [2] is not supported");
    aggregation(
        r#"{"date_histogram":{"field":"@timestamp","calendar_interval":"month"}}"#,
        parsing,
        "the [calendar_interval] month is not supported",
    );
    aggregation(
        r#"{"date_histogram":{"field":"@timestamp","fixed_interval":"1h","time_zone":"Europe/Berlin"}}"#,
        parsing,
        "a [time_zone] other than UTC is not supported",
    );
    aggregation(
        r#"{"date_histogram":{"field":"@timestamp"}}"#,
        argument,
        "Invalid interval specified, must be one of [fixed_interval] or [calendar_interval]",
    );
    let interval = "[interval] must be >0 for histogram aggregation";
    aggregation(r#"{"histogram":{"field":"a"}}"#, argument, interval);
    aggregation(r#"{"histogram":{"field":"a","interval":0}}"#, argument, interval);
    aggregation(r#"{"histogram":{"field":"a","interval":1,"keyed":true}}"#, parsing, "[keyed] in [histogram] is not supported");
    aggregation(r#"{"filters":{}}"#, parsing, "[filters] needs [filters]");
    aggregation(r#"{"filters":{"filters":{"a":{"fuzzy":{}}}}}"#, parsing, "the query [fuzzy] is not supported");
    aggregation(
        r#"{"terms":{"field":"a","order":{"2[variance]":"asc"}},"aggs":{"2":{"stats":{"field":"b"}}}}"#,
        parsing,
        "an order of terms by [2[variance]] is not supported",
    );
    let deep = (0..9).fold(r#"{"avg":{"field":"a"}}"#.to_owned(), |inner, _| {
        format!("{{\"terms\":{{\"field\":\"a\"}},\"aggs\":{{\"1\":{inner}}}}}")
    });
    aggregation(&deep, argument, "aggregations nest at most 8 deep");
    let wide: Vec<String> = (0..65).map(|i| format!("\"{i}\":{{\"avg\":{{\"field\":\"a\"}}}}")).collect();
    check_refused(&format!("{{\"aggs\":{{{}}}}}", wide.join(",")), argument, "a search has at most 64 aggregations");
}

#[test]
fn terms_are_sorted_by_numbers_of_what_is_in_them() {
    let key = |order: &str, metric: &str| {
        let body =
            format!(r#"{{"aggs":{{"1":{{"terms":{{"field":"a","order":{{"{order}":"asc"}}}},"aggs":{{"2":{{{metric}}}}}}}}}}}"#);
        let request = Request::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error:?}"));
        let Aggregation::Terms(terms, _) = &request.aggregations[0].what else { panic!("{body}") };
        terms.order[0].key.clone()
    };
    assert_eq!(key("2", r#""avg":{"field":"b"}"#), SortKey::Metric(0));
    assert_eq!(key("2.value", r#""cardinality":{"field":"b"}"#), SortKey::Metric(0));
    assert_eq!(key("2[95.0]", r#""percentiles":{"field":"b"}"#), SortKey::Percentile(0, 5));
    assert_eq!(key("2.99.9", r#""percentiles":{"field":"b","percents":[50,99.9]}"#), SortKey::Percentile(0, 1));
    assert_eq!(key("2[std_deviation]", r#""extended_stats":{"field":"b"}"#), SortKey::Stat(0, Stat::StdDeviation));
    assert_eq!(key("2.max", r#""stats":{"field":"b"}"#), SortKey::Stat(0, Stat::Max));
}

#[test]
fn words_are_marked_where_they_stand() {
    let around = Highlight { before: "<".to_owned(), after: ">".to_owned() };
    let check = |query: &str, message: &str, marked: Option<&str>| {
        let query = Query::parse_lucene(query, crate::query::Joiner::Or).unwrap();
        assert_eq!(Marks::new(&query, &around).mark(message).as_deref(), marked, "{query} in {message}");
    };
    check("timeout", "a Timeout! timeouts", Some("a <Timeout>! timeouts"));
    check("time* AND level:x", "a timeouts b", Some("a <timeouts> b"));
    check("\"connection reset\" OR c?t", "cat: connection reset", Some("<cat>: <connection reset>"));
    check("*out*", "timeouts", Some("<timeouts>"));
    check("-timeout", "timeout", None);
    check("\"(x)\"", "a(x)b", Some("a<(x)>b"));
    check("grüße", "viele Grüße", Some("viele <Grüße>"));
    check("a", &"a ".repeat(limits::MARKED_BYTES_MAX), None);
}

proptest! {
    /// Whatever comes is understood or refused.
    #[test]
    fn nothing_panics(text in r#"(\{"|"\}|":|"|\{|\}|\[|\]|,|query|bool|must|filter|range|@timestamp|gte|1|now|aggs|terms|field|sort|size|a| ){0,30}"#) {
        drop(Request::parse(text.as_bytes()));
    }
}

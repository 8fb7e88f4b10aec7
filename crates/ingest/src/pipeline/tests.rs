use identity::pipeline::RuleSpec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ALL: Redaction = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };
const ARRIVED: Timestamp = Timestamp::from_nanos(1_769_860_800_000_000_000);
const CARD: &str = "4929123456781236";

/// Rules, named by their places.
fn pipeline(rules: &[&str]) -> Pipeline {
    let named = rules.iter().enumerate().map(|(at, rule)| {
        let mut rule: Value = serde_json::from_str(rule).unwrap();
        rule["name"] = json!(format!("r{at}"));
        serde_json::from_value::<RuleSpec>(rule).unwrap()
    });
    Pipeline::new(named.collect()).unwrap()
}

fn tried(rules: &[&str], record: &str) -> (Option<String>, Vec<usize>, Vec<usize>) {
    let Tried { after, touched, failed } = try_on(record.as_bytes(), &pipeline(rules), ALL, ARRIVED).unwrap();
    (after.map(|after| String::from_utf8(after).unwrap()), touched, failed)
}

/// What one rule without a condition makes of a record.
#[track_caller]
fn check(then: &str, record: &str, expected: &str) {
    let (after, touched, failed) = tried(&[&format!(r#"{{"then":{then}}}"#)], record);
    assert_eq!(after.as_deref(), Some(expected), "{then}");
    assert_eq!((touched.len(), failed.len()), (usize::from(record != expected), 0), "{then}");
}

/// A rule that cannot do what it says.
#[track_caller]
fn check_failed(then: &str, record: &str) {
    let (after, touched, failed) = tried(&[&format!(r#"{{"then":{then}}}"#)], record);
    assert_eq!((after.as_deref(), touched.len(), failed.len()), (Some(record), 0, 1), "{then}");
}

/// Whether a condition holds.
#[track_caller]
fn check_when(when: &str, record: &str, holds: bool) {
    let (after, ..) = tried(&[&format!(r#"{{"when":[{when}],"then":{{"drop":true}}}}"#)], record);
    assert_eq!(after.is_none(), holds, "{when} of {record}");
}

#[test]
fn a_condition_is_asked_of_the_field_that_search_finds() {
    let record = r#"{"msg":"GET /Health 200","severity":"WARNING","http":{"status":500,"tags":["a",7]},"resource":{"service.name":"api"},"n":null}"#;
    check_when(r#"{"field":"message","contains":"/health"}"#, record, true);
    check_when(r#"{"field":"message","starts_with":"get"}"#, record, false);
    check_when(r#"{"field":"message","matches":" \\d{3}$"}"#, record, true);
    check_when(r#"{"field":"msg","exists":true}"#, record, false);
    check_when(r#"{"field":"level","is":"warn"}"#, record, true);
    check_when(r#"{"field":"level","at_least":"error"}"#, record, false);
    check_when(r#"{"field":"severity","exists":true}"#, record, false);
    check_when(r#"{"field":"http.status","at_least":500}"#, record, true);
    check_when(r#"{"field":"http.status","is":"500"}"#, record, true);
    check_when(r#"{"field":"http.status","is":500.0}"#, record, true);
    check_when(r#"{"field":"http.status","less_than":500}"#, record, false);
    check_when(r#"{"field":"http.tags","is":7}"#, record, true);
    check_when(r#"{"field":"http.tags","is_not":7}"#, record, false);
    check_when(r#"{"field":"service","is":"api"}"#, record, true);
    check_when(r#"{"field":"attributes.service.name","is":"api"}"#, record, true);
    check_when(r#"{"field":"http","exists":true}"#, record, true);
    check_when(r#"{"field":"n","exists":true}"#, record, false);
    check_when(r#"{"field":"absent","is_not":"x"}"#, record, true);
    check_when(r#"{"field":"a.b","is":1}"#, r#"{"a.b":1}"#, true);
    check_when(r#"{"field":"a.b.c","is":1}"#, r#"{"a":{"b.c":1}}"#, true);
    check_when(r#"{"field":"a","exists":true}"#, r#"{"a.b":1}"#, true);
    check_when(r#"{"field":"a","is":2}"#, r#"{"a":1,"a":2}"#, true);
    check_when(r#"{"field":"a","is":1}"#, r#"{"a":1,"a":2}"#, false);
    check_when(r#"{"field":"level","is":"error"}"#, r#"{"log":{"level":"err"}}"#, true);
}

#[test]
fn a_text_is_read_into_fields_and_stays() {
    let groups = r#"{"parse":{"pattern":"^order (?<order.id>\\d+) (?<order.state>\\w+)(?<none>x)?"}}"#;
    check(groups, r#"{"message":"order 7 paid"}"#, r#"{"message":"order 7 paid","order.id":7,"order.state":"paid"}"#);
    check(
        groups,
        r#"{"message":"order 007 a","order":{"id":1,"n":2}}"#,
        r#"{"message":"order 007 a","order":{"n":2},"order.id":"007","order.state":"a"}"#,
    );
    check(groups, r#"{"n":1}"#, r#"{"n":1}"#);
    check_failed(groups, r#"{"message":"nothing of it"}"#);
    check(
        r#"{"parse":{"field":"line","as":"logfmt","into":"app"}}"#,
        r#"{"line":"level=info msg=\"a b\" n=1","app.n":5}"#,
        r#"{"line":"level=info msg=\"a b\" n=1","app.n":5,"app.level":"info","app.msg":"a b"}"#,
    );
    check(
        r#"{"parse":{"field":"line","as":"logfmt","into":"app"}}"#,
        r#"{"line":"level=info msg=\"a b\" n=1"}"#,
        r#"{"line":"level=info msg=\"a b\" n=1","app.level":"info","app.msg":"a b","app.n":1}"#,
    );
    check(
        r#"{"parse":{"field":"line","as":"json"}}"#,
        r#"{"message":"x","a":1,"line":"{\"a\":2,\"message\":\"inner\",\"level\":\"warn\",\"time\":\"2026-01-31T12:00:00Z\",\"b\":{\"c\":[1]}}"}"#,
        r#"{"message":"x","a":1,"line":"{\"a\":2,\"message\":\"inner\",\"level\":\"warn\",\"time\":\"2026-01-31T12:00:00Z\",\"b\":{\"c\":[1]}}","log_message":"inner","level":"warn","timestamp":1769860800000000000,"b":{"c":[1]}}"#,
    );
    check_failed(r#"{"parse":{"as":"nginx"}}"#, r#"{"message":"no access line"}"#);
}

#[test]
fn time_level_and_message_are_set_in_their_meaning() {
    let parse = r#"{"parse":{"pattern":"^(?<timestamp>\\S+) (?<level>\\S+) (?<message>.*)$"}}"#;
    check(
        parse,
        r#"{"dt":"2026-01-01T00:00:00Z","log":"2026-01-31T12:00:00Z WARNING it is late","severity":"info","a":1}"#,
        r#"{"a":1,"timestamp":1769860800000000000,"level":"warn","log.record.original":"2026-01-31T12:00:00Z WARNING it is late","message":"it is late"}"#,
    );
    let (after, touched, failed) = tried(&[&format!(r#"{{"then":{parse}}}"#)], r#"{"message":"soon INFO x"}"#);
    assert_eq!(after.as_deref(), Some(r#"{"level":"info","log.record.original":"soon INFO x","message":"x"}"#));
    assert_eq!((touched, failed), (vec![0], vec![0]), "what is no time is left out");
    check(r#"{"rename":{"from":"text","to":"message"}}"#, r#"{"text":"a","n":1}"#, r#"{"n":1,"message":"a"}"#);
    check_failed(r#"{"rename":{"from":"n","to":"message"}}"#, r#"{"n":1}"#);
    check(r#"{"rename":{"from":"at","to":"timestamp"}}"#, r#"{"at":1769860800}"#, r#"{"timestamp":1769860800000000000}"#);
    check_failed(r#"{"rename":{"from":"at","to":"timestamp"}}"#, r#"{"at":"noon"}"#);
    check(r#"{"set":{"field":"level","value":"Error"}}"#, r#"{"level":30}"#, r#"{"level":"error"}"#);
    let (after, ..) = tried(&[r#"{"then":{"set":{"field":"message","value":"x"}}}"#], r#"{"message":"x","n":1}"#);
    assert_eq!(after.as_deref(), Some(r#"{"n":1,"message":"x"}"#), "the same line is not kept twice");
}

#[test]
fn fields_are_renamed_set_and_removed() {
    check(r#"{"rename":{"from":"svc","to":"service.name"}}"#, r#"{"svc":"api"}"#, r#"{"service.name":"api"}"#);
    check(r#"{"rename":{"from":"a.b","to":"c"}}"#, r#"{"a":{"b":{"x":1}},"n":1}"#, r#"{"n":1,"c":{"x":1}}"#);
    check(r#"{"rename":{"from":"absent","to":"c"}}"#, r#"{"c":1}"#, r#"{"c":1}"#);
    check(r#"{"rename":{"from":"service","to":"service.name"}}"#, r#"{"service.name":"a"}"#, r#"{"service.name":"a"}"#);
    check_failed(r#"{"rename":{"from":"a","to":"c"}}"#, r#"{"a":1,"c":2}"#);
    check(r#"{"set":{"field":"env","value":"prod"}}"#, r#"{"env":{"x":1},"n":1}"#, r#"{"n":1,"env":"prod"}"#);
    check(
        r#"{"set":{"field":"a.b","value":12345678901234567890}}"#,
        r#"{"a":{"b":1,"c":2}}"#,
        r#"{"a":{"c":2},"a.b":12345678901234567890}"#,
    );
    check(
        r#"{"remove":{"field":"user"}}"#,
        r#"{"user":{"name":"x"},"user.id":7,"context":{"user":1,"n":2},"users":3}"#,
        r#"{"context":{"n":2},"users":3}"#,
    );
    check(r#"{"remove":{"field":"a.b"}}"#, r#"{"a":{"b":1},"n":{}}"#, r#"{"n":{}}"#);
    check(r#"{"route":{"stream":"errors"}}"#, r#"{"log.stream":"x"}"#, r#"{"log.stream":"errors"}"#);
}

#[test]
fn what_a_mask_finds_is_hidden_wherever_it_stands() {
    let all = r#"{"mask":{"pattern":"cust-\\d+","name":"customer"}}"#;
    check(
        all,
        r#"{"message":"of cust-12, c\u0075st-7\n","cust-1":{"a":["cust-2",{"b":"x cust-3"}]},"timestamp":"2026-01-31T12:00:00Z"}"#,
        r#"{"message":"of [masked customer], [masked customer]\n","cust-1":{"a":["[masked customer]",{"b":"x [masked customer]"}]},"timestamp":"2026-01-31T12:00:00Z"}"#,
    );
    check(
        r#"{"mask":{"pattern":"^12","name":"n"}}"#,
        r#"{"n":1234,"m":-12,"b":true}"#,
        r#"{"n":"[masked n]34","m":-12,"b":true}"#,
    );
    check(
        r#"{"mask":{"field":"message","pattern":"secret","name":"x"}}"#,
        r#"{"message":"secret","log.record.original":"a secret","other":"secret"}"#,
        r#"{"message":"[masked x]","log.record.original":"a [masked x]","other":"secret"}"#,
    );
    check(
        r#"{"mask":{"field":"message","pattern":"secret","name":"x"}}"#,
        r#"{"message":"secret","log":{"record":{"original":"a secret"}}}"#,
        r#"{"message":"[masked x]","log":{"record":{"original":"a [masked x]"}}}"#,
    );
    check(
        r#"{"mask":{"field":"service","pattern":"a","name":"x"}}"#,
        r#"{"service.name":"a"}"#,
        r#"{"service.name":"[masked x]"}"#,
    );
    check(
        r#"{"mask":{"field":"user","pattern":".+","name":"x"}}"#,
        r#"{"user":{"a":"b","n":[1]},"user.c":"d"}"#,
        r#"{"user":{"a":"[masked x]","n":["[masked x]"]},"user.c":"[masked x]"}"#,
    );
    let long = format!(r#"{{"message":"{}"}}"#, "a".repeat(limits::PIPELINE_LOOK_BYTES_MAX + 1));
    check(r#"{"mask":{"pattern":"z","name":"x"}}"#, &long, r#"{"message":"[masked x]"}"#);
    let grows = format!(r#"{{"message":"{}"}}"#, "a".repeat(limits::PIPELINE_LOOK_BYTES_MAX / 32));
    let name = "x".repeat(limits::PIPELINE_MASK_CHARS_MAX);
    let mask = format!(r#"{{"mask":{{"pattern":"a","name":"{name}"}}}}"#);
    check(&mask, &grows, &format!(r#"{{"message":"[masked {name}]"}}"#));
}

#[test]
fn what_cannot_be_looked_at_is_hidden_by_masks_and_left_by_others() {
    let long = "a".repeat(limits::PIPELINE_LOOK_BYTES_MAX + 1);
    let record = format!(r#"{{"message":"{long}","a":"b"}}"#);
    let when = r#""when":[{"field":"message","matches":"z"}]"#;
    let mask = format!(r#"{{{when},"then":{{"mask":{{"field":"a","pattern":"z","name":"x"}}}}}}"#);
    let drop = format!(r#"{{{when},"then":{{"drop":true}}}}"#);
    let (after, touched, failed) = tried(&[&mask, &drop], &record);
    assert_eq!(after, Some(format!(r#"{{"message":"{long}","a":"[masked x]"}}"#)));
    assert_eq!((touched, failed), (vec![0], vec![0, 1]));

    // More than all rules may look at together.
    let wide = format!(r#"{{"message":"x","a":[{}"b"]}}"#, r#""cccc","#.repeat(500_000));
    let set = r#"{"then":{"set":{"field":"n","value":1}}}"#;
    let rules = [&[r#"{"then":{"mask":{"pattern":"z","name":"x"}}}"#; 3][..], &[set]].concat();
    let (after, touched, failed) = tried(&rules, &wide);
    let after: Value = serde_json::from_str(&after.unwrap()).unwrap();
    assert_eq!((&after["message"], &after["a"][0]), (&json!("[masked x]"), &json!("[masked x]")));
    assert_eq!((touched, failed), (vec![2], vec![2, 3]), "nothing is left for what comes behind");
}

#[test]
fn nothing_that_is_masked_is_taken_apart_or_put_together() {
    let set = format!(r#"{{"then":{{"set":{{"field":"pan","value":"{CARD}"}}}}}}"#);
    let (after, ..) = tried(&[&set], r#"{"message":"x"}"#);
    assert_eq!(after.unwrap(), r#"{"message":"x","pan":"[masked card]"}"#);
    let inner =
        r#"{"message":"{\"4\\u003929123456781236\":1,\"b\":{\"4\\u003929123456781236\":1},\"c\":\"4\\u003929123456781236\"}"}"#;
    let (after, ..) = tried(&[r#"{"then":{"parse":{"as":"json"}}}"#], inner);
    let after: Value = serde_json::from_str(&after.unwrap()).unwrap();
    assert_eq!((after.get("b"), &after["c"], after.as_object().unwrap().len()), (None, &json!("[masked card]"), 2));
}

#[test]
fn rules_are_done_in_their_order_until_one_drops_or_routes() {
    let rules = [
        r#"{"when":[{"field":"n","at_least":5}],"then":{"route":{"stream":"high"}}}"#,
        r#"{"then":{"set":{"field":"seen","value":true}}}"#,
        r#"{"when":[{"field":"seen","is":true},{"field":"n","is":1}],"then":{"drop":true}}"#,
        r#"{"then":{"set":{"field":"last","value":1}}}"#,
    ];
    assert_eq!(tried(&rules, r#"{"n":7}"#), (Some(r#"{"n":7,"log.stream":"high"}"#.to_owned()), vec![0], vec![]));
    assert_eq!(tried(&rules, r#"{"n":1}"#), (None, vec![1, 2], vec![]));
    assert_eq!(tried(&rules, r#"{"n":2}"#), (Some(r#"{"n":2,"seen":true,"last":1}"#.to_owned()), vec![1, 3], vec![]));
}

fn applied(body: &str, rules: &[&str]) -> Option<Piped> {
    let around = Around { arrived: ARRIVED, redaction: ALL, room: 0 };
    apply(body.as_bytes(), &pipeline(rules), around).unwrap()
}

#[test]
fn a_body_is_counted_and_what_store_would_refuse_of_it_stays_as_it_is() {
    let rules = [r#"{"when":[{"field":"a","is":1}],"then":{"drop":true}}"#, r#"{"then":{"remove":{"field":"b"}}}"#];
    let piped = applied(r#" [{"a":1}, {"a":2,"b":3} ,{"a": 4}] "#, &rules).unwrap();
    assert_eq!(piped.bytes.as_deref(), Some("{\"a\":2}\n{\"a\": 4}\n".as_bytes()));
    let counted = |touched| RuleCount { touched, failed: 0 };
    assert_eq!((piped.dropped, piped.counts), (vec![0], BTreeMap::from([(0, counted(1)), (1, counted(1))])));
    assert!(applied(r#"{"a":2}"#, &rules).unwrap().bytes.is_none());
    for body in [
        r#"{"a":1,"n":tru}"#,
        r#"{"a":2,"b":01}"#,
        r#"{"a":1},{"a":2}"#,
        r#"[{"a":1}"#,
        "{\"a\":1,\"n\":\"\u{1}\"}",
        r#"{"a":1} x"#,
    ] {
        assert!(applied(body, &rules).is_none(), "{body}");
    }
}

/// Rules of every kind, over few names.
fn any_rule() -> impl Strategy<Value = String> {
    let field = || prop::sample::select(vec!["a", "b", "a.b", "a.b.c", "service", "log.stream", "message"]);
    let target = || prop::sample::select(vec!["a", "a.b", "x", "message", "level", "timestamp"]);
    let text = || prop::sample::select(vec!["4929", "1234", "x", "2026-01-31T12:00:00Z", "warn", "a b"]);
    let then = prop_oneof![
        (field(), prop::sample::select(vec!["json", "logfmt", "syslog", "any"]), prop::bool::ANY).prop_map(
            |(field, format, into)| {
                let into = if into { r#","into":"p""# } else { "" };
                format!(r#"{{"parse":{{"field":"{field}","as":"{format}"{into}}}}}"#)
            }
        ),
        (field(), target())
            .prop_map(|(field, to)| format!(r#"{{"parse":{{"field":"{field}","pattern":"(?<first>\\d{{4}})(?<{to}>.*)"}}}}"#)),
        (field(), target()).prop_map(|(from, to)| format!(r#"{{"rename":{{"from":"{from}","to":"{to}"}}}}"#)),
        (target(), text()).prop_map(|(field, text)| format!(r#"{{"set":{{"field":"{field}","value":"{text}"}}}}"#)),
        field().prop_map(|field| format!(r#"{{"remove":{{"field":"{field}"}}}}"#)),
        (field(), text()).prop_map(|(field, text)| format!(r#"{{"mask":{{"field":"{field}","pattern":"{text}","name":"n"}}}}"#)),
        text().prop_map(|text| format!(r#"{{"mask":{{"pattern":"{text}","name":"n"}}}}"#)),
        Just(r#"{"drop":true}"#.to_owned()),
        Just(r#"{"route":{"stream":"s"}}"#.to_owned()),
    ];
    let when = prop_oneof![
        Just(String::new()),
        (field(), text()).prop_map(|(field, text)| format!(r#"{{"field":"{field}","contains":"{text}"}}"#)),
        (field(), text()).prop_map(|(field, text)| format!(r#"{{"field":"{field}","is_not":"{text}"}}"#)),
        field().prop_map(|field| format!(r#"{{"field":"{field}","exists":true}}"#)),
        (field(), -9..5000).prop_map(|(field, bound)| format!(r#"{{"field":"{field}","less_than":{bound}}}"#)),
    ];
    (when, then).prop_map(|(when, then)| format!(r#"{{"when":[{when}],"then":{then}}}"#))
}

fn any_rules() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any_rule(), 1..6).prop_filter("rules that could be set", |rules| {
        let parsed = |(at, rule): (usize, &String)| {
            let mut rule: Value = serde_json::from_str(rule).unwrap();
            rule["name"] = json!(at.to_string());
            serde_json::from_value::<RuleSpec>(rule).unwrap()
        };
        Pipeline::new(rules.iter().enumerate().map(parsed).collect()).is_ok()
    })
}

fn any_record() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(|number| json!(number)),
        Just(json!(CARD)),
        Just(json!(CARD.parse::<u64>().unwrap())),
        Just(json!(format!("a=1 b={CARD} c=x"))),
        Just(json!(format!("{{\"a\":\"{CARD}\",\"4\\u003929123456781236\":1}}"))),
        "\\PC{0,12}".prop_map(|text| json!(text)),
    ];
    let key = || prop::sample::select(vec!["a", "b", "c", "a.b", "b.c", "message", "msg", "level", "dt", "context", "service"]);
    let value = leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
        ]
    });
    prop::collection::vec((key(), value), 0..6)
        .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>())
}

#[test]
fn rules_are_done_to_whatever_store_takes() {
    let pipeline = pipeline(&[r#"{"then":{"mask":{"pattern":"cust-\\d+","name":"c"}}}"#]);
    let treatment = identity::Treatment { pipeline, ..identity::Treatment::default() };
    for body in [
        "[{\"message\":\"cust-1\"}]\n[{\"message\":\"cust-2\"}]",
        "{\"a\":1}\n[{\"message\":\"cust-1\"}]",
        "[][{\"message\":\"cust-1\"}]",
    ] {
        assert!(store::refusal(body.as_bytes()).is_none(), "{body}");
        let sent = crate::NormalBody { bytes: body.to_owned().into(), ..crate::NormalBody::default() };
        let treated = crate::treat(&sent, &treatment, ARRIVED).unwrap();
        let stored = String::from_utf8_lossy(treated.bytes()).into_owned();
        assert!(!stored.contains("cust-") && stored.contains("[masked c]"), "{body}: {stored}");
    }
}

proptest! {
    #[test]
    fn whatever_rules_do_a_body_stays_one_and_no_card_stands_in_it(
        rules in any_rules(),
        records in prop::collection::vec(any_record(), 1..6),
    ) {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let body: String = records.iter().map(|record| format!("{record}\n")).collect();
        let treatment = identity::Treatment { redaction: ALL, pipeline: pipeline(&rules), ..identity::Treatment::default() };
        let sent = crate::NormalBody { bytes: body.into(), ..crate::NormalBody::default() };
        let treated = crate::treat(&sent, &treatment, ARRIVED).unwrap();
        prop_assert!(store::refusal(treated.bytes()).is_none(), "{:?}", treated.bytes());
        prop_assert!(!String::from_utf8_lossy(treated.bytes()).contains(CARD), "{:?}", treated.bytes());
        let left = serde_json::Deserializer::from_slice(treated.bytes()).into_iter::<Value>().count();
        let dropping = treatment.pipeline.rules().iter().filter(|rule| matches!(rule.then(), Action::Drop));
        let dropped: u64 = dropping.filter_map(|rule| treated.counts().rules.get(&rule.number())).map(|count| count.touched).sum();
        prop_assert_eq!(left as u64 + dropped, records.len() as u64);
    }

    #[test]
    fn a_record_as_it_is_tried_is_as_it_would_be_stored(rules in any_rules(), record in any_record()) {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let treatment = identity::Treatment { redaction: ALL, pipeline: pipeline(&rules), ..identity::Treatment::default() };
        let stored = |body: &[u8], treatment: &identity::Treatment| {
            let sent = crate::NormalBody { bytes: body.to_vec().into(), ..crate::NormalBody::default() };
            crate::treat(&sent, treatment, ARRIVED).unwrap().bytes().to_vec()
        };
        let plain = identity::Treatment { pipeline: Pipeline::default(), ..treatment.clone() };
        let masked = stored(record.to_string().as_bytes(), &plain);
        let tried = try_on(&masked, &treatment.pipeline, ALL, ARRIVED).unwrap();
        let through = stored(record.to_string().as_bytes(), &treatment);
        let after = tried.after.unwrap_or_default();
        prop_assert_eq!(after.trim_ascii(), through.trim_ascii());
    }
}

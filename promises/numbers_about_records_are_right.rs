//! Numbers about records are right: counts over time, the fields there are, the values of a field, and what surrounds a
//! record are what was sent, counted; from fresh records, from parts, and from both. An answer says how exact it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{Access, House, escaped};

const RECORDS: usize = 3_000;
const LEVELS: [&str; 4] = ["info", "info", "warn", "error"];

/// Two records share each fourth second from 03:00 on, so the whole takes 100 minutes.
#[derive(Debug, Clone)]
struct Sent {
    n: usize,
    second: usize,
    level: Option<&'static str>,
    record: Value,
}

fn sent() -> Vec<Sent> {
    let one = |n: usize| {
        let second = n / 2 * 4;
        let level = (!n.is_multiple_of(7)).then_some(LEVELS[n % 4]);
        let mut record = json!({
            "timestamp": time(second), "message": format!("record {n}"), "n": n,
            "service": format!("service-{}", n % 3), "http": { "status": 200 + n % 5 * 100 },
        });
        if let Some(level) = level {
            record["level"] = level.into();
        }
        if n.is_multiple_of(10) {
            record["ratio"] = (n as f64 / 4.0).into();
        }
        if n.is_multiple_of(100) {
            record["mixed"] = if n.is_multiple_of(200) { json!("text") } else { json!(true) };
        }
        Sent { n, second, level, record }
    };
    (0..RECORDS).map(one).collect()
}

fn time(second: usize) -> String {
    format!("2026-05-04T{:02}:{:02}:{:02}Z", 3 + second / 3_600, second / 60 % 60, second % 60)
}

/// The seconds since the start that such a time means.
fn seconds(time: &str) -> usize {
    let part = |range| time.get(range).and_then(|text: &str| text.parse::<usize>().ok()).unwrap_or_else(|| panic!("{time}"));
    (part(11..13) - 3) * 3_600 + part(14..16) * 60 + part(17..19)
}

#[track_caller]
fn ask(client: &mut Client, access: &Access, question: &str) -> Value {
    let response = client.get(&format!("/v1/sources/{}/{question}", access.source_id), &access.read_key).unwrap();
    assert_eq!(response.status, 200, "{question}: {}", response.text());
    response.json()
}

/// Runs `check` while the records are fresh, when half of them are in a part, and when all of them are.
fn in_each_state(check: impl Fn(&mut Client, &Access, &[Sent])) {
    let (mut house, access) = House::open();
    let sent = sent();
    let (first, second) = sent.split_at(RECORDS / 2);
    let body = |records: &[Sent]| records.iter().map(|sent| sent.record.to_string()).collect::<Vec<_>>().join("\n");
    access.send(&mut house.client(&access), &body(first));
    check(&mut house.client(&access), &access, first);
    assert!(house.stop().success());
    house.start(&access);
    access.send(&mut house.client(&access), &body(second));
    check(&mut house.client(&access), &access, &sent);
    assert!(house.stop().success());
    house.start(&access);
    check(&mut house.client(&access), &access, &sent);
}

fn check_histogram(client: &mut Client, access: &Access, sent: &[Sent], question: &str, wanted: impl Fn(&Sent) -> bool) {
    let answer = ask(client, access, &format!("histogram?{question}"));
    let step = answer["step_seconds"].as_f64().map(|step| step as usize).unwrap_or_default();
    assert!(step > 0, "{question}: {answer}");
    let mut left: Vec<&Sent> = sent.iter().filter(|one| wanted(one)).collect();
    assert_eq!((&answer["total"], &answer["precision"]), (&json!(left.len()), &json!("exact")), "{question}");
    let buckets = answer["buckets"].as_array().expect("buckets");
    for bucket in buckets {
        let from = seconds(bucket["time"].as_str().expect("a time"));
        let (inside, outside) = left.into_iter().partition(|one| (from..from + step).contains(&one.second));
        left = outside;
        let inside: Vec<&Sent> = inside;
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        for one in &inside {
            *levels.entry(one.level.unwrap_or_default()).or_default() += 1;
        }
        assert_eq!((&bucket["count"], &bucket["levels"]), (&json!(inside.len()), &json!(levels)), "{question}: {bucket}");
    }
    assert!(left.is_empty(), "{question}: {} records are in no step", left.len());
    let most = question.split("buckets=").nth(1).map_or(60, |text| text.parse().unwrap());
    assert!(buckets.len() <= most, "{question}: {} steps", buckets.len());
}

#[test]
fn a_histogram_counts_what_was_sent_by_time_and_level() {
    in_each_state(|client, access, sent| {
        check_histogram(client, access, sent, "", |_| true);
        check_histogram(client, access, sent, "buckets=7", |_| true);
        check_histogram(client, access, sent, "buckets=1000", |_| true);
        check_histogram(client, access, sent, &format!("q={}", escaped("level:error")), |one| one.level == Some("error"));
        let query = "service:service-1 n:>=100 -\"record 103\"";
        check_histogram(client, access, sent, &format!("q={}", escaped(query)), |one| {
            one.n % 3 == 1 && one.n >= 100 && one.n != 103
        });
        // A step may begin before the range does; what is before it does not count all the same.
        let range = format!("from={}&to={}&buckets=11", escaped(&time(602)), escaped(&time(1_804)));
        check_histogram(client, access, sent, &range, |one| (602..1_804).contains(&one.second));
        let none = ask(client, access, "histogram?q=absent");
        assert_eq!(none["total"], 0, "{none}");
    });
}

fn check_fields(client: &mut Client, access: &Access, question: &str, matched: &[&Sent]) {
    let answer = ask(client, access, question);
    let having = |has: &dyn Fn(&Sent) -> bool| matched.iter().filter(|one| has(one)).count();
    let expected = BTreeMap::from([
        ("message", (json!(["text"]), matched.len())),
        ("n", (json!(["integer"]), matched.len())),
        ("service", (json!(["text"]), matched.len())),
        ("http.status", (json!(["integer"]), matched.len())),
        ("level", (json!(["text"]), having(&|one| one.level.is_some()))),
        ("ratio", (json!(["float"]), having(&|one| one.n.is_multiple_of(10)))),
        ("mixed", (json!(["boolean", "text"]), having(&|one| one.n.is_multiple_of(100)))),
    ]);
    let fields = answer["fields"].as_array().expect("fields");
    let listed = fields.iter().map(|field| {
        let records = field["records"].as_u64().and_then(|records| usize::try_from(records).ok()).unwrap_or_default();
        (field["name"].as_str().unwrap_or_default(), (field["types"].clone(), records))
    });
    assert_eq!(listed.collect::<BTreeMap<_, _>>(), expected, "{question}");
    assert_eq!((fields.len(), &answer["precision"]), (expected.len(), &json!("exact")), "{question}");
}

#[test]
fn fields_are_listed_with_their_types_and_counts() {
    in_each_state(|client, access, sent| {
        check_fields(client, access, "fields", &sent.iter().collect::<Vec<_>>());
        let matched: Vec<&Sent> = sent.iter().filter(|one| one.n % 3 == 1).collect();
        check_fields(client, access, &format!("fields?q={}", escaped("service:service-1")), &matched);
        // Of a range that cuts through what was looked at, the counts are too high, and that is said.
        let cut = ask(client, access, &format!("fields?from={}&to={}", escaped(&time(0)), escaped(&time(60))));
        assert_eq!(cut["precision"], "whole parts");
    });
}

#[test]
fn fields_of_very_many_records_are_an_estimate_that_says_so() {
    const RECORDS: usize = 520_000;
    const REQUEST: usize = 52_000;
    let (mut house, access) = House::open();
    for from in (0..RECORDS).step_by(REQUEST) {
        let line = |n: usize| if n.is_multiple_of(4) { "{\"message\":\"m\",\"rare\":1}\n" } else { "{\"message\":\"m\"}\n" };
        access.send(&mut house.client(&access), &(from..from + REQUEST).map(line).collect::<String>());
    }
    assert!(house.stop().success());
    house.start(&access);
    let answer = ask(&mut house.client(&access), &access, "fields?q=m");
    let precision = answer["precision"].as_str().unwrap_or_default();
    assert!(precision.starts_with("sampled 1 in "), "{answer}");
    for (name, records) in [("message", RECORDS), ("rare", RECORDS / 4)] {
        let told = answer["fields"].as_array().expect("fields").iter().find(|field| field["name"] == name);
        let told = told.and_then(|field| field["records"].as_f64()).unwrap_or_default();
        assert!((told / records as f64 - 1.0).abs() < 0.2, "{name}, {records} times: {answer}");
    }
}

#[test]
fn the_values_of_a_field_are_counted() {
    in_each_state(|client, access, sent| {
        let check = |client: &mut Client, field: &str, query: &str, wanted: &dyn Fn(&Sent) -> bool| {
            let answer = ask(client, access, &format!("fields/{field}?limit=1000&q={}", escaped(query)));
            let matched: Vec<&Sent> = sent.iter().filter(|one| wanted(one)).collect();
            let pointer = format!("/{}", field.replace('.', "/"));
            let values: Vec<&Value> = matched.iter().filter_map(|one| one.record.pointer(&pointer)).collect();
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            values.iter().for_each(|value| *counts.entry(value.to_string()).or_default() += 1);
            let mut expected: Vec<(String, usize)> = counts.into_iter().collect();
            expected.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            let top = answer["top"].as_array().expect("values").iter();
            let top: Vec<_> = top.map(|one| (one["value"].to_string(), one["count"].as_u64().unwrap_or(0) as usize)).collect();
            assert_eq!(top, expected.iter().take(1_000).cloned().collect::<Vec<_>>(), "{field} {query}");
            assert_eq!(answer["records"], matched.len(), "{field} {query}");
            assert_eq!(answer["present"], values.len(), "{field} {query}");
            assert_eq!(answer["distinct"], expected.len(), "{field} {query}");
            assert_eq!(answer["precision"], "exact");
            check_numbers(&answer, &values);
        };
        check(client, "service", "", &|_| true);
        check(client, "level", "service:service-0", &|one| one.n % 3 == 0);
        check(client, "http.status", "http.status:>=400", &|one| one.n % 5 >= 2);
        check(client, "ratio", "n:<=500", &|one| one.n <= 500);
        check(client, "mixed", "", &|_| true);
        check(client, "n", "n:<900", &|one| one.n < 900);
        check(client, "absent", "", &|_| true);
    });
}

fn check_numbers(answer: &Value, values: &[&Value]) {
    let numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
    if numbers.is_empty() {
        assert!(answer["numbers"].is_null(), "{answer}");
        return;
    }
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let (least, most) = numbers.iter().fold((f64::MAX, f64::MIN), |(least, most), n| (least.min(*n), most.max(*n)));
    let told = &answer["numbers"];
    assert_eq!((told["min"].as_f64(), told["max"].as_f64()), (Some(least), Some(most)), "{told}");
    assert!(told["mean"].as_f64().is_some_and(|told| (told - mean).abs() < 1e-6 * mean.abs().max(1.0)), "{told}, not {mean}");
}

#[test]
fn more_values_than_are_counted_are_not_passed_off_as_all() {
    const DISTINCT: usize = 12_000;
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..DISTINCT).map(|n| json!({ "message": "m", "request": format!("r{n}") }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    let answer = ask(&mut client, &access, "fields/request?limit=5");
    assert_eq!((&answer["records"], &answer["present"]), (&json!(DISTINCT), &json!(DISTINCT)));
    assert_eq!((&answer["distinct"], answer["top"].as_array().map(Vec::len)), (&Value::Null, Some(5)), "{answer}");
}

#[test]
fn context_is_what_surrounds_a_record() {
    in_each_state(|client, access, sent| {
        let numbers = |records: &Value| -> Vec<u64> {
            records.as_array().expect("records").iter().filter_map(|record| record["attributes"]["n"].as_u64()).collect()
        };
        let last = sent.len() as u64 - 1;
        for n in [0, 1, 2, 700, 701, last - 1, last] {
            let found = access.search(client, &format!("n:{n}"));
            let id = escaped(found[0]["id"].as_str().expect("an id"));
            let answer = ask(client, access, &format!("context?id={id}&before=4&after=3"));
            assert_eq!(answer["record"], found[0]);
            assert_eq!(numbers(&answer["before"]), (n.saturating_sub(4)..n).collect::<Vec<_>>(), "before {n}");
            assert_eq!(numbers(&answer["after"]), (n + 1..=(n + 3).min(last)).collect::<Vec<_>>(), "after {n}");
            let among = ask(client, access, &format!("context?id={id}&before=2&after=2&q={}", escaped("service:service-1")));
            let like: Vec<u64> = (0..=last).filter(|other| other % 3 == 1).collect();
            let before: Vec<u64> = like.iter().copied().filter(|other| *other < n).collect();
            let after: Vec<u64> = like.into_iter().filter(|other| *other > n).take(2).collect();
            assert_eq!(numbers(&among["before"]), before[before.len().saturating_sub(2)..], "before {n}");
            assert_eq!((&among["record"], numbers(&among["after"])), (&found[0], after), "after {n}");
        }
        let absent = format!("/v1/sources/{}/context?id=8000000000000000-1", access.source_id);
        let response = client.get(&absent, &access.read_key).unwrap();
        assert_eq!((response.status, response.json()["code"].as_str()), (404, Some("record_not_found")));
    });
}

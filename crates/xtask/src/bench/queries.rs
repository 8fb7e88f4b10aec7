//! The eight queries, each cold (a new process) and warm, each answer compared with the scan's.
#![expect(clippy::disallowed_methods, reason = "the benchmark measures on a real clock")]

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::process::{Access, Server};
use super::truth::{LAST, LEVEL, PATTERN, SERVICE, SUBSTRING, Truth, WORD};
use crate::client::Client;

pub(super) const WARM_RUNS: usize = 7;
/// A percentile may be off by this share of its group's records: t-digests are approximate.
const RANK_ERROR_MAX: f64 = 0.02;
const PERCENTILES: [f64; 3] = [0.50, 0.95, 0.99];

type Check = fn(&Value, &Truth) -> Result<()>;

struct Query {
    name: &'static str,
    what: &'static str,
    ask: Ask,
    check: Check,
}

enum Ask {
    /// A path with its query string.
    Search(String),
    Sql(String),
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Took {
    pub(super) cpu: f64,
    pub(super) wall: f64,
}

#[derive(Debug)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) warm: Took,
    pub(super) cold: Took,
    /// Why the answer is not the scan's.
    pub(super) wrong: Option<String>,
}

pub(super) fn measure(binary: &Path, data: &Path, access: &Access, truth: &Truth) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for query in all(access, truth) {
        let server = Server::start(binary, data)?;
        server.wait_healthy(access)?;
        // What a start does in the background is no part of a query.
        server.settle()?;
        let mut client = server.client(access)?;
        let (cold, answer) = once(&server, &mut client, access, &query.ask)?;
        let wrong = (query.check)(&answer, truth).err().map(|error| format!("WRONG: {error:#}"));
        let mut warm = Vec::new();
        for _ in 0..WARM_RUNS {
            warm.push(once(&server, &mut client, access, &query.ask)?.0);
        }
        let warm = Took { cpu: median(&warm, |t| t.cpu), wall: median(&warm, |t| t.wall) };
        measured.push(Measured { name: query.name, what: query.what, warm, cold, wrong });
        server.stop()?;
    }
    Ok(measured)
}

fn once(server: &Server, client: &mut Client, access: &Access, ask: &Ask) -> Result<(Took, Value)> {
    let before = server.thread_nanos()?;
    let begun = Instant::now();
    let response = match ask {
        Ask::Search(path) => client.get(path, &access.read_key),
        Ask::Sql(sql) => {
            let body = json!({ "sql": sql }).to_string();
            client.post(&format!("/v1/sources/{}/sql", access.source_id), &access.read_key, "application/json", body.as_bytes())
        }
    }?;
    let wall = begun.elapsed().as_secs_f64() * 1e3;
    let after = server.thread_nanos()?;
    let earlier = |id: u64| before.iter().find(|(thread, _)| *thread == id).map_or(0, |(_, nanos)| *nanos);
    let nanos: u64 = after.iter().map(|(id, nanos)| nanos.saturating_sub(earlier(*id))).sum();
    let answer =
        if response.status == 200 { response.json() } else { json!({ "status": response.status, "body": response.text() }) };
    Ok((Took { cpu: nanos as f64 / 1e6, wall }, answer))
}

fn median(runs: &[Took], of: impl Fn(&Took) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn all(access: &Access, truth: &Truth) -> Vec<Query> {
    let (from, to) = (&truth.first, &truth.after_last);
    let search = |text: &str| {
        let (q, from, to) = (escaped(text), escaped(from), escaped(to));
        Ask::Search(format!("/v1/sources/{}/search?q={q}&from={from}&to={to}&limit={LAST}", access.source_id))
    };
    let day = format!("timestamp >= timestamp '{from}' and timestamp < timestamp '{to}'");
    let sql = |head: &str, tail: &str| Ask::Sql(format!("select {head} and {day} {tail}"));
    let query = |name, what, ask, check: Check| Query { name, what, ask, check };
    let percentiles = PERCENTILES.map(|p| format!("approx_percentile_cont({p}) within group (order by latency_ms)")).join(", ");
    vec![
        query("q1", "last 100 of a service", search(&format!("service:\"{SERVICE}\"")), check_last_of_service),
        query("q2", "one request id in the day", search(&format!("request_id:\"{}\"", truth.middle.0)), check_one_request),
        query("q3", "a word and a level, last 100", search(&format!("{WORD} level:{LEVEL}")), check_word_and_level),
        query(
            "q4",
            "by level, 5 minute buckets",
            sql(
                "date_bin(interval '5 minutes', timestamp) as bucket, level, count(*) as n from logs where true",
                "group by 1, 2",
            ),
            check_histogram,
        ),
        query(
            "q5",
            "top 10 addresses of a service",
            sql(
                &format!("client_ip, count(*) as n from logs where service = '{SERVICE}'"),
                "group by client_ip order by n desc, client_ip limit 10",
            ),
            check_top_clients,
        ),
        query(
            "q6",
            "percentiles by service and hour",
            sql(
                &format!("service, date_trunc('hour', timestamp) as hour, count(*) as n, {percentiles} from logs where true"),
                "group by 1, 2",
            ),
            check_percentiles,
        ),
        query(
            "q7a",
            "substring of the message",
            sql(&format!("count(*) as n from logs where message like '%{SUBSTRING}%'"), ""),
            |answer, truth| check_count(answer, truth.substring),
        ),
        query(
            "q7b",
            "regular expression",
            sql(&format!("count(*) as n from logs where regexp_like(message, '{PATTERN}')"), ""),
            |answer, truth| check_count(answer, truth.pattern),
        ),
        query("q8", "distinct users", sql("count(distinct \"user.id\") as n from logs where true", ""), |answer, truth| {
            check_count(answer, truth.users.len() as u64)
        }),
    ]
}

fn check_last_of_service(answer: &Value, truth: &Truth) -> Result<()> {
    check_ids(answer, truth.of_service.iter())
}

fn check_word_and_level(answer: &Value, truth: &Truth) -> Result<()> {
    check_ids(answer, truth.with_word.iter())
}

fn check_one_request(answer: &Value, truth: &Truth) -> Result<()> {
    check_ids(answer, std::iter::once(&truth.middle.0))
}

/// Newest first.
fn check_ids<'a>(answer: &Value, expected: impl Iterator<Item = &'a String>) -> Result<()> {
    let records = answer["records"].as_array().with_context(|| shortened(answer))?;
    let found: Vec<&str> = records.iter().filter_map(|record| record["attributes"]["request_id"].as_str()).collect();
    let expected: Vec<&str> = expected.map(String::as_str).collect();
    let same = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
    ensure!(found == expected, "{} of {} records, {same} in their place", found.len(), expected.len());
    Ok(())
}

fn check_histogram(answer: &Value, truth: &Truth) -> Result<()> {
    let rows = rows(answer)?;
    ensure!(rows.len() == truth.histogram.len(), "{} buckets instead of {}", rows.len(), truth.histogram.len());
    for row in rows {
        let key = (moment(&row[0], 16), row[1].as_str().unwrap_or_default().to_owned());
        ensure!(truth.histogram.get(&key).map(|n| *n as f64) == number(&row[2]), "bucket {key:?}: {}", row[2]);
    }
    Ok(())
}

fn check_top_clients(answer: &Value, truth: &Truth) -> Result<()> {
    let mut expected: Vec<_> = truth.clients.iter().map(|(client, n)| (std::cmp::Reverse(*n), client.as_str())).collect();
    expected.sort_unstable();
    expected.truncate(10);
    let rows = rows(answer)?;
    ensure!(rows.len() == expected.len(), "{} rows", rows.len());
    for (row, (n, client)) in rows.iter().zip(expected) {
        ensure!(row[0].as_str() == Some(client) && number(&row[1]) == Some(n.0 as f64), "{row} instead of {client} {}", n.0);
    }
    Ok(())
}

fn check_percentiles(answer: &Value, truth: &Truth) -> Result<()> {
    let rows = rows(answer)?;
    ensure!(rows.len() == truth.latencies.len(), "{} groups instead of {}", rows.len(), truth.latencies.len());
    for row in rows {
        let key = (row[0].as_str().unwrap_or_default().to_owned(), moment(&row[1], 13));
        let sorted = truth.latencies.get(&key).with_context(|| format!("group {key:?}"))?;
        let total = sorted.len() as f64;
        ensure!(number(&row[2]) == Some(total), "group {key:?}: {} records", row[2]);
        for (i, p) in PERCENTILES.iter().enumerate() {
            let value = number(&row[3 + i]).with_context(|| format!("percentile {p}"))?;
            let rank = sorted.partition_point(|latency| f64::from(*latency) < value) as f64;
            // One record more or less is the whole error in a group of a few.
            ensure!((rank / total - p).abs() <= RANK_ERROR_MAX + 1.5 / total, "p{p} of {key:?} is at rank {}", rank / total);
        }
    }
    Ok(())
}

fn check_count(answer: &Value, expected: u64) -> Result<()> {
    let rows = rows(answer)?;
    let found = rows.first().and_then(|row| number(&row[0]));
    ensure!(found == Some(expected as f64), "{found:?} instead of {expected}");
    Ok(())
}

fn rows(answer: &Value) -> Result<&Vec<Value>> {
    answer["rows"].as_array().with_context(|| shortened(answer))
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The first `characters` of a time, whichever way day and hour are kept apart.
fn moment(value: &Value, characters: usize) -> String {
    value.as_str().unwrap_or_default().replacen(' ', "T", 1).chars().take(characters).collect()
}

fn shortened(answer: &Value) -> String {
    answer.to_string().chars().take(300).collect()
}

fn escaped(text: &str) -> String {
    let escape = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(escape).collect()
}

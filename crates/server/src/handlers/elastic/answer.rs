//! Answers to searches, in the form of Elasticsearch's.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

use axum::http::StatusCode;
use model::{RecordId, Timestamp, limits};
use search::elastic::{Aggregation, Filters, Marks, Metric, Named, Request, TIME};
use search::{AggregateBucket as Bucket, Aggregated, Extended, Key, Outcome, Stats};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::INDEX;
use crate::problem::Problem;

/// Bytes of all hits: twice a page, since each has its message with marks beside the record.
const HITS_BYTES_MAX: usize = 2 * limits::PAGE_BYTES_MAX;

/// What a search found.
pub(super) struct Answered<'a> {
    pub(super) records: &'a [Vec<u8>],
    pub(super) gathered: &'a Aggregated,
    pub(super) began: Instant,
    /// Whether the names of aggregations say of what kind they are, as clients with types of their own ask for.
    pub(super) typed: bool,
}

/// A record as an answer of `search` gives it.
#[derive(Deserialize)]
struct Record<'a> {
    id: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    level: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

/// The answer to one search. Marks make records larger than they were when they were found.
pub(super) fn written(asked: &Request, found: &Answered<'_>, stats: &Stats) -> Result<Vec<u8>, Problem> {
    let failed = |error: serde_json::Error| Problem::internal(&error);
    let mut hits = Vec::new();
    let marks = asked.highlight.as_ref().map(|around| Marks::new(&asked.query, around));
    for record in found.records {
        if !hits.is_empty() {
            hits.push(b',');
        }
        hit(asked, marks.as_ref(), record, &mut hits).map_err(failed)?;
        if hits.len() > HITS_BYTES_MAX {
            return Err(too_large());
        }
    }
    let took = found.began.elapsed().as_millis();
    let shards = shards(stats.parts_unreadable.max(found.gathered.stats.parts_unreadable));
    let total = if asked.counts {
        format!("\"total\":{{\"value\":{},\"relation\":\"eq\"}},", found.gathered.count)
    } else {
        String::new()
    };
    let mut whole =
        format!("{{\"took\":{took},\"timed_out\":false,\"_shards\":{shards},\"hits\":{{{total}\"max_score\":null,\"hits\":[")
            .into_bytes();
    whole.extend_from_slice(&hits);
    whole.extend_from_slice(b"]}");
    if !asked.aggregations.is_empty() {
        whole.extend_from_slice(b",\"aggregations\":");
        whole.extend(serde_json::to_vec(&outcomes(&asked.aggregations, &found.gathered.outcomes, found.typed)).map_err(failed)?);
    }
    whole.push(b'}');
    Ok(whole)
}

/// The answer to how many there are.
pub(super) fn count(gathered: &Aggregated) -> Vec<u8> {
    json!({"count": gathered.count, "_shards": shards(gathered.stats.parts_unreadable)}).to_string().into_bytes()
}

pub(super) fn too_large() -> Problem {
    let detail = format!("the records of this answer are more than {} bytes together; ask for fewer", limits::PAGE_BYTES_MAX);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "answer_too_large", detail)
}

/// The same among several.
pub(super) fn with_status(answer: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(answer.strip_suffix(b"}").unwrap_or(answer));
    out.extend_from_slice(b",\"status\":200}");
}

/// A part that could not be read is told as a shard that failed.
fn shards(unreadable: usize) -> Value {
    let mut shards = json!({"total": 1, "successful": 1, "skipped": 0, "failed": unreadable});
    if unreadable > 0 {
        let reason = "parts of this time could not be read and are left out; the operator's log names damaged ones";
        shards["failures"] = json!([{"shard": 0, "index": INDEX, "reason": {"type": "parts_unreadable", "reason": reason}}]);
    }
    shards
}

fn hit(asked: &Request, marks: Option<&Marks<'_>>, record: &[u8], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Record { id, timestamp, level, message, attributes } = serde_json::from_slice(record)?;
    out.extend_from_slice(format!("{{\"_index\":\"{INDEX}\",\"_id\":{},\"_score\":null", json!(id)).as_bytes());
    if asked.source {
        out.extend_from_slice(format!(",\"_source\":{{\"{TIME}\":{}", json!(timestamp)).as_bytes());
        let own = [("level", level.as_deref()), ("message", message.as_deref())];
        for (name, text) in own.iter().filter_map(|(name, text)| Some((name, (*text)?))) {
            out.extend_from_slice(format!(",\"{name}\":{}", json!(text)).as_bytes());
        }
        let is_own = |name: &str| name == TIME || own.iter().any(|(own, text)| *own == name && text.is_some());
        for (name, value) in attributes.iter().filter(|(name, _)| !is_own(name)) {
            out.extend_from_slice(format!(",{}:{}", json!(name), value.get()).as_bytes());
        }
        out.push(b'}');
    }
    if asked.time_field {
        out.extend_from_slice(format!(",\"fields\":{{\"{TIME}\":[{}]}}", json!(timestamp)).as_bytes());
    }
    if let Some(marked) = marks.and_then(|marks| marks.mark(message.as_deref()?)) {
        out.extend_from_slice(format!(",\"highlight\":{{\"message\":[{}]}}", json!(marked)).as_bytes());
    }
    if let (Ok(id), true) = (id.parse::<RecordId>(), asked.sorted.keys > 0) {
        out.extend_from_slice(format!(",\"sort\":{}", Value::from(asked.sorted.place(id))).as_bytes());
    }
    out.push(b'}');
    Ok(())
}

fn outcomes(named: &[Named], outcomes: &[Outcome], typed: bool) -> Map<String, Value> {
    let one = |(named, outcome): (&Named, &Outcome)| {
        let name = match typed {
            true => format!("{}#{}", kind(&named.what, outcome), named.name),
            false => named.name.clone(),
        };
        (name, outcome_of(&named.what, outcome, typed))
    };
    named.iter().zip(outcomes).map(one).collect()
}

/// What Elasticsearch calls the kind of an outcome.
fn kind(what: &Aggregation, outcome: &Outcome) -> &'static str {
    let metric = match what {
        Aggregation::Terms(..) => return kind_of_terms(outcome),
        Aggregation::Times(..) => return "date_histogram",
        Aggregation::Numbers(..) => return "histogram",
        Aggregation::Filters(..) => return "filters",
        Aggregation::Metric(_, metric) => metric,
    };
    match metric {
        Metric::Avg => "avg",
        Metric::Min => "min",
        Metric::Max => "max",
        Metric::Sum => "sum",
        Metric::Stats => "stats",
        Metric::Extended(_) => "extended_stats",
        Metric::Values => "value_count",
        Metric::Cardinality => "cardinality",
        Metric::Percentiles(_) => "tdigest_percentiles",
    }
}

/// A field has no type before its values are seen: with no bucket, or with texts among them, they are texts.
fn kind_of_terms(outcome: &Outcome) -> &'static str {
    let Outcome::Terms { buckets, .. } = outcome else { return "sterms" };
    let any = |is: fn(&Key) -> bool| buckets.iter().any(|bucket| is(&bucket.key));
    match any(|key| matches!(key, Key::Text(_))) || buckets.is_empty() {
        true => "sterms",
        false if any(|key| matches!(key, Key::Float(_))) => "dterms",
        false => "lterms",
    }
}

fn outcome_of(what: &Aggregation, outcome: &Outcome, typed: bool) -> Value {
    match (what, outcome) {
        (Aggregation::Terms(_, below), Outcome::Terms { buckets, others }) => {
            let buckets: Vec<Value> =
                buckets.iter().map(|bucket| written_bucket(bucket, key(&bucket.key), (below, typed))).collect();
            json!({"doc_count_error_upper_bound": 0, "sum_other_doc_count": others, "buckets": buckets})
        }
        (Aggregation::Times(times, below), Outcome::Times(buckets)) => {
            let bucket = |bucket: &Bucket| {
                let millis = if let Key::Int(millis) = bucket.key { millis } else { 0 };
                let text = if times.as_millis { millis.to_string() } else { date(millis) };
                written_bucket(bucket, (json!(millis), Some(text)), (below, typed))
            };
            json!({"buckets": buckets.iter().map(bucket).collect::<Vec<Value>>()})
        }
        (Aggregation::Numbers(_, below), Outcome::Numbers(buckets)) => {
            let bucket = |bucket: &Bucket| written_bucket(bucket, key(&bucket.key), (below, typed));
            json!({"buckets": buckets.iter().map(bucket).collect::<Vec<Value>>()})
        }
        (Aggregation::Filters(filters, below), Outcome::Filters(buckets)) => filtered(filters, buckets, (below, typed)),
        (Aggregation::Metric(_, Metric::Extended(sigma)), Outcome::Extended(count, numbers)) => {
            extended(*sigma, *count, numbers.as_ref())
        }
        (_, Outcome::Count(count)) => json!({"value": count}),
        (_, Outcome::Number(number)) => json!({"value": number}),
        (_, Outcome::Stats(count, numbers)) => match numbers {
            Some((min, max, sum)) => {
                json!({"count": count, "min": min, "max": max, "avg": sum / *count as f64, "sum": sum})
            }
            None => json!({"count": 0, "min": null, "max": null, "avg": null, "sum": 0.0}),
        },
        (Aggregation::Metric(_, Metric::Percentiles(percents)), Outcome::Percentiles(numbers)) => {
            let value = |(percent, number): (&f64, &Option<f64>)| (format!("{percent:?}"), json!(number));
            json!({"values": percents.iter().zip(numbers).map(value).collect::<Map<String, Value>>()})
        }
        // An outcome is in the form of its aggregation.
        (
            _,
            Outcome::Terms { .. }
            | Outcome::Times(_)
            | Outcome::Numbers(_)
            | Outcome::Filters(_)
            | Outcome::Extended(..)
            | Outcome::Percentiles(_),
        ) => Value::Null,
    }
}

/// By their names, or as a list where they have none.
fn filtered(filters: &Filters, buckets: &[Bucket], below: (&[Named], bool)) -> Value {
    let mut written = buckets.iter().map(|bucket| {
        let mut written = outcomes(below.0, &bucket.below, below.1);
        written.insert("doc_count".to_owned(), json!(bucket.count));
        Value::Object(written)
    });
    if filters.all.iter().any(|(name, _)| name.is_none()) {
        return json!({"buckets": written.collect::<Vec<Value>>()});
    }
    let names = filters.all.iter().filter_map(|(name, _)| name.clone()).chain(filters.other.clone());
    json!({"buckets": names.zip(written.by_ref()).collect::<Map<String, Value>>()})
}

fn extended(sigma: f64, count: u64, numbers: Option<&Extended>) -> Value {
    let numbers = numbers.copied();
    let n = count as f64;
    let avg = numbers.map(|numbers| numbers.sum / n);
    let population = numbers.map(|numbers| numbers.off_mean / n);
    // Of one number alone a sample says nothing.
    let sampling = numbers.filter(|_| count > 1).map(|numbers| numbers.off_mean / (n - 1.0));
    let bound = |variance: Option<f64>, sign: f64| Some(avg? + sign * sigma * variance?.sqrt());
    json!({
        "count": count,
        "min": numbers.map(|numbers| numbers.min),
        "max": numbers.map(|numbers| numbers.max),
        "avg": avg,
        "sum": numbers.map_or(0.0, |numbers| numbers.sum),
        "sum_of_squares": numbers.map(|numbers| numbers.sum_of_squares),
        "variance": population,
        "variance_population": population,
        "variance_sampling": sampling,
        "std_deviation": population.map(f64::sqrt),
        "std_deviation_population": population.map(f64::sqrt),
        "std_deviation_sampling": sampling.map(f64::sqrt),
        "std_deviation_bounds": {
            "upper": bound(population, 1.0),
            "lower": bound(population, -1.0),
            "upper_population": bound(population, 1.0),
            "lower_population": bound(population, -1.0),
            "upper_sampling": bound(sampling, 1.0),
            "lower_sampling": bound(sampling, -1.0),
        },
    })
}

fn written_bucket(bucket: &Bucket, (key, text): (Value, Option<String>), (below, typed): (&[Named], bool)) -> Value {
    let mut written = outcomes(below, &bucket.below, typed);
    if let Some(text) = text {
        written.insert("key_as_string".to_owned(), json!(text));
    }
    written.insert("key".to_owned(), key);
    written.insert("doc_count".to_owned(), json!(bucket.count));
    Value::Object(written)
}

fn key(key: &Key) -> (Value, Option<String>) {
    match key {
        Key::Bool(flag) => (json!(i32::from(*flag)), Some(flag.to_string())),
        Key::Int(number) => (json!(number), None),
        Key::Float(number) => (json!(number), None),
        Key::Text(text) => (json!(text), None),
    }
}

/// `2026-01-31T12:00:00.000Z`
fn date(millis: i64) -> String {
    let text = Timestamp::from_nanos(millis.saturating_mul(1_000_000)).to_string();
    let text = text.trim_end_matches('Z');
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{seconds}.{fraction:0<3.3}Z")
}

//! What the questions of this API share: the query, the time range, the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use identity::{Permit, Read};
use model::{TimeRange, Timestamp, limits};
use schemars::JsonSchema;
use search::query::parse_time;
use search::{Cancel, Predicate, Query, Stats};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shown::Time;
use crate::app::{App, Deadline};
use crate::problem::Problem;

/// The parameters of a question. Times are RFC 3339, epoch numbers, or relative, such as `now-15m`; none means no bound.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Params {
    /// In the search language; empty asks for all.
    pub(crate) q: String,
    /// RFC 3339, an epoch number, or relative, such as `now-15m`.
    pub(crate) from: String,
    pub(crate) to: String,
    /// How many records, or values of a field.
    pub(crate) limit: Option<usize>,
    /// Of a search: the `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// Of a search: `newest` or `oldest`.
    pub(crate) order: Option<String>,
    /// Of a histogram: how many steps at most.
    pub(crate) buckets: Option<usize>,
    /// Of a context or an origin: the record's.
    pub(crate) id: Option<String>,
    /// Of an origin: `true` opens all of what the record is sealed in, and says whether it is still what was written.
    pub(crate) seals: bool,
    /// Of a context: how many records before it.
    pub(crate) before: Option<usize>,
    /// Of a context: how many records after it. Of a tail: the sequence to go on from.
    pub(crate) after: Option<u64>,
    /// Of a series: `count`, `avg`, `min`, `max`, `sum` or `percentile`.
    pub(crate) measure: Option<String>,
    /// Of what, unless records are counted.
    pub(crate) field: Option<String>,
    /// From 0 to 100.
    pub(crate) percentile: Option<f64>,
}

/// A record, as it was sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Record")]
pub(super) struct ShownRecord {
    id: String,
    timestamp: Time,
    level: Option<String>,
    message: Option<String>,
    attributes: BTreeMap<String, Value>,
}

/// What a question cost.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QueryStats")]
pub(super) struct ShownStats {
    rows_scanned: u64,
    rows_matched: u64,
    parts_read: usize,
    parts_pruned: usize,
    parts_unreadable: usize,
    elapsed_ms: f64,
}

/// What a reader should know of an answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct Warning {
    /// Stable.
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// Where in the query, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) length: Option<usize>,
}

// === impl Params ===

impl Params {
    pub(crate) fn predicate(&self, now: Timestamp) -> Result<(Query, Predicate), Problem> {
        let query = Query::parse(&self.q)?;
        let predicate = Predicate::compile(&query, now);
        Ok((query, predicate))
    }

    /// The range of the parameters, narrowed by what the query itself says of time.
    pub(crate) fn range(&self, now: Timestamp, bounds: TimeRange) -> Result<TimeRange, Problem> {
        let from = if self.from.is_empty() { Timestamp::MIN } else { time("from", &self.from, now)? };
        let to = if self.to.is_empty() { Timestamp::MAX } else { time("to", &self.to, now)? };
        if from > to {
            return Err(Problem::bad_request("time_range_invalid", "`from` is later than `to`"));
        }
        Ok(TimeRange { from: from.max(bounds.from), to: to.min(bounds.to) })
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            None => Ok(limits::PAGE_RECORDS_DEFAULT),
            Some(limit @ 1..=limits::PAGE_RECORDS_MAX) => Ok(limit),
            Some(_) => {
                let detail = format!("`limit` is a number from 1 to {}", limits::PAGE_RECORDS_MAX);
                Err(Problem::bad_request("limit_invalid", detail))
            }
        }
    }
}

fn time(name: &str, text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    parse_time(text, now).map_err(|error| Problem::bad_request("time_invalid", format!("`{name}`: {error}")))
}

/// Runs a question on a thread that may block, within the limits of time and of questions at once.
pub(crate) async fn run<T: Send + 'static>(
    app: &Arc<App>,
    permit: Permit<Read>,
    question: impl FnOnce(&App, &Permit<Read>, &Cancel) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let place = app.query_place().await?;
    let deadline = Deadline::start();
    let cancel = deadline.cancel();
    let worker = Arc::clone(app);
    let work = move || {
        let _place = place;
        question(&worker, &permit, &cancel)
    };
    let answer = tokio::task::spawn_blocking(work).await;
    answer.map_err(|error| Problem::internal(&error))?
}

/// A JSON answer that must not be kept by caches on the way.
pub(crate) fn json(body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

/// The object that `rest` is, begun with what is JSON already: records are not read again to be written.
pub(super) fn with_rest(mut begun: Vec<u8>, rest: &impl Serialize) -> Result<Response, Problem> {
    let rest = serde_json::to_vec(rest).map_err(|error| Problem::internal(&error))?;
    begun.push(b',');
    begun.extend_from_slice(rest.get(1..).unwrap_or_default());
    Ok(json(begun))
}

pub(super) fn written(body: &impl Serialize) -> Result<Response, Problem> {
    Ok(json(serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?))
}

pub(super) fn stats(stats: &Stats, elapsed: std::time::Duration) -> ShownStats {
    ShownStats {
        rows_scanned: stats.rows_scanned,
        rows_matched: stats.rows_matched,
        parts_read: stats.parts_read,
        parts_pruned: stats.parts_pruned,
        parts_unreadable: stats.parts_unreadable,
        elapsed_ms: elapsed.as_micros() as f64 / 1000.0,
    }
}

/// What a reader should know of an answer that is not whole.
pub(super) fn warnings(stats: &Stats) -> Vec<Warning> {
    let detail = || {
        format!(
            "{} part(s) of this time could not be read and are left out; the operator's log names damaged ones",
            stats.parts_unreadable
        )
    };
    let damaged = || Warning { code: "parts_unreadable", detail: detail(), at: None, length: None };
    (stats.parts_unreadable > 0).then(damaged).into_iter().collect()
}

/// Measures how long an answer took.
#[expect(clippy::disallowed_methods, reason = "the edge measures durations; nothing is decided by it")]
pub(crate) fn started() -> std::time::Instant {
    std::time::Instant::now()
}

//! Answers in the form of Loki's HTTP API.

use std::collections::BTreeMap;

use axum::response::Response;
use model::{Timestamp, limits};
use search::{Found, GroupError, LabelSeries, MetricValue, Moments, Stats};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::query::{self, json};
use crate::problem::Problem;

/// Members in the order in which Loki sends them: clients read what comes before the result to understand it.
#[derive(Serialize)]
struct Answer<T> {
    status: &'static str,
    data: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<T> {
    result_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_flags: Option<[&'static str; 1]>,
    result: T,
    stats: Value,
}

/// A list of texts or of label sets.
pub(super) fn list<T: Serialize>(data: T, stats: &Stats) -> Result<Response, Problem> {
    answer(data, stats)
}

pub(super) fn streams<T: Serialize>(result: T, categories: bool, found: &Found) -> Result<Response, Problem> {
    let (stats, lines) = (&found.stats, found.records.len());
    let encoding_flags = categories.then_some(["categorize-labels"]);
    let data = Data { result_type: "streams", encoding_flags, result, stats: summary(stats, lines) };
    let cut = found.cut.then(|| format!("the lines are cut at {} bytes; ask for less time", limits::PAGE_BYTES_MAX));
    written(&Answer { status: "success", data, warnings: warnings(stats).chain(cut).collect() })
}

/// A metric at every step.
pub(super) fn matrix(value: MetricValue, steps: &Moments, stats: &Stats) -> Result<Response, Problem> {
    let series = match value {
        MetricValue::Series(series) => series,
        MetricValue::Number(number) => vec![LabelSeries { labels: BTreeMap::new(), values: vec![Some(number); steps.count] }],
    };
    let points = |values: Vec<Option<f64>>| -> Vec<Value> {
        let there = values.into_iter().enumerate().filter_map(|(step, value)| Some((step, value?)));
        there.map(|(step, value)| point(steps.moment(step), value)).collect()
    };
    let series = series.into_iter().map(|LabelSeries { labels, values }| (labels, points(values)));
    let result: Vec<Value> = series
        .filter(|(_, values)| !values.is_empty())
        .map(|(labels, values)| json!({"metric": labels, "values": values}))
        .collect();
    let stats_of = summary(stats, result.len());
    answer(Data { result_type: "matrix", encoding_flags: None, result, stats: stats_of }, stats)
}

/// A metric at one moment.
pub(super) fn moment(value: MetricValue, at: Timestamp, stats: &Stats) -> Result<Response, Problem> {
    let (result_type, result) = match value {
        MetricValue::Number(number) => ("scalar", point(at, number)),
        MetricValue::Series(series) => {
            let of = |one: LabelSeries| {
                Some(json!({"metric": one.labels, "value": point(at, one.values.first().copied().flatten()?)}))
            };
            ("vector", Value::Array(series.into_iter().filter_map(of).collect()))
        }
    };
    let lines = result.as_array().map_or(1, Vec::len);
    answer(Data { result_type, encoding_flags: None, result, stats: summary(stats, lines) }, stats)
}

/// An answer of a form of its own.
pub(super) fn plain(body: &Value) -> Response {
    json(body.to_string().into_bytes())
}

fn answer<T: Serialize>(data: T, stats: &Stats) -> Result<Response, Problem> {
    written(&Answer { status: "success", data, warnings: warnings(stats).collect() })
}

fn warnings(stats: &Stats) -> impl Iterator<Item = String> {
    query::warnings(stats).into_iter().map(|warning| warning.detail)
}

fn written<T: Serialize>(answer: &Answer<T>) -> Result<Response, Problem> {
    Ok(json(serde_json::to_vec(answer).map_err(|error| Problem::internal(&error))?))
}

fn summary(stats: &Stats, lines: usize) -> Value {
    json!({"summary": {
        "totalLinesProcessed": stats.rows_scanned,
        "totalPostFilterLines": stats.rows_matched,
        "totalEntriesReturned": lines,
    }})
}

/// Seconds and the value as text, since JSON has no number for every value.
fn point(at: Timestamp, value: f64) -> Value {
    let nanos = at.nanos();
    let seconds = if nanos % 1_000_000_000 == 0 { json!(nanos / 1_000_000_000) } else { json!(nanos as f64 / 1e9) };
    let text = match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value.is_infinite() => if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
        value => value.to_string(),
    };
    json!([seconds, text])
}

/// A refusal as Loki's API gives one.
pub(super) fn refused(problem: Problem) -> Response {
    let body = json!({"code": problem.status().as_u16(), "status": "error", "message": problem.detail()});
    problem.in_form("application/json", body.to_string().into_bytes())
}

impl From<logql::ParseError> for Problem {
    fn from(error: logql::ParseError) -> Self {
        Self::bad_request(error.code, error.to_string())
    }
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Scan(error) => error.into(),
            GroupError::TooManyGroups(_) | GroupError::TooMuchText => Self::bad_request("too_many_series", error.to_string()),
            GroupError::Matches(_) => Self::bad_request("logql_invalid", error.to_string()),
            GroupError::TooManySamples => Self::bad_request("too_many_samples", error.to_string()),
            GroupError::TooManyCells => Self::bad_request("too_many_steps", error.to_string()),
        }
    }
}

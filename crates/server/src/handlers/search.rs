//! `GET /v1/sources/{id}/search`, `/histogram`, `/fields`, `/fields/{name}`, `/context`.

use audit::Question;
use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Path;
use model::{RecordId, Timestamp, limits};
use schemars::JsonSchema;
use search::{Find, Order, Precision, Width};
use serde::Serialize;
use serde_json::Value;

use super::origin::record_id;
use super::query::{Params, ShownRecord, ShownStats, Warning, run, started, stats, warnings, with_rest, written};
use super::reader::Reader;
use super::shown::Time;
use crate::api::{JsonOf, Typed};
use crate::problem::Problem;

/// A page of what a query finds.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Found {
    records: Vec<ShownRecord>,
    #[serde(flatten)]
    rest: FoundRest,
}

#[derive(Serialize, JsonSchema)]
struct FoundRest {
    /// The cursor of the next page, if there may be one.
    next: Option<String>,
    stats: ShownStats,
    warnings: Vec<Warning>,
    /// The query, as it was understood.
    understood: String,
}

/// Counts over time.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Histogram {
    step_seconds: f64,
    buckets: Vec<ShownBucket>,
    total: u64,
    precision: &'static str,
    stats: ShownStats,
    warnings: Vec<Warning>,
}

/// Counts of one step.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HistogramBucket")]
struct ShownBucket {
    /// When it begins.
    time: Time,
    count: u64,
    /// By level; records without one count under the empty name.
    levels: BTreeMap<String, u64>,
}

/// The fields that records have.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Fields {
    fields: Vec<ShownField>,
    /// `exact`, `whole parts`, or `sampled 1 in N`.
    precision: String,
    stats: ShownStats,
    warnings: Vec<Warning>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
struct ShownField {
    name: String,
    /// Of its values: `text`, `integer`, `float`, `boolean`, `json`.
    types: BTreeSet<&'static str>,
    records: u64,
}

/// The values of a field, the most frequent ones first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FieldValues {
    name: String,
    /// Records that match.
    records: u64,
    /// Of them, those that have the field.
    present: u64,
    distinct: Option<usize>,
    top: Vec<TopValue>,
    numbers: Option<Numbers>,
    /// `exact`, `whole parts`, or `sampled 1 in N`.
    precision: String,
    stats: ShownStats,
    warnings: Vec<Warning>,
}

#[derive(Serialize, JsonSchema)]
struct TopValue {
    value: Value,
    count: u64,
}

/// Of values that are numbers.
#[derive(Serialize, JsonSchema)]
struct Numbers {
    min: f64,
    max: f64,
    mean: f64,
}

/// A record with those around it, the oldest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Context {
    before: Vec<ShownRecord>,
    record: ShownRecord,
    after: Vec<ShownRecord>,
    #[serde(flatten)]
    rest: ContextRest,
}

#[derive(Serialize, JsonSchema)]
struct ContextRest {
    warnings: Vec<Warning>,
}

pub(crate) async fn search(reader: Reader) -> Result<Typed<JsonOf<Found>>, Problem> {
    let permit = reader.permit(Question::Search).await?;
    let told = reader.told(&permit, Question::Search, &reader.params.q);
    let Reader { app, params, .. } = reader;
    let (start, now) = (started(), app.clock.now());
    let (query, predicate) = params.predicate(now)?;
    let range = params.range(now, predicate.time_bounds())?;
    let (limit, order) = (params.limit()?, order(&params)?);
    let after = params.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(cursor).transpose()?;
    let found = run(&app, permit, move |app, permit, cancel| {
        let wanted = Find { predicate: &predicate, range, order, limit, after };
        Ok(search::find(&app.store, permit, &wanted, cancel)?)
    })
    .await?;
    let mut body = b"{\"records\":[".to_vec();
    for (at, record) in found.records.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(record);
    }
    body.push(b']');
    let rest = FoundRest {
        next: found.next.map(|id| id.to_string()),
        stats: stats(&found.stats, start.elapsed()),
        warnings: notes(&query).chain(warnings(&found.stats)).collect(),
        understood: query.explain(),
    };
    Ok(Typed::new(told.answer(found.records.len() as u64, with_rest(body, &rest)?).await?))
}

/// What in the query might have been meant otherwise.
fn notes(query: &search::Query) -> impl Iterator<Item = Warning> {
    let note = |note: &search::query::Note| Warning {
        code: note.code,
        detail: note.message.to_string(),
        at: Some(note.at),
        length: Some(note.len),
    };
    query.notes().iter().map(note)
}

fn order(params: &Params) -> Result<Order, Problem> {
    match params.order.as_deref() {
        None | Some("" | "newest") => Ok(Order::NewestFirst),
        Some("oldest") => Ok(Order::OldestFirst),
        Some(_) => Err(Problem::bad_request("order_invalid", "`order` is newest or oldest")),
    }
}

fn cursor(text: &str) -> Result<RecordId, Problem> {
    text.parse().map_err(|_| Problem::bad_request("cursor_invalid", "`cursor` is the `next` of the page before"))
}

pub(crate) async fn histogram(reader: Reader) -> Result<Typed<JsonOf<Histogram>>, Problem> {
    let permit = reader.permit(Question::Histogram).await?;
    let told = reader.told(&permit, Question::Histogram, &reader.params.q);
    let Reader { app, params, .. } = reader;
    let (start, now) = (started(), app.clock.now());
    let (_, predicate) = params.predicate(now)?;
    let range = params.range(now, predicate.time_bounds())?;
    let buckets = params.buckets.unwrap_or(60).clamp(1, limits::HISTOGRAM_BUCKETS_MAX);
    let histogram = run(&app, permit, move |app, permit, cancel| {
        Ok(search::histogram(&app.store, permit, &predicate, (range, buckets), cancel)?)
    })
    .await?;
    let at = |step: usize| {
        Timestamp::from_nanos(histogram.start.nanos().saturating_add((step as i64).saturating_mul(histogram.step_nanos)))
    };
    let buckets = histogram.buckets.iter().enumerate();
    let buckets =
        buckets.map(|(step, bucket)| ShownBucket { time: at(step).into(), count: bucket.count, levels: bucket.levels.clone() });
    let total = histogram.buckets.iter().map(|bucket| bucket.count).sum::<u64>();
    let body = Histogram {
        step_seconds: histogram.step_nanos as f64 / 1e9,
        buckets: buckets.collect(),
        total,
        precision: "exact",
        stats: stats(&histogram.stats, start.elapsed()),
        warnings: warnings(&histogram.stats),
    };
    Ok(Typed::new(told.answer(total, written(&body)?).await?))
}

pub(crate) async fn fields(reader: Reader) -> Result<Typed<JsonOf<Fields>>, Problem> {
    let permit = reader.permit(Question::Fields).await?;
    let told = reader.told(&permit, Question::Fields, &reader.params.q);
    let Reader { app, params, .. } = reader;
    let (_, predicate) = params.predicate(app.clock.now())?;
    let (start, range) = (started(), params.range(app.clock.now(), predicate.time_bounds())?);
    let asked = !params.q.trim().is_empty();
    let found = run(&app, permit, move |app, permit, cancel| {
        Ok(search::fields(&app.store, permit, asked.then_some(&predicate), range, cancel)?)
    })
    .await?;
    let fields = found.fields.into_iter().map(|one| ShownField { name: one.name, types: one.kinds, records: one.records });
    let body = Fields {
        fields: fields.collect(),
        precision: precision(found.precision),
        stats: stats(&found.stats, start.elapsed()),
        warnings: warnings(&found.stats),
    };
    Ok(Typed::new(told.answer(0, written(&body)?).await?))
}

fn precision(precision: Precision) -> String {
    match precision {
        Precision::Exact => "exact".to_owned(),
        Precision::WholeParts => "whole parts".to_owned(),
        Precision::Sampled(stride) => format!("sampled 1 in {stride}"),
    }
}

pub(crate) async fn field_values(
    Path((_, name)): Path<(String, String)>,
    reader: Reader,
) -> Result<Typed<JsonOf<FieldValues>>, Problem> {
    let permit = reader.permit(Question::FieldValues).await?;
    let told = reader.told(&permit, Question::FieldValues, &format!("{name} of {}", reader.params.q));
    let Reader { app, params, .. } = reader;
    let (start, now) = (started(), app.clock.now());
    let (_, predicate) = params.predicate(now)?;
    let range = params.range(now, predicate.time_bounds())?;
    let top = params.limit.unwrap_or(10);
    let field = name.clone();
    let values = run(&app, permit, move |app, permit, cancel| {
        Ok(search::field_values(&app.store, permit, (&field, &predicate), (range, top), cancel)?)
    })
    .await?;
    let top = |(json, count): &(String, u64)| TopValue { value: serde_json::from_str(json).unwrap_or_default(), count: *count };
    let body = FieldValues {
        name,
        records: values.records,
        present: values.present,
        distinct: values.distinct,
        top: values.top.iter().map(top).collect(),
        numbers: values.numbers.map(|(min, max, mean)| Numbers { min, max, mean }),
        precision: precision(values.precision.unwrap_or(Precision::Exact)),
        stats: stats(&values.stats, start.elapsed()),
        warnings: warnings(&values.stats),
    };
    Ok(Typed::new(told.answer(values.records, written(&body)?).await?))
}

pub(crate) async fn context(reader: Reader) -> Result<Typed<JsonOf<Context>>, Problem> {
    let permit = reader.permit(Question::Context).await?;
    let told = reader.told(&permit, Question::Context, reader.params.id.as_deref().unwrap_or_default());
    let Reader { app, params, .. } = reader;
    let id = record_id(&params)?;
    let (_, predicate) = params.predicate(app.clock.now())?;
    let side = |wanted: Option<usize>| wanted.unwrap_or(10).min(limits::CONTEXT_RECORDS_MAX);
    let width = Width { before: side(params.before), after: side(params.after.map(|after| after as usize)) };
    let around =
        run(&app, permit, move |app, permit, cancel| Ok(search::around(&app.store, permit, (id, &predicate), width, cancel)?))
            .await?;
    let Some(record) = around.record else {
        let detail = match around.stats.parts_unreadable {
            0 => "there is no such record, or its retention has ended",
            _ => {
                "there is no such record, or its retention has ended, or it lies in a damaged part, which the operator's log names"
            }
        };
        return Err(Problem::new(axum::http::StatusCode::NOT_FOUND, "record_not_found", detail));
    };
    let list = |records: &[Vec<u8>]| [b"[".as_slice(), &records.join(&b','), b"]"].concat();
    let cut = around.cut.then(|| Warning {
        code: "context_cut",
        detail: format!("records around it are left out: they come to more than {} bytes", limits::PAGE_BYTES_MAX),
        at: None,
        length: None,
    });
    let rest = ContextRest { warnings: warnings(&around.stats).into_iter().chain(cut).collect() };
    let shown = around.before.len() + around.after.len() + 1;
    let (before, after) = (list(&around.before), list(&around.after));
    let body = [b"{\"before\":".as_slice(), &before, b",\"record\":", &record, b",\"after\":", &after].concat();
    Ok(Typed::new(told.answer(shown as u64, with_rest(body, &rest)?).await?))
}

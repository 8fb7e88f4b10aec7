//! `GET /v1/sources/{id}/search`, `/histogram`, `/fields`, `/fields/{name}`, `/context`.

use audit::Question;
use axum::extract::Path;
use axum::response::Response;
use model::{RecordId, Timestamp, limits};
use search::{Find, Order, Precision, Width};
use serde_json::json;

use super::query::{Params, json, run, started, stats, warnings};
use super::reader::Reader;
use crate::problem::Problem;

pub(crate) async fn search(reader: Reader) -> Result<Response, Problem> {
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
    let warned = [notes(&query), warnings(&found.stats)].concat();
    let rest = json!({
        "next": found.next.map(|id| id.to_string()),
        "stats": stats(&found.stats, start.elapsed()),
        "warnings": warned,
        "understood": query.explain(),
    });
    body.extend_from_slice(b"],");
    body.extend_from_slice(&rest.to_string().as_bytes()[1..]);
    told.answer(found.records.len() as u64, json(body)).await
}

/// What in the query might have been meant otherwise.
fn notes(query: &search::Query) -> Vec<serde_json::Value> {
    let note = |note: &search::query::Note| json!({"code": note.code, "detail": note.message, "at": note.at, "length": note.len});
    query.notes().iter().map(note).collect()
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

pub(crate) async fn histogram(reader: Reader) -> Result<Response, Problem> {
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
    let at = |step: usize| Timestamp::from_nanos(histogram.start.nanos().saturating_add(step as i64 * histogram.step_nanos));
    let buckets = histogram.buckets.iter().enumerate();
    let buckets: Vec<_> = buckets
        .map(|(step, bucket)| json!({"time": at(step).to_string(), "count": bucket.count, "levels": bucket.levels}))
        .collect();
    let total = histogram.buckets.iter().map(|bucket| bucket.count).sum::<u64>();
    let body = json!({
        "step_seconds": histogram.step_nanos as f64 / 1e9,
        "buckets": buckets,
        "total": total,
        "precision": "exact",
        "stats": stats(&histogram.stats, start.elapsed()),
        "warnings": warnings(&histogram.stats),
    });
    told.answer(total, json(body.to_string().into_bytes())).await
}

pub(crate) async fn fields(reader: Reader) -> Result<Response, Problem> {
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
    let fields: Vec<_> =
        found.fields.iter().map(|field| json!({"name": field.name, "types": field.kinds, "records": field.records})).collect();
    let body = json!({
        "fields": fields,
        "precision": precision(found.precision),
        "stats": stats(&found.stats, start.elapsed()),
        "warnings": warnings(&found.stats),
    });
    told.answer(0, json(body.to_string().into_bytes())).await
}

fn precision(precision: Precision) -> String {
    match precision {
        Precision::Exact => "exact".to_owned(),
        Precision::WholeParts => "whole parts".to_owned(),
        Precision::Sampled(stride) => format!("sampled 1 in {stride}"),
    }
}

pub(crate) async fn field_values(Path((_, name)): Path<(String, String)>, reader: Reader) -> Result<Response, Problem> {
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
    let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap_or_default();
    let top: Vec<_> = values.top.iter().map(|(json, count)| json!({"value": value(json), "count": count})).collect();
    let body = json!({
        "name": name,
        "records": values.records,
        "present": values.present,
        "distinct": values.distinct,
        "top": top,
        "numbers": values.numbers.map(|(min, max, mean)| json!({"min": min, "max": max, "mean": mean})),
        "precision": precision(values.precision.unwrap_or(Precision::Exact)),
        "stats": stats(&values.stats, start.elapsed()),
        "warnings": warnings(&values.stats),
    });
    told.answer(values.records, json(body.to_string().into_bytes())).await
}

pub(crate) async fn context(reader: Reader) -> Result<Response, Problem> {
    let permit = reader.permit(Question::Context).await?;
    let told = reader.told(&permit, Question::Context, reader.params.id.as_deref().unwrap_or_default());
    let Reader { app, params, .. } = reader;
    let id: RecordId = params
        .id
        .as_deref()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Problem::bad_request("id_invalid", "`id` is the id of a record"))?;
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
    let warned = json!({"warnings": warnings(&around.stats)}).to_string();
    let shown = around.before.len() + around.after.len() + 1;
    let (before, after) = (list(&around.before), list(&around.after));
    let body =
        [b"{\"before\":".as_slice(), &before, b",\"record\":", &record, b",\"after\":", &after, b",", &warned.as_bytes()[1..]];
    told.answer(shown as u64, json(body.concat())).await
}

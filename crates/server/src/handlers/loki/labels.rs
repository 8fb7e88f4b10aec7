//! Labels, their values, series, and how much a query would read.

use std::collections::BTreeSet;

use audit::Question;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use identity::{Permit, Read};
use logql::{Pipeline, Query};
use model::{TimeRange, Timestamp, limits};
use search::{
    Amount, Cancel, Group, Grouping, LabelSeries, Labels, MetricValue, Moments, Parsers, Predicate, Stats, grouped, labels,
};
use serde_json::json;
use store::Store;

use super::super::query::run;
use super::answer::{self, refused};
use super::asked::{Asked, Params};
use crate::problem::Problem;

/// `GET`, `POST /loki/api/v1/labels`
pub(crate) async fn names(asked: Asked, body: Body) -> Response {
    let answered = async {
        let permit = asked.permit(Question::Fields).await?;
        let params = asked.params(body).await?;
        let range = params.range(asked.app.clock.now())?;
        let pipeline = params.text("query").map(pipeline).transpose()?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let (mut names, mut stats) = labels(&app.store, permit, range, cancel)?;
            if let Some(pipeline) = pipeline {
                let wanted = Wanted { pipeline: &pipeline, range, labels: &names, measure: Amount::Records };
                let (groups, counted) = wanted.groups(&app.store, permit, cancel)?;
                stats = counted;
                let is_there = |at: usize| groups.iter().any(|group| !group.labels[at].is_empty());
                names = names.iter().enumerate().filter(|(at, _)| is_there(*at)).map(|(_, name)| name.clone()).collect();
            }
            answer::list(names, &stats)
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET /loki/api/v1/label/{name}/values`
pub(crate) async fn values(Path(name): Path<String>, asked: Asked, body: Body) -> Response {
    let answered = async {
        let permit = asked.permit(Question::FieldValues).await?;
        let params = asked.params(body).await?;
        let range = params.range(asked.app.clock.now())?;
        let pipeline = pipeline(params.text("query").unwrap_or("{}"))?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let wanted = Wanted { pipeline: &pipeline, range, labels: &[name], measure: Amount::Records };
            let (groups, stats) = wanted.groups(&app.store, permit, cancel)?;
            let values = groups.into_iter().flat_map(|group| group.labels).filter(|value| !value.is_empty());
            answer::list(values.collect::<Vec<_>>(), &stats)
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/series`
pub(crate) async fn series(asked: Asked, body: Body) -> Response {
    let answered = async {
        let permit = asked.permit(Question::FieldValues).await?;
        let params = asked.params(body).await?;
        let range = params.range(asked.app.clock.now())?;
        let selectors = selectors(&params)?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let (names, mut stats) = labels(&app.store, permit, range, cancel)?;
            let mut all: BTreeSet<Labels> = BTreeSet::new();
            for pipeline in &selectors {
                let wanted = Wanted { pipeline, range, labels: &names, measure: Amount::Records };
                let (groups, counted) = wanted.groups(&app.store, permit, cancel)?;
                stats = counted;
                all.extend(groups.into_iter().map(|group| labels_of(&names, group)));
            }
            answer::list(all, &stats)
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/index/stats`
pub(crate) async fn stats(asked: Asked, body: Body) -> Response {
    let answered = async {
        let permit = asked.permit(Question::Histogram).await?;
        let params = asked.params(body).await?;
        let range = params.range(asked.app.clock.now())?;
        let pipeline = pipeline(params.query())?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let (names, _) = labels(&app.store, permit, range, cancel)?;
            let wanted = Wanted { pipeline: &pipeline, range, labels: &names, measure: Amount::MessageBytes };
            let (groups, stats) = wanted.groups(&app.store, permit, cancel)?;
            Ok(answer::plain(&json!({
                "streams": groups.len(),
                "chunks": stats.parts_read,
                "entries": stats.rows_matched,
                "bytes": groups.iter().flat_map(|group| &group.values).sum::<u64>(),
            })))
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/index/volume`
pub(crate) async fn volume(asked: Asked, body: Body) -> Response {
    let answered = async {
        let (permit, volume, params) = asked_volume(&asked, body).await?;
        let range = params.range(asked.app.clock.now())?;
        run(&asked.app, permit, move |app, permit, cancel| {
            let series = volume.series(&app.store, permit, whole(range), cancel)?;
            answer::moment(MetricValue::Series(series.0), range.to, &series.1)
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/index/volume_range`: of each step before the range's end, at the step's end.
pub(crate) async fn volume_range(asked: Asked, body: Body) -> Response {
    let answered = async {
        let (permit, volume, params) = asked_volume(&asked, body).await?;
        let range = params.range(asked.app.clock.now())?;
        let steps = ends(params.steps(&range)?, range);
        run(&asked.app, permit, move |app, permit, cancel| {
            // Of moments that look back a step's first instant is not theirs, and its last one is.
            let before = Moments { start: Timestamp::from_nanos(steps.start.nanos().saturating_sub(1)), ..steps };
            let (series, stats) = volume.series(&app.store, permit, (before, steps.step, range), cancel)?;
            answer::matrix(MetricValue::Series(series), &steps, &stats)
        })
        .await
    };
    answered.await.unwrap_or_else(refused)
}

/// How much each set of labels has.
struct Volume {
    pipeline: Pipeline,
    names: Vec<String>,
    limit: usize,
}

async fn asked_volume(asked: &Asked, body: Body) -> Result<(Permit<Read>, Volume, Params), Problem> {
    let permit = asked.permit(Question::Histogram).await?;
    let params = asked.params(body).await?;
    let pipeline = pipeline(params.query())?;
    let names = volume_labels(&params, &pipeline)?;
    let limit = params.limit()?;
    Ok((permit, Volume { pipeline, names, limit }, params))
}

// === impl Volume ===

impl Volume {
    /// The largest first.
    fn series(
        &self,
        store: &Store,
        permit: &Permit<Read>,
        over: (Moments, i64, TimeRange),
        cancel: &Cancel,
    ) -> Result<(Vec<LabelSeries>, Stats), Problem> {
        let (groups, stats) = added_up(store, permit, (&self.pipeline, &self.names, Amount::MessageBytes), over, cancel)?;
        let of = |group: Group| {
            let values = group.values.iter().map(|bytes| (*bytes > 0).then_some(*bytes as f64)).collect();
            LabelSeries { values, labels: labels_of(&self.names, group) }
        };
        let mut series: Vec<LabelSeries> = groups.into_iter().map(of).collect();
        let size = |one: &LabelSeries| one.values.iter().flatten().sum::<f64>();
        series.sort_by(|a, b| size(b).total_cmp(&size(a)));
        series.truncate(self.limit);
        Ok((series, stats))
    }
}

/// Those that are asked for, or else those that the selector names.
fn volume_labels(params: &Params, pipeline: &Pipeline) -> Result<Vec<String>, Problem> {
    if params.text("aggregateBy").is_some_and(|by| by != "series") {
        return Err(Problem::bad_request("parameter_unsupported", "`aggregateBy` is not supported but for series"));
    }
    let asked: BTreeSet<String> = match params.text("targetLabels") {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        None => pipeline.matchers.iter().map(|matcher| matcher.name.clone()).collect(),
    };
    if asked.len() > limits::LABELS_MAX {
        let detail = format!("`targetLabels` names at most {} labels", limits::LABELS_MAX);
        return Err(Problem::bad_request("parameter_invalid", detail));
    }
    Ok(asked.into_iter().collect())
}

/// `match[]`, as often as it is there.
fn selectors(params: &Params) -> Result<Vec<Pipeline>, Problem> {
    let texts: Vec<&str> = params.all("match[]").chain(params.all("match")).collect();
    if texts.len() > limits::LOKI_SELECTORS_MAX {
        let detail = format!("a question has at most {} selectors", limits::LOKI_SELECTORS_MAX);
        return Err(Problem::bad_request("query_too_long", detail));
    }
    let texts = if texts.is_empty() { vec!["{}"] } else { texts };
    Ok(texts.into_iter().map(Pipeline::parse_selector).collect::<Result<_, _>>()?)
}

pub(super) fn pipeline(text: &str) -> Result<Pipeline, Problem> {
    match Query::parse(text)? {
        Query::Logs(pipeline) => Ok(pipeline),
        Query::Metric(_) => Err(Problem::bad_request("logql_invalid", "expecting a log query, not a metric")),
    }
}

fn labels_of(names: &[String], group: Group) -> Labels {
    names.iter().cloned().zip(group.labels).filter(|(_, text)| !text.is_empty()).collect()
}

/// What to add up over a whole range.
pub(super) struct Wanted<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) range: TimeRange,
    pub(super) labels: &'a [String],
    pub(super) measure: Amount,
}

// === impl Wanted ===

impl Wanted<'_> {
    pub(super) fn groups(&self, store: &Store, permit: &Permit<Read>, cancel: &Cancel) -> Result<(Vec<Group>, Stats), Problem> {
        added_up(store, permit, (self.pipeline, self.labels, self.measure), whole(self.range), cancel)
    }
}

/// The moment that looks back at all of a range, how far that is, and the range.
fn whole(range: TimeRange) -> (Moments, i64, TimeRange) {
    let window = range.to.nanos().saturating_sub(range.from.nanos());
    (Moments::at(Timestamp::from_nanos(range.to.nanos().saturating_sub(1))), window, range)
}

/// The ends of a range's steps, the last of which is its own; the first step is shorter where they do not fit.
fn ends(steps: Moments, range: TimeRange) -> Moments {
    let span = range.to.nanos().saturating_sub(range.from.nanos());
    let before = (span - 1).max(0) / steps.step;
    let start = Timestamp::from_nanos(range.to.nanos().saturating_sub(before.saturating_mul(steps.step)));
    Moments { start, step: steps.step, count: before as usize + 1 }
}

fn added_up(
    store: &Store,
    permit: &Permit<Read>,
    (pipeline, labels, measure): (&Pipeline, &[String], Amount),
    (steps, window, within): (Moments, i64, TimeRange),
    cancel: &Cancel,
) -> Result<(Vec<Group>, Stats), Problem> {
    let grouping = Grouping {
        labels,
        parsers: &Parsers::of(pipeline),
        measure,
        steps,
        window,
        within,
        groups_max: limits::FIELD_VALUES_MAX,
        cells_max: limits::METRIC_CELLS_MAX,
    };
    Ok(grouped(store, permit, &Predicate::of_pipeline(pipeline), &grouping, cancel)?)
}

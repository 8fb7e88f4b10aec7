//! `GET /v1/sources/{id}/series`: what a graph draws. `?measure=` count, avg, min, max, sum or percentile; of all but the
//! first `&field=`, of the last `&percentile=` from 0 to 100.

use audit::Question;
use model::{Timestamp, limits};
use schemars::JsonSchema;
use search::{Point, Steps};
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use watch::{Graph, Measure, Shape};

use super::query::{Params, ShownStats, Warning, run, started, stats, warnings, written};
use super::reader::Reader;
use super::shown::Time;
use crate::api::{JsonOf, Typed};
use crate::problem::Problem;

const BUCKETS_DEFAULT: usize = 60;

/// What a graph draws.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Series {
    measure: Measure,
    step_seconds: f64,
    points: Vec<ShownPoint>,
    /// Of the whole time.
    count: u64,
    #[schemars(with = "Option<f64>")]
    value: Value,
    /// `exact`, or how far off it is at most.
    precision: &'static str,
    stats: ShownStats,
    warnings: Vec<Warning>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SeriesPoint")]
struct ShownPoint {
    /// When its step begins.
    time: Time,
    /// Matching records.
    count: u64,
    #[schemars(with = "Option<f64>")]
    value: Value,
}

pub(crate) async fn series(reader: Reader) -> Result<Typed<JsonOf<Series>>, Problem> {
    let permit = reader.permit(Question::Series).await?;
    let told = reader.told(&permit, Question::Series, &reader.params.q);
    let Reader { app, params, .. } = reader;
    let (start, now) = (started(), app.clock.now());
    let (_, predicate) = params.predicate(now)?;
    let range = params.range(now, predicate.time_bounds())?;
    let buckets = params.buckets.unwrap_or(BUCKETS_DEFAULT).clamp(1, limits::HISTOGRAM_BUCKETS_MAX);
    let graph = graph(params)?;
    let (measure, wanted) = (graph.measure, measured(&graph));
    let series = run(&app, permit, move |app, permit, cancel| {
        let measured = graph.field.as_deref().zip(wanted);
        Ok(search::series(&app.store, permit, (&predicate, measured), (range, Steps::AtMost(buckets)), cancel)?)
    })
    .await?;
    let at =
        |step: usize| Timestamp::from_nanos(series.start.nanos().saturating_add((step as i64).saturating_mul(series.step_nanos)));
    let points = series.points.iter().enumerate();
    let point =
        |(step, point): (usize, &Point)| ShownPoint { time: at(step).into(), count: point.count, value: value(measure, point) };
    let body = Series {
        measure,
        step_seconds: series.step_nanos as f64 / 1e9,
        points: points.map(point).collect(),
        count: series.whole.count,
        value: value(measure, &series.whole),
        precision: match measure {
            Measure::Percentile => "within 1/256",
            Measure::Count | Measure::Avg | Measure::Min | Measure::Max | Measure::Sum => "exact",
        },
        stats: stats(&series.stats, start.elapsed()),
        warnings: warnings(&series.stats),
    };
    Ok(Typed::new(told.answer(series.whole.count, written(&body)?).await?))
}

/// What the parameters ask to have measured, as a view would keep it.
fn graph(params: Params) -> Result<Graph, Problem> {
    let measure = params.measure.as_deref().filter(|name| !name.is_empty()).map(|name| {
        let name: StrDeserializer<'_, ValueError> = name.into_deserializer();
        Measure::deserialize(name)
    });
    let measure = measure.transpose().map_err(|error| Problem::bad_request("measure_invalid", error.to_string()))?;
    let field = params.field.filter(|field| !field.is_empty());
    let (shape, measure) = (Shape::Line, measure.unwrap_or_default());
    let graph = Graph { shape, measure, field, percentile: params.percentile };
    graph.hold()?;
    Ok(graph)
}

fn measured(graph: &Graph) -> Option<search::Measure> {
    match graph.measure {
        Measure::Count => None,
        Measure::Avg => Some(search::Measure::Avg),
        Measure::Min => Some(search::Measure::Min),
        Measure::Max => Some(search::Measure::Max),
        Measure::Sum => Some(search::Measure::Sum),
        Measure::Percentile => Some(search::Measure::Percentile(graph.percentile.unwrap_or_default() / 100.0)),
    }
}

fn value(measure: Measure, point: &Point) -> Value {
    match measure {
        Measure::Count => json!(point.count),
        Measure::Avg | Measure::Min | Measure::Max | Measure::Sum | Measure::Percentile => json!(point.value),
    }
}

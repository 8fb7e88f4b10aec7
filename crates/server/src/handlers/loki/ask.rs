//! `query_range` and `query`: lines, and numbers over time.

use audit::Question;
use axum::body::Body;
use axum::response::Response;
use logql::Query;
use search::{Find, Moments, Predicate, labels, metric};

use super::super::query::run;
use super::answer::{self, refused};
use super::asked::{Asked, Params};
use super::lines::{Shown, Streams};
use crate::problem::Problem;

/// `GET`, `POST /loki/api/v1/query_range`
pub(crate) async fn query_range(asked: Asked, body: Body) -> Response {
    range(&asked, body).await.unwrap_or_else(refused)
}

/// `GET`, `POST /loki/api/v1/query`
pub(crate) async fn query(asked: Asked, body: Body) -> Response {
    instant(&asked, body).await.unwrap_or_else(refused)
}

async fn range(asked: &Asked, body: Body) -> Result<Response, Problem> {
    let permit = asked.permit(Question::Search).await?;
    let params = asked.params(body).await?;
    params.refuse("interval")?;
    let range = params.range(asked.app.clock.now())?;
    match Query::parse(params.query())? {
        Query::Metric(wanted) => {
            let steps = params.steps(&range)?;
            run(&asked.app, permit, move |app, permit, cancel| {
                let (value, stats) = metric(&app.store, permit, &wanted, steps, cancel)?;
                answer::matrix(value, &steps, &stats)
            })
            .await
        }
        Query::Logs(pipeline) => {
            let (limit, order, categories) = (params.limit()?, params.order()?, asked.wants_categories());
            run(&asked.app, permit, move |app, permit, cancel| {
                let predicate = Predicate::of_pipeline(&pipeline);
                let wanted = Find { predicate: &predicate, range, order, limit, after: None };
                let mut found = search::find(&app.store, permit, &wanted, cancel)?;
                let (names, _) = labels(&app.store, permit, range, cancel)?;
                let shown = Shown::of(&pipeline);
                let mut streams = Streams::new(&names, &shown, categories, cancel);
                for (count, record) in found.records.iter().enumerate() {
                    if !streams.add(record)? {
                        found.cut = true;
                        found.records.truncate(count);
                        break;
                    }
                }
                answer::streams(streams.finish(), categories, &found)
            })
            .await
        }
    }
}

async fn instant(asked: &Asked, body: Body) -> Result<Response, Problem> {
    let permit = asked.permit(Question::Histogram).await?;
    let params = asked.params(body).await?;
    let at = moment(asked, &params)?;
    let Query::Metric(wanted) = Query::parse(params.query())? else {
        let detail = "log queries are not supported as an instant query type, please change your query to a range query type";
        return Err(Problem::bad_request("logql_unsupported", detail));
    };
    run(&asked.app, permit, move |app, permit, cancel| {
        let (value, stats) = metric(&app.store, permit, &wanted, Moments::at(at), cancel)?;
        answer::moment(value, at, &stats)
    })
    .await
}

fn moment(asked: &Asked, params: &Params) -> Result<model::Timestamp, Problem> {
    Ok(params.time("time")?.unwrap_or_else(|| asked.app.clock.now()))
}

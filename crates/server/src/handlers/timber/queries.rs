//! `/timber/sql_queries`: SQL over one source, whose result the client comes back for.
//!
//! Always holds: a query takes a place among those that run at once, and a deadline, as one that is waited for does; whoever
//! asks again for it or its rows is allowed to read the source at that moment.

use std::sync::Arc;

use audit::Question;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use identity::{Permit, Read, Whose};
use model::{Timestamp, limits};
use search::SqlError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::query;
use super::super::sql::compute;
use super::asked::{Asked, hold_organization};
use super::{answered, data, made};
use crate::app::{App, Deadline};
use crate::problem::Problem;
use crate::sql_queries::{Rows, SqlQuery, State};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    organization_id: Option<String>,
    #[serde(default)]
    body: String,
}

/// `POST /timber/sql_queries`
pub(crate) async fn create(asked: Asked, body: Body) -> Response {
    answered(submit(&asked, body).await)
}

/// `GET /timber/sql_queries?limit&sort`
pub(crate) async fn queries(asked: Asked) -> Response {
    answered(list(&asked).await)
}

/// `GET /timber/sql_queries/{id}`
pub(crate) async fn one(asked: Asked) -> Response {
    let shown = async { Ok(data(&shown(&asked.app, &find(&asked).await?))) };
    answered(shown.await)
}

/// `GET /timber/sql_queries/{id}/results?max_results&next_token`
pub(crate) async fn results(asked: Asked) -> Response {
    answered(page(&asked).await)
}

/// `POST /timber/sql_queries/{id}/cancel`
pub(crate) async fn cancel(asked: Asked) -> Response {
    let cancelled = async {
        let SqlQuery { owner, id, .. } = find(&asked).await?;
        let cancelled = asked.app.sql_queries.cancel(owner, &id, asked.app.clock.now());
        let ended = || Problem::new(StatusCode::CONFLICT, "sql_query_ended", "the query has ended already");
        Ok(data(&shown(&asked.app, &cancelled.ok_or_else(ended)?)))
    };
    answered(cancelled.await)
}

async fn submit(asked: &Asked, body: Body) -> Result<Response, Problem> {
    let whose = asked.whose().await?;
    let Form { organization_id, body: text } = asked.form(body, 2 * limits::QUERY_BYTES_MAX).await?;
    hold_organization(organization_id.as_ref(), whose.tenant)?;
    // What is no query is refused at once: clients show a refusal, and not always why a query failed.
    let named = search::sources_named(&text).map_err(SqlError::from)?;
    let permit = asked.permit(whose, named, Question::Sql).await?;
    let app = &asked.app;
    let query = SqlQuery::new(new_id(app), whose, (permit.scope(), text), app.clock.now());
    app.sql_queries.admit(query.clone())?;
    let answer = made(&shown(app, &query));
    tokio::spawn(run(Arc::clone(app), query, permit));
    Ok(answer)
}

/// Goes on without whoever asked; one of them goes on until all results are forgotten.
async fn run(app: Arc<App>, query: SqlQuery, permit: Permit<Read>) {
    let state = match answer(&app, &query, permit).await {
        Ok(rows) => State::Succeeded(Arc::new(rows)),
        Err(problem) => State::Failed { code: problem.code, reason: problem.told() },
    };
    app.sql_queries.end(&query.id, state, app.clock.now());
    let (queries, clock) = (Arc::clone(&app.sql_queries), Arc::clone(&app.clock));
    // The server's end does not wait for this.
    drop(app);
    queries.sweep(&*clock).await;
}

async fn answer(app: &Arc<App>, query: &SqlQuery, permit: Permit<Read>) -> Result<Rows, Problem> {
    let place = app.query_place().await?;
    let deadline = Deadline::start();
    if !app.sql_queries.begin(&query.id, deadline.cancel(), app.clock.now()) {
        return Err(search::Cancelled::Abandoned.into());
    }
    let answer = compute(app, permit, query.text.clone(), (place, deadline.cancel())).await?;
    let rows = tokio::task::spawn_blocking(|| Rows::new(answer)).await.map_err(|error| Problem::internal(&error))?;
    rows.map_err(|error| Problem::internal(&error))
}

async fn list(asked: &Asked) -> Result<Response, Problem> {
    let whose = asked.run(|asked, _| Ok(asked.reach::<Read>()?.whose)).await?;
    let limit = asked.number("limit", limits::SQL_QUERIES_LISTED_DEFAULT, limits::PAGE_RECORDS_MAX)?;
    let mut all = asked.app.sql_queries.all(whose, asked.app.clock.now());
    match asked.parameter("sort").as_deref() {
        None | Some("inserted_at.desc") => {}
        Some("inserted_at.asc") => all.reverse(),
        Some(_) => {
            let detail = "`sort` is inserted_at.desc or inserted_at.asc";
            return Err(Problem::bad_request("parameter_invalid", detail));
        }
    }
    let allowed = |asked: &Asked, query: &SqlQuery| asked.still_allowed(query.scope).is_ok();
    let all = asked.run(move |asked, _| Ok(all.into_iter().filter(|query| allowed(asked, query)).collect::<Vec<_>>())).await?;
    Ok(data(&all.iter().take(limit).map(|query| shown(&asked.app, query)).collect()))
}

/// The query of the path, for whoever asked it and may read its source still.
async fn find(asked: &Asked) -> Result<SqlQuery, Problem> {
    let whose: Whose = asked.whose().await?;
    let found = asked.app.sql_queries.find(whose, asked.id(), asked.app.clock.now());
    asked
        .run(move |asked, _| match found {
            Some(query) => asked.still_allowed(query.scope).map(|()| query),
            // Whoever may read nothing is told that.
            None => asked.reach::<Read>().and_then(|_| Err(lost())),
        })
        .await
}

async fn page(asked: &Asked) -> Result<Response, Problem> {
    let query = find(asked).await?;
    let rows = match query.state {
        State::Succeeded(rows) => rows,
        State::Queued | State::Running(_) => {
            let detail = "the query has not ended: ask for its status first";
            return Err(Problem::new(StatusCode::CONFLICT, "sql_query_unfinished", detail));
        }
        State::Failed { code, reason } => return Err(Problem::new(StatusCode::CONFLICT, code, reason)),
        State::Cancelled => return Err(Problem::new(StatusCode::CONFLICT, "query_cancelled", "the query was cancelled")),
    };
    let most = asked.number("max_results", limits::SQL_RESULTS_PAGE_DEFAULT, limits::SQL_ROWS_MAX)?;
    let from = asked.parameter("next_token").map(|token| token.parse().ok().filter(|from| *from <= rows.count()));
    let invalid = || Problem::bad_request("parameter_invalid", "`next_token` is that of the page before");
    let from = from.map_or(Some(0), |from| from).ok_or_else(invalid)?;
    asked
        .run(move |_, _| {
            let (mut page, next) = rows.page(from, most).map_err(|error| Problem::internal(&error))?;
            let mut whole = b"{\"data\":".to_vec();
            whole.append(&mut page);
            let rest = json!({"next_token": next.map(|next| next.to_string())}).to_string();
            whole.push(b',');
            whole.extend_from_slice(rest.as_bytes().get(1..).unwrap_or_default());
            Ok(query::json(whole))
        })
        .await
}

fn lost() -> Problem {
    let minutes = limits::SQL_QUERY_SECONDS / 60;
    let detail = format!(
        "there is no such query of yours: one is known for {minutes} minutes after its end, less where the server needs the room, \
         and none survives a restart of the server"
    );
    Problem::new(StatusCode::NOT_FOUND, "sql_query_not_found", detail)
}

fn new_id(app: &App) -> String {
    let mut random = [0; 16];
    app.entropy.fill(&mut random);
    format!("{:032x}", u128::from_be_bytes(random))
}

fn shown(app: &App, query: &SqlQuery) -> Value {
    let now: Timestamp = app.clock.now();
    let (rows, failed) = match &query.state {
        State::Succeeded(rows) => (Some(rows), None),
        State::Failed { code, reason } => (None, Some((code, reason))),
        State::Queued | State::Running(_) | State::Cancelled => (None, None),
    };
    json!({
        "id": query.id,
        "organization_id": query.owner.tenant.to_string(),
        "application_id": query.scope.source.to_string(),
        "body": query.text,
        "status": query.state.name(),
        "inserted_at": query.asked_at.to_string(),
        "milliseconds_executed": query.milliseconds(now),
        // Rows are counted here, and not bytes.
        "bytes_scanned": null,
        "rows_scanned": rows.map(|rows| rows.scanned),
        "rows": rows.map(|rows| rows.count()),
        "truncated": rows.is_some_and(|rows| rows.truncated),
        "failure_reason": failed.map(|(_, reason)| reason),
        "failure_code": failed.map(|(code, _)| code),
        "results_url": rows.map(|_| format!("{}/timber/sql_queries/{}/results", app.origin, query.id)),
    })
}

//! `POST /v1/sources/{id}/sql`.

use std::sync::Arc;

use audit::Question;
use axum::body::Body;
use axum::response::Response;
use model::limits;
use serde::Deserialize;
use serde_json::json;

use super::query::{json, started, stats, warnings};
use super::reader::Reader;
use crate::app::Deadline;
use crate::body;
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    sql: String,
}

pub(crate) async fn sql(reader: Reader, body: Body) -> Result<Response, Problem> {
    let permit = reader.permit(Question::Sql).await?;
    let start = started();
    let app = Arc::clone(&reader.app);
    let mut share = app.bodies.share();
    let bytes = body::read_up_to(body, &reader.headers, 2 * limits::QUERY_BYTES_MAX, &mut share).await?;
    let asked: Asked = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad_request("invalid_json", format!("expected {{\"sql\": \"select …\"}}: {error}")))?;
    let told = reader.told(&permit, Question::Sql, &asked.sql);
    let _place = app.query_place().await?;
    let deadline = Deadline::start();
    let (cancel, store) = (deadline.cancel(), Arc::clone(&app.store));
    let running = app.sql_runtime.spawn(async move { search::sql(&store, &permit, &asked.sql, &cancel).await });
    let answer = running.await.map_err(|error| Problem::internal(&error))??;
    let columns: Vec<_> = answer.rows.columns.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
    let rest = json!({
        "columns": columns,
        "truncated": answer.rows.truncated,
        "stats": stats(&answer.stats, start.elapsed()),
        "warnings": warnings(&answer.stats),
    });
    let mut body = b"{\"rows\":".to_vec();
    body.extend_from_slice(&answer.rows.json);
    body.push(b',');
    body.extend_from_slice(&rest.to_string().as_bytes()[1..]);
    told.answer(answer.rows.count as u64, json(body)).await
}

//! `POST /v1/sources/{id}/sql`.

use std::sync::Arc;
use std::time::Duration;

use audit::Question;
use identity::{Permit, Read};
use model::limits;
use schemars::JsonSchema;
use search::{Cancel, Cancelled, SqlAnswer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::query::{ShownStats, Warning, started, stats, warnings, with_rest};
use super::reader::Reader;
use crate::api::{JsonOf, Sent, Typed};
use crate::app::{App, Deadline};
use crate::body;
use crate::problem::Problem;

/// Seconds after its deadline in which a query may still say by itself that it ended.
const GRACE_SECONDS: u64 = 1;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SqlForm")]
pub(crate) struct Asked {
    /// One `SELECT` over the table `logs`.
    sql: String,
}

/// What a statement computes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SqlAnswer")]
pub(crate) struct Computed {
    /// Each in the order of the columns.
    rows: Vec<Vec<Value>>,
    #[serde(flatten)]
    rest: ComputedRest,
}

#[derive(Serialize, JsonSchema)]
struct ComputedRest {
    columns: Vec<Column>,
    /// Whether there were more rows than an answer has.
    truncated: bool,
    stats: ShownStats,
    warnings: Vec<Warning>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SqlColumn")]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Runs a statement on the threads that there are for it, in a place of its own. It may be cancelled by more than the one who
/// waits.
pub(super) async fn compute(
    app: &Arc<App>,
    permit: Permit<Read>,
    text: String,
    (place, cancel): (OwnedSemaphorePermit, Cancel),
) -> Result<SqlAnswer, Problem> {
    let store = Arc::clone(&app.store);
    let running = app.sql_runtime.spawn(async move {
        let _place = place;
        search::sql(&store, &permit, &text, &cancel).await
    });
    // The query sees the deadline, or that nobody waits any more, when it next gives its thread back; the answer does not
    // wait for that.
    let answered = tokio::time::timeout(Duration::from_secs(limits::QUERY_SECONDS_MAX + GRACE_SECONDS), running).await;
    Ok(answered.map_err(|_| Cancelled::TimedOut)?.map_err(|error| Problem::internal(&error))??)
}

pub(crate) async fn sql(reader: Reader, body: Sent<JsonOf<Asked>>) -> Result<Typed<JsonOf<Computed>>, Problem> {
    let permit = reader.permit(Question::Sql).await?;
    let start = started();
    let app = Arc::clone(&reader.app);
    let mut share = app.bodies.share();
    let bytes = body::read_up_to(body.0, &reader.headers, 2 * limits::QUERY_BYTES_MAX, &mut share).await?;
    let asked: Asked = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::bad_request("invalid_json", format!("expected {{\"sql\": \"select …\"}}: {error}")))?;
    let told = reader.told(&permit, Question::Sql, &asked.sql);
    let place = app.query_place().await?;
    let deadline = Deadline::start();
    let answer = compute(&app, permit, asked.sql, (place, deadline.cancel())).await?;
    let columns = answer.rows.columns.iter().map(|(name, kind)| Column { name: name.clone(), kind: kind.to_string() });
    let rest = ComputedRest {
        columns: columns.collect(),
        truncated: answer.rows.truncated,
        stats: stats(&answer.stats, start.elapsed()),
        warnings: warnings(&answer.stats),
    };
    let mut body = b"{\"rows\":".to_vec();
    body.extend_from_slice(&answer.rows.json);
    Ok(Typed::new(told.answer(answer.rows.count as u64, with_rest(body, &rest)?).await?))
}

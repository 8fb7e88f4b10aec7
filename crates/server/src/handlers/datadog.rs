//! Datadog's log intake, with its statuses: 202, and 403 for a key that does not count; and whether a key does.

use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ingest::datadog::{self, Origin};
use serde_json::json;

use super::receiver::Received;
use crate::problem::Problem;

/// Each name may come several times.
pub(crate) type Said = Result<Query<Vec<(String, String)>>, QueryRejection>;

const JSON: &str = "application/json";
/// The header with a key.
const KEY: &str = "dd-api-key";

/// `POST /api/v2/logs`, and `POST /v1/input` as it was before.
pub(crate) async fn logs(request: Received, said: Said, body: Body) -> Response {
    match take(&request, said, body).await {
        Ok(()) => (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], "{}").into_response(),
        Err(problem) => in_form(problem),
    }
}

/// `GET /api/v1/validate`: whether the key counts, which senders ask before they begin.
pub(crate) async fn validate(request: Received) -> Response {
    match request.permit_by(KEY) {
        Ok(_) => ([(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], r#"{"valid":true}"#).into_response(),
        Err(problem) => in_form(problem),
    }
}

async fn take(request: &Received, said: Said, body: Body) -> Result<(), Problem> {
    let permit = request.permit_by(KEY)?;
    let Query(said) = said.map_err(|_| Problem::bad_request("query_invalid", "the address's query is not well formed"))?;
    let first = |wanted: &str| said.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let [ddtags, ddsource, service, hostname] = ["ddtags", "ddsource", "service", "hostname"].map(first);
    let origin = Origin { ddtags, ddsource, service, hostname };
    let (content_type, now) = (request.content_type().to_owned(), request.app.clock.now());
    request.store(permit, body, move |plain| Ok((datadog::decode(&content_type, &plain, &origin, now)?, ()))).await?;
    Ok(())
}

fn in_form(problem: Problem) -> Response {
    let problem = problem.for_senders_that_wait();
    let status = match problem.status() {
        StatusCode::UNAUTHORIZED if problem.code == "key_missing" => StatusCode::UNAUTHORIZED,
        StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
        status => status,
    };
    let title = status.canonical_reason().unwrap_or("Error");
    let error = json!({"status": status.as_str(), "title": title, "detail": problem.told(), "code": problem.code});
    let mut response = problem.in_form(JSON, json!({"errors": [error]}).to_string().into_bytes());
    *response.status_mut() = status;
    response
}

//! Splunk's HTTP Event Collector: events, lines, acknowledgements and health, with its statuses, codes and texts.
//!
//! Always holds: an acknowledgement's number is the sequence of the last record that was stored, so it is given out once and
//! means the same after a restart; whether it is acknowledged is looked up, not assumed.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ingest::NormalBody;
use ingest::hec::{self, Origin};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::receiver::Received;
use crate::body;
use crate::problem::{Problem, QUOTA_EXCEEDED};

const JSON: &str = "application/json";
/// Bytes of a question for acknowledgements.
const ACKS_BYTES_MAX: usize = 1 << 20;
/// Characters of a channel: a UUID with hyphens.
const CHANNEL_CHARS: usize = 36;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    channel: Option<String>,
    #[serde(flatten)]
    origin: Origin,
}

#[derive(Deserialize)]
struct Asked {
    acks: Vec<u64>,
}

pub(crate) type Said = Result<Query<Parameters>, axum::extract::rejection::QueryRejection>;

/// `POST /services/collector`, `/services/collector/event`
pub(crate) async fn event(request: Received, said: Said, body: Body) -> Response {
    let answered = take(&request, said, body, |plain, _| Ok((hec::decode_events(&plain)?, ()))).await;
    in_form(answered)
}

/// `POST /services/collector/raw`
pub(crate) async fn raw(request: Received, said: Said, body: Body) -> Response {
    let now = request.app.clock.now();
    let answered = take(&request, said, body, move |plain, origin| Ok((hec::decode_lines(&plain, origin, now)?, ()))).await;
    in_form(answered)
}

/// `POST /services/collector/ack`
pub(crate) async fn ack(request: Received, said: Said, body: Body) -> Response {
    in_form(acknowledged(&request, said, body).await)
}

/// `GET /services/collector/health`
pub(crate) async fn health() -> Response {
    in_form(Ok(json!({"text": "HEC is healthy", "code": 17})))
}

async fn take(
    request: &Received,
    said: Said,
    body: Body,
    decode: impl FnOnce(Bytes, &Origin) -> Result<(NormalBody, ()), Problem> + Send + 'static,
) -> Result<Value, Problem> {
    let permit = request.permit()?;
    let said = parameters(said)?;
    let channel = channel(request, &said)?;
    let (durable, ()) = request.store(permit, body, move |plain| decode(plain, &said.origin)).await?;
    Ok(match (channel, durable.last_sequence) {
        (Some(_), Some(sequence)) => json!({"text": "Success", "code": 0, "ackId": sequence}),
        // Stored before, or dropped as a whole: there is nothing to wait for.
        (Some(_), None) => json!({"text": "Success", "code": 0, "ackId": 0}),
        (None, _) => json!({"text": "Success", "code": 0}),
    })
}

async fn acknowledged(request: &Received, said: Said, body: Body) -> Result<Value, Problem> {
    let permit = request.permit()?;
    if channel(request, &parameters(said)?)?.is_none() {
        return Err(Problem::bad_request("channel_missing", "a question for acknowledgements names its channel"));
    }
    let mut share = request.app.bodies.share();
    let bytes = body::read_up_to(body, &request.headers, ACKS_BYTES_MAX, &mut share).await?;
    let asked: Asked = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::bad_request("invalid_json", "expected {\"acks\":[…]} with numbers"))?;
    let app = Arc::clone(&request.app);
    let durable = tokio::task::spawn_blocking(move || ingest::durable_sequence(&app.store, &permit)).await;
    let durable = durable.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let acks: Map<String, Value> = asked.acks.iter().map(|id| (id.to_string(), Value::Bool(*id <= durable))).collect();
    Ok(json!({ "acks": acks }))
}

fn parameters(said: Said) -> Result<Parameters, Problem> {
    said.map(|Query(parameters)| parameters)
        .map_err(|_| Problem::bad_request("query_invalid", "the address's query is not well formed"))
}

fn channel(request: &Received, said: &Parameters) -> Result<Option<String>, Problem> {
    let named = request.header("x-splunk-request-channel");
    let named = if named.is_empty() { said.channel.as_deref().unwrap_or_default() } else { named };
    if named.is_empty() {
        return Ok(None);
    }
    let well_formed = named.len() == CHANNEL_CHARS && named.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !well_formed {
        return Err(Problem::bad_request("channel_invalid", "a channel is a UUID"));
    }
    Ok(Some(named.to_owned()))
}

fn in_form(answered: Result<Value, Problem>) -> Response {
    let problem = match answered {
        Ok(answer) => {
            return ([(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], answer.to_string()).into_response();
        }
        Err(problem) => problem,
    };
    let (status, code, text) = of_splunk(&problem);
    let mut said = json!({"text": text, "code": code, "detail": problem.told()});
    if let (StatusCode::BAD_REQUEST, Some(record)) = (status, problem.record()) {
        said["invalid-event-number"] = record.into();
    }
    let mut response = problem.in_form(JSON, said.to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// The status, code and text that Splunk has for this.
fn of_splunk(problem: &Problem) -> (StatusCode, u8, &'static str) {
    match (problem.status(), problem.code) {
        (StatusCode::UNAUTHORIZED, "key_missing") => (StatusCode::UNAUTHORIZED, 2, "Token is required"),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, _) => {
            (StatusCode::FORBIDDEN, 4, "Invalid token")
        }
        (status, "no_data") => (status, 5, "No data"),
        (status, "channel_missing") => (status, 10, "Data channel is missing"),
        (status, "channel_invalid") => (status, 11, "Invalid data channel"),
        (status, "event_missing") => (status, 12, "Event field is required"),
        (status, "event_blank") => (status, 13, "Event field cannot be blank"),
        (StatusCode::PAYLOAD_TOO_LARGE, _) => (StatusCode::PAYLOAD_TOO_LARGE, 27, "Request entity too large"),
        // Senders keep what a busy server does not take.
        (StatusCode::SERVICE_UNAVAILABLE, _) | (_, QUOTA_EXCEEDED) => (StatusCode::SERVICE_UNAVAILABLE, 9, "Server is busy"),
        (StatusCode::INTERNAL_SERVER_ERROR, _) => (StatusCode::INTERNAL_SERVER_ERROR, 8, "Internal server error"),
        (status, _) => (status, 6, "Invalid data format"),
    }
}

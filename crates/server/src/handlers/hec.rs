//! Splunk's HTTP Event Collector: events, lines, acknowledgements and health, with its statuses, codes and texts.
//!
//! Always holds: an acknowledgement's number is the sequence of the last record that was stored, so it is given out once and
//! means the same after a restart; whether it is acknowledged is looked up, not assumed. Where nothing had to be stored it is
//! a moment's, beyond all sequences, which is given out once too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ingest::NormalBody;
use ingest::encoding::BodyLimits;
use ingest::hec::{self, Origin};
use model::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::frames::content_encoding;
use super::receiver::Received;
use crate::body;
use crate::failed_keys::TOO_MANY_FAILED_KEYS;
use crate::problem::{Problem, QUOTA_EXCEEDED};

const JSON: &str = "application/json";
/// Bytes of a question for acknowledgements.
const ACKS_BYTES_MAX: usize = 1 << 20;
/// Characters of a channel: a UUID with hyphens.
const CHANNEL_CHARS: usize = 36;

/// The first number of what had nothing to be stored. No source comes to so many records, and numbers stay exact in doubles.
const MOMENTS: u64 = 1 << 52;

/// The last moment, in microseconds, whose number was given out.
#[derive(Default)]
pub(crate) struct Moments(AtomicU64);

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

// === impl Moments ===

impl Moments {
    fn next(&self, now: Timestamp) -> u64 {
        let now = micros(now);
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1)));
        MOMENTS + now.max(before.unwrap_or(0) + 1)
    }

    /// Whether it may have been given out, be it before a restart.
    fn knows(&self, id: u64, now: Timestamp) -> bool {
        id.checked_sub(MOMENTS).is_some_and(|moment| moment <= micros(now).max(self.0.load(Ordering::Relaxed)))
    }
}

fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.nanos() / 1_000).unwrap_or(0)
}

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
    Ok(match (channel, durable.last_sequence.filter(|_| durable.is_first)) {
        (Some(_), Some(sequence)) => json!({"text": "Success", "code": 0, "ackId": sequence}),
        // Stored before, or dropped as a whole: there is nothing to wait for. Senders know what they sent by its number.
        (Some(_), None) => {
            let id = request.app.hec_moments.next(request.app.clock.now());
            json!({"text": "Success", "code": 0, "ackId": id})
        }
        (None, _) => json!({"text": "Success", "code": 0}),
    })
}

async fn acknowledged(request: &Received, said: Said, body: Body) -> Result<Value, Problem> {
    let permit = request.permit()?;
    if channel(request, &parameters(said)?)?.is_none() {
        return Err(Problem::bad_request("channel_missing", "a question for acknowledgements names its channel"));
    }
    let mut share = request.app.bodies.share();
    let wire = body::read_up_to(body, &request.headers, ACKS_BYTES_MAX, &mut share).await?;
    // Vector asks in the compression in which it sends.
    let encoding = content_encoding(&request.headers)?;
    let (source, bounds) = (permit.scope().source, BodyLimits { bytes_max: ACKS_BYTES_MAX, ..BodyLimits::default() });
    let (bytes, _share) = body::decompressed((&request.app, Some(source)), (encoding, wire), bounds, share).await?;
    let asked: Asked = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::bad_request("invalid_json", "expected {\"acks\":[…]} with numbers"))?;
    let app = Arc::clone(&request.app);
    let durable = tokio::task::spawn_blocking(move || ingest::durable_sequence(&app.store, &permit)).await;
    let durable = durable.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))?;
    let now = request.app.clock.now();
    let is_known = |id: u64| id <= durable || request.app.hec_moments.knows(id, now);
    let acks: Map<String, Value> = asked.acks.iter().map(|id| (id.to_string(), Value::Bool(is_known(*id)))).collect();
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
        (status @ StatusCode::TOO_MANY_REQUESTS, TOO_MANY_FAILED_KEYS) => (status, 4, "Invalid token"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_has_a_number_of_its_own_that_a_double_holds() {
        let (moments, now) = (Moments::default(), Timestamp::parse("2026-01-31T12:00:00Z").unwrap());
        let ids: Vec<u64> = (0..3).map(|_| moments.next(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1) && ids[0] > MOMENTS && ids[2] < 1 << 53, "{ids:?}");
        assert!(ids.iter().all(|id| moments.knows(*id, now)));
        assert!(Moments::default().knows(ids[0], now), "after a restart");
        for id in [ids[2] + 1, MOMENTS - 1, 0, u64::MAX] {
            assert!(!moments.knows(id, now), "{id}");
        }
    }
}

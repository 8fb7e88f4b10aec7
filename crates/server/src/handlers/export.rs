//! OpenTelemetry logs: `POST /v1/logs` (OTLP/HTTP) and `LogsService/Export` (OTLP/gRPC).

pub(crate) mod grpc;
mod status;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Permit, Write};
use ingest::otlp::OtlpFormat;

use super::frames::{Incoming, content_encoding, delivery, noted, store, write_permit};
use crate::api::{InFormOf, Media, Sent, Typed};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::Knock;

/// A message of OTLP, which has a description of its own.
pub(crate) enum Otlp {}

/// `google.rpc.Status`, in the form of the request.
pub(crate) enum OtlpRefusal {}

/// Where signals go over HTTP; of these logs are taken.
const SIGNALS: [&str; 4] = ["/v1/logs", "/v1/traces", "/v1/metrics", "/v1development/profiles"];

// === impl OtlpRefusal ===

impl Media for OtlpRefusal {
    const KINDS: &'static [&'static str] = Otlp::KINDS;
}

// === impl Otlp ===

impl Media for Otlp {
    const KINDS: &'static [&'static str] = &["application/x-protobuf", "application/json"];
}

pub(crate) async fn http(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Sent<Otlp>,
) -> Result<Typed<Otlp>, InFormOf<OtlpRefusal>> {
    let answered = take(&app, (&headers, &caller), body.0).await;
    answered.map_err(|problem| InFormOf::new(status::over_http(&headers, problem)))
}

async fn take(app: &Arc<App>, (headers, caller): (&HeaderMap, &Caller), body: Body) -> Result<Typed<Otlp>, Problem> {
    let permit = write_permit(app, (headers, caller), None)?;
    let knock = Knock { source: permit.scope().source, headers, caller };
    let received = receive(app, permit, headers, body).await;
    noted(app, &knock, received)
}

/// Whether exporters ask there, be it for a signal that is not taken.
pub(crate) fn is_asked_at(path: &str) -> bool {
    SIGNALS.contains(&path)
}

/// What no handler takes.
pub(crate) fn refused(headers: &HeaderMap, problem: Problem) -> Response {
    status::over_http(headers, problem)
}

async fn receive(app: &Arc<App>, permit: Permit<Write>, headers: &HeaderMap, body: Body) -> Result<Typed<Otlp>, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = OtlpFormat::parse(content_type)?;
    let mut share = app.bodies.share();
    let wire = body::read(body, headers, &mut share).await?;
    let incoming = Incoming { wire, encoding: content_encoding(headers)?, delivery: delivery(headers)?, share };
    let (_, refused) = store(app, permit, incoming, move |plain| Ok(format.decode(&plain)?.into())).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()))];
    Ok(Typed::new((StatusCode::OK, kind, format.answer(&refused)).into_response()))
}

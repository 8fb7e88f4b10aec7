//! OpenTelemetry logs: `POST /v1/logs` (OTLP/HTTP) and `LogsService/Export` (OTLP/gRPC).

pub(crate) mod grpc;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use identity::{Permit, Write};
use ingest::otlp::OtlpFormat;

use super::frames::{Incoming, content_encoding, delivery, noted, store, write_permit};
use crate::api::{Media, Sent, Typed};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::Knock;

/// A message of OTLP, which has a description of its own.
pub(crate) enum Otlp {}

// === impl Otlp ===

impl Media for Otlp {
    const KINDS: &'static [&'static str] = &["application/x-protobuf", "application/json"];
}

pub(crate) async fn http(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Sent<Otlp>,
) -> Result<Typed<Otlp>, Problem> {
    let permit = write_permit(&app, (&headers, &caller), None)?;
    let knock = Knock { source: permit.scope().source, headers: &headers, caller: &caller };
    let received = receive(&app, permit, &headers, body.0).await;
    noted(&app, &knock, received).map_err(Problem::for_senders_that_wait)
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

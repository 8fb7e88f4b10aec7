//! `POST /sources/{id}/frames` and `POST /frames`: batches of records, as Timber clients send them.

use std::sync::Arc;
use std::time::Duration;

use ::store::{AppendError, CommitError, Durable};
use audit::Actor;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use identity::{Permit, Write};
use ingest::encoding::{BodyLimits, ContentEncoding, decompress};
use ingest::{Enriched, NormalBody, frames};
use model::limits;
use tokio::sync::oneshot;

use super::{credential, source_id};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

/// How often, and for how long each time, a request waits for room before it is answered `busy`.
const BUSY_WAITS: usize = 40;
const BUSY_WAIT: Duration = Duration::from_millis(50);

pub(crate) async fn to_source(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    accept(&app, Some(&source), (&headers, &caller), body).await
}

/// The key itself names the source.
pub(crate) async fn to_key(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    accept(&app, None, (&headers, &caller), body).await
}

async fn accept(
    app: &Arc<App>,
    source: Option<&str>,
    (headers, caller): (&HeaderMap, &Caller),
    body: Body,
) -> Result<Response, Problem> {
    let permit = write_permit(app, (headers, caller), source)?;
    let mut share = app.bodies.share();
    let wire = body::read(body, headers, &mut share).await?;
    let encoding = content_encoding(headers)?;
    let content_type = text_of(headers, header::CONTENT_TYPE.as_str());
    let metadata = metadata_override(headers)?;
    let now = app.clock.now();
    let (house, scope) = (Arc::clone(app), permit.scope());
    let decode = move |plain: Bytes| {
        let normal = frames::decode(content_type.as_deref(), metadata.as_deref(), plain, now)?;
        // Clients that send lines send those of a stack trace one by one.
        let joins = house.identity.treatment(scope)?.recognition.stack_traces;
        Ok(if joins { ingest::stack_traces(normal, now) } else { normal })
    };
    store(app, permit, Incoming { wire, encoding, delivery: delivery(headers)? }, decode).await?;
    Ok((StatusCode::ACCEPTED, "Accepted logs").into_response())
}

/// A body as it came, and what its headers say.
pub(crate) struct Incoming {
    pub(crate) wire: Bytes,
    pub(crate) encoding: ContentEncoding,
    pub(crate) delivery: Option<String>,
}

pub(crate) fn write_permit(
    app: &App,
    (headers, caller): (&HeaderMap, &Caller),
    source: Option<&str>,
) -> Result<Permit<Write>, Problem> {
    let credential = credential(app, headers)?;
    let source = match (&credential, source) {
        (Some(_), Some(source)) => Some(source_id(source)?),
        (None, _) | (_, None) => None,
    };
    Ok(app.identity.authorize_write(credential.as_ref(), source, &caller.deed(Actor::Stranger, app.clock.now()))?)
}

pub(crate) fn content_encoding(headers: &HeaderMap) -> Result<ContentEncoding, Problem> {
    let text = text_of(headers, header::CONTENT_ENCODING.as_str()).unwrap_or_default();
    Ok(ContentEncoding::parse(&text)?)
}

pub(crate) fn delivery(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let delivery = text_of(headers, "idempotency-key");
    if delivery.as_ref().is_some_and(|name| name.is_empty() || name.len() > limits::DELIVERY_NAME_BYTES_MAX) {
        let detail = format!("an Idempotency-Key has 1 to {} bytes", limits::DELIVERY_NAME_BYTES_MAX);
        return Err(Problem::bad_request("idempotency_key_invalid", detail));
    }
    Ok(delivery)
}

/// A header is Latin-1 to HTTP; clients send UTF-8.
fn metadata_override(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("timber-metadata-override") else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes());
    let refused = |_| Problem::bad_request("invalid_metadata", "Timber-Metadata-Override is not UTF-8");
    text.map(|text| Some(text.to_owned())).map_err(refused)
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Decodes the body, stores its records, and returns when they are durable.
pub(crate) async fn store(
    app: &Arc<App>,
    permit: Permit<Write>,
    incoming: Incoming,
    decode: impl FnOnce(Bytes) -> Result<NormalBody, Problem> + Send + 'static,
) -> Result<NormalBody, Problem> {
    let permit = Arc::new(permit);
    let Incoming { wire, encoding, delivery } = incoming;
    let (house, scope) = (Arc::clone(app), permit.scope());
    let decoding = tokio::task::spawn_blocking(move || {
        let normal = decode(decompress(encoding, wire, BodyLimits::default())?)?;
        Ok::<_, Problem>(ingest::enrich(normal, &house.identity.treatment(scope)?, house.clock.now())?)
    });
    let Enriched { body: normal, before, masked } = decoding.await.map_err(|error| Problem::internal(&error))??;
    let mut waits = 0;
    loop {
        match commit(app, &permit, normal.bytes.clone(), delivery.clone()).await {
            // A short wait for room costs the client less than an answer and a repetition.
            Err(AppendError::Busy) if waits < BUSY_WAITS => {
                waits += 1;
                tokio::time::sleep(BUSY_WAIT).await;
            }
            Err(AppendError::Refused(refused)) => {
                // Where it is wrong is told in the body that was sent.
                let sent = before.and_then(|before| ::store::refusal(&before));
                return Err(AppendError::Refused(sent.unwrap_or(refused)).into());
            }
            Err(error) => return Err(error.into()),
            Ok(durable) => {
                return match durable.await {
                    Ok(Ok(_)) => {
                        app.identity.note_masked(permit.scope(), &masked);
                        Ok(NormalBody { bytes: Bytes::new(), ..normal })
                    }
                    Ok(Err(error)) => Err(error.into()),
                    Err(error) => Err(Problem::internal(&error)),
                };
            }
        }
    }
}

pub(crate) type Outcome = Result<Durable, CommitError>;

/// Queues the records and sees to it that somebody commits; what is returned tells when they are durable.
pub(crate) async fn commit(
    app: &Arc<App>,
    permit: &Arc<Permit<Write>>,
    body: Bytes,
    delivery: Option<String>,
) -> Result<oneshot::Receiver<Outcome>, AppendError> {
    let (done, durable) = oneshot::channel();
    let (worker, permit) = (Arc::clone(app), Arc::clone(permit));
    let queueing = tokio::task::spawn_blocking(move || {
        // Whoever gave up waiting is not told; the records are stored all the same.
        let tell = Box::new(move |outcome| {
            let _ = done.send(outcome);
        });
        let next = ingest::commit(&worker.store, &permit, body, delivery.as_deref(), tell)?;
        if next == ::store::Next::Commit {
            tokio::task::spawn_blocking(move || ingest::drive(&worker.store, &permit));
        }
        Ok::<_, AppendError>(())
    });
    // A defect in the shredder drops `done` with the task, which the receiver reports.
    queueing.await.unwrap_or(Ok(()))?;
    Ok(durable)
}

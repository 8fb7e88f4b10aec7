//! `POST /sources/{id}/frames` and `POST /frames`: batches of records, as Timber clients send them.

use std::sync::Arc;
use std::time::Duration;

use ::store::{AppendError, CommitError, Content, Durable};
use audit::Actor;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use identity::{Permit, Write};
use ingest::encoding::{BodyLimits, ContentEncoding, decompress_within};
use ingest::{Enriched, Name, NormalBody, frames};
use model::limits;
use tokio::sync::oneshot;

use super::{credential, source_id};
use crate::api::{Media, Sent, Typed};
use crate::app::App;
use crate::bodies::BodyShare;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::Knock;

/// How often, and for how long each time, a request waits for room before it is answered `busy`.
const BUSY_WAITS: usize = 40;
const BUSY_WAIT: Duration = Duration::from_millis(50);

const ACCEPTED: u16 = StatusCode::ACCEPTED.as_u16();

/// Records in one of the forms that clients send.
pub(crate) enum Records {}

/// A word in plain text.
pub(crate) enum Said {}

// === impl Records ===

impl Media for Records {
    const KINDS: &'static [&'static str] =
        &["application/json", "application/ndjson", "application/msgpack", "text/plain", "application/octet-stream"];
}

// === impl Said ===

impl Media for Said {
    const KINDS: &'static [&'static str] = &["text/plain"];
}

pub(crate) async fn to_source(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Sent<Records>,
) -> Result<Typed<Said, ACCEPTED>, Problem> {
    accept(&app, Some(&source), (&headers, &caller), body.0).await
}

/// The key itself names the source.
pub(crate) async fn to_key(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Sent<Records>,
) -> Result<Typed<Said, ACCEPTED>, Problem> {
    accept(&app, None, (&headers, &caller), body.0).await
}

async fn accept(
    app: &Arc<App>,
    source: Option<&str>,
    (headers, caller): (&HeaderMap, &Caller),
    body: Body,
) -> Result<Typed<Said, ACCEPTED>, Problem> {
    let permit = write_permit(app, (headers, caller), source)?;
    let knock = Knock { source: permit.scope().source, headers, caller };
    let received = receive(app, permit, headers, body).await;
    noted(app, &knock, received)
}

async fn receive(
    app: &Arc<App>,
    permit: Permit<Write>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Typed<Said, ACCEPTED>, Problem> {
    let mut share = app.bodies.share();
    let wire = body::read(body, headers, &mut share).await?;
    let encoding = content_encoding(headers)?;
    let content_type = text_of(headers, header::CONTENT_TYPE.as_str());
    let metadata = metadata_override(headers)?;
    let now = app.clock.now();
    let decode = move |plain: Bytes| Ok((frames::decode(content_type.as_deref(), metadata.as_deref(), plain, now)?, ()));
    let delivery = delivery(headers)?.or_else(|| drain_frame(headers));
    store(app, permit, Incoming { wire, encoding, delivery, share }, decode).await?;
    Ok(Typed::new((StatusCode::ACCEPTED, "Accepted logs").into_response()))
}

/// A body as it came, and what its headers say.
pub(crate) struct Incoming {
    pub(crate) wire: Bytes,
    pub(crate) encoding: ContentEncoding,
    pub(crate) delivery: Option<Named>,
    pub(crate) share: BodyShare,
}

/// The name that a request has.
pub(crate) enum Named {
    /// `Idempotency-Key`: it stands for this body and no other.
    ByClient(String),
    /// What the protocol has for it.
    ByProtocol(String),
}

// === impl Named ===

impl Named {
    fn over(self, body: &[u8]) -> Name {
        match self {
            Self::ByClient(name) => Name { name, content: Some(Content::of(body)) },
            Self::ByProtocol(name) => Name { name, content: None },
        }
    }
}

pub(crate) fn write_permit(
    app: &App,
    (headers, caller): (&HeaderMap, &Caller),
    source: Option<&str>,
) -> Result<Permit<Write>, Problem> {
    let asked = asked_permit(app, (headers, caller), source).map_err(|problem| app.refused_key(caller, problem));
    match source.map(source_id) {
        Some(Ok(source)) => noted(app, &Knock { source, headers, caller }, asked),
        Some(Err(_)) | None => asked,
    }
}

fn asked_permit(app: &App, (headers, caller): (&HeaderMap, &Caller), source: Option<&str>) -> Result<Permit<Write>, Problem> {
    let credential = credential(app, headers)?;
    let source = match (&credential, source) {
        (Some(_), Some(source)) => Some(source_id(source)?),
        (None, _) | (_, None) => None,
    };
    Ok(app.identity.authorize_write(credential.as_ref(), source, &caller.deed(Actor::Stranger, app.clock.now()))?)
}

/// Keeps what is refused for whoever looks at the source.
pub(crate) fn noted<T>(app: &App, knock: &Knock<'_>, outcome: Result<T, Problem>) -> Result<T, Problem> {
    outcome.inspect_err(|problem| app.refusals.note(knock, problem, app.clock.now()))
}

pub(crate) fn content_encoding(headers: &HeaderMap) -> Result<ContentEncoding, Problem> {
    let text = text_of(headers, header::CONTENT_ENCODING.as_str()).unwrap_or_default();
    Ok(ContentEncoding::parse(&text)?)
}

pub(crate) fn delivery(headers: &HeaderMap) -> Result<Option<Named>, Problem> {
    let delivery = text_of(headers, "idempotency-key");
    if delivery.as_ref().is_some_and(|name| name.is_empty() || name.len() > limits::DELIVERY_NAME_BYTES_MAX) {
        let detail = format!("an Idempotency-Key has 1 to {} bytes", limits::DELIVERY_NAME_BYTES_MAX);
        return Err(Problem::bad_request("idempotency_key_invalid", detail));
    }
    Ok(delivery.map(Named::ByClient))
}

/// Logplex names each of its frames, and sends one again under the same name.
fn drain_frame(headers: &HeaderMap) -> Option<Named> {
    text_of(headers, header::CONTENT_TYPE.as_str()).filter(|kind| kind.eq_ignore_ascii_case(frames::LOGPLEX))?;
    let frame = text_of(headers, "logplex-frame-id")?;
    (1..=limits::DELIVERY_NAME_BYTES_MAX).contains(&frame.len()).then_some(Named::ByProtocol(frame))
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

/// Decodes the body, stores its records, and returns when they are durable, with what else the decoder said.
pub(crate) async fn store<T: Send + 'static>(
    app: &Arc<App>,
    permit: Permit<Write>,
    incoming: Incoming,
    decode: impl FnOnce(Bytes) -> Result<(NormalBody, T), Problem> + Send + 'static,
) -> Result<(Durable, T), Problem> {
    let Incoming { wire, encoding, delivery, mut share } = incoming;
    let (house, place) = (Arc::clone(app), app.bodies.decoder(Some(permit.scope().source)).await?);
    let decoding = tokio::task::spawn_blocking(move || {
        let _place = place;
        let plain = decompress_within(encoding, wire, BodyLimits::default(), &mut |bytes| share.take(bytes).is_ok())?;
        let name = delivery.map(|delivery| delivery.over(&plain));
        let (normal, said) = decode(plain)?;
        share.settle(normal.bytes.len())?;
        let records = ingest::enrich(&house.identity, permit, &normal, house.clock.now())?;
        share.settle(records.bytes_held())?;
        Ok::<_, Problem>((records, said, name, share))
    });
    let (records, said, name, share) = decoding.await.map_err(|error| Problem::internal(&error))??;
    let durable = keep(app, &Arc::new(records), name).await?;
    drop(share);
    Ok((durable, said))
}

/// Records that a decoder gave, as their source has them set.
pub(crate) async fn enriched(app: &Arc<App>, permit: Permit<Write>, normal: NormalBody) -> Result<Enriched, Problem> {
    let (house, place) = (Arc::clone(app), app.bodies.decoder_in_turn(Some(permit.scope().source)).await?);
    let enriching = move || {
        let _place = place;
        ingest::enrich(&house.identity, permit, &normal, house.clock.now())
    };
    Ok(tokio::task::spawn_blocking(enriching).await.map_err(|error| Problem::internal(&error))??)
}

/// Stores records, and returns when they are durable.
pub(crate) async fn keep(app: &Arc<App>, records: &Arc<Enriched>, name: Option<Name>) -> Result<Durable, Problem> {
    let mut waits = 0;
    loop {
        match commit(app, records, name.clone()).await {
            // A short wait for room costs the client less than an answer and a repetition.
            Err(AppendError::Busy) if waits < BUSY_WAITS => {
                waits += 1;
                tokio::time::sleep(BUSY_WAIT).await;
            }
            Err(AppendError::Refused(refused)) => {
                // Where it is wrong is told in the body that was sent.
                let records = Arc::clone(records);
                let looking = tokio::task::spawn_blocking(move || records.before().and_then(|sent| ::store::refusal(sent)));
                let sent = looking.await.map_err(|error| Problem::internal(&error))?;
                return Err(AppendError::Refused(sent.unwrap_or(refused)).into());
            }
            Err(error) => return Err(error.into()),
            Ok(durable) => {
                return match durable.await {
                    Ok(Ok(durable)) => Ok(durable),
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
    records: &Arc<Enriched>,
    name: Option<Name>,
) -> Result<oneshot::Receiver<Outcome>, AppendError> {
    let (done, durable) = oneshot::channel();
    let (worker, records) = (Arc::clone(app), Arc::clone(records));
    let queueing = tokio::task::spawn_blocking(move || {
        // Whoever gave up waiting is not told; the records are stored all the same.
        let tell = Box::new(move |outcome| {
            let _ = done.send(outcome);
        });
        let next = ingest::commit((&worker.store, &worker.identity), &records, name.as_ref(), tell)?;
        if next == ::store::Next::Commit {
            tokio::task::spawn_blocking(move || ingest::drive(&worker.store, &records));
        }
        Ok::<_, AppendError>(())
    });
    // A defect in the shredder drops `done` with the task, which the receiver reports.
    queueing.await.unwrap_or(Ok(()))?;
    Ok(durable)
}

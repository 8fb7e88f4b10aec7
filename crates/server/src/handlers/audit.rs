//! The audit trail over HTTP: a tenant's for whoever may read it, the installation's for operators, the public one for all.
//!
//! | route under `/v1/tenants/{tenant}/audit` and `/v1/audit` | gives |
//! |---|---|
//! | (none) | entries, newest first, filtered, in pages |
//! | `/download?format=` | all that match, as `ndjson`, `csv`, `cef` or `ocsf` |
//! | `/proof?entry=` or `?since=` | a proof that an entry is in the log, or that the log only grew |
//! | `/log/{path}` | C2SP tlog-tiles: `checkpoint`, `tile/…` |
//!
//! `/log/{path}` without a prefix is the public log, `/log/key` what checks every checkpoint of this installation.

use std::io;
use std::sync::Arc;

use audit::{ActorFilter, Download, Ended, Entry, Filter, Form, Log, Paging, Recorded};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use futures_util::stream;
use identity::{ExportAudit, Identity, ReadAudit, ReadInstallationAudit};
use model::{SourceId, Timestamp, limits};
use schemars::JsonSchema;
use search::query::parse_time;
use serde::{Deserialize, Serialize};

use super::who::Who;
use crate::api::{Answer, Media, Parameters, Typed, ok};
use crate::app::App;
use crate::problem::Problem;

/// Entries that are written at once into a download.
const CHUNK_ENTRIES: usize = 500;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Params {
    /// Event types, with commas between them.
    event: String,
    /// `KIND` or `KIND:ID`.
    actor: String,
    source: String,
    /// `done`, `refused` or `refused:CODE`.
    result: String,
    address: String,
    /// RFC 3339, an epoch number, or relative, such as `now-15m`.
    since: String,
    until: String,
    /// A request's id, as its answer's `x-request-id` has it.
    request: String,
    /// Words that an entry holds.
    q: String,
    limit: Option<usize>,
    /// The `next` of the page before.
    cursor: Option<u64>,
    /// Of a download: `ndjson`, `csv`, `cef` or `ocsf`.
    format: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Proved {
    entry: Option<u64>,
    since: Option<u64>,
}

/// Entries, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditPage")]
pub(crate) struct Page {
    entries: Vec<Shown>,
    next: Option<u64>,
}

/// An entry of the trail, with the address that it came from, while that is known.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
struct Shown {
    #[serde(flatten)]
    entry: Entry,
    address: Option<String>,
}

/// A proof over the log of the trail (RFC 6962): hashes in base 64, and the checkpoint that they lead to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditProof")]
pub(crate) struct Proof {
    entry: Option<u64>,
    since: Option<u64>,
    proof: Vec<String>,
    /// A signed note.
    checkpoint: String,
}

/// A file of the log.
pub(crate) enum LogFile {}

/// Entries in one of the forms of a download.
pub(crate) enum Entries {}

// === impl LogFile ===

impl Media for LogFile {
    const KINDS: &'static [&'static str] = &["application/octet-stream"];
}

// === impl Entries ===

impl Media for Entries {
    const KINDS: &'static [&'static str] = &["application/x-ndjson", "text/csv", "text/plain"];
}

// === impl Params ===

impl Params {
    fn filter(&self, now: Timestamp) -> Result<Filter, Problem> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let invalid = |what: &str| Problem::bad_request("parameter_invalid", format!("`{what}` is not what it should be"));
        let time = |name: &str, text: &String| match some(text) {
            None => Ok(None),
            Some(text) => parse_time(&text, now)
                .map(Some)
                .map_err(|error| Problem::bad_request("time_invalid", format!("`{name}`: {error}"))),
        };
        let ended = match self.result.split_once(':') {
            None if self.result.is_empty() => None,
            None if self.result == "done" => Some(Ended::Done),
            None if self.result == "refused" => Some(Ended::Refused(None)),
            Some(("refused", code)) => Some(Ended::Refused(Some(code.to_owned()))),
            None | Some(_) => return Err(invalid("result")),
        };
        Ok(Filter {
            events: self.event.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect(),
            actor: some(&self.actor).map(|text| ActorFilter::parse(&text)),
            source: some(&self.source).map(|id| SourceId::parse(&id)).transpose().map_err(|_| invalid("source"))?,
            ended,
            address: some(&self.address).map(|text| text.parse()).transpose().map_err(|_| invalid("address"))?,
            since: time("since", &self.since)?,
            until: time("until", &self.until)?,
            request: some(&self.request),
            text: some(&self.q),
        })
    }

    fn paging(&self) -> Result<Paging, Problem> {
        let limit = self.limit.unwrap_or(limits::PAGE_RECORDS_DEFAULT);
        if !(1..=limits::AUDIT_PAGE_ENTRIES_MAX).contains(&limit) {
            let detail = format!("`limit` is a number from 1 to {}", limits::AUDIT_PAGE_ENTRIES_MAX);
            return Err(Problem::bad_request("limit_invalid", detail));
        }
        Ok(Paging { before: self.cursor, limit })
    }

    fn form(&self) -> Result<Form, Problem> {
        match self.format.as_str() {
            "" | "ndjson" => Ok(Form::Ndjson),
            "csv" => Ok(Form::Csv),
            "cef" => Ok(Form::Cef),
            "ocsf" => Ok(Form::Ocsf),
            _ => Err(Problem::bad_request("format_invalid", "`format` is ndjson, csv, cef or ocsf")),
        }
    }
}

pub(crate) async fn entries(who: Who, Parameters(params): Parameters<Params>) -> Result<Answer<Page>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ReadAudit>()?;
        page(identity, Log::Tenant(permit.tenant()), &params, permit.deed().at)
    })
    .await
}

pub(crate) async fn installation_entries(who: Who, Parameters(params): Parameters<Params>) -> Result<Answer<Page>, Problem> {
    who.run(move |who, identity| {
        let permit = who.installation_permit::<ReadInstallationAudit>()?;
        page(identity, Log::Installation, &params, permit.deed().at)
    })
    .await
}

pub(crate) async fn download(who: Who, Parameters(params): Parameters<Params>) -> Result<Typed<Entries>, Problem> {
    let app = Arc::clone(&who.app);
    let (log, at) = who
        .run(|who, _| {
            let permit = who.tenant_permit::<ExportAudit>()?;
            Ok((Log::Tenant(permit.tenant()), permit.deed().at))
        })
        .await?;
    streamed(&app, log, &params, at)
}

pub(crate) async fn installation_download(who: Who, Parameters(params): Parameters<Params>) -> Result<Typed<Entries>, Problem> {
    let app = Arc::clone(&who.app);
    let permitted = who.run(|who, _| Ok(who.installation_permit::<ReadInstallationAudit>()?.deed().at));
    let at = permitted.await?;
    streamed(&app, Log::Installation, &params, at)
}

pub(crate) async fn proof(who: Who, Parameters(asked): Parameters<Proved>) -> Result<Answer<Proof>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ReadAudit>()?;
        proved(identity, Log::Tenant(permit.tenant()), &asked, permit.deed().at)
    })
    .await
}

pub(crate) async fn installation_proof(who: Who, Parameters(asked): Parameters<Proved>) -> Result<Answer<Proof>, Problem> {
    who.run(move |who, identity| {
        let permit = who.installation_permit::<ReadInstallationAudit>()?;
        proved(identity, Log::Installation, &asked, permit.deed().at)
    })
    .await
}

pub(crate) async fn file(who: Who) -> Result<Typed<LogFile>, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ReadAudit>()?;
        file_of(identity, Log::Tenant(permit.tenant()), who.text("path"), permit.deed().at)
    })
    .await
}

pub(crate) async fn installation_file(who: Who) -> Result<Typed<LogFile>, Problem> {
    who.run(|who, identity| {
        let permit = who.installation_permit::<ReadInstallationAudit>()?;
        file_of(identity, Log::Installation, who.text("path"), permit.deed().at)
    })
    .await
}

pub(crate) async fn public_file(State(app): State<Arc<App>>, Path(path): Path<String>) -> Result<Typed<LogFile>, Problem> {
    let now = app.clock.now();
    let read = move || match path.as_str() {
        "key" => Ok(text(app.identity.audit_verifier().to_string().into_bytes())),
        path => file_of(&app.identity, Log::Public, path, now),
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(&error))?
}

fn page(identity: &Identity, log: Log, params: &Params, now: Timestamp) -> Result<Answer<Page>, Problem> {
    let page = identity.audit_entries(log, &params.filter(now)?, params.paging()?)?;
    Ok(ok(Page { entries: page.entries.into_iter().map(shown).collect(), next: page.next }))
}

fn shown(recorded: Recorded) -> Shown {
    Shown { entry: recorded.entry, address: recorded.address }
}

fn proved(identity: &Identity, log: Log, asked: &Proved, now: Timestamp) -> Result<Answer<Proof>, Problem> {
    let proof = match (asked.entry, asked.since) {
        (Some(entry), None) => identity.prove_audit_entry(log, entry, now)?,
        (None, Some(since)) => identity.prove_audit_growth(log, since, now)?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::bad_request("parameter_invalid", "ask for an `entry`, or for the growth `since` a size"));
        }
    };
    let (proof, checkpoint) = proof.ok_or_else(Problem::not_found)?;
    let proof = proof.iter().map(ToString::to_string).collect();
    Ok(ok(Proof { entry: asked.entry, since: asked.since, proof, checkpoint }))
}

fn file_of(identity: &Identity, log: Log, path: &str, now: Timestamp) -> Result<Typed<LogFile>, Problem> {
    if path == "checkpoint" && log != Log::Public {
        identity.audit_checkpoint(log, now)?;
    }
    identity.audit_file(log, path)?.map(text).ok_or_else(Problem::not_found)
}

fn text(bytes: Vec<u8>) -> Typed<LogFile> {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Typed::new((headers, bytes).into_response())
}

/// Page after page, each read when the one before was taken: a slow client holds no more than one.
fn streamed(app: &Arc<App>, log: Log, params: &Params, now: Timestamp) -> Result<Typed<Entries>, Problem> {
    let (filter, form) = (params.filter(now)?, params.form()?);
    let first = Download::new(form, Vec::new()).map(Download::into_inner).unwrap_or_default();
    let worker = Arc::clone(app);
    let pages = stream::unfold((Some(first), Some(None)), move |(ready, next)| {
        let (worker, filter) = (Arc::clone(&worker), filter.clone());
        async move {
            if let Some(bytes) = ready.filter(|bytes| !bytes.is_empty()) {
                return Some((Ok(bytes), (None, next)));
            }
            let before: Option<u64> = next?;
            let read = move || chunk(&worker.identity, log, &filter, (form, before));
            let chunk = tokio::task::spawn_blocking(read).await.map_err(|error| Problem::internal(&error));
            match chunk.and_then(|chunk| chunk) {
                Ok((bytes, next)) => Some((Ok(bytes), (None, next.map(Some)))),
                // An answer under way has no other status: its connection is broken off, so that nobody takes it for whole.
                Err(_) => Some((Err(io::Error::other("the trail could not be read to its end")), (None, None))),
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, form.content_type()), (header::CACHE_CONTROL, "no-store")];
    Ok(Typed::new((headers, Body::from_stream(pages)).into_response()))
}

type Chunk = (Vec<u8>, Option<u64>);

fn chunk(identity: &Identity, log: Log, filter: &Filter, (form, before): (Form, Option<u64>)) -> Result<Chunk, Problem> {
    let page = identity.audit_entries(log, filter, Paging { before, limit: CHUNK_ENTRIES })?;
    let header = Download::new(form, Vec::new()).map(Download::into_inner).unwrap_or_default().len();
    let mut download = Download::new(form, Vec::new()).map_err(|error| Problem::internal(&error))?;
    for recorded in &page.entries {
        download.entry(recorded).map_err(|error| Problem::internal(&error))?;
    }
    // Only the first chunk has the header.
    Ok((download.into_inner().split_off(header), page.next))
}

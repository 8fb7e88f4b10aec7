//! Long work: imports, and all jobs of a tenant.
//!
//! | route | does |
//! |---|---|
//! | `POST /v1/sources/{source}/imports` | makes a job that waits for the bytes of its file |
//! | `PUT /v1/jobs/{job}/content?offset=N` | takes the next bytes |
//! | `GET /v1/jobs/{job}`, `GET /v1/tenants/{tenant}/jobs` | how far it is; how far all of them are |
//! | `POST /v1/jobs/{job}/cancel` | ends it where it is |

mod shown;

use std::sync::Arc;

use identity::{
    FileDigest, ImportCompression, ImportFormat, ImportSpec, Job, JobCursor, JobError, JobState, ViewSource, ViewTenant,
};
use model::{JobId, Timestamp, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
use super::who::Who;
use crate::api::{Answer, Form, Made, Media, Parameters, Sent, made, ok};
use crate::app::App;
use crate::body;
use crate::problem::Problem;
use shown::{ShownJob, shown};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportForm {
    name: String,
    /// Of the file as it is uploaded.
    bytes: u64,
    #[serde(default)]
    format: ImportFormat,
    #[serde(default)]
    compression: ImportCompression,
    /// SHA-256, in hexadecimal digits, for whoever goes on with an upload.
    #[serde(default)]
    digest: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct ContentPlace {
    /// Bytes of the file before these.
    #[serde(default)]
    offset: Option<u64>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Params {
    /// States, with commas between them.
    state: String,
    limit: Option<usize>,
    /// The `next` of the page before.
    cursor: String,
}

/// Jobs, newest first.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JobPage")]
pub(crate) struct Page {
    jobs: Vec<ShownJob>,
    next: Option<String>,
    /// Of all that one may see, those that have not ended.
    open: usize,
}

/// What was received of an upload.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UploadReceived")]
pub(crate) struct Received {
    received: u64,
    state: JobState,
}

/// The bytes of a file.
pub(crate) enum Piece {}

// === impl Piece ===

impl Media for Piece {
    const KINDS: &'static [&'static str] = &["application/octet-stream"];
}

// === impl ImportForm ===

impl ImportForm {
    fn spec(self) -> Result<ImportSpec, Problem> {
        let Self { name, bytes, format, compression, digest } = self;
        let digest = digest.as_deref().map(FileDigest::parse).transpose()?;
        Ok(ImportSpec { name: display_name(&name)?, bytes, format, compression, digest })
    }
}

// === impl Params ===

impl Params {
    fn states(&self) -> Result<Vec<JobState>, Problem> {
        let named = self.state.split(',').filter(|one| !one.is_empty());
        let unknown = || Problem::bad_request("parameter_invalid", "`state` names states of jobs, with commas between them");
        named.map(|name| JobState::from_name(name).ok_or_else(unknown)).collect()
    }

    fn paging(&self) -> Result<(Option<JobCursor>, usize), Problem> {
        let limit = self.limit.unwrap_or(limits::JOBS_PAGE_DEFAULT);
        if !(1..=limits::JOBS_PAGE_MAX).contains(&limit) {
            let detail = format!("`limit` is a number from 1 to {}", limits::JOBS_PAGE_MAX);
            return Err(Problem::bad_request("limit_invalid", detail));
        }
        let invalid = || Problem::bad_request("cursor_invalid", "`cursor` is the `next` of another page");
        let cursor = Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty()).map(parse_cursor);
        Ok((cursor.map(|cursor| cursor.ok_or_else(invalid)).transpose()?, limit))
    }
}

fn parse_cursor(text: &str) -> Option<JobCursor> {
    let (at, id) = text.split_once('-')?;
    Some(JobCursor { created_at: Timestamp::from_nanos(at.parse().ok()?), id: JobId::parse(id).ok()? })
}

fn written_cursor(cursor: JobCursor) -> String {
    format!("{}-{}", cursor.created_at.nanos(), cursor.id)
}

pub(crate) async fn import(who: Who, Form(form): Form<ImportForm>) -> Result<Made<ShownJob>, Problem> {
    who.run(move |who, identity| {
        let permit = who.import_permit()?;
        let spec = form.spec()?;
        let job = identity.create_import(&permit, spec, |bytes| who.app.store.has_room_for_upload(bytes))?;
        Ok(made(shown_now(&who.app, &job)?))
    })
    .await
}

pub(crate) async fn content(
    who: Who,
    Parameters(place): Parameters<ContentPlace>,
    body: Sent<Piece>,
) -> Result<Answer<Received>, Problem> {
    let (offset, expected) = who
        .clone()
        .run(move |who, identity| {
            // Whoever may not is told so before anything else.
            let (permit, id) = (who.work_permit()?, who.id("job")?);
            let missing = || Problem::bad_request("parameter_invalid", "`offset` is missing: the byte to go on from");
            let offset = place.offset.ok_or_else(missing)?;
            Ok((offset, identity.expects_piece(&permit, id, offset)?))
        })
        .await?;
    let app = Arc::clone(&who.app);
    let mut share = app.bodies.share();
    let piece = body::read_up_to(body.0, &who.headers, limits::UPLOAD_PIECE_BYTES, &mut share).await?;
    if piece.len() as u64 != expected {
        return Err(JobError::PieceSize { expected }.into());
    }
    // Asked again, for bytes may take long to come.
    who.run(move |who, identity| {
        let (permit, id) = (who.work_permit()?, who.id("job")?);
        let name = ingest::keep_upload(&who.app.store, &permit, &piece)?;
        let received = identity.receive_piece(&permit, id, (offset, piece.len() as u64, &name.to_string()));
        let job = received.inspect_err(|_| {
            // What nobody names is also swept at the next start.
            if let Err(error) = who.app.store.delete_upload(&name) {
                tracing::warn!(%error, "a piece of an upload that was not taken could not be deleted");
            }
        })?;
        Ok(ok(Received { received: job.standing.received, state: job.standing.state }))
    })
    .await
}

pub(crate) async fn job(who: Who) -> Result<Answer<ShownJob>, Problem> {
    who.run(|who, identity| {
        let permit = who.job_permit::<ViewSource>()?;
        let job = identity.job(&permit, who.id("job")?)?.ok_or_else(Problem::not_found)?;
        Ok(ok(shown_now(&who.app, &job)?))
    })
    .await
}

pub(crate) async fn jobs(who: Who, Parameters(params): Parameters<Params>) -> Result<Answer<Page>, Problem> {
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ViewTenant>()?;
        let page = identity.jobs(&permit, &params.states()?, params.paging()?)?;
        let jobs = page.jobs.iter().map(|job| Ok(shown_now(&who.app, job)?.in_a_list())).collect::<Result<_, Problem>>()?;
        Ok(ok(Page { jobs, next: page.next.map(written_cursor), open: page.open }))
    })
    .await
}

pub(crate) async fn cancel(who: Who) -> Result<Answer<ShownJob>, Problem> {
    who.run(|who, identity| {
        let permit = who.work_permit()?;
        let job = identity.cancel_job(&permit, who.id("job")?)?;
        Ok(ok(shown_now(&who.app, &job)?))
    })
    .await
}

fn shown_now(app: &App, job: &Job) -> Result<ShownJob, Problem> {
    let source = app.identity.source(job.scope())?;
    Ok(shown(job, source.as_ref().map_or("", |source| source.name.as_str()), app.clock.now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = JobCursor { created_at: Timestamp::from_nanos(5), id: JobId::NONE };
        assert_eq!(parse_cursor(&written_cursor(cursor)), Some(cursor));
        for text in ["", "-", "5", "5-x", "x-0000000000000000"] {
            assert_eq!(parse_cursor(text), None, "{text}");
        }
    }
}

//! Long work of a tenant's as jobs, of which an import is the first kind.
//!
//! Always holds: a job works for whoever made it, and no longer than they may do what it does; it is seen by whoever may see
//! its source, and ended by whoever may write to it; its begin and its end are in the trail in the same transaction; how far
//! it is is written down after what was done is durable, so that a crash repeats a step and forgets none.
//! Stores no records and reads no uploads: a job of the server does.

mod pieces;
mod rounds;
mod spec;
mod standing;

use audit::{Deed, Event, Outcome, Worked};
use model::{DisplayName, JobId, Scope, SourceId, TenantId, Timestamp, limits};
use policy::Permission;
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::document::Spot;
use crate::permit::{Permit, Principal, ViewSource, ViewTenant, Write};
use crate::reading::{Keeper, StoredKeeper};
use crate::record::Refusee;
use crate::refused::Refused;

pub use rounds::{Importing, OpenJobs};
pub use spec::{
    FileDigest, FileDigestError, ImportCompression, ImportFormat, ImportFound, ImportLayout, ImportPlace, ImportSpec,
};
pub use standing::{
    Failure as JobFailure, ImportStep, JobCounts, JobException, JobState, LastDone, SecondsLeft, Standing, Waits,
};

/// An import, which is the one kind of jobs that there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub tenant: TenantId,
    pub source: SourceId,
    pub created_at: Timestamp,
    pub keeper: Keeper,
    pub import: ImportSpec,
    pub standing: Standing,
}

/// Some of a tenant's jobs, the newest first.
#[derive(Debug)]
pub struct JobPage {
    pub jobs: Vec<Job>,
    pub next: Option<JobCursor>,
    /// Of all, those that have not ended.
    pub open: usize,
}

/// Where a page of jobs ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCursor {
    pub created_at: Timestamp,
    pub id: JobId,
}

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("jobs are made by people of the organization and by its service accounts")]
    NoKeeper,
    #[error(
        "the file is larger than {} bytes, or the organization's imports together larger than {}",
        limits::IMPORT_BYTES_MAX,
        limits::IMPORT_BYTES_PER_TENANT_MAX
    )]
    TooLarge,
    #[error("the disk has no room for the file")]
    NoRoom,
    #[error("the file is empty")]
    Empty,
    #[error(
        "the organization has {} jobs that have not ended, or the installation {}",
        limits::JOBS_OPEN_PER_TENANT_MAX,
        limits::JOBS_OPEN_MAX
    )]
    TooMany,
    #[error("the source has no such job")]
    NoJob,
    #[error("somebody else made the job")]
    OfAnother,
    #[error("the job takes no bytes: all were received, or it has ended")]
    NotReceiving,
    #[error("the job has ended before")]
    Ended,
    #[error("{received} bytes were received: go on there")]
    Offset { received: u64 },
    #[error("a piece has {} bytes, and the last one the rest: here {expected}", limits::UPLOAD_PIECE_BYTES)]
    PieceSize { expected: u64 },
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobDocument {
    source: String,
    keeper: StoredKeeper,
    import: ImportDocument,
    standing: Standing,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportDocument {
    name: String,
    bytes: u64,
    format: ImportFormat,
    compression: ImportCompression,
    digest: Option<FileDigest>,
}

const SELECT: &str = "SELECT id, tenant, created_at, ended_at, document FROM jobs WHERE id = ?1";
const SELECT_BY_TENANT: &str = "SELECT id, tenant, created_at, ended_at, document FROM jobs
    WHERE tenant = ?1 AND (created_at, id) < (?2, ?3) ORDER BY created_at DESC, id DESC";
const SELECT_OPEN_OF_TENANT: &str =
    "SELECT id, tenant, created_at, ended_at, document FROM jobs WHERE tenant = ?1 AND ended_at IS NULL";
/// Behind every id.
const LAST_ID: &str = "~";

// === impl Job ===

impl Job {
    pub const KIND: &'static str = "import";

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { tenant: self.tenant, source: self.source }
    }

    fn spot(&self) -> Spot {
        Spot::new("jobs", self.id, self.tenant)
    }

    /// What the server does for it is done with its keeper's rights.
    fn deed(&self, now: Timestamp) -> Deed {
        Deed::by(audit::Actor::Server, now).on_behalf_of(self.keeper.actor()).of_source(self.scope())
    }

    /// Bytes of the piece that comes next.
    fn next_piece(&self) -> u64 {
        (self.import.bytes - self.standing.received.min(self.import.bytes)).min(limits::UPLOAD_PIECE_BYTES as u64)
    }

    /// Whether this file is the one that it imports, so that there need be no other job for it.
    fn goes_on_with(&self, spec: &ImportSpec) -> bool {
        let same = |of: &ImportSpec| (of.bytes, of.format, of.compression, of.digest.clone());
        !self.standing.state.has_ended() && spec.digest.is_some() && same(&self.import) == same(spec)
    }

    fn document(&self) -> JobDocument {
        let ImportSpec { name, bytes, format, compression, digest } = self.import.clone();
        let name = name.as_str().to_owned();
        JobDocument {
            source: self.source.to_string(),
            keeper: self.keeper.stored(),
            import: ImportDocument { name, bytes, format, compression, digest },
            standing: self.standing.clone(),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// May this credential add records by a job? A source's key makes none: nobody would see what became of it.
    pub fn authorize_import(
        &self,
        credential: Option<&Credential>,
        source: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<Write>, Refused> {
        let missing = || Refused::NoPermission(Permission::LogsWrite);
        let permit = self.authorize_write(credential, source, deed).map_err(|refused| match refused {
            Refused::WrongDirection { .. } => missing(),
            refused => refused,
        })?;
        match permit.principal() {
            Principal::ApiKey(key) => {
                let told = self.note_refusal(Refusee::Key(key), missing().code(), permit.deed().clone());
                told.map_err(Refused::NotRecorded)?;
                Err(missing())
            }
            _ if Keeper::of(permit.principal()).is_none() => Err(missing()),
            _ => Ok(permit),
        }
    }

    /// Makes a job that waits for the bytes of its file; or gives the one of the same file that has not ended, by the digest
    /// that whoever uploads said. `has_room` says whether so many bytes can be uploaded.
    pub fn create_import(
        &self,
        permit: &Permit<Write>,
        spec: ImportSpec,
        has_room: impl FnOnce(u64) -> bool,
    ) -> Result<Job, JobError> {
        spec.hold()?;
        let keeper = Keeper::of(permit.principal()).ok_or(JobError::NoKeeper)?;
        let (scope, now) = (permit.scope(), permit.deed().at);
        self.catalog.write(|tx| {
            let open = self.open_jobs_of(tx, scope.tenant)?;
            let is_same = |job: &&Job| job.keeper == keeper && job.scope() == scope && job.goes_on_with(&spec);
            if let Some(job) = open.iter().find(is_same) {
                return Ok(job.clone());
            }
            let of_all = catalog::count(tx, "SELECT count(*) FROM jobs WHERE ended_at IS NULL", [])?;
            if open.len() as i64 >= limits::JOBS_OPEN_PER_TENANT_MAX || of_all >= limits::JOBS_OPEN_MAX {
                return Err(JobError::TooMany);
            }
            let held: u64 = open.iter().map(|job| job.import.bytes).sum();
            if held + spec.bytes > limits::IMPORT_BYTES_PER_TENANT_MAX {
                return Err(JobError::TooLarge);
            }
            let (of_everybody, _) = catalog::whole(tx, rounds::SELECT_OPEN, [], |row| self.read_job(row))?;
            let missing: u64 = of_everybody.iter().map(|job| job.import.bytes.saturating_sub(job.standing.received)).sum();
            if !has_room(missing + spec.bytes) {
                return Err(JobError::NoRoom);
            }
            catalog::change(tx, rounds::FORGET, (scope.tenant.to_string(), limits::JOBS_KEPT_PER_TENANT_MAX))?;
            let id = JobId::generate(&*self.entropy);
            let mut job = Job {
                id,
                tenant: scope.tenant,
                source: scope.source,
                created_at: now,
                keeper,
                import: spec,
                standing: Standing::new(now),
            };
            let event = Worked::JobBegun { job: id.to_string(), kind: Job::KIND.to_owned(), bytes: job.import.bytes };
            job.standing.begun_entry = self.tell_worked(tx, permit.deed(), event)?;
            let sealed = job.spot().seal(&self.sealer, &job.document())?;
            let sql = "INSERT INTO jobs (id, tenant, created_at, document) VALUES (?1, ?2, ?3, ?4)";
            catalog::change(tx, sql, (id.to_string(), scope.tenant.to_string(), now.nanos(), sealed))?;
            Ok(job)
        })
    }

    /// Whose source it is that a job works for, so that somebody can be asked whether they may.
    pub fn scope_of_job(&self, id: JobId) -> Result<Option<Scope>, CatalogError> {
        self.catalog.read(|db| Ok(self.find_job(db, id)?.map(|job| job.scope())))
    }

    pub fn job(&self, permit: &Permit<ViewSource>, id: JobId) -> Result<Option<Job>, CatalogError> {
        self.catalog.read(|db| Ok(self.find_job(db, id)?.filter(|job| job.scope() == permit.scope())))
    }

    /// Those of sources that whoever asks may see, in one of these states; in any, where none is named.
    pub fn jobs(
        &self,
        permit: &Permit<ViewTenant>,
        states: &[JobState],
        (before, limit): (Option<JobCursor>, usize),
    ) -> Result<JobPage, CatalogError> {
        self.catalog.read(|db| {
            let (tenant, now) = (permit.tenant(), permit.deed().at);
            let reading = self.reading(db, Keeper::of(permit.principal()), tenant, now)?;
            let before = before.map_or((i64::MAX, LAST_ID.to_owned()), |at| (at.created_at.nanos(), at.id.to_string()));
            let mut page = JobPage { jobs: Vec::new(), next: None, open: 0 };
            let mut statement = db.prepare_cached(SELECT_BY_TENANT)?;
            let mut rows = statement.query((tenant.to_string(), before.0, before.1))?;
            while let Some(row) = rows.next()? {
                let job = self.read_job(row)?;
                if !(states.is_empty() || states.contains(&job.standing.state)) || !reading.may_see(job.scope()) {
                    continue;
                }
                if page.jobs.len() == limit {
                    page.next = page.jobs.last().map(|job| JobCursor { created_at: job.created_at, id: job.id });
                    break;
                }
                page.jobs.push(job);
            }
            page.open = self.open_jobs_of(db, tenant)?.iter().filter(|job| reading.may_see(job.scope())).count();
            Ok(page)
        })
    }

    /// Ends a job where it is.
    pub fn cancel_job(&self, permit: &Permit<Write>, id: JobId) -> Result<Job, JobError> {
        self.catalog.write(|tx| {
            let mut job = self.find_job(tx, id)?.filter(|job| job.scope() == permit.scope()).ok_or(JobError::NoJob)?;
            if job.standing.state.has_ended() {
                return Err(JobError::Ended);
            }
            let JobCounts { stored, refused, .. } = job.standing.counts;
            let event = Worked::JobCancelled { job: id.to_string(), stored, refused };
            let entry = self.tell_worked(tx, permit.deed(), event)?;
            job.standing.ended_entry = Some(entry);
            job.standing.end(JobState::Cancelled, None, permit.deed().at);
            self.write_job(tx, &job)?;
            Ok(job)
        })
    }

    fn find_job(&self, db: &Connection, id: JobId) -> Result<Option<Job>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_job(row))
    }

    fn open_jobs_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<Job>, CatalogError> {
        catalog::all(db, SELECT_OPEN_OF_TENANT, [tenant.to_string()], |row| self.read_job(row))
    }

    fn write_job(&self, db: &Connection, job: &Job) -> Result<(), CatalogError> {
        let sealed = job.spot().seal(&self.sealer, &job.document())?;
        let ended = job.standing.ended().map(Timestamp::nanos);
        catalog::change(db, "UPDATE jobs SET document = ?1, ended_at = ?2 WHERE id = ?3", (sealed, ended, job.id.to_string()))?;
        Ok(())
    }

    /// Gives the entry's place in the tenant's trail.
    fn tell_worked(&self, tx: &Connection, deed: &Deed, event: Worked) -> Result<u64, CatalogError> {
        Ok(self.trail.append(tx, deed, (Event::Worked(event), Outcome::Done))?)
    }

    pub(crate) fn read_job(&self, row: &Row<'_>) -> Result<Job, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "jobs")?, catalog::id(row, "tenant", "jobs")?);
        let spot = Spot::new("jobs", id, tenant);
        let document: JobDocument = spot.read(&self.sealer, row)?;
        let tampered = || spot.tampered();
        let ImportDocument { name, bytes, format, compression, digest } = document.import;
        let name = DisplayName::parse(&name).map_err(|_| tampered())?;
        let job = Job {
            id,
            tenant,
            source: SourceId::parse(&document.source).map_err(|_| tampered())?,
            created_at: catalog::time(row, "created_at")?,
            keeper: document.keeper.parse().ok_or_else(tampered)?,
            import: ImportSpec { name, bytes, format, compression, digest },
            standing: document.standing,
        };
        // What decides whether it goes on is what was sealed.
        let is_right = catalog::optional_time(row, "ended_at")? == job.standing.ended();
        if is_right { Ok(job) } else { Err(tampered()) }
    }
}

//! Jobs as the server works on them.
//!
//! Always holds: each step has a permit for the job's one source, given only while its keeper may write there; a step of a job
//! that has ended meanwhile counts as stored in the source and changes nothing of the job.

use audit::Worked;
use model::{JobId, Timestamp};
use rusqlite::Connection;

use super::{ImportStep, Job, JobCounts, JobFailure, JobState};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::permit::{Permit, Principal, Write};

pub(super) const SELECT_OPEN: &str =
    "SELECT id, tenant, created_at, ended_at, document FROM jobs WHERE ended_at IS NULL ORDER BY created_at, id";
/// Those of a tenant that ended longest ago, beyond what is kept. A job goes when nothing of it lies anywhere.
pub(super) const FORGET: &str = "DELETE FROM jobs WHERE tenant = ?1 AND ended_at IS NOT NULL
    AND id NOT IN (SELECT id FROM jobs WHERE tenant = ?1 AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?2)
    AND NOT EXISTS (SELECT 1 FROM job_pieces WHERE job_pieces.job = jobs.id)";

/// Whether a job goes on.
#[derive(Debug)]
pub enum Importing {
    Permit(Box<Permit<Write>>),
    /// Nobody may do it any more; this code says why.
    Barred(&'static str),
    /// It has ended.
    Ended,
}

/// How many jobs have not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenJobs {
    pub receiving: usize,
    pub waiting: usize,
    pub running: usize,
}

// === impl Identity ===

impl Identity {
    /// Every job that has not ended, the oldest first, and the rows that do not open, which are set aside and told once.
    pub fn open_jobs(&self, now: Timestamp) -> Result<(Vec<Job>, Vec<CatalogError>), CatalogError> {
        let found = self.catalog.read(|db| catalog::whole(db, SELECT_OPEN, [], |row| self.read_job(row)))?;
        let sql = format!("UPDATE jobs SET ended_at = {} WHERE id = ?1", now.nanos());
        self.set_aside(&sql, &found.1)?;
        Ok(found)
    }

    pub fn count_open_jobs(&self) -> Result<OpenJobs, CatalogError> {
        let (jobs, _) = self.catalog.read(|db| catalog::whole(db, SELECT_OPEN, [], |row| self.read_job(row)))?;
        let of = |state: JobState| jobs.iter().filter(|job| job.standing.state == state).count();
        Ok(OpenJobs { receiving: of(JobState::Receiving), waiting: of(JobState::Waiting), running: of(JobState::Running) })
    }

    /// The job's turn has come: it runs from now on. `None` where it has ended.
    pub fn run_job(&self, id: JobId, now: Timestamp) -> Result<Option<Job>, CatalogError> {
        self.change_job(id, |job| job.standing.run(now))
    }

    /// For one step of a job.
    pub fn import(&self, id: JobId, now: Timestamp) -> Result<Importing, CatalogError> {
        self.catalog.read(|db| {
            let Some(job) = self.find_job(db, id)?.filter(|job| !job.standing.state.has_ended()) else {
                return Ok(Importing::Ended);
            };
            Ok(match self.barred_from_writing(db, &job, now)? {
                Some(code) => Importing::Barred(code),
                None => Importing::Permit(Box::new(Permit::new(job.scope(), Principal::Server, job.deed(now)))),
            })
        })
    }

    /// What is durable by now. `None` where the job has ended meanwhile.
    pub fn note_import_step(&self, id: JobId, step: ImportStep, now: Timestamp) -> Result<Option<Job>, CatalogError> {
        self.change_job(id, |job| job.standing.step(step, now))
    }

    /// It stands still, for this reason.
    pub fn note_job_waits(&self, id: JobId, code: &str, now: Timestamp) -> Result<(), CatalogError> {
        self.change_job(id, |job| job.standing.wait(code, now)).map(drop)
    }

    /// All of it is done, or it failed.
    pub fn end_job(&self, id: JobId, failure: Option<JobFailure>, now: Timestamp) -> Result<(), CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut job) = self.find_job(tx, id)?.filter(|job| !job.standing.state.has_ended()) else {
                return Ok(());
            };
            let state = if failure.is_none() { JobState::Done } else { JobState::Failed };
            let code = failure.as_ref().map(|failure| failure.code.clone());
            let JobCounts { stored, refused, .. } = job.standing.counts;
            let event = Worked::JobEnded { job: id.to_string(), state: state.as_str().to_owned(), code, stored, refused };
            job.standing.ended_entry = Some(self.tell_worked(tx, &job.deed(now), event)?);
            job.standing.end(state, failure, now);
            self.write_job(tx, &job)
        })
    }

    fn change_job(&self, id: JobId, change: impl FnOnce(&mut Job)) -> Result<Option<Job>, CatalogError> {
        self.catalog.write(|tx| {
            let Some(mut job) = self.find_job(tx, id)?.filter(|job| !job.standing.state.has_ended()) else {
                return Ok(None);
            };
            change(&mut job);
            self.write_job(tx, &job)?;
            Ok(Some(job))
        })
    }

    /// Why nobody may write for this job any more.
    fn barred_from_writing(&self, db: &Connection, job: &Job, now: Timestamp) -> Result<Option<&'static str>, CatalogError> {
        if self.scope_of(db, job.source)? != Some(job.scope()) {
            return Ok(Some("source_gone"));
        }
        let reading = self.reading(db, Some(job.keeper), job.tenant, now)?;
        Ok((!reading.may_write(job.scope())).then_some("keeper_may_not_write"))
    }
}

//! Imports in the server: the thread that makes records of uploaded files.
//!
//! Always holds: one job of a tenant runs at a time, a few tenants take turns, and the thread gives way to everything else that
//! wants the processor; a step is stored under a name that stays the same, and written down after it is durable, so that a job
//! goes on by itself after a crash and stores nothing twice; whoever made the job is asked about before each step.

mod run;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use identity::{CatalogError, Job, JobFailure, JobState};
use model::{JobId, Timestamp, limits};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::app::App;
use crate::board::Looking;
use crate::problem::Chain;
use run::{Bench, Run, Step, Stop};

/// How much the thread gives way, as that of passphrases does.
const NICENESS: i32 = 10;
const DAY_SECONDS: i64 = 24 * 3_600;

struct Imports {
    app: Arc<App>,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    gives_way: bool,
    runs: HashMap<JobId, Run>,
}

/// How a turn of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// There is more to do.
    Worked,
    /// It waits for something.
    Waits,
    Ended,
}

/// Deletes what an earlier run left of uploads that no job names. Before anybody uploads.
pub(crate) async fn sweep(app: &Arc<App>) {
    let app = Arc::clone(app);
    if let Err(error) = tokio::task::spawn_blocking(move || sweep_now(&app)).await {
        tracing::error!(%error, "looking for pieces of uploads ended by a defect");
    }
}

fn sweep_now(app: &App) {
    let swept = app.identity.pieces().map_err(|error| Chain(&error).to_string()).and_then(|names| {
        let named: Result<HashSet<_>, _> = names.iter().map(|name| store::UploadName::parse(name)).collect();
        let named = named.map_err(|error| error.to_string())?;
        app.store.sweep_uploads(&named).map_err(|error| Chain(&error).to_string())
    });
    match swept {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "removed pieces of uploads that no job names"),
        Err(error) => tracing::warn!(%error, "pieces of uploads that no job names could not be looked for"),
    }
}

/// Works on a thread of its own.
pub(crate) fn work(app: &Arc<App>) -> std::io::Result<Looking> {
    let imports = Imports { app: Arc::clone(app), runtime: Handle::current(), state: Mutex::default() };
    Looking::with("imports", move || imports.round())
}

// === impl Imports ===

impl Imports {
    /// Works until there is nothing to do for the moment.
    fn round(&self) {
        let mut state = self.state.lock();
        if !std::mem::replace(&mut state.gives_way, true)
            && let Err(error) = rustix::process::setpriority_process(None, NICENESS)
        {
            tracing::warn!(%error, "imports run at the priority of everything else");
        }
        while !*self.app.stopping.borrow() {
            match self.turns(&mut state) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "jobs could not be looked at");
                    return;
                }
            }
        }
    }

    /// One turn of each job whose turn it is; whether any of them has more to do.
    fn turns(&self, state: &mut State) -> Result<bool, CatalogError> {
        let now = self.app.clock.now();
        let (open, damaged) = self.app.identity.open_jobs(now)?;
        damaged.iter().for_each(|error| tracing::error!(error = %Chain(error), "a job is set aside"));
        state.runs.retain(|id, _| open.iter().any(|job| job.id == *id));
        for job in &open {
            if let Some(code) = self.is_over(job, now) {
                let finished = self.finish(job, Some(JobFailure { code: code.to_owned(), at: None }));
                finished.unwrap_or_else(|error| told(job, &error));
            }
        }
        let mut has_more = false;
        for job in chosen(&open, &state.runs, now) {
            if *self.app.stopping.borrow() {
                break;
            }
            match self.turn(state, job) {
                Ok(turn) => has_more |= turn == Turn::Worked,
                // What is wrong with one holds up no other.
                Err(error) => told(job, &error),
            }
        }
        self.remove_unneeded()?;
        Ok(has_more)
    }

    /// Why a job has no more time: nobody goes on with its upload, or it has been there for too long.
    fn is_over(&self, job: &Job, now: Timestamp) -> Option<&'static str> {
        let abandoned = now.seconds_since(job.standing.moved()) >= limits::UPLOAD_HOURS * 3_600;
        if job.standing.state == JobState::Receiving && abandoned {
            return Some("upload_abandoned");
        }
        let days = now.seconds_since(job.created_at) / DAY_SECONDS;
        if days < 1 {
            return None;
        }
        // Nothing is kept for longer than the source's records are.
        let source = self.app.identity.source(job.scope()).ok().flatten();
        let most = source.map_or(limits::JOB_DAYS_MAX, |source| source.retention_days.min(limits::JOB_DAYS_MAX));
        (days >= i64::from(most)).then_some("took_too_long")
    }

    fn finish(&self, job: &Job, failure: Option<JobFailure>) -> Result<(), CatalogError> {
        let code = failure.as_ref().map(|failure| failure.code.clone());
        self.app.identity.end_job(job.id, failure, self.app.clock.now())?;
        match code {
            None => tracing::info!(job = %job.id, "a job is done"),
            Some(code) => tracing::warn!(job = %job.id, %code, "a job failed"),
        }
        Ok(())
    }

    fn turn(&self, state: &mut State, job: &Job) -> Result<Turn, CatalogError> {
        let began = self.app.clock.now();
        let mut run = match state.runs.remove(&job.id) {
            Some(run) if run.waits_until(began) => {
                state.runs.insert(job.id, run);
                return Ok(Turn::Waits);
            }
            Some(run) => run,
            None => match self.app.identity.run_job(job.id, began)? {
                Some(job) => Run::new(job, began),
                None => return Ok(Turn::Ended),
            },
        };
        loop {
            let now = self.app.clock.now();
            match run.step(Bench { app: &self.app, runtime: &self.runtime, now }) {
                Ok(Step::More) => {
                    if *self.app.stopping.borrow() || now.seconds_since(began) >= limits::JOB_TURN_SECONDS {
                        state.runs.insert(job.id, run);
                        return Ok(Turn::Worked);
                    }
                }
                Ok(Step::Done) => {
                    self.finish(job, None)?;
                    return Ok(Turn::Ended);
                }
                Err(Stop::Waits(code)) => {
                    self.app.identity.note_job_waits(job.id, code, now)?;
                    run.wait(now);
                    state.runs.insert(job.id, run);
                    return Ok(Turn::Waits);
                }
                Err(Stop::Failed(failure)) => {
                    self.finish(job, Some(failure))?;
                    return Ok(Turn::Ended);
                }
                Err(Stop::Gone) => return Ok(Turn::Ended),
            }
        }
    }

    /// Removes what was uploaded for jobs that have ended: first the bytes, then what names them.
    fn remove_unneeded(&self) -> Result<(), CatalogError> {
        loop {
            let unneeded = self.app.identity.unneeded_pieces()?;
            let mut gone = Vec::with_capacity(unneeded.len());
            for (job, number, name) in &unneeded {
                // A row that does not open names nothing; its bytes are swept at the next start.
                let name = name.as_deref().and_then(|name| store::UploadName::parse(name).ok());
                match name.map_or(Ok(()), |name| self.app.store.delete_upload(&name)) {
                    Ok(()) => gone.push((*job, *number)),
                    Err(error) => tracing::warn!(%error, %job, "a piece of an upload could not be removed"),
                }
            }
            if gone.is_empty() {
                return Ok(());
            }
            self.app.identity.forget_pieces(&gone)?;
        }
    }
}

fn told(job: &Job, error: &CatalogError) {
    tracing::error!(job = %job.id, error = %Chain(error), "a job could not go on");
}

/// The jobs whose turn it is: one of a tenant, those that run already first, then the oldest. Those that wait for something
/// come last, so that they keep nobody from working.
fn chosen<'a>(open: &'a [Job], runs: &HashMap<JobId, Run>, now: Timestamp) -> Vec<&'a Job> {
    let of = |state: JobState| open.iter().filter(move |job| job.standing.state == state);
    let mut tenants = BTreeSet::new();
    let all = of(JobState::Running).chain(of(JobState::Waiting));
    let mut first_of_tenant: Vec<&Job> = all.filter(|job| tenants.insert(job.tenant)).collect();
    first_of_tenant.sort_by_key(|job| runs.get(&job.id).is_some_and(|run| run.waits_until(now)));
    first_of_tenant.truncate(limits::JOBS_AT_ONCE);
    first_of_tenant
}

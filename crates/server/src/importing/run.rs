//! An import under way: what is read of its file, and the batch that is stored next.
//!
//! Always holds: a batch is stored under a name that its job and place give, whatever was refused of it, so that storing it
//! again stores nothing; its progress is written down after that.

use std::ops::Range;
use std::sync::{Arc, mpsc};

use identity::{CatalogError, ImportPlace, ImportStep, Importing, Job, JobCounts, JobException, JobFailure, Permit, Write};
use ingest::import::{Exception, ImportBatch, Reader};
use ingest::lines::Broken;
use ingest::{EnrichError, Enriched, NormalBody};
use model::{Timestamp, limits};
use store::{AppendError, Next, Outcome, UploadName};
use tokio::runtime::Handle;

use crate::app::App;
use crate::problem::Chain;

/// Steps of the reader between two looks at whether the job goes on.
const READS: usize = 64;

/// What a step works with.
#[derive(Clone, Copy)]
pub(super) struct Bench<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) runtime: &'a Handle,
    pub(super) now: Timestamp,
}

pub(super) struct Run {
    job: Job,
    reader: Reader,
    /// Uploaded bytes that were not read yet, from `at` on.
    piece: Vec<u8>,
    at: usize,
    /// One that could not be stored yet.
    batch: Option<ImportBatch>,
    is_over: bool,
    broken: Option<Broken>,
    wait_seconds: i64,
    waits_until: Option<Timestamp>,
}

pub(super) enum Step {
    More,
    Done,
}

/// Why a job does not go on now.
pub(super) enum Stop {
    /// The same may work later.
    Waits(&'static str),
    Failed(JobFailure),
    /// It has ended, or the server is about to.
    Gone,
}

/// What storing some records came to.
enum Stored {
    Counts(JobCounts),
    /// One of them, or all together, cannot be stored.
    Refused(&'static str),
}

// === impl Run ===

impl Run {
    pub(super) fn new(job: Job, now: Timestamp) -> Self {
        let (import, standing) = (&job.import, &job.standing);
        let reader = match standing.found {
            Some(found) => Reader::at(import.format, found, standing.place, now),
            None => Reader::new(import.format, import.compression, now),
        };
        Self {
            job,
            reader,
            piece: Vec::new(),
            at: 0,
            batch: None,
            is_over: false,
            broken: None,
            wait_seconds: limits::JOB_RETRY_SECONDS,
            waits_until: None,
        }
    }

    pub(super) fn waits_until(&self, now: Timestamp) -> bool {
        self.waits_until.is_some_and(|until| now < until)
    }

    /// Twice as long as the last time.
    pub(super) fn wait(&mut self, now: Timestamp) {
        self.waits_until = Some(now.plus_seconds(self.wait_seconds));
        self.wait_seconds = (2 * self.wait_seconds).min(limits::JOB_RETRY_SECONDS_MAX);
    }

    /// Stores the next batch, or reads on until there is one.
    pub(super) fn step(&mut self, bench: Bench<'_>) -> Result<Step, Stop> {
        let Bench { app, now, .. } = bench;
        // Also where nothing is stored yet: whoever cancels waits for it.
        drop(self.permit(bench)?);
        let batch = match self.batch.take() {
            Some(batch) => batch,
            None => match self.read(app)? {
                Some(batch) => batch,
                None if self.is_over => return self.ended(),
                None => return Ok(Step::More),
            },
        };
        match self.deliver(bench, &batch) {
            Ok(step) => {
                let noted = app.identity.note_import_step(self.job.id, step, now).inspect_err(|_| {
                    // Storing it again stores nothing, and counts it.
                    self.batch = Some(batch);
                });
                self.job = noted.map_err(|error| later(&error))?.ok_or(Stop::Gone)?;
                (self.waits_until, self.wait_seconds) = (None, limits::JOB_RETRY_SECONDS);
                Ok(Step::More)
            }
            Err(stop) => {
                self.batch = Some(batch);
                Err(stop)
            }
        }
    }

    fn ended(&self) -> Result<Step, Stop> {
        match self.broken {
            Some(Broken { code, at }) => Err(Stop::Failed(JobFailure { code: code.to_owned(), at: Some(at) })),
            None => Ok(Step::Done),
        }
    }

    /// The next batch of the file; none where it is over, or where it is not yet reached.
    fn read(&mut self, app: &App) -> Result<Option<ImportBatch>, Stop> {
        for _ in 0..READS {
            if let Some(batch) = self.reader.next() {
                return Ok(Some(batch));
            }
            if self.is_over {
                return Ok(None);
            }
            if self.at == self.piece.len() && self.reader.is_thirsty() {
                if self.reader.uploaded() >= self.job.import.bytes {
                    self.is_over = true;
                    self.broken = self.reader.finish().err();
                    continue;
                }
                self.piece = self.uploaded(app, self.reader.uploaded())?;
                self.at = 0;
            }
            match self.reader.read(&self.piece[self.at..]) {
                Ok(read) => self.at += read,
                Err(broken) => (self.is_over, self.broken) = (true, Some(broken)),
            }
        }
        // Where it is over by now, what is left of it comes first.
        Ok(self.reader.next())
    }

    /// The rest of the piece that has these bytes.
    fn uploaded(&self, app: &App, from: u64) -> Result<Vec<u8>, Stop> {
        let damaged = || Stop::Failed(JobFailure { code: "content_damaged".to_owned(), at: Some(from) });
        let name = match app.identity.piece_at(self.job.id, from) {
            Ok(name) => name.ok_or_else(damaged)?,
            Err(CatalogError::Tampered { .. }) => return Err(damaged()),
            Err(error) => return Err(later(&error)),
        };
        let name = UploadName::parse(&name).ok().filter(|name| name.scope == self.job.scope()).ok_or_else(damaged)?;
        let (start, whole) = (from % limits::UPLOAD_PIECE_BYTES as u64, limits::UPLOAD_PIECE_BYTES as u64);
        match app.store.read_upload(&name, start..whole) {
            Ok(bytes) if bytes.is_empty() => Err(damaged()),
            Ok(bytes) => Ok(bytes),
            Err(error) if error.is_damage() => {
                tracing::error!(job = %self.job.id, error = %Chain(&error), "a piece of an upload is damaged");
                Err(damaged())
            }
            Err(error) => Err(later(&error)),
        }
    }

    /// Stores what of a batch can be stored.
    fn deliver(&self, bench: Bench<'_>, batch: &ImportBatch) -> Result<ImportStep, Stop> {
        let mut counts = JobCounts::default();
        let (mut without, mut refused) = (Vec::new(), batch.refused.clone());
        let whole = 0..batch.records();
        let mut left = vec![whole];
        while let Some(records) = left.pop() {
            let body = batch.body(records.clone(), &without);
            if body.records == Some(0) {
                continue;
            }
            let name = self.name(batch, &records);
            let permit = self.permit(bench)?;
            match store(bench, (permit, &name), &body)? {
                Stored::Counts(stored) => {
                    counts.stored += stored.stored;
                    counts.dropped += stored.dropped;
                }
                Stored::Refused(code) => {
                    let wrong = wrong_records(batch, &records, &without);
                    let alone = if wrong.is_empty() && records.len() == 1 { vec![(records.start, code)] } else { wrong };
                    if alone.is_empty() {
                        // Together they are too much, or what was made of them is.
                        let middle = records.start + records.len() / 2;
                        left.extend([middle..records.end, records.start..middle]);
                        continue;
                    }
                    refused.extend(alone.iter().filter_map(|(record, code)| batch.exception(*record, code)));
                    without.extend(alone.iter().map(|(record, _)| *record));
                    without.sort_unstable();
                    left.push(records);
                }
            }
        }
        refused.sort_by_key(|exception| exception.at);
        counts.refused = refused.len() as u64;
        Ok(self.done(batch.to, counts, &refused))
    }

    fn done(&self, to: ImportPlace, counts: JobCounts, refused: &[Exception]) -> ImportStep {
        let exception = |one: &Exception| JobException { line: one.line, at: one.at, code: one.code.to_owned() };
        let exceptions = refused.iter().take(limits::JOB_EXCEPTIONS_KEPT_MAX).map(exception).collect();
        ImportStep { found: self.reader.found(), to, read: self.reader.uploaded(), counts, exceptions }
    }

    /// The same, however often these records are stored, and whatever of them was refused.
    fn name(&self, batch: &ImportBatch, records: &Range<usize>) -> String {
        let (job, from) = (self.job.id, batch.from);
        if *records == (0..batch.records()) {
            return format!("import/{job}/{from}");
        }
        format!("import/{job}/{from}/{}-{}", records.start, records.end)
    }

    fn permit(&self, Bench { app, now, .. }: Bench<'_>) -> Result<Permit<Write>, Stop> {
        match app.identity.import(self.job.id, now).map_err(|error| later(&error))? {
            Importing::Permit(permit) => Ok(*permit),
            Importing::Barred(code) => Err(Stop::Failed(JobFailure { code: code.to_owned(), at: None })),
            Importing::Ended => Err(Stop::Gone),
        }
    }
}

/// Stores records, treated as their source has it set.
fn store(bench: Bench<'_>, (permit, name): (Permit<Write>, &str), body: &NormalBody) -> Result<Stored, Stop> {
    let Bench { app, now, .. } = bench;
    // What is left of the memory is for whoever sends now.
    if app.store.is_short_of_memory() {
        app.store.wake_maintenance();
        return Err(Stop::Waits("busy"));
    }
    let records = match ingest::enrich(&app.identity, permit, body, now) {
        Ok(records) => Arc::new(records),
        Err(EnrichError::Decode(error)) => return Ok(Stored::Refused(error.code)),
        Err(EnrichError::Quota(_)) => {
            return Err(Stop::Failed(JobFailure { code: crate::problem::QUOTA_EXCEEDED.to_owned(), at: None }));
        }
        Err(EnrichError::Catalog(error)) => return Err(later(&error)),
    };
    match commit(bench, &records, name) {
        Ok(Ok(durable)) => {
            // Of what was stored before a crash nobody may know any more how many there were.
            let was_there = !durable.is_first;
            let stored = if was_there { records.count() } else { durable.records as u64 };
            Ok(Stored::Counts(JobCounts { stored, dropped: records.counts().dropped, refused: 0 }))
        }
        Ok(Err(error)) => Err(Stop::Waits(error.code())),
        Err(Some(AppendError::Refused(refused))) => Ok(Stored::Refused(refused.reason.code())),
        Err(Some(AppendError::DeliveryReused)) => Ok(Stored::Refused(crate::problem::KEY_REUSED)),
        Err(Some(AppendError::Busy | AppendError::DeliveryPending)) => Err(Stop::Waits("busy")),
        Err(Some(AppendError::Source(error))) => Err(later(&error)),
        Err(None) => Err(Stop::Gone),
    }
}

/// Stores records on a thread that does not give way, since others' may wait behind them. Without an error the server stops.
fn commit(bench: Bench<'_>, records: &Arc<Enriched>, name: &str) -> Result<Outcome, Option<AppendError>> {
    let (done, durable) = mpsc::sync_channel(1);
    let (worker, records, name) = (Arc::clone(bench.app), Arc::clone(records), name.to_owned());
    let committing = bench.runtime.spawn_blocking(move || {
        // Whoever waits for it has not gone.
        let tell = Box::new(move |outcome: Outcome| {
            let _ = done.send(outcome);
        });
        let next = ingest::commit_own((&worker.store, &worker.identity), &records, &name, tell)?;
        if next == Next::Commit {
            ingest::drive(&worker.store, &records);
        }
        Ok::<_, AppendError>(())
    });
    bench.runtime.block_on(committing).map_err(|_| None)?.map_err(Some)?;
    durable.recv().map_err(|_| None)
}

/// Records that are wrong by themselves, each with why.
fn wrong_records(batch: &ImportBatch, records: &Range<usize>, without: &[usize]) -> Vec<(usize, &'static str)> {
    let kept = records.clone().filter(|record| without.binary_search(record).is_err());
    let wrong = |record: usize| {
        let refused = store::refusal(&batch.body(record..record + 1, &[]).bytes)?;
        Some((record, refused.reason.code()))
    };
    kept.filter_map(wrong).collect()
}

/// Something of ours failed; it is tried again.
fn later(error: &dyn std::error::Error) -> Stop {
    tracing::error!(error = %Chain(error), "an import could not go on");
    Stop::Waits("internal")
}

//! `blockhouse send`: files and pipes become records of a source.
//!
//! | step | where |
//! |---|---|
//! | bytes of a file or pipe | `input` |
//! | lines, and batches of them | `ingest::lines`, `feed` |
//! | records, compressed | `recognise`, `batch` |
//! | requests, tried again, split where refused | `upload` |
//! | what was taken, and where the next run goes on | `ledger`, `state`, `targets` |
//!
//! Always holds: memory does not grow with the input; a record that was acknowledged is not sent again by a run that goes
//! on, and one that may have been is sent under the key that it had. Does not follow a file that grows: that is `tail -F
//! FILE | blockhouse send -`.

mod batch;
mod dry_run;
mod feed;
mod input;
mod ledger;
mod progress;
mod recognise;
mod state;
mod targets;
mod upload;

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use model::{Clock, limits};
use seal::SystemEntropy;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};

use super::Interrupts;
use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::Output;
use crate::clock::SystemClock;
use batch::{Batch, RefusedLine};
use feed::Feed;
use input::Input;
use progress::Progress;
use recognise::{Format, Recogniser};
use targets::{StateArgs, Targets};
use upload::{Delivered, Uploader, Wait};

const REPORT_EVERY: Duration = Duration::from_secs(10);
/// Batches that wait for a request to end.
const BATCHES_AHEAD: usize = 1;
/// Refused lines that are told one by one.
const REFUSED_TOLD: u64 = 10;

/// Send files or standard input to a source
///
/// Each line becomes a record: JSON, syslog, or a message that the server reads known formats out of.
/// Files that end in .gz or .zst are decompressed. A run that was stopped goes on where it was.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to send; - is standard input, as is none where something is piped in
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What lines are taken for
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Shows the first 5 records as they would be sent, and sends nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    state: StateArgs,
    /// Adds lines that are refused to this file, as they were, unless they are larger than a record may be
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Prints the sum as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Sending under way.
struct Sending<'o> {
    targets: Targets,
    progress: Progress,
    rejects: Option<(PathBuf, File)>,
    output: &'o Output,
    stop: watch::Sender<bool>,
    /// What ends it early; the first counts.
    failure: Option<Failure>,
}

/// What the loop listens to.
struct Doors {
    batches: mpsc::Receiver<Batch>,
    waits: mpsc::UnboundedReceiver<Wait>,
    uploader: Uploader,
    interrupts: Interrupts,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let open = |path: &PathBuf| Input::open(path).map_err(Failure::file("read", path));
    let mut files = args.files;
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            return Err(Failure::usage(
                "there is nothing to send",
                "name files, or pipe something in: `journalctl -f | blockhouse send`",
            ));
        }
        files.push(PathBuf::from("-"));
    }
    let inputs: Vec<Input> = files.iter().map(open).collect::<Result<_, _>>()?;
    let recogniser = Arc::new(Recogniser::new(args.format, SystemClock.now()));
    if args.dry_run {
        let shown = tokio::task::block_in_place(|| dry_run::show(inputs, &recogniser, output));
        return shown;
    }
    let connection = args.connection.open()?;
    let sizes: Vec<Option<u64>> = inputs.iter().map(Input::size).collect();
    let size = sizes.into_iter().sum::<Option<u64>>();
    let (targets, sources) = Targets::open(inputs, &connection.source().to_string(), &args.state, &SystemEntropy)?;
    for place in targets.places() {
        output.aside(&format!("{place}; going on from there (--from-start sends all of it)"));
    }

    let (stop, stopping) = watch::channel(false);
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let (waits_sender, waits) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Handle::current();
    let feed = Feed { sources, recogniser: Arc::clone(&recogniser), stop: stopping.clone(), runtime };
    let feeder = tokio::task::spawn_blocking(move || feed.run(&sender));
    let reached = Arc::new(AtomicBool::new(false));
    let uploader = Uploader { connection, recogniser, reached, stop: stopping, waits: waits_sender };
    let progress = Progress::new(size, targets.position());
    let mut sending = Sending { targets, progress, rejects: open_rejects(args.rejects)?, output, stop, failure: None };
    sending.run(Doors { batches, waits, uploader, interrupts: Interrupts::listen()? }).await;
    let fed = sending.fed(feeder).await;
    sending.failure = sending.failure.take().or(fed.err());
    sending.progress.end();
    let Sending { targets, progress, failure, .. } = sending;
    let totals = &progress.totals;
    if args.json {
        output.line(&totals.json(failure.is_none()))?;
    } else if failure.is_none() || totals.requests > 0 {
        output.line(&totals.summary())?;
    }
    output.flush()?;
    if let Some(failure) = failure {
        say_how_to_go_on(&targets, output);
        return Err(failure);
    }
    if totals.refused > 0 { Err(Failure::LinesRefused(totals.refused)) } else { Ok(()) }
}

fn open_rejects(path: Option<PathBuf>) -> Result<Option<(PathBuf, File)>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(Failure::file("write", &path))?;
    Ok(Some((path, file)))
}

fn say_how_to_go_on(targets: &Targets, output: &Output) {
    for place in targets.places() {
        output.note(&format!("{place}; the same command goes on from there"));
    }
    if targets.has_pipe() {
        output.note("what was not read from the pipe was not sent");
    }
}

// === impl Sending ===

impl Sending<'_> {
    /// Until everything was sent, or something ends it.
    async fn run(&mut self, mut doors: Doors) {
        let mut uploads = JoinSet::new();
        let mut report = tokio::time::interval(REPORT_EVERY);
        report.tick().await;
        let mut feeding = true;
        while feeding || !uploads.is_empty() {
            let room = uploads.len() < limits::SEND_AT_ONCE;
            tokio::select! {
                batch = doors.batches.recv(), if feeding && room => match batch.filter(|_| self.failure.is_none()) {
                    Some(batch) => self.send(batch, &doors.uploader, &mut uploads),
                    None => {
                        feeding = false;
                        // The feeder may wait for room in there.
                        doors.batches.close();
                    }
                },
                Some(done) = uploads.join_next() => self.done(done),
                Some(wait) = doors.waits.recv() => self.progress.wait(&wait),
                _ = report.tick() => self.progress.report(self.output),
                () = doors.interrupts.next() => {
                    if *self.stop.borrow() {
                        self.fail(Failure::Interrupted);
                        return uploads.abort_all();
                    }
                    self.progress.note(self.output, "stopping when what is under way is done; Ctrl-C again stops at once");
                    self.interrupt();
                }
            }
        }
    }

    /// Files end where they are; of a pipe, what was read already is still sent.
    fn interrupt(&mut self) {
        self.stop.send_replace(true);
        if !self.targets.has_pipe() {
            self.failure.get_or_insert(Failure::Interrupted);
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
        self.stop.send_replace(true);
    }

    fn send(&mut self, batch: Batch, uploader: &Uploader, uploads: &mut JoinSet<Result<Delivered, Failure>>) {
        match self.targets.plan(&batch) {
            Ok(()) => drop(uploads.spawn(uploader.clone().deliver(batch))),
            Err(failure) => self.fail(failure),
        }
    }

    fn done(&mut self, done: Result<Result<Delivered, Failure>, JoinError>) {
        let ended = match done {
            Ok(Ok(delivered)) => self.delivered(&delivered),
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::Runtime(error.into())),
        };
        if let Err(failure) = ended {
            self.fail(failure);
        }
    }

    fn delivered(&mut self, delivered: &Delivered) -> Result<(), Failure> {
        let Delivered { batch, accepted, refused } = delivered;
        self.refused(batch.input, refused)?;
        self.targets.done(batch)?;
        let totals = &mut self.progress.totals;
        totals.accepted += accepted;
        totals.requests += 1;
        totals.bytes += batch.raw_bytes();
        totals.position = self.targets.position();
        self.progress.update();
        Ok(())
    }

    fn refused(&mut self, input: usize, lines: &[RefusedLine]) -> Result<(), Failure> {
        for line in lines {
            self.progress.totals.refused += 1;
            if self.progress.totals.refused <= REFUSED_TOLD {
                let text = format!("{}:{}: refused: {}", self.targets.name(input), line.number, line.reason);
                self.progress.note(self.output, &text);
            }
            if let Some((path, file)) = self.rejects.as_mut().filter(|_| !line.text.is_empty()) {
                let whole = [line.text.as_slice(), b"\n"].concat();
                file.write_all(&whole).map_err(Failure::file("write", &*path))?;
            }
        }
        Ok(())
    }

    /// What reading came to. A pipe that was stopped with everything sent that was read is an interrupted one too.
    async fn fed(&self, feeder: JoinHandle<Result<(), Failure>>) -> Result<(), Failure> {
        if *self.stop.borrow() {
            return Err(Failure::Interrupted);
        }
        feeder.await.map_err(|error| Failure::Runtime(error.into()))?
    }
}

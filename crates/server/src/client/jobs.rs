//! `blockhouse jobs`: long work of a tenant, and how far it is.

use std::io::IsTerminal;
use std::time::Duration;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::Server;
use super::table::{self, Cells};
use super::tenant::{self, Hints, TenantArgs};
use super::units;

pub(super) const HINTS: Hints = Hints {
    permission: "seeing a job needs source:view, and importing and cancelling logs:write, each on its source",
    list: "`blockhouse jobs` shows the jobs of sources that you may see",
};
const BAR: &str = "{bar:24} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {msg}";
const DRAWS_PER_SECOND: u8 = 10;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// Looks in a row that may fail before it is given up.
const FAILURES_MAX: usize = 30;

/// See long work of a tenant, and end it
///
/// Without a command: the newest jobs of sources that you may see.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Only jobs in these states: receiving, waiting, running, done, failed, cancelled
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    state: Vec<String>,
    /// At most this many jobs
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    limit: usize,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show one job
    Show {
        id: String,
        /// Until it ends; the exit code is 1 if it fails, and 65 if records were refused
        #[arg(long, short)]
        follow: bool,
    },
    /// End a job where it is; what it did stays
    Cancel { id: String },
}

#[derive(Deserialize)]
struct Listed {
    jobs: Vec<Job>,
    next: Option<String>,
}

/// A job, as far as it is shown here.
#[derive(Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    title: String,
    pub(super) state: String,
    source: Source,
    created_at: String,
    quiet_seconds: u64,
    phases: Vec<Phase>,
    phase: Option<String>,
    seconds_left: Option<Left>,
    last: Option<String>,
    waits: Option<Waits>,
    records: Records,
    exceptions: Exceptions,
    pub(super) upload: Upload,
    on_cancel: String,
    outcome: Option<String>,
    failure: Option<Broke>,
}

#[derive(Deserialize)]
struct Source {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Phase {
    name: String,
    done: u64,
    total: u64,
}

#[derive(Deserialize)]
struct Left {
    least: u64,
    most: u64,
}

#[derive(Deserialize)]
struct Waits {
    code: String,
}

#[derive(Deserialize)]
struct Records {
    refused: u64,
}

#[derive(Deserialize)]
struct Exceptions {
    first: Vec<Exception>,
    more: u64,
}

#[derive(Deserialize)]
struct Exception {
    line: u64,
    at: u64,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Upload {
    pub(super) received: u64,
    pub(super) piece_bytes: u64,
}

#[derive(Deserialize)]
struct Broke {
    code: String,
    detail: String,
    at: Option<u64>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.tenant.server()?;
    match &args.what {
        None => list(args, server, output).await,
        Some(What::Show { id, follow: false }) => show(&look(&server, id).await?, args.json, output),
        Some(What::Show { id, follow: true }) => follow(&server, id, args.json, output).await,
        Some(What::Cancel { id }) => {
            let answer = server.call(Method::POST, &["v1", "jobs", id, "cancel"], None).await;
            show(&answer.map_err(|failure| HINTS.hinted(failure))?, args.json, output)
        }
    }
}

async fn list(args: Args, server: Server, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.at(server, HINTS).await?;
    let mut parameters = vec![("limit", args.limit.to_string())];
    if !args.state.is_empty() {
        parameters.push(("state", args.state.join(",")));
    }
    let request = tenant.server.request(Method::GET, &tenant.path(&["jobs"]), &parameters);
    let answer: Box<RawValue> = tenant.server.ask(request).await.map_err(|failure| HINTS.hinted(failure))?;
    if args.json {
        return output.line(answer.get());
    }
    let listed: Listed = tenant::read(&answer)?;
    if listed.jobs.is_empty() {
        return output.line("no jobs: `blockhouse import FILE --source ID` makes one");
    }
    let row = |job: &Job| -> Vec<Value> {
        vec![
            json!(job.id),
            json!(job.state),
            json!(job.progress()),
            json!(job.source.name),
            json!(job.title),
            json!(job.created_at),
        ]
    };
    let rows: Vec<Vec<Value>> = listed.jobs.iter().map(row).collect();
    let columns = ["id", "state", "progress", "source", "title", "created"];
    table::aligned(&columns, &rows, Cells::Cut, output.paint()).iter().try_for_each(|line| output.line(line))?;
    if listed.next.is_some() {
        output.flush()?;
        output.aside("there are older ones: --limit shows more");
    }
    Ok(())
}

pub(super) async fn look(server: &Server, id: &str) -> Result<Box<RawValue>, Failure> {
    server.call(Method::GET, &["v1", "jobs", id], None).await.map_err(|failure| HINTS.hinted(failure))
}

fn show(answer: &RawValue, as_json: bool, output: &mut Output) -> Result<(), Failure> {
    if as_json { output.line(answer.get()) } else { tenant::read::<Job>(answer)?.print(output) }
}

/// Shows how far a job is until it ends, then how it ended.
pub(super) async fn follow(server: &Server, id: &str, as_json: bool, output: &mut Output) -> Result<(), Failure> {
    let (mut bar, mut reported, mut failures) = (None, None, 0);
    let answer = loop {
        let looked = look(server, id).await;
        let answer = match looked {
            Ok(answer) => answer,
            // The server may be starting anew, and the job goes on by itself then.
            Err(Failure::Unreachable { .. } | Failure::BrokeOff { .. }) if failures < FAILURES_MAX => {
                failures += 1;
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        failures = 0;
        let job: Job = tenant::read(&answer)?;
        if job.has_ended() {
            break answer;
        }
        let bar: &mut Option<ProgressBar> = bar.get_or_insert_with(|| self::bar(job.total()));
        let is_due = reported.is_none_or(|at: Instant| at.elapsed() >= REPORT_EVERY);
        match bar {
            Some(bar) => {
                bar.set_position(job.done());
                bar.set_message(job.now());
            }
            None if is_due => {
                output.note(&format!("{}  {}", job.progress(), job.now()));
                reported = Some(Instant::now());
            }
            None => {}
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    if let Some(Some(bar)) = bar {
        bar.finish_and_clear();
    }
    show(&answer, as_json, output)?;
    output.flush()?;
    tenant::read::<Job>(&answer)?.ended()
}

/// On a terminal, of so many bytes.
pub(super) fn bar(total: u64) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸ "));
        bar
    })
}

// === impl Job ===

impl Job {
    fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "done" | "failed" | "cancelled")
    }

    /// The phase under way, or else the last one.
    fn shown_phase(&self) -> Option<&Phase> {
        let named = self.phases.iter().find(|phase| Some(&phase.name) == self.phase.as_ref());
        named.or(self.phases.last())
    }

    fn done(&self) -> u64 {
        self.shown_phase().map_or(0, |phase| phase.done)
    }

    fn total(&self) -> u64 {
        self.shown_phase().map_or(0, |phase| phase.total)
    }

    fn progress(&self) -> String {
        let percent = |phase: &Phase| (u128::from(phase.done) * 100).checked_div(phase.total.into()).unwrap_or(0);
        self.shown_phase().map(|phase| format!("{} {} %", phase.name, percent(phase))).unwrap_or_default()
    }

    /// What it does, on one line.
    fn now(&self) -> String {
        let mut said = self.last.as_deref().map(|last| printable(last).into_owned()).unwrap_or_default();
        if let Some(left) = &self.seconds_left {
            let seconds = |seconds| units::duration(Duration::from_secs(seconds));
            said.push_str(&format!(", {} to {} left", seconds(left.least), seconds(left.most)));
        }
        if let Some(waits) = &self.waits {
            said.push_str(&format!(", waits: {}", printable(&waits.code)));
        } else if self.quiet_seconds > 10 {
            said.push_str(&format!(", quiet for {} s", self.quiet_seconds));
        }
        if self.state == "waiting" { "waits for its turn".to_owned() } else { said }
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", self.id, printable(&self.title)))?;
        output.line(&format!("source   {}, {}", self.source.id, printable(&self.source.name)))?;
        output.line(&format!("state    {}", printable(&self.state)))?;
        for phase in &self.phases {
            let Phase { name, done, total } = phase;
            output.line(&format!("{:<8} {} of {}", printable(name), units::bytes(*done), units::bytes(*total)))?;
        }
        if !self.has_ended() {
            output.line(&format!("now      {}", self.now()))?;
            output.line(&format!("cancel   {}", printable(&self.on_cancel)))?;
        }
        if let Some(Broke { code, detail, at }) = &self.failure {
            let place = at.map(|at| format!(", at byte {}", units::count(at))).unwrap_or_default();
            output.line(&format!("failure  {}{place} ({})", printable(detail), printable(code)))?;
        }
        if let Some(outcome) = &self.outcome {
            output.line(&format!("outcome  {}", printable(outcome)))?;
        }
        for Exception { line, at, code } in &self.exceptions.first {
            output.line(&format!("refused  line {}, byte {}: {}", units::count(*line), units::count(*at), printable(code)))?;
        }
        match self.exceptions.more {
            0 => Ok(()),
            more => output.line(&format!("refused  {} more", units::count(more))),
        }
    }

    fn ended(&self) -> Result<(), Failure> {
        match self.state.as_str() {
            "done" if self.records.refused == 0 => Ok(()),
            "done" => Err(Failure::LinesRefused(self.records.refused)),
            "cancelled" => Err(Failure::NotSo("the job was cancelled")),
            _ => Err(Failure::NotSo("the job failed")),
        }
    }
}

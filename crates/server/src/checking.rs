//! `blockhouse check`: the running server looks at once whether what it says of itself is so.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | every claim that was asked for holds |
//! | 1 | at least one does not |
//! | 2 | it could not be looked at: no server runs on the folder, or a check could not run |

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use claims::State;
use clap::Args;
use trust::{Answer, Progress, Report};

use crate::board;
use crate::node::{Node, root_key_file};
use crate::print::line;

/// A server takes a request up within a second or two, unless there is none.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(15);
/// A check ends within half a minute, so a server that tells nothing new for so long is gone.
const SILENT_MAX: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The data folder of the running server
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data")]
    data: PathBuf,
    /// Ids of claims, such as TIM-REST-4; none: all that are published
    claims: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn check(args: &CheckArgs) -> ExitCode {
    match run(args) {
        Ok(worst) => ExitCode::from(worst),
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &CheckArgs) -> anyhow::Result<u8> {
    if !root_key_file(&args.data).exists() {
        bail!("{} is no data folder; --data names the one of the running server", args.data.display());
    }
    let node = Node::open(&args.data)?;
    let file = board::file(&args.data);
    let ticket = trust::ask(&file, &args.claims, node.clock.now()).context("could not ask the server")?;
    let report = wait(args, &node, ticket)?;
    if args.json {
        line(&serde_json::to_string(&report)?)?;
    } else {
        print(&report)?;
    }
    let worst = report.claims.iter().map(|claim| code(claim.state)).max().unwrap_or(2);
    Ok(worst)
}

#[expect(clippy::disallowed_methods, reason = "a command waits for another process on the real clock")]
fn wait(args: &CheckArgs, node: &Node, ticket: trust::Ticket) -> anyhow::Result<Report> {
    let (begun, mut taken_up) = (Instant::now(), false);
    let sealer = node.sealer()?;
    let (mut told, mut heard) = (Progress::default(), begun);
    loop {
        match trust::answer(&board::file(&args.data), ticket, &sealer).context("could not read the server's answer")? {
            Answer::Done(report) => return Ok(report),
            Answer::Refused(reason) => bail!("{reason}"),
            Answer::Gone => bail!("the server's answer is gone; ask again"),
            Answer::Waiting(progress) => {
                taken_up |= progress.whole > 0;
                // One that is busy with a round of its own takes it up after that.
                if !taken_up && begun.elapsed() > TAKEN_UP_WITHIN && node.lock().is_ok() {
                    bail!("no server runs on {}; start it with `blockhouse up`", args.data.display());
                }
                if progress == told {
                    if heard.elapsed() > SILENT_MAX {
                        bail!("the server took the request and is not heard of any more");
                    }
                    std::thread::sleep(POLL);
                    continue;
                }
                (told, heard) = (progress, Instant::now());
                if !args.json {
                    // Progress is for whoever watches; a closed terminal loses nothing.
                    let end = if progress.done == progress.whole { "\n" } else { "" };
                    let _ = write!(std::io::stderr(), "\r{} of {} checks{end}", progress.done, progress.whole);
                }
            }
        }
        std::thread::sleep(POLL);
    }
}

fn print(report: &Report) -> anyhow::Result<()> {
    for claim in &report.claims {
        line(&format!("{:<12} {:<16} {}", claim.state.as_str(), claim.claim, claim.reason))?;
        for check in &claim.checks {
            line(&format!("             {} ({}): {}", check.check, vantage(check.vantage), check.look.summary))?;
            for detail in &check.details {
                line(&format!("               {detail}"))?;
            }
        }
    }
    let held = report.claims.iter().filter(|claim| claim.state.stands()).count();
    line(&format!("\n{held} of {} claims hold", report.claims.len()))
}

fn vantage(vantage: claims::document::Vantages) -> &'static str {
    match vantage {
        claims::document::Vantages::Inside => "inside",
        claims::document::Vantages::Outside => "outside",
    }
}

fn code(state: State) -> u8 {
    match state {
        State::Pass => 0,
        State::Fail | State::SealedFail => 1,
        State::Unknown | State::Stale | State::Expired | State::NotClaimed | State::Withdrawn => 2,
    }
}

//! Whether a security overview is what it says, as its reader finds out from a machine of their own.
//!
//! | module | what it is |
//! |---|---|
//! | `site` | the server, over verified TLS 1.3 and without |
//! | `html`, `envelope`, `leaf`, `tiles` | what a page, a signed statement, a log's entry and a log's tiles hold |
//! | `steps` | what the page says, against its signature, its HTML, its log and its evidence |
//! | `probes` | what a stranger sees, beside what the page says of the same |
//! | `memory` | what is remembered until the next visit |
//! | `report` | the named steps, as a table or JSON |
//!
//! Always holds: nothing that the server says of itself is believed but its key, once, on a first visit without one given;
//! time is the reader's. Everything that is read is bounded, and what a bound leaves out is said. Sends no credential, and
//! changes nothing.

mod address;
mod digest;
mod envelope;
mod html;
mod leaf;
mod memory;
mod probes;
mod report;
mod site;
mod steps;
mod tiles;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use audit::Verifier;
use claims::document::Overview;
use model::{Clock, Timestamp};

pub use address::AddressError;
pub use report::{Finding, Outcome, Report, Step, StepReport};

use address::Address;
use memory::Memory;
use site::Site;
use steps::fetched::{self, Fetched};
use steps::signed::{Known, Pinned};
use steps::{Visit, grew, proved, remembered, shown, signed};

/// What to look at, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// `https://HOST[:PORT][/PATH]`; without a path `/security`.
    pub url: String,
    /// Certificates (PEM) that are trusted beside those of this machine.
    pub ca_file: Option<PathBuf>,
    /// A file, or a folder with one for each address. Without it nothing is remembered.
    pub state: Option<PathBuf>,
    /// The log's key, `NAME+HASH+KEY`, if it was given to the reader in another way.
    pub key: Option<String>,
    pub output: Output,
    pub probes: Probes,
    /// Where names of hosts lead that claims are about, as the reader says; other names lead where the Internet's do.
    pub connect_to: Vec<(String, SocketAddr)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    #[default]
    Text,
    Json,
}

/// Whether the server is looked at from outside too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Probes {
    #[default]
    Run,
    LeaveOut,
}

/// Looks, and writes what was found. An error is one of writing it.
pub fn run(options: &Options, clock: &dyn Clock, out: &mut dyn Write) -> io::Result<Outcome> {
    let report = look(options, clock);
    match options.output {
        Output::Text => report.write_text(out)?,
        Output::Json => report.write_json(out)?,
    }
    out.flush()?;
    Ok(report.outcome)
}

/// Looks at a page once.
#[must_use]
pub fn look(options: &Options, clock: &dyn Clock) -> Report {
    let mut report = Report::new(options.url.clone(), clock.now().to_string());
    let address = match Address::parse(&options.url) {
        Ok(address) => address,
        Err(error) => {
            report.add(could_not(Step::Fetched, error.to_string()));
            return report;
        }
    };
    report.url = address.to_string();
    let path = options.state.as_deref().map(|state| Memory::path(state, &address));
    let memory = match path.as_deref().map_or(Ok(None), Memory::read) {
        Ok(memory) => memory,
        Err(error) => {
            report.add(could_not(Step::Grew, chain(&error)));
            return report;
        }
    };
    let site = match Site::new(&address, options.ca_file.as_deref(), clock) {
        Ok(site) => RefCell::new(site),
        Err(error) => {
            report.add(could_not(Step::Fetched, chain(&error)));
            return report;
        }
    };
    let looking = Looking { options, now: clock.now(), address: &address, memory: memory.as_ref(), path: path.as_deref() };
    looking.at(&site, &mut report);
    report
}

/// One visit.
struct Looking<'a> {
    options: &'a Options,
    now: Timestamp,
    address: &'a Address,
    memory: Option<&'a Memory>,
    path: Option<&'a Path>,
}

/// What a page was read as.
struct Read {
    fetched: Fetched,
    overview: Overview,
    verifier: Verifier,
}

// === impl Looking ===

impl Looking<'_> {
    fn at(&self, site: &RefCell<Site<'_>>, report: &mut Report) {
        let Some(read) = self.read(site, report) else { return };
        let Read { fetched, overview, verifier } = &read;
        let visit = Visit { site, now: self.now, overview, verifier };
        let (step, log) = grew::check(visit, self.memory.map(|memory| memory.checkpoint.as_str()));
        report.add(step);
        report.add(proved::check(visit, log.as_ref()));
        if let Some(log) = &log {
            let (step, read) = remembered::check(visit, log, self.memory);
            report.add(step);
            self.remember(&log.note, verifier, (read, report));
        }
        if self.options.probes == Probes::Run {
            probes::all(visit, &fetched.page).into_iter().for_each(|step| report.add(step));
            probes::hosts::probe(visit, self.options).into_iter().for_each(|step| report.add(step));
        }
    }

    /// Fetches the page and what was signed of it, a second time where they do not fit: a page is made anew every half
    /// minute, and the first two may be of different ones.
    fn read(&self, site: &RefCell<Site<'_>>, report: &mut Report) -> Option<Read> {
        let known = Known { address: self.address, pinned: self.pinned(), now: self.now };
        for last in [false, true] {
            let (fetching, fetched) = fetched::fetch(&mut site.borrow_mut());
            let Some(fetched) = fetched else {
                report.add(fetching);
                return None;
            };
            let (signing, overview) = signed::check(&fetched.signed, &known);
            let Some((overview, verifier)) = overview else {
                report.add(fetching);
                report.add(signing);
                return None;
            };
            let showing = shown::check(&fetched.html, &overview);
            if last || showing.outcome == Outcome::Agrees {
                [fetching, signing, showing].into_iter().for_each(|step| report.add(step));
                return Some(Read { fetched, overview, verifier });
            }
        }
        None
    }

    fn pinned(&self) -> Pinned<'_> {
        match (&self.options.key, self.memory) {
            (Some(key), _) => Pinned::Given(key),
            (None, Some(memory)) => Pinned::Remembered(&memory.key),
            (None, None) => Pinned::No,
        }
    }

    /// Nothing is remembered of a log that did not only grow, or of another key: what was known stays what is compared.
    fn remember(&self, note: &str, verifier: &Verifier, (read, report): (remembered::Read, &mut Report)) {
        let Some(path) = self.path else { return };
        let agrees = |step| report.step(step).is_some_and(|step| step.outcome == Outcome::Agrees);
        if !(agrees(Step::Signed) && agrees(Step::Grew)) {
            return;
        }
        let mut memory = Memory::new(verifier.to_string(), note.to_owned(), self.now.to_string());
        (memory.read, memory.since, memory.days) = (read.until, read.since, read.days);
        if let Err(error) = memory.write(path) {
            report.add(could_not(Step::Remembered, chain(&error)));
        }
    }
}

/// Reads `HOST=ADDRESS:PORT`.
pub fn connect_to(text: &str) -> Result<(String, SocketAddr), String> {
    let placed = text.split_once('=').and_then(|(host, at)| Some((host.to_ascii_lowercase(), at.parse().ok()?)));
    placed.ok_or_else(|| format!("`{text}` is not HOST=ADDRESS:PORT, such as app.example.com=10.0.0.5:443"))
}

fn could_not(step: Step, why: String) -> StepReport {
    let mut step = StepReport::new(step);
    step.tell("nothing could be looked at");
    step.could_not(None, why);
    step
}

/// An error with what it came from.
fn chain(error: &dyn std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}

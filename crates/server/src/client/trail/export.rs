//! `blockhouse trail export`: entries in a form that other tools read.
//!
//! Always holds: a file has its name only when all of it is there, and is for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use reqwest::{Method, Response};

use super::super::failure::Failure;
use super::super::output::{Output, printable};
use super::super::server::{ASK_TIME_MAX, Server};
use super::super::units;
use super::{FilterArgs, HINTS, Log};

/// How long nothing may come of an answer that began; the server opens one entry after another to find those that match.
const QUIET_MAX: Duration = ASK_TIME_MAX;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// How an entry is written
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// The file to write to, for you alone, instead of printing; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Its own JSON with the address, one line
    Ndjson,
    /// A row of RFC 4180
    Csv,
    /// A line of ArcSight's Common Event Format
    Cef,
    /// A line of JSON: an event of the Open Cybersecurity Schema Framework
    Ocsf,
}

/// A file beside the one that it becomes; gone unless it became it.
struct Beside {
    file: File,
    path: PathBuf,
    bytes: u64,
}

pub(super) async fn run(args: &ExportArgs, log: &Log, output: &mut Output) -> Result<(), Failure> {
    let mut parameters = args.filter.parameters()?;
    parameters.extend(args.format.to_possible_value().map(|value| ("format", value.get_name().to_owned())));
    // Before anything is asked: whoever cannot write it is told at once.
    let mut file = args.out.as_deref().map(Beside::open).transpose()?;
    let mut response = answer(log, &parameters).await?;
    let mut rest = Vec::new();
    while let Some(piece) = next(log.server(), &mut response).await? {
        match &mut file {
            Some(file) => file.write(&piece)?,
            None if output.is_terminal() => show(&piece, &mut rest, output)?,
            None => output.bytes(&piece)?,
        }
    }
    if !rest.is_empty() {
        output.line(&printable(&String::from_utf8_lossy(&rest)))?;
    }
    if let Some((file, name)) = file.zip(args.out.as_deref()) {
        let bytes = file.bytes;
        file.finish(name)?;
        output.note(&format!("{} in {}", units::bytes(bytes), name.display()));
    }
    Ok(())
}

/// Only its beginning and its pauses have a time limit: a trail may be long.
async fn answer(log: &Log, parameters: &[(&str, String)]) -> Result<Response, Failure> {
    let request = log.server().request(Method::GET, &log.path(&["download"]), parameters);
    let Ok(answered) = tokio::time::timeout(ASK_TIME_MAX, request.send()).await else {
        return Err(log.server().unreachable("no answer in time".to_owned()));
    };
    let response = answered.map_err(|error| log.server().failure_of(&error))?;
    match response.status().is_success() {
        true => Ok(response),
        false => Err(HINTS.hinted(log.server().problem(response).await)),
    }
}

async fn next(server: &Server, response: &mut Response) -> Result<Option<Bytes>, Failure> {
    match tokio::time::timeout(QUIET_MAX, response.chunk()).await {
        Ok(piece) => piece.map_err(|error| server.failure_of(&error)),
        Err(_) => Err(server.unreachable("nothing more came in time".to_owned())),
    }
}

/// To a terminal, line by line and without what it would obey; `rest` is what has no end of a line yet.
fn show(piece: &[u8], rest: &mut Vec<u8>, output: &mut Output) -> Result<(), Failure> {
    rest.extend_from_slice(piece);
    let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
    let whole: Vec<u8> = rest.drain(..=end).collect();
    String::from_utf8_lossy(&whole).lines().try_for_each(|line| output.line(&printable(line)))
}

// === impl Beside ===

impl Beside {
    fn open(of: &Path) -> Result<Self, Failure> {
        let mut name = of.as_os_str().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let path = PathBuf::from(name);
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        Ok(Self { file: file.map_err(Failure::file("make", &path))?, path, bytes: 0 })
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.bytes += piece.len() as u64;
        self.file.write_all(piece).map_err(Failure::file("write", &self.path))
    }

    fn finish(self, name: &Path) -> Result<(), Failure> {
        let done = self.file.sync_all().and_then(|()| fs::rename(&self.path, name));
        done.map_err(Failure::file("write", name))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Where it has its name by now, there is nothing here.
        let _ = fs::remove_file(&self.path);
    }
}

//! `blockhouse import`: uploads a file that the server makes records of.
//!
//! Always holds: a run goes on where an earlier one of the same file stopped; what the server has is not sent again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::ProgressBar;
use model::{SourceId, limits};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use seal::SystemEntropy;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::failure::{Failure, Problem};
use super::jobs::{self, HINTS, Job};
use super::output::Output;
use super::server::{Server, ServerArgs};
use super::tenant::{self, KEY_HINT};
use super::units;

/// Import a file into a source, as a job of the server
///
/// The file is uploaded as it lies there, compressed or not; the server makes records of it. A run that was stopped goes on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to import
    file: PathBuf,
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID")]
    source: SourceId,
    /// What the file is
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How it is compressed
    #[arg(long, value_enum, default_value_t)]
    compression: Compression,
    /// What the job is called. Default: the file's name
    #[arg(long)]
    name: Option<String>,
    /// Until the job ends; the exit code is 1 if it fails, and 65 if records were refused
    #[arg(long)]
    wait: bool,
    /// The job as the server tells it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// JSON where it looks like it, else lines, each for what it looks like
    #[default]
    Auto,
    /// A JSON object a line; other lines are refused
    Ndjson,
    /// JSON objects, one after another or in an array
    Json,
    /// A message a line
    Plain,
    /// Syslog a line; other lines are messages
    Syslog,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Compression {
    /// As the file begins
    #[default]
    Auto,
    None,
    Gzip,
    Zstd,
}

#[derive(Deserialize)]
struct Received {
    received: u64,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let file = File::open(&args.file).map_err(Failure::file("read", &args.file))?;
    let (bytes, digest) = tokio::task::block_in_place(|| examined(&file)).map_err(Failure::file("read", &args.file))?;
    let named = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let asked = json!({
        "name": args.name.clone().unwrap_or_else(|| title(&args.file)),
        "bytes": bytes,
        "format": named(args.format.to_possible_value()),
        "compression": named(args.compression.to_possible_value()),
        "digest": digest,
    });
    let path = ["v1", "sources", &args.source.to_string(), "imports"];
    let made = server.call(Method::POST, &path, Some(asked.to_string().into_bytes())).await;
    let made = made.map_err(|failure| HINTS.hinted(failure))?;
    let job: Job = tenant::read(&made)?;
    if job.upload.received > 0 {
        output.aside(&format!("going on with job {}, {} are there", job.id, units::bytes(job.upload.received)));
    }
    let bar = jobs::bar(bytes);
    upload(&server, &job, (file, &args.file, bytes), bar.as_ref()).await?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if args.wait {
        return jobs::follow(&server, &job.id, args.json, output).await;
    }
    if args.json {
        let now: Box<RawValue> = server.call(Method::GET, &["v1", "jobs", &job.id], None).await?;
        return output.line(now.get());
    }
    output.line(&job.id)?;
    output.flush()?;
    output.aside(&format!("uploaded; `blockhouse jobs show {} --follow` shows how far it is", job.id));
    Ok(())
}

/// Size and SHA-256 of a file.
fn examined(file: &File) -> io::Result<(u64, String)> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file: `blockhouse send` takes pipes"));
    }
    Ok((metadata.len(), trust::sha256_of(file)?.sha256))
}

/// The file's name, as far as a job's has room for it.
fn title(file: &Path) -> String {
    let name = file.file_name().map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().into_owned());
    let name: String = name.chars().filter(|one| !one.is_control()).take(limits::NAME_CHARS_MAX).collect();
    let name = name.trim();
    if name.is_empty() { "import".to_owned() } else { name.to_owned() }
}

async fn upload(
    server: &Server,
    job: &Job,
    (mut file, path, bytes): (File, &Path, u64),
    bar: Option<&ProgressBar>,
) -> Result<(), Failure> {
    let (mut received, mut backoff, mut moved) = (job.upload.received, Backoff::default(), Instant::now());
    let shown = |received: u64| {
        if let Some(bar) = bar {
            bar.set_position(received);
        }
    };
    shown(received);
    while received < bytes {
        let most = job.upload.piece_bytes.min(bytes - received);
        let piece = tokio::task::block_in_place(|| piece(&mut file, received, most)).map_err(Failure::file("read", path))?;
        match put(server, &job.id, received, piece).await {
            Ok(now) => {
                (received, moved) = (now, Instant::now());
                backoff.reset();
                shown(received);
            }
            Err(failure) => {
                // An earlier try may have been taken though its answer was lost.
                if let Some(there) = offset_there(&failure).filter(|there| *there != received) {
                    received = there;
                    continue;
                }
                if is_received(&failure) {
                    let now = jobs::look(server, &job.id).await?;
                    if tenant::read::<Job>(&now)?.upload.received == bytes {
                        return Ok(());
                    }
                }
                let length = backoff.wait(&SystemEntropy);
                let patience = Duration::from_secs(limits::SEND_PATIENCE_SECONDS);
                if !is_passing(&failure) || moved.elapsed() + length > patience {
                    return Err(HINTS.hinted(failure));
                }
                tokio::time::sleep(length).await;
            }
        }
    }
    Ok(())
}

fn piece(file: &mut File, at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut piece = Vec::with_capacity(most as usize);
    file.take(most).read_to_end(&mut piece)?;
    if piece.len() as u64 == most {
        Ok(piece)
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was uploaded"))
    }
}

async fn put(server: &Server, job: &str, offset: u64, piece: Vec<u8>) -> Result<u64, Failure> {
    let parameters = [("offset", offset.to_string())];
    let request = server.request(Method::PUT, &["v1", "jobs", job, "content"], &parameters);
    let request = request.header(CONTENT_TYPE, "application/octet-stream").body(piece);
    Ok(server.ask::<Received>(request).await?.received)
}

fn offset_there(failure: &Failure) -> Option<u64> {
    let Failure::Refused(problem) = failure else { return None };
    let Problem { code, received, .. } = &**problem;
    received.filter(|_| code.as_deref() == Some("offset_wrong"))
}

/// Whether the job takes nothing more: it may have all, where the answer to the last piece was lost.
fn is_received(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(problem) if problem.code.as_deref() == Some("job_not_receiving"))
}

/// Whether the same may be taken a moment later.
fn is_passing(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } | Failure::BrokeOff { .. } => true,
        Failure::Refused(problem) => matches!(problem.status, 408 | 425 | 429 | 500..=599),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_name_that_the_server_takes() {
        let check = |path: &str, expected: &str| assert_eq!(title(Path::new(path)), expected);
        check("/var/log/app.log.gz", "app.log.gz");
        check("/var/log/..", "import");
        check(&"x".repeat(100), &"x".repeat(64));
        check("a\nb", "ab");
    }
}

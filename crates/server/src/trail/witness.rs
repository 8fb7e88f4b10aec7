//! What a log and its witness exchange, as files or through a pipe: `request | witness | cosign`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use audit::{AddCheckpoint, Verifier, Witness, WitnessKey};
use clap::Args;
use model::Clock as _;
use seal::SystemEntropy;
use serde_json::json;

use super::{AuditArgs, WhichLog};
use crate::clock::SystemClock;
use crate::node::Node;
use crate::print::line;

/// What is longer is neither a request nor an answer.
const EXCHANGE_BYTES_MAX: u64 = 128 << 10;

#[derive(Debug, Args)]
pub(super) struct RequestArgs {
    #[command(flatten)]
    log: WhichLog,
    /// The witness's key
    #[arg(long, value_name = "KEY", value_parser = WitnessKey::parse)]
    witness: WitnessKey,
    /// How many entries the witness saw last, where it says another number than is known here
    #[arg(long)]
    old: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct CosignArgs {
    #[command(flatten)]
    log: WhichLog,
    /// The witness's key
    #[arg(long, value_name = "KEY", value_parser = WitnessKey::parse)]
    witness: WitnessKey,
    /// What it answered; without a file, standard input
    answer: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct WitnessArgs {
    /// The witness's folder; made where there is none
    folder: PathBuf,
    /// The witness's name, such as `witness.example.org`
    #[arg(long)]
    name: String,
    /// Files with keys of the logs to witness, one a line
    #[arg(long, value_name = "FILE", num_args = 1..)]
    keys: Vec<PathBuf>,
    /// Print the witness's own key and cosign nothing
    #[arg(long)]
    show_key: bool,
    /// The request; without a file, standard input
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

pub(super) fn request(args: &RequestArgs, audit: &AuditArgs) -> anyhow::Result<()> {
    let node = Node::open(&audit.data)?;
    let log = args.log.find(&node)?;
    let request = node.identity.audit_witness_request(log, (&args.witness, args.old), node.clock.now())?;
    let request = request.context("the log has not so many entries: it was cut or rolled back, or the number is wrong")?;
    line(request.to_string().trim_end_matches('\n'))
}

pub(super) fn cosign(args: &CosignArgs, audit: &AuditArgs) -> anyhow::Result<()> {
    let node = Node::open(&audit.data)?;
    let log = args.log.find(&node)?;
    let answer = read(args.answer.as_deref())?;
    let size = node.identity.keep_audit_cosignature(log, (&args.witness, &answer), node.clock.now())?;
    line(&json!({"log": node.identity.audit_origin(log), "entries": size, "witness": args.witness.to_string()}).to_string())
}

pub(super) fn witness(args: &WitnessArgs) -> anyhow::Result<()> {
    let logs = args.keys.iter().map(|path| verifiers(path)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    let witness = Witness::open(&args.folder, &args.name, logs, &SystemEntropy).context("could not be a witness")?;
    if args.show_key {
        return line(&witness.key().to_string());
    }
    let request = AddCheckpoint::parse(&read(args.request.as_deref())?)?;
    let cosigned = witness.add(&request, SystemClock.now()).context("not cosigned")?;
    line(cosigned.trim_end_matches('\n'))
}

/// Empty lines, and those that begin with `#`, are passed over.
fn verifiers(path: &Path) -> anyhow::Result<Vec<Verifier>> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| Verifier::parse(line).with_context(|| format!("{}: {line}", path.display()))).collect()
}

fn read(file: Option<&Path>) -> anyhow::Result<String> {
    let mut text = String::new();
    match file {
        Some(path) => fs::File::open(path)
            .and_then(|file| file.take(EXCHANGE_BYTES_MAX).read_to_string(&mut text))
            .with_context(|| format!("could not read {}", path.display()))?,
        None => std::io::stdin().take(EXCHANGE_BYTES_MAX).read_to_string(&mut text).context("could not read standard input")?,
    };
    Ok(text)
}

//! `blockhouse audit verify`: the logs of a data folder, or an exported one.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use audit::{Expected, Folder, Log, Report, Shelf, Verifier, WitnessKey, Witnesses};
use clap::Args;
use serde_json::{Value, json};

use super::AuditArgs;
use crate::anchors;
use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// An exported log
    #[arg(requires = "key")]
    folder: Option<PathBuf>,
    /// The key that the log's checkpoints are signed with, as `blockhouse audit key` printed it
    #[arg(long)]
    key: Option<String>,
    /// The log's name, as in the first line of its checkpoints; without it, the one that the folder's checkpoint has
    #[arg(long)]
    origin: Option<String>,
    /// A checkpoint of the same log from earlier
    #[arg(long = "anchor")]
    anchors: Vec<PathBuf>,
    /// The key of a witness whose cosignatures count; without a folder, for the public log, which anchors the others
    #[arg(long = "witness", value_name = "KEY", value_parser = WitnessKey::parse)]
    witnesses: Vec<WitnessKey>,
    /// How many of the witnesses must have signed one checkpoint; without it, all
    #[arg(long, requires = "witnesses")]
    quorum: Option<usize>,
}

// === impl VerifyArgs ===

impl VerifyArgs {
    fn witnesses(&self) -> Witnesses<'_> {
        Witnesses { keys: &self.witnesses, quorum: self.quorum.unwrap_or(self.witnesses.len()) }
    }
}

pub(super) fn verify(args: &VerifyArgs, audit: &AuditArgs) -> anyhow::Result<()> {
    let reports = match (&args.folder, &args.key) {
        (Some(folder), Some(key)) => vec![exported(&Folder::new(folder), key, args)?],
        (Some(_) | None, _) => in_place(args, audit)?,
    };
    judge(&reports, audit.json)
}

fn in_place(args: &VerifyArgs, audit: &AuditArgs) -> anyhow::Result<Vec<(String, Report)>> {
    let node = Node::open(&audit.data)?;
    let (mut given, mut reports) = (read_all(&args.anchors)?, Vec::new());
    let mut logs = anchors::logs(&node.identity, &audit.data)?;
    if !args.witnesses.is_empty() && !logs.contains(&Log::Public) {
        logs.push(Log::Public);
    }
    for log in logs {
        let origin = node.identity.audit_origin(log);
        let mut known = anchors::of(&audit.data, log)?;
        known.extend(given.extract_if(.., |note| note.lines().next() == Some(origin.as_str())));
        let witnesses = match log {
            Log::Public => args.witnesses(),
            Log::Installation | Log::Tenant(_) => Witnesses::default(),
        };
        reports.push((origin, node.identity.verify_audit(log, (&known, witnesses), node.clock.now())?));
    }
    if let Some(stray) = given.first() {
        let origin = stray.lines().next().unwrap_or_default();
        bail!("this data folder has no log named {origin:?}: a checkpoint of another installation, or of a log that is gone");
    }
    Ok(reports)
}

fn exported(folder: &Folder, key: &str, args: &VerifyArgs) -> anyhow::Result<(String, Report)> {
    let verifier = Verifier::parse(key).context("--key")?;
    let anchors = read_all(&args.anchors)?;
    let note = folder.checkpoint();
    let first = note.as_deref().and_then(|note| note.lines().next()).unwrap_or_default();
    let origin = args.origin.as_deref().unwrap_or(first).to_owned();
    let expected = Expected { verifier: &verifier, origin: &origin, anchors: &anchors, witnesses: args.witnesses() };
    let report = audit::verify(folder, &expected);
    Ok((origin, report))
}

fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    files.iter().map(|path| fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))).collect()
}

fn judge(reports: &[(String, Report)], as_json: bool) -> anyhow::Result<()> {
    let wrong: usize = reports.iter().map(|(_, report)| report.findings.len()).sum();
    if as_json {
        let logs: Vec<Value> = reports.iter().map(|(origin, report)| report_json(origin, report)).collect();
        line(&json!({"sound": wrong == 0, "logs": logs}).to_string())?;
    } else {
        for (origin, report) in reports {
            line(&format!("{}  {origin}  {}", if report.is_sound() { "ok   " } else { "WRONG" }, summary(report)))?;
            for finding in &report.findings {
                line(&format!("       {finding}"))?;
            }
        }
    }
    if wrong > 0 {
        bail!("the audit trail does not hold: {wrong} finding(s)");
    }
    Ok(())
}

fn summary(report: &Report) -> String {
    let held = format!("{} entries, held against {} earlier checkpoint(s)", report.size, report.anchors);
    let ended = if report.ended > 0 { format!(", {} bodies ended by retention", report.ended) } else { String::new() };
    let seen = |size| format!(", witnessed up to {size} entries, {} after that are not", report.size.saturating_sub(size));
    format!("{held}{ended}{}", report.witnessed.map(seen).unwrap_or_default())
}

fn report_json(origin: &str, report: &Report) -> Value {
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    json!({
        "log": origin,
        "entries": report.size,
        "root": report.root.map(|root| root.to_string()),
        "ended": report.ended,
        "checkpoints": report.anchors,
        "witnessed": report.witnessed,
        "findings": findings,
    })
}

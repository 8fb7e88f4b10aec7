//! `blockhouse audit`: the audit trail from the shell of the machine, and exported logs anywhere.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use audit::{Actor, Deed, Expected, Folder, Log, Outcome, Recorded, Report, Verifier};
use clap::{Args, Subcommand};
use model::DisplayName;
use serde_json::{Value, json};

use crate::anchors;
use crate::bootstrap::name;
use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The data folder
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data", global = true)]
    data: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List entries, the newest first
    Entries {
        /// The trail of this tenant, instead of the installation's
        #[arg(long, value_parser = name)]
        tenant: Option<DisplayName>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Those before this entry
        #[arg(long)]
        before: Option<u64>,
    },
    /// Look at every entry and hash; ends with 1 when something does not fit
    ///
    /// Without a folder, all logs of the data folder, held against the checkpoints beside the catalog. With one, an
    /// exported log, which needs nothing but the installation's key.
    Verify {
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
    },
    /// Write a log as static files (C2SP tlog-tiles) that anybody can verify
    Export {
        /// The trail of this tenant, instead of the installation's
        #[arg(long, value_parser = name)]
        tenant: Option<DisplayName>,
        /// The folder to write to
        folder: PathBuf,
    },
    /// Prove that an entry is in the log, or that the log only grew since it had some entries (RFC 9162)
    Prove {
        /// The log of this tenant, instead of the installation's
        #[arg(long, value_parser = name)]
        tenant: Option<DisplayName>,
        /// The entry
        #[arg(long, required_unless_present = "since", conflicts_with = "since")]
        entry: Option<u64>,
        /// How many entries the log had
        #[arg(long)]
        since: Option<u64>,
    },
    /// Forget what the trail knows of somebody beyond an id; no hash changes
    ///
    /// The key of the subject is destroyed, so that it cannot be read any more, in exported copies either.
    Forget {
        /// The subject, as `personal.subject` of its entries has it
        subject: String,
    },
    /// Print the key that checks this installation's checkpoints
    Key,
}

pub(crate) fn trail(args: &AuditArgs) -> anyhow::Result<()> {
    match &args.command {
        AuditCommand::Verify { folder: Some(folder), key: Some(key), origin, anchors } => {
            let report = verify_folder(&Folder::new(folder), key, origin.as_deref(), &read_all(anchors)?)?;
            judge(&[report], args.json)
        }
        AuditCommand::Verify { anchors, .. } => {
            let node = Node::open(&args.data)?;
            let (mut given, mut reports) = (read_all(anchors)?, Vec::new());
            for log in anchors::logs(&node.identity, &args.data)? {
                let origin = node.identity.audit_origin(log);
                let mut known = anchors::of(&args.data, log)?;
                known.extend(given.extract_if(.., |note| note.lines().next() == Some(origin.as_str())));
                let report = node.identity.verify_audit(log, &known, node.clock.now())?;
                reports.push((origin, report));
            }
            if let Some(stray) = given.first() {
                let origin = stray.lines().next().unwrap_or_default();
                bail!(
                    "this data folder has no log named {origin:?}: a checkpoint of another installation, or of a log that is gone"
                );
            }
            judge(&reports, args.json)
        }
        AuditCommand::Entries { tenant, limit, before } => {
            let node = Node::open(&args.data)?;
            let entries = node.identity.audit_entries(log(&node, tenant.as_ref())?, *before, *limit)?;
            line(&if args.json { list(&entries).to_string() } else { table(&entries) })
        }
        AuditCommand::Export { tenant, folder } => {
            let node = Node::open(&args.data)?;
            let entries = node.identity.export_audit(log(&node, tenant.as_ref())?, folder, node.clock.now())?;
            let key = node.identity.audit_verifier().to_string();
            let told = json!({"entries": entries, "folder": folder, "key": key});
            line(&if args.json {
                told.to_string()
            } else {
                format!(
                    "{entries} entries in {}\ncheck with  blockhouse audit verify {} --key {key}",
                    folder.display(),
                    folder.display()
                )
            })
        }
        AuditCommand::Prove { tenant, entry, since } => {
            let node = Node::open(&args.data)?;
            let (identity, now, log) = (&node.identity, node.clock.now(), log(&node, tenant.as_ref())?);
            let proved = match (entry, since) {
                (Some(entry), _) => identity.prove_audit_entry(log, *entry, now)?,
                (None, since) => identity.prove_audit_growth(log, since.unwrap_or(0), now)?,
            };
            let (proof, checkpoint) = proved.context("the log has not so many entries")?;
            let hashes: Vec<String> = proof.iter().map(ToString::to_string).collect();
            line(&json!({"entry": entry, "since": since, "proof": hashes, "checkpoint": checkpoint}).to_string())
        }
        AuditCommand::Forget { subject } => {
            let node = Node::open(&args.data)?;
            if !node.identity.forget_subject(subject, &Deed::by(Actor::Shell, node.clock.now()))? {
                bail!("the trail knows nothing of {subject}");
            }
            line(&json!({"forgotten": subject}).to_string())
        }
        AuditCommand::Key => line(&Node::open(&args.data)?.identity.audit_verifier().to_string()),
    }
}

fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    files.iter().map(|path| fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))).collect()
}

fn log(node: &Node, tenant: Option<&DisplayName>) -> anyhow::Result<Log> {
    let Some(name) = tenant else { return Ok(Log::Installation) };
    let tenant = node.identity.tenant_by_name(name)?.with_context(|| format!("there is no tenant named {name}"))?;
    Ok(Log::Tenant(tenant.id))
}

fn verify_folder(folder: &Folder, key: &str, origin: Option<&str>, anchors: &[String]) -> anyhow::Result<(String, Report)> {
    use audit::Shelf;
    let verifier = Verifier::parse(key).context("--key")?;
    let note = folder.checkpoint();
    let first = note.as_deref().and_then(|note| note.lines().next()).unwrap_or_default();
    let origin = origin.unwrap_or(first).to_owned();
    let report = audit::verify(folder, &Expected { verifier: &verifier, origin: &origin, anchors });
    Ok((origin, report))
}

fn judge(reports: &[(String, Report)], as_json: bool) -> anyhow::Result<()> {
    let wrong: usize = reports.iter().map(|(_, report)| report.findings.len()).sum();
    if as_json {
        let logs: Vec<Value> = reports.iter().map(|(origin, report)| report_json(origin, report)).collect();
        line(&json!({"sound": wrong == 0, "logs": logs}).to_string())?;
    } else {
        for (origin, report) in reports {
            let held = format!("{} entries, held against {} earlier checkpoint(s)", report.size, report.anchors);
            line(&format!("{}  {origin}  {held}", if report.is_sound() { "ok   " } else { "WRONG" }))?;
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

fn report_json(origin: &str, report: &Report) -> Value {
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    json!({
        "log": origin,
        "entries": report.size,
        "root": report.root.map(|root| root.to_string()),
        "checkpoints": report.anchors,
        "findings": findings,
    })
}

fn list(entries: &[Recorded]) -> Value {
    entries
        .iter()
        .map(|recorded| {
            let mut entry = serde_json::to_value(&recorded.entry).unwrap_or_default();
            entry["address"] = json!(recorded.address);
            entry
        })
        .collect()
}

/// A line for each entry: number, time, event, who, how it ended, from where.
fn table(entries: &[Recorded]) -> String {
    if entries.is_empty() {
        return "none".to_owned();
    }
    let row = |recorded: &Recorded| {
        let entry = &recorded.entry;
        let value = serde_json::to_value(&entry.event).unwrap_or_default();
        let mut details = value.as_object().cloned().unwrap_or_default();
        let event = details.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let actor = serde_json::to_value(&entry.actor).unwrap_or_default();
        let who = [actor["kind"].as_str(), actor["id"].as_str()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let ended = match &entry.outcome {
            Outcome::Done => String::new(),
            Outcome::Refused { code } => format!("  refused: {code}"),
        };
        let details: String = details.iter().map(|(name, value)| format!("  {name}={value}")).collect();
        let source = entry.source.as_ref().map(|source| format!("  source={source}")).unwrap_or_default();
        let address = recorded.address.as_ref().map(|address| format!("  from {address}")).unwrap_or_default();
        format!("{:>6}  {}  {event:<20} {who}{ended}{source}{details}{address}", entry.sequence, entry.time)
    };
    entries.iter().map(row).collect::<Vec<_>>().join("\n")
}

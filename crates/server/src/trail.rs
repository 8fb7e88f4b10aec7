//! `blockhouse audit`: the audit trail from the shell of the machine, and exported logs anywhere.

mod check;
mod entries;
mod witness;

use std::path::PathBuf;

use anyhow::{Context, bail};
use audit::{Actor, Deed, Log};
use clap::{Args, Subcommand};
use model::DisplayName;
use serde_json::json;

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
    /// List entries that match, the newest first
    Entries(entries::EntriesArgs),
    /// Write entries that match as NDJSON, CSV, CEF or OCSF, the newest first
    Download(entries::DownloadArgs),
    /// Look at every entry and hash; ends with 1 when something does not fit
    ///
    /// Without a folder, all logs of the data folder, held against the checkpoints beside the catalog. With one, an
    /// exported log, which needs nothing but the installation's key.
    Verify(check::VerifyArgs),
    /// Write a log as static files (C2SP tlog-tiles) that anybody can verify
    Export {
        #[command(flatten)]
        log: WhichLog,
        /// The folder to write to
        folder: PathBuf,
    },
    /// Prove that an entry is in the log, or that the log only grew since it had some entries (RFC 9162)
    Prove(ProveArgs),
    /// Forget what the trail knows of somebody beyond an id; no hash changes
    ///
    /// The key of the subject is destroyed, so that it cannot be read any more, in exported copies either.
    Forget {
        /// The subject, as `personal.subject` of its entries has it
        subject: String,
    },
    /// Print the key that checks this installation's checkpoints
    Key,
    /// Print what to send to a witness (C2SP tlog-witness, add-checkpoint)
    Request(witness::RequestArgs),
    /// Keep what a witness answered
    Cosign(witness::CosignArgs),
    /// Be a witness: cosign a checkpoint that extends the last one of its log, or say why not
    ///
    /// Needs no data folder. What was seen of each log is kept in the witness's folder, beside its key; the folder is never
    /// to be copied back from a backup, because the witness would forget what it saw since.
    Witness(witness::WitnessArgs),
}

#[derive(Debug, Args)]
struct WhichLog {
    /// The log of this tenant, instead of the installation's
    #[arg(long, value_parser = name, conflicts_with = "public")]
    tenant: Option<DisplayName>,
    /// The public log, instead of the installation's
    #[arg(long)]
    public: bool,
}

#[derive(Debug, Args)]
struct ProveArgs {
    #[command(flatten)]
    log: WhichLog,
    #[command(flatten)]
    what: Proved,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Proved {
    /// The entry
    #[arg(long)]
    entry: Option<u64>,
    /// How many entries the log had
    #[arg(long)]
    since: Option<u64>,
    /// That the newest entry of the public log anchors the log
    #[arg(long)]
    anchored: bool,
}

// === impl WhichLog ===

impl WhichLog {
    fn find(&self, node: &Node) -> anyhow::Result<Log> {
        let Some(name) = &self.tenant else {
            return Ok(if self.public { Log::Public } else { Log::Installation });
        };
        let tenant = node.identity.tenant_by_name(name)?.with_context(|| format!("there is no tenant named {name}"))?;
        Ok(Log::Tenant(tenant.id))
    }
}

pub(crate) fn trail(args: &AuditArgs) -> anyhow::Result<()> {
    match &args.command {
        AuditCommand::Entries(entries) => entries::list(entries, args),
        AuditCommand::Download(download) => entries::download(download, args),
        AuditCommand::Verify(verify) => check::verify(verify, args),
        AuditCommand::Export { log, folder } => {
            let node = Node::open(&args.data)?;
            let entries = node.identity.export_audit(log.find(&node)?, folder, node.clock.now())?;
            let key = node.identity.audit_verifier().to_string();
            let told = json!({"entries": entries, "folder": folder, "key": key});
            line(&if args.json {
                told.to_string()
            } else {
                let folder = folder.display();
                format!("{entries} entries in {folder}\ncheck with  blockhouse audit verify {folder} --key {key}")
            })
        }
        AuditCommand::Prove(prove) => proved(prove, &Node::open(&args.data)?),
        AuditCommand::Forget { subject } => {
            let node = Node::open(&args.data)?;
            if !node.identity.forget_subject(subject, &Deed::by(Actor::Shell, node.clock.now()))? {
                bail!("the trail knows nothing of {subject}");
            }
            line(&json!({"forgotten": subject}).to_string())
        }
        AuditCommand::Key => line(&Node::open(&args.data)?.identity.audit_verifier().to_string()),
        AuditCommand::Request(request) => witness::request(request, args),
        AuditCommand::Cosign(cosign) => witness::cosign(cosign, args),
        AuditCommand::Witness(witness) => witness::witness(witness),
    }
}

fn proved(args: &ProveArgs, node: &Node) -> anyhow::Result<()> {
    let (identity, now, log) = (&node.identity, node.clock.now(), args.log.find(node)?);
    let Proved { entry, since, anchored } = args.what;
    if anchored {
        let shown = identity.prove_audit_anchored(log, None)?.context("the public log does not anchor this one yet")?;
        return line(&serde_json::to_string(&shown)?);
    }
    let proved = match entry {
        Some(entry) => identity.prove_audit_entry(log, entry, now)?,
        None => identity.prove_audit_growth(log, since.unwrap_or(0), now)?,
    };
    let (proof, checkpoint) = proved.context("the log has not so many entries")?;
    let hashes: Vec<String> = proof.iter().map(ToString::to_string).collect();
    line(&json!({"entry": entry, "since": since, "proof": hashes, "checkpoint": checkpoint}).to_string())
}

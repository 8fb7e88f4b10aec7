//! Signed checkpoints of the audit trail beside the catalog, so that a catalog that was put back to an earlier state is
//! found out: `audit/LOG.checkpoint`. Copies kept on other machines do the same against whoever holds this folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use audit::Log;
use identity::Identity;
use model::{TenantId, Timestamp};

/// Where the anchors of a data folder are.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("audit")
}

/// Writes the newest checkpoint of every log that grew. One that a log does not extend stays: it is the evidence.
pub(crate) fn renew(identity: &Identity, data: &Path, now: Timestamp) -> anyhow::Result<()> {
    for log in logs(identity, data)? {
        if let Some(earlier) = of(data, log)?.first()
            && !identity.audit_extends(log, earlier).context("could not hold the audit trail against its checkpoint")?
        {
            let log = identity.audit_origin(log);
            tracing::error!(%log, "the audit trail does not fit the checkpoint beside the catalog: run blockhouse audit verify");
            continue;
        }
        let note = identity.audit_checkpoint(log, now).context("could not sign a checkpoint of the audit trail")?;
        let path = path(data, log);
        if fs::read(&path).is_ok_and(|there| there == note.as_bytes()) {
            continue;
        }
        // A half-written anchor would look like tampering.
        let fresh = path.with_extension("new");
        fs::write(&fresh, note).and_then(|()| fs::rename(&fresh, &path)).context("could not write a checkpoint")?;
    }
    Ok(())
}

/// Every log that has entries, and every one that has an anchor: a log that is gone must not go unnoticed.
pub(crate) fn logs(identity: &Identity, data: &Path) -> anyhow::Result<Vec<Log>> {
    let mut logs = identity.audit_logs().context("could not list the logs of the audit trail")?;
    for entry in fs::read_dir(folder(data)).context("could not list the checkpoints beside the catalog")? {
        let name = entry.context("could not list the checkpoints beside the catalog")?.file_name();
        let anchored = name.to_str().and_then(|name| name.strip_suffix(".checkpoint")).and_then(|name| match name {
            "installation" => Some(Log::Installation),
            "public" => Some(Log::Public),
            name => TenantId::parse(name.strip_prefix("tenant-")?).ok().map(Log::Tenant),
        });
        if let Some(log) = anchored.filter(|log| !logs.contains(log)) {
            logs.push(log);
        }
    }
    Ok(logs)
}

/// The anchor of a log, if it has one yet.
pub(crate) fn of(data: &Path, log: Log) -> anyhow::Result<Vec<String>> {
    match fs::read_to_string(path(data, log)) {
        Ok(note) => Ok(vec![note]),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).context("could not read the checkpoint beside the catalog"),
    }
}

fn path(data: &Path, log: Log) -> PathBuf {
    let name = match log {
        Log::Installation => "installation".to_owned(),
        Log::Public => "public".to_owned(),
        Log::Tenant(tenant) => format!("tenant-{tenant}"),
    };
    folder(data).join(format!("{name}.checkpoint"))
}

//! `blockhouse admin`: tenants, sources, keys and people, from the shell of the machine.

use std::path::PathBuf;

use anyhow::{Context, bail};
use audit::{Actor, Deed};
use clap::{Args, Subcommand, ValueEnum};
use identity::{ApiKey, Expiry, KeyKind, NewKey, Source, Tenant};
use model::{ApiKeyId, DisplayName, Timestamp, limits};
use serde_json::{Value, json};

use crate::admin_people::{self, PeopleCommand};
use crate::admin_quota::{self, QuotaArgs};
use crate::admin_treatment::{self, TreatmentCommand};
use crate::bootstrap::name;
use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    /// The data folder
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data", global = true)]
    data: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make a new one-time setup link, while there is no tenant yet
    SetupLink,
    /// List tenants
    Tenants,
    /// Make a tenant
    CreateTenant {
        #[arg(value_parser = name)]
        tenant: DisplayName,
    },
    /// List a tenant's sources
    Sources {
        #[arg(long, value_parser = name)]
        tenant: DisplayName,
    },
    /// Make a source
    CreateSource {
        #[arg(long, value_parser = name)]
        tenant: DisplayName,
        #[arg(value_parser = name)]
        source: DisplayName,
        /// Days that records are kept after they arrived
        #[arg(long, default_value_t = 30)]
        retention_days: u32,
    },
    /// List a source's keys, ended ones too
    Keys(SourceName),
    /// Make a key; it is shown once
    CreateKey {
        #[command(flatten)]
        of: SourceName,
        #[arg(long, value_enum)]
        kind: Direction,
        #[arg(long, value_parser = name, default_value = "made by admin")]
        name: DisplayName,
        /// Days until the key ends, 1 to 3650
        #[arg(long, default_value_t = limits::API_KEY_DAYS_DEFAULT, conflicts_with = "never")]
        days: i64,
        /// The key does not end
        #[arg(long)]
        never: bool,
    },
    /// Show what a sender of Fluent's forward protocol needs for a write key: its user name and shared key
    SharedKey {
        #[command(flatten)]
        of: SourceName,
        key: ApiKeyId,
    },
    /// Let whoever holds a client certificate write to the source, over syslog or Fluent's forward protocol
    RegisterCertificate {
        #[command(flatten)]
        of: SourceName,
        /// The certificate in PEM; its first certificate counts
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        #[arg(long, value_parser = name, default_value = "registered by admin")]
        name: DisplayName,
        /// Days for which it counts, 1 to 3650
        #[arg(long, default_value_t = limits::API_KEY_DAYS_DEFAULT, conflicts_with = "never")]
        days: i64,
        /// It counts until it ends itself
        #[arg(long)]
        never: bool,
    },
    /// End a key at once
    RevokeKey {
        #[command(flatten)]
        of: SourceName,
        key: ApiKeyId,
    },
    /// Make a key in the place of another, which lives on for a while
    RotateKey {
        #[command(flatten)]
        of: SourceName,
        key: ApiKeyId,
        /// Seconds that the old key lives on
        #[arg(long, default_value_t = 24 * 3600)]
        overlap_seconds: i64,
    },
    #[command(flatten)]
    Treatment(TreatmentCommand),
    /// Show how much may come in and how much did, or change it
    Quota(QuotaArgs),
    #[command(flatten)]
    People(PeopleCommand),
}

#[derive(Debug, Args)]
pub(crate) struct SourceName {
    #[arg(long, value_parser = name)]
    tenant: DisplayName,
    #[arg(long, value_parser = name)]
    source: DisplayName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    /// Sends records
    Write,
    /// Reads records
    Read,
}

pub(crate) fn admin(args: &AdminArgs) -> anyhow::Result<()> {
    let node = Node::open(&args.data)?;
    let answer = run(&args.command, &node, &Deed::by(Actor::Shell, node.clock.now()))?;
    line(&if args.json { answer.to_string() } else { text(&answer) })
}

fn run(command: &AdminCommand, node: &Node, deed: &Deed) -> anyhow::Result<Value> {
    let (identity, now) = (&node.identity, deed.at);
    Ok(match command {
        AdminCommand::SetupLink => {
            if !identity.is_setup_open()? {
                bail!("setup is done: a tenant exists");
            }
            let token = identity.create_setup_token(deed)?;
            let path = format!("/setup#{}", token.reveal());
            json!({"token": token.reveal(), "path": path, "use": "open the path at the server's address within 30 minutes, or POST the token to /v1/setup"})
        }
        AdminCommand::Tenants => identity.tenants()?.iter().map(tenant_json).collect(),
        AdminCommand::CreateTenant { tenant } => tenant_json(&identity.create_tenant(tenant, deed)?),
        AdminCommand::Sources { tenant } => identity.sources(tenant_named(node, tenant)?.id)?.iter().map(source_json).collect(),
        AdminCommand::CreateSource { tenant, source, retention_days } => {
            source_json(&identity.create_source(tenant_named(node, tenant)?.id, source, *retention_days, deed)?)
        }
        AdminCommand::Keys(of) => identity.keys(source_named(node, of)?.scope())?.iter().map(|key| key_json(key, now)).collect(),
        AdminCommand::CreateKey { of, kind, name, days, never } => {
            let kind = match kind {
                Direction::Write => KeyKind::Write,
                Direction::Read => KeyKind::Read,
            };
            let expiry = if *never { Expiry::Never } else { Expiry::Days(*days) };
            let new = NewKey { kind, name: name.clone(), expiry };
            let (plain, key) = identity.create_key(source_named(node, of)?.scope(), &new, deed)?;
            with_secret(key_json(&key, now), plain.reveal())
        }
        AdminCommand::RegisterCertificate { of, certificate, name, days, never } => {
            let expiry = if *never { Expiry::Never } else { Expiry::Days(*days) };
            let fingerprint = guard::certificate::fingerprint_of_pem(certificate).context("could not use the certificate")?;
            let scope = source_named(node, of)?.scope();
            key_json(&identity.register_certificate(scope, (name, expiry), &fingerprint, deed)?, now)
        }
        AdminCommand::SharedKey { of, key } => {
            let shared = identity.show_shared_key(source_named(node, of)?.scope(), *key, deed)?;
            json!({"username": key.to_string(), "shared_key": shared.reveal()})
        }
        AdminCommand::RevokeKey { of, key } => {
            identity.revoke_key(source_named(node, of)?.scope(), *key, deed)?;
            json!({"id": key.to_string(), "state": "revoked"})
        }
        AdminCommand::RotateKey { of, key, overlap_seconds } => {
            let (plain, new) = identity.rotate_key(source_named(node, of)?.scope(), *key, *overlap_seconds, deed)?;
            with_secret(key_json(&new, now), plain.reveal())
        }
        AdminCommand::Treatment(command) => admin_treatment::run(command, node, deed)?,
        AdminCommand::Quota(args) => admin_quota::run(args, node, deed)?,
        AdminCommand::People(command) => admin_people::run(command, node, deed)?,
    })
}

pub(crate) fn tenant_named(node: &Node, name: &DisplayName) -> anyhow::Result<Tenant> {
    node.identity.tenant_by_name(name)?.with_context(|| format!("there is no tenant named {name}"))
}

pub(crate) fn source_named(node: &Node, of: &SourceName) -> anyhow::Result<Source> {
    source_of(node, &tenant_named(node, &of.tenant)?, &of.source)
}

pub(crate) fn source_of(node: &Node, tenant: &Tenant, name: &DisplayName) -> anyhow::Result<Source> {
    let source = node.identity.source_by_name(tenant.id, name)?;
    source.with_context(|| format!("{} has no source named {name}", tenant.name))
}

fn tenant_json(tenant: &Tenant) -> Value {
    json!({"id": tenant.id.to_string(), "name": tenant.name.as_str(), "created_at": tenant.created_at.to_string()})
}

fn source_json(source: &Source) -> Value {
    json!({
        "id": source.id.to_string(),
        "name": source.name.as_str(),
        "retention_days": source.retention_days,
        "created_at": source.created_at.to_string(),
    })
}

fn key_json(key: &ApiKey, now: Timestamp) -> Value {
    json!({
        "id": key.id.to_string(),
        "kind": format!("{:?}", key.kind).to_lowercase(),
        "name": key.name.as_str(),
        "prefix": key.prefix,
        "state": format!("{:?}", key.state(now)).to_lowercase(),
        "created_at": key.created_at.to_string(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "last_used_at": key.last_used_at.map(|at| at.to_string()),
    })
}

fn with_secret(mut key: Value, secret: &str) -> Value {
    key["key"] = secret.into();
    key["note"] = "the key is shown this once".into();
    key
}

/// One block for each object, a line for each of its values.
fn text(answer: &Value) -> String {
    match answer {
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\n\n"),
        Value::Object(entries) => {
            let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let lines = entries.iter().filter(|(_, value)| !value.is_null());
            lines.map(|(name, value)| format!("{name:<15} {}", shown(value))).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

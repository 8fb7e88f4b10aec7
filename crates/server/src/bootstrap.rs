//! `blockhouse bootstrap`: a tenant, a source and new keys, from the shell of the machine, whether the server runs or not.

use std::path::PathBuf;

use anyhow::Context;
use audit::{Actor, Deed};
use clap::Args;
use model::DisplayName;
use serde_json::json;

use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct BootstrapArgs {
    /// The data folder; made when it is not there
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data")]
    data: PathBuf,
    /// The tenant's name; made when there is none of this name
    #[arg(long, value_parser = name)]
    tenant: DisplayName,
    /// The source's name; made when the tenant has none of this name
    #[arg(long, value_parser = name)]
    source: DisplayName,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads a name from the command line.
pub(crate) fn name(text: &str) -> Result<DisplayName, String> {
    DisplayName::parse(text).map_err(|error| error.to_string())
}

pub(crate) fn bootstrap(args: &BootstrapArgs) -> anyhow::Result<()> {
    let node = Node::open(&args.data)?;
    let made = node
        .identity
        .bootstrap(&args.tenant, &args.source, &Deed::by(Actor::Shell, node.clock.now()))
        .context("could not make the source and its keys")?;
    let ca_file = std::path::absolute(node.ca_file()).context("could not find the folder of the data")?;
    if args.json {
        return line(
            &json!({
                "tenant_id": made.tenant_id.to_string(),
                "source_id": made.source_id.to_string(),
                "write_key": made.write_key.reveal(),
                "read_key": made.read_key.reveal(),
                "ca_file": ca_file,
            })
            .to_string(),
        );
    }
    line(&format!(
        "tenant     {}\nsource     {}\nwrite key  {}\nread key   {}\nCA file    {}\n\nThe keys are shown once and end in 90 days.",
        made.tenant_id,
        made.source_id,
        made.write_key.reveal(),
        made.read_key.reveal(),
        ca_file.display(),
    ))
}

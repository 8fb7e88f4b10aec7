//! `blockhouse verify-overview`: whether a security page is what it says, as its reader finds out. The same program exists
//! as a small one of its own, `verify-overview`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use verifier::{Options, Outcome, Output, Probes};

use crate::clock::SystemClock;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The address of the page; without a path, that of /security is taken
    url: String,
    /// Certificates (PEM) to trust beside those of this machine
    #[arg(long, env = "BLOCKHOUSE_CA", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// What to remember until the next visit: a file that ends in .json, or a folder. Default: in your home
    #[arg(long, value_name = "PATH")]
    state: Option<PathBuf>,
    /// The public log's key, NAME+HASH+KEY, if you were given it in another way
    #[arg(long)]
    key: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Look at the page, its log and its evidence only
    #[arg(long)]
    no_probes: bool,
    /// Where a host lies that a claim is about; otherwise its name has to lead to the Internet
    #[arg(long, value_name = "HOST=ADDRESS:PORT", value_parser = verifier::connect_to)]
    connect_to: Vec<(String, SocketAddr)>,
}

/// Ends with 0 if everything agrees, 1 if something does not, 2 if something could not be looked at.
pub(crate) fn verify(args: &VerifyArgs) -> ExitCode {
    let options = Options {
        url: args.url.clone(),
        ca_file: args.ca_file.clone(),
        state: args.state.clone().or_else(|| Some(std::env::home_dir()?.join(".local/state/blockhouse/overviews"))),
        key: args.key.clone(),
        output: if args.json { Output::Json } else { Output::Text },
        probes: if args.no_probes { Probes::LeaveOut } else { Probes::Run },
        connect_to: args.connect_to.clone(),
    };
    match verifier::run(&options, &SystemClock, &mut std::io::stdout().lock()) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(_) => ExitCode::from(Outcome::CouldNotLook.exit_code()),
    }
}

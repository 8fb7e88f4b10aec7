//! The `blockhouse` binary: the server and its command line.
//!
//! Always holds: only this crate reads the environment, speaks HTTP and prints. Every command ends with an exit code
//! that `client::failure` explains.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod admin;
mod admin_people;
mod admin_quota;
mod admin_treatment;
mod anchors;
mod api;
mod app;
mod archiving;
mod banner;
mod board;
mod bodies;
mod body;
mod bootstrap;
mod caller;
mod carrier;
mod checking;
mod checks;
mod client;
mod clock;
mod config;
mod contacts;
mod demo;
mod failed_keys;
mod figures;
mod forward;
mod grouped;
mod handlers;
mod hashing;
mod headers;
mod importing;
mod jobs;
mod local_trust;
mod manual;
mod node;
mod print;
mod problem;
mod receiving;
mod recovery_kit;
mod refusals;
mod reminding;
mod root_key;
mod routes;
mod sql_queries;
mod syslog;
mod system;
mod telemetry;
mod template;
mod tenant_pages;
mod trail;
mod turned_away;
mod unread;
mod unshown;
mod up;
mod verifying;
mod watching;

#[derive(Debug, Parser)]
#[command(name = "blockhouse", version, about = "A log platform that seals everything it keeps", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Up(Box<config::UpArgs>),
    /// Make a tenant, a source and keys for it
    Bootstrap(bootstrap::BootstrapArgs),
    /// Manage tenants, sources, keys, people and staff
    Admin(admin::AdminArgs),
    /// Read, export and verify the audit trail
    Audit(trail::AuditArgs),
    /// Write the root key down as words, prove that one has them, and bring it back by them
    RootKey(root_key::RootKeyArgs),
    /// Look whether what the security page says is so; the exit code is 1 if it is not
    Check(checking::CheckArgs),
    /// Read, lint and answer a template of a security page
    Template(template::TemplateArgs),
    /// Look from outside whether a security page is what it says
    VerifyOverview(verifying::VerifyArgs),
    /// Print the description of the HTTP API, as OpenAPI 3.1
    Openapi,
    /// Print the script by which a shell completes these commands
    Completions(manual::CompletionsArgs),
    /// Print the manual's page of this program, or write those of all commands
    Man(manual::ManualArgs),
    /// Send sample lines to a source of their own, for a look around
    Demo(demo::DemoArgs),
    /// Let browsers and tools of this machine trust the server's local authority
    Trust(local_trust::TrustArgs),
    /// Take back what `trust` did
    Untrust(local_trust::TrustArgs),
    #[command(flatten)]
    Client(client::Command),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return client::refuse_arguments(&error),
    };
    match cli.command {
        Command::Up(args) => {
            keep_freed_memory();
            ended(up::up(&args))
        }
        Command::Bootstrap(args) => ended(bootstrap::bootstrap(&args)),
        Command::Admin(args) => ended(admin::admin(&args)),
        Command::Audit(args) => ended(trail::trail(&args)),
        Command::RootKey(args) => root_key::root_key(&args),
        Command::Check(args) => checking::check(&args),
        Command::Template(args) => template::template(&args),
        Command::VerifyOverview(args) => verifying::verify(&args),
        Command::Openapi => ended(print::line(&api::printed())),
        Command::Completions(args) => ended(manual::completions(&args)),
        Command::Man(args) => ended(manual::manual(&args)),
        Command::Demo(args) => ended(demo::demo(&args)),
        Command::Trust(args) => ended(local_trust::trust(&args)),
        Command::Untrust(args) => ended(local_trust::untrust(&args)),
        Command::Client(command) => client::run(command),
    }
}

/// Columns come and go by the megabyte, and pages that go back to the kernel each time cost more than what fills them.
/// glibc gives blocks back that are larger than the largest it saw freed, up to 32 MiB (mallopt(3), `M_MMAP_THRESHOLD`):
/// it is shown one, whose pages are never touched. With other allocators this does nothing.
fn keep_freed_memory() {
    const LARGEST_BYTES: usize = 31 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST_BYTES)));
}

/// Says on standard error why a command of the operator failed, with its causes.
fn ended(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Nobody is left to tell when standard error is gone.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {error:#}\n"));
    ExitCode::FAILURE
}

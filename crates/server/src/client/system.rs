//! `blockhouse system`: what runs at a server, for operators of the installation.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::ServerArgs;
use super::tenant::{self, Hints, KEY_HINT};
use super::units;

const HINTS: Hints = Hints {
    permission: "this is for operators of the installation, whose sessions begin with a passkey",
    list: "is --url the server that is meant?",
};

/// See what runs: version, certificate, connections, room on the disk, queries and jobs under way; for operators
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show when the root key was written down as words, and when that was proved last
    RootKey,
}

#[derive(Deserialize)]
struct System {
    version: String,
    started_at: String,
    origin: String,
    tls: Tls,
    connections: Connections,
    keys: Keys,
    storage: Storage,
    queries: Queries,
    jobs: Jobs,
}

#[derive(Deserialize)]
struct Tls {
    oldest: String,
    certificate: Certificate,
}

#[derive(Deserialize)]
struct Certificate {
    fingerprint: String,
    ends_at: String,
    authority: Option<String>,
}

#[derive(Deserialize)]
struct Connections {
    open: u64,
    accepted: u64,
    tls12: u64,
    refused: Map<String, Value>,
}

#[derive(Deserialize)]
struct Keys {
    failed: u64,
    told_to_wait: u64,
}

#[derive(Deserialize)]
struct Storage {
    objects: String,
    room: Option<Room>,
    takes_logs: bool,
}

#[derive(Deserialize)]
struct Room {
    free_bytes: u64,
    total_bytes: u64,
}

#[derive(Deserialize)]
struct Queries {
    under_way: u64,
    at_once: u64,
}

#[derive(Deserialize)]
struct Jobs {
    receiving: u64,
    waiting: u64,
    running: u64,
}

#[derive(Deserialize)]
struct RootKey {
    key: String,
    kit: Option<Step>,
    proof: Option<Step>,
    proof_is_old: bool,
}

#[derive(Deserialize)]
struct Step {
    at: String,
    by: Option<Somebody>,
}

#[derive(Deserialize)]
struct Somebody {
    id: String,
    name: Option<String>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let path: &[&str] = if args.what.is_some() { &["v1", "root-key"] } else { &["v1", "system"] };
    let answer: Box<RawValue> = server.call(Method::GET, path, None).await.map_err(|failure| HINTS.hinted(failure))?;
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        None => tenant::read::<System>(&answer)?.print(output),
        Some(What::RootKey) => tenant::read::<RootKey>(&answer)?.print(output),
    }
}

// === impl System ===

impl System {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let Self { tls: Tls { oldest, certificate }, connections, keys, storage, queries, jobs, .. } = self;
        let mut line = |name: &str, text: &str| output.line(&format!("{name:<12} {}", printable(text)));
        line("version", &format!("{}, running since {}", self.version, self.started_at))?;
        line("address", &format!("{}, with TLS {oldest} or newer", self.origin))?;
        let by = certificate.authority.as_ref().map(|_| ", of the local authority").unwrap_or_default();
        line("certificate", &format!("{}, ends {}{by}", certificate.fingerprint, certificate.ends_at))?;
        line("connections", &connections.told())?;
        line("turned away", &connections.turned_away())?;
        line("keys", &format!("{} did not count, {} told to wait", units::count(keys.failed), units::count(keys.told_to_wait)))?;
        line("storage", &storage.told())?;
        line("queries", &format!("{} of {} at once", queries.under_way, queries.at_once))?;
        line("jobs", &format!("{} receiving, {} waiting, {} running", jobs.receiving, jobs.waiting, jobs.running))
    }
}

// === impl Connections ===

impl Connections {
    fn told(&self) -> String {
        let accepted = units::count(self.accepted);
        format!("{} open, {accepted} accepted, {} of them TLS 1.2", units::count(self.open), units::count(self.tls12))
    }

    /// Whatever there was any of.
    fn turned_away(&self) -> String {
        let some = self.refused.iter().filter(|(_, number)| number.as_u64().is_some_and(|number| number > 0));
        let some: Vec<String> = some.map(|(kind, number)| format!("{number} {}", kind.replace('_', " "))).collect();
        if some.is_empty() { "none".to_owned() } else { some.join(", ") }
    }
}

// === impl Storage ===

impl Storage {
    fn told(&self) -> String {
        let takes = if self.takes_logs { "takes logs" } else { "takes no logs" };
        let room = |room: &Room| format!("; {} free of {}", units::bytes(room.free_bytes), units::bytes(room.total_bytes));
        format!("a {}, {takes}{}", self.objects, self.room.as_ref().map(room).unwrap_or_default())
    }
}

// === impl RootKey ===

impl RootKey {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let never = || "never".to_owned();
        let old = if self.proof_is_old { "; `blockhouse root-key prove` at the machine does it again" } else { "" };
        output.line(&format!("key     {}", printable(&self.key)))?;
        output.line(&format!("kit     {}", printable(&self.kit.as_ref().map_or_else(never, Step::told))))?;
        output.line(&format!("proved  {}{old}", printable(&self.proof.as_ref().map_or_else(never, Step::told))))
    }
}

// === impl Step ===

impl Step {
    fn told(&self) -> String {
        let by = |one: &Somebody| format!(" by {}", one.name.as_ref().unwrap_or(&one.id));
        format!("{}{}", self.at, self.by.as_ref().map_or_else(|| " at the shell of the machine".to_owned(), by))
    }
}

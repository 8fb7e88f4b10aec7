//! `blockhouse trail stream`: where a tenant's trail is carried as it grows.

use std::fs;
use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::output::Output;
use super::super::table;
use super::super::tenant::{self, Tenant};

const SECRET_ONCE: &str = "the secret is shown this once; docs/audit.md says how the receiver checks signatures with it";

#[derive(Debug, clap::Args)]
pub(super) struct StreamArgs {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show where the trail is carried, and how far that came
    List,
    /// Carry it into a source, as records; whoever reads the source reads the trail from then on
    AddSource {
        /// The source, by its id
        source: String,
        #[command(flatten)]
        from: FromArgs,
    },
    /// Carry it to an https address, as signed requests
    AddAddress {
        /// A file that holds the address and nothing else: what stands in one is often a secret
        #[arg(value_name = "FILE")]
        url_file: PathBuf,
        /// The only authorities that vouch for it, in PEM
        #[arg(long, value_name = "FILE")]
        authority: Option<PathBuf>,
        #[command(flatten)]
        from: FromArgs,
    },
    /// Carry it there no more
    Remove { id: String },
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct FromArgs {
    /// With all entries that there are, instead of those that come
    #[arg(long)]
    from_start: bool,
}

#[derive(Deserialize)]
struct Streams {
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    id: String,
    source: Option<String>,
    url: Option<String>,
    last: Option<u64>,
    arrived_at: Option<String>,
    failing: Option<Failing>,
}

#[derive(Deserialize)]
struct Failing {
    code: String,
    since: String,
    retry_at: String,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    secret: Option<String>,
}

pub(super) async fn run(args: &StreamArgs, tenant: &Tenant, output: &mut Output) -> Result<(), Failure> {
    let answer = args.what.ask(tenant).await?;
    if args.json { output.line(answer.get()) } else { args.what.print(&answer, output) }
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let (method, path, body) = match self {
            Self::List => (Method::GET, vec![], None),
            Self::AddSource { source, from } => (Method::POST, vec![], Some(json!({ "source": source, "from": from.word() }))),
            Self::AddAddress { url_file, authority, from } => {
                let read = |file: &PathBuf| fs::read_to_string(file).map_err(Failure::file("read", file));
                let (url, authority) = (read(url_file)?, authority.as_ref().map(read).transpose()?);
                (Method::POST, vec![], Some(json!({ "url": url.trim(), "authority": authority, "from": from.word() })))
            }
            Self::Remove { id } => (Method::DELETE, vec![id.as_str()], None),
        };
        tenant.call(method, &[&["audit", "streams"][..], &path].concat(), body).await
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Streams>(answer)?.streams, output),
            Self::AddSource { .. } | Self::AddAddress { .. } => {
                let made: Made = tenant::read(answer)?;
                output.line(&made.id)?;
                let Some(secret) = made.secret else { return Ok(()) };
                output.line(&secret)?;
                output.note(SECRET_ONCE);
                Ok(())
            }
            Self::Remove { .. } => output.line("ended"),
        }
    }
}

fn print_list(streams: &[Stream], output: &mut Output) -> Result<(), Failure> {
    if streams.is_empty() {
        return output.line("no streams: `blockhouse trail stream add-source SOURCE` begins one");
    }
    let row = |one: &Stream| {
        let to = one.url.clone().or_else(|| Some(format!("source {}", one.source.as_ref()?)));
        vec![json!(one.id), json!(to), json!(one.last), json!(one.arrived_at), json!(one.state())]
    };
    let rows: Vec<Vec<Value>> = streams.iter().map(row).collect();
    table::print(&["id", "to", "last entry", "arrived", "state"], &rows, output)
}

// === impl FromArgs ===

impl FromArgs {
    fn word(self) -> &'static str {
        if self.from_start { "start" } else { "now" }
    }
}

// === impl Stream ===

impl Stream {
    fn state(&self) -> String {
        let failing = |Failing { code, since, retry_at }: &Failing| format!("{code} since {since}, tried again at {retry_at}");
        self.failing.as_ref().map_or_else(|| "goes on".to_owned(), failing)
    }
}

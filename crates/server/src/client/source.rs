//! `blockhouse source`: the sources of a tenant, and what is done to records before they are written.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::quota::{Quota, QuotaArgs};
use super::refusals;
use super::server::Server;
use super::table::{self, Cells};
use super::tenant::{self, Hints, TenantArgs};

const HINTS: Hints = Hints {
    permission: "seeing needs the permission source:view, making sources:create, and changing source:configure",
    list: "`blockhouse source list` shows the sources that you may see",
};

/// Look after sources: what there is, how long records stay, what is masked, dropped and read out,
/// how much may come in, what is refused
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the sources that you may see
    List,
    /// Show one source
    Show { id: String },
    /// Make a source, without keys yet
    Create {
        name: String,
        /// How long its records stay
        #[arg(long, value_name = "DAYS")]
        retention_days: Option<u32>,
    },
    /// Give a source another name; its keys and links stay as they are
    Rename { id: String, name: String },
    /// Say how long records stay from now on; what is older goes
    Retain { id: String, days: u32 },
    /// Show what is masked before anything is written, or change it
    Mask {
        id: String,
        /// Mask this kind from now on; may be given again
        #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
        on: Vec<Mask>,
        /// Mask this kind no more; may be given again
        #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
        off: Vec<Mask>,
    },
    /// Show what is dropped before anything is written, or change it
    Filter {
        id: String,
        /// Drop records whose message holds this text, in whatever case; may be given again
        #[arg(long, value_name = "NAME=TEXT", value_parser = filter)]
        add: Vec<(String, String)>,
        /// Drop by this filter no more; may be given again
        #[arg(long, value_name = "NAME")]
        remove: Vec<String>,
    },
    /// Show what is read out of messages, or change it
    Recognition {
        id: String,
        /// Read this out from now on; may be given again
        #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
        on: Vec<Recognised>,
        /// Leave this alone from now on; may be given again
        #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
        off: Vec<Recognised>,
    },
    /// Show how much came in and may come in, or change it
    Quota {
        id: String,
        #[command(flatten)]
        quota: QuotaArgs,
    },
    /// Show what is refused at the source's door, and connections that ended before it
    Refusals {
        id: String,
        /// Go on, and print what is new
        #[arg(long, short = 'w')]
        watch: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mask {
    Cards,
    Secrets,
    Emails,
    IpAddresses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Recognised {
    /// Lines in known formats, as attributes
    Formats,
    /// The lines of a stack trace, as one record
    StackTraces,
}

#[derive(Deserialize)]
struct Sources {
    sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    id: String,
    name: String,
    retention_days: u32,
    active_keys: u32,
    created_at: String,
    arrivals: Vec<Arrival>,
}

#[derive(Deserialize)]
struct Arrival {
    day: String,
    last_at: Option<String>,
}

#[derive(Deserialize)]
struct Redaction {
    cards: bool,
    secrets: bool,
    emails: bool,
    ip_addresses: bool,
    masked: Value,
}

#[derive(Deserialize)]
struct Filters {
    filters: Vec<Filter>,
    dropped: u64,
}

#[derive(Deserialize, serde::Serialize)]
struct Filter {
    name: String,
    contains: String,
}

#[derive(Deserialize)]
struct Recognition {
    formats: bool,
    stack_traces: bool,
}

fn filter(text: &str) -> Result<(String, String), &'static str> {
    let (name, contains) = text.split_once('=').ok_or("NAME=TEXT")?;
    Ok((name.to_owned(), contains.to_owned()))
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.tenant.server()?;
    let answer = match &args.what {
        What::List => args.tenant.at(server, HINTS).await?.get(&["sources"]).await?,
        What::Create { name, retention_days } => {
            let mut body = json!({ "name": name });
            if let Some(days) = retention_days {
                body["retention_days"] = json!(days);
            }
            args.tenant.at(server, HINTS).await?.call(Method::POST, &["sources"], Some(body)).await?
        }
        What::Show { id } => call(&server, Method::GET, &["v1", "sources", id], None).await?,
        What::Rename { id, name } => call(&server, Method::PATCH, &["v1", "sources", id], Some(json!({ "name": name }))).await?,
        What::Retain { id, days } => {
            call(&server, Method::PATCH, &["v1", "sources", id], Some(json!({ "retention_days": days }))).await?
        }
        What::Mask { id, on, off } => mask(&server, &["v1", "sources", id, "redaction"], on, off).await?,
        What::Filter { id, add, remove } => filters(&server, &["v1", "sources", id, "filters"], add, remove).await?,
        What::Recognition { id, on, off } => recognition(&server, &["v1", "sources", id, "recognition"], on, off).await?,
        What::Quota { id, quota } => {
            let body = quota.body();
            let method = if body.is_some() { Method::PUT } else { Method::GET };
            call(&server, method, &["v1", "sources", id, "quota"], body).await?
        }
        What::Refusals { id, watch: true } => return refusals::watch(&server, id, args.json, output).await,
        What::Refusals { id, watch: false } => refusals::look(&server, id).await?,
    };
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::List => print_list(&tenant::read::<Sources>(&answer)?.sources, output),
        What::Show { .. } | What::Create { .. } => tenant::read::<Source>(&answer)?.print(output),
        What::Rename { name, .. } => output.line(&format!("it is called {} from now on", printable(&name))),
        What::Retain { days, .. } => output.line(&format!("records stay {days} days from now on")),
        What::Mask { .. } => tenant::read::<Redaction>(&answer)?.print(output),
        What::Filter { .. } => tenant::read::<Filters>(&answer)?.print(output),
        What::Recognition { .. } => tenant::read::<Recognition>(&answer)?.print(output),
        What::Quota { .. } => tenant::read::<Quota>(&answer)?.print(output),
        What::Refusals { .. } => refusals::print(&answer, output),
    }
}

async fn call(server: &Server, method: Method, path: &[&str], body: Option<Value>) -> Result<Box<RawValue>, Failure> {
    let body = body.map(|body| body.to_string().into_bytes());
    server.call(method, path, body).await.map_err(|failure| HINTS.hinted(failure))
}

/// What is not named stays as it is.
async fn mask(server: &Server, path: &[&str], on: &[Mask], off: &[Mask]) -> Result<Box<RawValue>, Failure> {
    let now = call(server, Method::GET, path, None).await?;
    if on.is_empty() && off.is_empty() {
        return Ok(now);
    }
    let now: Redaction = tenant::read(&now)?;
    let set = |kind, now| (now || on.contains(&kind)) && !off.contains(&kind);
    let body = json!({
        "cards": set(Mask::Cards, now.cards), "secrets": set(Mask::Secrets, now.secrets),
        "emails": set(Mask::Emails, now.emails), "ip_addresses": set(Mask::IpAddresses, now.ip_addresses),
    });
    call(server, Method::PUT, path, Some(body)).await
}

/// What is not named stays as it is.
async fn recognition(server: &Server, path: &[&str], on: &[Recognised], off: &[Recognised]) -> Result<Box<RawValue>, Failure> {
    let now = call(server, Method::GET, path, None).await?;
    if on.is_empty() && off.is_empty() {
        return Ok(now);
    }
    let now: Recognition = tenant::read(&now)?;
    let set = |what, now| (now || on.contains(&what)) && !off.contains(&what);
    let body = json!({
        "formats": set(Recognised::Formats, now.formats),
        "stack_traces": set(Recognised::StackTraces, now.stack_traces),
    });
    call(server, Method::PUT, path, Some(body)).await
}

async fn filters(server: &Server, path: &[&str], add: &[(String, String)], remove: &[String]) -> Result<Box<RawValue>, Failure> {
    let now = call(server, Method::GET, path, None).await?;
    if add.is_empty() && remove.is_empty() {
        return Ok(now);
    }
    let mut filters = tenant::read::<Filters>(&now)?.filters;
    if let Some(name) = remove.iter().find(|name| filters.iter().all(|filter| filter.name != **name)) {
        return Err(Failure::usage(format!("no filter is called {name:?}"), "without --add and --remove they are shown"));
    }
    filters.retain(|filter| !remove.contains(&filter.name));
    filters.extend(add.iter().map(|(name, contains)| Filter { name: name.clone(), contains: contains.clone() }));
    call(server, Method::PUT, path, Some(json!({ "filters": filters }))).await
}

fn print_list(sources: &[Source], output: &mut Output) -> Result<(), Failure> {
    if sources.is_empty() {
        return output.line("no sources: `blockhouse source create NAME` makes one");
    }
    let row = |source: &Source| {
        let Source { id, name, retention_days, active_keys, created_at, .. } = source;
        vec![json!(id), json!(name), json!(retention_days), json!(active_keys), json!(source.last()), json!(created_at)]
    };
    let rows: Vec<Vec<Value>> = sources.iter().map(row).collect();
    print_table(&["id", "name", "days", "keys", "last arrival", "made"], &rows, output)
}

fn print_table(head: &[&str], rows: &[Vec<Value>], output: &mut Output) -> Result<(), Failure> {
    table::aligned(head, rows, Cells::Cut, output.paint()).iter().try_for_each(|line| output.line(line))
}

// === impl Source ===

impl Source {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", self.id, printable(&self.name)))?;
        let keys = super::units::counted(u64::from(self.active_keys), "active key");
        output.line(&format!("records stay {} days; {keys}; made {}", self.retention_days, self.created_at))?;
        match self.last() {
            Some(at) => output.line(&format!("the last records arrived {at}")),
            None => output.line("nothing arrived within 30 days"),
        }
    }

    /// When the last of what is known to have arrived did; its day, where nothing more is known.
    fn last(&self) -> Option<&str> {
        self.arrivals.last().map(|Arrival { day, last_at }| last_at.as_ref().unwrap_or(day).as_str())
    }
}

// === impl Redaction ===

impl Redaction {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let kinds =
            [("cards", self.cards), ("secrets", self.secrets), ("emails", self.emails), ("ip_addresses", self.ip_addresses)];
        let word = |masked| if masked { "masked" } else { "kept" };
        let rows: Vec<Vec<Value>> =
            kinds.iter().map(|(kind, masked)| vec![json!(kind), json!(word(*masked)), self.masked[*kind].clone()]).collect();
        print_table(&["kind", "now", "times"], &rows, output)
    }
}

// === impl Filters ===

impl Filters {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.filters.is_empty() {
            output.line("nothing is dropped: --add NAME=TEXT adds a filter")?;
        } else {
            let rows: Vec<Vec<Value>> =
                self.filters.iter().map(|filter| vec![json!(filter.name), json!(filter.contains)]).collect();
            print_table(&["name", "contains"], &rows, output)?;
        }
        output.flush()?;
        output.aside(&format!("{} dropped since the source was made", super::units::counted(self.dropped, "record")));
        Ok(())
    }
}

// === impl Recognition ===

impl Recognition {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let word = |read| if read { "read out" } else { "left alone" };
        let rows = [("formats", self.formats), ("stack traces", self.stack_traces)];
        let rows: Vec<Vec<Value>> = rows.iter().map(|(what, read)| vec![json!(what), json!(word(*read))]).collect();
        print_table(&["what", "now"], &rows, output)
    }
}

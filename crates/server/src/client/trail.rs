//! `blockhouse trail`: a tenant's audit trail, as whoever may read it sees it over HTTP.

mod export;
mod retain;
mod stream;

use clap::Subcommand;
use model::limits;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::Server;
use super::table;
use super::tenant::{self, Hints, Tenant, TenantArgs};
use super::times::TimeArgs;
use super::units;
use crate::clock::SystemClock;

const HINTS: Hints = Hints {
    permission: "reading it needs the permission audit:read, exporting and carrying it audit:export, how long it is kept \
        access:configure, and the installation's is for its operators",
    list: "--tenant (BLOCKHOUSE_TENANT) names the tenant by its id; `blockhouse trail stream list` shows its streams",
};

const INSTALLATION_HINT: &str = "without --installation it is about a tenant's";

/// Read a tenant's audit trail and take it along, over HTTP
///
/// What was done, by whom and with what end. `blockhouse audit` reads and verifies it on the machine itself.
///
///   blockhouse trail list --event records_read --last 24h
///   blockhouse trail list --actor person:$PERSON --result refused
///   blockhouse trail export --format csv --out trail.csv
///   blockhouse trail stream add-address siem.url
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The trail of the installation instead of a tenant's; for its operators
    #[arg(long, global = true)]
    installation: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show entries, the newest first
    List(ListArgs),
    /// Write all entries that match as NDJSON, CSV, CEF or OCSF, the newest first
    Export(export::ExportArgs),
    /// Print a proof that an entry is in the log, or that the log only grew (RFC 9162), as JSON
    Prove(ProveArgs),
    /// Show or say for how long bodies of entries are kept; their hashes stay
    Retain(retain::RetainArgs),
    /// Where the trail is carried as it grows: into a source, or to an https address
    Stream(stream::StreamArgs),
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
struct ProveArgs {
    /// The entry with this number
    #[arg(long, value_name = "N", group = "what")]
    entry: Option<u64>,
    /// That it only grew since it had so many entries
    #[arg(long, value_name = "SIZE", group = "what")]
    since: Option<u64>,
}

/// Whose trail.
pub(super) enum Log {
    Tenant(Tenant),
    Installation(Server),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many
    #[arg(long, short = 'n', value_name = "N", default_value_t = limits::PAGE_RECORDS_DEFAULT)]
    limit: usize,
    /// The server's answer, its pages as one
    #[arg(long)]
    json: bool,
}

/// An entry has to match all that is given.
#[derive(Debug, clap::Args)]
struct FilterArgs {
    /// What happened, as in records_read; may be given again for one of several
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// Who acted, or on whose behalf: a kind as in person, or a kind and an id as in api_key:ID
    #[arg(long, value_name = "KIND[:ID]")]
    actor: Option<String>,
    /// Which source it concerned
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// How it ended: done, refused, or refused:CODE
    #[arg(long, value_name = "RESULT")]
    result: Option<String>,
    /// From which address it came
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    /// In which request, as its answer's `x-request-id` has it
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// A text somewhere in the entry, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    #[command(flatten)]
    times: TimeArgs,
}

#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) entries: Vec<Box<RawValue>>,
    pub(super) next: Option<u64>,
}

#[derive(Deserialize)]
struct Entry {
    sequence: u64,
    time: String,
    event: Map<String, Value>,
    outcome: Outcome,
    actor: Actor,
    on_behalf_of: Option<Actor>,
    #[serde(default)]
    signed_in_by: Vec<String>,
    source: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Outcome {
    /// Of a refusal.
    code: Option<String>,
}

#[derive(Deserialize)]
struct Actor {
    kind: String,
    id: Option<String>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let log = match args.installation {
        true => Log::Installation(args.tenant.server()?),
        false => Log::Tenant(args.tenant.open(HINTS).await?),
    };
    match args.what {
        What::List(args) => list(&args, &log, output).await,
        What::Export(args) => export::run(&args, &log, output).await,
        What::Prove(args) => prove(&args, &log, output).await,
        What::Retain(args) => retain::run(&args, &log, output).await,
        What::Stream(args) => match &log {
            Log::Tenant(tenant) => stream::run(&args, tenant, output).await,
            Log::Installation(_) => Err(Failure::usage("the installation's trail is carried nowhere", INSTALLATION_HINT)),
        },
    }
}

async fn prove(args: &ProveArgs, log: &Log, output: &mut Output) -> Result<(), Failure> {
    let asked = [("entry", args.entry), ("since", args.since)];
    let asked: Vec<(&str, String)> = asked.iter().filter_map(|(name, number)| Some((*name, (*number)?.to_string()))).collect();
    let request = log.server().request(Method::GET, &log.path(&["proof"]), &asked);
    let proof: Box<RawValue> = log.server().ask(request).await.map_err(|failure| HINTS.hinted(failure))?;
    output.line(proof.get())
}

/// Page after page, each printed when it comes.
async fn list(args: &ListArgs, log: &Log, output: &mut Output) -> Result<(), Failure> {
    let parameters = args.filter.parameters()?;
    let (mut printed, mut cursor) = (0, None);
    loop {
        let wanted = args.limit.saturating_sub(printed).min(limits::AUDIT_PAGE_ENTRIES_MAX);
        let page =
            page(log.server(), &log.path(&[]), &parameters, (wanted, cursor)).await.map_err(|failure| HINTS.hinted(failure))?;
        if args.json && cursor.is_none() {
            output.text("{\"entries\":[")?;
        }
        for entry in &page.entries {
            if args.json {
                output.text(if printed == 0 { "\n" } else { ",\n" })?;
                output.text(entry.get())?;
            } else {
                output.line(&tenant::read::<Entry>(entry)?.line())?;
            }
            printed += 1;
        }
        // A page may be empty and have a next one all the same, when the server took a pause in a long search.
        if page.next.is_none() || printed >= args.limit {
            return end(args, printed, page.next, output);
        }
        output.flush()?;
        cursor = page.next;
    }
}

fn end(args: &ListArgs, printed: usize, next: Option<u64>, output: &mut Output) -> Result<(), Failure> {
    if args.json {
        let next = next.map_or(Value::Null, Value::from);
        return output.line(&format!("\n],\"next\":{next}}}"));
    }
    if printed == 0 {
        return output.line("no entries");
    }
    output.flush()?;
    let more = if next.is_some() { ", there are older ones: --limit shows more" } else { "" };
    let noun = if printed == 1 { "entry" } else { "entries" };
    output.aside(&format!("{} {noun}{more}", units::count(printed as u64)));
    Ok(())
}

/// So many entries that match, from before the cursor's.
pub(super) async fn page(
    server: &Server,
    path: &[&str],
    parameters: &[(&str, String)],
    (limit, cursor): (usize, Option<u64>),
) -> Result<Page, Failure> {
    let mut parameters = parameters.to_vec();
    parameters.push(("limit", limit.to_string()));
    parameters.extend(cursor.map(|cursor| ("cursor", cursor.to_string())));
    server.ask(server.request(Method::GET, path, &parameters)).await
}

/// What belongs to an event, beside its name.
pub(super) fn details(of: &Map<String, Value>) -> String {
    let given = of.iter().filter(|(name, value)| *name != "type" && !value.is_null());
    given.map(|(name, value)| format!("{name}={}", table::text(value))).collect::<Vec<_>>().join("  ")
}

// === impl Log ===

impl Log {
    pub(super) fn server(&self) -> &Server {
        match self {
            Self::Tenant(tenant) => &tenant.server,
            Self::Installation(server) => server,
        }
    }

    /// Below the trail.
    fn path<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        match self {
            Self::Tenant(tenant) => tenant.path(&[&["audit"][..], path].concat()),
            Self::Installation(_) => [&["v1", "audit"][..], path].concat(),
        }
    }

    async fn call(&self, method: Method, path: &[&str], body: Option<Value>) -> Result<Box<RawValue>, Failure> {
        let body = body.map(|body| body.to_string().into_bytes());
        let called = self.server().call(method, &self.path(path), body).await;
        called.map_err(|failure| HINTS.hinted(failure))
    }
}

// === impl FilterArgs ===

impl FilterArgs {
    /// Of a request: the trail has its own words for the times that other commands name as these do.
    fn parameters(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let times = self.times.resolve(&SystemClock)?.parameters();
        let times = times.into_iter().map(|(name, at)| (if name == "from" { "since" } else { "until" }, at));
        let texts = [
            ("actor", &self.actor),
            ("source", &self.source),
            ("result", &self.result),
            ("address", &self.address),
            ("request", &self.request),
            ("q", &self.grep),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
        let events = (!self.events.is_empty()).then(|| ("event", self.events.join(",")));
        Ok(events.into_iter().chain(texts).chain(times).collect())
    }
}

// === impl Entry ===

impl Entry {
    /// Number, time, event, who, how it ended, what belongs to it, from where.
    fn line(&self) -> String {
        let event = self.event.get("type").and_then(Value::as_str).unwrap_or_default();
        let mut line = format!("{:>6}  {}  {event:<24}  {}", self.sequence, self.time, self.actor.told());
        let mut add = |what: &str, value: &str| line += &format!("  {what}{value}");
        if let Some(behalf) = &self.on_behalf_of {
            add("for ", &behalf.told());
        }
        if !self.signed_in_by.is_empty() {
            add("by ", &self.signed_in_by.join("+"));
        }
        if let Some(code) = &self.outcome.code {
            add("refused: ", code);
        }
        if let Some(source) = &self.source {
            add("source=", source);
        }
        let details = details(&self.event);
        if !details.is_empty() {
            add("", &details);
        }
        if let Some(address) = &self.address {
            add("from ", address);
        }
        printable(&line).into_owned()
    }
}

// === impl Actor ===

impl Actor {
    fn told(&self) -> String {
        match &self.id {
            Some(id) => format!("{} {id}", self.kind),
            None => self.kind.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(entry: Value, expected: &str) {
        let entry: Entry = serde_json::from_value(entry).unwrap();
        assert_eq!(entry.line(), expected);
    }

    #[test]
    fn an_entry_is_one_line() {
        let event = json!({"type": "records_read", "question": "search"});
        let (time, outcome) = ("2026-01-31T12:00:00Z", json!({"result": "done"}));
        check(
            json!({"sequence": 7, "time": time, "event": event, "outcome": outcome, "actor": {"kind": "server"}}),
            "     7  2026-01-31T12:00:00Z  records_read              server  question=search",
        );
        check(
            json!({
                "sequence": 8, "time": time, "event": {"type": "role_created", "name": "a\nb"}, "source": "s", "address": "::1",
                "outcome": {"result": "refused", "code": "escalation"}, "actor": {"kind": "staff", "id": "e"},
                "on_behalf_of": {"kind": "access_request", "id": "r"},
            }),
            "     8  2026-01-31T12:00:00Z  role_created              staff e  for access_request r  refused: escalation  \
             source=s  name=a\\nb  from ::1",
        );
    }
}

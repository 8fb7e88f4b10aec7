//! Entries of the trail: listed for people, and written for other tools.

use std::io::{BufWriter, Write};
use std::net::IpAddr;

use anyhow::Context;
use audit::{ActorFilter, Download, Ended, Filter, Form, Log, Outcome, Paging, Recorded};
use clap::{Args, ValueEnum};
use model::limits::AUDIT_PAGE_ENTRIES_MAX;
use model::{SourceId, Timestamp};
use serde_json::{Value, json};

use super::{AuditArgs, WhichLog};
use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(super) struct EntriesArgs {
    #[command(flatten)]
    log: WhichLog,
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Those before this entry
    #[arg(long)]
    before: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct DownloadArgs {
    #[command(flatten)]
    log: WhichLog,
    #[command(flatten)]
    filter: FilterArgs,
    /// How an entry is written
    #[arg(long, value_enum, default_value = "ndjson")]
    format: FormArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormArg {
    Ndjson,
    Csv,
    Cef,
    Ocsf,
}

/// An entry has to match all that is given.
#[derive(Debug, Args)]
struct FilterArgs {
    /// What happened, as in `records_read`; may be given several times for one of several
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// Who acted, or on whose behalf: a kind as in `person`, or a kind and an id as in `api_key:ID`
    #[arg(long, value_name = "KIND[:ID]")]
    actor: Option<String>,
    /// Which source it concerned
    #[arg(long, value_name = "ID")]
    source: Option<SourceId>,
    /// How it ended: `done`, `refused`, or `refused:CODE`
    #[arg(long, value_parser = ended)]
    result: Option<Ended>,
    /// From which address it came
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// From this time on, as in 2026-01-31T12:00:00Z
    #[arg(long, value_parser = Timestamp::parse)]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_parser = Timestamp::parse)]
    until: Option<Timestamp>,
    /// In which request, as its answer's `x-request-id` has it
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// A text somewhere in the entry, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
}

fn ended(text: &str) -> Result<Ended, String> {
    match text.split_once(':') {
        None if text == "done" => Ok(Ended::Done),
        None if text == "refused" => Ok(Ended::Refused(None)),
        Some(("refused", code)) => Ok(Ended::Refused(Some(code.to_owned()))),
        Some(_) | None => Err("expected done, refused or refused:CODE".to_owned()),
    }
}

// === impl FilterArgs ===

impl FilterArgs {
    fn filter(&self) -> Filter {
        Filter {
            events: self.events.clone(),
            actor: self.actor.as_deref().map(ActorFilter::parse),
            source: self.source,
            ended: self.result.clone(),
            address: self.address,
            since: self.since,
            until: self.until,
            request: self.request.clone(),
            text: self.grep.clone(),
        }
    }
}

pub(super) fn list(args: &EntriesArgs, audit: &AuditArgs) -> anyhow::Result<()> {
    let node = Node::open(&audit.data)?;
    let mut entries = Vec::new();
    let next = each_page(&node, args.log.find(&node)?, &args.filter.filter(), (args.before, args.limit), |page| {
        entries.extend(page);
        Ok(())
    })?;
    if audit.json {
        return line(&rows(&entries).to_string());
    }
    let more = next.map(|next| format!("\nolder ones:  --before {next}")).unwrap_or_default();
    line(&(table(&entries) + &more))
}

pub(super) fn download(args: &DownloadArgs, audit: &AuditArgs) -> anyhow::Result<()> {
    let node = Node::open(&audit.data)?;
    let form = match args.format {
        FormArg::Ndjson => Form::Ndjson,
        FormArg::Csv => Form::Csv,
        FormArg::Cef => Form::Cef,
        FormArg::Ocsf => Form::Ocsf,
    };
    let out = BufWriter::new(std::io::stdout().lock());
    let mut download = Download::new(form, out).context("could not print")?;
    each_page(&node, args.log.find(&node)?, &args.filter.filter(), (None, usize::MAX), |page| {
        page.iter().try_for_each(|recorded| download.entry(recorded)).context("could not print")
    })?;
    download.into_inner().flush().context("could not print")
}

/// Hands over pages until there are so many entries or no more; says where more begin.
fn each_page(
    node: &Node,
    log: Log,
    filter: &Filter,
    (mut before, mut left): (Option<u64>, usize),
    mut page_is: impl FnMut(Vec<Recorded>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<u64>> {
    loop {
        let paging = Paging { before, limit: left.min(AUDIT_PAGE_ENTRIES_MAX) };
        let page = node.identity.audit_entries(log, filter, paging)?;
        left -= page.entries.len();
        page_is(page.entries)?;
        match page.next {
            Some(next) if left > 0 => before = Some(next),
            next => return Ok(next),
        }
    }
}

fn rows(entries: &[Recorded]) -> Value {
    entries
        .iter()
        .map(|recorded| {
            let mut entry = serde_json::to_value(&recorded.entry).unwrap_or_default();
            entry["address"] = json!(recorded.address);
            entry
        })
        .collect()
}

/// A line for each entry: number, time, event, who, how it ended, from where.
fn table(entries: &[Recorded]) -> String {
    if entries.is_empty() {
        return "none".to_owned();
    }
    let row = |recorded: &Recorded| {
        let entry = &recorded.entry;
        let value = serde_json::to_value(&entry.event).unwrap_or_default();
        let mut details = value.as_object().cloned().unwrap_or_default();
        let event = details.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let who = |actor| {
            let actor = serde_json::to_value(actor).unwrap_or_default();
            [actor["kind"].as_str(), actor["id"].as_str()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let behalf = entry.on_behalf_of.as_ref().map(|actor| format!("  for {}", who(actor))).unwrap_or_default();
        let who = who(&entry.actor);
        let ended = match &entry.outcome {
            Outcome::Done => String::new(),
            Outcome::Refused { code } => format!("  refused: {code}"),
        };
        let details: String = details.iter().map(|(name, value)| format!("  {name}={value}")).collect();
        let source = entry.source.as_ref().map(|source| format!("  source={source}")).unwrap_or_default();
        let address = recorded.address.as_ref().map(|address| format!("  from {address}")).unwrap_or_default();
        format!("{:>6}  {}  {event:<20} {who}{behalf}{ended}{source}{details}{address}", entry.sequence, entry.time)
    };
    entries.iter().map(row).collect::<Vec<_>>().join("\n")
}

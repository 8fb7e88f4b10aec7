//! `blockhouse search`: finds records, newest first, page after page.

use clap::ValueEnum;
use model::limits;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::connection::{Connection, ConnectionArgs};
use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::record::{Record, Shown};
use super::times::{TimeArgs, Times};
use super::units;
use crate::clock::SystemClock;

/// Records of a page: fewer requests than pages of the default size, and the first lines still come soon.
const PAGE_RECORDS: usize = 1_000;

/// Find records, newest first
///
/// Words and "phrases" are looked for in messages, field:value in fields:
///
///   level:error status:>=500 path:/api/* -host:web1 "connection reset"
///
/// Conditions stand side by side or between OR, in ( ), after NOT or -.
/// A query that begins with - comes after --.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// What to look for; everything where it is left out
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    #[command(flatten)]
    times: TimeArgs,
    /// At most this many records
    #[arg(long, short = 'n', value_name = "N", default_value_t = limits::PAGE_RECORDS_DEFAULT, conflicts_with = "all")]
    limit: usize,
    /// Every record that matches
    #[arg(long)]
    all: bool,
    /// How records are printed
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    output: Format,
    /// The same as --output json
    #[arg(long, conflicts_with = "output")]
    json: bool,
    /// Only these fields, by their dotted names
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    fields: Vec<String>,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line a record
    Text,
    /// One document: records, next, stats
    Json,
    /// One JSON object a line
    Ndjson,
}

#[derive(Debug, Deserialize)]
struct Page {
    records: Vec<Box<RawValue>>,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    stats: Value,
    #[serde(default)]
    warnings: Vec<Value>,
}

/// How records are written, and how many were.
#[derive(Debug)]
struct Printer {
    format: Format,
    fields: Vec<String>,
    shown: Shown,
    printed: usize,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let times = args.times.resolve(&SystemClock)?;
    let format = if args.json { Format::Json } else { args.output };
    let limit = if args.all { usize::MAX } else { args.limit };
    let mut printer = Printer { format, shown: Shown::new(args.fields.clone()), fields: args.fields, printed: 0 };
    let mut cursor = None;
    printer.begin(output)?;
    loop {
        let wanted = limit.saturating_sub(printer.printed).min(PAGE_RECORDS);
        let page = page(&connection, &args.query, &times, (wanted, cursor)).await?;
        if printer.printed == 0 {
            warn(&page.warnings, output);
        }
        for record in &page.records {
            printer.record(record, output)?;
        }
        // A page may be empty and have a next one all the same, when the server took a pause in a long search.
        let done = page.next.is_none() || printer.printed >= limit;
        if done {
            printer.end(&page, output)?;
            output.flush()?;
            if format == Format::Text {
                output.aside(&summary(printer.printed, &page));
            }
            return Ok(());
        }
        output.flush()?;
        cursor = page.next;
    }
}

async fn page(
    connection: &Connection,
    query: &str,
    times: &Times,
    (limit, cursor): (usize, Option<String>),
) -> Result<Page, Failure> {
    let mut parameters = vec![("q", query.to_owned()), ("limit", limit.to_string())];
    parameters.extend(times.parameters());
    parameters.extend(cursor.map(|cursor| ("cursor", cursor)));
    connection.get(&["search"], &parameters).await.map_err(|failure| failure.in_text(query))
}

/// What the server understood, perhaps otherwise than meant.
pub(super) fn warn(warnings: &[Value], output: &Output) {
    for warning in warnings {
        let text = warning.as_str().or_else(|| warning["detail"].as_str());
        output.note(&format!("note: {}", printable(&text.map_or_else(|| warning.to_string(), str::to_owned))));
    }
}

fn summary(printed: usize, page: &Page) -> String {
    let mut text = units::counted(printed as u64, "record");
    if page.next.is_some() {
        text += ", more match: --limit or --all shows them";
    }
    match described(&page.stats) {
        stats if stats.is_empty() => text,
        stats => format!("{text}; {stats}"),
    }
}

/// What an answer took, as far as the server said.
pub(super) fn described(stats: &Value) -> String {
    let number = |name: &str| stats[name].as_u64();
    let rows = number("rows_scanned").map(|rows| format!("{} looked at", units::counted(rows, "row")));
    let parts = number("parts_read").map(|read| match number("parts_pruned") {
        Some(pruned) => format!("{} of {} read", units::count(read), units::counted(read + pruned, "part")),
        None => format!("{} read", units::counted(read, "part")),
    });
    let unreadable = number("parts_unreadable").filter(|parts| *parts > 0);
    let unreadable = unreadable.map(|parts| format!("{} could not be read", units::counted(parts, "part")));
    let elapsed = stats["elapsed_ms"].as_f64().map(|millis| format!("{millis:.0} ms"));
    [rows, parts, unreadable, elapsed].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

// === impl Printer ===

impl Printer {
    fn begin(&self, output: &mut Output) -> Result<(), Failure> {
        if self.format == Format::Json { output.text("{\"records\":[") } else { Ok(()) }
    }

    fn record(&mut self, json: &RawValue, output: &mut Output) -> Result<(), Failure> {
        let text = match self.format {
            Format::Text => Record::read(json)?.line(&self.shown, output.paint()),
            Format::Json | Format::Ndjson if self.fields.is_empty() => json.get().to_owned(),
            Format::Json | Format::Ndjson => Record::read(json)?.chosen_json(&self.fields)?,
        };
        if self.format == Format::Json {
            output.text(if self.printed == 0 { "\n" } else { ",\n" })?;
            output.text(&text)?;
        } else {
            output.line(&text)?;
        }
        self.printed += 1;
        Ok(())
    }

    /// `stats` are those of the last page.
    fn end(&self, page: &Page, output: &mut Output) -> Result<(), Failure> {
        if self.format != Format::Json {
            return Ok(());
        }
        let next = page.next.as_ref().map_or(Value::Null, |next| Value::from(next.as_str()));
        output.line(&format!("\n],\"next\":{next},\"stats\":{}}}", page.stats))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_summary_says_what_was_found_and_what_it_took() {
        let stats = json!({"rows_scanned": 1_234_567, "parts_read": 3, "parts_pruned": 37, "elapsed_ms": 12.4});
        let page = Page { records: Vec::new(), next: Some("c".to_owned()), stats, warnings: Vec::new() };
        let expected =
            "100 records, more match: --limit or --all shows them; 1,234,567 rows looked at, 3 of 40 parts read, 12 ms";
        assert_eq!(summary(100, &page), expected);
        let page = Page { records: Vec::new(), next: None, stats: Value::Null, warnings: Vec::new() };
        assert_eq!(summary(1, &page), "1 record");
    }

    #[test]
    fn unreadable_parts_are_told() {
        assert_eq!(described(&json!({"parts_read": 1, "parts_unreadable": 2})), "1 part read, 2 parts could not be read");
    }
}

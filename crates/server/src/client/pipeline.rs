//! `blockhouse pipeline`: the rules that a source's records go through.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use model::limits;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::document;
use super::failure::Failure;
use super::output::{ColourArgs, Output, Style, printable};
use super::server::{Server, ServerArgs};
use super::table::{self, Cells};
use super::tenant::{self, Hints, KEY_HINT};
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs the permission source:view, setting source:configure, and trying logs:read beside that",
    list: "is this the id of the source, and --url the server that has it?",
};
const FILE_HINT: &str = "a document with rules is {\"rules\":[…]}, as `blockhouse pipeline show SOURCE --json` prints it";

/// Change records before they are written: by rules that are tried before they count
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
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the rules of a source, and how many records each touched
    Show {
        /// The source, by its id
        source: String,
    },
    /// Look what rules would do to the newest records; nothing is saved
    Try {
        /// The source, by its id
        source: String,
        /// A document with the rules; standard input where it is left out or `-`
        file: Option<PathBuf>,
        /// How many records to look at
        #[arg(long, short = 'n', value_name = "N", default_value_t = limits::PIPELINE_TRIAL_RECORDS_DEFAULT)]
        records: usize,
    },
    /// Set all rules of a source
    Set {
        /// The source, by its id
        source: String,
        /// A document with the rules; standard input where it is left out or `-`
        file: Option<PathBuf>,
    },
}

/// What `show` prints may be set again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    rules: Value,
    #[serde(rename = "counts", default)]
    _counts: Option<Value>,
}

#[derive(Deserialize)]
struct Pipeline {
    rules: Vec<Rule>,
    counts: Vec<Count>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    when: Vec<Value>,
    then: Value,
}

#[derive(Deserialize)]
struct Count {
    name: String,
    touched: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Trial {
    records: u64,
    touched: u64,
    dropped: u64,
    counts: Vec<Count>,
    examples: Vec<Example>,
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Example {
    id: String,
    rules: Vec<String>,
    before: Box<RawValue>,
    after: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Warning {
    detail: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let server = args.server.open(KEY_HINT)?;
    let answer = match &args.what {
        What::Show { source } => call(&server, Method::GET, &[source, "pipeline"], None).await?,
        What::Try { source, file, records } => {
            let rules = rules_in(file.as_deref())?;
            let body = json!({ "rules": rules, "records": records });
            call(&server, Method::POST, &[source, "pipeline", "trial"], Some(&body)).await?
        }
        What::Set { source, file } => {
            let body = json!({ "rules": rules_in(file.as_deref())? });
            call(&server, Method::PUT, &[source, "pipeline"], Some(&body)).await?
        }
    };
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::Show { .. } | What::Set { .. } => tenant::read::<Pipeline>(&answer)?.print(output),
        What::Try { .. } => tenant::read::<Trial>(&answer)?.print(output),
    }
}

async fn call(server: &Server, method: Method, path: &[&str], body: Option<&Value>) -> Result<Box<RawValue>, Failure> {
    let path = [&["v1", "sources"][..], path].concat();
    let body = body.map(|body| body.to_string().into_bytes());
    server.call(method, &path, body).await.map_err(|failure| HINTS.hinted(failure))
}

fn rules_in(file: Option<&Path>) -> Result<Value, Failure> {
    Ok(document::read::<Document>(file, FILE_HINT)?.rules)
}

// === impl Pipeline ===

impl Pipeline {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.rules.is_empty() {
            return output.line("no rules: `blockhouse pipeline try SOURCE FILE` looks what some would do, and `set` sets them");
        }
        let row = |(rule, count): (&Rule, &Count)| {
            let when = Value::String(rule.when.iter().map(Value::to_string).collect::<Vec<_>>().join(" "));
            vec![json!(rule.name), when, json!(rule.then.to_string()), json!(count.touched), json!(count.failed)]
        };
        let rows: Vec<Vec<Value>> = self.rules.iter().zip(&self.counts).map(row).collect();
        let lines = table::aligned(&["name", "when", "then", "touched", "failed"], &rows, Cells::Cut, output.paint());
        lines.iter().try_for_each(|line| output.line(line))
    }
}

// === impl Trial ===

impl Trial {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        for Example { id, rules, before, after } in &self.examples {
            let paint = output.paint();
            output.line(&paint.styled(Style::Bold, &printable(&format!("{id}: {}", rules.join(", ")))))?;
            output.line(&paint.styled(Style::Red, &format!("- {}", printable(before.get()))))?;
            let after = after.as_ref().map_or("dropped".into(), |after| printable(after.get()));
            output.line(&paint.styled(Style::Green, &format!("+ {after}")))?;
        }
        if !self.examples.is_empty() {
            output.line("")?;
        }
        let row = |count: &Count| vec![json!(count.name), json!(count.touched), json!(count.failed)];
        let rows: Vec<Vec<Value>> = self.counts.iter().map(row).collect();
        let lines = table::aligned(&["name", "touched", "failed"], &rows, Cells::Cut, output.paint());
        lines.iter().try_for_each(|line| output.line(line))?;
        output.flush()?;
        let seen = units::counted(self.records, "record");
        output.aside(&format!("{seen} looked at: {} touched, {} of them dropped; nothing was saved", self.touched, self.dropped));
        self.warnings.iter().for_each(|warning| output.aside(&warning.detail));
        Ok(())
    }
}

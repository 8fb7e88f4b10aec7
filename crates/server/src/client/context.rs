//! `blockhouse context`: what was logged around one record.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output};
use super::record::{Record, Shown};

/// Show what was logged around one record
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The record, by its id: `blockhouse search … --fields id` shows it
    id: String,
    /// Records before it
    #[arg(long, short = 'B', value_name = "N", default_value_t = 10)]
    before: usize,
    /// Records after it
    #[arg(long, short = 'A', value_name = "N", default_value_t = 10)]
    after: usize,
    /// Only records that match; the language of `blockhouse search`
    #[arg(long, short, value_name = "QUERY", default_value = "", hide_default_value = true)]
    query: String,
    /// Only these fields after the message, by their dotted names
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', conflicts_with = "json")]
    fields: Vec<String>,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Deserialize)]
struct Around {
    #[serde(default)]
    before: Vec<Box<RawValue>>,
    record: Option<Box<RawValue>>,
    #[serde(default)]
    after: Vec<Box<RawValue>>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let parameters = [
        ("id", args.id.clone()),
        ("before", args.before.to_string()),
        ("after", args.after.to_string()),
        ("q", args.query.clone()),
    ];
    let answer: Box<RawValue> =
        connection.get(&["context"], &parameters).await.map_err(|failure| failure.in_text(&args.query))?;
    if args.json {
        return output.line(answer.get());
    }
    let around: Around = serde_json::from_str(answer.get()).map_err(|error| Failure::Answer(error.to_string()))?;
    let shown = Shown::new(args.fields);
    let all = around.before.iter().chain(&around.record).chain(&around.after);
    for json in all {
        let record = Record::read(json)?;
        let mark = if record.id().as_deref() == Some(&args.id) { "> " } else { "  " };
        output.line(&format!("{mark}{}", record.line(&shown, output.paint())))?;
    }
    if around.record.is_none() {
        output.flush()?;
        output.note("the record itself is not there, or no more");
    }
    Ok(())
}

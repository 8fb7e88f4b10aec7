//! `blockhouse fields`: which fields there are, how often, and the values of one; counts say how exact they are.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output};
use super::search::described;
use super::table::{self, Cells};
use super::times::TimeArgs;
use super::units;
use crate::clock::SystemClock;

/// List the fields of records, or the values of one field
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only values in records that match, in the language of `blockhouse search`; needs --field
    #[arg(default_value = "", hide_default_value = true, requires = "field")]
    query: String,
    /// Show the most frequent values of this field
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    #[command(flatten)]
    times: TimeArgs,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Deserialize)]
struct Fields {
    fields: Vec<Field>,
    precision: String,
    #[serde(default)]
    stats: Value,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    types: Vec<String>,
    records: u64,
}

#[derive(Debug, Deserialize)]
struct Values {
    records: u64,
    present: u64,
    top: Vec<Top>,
    #[serde(default)]
    distinct: Option<u64>,
    precision: String,
    #[serde(default)]
    stats: Value,
}

#[derive(Debug, Deserialize)]
struct Top {
    value: Value,
    count: u64,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let mut parameters = vec![("q", args.query.clone())];
    parameters.extend(args.times.resolve(&SystemClock)?.parameters());
    let path: Vec<&str> = ["fields"].into_iter().chain(args.field.as_deref()).collect();
    let answer: Box<RawValue> = connection.get(&path, &parameters).await.map_err(|failure| failure.in_text(&args.query))?;
    if args.json {
        return output.line(answer.get());
    }
    let unreadable = |error: serde_json::Error| Failure::Answer(error.to_string());
    if args.field.is_some() {
        print_values(&serde_json::from_str(answer.get()).map_err(unreadable)?, output)
    } else {
        print_fields(&serde_json::from_str(answer.get()).map_err(unreadable)?, output)
    }
}

fn print_fields(answer: &Fields, output: &mut Output) -> Result<(), Failure> {
    let row = |field: &Field| vec![field.name.as_str().into(), field.types.join(", ").into(), field.records.into()];
    let rows: Vec<Vec<Value>> = answer.fields.iter().map(row).collect();
    print_table(&["field", "type", "records"], &rows, output)?;
    let count = units::counted(rows.len() as u64, "field");
    output.aside(&told(&[count, precision(&answer.precision).to_owned(), described(&answer.stats)]));
    Ok(())
}

fn print_values(answer: &Values, output: &mut Output) -> Result<(), Failure> {
    let row = |top: &Top| vec![table::text(&top.value).into(), top.count.into()];
    let rows: Vec<Vec<Value>> = answer.top.iter().map(row).collect();
    print_table(&["value", "records"], &rows, output)?;
    let distinct = answer.distinct.map_or_else(|| "more values than are counted".to_owned(), |n| units::counted(n, "value"));
    let present = format!("in {} of {}", units::count(answer.present), units::counted(answer.records, "record"));
    output.aside(&told(&[distinct, present, precision(&answer.precision).to_owned(), described(&answer.stats)]));
    Ok(())
}

fn print_table(columns: &[&str], rows: &[Vec<Value>], output: &mut Output) -> Result<(), Failure> {
    let cells = if output.is_terminal() { Cells::Cut } else { Cells::Whole };
    for line in table::aligned(columns, rows, cells, output.paint()) {
        output.line(&line)?;
    }
    output.flush()
}

fn told(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("; ")
}

/// `exact`, `whole parts`, or how thin the sample was.
fn precision(word: &str) -> &str {
    match word {
        "whole parts" => "counted in whole parts of the store, so a little more than asked for",
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_told() {
        assert_eq!(told(&["1 field".to_owned(), String::new(), "exact".to_owned()]), "1 field; exact");
    }
}

//! `blockhouse sql`: asks in SQL, prints a table, JSON or CSV.

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output};
use super::search::described;
use super::table::{self, Cells};
use super::units;

/// Ask in SQL
///
/// The table is logs; a field is a column by its dotted name, in double quotes:
///
///   select level, count(*) from logs where "http.status" >= 500 group by level
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The statement
    sql: String,
    /// How rows are printed
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// The same as --output json
    #[arg(long, conflicts_with = "output")]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns
    Table,
    /// One document: columns, rows, truncated, stats
    Json,
    /// Comma-separated, a head line first (RFC 4180)
    Csv,
}

#[derive(Debug, Deserialize)]
struct Answer {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    stats: Value,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let body = json!({ "sql": args.sql });
    if args.json || args.output == Format::Json {
        let answer: Box<serde_json::value::RawValue> =
            connection.post(&["sql"], &body).await.map_err(|failure| failure.in_text(&args.sql))?;
        return output.line(answer.get());
    }
    let answer: Answer = connection.post(&["sql"], &body).await.map_err(|failure| failure.in_text(&args.sql))?;
    print(&answer, args.output, output)?;
    output.flush()?;
    output.aside(&summary(&answer));
    if output.is_terminal() && args.output == Format::Table && table::has_long_cells(&answer.rows) {
        let most = table::CELL_CHARS_SHOWN;
        output.aside(&format!("cells are cut at {most} characters; --output csv or json has them whole"));
    }
    Ok(())
}

fn print(answer: &Answer, format: Format, output: &mut Output) -> Result<(), Failure> {
    let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    if format == Format::Csv {
        output.text(&format!("{}\r\n", table::csv(names.into_iter())))?;
        for row in &answer.rows {
            let cells: Vec<String> = row.iter().map(table::text).collect();
            output.text(&format!("{}\r\n", table::csv(cells.iter().map(String::as_str))))?;
        }
        return Ok(());
    }
    let cells = if output.is_terminal() { Cells::Cut } else { Cells::Whole };
    for line in table::aligned(&names, &answer.rows, cells, output.paint()) {
        output.line(&line)?;
    }
    Ok(())
}

fn summary(answer: &Answer) -> String {
    let mut text = units::counted(answer.rows.len() as u64, "row");
    if answer.truncated {
        text += ", cut: the answer has more rows than are sent; `limit` or `group by` makes it smaller";
    }
    match described(&answer.stats) {
        stats if stats.is_empty() => text,
        stats => format!("{text}; {stats}"),
    }
}

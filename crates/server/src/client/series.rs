//! `blockhouse series`: a number over time, as a graph draws it.

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output};
use super::search::described;
use super::table::{self, Cells};
use super::tenant;
use super::times::TimeArgs;
use super::units;
use crate::clock::SystemClock;

/// Measure records over time: how many, or what a field of theirs comes to
///
///   blockhouse series 'service=shop' --measure percentile --percentile 99 --field duration_ms
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Only records that match; the language of `blockhouse search`
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    #[command(flatten)]
    times: TimeArgs,
    /// What is measured of each step of time; all but counts need --field
    #[arg(long, value_enum, default_value_t = Measure::Count)]
    measure: Measure,
    /// The field with the numbers
    #[arg(long)]
    field: Option<String>,
    /// Of a percentile: from 0 to 100
    #[arg(long, value_name = "P")]
    percentile: Option<f64>,
    /// At most this many steps
    #[arg(long, value_name = "N", default_value_t = 24)]
    buckets: usize,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Measure {
    Count,
    Avg,
    Min,
    Max,
    Sum,
    Percentile,
}

#[derive(Deserialize)]
pub(super) struct Series {
    points: Vec<Point>,
    count: u64,
    pub(super) value: Value,
    #[serde(default)]
    stats: Value,
}

#[derive(Deserialize)]
struct Point {
    time: String,
    count: u64,
    value: Value,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let measure = args.measure.name();
    let mut parameters = parameters(args.buckets, measure.clone(), args.field, args.percentile);
    parameters.push(("q", args.query.clone()));
    parameters.extend(args.times.resolve(&SystemClock)?.parameters());
    let answer: Box<RawValue> = connection.get(&["series"], &parameters).await.map_err(|failure| failure.in_text(&args.query))?;
    if args.json {
        return output.line(answer.get());
    }
    tenant::read::<Series>(&answer)?.print(&measure, output)
}

/// What is asked beside the query and its times.
pub(super) fn parameters(
    buckets: usize,
    measure: String,
    field: Option<String>,
    percentile: Option<f64>,
) -> Vec<(&'static str, String)> {
    let mut parameters = vec![("buckets", buckets.to_string()), ("measure", measure)];
    parameters.extend(field.map(|field| ("field", field)));
    parameters.extend(percentile.map(|percentile| ("percentile", percentile.to_string())));
    parameters
}

// === impl Measure ===

impl Measure {
    /// As the API has it.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

// === impl Series ===

impl Series {
    pub(super) fn print(&self, measure: &str, output: &mut Output) -> Result<(), Failure> {
        let counts = measure == "count";
        let row = |point: &Point| {
            let mut row = vec![json!(point.time), json!(point.count)];
            row.extend((!counts).then(|| point.value.clone()));
            row
        };
        let rows: Vec<Vec<Value>> = self.points.iter().map(row).collect();
        let columns = ["time", "records", measure];
        let lines = table::aligned(&columns[..if counts { 2 } else { 3 }], &rows, Cells::Cut, output.paint());
        lines.iter().try_for_each(|line| output.line(line))?;
        output.flush()?;
        let whole = if counts { String::new() } else { format!("; {measure} of the whole time: {}", table::text(&self.value)) };
        let stats = described(&self.stats);
        let stats = if stats.is_empty() { stats } else { format!("; {stats}") };
        output.aside(&format!("{}{whole}{stats}", units::counted(self.count, "record")));
        Ok(())
    }
}

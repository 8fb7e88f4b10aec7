//! `blockhouse histogram`: counts over time, as bars.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output, Paint, Style, printable};
use super::search::described;
use super::times::TimeArgs;
use super::units;
use crate::clock::SystemClock;

const BAR_CHARS: u64 = 50;
/// An eighth more of a character each.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/// Levels that make a bucket worth a look.
const BAD_LEVELS: [&str; 4] = ["error", "critical", "alert", "emergency"];

/// Count records over time
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only records that match; the language of `blockhouse search`
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    #[command(flatten)]
    times: TimeArgs,
    /// At most this many bars
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

#[derive(Debug, Deserialize)]
struct Histogram {
    buckets: Vec<Bucket>,
    #[serde(default)]
    stats: Value,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    time: String,
    count: u64,
    #[serde(default)]
    levels: std::collections::BTreeMap<String, u64>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let mut parameters = vec![("q", args.query.clone()), ("buckets", args.buckets.to_string())];
    parameters.extend(args.times.resolve(&SystemClock)?.parameters());
    let answer: Box<RawValue> =
        connection.get(&["histogram"], &parameters).await.map_err(|failure| failure.in_text(&args.query))?;
    if args.json {
        return output.line(answer.get());
    }
    let histogram: Histogram = serde_json::from_str(answer.get()).map_err(|error| Failure::Answer(error.to_string()))?;
    for line in lines(&histogram.buckets, output.paint()) {
        output.line(&line)?;
    }
    output.flush()?;
    let total = histogram.buckets.iter().map(|bucket| bucket.count).sum();
    let stats = described(&histogram.stats);
    let stats = if stats.is_empty() { stats } else { format!("; {stats}") };
    output.aside(&format!("{}{stats}", units::counted(total, "record")));
    Ok(())
}

fn lines(buckets: &[Bucket], paint: Paint) -> Vec<String> {
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or_default();
    let width = units::count(most).len();
    let line = |bucket: &Bucket| {
        let bad: u64 = BAD_LEVELS.iter().filter_map(|level| bucket.levels.get(*level)).sum();
        let count = units::count(bucket.count);
        let mut line = format!("{} {count:>width$} {}", printable(&bucket.time), bar(bucket.count, most));
        if bad > 0 {
            line += &paint.styled(Style::Red, &format!(" {}", units::counted(bad, "error")));
        }
        line.trim_end().to_owned()
    };
    buckets.iter().map(line).collect()
}

/// What is there shows, however little it is beside the largest.
fn bar(count: u64, most: u64) -> String {
    if count == 0 {
        return String::new();
    }
    let eighths = (u128::from(count) * u128::from(BAR_CHARS) * 8).div_ceil(u128::from(most.max(1))) as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let buckets = r#"[{"time":"2026-01-31T10:00:00Z","count":1000,"levels":{"error":2,"info":998}},
            {"time":"2026-01-31T11:00:00Z","count":0},{"time":"2026-01-31T12:00:00Z","count":1,"levels":{"alert":1}}]"#;
        let buckets: Vec<Bucket> = serde_json::from_str(buckets).unwrap();
        assert_eq!(
            lines(&buckets, Paint::Plain),
            [
                format!("2026-01-31T10:00:00Z 1,000 {} 2 errors", "█".repeat(50)),
                "2026-01-31T11:00:00Z     0".to_owned(),
                "2026-01-31T12:00:00Z     1 ▏ 1 error".to_owned(),
            ]
        );
        assert!(lines(&[], Paint::Plain).is_empty());
    }

    #[test]
    fn no_count_is_too_large_for_a_bar() {
        assert_eq!(bar(u64::MAX, u64::MAX).chars().count(), 50);
        assert_eq!(bar(1, u64::MAX), "▏");
    }
}

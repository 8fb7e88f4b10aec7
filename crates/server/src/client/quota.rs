//! How much may come in and how much did, of a source or of a whole tenant.

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, printable};

#[derive(Debug, clap::Args)]
pub(super) struct QuotaArgs {
    /// As many bytes, or `none` for no bound
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    set: Option<Bound>,
    /// Of a UTC day or month
    #[arg(long, value_enum, requires = "set")]
    period: Option<Period>,
}

/// How many bytes may come in, if that is bounded.
#[derive(Debug, Clone, Copy)]
struct Bound(Option<u64>);

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Period {
    Day,
    Month,
}

#[derive(Deserialize)]
pub(super) struct Quota {
    bytes: Option<u64>,
    period: String,
    used: u64,
    resets_at: String,
    state: String,
}

fn bytes(text: &str) -> Result<Bound, &'static str> {
    match text {
        "none" => Ok(Bound(None)),
        number => number.parse().map(|bytes| Bound(Some(bytes))).map_err(|_| "a number of bytes, or none"),
    }
}

// === impl QuotaArgs ===

impl QuotaArgs {
    /// What it becomes, where it is to become anything.
    pub(super) fn body(&self) -> Option<Value> {
        let Bound(bytes) = self.set?;
        let mut body = json!({ "bytes": bytes });
        if let Some(period) = self.period.and_then(|period| period.to_possible_value()) {
            body["period"] = json!(period.get_name());
        }
        Some(body)
    }
}

// === impl Quota ===

impl Quota {
    pub(super) fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let most = self.bytes.map_or("without a bound".to_owned(), |bytes| format!("of {bytes} ({})", printable(&self.state)));
        let (period, anew) = (printable(&self.period), printable(&self.resets_at));
        output.line(&format!("{} bytes this {period}, {most}; anew at {anew}", self.used))
    }
}

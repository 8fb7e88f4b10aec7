//! `blockhouse origin`: who sent a record, and what it is sealed in.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};

const BROKEN: &str =
    "what the record is sealed in is not what was written: `blockhouse check` on the machine says what else is not";

/// Show who sent a record, and what it is sealed in
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The record, by its id: `blockhouse search … --fields id` shows it
    id: String,
    /// Open all of what it is sealed in, and say whether that is still what was written
    #[arg(long)]
    seals: bool,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Deserialize)]
struct Origin {
    received_at: Option<String>,
    sent_by: Option<SentBy>,
    sealed_in: Vec<SealedIn>,
}

#[derive(Debug, Deserialize)]
struct SentBy {
    by: By,
    address: Option<String>,
    tls: Option<String>,
}

#[derive(Debug, Deserialize)]
struct By {
    kind: String,
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SealedIn {
    id: String,
    kind: String,
    data_key: String,
    seal: Option<Seal>,
}

#[derive(Debug, Deserialize)]
struct Seal {
    state: String,
    why: Option<String>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let answer: Box<RawValue> = connection.get(&["origin"], &[("id", args.id), ("seals", args.seals.to_string())]).await?;
    if args.json {
        return output.line(answer.get());
    }
    let origin: Origin = serde_json::from_str(answer.get()).map_err(|error| Failure::Answer(error.to_string()))?;
    let mut line = |text: String| output.line(&printable(&text));
    line(format!("received   {}", origin.received_at.as_deref().unwrap_or("not kept")))?;
    line(format!("sent by    {}", origin.sent_by.as_ref().map_or_else(|| "not kept".to_owned(), SentBy::told)))?;
    let mut is_broken = false;
    for SealedIn { id, kind, data_key, seal } in &origin.sealed_in {
        let state = seal.as_ref().map_or_else(String::new, |seal| format!(": {}", seal.told()));
        line(format!("sealed in  {kind} {id}, data key {data_key}{state}"))?;
        is_broken |= seal.as_ref().is_some_and(|seal| seal.state == "broken");
    }
    if is_broken { Err(Failure::NotSo(BROKEN)) } else { Ok(()) }
}

// === impl Seal ===

impl Seal {
    fn told(&self) -> String {
        match (self.state.as_str(), &self.why) {
            ("whole", _) => "whole, every byte opened under its key".to_owned(),
            ("gone", _) => "merged or ended meanwhile".to_owned(),
            (state, why) => format!("{state}, {}", why.as_deref().unwrap_or_default()),
        }
    }
}

// === impl SentBy ===

impl SentBy {
    fn told(&self) -> String {
        let mut told = self.by.kind.replace('_', " ");
        let said = [(" ", &self.by.id), (" from ", &self.address), (" over TLS ", &self.tls)];
        for (before, what) in said {
            if let Some(what) = what {
                told.extend([before, what]);
            }
        }
        told
    }
}

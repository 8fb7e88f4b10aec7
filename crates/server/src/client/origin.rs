//! `blockhouse origin`: who sent a record, and what it is sealed in.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::connection::ConnectionArgs;
use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};

/// Show who sent a record, and what it is sealed in
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The record, by its id: `blockhouse search … --fields id` shows it
    id: String,
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
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    let answer: Box<RawValue> = connection.get(&["origin"], &[("id", args.id)]).await?;
    if args.json {
        return output.line(answer.get());
    }
    let origin: Origin = serde_json::from_str(answer.get()).map_err(|error| Failure::Answer(error.to_string()))?;
    let mut line = |text: String| output.line(&printable(&text));
    line(format!("received   {}", origin.received_at.as_deref().unwrap_or("not kept")))?;
    line(format!("sent by    {}", origin.sent_by.as_ref().map_or_else(|| "not kept".to_owned(), SentBy::told)))?;
    for SealedIn { id, kind, data_key } in &origin.sealed_in {
        line(format!("sealed in  {kind} {id}, data key {data_key}"))?;
    }
    Ok(())
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

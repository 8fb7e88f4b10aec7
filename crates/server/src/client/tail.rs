//! `blockhouse tail`: follows records as they arrive, over server-sent events.
//!
//! Always holds: after a lost connection it goes on from the last sequence that it printed, and what was dropped is told.

use std::time::Duration;

use model::limits;
use reqwest::Response;
use seal::SystemEntropy;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::backoff::Backoff;
use super::connection::{Connection, ConnectionArgs};
use super::failure::Failure;
use super::interrupted;
use super::output::{ColourArgs, Output};
use super::record::{Record, Shown};
use super::sse::{Event, EventReader};
use super::units;

/// Seconds without a byte, several heartbeats long. Longer: the connection is given up and opened again.
const SILENCE_MAX: Duration = Duration::from_secs(limits::TAIL_SILENCE_SECONDS_MAX);

/// Follow records as they arrive
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only records that match; the language of `blockhouse search`
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    /// Begin after this sequence number instead of now
    #[arg(long, value_name = "SEQUENCE")]
    after: Option<u64>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only these fields after the message, by their dotted names
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', conflicts_with = "json")]
    fields: Vec<String>,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Heartbeat {
    sequence: Option<u64>,
    /// Since the heartbeat before.
    dropped: u64,
}

/// What is known of the stream so far.
#[derive(Debug)]
struct Follower {
    /// The last sequence that was seen.
    sequence: Option<u64>,
    json: bool,
    shown: Shown,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let connection = args.connection.open()?;
    tokio::select! {
        ended = follow(&connection, &args, output) => ended,
        // Following has no other end, so the user's is the regular one.
        heard = interrupted() => heard,
    }
}

async fn follow(connection: &Connection, args: &Args, output: &mut Output) -> Result<(), Failure> {
    let shown = Shown::new(args.fields.clone());
    let mut follower = Follower { sequence: args.after, json: args.json, shown };
    let mut stream = Some(open(connection, &args.query, follower.sequence).await?);
    let mut backoff = Backoff::default();
    let mut told = String::new();
    loop {
        if let Some(response) = stream.take() {
            let lost = follower.read(connection, response, output, &mut backoff).await?;
            output.note(&format!("connection lost: {lost}; connecting again"));
        }
        tokio::time::sleep(backoff.wait(&SystemEntropy)).await;
        stream = match open(connection, &args.query, follower.sequence).await {
            Ok(response) => Some(response),
            Err(failure) if is_passing(&failure) => {
                let reason = failure.to_string();
                if reason != told {
                    output.note(&format!("not connected yet: {reason}"));
                    told = reason;
                }
                None
            }
            Err(failure) => return Err(failure),
        };
        if stream.is_some() {
            let from = follower.sequence.map_or_else(|| "now".to_owned(), |sequence| format!("sequence {sequence}"));
            output.note(&format!("following again, from {from}"));
            told.clear();
        }
    }
}

async fn open(connection: &Connection, query: &str, after: Option<u64>) -> Result<Response, Failure> {
    let mut parameters = vec![("q", query.to_owned())];
    parameters.extend(after.map(|sequence| ("after", sequence.to_string())));
    connection.follow(&["tail"], &parameters).await.map_err(|failure| failure.in_text(query))
}

/// Whether the same request may be answered a moment later.
fn is_passing(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } | Failure::BrokeOff { .. } => true,
        Failure::Refused(problem) => matches!(problem.status, 429 | 500..=599),
        Failure::Usage { .. }
        | Failure::Query { .. }
        | Failure::Untrusted { .. }
        | Failure::Answer(_)
        | Failure::File { .. }
        | Failure::Runtime(_)
        | Failure::Output(_)
        | Failure::OutputClosed
        | Failure::LinesRefused(_)
        | Failure::NotSo(_)
        | Failure::Interrupted => false,
    }
}

// === impl Follower ===

impl Follower {
    /// Prints what arrives until the connection is lost, and says how it was.
    async fn read(
        &mut self,
        connection: &Connection,
        mut response: Response,
        output: &mut Output,
        backoff: &mut Backoff,
    ) -> Result<String, Failure> {
        let mut reader = EventReader::default();
        loop {
            let piece = match tokio::time::timeout(SILENCE_MAX, response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => return Ok("the server ended it".to_owned()),
                Ok(Err(error)) => return Ok(connection.failure_of(&error).to_string()),
                Err(_) => return Ok(format!("nothing came for {}", units::duration(SILENCE_MAX))),
            };
            backoff.reset();
            let events = reader.push(&piece).map_err(|error| Failure::Answer(error.to_string()))?;
            for event in &events {
                self.event(event, output)?;
            }
            output.flush()?;
        }
    }

    fn event(&mut self, event: &Event, output: &mut Output) -> Result<(), Failure> {
        let unreadable = |error: serde_json::Error| Failure::Answer(error.to_string());
        match event.kind.as_str() {
            "records" => {
                let records: Vec<&RawValue> = serde_json::from_str(&event.data).map_err(unreadable)?;
                for record in records {
                    let line =
                        if self.json { record.get().to_owned() } else { Record::read(record)?.line(&self.shown, output.paint()) };
                    output.line(&line)?;
                }
            }
            "heartbeat" => {
                let heartbeat: Heartbeat = serde_json::from_str(&event.data).map_err(unreadable)?;
                if let Some(notice) = self.beat(&heartbeat) {
                    output.flush()?;
                    output.note(&notice);
                }
            }
            // What a later server may add.
            _ => {}
        }
        self.sequence = event.id.as_ref().and_then(|id| id.parse().ok()).or(self.sequence);
        Ok(())
    }

    fn beat(&mut self, heartbeat: &Heartbeat) -> Option<String> {
        self.sequence = heartbeat.sequence.or(self.sequence);
        let dropped = heartbeat.dropped;
        (dropped > 0).then(|| format!("{} dropped (slow reader)", units::counted(dropped, "record")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower() -> Follower {
        Follower { sequence: None, json: true, shown: Shown::Everything }
    }

    #[test]
    fn drops_are_told() {
        let mut follower = follower();
        let mut beat = |dropped| follower.beat(&Heartbeat { sequence: Some(9), dropped });
        assert_eq!(beat(0), None);
        assert_eq!(beat(12).as_deref(), Some("12 records dropped (slow reader)"));
        assert_eq!(beat(1).as_deref(), Some("1 record dropped (slow reader)"));
    }

    #[test]
    fn a_heartbeat_moves_the_place_to_go_on_from() {
        let mut follower = follower();
        assert_eq!(follower.beat(&serde_json::from_str(r#"{"sequence":7,"dropped":0,"rate":1.5}"#).unwrap()), None);
        assert_eq!(follower.sequence, Some(7));
        assert_eq!(follower.beat(&serde_json::from_str("{}").unwrap()), None);
        assert_eq!(follower.sequence, Some(7));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let refused = |status| Failure::Refused(Box::new(super::super::failure::Problem::read(status, b"")));
        assert!(is_passing(&refused(503)) && is_passing(&refused(429)) && !is_passing(&refused(401)));
        assert!(!is_passing(&Failure::Untrusted { url: String::new(), reason: String::new() }));
    }
}

//! `blockhouse source refusals`: what a source refuses, for whoever sets up a sender and wonders why nothing comes.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Style, printable};
use super::server::Server;
use super::table;
use super::tenant::{self, Hints};
use super::units;

pub(super) const HINTS: Hints = Hints {
    permission: "seeing what a source refuses needs the permission keys:view",
    list: "`blockhouse source list` shows the sources that you may see",
};
const LOOKS_APART: Duration = Duration::from_secs(2);

/// The newest first.
#[derive(Deserialize)]
struct Refusals {
    since: String,
    refusals: Vec<Refusal>,
    left_out: u64,
    connections: Vec<Connection>,
}

#[derive(Deserialize)]
struct Refusal {
    at: String,
    status: u16,
    code: String,
    detail: String,
    key: Option<String>,
    times: u64,
    address: Option<String>,
}

/// One that ended before anything could be refused.
#[derive(Deserialize)]
struct Connection {
    at: String,
    kind: String,
    port: String,
    address: String,
    detail: String,
    times: u64,
}

/// The same, entry by entry as it came.
#[derive(Deserialize)]
struct Entries {
    refusals: Vec<Box<RawValue>>,
    connections: Vec<Box<RawValue>>,
}

pub(super) async fn look(server: &Server, source: &str) -> Result<Box<RawValue>, Failure> {
    let path = ["v1", "sources", source, "refusals"];
    server.call(Method::GET, &path, None).await.map_err(|failure| HINTS.hinted(failure))
}

pub(super) fn print(answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
    let Refusals { since, refusals, left_out, connections } = tenant::read(answer)?;
    if refusals.is_empty() && connections.is_empty() {
        output.line(&format!("nothing was refused since {}", printable(&since)))?;
        output.flush()?;
        output.aside("refusals are kept while somebody looks: have the sender send, and look again, or look on with --watch");
        return Ok(());
    }
    let columns = ["at", "status", "code", "times", "from", "key", "detail"];
    let row = |one: &Refusal| {
        let Refusal { at, status, code, detail, key, times, address } = one;
        vec![json!(at), json!(status), json!(code), json!(times), json!(address), json!(key), json!(detail)]
    };
    let rows: Vec<Vec<Value>> = refusals.iter().map(row).collect();
    if !rows.is_empty() {
        table::print(&columns, &rows, output)?;
    }
    if !rows.is_empty() && !connections.is_empty() {
        output.line("")?;
    }
    let row = |one: &Connection| {
        let Connection { at, kind, port, address, detail, times } = one;
        vec![json!(at), json!(kind), json!(port), json!(times), json!(address), json!(detail)]
    };
    let rows: Vec<Vec<Value>> = connections.iter().map(row).collect();
    if !rows.is_empty() {
        table::print(&["at", "connection", "port", "times", "from", "detail"], &rows, output)?;
    }
    output.flush()?;
    let older = if left_out > 0 { format!("; {} left out", units::counted(left_out, "older one")) } else { String::new() };
    output.aside(&format!("since {}{older}", printable(&since)));
    Ok(())
}

/// Prints what is new, the oldest first, until the user ends it.
pub(super) async fn watch(server: &Server, source: &str, as_json: bool, output: &mut Output) -> Result<(), Failure> {
    let mut printed: HashSet<String> = HashSet::new();
    output.aside("looking on, until Ctrl-C");
    loop {
        let answer = look(server, source).await?;
        let Entries { refusals, connections } = tenant::read(&answer)?;
        let all: Vec<&str> = refusals.iter().rev().chain(connections.iter().rev()).map(|entry| entry.get()).collect();
        for entry in all.iter().filter(|entry| !printed.contains(**entry)) {
            if as_json { output.line(entry)? } else { output.line(&line(entry, output)?)? }
        }
        // What is not in the answer any more does not come back.
        printed = all.into_iter().map(str::to_owned).collect();
        output.flush()?;
        tokio::time::sleep(LOOKS_APART).await;
    }
}

fn line(entry: &str, output: &Output) -> Result<String, Failure> {
    let wrong = |error: serde_json::Error| Failure::Answer(error.to_string());
    if let Ok(Refusal { at, status, code, detail, key, times, address }) = serde_json::from_str(entry) {
        let code = output.paint().styled(Style::Red, &format!("{status} {}", printable(&code)));
        let with = key.map(|key| format!(" with {}", printable(&key))).unwrap_or_default();
        let from = address.map(|address| format!(" from {}", printable(&address))).unwrap_or_default();
        let often = if times > 1 { format!(" ({times} times)") } else { String::new() };
        return Ok(format!("{}  {code}{from}{with}  {}{often}", printable(&at), printable(&detail)));
    }
    let Connection { at, kind, port, address, detail, times } = serde_json::from_str(entry).map_err(wrong)?;
    let kind = output.paint().styled(Style::Red, &printable(&kind));
    let often = if times > 1 { format!(" ({times} times)") } else { String::new() };
    let (at, port, address, detail) = (printable(&at), printable(&port), printable(&address), printable(&detail));
    Ok(format!("{at}  {kind} at {port} from {address}  {detail}{often}"))
}

//! The security page under load: readers come at their own moments, over connections that stay, while logs come in.
//!
//! Of ten requests seven are for the page, packed; two for the signed document; one for the badge. Logs come at a stated
//! rate, for a machine that is full answers nobody in time.

use std::fs;

use anyhow::{Result, bail, ensure};
use serde_json::json;

use super::arrivals::{self, Answered};
use super::process::Server;
use super::{Plan, load};
use crate::arguments::Arguments;
use crate::client::{Client, Request};

const CONNECTIONS: usize = 64;

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let rate: f64 = arguments.parsed("--rate", 2_000.0)?;
    let megabytes: f64 = arguments.parsed("--mb-per-second", 20.0)?;
    let plan = Plan::new(arguments)?;
    ensure!(rate > 0.0 && megabytes > 0.0, "--rate and --mb-per-second are more than nothing");
    let corpus = plan.corpus()?;
    let data = plan.target.join("bench-page");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let server = Server::start(&plan.server, &data)?;
    let access = server.bootstrap(&plan.server)?;
    server.wait_healthy(&access)?;
    let first = server.client(&access)?;
    let page = read(&mut first.sibling(), "/security")?;
    println!("{rate} requests a second beside {megabytes} MB/s of logs; the page has {page} bytes, packed\n");
    let ask = |client: &mut Client, turn: u64| {
        let path = match turn % 10 {
            0 => "/security/badge.svg",
            1 | 2 => "/security.json",
            _ => "/security",
        };
        read(client, path).map(|_| Answered::Done)
    };
    let readers = (0..CONNECTIONS).map(|_| first.sibling()).collect();
    let send = || load::send_at(&server, &access, &corpus, (plan.connections, megabytes * 1e6));
    let (load, arrived) = arrivals::beside(rate, readers, ask, send)?;
    let taken = fs::metadata(&corpus)?.len() as f64 / 1e6 / load.seconds;
    println!("{:>12}{:>10}{:>10}{:>12}", "answers/s", "p50 ms", "p99 ms", "logs MB/s");
    println!("{:>12.0}{:>10.1}{:>10.1}{taken:>12.1}", arrived.rate(), arrived.within(0.5), arrived.within(0.99));
    server.stop()?;
    let report = plan.target.join("bench-page.json");
    let all = json!({"rate": rate, "page_bytes": page, "answers": arrived.as_json(), "logs_mb_per_second": taken});
    fs::write(&report, format!("{all:#}\n"))?;
    println!("as JSON   {}", report.display());
    if !plan.keep {
        fs::remove_dir_all(&data)?;
    }
    Ok(())
}

/// Bytes of the body.
fn read(client: &mut Client, path: &str) -> Result<usize> {
    let answer = client.send(&Request { method: "GET", path, headers: &[("Accept-Encoding", "gzip")], body: b"" })?;
    if answer.status != 200 {
        bail!("{path} was answered {}: {}", answer.status, answer.text());
    }
    Ok(answer.body.len())
}

//! Intake by protocol: the same records in each form, each on an empty server of its own, held against NDJSON.
//!
//! Always holds: the server's CPU seconds until it is idle again are counted, per GB of the records as NDJSON whatever their
//! form takes on the wire, and a figure is printed only where every record is there. What the sender needs is not counted.
//! In each round NDJSON comes first; a ratio is within its round, and the median of the rounds is what counts.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Plan;
use super::process::{Access, Server};
use crate::arguments::Arguments;

mod wire;

use wire::{FORMS, Form, Record};

/// Of one request, as NDJSON.
const BATCH_BYTES: usize = 1_000_000;
const RATIO_MAX: f64 = 2.0;
const SYSLOG: &str = "syslog over TLS";

/// Records of one request, and what they take as NDJSON.
type Batch = Vec<Record>;

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let rounds: usize = arguments.parsed("--rounds", 3)?;
    let plan = Plan::new(arguments)?;
    ensure!(rounds > 0, "--rounds is at least one");
    let corpus = plan.corpus()?;
    let raw = fs::metadata(&corpus)?.len() as f64;
    let batches = batches(&corpus)?;
    println!("{rounds} rounds of {:.0} MB, server CPU seconds per GB of NDJSON until idle\n", raw / 1e6);
    let names: Vec<&str> = FORMS.iter().map(|form| form.name).chain([SYSLOG]).collect();
    let mut seconds = vec![Vec::new(); names.len()];
    for _ in 0..rounds {
        for (form, seconds) in FORMS.iter().map(Some).chain([None]).zip(&mut seconds) {
            seconds.push(measure(&plan, &batches, form)? / raw * 1e9);
        }
    }
    let base = seconds.first().cloned().context("NDJSON was measured")?;
    println!("{:<22}{:>10}{:>10}", "", "s/GB", "ratio");
    let mut report = Vec::new();
    for (name, seconds) in names.iter().zip(&seconds) {
        let ratio = median(seconds.iter().zip(&base).map(|(own, base)| own / base).collect());
        let own = median(seconds.clone());
        println!("{name:<22}{own:>10.2}{ratio:>10.2}{}", if ratio > RATIO_MAX { "  over 2" } else { "" });
        report.push(json!({ "name": name, "cpu_seconds_per_gb": own, "ratio": ratio, "rounds": seconds }));
    }
    let file = plan.target.join("bench-protocols.json");
    fs::write(&file, format!("{:#}\n", json!({ "bytes": raw, "protocols": report })))?;
    println!("\nas JSON   {}", file.display());
    ensure!(
        report.iter().all(|of| of["ratio"].as_f64().is_some_and(|ratio| ratio <= RATIO_MAX)),
        "a protocol costs over twice NDJSON"
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn batches(corpus: &Path) -> Result<Vec<Batch>> {
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Batch::new(), 0);
    for line in BufReader::new(fs::File::open(corpus)?).lines() {
        let line = line?;
        bytes += line.len();
        batch.push(Record::read(&line)?);
        if bytes >= BATCH_BYTES {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
    }
    batches.push(batch);
    Ok(batches)
}

/// CPU seconds of a server that takes all of it in and comes to rest.
fn measure(plan: &Plan, batches: &[Batch], form: Option<&Form>) -> Result<f64> {
    let data = plan.target.join("bench-protocols");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let syslog = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = Server::start_with(&plan.server, &data, &["--syslog-listen", &syslog.to_string()])?;
    let access = server.bootstrap(&plan.server)?;
    server.wait_healthy(&access)?;
    server.settle()?;
    let before = server.cpu_seconds()?;
    match form {
        Some(form) => send(&server, &access, batches, form)?,
        None => send_syslog(&server, &access, batches, syslog)?,
    }
    server.settle()?;
    let took = server.cpu_seconds()? - before;
    let expected = batches.iter().map(Vec::len).sum::<usize>();
    let stored = count(&server, &access)?;
    ensure!(stored == expected as u64, "{}: {stored} of {expected} records are there", form.map_or(SYSLOG, |form| form.name));
    server.stop()?;
    fs::remove_dir_all(&data)?;
    Ok(took)
}

fn send(server: &Server, access: &Access, batches: &[Batch], form: &Form) -> Result<()> {
    let mut client = server.client(access)?;
    for batch in batches {
        let body = (form.write)(batch)?;
        let response = client.post(form.path, &access.write_key, form.content_type, &body)?;
        ensure!(response.status < 300, "{} was answered {}: {}", form.name, response.status, response.text());
    }
    Ok(())
}

fn send_syslog(server: &Server, access: &Access, batches: &[Batch], address: SocketAddr) -> Result<()> {
    let mut connection = server.client(access)?.greet(TcpStream::connect(address)?)?;
    for record in batches.iter().flatten() {
        connection.get_mut().write_all(&record.syslog(&access.write_key))?;
    }
    let stream = connection.get_mut();
    stream.conn.send_close_notify();
    stream.flush()?;
    // Closed with something unread, a connection is reset, and what it still carried is lost.
    stream.sock.shutdown(Shutdown::Write)?;
    io::copy(&mut stream.sock, &mut io::sink())?;
    Ok(())
}

fn count(server: &Server, access: &Access) -> Result<u64> {
    let body = json!({ "sql": "select count(*) as n from logs" }).to_string();
    let path = format!("/v1/sources/{}/sql", access.source_id);
    let response = server.client(access)?.post(&path, &access.read_key, "application/json", body.as_bytes())?;
    ensure!(response.status == 200, "counting was answered {}: {}", response.status, response.text());
    response.json()["rows"][0][0].as_u64().with_context(|| format!("no number in {}", response.text()))
}

//! The benchmark: the built server, a day of logs over TLS, then eight queries, each answer checked against a plain scan.
//!
//! Always holds: what is measured is the product as users run it (TLS, encryption and fsync on), and a figure is printed
//! only for an answer that was right. CPU seconds and memory are the server's alone; the sender's are not counted.
//! Compares nothing with other products: the figures of several runs lie beside each other as JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::corpus::{self, Shape};

mod arrivals;
mod load;
pub(crate) mod page;
pub(crate) mod people;
mod process;
pub(crate) mod protocols;
mod queries;
mod truth;

use load::Load;
use process::{Access, Server};
use queries::Measured;
use truth::Truth;

struct Plan {
    shape: Shape,
    connections: usize,
    server: PathBuf,
    target: PathBuf,
    keep: bool,
}

/// What the server needed to take the corpus in.
struct Intake {
    load: Load,
    /// Until idle and of constant size.
    settled_seconds: f64,
    /// With everything that followed, a clean stop included.
    cpu_seconds: f64,
    peak_bytes: u64,
    disk_bytes: u64,
}

pub(crate) fn run(arguments: &mut Arguments) -> Result<()> {
    let plan = Plan::new(arguments)?;
    let corpus = plan.corpus()?;
    println!("corpus    {} ({} bytes)", corpus.display(), fs::metadata(&corpus)?.len());
    let before = process::own_cpu_seconds()?;
    let truth = Truth::scan(&corpus)?;
    let scan_seconds = process::own_cpu_seconds()? - before;
    println!("          {} records, scanned for the right answers", truth.rows);
    let data = plan.target.join("bench-data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let (access, intake) = take_in(&plan, &corpus, &data)?;
    print_intake(&intake, &truth, scan_seconds);
    let measured = queries::measure(&plan.server, &data, &access, &truth)?;
    print_queries(&measured);
    let report = plan.target.join("bench.json");
    fs::write(&report, format!("{:#}\n", as_json(&plan, (&intake, scan_seconds), &measured, &truth)))?;
    println!("\nas JSON   {}", report.display());
    if plan.keep {
        println!("kept      {}", data.display());
    } else {
        fs::remove_dir_all(&data)?;
    }
    ensure!(measured.iter().all(|m| m.wrong.is_none()), "at least one answer was wrong");
    Ok(())
}

fn take_in(plan: &Plan, corpus: &Path, data: &Path) -> Result<(Access, Intake)> {
    let server = Server::start(&plan.server, data)?;
    let access = server.bootstrap(&plan.server)?;
    server.wait_healthy(&access)?;
    let cpu_before = server.cpu_seconds()?;
    let load = load::send(&server, &access, corpus, plan.connections)?;
    let settled_seconds = server.settle()?;
    let peak_bytes = server.peak_bytes()?;
    let cpu_seconds = server.stop()? - cpu_before;
    let disk_bytes = process::disk_bytes(data)?;
    Ok((access, Intake { load, settled_seconds, cpu_seconds, peak_bytes, disk_bytes }))
}

// === impl Plan ===

impl Plan {
    fn new(arguments: &mut Arguments) -> Result<Self> {
        let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().context("cargo metadata")?;
        let target = metadata.target_directory.into_std_path_buf();
        let server = arguments.value("--server")?.map(PathBuf::from);
        let plan = Self {
            connections: arguments.parsed("--connections", 4)?,
            keep: arguments.flag("--keep"),
            shape: Shape { end: today()?, ..Shape::from_arguments(arguments)? },
            server: server.clone().unwrap_or_else(|| target.join("release/blockhouse")),
            target,
        };
        arguments.finish()?;
        ensure!(plan.connections > 0, "--connections is at least one");
        if server.is_none() {
            let built = Command::new("cargo")
                .args(["build", "--release", "--locked", "--package", "server", "--package", "xtask"])
                .status()?;
            ensure!(built.success(), "the server was not built");
        }
        Ok(plan)
    }

    /// Made once for a shape and a day, then taken from the target folder.
    fn corpus(&self) -> Result<PathBuf> {
        let Shape { bytes, end, span_seconds, seed } = &self.shape;
        let path = self.target.join(format!("corpus-{bytes}-{end}-{span_seconds}-{seed}.ndjson"));
        if !path.exists() {
            let partial = path.with_extension("partial");
            corpus::write_file(&self.shape, &partial)?;
            fs::rename(&partial, &path)?;
        }
        Ok(path)
    }
}

/// The last midnight, so that the corpus is yesterday: a whole day that no retention has ended.
#[expect(clippy::disallowed_methods, reason = "the benchmark's records are of the real yesterday")]
fn today() -> Result<i64> {
    let seconds = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    Ok(seconds - seconds % 86_400)
}

fn print_intake(intake: &Intake, truth: &Truth, scan_seconds: f64) {
    let raw = truth.bytes as f64;
    let row = |what: &str, figure: String, unit: &str| println!("{what:<34}{figure:>12}  {unit}");
    println!("\nintake, over TLS, sealed, acknowledged after fsync");
    row("records a second", format!("{:.0}", truth.rows as f64 / intake.load.seconds), "1/s");
    row("raw bytes a second", format!("{:.1}", raw / 1e6 / intake.load.seconds), "MB/s");
    row("answered `busy`, sent again", intake.load.busy.to_string(), "requests");
    row("settled after", format!("{:.1}", intake.settled_seconds), "s");
    row("server CPU per raw GB, settled", format!("{:.2}", intake.cpu_seconds / raw * 1e9), "s/GB");
    // The same machine on another day may be twice as fast: held against this, runs compare.
    row("plain scan of the same bytes", format!("{:.2}", scan_seconds / raw * 1e9), "s/GB");
    row("server CPU / plain scan", format!("{:.1}", intake.cpu_seconds / scan_seconds), "");
    row("server's peak memory", format!("{:.0}", intake.peak_bytes as f64 / f64::from(1 << 20)), "MiB");
    row("on disk", format!("{:.1}", intake.disk_bytes as f64 / 1e6), "MB");
    row("raw / disk", format!("{:.2}", raw / intake.disk_bytes as f64), "");
}

fn print_queries(measured: &[Measured]) {
    println!("\nqueries, milliseconds of server CPU and of wall clock; warm: median of {}", queries::WARM_RUNS);
    println!("{:<34}{:>10}{:>10}{:>10}{:>10}  answer", "", "warm CPU", "warm wall", "cold CPU", "cold wall");
    for m in measured {
        let answer = m.wrong.as_deref().unwrap_or("right");
        let name = format!("{} {}", m.name, m.what);
        println!("{name:<34}{:>10.1}{:>10.1}{:>10.1}{:>10.1}  {answer}", m.warm.cpu, m.warm.wall, m.cold.cpu, m.cold.wall);
    }
}

fn as_json(plan: &Plan, (intake, scan_seconds): (&Intake, f64), measured: &[Measured], truth: &Truth) -> Value {
    let raw = truth.bytes as f64;
    let queries: Vec<Value> = measured
        .iter()
        .map(|m| {
            json!({
                "name": m.name, "what": m.what, "wrong": m.wrong,
                "warm_cpu_ms": m.warm.cpu, "warm_wall_ms": m.warm.wall,
                "cold_cpu_ms": m.cold.cpu, "cold_wall_ms": m.cold.wall,
            })
        })
        .collect();
    json!({
        "raw_bytes": truth.bytes, "records": truth.rows, "connections": plan.connections, "seed": plan.shape.seed,
        "ingest": {
            "seconds": intake.load.seconds, "records_per_second": truth.rows as f64 / intake.load.seconds,
            "raw_mb_per_second": raw / 1e6 / intake.load.seconds, "busy_answers": intake.load.busy,
            "settled_seconds": intake.settled_seconds, "cpu_seconds": intake.cpu_seconds,
            "cpu_seconds_per_gb": intake.cpu_seconds / raw * 1e9, "scan_seconds_per_gb": scan_seconds / raw * 1e9, "peak_bytes": intake.peak_bytes,
            "disk_bytes": intake.disk_bytes, "raw_per_disk": raw / intake.disk_bytes as f64,
        },
        "queries": queries,
    })
}

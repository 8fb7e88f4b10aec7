//! Developer commands: `cargo xtask tidy`, `cargo xtask corpus`, `cargo xtask bench`.
//!
//! Contains no code of the product: the benchmark runs the built binary and talks to it over TLS.
#![expect(clippy::print_stdout, reason = "a developer's command answers on standard output")]

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

mod arguments;
mod bench;
mod corpus;
mod tidy;

// One HTTP client for everything that looks at the product from outside; see `promises/main.rs`.
#[expect(dead_code, reason = "only promises follow a stream")]
#[path = "../../../promises/client.rs"]
mod client;

use arguments::Arguments;

const USAGE: &str = "\
cargo xtask tidy                                     the rules of the house, as `cargo test -p xtask` checks them
cargo xtask corpus --bytes N --out FILE [--end RFC3339] [--span SECONDS] [--seed N]
cargo xtask bench  [--bytes N] [--server BINARY] [--connections N] [--keep]
cargo xtask bench-people [--bytes N] [--rate PER_SECOND] [--rounds N] [--server BINARY] [--keep]
cargo xtask bench-page [--bytes N] [--rate PER_SECOND] [--mb-per-second N] [--server BINARY] [--keep]
cargo xtask bench-protocols [--bytes N] [--rounds N] [--server BINARY]";

fn main() -> Result<ExitCode> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let mut arguments = Arguments::new(words.collect());
    match command.as_str() {
        "tidy" => {
            arguments.finish()?;
            let complaints = tidy::complaints(&tidy::root())?;
            for complaint in &complaints {
                println!("{complaint}");
            }
            return Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        "corpus" => {
            let out = arguments.value("--out")?.context("--out FILE is missing")?;
            let shape = corpus::Shape::from_arguments(&mut arguments)?;
            arguments.finish()?;
            let written = corpus::write_file(&shape, out.as_ref())?;
            println!("{out}: {} records, {} bytes", written.rows, written.bytes);
        }
        "bench" => bench::run(&mut arguments)?,
        "bench-page" => bench::page::run(&mut arguments)?,
        "bench-people" => bench::people::run(&mut arguments)?,
        "bench-protocols" => bench::protocols::run(&mut arguments)?,
        _ => bail!("{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

//! `blockhouse demo`: sample lines for a look around, sent as any client would, into a source of their own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use audit::{Actor, Deed};
use clap::Args;
use model::{DisplayName, Entropy, Timestamp};
use serde_json::json;

use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The data folder of the server
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data")]
    data: PathBuf,
    /// The server, which must be running
    #[arg(long, env = "BLOCKHOUSE_URL", default_value = "https://localhost:8443")]
    url: String,
    /// The tenant that has the source, by its name; made where there is none. Without this, the one that there is, or `Demo`
    /// where there are several
    #[arg(long)]
    tenant: Option<String>,
    /// How many lines
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    lines: u32,
    /// Over how many seconds they come
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    seconds: u32,
}

const TENANT: &str = "Demo";
const SOURCE: &str = "demo";
const PACE: Duration = Duration::from_millis(100);

pub(crate) fn demo(args: &DemoArgs) -> anyhow::Result<()> {
    let node = Node::open(&args.data)?;
    if node.identity.is_setup_open()? {
        // The first tenant ends the setup, and it should not be this one.
        bail!("finish the setup first: open the link that the server printed, or run blockhouse bootstrap");
    }
    let tenant = match &args.tenant {
        Some(name) => DisplayName::parse(name).context("--tenant is no name")?,
        // Where there is one alone, its people are those who look.
        None => match node.identity.only_tenant()? {
            Some(only) => only.name,
            None => DisplayName::parse(TENANT).context("a name of the demo")?,
        },
    };
    let source = DisplayName::parse(SOURCE).context("a name of the demo")?;
    let deed = Deed::by(Actor::Shell, node.clock.now());
    let made = node.identity.bootstrap(&tenant, &source, &deed).context("could not make the demo's source")?;
    let ca_file = std::path::absolute(node.ca_file()).context("could not find the folder of the data")?;
    // The same way that any pipe takes, with its waiting, its repetitions and its errors.
    let mut sender = Command::new(std::env::current_exe().context("could not find this program")?)
        .args(["send", "-", "--format", "ndjson"])
        .env("BLOCKHOUSE_URL", &args.url)
        .env("BLOCKHOUSE_SOURCE", made.source_id.to_string())
        .env("BLOCKHOUSE_KEY", made.write_key.reveal())
        .env("BLOCKHOUSE_CA", &ca_file)
        .stdin(Stdio::piped())
        .spawn()
        .context("could not start sending")?;
    let sent = sender.stdin.take().context("no way to the sender").and_then(|mut pipe| write(&mut pipe, args, &node));
    if !sender.wait().context("could not wait for the sender")?.success() {
        bail!("the lines could not be sent; is the server running at {}?", args.url);
    }
    sent?;
    let (url, source, key) = (&args.url, made.source_id, made.read_key.reveal());
    line(&format!(
        "\nLook around: source {SOURCE} of {}, in the console at {url}, or here:\n  \
         export BLOCKHOUSE_URL={url} BLOCKHOUSE_SOURCE={source} BLOCKHOUSE_KEY={key} BLOCKHOUSE_CA={}\n  \
         blockhouse search 'level:error'\n  blockhouse sql 'select service, count(*) from logs group by service'\n  \
         blockhouse tail 'service:checkout'",
        tenant.as_str(),
        ca_file.display()
    ))
}

/// Lines at an even pace; what is due is written a tenth of a second at a time.
#[expect(clippy::disallowed_methods, reason = "the pace of a demonstration is all that this thread does")]
fn write(pipe: &mut impl std::io::Write, args: &DemoArgs, node: &Node) -> anyhow::Result<()> {
    let steps = (u128::from(args.seconds) * 1_000 / PACE.as_millis()).max(1) as u32;
    let mut written = 0;
    for step in 1..=steps {
        let due = (u64::from(args.lines) * u64::from(step) / u64::from(steps)) as u32;
        while written < due {
            let text = sample(node.clock.now(), written, &*node.entropy);
            writeln!(pipe, "{text}").context("the sender ended")?;
            written += 1;
        }
        pipe.flush().context("the sender ended")?;
        if step < steps {
            std::thread::sleep(PACE);
        }
    }
    Ok(())
}

/// A shop's day: mostly well, sometimes slow, now and then a payment provider that hangs up.
fn sample(now: Timestamp, number: u32, entropy: &dyn Entropy) -> serde_json::Value {
    let mut random = [0; 8];
    entropy.fill(&mut random);
    let pick = |place: usize, among: &[&'static str]| among[usize::from(random[place]) % among.len()];
    let service = pick(0, &["checkout", "catalog", "auth", "search", "payments"]);
    let path = pick(1, &["/cart", "/products/42", "/login", "/search", "/orders"]);
    let failed = random[2] < 10;
    let (level, status) = match (failed, random[2] < 40) {
        (true, _) => ("error", 502),
        (false, true) => ("warn", 429),
        (false, false) => ("info", 200),
    };
    let took = f64::from(u16::from_be_bytes([random[3] & 1, random[4]])) + if failed { 3_000.0 } else { 2.5 };
    let message = match (failed, status) {
        (true, _) => "upstream connection reset by peer".to_owned(),
        (false, 429) => format!("{path} asked for too often"),
        (false, _) => format!("GET {path} answered in {took} ms"),
    };
    json!({
        "timestamp": now.to_string(),
        "level": level,
        "message": message,
        "service": service,
        "http": {"method": "GET", "path": path, "status": status},
        "latency_ms": took,
        "request_id": format!("demo-{number:06}-{:02x}{:02x}", random[5], random[6]),
        "user": {"id": 1_000 + u32::from(random[7])},
    })
}

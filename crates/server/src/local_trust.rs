//! `blockhouse trust`: the local authority's certificate into the stores that browsers and tools of this machine read.
//!
//! Always holds: nothing is written before it was shown and agreed to; `untrust` removes exactly what `trust` added.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;

use crate::node::Node;
use crate::print::line;

#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// The data folder, whose authority is meant
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data")]
    data: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// A place that programs take authorities from.
enum Shelf {
    /// A folder of certificates, and the command that reads it.
    System { folder: &'static str, command: &'static [&'static str] },
    /// A database of NSS: Chromium's, or a profile of Firefox.
    Nss(PathBuf),
}

const SYSTEMS: [(&str, &[&str]); 3] = [
    ("/usr/local/share/ca-certificates", &["update-ca-certificates"]),
    ("/etc/pki/ca-trust/source/anchors", &["update-ca-trust"]),
    ("/etc/ca-certificates/trust-source/anchors", &["trust", "extract-compat"]),
];

pub(crate) fn trust(args: &TrustArgs) -> anyhow::Result<()> {
    let node = Node::open(&args.data)?;
    let (name, certificate) = (name_of(&node.authority.fingerprint()), node.ca_file());
    let what = format!("the authority {name}: for localhost only, it cannot sign other names");
    each(args, "Trust", &what, |shelf| shelf.add(&name, &certificate))?;
    line(&format!("undo with  blockhouse untrust --data {}", args.data.display()))
}

pub(crate) fn untrust(args: &TrustArgs) -> anyhow::Result<()> {
    let name = name_of(&Node::open(&args.data)?.authority.fingerprint());
    each(args, "Stop trusting", &format!("the authority {name}"), |shelf| shelf.remove(&name))
}

/// Shows every store, asks, and goes on to the next where one fails.
fn each(args: &TrustArgs, verb: &str, what: &str, act: impl Fn(&Shelf) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let shelves = shelves();
    line(&format!("{verb} {what}, in"))?;
    for shelf in &shelves {
        line(&format!("  {}", shelf.describe()))?;
    }
    line("  not: Java, which has a store of its own (keytool -importcert)")?;
    if shelves.is_empty() {
        bail!("found no store that this program knows; give clients the file by its path");
    }
    if !args.yes && !agreed()? {
        bail!("nothing was changed");
    }
    let mut failed = 0;
    for shelf in &shelves {
        match act(shelf) {
            Ok(()) => line(&format!("  ok      {}", shelf.describe()))?,
            Err(error) => {
                failed += 1;
                line(&format!("  failed  {}: {error:#}", shelf.describe()))?;
            }
        }
    }
    if failed == shelves.len() {
        bail!("no store was changed");
    }
    Ok(())
}

fn agreed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing was changed: there is no terminal to ask at; repeat with --yes");
    }
    let mut out = std::io::stdout().lock();
    write!(out, "Go on? [y/N] ").and_then(|()| out.flush()).context("could not ask")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("could not read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn shelves() -> Vec<Shelf> {
    let system = SYSTEMS.iter().find(|(folder, _)| Path::new(folder).is_dir());
    let mut shelves: Vec<Shelf> = system.map(|(folder, command)| Shelf::System { folder, command }).into_iter().collect();
    let Some(home) = std::env::home_dir() else { return shelves };
    let chromium = home.join(".pki/nssdb");
    if chromium.join("cert9.db").is_file() {
        shelves.push(Shelf::Nss(chromium));
    }
    for profiles in [home.join(".mozilla/firefox"), home.join("snap/firefox/common/.mozilla/firefox")] {
        let folders = fs::read_dir(profiles).into_iter().flatten().flatten().map(|entry| entry.path());
        shelves.extend(folders.filter(|folder| folder.join("cert9.db").is_file()).map(Shelf::Nss));
    }
    shelves
}

/// The start of the fingerprint tells installations on one machine apart.
fn name_of(fingerprint: &str) -> String {
    let digits: String = fingerprint.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    format!("blockhouse-{}", digits.to_lowercase())
}

// === impl Shelf ===

impl Shelf {
    fn describe(&self) -> String {
        match self {
            Self::System { folder, .. } => format!("the system's store, {folder} (needs root)"),
            Self::Nss(folder) => format!("the browser's store, {}", folder.display()),
        }
    }

    fn add(&self, name: &str, certificate: &Path) -> anyhow::Result<()> {
        match self {
            Self::System { folder, command } => {
                fs::copy(certificate, Path::new(folder).join(format!("{name}.crt"))).context("could not copy the certificate")?;
                run(command[0], &command[1..])
            }
            Self::Nss(folder) => {
                let (database, file) = (database(folder), certificate.display().to_string());
                run("certutil", &["-A", "-d", &database, "-t", "C,,", "-n", name, "-i", &file])
            }
        }
    }

    fn remove(&self, name: &str) -> anyhow::Result<()> {
        match self {
            Self::System { folder, command } => {
                fs::remove_file(Path::new(folder).join(format!("{name}.crt"))).context("could not remove the certificate")?;
                run(command[0], &command[1..])
            }
            Self::Nss(folder) => run("certutil", &["-D", "-d", &database(folder), "-n", name]),
        }
    }
}

fn database(folder: &Path) -> String {
    format!("sql:{}", folder.display())
}

fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let ended = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).output();
    let output = ended.with_context(|| match program {
        "certutil" => "certutil is not installed (Debian: libnss3-tools)".to_owned(),
        program => format!("could not run {program}"),
    })?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

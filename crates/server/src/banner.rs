//! What `blockhouse up` prints when it listens: what was made, where to go next.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use audit::{Actor, Deed};
use guard::TlsFloor;
use identity::Recovering;
use serde_json::json;

use crate::node::Node;
use crate::up::is_new;

pub(crate) struct Banner<'a> {
    pub(crate) node: &'a Node,
    pub(crate) address: SocketAddr,
    pub(crate) floor: TlsFloor,
    pub(crate) own_certificate: bool,
}

// === impl Banner ===

impl Banner<'_> {
    /// The setup link goes to a terminal only; elsewhere it would stay in a log for ever, so a file holds it.
    pub(crate) fn print(&self, json: bool, terminal: bool) -> anyhow::Result<()> {
        let setup = self.setup_link()?;
        let shown = match &setup {
            Some(link) if terminal => Some(link.clone()),
            Some(link) => Some(write_link(self.node, link)?),
            None => None,
        };
        let text = if json { self.json(shown.as_deref()) } else { self.text(shown.as_deref(), terminal)? };
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("could not print")
    }

    fn url(&self) -> String {
        let host = if self.address.ip().is_loopback() || self.address.ip().is_unspecified() {
            "localhost".to_owned()
        } else {
            self.address.ip().to_string()
        };
        format!("https://{host}:{}", self.address.port())
    }

    fn setup_link(&self) -> anyhow::Result<Option<String>> {
        if !self.node.identity.is_setup_open().context("could not read whether setup is done")? {
            // A link of a former start is of no use any more.
            let _ = fs::remove_file(self.node.data.join("setup-link"));
            return Ok(None);
        }
        let token = self
            .node
            .identity
            .create_setup_token(&Deed::by(Actor::Server, self.node.clock.now()))
            .context("could not make the setup link")?;
        Ok(Some(format!("{}/setup#{}", self.url(), token.reveal())))
    }

    fn versions(&self) -> &'static str {
        match self.floor {
            TlsFloor::Tls13 => "TLS 1.3 only",
            TlsFloor::Tls12 => "TLS 1.3 and 1.2",
        }
    }

    fn text(&self, setup: Option<&str>, terminal: bool) -> anyhow::Result<String> {
        let data = self.node.data.display();
        let mut out = String::new();
        if self.node.is_new {
            writeln!(out, "Blockhouse {}   data: {data} (new, only you can read it)\n", env!("CARGO_PKG_VERSION"))?;
            writeln!(out, "  ok  root key made                     {data}/root.key  <- back this file up")?;
            if is_new(self.node.authority_made) {
                writeln!(out, "  ok  local certificate authority       for localhost only, 825 days, cannot sign other names")?;
            }
            writeln!(out, "  ok  audit trail started               {}", self.node.identity.audit_verifier())?;
        } else {
            writeln!(out, "Blockhouse {}   data: {data}\n", env!("CARGO_PKG_VERSION"))?;
            writeln!(out, "  {}", self.of_root_key()?)?;
        }
        writeln!(out, "  ok  listening                         {}   {}, no plain HTTP\n", self.url(), self.versions())?;
        match setup {
            Some(link) if terminal => writeln!(out, "  Setup   {link}     once, within 30 minutes")?,
            Some(file) => writeln!(out, "  Setup   the one-time link is in {file}")?,
            None => {}
        }
        if !self.own_certificate {
            let (file, url) = (self.node.ca_file(), self.url());
            writeln!(out, "  Check   certificate SHA-256  {}", self.node.authority.fingerprint())?;
            writeln!(out, "  Trust   blockhouse trust --data {data}     or give clients {}", file.display())?;
            writeln!(out, "          elsewhere, {url}/ca.crt     if its SHA-256 is the same")?;
        }
        if setup.is_some() {
            writeln!(out, "  Shell   blockhouse bootstrap --data {data} --tenant NAME --source NAME")?;
            writeln!(
                out,
                "  Look    blockhouse demo --data {data} --url {}     once set up: 1,000 sample lines over 30 s",
                self.url()
            )?;
        }
        writeln!(out, "\n  Ctrl-C stops; nothing is lost.")?;
        Ok(out)
    }

    /// What is known of the way back to the root key: whoever starts the server is who can do something about it.
    fn of_root_key(&self) -> anyhow::Result<String> {
        let (known, now) = (self.node.identity.recovery_state()?, self.node.clock.now());
        let days = |step: &Recovering| format!("{} ({} d ago)", step.at.day(), now.seconds_since(step.at) / 86_400);
        let data = self.node.data.display();
        Ok(match (&known.kit, &known.proof) {
            (None, None) => format!("!!  no recovery kit of the root key  blockhouse root-key kit --data {data}"),
            (_, Some(proof)) if !known.is_proof_old(now) => {
                format!("ok  root key                          recovery proved {}", days(proof))
            }
            (_, proof) => {
                let last = proof.as_ref().map_or("not tested".to_owned(), |proof| format!("proved {}", days(proof)));
                format!("!!  root key                          recovery {last}: blockhouse root-key prove --data {data}")
            }
        })
    }

    fn json(&self, setup: Option<&str>) -> String {
        let line = json!({
            "event": "listening",
            "url": self.url(),
            "address": self.address.to_string(),
            "data": self.node.data,
            "new": self.node.is_new,
            "ca_file": self.node.ca_file(),
            "certificate_sha256": self.node.authority.fingerprint(),
            "setup": setup,
        });
        format!("{line}\n")
    }
}

fn write_link(node: &Node, link: &str) -> anyhow::Result<String> {
    let path = node.data.join("setup-link");
    // A file of a former start may be there, with another mode.
    let _ = fs::remove_file(&path);
    let mut file = fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("could not write {}", path.display()))?;
    writeln!(file, "{link}")?;
    Ok(path.display().to_string())
}

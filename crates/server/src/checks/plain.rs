//! `server.plaintext-refused`: marked lines in clear, in the protocols that clients of logs speak, to every listener.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use guard::twin::Beside;
use model::{Check, Observation, Timestamp, Vantage};

use super::canary::{Canaries, Canary};
use super::outside::Dialler;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(3);
const ANSWER_BYTES_MAX: u64 = 64 << 10;

pub(super) struct PlaintextRefused {
    canaries: Arc<Canaries>,
    listeners: Vec<SocketAddr>,
    dialler: Dialler,
}

// === impl PlaintextRefused ===

impl PlaintextRefused {
    pub(super) fn new(canaries: Arc<Canaries>, listeners: Vec<SocketAddr>, dialler: Dialler) -> Self {
        Self { canaries, listeners, dialler }
    }

    fn judge(&self, canary: &Canary, listeners: &[SocketAddr]) -> Result<Observation, String> {
        let marker = self.canaries.marker();
        let tries = tries(canary, &marker);
        let (mut refused, mut details) = (0, Vec::new());
        for address in listeners {
            for (what, bytes) in &tries {
                match taken(&self.dialler, *address, bytes) {
                    Ok(false) => refused += 1,
                    Ok(true) => details.push(format!("taken: {what}")),
                    Err(error) => return Err(error.to_string()),
                }
            }
        }
        let path = format!("/v1/sources/{}/search?q={marker}", canary.scope.source);
        let found = self.canaries.outside.get(&path, canary.read.reveal())?;
        let stored = found.json()["records"].as_array().map(Vec::len);
        let whole = (tries.len() * listeners.len()) as u64;
        let seen = Observation::all("messages in clear were refused", refused, whole);
        let seen = seen.counting("listeners tried", listeners.len() as u64, None).with_details(details);
        match stored {
            Some(0) => Ok(seen),
            Some(_) => {
                Ok(Observation { verdict: model::Verdict::Broken, ..seen }.detail("a line that was sent in clear was stored"))
            }
            None => Err(format!("the search was answered {}", found.status)),
        }
    }
}

impl Check for PlaintextRefused {
    fn id(&self) -> &'static str {
        "server.plaintext-refused"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let addresses = self.listeners.iter().map(|address| super::outside::reachable(*address));
            self.judge(sources.first().ok_or("there is no source to send to")?, &addresses.collect::<Vec<_>>())
        });
        looked.unwrap_or_else(|reason| Observation::not_run("the listeners could not be tried").detail(reason))
    }

    /// A listener that takes what comes, as a plain HTTP server beside the others would.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let beside = Beside::start(|mut stream| {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            })
            .map_err(|error| error.to_string())?;
            self.judge(sources.first().ok_or("there is no source to send to")?, &[beside.address])
        });
        looked.unwrap_or_else(|reason| Observation::not_run("no broken twin could be tried").detail(reason))
    }
}

/// What is sent, each with its name.
fn tries(canary: &Canary, marker: &str) -> Vec<(&'static str, Vec<u8>)> {
    let line = format!("{{\"message\":\"{marker}\"}}");
    let post = format!(
        "POST /sources/{}/frames HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{line}",
        canary.scope.source,
        canary.write.reveal(),
        line.len()
    );
    let syslog = format!("<14>1 2026-01-01T00:00:00Z host app - - - {marker}\n");
    // The preface and an empty SETTINGS frame of HTTP/2 (RFC 9113, 3.4), as gRPC in clear begins.
    let http2 = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
    // A window frame of Lumberjack's second version.
    let lumberjack = [b"2W".as_slice(), &1u32.to_be_bytes()].concat();
    // Fluent's forward protocol: `["a", 0, {"message": marker}]`.
    let forward = [b"\x93\xa1a\x00\x81\xa7message\xd9".as_slice(), &[marker.len() as u8], marker.as_bytes()].concat();
    vec![
        ("HTTP/1.1", post.into_bytes()),
        ("HTTP/2 without TLS", http2),
        ("syslog", syslog.clone().into_bytes()),
        ("syslog with octet counts", format!("{} {syslog}", syslog.len()).into_bytes()),
        ("GELF", format!("{{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":\"{marker}\"}}\0").into_bytes()),
        ("Lumberjack", lumberjack),
        ("Fluent Forward", forward),
    ]
}

/// Whether what listens there said anything that is not a refusal: an alert of TLS, a refusal of HTTP, or nothing.
fn taken(dialler: &Dialler, address: SocketAddr, bytes: &[u8]) -> std::io::Result<bool> {
    let mut stream = dialler.connect(address, ANSWER_TIME_MAX)?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    // A reset and silence are refusals as well; what arrived before them counts.
    let _ = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer);
    let refused = answer.is_empty() || answer.starts_with(&[0x15, 3]) || answer.starts_with(b"HTTP/1.1 400 ");
    Ok(!refused)
}

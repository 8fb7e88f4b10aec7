//! Sends the corpus over several connections.
#![expect(clippy::disallowed_methods, reason = "the benchmark measures on a real clock, and waits as long as the server asks")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::process::{Access, Server};
use crate::client::Client;

/// Raw bytes of one request, up to the end of its last line.
const BODY_BYTES: u64 = 2_000_000;

pub(super) struct Load {
    pub(super) seconds: f64,
    /// Answers that asked to come again later.
    pub(super) busy: u64,
}

/// As fast as the server takes it.
pub(super) fn send(server: &Server, access: &Access, corpus: &Path, connections: usize) -> Result<Load> {
    send_at(server, access, corpus, (connections, f64::INFINITY))
}

/// At most so many bytes a second.
pub(super) fn send_at(server: &Server, access: &Access, corpus: &Path, (connections, rate): (usize, f64)) -> Result<Load> {
    let sent = AtomicU64::new(0);
    let file = Mutex::new(BufReader::with_capacity(1 << 20, File::open(corpus)?));
    let first = server.client(access)?;
    let begun = Instant::now();
    let wait = || {
        let due = Duration::from_secs_f64(sent.fetch_add(BODY_BYTES, Ordering::Relaxed) as f64 / rate);
        thread::sleep(due.saturating_sub(begun.elapsed()));
    };
    let busy = thread::scope(|scope| {
        let sender = || {
            let client = first.sibling();
            scope.spawn(|| send_bodies(client, access, &file, wait))
        };
        let senders: Vec<_> = (0..connections).map(|_| sender()).collect();
        senders.into_iter().map(|sender| sender.join().unwrap_or_else(|_| bail!("a sender panicked"))).sum::<Result<u64>>()
    })?;
    Ok(Load { seconds: begun.elapsed().as_secs_f64(), busy })
}

fn send_bodies(mut client: Client, access: &Access, file: &Mutex<BufReader<File>>, wait: impl Fn()) -> Result<u64> {
    let path = format!("/sources/{}/frames", access.source_id);
    let mut busy = 0;
    let mut body = Vec::new();
    loop {
        read_body(file, &mut body)?;
        if body.is_empty() {
            return Ok(busy);
        }
        wait();
        loop {
            let response = client.post(&path, &access.write_key, "application/ndjson", &body)?;
            match response.status {
                202 => break,
                429 | 503 => {
                    busy += 1;
                    let seconds = response.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(1);
                    thread::sleep(Duration::from_secs(seconds));
                }
                status => bail!("the server answered {status}: {}", response.text()),
            }
        }
    }
}

fn read_body(file: &Mutex<BufReader<File>>, body: &mut Vec<u8>) -> Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    body.clear();
    file.by_ref().take(BODY_BYTES).read_to_end(body)?;
    if body.last().is_some_and(|&last| last != b'\n') {
        file.read_until(b'\n', body)?;
    }
    Ok(())
}

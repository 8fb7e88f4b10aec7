//! The server as a process: start, stop, and what the kernel says it used.
#![expect(clippy::disallowed_methods, reason = "the benchmark looks at a real process on a real clock")]

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::client::Client;

/// Killed when dropped.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
    data: PathBuf,
}

/// What `blockhouse bootstrap` hands out.
pub(super) struct Access {
    pub(super) source_id: String,
    pub(super) write_key: String,
    pub(super) read_key: String,
    ca_file: PathBuf,
}

const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(120);
const SETTLE_MAX: Duration = Duration::from_secs(900);
/// This long without work and without change means settled.
const QUIET: Duration = Duration::from_secs(3);
/// Clock ticks a second in `/proc`, the same on every Linux a user meets.
const TICKS: f64 = 100.0;

// === impl Server ===

impl Server {
    pub(super) fn start(binary: &Path, data: &Path) -> Result<Self> {
        Self::start_with(binary, data, &[])
    }

    /// With more flags of `up`.
    pub(super) fn start_with(binary: &Path, data: &Path, flags: &[&str]) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let log = File::create(data.with_extension("log"))?;
        let mut command = Command::new(binary);
        command.args(["up", "--listen", &address.to_string(), "--data"]).arg(data).args(flags);
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("start of the server")?;
        let mut server = Self { child, address, data: data.to_owned() };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(server.child.try_wait()?.is_none(), "the server ended, see {}", data.with_extension("log").display());
            ensure!(begun.elapsed() < START_MAX, "the server does not listen");
            sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    pub(super) fn bootstrap(&self, binary: &Path) -> Result<Access> {
        let mut command = Command::new(binary);
        command.args(["bootstrap", "--tenant", "bench", "--source", "bench", "--json", "--data"]).arg(&self.data);
        let output = command.output()?;
        ensure!(output.status.success(), "bootstrap: {}", String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned).with_context(|| format!("bootstrap gave no {name}"));
        Ok(Access {
            source_id: text("source_id")?,
            write_key: text("write_key")?,
            read_key: text("read_key")?,
            ca_file: text("ca_file")?.into(),
        })
    }

    pub(super) fn client(&self, access: &Access) -> Result<Client> {
        Ok(Client::new(self.address, &access.ca_file)?)
    }

    pub(super) fn wait_healthy(&self, access: &Access) -> Result<()> {
        let mut client = self.client(access)?;
        let begun = Instant::now();
        loop {
            match client.get("/healthz", "") {
                Ok(response) if response.status == 200 => return Ok(()),
                _ if begun.elapsed() > START_MAX => bail!("the server is not healthy"),
                Ok(_) | Err(_) => sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Waits until nothing is left to do, and tells how long that took.
    pub(super) fn settle(&self) -> Result<f64> {
        let begun = Instant::now();
        let state = || Ok::<_, anyhow::Error>((self.cpu_seconds()?, disk_bytes(&self.data)?));
        let mut last = state()?;
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < QUIET {
            ensure!(begun.elapsed() < SETTLE_MAX, "the server is still at work");
            sleep(Duration::from_millis(250));
            let now = state()?;
            // A timer's wake-ups are no work: up to a fifth of one core would be.
            if now.0 - last.0 > 0.05 || now.1 != last.1 {
                quiet_since = Instant::now();
            }
            last = now;
        }
        Ok(begun.elapsed().as_secs_f64() - QUIET.as_secs_f64())
    }

    /// Since its start, ended threads included, in steps of 10 ms.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit_once(')').context("/proc stat")?.1.split_whitespace().collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).context("/proc stat");
        Ok((ticks(11)? + ticks(12)?) / TICKS)
    }

    /// Nanoseconds of each thread that lives: fine enough for one query.
    pub(super) fn thread_nanos(&self) -> Result<Vec<(u64, u64)>> {
        let mut threads = Vec::new();
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let task = task?;
            let id = task.file_name().to_string_lossy().parse()?;
            // A thread may end between the listing and the read.
            let Ok(stat) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            let nanos = stat.split_whitespace().next().and_then(|n| n.parse().ok()).context("schedstat")?;
            threads.push((id, nanos));
        }
        Ok(threads)
    }

    pub(super) fn peak_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
    }

    /// A clean stop; the CPU seconds of the whole life, as last seen before its end.
    pub(super) fn stop(mut self) -> Result<f64> {
        let mut cpu = self.cpu_seconds()?;
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(told.success(), "the server could not be told to stop");
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(cpu);
            }
            ensure!(begun.elapsed() < STOP_MAX, "the server does not stop");
            if let Ok(now) = self.cpu_seconds() {
                cpu = now.max(cpu);
            }
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// CPU seconds of the thread that asks.
pub(super) fn own_cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: f64 = stat.split_whitespace().next().and_then(|n| n.parse().ok()).context("schedstat")?;
    Ok(nanos / 1e9)
}

/// What the folder takes on the disk.
pub(super) fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    let Ok(entries) = fs::read_dir(folder) else { return Ok(0) };
    for entry in entries {
        let entry = entry?;
        // A file that was just replaced is counted under its new name.
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}

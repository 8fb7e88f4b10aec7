//! chromedriver: a process that starts one browser, and the WebDriver protocol as far as one command goes.
//!
//! Always holds: when this is dropped, the browser has ended too, also where it does not answer any more.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::profile;
use crate::client::{Response, read_response};
use crate::clock::eventually;
use crate::free_port::free_port;

const START_MAX: Duration = Duration::from_secs(60);
/// Longer than a command may take inside the browser.
const SILENCE_MAX: Duration = Duration::from_secs(90);
const SCRIPT_MAX_MS: u64 = 30_000;
const LOAD_MAX_MS: u64 = 60_000;

/// Root has no sandbox; the rest keeps the browser from talking to anybody but the house.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--window-size=1280,900",
];

pub(super) struct Driver {
    process: Child,
    port: u16,
    session: String,
    /// Held for its end: the home of the browser.
    _folder: tempfile::TempDir,
}

/// What WebDriver answers instead of a result: `no such element`, `stale element reference`, …
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: String,
    message: String,
}

// === impl Driver ===

impl Driver {
    #[track_caller]
    pub(super) fn start(ca_files: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        profile::make(folder.path(), ca_files);
        let log = folder.path().join("chromedriver.log");
        // Told which: where it chooses by itself, it wants the port that IPv6 gave it on IPv4 too, and ends where that
        // is taken.
        let port = free_port();
        let process = spawn(folder.path(), port, File::create(&log).unwrap());
        let mut driver = Self { process, port, session: String::new(), _folder: folder };
        eventually("chromedriver listens", START_MAX, || {
            let said = fs::read_to_string(&log).unwrap();
            assert!(driver.process.try_wait().unwrap().is_none(), "chromedriver ended: {said}");
            said.contains("started successfully").then_some(())
        });
        driver.session = driver.new_session().unwrap_or_else(|refusal| panic!("no browser: {refusal}"));
        driver
    }

    /// A command on the session; its `value`.
    pub(super) fn session(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.command(method, &format!("/session/{}{path}", self.session), body)
    }

    fn new_session(&self) -> Result<String, Refusal> {
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "script": SCRIPT_MAX_MS, "pageLoad": LOAD_MAX_MS },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": FLAGS },
        } } });
        let made = self.command("POST", "/session", &capabilities)?;
        Ok(made["sessionId"].as_str().unwrap_or_default().to_owned())
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        let response =
            self.send(method, path, body).map_err(|error| Refusal::of("chromedriver is silent", &error.to_string()))?;
        let value = response.json()["value"].take();
        match value["error"].as_str() {
            Some(code) if response.status != 200 => Err(Refusal::of(code, value["message"].as_str().unwrap_or_default())),
            Some(_) | None => Ok(value),
        }
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> io::Result<Response> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        let kind = "Content-Type: application/json";
        stream.write_all(format!("{head}{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        read_response(&mut BufReader::new(stream))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked first, so that the browser ends in order. Whoever is left over then is of chromedriver's process group.
        drop(self.session("DELETE", "", &Value::Null));
        drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", self.process.id())]).status());
        drop(self.process.wait());
    }
}

// === impl Refusal ===

impl Refusal {
    fn of(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }

    /// The page is not there yet where it will be.
    pub(super) fn is_for_now(&self) -> bool {
        const FOR_NOW: [&str; 6] = [
            // The page went away while it was looked at: another one comes.
            "aborted by navigation",
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
            "invalid element state",
        ];
        FOR_NOW.contains(&self.code.as_str())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

fn spawn(home: &Path, port: u16, log: File) -> Child {
    let mut command = Command::new("chromedriver");
    command.arg(format!("--port={port}")).env("HOME", home).env("TMPDIR", home).stdin(Stdio::null());
    for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
        command.env_remove(name);
    }
    command.stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
    command.spawn().unwrap_or_else(|error| panic!("chromedriver cannot be started (sh scripts/setup-tests): {error}"))
}

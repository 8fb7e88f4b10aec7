//! A server of one's own: the built binary on an empty data folder and a free port of this machine.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, Response};
use crate::clock::eventually;
use crate::described;
use crate::free_port::free_port;

/// Killed, and its folder removed, when dropped.
pub(crate) struct House {
    /// Held for its end.
    _folder: tempfile::TempDir,
    data: PathBuf,
    log: PathBuf,
    address: SocketAddr,
    /// Of `up`, beyond those that every house has.
    flags: Vec<OsString>,
    /// Of `up`, beyond this process's own.
    environment: Vec<(&'static str, OsString)>,
    server: Option<Child>,
}

/// What `blockhouse bootstrap` hands out for one source.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) source_id: String,
    pub(crate) write_key: String,
    pub(crate) read_key: String,
    pub(crate) ca_file: PathBuf,
}

const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(60);

// === impl House ===

impl House {
    /// Started, with one tenant and one source.
    pub(crate) fn open() -> (Self, Access) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self::open_at(folder, data)
    }

    /// The same with its data anywhere.
    pub(crate) fn open_at(folder: tempfile::TempDir, data: PathBuf) -> (Self, Access) {
        let mut house = Self::closed(folder, data, Vec::new());
        house.start_unseen();
        let access = house.bootstrap("acme", "first");
        house.wait_healthy(&access);
        (house, access)
    }

    /// The same with a certificate of its own: `flags` say which, `ca_file` holds the authority that vouches for it.
    pub(crate) fn open_certified(folder: tempfile::TempDir, flags: Vec<OsString>, ca_file: &Path) -> (Self, Access) {
        let data = folder.path().join("data");
        let mut house = Self::closed(folder, data, flags);
        house.start_unseen();
        let access = Access { ca_file: ca_file.to_owned(), ..house.bootstrap("acme", "first") };
        house.wait_healthy(&access);
        (house, access)
    }

    /// The same with settings from its environment.
    pub(crate) fn open_set(environment: Vec<(&'static str, OsString)>) -> (Self, Access) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut house = Self::closed(folder, data, Vec::new());
        house.environment = environment;
        house.start_unseen();
        let access = house.bootstrap("acme", "first");
        house.wait_healthy(&access);
        (house, access)
    }

    /// Started with nothing in it, and the link by which it is set up.
    pub(crate) fn open_empty() -> (Self, String) {
        Self::open_empty_set(Vec::new())
    }

    /// The same with settings from its environment.
    pub(crate) fn open_empty_set(environment: Vec<(&'static str, OsString)>) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut house = Self::closed(folder, data, Vec::new());
        house.environment = environment;
        house.start_unseen();
        // It has no terminal, so the link is in a file, and what it prints names that.
        let file = eventually("the server names the file of its setup link", START_MAX, || {
            let log = house.log();
            Some(PathBuf::from(log.split_once("the one-time link is in ")?.1.split_once('\n')?.0))
        });
        // Where the console is built, its wizard would answer; these promises are of the page that needs none.
        let link = fs::read_to_string(file).unwrap().trim().replace("/setup#", "/setup?plain#");
        (house, link)
    }

    fn closed(folder: tempfile::TempDir, data: PathBuf, flags: Vec<OsString>) -> Self {
        let port = free_port();
        let log = folder.path().join("server.log");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self { _folder: folder, data, log, address, flags, environment: Vec::new(), server: None }
    }

    /// A start that does not come to listening, with one setting changed for it; what it said.
    pub(crate) fn start_in_vain(&mut self, name: &'static str, value: &str) -> String {
        let settings = self.environment.clone();
        self.environment.push((name, value.into()));
        let before = self.log().len();
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut server = self.spawn(log);
        self.environment = settings;
        let status = eventually("the server gives up", START_MAX, || server.try_wait().unwrap());
        assert!(!status.success(), "{}", self.log());
        self.log().split_off(before)
    }

    pub(crate) fn start(&mut self, access: &Access) {
        self.start_unseen();
        self.wait_healthy(access);
    }

    /// New keys for a source, which is made if it is not there.
    pub(crate) fn bootstrap(&self, tenant: &str, source: &str) -> Access {
        let answer = self.run(&["bootstrap", "--tenant", tenant, "--source", source]);
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned();
        Access {
            source_id: text("source_id"),
            write_key: text("write_key"),
            read_key: text("read_key"),
            ca_file: text("ca_file").into(),
        }
    }

    /// A command of the operator on this data folder, while the server runs or not; its answer.
    pub(crate) fn run(&self, words: &[&str]) -> Value {
        let output = self.command(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The same where a refusal is an answer too: how it ended, and what it said.
    #[track_caller]
    pub(crate) fn answer(&self, words: &[&str]) -> (Option<i32>, Value) {
        let output = self.command(words);
        let said = serde_json::from_slice(&output.stdout);
        (output.status.code(), said.unwrap_or_else(|_| panic!("{words:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(words).arg("--json").arg("--data").arg(&self.data);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// As the power cord does it, as far as the process is concerned.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("the server runs");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    pub(crate) fn stop(&mut self) -> ExitStatus {
        let mut server = self.server.take().expect("the server runs");
        assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
        eventually("the server stops", STOP_MAX, || server.try_wait().unwrap())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.server.as_mut().is_some_and(|server| server.try_wait().unwrap().is_none())
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.server.as_ref().expect("the server runs").id()
    }

    pub(crate) fn client(&self, access: &Access) -> Client {
        Client::new(self.address, &access.ca_file).unwrap().witnessed(described::hold)
    }

    /// For whoever has no key, or a session.
    pub(crate) fn visitor(&self) -> Client {
        Client::new(self.address, &self.ca_file()).unwrap().witnessed(described::hold)
    }

    /// The same at another address: Linux lets a socket come from any loopback address.
    pub(crate) fn visitor_from(&self, address: [u8; 4]) -> Client {
        self.at_another_address(self.visitor(), address)
    }

    pub(crate) fn at_another_address(&self, client: Client, address: [u8; 4]) -> Client {
        let to = self.address;
        client.dialling(Arc::new(move || socket_from(address, to)))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// What clients of this machine trust it by, unless it has a certificate of its own.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.data.join("ca.crt")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Started with these for once, and with something else than nothing as its standard input.
    pub(crate) fn start_once(&mut self, flags: &[OsString], environment: &[(&'static str, OsString)], input: impl Into<Stdio>) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut up = self.up(log);
        up.args(flags).envs(environment.iter().map(|(name, value)| (name, value))).stdin(input);
        self.server = Some(up.spawn().unwrap());
        self.wait_listening();
    }

    fn start_unseen(&mut self) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        self.server = Some(self.spawn(log));
        self.wait_listening();
    }

    fn wait_listening(&mut self) {
        eventually("the server listens", START_MAX, || {
            assert!(self.is_running(), "the server ended:\n{}", self.log());
            TcpStream::connect(self.address).ok()
        });
    }

    fn spawn(&self, log: File) -> Child {
        self.up(log).spawn().unwrap()
    }

    fn up(&self, log: File) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.args(["up", "--listen", &self.address.to_string(), "--data"]).arg(&self.data).args(&self.flags);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    fn wait_healthy(&self, access: &Access) {
        let mut client = self.client(access);
        eventually("the server is healthy", START_MAX, || {
            client.get("/healthz", "").ok().filter(|response| response.status == 200)
        });
    }
}

pub(crate) fn socket_from(address: [u8; 4], to: SocketAddr) -> std::io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let socket = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((address, 0)))?;
        socket.connect(to).await
    });
    let socket = socket?.into_std()?;
    socket.set_nonblocking(false)?;
    Ok(socket)
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Where a promise is broken already, its own message is the one to read.
            drop(server.kill());
            drop(server.wait());
        }
    }
}

// === impl Access ===

impl Access {
    pub(crate) fn frames_path(&self) -> String {
        format!("/sources/{}/frames", self.source_id)
    }

    /// Sends records as NDJSON and demands that they are taken.
    #[track_caller]
    pub(crate) fn send(&self, client: &mut Client, ndjson: &str) {
        let response = client.post(&self.frames_path(), &self.write_key, "application/ndjson", ndjson.as_bytes()).unwrap();
        assert_eq!(response.status, 202, "{}", response.text());
    }

    pub(crate) fn search_response(&self, client: &mut Client, query: &str) -> Response {
        let path = format!("/v1/sources/{}/search?limit=10000&q={}", self.source_id, escaped(query));
        client.get(&path, &self.read_key).unwrap()
    }

    /// Every record that a query finds, page after page.
    #[track_caller]
    pub(crate) fn search(&self, client: &mut Client, query: &str) -> Vec<Value> {
        let mut records = Vec::new();
        let mut response = self.search_response(client, query);
        loop {
            assert_eq!(response.status, 200, "{query}: {}", response.text());
            let page = response.json();
            records.extend(page["records"].as_array().expect("records").iter().cloned());
            let Some(next) = page["next"].as_str() else { return records };
            let (q, cursor) = (escaped(query), escaped(next));
            let path = format!("/v1/sources/{}/search?limit=10000&q={q}&cursor={cursor}", self.source_id);
            response = client.get(&path, &self.read_key).unwrap();
        }
    }

    pub(crate) fn sql(&self, client: &mut Client, sql: &str) -> Response {
        let body = serde_json::json!({ "sql": sql }).to_string();
        let path = format!("/v1/sources/{}/sql", self.source_id);
        client.post(&path, &self.read_key, "application/json", body.as_bytes()).unwrap()
    }

    pub(crate) fn tail_path(&self, query: &str) -> String {
        format!("/v1/sources/{}/tail?q={}", self.source_id, escaped(query))
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let escape = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(escape).collect()
}

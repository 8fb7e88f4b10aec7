//! A tenant's audit trail is carried as it grows: into one of its sources, as records that are found like any others, and
//! to an https address, signed; where a stream stopped it goes on, whatever stopped it, and it never carries itself.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::clock::{eventually, pause, unix_seconds};
use crate::house::House;
use crate::person::{Founded, Person, text};

/// It looks every second for what there is to carry.
const CARRIED_WITHIN: Duration = Duration::from_secs(30);
const IDLE_MILLISECONDS: u64 = 4_000;
const OWNER: &str = "ada@example.com";

struct World {
    house: House,
    founded: Founded,
}

/// A request that arrived at an address.
#[derive(Debug, Clone)]
struct Arrived {
    stream: String,
    signature: String,
    body: Vec<u8>,
}

/// Somebody who takes streams at an https address of this machine; ended with the process.
struct Receiver {
    port: u16,
    certificate: PathBuf,
    _folder: tempfile::TempDir,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// How many of the next requests are refused.
    refuses: Arc<AtomicUsize>,
}

// === impl World ===

impl World {
    fn new(environment: Vec<(&'static str, std::ffi::OsString)>) -> Self {
        let (house, link) = House::open_empty_set(environment);
        let founded = Founded::by(&house, &link, OWNER);
        Self { house, founded }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/{what}", self.founded.tenant)
    }

    fn owner(&mut self) -> &mut Person {
        &mut self.founded.owner
    }

    /// Does something that is told in the trail.
    #[track_caller]
    fn makes_source(&mut self, name: &str) -> String {
        let path = self.path("sources");
        text(&self.owner().does("POST", &path, &json!({ "name": name }))["id"])
    }

    #[track_caller]
    fn streams(&mut self) -> Vec<Value> {
        let path = self.path("audit/streams");
        self.owner().reads(&path)["streams"].as_array().unwrap().clone()
    }

    /// The sequence of the newest entry, by the shell, whose looking is not told.
    fn newest(&self) -> u64 {
        let entries = self.house.run(&["audit", "entries", "--tenant", "Acme", "--limit", "1"]);
        entries[0]["sequence"].as_u64().unwrap()
    }

    /// Waits until the only stream has carried everything that there is now; gives the last sequence.
    #[track_caller]
    fn all_carried(&mut self) -> u64 {
        let newest = self.newest();
        eventually("everything was carried", CARRIED_WITHIN, || self.streams()[0]["last"].as_u64().filter(|last| *last >= newest))
    }
}

// === impl Receiver ===

impl Receiver {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let certificate = folder.path().join("receiver.pem");
        std::fs::write(&certificate, leaf.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (arrived, refuses) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (kept, wrong, config) = (Arc::clone(&arrived), Arc::clone(&refuses), Arc::new(config));
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = BufReader::new(StreamOwned::new(connection, socket));
                // A client that verifies nothing else hangs up; one request a connection is enough.
                let Some(request) = read_request(&mut tls) else { continue };
                let refused = wrong.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                let status = if refused { "503 Service Unavailable" } else { "204 No Content" };
                if !refused {
                    kept.lock().unwrap().push(request);
                }
                drop(tls.get_mut().write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes()));
                tls.get_mut().conn.send_close_notify();
                drop(tls.get_mut().flush());
            }
        });
        Self { port, certificate, _folder: folder, arrived, refuses }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/hook?token=hidden", self.port)
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The sequences that arrived, in that order.
    fn sequences(&self) -> Vec<u64> {
        let lines = |one: &Arrived| -> Vec<u64> {
            let text = String::from_utf8(one.body.clone()).unwrap();
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["sequence"].as_u64().unwrap()).collect()
        };
        self.arrived().iter().flat_map(lines).collect()
    }
}

fn read_request(tls: &mut impl BufRead) -> Option<Arrived> {
    let (mut stream, mut signature, mut length) = (String::new(), String::new(), 0);
    let mut line = String::new();
    tls.read_line(&mut line).ok().filter(|_| line.starts_with("POST /hook?token=hidden "))?;
    loop {
        line.clear();
        tls.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "blockhouse-stream" => stream = value.to_owned(),
            "blockhouse-signature" => signature = value.to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    tls.read_exact(&mut body).ok()?;
    Some(Arrived { stream, signature, body })
}

/// As a receiver would check it, with the secret that it was told once.
#[track_caller]
fn check_signature(arrived: &Arrived, secret: &str) {
    let (time, signature) = arrived.signature.split_once(',').unwrap();
    let seconds = time.strip_prefix("t=").unwrap();
    assert!(seconds.parse::<u64>().unwrap().abs_diff(unix_seconds()) < 300, "{time}");
    let signed = [seconds.as_bytes(), b".", &arrived.body].concat();
    let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &signed);
    let made: String = made.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature.strip_prefix("v1="), Some(made.as_str()));
}

fn authority(of: &Path) -> String {
    std::fs::read_to_string(of).unwrap()
}

#[test]
fn a_trail_is_found_in_the_tenant_s_own_source_and_goes_on_after_a_crash() {
    let mut world = World::new(Vec::new());
    let into = world.makes_source("trail");
    let path = world.path("audit/streams");
    let stream = world.owner().does("POST", &path, &json!({ "source": into, "from": "start" }));
    assert_eq!((&stream["source"], &stream["secret"]), (&json!(into), &Value::Null));
    world.all_carried();

    world.makes_source("before");
    world.house.kill();
    let access = world.founded.access.clone();
    world.house.start(&access);
    world.owner().reconnects();
    world.makes_source("after");
    let last = world.all_carried();

    // Nothing that it carries makes more to carry.
    let newest = world.newest();
    pause(IDLE_MILLISECONDS);
    assert_eq!(world.newest(), newest);

    let records = world.owner().finds(&into, "");
    let mut sequences: Vec<u64> = records.iter().map(|one| one["attributes"]["audit"]["sequence"].as_u64().unwrap()).collect();
    sequences.sort_unstable();
    sequences.dedup();
    assert!(sequences.starts_with(&(0..=last).collect::<Vec<_>>()), "no entry is missing: {sequences:?}");
    let made: Vec<&Value> =
        records.iter().filter(|one| one["attributes"]["audit"]["event"]["type"] == "source_created").collect();
    assert!(made.len() >= 4, "{records:?}");
    assert_eq!((&made[0]["attributes"]["service"], &made[0]["level"]), (&json!("blockhouse-audit"), &json!("info")));
}

#[test]
fn a_trail_arrives_signed_at_an_address_and_what_fails_is_tried_again() {
    let receiver = Receiver::open();
    let mut world = World::new(vec![("BLOCKHOUSE_PRIVATE_HOSTS", "localhost".into())]);
    let path = world.path("audit/streams");
    receiver.refuses.store(2, Ordering::SeqCst);
    let asked = json!({ "url": receiver.url(), "authority": authority(&receiver.certificate) });
    let stream = world.owner().does("POST", &path, &asked);
    let secret = text(&stream["secret"]);
    let failing = eventually("it is seen that nothing arrives", CARRIED_WITHIN, || {
        Some(world.streams()[0]["failing"].clone()).filter(|failing| !failing.is_null())
    });
    assert_eq!(failing["code"], "status_503");
    assert!(failing["since"].is_string(), "{failing}");

    world.makes_source("one");
    let last = world.all_carried();
    let shown = world.streams().remove(0);
    assert_eq!((&shown["failing"], &shown["secret"]), (&Value::Null, &Value::Null), "the secret was shown once");
    assert!(!shown.to_string().contains("hidden"), "{shown}");
    let sequences = receiver.sequences();
    assert!(sequences.is_sorted() && sequences.last() >= Some(&last), "{sequences:?}");
    let first = sequences[0];
    assert_eq!(sequences, (first..first + sequences.len() as u64).collect::<Vec<_>>(), "each once, without a gap");
    for arrived in receiver.arrived() {
        assert_eq!(arrived.stream, stream["id"]);
        check_signature(&arrived, &secret);
    }

    let id = text(&stream["id"]);
    assert_eq!(world.owner().ask("DELETE", &format!("{path}/{id}"), &Value::Null).status, 204);
    let before = receiver.sequences().len();
    world.makes_source("two");
    pause(IDLE_MILLISECONDS);
    assert_eq!(receiver.sequences().len(), before, "it was ended");
}

#[test]
fn an_address_is_public_unless_the_installation_allows_its_host_and_its_name_is_verified() {
    let receiver = Receiver::open();
    let mut world = World::new(Vec::new());
    let path = world.path("audit/streams");
    let own = format!("https://localhost:{}/frames", world.house.address().port());
    for url in ["http://siem.example/", "https://127.0.0.1:1/", "https://10.0.0.1/", "https://a:b@siem.example/", &own] {
        let (status, code) = world.owner().refused("POST", &path, &json!({ "url": url }));
        assert!(matches!(status, 400 | 422) && code == "address_invalid", "{url}: {status} {code}");
    }
    let asked = json!({ "url": receiver.url(), "authority": authority(&receiver.certificate) });
    world.owner().does("POST", &path, &asked);
    let code = |world: &mut World| {
        eventually("it is seen that nothing arrives", CARRIED_WITHIN, || {
            world.streams().iter().find_map(|one| one["failing"]["code"].as_str().map(str::to_owned))
        })
    };
    assert_eq!(code(&mut world), "address_not_public");

    let mut world = World::new(vec![("BLOCKHOUSE_PRIVATE_HOSTS", "localhost".into())]);
    let path = world.path("audit/streams");
    // Nobody that this machine trusts vouches for the receiver.
    world.owner().does("POST", &path, &json!({ "url": receiver.url() }));
    assert_eq!(code(&mut world), "unreachable");
    assert!(receiver.arrived().is_empty());
}

#[test]
fn how_long_a_trail_is_kept_is_the_tenant_s_to_say_within_bounds() {
    let mut world = World::new(Vec::new());
    let (path, tenant) = (world.path("audit/retention"), format!("/v1/tenants/{}", world.founded.tenant));
    assert_eq!(world.owner().reads(&tenant)["settings"]["audit_retention_days"], 400);
    for days in [0, 364, 3_651] {
        let refused = world.owner().refused("PUT", &path, &json!({ "days": days }));
        assert_eq!(refused, (422, "retention_invalid".to_owned()), "{days}");
    }
    world.owner().does("PUT", &path, &json!({ "days": 2_190 }));
    assert_eq!(world.owner().reads(&tenant)["settings"]["audit_retention_days"], 2_190);
    let entries = world.house.run(&["audit", "entries", "--tenant", "Acme", "--event", "audit_retention_changed"]);
    assert_eq!(entries[0]["event"]["days"], 2_190);
    let notices = world.owner().reads("/v1/me/notices")["notices"].to_string();
    assert!(notices.contains("audit_retention_changed"), "{notices}");
}

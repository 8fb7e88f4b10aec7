//! The clients that people run, at the versions of `clients/`, with another address and a key and nothing else changed: each
//! checks who it speaks to, and what it sent is found with every field.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::clients::{Ended, Running, debian, ended, node, python};
use crate::clock::eventually;
use crate::free_port::{free_address, free_port};
use crate::house::{Access, House};

const SOON: Duration = Duration::from_secs(60);

/// Where a client looks for the authority that it is told of.
#[derive(Clone, Copy)]
enum Authority {
    /// In its own settings.
    Told,
    /// In a variable that its runtime reads.
    Variable(&'static str),
}

/// Whether a client says how its sending ended.
#[derive(Clone, Copy, PartialEq)]
enum Tells {
    Failure,
    Nothing,
}

/// How a client is run.
struct Run<'a> {
    command: Vec<PathBuf>,
    words: &'a [&'a str],
    /// Beyond what each is told.
    set: &'a [(&'a str, &'a str)],
    authority: Authority,
    tells: Tells,
}

// === impl Run ===

impl Run<'_> {
    /// Sends first with an authority that does not vouch for the house, then with the one that does; the records that are
    /// there.
    #[track_caller]
    fn sent(&self) -> Vec<Value> {
        let (house, access) = House::open();
        let stranger = tempfile::NamedTempFile::new().unwrap();
        fs::write(stranger.path(), certificate_of_nobody_here().0).unwrap();
        let refused = self.ended(&house, &access, stranger.path());
        assert!(self.tells == Tells::Nothing || !refused.well, "sent to somebody unknown: {}", refused.said);
        let taken = self.ended(&house, &access, &access.ca_file);
        assert!(taken.well, "{}\n{}", taken.said, house.log());
        let mut client = house.client(&access);
        let found = eventually("what was sent is there", SOON, || {
            Some(access.search(&mut client, "placed")).filter(|records| !records.is_empty())
        });
        assert!(!house.log().contains(&access.write_key) && !format!("{found:?}").contains(&access.write_key));
        found
    }

    fn ended(&self, house: &House, access: &Access, file: &Path) -> Ended {
        let (server, file) = (format!("localhost:{}", house.address().port()), file.to_str().unwrap());
        let below = access.frames_path();
        let mut environment = vec![("SERVER", server.as_str()), ("KEY", &access.write_key), ("SOURCE", &access.source_id)];
        // A client that sends in the background and says nothing of it is given this many seconds.
        environment.extend([("PATIENCE", "5"), ("CA", file)]);
        if let Authority::Variable(name) = self.authority {
            environment.push((name, file));
        }
        environment.extend(self.set.iter().map(|(name, value)| (*name, if *value == BELOW { below.as_str() } else { value })));
        ended(&self.command, self.words, &environment)
    }
}

#[track_caller]
fn sent(command: Vec<PathBuf>, words: &[&str], set: &[(&str, &str)], authority: Authority, tells: Tells) -> Vec<Value> {
    Run { command, words, set, authority, tells }.sent()
}

/// Stands for the address below which a source's frames are taken.
const BELOW: &str = "(frames)";

/// In PEM: an authority that vouches for nobody, and its key.
pub(crate) fn certificate_of_nobody_here() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// That these are all, and that each of them holds at least what is expected of it.
#[track_caller]
fn check(found: &[Value], expected: &[Value]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for wanted in expected {
        assert!(found.iter().any(|record| holds(record, wanted)), "{wanted:#} is not in {found:#?}");
    }
}

fn holds(whole: &Value, part: &Value) -> bool {
    match part.as_object() {
        Some(members) => members.iter().all(|(name, value)| holds(&whole[name], value)),
        None => whole == part,
    }
}

const NODE: Authority = Authority::Variable("NODE_EXTRA_CA_CERTS");
const REQUESTS: Authority = Authority::Variable("REQUESTS_CA_BUNDLE");

#[test]
fn timber_for_python() {
    let found = sent(python("timber"), &[], &[], REQUESTS, Tells::Nothing);
    let attributes = json!({ "order_placed": { "id": 1, "total": 2.5 }, "context": { "user": { "id": 123 }, "runtime": { "logger_name": "app" } } });
    check(&found, &[json!({ "message": "order placed by timber", "level": "warn", "attributes": attributes })]);
}

#[test]
fn timber_for_node() {
    let found = sent(node("timber"), &[], &[], NODE, Tells::Failure);
    let attributes = json!({ "order_placed": { "id": 1, "total": 2.5 }, "user": { "id": 7 } });
    check(&found, &[json!({ "message": "order placed by timber in node", "level": "warn", "attributes": attributes })]);
}

#[test]
fn logtail_for_python() {
    let found = sent(python("logtail"), &[], &[], REQUESTS, Tells::Nothing);
    let attributes =
        json!({ "order_placed": { "id": 1, "total": 2.5 }, "context": { "runtime": { "thread_name": "MainThread" } } });
    check(&found, &[json!({ "message": "order placed by logtail", "level": "error", "attributes": attributes })]);
}

#[test]
fn logtail_for_node() {
    let expected = [
        json!({ "message": "order placed by logtail in node", "level": "warn", "attributes": { "order": { "id": 1, "total": 2.5 } } }),
    ];
    check(&sent(node("logtail"), &[], &[], NODE, Tells::Failure), &expected);
    check(&sent(node("logtail"), &[], &[("BELOW", BELOW)], NODE, Tells::Failure), &expected);
}

#[test]
fn opentelemetry_for_python() {
    for way in ["http", "grpc"] {
        // gRPC tries again for as long as it may, and the SDK drops what failed without an exit code.
        let found = sent(python("otlp"), &[way], &[], Authority::Told, Tells::Nothing);
        let attributes = json!({
            "order.id": 9_007_199_254_740_993_u64, "order.total": 2.5, "code.function.name": "<module>", "scope": { "name": "app" },
            "resource": { "service.name": "shop", "service.version": "1.2", "telemetry.sdk.version": "1.45.2" },
        });
        let message = format!("order placed by otlp over {way}");
        check(&found, &[json!({ "message": message, "level": "error", "attributes": attributes })]);
    }
}

#[test]
fn opentelemetry_for_node() {
    for form in ["json", "proto"] {
        let found = sent(node("otlp"), &[form], &[], NODE, Tells::Failure);
        let attributes = json!({
            "order": { "id": 7, "total": 2.5 }, "scope": { "name": "app" }, "resource": { "service.name": "shop" },
        });
        let message = format!("order placed by otlp in node as {form}");
        check(&found, &[json!({ "message": message, "level": "warn", "attributes": attributes })]);
    }
}

#[test]
fn elasticsearch_for_python() {
    let expected = ["create", "index", "alone", "by name", "once"].map(|operation| {
        let message = format!("order placed by elasticsearch with {operation}");
        json!({ "message": message, "level": "warn", "timestamp": "2026-01-31T12:00:00.123456789Z", "attributes": { "order": { "id": 7, "total": 2.5 } } })
    });
    check(&sent(python("elasticsearch"), &[], &[], Authority::Told, Tells::Failure), &expected);
    check(&sent(python("elasticsearch"), &[], &[("BELOW", BELOW)], Authority::Told, Tells::Failure), &expected);
}

#[test]
fn elasticsearch_for_node() {
    let found = sent(node("elasticsearch"), &[], &[], Authority::Told, Tells::Failure);
    let attributes = json!({ "order": { "id": 7 } });
    let timestamp = "2026-01-31T12:00:00.500Z";
    check(
        &found,
        &[
            json!({ "message": "order placed by elasticsearch in node", "level": "error", "timestamp": timestamp, "attributes": attributes }),
        ],
    );
}

#[test]
fn opensearch_for_python() {
    let found = sent(python("opensearch"), &[], &[], Authority::Told, Tells::Failure);
    let attributes = json!({ "order": { "id": 7, "total": 2.5 } });
    check(&found, &[json!({ "message": "order placed by opensearch", "level": "error", "attributes": attributes })]);
}

#[test]
fn loki_for_python() {
    let found = sent(python("loki"), &[], &[], REQUESTS, Tells::Failure);
    let attributes = json!({ "application": "shop", "svc": "checkout", "logger": "app" });
    check(&found, &[json!({ "message": "order placed by loki", "level": "error", "attributes": attributes })]);
}

#[test]
fn loki_for_node() {
    let found = sent(node("pino-loki"), &[], &[], NODE, Tells::Nothing);
    check(&found, &[json!({ "level": "error", "attributes": { "application": "shop" } })]);
    let found = sent(node("winston-loki"), &[], &[], NODE, Tells::Failure);
    check(&found, &[json!({ "level": "error", "attributes": { "application": "shop" } })]);
}

#[test]
fn splunk_for_python() {
    let found = sent(python("splunk"), &[], &[], REQUESTS, Tells::Nothing);
    let attributes = json!({ "host": "web-1", "source": "shop", "sourcetype": "text", "index": "main" });
    check(&found, &[json!({ "message": "order placed by splunk", "attributes": attributes })]);
}

#[test]
fn datadog_for_python() {
    let found = sent(python("datadog"), &[], &[], Authority::Told, Tells::Failure);
    let attributes = json!({ "order": "7", "host": "web-1", "service": "checkout", "ddsource": "shop", "tags": { "env": "prod", "version": "1.2" } });
    check(&found, &[json!({ "message": "order placed by datadog", "attributes": attributes })]);
}

/// Forwards a file with what `docs/syslog.md` says.
fn rsyslog(driver: &str, folder: &Path, access: &Access, port: SocketAddr, authority: &Path) -> Running {
    fs::create_dir(folder).unwrap();
    let (work, file, port) = (folder.display(), authority.display(), port.port());
    let configuration = format!(
        r#"global(workDirectory="{work}" defaultNetstreamDriverCAFile="{file}")
module(load="imfile")
input(type="imfile" file="{work}/in.log" tag="shop:" severity="warning" facility="local3")
template(name="blockhouse" type="string" string="<%pri%>1 %timestamp:::date-rfc3339% %hostname% %app-name% %procid% %msgid% [authentication@51576 source_id=\"{source}\" api_key=\"{key}\"] %msg:::drop-last-lf%")
local3.* action(type="omfwd" protocol="tcp" target="localhost" port="{port}" template="blockhouse" TCP_Framing="octet-counted"
  StreamDriver="{driver}" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"
  queue.type="LinkedList" queue.filename="blockhouse" queue.saveonshutdown="on" action.resumeRetryCount="-1")
"#,
        source = access.source_id,
        key = access.write_key,
    );
    fs::write(folder.join("in.log"), format!("order placed by rsyslog with {driver}\n")).unwrap();
    fs::write(folder.join("rsyslog.conf"), configuration).unwrap();
    let libraries = libraries();
    let modules = format!("{libraries}/rsyslog");
    let [configuration, process] = ["rsyslog.conf", "pid"].map(|name| folder.join(name).display().to_string());
    let words = ["-n", "-M", &modules, "-f", &configuration, "-i", &process];
    Running::start(&[debian("usr/sbin/rsyslogd")], &words, &[("LD_LIBRARY_PATH", &libraries)])
}

/// Where Debian keeps what its programs share.
fn libraries() -> String {
    debian(&format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH)).display().to_string()
}

/// As `docs/syslog.md` says.
fn syslog_ng(folder: &Path, access: &Access, port: SocketAddr, authority: &Path) -> Running {
    fs::create_dir(folder).unwrap();
    let (work, file, port) = (folder.display(), authority.display(), port.port());
    let configuration = format!(
        r#"@version: 3.38
source src {{ file("{work}/in.log" flags(no-parse) program-override("shop") default-facility(local3) default-priority(warning)); }};
rewrite blockhouse {{
  set("{source}", value(".SDATA.authentication@51576.source_id"));
  set("{key}", value(".SDATA.authentication@51576.api_key"));
}};
destination blockhouse {{
  syslog("localhost" port({port}) transport("tls") tls(peer-verify(required-trusted) ca-file("{file}"))
    disk-buffer(reliable(yes) dir("{work}") disk-buf-size(1073741824)));
}};
log {{ source(src); rewrite(blockhouse); destination(blockhouse); }};
"#,
        source = access.source_id,
        key = access.write_key,
    );
    fs::write(folder.join("in.log"), "order placed by syslog-ng\n").unwrap();
    fs::write(folder.join("syslog-ng.conf"), configuration).unwrap();
    let own = debian("usr/lib/syslog-ng").display().to_string();
    let modules = format!("{own}/3.38");
    let files = ["syslog-ng.conf", "persist", "control", "pid"].map(|name| folder.join(name).display().to_string());
    let [configuration, persist, control, process] = &files;
    let words = ["-F", "-e", "-f", configuration, "-R", persist, "-c", control, "-p", process, "--module-path", &modules];
    let early = debian(&format!("lib/{}-linux-gnu", std::env::consts::ARCH));
    let libraries = format!("{own}:{}:{}", libraries(), early.display());
    Running::start(&[debian("usr/sbin/syslog-ng")], &words, &[("LD_LIBRARY_PATH", &libraries)])
}

#[test]
fn syslog_ng_with_its_buffer_on_disk() {
    check_syslog("syslog-ng", syslog_ng);
}

fn check_rsyslog(driver: &str) {
    check_syslog(&format!("rsyslog with {driver}"), |folder, access, port, authority| {
        rsyslog(driver, folder, access, port, authority)
    });
}

/// Who sends a line of a file from a folder, to a port, whose certificate an authority has to vouch for.
fn check_syslog(sender: &str, start: impl Fn(&Path, &Access, SocketAddr, &Path) -> Running) {
    let port = free_address();
    let (house, access) = House::open_set(vec![("BLOCKHOUSE_SYSLOG_LISTEN", OsString::from(port.to_string()))]);
    let folder = tempfile::tempdir().unwrap();
    let stranger = folder.path().join("stranger.pem");
    fs::write(&stranger, certificate_of_nobody_here().0).unwrap();
    let refused = start(&folder.path().join("refused"), &access, port, &stranger);
    eventually(&format!("{sender} does not trust the house"), SOON, || {
        let said = refused.said();
        (said.contains("signer not found") || said.contains("certificate verify failed")).then_some(())
    });
    drop(refused);
    let forwarding = start(&folder.path().join("trusting"), &access, port, &access.ca_file);
    let mut client = house.client(&access);
    let found = eventually(&format!("the line is there: {}", forwarding.said()), SOON, || {
        Some(access.search(&mut client, "placed")).filter(|records| !records.is_empty())
    });
    let attributes = json!({ "service": "shop", "facility": "local3" });
    let message = format!("order placed by {sender}");
    assert!(!format!("{found:?}").contains(&access.write_key), "{found:?}");
    check(&found, &[json!({ "message": message, "level": "warn", "attributes": attributes })]);
}

#[test]
fn rsyslog_with_gnutls() {
    check_rsyslog("gtls");
}

#[test]
fn rsyslog_with_openssl() {
    check_rsyslog("ossl");
}

#[test]
fn fluent_for_node() {
    let port = free_port();
    let (house, access) = House::open_set(vec![("BLOCKHOUSE_FORWARD_LISTEN", OsString::from(format!("127.0.0.1:{port}")))]);
    let of = ["--tenant", "acme", "--source", "first"];
    let keys = house.run(&[&["admin", "keys"], of.as_slice()].concat());
    let key = keys.as_array().unwrap().iter().find(|key| key["kind"] == "write").unwrap();
    let shown = house.run(&[&["admin", "shared-key"], of.as_slice(), &[key["id"].as_str().unwrap()]].concat());
    let (forward, text) = (format!("localhost:{port}"), |name: &str| shown[name].as_str().unwrap());
    let send = |authority: &Path| {
        let environment = [("CA", authority.to_str().unwrap()), ("FORWARD", &forward), ("KEY_ID", text("username"))];
        ended(&node("fluent"), &[], &[environment.as_slice(), &[("SHARED_KEY", text("shared_key"))]].concat())
    };
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(stranger.path(), certificate_of_nobody_here().0).unwrap();
    let refused = send(stranger.path());
    assert!(!refused.well && refused.said.contains("certificate"), "{}", refused.said);
    let taken = send(&access.ca_file);
    assert!(taken.well, "{}\n{}", taken.said, house.log());
    let attributes = json!({ "order": { "id": 7, "total": 2.5 }, "tag": "app" });
    let expected = json!({ "message": "order placed by fluent", "level": "warn", "attributes": attributes });
    check(&access.search(&mut house.client(&access), "placed"), &[expected]);
}

#[test]
fn journal_upload_of_systemd() {
    let (house, access) = House::open();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let entry = "__REALTIME_TIMESTAMP=1769860800123456\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=00112233445566778899aabbccddeeff\n\
                 MESSAGE=order placed by journald\nPRIORITY=4\n_HOSTNAME=web-1\nSYSLOG_IDENTIFIER=shop\n_PID=7\nORDER=7\n\n";
    fs::write(at("in.export"), entry).unwrap();
    let (certificate, key) = certificate_of_nobody_here();
    fs::write(at("own.pem"), certificate).unwrap();
    fs::write(at("own.key"), key).unwrap();
    let shared = format!("{0}/systemd:{0}", libraries());
    let program = |name: &str| {
        let places = ["lib/systemd", "usr/lib/systemd"].map(|place| debian(place).join(name));
        vec![places.into_iter().find(|path| path.exists()).expect("the package has the program")]
    };
    let environment = [("LD_LIBRARY_PATH", shared.as_str())];
    let made = ended(&program("systemd-journal-remote"), &["--output", &at("one.journal"), &at("in.export")], &environment);
    assert!(made.well, "{}", made.said);
    let upload = |authority: &str| {
        let url = format!("https://any:{}@localhost:{}", access.write_key, house.address().port());
        let words = [("--url", url), ("--trust", authority.to_owned()), ("--key", at("own.key")), ("--cert", at("own.pem"))];
        let words = words.into_iter().chain([("--file", at("one.journal")), ("--save-state", at("state"))]);
        let words: Vec<String> = words.map(|(name, value)| format!("{name}={value}")).chain(["--follow=no".to_owned()]).collect();
        ended(&program("systemd-journal-upload"), &words.iter().map(String::as_str).collect::<Vec<_>>(), &environment)
    };
    let refused = upload(&at("own.pem"));
    assert!(!refused.well && refused.said.contains("certificate"), "{}", refused.said);
    let taken = upload(access.ca_file.to_str().unwrap());
    assert!(taken.well, "{}", taken.said);
    let attributes = json!({ "host": "web-1", "service": "shop", "proc_id": "7", "ORDER": "7" });
    let expected = json!({ "message": "order placed by journald", "level": "warn", "timestamp": "2026-01-31T12:00:00.123456Z", "attributes": attributes });
    check(&access.search(&mut house.client(&access), "placed"), &[expected]);
}

//! A server that tells the truth until it is told to lie: TLS on loopback, a log in a catalog of its own, and the files
//! that a page is made of.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use audit::{Checkpoint, Event, Log, SCHEMA, SCHEMA_2, Stored, Trail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::{
    Attested, CheckShown, DayState, Document, FORMAT, LogProof, Look, Measured, Overview, PublicLog, Published, Sealed,
    Signatory, Vantages,
};
use claims::statement::{
    Build, CheckResult, EVIDENCE_TYPE, Envelope, EvidencePredicate, OVERVIEW_TYPE, PAYLOAD_TYPE, STATEMENT_TYPE, Sha256,
    Statement, Subject,
};
use claims::{Class, Group, Speaks, State};
use model::{Clock, Timestamp};
use rusqlite::Connection;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use seal::{FieldSealer, RootKey, SystemEntropy};
use tempfile::TempDir;

use crate::digest::sha256;
use crate::{Options, Output, Probes, Report, look};

pub(crate) const NOW: &str = "2026-11-25T10:42:00Z";

/// What one claim is made of.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) id: &'static str,
    pub(crate) sentence: String,
    pub(crate) found: State,
    pub(crate) verdict: &'static str,
    pub(crate) twin: &'static str,
    /// When it was looked at.
    pub(crate) at: Timestamp,
    entry: u64,
    pub(crate) digest: String,
    /// Where a failure is sealed: the entry that says so, and the commitment.
    pub(crate) commitment: Option<(u64, String)>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Served {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// How the server treats those who do not speak TLS 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manners {
    Strict,
    AnswersInClear,
    SpeaksOldTls,
}

pub(crate) struct House {
    /// Where the page is.
    page: &'static str,
    folder: TempDir,
    db: Connection,
    pub(crate) trail: Trail,
    sealer: Arc<FieldSealer>,
    address: SocketAddr,
    pub(crate) promises: Vec<Promise>,
    /// What people signed.
    pub(crate) signed: Vec<Published>,
    files: Arc<Mutex<BTreeMap<String, Served>>>,
    pub(crate) now: Timestamp,
}

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

// === impl House ===

impl House {
    pub(crate) fn open() -> Self {
        Self::with(Manners::Strict)
    }

    /// Three promises, all looked at a few minutes ago and kept.
    pub(crate) fn with(manners: Manners) -> Self {
        let claims = [
            ("TIM-TLS-1", "Each listener speaks TLS 1.3 & nothing else."),
            ("TPL-HDR-1", "Each page has strict headers."),
            ("TIM-APIKEY-1", "Each route wants a key."),
        ];
        Self::of_page("/security", manners, &claims)
    }

    /// A tenant's page, with two promises.
    pub(crate) fn of_tenant() -> Self {
        let claims = [("acme.OWN-BACKUP", "Backups run daily."), ("acme.OWN-LOCKOUT", "Guessing is locked out.")];
        Self::of_page("/security/t/acme", Manners::Strict, &claims)
    }

    fn of_page(page: &'static str, manners: Manners, claims: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Connection::open(folder.path().join("catalog")).unwrap();
        db.execute_batch(SCHEMA).unwrap();
        db.execute_batch(SCHEMA_2).unwrap();
        let sealer = Arc::new(FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy)));
        let trail = Trail::open(&db, Arc::clone(&sealer), Arc::new(SystemEntropy)).unwrap();
        let files = Arc::<Mutex<BTreeMap<String, Served>>>::default();
        let (address, ca) = serve(manners, Arc::clone(&files));
        std::fs::write(folder.path().join("ca.pem"), ca).unwrap();
        let now = Timestamp::parse(NOW).unwrap();
        let mut house = Self { page, folder, db, trail, sealer, address, promises: Vec::new(), signed: Vec::new(), files, now };
        for (id, sentence) in claims {
            house.promise(id, sentence);
        }
        house.round();
        house.publish();
        house
    }

    pub(crate) fn promise(&mut self, id: &'static str, sentence: &str) {
        let at = self.now.plus_seconds(-600);
        let (sentence, digest) = (sentence.to_owned(), String::new());
        self.promises.push(Promise {
            id,
            sentence,
            found: State::Pass,
            verdict: "held",
            twin: "broken",
            at,
            entry: 0,
            digest,
            commitment: None,
        });
    }

    pub(crate) fn of(&mut self, id: &str) -> &mut Promise {
        self.promises.iter_mut().find(|promise| promise.id == id).unwrap()
    }

    /// A look at each promise: signed, and in the log.
    pub(crate) fn round(&mut self) {
        let mut promises = std::mem::take(&mut self.promises);
        for promise in &mut promises {
            let envelope = self.sign(&evidence(promise));
            promise.digest = sha256(&envelope.payload().unwrap());
            let told = Event::EvidenceRecorded {
                claim: promise.id.to_owned(),
                state: promise.found.to_string(),
                statement: promise.digest.clone(),
            };
            promise.entry = self.tell(told, promise.at);
            self.put(
                &format!("{}/evidence/{}", self.page, promise.digest),
                "application/json",
                &serde_json::to_vec(&envelope).unwrap(),
            );
        }
        self.promises = promises;
    }

    pub(crate) fn tell(&self, event: Event, at: Timestamp) -> u64 {
        self.trail.publish(&self.db, event, at).unwrap()
    }

    /// A failure of which only a commitment is in the log.
    pub(crate) fn seal(&mut self, id: &str, sealed: &Event) {
        let entry = self.tell(sealed.clone(), self.now);
        let Event::FailureSealed { commitment, .. } = sealed else { return };
        self.of(id).commitment = Some((entry, commitment.clone()));
    }

    /// What is served as the evidence of this digest.
    pub(crate) fn payload(&self, digest: &str) -> Vec<u8> {
        let served = self.files.lock().unwrap()[&format!("{}/evidence/{digest}", self.page)].clone();
        serde_json::from_slice::<Envelope>(&served.body).unwrap().payload().unwrap()
    }

    pub(crate) fn sign<T: serde::Serialize>(&self, statement: &Statement<T>) -> Envelope {
        let key = self.trail.verifier().to_string();
        Envelope::seal(PAYLOAD_TYPE, statement, &key, |bytes| self.trail.sign_envelope(bytes).unwrap()).unwrap()
    }

    /// The overview as it is: in the log, with its proofs.
    pub(crate) fn overview(&self) -> Overview {
        let mut overview = Overview {
            format: FORMAT,
            publisher: "Example".to_owned(),
            url: self.url(),
            made: self.now.to_string(),
            log: PublicLog {
                origin: self.trail.origin(Log::Public),
                key: self.trail.verifier().to_string(),
                checkpoint: String::new(),
                page: None,
            },
            claims: self.promises.iter().map(|promise| self.published(promise)).chain(self.signed.iter().cloned()).collect(),
            not_claimed: Vec::new(),
            withheld: 0,
        };
        let own = self.tell(Event::OverviewPublished { digest: sha256(&overview.substance()) }, self.now);
        overview.log.checkpoint = self.trail.checkpoint(&self.db, Log::Public, self.now).unwrap();
        overview.log.page = Some(self.proof(own));
        for claim in &mut overview.claims {
            let measured = claim.measured.as_mut().map(|measured| &mut measured.proof);
            let attested = claim.attested.as_mut().map(|attested| &mut attested.proof);
            for proof in measured.into_iter().chain(attested).chain(claim.sealed.as_mut().map(|sealed| &mut sealed.proof)) {
                *proof = self.proof(proof.entry);
            }
        }
        overview
    }

    /// People sign something, and the log has it.
    pub(crate) fn sign_words(&mut self) {
        let note = self.trail.checkpoint(&self.db, Log::Public, self.now).unwrap();
        let after = Checkpoint::open(&note, &self.trail.verifier()).unwrap();
        let (id, sentence) = ("TPL-TEAM-1", "Somebody works on security.");
        let (from, until) = ("2026-11-25T10:40:00Z", "2027-02-23T10:40:00Z");
        let text = format!(
            "blockhouse/attestation/1\nattestation: 0123456789abcdef\npage: {}\nclaim: {id}\nsentence-digest: {}\n\
             attachment: a7\ndocument-issuer: A\ndocument-id: B\ndocument-scope: C\ndocument-until: 2027-03-31\n\
             from: {from}\nuntil: {until}\nlog: {}\nlog-size: {}\nlog-root: {}\nquorum: 2\nsentence: {sentence}\n",
            self.url(),
            sha256(sentence.as_bytes()),
            after.origin,
            after.size,
            after.root
        );
        let (claim, attestation) = (id.to_owned(), sha256(text.as_bytes()));
        let entry =
            self.tell(Event::ClaimAttested { claim, attestation: attestation.clone(), until: until.to_owned() }, self.now);
        let by = |name: &str| Signatory { name: name.to_owned(), role: "r".to_owned(), at: from.to_owned() };
        let part = str::to_owned;
        let attested = Attested {
            id: part("0123456789abcdef"),
            attestation,
            by: vec![by("Ada"), by("Bob")],
            needed: 2,
            from: part(from),
            until: part(until),
            document: Some(Document {
                issuer: part("A"),
                id: part("B"),
                scope: part("C"),
                valid_until: part("2027-03-31T23:59:00Z"),
            }),
            attachments: vec![part("a7")],
            not_before_checkpoint: note,
            proof: LogProof { entry, leaf: String::new(), proof: Vec::new() },
        };
        let like = self.published(&self.promises[0]);
        self.signed = vec![Published {
            id: part(id),
            sentence_digest: sha256(sentence.as_bytes()),
            sentence: part(sentence),
            measured: None,
            attested: Some(attested),
            days: Vec::new(),
            ..like
        }];
    }

    fn proof(&self, entry: u64) -> LogProof {
        let size = audit::size(&self.db, Log::Public).unwrap();
        let proof = self.trail.prove_inclusion(&self.db, Log::Public, (entry, size)).unwrap().unwrap();
        let leaf = self.trail.entry_bytes(&self.db, Log::Public, entry).unwrap().unwrap();
        LogProof { entry, leaf: STANDARD.encode(leaf), proof: proof.iter().map(ToString::to_string).collect() }
    }

    fn published(&self, promise: &Promise) -> Published {
        let CheckResult { check, vantage, look, twin } = checked(promise);
        let days = (-2..=0).map(|back| DayState {
            day: self.now.plus_seconds(back * 86_400).day().to_string(),
            worst: (back == 0).then_some(promise.found),
        });
        Published {
            id: promise.id.to_owned(),
            covers: Vec::new(),
            group: Group::InTransit,
            title: "A promise".to_owned(),
            sentence: if promise.commitment.is_some() { String::new() } else { promise.sentence.clone() },
            sentence_digest: sha256(promise.sentence.as_bytes()),
            speaks: Speaks::Deployment,
            class: Class::Software,
            state: promise.found,
            since: self.now.to_string(),
            denominator: None,
            control: "c".to_owned(),
            falsifier: "f".to_owned(),
            limits: "l".to_owned(),
            frameworks: Vec::new(),
            measured: promise.commitment.is_none().then(|| Measured {
                at: promise.at.to_string(),
                budget_minutes: 60,
                reason: "r".to_owned(),
                checks: vec![CheckShown { check, vantage, look, twin }],
                statement: promise.digest.clone(),
                proof: LogProof { entry: promise.entry, leaf: String::new(), proof: Vec::new() },
            }),
            sealed: promise.commitment.clone().map(|(entry, commitment)| Sealed {
                since: self.now.to_string(),
                until: self.now.to_string(),
                commitment,
                proof: LogProof { entry, leaf: String::new(), proof: Vec::new() },
            }),
            embargo_hours: None,
            attested: None,
            days: days.collect(),
        }
    }

    /// Serves everything as it is.
    pub(crate) fn publish(&self) {
        let overview = self.overview();
        self.serve_log();
        self.show(&overview);
        self.serve_signed(&overview);
        let expires = self.now.plus_seconds(90 * 86_400);
        let security = format!("Contact: mailto:security@example.com\nExpires: {expires}\n");
        self.put("/.well-known/security.txt", "text/plain; charset=utf-8", security.as_bytes());
    }

    pub(crate) fn serve_signed(&self, overview: &Overview) {
        self.put(&format!("{}.json", self.page), "application/json", &serde_json::to_vec(&self.sign(&about(overview))).unwrap());
    }

    pub(crate) fn show(&self, overview: &Overview) {
        self.put(self.page, "text/html; charset=utf-8", page::html(overview, &page::Figures::default()).as_bytes());
    }

    /// The log as it is, as static files.
    pub(crate) fn serve_log(&self) {
        let folder = tempfile::tempdir().unwrap();
        self.trail.checkpoint(&self.db, Log::Public, self.now).unwrap();
        Stored::new(&self.trail, &self.db, Log::Public).export(folder.path()).unwrap();
        self.files.lock().unwrap().retain(|path, _| !path.starts_with("/log/"));
        self.put_all(folder.path(), folder.path());
    }

    fn put_all(&self, root: &Path, folder: &Path) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                self.put_all(root, &path);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                self.put(&format!("/log/{name}"), "application/octet-stream", &std::fs::read(&path).unwrap());
            }
        }
    }

    pub(crate) fn put(&self, path: &str, kind: &str, body: &[u8]) {
        let mut headers = BTreeMap::new();
        for (name, value) in [
            ("content-type", kind),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
            ("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
        ] {
            headers.insert(name.to_owned(), value.to_owned());
        }
        self.files.lock().unwrap().insert(path.to_owned(), Served { status: 200, headers, body: body.to_vec() });
    }

    /// Serves something else than what is true.
    pub(crate) fn lie(&self, path: &str, change: impl FnOnce(&mut Served)) {
        change(self.files.lock().unwrap().get_mut(path).unwrap());
    }

    /// Shows another page than the one that was signed.
    pub(crate) fn lie_in_html(&self, from: &str, to: &str) {
        self.lie("/security", |served| {
            let page = String::from_utf8(served.body.clone()).unwrap();
            assert!(page.contains(from), "{page}");
            served.body = page.replace(from, to).into_bytes();
        });
    }

    pub(crate) fn forget(&self, path: &str) {
        self.files.lock().unwrap().remove(path);
    }

    pub(crate) fn paths_of(&self, start: &str) -> Vec<String> {
        self.files.lock().unwrap().keys().filter(|path| path.starts_with(start)).cloned().collect()
    }

    pub(crate) fn path_of(&self, start: &str) -> String {
        self.paths_of(start).swap_remove(0)
    }

    /// The catalog as it is, and how to go back to it.
    pub(crate) fn keep(&self) -> PathBuf {
        let kept = self.folder.path().join("kept");
        std::fs::copy(self.folder.path().join("catalog"), &kept).unwrap();
        kept
    }

    pub(crate) fn go_back(&mut self, kept: &Path) {
        self.db = Connection::open(kept).unwrap();
        self.trail = Trail::open(&self.db, Arc::clone(&self.sealer), Arc::new(SystemEntropy)).unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}{}", self.address.port(), self.page)
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            url: self.url(),
            ca_file: Some(self.folder.path().join("ca.pem")),
            state: Some(self.folder.path().join("state")),
            key: None,
            output: Output::Text,
            probes: Probes::LeaveOut,
            connect_to: Vec::new(),
        }
    }

    pub(crate) fn visit(&self) -> Report {
        look(&self.options(), &At(self.now))
    }

    pub(crate) fn visit_with_probes(&self) -> Report {
        look(&Options { probes: Probes::Run, ..self.options() }, &At(self.now))
    }

    pub(crate) fn visit_with(&self, options: &Options) -> Report {
        look(options, &At(self.now))
    }
}

fn evidence(promise: &Promise) -> Statement<EvidencePredicate> {
    let digest = Sha256 { sha256: sha256(promise.sentence.as_bytes()) };
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: format!("claim:{}", promise.id), digest: digest.clone() }],
        predicate_type: EVIDENCE_TYPE.to_owned(),
        predicate: EvidencePredicate {
            claim: promise.id.to_owned(),
            sentence: promise.sentence.clone(),
            state: promise.found,
            reason: "r".to_owned(),
            started: promise.at.to_string(),
            finished: promise.at.to_string(),
            budget_minutes: 60,
            build: Build { version: "1".to_owned(), executable: digest.clone() },
            configuration: digest,
            checks: vec![checked(promise)],
        },
    }
}

fn checked(promise: &Promise) -> CheckResult {
    CheckResult {
        check: "crate.check".to_owned(),
        vantage: Vantages::Inside,
        look: Look { verdict: promise.verdict.to_owned(), summary: "s".to_owned(), counts: Vec::new() },
        twin: promise.twin.to_owned(),
    }
}

pub(crate) fn about(overview: &Overview) -> Statement<&Overview> {
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: overview.url.clone(), digest: Sha256 { sha256: sha256(&overview.substance()) } }],
        predicate_type: OVERVIEW_TYPE.to_owned(),
        predicate: overview,
    }
}

/// Listens until the test's process ends; gives the address, and the certificate to trust.
fn serve(manners: Manners, files: Arc<Mutex<BTreeMap<String, Served>>>) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
    let versions: &[_] = match manners {
        Manners::Strict | Manners::AnswersInClear => &[&rustls::version::TLS13],
        Manners::SpeaksOldTls => &[&rustls::version::TLS13, &rustls::version::TLS12],
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (config, files) = (Arc::clone(&config), Arc::clone(&files));
            thread::spawn(move || drop(answer(socket, config, (manners, &files))));
        }
    });
    (address, made.cert.pem())
}

fn answer(
    mut socket: TcpStream,
    config: Arc<ServerConfig>,
    (manners, files): (Manners, &Mutex<BTreeMap<String, Served>>),
) -> std::io::Result<()> {
    let mut first = [0];
    socket.peek(&mut first)?;
    if first[0] != 22 {
        let status = if manners == Manners::AnswersInClear { "200 OK" } else { "400 Bad Request" };
        let _ = socket.read(&mut [0; 1024])?;
        return socket.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nhi").as_bytes());
    }
    let session = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(session, socket));
    loop {
        let (mut asked, mut length) = (String::new(), 0);
        stream.read_line(&mut asked)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = given.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length])?;
        let Some(path) = asked.split(' ').nth(1) else { return Ok(()) };
        let known = files.lock().unwrap().get(path).cloned();
        let Served { status, mut headers, body } = known.unwrap_or_else(|| unknown(path));
        headers.insert("content-length".to_owned(), body.len().to_string());
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let out = stream.get_mut();
        out.write_all(&[format!("HTTP/1.1 {status} x\r\n{headers}\r\n").as_bytes(), &body].concat())?;
        out.flush()?;
    }
}

/// Routes want keys, and nothing else is here.
fn unknown(path: &str) -> Served {
    let status = if path.starts_with("/v1/") || path.ends_with("/frames") { 401 } else { 404 };
    let headers = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Served { status, headers: headers.into(), body: b"{}".to_vec() }
}

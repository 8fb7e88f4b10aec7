//! Claims about a board as others use it, over a real public log and checks that are broken on command.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use audit::{Checkpoint, Deed, Entry, Event, Hash, Verifier, verify_inclusion};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::{LogProof, Published};
use claims::statement::{Build, Envelope, Sha256};
use claims::{Library, Slot, State};
use factor::{Cost, Passkeys, Passphrases, RelyingParty};
use identity::{AttestationSignature, AttestationWords, Identity, Means, Peppers, ProvedEntry};
use model::{Check, Clock, Observation, Timestamp, Vantage};
use parking_lot::{Condvar, Mutex};
use seal::{FieldSealer, Pepper, RootKey, SystemEntropy};
use tempfile::TempDir;

use crate::{Board, BoardError, PublicLog, PublicLogError, Publication, Setup, Signatures, Speaker};

mod attesting;
mod keeping;
mod looking;
mod page;
mod sealing;
mod served;
mod shell;
mod tenant;

const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const CANARY: &str = "the path of a file that only the operator may know";
const PATIENCE: Duration = Duration::from_secs(3);

const LIBRARY: &str = r#"
[[claim]]
id = "T-1"
covers = ["T-ONE"]
group = "at-rest"
title = "Keys end"
sentence = "Every data key ends after {key_hours} hours."
speaks = "deployment"
class = "software"
denominator = "data keys"
control = "A writer refuses an older one."
falsifier = "A frame that an older key sealed."
limits = "Not of copies elsewhere."
disposition = { kind = "checked", checks = ["t.inside", "t.outside"], budget = 60 }

[[claim]]
id = "T-2"
group = "isolation"
title = "Sources apart"
sentence = "No operation reads two sources."
speaks = "deployment"
class = "software"
control = "There is no type for two."
falsifier = "One that does."
limits = "Not of an operator at the machine."
disposition = { kind = "checked", checks = ["t.inside"], budget = 1440 }

[[claim]]
id = "T-3"
group = "monitoring"
title = "Watched"
sentence = "Somebody watches."
speaks = "deployment"
class = "software"
control = "A detector."
falsifier = "What it does not see."
limits = "None."
disposition = { kind = "checked", checks = ["t.nowhere"], budget = 60 }

[[claim]]
id = "T-4"
group = "backups"
title = "Backed up"
sentence = "All is backed up."
speaks = "deployment"
class = "software"
control = "Copies."
falsifier = "None is there."
limits = "None."
disposition = { kind = "not-yet", missing = "backups." }

[[claim]]
id = "T-5"
group = "page"
title = "Both"
sentence = "Keys end, and sources are apart."
speaks = "deployment"
class = "software"
control = "Both."
falsifier = "One of them."
limits = "None."
disposition = { kind = "derived", from = ["T-1", "T-2"] }
"#;

/// A clock that stands still until it is moved.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// How a fake check behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acts {
    Holds,
    Breaks,
    /// It finds nothing, not even in what is broken on purpose.
    Blind,
    Hangs,
    Panics,
}

struct Knob {
    acts: Mutex<Acts>,
    turned: Condvar,
    looks: AtomicUsize,
}

struct Fake {
    id: &'static str,
    vantage: Vantage,
    knob: Arc<Knob>,
}

impl Check for Fake {
    fn id(&self) -> &'static str {
        self.id
    }

    fn vantage(&self) -> Vantage {
        self.vantage
    }

    fn look(&self, _: Timestamp) -> Observation {
        self.knob.looks.fetch_add(1, Ordering::SeqCst);
        let mut acts = self.knob.acts.lock();
        while *acts == Acts::Hangs {
            self.knob.turned.wait(&mut acts);
        }
        match *acts {
            Acts::Holds | Acts::Blind | Acts::Hangs => Observation::all("keys", 3, 3),
            Acts::Breaks => Observation::all("keys", 2, 3).detail(CANARY),
            Acts::Panics => panic!("a defect of the check, on purpose"),
        }
    }

    fn look_at_twin(&self, _: Timestamp) -> Observation {
        match *self.knob.acts.lock() {
            Acts::Blind => Observation::held("nothing found"),
            Acts::Holds | Acts::Breaks | Acts::Hangs | Acts::Panics => Observation::broken("found"),
        }
    }
}

impl Knob {
    fn new() -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(Acts::Holds), turned: Condvar::new(), looks: AtomicUsize::new(0) })
    }

    fn turn(&self, acts: Acts) {
        *self.acts.lock() = acts;
        self.turned.notify_all();
    }
}

/// The public log of an installation, which fails on command.
struct Log {
    identity: Identity,
    fails: AtomicBool,
    /// It has what it was given, and whoever gave it does not come to know.
    fails_after: AtomicBool,
    /// It does not begin with what it signed earlier.
    forgets: AtomicBool,
}

impl PublicLog for Log {
    fn verifier(&self) -> Verifier {
        self.identity.verifier()
    }

    fn origin(&self) -> String {
        self.identity.origin()
    }

    fn sign(&self, pre_authentication: &[u8]) -> Result<Vec<u8>, PublicLogError> {
        self.identity.sign(pre_authentication)
    }

    fn publish(&self, events: Vec<Event>, now: Timestamp) -> Result<Vec<u64>, PublicLogError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(PublicLogError::new("no room"));
        }
        let entries = PublicLog::publish(&self.identity, events, now)?;
        if self.fails_after.load(Ordering::SeqCst) { Err(PublicLogError::new("a crash")) } else { Ok(entries) }
    }

    fn prove(&self, entries: &[u64], now: Timestamp) -> Result<(String, Vec<Option<ProvedEntry>>), PublicLogError> {
        self.identity.prove(entries, now)
    }

    fn begins_with(&self, checkpoint: &str) -> Result<bool, PublicLogError> {
        Ok(!self.forgets.load(Ordering::SeqCst) && self.identity.begins_with(checkpoint)?)
    }
}

impl Signatures for Log {
    fn holds(&self, words: &AttestationWords, signed: &AttestationSignature) -> bool {
        self.identity.holds(words, signed)
    }

    fn tell(&self, deed: &Deed, event: Event) -> Result<(), PublicLogError> {
        self.identity.tell(deed, event)
    }
}

/// An installation: everything that a board needs, and that outlives it.
struct House {
    folder: TempDir,
    root: Arc<RootKey>,
    clock: Arc<Hand>,
    log: Arc<Log>,
    inside: Arc<Knob>,
    outside: Arc<Knob>,
    key_hours: Arc<AtomicI64>,
    publication: Publication,
    library: String,
}

impl House {
    fn new() -> Self {
        let (folder, root) = (tempfile::tempdir().unwrap(), Arc::new(RootKey::generate(&SystemEntropy)));
        let party =
            RelyingParty { id: "localhost".to_owned(), origins: vec!["https://localhost".to_owned()], name: "B".to_owned() };
        let means = Means {
            sealer: FieldSealer::new(&root, Arc::new(SystemEntropy)),
            peppers: Peppers::from(Pepper::new(&root, 1)),
            passphrases: Passphrases::new(Pepper::new(&root, 1), None, Cost::FLOOR),
            passkeys: Passkeys::new(&party).unwrap(),
        };
        let identity = Identity::open(&folder.path().join("identity.sqlite"), means, Arc::new(SystemEntropy)).unwrap();
        let log = Arc::new(Log {
            identity,
            fails: AtomicBool::new(false),
            fails_after: AtomicBool::new(false),
            forgets: AtomicBool::new(false),
        });
        Self {
            folder,
            root,
            clock: Arc::new(Hand(AtomicI64::new(NOW.nanos()))),
            log,
            inside: Knob::new(),
            outside: Knob::new(),
            key_hours: Arc::new(AtomicI64::new(24)),
            publication: Publication { claims: Some(vec!["T-1".to_owned()]), ..Publication::default() },
            library: LIBRARY.to_owned(),
        }
    }

    /// That publishes these.
    fn publishing(claims: &[&str]) -> Self {
        let claims = claims.iter().map(|id| (*id).to_owned()).collect();
        Self { publication: Publication { claims: Some(claims), ..Publication::default() }, ..Self::new() }
    }

    /// That seals failures of T-1 for so many hours.
    fn sealing(hours: u32) -> Self {
        let mut house = Self::new();
        house.publication.embargo_hours.insert("T-1".to_owned(), NonZeroU32::new(hours).unwrap());
        house
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("trust.sqlite")
    }

    fn sealer(&self) -> FieldSealer {
        FieldSealer::new(&self.root, Arc::new(SystemEntropy))
    }

    fn try_open(&self) -> Result<Board, BoardError> {
        let fake = |id, vantage, knob: &Arc<Knob>| Box::new(Fake { id, vantage, knob: Arc::clone(knob) }) as Box<dyn Check>;
        let hours = Arc::clone(&self.key_hours);
        let digest = || Sha256 { sha256: "00".repeat(32) };
        let setup = Setup {
            library: Library::from_files([("test.toml", self.library.as_str())]).unwrap(),
            publication: self.publication.clone(),
            checks: vec![fake("t.inside", Vantage::Inside, &self.inside), fake("t.outside", Vantage::Outside, &self.outside)],
            slots: Box::new(move || match hours.load(Ordering::SeqCst) {
                0 => BTreeMap::new(),
                hours => BTreeMap::from([(Slot::KeyHours, hours.to_string())]),
            }),
            speaker: Speaker {
                publisher: "Example".to_owned(),
                url: "https://example.org/security".to_owned(),
                build: Build { version: "1".to_owned(), executable: digest() },
                configuration: digest(),
            },
            log: Arc::clone(&self.log) as Arc<dyn PublicLog>,
            sealer: self.sealer(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
        };
        Board::open_with(&self.file(), setup, PATIENCE)
    }

    fn open(&self) -> Board {
        self.try_open().unwrap()
    }

    /// A board that looked once.
    fn looked(&self) -> Board {
        let board = self.open();
        board.tick().unwrap();
        board
    }

    fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000_000, Ordering::SeqCst);
    }

    fn events(&self) -> Vec<Event> {
        let all = self.log.identity.audit_follow(audit::Log::Public, None, 10_000).unwrap();
        all.into_iter().map(|recorded| recorded.entry.event).collect()
    }

    /// Whether any file of the folder has these bytes.
    fn has_in_clear(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

/// The claim as the page shows it.
fn shown(board: &Board, id: &str) -> Published {
    let page = board.overview().unwrap();
    page.overview.claims.iter().find(|claim| claim.id == id).unwrap().clone()
}

fn state(board: &Board, id: &str) -> State {
    shown(board, id).state
}

/// Whether the envelope is one that the log's key signed.
fn is_signed(envelope: &Envelope, verifier: &Verifier) -> bool {
    let Ok((signed, signatures)) = envelope.signed() else { return false };
    signatures.len() == 1
        && signatures
            .iter()
            .all(|(keyid, signature)| *keyid == verifier.to_string() && verifier.verify_envelope(&signed, signature).is_ok())
}

/// The entry that a proof shows to be in the log of the checkpoint.
fn proved(proof: &LogProof, checkpoint: &str, verifier: &Verifier) -> Event {
    let checkpoint = Checkpoint::open(checkpoint, verifier).unwrap();
    let leaf = STANDARD.decode(&proof.leaf).unwrap();
    let hash = |text: &String| Hash::from_slice(&STANDARD.decode(text).unwrap()).unwrap();
    let proof_hashes: Vec<Hash> = proof.proof.iter().map(hash).collect();
    assert!(verify_inclusion(Hash::of_leaf(&leaf), proof.entry, checkpoint.size, &proof_hashes, checkpoint.root));
    Entry::from_bytes(&leaf).unwrap().event
}

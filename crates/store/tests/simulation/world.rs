//! One run: clients, a store, its disk and its clock, all driven by one seed.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use model::{Clock, Entropy, Scope, SourceId, TenantId, TimeRange, Timestamp};
use parking_lot::Mutex;
use seal::{KeyRing, MemoryDisk, RootKey, SealedStore};
use store::{
    Append, AppendError, Catalog, Close, ColumnKey, Columns, Content, Delivery, FieldPath, Kind, Next, Projection, RowRanges,
    Sender, Store,
};
use tempfile::TempDir;

use crate::disk::FaultyDisk;
use crate::model_of::{Fate, Found, KnownBy, Request, check};

const STEPS: u64 = 120;
const OPEN_ATTEMPTS: usize = 10;
const RETENTION_DAYS: i32 = 3;
/// For which a repetition is known by its records.
const MINUTES_KNOWN: i64 = 15;
/// Bodies that are no records, or that become none after some.
const BROKEN: [&[u8]; 6] = [b"x", b"[1]", b"\xff", b"{}\nx", b"[{\"m\":\"no\"},{\"m\":", b"{\"m\":\"no\"}\xff"];

/// A seeded generator; clones share their state.
#[derive(Clone)]
pub(crate) struct Dice(Arc<Mutex<u64>>);

struct SimClock(AtomicI64);

pub(crate) struct Outcome {
    pub(crate) log: String,
    pub(crate) acknowledged: u64,
    pub(crate) refused: u64,
    pub(crate) crashes: u64,
}

pub(crate) struct World {
    dice: Dice,
    clock: Arc<SimClock>,
    objects: FaultyDisk,
    journals: FaultyDisk,
    keys: Arc<MemoryDisk>,
    root: RootKey,
    folder: TempDir,
    store: Option<Store>,
    sources: Vec<Client>,
    next_marker: u64,
    outcome: Outcome,
}

struct Client {
    scope: Scope,
    requests: Vec<Request>,
    days: Vec<i32>,
    answers: Arc<Mutex<Vec<(usize, bool)>>>,
}

// === impl Dice ===

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    pub(crate) fn next(&self) -> u64 {
        let mut state = self.0.lock();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }
}

impl Entropy for Dice {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

// === impl World ===

impl World {
    pub(crate) fn run(seed: u64) -> Outcome {
        let mut world = Self::new(seed);
        for step in 0..STEPS {
            let act = world.dice.below(100);
            let _ = write!(world.outcome.log, "{step}:{act} ");
            world.act(act);
        }
        world.objects.set_faults(0, false);
        world.journals.set_faults(0, false);
        world.crash();
        world.check(seed);
        world.flush();
        world.check(seed);
        world.outcome
    }

    fn new(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let start = Timestamp::parse("2026-03-01T20:00:00Z").unwrap();
        let tenants = [TenantId::generate(&dice), TenantId::generate(&dice)];
        let client = |tenant| Client {
            scope: Scope { tenant, source: SourceId::generate(&dice) },
            requests: Vec::new(),
            days: Vec::new(),
            answers: Arc::default(),
        };
        let sources = vec![client(tenants[0]), client(tenants[0]), client(tenants[1])];
        let mut world = Self {
            clock: Arc::new(SimClock(AtomicI64::new(start.nanos()))),
            objects: FaultyDisk::new(dice.clone()),
            journals: FaultyDisk::new(dice.clone()),
            keys: Arc::new(MemoryDisk::default()),
            root: RootKey::generate(&dice),
            folder: memory_folder(),
            store: None,
            sources,
            next_marker: 0,
            outcome: Outcome { log: String::new(), acknowledged: 0, refused: 0, crashes: 0 },
            dice,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let entropy: Arc<dyn Entropy> = Arc::new(self.dice.clone());
        let clock: Arc<dyn Clock> = self.clock.clone();
        let keys = KeyRing::open(&self.root, self.keys.clone(), clock.clone(), entropy.clone()).unwrap();
        let sealed =
            SealedStore::new(Arc::new(self.objects.clone()), Arc::new(self.journals.clone()), Arc::new(keys), entropy.clone());
        // A disk that still fails keeps the store from opening; the operator tries again, then has it repaired.
        for attempt in 0..=OPEN_ATTEMPTS {
            if attempt == OPEN_ATTEMPTS {
                self.objects.set_faults(0, false);
                self.journals.set_faults(0, false);
            }
            let catalog = Catalog::open(&self.folder.path().join("catalog.sqlite")).unwrap();
            match Store::open(Arc::new(sealed.clone()), catalog, clock.clone(), entropy.clone()) {
                Ok(store) => {
                    self.store = Some(store);
                    return;
                }
                Err(error) => self.note(&format!("open: {error}")),
            }
        }
        panic!("the store does not open on a disk that works: {}", self.outcome.log);
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn note(&mut self, what: &str) {
        let _ = write!(self.outcome.log, "[{what}] ");
    }

    fn act(&mut self, act: u64) {
        match act {
            0..45 => self.send(),
            45..65 => self.commit(),
            65..72 => self.flush(),
            72..76 => match self.store().compact() {
                Ok(merges) => self.note(&format!("merged {merges}")),
                Err(error) => self.note(&error.to_string()),
            },
            76..80 => self.retry(),
            80..82 => self.retain(),
            82..84 => self.send_broken(),
            84..88 => {
                let hours = 1 + self.dice.below(20) as i64;
                self.clock.0.fetch_add(hours * 3_600_000_000_000, Ordering::Relaxed);
            }
            88..92 => {
                let (every, full) = (self.dice.below(4) * 5, self.dice.below(4) == 0);
                self.objects.set_faults(every, false);
                self.journals.set_faults(every, full);
            }
            92..96 => self.check(0),
            _ => self.crash(),
        }
    }

    fn send(&mut self) {
        let at = self.dice.below(self.sources.len() as u64) as usize;
        let rows = 1 + self.dice.below(6);
        let markers: Vec<String> = (0..rows)
            .map(|_| {
                self.next_marker += 1;
                format!("{at}-{}", self.next_marker)
            })
            .collect();
        let known_by = match self.dice.below(4) {
            0 => KnownBy::Nothing,
            1 => KnownBy::Records(self.clock.now().nanos()),
            _ => KnownBy::Name(format!("delivery {}", self.next_marker)),
        };
        let request = Request { markers, known_by, fate: Fate::Pending, fenced: false, may_be_back: false };
        self.sources[at].requests.push(request);
        let day = self.clock.now().day().number();
        self.sources[at].days.push(day);
        let number = self.sources[at].requests.len() - 1;
        self.submit(at, number);
    }

    /// What cannot be stored is refused, and leaves what others were told is stored as it is.
    fn send_broken(&mut self) {
        let scope = self.sources[self.dice.below(self.sources.len() as u64) as usize].scope;
        let body = BROKEN[self.dice.below(BROKEN.len() as u64) as usize];
        let append = Append { body: Bytes::from_static(body), delivery: None, content: None, sender: None };
        match self.store().append(scope, append, Box::new(|_| panic!("a broken body was answered"))) {
            Err(AppendError::Refused(_) | AppendError::Busy) => {}
            other => panic!("a broken body was taken: {other:?}"),
        }
    }

    fn submit(&mut self, at: usize, number: usize) {
        let client = &self.sources[at];
        let request = &client.requests[number];
        let record = |marker| format!("{{\"m\":\"{marker}\",\"service\":\"s{number}\"}}\n");
        let body: String = request.markers.iter().map(record).collect();
        let delivery = match &request.known_by {
            KnownBy::Name(name) => Some(Delivery::of_client(name)),
            KnownBy::Records(_) => Some(Delivery::of_records(body.as_bytes(), "")),
            KnownBy::Nothing => None,
        };
        let content = matches!(request.known_by, KnownBy::Name(_)).then(|| Content::of(body.as_bytes()));
        let append = Append { body: Bytes::from(body), delivery, content, sender: Sender::new(&format!("s{number}")) };
        let answers = client.answers.clone();
        let done = Box::new(move |result: Result<_, _>| answers.lock().push((number, result.is_ok())));
        let next = self.store().append(client.scope, append, done);
        let scope = client.scope;
        match next {
            Ok(Next::Commit) if self.dice.below(2) == 0 => self.store().commit(scope),
            Ok(Next::Commit | Next::Wait) => {}
            Err(error) => {
                self.note(&error.to_string());
                self.sources[at].requests[number].fate = Fate::Refused;
            }
        }
        self.hear();
    }

    fn commit(&mut self) {
        let scope = self.sources[self.dice.below(3) as usize].scope;
        self.store().commit(scope);
        self.hear();
    }

    /// What the clients are told.
    fn hear(&mut self) {
        for client in &mut self.sources {
            for (number, stored) in std::mem::take(&mut *client.answers.lock()) {
                client.requests[number].fate = if stored { Fate::Acknowledged } else { Fate::Refused };
                client.requests[number].fenced = false;
                // A repetition that is known may be answered without a write.
                if stored && client.requests[number].known_by == KnownBy::Nothing {
                    let refused = client.requests.iter_mut().filter(|request| request.fate == Fate::Refused);
                    refused.for_each(|request| request.fenced = true);
                }
                if stored {
                    self.outcome.acknowledged += 1;
                } else {
                    self.outcome.refused += 1;
                }
            }
        }
    }

    fn flush(&mut self) {
        self.store().close_tables(Close::All);
        match self.store().flush() {
            Ok(parts) => self.note(&format!("flushed {parts}")),
            Err(error) => self.note(&error.to_string()),
        }
    }

    /// A client repeats a request that was refused, or that it heard nothing of. After a crash it does so only where a
    /// repetition can be told from a second request.
    fn retry(&mut self) {
        let at = self.dice.below(self.sources.len() as u64) as usize;
        let now = self.clock.now().nanos();
        let is_known = |request: &Request| match request.known_by {
            KnownBy::Nothing => false,
            KnownBy::Name(_) => true,
            KnownBy::Records(sent) => now - sent <= MINUTES_KNOWN * 60_000_000_000,
        };
        let again = |request: &Request| match request.fate {
            Fate::Refused => !request.may_be_back || is_known(request),
            Fate::Unknown => is_known(request),
            Fate::Pending | Fate::Acknowledged => false,
        };
        let Some(number) = self.sources[at].requests.iter().position(again) else { return };
        // A day later, names of deliveries may be forgotten.
        let today = self.clock.now().day().number();
        if today != self.sources[at].days[number] {
            return;
        }
        self.note(&format!("retry {at}/{number}"));
        self.sources[at].requests[number].fate = Fate::Pending;
        self.submit(at, number);
    }

    fn retain(&mut self) {
        let today = self.clock.now().day().number();
        for at in 0..self.sources.len() {
            match self.store().retain(self.sources[at].scope, RETENTION_DAYS) {
                Ok(ended) => self.note(&format!("ended {}", ended.records)),
                Err(error) => self.note(&error.to_string()),
            }
            let client = &mut self.sources[at];
            for (request, day) in client.requests.iter_mut().zip(&client.days) {
                // What is still fresh when its time ends goes with the part that it becomes.
                if *day < today - RETENTION_DAYS && request.fate != Fate::Pending {
                    request.fate = Fate::Unknown;
                }
            }
        }
    }

    fn crash(&mut self) {
        self.outcome.crashes += 1;
        self.store = None;
        self.objects.crash();
        self.journals.crash();
        for client in &mut self.sources {
            client.answers = Arc::default();
            for request in &mut client.requests {
                match request.fate {
                    Fate::Pending => request.fate = Fate::Unknown,
                    Fate::Refused => request.may_be_back |= !request.fenced,
                    Fate::Acknowledged | Fate::Unknown => {}
                }
            }
        }
        self.open();
    }

    fn check(&mut self, seed: u64) {
        let scopes: Vec<Scope> = self.sources.iter().map(|client| client.scope).collect();
        for (at, scope) in scopes.into_iter().enumerate() {
            let found = self.find(scope);
            assert!(found.keys().all(|marker| marker.starts_with(&format!("{at}-"))), "seed {seed}: another source's record");
            for request in &self.sources[at].requests {
                if let Err(broken) = check(request, &found) {
                    panic!("seed {seed}, source {at}: {broken}\n{}", self.outcome.log);
                }
            }
            let total: usize = found.values().sum();
            self.note(&format!("{total} found"));
        }
    }

    fn find(&self, scope: Scope) -> Found {
        let view = self.store().view(scope, TimeRange::ALL).unwrap();
        let [key, service] = ["m", "service"].map(|name| ColumnKey::Field(FieldPath::from_keys([name]), Kind::Text));
        let keys = [key.clone(), service.clone(), ColumnKey::Sequence];
        let mut found = Found::new();
        let mut add = |columns: &Columns| {
            let [texts, senders] = [&key, &service].map(|key| columns.get(key).unwrap().as_string_view());
            let sequences = columns.get(&ColumnKey::Sequence).unwrap().as_primitive::<Int64Type>().values();
            for row in 0..texts.len() {
                *found.entry(texts.value(row).to_owned()).or_default() += 1;
                let origin = self.store().origin(&view, sequences[row] as u64).unwrap().unwrap();
                assert_eq!(origin.arrived.unwrap().0.as_str(), senders.value(row), "another sender's record");
            }
        };
        for part in &view.parts {
            let part = part.open().unwrap();
            part.read(&RowRanges::all(part.index().rows), &keys).unwrap().for_each(|columns| add(&columns.unwrap()));
        }
        for fresh in &view.fresh {
            fresh.read(&Projection::Only(keys.to_vec())).iter().for_each(&mut add);
        }
        found
    }
}

/// SQLite syncs at each commit; in memory that costs nothing.
fn memory_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

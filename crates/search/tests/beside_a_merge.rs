//! Parts may be merged, and the merged ones deleted, between any two reads of a question: it loses no record by it.
#![expect(clippy::unwrap_used, reason = "a test ends where what it needs is missing")]

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use audit::{Actor, Deed, Question};
use bytes::Bytes;
use factor::{Cost, Passkeys, Passphrases, RelyingParty};
use identity::{Credential, Identity, Means, Peppers, Permit, Read};
use model::{Clock, DisplayName, TimeRange, Timestamp};
use seal::{
    Disk, DiskError, FieldSealer, KeyRing, LogFile, MemoryDisk, ObjectPath, Pepper, PutMode, RootKey, SealedStore, SystemEntropy,
};
use search::{Cancel, Find, Order, Pace, Predicate, arrived, find, sql};
use store::{Append, Catalog, Close, Next, Store};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);
/// So many small ones of a day are merged.
const PARTS: usize = 4;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// Merges what its store holds before a read that was chosen.
#[derive(Default)]
struct Meeting {
    disk: MemoryDisk,
    store: OnceLock<Weak<Store>>,
    /// Reads until then; 0 where there is none.
    at: AtomicUsize,
}

// === impl Meeting ===

impl Meeting {
    /// Whether it came to it.
    fn is_over(&self) -> bool {
        self.at.swap(0, Ordering::Relaxed) == 0
    }
}

impl Disk for Meeting {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        self.disk.put(path, bytes, mode)
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let counted = self.at.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if counted == Ok(1) {
            let store = self.store.get().and_then(Weak::upgrade).unwrap();
            assert_eq!(store.compact().unwrap(), 1);
        }
        self.disk.read(path, range)
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        self.disk.size(path)
    }

    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        self.disk.list(prefix)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.disk.delete(path)
    }

    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.disk.sync(path)
    }

    fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        self.disk.create_log(path)
    }
}

struct House {
    _folder: TempDir,
    disk: Arc<Meeting>,
    store: Arc<Store>,
    permit: Permit<Read>,
}

impl House {
    /// A source of as many parts, each with one record and open already: no read is under a lock that a merge needs.
    fn new() -> Self {
        let (folder, root) = (tempfile::tempdir().unwrap(), RootKey::generate(&SystemEntropy));
        let permit = permit(&folder, &root);
        let (clock, entropy) = (Arc::new(Still), Arc::new(SystemEntropy));
        let keys = KeyRing::open(&root, Arc::<MemoryDisk>::default(), clock.clone(), entropy.clone()).unwrap();
        let disk: Arc<Meeting> = Arc::default();
        let sealed = SealedStore::new(disk.clone(), Arc::<MemoryDisk>::default(), Arc::new(keys), entropy.clone());
        let catalog = Catalog::open(&folder.path().join("catalog.sqlite")).unwrap();
        let store = Arc::new(Store::open(Arc::new(sealed), catalog, clock, entropy).unwrap());
        disk.store.set(Arc::downgrade(&store)).unwrap();
        for number in 0..PARTS {
            let body = Bytes::from(format!("{{\"message\":\"line {number}\"}}"));
            let request = Append { body, delivery: None, content: None, sender: None };
            if store.append(permit.scope(), request, Box::new(|outcome| assert!(outcome.is_ok()))).unwrap() == Next::Commit {
                store.commit(permit.scope());
            }
            store.close_tables(Close::All);
            assert_eq!(store.flush().unwrap(), 1);
        }
        for live in &store.view(permit.scope(), TimeRange::ALL).unwrap().parts {
            live.open().unwrap();
        }
        Self { _folder: folder, disk, store, permit }
    }
}

fn permit(folder: &TempDir, root: &RootKey) -> Permit<Read> {
    let party = RelyingParty { id: "localhost".to_owned(), origins: vec!["https://localhost".to_owned()], name: "B".to_owned() };
    let means = Means {
        sealer: FieldSealer::new(root, Arc::new(SystemEntropy)),
        peppers: Peppers::from(Pepper::new(root, 1)),
        passphrases: Passphrases::new(Pepper::new(root, 1), None, Cost::FLOOR),
        passkeys: Passkeys::new(&party).unwrap(),
    };
    let identity = Identity::open(&folder.path().join("identity.sqlite"), means, Arc::new(SystemEntropy)).unwrap();
    let (name, deed) = (|text: &str| DisplayName::parse(text).unwrap(), Deed::by(Actor::Shell, NOW));
    let made = identity.bootstrap(&name("Acme"), &name("first"), &deed).unwrap();
    let key = Credential::from_authorization(&format!("Bearer {}", made.read_key.reveal())).unwrap();
    identity.authorize_read(Some(&key), None, &deed, Question::Search).unwrap()
}

/// Asks with a merge before the first read of parts, before the second, and so on until there are no more.
fn meets(ask: impl Fn(&House) -> usize) {
    for at in 1.. {
        let house = House::new();
        house.disk.at.store(at, Ordering::Relaxed);
        assert_eq!(ask(&house), PARTS, "a merge before read {at}");
        if !house.disk.is_over() {
            assert!(at > PARTS, "each part is read: {at}");
            return;
        }
        assert_eq!(ask(&house), PARTS, "and when it was merged");
    }
}

#[test]
fn a_search_finds_every_record() {
    meets(|house| {
        let (predicate, after) = (Predicate::all(), None);
        let all = Find { predicate: &predicate, range: TimeRange::ALL, order: Order::NewestFirst, limit: 100, after };
        let found = find(&house.store, &house.permit, &all, &Cancel::default()).unwrap();
        assert_eq!(found.stats.parts_unreadable, 0);
        found.records.len()
    });
}

#[test]
fn a_tail_tells_every_record() {
    meets(|house| {
        let how = (&Predicate::all(), Pace::Replay);
        arrived(&house.store, &house.permit, how, 0, &Cancel::default()).unwrap().records.len()
    });
}

#[test]
fn sql_counts_every_record() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    meets(|house| {
        let cancel = Cancel::default();
        let answer = sql(&house.store, &house.permit, "select message from logs", &cancel);
        runtime.block_on(answer).unwrap().rows.count
    });
}

//! A store that is opened on a disk that is not its own, or that is spoiled for a moment, does nothing that cannot be
//! undone; and nothing is taken from the disk that somebody still reads.
#![expect(clippy::unwrap_used, reason = "a test ends where what it needs is missing")]

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::Bytes;
use model::{Clock, Id, Scope, TimeRange, Timestamp, limits};
use seal::{Disk, DiskError, KeyRing, LogFile, MemoryDisk, ObjectPath, PutMode, RootKey, SealedStore, SystemEntropy};
use store::{Append, Catalog, Close, ColumnKey, Next, Part, RowRanges, Seal, Sender, Store};
use tempfile::TempDir;

const DAY: i64 = 24 * 3_600;

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Changes a bit of what is read, or takes nothing, while it is told to.
#[derive(Default)]
struct Spoiled {
    disk: MemoryDisk,
    spoils: AtomicBool,
    /// Takes one part more, and then none.
    is_full: AtomicBool,
    took: AtomicBool,
}

impl Disk for Spoiled {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        if self.is_full.load(Ordering::Relaxed) && self.took.swap(true, Ordering::Relaxed) {
            return Err(DiskError::Full);
        }
        self.disk.put(path, bytes, mode)
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let mut bytes = self.disk.read(path, range)?;
        if self.spoils.swap(false, Ordering::Relaxed)
            && let Some(last) = bytes.last_mut()
        {
            *last ^= 1;
        }
        Ok(bytes)
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
    root: RootKey,
    clock: Arc<Hands>,
    keys: Arc<MemoryDisk>,
    journals: Arc<MemoryDisk>,
    folder: TempDir,
    scope: Scope,
}

impl House {
    fn new() -> Self {
        Self {
            root: RootKey::generate(&SystemEntropy),
            clock: Arc::new(Hands(AtomicI64::new(1_790_000_000_000_000_000))),
            keys: Arc::default(),
            journals: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
            scope: Scope { tenant: Id::generate(&SystemEntropy), source: Id::generate(&SystemEntropy) },
        }
    }

    fn open(&self, objects: Arc<dyn Disk>) -> Store {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::new(SystemEntropy));
        let keys = KeyRing::open(&self.root, Arc::clone(&self.keys) as _, clock.clone(), entropy.clone()).unwrap();
        let sealed = SealedStore::new(objects, Arc::clone(&self.journals) as _, Arc::new(keys), entropy.clone());
        let catalog = Catalog::open(&self.folder.path().join("catalog.sqlite")).unwrap();
        Store::open(Arc::new(sealed), catalog, clock, entropy).unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000_000, Ordering::Relaxed);
    }

    /// One record, in a part.
    fn write(&self, store: &Store) {
        self.append(store, Bytes::from_static(br#"{"message":"kept"}"#));
        store.close_tables(Close::All);
        assert_eq!(store.flush().unwrap(), 1);
    }

    fn append(&self, store: &Store, body: Bytes) {
        let request = Append { body, delivery: None, content: None, sender: None };
        if store.append(self.scope, request, Box::new(|outcome| assert!(outcome.is_ok()))).unwrap() == Next::Commit {
            store.commit(self.scope);
        }
    }

    fn rows(&self, store: &Store) -> usize {
        let view = store.view(self.scope, TimeRange::ALL).unwrap();
        let mut rows = 0;
        for live in &view.parts {
            match count(live) {
                Ok(count) => rows += count,
                Err(error) => store.report_part(&view, &error),
            }
        }
        rows
    }
}

fn count(live: &store::LivePart) -> Result<usize, store::PartError> {
    read(&*live.open()?)
}

fn read(part: &Part) -> Result<usize, store::PartError> {
    let mut rows = 0;
    for columns in part.read(&RowRanges::all(part.index().rows), &[ColumnKey::Message])? {
        rows += columns?.rows();
    }
    Ok(rows)
}

#[test]
fn keys_of_parts_that_are_elsewhere_are_kept() {
    let house = House::new();
    let (right, wrong): (Arc<MemoryDisk>, Arc<MemoryDisk>) = Default::default();
    house.write(&house.open(Arc::clone(&right) as _));
    house.pass(3 * DAY);
    let store = house.open(wrong);
    assert_eq!(store.retain(house.scope, 30).unwrap().keys, 0);
    drop(store);
    assert_eq!(house.rows(&house.open(right)), 1);
}

#[test]
fn parts_of_another_installation_are_left_alone() {
    let (ours, theirs) = (House::new(), House::new());
    let disk: Arc<MemoryDisk> = Arc::default();
    theirs.write(&theirs.open(Arc::clone(&disk) as _));
    ours.write(&ours.open(Arc::clone(&disk) as _));
    assert_eq!(theirs.rows(&theirs.open(disk)), 1);
}

#[test]
fn a_part_that_is_read_wrong_once_is_not_given_up() {
    let house = House::new();
    let disk: Arc<Spoiled> = Arc::default();
    house.write(&house.open(Arc::clone(&disk) as _));
    let store = house.open(Arc::clone(&disk) as _);
    disk.spoils.store(true, Ordering::Relaxed);
    assert_eq!(house.rows(&store), 0);
    assert_eq!(house.rows(&store), 1);
}

#[test]
fn a_seal_that_was_broken_anywhere_is_found() {
    let house = House::new();
    let disk: Arc<MemoryDisk> = Arc::default();
    let store = house.open(Arc::clone(&disk) as _);
    house.write(&store);
    let name = store.view(house.scope, TimeRange::ALL).unwrap().parts[0].row().name;
    let (path, seal) = (name.path(), || store.seal_of(house.scope, &name).unwrap());
    assert_eq!((house.rows(&store), seal()), (1, Seal::Whole));
    let whole = disk.read(&path, 0..disk.size(&path).unwrap()).unwrap();
    for place in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        disk.put(&path, &bytes, PutMode::Replace).unwrap();
        assert!(matches!(seal(), Seal::Broken { .. }), "byte {place}");
    }
    disk.put(&path, &whole[..whole.len() - 1], PutMode::Replace).unwrap();
    assert!(matches!(seal(), Seal::Broken { .. }), "cut short");
    disk.put(&path, &whole, PutMode::Replace).unwrap();
    assert_eq!(seal(), Seal::Whole);
    assert_eq!(store.seal_of(Scope { source: Id::generate(&SystemEntropy), ..house.scope }, &name).unwrap(), Seal::Gone);
    disk.delete(&path).unwrap();
    assert!(matches!(seal(), Seal::Broken { .. }), "the catalog still names it");

    house.append(&store, Bytes::from_static(br#"{"message":"fresh"}"#));
    let fresh = store.view(house.scope, TimeRange::ALL).unwrap();
    let segment = store.origin(&fresh, 2).unwrap().unwrap().sealed_in[0];
    assert_eq!(store.seal_of(house.scope, &segment).unwrap(), Seal::Whole);
}

#[test]
fn a_part_that_is_merged_away_is_there_for_whoever_still_reads_it() {
    let house = House::new();
    let disk: Arc<MemoryDisk> = Arc::default();
    let store = house.open(Arc::clone(&disk) as _);
    (0..4).for_each(|_| house.write(&store));
    let mut view = store.view(house.scope, TimeRange::ALL).unwrap();
    let gone: Vec<ObjectPath> = view.parts.iter().map(|live| live.row().name.path()).collect();
    let there = || gone.iter().map(|path| disk.size(path).is_ok()).collect::<Vec<_>>();
    // One as it is listed, one open, one whose rows are still to come, and one that nobody holds.
    let listed = view.parts.remove(0);
    let open = view.parts[0].open().unwrap();
    let rows = view.parts[1].open().unwrap().read(&RowRanges::all(1), &[ColumnKey::Message]).unwrap();
    drop(view);
    assert_eq!(store.compact().unwrap(), 1);
    assert_eq!(there(), [true, true, true, false]);

    assert_eq!(count(&listed).unwrap(), 1);
    assert_eq!(read(&open).unwrap(), 1);
    assert_eq!(rows.map(|columns| columns.unwrap().rows()).sum::<usize>(), 1);
    assert_eq!(there(), [true, true, false, false]);
    drop((listed, open));
    assert_eq!(there(), [false; 4]);
    assert_eq!(house.rows(&store), 4);
}

#[test]
fn a_table_that_cannot_be_written_keeps_its_journal_whatever_was_closed_early() {
    let house = House::new();
    let disk: Arc<Spoiled> = Arc::default();
    let store = house.open(Arc::clone(&disk) as _);
    let body = Bytes::from(format!("{{\"message\":\"{}\"}}", "x".repeat(1 << 20)).repeat(24));
    // Two segments, each of a table of its own that is less than a whole one.
    for _ in 0..2 {
        house.append(&store, body.clone());
        house.append(&store, body.clone());
        store.close_tables(Close::All);
    }
    drop(store);
    disk.is_full.store(true, Ordering::Relaxed);
    let store = house.open(Arc::clone(&disk) as _);
    store.close_tables(Close::All);
    store.flush().unwrap_err();
    drop(store);
    disk.is_full.store(false, Ordering::Relaxed);
    let store = house.open(disk);
    store.close_tables(Close::All);
    store.flush().unwrap();
    assert_eq!(house.rows(&store), 4 * 24);
}

#[test]
fn a_segment_is_replayed_into_one_table_however_many_sent_it() {
    let house = House::new();
    let disk: Arc<Spoiled> = Arc::default();
    let store = house.open(Arc::clone(&disk) as _);
    let count = limits::ARRIVALS_SENDERS_MAX + 100;
    // Under way together: what is known of senders is known when they are durable.
    for number in 0..count {
        let sender = Sender::new(&number.to_string());
        let request = Append { body: Bytes::from_static(b"{}"), delivery: None, content: None, sender };
        store.append(house.scope, request, Box::new(|outcome| assert!(outcome.is_ok()))).unwrap();
    }
    store.commit(house.scope);
    drop(store);
    let store = house.open(disk);
    assert_eq!(house.rows(&store), 0);
    store.close_tables(Close::All);
    assert_eq!(store.flush().unwrap(), 1);
    assert_eq!(house.rows(&store), count);
}

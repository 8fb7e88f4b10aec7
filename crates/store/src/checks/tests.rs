use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use model::{Check, Clock, Day, Id, Observation, Scope, Timestamp, Verdict};
use parking_lot::Mutex;
use rusqlite::Connection;
use seal::{Disk, KeyRing, Ledger, MemoryDisk, ObjectKind, PutMode, RootKey, SealedStore, SystemEntropy};
use tempfile::TempDir;

use super::{RetentionDays, checks};
use crate::{Append, Catalog, Close, Next, Store};

const NOON: &str = "2026-11-22T12:00:00Z";

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Default)]
struct Days(Mutex<BTreeMap<Scope, u32>>);

impl RetentionDays for Days {
    fn days(&self) -> Result<BTreeMap<Scope, u32>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.lock().clone())
    }
}

/// A store with its catalog in a file, and its checks.
struct House {
    clock: Arc<Hands>,
    folder: TempDir,
    objects: MemoryDisk,
    journals: MemoryDisk,
    store: Arc<Store>,
    scope: Scope,
    days: Arc<Days>,
    checks: Vec<Box<dyn Check>>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, entropy) = (Arc::new(Hands(AtomicI64::new(at(NOON).nanos()))), Arc::new(SystemEntropy));
        let (objects, journals) = (MemoryDisk::new(), MemoryDisk::new());
        let root = RootKey::generate(&SystemEntropy);
        let keys = KeyRing::open(&root, Arc::new(MemoryDisk::new()), clock.clone(), entropy.clone()).unwrap();
        let (parts, segments) = (Arc::new(objects.clone()), Arc::new(journals.clone()));
        let sealed = Arc::new(SealedStore::new(parts, segments, Arc::new(keys), entropy.clone()));
        let catalog = Catalog::open(&folder.path().join("catalog.sqlite")).unwrap();
        let store = Arc::new(Store::open(sealed, catalog, clock.clone(), entropy).unwrap());
        let scope = Scope { tenant: Id::generate(&SystemEntropy), source: Id::generate(&SystemEntropy) };
        let days = Arc::new(Days::default());
        days.0.lock().insert(scope, 30);
        let checks = checks(&store, Arc::clone(&days) as _);
        Self { clock, folder, objects, journals, store, scope, days, checks }
    }

    /// One with two parts and records in the journal.
    fn lived_in() -> Self {
        let house = Self::new();
        for _ in 0..2 {
            house.append();
            house.flush();
        }
        house.append();
        house
    }

    fn append(&self) {
        let request = Append { body: Bytes::from_static(br#"{"message":"kept"}"#), delivery: None, content: None, sender: None };
        if self.store.append(self.scope, request, Box::new(|done| assert!(done.is_ok()))).unwrap() == Next::Commit {
            self.store.commit(self.scope);
        }
    }

    fn flush(&self) {
        self.store.close_tables(Close::All);
        assert_eq!(self.store.flush().unwrap(), 1);
    }

    fn set(&self, time: &str) {
        self.clock.0.store(at(time).nanos(), Ordering::SeqCst);
    }

    fn look(&self, id: &str) -> Observation {
        self.checks.iter().find(|check| check.id() == id).unwrap().look(self.clock.now())
    }

    /// Changes the catalog behind the store's back.
    fn edit(&self, sql: &str) {
        Connection::open(self.folder.path().join("catalog.sqlite")).unwrap().execute_batch(sql).unwrap();
    }

    fn spoil(&self, disk: &MemoryDisk, kind: ObjectKind, spoil: impl FnOnce(&mut Vec<u8>)) {
        let path = self.store.sealed.list_all(kind).unwrap()[0].0.path();
        let mut bytes = disk.read(&path, 0..disk.size(&path).unwrap()).unwrap();
        spoil(&mut bytes);
        disk.put(&path, &bytes, PutMode::Replace).unwrap();
    }
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).unwrap()
}

fn check(seen: &Observation, verdict: Verdict, of: &str, counted: (u64, u64)) {
    let count = seen.counts.iter().find(|count| count.what.contains(of)).unwrap();
    assert_eq!((seen.verdict, count.counted, count.whole), (verdict, counted.0, Some(counted.1)), "{seen:?}");
}

#[test]
fn every_check_finds_its_twins() {
    let house = House::new();
    assert_eq!(house.checks.len(), 2);
    for check in &house.checks {
        let twin = check.look_at_twin(at(NOON));
        assert_eq!(twin.verdict, Verdict::Broken, "{}: {twin:?}", check.id());
    }
}

#[test]
fn what_is_as_promised_is_held_and_nothing_at_all_is_not() {
    for check in &House::new().checks {
        assert_eq!(check.look(at(NOON)).verdict, Verdict::NotRun, "{}", check.id());
    }
    let house = House::lived_in();
    let kept = house.look("store.retention-kept");
    check(&kept, Verdict::Held, "parts of the catalog within", (2, 2));
    check(&kept, Verdict::Held, "in queries", (3, 3));
    check(&kept, Verdict::Held, "files", (3, 3));
    check(&kept, Verdict::Held, "keys", (1, 1));
    check(&kept, Verdict::Held, "catalog are on disk", (2, 2));
    let whole = house.look("store.parts-whole");
    check(&whole, Verdict::Held, "parts are there", (2, 2));
    check(&whole, Verdict::Held, "parts open", (2, 2));
    check(&whole, Verdict::Held, "segments are there", (1, 1));
    check(&whole, Verdict::Held, "journals read", (1, 1));
    for seen in [kept, whole] {
        assert!(seen.summary.chars().count() <= model::limits::CHECK_SUMMARY_CHARS_MAX);
        assert!(!format!("{}{:?}", seen.summary, seen.counts).contains(&house.scope.source.to_string()));
    }
}

#[test]
fn records_that_outlive_their_days_are_found_until_they_are_ended() {
    let house = House::lived_in();
    house.flush();
    house.set("2026-12-23T12:00:00Z");
    assert_eq!(house.look("store.retention-kept").verdict, Verdict::Held, "a day of grace");
    house.set("2026-12-24T12:00:00Z");
    let late = house.look("store.retention-kept");
    check(&late, Verdict::Broken, "parts of the catalog within", (0, 3));
    check(&late, Verdict::Broken, "keys", (0, 1));
    house.store.retain(house.scope, 30).unwrap();
    assert_eq!(house.look("store.retention-kept").verdict, Verdict::NotRun);
}

#[test]
fn a_part_that_the_catalog_calls_older_or_whose_source_has_no_days_is_found() {
    let house = House::lived_in();
    house.edit(&format!("update parts set received = {}", Day::from_number(at("2026-10-01").day().number()).number()));
    check(&house.look("store.retention-kept"), Verdict::Broken, "parts of the catalog within", (0, 2));
    let house = House::lived_in();
    house.days.0.lock().clear();
    check(&house.look("store.retention-kept"), Verdict::Broken, "parts of the catalog within", (0, 2));
}

#[test]
fn a_file_that_the_catalog_forgot_still_counts_as_kept() {
    let house = House::lived_in();
    house.edit("delete from parts");
    house.set("2027-03-01T00:00:00Z");
    let seen = house.look("store.retention-kept");
    check(&seen, Verdict::Broken, "files", (0, 3));
}

#[test]
fn a_part_that_ended_before_its_time_is_found_by_both() {
    let house = House::lived_in();
    let name = house.store.sealed.list_all(ObjectKind::Part).unwrap()[0].0;
    house.objects.delete(&name.path()).unwrap();
    check(&house.look("store.retention-kept"), Verdict::Broken, "catalog are on disk", (1, 2));
    let whole = house.look("store.parts-whole");
    check(&whole, Verdict::Broken, "parts are there", (1, 2));
    check(&whole, Verdict::Broken, "parts open", (1, 2));
    assert!(whole.details.iter().any(|detail| detail.contains(&name.to_string())), "{whole:?}");
}

#[test]
fn a_part_with_a_flipped_bit_a_cut_one_and_one_of_fewer_rows_are_found() {
    let house = House::lived_in();
    house.spoil(&house.objects, ObjectKind::Part, |bytes| bytes[300] ^= 1);
    check(&house.look("store.parts-whole"), Verdict::Broken, "parts open", (1, 2));
    house.spoil(&house.objects, ObjectKind::Part, |bytes| bytes[300] ^= 1);
    check(&house.look("store.parts-whole"), Verdict::Held, "parts open", (2, 2));
    house.spoil(&house.objects, ObjectKind::Part, |bytes| bytes.truncate(300));
    check(&house.look("store.parts-whole"), Verdict::Broken, "parts are there", (1, 2));
    let house = House::lived_in();
    house.edit("update parts set rows = rows + 1");
    check(&house.look("store.parts-whole"), Verdict::Broken, "parts open", (0, 2));
}

#[test]
fn a_part_that_is_left_out_of_queries_is_not_whole() {
    let house = House::lived_in();
    house.edit("update parts set quarantined = 1 where sequence_first = 1");
    check(&house.look("store.parts-whole"), Verdict::Broken, "parts are there", (1, 2));
}

#[test]
fn a_journal_that_is_gone_cut_or_altered_is_found() {
    let house = House::lived_in();
    house.spoil(&house.journals, ObjectKind::Journal, |bytes| bytes.truncate(bytes.len() - 1));
    check(&house.look("store.parts-whole"), Verdict::Broken, "journals read", (0, 1));
    let house = House::lived_in();
    house.spoil(&house.journals, ObjectKind::Journal, |bytes| bytes[90] ^= 1);
    check(&house.look("store.parts-whole"), Verdict::Broken, "journals read", (0, 1));
    let name = house.store.sealed.list_all(ObjectKind::Journal).unwrap()[0].0;
    house.journals.delete(&name.path()).unwrap();
    check(&house.look("store.parts-whole"), Verdict::Broken, "segments are there", (0, 1));
}

#[test]
fn a_write_that_nobody_was_told_of_is_no_loss() {
    let house = House::lived_in();
    house.spoil(&house.journals, ObjectKind::Journal, |bytes| bytes.extend_from_slice(&[9; 100]));
    check(&house.look("store.parts-whole"), Verdict::Held, "journals read", (1, 1));
}

#[test]
fn the_ledger_tells_the_day_of_parts_and_journals() {
    let house = House::lived_in();
    house.set("2026-11-23T00:00:01Z");
    house.append();
    let mut days: Vec<(bool, String)> = Vec::new();
    for (name, day) in house.store.newest_days().unwrap() {
        assert_eq!(day, name.key.day);
        days.push((name.kind == ObjectKind::Part, day.to_string()));
    }
    days.sort();
    let told = |is_part, day: &str| (is_part, day.to_owned());
    let [today, tomorrow] = ["2026-11-22", "2026-11-23"];
    assert_eq!(days, [told(false, today), told(false, tomorrow), told(true, today), told(true, today)]);
}

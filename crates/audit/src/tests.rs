//! Claims about whole logs, in a catalog and as exported files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use model::{Id, TenantId, Timestamp};
use rusqlite::Connection;
use seal::{FieldSealer, RootKey, SystemEntropy};

use crate::{
    Actor, Deed, Direction, Event, Expected, Filter, Finding, Folder, Log, Outcome, Paging, Recorded, Report, SCHEMA, SCHEMA_2,
    Stored, Trail, TrailError, Witnesses, verify, verify_consistency, verify_inclusion,
};

mod anchoring;
mod checks;
mod finding;
mod keeping;
mod witnessing;

const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);

struct House {
    db: Connection,
    trail: Trail,
    log: Log,
    tenant: TenantId,
}

impl House {
    /// With this many entries, one a second, and a checkpoint after them.
    fn with(entries: u64) -> Self {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(SCHEMA).unwrap();
        db.execute_batch(SCHEMA_2).unwrap();
        let sealer = Arc::new(FieldSealer::new(&RootKey::generate(&SystemEntropy), Arc::new(SystemEntropy)));
        let trail = Trail::open(&db, sealer, Arc::new(SystemEntropy)).unwrap();
        let tenant = Id::generate(&SystemEntropy);
        let house = Self { db, trail, log: Log::Tenant(tenant), tenant };
        house.grow(0..entries);
        house
    }

    fn grow(&self, sequences: std::ops::Range<u64>) -> String {
        for sequence in sequences {
            self.add(NOW.plus_seconds(sequence as i64));
        }
        self.trail.checkpoint(&self.db, self.log, NOW).unwrap()
    }

    fn deed(&self) -> Deed {
        let deed = Deed::by(Actor::ApiKey { id: "k".to_owned() }, NOW).of_tenant(self.tenant);
        Deed { address: Some("192.0.2.7".parse().unwrap()), ..deed }
    }

    fn add(&self, at: Timestamp) -> u64 {
        let deed = Deed { at, ..self.deed() };
        self.trail.append(&self.db, &deed, (Event::TenantCreated, Outcome::Done)).unwrap()
    }

    fn verify_with(&self, anchors: &[String]) -> Report {
        self.verify_log(self.log, anchors, Witnesses::default())
    }

    fn verify_log(&self, log: Log, anchors: &[String], witnesses: Witnesses<'_>) -> Report {
        let (verifier, origin) = (self.trail.verifier(), self.trail.origin(log));
        let expected = Expected { verifier: &verifier, origin: &origin, anchors, witnesses };
        verify(&Stored::new(&self.trail, &self.db, log), &expected)
    }

    fn read(&self, log: Log, before: Option<u64>, limit: usize) -> Vec<Recorded> {
        self.trail.find(&self.db, log, &Filter::default(), Paging { before, limit }).unwrap().entries
    }

    fn findings(&self) -> Vec<Finding> {
        self.verify_with(&[]).findings
    }

    fn verify_folder(&self, folder: &Path, anchors: &[String]) -> Vec<Finding> {
        let (verifier, origin) = (self.trail.verifier(), self.trail.origin(self.log));
        let expected = Expected { verifier: &verifier, origin: &origin, anchors, witnesses: Witnesses::default() };
        verify(&Folder::new(folder), &expected).findings
    }

    /// What somebody does who holds the file: the schema does not hold them back.
    fn tamper(&self, sql: &str) {
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let names: Vec<String> =
            self.db.prepare(triggers).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        names.iter().for_each(|name| self.db.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
        assert!(self.db.execute(sql, []).unwrap() > 0, "{sql}");
    }
}

#[test]
fn a_log_that_nobody_touched_is_sound_at_every_size() {
    for entries in [0, 1, 2, 3, 255, 256, 257, 600] {
        let house = House::with(entries);
        let report = house.verify_with(&[]);
        assert_eq!((report.findings, report.size), (Vec::new(), entries));
    }
}

#[test]
fn what_was_written_is_read_and_the_newest_comes_first() {
    let house = House::with(3);
    let event = Event::ApiKeyCreated { key: "k".to_owned(), direction: Direction::Read, expires: None };
    let refused = Outcome::Refused { code: "key_expired".to_owned() };
    house.trail.append(&house.db, &house.deed(), (event.clone(), refused.clone())).unwrap();
    let read = house.read(house.log, None, 2);
    assert_eq!((&read[0].entry.event, &read[0].entry.outcome), (&event, &refused));
    assert_eq!(read[0].address.as_deref(), Some("192.0.2.7"));
    assert_eq!(read.iter().map(|r| r.entry.sequence).collect::<Vec<_>>(), [3, 2]);
    let rest = house.read(house.log, Some(2), 10);
    assert_eq!(rest.iter().map(|r| r.entry.sequence).collect::<Vec<_>>(), [1, 0]);
    assert!(house.read(Log::Installation, None, 10).is_empty());
}

#[test]
fn nothing_of_an_entry_is_stored_in_clear() {
    let house = House::with(1);
    let sealed: Vec<u8> = house.db.query_row("SELECT entry FROM audit_entries", [], |row| row.get(0)).unwrap();
    for text in ["tenant_created", "192.0.2.7", "api_key"] {
        assert!(!sealed.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn the_schema_lets_nobody_change_or_remove() {
    let house = House::with(2);
    for sql in [
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET at = 0",
        "DELETE FROM audit_nodes",
        "UPDATE audit_nodes SET hash = x'00'",
        "DELETE FROM audit_checkpoints",
        "UPDATE audit_checkpoints SET note = ''",
    ] {
        assert!(house.db.execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(house.findings(), []);
}

#[test]
fn each_way_of_tampering_is_found_and_named() {
    let deleted = House::with(300);
    deleted.tamper("DELETE FROM audit_entries WHERE sequence = 7");
    assert_eq!(deleted.findings(), [Finding::EntryMissing(7)]);

    let changed = House::with(300);
    changed.tamper("UPDATE audit_entries SET entry = (SELECT entry FROM audit_entries WHERE sequence = 9) WHERE sequence = 8");
    assert_eq!(changed.findings(), [Finding::EntryMissing(8)]);

    let hash = House::with(300);
    hash.tamper("UPDATE audit_nodes SET hash = (SELECT hash FROM audit_nodes WHERE level = 0 AND place = 1) WHERE level = 0 AND place = 2");
    assert_eq!(hash.findings(), [Finding::EntryChanged(2)]);

    let tile = House::with(300);
    tile.tamper("UPDATE audit_nodes SET hash = randomblob(32) WHERE level = 8 AND place = 0");
    assert_eq!(tile.findings(), [Finding::TileChanged("tile/1/000.p/1".to_owned())]);

    let removed = House::with(300);
    removed.tamper("DELETE FROM audit_nodes WHERE level = 8");
    assert_eq!(removed.findings(), [Finding::TileMissing("tile/1/000.p/1".to_owned())]);

    let added = House::with(3);
    added.tamper("INSERT INTO audit_entries SELECT log, 3, at, entry FROM audit_entries WHERE sequence = 2");
    assert_eq!(added.findings(), [Finding::EntryAdded(3)]);

    let unsigned = House::with(3);
    unsigned
        .tamper("UPDATE audit_checkpoints SET note = replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))");
    assert!(matches!(unsigned.findings().as_slice(), [Finding::Checkpoint(_)]));

    let moved = House::with(3);
    moved.tamper("UPDATE audit_entries SET at = at - 1 WHERE sequence = 1");
    assert_eq!(moved.findings(), [Finding::EntryMissing(1)]);

    let none = House::with(3);
    none.tamper("DELETE FROM audit_checkpoints");
    assert_eq!(none.findings(), [Finding::NoCheckpoint]);
}

/// Whoever holds the root key can write a log anew, but not make it fit what was seen before.
#[test]
fn a_log_that_was_cut_rolled_back_or_rewritten_does_not_fit_an_earlier_checkpoint() {
    let house = House::with(5);
    let anchor = house.grow(5..9);
    assert_eq!(house.verify_with(std::slice::from_ref(&anchor)).findings, []);
    assert!(house.trail.extends(&house.db, house.log, &anchor).unwrap());
    for sql in [
        "DELETE FROM audit_entries WHERE sequence >= 5",
        "DELETE FROM audit_nodes WHERE level = 0 AND place >= 5 OR level > 0 AND (place + 1) << level > 5",
        "DELETE FROM audit_checkpoints WHERE size > 5",
    ] {
        house.tamper(sql);
    }
    assert_eq!(house.findings(), []);
    let extends = |anchor: &str| house.trail.extends(&house.db, house.log, anchor).unwrap();
    assert!(!extends(&anchor) && !extends("a\n1\nx\n\n"));
    let cut = Finding::RolledBack { anchor: 9, size: 5 };
    assert_eq!(house.verify_with(std::slice::from_ref(&anchor)).findings, [cut]);
    house.grow(5..12);
    assert!(!extends(&anchor));
    assert_eq!(house.verify_with(&[anchor]).findings, [Finding::Rewritten(9)]);
}

#[test]
fn a_clock_that_went_back_is_named() {
    let house = House::with(3);
    // Two that asked at once, written in the other order, are no jump.
    house.add(NOW);
    house.add(NOW.plus_seconds(-59));
    house.trail.checkpoint(&house.db, house.log, NOW).unwrap();
    assert_eq!(house.findings(), [Finding::ClockWentBack(4)]);
}

#[test]
fn an_exported_log_is_verified_without_the_catalog() {
    let house = House::with(700);
    let folder = tempfile::tempdir().unwrap();
    let export = || Stored::new(&house.trail, &house.db, house.log).export(folder.path()).unwrap();
    assert_eq!(export(), 700);
    assert_eq!(house.verify_folder(folder.path(), &[]), []);

    let path = |name: &str| folder.path().join(name);
    let flip = |name: &str, at: usize| {
        let mut bytes = fs::read(path(name)).unwrap();
        bytes[at] ^= 1;
        fs::write(path(name), bytes).unwrap();
    };
    flip("tile/entries/001", 40);
    assert!(house.verify_folder(folder.path(), &[]).contains(&Finding::EntryChanged(256)));
    export();
    flip("tile/1/000.p/2", 3);
    assert_eq!(house.verify_folder(folder.path(), &[]), [Finding::TileChanged("tile/1/000.p/2".to_owned())]);
    export();
    let (one, two) = (fs::read(path("tile/0/000")).unwrap(), fs::read(path("tile/0/001")).unwrap());
    fs::write(path("tile/0/000"), two).unwrap();
    fs::write(path("tile/0/001"), one).unwrap();
    assert_eq!(house.verify_folder(folder.path(), &[]).len(), 512, "every entry of both tiles");
    export();
    fs::remove_file(path("tile/0/002.p/188")).unwrap();
    assert_eq!(house.verify_folder(folder.path(), &[]), [Finding::TileMissing("tile/0/002.p/188".to_owned())]);
}

#[test]
fn a_log_does_not_pass_for_another() {
    let (house, other) = (House::with(3), House::with(3));
    let folder = tempfile::tempdir().unwrap();
    Stored::new(&other.trail, &other.db, other.log).export(folder.path()).unwrap();
    assert!(matches!(house.verify_folder(folder.path(), &[]).as_slice(), [Finding::Checkpoint(_)]));
    let (verifier, origin) = (other.trail.verifier(), other.trail.origin(Log::Installation));
    let expected = Expected { verifier: &verifier, origin: &origin, anchors: &[], witnesses: Witnesses::default() };
    assert!(matches!(verify(&Folder::new(folder.path()), &expected).findings.as_slice(), [Finding::OtherLog(_)]));
}

#[test]
fn a_person_is_forgotten_and_the_log_stays_sound() {
    let house = House::with(4);
    let anchor = house.trail.checkpoint(&house.db, house.log, NOW).unwrap();
    assert!(house.trail.forget(&house.db, "key/k").unwrap());
    let read = house.read(house.log, None, 10);
    assert!(read.iter().all(|recorded| recorded.address.is_none()));
    assert_eq!(house.verify_with(&[anchor]).findings, []);
}

#[test]
fn proofs_over_the_stored_tree_verify() {
    let house = House::with(300);
    let nodes = crate::trail::StoredNodes { db: &house.db, log: house.log };
    let leaf = crate::Nodes::node(&nodes, 0, 77).unwrap();
    let root = |size| crate::root(&crate::trail::StoredNodes { db: &house.db, log: house.log }, size).unwrap();
    let proof = house.trail.prove_inclusion(&house.db, house.log, (77, 300)).unwrap().unwrap();
    assert!(verify_inclusion(leaf, 77, 300, &proof, root(300)));
    let proof = house.trail.prove_consistency(&house.db, house.log, (100, 300)).unwrap().unwrap();
    assert!(verify_consistency((100, root(100)), (300, root(300)), &proof));
    assert_eq!(house.trail.prove_inclusion(&house.db, house.log, (300, 300)).unwrap(), None);
    assert_eq!(house.trail.prove_consistency(&house.db, house.log, (1, 301)).unwrap(), None);
}

#[test]
fn what_fails_leaves_no_entry() {
    let mut house = House::with(2);
    let tx = house.db.transaction().unwrap();
    let deed = Deed::by(Actor::Shell, NOW).of_tenant(house.tenant);
    house.trail.append(&tx, &deed, (Event::TenantCreated, Outcome::Done)).unwrap();
    drop(tx);
    assert_eq!(crate::size(&house.db, house.log).unwrap(), 2);
    let long = Deed { request: Some("x".repeat(70_000)), ..house.deed() };
    let refused = house.trail.append(&house.db, &long, (Event::TenantCreated, Outcome::Done));
    assert!(matches!(refused, Err(TrailError::TooLong)));
}

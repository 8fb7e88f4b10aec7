//! Claims about the trail's own retention.

use super::*;
use crate::EndedBodies;

const DAY: i64 = 86_400;

/// Entries of ten days, ten a day.
fn ten_days() -> House {
    let house = House::with(0);
    for entry in 0..100 {
        house.add(NOW.plus_seconds(entry / 10 * DAY + entry % 10));
    }
    house
}

fn sign(house: &House) -> String {
    house.trail.checkpoint(&house.db, house.log, NOW).unwrap()
}

/// Ends what is older than five days when ten have gone.
fn retained() -> House {
    let house = ten_days();
    let ended = house.trail.retain(&house.db, house.log, 5, NOW.plus_seconds(10 * DAY - 60)).unwrap();
    assert_eq!(ended, Some(EndedBodies { until: 50, bodies: 50, missing: 0 }));
    sign(&house);
    house
}

#[test]
fn old_bodies_end_and_the_tree_holds_with_every_earlier_checkpoint() {
    let house = ten_days();
    let anchor = sign(&house);
    let late = NOW.plus_seconds(10 * DAY - 60);
    house.trail.retain(&house.db, house.log, 5, late).unwrap().unwrap();
    sign(&house);
    let report = house.verify_with(&[anchor]);
    assert_eq!((report.findings, report.size, report.ended), (Vec::new(), 101, 50));
    let left = house.read(house.log, None, 1_000);
    assert_eq!((left.len(), left.last().unwrap().entry.sequence), (51, 50));
    let told = Event::AuditRetentionEnded { until: 50, days: 5, bodies: 50, missing: 0 };
    assert_eq!(left[0].entry.event, told);
    assert_eq!(house.trail.retain(&house.db, house.log, 5, late).unwrap(), None, "nothing more is old");
    assert!(house.trail.prove_inclusion(&house.db, house.log, (3, 101)).unwrap().is_some());
}

#[test]
fn a_log_at_rest_is_not_written_to_for_ever() {
    let house = ten_days();
    let later = |days| NOW.plus_seconds(days * DAY);
    assert!(house.trail.retain(&house.db, house.log, 5, later(30)).unwrap().is_some());
    for days in 31..60 {
        assert_eq!(house.trail.retain(&house.db, house.log, 5, later(days)).unwrap(), None);
    }
    assert_eq!(crate::size(&house.db, house.log).unwrap(), 101);
    // What is added later takes retention's own old entry with it.
    house.add(later(60));
    let ended = house.trail.retain(&house.db, house.log, 5, later(70)).unwrap().unwrap();
    assert_eq!((ended.until, ended.bodies), (102, 2));
    sign(&house);
    assert_eq!(house.verify_with(&[]).findings, []);
}

#[test]
fn the_schema_lets_nobody_remove_what_no_entry_ended() {
    let house = retained();
    for sql in ["DELETE FROM audit_entries", "DELETE FROM audit_horizons", "UPDATE audit_horizons SET until = 90"] {
        assert!(house.db.execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(house.findings(), []);
}

#[test]
fn a_horizon_that_a_hand_raised_is_found() {
    let house = retained();
    house.tamper("INSERT INTO audit_horizons SELECT log, 53, entry FROM audit_horizons");
    // The schema itself would let the bodies go now; the log does not say that they ended.
    house.tamper("DELETE FROM audit_entries WHERE sequence < 53");
    let missing = (50..53).map(Finding::EntryMissing);
    let mut expected: Vec<Finding> = missing.chain([Finding::HorizonMoved { stands: 53, told: 50 }]).collect();
    expected.sort();
    assert_eq!(house.findings(), expected);
}

#[test]
fn a_horizon_that_a_hand_took_away_is_found() {
    let house = retained();
    house.tamper("DELETE FROM audit_horizons");
    assert_eq!(house.findings(), [Finding::HorizonMoved { stands: 0, told: 50 }]);
}

#[test]
fn a_body_that_is_missing_inside_retention_is_named() {
    let house = retained();
    house.tamper("DELETE FROM audit_entries WHERE sequence = 70");
    assert_eq!(house.findings(), [Finding::EntryMissing(70)]);
}

#[test]
fn the_entry_that_tells_of_the_end_cannot_go_unseen() {
    let house = retained();
    house.tamper("DELETE FROM audit_entries WHERE sequence = 100");
    let findings = house.findings();
    assert!(findings.contains(&Finding::EntryMissing(100)) && findings.contains(&Finding::EntryMissing(0)));
    assert!(findings.contains(&Finding::HorizonMoved { stands: 50, told: 0 }));
}

/// Else whoever holds the file could date an entry back and let retention destroy it.
#[test]
fn how_old_an_entry_is_its_sealed_bytes_say_and_not_the_row() {
    let house = ten_days();
    house.tamper("UPDATE audit_entries SET at = 0");
    let ended = house.trail.retain(&house.db, house.log, 5, NOW.plus_seconds(10 * DAY - 60)).unwrap().unwrap();
    assert_eq!(ended.until, 50);
}

#[test]
fn what_was_gone_before_retention_is_counted_for_ever() {
    let house = ten_days();
    house.tamper("DELETE FROM audit_entries WHERE sequence IN (3, 4)");
    house.tamper("UPDATE audit_entries SET entry = x'46' WHERE sequence = 9");
    let ended = house.trail.retain(&house.db, house.log, 5, NOW.plus_seconds(10 * DAY - 60)).unwrap().unwrap();
    assert_eq!((ended.bodies, ended.missing), (47, 3));
    assert_eq!(
        house.read(house.log, None, 1)[0].entry.event,
        Event::AuditRetentionEnded { until: 50, days: 5, bodies: 47, missing: 3 }
    );
}

#[test]
fn an_exported_log_without_its_old_bodies_is_verified() {
    let house = House::with(600);
    house.trail.retain(&house.db, house.log, 1, NOW.plus_seconds(DAY + 300)).unwrap().unwrap();
    sign(&house);
    let folder = tempfile::tempdir().unwrap();
    Stored::new(&house.trail, &house.db, house.log).export(folder.path()).unwrap();
    assert!(!folder.path().join("tile/entries/000").exists(), "a bundle without a body is left out");
    assert_eq!(house.verify_folder(folder.path(), &[]), []);
    let bundle = folder.path().join("tile/entries/001");
    let bytes = fs::read(&bundle).unwrap();
    assert_eq!(bytes[..2], [0, 0], "entry 256 is ended, and its neighbours keep their places");
    let first = bytes.iter().position(|byte| *byte == b'{').unwrap();
    assert_eq!(first, 44 * 2 + 2);
    let mut changed = bytes.clone();
    changed.splice(first - 2..first, [0, 0]);
    fs::write(&bundle, changed).unwrap();
    assert!(!house.verify_folder(folder.path(), &[]).is_empty());
}

#[test]
fn keys_of_strangers_end_with_their_months() {
    let house = House::with(0);
    let stranger = |at| Deed { actor: Actor::Stranger, at, ..house.deed() };
    let add = |at| house.trail.append(&house.db, &stranger(at), (Event::SetupDone, Outcome::Done)).unwrap();
    add(NOW);
    add(NOW.plus_seconds(60 * DAY));
    let keys = || house.db.query_row("SELECT count(*) FROM audit_subjects", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(keys(), 2);
    house.trail.retain(&house.db, house.log, 20, NOW.plus_seconds(61 * DAY)).unwrap().unwrap();
    assert_eq!(keys(), 1);
}

#[test]
fn what_is_public_is_kept() {
    let house = House::with(0);
    house.trail.publish(&house.db, Event::SetupDone, NOW).unwrap();
    assert_eq!(house.trail.retain(&house.db, Log::Public, 1, NOW.plus_seconds(900 * DAY)).unwrap(), None);
}

//! The check of the trail: what it says of a sound one, and of each way to spoil one.

use std::sync::Mutex;

use model::{Check, Verdict};

use super::*;
use crate::{Trails, checks, size};

/// A house that lets its log be looked at.
struct Open(Mutex<House>);

impl Trails for Open {
    fn logs(&self) -> Result<Vec<(Log, u64)>, String> {
        let house = self.0.lock().unwrap();
        let logs = house.trail.logs(&house.db).map_err(|error| error.to_string())?;
        Ok(logs.into_iter().map(|log| (log, size(&house.db, log).unwrap())).collect())
    }

    fn verify(&self, log: Log, earlier: &[String], now: Timestamp) -> Result<(Report, String), String> {
        let house = self.0.lock().unwrap();
        let note = house.trail.checkpoint(&house.db, log, now).map_err(|error| error.to_string())?;
        Ok((house.verify_log(log, earlier, Witnesses::default()), note))
    }
}

fn looking_at(house: House) -> (Arc<Open>, Box<dyn Check>) {
    let open = Arc::new(Open(Mutex::new(house)));
    let check = checks(Arc::clone(&open) as Arc<dyn Trails>, Arc::new(SystemEntropy)).remove(0);
    (open, check)
}

#[test]
fn a_sound_trail_holds_and_its_twins_are_all_found_out() {
    let (open, check) = looking_at(House::with(300));
    let seen = check.look(NOW);
    assert_eq!((seen.verdict, seen.counts[0].counted, seen.counts[1].counted), (Verdict::Held, 1, 300), "{seen:?}");
    open.0.lock().unwrap().grow(300..310);
    assert_eq!(check.look(NOW).verdict, Verdict::Held);
    let twin = check.look_at_twin(NOW);
    assert_eq!(twin.verdict, Verdict::Broken, "{twin:?}");
}

#[test]
fn a_trail_that_is_spoilt_between_two_looks_is_found_out() {
    for sql in [
        "UPDATE audit_entries SET at = at + 1 WHERE sequence = 4",
        "DELETE FROM audit_entries WHERE sequence = 4",
        "UPDATE audit_nodes SET hash = zeroblob(32) WHERE level = 0 AND place = 4",
        "DELETE FROM audit_entries",
    ] {
        let (open, check) = looking_at(House::with(20));
        assert_eq!(check.look(NOW).verdict, Verdict::Held);
        open.0.lock().unwrap().tamper(sql);
        let seen = check.look(NOW);
        assert_eq!(seen.verdict, Verdict::Broken, "{sql}: {seen:?}");
        assert!(!seen.summary.contains("tenant"), "{seen:?}");
    }
}

#[test]
fn a_trail_that_is_put_back_is_found_out_although_it_is_sound_in_itself() {
    let (open, check) = looking_at(House::with(20));
    assert_eq!(check.look(NOW).verdict, Verdict::Held);
    let house = open.0.lock().unwrap();
    house.tamper("DELETE FROM audit_entries WHERE sequence >= 16");
    house.tamper(
        "DELETE FROM audit_nodes WHERE level = 0 AND place >= 16 OR level = 1 AND place >= 8 OR level = 2 AND place >= 4",
    );
    house.tamper("DELETE FROM audit_checkpoints");
    drop(house);
    let seen = check.look(NOW);
    assert_eq!(seen.verdict, Verdict::Broken, "{seen:?}");
    assert_eq!(check.look(NOW).verdict, Verdict::Broken, "it stays wrong");
}

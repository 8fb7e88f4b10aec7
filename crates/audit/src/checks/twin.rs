//! Trails that somebody changed who holds the file and even its root key, but cannot make hashes fit.

use std::sync::{Arc, Mutex, PoisonError};

use model::{Entropy, Observation, Timestamp, Verdict};
use rusqlite::Connection;
use seal::{FieldSealer, RootKey};

use super::{Seen, Trails, unreadable};
use crate::deed::{Actor, Deed, Outcome};
use crate::entry::Entry;
use crate::event::Event;
use crate::shelf::Stored;
use crate::trail::{Log, SCHEMA, SCHEMA_2, Trail, TrailError, entry_field, row, size};
use crate::verify::{Expected, Report, Witnesses, verify};

const ENTRIES: i64 = 8;
const UNPROTECTED: &str = "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_are_final";

/// What was done to the trail.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Changed,
    Removed,
    Reordered,
}

struct Twin {
    db: Mutex<Connection>,
    trail: Trail,
}

/// Broken if every harm is found; otherwise what was seen where one was not.
pub(super) fn look_at(entropy: &Arc<dyn Entropy>, now: Timestamp) -> Observation {
    let seen = |harm| {
        let twin = Twin::new(harm, entropy, now).map_err(|error| error.to_string())?;
        Seen::default().look_at(&twin, now)
    };
    let mut last = Observation::not_run("there was nothing to look at");
    for harm in [Harm::Changed, Harm::Removed, Harm::Reordered] {
        last = seen(harm).unwrap_or_else(unreadable);
        if last.verdict != Verdict::Broken {
            return last.detail(format!("not found out: {harm:?}"));
        }
    }
    last
}

// === impl Twin ===

impl Twin {
    fn new(harm: Harm, entropy: &Arc<dyn Entropy>, now: Timestamp) -> Result<Self, TrailError> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(SCHEMA)?;
        db.execute_batch(SCHEMA_2)?;
        let sealer = Arc::new(FieldSealer::new(&RootKey::generate(&**entropy), Arc::clone(entropy)));
        let trail = Trail::open(&db, sealer, Arc::clone(entropy))?;
        for number in 0..ENTRIES {
            let deed = Deed::by(Actor::Server, now.plus_seconds(number - ENTRIES));
            trail.append(&db, &deed, (Event::StrangersRefused { requests: number.unsigned_abs() }, Outcome::Done))?;
        }
        db.execute_batch(UNPROTECTED)?;
        let twin = Self { db: Mutex::new(db), trail };
        twin.harm(harm)?;
        Ok(twin)
    }

    fn harm(&self, harm: Harm) -> Result<(), TrailError> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        match harm {
            Harm::Changed => {
                let entry = Entry { event: Event::SetupDone, ..self.entry(&db, 2)? };
                self.write(&db, &entry)
            }
            Harm::Removed => {
                db.execute("DELETE FROM audit_entries WHERE sequence = 2", [])?;
                Ok(())
            }
            Harm::Reordered => {
                let (first, second) = (self.entry(&db, 2)?, self.entry(&db, 3)?);
                self.write(&db, &Entry { sequence: second.sequence, ..first.clone() })?;
                self.write(&db, &Entry { sequence: first.sequence, ..second })
            }
        }
    }

    fn entry(&self, db: &Connection, sequence: u64) -> Result<Entry, TrailError> {
        let sql = "SELECT entry FROM audit_entries WHERE sequence = ?1";
        let sealed: Vec<u8> = db.query_row(sql, [sequence as i64], |row| row.get(0))?;
        self.trail.open_entry(Log::Installation, sequence, &sealed)
    }

    /// Sealed as the trail itself would, in the place of what is there.
    fn write(&self, db: &Connection, entry: &Entry) -> Result<(), TrailError> {
        let (log, place) = (Log::Installation.key(), row(entry.sequence));
        let sealed = self.trail.sealer.seal(&entry_field(&log, &place), &entry.to_bytes())?;
        let at = entry.at().unwrap_or_default().nanos();
        let sql = "UPDATE audit_entries SET entry = ?1, at = ?2 WHERE sequence = ?3";
        db.execute(sql, (sealed, at, entry.sequence as i64))?;
        Ok(())
    }
}

impl Trails for Twin {
    fn logs(&self) -> Result<Vec<(Log, u64)>, String> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let size = size(&db, Log::Installation).map_err(|error| error.to_string())?;
        Ok(vec![(Log::Installation, size)])
    }

    fn verify(&self, log: Log, earlier: &[String], now: Timestamp) -> Result<(Report, String), String> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let checkpoint = self.trail.checkpoint(&db, log, now).map_err(|error| error.to_string())?;
        let (verifier, origin) = (self.trail.verifier(), self.trail.origin(log));
        let expected = Expected { verifier: &verifier, origin: &origin, anchors: earlier, witnesses: Witnesses::default() };
        Ok((verify(&Stored::new(&self.trail, &db, log), &expected), checkpoint))
    }
}

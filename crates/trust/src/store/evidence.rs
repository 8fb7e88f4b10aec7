//! Rows of evidence, and what follows from each: the worst of its day, and changes of state.
//!
//! Always holds: a row counts for nothing until the public log has it; then it, its day and its change are one transaction.

use claims::State;
use model::{Day as UtcDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Store, StoreError};

const COLUMNS: &str = "place, digest, claim, sentence, state, before, started, finished, envelope, secret, details, entry";

/// What is to be kept of one round of one claim.
#[derive(Debug)]
pub(crate) struct New {
    /// As the public log will name it.
    pub(crate) digest: String,
    pub(crate) claim: String,
    /// Of the sentence.
    pub(crate) sentence: String,
    pub(crate) state: State,
    /// Where the state changes.
    pub(crate) before: Option<State>,
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
    pub(crate) shown: Shown,
    /// Sealed.
    pub(crate) details: Vec<u8>,
    /// Where this is the first failure of an embargo.
    pub(crate) embargo: Option<Embargo>,
}

/// The envelope as it lies in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    Open(String),
    /// Sealed, with the secret bytes of its commitment.
    Sealed(Vec<u8>),
}

#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) place: i64,
    pub(crate) digest: String,
    pub(crate) claim: String,
    pub(crate) sentence: String,
    pub(crate) state: State,
    pub(crate) before: Option<State>,
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
    pub(crate) shown: Shown,
    pub(crate) details: Vec<u8>,
    pub(crate) entry: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Embargo {
    pub(crate) claim: String,
    pub(crate) began: Timestamp,
    pub(crate) until: Timestamp,
}

/// A sealed failure, opened.
#[derive(Debug)]
pub(crate) struct Revealed {
    pub(crate) place: i64,
    /// Of the statement.
    pub(crate) digest: String,
    pub(crate) envelope: String,
    /// Of the public log, where the secret bytes are.
    pub(crate) entry: u64,
}

/// One UTC day of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub day: UtcDay,
    pub looks: u64,
    pub passed: u64,
    pub worst: State,
}

// === impl Store ===

impl Store {
    // --- writing ---

    /// Keeps what was found, to be published. A second look in the same minute that says the same is not kept again.
    pub(crate) fn add(&self, found: &[New]) -> Result<(), StoreError> {
        self.write(|tx| {
            for new in found {
                let newest = "SELECT digest FROM evidence WHERE claim = ?1 ORDER BY place DESC LIMIT 1";
                let newest: Option<String> = tx.query_row(newest, [&new.claim], |row| row.get(0)).optional()?;
                if newest.as_ref() == Some(&new.digest) {
                    continue;
                }
                let (envelope, secret) = match &new.shown {
                    Shown::Open(envelope) => (Some(envelope), None),
                    Shown::Sealed(secret) => (None, Some(secret)),
                };
                tx.execute(
                    "INSERT INTO evidence (digest, claim, sentence, state, before, started, finished, envelope, secret, details)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                    rusqlite::params![
                        new.digest,
                        new.claim,
                        new.sentence,
                        new.state.as_str(),
                        new.before.map(State::as_str),
                        new.started.nanos(),
                        new.finished.nanos(),
                        envelope,
                        secret,
                        new.details
                    ],
                )?;
                if let Some(embargo) = &new.embargo {
                    let sql = "INSERT OR IGNORE INTO embargoes (claim, began, until) VALUES (?1, ?2, ?3)";
                    tx.execute(sql, (&embargo.claim, embargo.began.nanos(), embargo.until.nanos()))?;
                }
            }
            Ok(())
        })
    }

    /// Says where in the public log these are. From now on they count.
    pub(crate) fn settle(&self, published: &[(Kept, u64)]) -> Result<(), StoreError> {
        self.write(|tx| {
            for (kept, entry) in published {
                tx.execute("UPDATE evidence SET entry = ?2 WHERE place = ?1", (kept.place, *entry as i64))?;
                count(tx, kept)?;
                if let Some(before) = kept.before {
                    change(tx, &kept.claim, kept.finished, (before, kept.state))?;
                }
            }
            Ok(())
        })
    }

    /// Opens sealed failures, now that the public log has their secret bytes.
    pub(crate) fn reveal(
        &self,
        claim: &str,
        revealed: &[Revealed],
        (at, changed): (Timestamp, Option<(State, State)>),
    ) -> Result<(), StoreError> {
        let (sealed, fail) = (State::SealedFail.as_str(), State::Fail.as_str());
        self.write(|tx| {
            for one in revealed {
                tx.execute(
                    "UPDATE evidence SET digest = ?2, envelope = ?3, secret = NULL, entry = ?4, state = ?5 WHERE place = ?1",
                    (one.place, &one.digest, &one.envelope, one.entry as i64, fail),
                )?;
            }
            tx.execute("UPDATE days SET worst = ?3 WHERE claim = ?1 AND worst = ?2", (claim, sealed, fail))?;
            if let Some(changed) = changed {
                change(tx, claim, at, changed)?;
            }
            Ok(())
        })
    }

    pub(crate) fn end_embargo(&self, claim: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("DELETE FROM embargoes WHERE claim = ?1", [claim])?;
            Ok(())
        })
    }

    /// A change of state that no look made.
    pub(crate) fn note_change(&self, claim: &str, at: Timestamp, states: (State, State)) -> Result<(), StoreError> {
        self.write(|tx| change(tx, claim, at, states))
    }

    // --- reading ---

    /// What the public log does not have yet, oldest first.
    pub(crate) fn awaiting(&self) -> Result<Vec<Kept>, StoreError> {
        self.select("entry IS NULL ORDER BY place", [])
    }

    /// The newest that the public log has.
    pub(crate) fn newest(&self, claim: &str) -> Result<Option<Kept>, StoreError> {
        Ok(self.select("claim = ?1 AND entry IS NOT NULL ORDER BY place DESC LIMIT 1", [claim])?.pop())
    }

    /// Failures of a claim that are sealed, oldest first.
    pub(crate) fn sealed(&self, claim: &str) -> Result<Vec<Kept>, StoreError> {
        self.select("claim = ?1 AND entry IS NOT NULL AND secret IS NOT NULL ORDER BY place", [claim])
    }

    /// Evidence of a claim, the newest first.
    pub(crate) fn history(&self, claim: &str, limit: usize) -> Result<Vec<Kept>, StoreError> {
        self.select("claim = ?1 AND entry IS NOT NULL ORDER BY place DESC LIMIT ?2", (claim, limit as i64))
    }

    /// The signed envelope of a statement that the public log has and that is not sealed.
    pub(crate) fn envelope(&self, digest: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let sql = "SELECT envelope FROM evidence WHERE digest = ?1 AND entry IS NOT NULL AND envelope IS NOT NULL LIMIT 1";
            Ok(db.prepare_cached(sql)?.query_row([digest], |row| row.get(0)).optional()?)
        })
    }

    pub(crate) fn embargo(&self, claim: &str) -> Result<Option<Embargo>, StoreError> {
        Ok(self.embargoes()?.into_iter().find(|embargo| embargo.claim == claim))
    }

    pub(crate) fn embargoes(&self) -> Result<Vec<Embargo>, StoreError> {
        self.read(|db| {
            let mut select = db.prepare_cached("SELECT claim, began, until FROM embargoes")?;
            let time = |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(Timestamp::from_nanos(row.get(at)?));
            let rows =
                select.query_map([], |row| Ok(Embargo { claim: row.get(0)?, began: time(row, 1)?, until: time(row, 2)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The days from this one on that were measured.
    pub(crate) fn days(&self, claim: &str, from: UtcDay) -> Result<Vec<Day>, StoreError> {
        self.read(|db| {
            let sql = "SELECT day, looks, passed, worst FROM days WHERE claim = ?1 AND day >= ?2 ORDER BY day";
            let mut select = db.prepare_cached(sql)?;
            let mut rows = select.query((claim, from.number()))?;
            let mut days = Vec::new();
            while let Some(row) = rows.next()? {
                let (looks, passed) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64);
                days.push(Day { day: UtcDay::from_number(row.get(0)?), looks, passed, worst: state(&row.get::<_, String>(3)?)? });
            }
            Ok(days)
        })
    }

    /// Changes of a claim's state, the newest first: when, from what, to what.
    pub(crate) fn changes(&self, claim: &str, limit: usize) -> Result<Vec<(Timestamp, State, State)>, StoreError> {
        self.read(|db| {
            let sql = "SELECT at, before, after FROM changes WHERE claim = ?1 ORDER BY place DESC LIMIT ?2";
            let mut select = db.prepare_cached(sql)?;
            let mut rows = select.query((claim, limit as i64))?;
            let mut changes = Vec::new();
            while let Some(row) = rows.next()? {
                let (before, after) = (state(&row.get::<_, String>(1)?)?, state(&row.get::<_, String>(2)?)?);
                changes.push((Timestamp::from_nanos(row.get(0)?), before, after));
            }
            Ok(changes)
        })
    }

    fn select(&self, rows: &str, params: impl rusqlite::Params) -> Result<Vec<Kept>, StoreError> {
        self.read(|db| {
            let mut select = db.prepare_cached(&format!("SELECT {COLUMNS} FROM evidence WHERE {rows}"))?;
            let mut rows = select.query(params)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(kept(row)?);
            }
            Ok(found)
        })
    }
}

fn kept(row: &Row<'_>) -> Result<Kept, StoreError> {
    let time = |at: usize| Ok::<_, rusqlite::Error>(Timestamp::from_nanos(row.get(at)?));
    let shown = match (row.get(8)?, row.get(9)?) {
        (Some(envelope), None) => Shown::Open(envelope),
        (None, Some(secret)) => Shown::Sealed(secret),
        (Some(_), Some(_)) | (None, None) => return Err(StoreError::Damaged("evidence without an envelope")),
    };
    Ok(Kept {
        place: row.get(0)?,
        digest: row.get(1)?,
        claim: row.get(2)?,
        sentence: row.get(3)?,
        state: state(&row.get::<_, String>(4)?)?,
        before: row.get::<_, Option<String>>(5)?.as_deref().map(state).transpose()?,
        started: time(6)?,
        finished: time(7)?,
        shown,
        details: row.get(10)?,
        entry: row.get::<_, Option<i64>>(11)?.map(|entry| entry as u64),
    })
}

fn state(name: &str) -> Result<State, StoreError> {
    State::from_name(name).ok_or(StoreError::Damaged("a state that does not exist"))
}

/// Counts a look to its day.
fn count(tx: &Connection, kept: &Kept) -> Result<(), StoreError> {
    let at = (&kept.claim, kept.started.day().number());
    let sql = "SELECT worst FROM days WHERE claim = ?1 AND day = ?2";
    let known: Option<String> = tx.query_row(sql, at, |row| row.get(0)).optional()?;
    let worst = known.as_deref().map(state).transpose()?.map_or(kept.state, |known| worse(known, kept.state));
    tx.execute(
        "INSERT INTO days (claim, day, looks, passed, worst) VALUES (?1, ?2, 1, ?3, ?4)
         ON CONFLICT (claim, day) DO UPDATE SET looks = looks + 1, passed = passed + excluded.passed, worst = excluded.worst",
        (at.0, at.1, i64::from(kept.state.stands()), worst.as_str()),
    )?;
    Ok(())
}

fn change(tx: &Connection, claim: &str, at: Timestamp, (before, after): (State, State)) -> Result<(), StoreError> {
    let sql = "INSERT INTO changes (claim, at, before, after) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, (claim, at.nanos(), before.as_str(), after.as_str()))?;
    Ok(())
}

/// The worse of two: a failure outweighs what is not known, and that what holds.
pub(crate) fn worse(one: State, other: State) -> State {
    let rank = |state| match state {
        State::Pass => 0,
        State::Stale => 1,
        State::NotClaimed => 2,
        State::Withdrawn => 3,
        State::Expired => 4,
        State::Unknown => 5,
        State::SealedFail => 6,
        State::Fail => 7,
    };
    if rank(one) >= rank(other) { one } else { other }
}

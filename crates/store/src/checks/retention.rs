//! `store.retention-kept`: records end after the days set for their source, and not before.
//!
//! Parts are held against the days by when they came in: in the catalog, in what queries see, and on the disks whatever a
//! catalog says; so are the keys that could open a copy of them. And what the catalog has that is not too old has to be there.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use model::limits::RETENTION_GRACE_DAYS;
use model::{Check, Day, Observation, Scope, Timestamp, Vantage, Verdict};
use parking_lot::Mutex;
use seal::{ObjectKind, ObjectName};

use super::scratch::Scratch;
use super::{LookError, RetentionDays, observed};
use crate::store::Store;

pub(super) struct RetentionKept {
    store: Arc<Store>,
    retention: Arc<dyn RetentionDays>,
    /// One look at a time: each lists everything.
    looking: Mutex<()>,
}

/// How many of one kind are right, and why the others are not.
#[derive(Default)]
struct Tally {
    right: u64,
    wrong: Vec<String>,
}

/// What is kept of each source, by its first day.
struct Kept {
    first: BTreeMap<Scope, Day>,
}

// === impl RetentionKept ===

impl RetentionKept {
    pub(super) fn new(store: Arc<Store>, retention: Arc<dyn RetentionDays>) -> Self {
        Self { store, retention, looking: Mutex::new(()) }
    }

    fn live(&self, now: Timestamp) -> Result<Observation, LookError> {
        let _looking = self.looking.lock();
        let look = || look(&self.store, &self.retention.days().map_err(LookError::Retention)?, now);
        let seen = look()?;
        // It looks again before it accuses: a source may be new since its days were asked for.
        if seen.verdict == Verdict::Broken { look() } else { Ok(seen) }
    }

    /// A store whose source keeps a day, a week after its records came in.
    fn look_at_forgotten(&self, now: Timestamp) -> Result<Observation, LookError> {
        let week_ago = Day::from_number(now.day().number().saturating_sub(7)).start();
        let scratch = Scratch::new(week_ago, &self.store.entropy)?;
        scratch.clock.turn_to(now);
        look(&scratch.store, &BTreeMap::from([(scratch.scope, 1)]), now)
    }

    /// A store from which a part went that should have stayed.
    fn look_at_ended_early(&self, now: Timestamp) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, &self.store.entropy)?;
        for row in scratch.parts()?.iter().take(1) {
            scratch.store.sealed.delete(&row.name)?;
        }
        look(&scratch.store, &BTreeMap::from([(scratch.scope, 30)]), now)
    }

    /// A store whose catalog forgot a part that still lies on the disk.
    fn look_at_left_over(&self, now: Timestamp) -> Result<Observation, LookError> {
        let week_ago = Day::from_number(now.day().number().saturating_sub(7)).start();
        let scratch = Scratch::new(week_ago, &self.store.entropy)?;
        scratch.clock.turn_to(now);
        let names: Vec<ObjectName> = scratch.parts()?.iter().map(|row| row.name).collect();
        scratch.store.catalog.remove_parts(&names)?;
        let days = BTreeMap::from([(scratch.scope, 1)]);
        Ok(on_disks(&scratch.store, &Kept::of(&days, now))?.all("files on disk within their days"))
    }
}

impl Check for RetentionKept {
    fn id(&self) -> &'static str {
        "store.retention-kept"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(self.live(now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        Observation::of_twins([
            observed(self.look_at_forgotten(now)),
            observed(self.look_at_ended_early(now)),
            observed(self.look_at_left_over(now)),
        ])
    }
}

fn look(store: &Store, days: &BTreeMap<Scope, u32>, now: Timestamp) -> Result<Observation, LookError> {
    let kept = Kept::of(days, now);
    let (known, present) = in_catalog(store, &kept)?;
    Ok(known
        .all("parts of the catalog within their days")
        .and(in_queries(store, &kept).all("parts and tables in queries within their days"))
        .and(on_disks(store, &kept)?.all("files on disk within their days"))
        .and(keys(store, &kept)?.all("data keys within their days"))
        .and(present.all("parts of the catalog are on disk")))
}

/// Every part that the catalog has: is it young enough, and is it there?
fn in_catalog(store: &Store, kept: &Kept) -> Result<(Tally, Tally), LookError> {
    let (mut young, mut present) = (Tally::default(), Tally::default());
    let mut scopes = store.catalog.scopes()?;
    scopes.sort_unstable();
    // Read before the disk is listed, so that a part that is written meanwhile is not missed.
    let mut rows = Vec::new();
    for scope in scopes {
        rows.extend(store.catalog.parts(scope)?);
    }
    let there: HashSet<ObjectName> = store.sealed.list_all(ObjectKind::Part)?.into_iter().map(|(name, _)| name).collect();
    for row in rows {
        young.add(kept.check(&row.name, row.received));
        if there.contains(&row.name) {
            present.add(Ok(()));
        } else if store.catalog.parts(row.name.scope)?.iter().any(|now| now.name == row.name) {
            present.add(Err(format!("{} is in the catalog and not on the disk", row.name)));
        }
    }
    Ok((young, present))
}

/// What a query would read now, of the sources in memory: parts and fresh records.
fn in_queries(store: &Store, kept: &Kept) -> Tally {
    let mut tally = Tally::default();
    for source in store.known_sources() {
        let state = source.state.lock();
        for part in &state.parts {
            tally.add(kept.check(&part.row().name, part.row().received));
        }
        for table in state.tables.iter().filter(|table| table.durable_rows > 0) {
            tally.add(kept.check_day(source.scope, table.received, || format!("fresh records of {}", source.scope)));
        }
    }
    tally
}

/// Whatever lies on the disks of our sources. A key is of the day on which it sealed, so no older record is under it than
/// of that day, and a file under an ended day's key holds ended records alone.
fn on_disks(store: &Store, kept: &Kept) -> Result<Tally, LookError> {
    let mut tally = Tally::default();
    for kind in ObjectKind::ALL {
        for (name, _) in store.sealed.list_all(kind)? {
            // Of a source that is not ours, another installation knows the days.
            if kept.first.contains_key(&name.scope) {
                tally.add(kept.check(&name, name.key.day));
            }
        }
    }
    Ok(tally)
}

/// A key that is left opens what a copy of the disk still holds.
fn keys(store: &Store, kept: &Kept) -> Result<Tally, LookError> {
    let mut tally = Tally::default();
    for (scope, id) in store.sealed.keys().source_keys()? {
        tally.add(kept.check_day(scope, id.day, || format!("key {id} of source {scope}")));
    }
    Ok(tally)
}

// === impl Kept ===

impl Kept {
    fn of(days: &BTreeMap<Scope, u32>, now: Timestamp) -> Self {
        let first = |days: u32| {
            let days = i32::try_from(days).unwrap_or(i32::MAX).saturating_add(RETENTION_GRACE_DAYS);
            Day::from_number(now.day().number().saturating_sub(days))
        };
        Self { first: days.iter().map(|(scope, days)| (*scope, first(*days))).collect() }
    }

    fn check(&self, name: &ObjectName, day: Day) -> Result<(), String> {
        self.check_day(name.scope, day, || name.to_string())
    }

    fn check_day(&self, scope: Scope, day: Day, what: impl FnOnce() -> String) -> Result<(), String> {
        match self.first.get(&scope) {
            Some(first) if day >= *first => Ok(()),
            Some(first) => Err(format!("{} is of {day}, and its source keeps what came in from {first} on", what())),
            None => Err(format!("{} is of a source for which no days are set", what())),
        }
    }
}

// === impl Tally ===

impl Tally {
    fn add(&mut self, found: Result<(), String>) {
        match found {
            Ok(()) => self.right += 1,
            Err(why) => self.wrong.push(why),
        }
    }

    fn all(self, what: &'static str) -> Observation {
        Observation::all(what, self.right, self.right + self.wrong.len() as u64).with_details(self.wrong)
    }
}

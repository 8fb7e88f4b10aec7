//! `store.parts-whole`: what was acknowledged is there: every part that the catalog names and every journal segment that
//! fresh records rest on lies on its disk, and opens.
//!
//! Existence and length of all are looked at each time; in turn, they are opened and every byte is verified, and a part's
//! rows are held against the catalog's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::limits::{LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX};
use model::{Budget, Check, Found, Observation, Round, Timestamp, Vantage};
use parking_lot::Mutex;
use seal::{Disk, JournalError, ObjectKind, ObjectName, OpenError, PutMode, Tail};

use super::scratch::Scratch;
use super::{LookError, observed};
use crate::catalog::{PartRow, PartState};
use crate::part::PartError;
use crate::store::Store;

pub(super) struct PartsWhole {
    store: Arc<Store>,
    rounds: Mutex<Rounds>,
}

#[derive(Default)]
struct Rounds {
    parts: Round<ObjectName>,
    segments: Round<ObjectName>,
}

/// What damage a twin has.
type Spoil = fn(&Scratch, &PartRow) -> Result<(), LookError>;

// === impl PartsWhole ===

impl PartsWhole {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, rounds: Mutex::default() }
    }

    fn look_at_spoiled(&self, now: Timestamp, spoil: Spoil) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, &self.store.entropy)?;
        for row in scratch.parts()?.iter().take(1) {
            spoil(&scratch, row)?;
        }
        look(&scratch.store, &mut Rounds::default(), now)
    }
}

impl Check for PartsWhole {
    fn id(&self) -> &'static str {
        "store.parts-whole"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(look(&self.store, &mut self.rounds.lock(), now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let spoils: [Spoil; 4] = [lose_part, flip_byte, claim_more_rows, lose_journal];
        Observation::of_twins(spoils.map(|spoil| observed(self.look_at_spoiled(now, spoil))))
    }
}

fn look(store: &Store, rounds: &mut Rounds, now: Timestamp) -> Result<Observation, LookError> {
    let mut rows = BTreeMap::new();
    for scope in store.catalog.scopes()? {
        rows.extend(store.catalog.parts(scope)?.into_iter().map(|row| (row.name, row)));
    }
    let there = parts_there(store, &rows)?;
    let opened = parts_open(store, &rows, &mut rounds.parts, now)?;
    let segments = needed_segments(store);
    let (lying, sizes) = segments_there(store, &segments)?;
    let read = segments_open(store, &segments, &sizes, &mut rounds.segments, now)?;
    Ok(there.and(opened).and(lying).and(read))
}

/// A part that could not be read once is left out of queries: it is there, and it is not.
fn parts_there(store: &Store, rows: &BTreeMap<ObjectName, PartRow>) -> Result<Observation, LookError> {
    let sizes: HashMap<ObjectName, u64> = store.sealed.list_all(ObjectKind::Part)?.into_iter().collect();
    let (mut right, mut wrong) = (0, Vec::new());
    for (name, row) in rows {
        match (row.state, sizes.get(name)) {
            (PartState::Live, Some(&size)) if size == row.sealed_bytes => right += 1,
            (PartState::Quarantined, _) => wrong.push(format!("{name} is left out of queries, because it did not open")),
            (PartState::Live, Some(size)) => wrong.push(format!("{name} has {size} bytes, not {}", row.sealed_bytes)),
            (PartState::Live, None) if is_named(store, name)? => wrong.push(format!("{name} is not there")),
            // It was merged or ended meanwhile.
            (PartState::Live, None) => {}
        }
    }
    let whole = right + wrong.len() as u64;
    Ok(Observation::all("parts are there", right, whole).with_details(wrong))
}

fn is_named(store: &Store, name: &ObjectName) -> Result<bool, LookError> {
    Ok(store.catalog.parts(name.scope)?.iter().any(|row| row.name == *name))
}

fn parts_open(
    store: &Store,
    rows: &BTreeMap<ObjectName, PartRow>,
    round: &mut Round<ObjectName>,
    now: Timestamp,
) -> Result<Observation, LookError> {
    let names: Vec<ObjectName> = rows.keys().copied().collect();
    let mut budget = Budget::new(&*store.clock, LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX);
    let progress = round.look(&names, now, |name| {
        let Some(row) = rows.get(name) else { return Ok(Found::Gone) };
        if !budget.spend(row.sealed_bytes) {
            return Ok(Found::Later);
        }
        match read_part(store, row) {
            Ok(()) => Ok(Found::Right),
            Err(_) if !is_named(store, name)? => Ok(Found::Gone),
            Err(ReadError::Rows { found }) => {
                Ok(Found::Wrong(format!("{name} has {found} records, and the catalog says {}", row.rows)))
            }
            Err(ReadError::Part(error)) if error.damaged().is_some() => Ok(Found::Wrong(error.to_string())),
            Err(ReadError::Part(error)) => Err(LookError::from(error)),
        }
    })?;
    Ok(progress.observe("parts open and verify"))
}

enum ReadError {
    Part(PartError),
    Rows { found: usize },
}

/// From the disk, whatever is open already: all that is sealed, its index, and how many rows it has.
fn read_part(store: &Store, row: &PartRow) -> Result<(), ReadError> {
    let part = store.open_whole(&row.name).map_err(ReadError::Part)?;
    let found = part.index().rows;
    if found as u64 == row.rows { Ok(()) } else { Err(ReadError::Rows { found }) }
}

/// The segments that hold fresh records, and how far each was synced, where that is known now.
fn needed_segments(store: &Store) -> BTreeMap<ObjectName, u64> {
    let mut needed = BTreeMap::new();
    for source in store.known_sources() {
        let state = source.state.lock();
        let tables = state.tables.iter().filter(|table| table.durable_rows > 0);
        needed.extend(tables.flat_map(|table| table.segments.iter().map(|name| (*name, 0))));
        drop(state);
        // While a group is written the end is not known, and what was known of the next look will do.
        if let Some(journal) = source.journal.try_lock()
            && let Some(segment) = &journal.segment
            && let Some(end) = needed.get_mut(segment.writer.name())
        {
            *end = segment.durable_end;
        }
    }
    needed
}

type Sizes = HashMap<ObjectName, u64>;

fn segments_there(store: &Store, segments: &BTreeMap<ObjectName, u64>) -> Result<(Observation, Sizes), LookError> {
    let sizes: Sizes = store.sealed.list_all(ObjectKind::Journal)?.into_iter().collect();
    let (mut right, mut wrong) = (0, Vec::new());
    for name in segments.keys() {
        match sizes.contains_key(name) {
            true => right += 1,
            false if is_needed(store, name) => wrong.push(format!("{name} is not there")),
            false => {}
        }
    }
    let whole = right + wrong.len() as u64;
    let seen = Observation::all("fresh journal segments are there", right, whole).with_details(wrong);
    Ok((seen, sizes))
}

/// Whether its records are still fresh: a segment goes when they are in a part.
fn is_needed(store: &Store, name: &ObjectName) -> bool {
    store.known_source(name.scope).is_some_and(|source| {
        source.state.lock().tables.iter().any(|table| table.durable_rows > 0 && table.segments.contains(name))
    })
}

fn segments_open(
    store: &Store,
    segments: &BTreeMap<ObjectName, u64>,
    sizes: &Sizes,
    round: &mut Round<ObjectName>,
    now: Timestamp,
) -> Result<Observation, LookError> {
    // One that no table needs is about to go, or was kept because it is damaged: then acknowledged records may be missing.
    let names: BTreeSet<ObjectName> = segments.keys().chain(sizes.keys()).copied().collect();
    let names: Vec<ObjectName> = names.into_iter().collect();
    let mut budget = Budget::new(&*store.clock, LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX);
    let progress = round.look(&names, now, |name| {
        let Some(&size) = sizes.get(name) else { return Ok(Found::Gone) };
        if !budget.spend(size) {
            return Ok(Found::Later);
        }
        match read_segment(store, name, segments.get(name).copied().unwrap_or(0)) {
            Ok(None) => Ok(Found::Right),
            Err(LookError::Open(OpenError::Missing)) if !is_needed(store, name) => Ok(Found::Gone),
            Ok(Some(why)) => Ok(Found::Wrong(format!("{name}: {why}"))),
            Err(LookError::Open(error)) if error.is_damage() => Ok(Found::Wrong(format!("{name}: {error}"))),
            Err(error) => Err(error),
        }
    })?;
    Ok(progress.observe("journals read and verify"))
}

/// What is wrong with a segment, if something is.
fn read_segment(store: &Store, name: &ObjectName, durable_end: u64) -> Result<Option<String>, LookError> {
    let mut reader = store.sealed.read_journal(name)?;
    loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error @ JournalError::Damaged { .. }) => return Ok(Some(error.to_string())),
            Err(error) => return Err(error.into()),
        }
    }
    // Behind what was synced stands at most a write that nobody was told of.
    match reader.tail() {
        Some(Tail::Torn { at }) if at < durable_end => Ok(Some(format!("it ends at byte {at}, and was synced to {durable_end}"))),
        Some(Tail::Torn { .. } | Tail::Clean) | None => Ok(None),
    }
}

fn lose_part(scratch: &Scratch, row: &PartRow) -> Result<(), LookError> {
    Ok(scratch.store.sealed.delete(&row.name)?)
}

fn flip_byte(scratch: &Scratch, row: &PartRow) -> Result<(), LookError> {
    let mut bytes = scratch.objects.read(&row.name.path(), 0..row.sealed_bytes)?;
    if let Some(byte) = bytes.get_mut(row.sealed_bytes as usize / 2) {
        *byte ^= 1;
    }
    Ok(scratch.objects.put(&row.name.path(), &bytes, PutMode::Replace)?)
}

fn claim_more_rows(scratch: &Scratch, row: &PartRow) -> Result<(), LookError> {
    let more = PartRow { rows: row.rows + 1, ..row.clone() };
    Ok(scratch.store.catalog.replace_parts(&[row.name], &more)?)
}

fn lose_journal(scratch: &Scratch, _row: &PartRow) -> Result<(), LookError> {
    for (name, _) in scratch.store.sealed.list_all(ObjectKind::Journal)? {
        scratch.store.sealed.delete(&name)?;
    }
    Ok(())
}

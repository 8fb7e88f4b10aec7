//! `seal.objects-bound`: an object opens where it was sealed for, and nowhere else.
//!
//! In turn, objects are opened where they lie: one that was put there from elsewhere does not open. Some of them are then
//! tried as another object, as one of another source and under another key of their own source, and have to be refused.

use std::collections::HashMap;
use std::sync::Arc;

use model::limits::{LOOK_ITEMS_MAX, LOOK_MISPLACED_MAX, LOOK_OPENED_BYTES_MAX};
use model::{Budget, Check, Found, Id, Observation, Round, Scope, Timestamp, Vantage};
use parking_lot::Mutex;

use super::moved::Moved;
use super::scratch::{Hands, Scratch};
use super::{LookError, all_objects, observed, spread};
use crate::disk::{Disk, PutMode};
use crate::journal;
use crate::journal::reader::JournalReader;
use crate::name::{DataKeyId, ObjectKind, ObjectName};
use crate::store::{OpenError, SealedStore};
use crate::stream::SEGMENT_BYTES;

pub(super) struct ObjectsBound {
    sealed: Arc<SealedStore>,
    round: Mutex<Round<ObjectName>>,
}

/// Opens what lies at the first name as if it lay at the second.
type OpenMoved = fn(&SealedStore, &ObjectName, &ObjectName) -> Result<(), OpenError>;

// === impl ObjectsBound ===

impl ObjectsBound {
    pub(super) fn new(sealed: Arc<SealedStore>) -> Self {
        Self { sealed, round: Mutex::default() }
    }
}

impl Check for ObjectsBound {
    fn id(&self) -> &'static str {
        "seal.objects-bound"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(look(&self.sealed, open_moved, &mut self.round.lock(), now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        Observation::of_twins([
            observed(self.look_at_copy(now)),
            // A store that does not care where an object lies.
            observed(self.look_at_two_sources(now, |sealed, from, _| open_moved(sealed, from, from))),
        ])
    }
}

impl ObjectsBound {
    /// An installation in which an object of one source was copied to another.
    fn look_at_copy(&self, now: Timestamp) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, Hands::Turn, self.sealed.entropy())?;
        let [from, beside] = [scratch.put(scratch.scope())?, scratch.put(scratch.scope())?];
        let to = ObjectName { scope: beside.scope, ..from };
        let size = scratch.objects.size(&from.path())?;
        let bytes = scratch.objects.read(&from.path(), 0..size)?;
        scratch.objects.put(&to.path(), &bytes, PutMode::Create)?;
        look(&scratch.sealed, open_moved, &mut Round::default(), now)
    }

    fn look_at_two_sources(&self, now: Timestamp, open: OpenMoved) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, Hands::Turn, self.sealed.entropy())?;
        for scope in [scratch.scope(), scratch.scope()] {
            scratch.put(scope)?;
        }
        look(&scratch.sealed, open, &mut Round::default(), now)
    }
}

fn look(
    sealed: &SealedStore,
    open_moved: OpenMoved,
    round: &mut Round<ObjectName>,
    now: Timestamp,
) -> Result<Observation, LookError> {
    let objects = all_objects(sealed)?;
    let sizes: HashMap<ObjectName, u64> = objects.iter().copied().collect();
    let names: Vec<ObjectName> = objects.into_iter().map(|(name, _)| name).collect();
    let mut budget = Budget::new(sealed.keys().clock(), LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX);
    let mut opened = Vec::new();
    let lying = round.look(&names, now, |name| {
        let Some(&size) = sizes.get(name) else { return Ok(Found::Gone) };
        if !budget.spend(size.min(SEGMENT_BYTES as u64)) {
            return Ok(Found::Later);
        }
        let found = opens_where_it_lies(sealed, name, size)?;
        opened.extend((found == Found::Right).then_some(*name));
        Ok::<_, LookError>(found)
    })?;
    let seen = lying.observe("objects open where they lie");
    Ok(seen.and(try_elsewhere(sealed, open_moved, &spread(&opened, LOOK_MISPLACED_MAX))?))
}

fn opens_where_it_lies(sealed: &SealedStore, name: &ObjectName, size: u64) -> Result<Found, LookError> {
    // A journal that has no frame yet may have no whole header either.
    if name.kind == ObjectKind::Journal && size <= journal::HEADER_BYTES as u64 {
        return Ok(Found::Gone);
    }
    match open_moved(sealed, name, name) {
        Ok(()) => Ok(Found::Right),
        // Without its key nothing can be said of it.
        Err(OpenError::Missing | OpenError::Key(_)) => Ok(Found::Gone),
        Err(error) if error.is_damage() => Ok(Found::Wrong(format!("{name}: {error}"))),
        Err(error) => Err(error.into()),
    }
}

fn open_moved(sealed: &SealedStore, from: &ObjectName, to: &ObjectName) -> Result<(), OpenError> {
    let disk: Arc<dyn Disk> = Arc::new(Moved { disk: Arc::clone(sealed.disk(from.kind)), from: from.path(), to: to.path() });
    match to.kind {
        ObjectKind::Part | ObjectKind::Upload => sealed.over(disk).open(to).map(drop),
        ObjectKind::Journal => JournalReader::open(*to, disk, sealed.keys()).map(drop),
    }
}

/// Tries objects that open where they lie at places that are not theirs.
fn try_elsewhere(sealed: &SealedStore, open_moved: OpenMoved, objects: &[ObjectName]) -> Result<Observation, LookError> {
    let keys = sealed.keys().source_keys()?;
    let (mut tried, mut refused, mut opened) = (0, 0, Vec::new());
    for from in objects {
        let another = ObjectName { object: Id::generate(&**sealed.entropy()), ..*from };
        let of_another_source = key_of_another(&keys, from).map(|(scope, key)| ObjectName { scope, key, ..*from });
        let under_another_key = keys.iter().find(|(scope, key)| *scope == from.scope && *key != from.key);
        let under_another_key = under_another_key.map(|(_, key)| ObjectName { key: *key, ..*from });
        for to in [Some(another), of_another_source, under_another_key].into_iter().flatten() {
            match open_moved(sealed, from, &to) {
                Ok(()) => opened.push(format!("{from} opens as {to}")),
                // It ended, or its key did, between being found and being tried.
                Err(OpenError::Missing | OpenError::Key(_)) => continue,
                Err(error) if error.is_damage() => refused += 1,
                Err(error) => return Err(error.into()),
            }
            tried += 1;
        }
    }
    Ok(Observation::all("tries to open one under another name or key refused", refused, tried).with_details(opened))
}

/// A key of another source, of the same day if there is one.
fn key_of_another(keys: &[(Scope, DataKeyId)], name: &ObjectName) -> Option<(Scope, DataKeyId)> {
    let others = || keys.iter().filter(|(scope, _)| *scope != name.scope);
    others().find(|(_, key)| *key == name.key).or_else(|| others().next()).copied()
}

//! `seal.keys-per-source`: every source, and every tenant, has keys that nobody else has, and its objects are under them.
//!
//! All keys of the table are opened, in turn, and told apart; every object has to name a key of its own source; and the
//! keys of other sources are tried at some of them. Keys are compared by a digest that says nothing of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::limits::{LOOK_ITEMS_MAX, LOOK_KEYS_COMPARED_MAX, LOOK_MISPLACED_MAX};
use model::{Budget, Check, Entropy, Found, Observation, Round, Scope, Timestamp, Vantage};
use parking_lot::Mutex;

use super::scratch::{Hands, Scratch};
use super::{LookError, all_objects, observed, spread};
use crate::disk::{Disk, DiskError, PutMode};
use crate::keyring::{Fingerprint, KeyError, TableKey};
use crate::name::{DataKeyId, ObjectKind, ObjectName};
use crate::store::{OpenError, SealedStore};

pub(super) struct KeysPerSource {
    sealed: Arc<SealedStore>,
    compared: Mutex<Compared>,
}

#[derive(Default)]
struct Compared {
    round: Round<TableKey>,
    /// Of this round.
    seen: HashMap<Fingerprint, TableKey>,
}

// === impl KeysPerSource ===

impl KeysPerSource {
    pub(super) fn new(sealed: Arc<SealedStore>) -> Self {
        Self { sealed, compared: Mutex::default() }
    }

    /// An installation whose generator gives the same bytes again and again, and so every source the same key.
    fn look_at_shared(&self, now: Timestamp) -> Result<Observation, LookError> {
        let scratch = Scratch::with_keys_from(now, Hands::Turn, Arc::new(Same), self.sealed.entropy())?;
        for scope in [scratch.scope(), scratch.scope()] {
            scratch.put(scope)?;
        }
        look(&scratch.sealed, &mut Compared::default(), now)
    }

    /// One in which an object lies that names a key which its source does not have.
    fn look_at_foreign(&self, now: Timestamp) -> Result<Observation, LookError> {
        let scratch = Scratch::new(now, Hands::Turn, self.sealed.entropy())?;
        let own = scratch.put(scratch.scope())?;
        let foreign = ObjectName { key: DataKeyId { serial: own.key.serial + 1, ..own.key }, ..own };
        let size = scratch.objects.size(&own.path())?;
        let bytes = scratch.objects.read(&own.path(), 0..size)?;
        scratch.objects.put(&foreign.path(), &bytes, PutMode::Create)?;
        look(&scratch.sealed, &mut Compared::default(), now)
    }
}

impl Check for KeysPerSource {
    fn id(&self) -> &'static str {
        "seal.keys-per-source"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(look(&self.sealed, &mut self.compared.lock(), now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        Observation::of_twins([observed(self.look_at_shared(now)), observed(self.look_at_foreign(now))])
    }
}

/// A generator that is broken: a twin's, and never more.
struct Same;

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

fn look(sealed: &SealedStore, compared: &mut Compared, now: Timestamp) -> Result<Observation, LookError> {
    let keys = sealed.keys().table_keys()?;
    let told_apart = compare(sealed, &keys, compared, now)?;
    let objects: Vec<ObjectName> = all_objects(sealed)?.into_iter().map(|(name, _)| name).collect();
    let own: HashSet<(Scope, DataKeyId)> = keys.iter().filter_map(source_key).collect();
    Ok(told_apart.and(name_own_keys(sealed, &objects, &own)?).and(try_keys_of_others(sealed, &objects, &own)?))
}

fn source_key(key: &TableKey) -> Option<(Scope, DataKeyId)> {
    match *key {
        TableKey::Source(scope, id) => Some((scope, id)),
        TableKey::Tenant(..) => None,
    }
}

fn compare(sealed: &SealedStore, keys: &[TableKey], compared: &mut Compared, now: Timestamp) -> Result<Observation, LookError> {
    let Compared { round, seen } = compared;
    if round.is_at_start() {
        seen.clear();
    }
    let mut budget = Budget::new(sealed.keys().clock(), LOOK_ITEMS_MAX, u64::MAX);
    let progress = round.look(keys, now, |&key| {
        if !budget.spend(0) {
            return Ok(Found::Later);
        }
        // A file that was taken away from outside is still read where it was open.
        if keys.binary_search(&key).is_err() {
            return Ok(Found::Gone);
        }
        let fingerprint = match sealed.keys().fingerprint(key) {
            Ok(Some(fingerprint)) => fingerprint,
            Ok(None) => return Ok(Found::Gone),
            Err(KeyError::Damaged(_)) => return Ok(Found::Wrong(format!("{key} does not open where it lies"))),
            Err(error) => return Err(error),
        };
        if seen.len() >= LOOK_KEYS_COMPARED_MAX {
            seen.clear();
        }
        Ok(match *seen.entry(fingerprint).or_insert(key) {
            first if first == key => Found::Right,
            first => Found::Wrong(format!("{key} is {first} too")),
        })
    })?;
    Ok(progress.observe("keys belong to one tenant or source"))
}

fn name_own_keys(
    sealed: &SealedStore,
    objects: &[ObjectName],
    own: &HashSet<(Scope, DataKeyId)>,
) -> Result<Observation, LookError> {
    let (named, suspect): (Vec<ObjectName>, Vec<ObjectName>) =
        objects.iter().copied().partition(|name: &ObjectName| own.contains(&(name.scope, name.key)));
    let (mut right, mut wrong, mut again) = (named.len() as u64, Vec::new(), HashMap::new());
    for name in suspect {
        // Looked at again before it is accused: keys are made and objects end while they are listed.
        let keys = match again.entry(name.scope) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(keys_now(sealed, name.scope)?),
        };
        match keys {
            Some(ids) if ids.contains(&name.key) => right += 1,
            Some(_) if is_there(sealed, &name)? => wrong.push(format!("{name} names a key that its source does not have")),
            Some(_) | None => {}
        }
    }
    let whole = right + wrong.len() as u64;
    Ok(Observation::all("objects name a key of their own source", right, whole).with_details(wrong))
}

/// `None` for a source that was erased, or is another installation's: no key of it is here, so nobody here opens anything.
fn keys_now(sealed: &SealedStore, scope: Scope) -> Result<Option<Vec<DataKeyId>>, LookError> {
    let ids = sealed.keys().ids(scope)?;
    Ok(if ids.is_empty() || sealed.keys().is_destroyed(scope)? { None } else { Some(ids) })
}

fn is_there(sealed: &SealedStore, name: &ObjectName) -> Result<bool, LookError> {
    match sealed.disk(name.kind).size(&name.path()) {
        Ok(_) => Ok(true),
        Err(DiskError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn try_keys_of_others(
    sealed: &SealedStore,
    objects: &[ObjectName],
    own: &HashSet<(Scope, DataKeyId)>,
) -> Result<Observation, LookError> {
    let parts: Vec<ObjectName> = objects.iter().filter(|name| name.kind == ObjectKind::Part).copied().collect();
    let (mut tried, mut refused, mut opened) = (0, 0, Vec::new());
    for name in spread(&parts, LOOK_MISPLACED_MAX) {
        let others = || own.iter().filter(|(scope, _)| *scope != name.scope);
        let other = others().find(|(_, key)| *key == name.key).or_else(|| others().next());
        let Some(&(scope, key)) = other else { continue };
        // What its own key does not open proves nothing about others.
        if sealed.open(&name).is_err() {
            continue;
        }
        match sealed.open_under(&name, |keys| keys.opening_key(scope, key)) {
            Ok(_) => opened.push(format!("{name} opens under key {key} of source {scope}")),
            Err(OpenError::Missing | OpenError::Key(_)) => continue,
            Err(error) if error.is_damage() => refused += 1,
            Err(error) => return Err(error.into()),
        }
        tried += 1;
    }
    Ok(Observation::all("tries with another source's key refused", refused, tried).with_details(opened))
}

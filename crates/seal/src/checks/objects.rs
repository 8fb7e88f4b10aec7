//! `seal.objects-sealed`: every file among the objects and the journals is sealed, with AES-256-GCM.
//!
//! Of every file the beginning is read: its length and its header have to be those of a sealed format, which names the
//! cipher, and what follows must not read as clear bytes. In turn, some are opened whole and verified.

use std::collections::HashMap;
use std::sync::Arc;

use model::limits::{LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX};
use model::{Budget, Check, Found, Observation, Round, Timestamp, Vantage};
use parking_lot::Mutex;

use super::scratch::{Hands, Scratch};
use super::{LookError, all_objects, observed};
use crate::disk::memory::MemoryDisk;
use crate::disk::{Disk, DiskError, Foreign, PutMode};
use crate::journal;
use crate::journal::reader::{JournalError, JournalReader, Tail};
use crate::keyring::KeyError;
use crate::name::{ObjectKind, ObjectName};
use crate::path::ObjectPath;
use crate::store::{OpenError, SealedStore};
use crate::stream::{self, Layout};

/// Bytes of a file's beginning.
const BEGINNING_BYTES: u64 = 1 << 10;
/// Of fewer bytes nothing can be said by counting them.
const COUNTED_BYTES_MIN: usize = 256;
/// Plaintext that is in memory at once.
const STRETCH_BYTES: u64 = 1 << 20;

pub(super) struct ObjectsSealed {
    sealed: Arc<SealedStore>,
    rounds: Mutex<Rounds>,
}

#[derive(Default)]
struct Rounds {
    beginnings: Round<ObjectName>,
    opened: Round<ObjectName>,
}

// === impl ObjectsSealed ===

impl ObjectsSealed {
    pub(super) fn new(sealed: Arc<SealedStore>) -> Self {
        Self { sealed, rounds: Mutex::default() }
    }
}

impl Check for ObjectsSealed {
    fn id(&self) -> &'static str {
        "seal.objects-sealed"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        observed(look(&self.sealed, &mut self.rounds.lock(), now))
    }

    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let spoils: [Spoil; 4] = [Spoiled::clear, Spoiled::clear_behind_header, Spoiled::altered, Spoiled::stranger];
        Observation::of_twins(spoils.into_iter().map(|spoil| {
            observed(Scratch::new(now, Hands::Turn, self.sealed.entropy()).and_then(|scratch| {
                let name = scratch.put(scratch.scope())?;
                spoil(&Spoiled { objects: scratch.objects.clone(), path: name.path() })?;
                look(&scratch.sealed, &mut Rounds::default(), now)
            }))
        }))
    }
}

fn look(sealed: &SealedStore, rounds: &mut Rounds, now: Timestamp) -> Result<Observation, LookError> {
    let objects = all_objects(sealed)?;
    let sizes: HashMap<ObjectName, u64> = objects.iter().copied().collect();
    let names: Vec<ObjectName> = objects.iter().map(|(name, _)| *name).collect();
    let mut budget = Budget::new(sealed.keys().clock(), LOOK_ITEMS_MAX, u64::MAX);
    let beginnings = rounds.beginnings.look(&names, now, |name| match sizes.get(name) {
        Some(_) if !budget.spend(0) => Ok(Found::Later),
        Some(&size) => begins_sealed(sealed, name, size),
        None => Ok(Found::Gone),
    })?;
    let mut budget = Budget::new(sealed.keys().clock(), LOOK_ITEMS_MAX, LOOK_OPENED_BYTES_MAX);
    let opened = rounds.opened.look(&names, now, |name| match sizes.get(name) {
        Some(&size) if !budget.spend(size) => Ok(Found::Later),
        Some(&size) => opens_whole(sealed, name, size),
        None => Ok(Found::Gone),
    })?;
    let seen = beginnings
        .observe("files have the format of AES-256-GCM and are not clear")
        .and(opened.observe("files opened and verified"));
    Ok(strangers(sealed)?.into_iter().fold(seen, Observation::and))
}

fn begins_sealed(sealed: &SealedStore, name: &ObjectName, size: u64) -> Result<Found, LookError> {
    let beginning = match sealed.disk(name.kind).read(&name.path(), 0..size.min(BEGINNING_BYTES)) {
        Ok(bytes) => bytes,
        Err(DiskError::NotFound) => return Ok(Found::Gone),
        Err(error) => return Err(error.into()),
    };
    let has_format = match name.kind {
        ObjectKind::Part | ObjectKind::Upload => Layout::of_sealed(size).is_some() && stream::may_begin_so(&beginning),
        ObjectKind::Journal => journal::may_begin_so(&beginning),
    };
    Ok(match has_format && !reads_as_clear(&beginning) {
        true => Found::Right,
        false => Found::Wrong(format!("{name} does not begin as a sealed file does")),
    })
}

fn opens_whole(sealed: &SealedStore, name: &ObjectName, size: u64) -> Result<Found, LookError> {
    let opened = match name.kind {
        ObjectKind::Part | ObjectKind::Upload => read_object(sealed, name),
        ObjectKind::Journal => read_journal(sealed, name, size),
    };
    match opened {
        Ok(found) => Ok(found),
        Err(LookError::Open(OpenError::Missing)) => Ok(Found::Gone),
        // Of another installation, or destroyed: nothing here opens it.
        Err(LookError::Open(OpenError::Key(KeyError::Destroyed))) => Ok(Found::Gone),
        Err(LookError::Open(OpenError::Key(KeyError::NotFound(_)))) if sealed.keys().ids(name.scope)?.is_empty() => {
            Ok(Found::Gone)
        }
        Err(LookError::Open(error)) if error.is_damage() => Ok(Found::Wrong(format!("{name}: {error}"))),
        Err(LookError::Journal(error @ JournalError::Damaged { .. })) => Ok(Found::Wrong(format!("{name}: {error}"))),
        Err(error) => Err(error),
    }
}

fn read_object(sealed: &SealedStore, name: &ObjectName) -> Result<Found, LookError> {
    let reader = sealed.open(name)?;
    let mut at = 0;
    while at < reader.len() {
        let end = (at + STRETCH_BYTES).min(reader.len());
        reader.read(at..end)?;
        at = end;
    }
    Ok(Found::Right)
}

fn read_journal(sealed: &SealedStore, name: &ObjectName, size: u64) -> Result<Found, LookError> {
    let disk = sealed.disk(ObjectKind::Journal);
    let mut reader = JournalReader::open(*name, Arc::clone(disk), sealed.keys())?;
    while reader.next()?.is_some() {}
    // What lies behind the last whole frame is a write under way, or one that a crash cut or turned to zeros.
    let Some(Tail::Torn { at }) = reader.tail() else { return Ok(Found::Right) };
    let rest = disk.read(&name.path(), at..size.clamp(at, at + BEGINNING_BYTES)).map_err(OpenError::from)?;
    Ok(match reads_as_clear(&rest) && rest.iter().any(|&b| b != 0) {
        true => Found::Wrong(format!("{name} has clear bytes behind its frames, from byte {at}")),
        false => Found::Right,
    })
}

/// Files that are no object of the disk they lie on.
fn strangers(sealed: &SealedStore) -> Result<Option<Observation>, LookError> {
    let mut found = Vec::new();
    // One of each disk: uploads lie where parts do.
    for kind in [ObjectKind::Part, ObjectKind::Journal] {
        let disk = sealed.disk(kind);
        let lies_here = |name: ObjectName| Arc::ptr_eq(sealed.disk(name.kind), disk);
        let is_ours = |path: &ObjectPath| ObjectName::parse(path.as_str()).is_ok_and(lies_here);
        found.extend(disk.list("")?.into_iter().map(|(path, _)| path).filter(|p| !is_ours(p)).map(|p| p.to_string()));
        found.extend(disk.foreign()?.into_iter().filter(|foreign| !is_write_under_way(foreign)).map(|foreign| foreign.path));
    }
    if found.is_empty() {
        return Ok(None);
    }
    let count = found.len() as u64;
    let seen = Observation::broken("there are files that are no sealed objects").counting("other files", count, Some(0));
    Ok(Some(seen.with_details(found.into_iter().map(|path| format!("{path} is no sealed object")))))
}

fn is_write_under_way(foreign: &Foreign) -> bool {
    foreign.written.as_ref().is_some_and(|written| match written.first() {
        None => true,
        Some(_) => stream::may_begin_so(written) && !reads_as_clear(written),
    })
}

/// Whether the bytes are not what a cipher writes: most of them are printed characters, or one of them is everywhere. A
/// cipher's are so once in more files than there are.
fn reads_as_clear(bytes: &[u8]) -> bool {
    if bytes.len() < COUNTED_BYTES_MIN {
        return false;
    }
    let mut counts = [0_usize; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let printed = bytes.iter().filter(|b| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~')).count();
    printed * 3 > bytes.len() * 2 || counts.iter().any(|&count| count * 8 > bytes.len())
}

/// What is wrong with a twin.
type Spoil = fn(&Spoiled) -> Result<(), DiskError>;

/// One object of a twin, to be spoiled.
struct Spoiled {
    objects: MemoryDisk,
    path: ObjectPath,
}

// === impl Spoiled ===

impl Spoiled {
    const CLEAR: &'static str = "{\"level\":\"info\",\"message\":\"in clear\"}\n";

    fn clear(&self) -> Result<(), DiskError> {
        self.objects.put(&self.path, Self::CLEAR.repeat(1_000).as_bytes(), PutMode::Replace)
    }

    fn clear_behind_header(&self) -> Result<(), DiskError> {
        let mut bytes = self.objects.read(&self.path, 0..stream::HEADER_BYTES as u64)?;
        bytes.extend_from_slice(Self::CLEAR.repeat(1_000).as_bytes());
        self.objects.put(&self.path, &bytes, PutMode::Replace)
    }

    fn altered(&self) -> Result<(), DiskError> {
        let size = self.objects.size(&self.path)?;
        let mut bytes = self.objects.read(&self.path, 0..size)?;
        if let Some(byte) = bytes.get_mut(size as usize / 4) {
            *byte ^= 1;
        }
        self.objects.put(&self.path, &bytes, PutMode::Replace)
    }

    fn stranger(&self) -> Result<(), DiskError> {
        let beside = ObjectPath::parse("export.json").map_err(|_| DiskError::NotFound)?;
        self.objects.put(&beside, Self::CLEAR.as_bytes(), PutMode::Create)
    }
}

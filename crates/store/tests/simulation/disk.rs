//! A disk in memory that fails on command and forgets at a crash what was not synced.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use seal::{Disk, DiskError, LogFile, ObjectPath, PutMode};

use crate::world::Dice;

#[derive(Clone)]
pub(crate) struct FaultyDisk(Arc<Mutex<Inner>>);

struct Inner {
    files: BTreeMap<ObjectPath, File>,
    dice: Dice,
    /// One operation in this many fails; 0 for none.
    fault_every: u64,
    full: bool,
}

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    synced: usize,
}

struct FaultyLog {
    disk: FaultyDisk,
    path: ObjectPath,
}

fn fault() -> DiskError {
    DiskError::Io(io::Error::other("a fault of the simulation"))
}

// === impl FaultyDisk ===

impl FaultyDisk {
    pub(crate) fn new(dice: Dice) -> Self {
        Self(Arc::new(Mutex::new(Inner { files: BTreeMap::new(), dice, fault_every: 0, full: false })))
    }

    pub(crate) fn set_faults(&self, every: u64, full: bool) {
        let mut inner = self.0.lock();
        inner.fault_every = every;
        inner.full = full;
    }

    /// Of what was not synced a part may have reached the disk, its end torn or turned to zeros.
    pub(crate) fn crash(&self) {
        let mut inner = self.0.lock();
        let Inner { files, dice, .. } = &mut *inner;
        for file in files.values_mut() {
            let unsynced = file.bytes.len() - file.synced;
            if unsynced == 0 {
                continue;
            }
            let kept = file.synced + dice.below(unsynced as u64 + 1) as usize;
            file.bytes.truncate(kept);
            if kept > file.synced && dice.below(3) == 0 {
                let from = file.synced + dice.below((kept - file.synced) as u64) as usize;
                file.bytes[from..].fill(0);
            }
            file.synced = kept;
        }
    }
}

// === impl Inner ===

impl Inner {
    fn fails(&mut self) -> bool {
        self.fault_every > 0 && self.dice.below(self.fault_every) == 0
    }
}

impl Disk for FaultyDisk {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        let mut inner = self.0.lock();
        if inner.full {
            return Err(DiskError::Full);
        }
        let fails = inner.fails();
        if fails && inner.dice.below(2) == 0 {
            return Err(fault());
        }
        if mode == PutMode::Create && inner.files.contains_key(path) {
            return Err(DiskError::AlreadyExists);
        }
        inner.files.insert(path.clone(), File { bytes: bytes.to_vec(), synced: bytes.len() });
        // A lost answer: the object is there, and the caller does not know.
        if fails { Err(fault()) } else { Ok(()) }
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let inner = self.0.lock();
        let file = inner.files.get(path).ok_or(DiskError::NotFound)?;
        file.bytes.get(range.start as usize..range.end as usize).map(<[u8]>::to_vec).ok_or_else(fault)
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        self.0.lock().files.get(path).map(|file| file.bytes.len() as u64).ok_or(DiskError::NotFound)
    }

    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        let inner = self.0.lock();
        let within = inner.files.iter().filter(|(path, _)| path.to_string().starts_with(prefix));
        Ok(within.map(|(path, file)| (path.clone(), file.bytes.len() as u64)).collect())
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
        let mut inner = self.0.lock();
        if inner.fails() {
            return Err(fault());
        }
        inner.files.remove(path);
        Ok(())
    }

    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
        let mut inner = self.0.lock();
        let fails = inner.fails();
        let file = inner.files.get_mut(path).ok_or(DiskError::NotFound)?;
        if fails {
            return Err(fault());
        }
        file.synced = file.bytes.len();
        Ok(())
    }

    fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        let mut inner = self.0.lock();
        if inner.full {
            return Err(DiskError::Full);
        }
        if inner.fails() {
            return Err(fault());
        }
        if inner.files.contains_key(path) {
            return Err(DiskError::AlreadyExists);
        }
        inner.files.insert(path.clone(), File::default());
        Ok(Box::new(FaultyLog { disk: self.clone(), path: path.clone() }))
    }
}

impl LogFile for FaultyLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let mut inner = self.disk.0.lock();
        let full = inner.full;
        let fails = full || inner.fails();
        let taken = if fails { inner.dice.below(bytes.len() as u64 + 1) as usize } else { bytes.len() };
        let Some(file) = inner.files.get_mut(&self.path) else { return Err(DiskError::NotFound) };
        // A write that fails may have got through in part.
        file.bytes.extend_from_slice(&bytes[..taken]);
        match (full, fails) {
            (true, _) => Err(DiskError::Full),
            (false, true) => Err(fault()),
            (false, false) => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        let mut inner = self.disk.0.lock();
        let fails = inner.fails();
        let through = fails && inner.dice.below(2) == 0;
        let Some(file) = inner.files.get_mut(&self.path) else { return Err(DiskError::NotFound) };
        // A sync that reports an error may have worked, or lost everything since the last one.
        if !fails || through {
            file.synced = file.bytes.len();
        }
        if fails { Err(fault()) } else { Ok(()) }
    }
}

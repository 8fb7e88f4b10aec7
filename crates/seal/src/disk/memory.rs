use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskError, LogFile, PutMode};
use crate::path::ObjectPath;

/// A disk in memory, for tests, fuzzing and as the ground of a simulated disk. Clones share their objects.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    objects: Arc<Mutex<BTreeMap<ObjectPath, Vec<u8>>>>,
}

#[derive(Debug)]
struct MemoryLog {
    disk: MemoryDisk,
    path: ObjectPath,
}

// === impl MemoryDisk ===

impl MemoryDisk {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Disk for MemoryDisk {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        let mut objects = self.objects.lock();
        if mode == PutMode::Create && objects.contains_key(path) {
            return Err(DiskError::AlreadyExists);
        }
        objects.insert(path.clone(), bytes.to_vec());
        Ok(())
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let objects = self.objects.lock();
        let bytes = objects.get(path).ok_or(DiskError::NotFound)?;
        let start = usize::try_from(range.start).map_err(|_| DiskError::past_end())?;
        let end = usize::try_from(range.end).map_err(|_| DiskError::past_end())?;
        bytes.get(start..end).map(<[u8]>::to_vec).ok_or_else(DiskError::past_end)
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        self.objects.lock().get(path).map(|bytes| bytes.len() as u64).ok_or(DiskError::NotFound)
    }

    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        let objects = self.objects.lock();
        let under = objects.iter().filter(|(path, _)| path.is_under(prefix));
        Ok(under.map(|(path, bytes)| (path.clone(), bytes.len() as u64)).collect())
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.objects.lock().remove(path);
        Ok(())
    }

    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.size(path).map(drop)
    }

    fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        self.put(path, &[], PutMode::Create)?;
        Ok(Box::new(MemoryLog { disk: self.clone(), path: path.clone() }))
    }
}

// === impl MemoryLog ===

impl LogFile for MemoryLog {
    /// A deleted log takes appends as an unlinked file does: nobody reads them.
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        if let Some(log) = self.disk.objects.lock().get_mut(&self.path) {
            log.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        Ok(())
    }
}

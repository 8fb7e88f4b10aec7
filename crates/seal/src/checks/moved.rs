//! A disk on which one object lies under another name, and nothing else: nothing has to be copied to see whether it opens.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::disk::{Disk, DiskError, LogFile, PutMode};
use crate::path::ObjectPath;

pub(super) struct Moved {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) from: ObjectPath,
    pub(super) to: ObjectPath,
}

// === impl Moved ===

impl Moved {
    fn there(&self, path: &ObjectPath) -> Result<&ObjectPath, DiskError> {
        if *path == self.to { Ok(&self.from) } else { Err(DiskError::NotFound) }
    }
}

impl Disk for Moved {
    fn put(&self, _path: &ObjectPath, _bytes: &[u8], _mode: PutMode) -> Result<(), DiskError> {
        Err(only_read())
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        self.disk.read(self.there(path)?, range)
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        self.disk.size(self.there(path)?)
    }

    fn list(&self, _prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        Ok(Vec::new())
    }

    fn delete(&self, _path: &ObjectPath) -> Result<(), DiskError> {
        Err(only_read())
    }

    fn sync(&self, _path: &ObjectPath) -> Result<(), DiskError> {
        Ok(())
    }

    fn create_log(&self, _path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        Err(only_read())
    }
}

fn only_read() -> DiskError {
    DiskError::Io(io::ErrorKind::ReadOnlyFilesystem.into())
}

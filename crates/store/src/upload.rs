//! Pieces of files that are to become records: sealed objects of their source until their job ends.
//!
//! Always holds: a piece is durable when it has a name, and opens only as a piece of its source. The disk is not filled up
//! with them: what is kept for parts and catalogs stays free. Knows no job; whoever made one names the pieces that live.

use std::collections::HashSet;
use std::ops::Range;

use model::{ObjectId, Scope};
use seal::{DiskError, ObjectKind, ObjectName, OpenError, SealError};

use crate::store::Store;

#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the disk is full; nothing of the piece was stored")]
    DiskFull,
    #[error("the piece could not be sealed or stored")]
    Seal(#[source] SealError),
}

// === impl Store ===

impl Store {
    /// Whether there is room for so many bytes of uploads.
    #[must_use]
    pub fn has_room_for_upload(&self, bytes: u64) -> bool {
        self.sealed.has_room_for_uploads(bytes)
    }

    /// Seals a piece and stores it; it is durable on return.
    pub fn put_upload(&self, scope: Scope, piece: &[u8]) -> Result<ObjectName, UploadError> {
        if !self.has_room_for_upload(piece.len() as u64) {
            return Err(UploadError::DiskFull);
        }
        let put = self.sealed.put(scope, ObjectKind::Upload, ObjectId::generate(&*self.entropy), piece);
        put.map(|sealed| sealed.name).map_err(|error| match error {
            SealError::Disk(DiskError::Full) => UploadError::DiskFull,
            error => UploadError::Seal(error),
        })
    }

    /// The bytes of a piece in this range, as far as it has them.
    pub fn read_upload(&self, name: &ObjectName, range: Range<u64>) -> Result<Vec<u8>, OpenError> {
        let reader = self.sealed.open(name)?;
        let end = range.end.min(reader.len());
        reader.read(range.start.min(end)..end)
    }

    /// An absent piece counts as deleted.
    pub fn delete_upload(&self, name: &ObjectName) -> Result<(), DiskError> {
        self.sealed.delete(name)
    }

    /// Deletes the pieces that no job names. For the start, when nobody uploads: a piece gets its name before its job is told.
    pub fn sweep_uploads(&self, named: &HashSet<ObjectName>) -> Result<usize, OpenError> {
        let mut swept = 0;
        for (name, _) in self.sealed.list_all(ObjectKind::Upload)? {
            // Without a key here it may be another installation's.
            if named.contains(&name) || !self.sealed.keys().has_any(name.scope)? {
                continue;
            }
            self.sealed.delete(&name)?;
            swept += 1;
        }
        Ok(swept)
    }
}

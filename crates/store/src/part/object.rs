//! The object of a part, which is there as long as somebody may read it.
//!
//! Always holds: an object that the catalog no longer has is deleted with the last that holds it, be it the live part, the
//! open part or rows that are still to come, and never before.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use seal::{ObjectName, OpenError, SealedReader, SealedStore};

pub(crate) struct PartObject {
    name: ObjectName,
    sealed: Arc<SealedStore>,
    doomed: AtomicBool,
}

/// Reads the object of a part, and holds it.
#[derive(Clone)]
pub(super) struct PartReader {
    sealed: SealedReader,
    _held: Arc<PartObject>,
}

// === impl PartObject ===

impl PartObject {
    pub(crate) fn new(name: ObjectName, sealed: Arc<SealedStore>) -> Arc<Self> {
        Arc::new(Self { name, sealed, doomed: AtomicBool::new(false) })
    }

    pub(super) fn name(&self) -> &ObjectName {
        &self.name
    }

    pub(super) fn reader(self: &Arc<Self>) -> Result<PartReader, OpenError> {
        Ok(PartReader { sealed: self.sealed.open(&self.name)?, _held: Arc::clone(self) })
    }

    /// The catalog no longer has the part.
    pub(crate) fn doom(&self) {
        self.doomed.store(true, Ordering::Release);
    }
}

impl Drop for PartObject {
    fn drop(&mut self) {
        if *self.doomed.get_mut()
            && let Err(error) = self.sealed.delete(&self.name)
        {
            // The sweep at the next start removes what the catalog does not name.
            let error: &dyn std::error::Error = &error;
            tracing::warn!(object = %self.name, error, "could not delete a replaced part");
        }
    }
}

// === impl PartReader ===

impl PartReader {
    pub(super) fn len(&self) -> u64 {
        self.sealed.len()
    }

    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<u8>, OpenError> {
        self.sealed.read(range)
    }
}

//! A part that queries may read, opened when first needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use seal::SealedStore;

use crate::catalog::PartRow;
use crate::part::{Part, PartError, PartObject};

/// A part of the catalog, with its index in memory once it was read.
pub struct LivePart {
    row: PartRow,
    object: Arc<PartObject>,
    open: Mutex<Option<Arc<Part>>>,
    /// What the next part says of its senders did not go with what this one does.
    kept_apart: AtomicBool,
    last_used: AtomicU64,
}

/// Counts openings, so that the part used longest ago is known without a clock.
static OPENINGS: AtomicU64 = AtomicU64::new(0);

// === impl LivePart ===

impl LivePart {
    pub(crate) fn new(row: PartRow, sealed: Arc<SealedStore>) -> Arc<Self> {
        let (open, last_used) = (Mutex::new(None), AtomicU64::new(0));
        let object = PartObject::new(row.name, sealed);
        Arc::new(Self { row, object, open, kept_apart: AtomicBool::new(false), last_used })
    }

    #[must_use]
    pub fn row(&self) -> &PartRow {
        &self.row
    }

    /// The open part; reads its index on the first call.
    pub fn open(&self) -> Result<Arc<Part>, PartError> {
        self.last_used.store(OPENINGS.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let mut open = self.open.lock();
        if let Some(part) = &*open {
            return Ok(Arc::clone(part));
        }
        let part = Arc::new(Part::open(&self.object)?);
        *open = Some(Arc::clone(&part));
        Ok(part)
    }

    pub(crate) fn last_used(&self) -> u64 {
        self.last_used.load(Ordering::Relaxed)
    }

    /// Bytes of memory that closing would free.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.open.lock().as_ref().map_or(0, |part| part.heap_bytes())
    }

    pub(crate) fn close(&self) {
        *self.open.lock() = None;
    }

    /// It is not merged any more, until the next start.
    pub(crate) fn keep_apart(&self) {
        self.kept_apart.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_kept_apart(&self) -> bool {
        self.kept_apart.load(Ordering::Relaxed)
    }

    /// The catalog no longer has the part: its object goes with the last that holds it.
    pub(crate) fn doom(&self) {
        self.object.doom();
    }
}

impl std::fmt::Debug for LivePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LivePart").field("row", &self.row).finish_non_exhaustive()
    }
}

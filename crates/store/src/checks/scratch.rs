//! A small store in memory, to be broken on purpose, with a clock that is turned by hand.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use model::{Clock, Entropy, Id, Scope, Timestamp};
use seal::{KeyRing, MemoryDisk, RootKey, SealedStore};

use super::LookError;
use crate::append::{Append, Next};
use crate::catalog::{Catalog, PartRow};
use crate::flush::Close;
use crate::store::Store;

pub(super) struct Scratch {
    pub(super) clock: Arc<HandClock>,
    pub(super) objects: MemoryDisk,
    pub(super) store: Store,
    pub(super) scope: Scope,
}

pub(super) struct HandClock(AtomicI64);

// === impl Scratch ===

impl Scratch {
    /// A store with two parts of one source, made now, and one record in the journal.
    pub(super) fn new(now: Timestamp, entropy: &Arc<dyn Entropy>) -> Result<Self, LookError> {
        Self::make(now, entropy).map_err(LookError::Scratch)
    }

    fn make(now: Timestamp, entropy: &Arc<dyn Entropy>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let clock = Arc::new(HandClock(AtomicI64::new(now.nanos())));
        let [keys, objects, journals] = [MemoryDisk::new(), MemoryDisk::new(), MemoryDisk::new()];
        let root = RootKey::generate(&**entropy);
        let ring = KeyRing::open(&root, Arc::new(keys), Arc::clone(&clock) as _, Arc::clone(entropy))?;
        let sealed = SealedStore::new(Arc::new(objects.clone()), Arc::new(journals), Arc::new(ring), Arc::clone(entropy));
        let store = Store::open(Arc::new(sealed), Catalog::in_memory()?, Arc::clone(&clock) as _, Arc::clone(entropy))?;
        let scope = Scope { tenant: Id::generate(&**entropy), source: Id::generate(&**entropy) };
        let scratch = Self { clock, objects, store, scope };
        for _ in 0..2 {
            scratch.append()?;
            scratch.store.close_tables(Close::All);
            scratch.store.flush()?;
        }
        scratch.append()?;
        Ok(scratch)
    }

    fn append(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let request = Append { body: Bytes::from_static(br#"{"message":"kept"}"#), delivery: None, content: None, sender: None };
        // Whether it became durable shows in what is then looked at.
        if self.store.append(self.scope, request, Box::new(drop))? == Next::Commit {
            self.store.commit(self.scope);
        }
        Ok(())
    }

    pub(super) fn parts(&self) -> Result<Vec<PartRow>, LookError> {
        Ok(self.store.catalog.parts(self.scope)?)
    }
}

// === impl HandClock ===

impl HandClock {
    pub(super) fn turn_to(&self, now: Timestamp) {
        self.0.store(now.nanos(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

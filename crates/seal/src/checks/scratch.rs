//! A small installation in memory, to be broken on purpose, with a clock that is turned by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Clock, Entropy, Id, ObjectId, Scope, Timestamp};

use super::LookError;
use crate::disk::memory::MemoryDisk;
use crate::keyring::KeyRing;
use crate::name::{ObjectKind, ObjectName};
use crate::root::RootKey;
use crate::store::SealedStore;

pub(super) struct Scratch {
    pub(super) clock: Arc<HandClock>,
    pub(super) keys: MemoryDisk,
    pub(super) objects: MemoryDisk,
    pub(super) ring: Arc<KeyRing>,
    pub(super) sealed: Arc<SealedStore>,
    entropy: Arc<dyn Entropy>,
}

pub(super) struct HandClock {
    now: AtomicI64,
    hands: Hands,
}

/// Whether a clock goes with the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hands {
    Turn,
    /// Whoever asks is told the time of its making for ever.
    Stuck,
}

// === impl Scratch ===

impl Scratch {
    pub(super) fn new(now: Timestamp, hands: Hands, entropy: &Arc<dyn Entropy>) -> Result<Self, LookError> {
        Self::with_keys_from(now, hands, Arc::clone(entropy), entropy)
    }

    /// One whose keys come from another generator than its ids.
    pub(super) fn with_keys_from(
        now: Timestamp,
        hands: Hands,
        keys_from: Arc<dyn Entropy>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, LookError> {
        let clock = Arc::new(HandClock { now: AtomicI64::new(now.nanos()), hands });
        let [keys, objects, journals] = [MemoryDisk::new(), MemoryDisk::new(), MemoryDisk::new()];
        let root = RootKey::generate(&*keys_from);
        let ring = KeyRing::open(&root, Arc::new(keys.clone()), Arc::clone(&clock) as _, keys_from)?;
        let ring = Arc::new(ring);
        let disk = Arc::new(objects.clone());
        let sealed = SealedStore::new(disk, Arc::new(journals), Arc::clone(&ring), Arc::clone(entropy));
        Ok(Self { clock, keys, objects, ring, sealed: Arc::new(sealed), entropy: Arc::clone(entropy) })
    }

    /// A source that nobody else has.
    pub(super) fn scope(&self) -> Scope {
        Scope { tenant: Id::generate(&*self.entropy), source: Id::generate(&*self.entropy) }
    }

    pub(super) fn object(&self) -> ObjectId {
        Id::generate(&*self.entropy)
    }

    /// Seals a part of a few segments.
    pub(super) fn put(&self, scope: Scope) -> Result<ObjectName, LookError> {
        Ok(self.sealed.put(scope, ObjectKind::Part, self.object(), &[7; 100_000])?.name)
    }
}

// === impl HandClock ===

impl HandClock {
    pub(super) fn turn_to(&self, now: Timestamp) {
        match self.hands {
            Hands::Turn => self.now.store(now.nanos(), Ordering::SeqCst),
            Hands::Stuck => {}
        }
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.now.load(Ordering::SeqCst))
    }
}

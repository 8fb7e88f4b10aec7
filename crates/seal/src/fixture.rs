//! What the crate's tests share: a clock to turn, a store over memory, and names.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Clock, ObjectId, Scope, SourceId, TenantId, Timestamp};

use crate::{Disk, KeyError, KeyRing, MemoryDisk, ObjectPath, PutMode, RootKey, SealedStore, SystemEntropy};

#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

pub(crate) struct House {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) root: RootKey,
    pub(crate) keys: MemoryDisk,
    pub(crate) objects: MemoryDisk,
    pub(crate) journals: MemoryDisk,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) store: SealedStore,
}

// === impl TestClock ===

impl TestClock {
    pub(crate) fn set(&self, time: &str) {
        self.0.store(Timestamp::parse(time).unwrap().nanos(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

// === impl House ===

impl House {
    pub(crate) fn new() -> Self {
        Self::of(RootKey::generate(&SystemEntropy), [MemoryDisk::new(), MemoryDisk::new(), MemoryDisk::new()])
    }

    fn over(clock: Arc<TestClock>, root: RootKey, [keys, objects, journals]: [MemoryDisk; 3]) -> Result<Self, KeyError> {
        let entropy = Arc::new(SystemEntropy);
        let ring = Arc::new(KeyRing::open(&root, Arc::new(keys.clone()), clock.clone(), entropy.clone())?);
        let store = SealedStore::new(Arc::new(objects.clone()), Arc::new(journals.clone()), ring.clone(), entropy);
        Ok(Self { clock, root, keys, objects, journals, ring, store })
    }

    /// The same house after a restart: nothing is left in memory.
    pub(crate) fn restarted(self) -> Self {
        Self::over(self.clock, self.root, [self.keys, self.objects, self.journals]).unwrap()
    }

    /// A house whose key table, objects and journals are given.
    pub(crate) fn of(root: RootKey, disks: [MemoryDisk; 3]) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(0)));
        clock.set("2026-11-22T12:00:00Z");
        Self::over(clock, root, disks).unwrap()
    }

    pub(crate) fn under_another_root(self) -> Result<Self, KeyError> {
        Self::over(self.clock, RootKey::generate(&SystemEntropy), [self.keys, self.objects, self.journals])
    }
}

pub(crate) fn scope(tenant: u8, source: u8) -> Scope {
    Scope {
        tenant: TenantId::parse(&format!("{tenant:016}")).unwrap(),
        source: SourceId::parse(&format!("{source:016}")).unwrap(),
    }
}

pub(crate) fn object(number: u8) -> ObjectId {
    ObjectId::parse(&format!("{number:016}")).unwrap()
}

pub(crate) fn bytes_of(disk: &MemoryDisk, path: &ObjectPath) -> Vec<u8> {
    disk.read(path, 0..disk.size(path).unwrap()).unwrap()
}

pub(crate) fn replace(disk: &MemoryDisk, path: &ObjectPath, bytes: &[u8]) {
    disk.put(path, bytes, PutMode::Replace).unwrap();
}

/// Bytes in which no two segments are alike.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}

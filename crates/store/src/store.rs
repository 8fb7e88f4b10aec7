//! The store of one node: every source that it accepts records for or reads from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::{Clock, Entropy, Scope, limits};
use parking_lot::{Condvar, Mutex, RwLock};
use seal::{ObjectKind, Room, SealedStore};

use crate::catalog::Catalog;
use crate::fresh::FreshTable;
use crate::live::LivePart;
use crate::recover::RecoverError;
use crate::source::Source;

/// Called when records of a source became durable, with the newest sequence. Must not block.
pub type Follower = Box<dyn Fn(u64) + Send + Sync>;

/// The followers of one source, each with its number.
type Followers = Vec<(u64, Arc<Follower>)>;

/// The store. Every operation names exactly one source.
pub struct Store {
    pub(crate) sealed: Arc<SealedStore>,
    pub(crate) catalog: Catalog,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// In order, so that a simulation meets them in the same one each time.
    sources: RwLock<BTreeMap<Scope, Arc<Source>>>,
    loading: Mutex<()>,
    fresh_raw_bytes: AtomicUsize,
    /// The memory of a table that became a part, for the next one: new pages cost more than the parsing that fills them.
    spare_table: Mutex<Option<FreshTable>>,
    followers: Mutex<BTreeMap<Scope, Followers>>,
    next_follower: AtomicUsize,
    work: Mutex<bool>,
    work_came: Condvar,
}

/// Ends when dropped.
pub struct Following {
    store: Arc<Store>,
    scope: Scope,
    number: u64,
}

// === impl Store ===

impl Store {
    /// Opens the store and replays every journal that a former run left.
    pub fn open(
        sealed: Arc<SealedStore>,
        catalog: Catalog,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, RecoverError> {
        let store = Self {
            sealed,
            catalog,
            clock,
            entropy,
            sources: RwLock::new(BTreeMap::new()),
            loading: Mutex::new(()),
            fresh_raw_bytes: AtomicUsize::new(0),
            spare_table: Mutex::new(None),
            followers: Mutex::new(BTreeMap::new()),
            next_follower: AtomicUsize::new(0),
            work: Mutex::new(false),
            work_came: Condvar::new(),
        };
        for (name, _) in store.sealed.list_all(ObjectKind::Journal)? {
            store.source(name.scope)?;
        }
        store.sweep_orphans()?;
        Ok(store)
    }

    /// The source, loaded from the catalog and its journal when it is first named.
    pub(crate) fn source(&self, scope: Scope) -> Result<Arc<Source>, RecoverError> {
        if let Some(source) = self.known_source(scope) {
            return Ok(source);
        }
        let _loading = self.loading.lock();
        if let Some(source) = self.known_source(scope) {
            return Ok(source);
        }
        let source = Arc::new(self.load(scope)?);
        self.sources.write().insert(scope, Arc::clone(&source));
        Ok(source)
    }

    pub(crate) fn known_source(&self, scope: Scope) -> Option<Arc<Source>> {
        self.sources.read().get(&scope).cloned()
    }

    pub(crate) fn known_sources(&self) -> Vec<Arc<Source>> {
        self.sources.read().values().cloned().collect()
    }

    pub(crate) fn fresh_raw_bytes(&self) -> usize {
        self.fresh_raw_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn count_fresh(&self, bytes: usize) {
        self.fresh_raw_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn uncount_fresh(&self, bytes: usize) {
        self.fresh_raw_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn new_fresh_table(&self) -> FreshTable {
        self.spare_table.lock().take().unwrap_or_default()
    }

    /// Unless a reader still holds the table.
    pub(crate) fn keep_spare_table(&self, table: Arc<Mutex<FreshTable>>) {
        if let Some(table) = Arc::into_inner(table) {
            let recycled = table.into_inner().recycle();
            self.spare_table.lock().replace(recycled);
        }
    }

    /// Gives the memory of the last table back: nothing arrives that would need it soon.
    pub fn drop_spare_table(&self) {
        self.spare_table.lock().take();
    }

    /// Closes the parts that were not used lately until what open ones hold in memory is within the limit.
    pub fn trim_open_parts(&self) {
        let mut open: Vec<(u64, usize, Arc<LivePart>)> = Vec::new();
        for source in self.known_sources() {
            let state = source.state.lock();
            open.extend(state.parts.iter().map(|part| (part.last_used(), part.heap_bytes(), Arc::clone(part))));
        }
        let mut held: usize = open.iter().map(|(_, bytes, _)| bytes).sum();
        open.sort_by_key(|(last_used, ..)| *last_used);
        for (_, bytes, part) in open {
            if held <= limits::OPEN_PARTS_BYTES_MAX {
                return;
            }
            held -= bytes;
            part.close();
        }
    }

    /// How much room there is for journals; `None` where nobody knows.
    #[must_use]
    pub fn room(&self) -> Option<Room> {
        self.sealed.room()
    }

    /// Whether records are taken: not where the disk is too full for what has to be written beside them.
    #[must_use]
    pub fn takes_logs(&self) -> bool {
        self.sealed.has_room_for_journal()
    }

    /// Waits until there may be maintenance to do, or the time is over.
    pub fn wait_for_work(&self, at_most: std::time::Duration) {
        let mut work = self.work.lock();
        if !*work {
            self.work_came.wait_for(&mut work, at_most);
        }
        *work = false;
    }

    /// Ends a wait for work, also at shutdown.
    pub fn wake_maintenance(&self) {
        *self.work.lock() = true;
        self.work_came.notify_all();
    }

    /// Calls `follower` whenever records of the source became durable, until the returned value is dropped. None where the
    /// source has `most` followers already.
    pub fn follow(self: &Arc<Self>, scope: Scope, most: usize, follower: Follower) -> Option<Following> {
        let number = self.next_follower.fetch_add(1, Ordering::Relaxed) as u64;
        let mut followers = self.followers.lock();
        let of_source = followers.entry(scope).or_default();
        if of_source.len() >= most {
            return None;
        }
        of_source.push((number, Arc::new(follower)));
        drop(followers);
        Some(Following { store: Arc::clone(self), scope, number })
    }

    /// Up to which sequence the source's records are durable.
    pub fn durable_sequence(&self, scope: Scope) -> Result<u64, RecoverError> {
        Ok(self.source(scope)?.state.lock().durable_sequence)
    }

    pub(crate) fn announce(&self, source: &Source) {
        let followers: Vec<Arc<Follower>> = match self.followers.lock().get(&source.scope) {
            Some(followers) => followers.iter().map(|(_, follower)| Arc::clone(follower)).collect(),
            None => return,
        };
        let sequence = source.state.lock().durable_sequence;
        for follower in followers {
            follower(sequence);
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("sources", &self.sources.read().len()).finish_non_exhaustive()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followers = self.store.followers.lock();
        if let Some(of_source) = followers.get_mut(&self.scope) {
            of_source.retain(|(number, _)| *number != self.number);
            if of_source.is_empty() {
                followers.remove(&self.scope);
            }
        }
    }
}

impl std::fmt::Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Following").field("scope", &self.scope).finish_non_exhaustive()
    }
}

//! The key tree: the root wraps a tenant's key of each UTC day, that wraps the keys of the tenant's sources of that day.
//!
//! Always holds: a key is durable before it seals; it seals only on the UTC day it was made on, and for 24 hours at
//! most; a key's id is never given to a second key; a destroyed tenant or source gets no new keys. When a key cannot be
//! made, nothing is sealed. The key table is a disk of its own, so that a copy of the data holds no keys.
//! Does not decide when keys die.

mod destroy;
mod inspect;
mod table;

use std::fmt;
use std::sync::Arc;

use model::limits::{DATA_KEY_SEAL_SECONDS_MAX, DATA_KEYS_CACHED_MAX, DATA_KEYS_PER_DAY_MAX};
use model::{Clock, Day, Entropy, Scope, TenantId, Timestamp};
use parking_lot::Mutex;

use crate::cache::Cache;
use crate::disk::{Disk, DiskError, PutMode};
use crate::name::DataKeyId;
use crate::root::RootKey;
use crate::secret::{Secret, length_prefixed};
pub(crate) use inspect::{Fingerprint, TableKey};
use table::{Purpose, Slot};

pub struct KeyRing {
    /// Wraps the tenants' keys; derived from the root key.
    root: Secret,
    /// Digests what is remembered of deliveries; derived from the root key.
    marks: Secret,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Held while keys are made or destroyed, so that none appears behind a destruction's back.
    changing: Mutex<()>,
    caches: Mutex<Caches>,
}

struct Caches {
    sealing: Cache<Scope, Arc<DataKey>>,
    opening: Cache<(Scope, DataKeyId), Arc<DataKey>>,
    tenants: Cache<(TenantId, Day), Arc<Secret>>,
    /// Counts destructions: a key read before one is not kept after it.
    destructions: u64,
}

/// A source's key of one day, unwrapped.
#[derive(Debug)]
pub(crate) struct DataKey {
    pub(crate) id: DataKeyId,
    pub(crate) made_at: Timestamp,
    pub(crate) secret: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no key {0}: it was destroyed, or never made here")]
    NotFound(DataKeyId),
    #[error("the keys of this source were destroyed")]
    Destroyed,
    #[error("key {0} may no longer seal: it is of another day, older than 24 hours, or replaced")]
    TooOld(DataKeyId),
    #[error("the stored key {0} is damaged or was moved")]
    Damaged(String),
    #[error("the root key is not the one that these keys were made under")]
    WrongRoot,
    #[error("the source has too many keys of one day")]
    TooMany,
    #[error("the key table could not be used")]
    Disk(#[from] DiskError),
}

// === impl KeyRing ===

impl KeyRing {
    /// Whether the key table on `disk` is this root key's, which it changes nothing for; `false` where nothing there tells.
    /// Another one's is refused.
    pub fn fits(root: &RootKey, disk: &dyn Disk) -> Result<bool, KeyError> {
        table::fits(root, disk)
    }

    /// Opens the key table on `disk`, or begins one. Refuses a root key that is not the table's.
    pub fn open(root: &RootKey, disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        table::check_root(root, &*disk)?;
        let caches = Caches {
            sealing: Cache::new(DATA_KEYS_CACHED_MAX),
            opening: Cache::new(DATA_KEYS_CACHED_MAX),
            tenants: Cache::new(DATA_KEYS_CACHED_MAX),
            destructions: 0,
        };
        let (root, marks) = (root.derive("wrap", &[]), root.derive("deliveries", &[]));
        Ok(Self { root, marks, disk, clock, entropy, changing: Mutex::new(()), caches: Mutex::new(caches) })
    }

    /// The source's newest key of today, made now if there is none.
    pub(crate) fn sealing_key(&self, scope: Scope) -> Result<Arc<DataKey>, KeyError> {
        if let Some(key) = self.cached_sealing_key(scope) {
            return Ok(key);
        }
        let _changing = self.changing.lock();
        if let Some(key) = self.cached_sealing_key(scope) {
            return Ok(key);
        }
        let now = self.clock.now();
        let newest = self.newest_of(scope, now.day())?;
        let key = match newest {
            Some(id) => self.adopt(scope, id)?,
            None => self.make(scope, 0, now)?,
        };
        self.keep_sealing(scope, &key);
        Ok(key)
    }

    fn cached_sealing_key(&self, scope: Scope) -> Option<Arc<DataKey>> {
        let now = self.clock.now();
        self.caches.lock().sealing.get(&scope).filter(|key| key.may_seal(now))
    }

    fn keep_sealing(&self, scope: Scope, key: &Arc<DataKey>) {
        self.caches.lock().sealing.insert(scope, Arc::clone(key));
    }

    /// Refuses a key that is not, or no longer, what this source seals with.
    pub(crate) fn check_seals(&self, scope: Scope, key: &DataKey) -> Result<(), KeyError> {
        if key.may_seal(self.clock.now()) && self.sealing_key(scope)?.id == key.id {
            return Ok(());
        }
        Err(KeyError::TooOld(key.id))
    }

    /// The key that opens what was sealed under `id`, of whatever day.
    pub(crate) fn opening_key(&self, scope: Scope, id: DataKeyId) -> Result<Arc<DataKey>, KeyError> {
        let destructions = {
            let mut caches = self.caches.lock();
            if let Some(key) = caches.opening.get(&(scope, id)) {
                return Ok(key);
            }
            caches.destructions
        };
        let key = Arc::new(self.load(scope, id)?);
        let mut caches = self.caches.lock();
        if caches.destructions == destructions {
            caches.opening.insert((scope, id), Arc::clone(&key));
        }
        Ok(key)
    }

    /// Replaces the source's key of today before its time. What the old one sealed stays readable.
    pub fn rotate_now(&self, scope: Scope) -> Result<DataKeyId, KeyError> {
        let _changing = self.changing.lock();
        self.make_next(scope)
    }

    /// Every key of a source with the time it was made.
    pub fn list(&self, scope: Scope) -> Result<Vec<(DataKeyId, Timestamp)>, KeyError> {
        let ids = self.ids(scope)?;
        ids.into_iter().map(|id| Ok((id, self.opening_key(scope, id)?.made_at))).collect()
    }

    /// Whether there is any key of the source here, readable or not.
    pub fn has_any(&self, scope: Scope) -> Result<bool, KeyError> {
        Ok(!self.ids(scope)?.is_empty())
    }

    /// What a delivery is remembered by, so that nobody without the root key can try out what it was.
    #[must_use]
    pub fn mark(&self, scope: Scope, digest: &[u8; 16]) -> [u8; 16] {
        let (tenant, source) = (scope.tenant.to_string(), scope.source.to_string());
        let mark = self.marks.hmac(&length_prefixed(&[tenant.as_bytes(), source.as_bytes(), digest]));
        std::array::from_fn(|at| mark[at])
    }

    fn make_next(&self, scope: Scope) -> Result<DataKeyId, KeyError> {
        let now = self.clock.now();
        let serial = match self.newest_of(scope, now.day())?.map(|id| id.serial) {
            None => 0,
            Some(serial) if serial + 1 < DATA_KEYS_PER_DAY_MAX => serial + 1,
            Some(_) => return Err(KeyError::TooMany),
        };
        let key = self.make(scope, serial, now)?;
        self.keep_sealing(scope, &key);
        Ok(key.id)
    }

    fn newest_of(&self, scope: Scope, day: Day) -> Result<Option<DataKeyId>, KeyError> {
        Ok(self.ids(scope)?.into_iter().filter(|id| id.day == day).max())
    }

    /// Makes a key and stores it before anyone can seal with it.
    fn make(&self, scope: Scope, serial: u16, now: Timestamp) -> Result<Arc<DataKey>, KeyError> {
        self.refuse_destroyed(scope)?;
        let id = DataKeyId { day: now.day(), serial };
        let wrapping = self.tenant_key_of_today(scope.tenant, now)?;
        let key = DataKey { id, made_at: now, secret: Secret::generate(&*self.entropy) };
        let slot = Slot::source(scope, id);
        match self.store(&wrapping, &slot, key.made_at, &key.secret) {
            Ok(()) => Ok(Arc::new(key)),
            // Another process has just made it.
            Err(KeyError::Disk(DiskError::AlreadyExists)) => self.adopt(scope, id),
            Err(error) => Err(error),
        }
    }

    /// Takes up a key that an earlier process made, which may have died before the key was durable.
    fn adopt(&self, scope: Scope, id: DataKeyId) -> Result<Arc<DataKey>, KeyError> {
        self.refuse_destroyed(scope)?;
        self.disk.sync(&Slot::tenant(scope.tenant, id.day).path())?;
        self.disk.sync(&Slot::source(scope, id).path())?;
        let key = self.load(scope, id)?;
        if key.may_seal(self.clock.now()) { Ok(Arc::new(key)) } else { Err(KeyError::TooOld(id)) }
    }

    pub(crate) fn load(&self, scope: Scope, id: DataKeyId) -> Result<DataKey, KeyError> {
        let slot = Slot::source(scope, id);
        let not_found = || match self.refuse_destroyed(scope) {
            Err(error) => error,
            Ok(()) => KeyError::NotFound(id),
        };
        // The source's key first: without it there is nothing to say about the tenant's.
        let wrapped = table::read(&*self.disk, &slot)?.ok_or_else(not_found)?;
        let wrapping = self.tenant_key(scope.tenant, id.day)?.ok_or_else(not_found)?;
        let (made_at, secret) = table::unwrap(&wrapping, &slot, &wrapped)?;
        if made_at.day() != id.day {
            return Err(KeyError::Damaged(slot.path().to_string()));
        }
        Ok(DataKey { id, made_at, secret })
    }

    fn tenant_key_of_today(&self, tenant: TenantId, now: Timestamp) -> Result<Arc<Secret>, KeyError> {
        let slot = Slot::tenant(tenant, now.day());
        if let Some(key) = self.tenant_key(tenant, now.day())? {
            self.disk.sync(&slot.path())?;
            return Ok(key);
        }
        let key = Secret::generate(&*self.entropy);
        match self.store(&self.root, &slot, now, &key) {
            Ok(()) => {}
            Err(KeyError::Disk(DiskError::AlreadyExists)) => {}
            Err(error) => return Err(error),
        }
        self.tenant_key(tenant, now.day())?.ok_or_else(|| KeyError::Damaged(slot.path().to_string()))
    }

    fn tenant_key(&self, tenant: TenantId, day: Day) -> Result<Option<Arc<Secret>>, KeyError> {
        let destructions = {
            let mut caches = self.caches.lock();
            if let Some(key) = caches.tenants.get(&(tenant, day)) {
                return Ok(Some(key));
            }
            caches.destructions
        };
        let slot = Slot::tenant(tenant, day);
        let Some(wrapped) = table::read(&*self.disk, &slot)? else {
            return Ok(None);
        };
        let (made_at, secret) = table::unwrap(&self.root, &slot, &wrapped)?;
        if made_at.day() != day {
            return Err(KeyError::Damaged(slot.path().to_string()));
        }
        let key = Arc::new(secret);
        let mut caches = self.caches.lock();
        if caches.destructions == destructions {
            caches.tenants.insert((tenant, day), Arc::clone(&key));
        }
        Ok(Some(key))
    }

    fn store(&self, wrapping: &Secret, slot: &Slot, made_at: Timestamp, secret: &Secret) -> Result<(), KeyError> {
        let wrapped = table::wrap(wrapping, slot, made_at, secret, &*self.entropy);
        Ok(self.disk.put(&slot.path(), &wrapped, PutMode::Create)?)
    }

    pub(crate) fn ids(&self, scope: Scope) -> Result<Vec<DataKeyId>, KeyError> {
        table::source_keys(&*self.disk, scope)
    }

    fn refuse_destroyed(&self, scope: Scope) -> Result<(), KeyError> {
        for purpose in [Purpose::Tenant(scope.tenant), Purpose::Source(scope)] {
            match self.disk.size(&purpose.tombstone()) {
                Err(DiskError::NotFound) => {}
                Ok(_) => return Err(KeyError::Destroyed),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

// === impl DataKey ===

impl DataKey {
    pub(crate) fn may_seal(&self, now: Timestamp) -> bool {
        now.day() == self.id.day && now.seconds_since(self.made_at) < DATA_KEY_SEAL_SECONDS_MAX
    }
}

#[cfg(test)]
mod tests;

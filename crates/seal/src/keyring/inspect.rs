//! What checks may ask of the key table: which keys there are, and whether two are the same. No key leaves through here.

use std::fmt;

use model::{Clock, Day, Scope, TenantId};

use super::table::{self, Slot};
use super::{KeyError, KeyRing};
use crate::name::DataKeyId;

/// A key of the table, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TableKey {
    Tenant(TenantId, Day),
    Source(Scope, DataKeyId),
}

/// Equal for equal keys, and says nothing else of them.
pub(crate) type Fingerprint = [u8; 32];

// === impl KeyRing ===

impl KeyRing {
    /// The keys of all sources, by their names alone.
    pub fn source_keys(&self) -> Result<Vec<(Scope, DataKeyId)>, KeyError> {
        let keys = self.table_keys()?.into_iter().filter_map(|key| match key {
            TableKey::Source(scope, id) => Some((scope, id)),
            TableKey::Tenant(..) => None,
        });
        Ok(keys.collect())
    }

    /// The keys of a source that there are, by their names alone, the oldest first.
    pub fn keys_of(&self, scope: Scope) -> Result<Vec<DataKeyId>, KeyError> {
        table::source_keys(&*self.disk, scope)
    }

    /// All keys of the table, in order.
    pub(crate) fn table_keys(&self) -> Result<Vec<TableKey>, KeyError> {
        table::all_keys(&*self.disk)
    }

    /// Opens a key where it lies; `None` if it is not there, or what wraps it is not.
    pub(crate) fn fingerprint(&self, key: TableKey) -> Result<Option<Fingerprint>, KeyError> {
        const PURPOSE: &[u8] = b"blockhouse/1/fingerprint";
        match key {
            TableKey::Tenant(tenant, day) => {
                // As it lies there, not as it is remembered.
                let slot = Slot::tenant(tenant, day);
                let Some(wrapped) = table::read(&*self.disk, &slot)? else { return Ok(None) };
                Ok(Some(table::unwrap(&self.root, &slot, &wrapped)?.1.hmac(PURPOSE)))
            }
            TableKey::Source(scope, id) => match self.load(scope, id) {
                Ok(key) => Ok(Some(key.secret.hmac(PURPOSE))),
                Err(KeyError::NotFound(_) | KeyError::Destroyed) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Whether the keys of the source, or of its tenant, were destroyed for good.
    pub(crate) fn is_destroyed(&self, scope: Scope) -> Result<bool, KeyError> {
        match self.refuse_destroyed(scope) {
            Ok(()) => Ok(false),
            Err(KeyError::Destroyed) => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}

#[cfg(test)]
impl KeyRing {
    /// Gives one source's key to another source too, under the next serial.
    pub(crate) fn share_in_test(&self, of: Scope, to: Scope, id: DataKeyId) -> DataKeyId {
        let key = self.load(of, id).unwrap();
        let shared = DataKeyId { serial: id.serial + 1, ..id };
        let wrapping = self.tenant_key(to.tenant, id.day).unwrap().unwrap();
        self.store(&wrapping, &Slot::source(to, shared), key.made_at, &key.secret).unwrap();
        shared
    }
}

// === impl TableKey ===

impl fmt::Display for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant, day) => write!(f, "the key of tenant {tenant} of {day}"),
            Self::Source(scope, id) => write!(f, "key {id} of source {scope}"),
        }
    }
}

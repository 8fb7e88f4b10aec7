//! What each data key holds, so that people see why a key is still there.

use std::collections::BTreeMap;

use model::Scope;
use seal::{DataKeyId, KeyError};

use crate::catalog::CatalogError;
use crate::store::Store;

/// A data key of a source, and the parts under it. What is in the journal only is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHeld {
    pub key: DataKeyId,
    pub parts: u64,
    pub rows: u64,
    pub raw_bytes: u64,
    pub sealed_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("the keys could not be listed")]
    Keys(#[from] KeyError),
}

// === impl Store ===

impl Store {
    /// The data keys of a source that there are, the oldest first. Damaged parts count: their keys stay for them.
    pub fn keys_held(&self, scope: Scope) -> Result<Vec<KeyHeld>, HeldError> {
        let empty = |key| KeyHeld { key, parts: 0, rows: 0, raw_bytes: 0, sealed_bytes: 0 };
        // Keys first: a part that is written meanwhile must not be counted under a key that is not in the list.
        let keys = self.sealed.keys().keys_of(scope)?;
        let mut held: BTreeMap<DataKeyId, KeyHeld> = keys.into_iter().map(|key| (key, empty(key))).collect();
        for part in self.catalog.parts(scope)? {
            let Some(one) = held.get_mut(&part.name.key) else { continue };
            one.parts += 1;
            one.rows += part.rows;
            one.raw_bytes += part.raw_bytes;
            one.sealed_bytes += part.sealed_bytes;
        }
        Ok(held.into_values().collect())
    }
}

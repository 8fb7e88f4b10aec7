//! Ends the life of records: by age of their receipt, or all of a source.
//!
//! Always holds: the catalog forgets first, then the bytes go, then the keys that sealed only such bytes are destroyed, so
//! that a copy of the bytes elsewhere, such as a backup, cannot be opened any more.

use model::{Day, Scope, TenantId};
use seal::{KeyError, ObjectKind, ObjectName};

use crate::flush::FlushError;
use crate::source::Source;
use crate::store::Store;

/// What an ending removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    pub parts: usize,
    pub records: u64,
    pub keys: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum RetainError {
    #[error(transparent)]
    Store(#[from] FlushError),
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogError),
    #[error("the source could not be opened")]
    Source(#[from] crate::recover::RecoverError),
    #[error("the keys could not be destroyed")]
    Keys(#[from] KeyError),
    #[error("sealed objects could not be listed or deleted")]
    Disk(#[from] seal::DiskError),
}

// === impl Store ===

impl Store {
    /// Removes the records of the source that were received more than `days` days before today.
    pub fn retain(&self, scope: Scope, days: i32) -> Result<Ended, RetainError> {
        let source = self.source(scope)?;
        let _writing = source.writing.lock();
        let today = self.clock.now().day();
        let first_kept = Day::from_number(today.number().saturating_sub(days));
        let (old, old_quarantined) = {
            let state = source.state.lock();
            let old: Vec<_> = state.parts.iter().filter(|part| part.row().received < first_kept).cloned().collect();
            let damaged: Vec<_> = state.quarantined.iter().filter(|row| row.received < first_kept).cloned().collect();
            (old, damaged)
        };
        let names: Vec<ObjectName> =
            old.iter().map(|part| part.row().name).chain(old_quarantined.iter().map(|row| row.name)).collect();
        if !names.is_empty() {
            self.catalog.remove_parts(&names)?;
            let mut state = source.state.lock();
            state.parts.retain(|part| !names.contains(&part.row().name));
            state.quarantined.retain(|row| !names.contains(&row.name));
        }
        for part in &old {
            part.doom();
        }
        for row in &old_quarantined {
            self.sealed.delete(&row.name)?;
        }
        let records = old.iter().map(|part| part.row().rows).chain(old_quarantined.iter().map(|row| row.rows)).sum();
        drop(old);
        let keys = self.destroy_unneeded_keys(&source)?;
        Ok(Ended { parts: names.len(), records, keys })
    }

    /// Forgets the deliveries whose time is over, of every source.
    pub fn forget_deliveries(&self) -> Result<(), RetainError> {
        let now = self.clock.now();
        for source in self.known_sources() {
            source.state.lock().deliveries.forget_old(now);
        }
        Ok(self.catalog.forget_deliveries(now)?)
    }

    /// Destroys the tenant's keys that wrap no source's key any more.
    pub fn retain_tenant_keys(&self, tenant: TenantId) -> Result<usize, RetainError> {
        Ok(self.sealed.keys().sweep_tenant_keys(tenant)?)
    }

    /// Destroys the source's data keys that no object is sealed under any more. The catalog counts as much as what lies
    /// on the disk: a folder or bucket that is not the right one must not end the keys of what is elsewhere.
    fn destroy_unneeded_keys(&self, source: &Source) -> Result<usize, RetainError> {
        let mut oldest = self.clock.now().day();
        for part in self.catalog.parts(source.scope)? {
            oldest = oldest.min(part.name.key.day);
        }
        for kind in ObjectKind::ALL {
            for (name, _) in self.sealed.list(source.scope, kind)? {
                oldest = oldest.min(name.key.day);
            }
        }
        Ok(self.sealed.keys().destroy_source_keys_before(source.scope, oldest)?)
    }
}

//! The end of keys, and with them of all that they sealed.
//!
//! Every function here may be repeated until it succeeds: what an error or a crash left over is destroyed the next time.
//! Keys that a reader or a journal holds open live until it is dropped.

use model::{Day, Scope, TenantId};

use super::table::{self, Purpose, Slot};
use super::{KeyError, KeyRing};
use crate::disk::PutMode;
use crate::name::DataKeyId;

// === impl KeyRing ===

impl KeyRing {
    /// Destroys all keys of a source for good: it gets no new ones. Returns how many there were.
    pub fn destroy_source(&self, scope: Scope) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        self.bury(&Purpose::Source(scope))?;
        let ids = self.ids(scope)?;
        self.destroy_source_keys(scope, &ids)
    }

    /// Destroys a source's keys of the days before `day`. If today's are among them, a new one takes over first, so that
    /// no id is given out twice. Returns how many were destroyed.
    pub fn destroy_source_keys_before(&self, scope: Scope, day: Day) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        let mut ids = self.ids(scope)?;
        ids.retain(|id| id.day < day);
        if ids.iter().any(|id| id.day == self.clock.now().day()) {
            self.make_next(scope)?;
        }
        self.destroy_source_keys(scope, &ids)
    }

    /// Destroys all keys of a tenant and of its sources for good. Returns how many there were.
    pub fn destroy_tenant(&self, tenant: TenantId) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        self.bury(&Purpose::Tenant(tenant))?;
        let mut destroyed = 0;
        // The tenant's own first: from then on none of its sources' keys opens.
        for day in table::tenant_days(&*self.disk, tenant)? {
            self.disk.delete(&Slot::tenant(tenant, day).path())?;
            destroyed += 1;
        }
        self.forget_tenant(tenant, |_| true);
        for (scope, id) in table::tenant_source_keys(&*self.disk, tenant)? {
            self.disk.delete(&Slot::source(scope, id).path())?;
            destroyed += 1;
        }
        self.forget_tenant(tenant, |_| true);
        Ok(destroyed)
    }

    /// Destroys a tenant's keys of the days before `day`, and so whatever its sources sealed on those days. Today's are
    /// kept. Returns how many tenant keys were destroyed.
    pub fn destroy_tenant_keys_before(&self, tenant: TenantId, day: Day) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        let end = day.min(self.clock.now().day());
        let mut destroyed = 0;
        for day in table::tenant_days(&*self.disk, tenant)?.into_iter().filter(|&day| day < end) {
            self.disk.delete(&Slot::tenant(tenant, day).path())?;
            destroyed += 1;
        }
        self.forget_tenant(tenant, |day| day < end);
        for (scope, id) in table::tenant_source_keys(&*self.disk, tenant)?.into_iter().filter(|(_, id)| id.day < end) {
            self.disk.delete(&Slot::source(scope, id).path())?;
        }
        self.forget_tenant(tenant, |day| day < end);
        Ok(destroyed)
    }

    /// Destroys a tenant's keys of past days under which no source has a key any more. Returns how many.
    pub fn sweep_tenant_keys(&self, tenant: TenantId) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        let today = self.clock.now().day();
        let needed = table::tenant_source_keys(&*self.disk, tenant)?;
        let mut days = table::tenant_days(&*self.disk, tenant)?;
        days.retain(|&day| day < today && !needed.iter().any(|(_, id)| id.day == day));
        for &day in &days {
            self.disk.delete(&Slot::tenant(tenant, day).path())?;
        }
        self.forget_tenant(tenant, |day| days.contains(&day));
        Ok(days.len())
    }

    fn destroy_source_keys(&self, scope: Scope, ids: &[DataKeyId]) -> Result<usize, KeyError> {
        let mut deleted = Ok(());
        for &id in ids {
            deleted = self.disk.delete(&Slot::source(scope, id).path());
            if deleted.is_err() {
                break;
            }
        }
        // Also after an error: what may be gone from the disk must not live on in memory.
        let mut caches = self.caches.lock();
        caches.destructions += 1;
        caches.opening.retain(|(of, id)| *of != scope || !ids.contains(id));
        caches.sealing.remove(&scope);
        deleted?;
        Ok(ids.len())
    }

    /// Marks a tenant or source as destroyed, durably, before the first of its keys goes.
    fn bury(&self, purpose: &Purpose) -> Result<(), KeyError> {
        let mut mark = vec![table::TOMBSTONE_FORMAT];
        mark.extend_from_slice(&self.clock.now().nanos().to_be_bytes());
        Ok(self.disk.put(&purpose.tombstone(), &mark, PutMode::Replace)?)
    }

    fn forget_tenant(&self, tenant: TenantId, of_day: impl Fn(Day) -> bool) {
        let mut caches = self.caches.lock();
        caches.destructions += 1;
        caches.tenants.retain(|(of, day)| *of != tenant || !of_day(*day));
        caches.opening.retain(|(scope, id)| scope.tenant != tenant || !of_day(id.day));
        caches.sealing.retain(|scope| scope.tenant != tenant);
    }
}

//! Hosts of a tenant: named, asked for what they have to show, forgotten.

use audit::Event;
use identity::{ManageOverview, Permit};
use model::limits::TENANT_HOSTS_MAX;
use model::{TenantId, Timestamp};

use super::{Host, OwnHost, Pages, PagesError, free};
use crate::tenant::showing::{Challenge, Showed};
use crate::tenant::store::KeptHost;

// === impl Pages ===

impl Pages {
    /// What this host has to show. From now on it is one of the tenant's hosts, not shown yet.
    pub fn challenge(&self, permit: &Permit<ManageOverview>, host: &Host) -> Result<Challenge, PagesError> {
        host.within(&self.means.reach)?;
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        let rows = self.store.hosts(tenant)?;
        if !rows.iter().any(|(_, kept)| kept.host == *host) {
            let places = rows.iter().map(|(place, _)| *place);
            let place = free(places, TENANT_HOSTS_MAX).ok_or(PagesError::TooManyHosts)?;
            self.tell(permit, Event::OwnHostAdded { host: host.to_string() })?;
            self.store.put_host(tenant, place, &KeptHost { host: host.clone(), shown: None, asked: None })?;
        }
        Ok(Challenge::of(&self.sealer, tenant, host))
    }

    /// Asks a host for its challenge now.
    pub fn show(&self, permit: &Permit<ManageOverview>, host: &Host) -> Result<Showed, PagesError> {
        self.host_row(permit.tenant(), host)?;
        let _turn = self.turn_of(permit.tenant())?;
        self.tell(permit, Event::OwnHostAsked { host: host.to_string() })?;
        self.ask(permit.tenant(), host)
    }

    pub(super) fn ask(&self, tenant: TenantId, host: &Host) -> Result<Showed, PagesError> {
        host.within(&self.means.reach)?;
        self.host_row(tenant, host)?;
        // Asking takes long, and stops nobody.
        let showed = Challenge::of(&self.sealer, tenant, host).ask(&*self.means.outreach, host);
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        let (place, mut kept) = self.host_row(tenant, host)?;
        kept.asked(showed, self.means.clock.now());
        self.store.put_host(tenant, place, &kept)?;
        Ok(showed)
    }

    /// Forgets a host. Claims about it are not known any more.
    pub fn forget_host(&self, permit: &Permit<ManageOverview>, host: &Host) -> Result<(), PagesError> {
        let tenant = permit.tenant();
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        let (place, _) = self.host_row(tenant, host)?;
        self.tell(permit, Event::OwnHostRemoved { host: host.to_string() })?;
        Ok(self.store.remove_host(tenant, place)?)
    }

    pub fn hosts(&self, tenant: TenantId) -> Result<Vec<OwnHost>, PagesError> {
        let now = self.means.clock.now();
        let own = |(_, kept): (usize, KeptHost)| OwnHost {
            challenge: Challenge::of(&self.sealer, tenant, &kept.host),
            is_shown: kept.is_shown(now),
            asked: kept.asked.map(Timestamp::from_nanos),
            host: kept.host,
        };
        Ok(self.store.hosts(tenant)?.into_iter().map(own).collect())
    }

    fn host_row(&self, tenant: TenantId, host: &Host) -> Result<(usize, KeptHost), PagesError> {
        let found = self.store.hosts(tenant)?.into_iter().find(|(_, kept)| kept.host == *host);
        found.ok_or_else(|| PagesError::NoHost(host.clone()))
    }
}

//! Rounds over all pages: some are looked at, some hosts are asked again, and what was withdrawn long enough goes.
//!
//! Always holds: a page that cannot be looked at stops no other; each page has its turn before any has a second one.

use std::collections::BTreeSet;

use model::limits::{TENANT_HOSTS_PER_ROUND, TENANT_PAGES_PER_ROUND};
use model::{TenantId, Timestamp};

use super::{Changed, KeptClaim, Pages, PagesError};

/// What one call of [`Pages::tick`] did.
#[derive(Debug, Default)]
pub struct PagesTick {
    pub checks: usize,
    /// Claims are named with their page in front.
    pub changed: Vec<Changed>,
    pub hosts_asked: usize,
    /// Pages that could not be looked at, for whoever runs the installation.
    pub failed: Vec<(TenantId, PagesError)>,
}

// === impl Pages ===

impl Pages {
    /// Does what is due for some pages. Blocks for as long as their checks and hosts take.
    pub fn tick(&self) -> Result<PagesTick, PagesError> {
        let mut tick = PagesTick::default();
        let tenants = self.store.tenants()?;
        self.boards.lock().retain(|tenant, _| tenants.contains(tenant));
        let next = self.next(&tenants);
        self.ask_hosts(&next, &mut tick);
        for tenant in next {
            match self.look(tenant) {
                Ok(None) => {}
                Ok(Some(looked)) => {
                    tick.checks += looked.checks;
                    tick.changed.extend(looked.changed);
                }
                Err(error) => tick.failed.push((tenant, error)),
            }
        }
        Ok(tick)
    }

    fn look(&self, tenant: TenantId) -> Result<Option<crate::board::Tick>, PagesError> {
        self.end_withdrawn(tenant, self.means.clock.now())?;
        Ok(self.board(tenant)?.map(|board| board.tick()).transpose()?)
    }

    /// Those whose turn it is.
    fn next(&self, tenants: &[TenantId]) -> Vec<TenantId> {
        let mut turn = self.turn.lock();
        let after = turn.map_or(0, |last| tenants.partition_point(|tenant| *tenant <= last));
        let (before, after) = tenants.split_at(after);
        let next: Vec<TenantId> = after.iter().chain(before).take(TENANT_PAGES_PER_ROUND).copied().collect();
        *turn = next.last().copied().or(*turn);
        next
    }

    /// Takes off the page what was withdrawn before the days that it shows.
    fn end_withdrawn(&self, tenant: TenantId, now: Timestamp) -> Result<(), PagesError> {
        let lock = self.lock_of(tenant);
        let _changing = lock.lock();
        for (place, kept) in self.store.claims(tenant)? {
            if kept.withdrawn.is_some_and(|withdrawn| Timestamp::from_nanos(withdrawn.until) <= now) {
                self.store.put_claim(tenant, place, &KeptClaim { published: None, withdrawn: None, ..kept })?;
                self.close(tenant);
            }
        }
        Ok(())
    }

    fn ask_hosts(&self, tenants: &[TenantId], tick: &mut PagesTick) {
        let now = self.means.clock.now();
        let mut due = BTreeSet::new();
        for tenant in tenants {
            let hosts = match self.store.hosts(*tenant) {
                Ok(hosts) => hosts,
                Err(error) => {
                    tick.failed.push((*tenant, error.into()));
                    continue;
                }
            };
            let asked = hosts.into_iter().filter(|(_, kept)| kept.is_due(now));
            due.extend(asked.map(|(_, kept)| (kept.asked, *tenant, kept.host)));
        }
        // Those that were not asked for longest first.
        for (_, tenant, host) in due.into_iter().take(TENANT_HOSTS_PER_ROUND) {
            tick.hosts_asked += 1;
            if let Err(error) = self.ask(tenant, &host) {
                tick.failed.push((tenant, error));
            }
        }
    }
}

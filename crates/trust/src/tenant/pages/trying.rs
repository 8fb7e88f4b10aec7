//! Looks that a tenant asks for by hand: once at a draft that nobody sees yet.
//!
//! Always holds: of each tenant one at a time, and none within `OWN_TRY_SECONDS_MIN` seconds of the one before; what they
//! show is for the tenant alone, and no result of them is kept.

use identity::{ManageOverview, Permit};
use model::limits::OWN_TRY_SECONDS_MIN;
use model::{TenantId, Timestamp};

use super::{Pages, PagesError, Tried};

/// How far a tenant's last one came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Try {
    Running,
    Ended(Timestamp),
}

/// Running until this is dropped.
pub(super) struct Turn<'a> {
    pages: &'a Pages,
    tenant: TenantId,
}

// === impl Pages ===

impl Pages {
    /// Looks once at what a draft measures, as it is written now. Blocks for as long as that takes.
    pub fn try_once(&self, permit: &Permit<ManageOverview>, id: &str) -> Result<Tried, PagesError> {
        let tenant = permit.tenant();
        let (place, kept) = self.row(tenant, id)?;
        let check = self.check(tenant, &kept.draft.bound, place).ok_or(PagesError::NothingToLookAt)?;
        let _turn = self.turn_of(tenant)?;
        let now = self.means.clock.now();
        Ok(Tried { look: check.look(now), twin: check.look_at_twin(now).verdict })
    }

    pub(super) fn turn_of(&self, tenant: TenantId) -> Result<Turn<'_>, PagesError> {
        let now = self.means.clock.now();
        let mut trying = self.trying.lock();
        let is_free = match trying.get(&tenant) {
            None => true,
            Some(Try::Running) => false,
            Some(Try::Ended(at)) => now.seconds_since(*at).abs() >= OWN_TRY_SECONDS_MIN,
        };
        if !is_free {
            return Err(PagesError::TooSoon);
        }
        trying.insert(tenant, Try::Running);
        Ok(Turn { pages: self, tenant })
    }
}

// === impl Turn ===

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pages.trying.lock().insert(self.tenant, Try::Ended(self.pages.means.clock.now()));
    }
}

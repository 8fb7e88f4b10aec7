//! What somebody could do: asked of the engine that decides, for people and for roles that are only thought of.

use model::{Id, UserId};
use policy::{Ability, Subject};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::{Act, Permit, ViewPeople, ViewRoles};
use crate::roles::RoleGrant;

// === impl Identity ===

impl Identity {
    /// What a member could do, signed in freshly and with a second factor.
    pub fn abilities_of_member(&self, permit: &Permit<ViewPeople>, user: UserId) -> Result<Option<Vec<Ability>>, CatalogError> {
        self.catalog.read(|db| {
            if !self.is_member(db, permit.tenant(), user)? {
                return Ok(None);
            }
            let granted = self.grants_of_member(db, permit.tenant(), user)?;
            self.abilities(db, permit, user, &granted).map(Some)
        })
    }

    /// What somebody with these roles could do.
    pub fn abilities_with(&self, permit: &Permit<ViewRoles>, granted: &[RoleGrant]) -> Result<Vec<Ability>, CatalogError> {
        self.catalog.read(|db| self.abilities(db, permit, Id::NONE, granted))
    }

    fn abilities<A: Act<Object = model::TenantId>>(
        &self,
        db: &Connection,
        permit: &Permit<A>,
        user: UserId,
        granted: &[RoleGrant],
    ) -> Result<Vec<Ability>, CatalogError> {
        let tenant = permit.tenant();
        let (grants, _) = self.grants(db, tenant, granted)?;
        Ok(self.engine.simulate(&Subject::Person { user, tenant, grants }, permit.deed().at))
    }
}

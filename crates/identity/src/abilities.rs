//! What somebody could do: asked of the engine that decides, for people and for roles that are only thought of.

use model::{Id, TenantId, Timestamp, UserId};
use policy::{Ability, Subject};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::{Permit, ViewPeople, ViewRoles};
use crate::roles::RoleGrant;
use crate::signed_in::SignedIn;
use crate::users::UserKind;

// === impl Identity ===

impl Identity {
    /// What a member could do, signed in freshly and with a second factor.
    pub fn abilities_of_member(&self, permit: &Permit<ViewPeople>, user: UserId) -> Result<Option<Vec<Ability>>, CatalogError> {
        self.catalog.read(|db| {
            if !self.is_member(db, permit.tenant(), user)? {
                return Ok(None);
            }
            let granted = self.grants_of_member(db, permit.tenant(), user)?;
            self.abilities(db, (permit.tenant(), user), &granted, permit.deed().at).map(Some)
        })
    }

    /// What whoever is signed in could do in the tenant that the session works in. For staff that is no tenant's to say.
    pub fn own_abilities(&self, who: &SignedIn) -> Result<Vec<Ability>, CatalogError> {
        match (who.user().kind, who.session().tenant) {
            (UserKind::Person, Some(tenant)) => self.catalog.read(|db| {
                let granted = self.grants_of_member(db, tenant, who.user().id)?;
                self.abilities(db, (tenant, who.user().id), &granted, who.deed().at)
            }),
            (UserKind::Person, None) | (UserKind::Operator | UserKind::Engineer, _) => Ok(Vec::new()),
        }
    }

    /// What somebody with these roles could do.
    pub fn abilities_with(&self, permit: &Permit<ViewRoles>, granted: &[RoleGrant]) -> Result<Vec<Ability>, CatalogError> {
        self.catalog.read(|db| self.abilities(db, (permit.tenant(), Id::NONE), granted, permit.deed().at))
    }

    fn abilities(
        &self,
        db: &Connection,
        (tenant, user): (TenantId, UserId),
        granted: &[RoleGrant],
        now: Timestamp,
    ) -> Result<Vec<Ability>, CatalogError> {
        let (grants, _) = self.grants(db, tenant, granted)?;
        Ok(self.engine.simulate(&Subject::Person { user, tenant, grants }, now))
    }
}

//! Who made a key.

use audit::Actor;
use model::{ApiKeyId, DisplayName, Scope, ServiceAccountId, TenantId, UserId};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::CatalogError;
use crate::document::Spot;

/// Who made a key, and what they are called if they are still known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    pub actor: Actor,
    pub name: Option<DisplayName>,
}

// === impl Identity ===

impl Identity {
    /// What a person or a service account of the tenant's is called.
    pub(crate) fn name_of(&self, db: &Connection, tenant: TenantId, actor: &Actor) -> Result<Option<DisplayName>, CatalogError> {
        Ok(match actor {
            Actor::Person { id } | Actor::Staff { id } => match UserId::parse(id) {
                Ok(id) => self.find_account(db, id)?.map(|account| account.user.name),
                Err(_) => None,
            },
            Actor::ServiceAccount { id } => match ServiceAccountId::parse(id) {
                Ok(id) => self.find_service_account(db, tenant, id)?.map(|account| account.name),
                Err(_) => None,
            },
            Actor::Server
            | Actor::Shell
            | Actor::SetupLink
            | Actor::ApiKey { .. }
            | Actor::AccessRequest { .. }
            | Actor::Stranger => None,
        })
    }
}

/// Where it stands who made a key.
pub(crate) fn made_by(scope: Scope, id: ApiKeyId) -> Spot {
    Spot::new("api_keys", id, scope).column("made_by")
}

//! Permits that no credential asks for: those of the shell, and of the server's own jobs.
//!
//! Always holds: the server's own are for maintaining a source, and for carrying a tenant's trail into one that the tenant
//! named; none reads.

use audit::{Actor, Deed};
use model::{AuditStreamId, Scope, Timestamp};

use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::{Action, Maintain, Permit, Principal, Write};

// === impl Identity ===

impl Identity {
    /// Somebody at the shell of the machine, who can read the root key, needs no role.
    pub fn by_shell<A: Action>(&self, object: A::Object, deed: &Deed) -> Permit<A> {
        Permit::new(object, Principal::Shell, deed.clone())
    }

    /// For the server's own jobs, which act on nobody's request.
    pub fn maintain(&self, scope: Scope, now: Timestamp) -> Permit<Maintain> {
        Permit::new(scope, Principal::Server, Deed::by(Actor::Server, now).of_source(scope))
    }

    /// For the job that carries a tenant's trail into one of its sources, as long as there is such a stream.
    pub fn carry_audit(&self, stream: AuditStreamId, now: Timestamp) -> Result<Option<Permit<Write>>, CatalogError> {
        self.catalog.read(|db| {
            let Some(scope) = self.source_of_stream(db, stream)? else { return Ok(None) };
            Ok(Some(Permit::new(scope, Principal::Server, Deed::by(Actor::Server, now).of_source(scope))))
        })
    }
}

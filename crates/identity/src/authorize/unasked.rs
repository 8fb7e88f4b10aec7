//! Permits that no credential asks for: those of the shell, and of the server's own jobs.
//!
//! Always holds: the server's own are for maintaining a source, for carrying a tenant's trail into one that the tenant
//! named, and for counting records of one for the tenant's own page or an alert; the last is in the trail before it is given. None
//! gives a record out.

use audit::{Actor, Deed, Event, Question};
use model::{AuditStreamId, Scope, Timestamp};

use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::{Action, Look, Maintain, Permit, Principal, Write};

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

    /// For one look of a tenant's own page at one of its sources; `None` where the tenant has no such source.
    pub fn look(&self, scope: Scope, now: Timestamp) -> Result<Option<Permit<Look>>, CatalogError> {
        if self.source(scope)?.is_none() {
            return Ok(None);
        }
        let deed = Deed::by(Actor::Server, now).of_source(scope);
        self.note(&deed, Event::RecordsRead { question: Question::Look })?;
        Ok(Some(Permit::new(scope, Principal::Server, deed)))
    }

    /// For the job that carries a tenant's trail into one of its sources, as long as there is such a stream.
    pub fn carry_audit(&self, stream: AuditStreamId, now: Timestamp) -> Result<Option<Permit<Write>>, CatalogError> {
        self.catalog.read(|db| {
            let Some(scope) = self.source_of_stream(db, stream)? else { return Ok(None) };
            Ok(Some(Permit::new(scope, Principal::Server, Deed::by(Actor::Server, now).of_source(scope))))
        })
    }
}

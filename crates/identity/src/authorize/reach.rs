//! Which tenant a credential works in, and which sources of it, for clients that list them before they ask for one.
//!
//! Always holds: what is told is what the engine allows at that moment, and no permit: what is done with a source that is
//! listed is decided anew. Staff reach nothing so; they name the one source that was approved.

use audit::Deed;
use model::{Scope, SourceId, TenantId};
use policy::{Object, Permission};

use super::{Asker, Bar};
use crate::Identity;
use crate::credential::Credential;
use crate::permit::{Action, Principal, Read};
use crate::refused::Refused;
use crate::tenants::{Source, Tenant};

/// Whose credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Whose {
    pub principal: Principal,
    pub tenant: TenantId,
}

/// Sources that a credential may do something to, and whose they are.
#[derive(Debug)]
pub struct Reach {
    pub whose: Whose,
    pub tenant: Tenant,
    /// The oldest first; without any, the tenant has none.
    pub sources: Vec<Source>,
}

// === impl Asker ===

impl Asker {
    /// Whether nothing keeps them out before any role counts.
    pub(super) fn not_barred(&self) -> Result<(), Refused> {
        match self.barred {
            Some(Bar::Revoked) => Err(Refused::Revoked),
            Some(Bar::Expired { at }) => Err(Refused::Expired { at }),
            Some(Bar::OtherSignIn) => Err(Refused::SingleSignOnRequired),
            None => Ok(()),
        }
    }
}

// === impl Identity ===

impl Identity {
    /// Whose credential this is, where it is of a tenant. What that may do is not asked.
    pub fn whose(&self, credential: Option<&Credential>, deed: &Deed) -> Result<Whose, Refused> {
        let asker = self.catalog.read(|db| self.identify(db, credential, deed));
        let asker = asker.inspect_err(|refused| self.note_unknown(refused))?;
        let of = of_tenant(&asker, Read::PERMISSION).and_then(|whose| asker.not_barred().map(|()| whose));
        of.or_else(|refused| self.tell_refusal(&asker, (Read::PERMISSION, asker.tenant), refused, deed))
    }

    /// The sources that this credential may do `A` to. Where it may to none, why.
    pub fn reach<A: Action<Object = Scope>>(&self, credential: Option<&Credential>, deed: &Deed) -> Result<Reach, Refused> {
        let looked = self.catalog.read(|db| {
            let asker = self.identify(db, credential, deed)?;
            let all = match (of_tenant(&asker, A::PERMISSION), &asker.key) {
                (Err(_), _) => Vec::new(),
                (Ok(_), Some(key)) => self.source_of_any(db, key.scope.source)?.into_iter().collect(),
                (Ok(whose), None) => self.sources_of(db, whose.tenant)?,
            };
            let tenant = asker.tenant.map(|tenant| self.tenant_of(db, tenant)).transpose()?.flatten();
            Ok::<_, Refused>((asker, tenant, all))
        });
        let (asker, tenant, all) = looked.inspect_err(|refused| self.note_unknown(refused))?;
        // Many sources are many decisions: the catalog does not wait for them.
        match self.reached::<A>(&asker, tenant, all, deed) {
            Ok(reach) => {
                self.note_use_of(&asker, deed);
                Ok(reach)
            }
            Err(refused) => self.tell_refusal(&asker, (A::PERMISSION, asker.tenant), refused, deed),
        }
    }

    fn reached<A: Action<Object = Scope>>(
        &self,
        asker: &Asker,
        tenant: Option<Tenant>,
        all: Vec<Source>,
        deed: &Deed,
    ) -> Result<Reach, Refused> {
        let (whose, tenant) = (of_tenant(asker, A::PERMISSION)?, tenant.ok_or(Refused::WrongTenant)?);
        let may = |scope: Scope| self.decide(asker, A::PERMISSION, Object::Source(scope), deed.at);
        let (mut sources, mut refused) = (Vec::new(), None);
        for source in all {
            match may(source.scope()) {
                Ok(()) => sources.push(source),
                Err(Refused::Unavailable(error)) => return Err(Refused::Unavailable(error)),
                Err(other) => refused = Some(other),
            }
        }
        if sources.is_empty() {
            // Of a tenant without a source it counts whether there could be one.
            refused.map_or_else(|| may(Scope { tenant: whose.tenant, source: SourceId::NONE }), Err)?;
        }
        Ok(Reach { whose, tenant, sources })
    }
}

fn of_tenant(asker: &Asker, permission: Permission) -> Result<Whose, Refused> {
    match (asker.principal, asker.tenant) {
        (Principal::Staff(..), _) => Err(Refused::NoPermission(permission)),
        (principal, Some(tenant)) => Ok(Whose { principal, tenant }),
        (_, None) => Err(Refused::WrongTenant),
    }
}

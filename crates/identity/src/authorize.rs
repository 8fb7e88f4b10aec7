//! Who may do what: the one place that gathers the facts, asks the engine of `policy`, and makes a [`Permit`].
//!
//! Always holds: refused unless the engine allows it; every decision reads the catalog in one go, so a revocation, a new
//! role or the end of an approval counts for the next request in every process; what is refused to somebody known is in
//! the audit trail; what is read is in the trail before its permit is given. A catalog that fails refuses.

mod asker;
mod reach;
mod unasked;

use audit::{Actor, Deed, Event, Question};
use model::{Scope, SourceId, TenantId, Timestamp};
use policy::{Care, Freshness, Object, Permission, Session as Proofs, Subject};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::key::TokenKind;
use crate::permit::{Action, Permit, Principal, Read, Write};
use crate::refused::Refused;
use crate::sessions::{Session, Stage};
use crate::settings::{SingleSignOnRule, TenantSettings};
use crate::stored_key::StoredKey;
use crate::users::{Account, UserKind};

pub(crate) use asker::{Asker, Bar};
pub use reach::{Reach, Whose};

// === impl Identity ===

impl Identity {
    /// May this credential add records? Without `wanted`, to the source that the key is bound to.
    pub fn authorize_write(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<Write>, Refused> {
        self.decide_source::<Write>(credential, wanted, deed)
    }

    /// May this credential ask this of records? Without `wanted`, of the source that the key is bound to. What is allowed
    /// is in the trail before the permit is given.
    pub fn authorize_read(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
        question: Question,
    ) -> Result<Permit<Read>, Refused> {
        let permit = self.decide_source::<Read>(credential, wanted, deed)?;
        self.catalog.write(|tx| self.record_reading(tx, &permit, question)).map_err(Refused::NotRecorded)?;
        Ok(permit)
    }

    /// Whether a reading that was allowed would be allowed still: a stream asks before each of its batches.
    pub fn is_still_allowed(&self, credential: Option<&Credential>, scope: Scope, deed: &Deed) -> Result<(), Refused> {
        self.catalog.read(|db| {
            let asker = self.identify(db, credential, deed)?;
            self.decide(&asker, Read::PERMISSION, Object::Source(scope), deed.at)
        })
    }

    /// May this credential do `A` to a source? Without `wanted`, to the one that its key is bound to.
    pub fn authorize_source<A: Action<Object = Scope>>(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<A>, Refused> {
        const { assert!(!matches!(A::PERMISSION, Permission::LogsRead), "`authorize_read` tells a reading in the trail") };
        self.decide_source(credential, wanted, deed)
    }

    fn decide_source<A: Action<Object = Scope>>(
        &self,
        credential: Option<&Credential>,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<A>, Refused> {
        self.decide_source_as(&|db: &Connection| self.identify(db, credential, deed), wanted, deed)
    }

    pub(crate) fn decide_source_as<A: Action<Object = Scope>>(
        &self,
        identify: &dyn Fn(&Connection) -> Result<Asker, Refused>,
        wanted: Option<SourceId>,
        deed: &Deed,
    ) -> Result<Permit<A>, Refused> {
        let decided = self.catalog.read(|db| {
            let asker = identify(db)?;
            let of_key = asker.key.as_ref().map(|key| key.scope);
            let scope = match (wanted, of_key) {
                (None, Some(scope)) => Some(scope),
                (Some(wanted), Some(scope)) if scope.source == wanted => Some(scope),
                (Some(wanted), _) => self.scope_of(db, wanted)?,
                (None, None) => None,
            };
            let decided = match scope {
                Some(scope) => self.decide(&asker, A::PERMISSION, Object::Source(scope), deed.at).map(|()| scope),
                None => Err(Refused::WrongSource),
            };
            Ok::<_, Refused>((asker, scope.map(|scope| scope.tenant), decided))
        });
        let (asker, touched, decided) = decided.inspect_err(|refused| self.note_unknown(refused))?;
        let scope = decided.or_else(|refused| self.tell_refusal(&asker, (A::PERMISSION, touched), refused, deed))?;
        self.note_use_of(&asker, deed);
        let deed = asker.deed(deed).of_source(scope);
        let deed = match asker.principal {
            Principal::Staff(_, Some(request)) => deed.on_behalf_of(Actor::access_request(request)),
            _ => deed,
        };
        Ok(Permit::new(scope, asker.principal, deed))
    }

    /// May this credential do `A` to a tenant?
    pub fn authorize_tenant<A: Action<Object = TenantId>>(
        &self,
        credential: Option<&Credential>,
        tenant: TenantId,
        deed: &Deed,
    ) -> Result<Permit<A>, Refused> {
        let asker = self.ask(credential, (A::PERMISSION, A::CARE), Object::Tenant(tenant), deed)?;
        Ok(Permit::new(tenant, asker.principal, asker.deed(deed).of_tenant(tenant)))
    }

    /// May this credential do `A` to the installation?
    pub fn authorize_installation<A: Action<Object = ()>>(
        &self,
        credential: Option<&Credential>,
        deed: &Deed,
    ) -> Result<Permit<A>, Refused> {
        let asker = self.ask(credential, (A::PERMISSION, A::CARE), Object::Installation, deed)?;
        Ok(Permit::new((), asker.principal, asker.deed(deed)))
    }

    fn ask(
        &self,
        credential: Option<&Credential>,
        (permission, care): (Permission, Care),
        object: Object,
        deed: &Deed,
    ) -> Result<Asker, Refused> {
        let decided = self.catalog.read(|db| {
            let asker = self.identify(db, credential, deed)?;
            let decided = self.decide(&asker, permission, object, deed.at).and_then(|()| asker.takes(care));
            let touched = match object {
                Object::Source(scope) => Some(scope.tenant),
                Object::Tenant(tenant) => self.tenant_of(db, tenant)?.map(|tenant| tenant.id),
                Object::Installation => None,
            };
            Ok::<_, Refused>((asker, touched, decided))
        });
        let (asker, touched, decided) = decided.inspect_err(|refused| self.note_unknown(refused))?;
        match decided {
            Ok(()) => {
                self.note_use_of(&asker, deed);
                Ok(asker)
            }
            Err(refused) => self.tell_refusal(&asker, (permission, touched), refused, deed),
        }
    }

    pub(crate) fn decide(&self, asker: &Asker, permission: Permission, object: Object, now: Timestamp) -> Result<(), Refused> {
        let question = policy::Question {
            subject: &asker.subject,
            permission,
            object,
            named: object,
            now,
            session: asker.proofs,
            second_factor: asker.rule,
        };
        asker.not_barred()?;
        self.engine.decide(&question).map(|_| ()).map_err(|denied| asker.refused(&denied, permission))
    }

    /// Whose credential it is, with everything that decides.
    pub(crate) fn identify(&self, db: &Connection, credential: Option<&Credential>, deed: &Deed) -> Result<Asker, Refused> {
        let credential = credential.ok_or(Refused::Missing)?;
        match credential.kind() {
            TokenKind::Source(_) => {
                let key = self.find_presented(db, credential)?.ok_or(Refused::Unknown)?;
                Ok(Asker::of_key(key))
            }
            TokenKind::Service => self.identify_service(db, credential, deed.at),
            TokenKind::Session => {
                let (session, account) = self.find_session(db, credential, deed.at)?;
                match session.stage {
                    Stage::SignedIn => self.identify_session(db, &session, &account, deed),
                    Stage::FirstFactor => Err(Refused::SecondFactorPending),
                }
            }
            TokenKind::Invitation => Err(Refused::Unknown),
        }
    }

    fn identify_service(&self, db: &Connection, credential: &Credential, now: Timestamp) -> Result<Asker, Refused> {
        let (account, key) = self.find_by_service_key(db, credential)?;
        let (grants, _) = self.grants(db, account.tenant, &account.grants)?;
        let ended = key.expires_at.filter(|&at| at <= now).map(|at| Bar::Expired { at });
        Ok(Asker {
            subject: Subject::Service { account: account.id, tenant: account.tenant, grants },
            principal: Principal::ServiceAccount(account.id),
            actor: Actor::service_account(account.id),
            proofs: Proofs::NONE,
            methods: Vec::new(),
            rule: policy::SecondFactorRule::Optional,
            tenant: Some(account.tenant),
            key: None,
            service_key: Some(key.id),
            barred: key.revoked_at.map(|_| Bar::Revoked).or(ended),
        })
    }

    fn identify_session(&self, db: &Connection, session: &Session, account: &Account, deed: &Deed) -> Result<Asker, Refused> {
        let now = deed.at;
        self.note_seen(session.id, now);
        let user = account.user.id;
        let proofs = Proofs {
            freshness: if session.is_fresh(now) { Freshness::Fresh } else { Freshness::Stale },
            second_factor: if session.second_factor { policy::SecondFactor::Shown } else { policy::SecondFactor::NotShown },
        };
        let staff = |subject, access| Asker {
            subject,
            principal: Principal::Staff(user, access),
            actor: Actor::staff(user),
            proofs,
            methods: session.methods.clone(),
            // Staff prove a second factor, whatever a tenant demands of its own people.
            rule: policy::SecondFactorRule::Required,
            tenant: session.tenant,
            key: None,
            service_key: None,
            barred: None,
        };
        match account.user.kind {
            UserKind::Operator => Ok(staff(Subject::Operator { user }, None)),
            UserKind::Engineer => {
                let approval = self.approval_in_force(db, (session, account), deed)?;
                Ok(staff(Subject::Engineer { user, approval }, session.access))
            }
            UserKind::Person => {
                let tenant = session.tenant.ok_or(Refused::WrongTenant)?;
                let settings = self.settings_of(db, tenant)?;
                let fits = self.fits_provider(db, tenant, (session, account), &settings)?;
                let granted = self.grants_of_member(db, tenant, user)?;
                let (grants, by_role) = self.grants(db, tenant, &granted)?;
                Ok(Asker {
                    subject: Subject::Person { user, tenant, grants },
                    principal: Principal::Person(user),
                    actor: Actor::person(user),
                    proofs,
                    methods: session.methods.clone(),
                    rule: if by_role { policy::SecondFactorRule::Required } else { settings.second_factor.into() },
                    tenant: Some(tenant),
                    key: None,
                    service_key: None,
                    barred: if fits { None } else { Some(Bar::OtherSignIn) },
                })
            }
        }
    }

    /// Where a tenant demands its provider, a session from elsewhere opens nothing of it, but for the owner who is named.
    fn fits_provider(
        &self,
        db: &Connection,
        tenant: TenantId,
        (session, account): (&Session, &Account),
        settings: &TenantSettings,
    ) -> Result<bool, CatalogError> {
        match settings.single_sign_on {
            SingleSignOnRule::Optional => return Ok(true),
            SingleSignOnRule::Enforced => {}
        }
        if settings.break_glass_owner.as_deref() == Some(account.user.id.to_string().as_str()) {
            return Ok(true);
        }
        let sql = "SELECT count(*) FROM providers WHERE id = ?1 AND tenant = ?2";
        match &session.of_provider {
            Some(of) => Ok(catalog::count(db, sql, [&of.provider, &tenant.to_string()])? > 0),
            None => Ok(false),
        }
    }

    /// The time of an index look-up tells nothing: whoever lacks the pepper cannot steer the digest.
    pub(crate) fn find_presented(&self, db: &Connection, credential: &Credential) -> Result<Option<StoredKey>, CatalogError> {
        for pepper in self.peppers.newest_first() {
            let digest = pepper.digest(credential.token());
            let found = StoredKey::by_digest(db, &self.sealer, &digest)?;
            if let Some(key) = found.filter(|key| seal::constant_time_eq(&key.digest, &digest)) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Whose source it is. Its name is sealed for its tenant, so a row that was moved to another says so.
    pub(crate) fn scope_of(&self, db: &Connection, source: SourceId) -> Result<Option<Scope>, CatalogError> {
        Ok(self.source_of_any(db, source)?.map(|source| source.scope()))
    }

    fn note_use_of(&self, asker: &Asker, deed: &Deed) {
        if let Some(key) = asker.key.as_ref().map(|key| key.id).or(asker.service_key) {
            self.note_use(key, deed.at, deed.address);
        }
    }

    fn note_unknown(&self, refused: &Refused) {
        match refused {
            Refused::Missing | Refused::Malformed | Refused::Unknown | Refused::NotSignedIn | Refused::SessionEnded => {
                self.note_stranger();
            }
            _ => {}
        }
    }

    fn record_reading(&self, tx: &Connection, permit: &Permit<Read>, question: Question) -> Result<(), CatalogError> {
        if let Principal::Staff(_, Some(request)) = permit.principal() {
            self.count_reading(tx, request)?;
        }
        self.record(tx, permit.deed(), Event::RecordsRead { question })
    }
}

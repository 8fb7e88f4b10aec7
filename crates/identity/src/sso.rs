//! Providers of single sign-on, and whom their subjects are here.
//!
//! Always holds: a session from a tenant's provider works in that tenant only and changes nothing about how its account
//! signs in, so whoever runs a provider gains nothing beyond their own tenant; a subject is tied to an account once, by
//! the tenant's own membership or by making the account; roles that come from groups are set anew at each sign-in; no
//! session outlives its provider.

mod subjects;

use audit::Event;
use model::{DisplayName, ProviderId, TenantId, Timestamp, limits};
use oidc::{Addresses, Emails, ProviderConfig};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::members::MemberError;
use crate::permit::{ManageSignIn, Permit};
use crate::roles::{RoleGrant, StoredGrant};

pub use subjects::{SsoError, SsoPending};

/// A secret of the configuration, which is never shown again.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ClientSecret(String);

/// How a provider is reached, and what its people may do.
#[derive(Debug, Clone)]
pub struct ProviderSpec {
    pub name: DisplayName,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<ClientSecret>,
    /// Asked for beside `openid`, `email` and `profile`.
    pub scopes: Vec<String>,
    /// Only people of these e-mail domains; none: of any.
    pub domains: Vec<String>,
    /// Only people whose `hd` claim names one of these, as Google says it.
    pub hosted_domains: Vec<String>,
    /// Whether its people cannot choose their addresses, so that one counts where the provider does not say otherwise.
    pub gives_addresses: bool,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// Roles by group; where there is one, groups decide at each sign-in.
    pub group_roles: Vec<(String, RoleGrant)>,
    /// The roles of somebody new, or of whom no group says more.
    pub default_roles: Vec<RoleGrant>,
    /// Whether somebody who was not invited gets an account.
    pub creates_accounts: bool,
    /// Whether a sign-in there counts as one with a second factor, whatever the provider says of it.
    pub counts_as_second_factor: bool,
    /// A private authority that vouches for the provider, in PEM.
    pub authority: Option<String>,
    /// Whether the provider may lie at a private address.
    pub private_address: bool,
}

#[derive(Debug, Clone)]
pub struct Provider {
    pub id: ProviderId,
    pub tenant: TenantId,
    pub created_at: Timestamp,
    pub spec: ProviderSpec,
}

#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("the organization has no such provider")]
    NoProvider,
    #[error("the organization has {} providers already", limits::PROVIDERS_PER_TENANT_MAX)]
    TooMany,
    #[error("single sign-on is demanded: allow other ways first, or add another provider")]
    Enforced,
    #[error(transparent)]
    Member(#[from] MemberError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

#[derive(Serialize, Deserialize)]
struct ProviderDocument {
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    scopes: Vec<String>,
    domains: Vec<String>,
    hosted_domains: Vec<String>,
    gives_addresses: bool,
    groups_claim: String,
    group_roles: Vec<(String, StoredGrant)>,
    default_roles: Vec<StoredGrant>,
    creates_accounts: bool,
    counts_as_second_factor: bool,
    authority: Option<String>,
    private_address: bool,
}

const SELECT: &str = "SELECT id, tenant, created_at, document FROM providers WHERE id = ?1";
const SELECT_BY_TENANT: &str = "SELECT id, tenant, created_at, document FROM providers WHERE tenant = ?1 ORDER BY created_at, id";

// === impl ClientSecret ===

impl ClientSecret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

// === impl ProviderSpec ===

impl ProviderSpec {
    fn document(&self) -> ProviderDocument {
        ProviderDocument {
            name: self.name.as_str().to_owned(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.as_ref().map(|secret| secret.0.clone()),
            scopes: self.scopes.clone(),
            domains: self.domains.clone(),
            hosted_domains: self.hosted_domains.clone(),
            gives_addresses: self.gives_addresses,
            groups_claim: self.groups_claim.clone(),
            group_roles: self.group_roles.iter().map(|(group, grant)| (group.clone(), grant.stored())).collect(),
            default_roles: self.default_roles.iter().map(|grant| grant.stored()).collect(),
            creates_accounts: self.creates_accounts,
            counts_as_second_factor: self.counts_as_second_factor,
            authority: self.authority.clone(),
            private_address: self.private_address,
        }
    }

    fn grants(&self, groups: &[String]) -> Vec<RoleGrant> {
        let mut grants: Vec<RoleGrant> = Vec::new();
        let by_group = self.group_roles.iter().filter(|(group, _)| groups.contains(group)).map(|(_, grant)| *grant);
        for grant in by_group.chain(self.default_roles.iter().copied()) {
            if !grants.contains(&grant) && grants.len() < limits::GRANTS_PER_SUBJECT_MAX {
                grants.push(grant);
            }
        }
        grants
    }
}

// === impl Provider ===

impl Provider {
    /// How it is reached, for whoever speaks with it.
    #[must_use]
    pub fn config(&self) -> ProviderConfig {
        let spec = &self.spec;
        let secret = spec.client_secret.as_ref().map(|secret| oidc::ClientSecret::new(secret.reveal().to_owned()));
        let config = ProviderConfig::new(spec.issuer.clone(), spec.client_id.clone(), secret);
        let mut scopes = config.scopes.clone();
        scopes.extend(spec.scopes.iter().cloned());
        ProviderConfig {
            scopes,
            groups_claim: Some(spec.groups_claim.clone()).filter(|claim| !claim.is_empty()),
            hosted_domains: spec.hosted_domains.clone(),
            emails: if spec.gives_addresses { Emails::GivenByProvider } else { Emails::SaidVerified },
            authority: spec.authority.clone(),
            addresses: if spec.private_address { Addresses::PrivateToo } else { Addresses::Public },
            ..config
        }
    }

    fn spot(&self) -> Spot {
        Spot::new("providers", self.id, self.tenant)
    }
}

// === impl Identity ===

impl Identity {
    pub fn providers(&self, permit: &Permit<ManageSignIn>) -> Result<Vec<Provider>, CatalogError> {
        self.catalog.read(|db| self.providers_of(db, permit.tenant()))
    }

    /// The providers of a tenant, for whoever wants to sign in.
    pub fn providers_of_tenant(&self, tenant: TenantId) -> Result<Vec<Provider>, CatalogError> {
        self.catalog.read(|db| self.providers_of(db, tenant))
    }

    pub fn provider(&self, id: ProviderId) -> Result<Option<Provider>, CatalogError> {
        self.catalog.read(|db| self.find_provider(db, id))
    }

    pub fn add_provider(&self, permit: &Permit<ManageSignIn>, spec: &ProviderSpec) -> Result<Provider, ProviderError> {
        let (tenant, now) = (permit.tenant(), permit.deed().at);
        self.catalog.write(|tx| {
            self.check_roles(tx, permit, spec)?;
            if self.providers_of(tx, tenant)?.len() as i64 >= limits::PROVIDERS_PER_TENANT_MAX {
                return Err(ProviderError::TooMany);
            }
            let provider = Provider { id: ProviderId::generate(&*self.entropy), tenant, created_at: now, spec: spec.clone() };
            catalog::change(
                tx,
                "INSERT INTO providers (id, tenant, created_at, document) VALUES (?1, ?2, ?3, ?4)",
                (provider.id.to_string(), tenant.to_string(), now.nanos(), provider.spot().seal(&self.sealer, &spec.document())?),
            )?;
            let event = Event::ProviderAdded { provider: provider.id.to_string(), issuer: spec.issuer.clone() };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok(provider)
        })
    }

    /// Without a secret the one before is kept.
    pub fn change_provider(
        &self,
        permit: &Permit<ManageSignIn>,
        id: ProviderId,
        spec: &ProviderSpec,
    ) -> Result<Provider, ProviderError> {
        self.catalog.write(|tx| {
            let old = self.find_provider(tx, id)?.filter(|old| old.tenant == permit.tenant());
            let old = old.ok_or(ProviderError::NoProvider)?;
            self.check_roles(tx, permit, spec)?;
            let deed = permit.deed().clone().of_tenant(permit.tenant());
            if old.spec.issuer != spec.issuer {
                // Another issuer's subjects are other people.
                self.end_subjects(tx, &old, &deed)?;
            }
            let client_secret = spec.client_secret.clone().or(old.spec.client_secret.clone());
            let provider = Provider { spec: ProviderSpec { client_secret, ..spec.clone() }, ..old };
            provider.spot().update(tx, &self.sealer, &provider.spec.document())?;
            let event = Event::ProviderChanged { provider: id.to_string(), issuer: spec.issuer.clone() };
            self.record(tx, &deed, event)?;
            Ok(provider)
        })
    }

    /// The sessions that came from it end with it, and its people are told.
    pub fn remove_provider(&self, permit: &Permit<ManageSignIn>, id: ProviderId) -> Result<(), ProviderError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let all = self.providers_of(tx, tenant)?;
            let provider = all.iter().find(|provider| provider.id == id).ok_or(ProviderError::NoProvider)?;
            let enforced = self.settings_of(tx, tenant)?.single_sign_on == crate::settings::SingleSignOnRule::Enforced;
            if enforced && all.len() == 1 {
                return Err(ProviderError::Enforced);
            }
            let deed = permit.deed().clone().of_tenant(tenant);
            self.end_subjects(tx, provider, &deed)?;
            catalog::change(tx, "DELETE FROM providers WHERE id = ?1", [id.to_string()])?;
            Ok(self.record(tx, &deed, Event::ProviderRemoved { provider: id.to_string() })?)
        })
    }

    /// Whoever maps groups to roles hands them out.
    fn check_roles(&self, db: &Connection, permit: &Permit<ManageSignIn>, spec: &ProviderSpec) -> Result<(), ProviderError> {
        let grants: Vec<RoleGrant> =
            spec.group_roles.iter().map(|(_, grant)| *grant).chain(spec.default_roles.iter().copied()).collect();
        for some in grants.chunks(limits::GRANTS_PER_SUBJECT_MAX) {
            self.check_grants(db, permit, some)?;
        }
        Ok(())
    }

    fn providers_of(&self, db: &Connection, tenant: TenantId) -> Result<Vec<Provider>, CatalogError> {
        catalog::all(db, SELECT_BY_TENANT, [tenant.to_string()], |row| self.read_provider(row))
    }

    pub(super) fn find_provider(&self, db: &Connection, id: ProviderId) -> Result<Option<Provider>, CatalogError> {
        catalog::one(db, SELECT, [id.to_string()], |row| self.read_provider(row))
    }

    pub(crate) fn read_provider(&self, row: &Row<'_>) -> Result<Provider, CatalogError> {
        let (id, tenant) = (catalog::id(row, "id", "providers")?, catalog::id(row, "tenant", "providers")?);
        let spot = Spot::new("providers", id, tenant);
        let document: ProviderDocument = spot.read(&self.sealer, row)?;
        let parse = |grant: &StoredGrant| grant.parse().ok_or_else(|| spot.tampered());
        let by_group = document.group_roles.iter().map(|(group, grant)| Ok((group.clone(), parse(grant)?)));
        let spec = ProviderSpec {
            name: DisplayName::parse(&document.name).map_err(|_| spot.tampered())?,
            group_roles: by_group.collect::<Result<_, CatalogError>>()?,
            default_roles: document.default_roles.iter().map(parse).collect::<Result<_, _>>()?,
            issuer: document.issuer,
            client_id: document.client_id,
            client_secret: document.client_secret.map(ClientSecret),
            scopes: document.scopes,
            domains: document.domains,
            hosted_domains: document.hosted_domains,
            gives_addresses: document.gives_addresses,
            groups_claim: document.groups_claim,
            creates_accounts: document.creates_accounts,
            counts_as_second_factor: document.counts_as_second_factor,
            authority: document.authority,
            private_address: document.private_address,
        };
        Ok(Provider { id, tenant, created_at: catalog::time(row, "created_at")?, spec })
    }
}

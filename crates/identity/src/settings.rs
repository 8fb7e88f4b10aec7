//! What a tenant demands of whoever signs in, and allows to staff.
//!
//! Always holds: a tenant that never set anything allows staff nothing; demanding single sign-on names an owner who can
//! still sign in without it, so nobody is locked out by a provider that fails.

use audit::Event;
use model::{TenantId, UserId, limits};
use policy::BuiltInRole;
use rusqlite::{Connection, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::document::Spot;
use crate::notices::Notice;
use crate::permit::{ConfigureAccess, ManageSignIn, Permit, ViewTenant};
use crate::roles::RoleGrant;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    #[default]
    Recommended,
    Required,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SingleSignOnRule {
    #[default]
    Optional,
    /// Only through a provider of the tenant, but for the one owner who is named.
    Enforced,
}

/// What staff may ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffAccess {
    #[default]
    Never,
    OnApproval,
    /// And in an emergency with two of staff, loudly, for an hour.
    BreakGlass,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettings {
    pub second_factor: SecondFactorRule,
    pub single_sign_on: SingleSignOnRule,
    /// The owner who signs in without the provider.
    pub break_glass_owner: Option<String>,
    pub staff_access: StaffAccess,
    /// How many people have to approve a request of staff.
    pub approvals_needed: u8,
    /// Days for which the tenant's trail keeps the bodies of its entries, where they were set.
    pub audit_retention_days: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("single sign-on can be demanded when an owner is named who signs in without it")]
    NoBreakGlassOwner,
    #[error("single sign-on can be demanded when the organization has a provider")]
    NoProvider,
    #[error("1 or 2 people approve a request")]
    Approvals,
    #[error("the audit trail is kept for {} to {} days", limits::AUDIT_RETENTION_DAYS_MIN, limits::AUDIT_RETENTION_DAYS_MAX)]
    AuditRetention,
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// What of the settings concerns sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInRules {
    pub second_factor: SecondFactorRule,
    pub single_sign_on: SingleSignOnRule,
    pub break_glass_owner: Option<UserId>,
}

// === impl SecondFactorRule ===

impl From<SecondFactorRule> for policy::SecondFactorRule {
    fn from(rule: SecondFactorRule) -> Self {
        match rule {
            SecondFactorRule::Recommended => Self::Optional,
            SecondFactorRule::Required => Self::Required,
        }
    }
}

// === impl TenantSettings ===

impl TenantSettings {
    #[must_use]
    pub fn approvals(&self) -> usize {
        usize::from(self.approvals_needed.clamp(1, 2))
    }

    #[must_use]
    pub fn audit_retention(&self) -> u32 {
        self.audit_retention_days.unwrap_or(limits::AUDIT_RETENTION_DAYS_DEFAULT)
    }
}

// === impl Identity ===

impl Identity {
    pub fn settings(&self, permit: &Permit<ViewTenant>) -> Result<TenantSettings, CatalogError> {
        self.catalog.read(|db| self.settings_of(db, permit.tenant()))
    }

    pub fn set_sign_in_rules(&self, permit: &Permit<ManageSignIn>, rules: SignInRules) -> Result<TenantSettings, SettingsError> {
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            if rules.single_sign_on == SingleSignOnRule::Enforced {
                let owner = rules.break_glass_owner.ok_or(SettingsError::NoBreakGlassOwner)?;
                let grants = self.grants_of_member(tx, tenant, owner)?;
                if !grants.contains(&RoleGrant::everywhere(BuiltInRole::Owner)) || !self.signs_in_alone(tx, owner)? {
                    return Err(SettingsError::NoBreakGlassOwner);
                }
                if catalog::count(tx, "SELECT count(*) FROM providers WHERE tenant = ?1", [tenant.to_string()])? == 0 {
                    return Err(SettingsError::NoProvider);
                }
            }
            let settings = TenantSettings {
                second_factor: rules.second_factor,
                single_sign_on: rules.single_sign_on,
                break_glass_owner: rules.break_glass_owner.map(|id| id.to_string()),
                ..self.settings_of(tx, tenant)?
            };
            self.write_settings(tx, tenant, &settings)?;
            let event = Event::SignInRulesChanged {
                second_factor_required: rules.second_factor == SecondFactorRule::Required,
                single_sign_on_enforced: rules.single_sign_on == SingleSignOnRule::Enforced,
            };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            Ok(settings)
        })
    }

    pub fn set_staff_access(
        &self,
        permit: &Permit<ConfigureAccess>,
        access: StaffAccess,
        approvals: u8,
    ) -> Result<TenantSettings, SettingsError> {
        if !(1..=2).contains(&approvals) {
            return Err(SettingsError::Approvals);
        }
        let tenant = permit.tenant();
        self.catalog.write(|tx| {
            let settings = TenantSettings { staff_access: access, approvals_needed: approvals, ..self.settings_of(tx, tenant)? };
            self.write_settings(tx, tenant, &settings)?;
            let event = Event::StaffAccessConfigured { level: access.as_str().to_owned(), approvals };
            self.record(tx, &permit.deed().clone().of_tenant(tenant), event)?;
            self.tell_owners(tx, tenant, &Notice::StaffAccessConfigured { level: access }, permit.deed().at)?;
            Ok(settings)
        })
    }

    /// Whether an account has a way in that no provider decides about.
    fn signs_in_alone(&self, db: &Connection, user: UserId) -> Result<bool, CatalogError> {
        let account = self.account(db, user)?;
        let ways = self.ways_in_of(db, &account)?;
        Ok(account.is_active() && (ways.passphrase || ways.passkeys > 0))
    }

    /// Whether this is the one who signs in without the provider that a tenant demands.
    pub(crate) fn is_break_glass_owner(&self, db: &Connection, tenant: TenantId, user: UserId) -> Result<bool, CatalogError> {
        let settings = self.settings_of(db, tenant)?;
        let named = settings.break_glass_owner.is_some_and(|owner| owner == user.to_string());
        Ok(named && settings.single_sign_on == SingleSignOnRule::Enforced)
    }

    pub(crate) fn settings_of(&self, db: &Connection, tenant: TenantId) -> Result<TenantSettings, CatalogError> {
        let sql = "SELECT tenant, document FROM tenant_settings WHERE tenant = ?1";
        let found = catalog::one(db, sql, [tenant.to_string()], |row| self.read_settings(row))?;
        Ok(found.unwrap_or_default())
    }

    pub(crate) fn read_settings(&self, row: &Row<'_>) -> Result<TenantSettings, CatalogError> {
        spot(catalog::id(row, "tenant", "tenant_settings")?).read(&self.sealer, row)
    }

    pub(crate) fn write_settings(
        &self,
        db: &Connection,
        tenant: TenantId,
        settings: &TenantSettings,
    ) -> Result<(), CatalogError> {
        let sealed = spot(tenant).seal(&self.sealer, settings)?;
        let sql = "INSERT INTO tenant_settings (tenant, document) VALUES (?1, ?2)
            ON CONFLICT (tenant) DO UPDATE SET document = excluded.document";
        catalog::change(db, sql, (tenant.to_string(), sealed))?;
        Ok(())
    }
}

// === impl StaffAccess ===

impl StaffAccess {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnApproval => "on_approval",
            Self::BreakGlass => "break_glass",
        }
    }
}

fn spot(tenant: TenantId) -> Spot {
    Spot::new("tenant_settings", tenant, tenant)
}

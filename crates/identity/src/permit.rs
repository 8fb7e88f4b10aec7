//! Proof that this crate allowed one action on one object: a source, a tenant, or the installation.
//!
//! Always holds: only `identity` makes a [`Permit`], so whoever demands one cannot be reached unchecked; a permit for
//! records names exactly one source.
//!
//! ```
//! fn search(permit: &identity::Permit<identity::Read>) -> model::Scope {
//!     permit.scope()
//! }
//! ```
//! Nobody else can build one:
//! ```compile_fail,E0451
//! fn forge(object: model::Scope, principal: identity::Principal, deed: audit::Deed) -> identity::Permit<identity::Read> {
//!     identity::Permit { object, principal, deed }
//! }
//! ```
//! ```compile_fail,E0624
//! fn forge(object: model::Scope, principal: identity::Principal, deed: audit::Deed) -> identity::Permit<identity::Read> {
//!     identity::Permit::new(object, principal, deed)
//! }
//! ```
//! turn one into another:
//! ```compile_fail,E0308
//! fn widen(permit: identity::Permit<identity::Read>) -> identity::Permit<identity::Write> {
//!     permit
//! }
//! ```
//! or keep a copy of one for later:
//! ```compile_fail,E0308
//! fn keep(permit: &identity::Permit<identity::Read>) -> identity::Permit<identity::Read> {
//!     permit.clone()
//! }
//! ```

use std::fmt;

use audit::Deed;
use model::{AccessRequestId, ApiKeyId, Scope, ServiceAccountId, TenantId, UserId};
use policy::{Care, Permission};

/// Something that is done to one object of a kind.
pub trait Act {
    type Object: Copy + fmt::Debug;
}

/// An act that a role can allow.
pub trait Action: Act {
    const PERMISSION: Permission;
    /// What this act asks of whoever does it beyond what the permission asks.
    const CARE: Care = Care::Plain;
}

/// Marks a permit for the server's own jobs: compaction, retention, rotation.
#[derive(Debug)]
pub enum Maintain {}

impl Act for Maintain {
    type Object = Scope;
}

/// Marks a permit for the looks of a tenant's own page, and of an alert: how many records of a source match, and when. It reads none.
#[derive(Debug)]
pub enum Look {}

impl Act for Look {
    type Object = Scope;
}

/// Marks a permit to write one day's records of a source to where its tenant wants its archive.
#[derive(Debug)]
pub enum ArchiveRecords {}

impl Act for ArchiveRecords {
    type Object = Scope;
}

/// Marks a permit to have the audit trail carried elsewhere as it grows: for whoever may take it away, with a fresh proof.
#[derive(Debug)]
pub enum StreamAudit {}

impl Act for StreamAudit {
    type Object = TenantId;
}

impl Action for StreamAudit {
    const PERMISSION: Permission = Permission::AuditExport;
    const CARE: Care = Care::Sensitive;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $marker:ident: $object:ty = $permission:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $marker {}
        impl Act for $marker { type Object = $object; }
        impl Action for $marker { const PERMISSION: Permission = Permission::$permission; }
    )*};
}

actions! {
    /// Marks a permit to read records.
    Read: Scope = LogsRead;
    /// Marks a permit to add records.
    Write: Scope = LogsWrite;
    ViewSource: Scope = SourceView;
    ConfigureSource: Scope = SourceConfigure;
    ViewKeys: Scope = KeysView;
    ManageKeys: Scope = KeysManage;
    ViewTenant: TenantId = TenantView;
    CreateSources: TenantId = SourcesCreate;
    ViewPeople: TenantId = PeopleView;
    ManagePeople: TenantId = PeopleManage;
    ViewRoles: TenantId = RolesView;
    ManageRoles: TenantId = RolesManage;
    ManageSignIn: TenantId = SignInManage;
    ManageServices: TenantId = ServicesManage;
    ReadAudit: TenantId = AuditRead;
    ExportAudit: TenantId = AuditExport;
    ViewAccess: TenantId = AccessView;
    ApproveAccess: TenantId = AccessApprove;
    ConfigureAccess: TenantId = AccessConfigure;
    ViewOverview: TenantId = OverviewView;
    ManageOverview: TenantId = OverviewManage;
    /// Marks a permit to sign what a tenant's own page claims.
    AttestOverview: TenantId = OverviewAttest;
    ViewViews: TenantId = ViewsView;
    ManageViews: TenantId = ViewsManage;
    ViewAlerts: TenantId = AlertsView;
    ManageAlerts: TenantId = AlertsManage;
    /// Marks a permit to say where alerts are told.
    ManageDestinations: TenantId = DestinationsManage;
    ViewTenants: () = TenantsView;
    CreateTenants: () = TenantsCreate;
    ViewSystem: () = SystemView;
    OperateSystem: () = SystemOperate;
    /// Marks a permit to sign what the installation's page claims.
    AttestClaims: () = ClaimsAttest;
    ManageStaff: () = StaffManage;
    ReadInstallationAudit: () = AuditSystemRead;
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Principal {
    ApiKey(ApiKeyId),
    ServiceAccount(ServiceAccountId),
    /// Somebody of a tenant.
    Person(UserId),
    /// Staff; with the approved request under which they are in a tenant.
    Staff(UserId, Option<AccessRequestId>),
    /// Somebody at the shell of the machine, who can read the root key.
    Shell,
    /// The server itself, on nobody's behalf.
    Server,
}

/// One principal may do `A` to exactly one object.
#[must_use]
pub struct Permit<A: Act> {
    object: A::Object,
    principal: Principal,
    deed: Deed,
}

// === impl Permit ===

impl<A: Act> Permit<A> {
    pub(crate) fn new(object: A::Object, principal: Principal, deed: Deed) -> Self {
        Self { object, principal, deed }
    }

    #[must_use]
    pub fn principal(&self) -> Principal {
        self.principal
    }

    /// The person who acts, if it is one.
    pub(crate) fn user(&self) -> Option<UserId> {
        match self.principal {
            Principal::Person(user) | Principal::Staff(user, _) => Some(user),
            Principal::ApiKey(_) | Principal::ServiceAccount(_) | Principal::Shell | Principal::Server => None,
        }
    }

    /// Who does it, when and from where, as the audit trail tells it.
    #[must_use]
    pub fn deed(&self) -> &Deed {
        &self.deed
    }
}

impl<A: Act<Object = Scope>> Permit<A> {
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.object
    }
}

impl<A: Act<Object = TenantId>> Permit<A> {
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.object
    }
}

impl<A: Act> fmt::Debug for Permit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("object", &self.object).field("principal", &self.principal).finish_non_exhaustive()
    }
}

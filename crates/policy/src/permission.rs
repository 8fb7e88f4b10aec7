//! The catalogue of permissions: everything that a subject can be allowed, one by one.
//!
//! Always holds: a permission is about one kind of object; its name `object:verb` is stable and never given to another.

use std::fmt;

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    Source,
    Tenant,
    Installation,
}

/// How much a permission asks of whoever uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Care {
    Plain,
    /// Changes who may do what, or ends what is kept: a person has to have signed in, or shown a second factor, within the
    /// last minutes.
    Sensitive,
}

macro_rules! catalogue {
    ($($name:ident = $text:literal, $kind:ident, $care:ident, $about:literal;)*) => {
        /// One thing that may be allowed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $(#[doc = $about] $name,)*
        }

        impl Permission {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// One line for whoever makes a role.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }

            #[must_use]
            pub fn object(self) -> ObjectKind {
                match self { $(Self::$name => ObjectKind::$kind,)* }
            }

            #[must_use]
            pub fn care(self) -> Care {
                match self { $(Self::$name => Care::$care,)* }
            }
        }
    };
}

catalogue! {
    LogsRead = "logs:read", Source, Plain, "search and follow the logs of a source";
    LogsWrite = "logs:write", Source, Plain, "add logs to a source";
    SourceView = "source:view", Source, Plain, "see a source, its settings and how much it holds";
    SourceConfigure = "source:configure", Source, Sensitive, "change a source, and how long it keeps its logs";
    KeysView = "keys:view", Source, Plain, "see the API keys of a source";
    KeysManage = "keys:manage", Source, Sensitive, "make, replace and revoke the API keys of a source";
    TenantView = "tenant:view", Tenant, Plain, "see the organization and the list of its sources";
    SourcesCreate = "sources:create", Tenant, Plain, "create sources";
    PeopleView = "people:view", Tenant, Plain, "see who is a member and with which roles";
    PeopleManage = "people:manage", Tenant, Sensitive, "invite and remove people, and assign roles";
    RolesView = "roles:view", Tenant, Plain, "see the roles and what they allow";
    RolesManage = "roles:manage", Tenant, Sensitive, "define the organization's own roles";
    SignInManage = "sign-in:manage", Tenant, Sensitive, "change how people sign in: providers, and whether a second factor is required";
    ServicesManage = "services:manage", Tenant, Sensitive, "make, change and end service accounts";
    AuditRead = "audit:read", Tenant, Plain, "read the organization's audit trail";
    AuditExport = "audit:export", Tenant, Plain, "take the organization's audit trail away, with its proofs";
    AccessView = "access:view", Tenant, Plain, "see what staff asked for, were allowed and did";
    AccessApprove = "access:approve", Tenant, Sensitive, "allow and refuse requests of staff, and end what was allowed";
    AccessConfigure = "access:configure", Tenant, Sensitive, "decide whether staff can ask for access at all, and how long the audit trail is kept";
    OverviewView = "overview:view", Tenant, Plain, "see the organization's own page of claims, with its drafts and who signed";
    OverviewManage = "overview:manage", Tenant, Sensitive, "say, change and take back what the organization's own page claims";
    OverviewAttest = "overview:attest", Tenant, Sensitive, "sign claims of the organization's own page, and take signed ones back";
    ViewsView = "views:view", Tenant, Plain, "see saved views of sources whose logs one may read";
    ViewsManage = "views:manage", Tenant, Plain, "save, change and remove views of sources whose logs one may read";
    AlertsView = "alerts:view", Tenant, Plain, "see alerts on sources whose logs one may read, and what they told";
    AlertsManage = "alerts:manage", Tenant, Plain, "make, change, test and remove alerts on sources whose logs one may read";
    DestinationsManage = "destinations:manage", Tenant, Sensitive, "say where alerts are told: members' addresses and webhooks";
    TenantsView = "tenants:view", Installation, Plain, "see which organizations there are";
    TenantsCreate = "tenants:create", Installation, Plain, "create organizations";
    SystemView = "system:view", Installation, Plain, "see the state of the installation";
    SystemOperate = "system:operate", Installation, Sensitive, "change the settings of the installation and run its jobs";
    ClaimsAttest = "claims:attest", Installation, Sensitive, "sign claims of the installation's page, and take signed ones back";
    StaffManage = "staff:manage", Installation, Sensitive, "say who are staff";
    AuditSystemRead = "audit-system:read", Installation, Plain, "read the installation's audit trail";
}

// === impl Permission ===

impl Permission {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! Roles: the ones that every tenant has, as data, and the name of one that a tenant defined.

use std::fmt;

use model::RoleId;

use crate::permission::Permission;
use crate::set::PermissionSet;

/// A role that every tenant has and cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuiltInRole {
    /// Everything that a tenant can do.
    Owner,
    /// All but what would make an admin an owner or open the tenant to staff: how people sign in (whoever names a provider
    /// can sign in as an owner), and whether staff can ask at all. What staff ask for an admin may approve.
    ///
    /// That nobody assigns a role with more than their own, so that an admin makes no owner, is held where roles are
    /// assigned, with [`PermissionSet::covers`].
    Admin,
    /// Reads and writes logs, saves views and makes alerts that tell where an admin said.
    Member,
    /// Reads logs, saved views and alerts.
    ReadOnly,
    /// Reads what happened and who may do what, and no logs.
    Auditor,
}

/// Where a grant comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    BuiltIn(BuiltInRole),
    /// One that the tenant defined.
    Own(RoleId),
}

const NOT_FOR_ADMINS: [Permission; 2] = [Permission::SignInManage, Permission::AccessConfigure];
const MEMBER: [Permission; 9] = [
    Permission::LogsRead,
    Permission::LogsWrite,
    Permission::SourceView,
    Permission::KeysView,
    Permission::TenantView,
    Permission::ViewsView,
    Permission::ViewsManage,
    Permission::AlertsView,
    Permission::AlertsManage,
];
const READ_ONLY: [Permission; 5] =
    [Permission::LogsRead, Permission::SourceView, Permission::TenantView, Permission::ViewsView, Permission::AlertsView];
const AUDITOR: [Permission; 8] = [
    Permission::AuditRead,
    Permission::AuditExport,
    Permission::PeopleView,
    Permission::RolesView,
    Permission::AccessView,
    Permission::OverviewView,
    Permission::SourceView,
    Permission::TenantView,
];

// === impl BuiltInRole ===

impl BuiltInRole {
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Member, Self::ReadOnly, Self::Auditor];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::ReadOnly => "read-only",
            Self::Auditor => "auditor",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Owner => "everything that the organization can do",
            Self::Admin => "all but how people sign in and whether staff can ask for access",
            Self::Member => "reads and writes logs, saves views and makes alerts",
            Self::ReadOnly => "reads logs, saved views and alerts",
            Self::Auditor => "reads the audit trail and who may do what, and no logs",
        }
    }

    #[must_use]
    pub fn permissions(self) -> PermissionSet {
        let all = Permission::ALL.iter().copied();
        match self {
            Self::Owner => PermissionSet::of_roles(all),
            Self::Admin => PermissionSet::of_roles(all.filter(|permission| !NOT_FOR_ADMINS.contains(permission))),
            Self::Member => PermissionSet::of_roles(MEMBER),
            Self::ReadOnly => PermissionSet::of_roles(READ_ONLY),
            Self::Auditor => PermissionSet::of_roles(AUDITOR),
        }
    }
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Role ===

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => role.fmt(f),
            Self::Own(id) => id.fmt(f),
        }
    }
}

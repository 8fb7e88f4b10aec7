//! What a role allows: a set of permissions.
//!
//! Always holds: a set has no permission on the installation, so no role of a tenant can give one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::permission::{ObjectKind, Permission};

/// Permissions on sources and tenants; in text the sorted names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct PermissionSet(BTreeSet<Permission>);

/// Why a set of permissions is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermissionSetError {
    /// The name is a stranger's text: it is shown escaped and cut.
    #[error("there is no permission {name:?}")]
    Unknown { name: String },
    #[error("`{permission}` is a permission of operators; a role of an organization cannot hold it")]
    OfOperators { permission: Permission },
}

/// Characters of an unknown name that a refusal repeats.
const SHOWN_CHARS: usize = 40;

// === impl PermissionSet ===

impl PermissionSet {
    pub fn new(permissions: impl IntoIterator<Item = Permission>) -> Result<Self, PermissionSetError> {
        let permissions: BTreeSet<Permission> = permissions.into_iter().collect();
        match permissions.iter().find(|permission| permission.object() == ObjectKind::Installation) {
            Some(&permission) => Err(PermissionSetError::OfOperators { permission }),
            None => Ok(Self(permissions)),
        }
    }

    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, PermissionSetError> {
        let unknown = |name: &str| PermissionSetError::Unknown { name: name.chars().take(SHOWN_CHARS).collect() };
        let known = names.into_iter().map(|name| Permission::from_name(name).ok_or_else(|| unknown(name)));
        Self::new(known.collect::<Result<Vec<_>, _>>()?)
    }

    /// Those of `permissions` that a role can hold; for the roles that are built in.
    pub(crate) fn of_roles(permissions: impl IntoIterator<Item = Permission>) -> Self {
        Self(permissions.into_iter().filter(|permission| permission.object() != ObjectKind::Installation).collect())
    }

    #[must_use]
    pub fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Whether nothing is in `other` that is not here: who may give `other` to somebody.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }

    /// What is here or in `other`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }

    /// The names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.iter().map(Permission::as_str).collect();
        names.sort_unstable();
        names
    }
}

impl From<PermissionSet> for Vec<String> {
    fn from(set: PermissionSet) -> Self {
        set.names().into_iter().map(str::to_owned).collect()
    }
}

impl TryFrom<Vec<String>> for PermissionSet {
    type Error = PermissionSetError;

    fn try_from(names: Vec<String>) -> Result<Self, PermissionSetError> {
        Self::parse(names.iter().map(String::as_str))
    }
}

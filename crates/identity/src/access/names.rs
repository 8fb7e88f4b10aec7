//! The names of people in requests of staff, for the tenant that they are about.

use std::collections::{BTreeMap, BTreeSet};

use model::{DisplayName, UserId};

use super::AccessRequest;
use crate::Identity;
use crate::catalog::CatalogError;
use crate::permit::{Permit, ViewAccess};

// === impl Identity ===

impl Identity {
    /// What those are called who asked and who signed, so that the tenant sees people and not ids.
    pub fn names_in_access(
        &self,
        _permit: &Permit<ViewAccess>,
        requests: &[AccessRequest],
    ) -> Result<BTreeMap<UserId, DisplayName>, CatalogError> {
        let second = |one: &AccessRequest| one.emergency.as_ref().and_then(|emergency| emergency.second.clone());
        let signers = requests.iter().flat_map(|one| one.approvals.iter().cloned().chain(second(one)));
        let signers = signers.filter_map(|signature| UserId::parse(&signature.signer).ok());
        let known: BTreeSet<UserId> = signers.chain(requests.iter().map(|one| one.staff)).collect();
        self.catalog.read(|db| known.iter().map(|&id| Ok((id, self.account(db, id)?.user.name))).collect())
    }
}

//! Tenants, sources and API keys, and the decision who may do what.
//!
//! Always holds: only this crate makes a [`Permit`]; names are sealed and keys are stored only as keyed digests, so
//! the catalog file tells neither; nothing that decides is cached, so several processes may share one file.
//! Knows no protocol: it reads a header's value, not a request, and names reasons, not answers.

mod catalog;
mod credential;
mod key;
mod keys;
mod names;
mod permit;
mod policy;
mod record;
mod setup;
mod tenants;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use audit::{Trail, TrailError};
use model::Entropy;
use parking_lot::Mutex;
use seal::{FieldSealer, Pepper};

use catalog::Catalog;
use keys::LastUsed;
use record::Refusals;
use setup::WrongTries;

pub use catalog::{CatalogError, OpenError};
pub use credential::Credential;
pub use key::{KeyKind, PlainKey};
pub use keys::{ApiKey, CreateKeyError, Expiry, KeyState, NewKey, RevokeKeyError, RotateKeyError};
pub use permit::{Maintain, Permit, Principal, Read, Write};
pub use policy::{RefusalClass, Refused};
pub use record::VerifyError;
pub use setup::{BootstrapError, Bootstrapped, CreateSetupTokenError, PlainSetupToken, SetupError};
pub use tenants::{CreateSourceError, CreateTenantError, SetRetentionError, Source, SourceState, Tenant};

/// The identity catalog, open. Every method may block on the disk.
pub struct Identity {
    catalog: Catalog,
    trail: Trail,
    sealer: Arc<FieldSealer>,
    peppers: Peppers,
    entropy: Arc<dyn Entropy>,
    used: Mutex<LastUsed>,
    wrong_tries: Mutex<WrongTries>,
    refusals: Mutex<Refusals>,
}

/// The keys of the digests: new ones are made under `current`, old ones are still found under `previous`.
#[derive(Debug)]
pub struct Peppers {
    pub current: Pepper,
    pub previous: Option<Pepper>,
}

// === impl Identity ===

impl Identity {
    /// Opens the catalog in this file, and makes it if there is none.
    pub fn open(
        path: &Path,
        sealer: FieldSealer,
        peppers: impl Into<Peppers>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let (catalog, sealer) = (Catalog::open(path)?, Arc::new(sealer));
        let trail = catalog.write(|tx| Ok::<_, CatalogError>(Trail::open(tx, Arc::clone(&sealer), Arc::clone(&entropy))?));
        let trail = trail.map_err(|error| match error {
            CatalogError::Trail(TrailError::Seal(_)) => OpenError::OtherRoot,
            error => OpenError::Catalog(error),
        })?;
        Ok(Self {
            catalog,
            trail,
            sealer,
            peppers: peppers.into(),
            entropy,
            used: Mutex::default(),
            wrong_tries: Mutex::default(),
            refusals: Mutex::default(),
        })
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(..)")
    }
}

// === impl Peppers ===

impl Peppers {
    fn newest_first(&self) -> impl Iterator<Item = &Pepper> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl From<Pepper> for Peppers {
    fn from(current: Pepper) -> Self {
        Self { current, previous: None }
    }
}

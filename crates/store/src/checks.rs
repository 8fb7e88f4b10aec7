//! What would show that records are not kept as promised: some that outlive the days set for their source, and some that
//! were acknowledged and are not there.
//!
//! Always holds: a check changes nothing that is stored; a twin is a small store in memory, with the same code and one thing
//! wrong; what one look does not reach, the next ones do. Does not mend anything.

mod ledger;
mod retention;
mod scratch;
mod whole;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use model::{Check, Observation, Scope};

use crate::store::Store;

/// Who knows for how many days each source keeps its records.
pub trait RetentionDays: Send + Sync {
    /// Of every source that there is.
    fn days(&self) -> Result<BTreeMap<Scope, u32>, Box<dyn Error + Send + Sync>>;
}

/// The checks of what is stored. Those of how it is sealed are `seal::checks`, for which the store is the ledger.
#[must_use]
pub fn checks(store: &Arc<Store>, retention: Arc<dyn RetentionDays>) -> Vec<Box<dyn Check>> {
    vec![
        Box::new(retention::RetentionKept::new(Arc::clone(store), retention)),
        Box::new(whole::PartsWhole::new(Arc::clone(store))),
    ]
}

/// Why a look came to nothing, or a twin could not be made.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogError),
    #[error(transparent)]
    Disk(#[from] seal::DiskError),
    #[error(transparent)]
    Keys(#[from] seal::KeyError),
    #[error(transparent)]
    Open(#[from] seal::OpenError),
    #[error(transparent)]
    Journal(#[from] seal::JournalError),
    #[error(transparent)]
    Part(#[from] crate::part::PartError),
    #[error("the days of the sources could not be told")]
    Retention(#[source] Box<dyn Error + Send + Sync>),
    #[error("a store in memory could not be made")]
    Scratch(#[source] Box<dyn Error + Send + Sync>),
}

/// A look that could not look shows nothing.
fn observed(look: Result<Observation, LookError>) -> Observation {
    look.unwrap_or_else(|error| {
        let seen = Observation::not_run("the stored records could not be looked at");
        let mut text = error.to_string();
        let mut cause = Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        seen.detail(text)
    })
}

#[cfg(test)]
mod tests;

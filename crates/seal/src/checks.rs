//! What would show that sealing is broken: clear bytes among the sealed ones, a key of two sources, a key that outlives its
//! day, an object that opens where it was not sealed for.
//!
//! Always holds: a check writes nothing on a disk of the installation; a twin is a small installation in memory, with the
//! same code and one thing wrong; what one look does not reach, the next ones do. Does not mend anything.

mod bound;
mod ended;
mod moved;
mod objects;
mod own_keys;
mod scratch;

use std::sync::Arc;

use model::{Check, Observation};

use crate::disk::DiskError;
use crate::journal::reader::JournalError;
use crate::keyring::KeyError;
use crate::name::{ObjectKind, ObjectName};
use crate::store::{OpenError, SealError, SealedStore};

pub use ended::Ledger;

/// The checks of what is sealed and of the keys. `ledger` knows what the sealed bytes do not say.
#[must_use]
pub fn checks(sealed: &Arc<SealedStore>, ledger: Arc<dyn Ledger>) -> Vec<Box<dyn Check>> {
    vec![
        Box::new(objects::ObjectsSealed::new(Arc::clone(sealed))),
        Box::new(own_keys::KeysPerSource::new(Arc::clone(sealed))),
        Box::new(ended::DataKeysEnd::new(Arc::clone(sealed), ledger)),
        Box::new(bound::ObjectsBound::new(Arc::clone(sealed))),
    ]
}

/// Why a look came to nothing, or a twin could not be made.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the objects' times could not be told")]
    Ledger(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A look that could not look shows nothing.
fn observed(look: Result<Observation, LookError>) -> Observation {
    look.unwrap_or_else(|error| {
        let seen = Observation::not_run("the sealed objects or their keys could not be looked at");
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        seen.detail(text)
    })
}

/// All parts and journals, with their sealed bytes, in order.
fn all_objects(sealed: &SealedStore) -> Result<Vec<(ObjectName, u64)>, LookError> {
    let mut all = Vec::new();
    for kind in ObjectKind::ALL {
        all.extend(sealed.list_all(kind)?);
    }
    all.sort_unstable();
    Ok(all)
}

/// At most so many of `all`, as far from each other as they can be.
fn spread<T: Copy>(all: &[T], at_most: usize) -> Vec<T> {
    all.iter().copied().step_by(all.len().div_ceil(at_most).max(1)).collect()
}

#[cfg(test)]
mod tests;

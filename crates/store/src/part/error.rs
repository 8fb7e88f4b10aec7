//! Why a part cannot be read, and whether it is the part that is at fault.

use parquet::errors::ParquetError;
use seal::{ObjectName, OpenError};

use super::index::IndexError;
use crate::arrivals::ArrivalsError;

#[derive(Debug, thiserror::Error)]
pub enum PartError {
    #[error("part {0} could not be opened")]
    Sealed(ObjectName, #[source] OpenError),
    #[error("part {0} does not end as a part does")]
    Trailer(ObjectName),
    #[error("the index of part {0} is damaged")]
    Index(ObjectName, #[source] IndexError),
    #[error("the columns of part {0} could not be decoded")]
    Columns(ObjectName, #[source] ParquetError),
    #[error("who sent the records of part {0} could not be read")]
    Arrivals(ObjectName, #[source] ArrivalsError),
}

// === impl PartError ===

impl PartError {
    /// The part, if it is the part that is at fault and not the disk or the key service of the moment.
    #[must_use]
    pub fn damaged(&self) -> Option<&ObjectName> {
        match self {
            Self::Sealed(name, error) => error.is_damage().then_some(name),
            Self::Trailer(name) | Self::Index(name, _) => Some(name),
            Self::Columns(name, _) => Some(name),
            // Its records can be read.
            Self::Arrivals(..) => None,
        }
    }
}

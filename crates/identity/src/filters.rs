//! Filters of a source: what of its records is dropped before anything of them is kept.

use model::{DisplayName, limits};
use serde::{Deserialize, Serialize};

/// Drops each record whose message holds a text, in whatever case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct DropFilter {
    name: DisplayName,
    contains: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("a source has at most {} filters", limits::DROP_FILTERS_MAX)]
    TooMany,
    #[error("two filters have the same name")]
    SameName,
    #[error("a filter's text has 1 to {} bytes, not only of spaces", limits::DROP_FILTER_BYTES_MAX)]
    Text,
    #[error("a filter's name is none")]
    Name,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    name: String,
    contains: String,
}

// === impl DropFilter ===

impl DropFilter {
    pub fn new(name: DisplayName, contains: &str) -> Result<Self, FilterError> {
        if contains.trim().is_empty() || contains.len() > limits::DROP_FILTER_BYTES_MAX {
            return Err(FilterError::Text);
        }
        Ok(Self { name, contains: contains.to_owned() })
    }

    #[must_use]
    pub fn name(&self) -> &DisplayName {
        &self.name
    }

    #[must_use]
    pub fn contains(&self) -> &str {
        &self.contains
    }

    pub(crate) fn check_all(filters: &[Self]) -> Result<(), FilterError> {
        if filters.len() > limits::DROP_FILTERS_MAX {
            return Err(FilterError::TooMany);
        }
        let is_twice = |(at, filter): (usize, &Self)| filters[..at].iter().any(|other| other.name == filter.name);
        if filters.iter().enumerate().any(is_twice) { Err(FilterError::SameName) } else { Ok(()) }
    }
}

impl TryFrom<Stored> for DropFilter {
    type Error = FilterError;

    fn try_from(stored: Stored) -> Result<Self, FilterError> {
        Self::new(DisplayName::parse(&stored.name).map_err(|_| FilterError::Name)?, &stored.contains)
    }
}

impl From<DropFilter> for Stored {
    fn from(filter: DropFilter) -> Self {
        Self { name: filter.name.to_string(), contains: filter.contains }
    }
}

//! What a short link leads to: a look at one source's logs, as its address has it. It is data, and allows nothing.

use model::limits::{LINK_BYTES_MAX, LINK_ZONE_BYTES_MAX};
use model::{RecordId, RecordIdError};
use serde::{Deserialize, Serialize};

use crate::view::{View, ViewError};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// Without a graph.
    pub view: View,
    /// The time zone that times are shown in; none means the reader's own.
    pub zone: String,
    /// The record that is open, by its id.
    pub record: String,
    /// Whether long lines wrap.
    pub wrapped: bool,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkedError {
    #[error(transparent)]
    View(#[from] ViewError),
    #[error("a time zone is `utc`, `local` or a name such as Europe/Berlin, of at most {LINK_ZONE_BYTES_MAX} bytes")]
    Zone,
    #[error(transparent)]
    Record(#[from] RecordIdError),
    #[error("what a short link leads to is more than {LINK_BYTES_MAX} bytes")]
    TooLong,
}

// === impl Linked ===

impl Linked {
    pub fn hold(&self) -> Result<(), LinkedError> {
        self.view.hold()?;
        if self.zone.len() > LINK_ZONE_BYTES_MAX || !self.zone.bytes().all(is_of_zone) {
            return Err(LinkedError::Zone);
        }
        if !self.record.is_empty() {
            self.record.parse::<RecordId>()?;
        }
        let View { query, columns, from, to, graph: _ } = &self.view;
        let texts = [query, from, to, &self.zone, &self.record];
        let bytes: usize = texts.into_iter().chain(columns).map(String::len).sum();
        if bytes > LINK_BYTES_MAX { Err(LinkedError::TooLong) } else { Ok(()) }
    }
}

fn is_of_zone(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_/+-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use model::limits::VIEW_COLUMNS_MAX;

    use super::*;

    fn check(edit: fn(&mut Linked), expected: &Result<(), LinkedError>) {
        let view: View = serde_json::from_str("{}").unwrap();
        let mut linked = Linked { view, zone: String::new(), record: String::new(), wrapped: false };
        edit(&mut linked);
        assert_eq!(&linked.hold(), expected, "{linked:?}");
    }

    #[test]
    fn what_a_link_leads_to_is_bounded() {
        check(|_| {}, &Ok(()));
        check(|linked| linked.zone = "America/Argentina/Buenos_Aires".to_owned(), &Ok(()));
        check(|linked| linked.zone = "https://evil.example".to_owned(), &Err(LinkedError::Zone));
        check(|linked| linked.zone = "z".repeat(LINK_ZONE_BYTES_MAX + 1), &Err(LinkedError::Zone));
        check(|linked| linked.record = "../x".to_owned(), &Err(LinkedError::Record(RecordIdError)));
        check(|linked| linked.view.query = "a".repeat(LINK_BYTES_MAX), &Ok(()));
        check(|linked| linked.view.query = "a".repeat(LINK_BYTES_MAX + 1), &Err(LinkedError::View(ViewError::Query)));
        check(|linked| linked.view.columns = vec!["a".repeat(200); VIEW_COLUMNS_MAX], &Ok(()));
        let both = |linked: &mut Linked| {
            linked.view.columns = vec!["a".repeat(200); VIEW_COLUMNS_MAX];
            linked.view.query = "a".repeat(LINK_BYTES_MAX - 200 * VIEW_COLUMNS_MAX + 1);
        };
        check(both, &Err(LinkedError::TooLong));
    }
}

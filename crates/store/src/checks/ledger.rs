//! What the store knows of the age of sealed contents, for the check that no key seals after its day.

use std::error::Error;

use model::{Day, limits};
use seal::{JournalError, Ledger, ObjectKind, ObjectName};

use super::LookError;
use crate::group::Frame;
use crate::store::Store;

// === impl Store ===

impl Ledger for Store {
    /// Of all parts, by the catalog; of the journals as many as a look may open, by their frames.
    fn newest_days(&self) -> Result<Vec<(ObjectName, Day)>, Box<dyn Error + Send + Sync>> {
        let mut days = Vec::new();
        for scope in self.catalog.scopes()? {
            days.extend(self.catalog.parts(scope)?.into_iter().map(|row| (row.name, row.received)));
        }
        let mut left = limits::LOOK_OPENED_BYTES_MAX;
        for (name, size) in self.sealed.list_all(ObjectKind::Journal)? {
            if left < size {
                break;
            }
            left -= size;
            days.extend(self.newest_in_journal(&name)?.map(|day| (name, day)));
        }
        Ok(days)
    }
}

impl Store {
    /// The day on which the newest batch of a journal arrived; `None` for one without batches, or that is gone.
    fn newest_in_journal(&self, name: &ObjectName) -> Result<Option<Day>, LookError> {
        let mut newest = None;
        // What cannot be opened is another check's.
        let Ok(mut reader) = self.sealed.read_journal(name) else { return Ok(None) };
        loop {
            let frame = match reader.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(newest),
                Err(JournalError::Damaged { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Ok(Frame::Group(group)) = Frame::decode(&frame.bytes) {
                newest = newest.max(group.batches.iter().map(|batch| batch.arrived.day()).max());
            }
        }
    }
}

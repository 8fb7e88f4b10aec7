//! Whether a sealed object is still what was written: all of it, from the disk, whatever is open already.

use std::error::Error;
use std::sync::Arc;

use model::Scope;
use seal::{JournalError, ObjectKind, ObjectName, OpenError};

use crate::part::{Part, PartError, PartObject};
use crate::store::Store;

/// Bytes that are opened at once.
const STRETCH_BYTES: u64 = 1 << 20;

/// What all of a sealed object was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// Every byte opened under its key, where it was sealed.
    Whole,
    Broken {
        why: String,
    },
    /// It was merged or ended meanwhile.
    Gone,
}

// === impl Store ===

impl Store {
    /// Opens all of an object of this source; that of another is not there. Costs as much as reading it.
    pub fn seal_of(&self, scope: Scope, name: &ObjectName) -> Result<Seal, PartError> {
        if name.scope != scope {
            return Ok(Seal::Gone);
        }
        let looked = match name.kind {
            ObjectKind::Journal => self.open_segment(name),
            _ => self.open_whole(name).map(|_| None),
        };
        match looked {
            Ok(None) => Ok(Seal::Whole),
            Ok(Some(why)) => Ok(Seal::Broken { why }),
            Err(PartError::Sealed(_, OpenError::Missing)) if !self.is_named(name) => Ok(Seal::Gone),
            Err(error) if error.damaged().is_some() => Ok(Seal::Broken { why: told(&error) }),
            Err(error) => Err(error),
        }
    }

    /// All that is sealed in a part, and its index.
    pub(crate) fn open_whole(&self, name: &ObjectName) -> Result<Part, PartError> {
        let part = Part::open(&PartObject::new(*name, Arc::clone(&self.sealed)))?;
        let sealed = |error| PartError::Sealed(*name, error);
        let reader = self.sealed.open(name).map_err(sealed)?;
        let mut at = 0;
        while at < reader.len() {
            let end = (at + STRETCH_BYTES).min(reader.len());
            reader.read(at..end).map_err(sealed)?;
            at = end;
        }
        Ok(part)
    }

    /// What is wrong with it, if something is. Behind its last whole frame stands at most a write that nobody was told of.
    fn open_segment(&self, name: &ObjectName) -> Result<Option<String>, PartError> {
        let sealed = |error| PartError::Sealed(*name, error);
        let mut reader = self.sealed.read_journal(name).map_err(sealed)?;
        loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(error @ JournalError::Damaged { .. }) => return Ok(Some(error.to_string())),
                Err(JournalError::Disk(error)) => return Err(sealed(error.into())),
            }
        }
    }

    /// Whether somebody still relies on it. A catalog that does not answer is no reason to call it lost.
    fn is_named(&self, name: &ObjectName) -> bool {
        match name.kind {
            ObjectKind::Part => self.catalog.parts(name.scope).is_ok_and(|parts| parts.iter().any(|row| row.name == *name)),
            _ => self.known_source(name.scope).is_some_and(|source| {
                source.state.lock().tables.iter().any(|table| table.durable_rows > 0 && table.segments.contains(name))
            }),
        }
    }
}

fn told(error: &PartError) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

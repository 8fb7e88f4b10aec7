//! What a reader remembers between visits, in one file of theirs: the key, the newest checkpoint, and each claim's days.
//!
//! Always holds: the file is replaced as a whole or not at all; one that cannot be read is not taken for a first visit.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use claims::State;
use model::limits;
use serde::{Deserialize, Serialize};

use crate::address::Address;

const FORMAT: u32 = 1;

/// The worst of each UTC day, `2026-11-25`, for each claim.
pub(crate) type Days = BTreeMap<String, BTreeMap<String, State>>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Memory {
    format: u32,
    /// Of the log: `NAME+HASH+KEY`.
    pub(crate) key: String,
    /// The newest checkpoint that fitted, with its signature.
    pub(crate) checkpoint: String,
    pub(crate) visited: String,
    /// Entries of the log before this one were read, from the one at `since` on.
    pub(crate) read: u64,
    /// The first day of which every entry was read.
    pub(crate) since: String,
    pub(crate) days: Days,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum MemoryError {
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{} is not what an earlier visit wrote", .0.display())]
    Damaged(PathBuf),
    #[error("{} cannot be written", .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
}

// === impl Memory ===

impl Memory {
    pub(crate) fn new(key: String, checkpoint: String, visited: String) -> Self {
        Self { format: FORMAT, key, checkpoint, visited, read: 0, since: String::new(), days: Days::new() }
    }

    /// A path that ends in `.json`, or is a file, is the file; any other is the folder with one for each address.
    pub(crate) fn path(state: &Path, address: &Address) -> PathBuf {
        let is_file = state.extension().is_some_and(|extension| extension == "json") || state.is_file();
        if is_file { state.to_owned() } else { state.join(address.file_name()) }
    }

    /// What was remembered; `None` on a first visit.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, MemoryError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(MemoryError::Unreadable(path.to_owned(), error)),
        };
        let memory: Option<Self> = serde_json::from_slice(&bytes).ok();
        memory.filter(|memory| memory.format == FORMAT).map(Some).ok_or_else(|| MemoryError::Damaged(path.to_owned()))
    }

    /// Writes a file beside it, and puts it in its place.
    pub(crate) fn write(&mut self, path: &Path) -> Result<(), MemoryError> {
        for days in self.days.values_mut() {
            while days.len() > limits::OVERVIEW_DAYS_KEPT {
                days.pop_first();
            }
        }
        let fresh = path.with_extension("new");
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || {
            folder.map_or(Ok(()), fs::create_dir_all)?;
            let file = fs::File::create(&fresh)?;
            serde_json::to_writer_pretty(&file, self)?;
            file.sync_all()?;
            fs::rename(&fresh, path)
        };
        write().map_err(|error| MemoryError::Unwritable(path.to_owned(), error))
    }
}

/// Takes a look at a claim into its day: the worst counts.
pub(crate) fn note(days: &mut Days, (claim, day): (&str, String), state: State) {
    let seen = days.entry(claim.to_owned()).or_default().entry(day).or_insert(state);
    if badness(state) > badness(*seen) {
        *seen = state;
    }
}

/// How much a state takes back of what a sentence says.
pub(crate) fn badness(state: State) -> u8 {
    match state {
        State::Pass => 0,
        State::Stale | State::Unknown | State::Expired | State::NotClaimed | State::Withdrawn => 1,
        State::Fail | State::SealedFail => 2,
    }
}

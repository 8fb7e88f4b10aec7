//! An exported log in a folder, as anybody may have it: `checkpoint`, `tile/…`.
//!
//! Trusts nothing that it reads: what is missing or cut is missing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tile::{Tile, entries};
use crate::tree::Hash;
use crate::verify::{CHECKPOINT, COSIGNED, Shelf};

/// An exported log: `checkpoint`, `tile/…`.
#[derive(Debug)]
pub struct Folder(PathBuf);

// === impl Folder ===

impl Folder {
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    fn read(&self, tile: &Tile) -> Vec<u8> {
        fs::read(self.0.join(tile.path())).unwrap_or_default()
    }
}

impl Shelf for Folder {
    fn checkpoint(&self) -> Option<String> {
        fs::read_to_string(self.0.join(CHECKPOINT)).ok()
    }

    fn hashes(&self, level: u32, index: u64, width: u64) -> Vec<Hash> {
        let bytes = self.read(&Tile { level: Some(level), index, width });
        bytes.chunks_exact(32).filter_map(Hash::from_slice).collect()
    }

    fn entries(&self, index: u64, width: u64) -> Vec<Option<Vec<u8>>> {
        let bundle = self.read(&Tile { level: None, index, width });
        let entries = entries(&bundle).unwrap_or_default().into_iter();
        entries.map(|entry| Some(entry.to_vec()).filter(|entry| !entry.is_empty())).collect()
    }

    fn cosigned(&self) -> Vec<String> {
        fs::read_to_string(self.0.join(COSIGNED)).into_iter().collect()
    }
}

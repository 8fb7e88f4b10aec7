//! The catalog's logs as tiles: what is exported, and verified in place.

use std::io;
use std::ops::Range;
use std::path::Path;

use rusqlite::Connection;

use crate::tile::{HEIGHT, Tile, WIDTH, bundle};
use crate::trail::{Log, Trail, TrailError, newest_checkpoint, size};
use crate::tree::Hash;
use crate::verify::Shelf;

/// One log of the catalog.
#[derive(Debug)]
pub struct Stored<'a> {
    trail: &'a Trail,
    db: &'a Connection,
    log: Log,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Trail(#[from] TrailError),
    #[error("could not write the exported log")]
    Write(#[from] io::Error),
}

// === impl Stored ===

impl<'a> Stored<'a> {
    #[must_use]
    pub fn new(trail: &'a Trail, db: &'a Connection, log: Log) -> Self {
        Self { trail, db, log }
    }

    fn bytes(&self, tile: &Tile) -> Result<Vec<u8>, TrailError> {
        match tile.level {
            Some(level) => Ok(self.read_hashes(level, tile)?.iter().flat_map(|hash| *hash.as_bytes()).collect()),
            None => {
                let entries = self.read_entries(tile)?;
                let opened: Result<Vec<Vec<u8>>, TrailError> =
                    entries.into_iter().map(|(sequence, sealed)| self.trail.open_bytes(self.log, sequence, &sealed)).collect();
                Ok(bundle(opened?.iter().map(Vec::as_slice)))
            }
        }
    }

    fn read_hashes(&self, level: u32, tile: &Tile) -> Result<Vec<Hash>, TrailError> {
        let mut select = self.db.prepare_cached(
            "SELECT hash FROM audit_nodes WHERE log = ?1 AND level = ?2 AND place >= ?3 AND place < ?4 ORDER BY place",
        )?;
        let first = tile.index * WIDTH;
        let range = (self.log.key(), level * HEIGHT, first as i64, (first + tile.width) as i64);
        let hashes = select.query_map(range, |row| row.get::<_, Vec<u8>>(0))?;
        hashes.map(|hash| Hash::from_slice(&hash?).ok_or(TrailError::NodeMissing)).collect()
    }

    fn read_entries(&self, tile: &Tile) -> Result<Vec<(u64, Vec<u8>)>, TrailError> {
        let mut select = self.db.prepare_cached(
            "SELECT sequence, entry FROM audit_entries WHERE log = ?1 AND sequence >= ?2 AND sequence < ?3 ORDER BY sequence",
        )?;
        let first = tile.index * WIDTH;
        let range = (self.log.key(), first as i64, (first + tile.width) as i64);
        let rows = select.query_map(range, |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes the log as static files: `checkpoint`, `tile/…`. The checkpoint is the newest one that was signed.
    pub fn export(&self, folder: &Path) -> Result<u64, ExportError> {
        let Some((size, note)) = newest_checkpoint(self.db, self.log)? else { return Ok(0) };
        for tile in Tile::all(size) {
            let path = folder.join(tile.path());
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, self.bytes(&tile)?)?;
        }
        std::fs::write(folder.join("checkpoint"), note)?;
        Ok(size)
    }
}

impl Shelf for Stored<'_> {
    fn checkpoint(&self) -> Option<String> {
        newest_checkpoint(self.db, self.log).ok().flatten().map(|(_, note)| note)
    }

    fn hashes(&self, level: u32, index: u64, width: u64) -> Vec<Hash> {
        self.read_hashes(level, &Tile { level: Some(level), index, width }).unwrap_or_default()
    }

    fn entries(&self, index: u64, width: u64) -> Vec<Option<Vec<u8>>> {
        let rows = self.read_entries(&Tile { level: None, index, width }).unwrap_or_default();
        let mut entries = vec![None; width as usize];
        for (sequence, sealed) in rows {
            entries[(sequence - index * WIDTH) as usize] = self.trail.open_bytes(self.log, sequence, &sealed).ok();
        }
        entries
    }

    fn unhashed(&self) -> Range<u64> {
        let sql = "SELECT coalesce(max(sequence) + 1, 0) FROM audit_entries WHERE log = ?1";
        let entries = self.db.query_row(sql, [self.log.key()], |row| row.get::<_, i64>(0)).unwrap_or_default();
        size(self.db, self.log).unwrap_or_default()..entries as u64
    }
}

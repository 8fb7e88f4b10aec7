//! The catalog's logs as tiles: what is exported, and verified in place.

use std::io;
use std::path::Path;

use rusqlite::Connection;

use crate::cosignatures;
use crate::entry::Entry;
use crate::retention;
use crate::tile::{HEIGHT, Tile, WIDTH, bundle};
use crate::trail::{Log, Trail, TrailError, newest_checkpoint, size};
use crate::tree::Hash;
use crate::verify::{CHECKPOINT, COSIGNED, Finding, Shelf};

/// One log of the catalog.
#[derive(Debug)]
pub struct Stored<'a> {
    trail: &'a Trail,
    db: &'a Connection,
    log: Log,
}

struct Row {
    sequence: u64,
    at: i64,
    sealed: Vec<u8>,
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
                // One whose body was ended has no bytes, so that the others keep their places.
                let mut entries = vec![Vec::new(); tile.width as usize];
                for row in self.read_entries(tile)? {
                    let opened = self.trail.open_bytes(self.log, row.sequence, &row.sealed)?;
                    entries[(row.sequence - tile.index * WIDTH) as usize] = opened;
                }
                Ok(bundle(entries.iter().map(Vec::as_slice)))
            }
        }
    }

    /// A file of the exported log, as its path names it; `None` where the log has none.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TrailError> {
        if path == CHECKPOINT {
            return Ok(newest_checkpoint(self.db, self.log)?.map(|(_, note)| note.into_bytes()));
        }
        let Some(tile) = Tile::parse(path) else { return Ok(None) };
        if !tile.is_in(size(self.db, self.log)?) || self.is_ended(&tile)? {
            return Ok(None);
        }
        self.bytes(&tile).map(Some)
    }

    /// Whether retention ended every body of a bundle. C2SP lets such a bundle be missing.
    fn is_ended(&self, tile: &Tile) -> Result<bool, TrailError> {
        let end = tile.index * WIDTH + tile.width;
        Ok(tile.level.is_none() && end <= retention::horizon(self.db, self.log)?)
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

    fn read_entries(&self, tile: &Tile) -> Result<Vec<Row>, TrailError> {
        let mut select = self.db.prepare_cached(
            "SELECT sequence, at, entry FROM audit_entries WHERE log = ?1 AND sequence >= ?2 AND sequence < ?3 ORDER BY sequence",
        )?;
        let first = tile.index * WIDTH;
        let range = (self.log.key(), first as i64, (first + tile.width) as i64);
        let rows = select
            .query_map(range, |row| Ok(Row { sequence: row.get::<_, i64>(0)? as u64, at: row.get(1)?, sealed: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What does not fit and only the catalog shows.
    fn read_beside(&self) -> Result<Vec<Finding>, TrailError> {
        let sql = "SELECT coalesce(max(sequence) + 1, 0) FROM audit_entries WHERE log = ?1";
        let entries = self.db.query_row(sql, [self.log.key()], |row| row.get::<_, i64>(0))? as u64;
        let mut found: Vec<Finding> = (size(self.db, self.log)?..entries).map(Finding::EntryAdded).collect();
        let unfit = cosignatures::unfit(self.db, self.log)?;
        found.extend(unfit.into_iter().map(|(size, witness)| Finding::Cosignature { size, witness }));
        if self.log == Log::Public {
            let unanchored = self.trail.unanchored(self.db)?;
            found.extend(unanchored.into_iter().map(|(entry, log)| Finding::AnchorDiffers { entry, log }));
        }
        Ok(found)
    }

    /// Writes the log as static files: `checkpoint`, `tile/…`. The checkpoint is the newest one that was signed; beside it
    /// lies the newest of those that most witnesses signed.
    pub fn export(&self, folder: &Path) -> Result<u64, ExportError> {
        let Some((size, note)) = newest_checkpoint(self.db, self.log)? else { return Ok(0) };
        for tile in Tile::all(size) {
            if self.is_ended(&tile)? {
                continue;
            }
            let path = folder.join(tile.path());
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, self.bytes(&tile)?)?;
        }
        let mut cosigned = cosignatures::newest(self.db, self.log)?;
        cosigned.reverse();
        if let Some(cosigned) = cosigned.into_iter().max_by_key(|note| note.lines().count()) {
            std::fs::write(folder.join(COSIGNED), cosigned)?;
        }
        std::fs::write(folder.join(CHECKPOINT), note)?;
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
        for row in rows {
            let opened = self.trail.open_bytes(self.log, row.sequence, &row.sealed).ok();
            // The clear time is what entries are found by: one that says another than the entry is not the entry's row.
            let at = |bytes: &Vec<u8>| Entry::from_bytes(bytes).and_then(|entry| entry.at());
            let own = opened.filter(|bytes| at(bytes).is_none_or(|at| at.nanos() == row.at));
            entries[(row.sequence - index * WIDTH) as usize] = own;
        }
        entries
    }

    fn cosigned(&self) -> Vec<String> {
        cosignatures::newest(self.db, self.log).unwrap_or_default()
    }

    fn horizon(&self) -> Option<u64> {
        retention::horizon(self.db, self.log).ok()
    }

    fn beside(&self) -> Vec<Finding> {
        self.read_beside().unwrap_or_else(|error| vec![Finding::Unreadable(error.to_string())])
    }
}

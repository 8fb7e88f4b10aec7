//! Files of databases, opened to be looked through and never closed.
//!
//! When a process closes a file, all its locks on it end, whichever descriptor they were taken with (fcntl(2), "Advisory
//! record locking"). SQLite's are of that kind: without them, another process takes the file to be nobody's and cuts its
//! shared memory short under this one (sqlite.org/howtocorrupt.html, 2.2).
//!
//! Always holds: a file that is still on the disk stays open once it was opened here. Does not close what is opened
//! elsewhere; whoever looks through a database's file in this process opens it here.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// Known by device and inode, for another file may come under a known name.
struct Opened {
    id: (u64, u64),
    file: Arc<File>,
}

/// A file that stays open, read from a place of one's own.
#[derive(Debug)]
pub struct Unclosed {
    file: Arc<File>,
    at: u64,
}

// === impl Unclosed ===

impl Unclosed {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut opened = OPENED.lock();
        // Nobody comes to open a deleted one any more, so its locks keep nobody out.
        opened.retain(|one| one.file.metadata().is_ok_and(|metadata| metadata.nlink() > 0));
        let known = fs::metadata(path)?;
        if let Some(one) = opened.iter().find(|one| one.id == (known.dev(), known.ino())) {
            return Ok(Self { file: Arc::clone(&one.file), at: 0 });
        }
        let file = Arc::new(File::open(path)?);
        // Kept also where a known file came under this name meanwhile: to drop it would close it.
        let metadata = file.metadata()?;
        opened.push(Opened { id: (metadata.dev(), metadata.ino()), file: Arc::clone(&file) });
        Ok(Self { file, at: 0 })
    }

    #[must_use]
    pub fn from(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// Whether a file has the name of a database's.
    #[must_use]
    pub fn is_needed_for(path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        [".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal"].iter().any(|end| name.ends_with(end))
    }
}

impl Read for Unclosed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// Whether this process holds a lock on a file, as the kernel tells it. It tells all locks of all processes in pieces, and
    /// one may be missing where others come and go between two of them, so it is asked more than once.
    fn is_locked(path: &Path) -> bool {
        let inode = format!(":{} ", fs::metadata(path).unwrap().ino());
        let own = format!(" {} ", std::process::id());
        let is_told = |line: &str| line.contains("POSIX") && line.contains(&own) && line.contains(&inode);
        (0..100).any(|_| fs::read_to_string("/proc/locks").unwrap().lines().any(is_told))
    }

    #[test]
    fn a_database_that_is_looked_through_keeps_its_locks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE people (name TEXT)").unwrap();
        let files = ["catalog.sqlite", "catalog.sqlite-shm"].map(|name| folder.path().join(name));
        assert!(files.iter().all(|file| is_locked(file)));
        for file in &files {
            assert!(Unclosed::is_needed_for(file));
            let mut bytes = Vec::new();
            Unclosed::open(file).unwrap().read_to_end(&mut bytes).unwrap();
            assert!(!bytes.is_empty());
        }
        assert_eq!(files.each_ref().map(|file| is_locked(file)), [true, true]);
    }
}

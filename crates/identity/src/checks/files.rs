//! Looks through the bytes of the catalog's files, a stretch at each look.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use model::limits::LOOK_FILE_BYTES;
use rusqlite::Connection;

use super::rows::Walks;
use crate::unclosed::Unclosed;

const CHUNK: usize = 1 << 20;
/// What is looked for is not longer than this.
pub(super) const FOUND_BYTES_MAX: usize = 512;

/// Texts that are in no file.
pub(super) struct Texts {
    texts: Vec<Vec<u8>>,
    /// Whether one of them begins with these two bytes.
    begins: Vec<bool>,
}

// === impl Texts ===

impl Texts {
    pub(super) fn new(texts: impl IntoIterator<Item = String>) -> Self {
        let fit = |text: &Vec<u8>| (2..=FOUND_BYTES_MAX).contains(&text.len());
        let texts: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).filter(fit).collect();
        let mut begins = vec![false; 1 << 16];
        texts.iter().for_each(|text| begins[pair(text)] = true);
        Self { texts, begins }
    }

    pub(super) fn len(&self) -> u64 {
        self.texts.len() as u64
    }

    /// How often one of them is there.
    pub(super) fn count(&self, bytes: &[u8]) -> u64 {
        let starts = (0..bytes.len().saturating_sub(1)).filter(|&at| self.begins[pair(&bytes[at..])]);
        starts.filter(|&at| self.texts.iter().any(|text| bytes[at..].starts_with(text))).count() as u64
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// The files that a catalog consists of.
pub(super) fn of_catalog(db: &Connection) -> Vec<PathBuf> {
    let Some(path) = db.path().filter(|path| !path.is_empty()) else { return Vec::new() };
    ["", "-wal"].into_iter().map(|end| PathBuf::from(format!("{path}{end}"))).filter(|path| path.exists()).collect()
}

/// Goes through stretches of these files, and gives how many bytes it saw and how much `count` found in them.
pub(super) fn look_through(walks: &mut Walks, files: &[PathBuf], count: &dyn Fn(&[u8]) -> u64) -> io::Result<(u64, u64)> {
    let (mut seen, mut found) = (0, 0);
    for path in files {
        let place = walks.files.entry(path.display().to_string()).or_default();
        let (bytes, hits, end) = stretch(path, *place, count)?;
        *place = end;
        seen += bytes;
        found += hits;
    }
    Ok((seen, found))
}

/// From this place on; gives where to go on, which is the beginning once the end was reached.
fn stretch(path: &Path, from: u64, count: &dyn Fn(&[u8]) -> u64) -> io::Result<(u64, u64, u64)> {
    let mut file = Unclosed::open(path)?.from(from);
    let (mut buffer, mut kept, mut seen, mut found) = (vec![0; CHUNK + FOUND_BYTES_MAX], 0, 0u64, 0);
    while seen < LOOK_FILE_BYTES {
        let read = file.read(&mut buffer[kept..kept + CHUNK])?;
        if read == 0 {
            return Ok((seen, found, 0));
        }
        seen += read as u64;
        let filled = kept + read;
        found += count(&buffer[..filled]);
        // What lies across two chunks is seen with the second; what lies wholly between them is counted twice.
        let again = filled.min(FOUND_BYTES_MAX);
        buffer.copy_within(filled - again..filled, 0);
        kept = again;
    }
    Ok((seen, found, from + seen.saturating_sub(FOUND_BYTES_MAX as u64)))
}

//! Whether a log is what its checkpoints say: from an exported folder without the server, or from the catalog itself.
//!
//! Always holds: every entry's hash is computed from its bytes and followed up to the signed root; each thing that does
//! not fit is named, and the search for others goes on.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::entry::Entry;
use crate::note::{Checkpoint, Verifier};
use crate::tile::{HEIGHT, Tile, WIDTH, entries};
use crate::tree::{self, Hash, Nodes};

/// Seconds by which an entry may be older than one before it: those who ask at once take the time before their turn.
const ORDER_SECONDS: i64 = 60;

/// Where tiles and bundles are read from.
pub trait Shelf {
    /// The newest signed checkpoint.
    fn checkpoint(&self) -> Option<String>;

    /// The hashes of a tile, as many as there are.
    fn hashes(&self, level: u32, index: u64, width: u64) -> Vec<Hash>;

    /// The entries of a bundle; `None` in the place of one that is missing or cannot be opened.
    fn entries(&self, index: u64, width: u64) -> Vec<Option<Vec<u8>>>;

    /// Entries that lie beyond the last hash.
    fn unhashed(&self) -> Range<u64> {
        0..0
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Finding {
    #[error("there is no checkpoint")]
    NoCheckpoint,
    #[error("the checkpoint does not count: {0}")]
    Checkpoint(String),
    #[error("the checkpoint is that of another log: {0}")]
    OtherLog(String),
    #[error("entry {0} is missing or cannot be opened")]
    EntryMissing(u64),
    #[error("entry {0} is not the one that was hashed")]
    EntryChanged(u64),
    #[error("entry {0} is no entry of this log and place")]
    EntryMisplaced(u64),
    #[error("entry {0} is older than one before it by more than a minute: the clock went back")]
    ClockWentBack(u64),
    #[error("entry {0} is not covered by any hash: it was added beside the log")]
    EntryAdded(u64),
    #[error("{0} is missing")]
    TileMissing(String),
    #[error("{0} does not follow from the tiles below it")]
    TileChanged(String),
    #[error("the entries do not give the root that the checkpoint of size {0} signs")]
    RootDiffers(u64),
    #[error("an earlier checkpoint has {anchor} entries, this log has {size}: it was cut or rolled back")]
    RolledBack { anchor: u64, size: u64 },
    #[error("an earlier checkpoint of {0} entries does not fit: what was before it was rewritten")]
    Rewritten(u64),
    #[error("an earlier checkpoint does not count: {0}")]
    Anchor(String),
}

/// What a verification saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub size: u64,
    pub root: Option<Hash>,
    pub anchors: usize,
    /// In order, each once.
    pub findings: Vec<Finding>,
}

/// What has to hold beside the log itself.
#[derive(Debug)]
pub struct Expected<'a> {
    pub verifier: &'a Verifier,
    pub origin: &'a str,
    /// Signed checkpoints of this log from earlier, kept elsewhere.
    pub anchors: &'a [String],
}

// === impl Report ===

impl Report {
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Looks at every entry and every hash.
pub fn verify(shelf: &dyn Shelf, expected: &Expected<'_>) -> Report {
    let mut check = Check { shelf, expected, findings: BTreeSet::new(), leaves: Vec::new() };
    let checkpoint = check.checkpoint();
    if let Some(checkpoint) = &checkpoint {
        check.entries(checkpoint.size);
        check.tiles(checkpoint.size);
        check.anchors(checkpoint);
    }
    Report {
        size: checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size),
        root: checkpoint.map(|checkpoint| checkpoint.root),
        anchors: expected.anchors.len(),
        findings: check.findings.into_iter().collect(),
    }
}

struct Check<'a> {
    shelf: &'a dyn Shelf,
    expected: &'a Expected<'a>,
    findings: BTreeSet<Finding>,
    /// Hashes of the entries as they are.
    leaves: Vec<Hash>,
}

// === impl Check ===

impl Check<'_> {
    fn checkpoint(&mut self) -> Option<Checkpoint> {
        let Some(note) = self.shelf.checkpoint() else {
            self.findings.insert(Finding::NoCheckpoint);
            return None;
        };
        match Checkpoint::open(&note, self.expected.verifier) {
            Ok(checkpoint) if checkpoint.origin == self.expected.origin => Some(checkpoint),
            Ok(checkpoint) => {
                self.findings.insert(Finding::OtherLog(checkpoint.origin));
                None
            }
            Err(error) => {
                self.findings.insert(Finding::Checkpoint(error.to_string()));
                None
            }
        }
    }

    fn entries(&mut self, size: u64) {
        let mut last = None;
        for tile in Tile::all(size).into_iter().filter(|tile| tile.level.is_none()) {
            let hashes = self.shelf.hashes(0, tile.index, tile.width);
            let bundle = self.shelf.entries(tile.index, tile.width);
            for place in 0..tile.width {
                let sequence = tile.index * WIDTH + place;
                let hashed = hashes.get(place as usize).copied();
                let Some(bytes) = bundle.get(place as usize).and_then(Option::as_ref) else {
                    self.findings.insert(Finding::EntryMissing(sequence));
                    self.leaves.push(hashed.unwrap_or_else(Hash::of_nothing));
                    continue;
                };
                let leaf = Hash::of_leaf(bytes);
                self.leaves.push(leaf);
                if hashed.is_some_and(|hashed| hashed != leaf) {
                    self.findings.insert(Finding::EntryChanged(sequence));
                }
                self.entry(sequence, bytes, &mut last);
            }
        }
        self.findings.extend(self.shelf.unhashed().map(Finding::EntryAdded));
    }

    fn entry(&mut self, sequence: u64, bytes: &[u8], last: &mut Option<model::Timestamp>) {
        let entry = Entry::from_bytes(bytes).filter(|e| e.sequence == sequence && e.log == self.expected.origin);
        let Some(at) = entry.and_then(|entry| entry.at()) else {
            self.findings.insert(Finding::EntryMisplaced(sequence));
            return;
        };
        if last.is_some_and(|last| at < last.plus_seconds(-ORDER_SECONDS)) {
            self.findings.insert(Finding::ClockWentBack(sequence));
        }
        *last = (*last).max(Some(at));
    }

    /// Every tile follows from the one below, up to the root.
    fn tiles(&mut self, size: u64) {
        let computed = Computed(&self.leaves);
        let mut findings = Vec::new();
        for tile in Tile::all(size) {
            let Some(level) = tile.level else { continue };
            let hashes = self.shelf.hashes(level, tile.index, tile.width);
            if (hashes.len() as u64) < tile.width {
                findings.push(Finding::TileMissing(tile.path()));
                continue;
            }
            let below = |place: u64| computed.node(level * HEIGHT, tile.index * WIDTH + place);
            // What entries themselves show is said of the entries.
            if level > 0 && (0..tile.width).any(|place| below(place) != Ok(hashes[place as usize])) {
                findings.push(Finding::TileChanged(tile.path()));
            }
        }
        self.findings.extend(findings);
    }

    fn anchors(&mut self, checkpoint: &Checkpoint) {
        if self.root(checkpoint.size) != checkpoint.root {
            self.findings.insert(Finding::RootDiffers(checkpoint.size));
        }
        for anchor in self.expected.anchors {
            let finding = match Checkpoint::open(anchor, self.expected.verifier) {
                Err(error) => Some(Finding::Anchor(error.to_string())),
                Ok(anchor) if anchor.origin != self.expected.origin => Some(Finding::OtherLog(anchor.origin)),
                Ok(anchor) if anchor.size > checkpoint.size => {
                    Some(Finding::RolledBack { anchor: anchor.size, size: checkpoint.size })
                }
                Ok(anchor) => (self.root(anchor.size) != anchor.root).then_some(Finding::Rewritten(anchor.size)),
            };
            self.findings.extend(finding);
        }
    }

    fn root(&self, size: u64) -> Hash {
        tree::root(&Computed(&self.leaves), size).unwrap_or_else(|Beyond| Hash::of_nothing())
    }
}

/// Nodes from leaves in memory.
struct Computed<'a>(&'a [Hash]);

#[derive(Debug, PartialEq, Eq)]
struct Beyond;

impl Nodes for Computed<'_> {
    type Error = Beyond;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Beyond> {
        let (start, end) = ((index << level) as usize, ((index + 1) << level) as usize);
        let mut hashes = self.0.get(start..end).ok_or(Beyond)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| Hash::of_node(&pair[0], &pair[1])).collect();
        }
        hashes.first().copied().ok_or(Beyond)
    }
}

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
        fs::read_to_string(self.0.join("checkpoint")).ok()
    }

    fn hashes(&self, level: u32, index: u64, width: u64) -> Vec<Hash> {
        let bytes = self.read(&Tile { level: Some(level), index, width });
        bytes.chunks_exact(32).filter_map(Hash::from_slice).collect()
    }

    fn entries(&self, index: u64, width: u64) -> Vec<Option<Vec<u8>>> {
        let bundle = self.read(&Tile { level: None, index, width });
        entries(&bundle).unwrap_or_default().into_iter().map(|entry| Some(entry.to_vec())).collect()
    }
}

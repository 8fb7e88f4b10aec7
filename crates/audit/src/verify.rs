//! Whether a log is what its checkpoints say: from an exported folder without the server, or from the catalog itself.
//!
//! Always holds: every entry's hash is computed from its bytes and followed up to the signed root; each thing that does
//! not fit is named, and the search for others goes on. A body may be missing only before what an entry of the log itself
//! says that retention ended.

use std::collections::BTreeSet;

use crate::cosign::WitnessKey;
use crate::entry::Entry;
use crate::event::Event;
use crate::note::{Checkpoint, NoteError, Verifier};
use crate::tile::{HEIGHT, Tile, WIDTH};
use crate::tree::{self, Hash, Leaves, Nodes};

/// Names of files beside the tiles of an exported log: the newest checkpoint, and the newest of those that most witnesses
/// signed.
pub(crate) const CHECKPOINT: &str = "checkpoint";
pub(crate) const COSIGNED: &str = "checkpoint.cosigned";

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

    /// Checkpoints that witnesses signed, the newest first.
    fn cosigned(&self) -> Vec<String> {
        Vec::new()
    }

    /// Before which entry bodies count as ended, where the shelf keeps that apart from the log.
    fn horizon(&self) -> Option<u64> {
        None
    }

    /// What does not fit and only this shelf can see.
    fn beside(&self) -> Vec<Finding> {
        Vec::new()
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
    #[error("bodies before entry {stands} count as ended, but the log says so of those before {told}: a hand moved it")]
    HorizonMoved { stands: u64, told: u64 },
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
    #[error("the cosignature of {witness} under the checkpoint of size {size} does not count")]
    Cosignature { size: u64, witness: String },
    #[error("a cosignature does not count: {0}")]
    Cosigned(String),
    #[error("{needed} witnesses must have signed one checkpoint, at most {found} did: too few cosigned")]
    TooFewCosigned { needed: usize, found: usize },
    #[error("entry {entry} of the public log anchors another state of the log {log}: one of the two was rewritten")]
    AnchorDiffers { entry: u64, log: String },
    #[error("a part of the trail could not be read: {0}")]
    Unreadable(String),
}

/// What a verification saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub size: u64,
    pub root: Option<Hash>,
    /// Bodies that retention ended.
    pub ended: u64,
    pub anchors: usize,
    /// How many entries the newest checkpoint has that enough witnesses signed, where any were asked for.
    pub witnessed: Option<u64>,
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
    pub witnesses: Witnesses<'a>,
}

/// Whose cosignatures count, and how many of them one checkpoint needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Witnesses<'a> {
    pub keys: &'a [WitnessKey],
    pub quorum: usize,
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
    let mut check = Check { shelf, expected, findings: BTreeSet::new(), leaves: Vec::new(), missing: Vec::new(), told: 0 };
    let checkpoint = check.checkpoint();
    let (mut ended, mut witnessed) = (0, None);
    if let Some(checkpoint) = &checkpoint {
        check.entries(checkpoint.size);
        ended = check.bodies();
        check.tiles(checkpoint.size);
        check.anchors(checkpoint);
        witnessed = check.witnesses(checkpoint);
    }
    Report {
        size: checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size),
        root: checkpoint.map(|checkpoint| checkpoint.root),
        ended,
        anchors: expected.anchors.len(),
        witnessed,
        findings: check.findings.into_iter().collect(),
    }
}

struct Check<'a> {
    shelf: &'a dyn Shelf,
    expected: &'a Expected<'a>,
    findings: BTreeSet<Finding>,
    /// Hashes of the entries as they are.
    leaves: Vec<Hash>,
    /// Entries without a body.
    missing: Vec<u64>,
    /// Before which entry the log itself says that bodies were ended.
    told: u64,
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
                    self.missing.push(sequence);
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
        self.findings.extend(self.shelf.beside());
    }

    /// Whether each missing body is one that retention ended; how many are.
    fn bodies(&mut self) -> u64 {
        let told = self.told;
        let taken = self.missing.iter().filter(|sequence| **sequence >= told);
        self.findings.extend(taken.map(|sequence| Finding::EntryMissing(*sequence)));
        if let Some(stands) = self.shelf.horizon().filter(|stands| *stands != told) {
            self.findings.insert(Finding::HorizonMoved { stands, told });
        }
        self.missing.iter().filter(|sequence| **sequence < told).count() as u64
    }

    fn entry(&mut self, sequence: u64, bytes: &[u8], last: &mut Option<model::Timestamp>) {
        let entry = Entry::from_bytes(bytes).filter(|e| e.sequence == sequence && e.log == self.expected.origin);
        let Some((entry, at)) = entry.and_then(|entry| entry.at().map(|at| (entry, at))) else {
            self.findings.insert(Finding::EntryMisplaced(sequence));
            return;
        };
        // An entry that was changed is a finding of its own, so that the log is not sound with what it claims.
        if let Event::AuditRetentionEnded { until, .. } = entry.event {
            self.told = self.told.max(until.min(sequence));
        }
        if last.is_some_and(|last| at < last.plus_seconds(-ORDER_SECONDS)) {
            self.findings.insert(Finding::ClockWentBack(sequence));
        }
        *last = (*last).max(Some(at));
    }

    /// Every tile follows from the one below, up to the root.
    fn tiles(&mut self, size: u64) {
        let computed = Leaves(&self.leaves);
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

    /// The largest checkpoint that fits and that enough witnesses signed. What came after it, no witness saw.
    fn witnesses(&mut self, newest: &Checkpoint) -> Option<u64> {
        let Witnesses { keys, quorum } = self.expected.witnesses;
        let notes = self.shelf.checkpoint().into_iter().chain(self.shelf.cosigned()).chain(self.expected.anchors.iter().cloned());
        let (mut most, mut witnessed) = (0, None);
        for note in notes {
            let Ok(checkpoint) = Checkpoint::open(&note, self.expected.verifier) else { continue };
            let fits = checkpoint.origin == self.expected.origin && checkpoint.size <= newest.size;
            if !fits || self.root(checkpoint.size) != checkpoint.root {
                continue;
            }
            // A cosignature does not say its name, so a key under two names is one witness.
            let mut signed = BTreeSet::new();
            for key in keys {
                match key.cosigned(&note) {
                    Ok(_) => drop(signed.insert(key.public_key())),
                    Err(NoteError::NotSigned(_)) => {}
                    Err(error) => drop(self.findings.insert(Finding::Cosigned(error.to_string()))),
                }
            }
            most = most.max(signed.len());
            if !keys.is_empty() && signed.len() >= quorum {
                witnessed = witnessed.max(Some(checkpoint.size));
            }
        }
        if most < quorum {
            self.findings.insert(Finding::TooFewCosigned { needed: quorum, found: most });
        }
        witnessed
    }

    fn root(&self, size: u64) -> Hash {
        tree::root(&Leaves(&self.leaves), size).unwrap_or_else(|_| Hash::of_nothing())
    }
}

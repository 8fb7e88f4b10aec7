//! A witness: cosigns checkpoints of logs that it knows, and never two that do not extend one another.
//!
//! The request of C2SP tlog-witness, `add-checkpoint`:
//!
//! | `old SIZE` | proof: at most 63 hashes in base 64, a line each | empty line | the signed checkpoint |
//!
//! Always holds: what was seen is on the disk before a cosignature of it is given away, and requests take turns, so a
//! log that goes back, or shows two sides, finds no second cosignature. The folder holds the witness's key beside what it
//! saw: whoever loses the one loses the other, and starts as another witness. Speaks no HTTP.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::limits::AUDIT_PROOF_HASHES_MAX;
use model::{Entropy, Timestamp};
use zeroize::Zeroizing;

use crate::cosign::{Cosigner, WitnessKey};
use crate::note::{Checkpoint, NoteError, Verifier};
use crate::tree::{Hash, verify_consistency};

const KEY_FILE: &str = "witness.key";
const LOCK_FILE: &str = "witness.lock";

/// A checkpoint with the proof that the log of `old` entries is its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    pub old: u64,
    pub proof: Vec<Hash>,
    pub note: String,
}

/// A folder with the witness's key and, for each log, the largest checkpoint that was cosigned.
pub struct Witness {
    folder: PathBuf,
    cosigner: Cosigner,
    logs: Vec<Verifier>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenWitnessError {
    #[error("{0:?} cannot be a witness's name: it must not be empty nor have spaces or pluses")]
    Name(String),
    #[error("this folder's witness is named {0}")]
    OtherName(String),
    #[error("the witness's key file is damaged")]
    Damaged,
    #[error("could not read or write the witness's folder")]
    Folder(#[from] io::Error),
}

/// Why a checkpoint is not cosigned. What an HTTP server answers is beside each.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// 400.
    #[error("not a request to add a checkpoint: old size, proof, an empty line, a signed checkpoint")]
    Malformed,
    /// 404.
    #[error("this witness does not know the log {0:?}")]
    UnknownLog(String),
    /// 403.
    #[error("the checkpoint does not count")]
    NotSigned(#[source] NoteError),
    /// 409, with `seen` as `text/x.tlog.size`.
    #[error("the log had {seen} entries and now shows {size}: an old checkpoint, or it was cut or rolled back")]
    RolledBack { seen: u64, size: u64 },
    /// 409, with `seen` as `text/x.tlog.size`.
    #[error("the proof starts at {old} entries, but this witness saw {seen} last")]
    OtherStart { old: u64, seen: u64 },
    /// 422.
    #[error("the log shows another root of {size} entries than before: it was forked or rewritten")]
    Forked { size: u64 },
    /// 422.
    #[error("not proved that the log of {size} entries begins with the {seen} seen before: it was forked or rewritten")]
    NotProved { seen: u64, size: u64 },
    /// 500. What was seen is not forgotten because it cannot be read.
    #[error("what this witness saw of the log before is damaged")]
    Damaged,
    /// 500.
    #[error("could not read or write what this witness saw")]
    Folder(#[from] io::Error),
}

// === impl AddCheckpoint ===

impl AddCheckpoint {
    pub fn parse(text: &str) -> Result<Self, WitnessError> {
        let (head, note) = text.split_once("\n\n").ok_or(WitnessError::Malformed)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(WitnessError::Malformed)?;
        let size: u64 = old.parse().map_err(|_| WitnessError::Malformed)?;
        let proof: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        let proof = proof.filter(|proof| proof.len() <= AUDIT_PROOF_HASHES_MAX).ok_or(WitnessError::Malformed)?;
        if size.to_string() != old {
            return Err(WitnessError::Malformed);
        }
        Ok(Self { old: size, proof, note: note.to_owned() })
    }
}

impl std::fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

// === impl Witness ===

impl Witness {
    /// Opens the folder; makes it, with a key under this name, where there is none. Cosigns for `logs`: each covers the
    /// origins that are its name, or its name and a path.
    pub fn open(folder: &Path, name: &str, logs: Vec<Verifier>, entropy: &dyn Entropy) -> Result<Self, OpenWitnessError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let _turn = turn(folder)?;
        let path = folder.join(KEY_FILE);
        let cosigner = if path.exists() { load(&path, name)? } else { make(&path, name, entropy)? };
        sync(folder)?;
        Ok(Self { folder: folder.to_owned(), cosigner, logs })
    }

    /// What checks this witness's cosignatures.
    #[must_use]
    pub fn key(&self) -> WitnessKey {
        self.cosigner.witness_key()
    }

    /// Cosigns the checkpoint if it extends the last one; gives the line to put under it.
    pub fn add(&self, request: &AddCheckpoint, now: Timestamp) -> Result<String, WitnessError> {
        let checkpoint = self.opened(&request.note)?;
        let _turn = turn(&self.folder)?;
        let path = self.folder.join(seen_name(&checkpoint.origin));
        let seen = read_seen(&path, &checkpoint.origin)?;
        judge(&seen, &checkpoint, request)?;
        let line = self.cosigner.cosign(&request.note, now).map_err(WitnessError::NotSigned)?;
        self.remember(&path, &checkpoint)?;
        Ok(line)
    }

    fn opened(&self, note: &str) -> Result<Checkpoint, WitnessError> {
        let origin = note.split('\n').next().unwrap_or_default();
        let mut answer = Err(WitnessError::UnknownLog(origin.to_owned()));
        for verifier in self.logs.iter().filter(|verifier| verifier.covers(origin)) {
            match Checkpoint::open(note, verifier) {
                Ok(checkpoint) => return Ok(checkpoint),
                Err(error) => answer = Err(WitnessError::NotSigned(error)),
            }
        }
        answer
    }

    fn remember(&self, path: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(checkpoint.to_text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        sync(&self.folder)
    }
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn judge(seen: &Checkpoint, now: &Checkpoint, request: &AddCheckpoint) -> Result<(), WitnessError> {
    if request.old > now.size {
        return Err(WitnessError::Malformed);
    }
    if now.size < seen.size {
        return Err(WitnessError::RolledBack { seen: seen.size, size: now.size });
    }
    if now.size == seen.size && now.root != seen.root {
        return Err(WitnessError::Forked { size: now.size });
    }
    if request.old != seen.size {
        return Err(WitnessError::OtherStart { old: request.old, seen: seen.size });
    }
    if !verify_consistency((seen.size, seen.root), (now.size, now.root), &request.proof) {
        return Err(WitnessError::NotProved { seen: seen.size, size: now.size });
    }
    Ok(())
}

/// An origin may hold anything, so a file is named by its hash.
fn seen_name(origin: &str) -> String {
    let hash = digest::digest(&digest::SHA256, origin.as_bytes());
    let name: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}.seen")
}

/// A log that was never seen had no entries.
fn read_seen(path: &Path, origin: &str) -> Result<Checkpoint, WitnessError> {
    match fs::read_to_string(path) {
        Ok(text) => Checkpoint::parse(&text).ok().filter(|seen| seen.origin == origin).ok_or(WitnessError::Damaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Checkpoint { origin: origin.to_owned(), size: 0, root: Hash::of_nothing() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits until no other process uses the folder. The turn ends with the file that is returned.
fn turn(folder: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(LOCK_FILE))?;
    file.lock()?;
    Ok(file)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn make(path: &Path, name: &str, entropy: &dyn Entropy) -> Result<Cosigner, OpenWitnessError> {
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut_slice());
    let cosigner = Cosigner::new(name, &seed).ok_or_else(|| OpenWitnessError::Name(name.to_owned()))?;
    let text = Zeroizing::new(format!("{name}\n{}\n", Zeroizing::new(STANDARD.encode(seed.as_slice())).as_str()));
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(cosigner)
}

fn load(path: &Path, name: &str) -> Result<Cosigner, OpenWitnessError> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.read_to_string(&mut text)?;
    let mut lines = text.lines();
    let (Some(kept), Some(seed)) = (lines.next(), lines.next()) else { return Err(OpenWitnessError::Damaged) };
    if kept != name {
        return Err(OpenWitnessError::OtherName(kept.to_owned()));
    }
    let seed = Zeroizing::new(STANDARD.decode(seed).map_err(|_| OpenWitnessError::Damaged)?);
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seed.as_slice().try_into().map_err(|_| OpenWitnessError::Damaged)?);
    Cosigner::new(name, &seed).ok_or(OpenWitnessError::Damaged)
}

#[cfg(test)]
mod tests {
    use seal::SystemEntropy;
    use tempfile::TempDir;

    use super::*;
    use crate::note::Signer;
    use crate::tree::{self, Leaves};

    const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);
    const ORIGIN: &str = "example.org/installation";

    struct House {
        folder: TempDir,
        log: Signer,
    }

    impl House {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), log: Signer::new("example.org", &[7; 32]).unwrap() }
        }

        fn witness(&self) -> Witness {
            Witness::open(self.folder.path(), "w.example", vec![self.log.verifier()], &SystemEntropy).unwrap()
        }

        /// A request about a log of these entries, as somebody makes it who has all of them.
        fn request(&self, old: u64, entries: &[u8]) -> AddCheckpoint {
            let leaves: Vec<Hash> = entries.iter().map(|entry| Hash::of_leaf(&[*entry])).collect();
            let (nodes, size) = (Leaves(&leaves), leaves.len() as u64);
            let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: tree::root(&nodes, size).unwrap() };
            let proof = if old <= size { tree::consistency(&nodes, old, size).unwrap() } else { Vec::new() };
            AddCheckpoint { old, proof, note: self.log.sign(&checkpoint) }
        }

        fn add(&self, old: u64, entries: &[u8]) -> Result<String, WitnessError> {
            self.witness().add(&self.request(old, entries), NOW)
        }
    }

    #[test]
    fn a_log_that_grows_is_cosigned_each_time() {
        let house = House::new();
        for (old, entries) in [(0, &b"ab"[..]), (2, b"abcde"), (5, b"abcde"), (5, b"abcdefghi")] {
            let line = house.add(old, entries).unwrap();
            let cosigned = format!("{}{line}", house.request(old, entries).note);
            assert_eq!(house.witness().key().cosigned(&cosigned), Ok(NOW));
        }
    }

    #[test]
    fn rollback_and_forks_are_refused_by_name_and_change_nothing() {
        let house = House::new();
        house.add(0, b"abcde").unwrap();
        assert!(matches!(house.add(0, b"abc"), Err(WitnessError::RolledBack { seen: 5, size: 3 })));
        assert!(matches!(house.add(5, b"abXde"), Err(WitnessError::Forked { size: 5 })));
        assert!(matches!(house.add(5, b"abXdefg"), Err(WitnessError::NotProved { seen: 5, size: 7 })));
        assert!(matches!(house.add(0, b"abcdefg"), Err(WitnessError::OtherStart { old: 0, seen: 5 })));
        assert!(matches!(house.add(9, b"abcdefg"), Err(WitnessError::Malformed)));
        house.add(5, b"abcdefg").unwrap();
    }

    #[test]
    fn only_logs_that_are_known_are_cosigned() {
        let house = House::new();
        let stranger = Signer::new("example.org", &[8; 32]).unwrap();
        let checkpoint = |origin: &str| Checkpoint { origin: origin.to_owned(), size: 0, root: Hash::of_nothing() };
        let add = |note: String| house.witness().add(&AddCheckpoint { old: 0, proof: Vec::new(), note }, NOW);
        assert!(matches!(add(stranger.sign(&checkpoint(ORIGIN))), Err(WitnessError::NotSigned(_))));
        let neighbour = house.log.sign(&checkpoint("example.organisation"));
        assert!(matches!(add(neighbour), Err(WitnessError::UnknownLog(origin)) if origin == "example.organisation"));
        let mut full = checkpoint(ORIGIN);
        full.root = Hash::of_leaf(b"x");
        assert!(add(house.log.sign(&full)).is_err(), "nothing has only one root");
    }

    #[test]
    fn what_was_seen_and_cannot_be_read_is_not_forgotten() {
        let house = House::new();
        house.add(0, b"abc").unwrap();
        fs::write(house.folder.path().join(seen_name(ORIGIN)), "").unwrap();
        assert!(matches!(house.add(0, b"xy"), Err(WitnessError::Damaged)));
        let other = Witness::open(house.folder.path(), "other", Vec::new(), &SystemEntropy);
        assert!(matches!(other, Err(OpenWitnessError::OtherName(name)) if name == "w.example"));
    }

    #[test]
    fn a_request_is_read_as_it_is_written() {
        let house = House::new();
        let request = house.request(3, b"abcdefg");
        assert_eq!(AddCheckpoint::parse(&request.to_string()).unwrap(), request);
        for wrong in ["", "old 1", "old 01\n\nx", "old -1\n\nx", "old 1\n\nx".replace("old", "new").as_str(), "old 1\nx\n\nx"] {
            assert!(matches!(AddCheckpoint::parse(wrong), Err(WitnessError::Malformed)), "{wrong:?}");
        }
        let long = format!("old 1\n{}\nx", format!("{}\n", Hash::of_nothing()).repeat(64));
        assert!(matches!(AddCheckpoint::parse(&long), Err(WitnessError::Malformed)));
    }
}

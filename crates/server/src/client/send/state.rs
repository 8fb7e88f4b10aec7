//! How far a file was sent, kept beside the user's other state, so that the next run goes on there.
//!
//! One JSON file, replaced as a whole:
//! `{"format":1,"files":[{"source","path","device","inode","size","head_bytes","head_crc","run","acknowledged","lines","planned"}]}`.
//!
//! Always holds: `acknowledged` is written only after the server took everything before it, and the ends of batches that
//! may be under way stand in `planned` before they are sent. A run that goes on makes the same batches with the same keys
//! again, and the server stores each once. It is not synced: a power cut may cost a little of the place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::client::failure::Failure;

const FORMAT: u32 = 1;
/// Bytes at a file's start that tell it from another one with the same inode.
const HEAD_BYTES: u64 = 1024;
const DAMAGED_HINT: &str = "--from-start begins anew, and the server then has what was sent before twice";
const LOCKED_HINT: &str = "wait for it, or give this one a state of its own with --state FILE";

#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    files: Vec<FileState>,
    /// Held so that no other run writes the same state.
    _lock: File,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileState {
    source: String,
    path: PathBuf,
    #[serde(flatten)]
    identity: Identity,
    pub(super) run: String,
    /// Offset in the input, decompressed, before which everything was taken.
    pub(super) acknowledged: u64,
    /// Lines before it.
    pub(super) lines: u64,
    /// Ends of batches that may have been sent after it.
    pub(super) planned: Vec<u64>,
}

/// Which file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    head_bytes: u64,
    head_crc: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    format: u32,
    files: Vec<FileState>,
}

/// Whose state it is: one file, sent to one source.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) source: String,
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
}

/// Where the state of a file lies that was given no other place.
pub(super) fn default_path(folder: &Path, owner: &Owner) -> PathBuf {
    let Identity { device, inode, .. } = owner.identity;
    folder.join(format!("send-{}-{device:x}-{inode:x}.json", owner.source))
}

// === impl Identity ===

impl Identity {
    pub(super) fn of(file: &mut File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let head_bytes = metadata.len().min(HEAD_BYTES);
        let head_crc = head_crc(file, head_bytes)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino(), size: metadata.len(), head_bytes, head_crc })
    }

    /// Whether the file is still the one it was, perhaps with more at its end.
    fn is_grown_from(&self, earlier: &Self, file: &mut File) -> io::Result<bool> {
        let same = (self.device, self.inode) == (earlier.device, earlier.inode) && self.size >= earlier.size;
        Ok(same && head_crc(file, earlier.head_bytes)? == earlier.head_crc)
    }
}

/// Leaves the file at its start.
fn head_crc(file: &mut File, bytes: u64) -> io::Result<u32> {
    use std::io::Seek;
    let mut head = Vec::new();
    file.rewind()?;
    Read::by_ref(file).take(bytes).read_to_end(&mut head)?;
    file.rewind()?;
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    Ok(crc.sum())
}

// === impl StateFile ===

impl StateFile {
    /// Takes the state for this run; there is none yet where the file is not there.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |doing| Failure::file(doing, path);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed("make the folder of"))?;
        }
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(lock).map_err(failed("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(Failure::usage(format!("another `blockhouse send` uses {}", path.display()), LOCKED_HINT));
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed("lock")(error)),
        }
        let files = match fs::read(path) {
            Ok(json) => read(&json).map_err(|why| Failure::usage(format!("{}: {why}", path.display()), DAMAGED_HINT))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed("read")(error)),
        };
        Ok(Self { path: path.to_owned(), files, _lock: lock })
    }

    /// The same, but whatever is in it does not count.
    pub(super) fn open_afresh(path: &Path) -> Result<Self, Failure> {
        match Self::open(path) {
            Err(Failure::Usage { hint: DAMAGED_HINT, .. }) => {
                fs::remove_file(path).map_err(Failure::file("remove", path))?;
                Self::open(path)
            }
            opened => opened,
        }
    }

    /// Where a file goes on. A file that is no longer what it was begins anew, with `run` in its keys.
    pub(super) fn begin(&mut self, owner: &Owner, file: &mut File, run: String) -> io::Result<FileState> {
        let fresh = FileState {
            source: owner.source.clone(),
            path: owner.path.clone(),
            identity: owner.identity.clone(),
            run,
            acknowledged: 0,
            lines: 0,
            planned: Vec::new(),
        };
        let state = match self.place_of(owner).map(|at| &self.files[at]) {
            Some(earlier) if owner.identity.is_grown_from(&earlier.identity, file)? => FileState {
                run: earlier.run.clone(),
                acknowledged: earlier.acknowledged,
                lines: earlier.lines,
                planned: earlier.planned.clone(),
                ..fresh
            },
            Some(_) | None => fresh,
        };
        self.put(owner, state.clone());
        Ok(state)
    }

    /// Forgets how far a file was sent.
    pub(super) fn forget(&mut self, owner: &Owner) {
        if let Some(at) = self.place_of(owner) {
            self.files.remove(at);
        }
    }

    pub(super) fn save(&mut self, owner: &Owner, state: &FileState) -> io::Result<()> {
        self.put(owner, state.clone());
        let document = Document { format: FORMAT, files: std::mem::take(&mut self.files) };
        let json = serde_json::to_vec(&document);
        self.files = document.files;
        let mut new = self.path.as_os_str().to_owned();
        new.push(".new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        file.write_all(&json.map_err(io::Error::other)?)?;
        fs::rename(&new, &self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn place_of(&self, owner: &Owner) -> Option<usize> {
        let Identity { device, inode, .. } = owner.identity;
        self.files
            .iter()
            .position(|file| (&file.source, file.identity.device, file.identity.inode) == (&owner.source, device, inode))
    }

    fn put(&mut self, owner: &Owner, state: FileState) {
        match self.place_of(owner) {
            Some(at) => self.files[at] = state,
            None => self.files.push(state),
        }
    }
}

fn read(json: &[u8]) -> Result<Vec<FileState>, String> {
    let document: Document = serde_json::from_slice(json).map_err(|error| format!("the state is damaged ({error})"))?;
    if document.format == FORMAT { Ok(document.files) } else { Err(format!("the state has format {}", document.format)) }
}

// === impl FileState ===

impl FileState {
    /// A batch up to `end` is about to be sent.
    pub(super) fn plan(&mut self, end: u64) {
        if !self.planned.contains(&end) {
            self.planned.push(end);
        }
    }

    /// Everything up to `offset`, before which `lines` end, was taken.
    pub(super) fn acknowledge(&mut self, offset: u64, lines: u64) {
        (self.acknowledged, self.lines) = (offset, lines);
        self.planned.retain(|end| *end > offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn write(&self, text: &str) -> (Owner, File) {
            let path = self.folder.path().join("app.log");
            fs::write(&path, text).unwrap();
            let mut file = File::open(&path).unwrap();
            let identity = Identity::of(&mut file).unwrap();
            (Owner { source: "s".to_owned(), path, identity }, file)
        }

        fn state(&self) -> PathBuf {
            self.folder.path().join("state").join("send.json")
        }
    }

    #[test]
    fn a_run_goes_on_where_the_last_one_was() {
        let bench = Bench::new();
        let (owner, mut file) = bench.write("first line\n");
        let mut states = StateFile::open(&bench.state()).unwrap();
        let mut state = states.begin(&owner, &mut file, "one".to_owned()).unwrap();
        assert_eq!((state.acknowledged, state.run.as_str()), (0, "one"));
        for end in [5, 9, 11] {
            state.plan(end);
        }
        state.acknowledge(5, 1);
        states.save(&owner, &state).unwrap();
        drop(states);

        let (owner, mut file) = bench.write("first line\nsecond line\n");
        let again = StateFile::open(&bench.state()).unwrap().begin(&owner, &mut file, "two".to_owned()).unwrap();
        assert_eq!((again.acknowledged, again.lines, again.run.as_str(), again.planned), (5, 1, "one", vec![9, 11]));
    }

    #[track_caller]
    fn check_begins_anew(text: &str, change: impl FnOnce(&mut Owner)) {
        let bench = Bench::new();
        let (owner, mut file) = bench.write("first line\n");
        let mut states = StateFile::open(&bench.state()).unwrap();
        let mut state = states.begin(&owner, &mut file, "one".to_owned()).unwrap();
        state.acknowledge(11, 1);
        states.save(&owner, &state).unwrap();
        let (mut owner, mut file) = bench.write(text);
        change(&mut owner);
        let again = states.begin(&owner, &mut file, "two".to_owned()).unwrap();
        assert_eq!((again.acknowledged, again.run.as_str()), (0, "two"));
    }

    #[test]
    fn a_file_that_is_another_one_begins_anew() {
        check_begins_anew("other line\n", |_| ());
        check_begins_anew("short\n", |_| ());
        check_begins_anew("first line\n", |owner| owner.source = "other".to_owned());
        check_begins_anew("first line\n", |owner| owner.identity.inode += 1);
    }

    #[test]
    fn what_is_forgotten_begins_anew() {
        let bench = Bench::new();
        let (owner, mut file) = bench.write("first line\n");
        let mut states = StateFile::open(&bench.state()).unwrap();
        let mut state = states.begin(&owner, &mut file, "one".to_owned()).unwrap();
        state.acknowledge(11, 1);
        states.save(&owner, &state).unwrap();
        states.forget(&owner);
        assert_eq!(states.begin(&owner, &mut file, "two".to_owned()).unwrap().run, "two");
    }

    #[test]
    fn two_runs_do_not_share_a_state() {
        let bench = Bench::new();
        let _held = StateFile::open(&bench.state()).unwrap();
        let refused = StateFile::open(&bench.state()).unwrap_err();
        assert!(refused.to_string().contains("another `blockhouse send`"), "{refused}");
    }

    #[test]
    fn a_damaged_state_is_said_and_can_be_left_behind() {
        let bench = Bench::new();
        fs::create_dir(bench.state().parent().unwrap()).unwrap();
        for text in ["", "{", r#"{"format":2,"files":[]}"#] {
            fs::write(bench.state(), text).unwrap();
            assert_eq!(StateFile::open(&bench.state()).unwrap_err().exit_code(), 65, "{text}");
            drop(StateFile::open_afresh(&bench.state()).unwrap());
        }
    }
}

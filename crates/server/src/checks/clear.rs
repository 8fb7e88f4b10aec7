//! `server.canary-not-in-clear`: a marked line is sent, and every file that changed since is searched for it.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use identity::Unclosed;
use memchr::memmem::Finder;
use model::{Check, Observation, Timestamp, Vantage};

use super::canary::Canaries;

/// Of files whose time of change is this much before the sending, for file systems keep coarse times.
const CLOCK_COARSENESS: Duration = Duration::from_secs(3);
/// Bytes that are searched in one look. A folder that changes faster than that cannot be searched whole.
const SEARCHED_BYTES_MAX: u64 = 4 << 30;
const CHUNK: usize = 1 << 20;
/// Lines around the marked one that compression may hide it among are none: it is sent alone, and a form of it that is
/// not random is looked for as well.
const FORMS: usize = 2;

pub(super) struct CanaryNotInClear {
    canaries: Arc<Canaries>,
    data: PathBuf,
}

/// What was searched.
#[derive(Debug, Default)]
struct Searched {
    files: u64,
    bytes: u64,
    found: Vec<String>,
    unread: Vec<String>,
}

// === impl CanaryNotInClear ===

impl CanaryNotInClear {
    pub(super) fn new(canaries: Arc<Canaries>, data: PathBuf) -> Self {
        Self { canaries, data }
    }
}

impl Check for CanaryNotInClear {
    fn id(&self) -> &'static str {
        "server.canary-not-in-clear"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "times of change in a file system are the system's, whatever clock the product has"
    )]
    fn look(&self, now: Timestamp) -> Observation {
        let since = SystemTime::now() - CLOCK_COARSENESS;
        let marker = self.canaries.marker();
        let sent = self.canaries.sources(now).and_then(|sources| match sources.first() {
            Some(canary) => self.canaries.send(canary, &marker),
            None => Err("there is no source to send to".to_owned()),
        });
        if let Err(reason) = sent {
            return Observation::not_run("no marked line could be stored").detail(reason);
        }
        judge(&self.data, &marker, since)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "times of change in a file system are the system's, whatever clock the product has"
    )]
    fn look_at_twin(&self, _now: Timestamp) -> Observation {
        let since = SystemTime::now() - CLOCK_COARSENESS;
        let marker = self.canaries.marker();
        let folder = self.data.join("tls").join(format!("twin-{marker}"));
        let line = format!("{{\"message\":\"{marker}\"}}\n");
        // In a folder of its own: a store that writes what it was sent as it is.
        let written = fs::create_dir(&folder).and_then(|()| fs::write(folder.join("segment"), line));
        let seen = match written {
            Ok(()) => judge(&folder, &marker, since),
            Err(error) => Observation::not_run("the broken twin could not be written").detail(error.to_string()),
        };
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(%error, "could not remove the folder of a check's broken twin");
        }
        seen
    }
}

fn judge(folder: &Path, marker: &str, since: SystemTime) -> Observation {
    let mut searched = Searched::default();
    let forms: [Vec<u8>; FORMS] = [marker.as_bytes().to_vec(), marker.bytes().flat_map(|byte| [byte, 0]).collect()];
    if let Err(error) = searched.folder(folder, &forms, since) {
        return Observation::not_run("the data folder could not be searched").detail(error.to_string());
    }
    if searched.bytes > SEARCHED_BYTES_MAX {
        return Observation::not_run("more changed in the folder than one look can search").counting(
            "bytes searched",
            searched.bytes,
            None,
        );
    }
    let clean = searched.files - searched.found.len() as u64;
    let seen =
        Observation::all("files that changed since a marked line was stored do not hold it in clear", clean, searched.files);
    let seen = seen.counting("bytes searched", searched.bytes, None).with_details(searched.found);
    if searched.unread.is_empty() {
        return seen;
    }
    Observation { verdict: model::Verdict::NotRun, ..seen }.with_details(searched.unread)
}

// === impl Searched ===

impl Searched {
    fn folder(&mut self, folder: &Path, forms: &[Vec<u8>], since: SystemTime) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            // What was ended or renamed since the listing holds nothing any more, or is met under its new name.
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_dir() {
                self.folder(&path, forms, since)?;
            } else if metadata.is_file() && metadata.modified()? >= since && self.bytes <= SEARCHED_BYTES_MAX {
                self.file(&path, forms);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, forms: &[Vec<u8>]) {
        match find(path, forms) {
            Ok((bytes, found)) => {
                self.files += 1;
                self.bytes += bytes;
                self.found.extend(found.then(|| path.display().to_string()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unread.push(format!("{}: {error}", path.display())),
        }
    }
}

/// How long the file is, and whether one of the forms is in it.
fn find(path: &Path, forms: &[Vec<u8>]) -> io::Result<(u64, bool)> {
    let finders: Vec<Finder<'_>> = forms.iter().map(Finder::new).collect();
    let overlap = forms.iter().map(Vec::len).max().unwrap_or(1) - 1;
    let file: Box<dyn Read> = match Unclosed::is_needed_for(path) {
        true => Box::new(Unclosed::open(path)?),
        false => Box::new(File::open(path)?),
    };
    let mut file = BufReader::with_capacity(CHUNK, file);
    let (mut window, mut bytes) = (Vec::with_capacity(CHUNK + overlap), 0);
    loop {
        let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
        if read == 0 {
            return Ok((bytes, false));
        }
        bytes += read as u64;
        if finders.iter().any(|finder| finder.find(&window).is_some()) {
            return Ok((bytes, true));
        }
        let keep = window.len().saturating_sub(overlap);
        window.drain(..keep);
    }
}

#[cfg(test)]
mod tests {
    use model::Verdict;

    use super::*;

    #[test]
    fn a_marker_in_clear_is_found_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("clean"), vec![b'x'; CHUNK]).unwrap();
        assert_eq!(judge(folder.path(), "canaryqwertz", SystemTime::UNIX_EPOCH).verdict, Verdict::Held);
        // Across the border of two chunks.
        let mut bytes = vec![b'x'; CHUNK - 4];
        bytes.extend_from_slice(b"canaryqwertz");
        fs::write(deep.join("leak"), bytes).unwrap();
        let seen = judge(folder.path(), "canaryqwertz", SystemTime::UNIX_EPOCH);
        assert_eq!(seen.verdict, Verdict::Broken);
        assert!(seen.details.iter().any(|detail| detail.ends_with("leak")), "{seen:?}");
    }

    #[test]
    fn an_empty_folder_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(judge(folder.path(), "canaryqwertz", SystemTime::UNIX_EPOCH).verdict, Verdict::NotRun);
    }
}

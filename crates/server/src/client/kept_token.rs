//! The file that a session's token is in.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::failure::Failure;
use super::output::Output;
use super::server::Key;

/// A file that takes its name when it is complete.
pub(super) struct Beside {
    file: File,
    path: PathBuf,
}

/// Where the token goes that a session has from now on: to where the one before it was, or to the output.
pub(super) struct Renewal<'a>(Option<(Beside, &'a Path)>);

// === impl Renewal ===

impl<'a> Renewal<'a> {
    /// Before the session has another token: one that cannot be kept would be lost.
    pub(super) fn open(file: Option<&'a Path>) -> Result<Self, Failure> {
        Ok(Self(file.map(|file| Beside::open(file).map(|kept| (kept, file))).transpose()?))
    }

    /// `json`: whether the answer with the token is printed anyhow.
    pub(super) fn finish(self, token: &Zeroizing<String>, json: bool, output: &mut Output) -> Result<(), Failure> {
        let key: Key = token.parse().map_err(|_| Failure::Answer("the token is none".to_owned()))?;
        match self.0 {
            Some((kept, file)) => {
                kept.finish(&key, file)?;
                output.note(&format!("the token of the session is in {}", file.display()));
                Ok(())
            }
            None if json => Ok(()),
            None => output.line(key.reveal()),
        }
    }
}

// === impl Beside ===

impl Beside {
    /// Before anything is asked: whoever cannot write it is told at once.
    pub(super) fn open(of: &Path) -> Result<Self, Failure> {
        let mut name = of.as_os_str().to_owned();
        name.push(".new");
        let path = PathBuf::from(name);
        // One that was left there may be for everybody to read.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        Ok(Self { file: file.map_err(Failure::file("make", &path))?, path })
    }

    pub(super) fn finish(mut self, key: &Key, name: &Path) -> Result<(), Failure> {
        let written = writeln!(self.file, "{}", key.reveal()).and_then(|()| fs::rename(&self.path, name));
        written.map_err(Failure::file("write", name))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Where it has its name by now, there is nothing here.
        let _ = fs::remove_file(&self.path);
    }
}

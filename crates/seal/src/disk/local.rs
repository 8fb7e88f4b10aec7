//! A folder of the local file system.
//!
//! Always holds: an object appears under its name whole and durable, through a temporary file and a rename; folders are
//! 0700 and files 0600. A folder's own entry is made durable once per process, before the first object in it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{DirBuilder, DirEntry, File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::limits::OPEN_FILES_CACHED_MAX;
use parking_lot::Mutex;
use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Disk, DiskError, Foreign, LogFile, PutMode, Room};
use crate::cache::Cache;
use crate::path::{ExportPath, ObjectPath};

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
const TEMPORARY: &str = ".tmp";
/// Bytes of a write under way that are shown.
const WRITTEN_BYTES_SHOWN: u64 = 1 << 10;
/// Folders remembered as durable; when there are more, all are synced again.
const DURABLE_FOLDERS_MAX: usize = 65_536;

pub struct LocalDisk {
    root: PathBuf,
    handles: Mutex<Handles>,
    durable_folders: Mutex<HashSet<PathBuf>>,
}

/// Files open for reading. A file opened before a change is not kept after it, so a stale one is never served again.
struct Handles {
    files: Cache<ObjectPath, Arc<File>>,
    changes: u64,
}

#[derive(Debug)]
struct LocalLog {
    file: File,
}

// === impl LocalDisk ===

impl LocalDisk {
    /// Opens the folder, and makes it if it is missing.
    pub fn open(root: &Path) -> Result<Self, DiskError> {
        make_root(root)?;
        let root = root.canonicalize()?;
        let handles = Handles { files: Cache::new(OPEN_FILES_CACHED_MAX), changes: 0 };
        Ok(Self { root, handles: Mutex::new(handles), durable_folders: Mutex::new(HashSet::new()) })
    }

    /// Deletes what writes cut short have left. Only for whoever holds the folder alone, before it writes.
    pub fn clear_leftovers(&self) -> Result<usize, DiskError> {
        let mut cleared = 0;
        walk(&self.root, &mut |entry| {
            if entry.file_type()?.is_file() && is_temporary(&entry.path()) {
                std::fs::remove_file(entry.path())?;
                cleared += 1;
            }
            Ok(())
        })?;
        Ok(cleared)
    }

    /// Puts a file that is no object here, whole and durable, in the place of one with the same path. It is for others: what is
    /// in it was encrypted to them, or says nothing.
    pub fn export(&self, path: &ExportPath, bytes: &[u8]) -> Result<(), DiskError> {
        let file = self.root.join(path.as_str());
        self.make_folders(&file)?;
        Ok(replace_durably(&file, bytes)?)
    }

    fn absolute(&self, path: &ObjectPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Makes the folders above `file`, each of them durable. A folder that exists is synced too: the process that made
    /// it may have died before it could.
    fn make_folders(&self, file: &Path) -> io::Result<()> {
        let Some(folder) = file.parent().filter(|folder| *folder != self.root) else {
            return Ok(());
        };
        if self.durable_folders.lock().contains(folder) {
            return Ok(());
        }
        self.make_folders(folder)?;
        match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if let Some(above) = folder.parent() {
            sync_folder(above)?;
        }
        let mut durable = self.durable_folders.lock();
        if durable.len() >= DURABLE_FOLDERS_MAX {
            durable.clear();
        }
        durable.insert(folder.to_owned());
        Ok(())
    }

    fn handle(&self, path: &ObjectPath) -> io::Result<Arc<File>> {
        let changes = {
            let mut handles = self.handles.lock();
            if let Some(file) = handles.files.get(path) {
                return Ok(file);
            }
            handles.changes
        };
        let file = Arc::new(open_for_reading(&self.absolute(path))?);
        let mut handles = self.handles.lock();
        if handles.changes == changes {
            handles.files.insert(path.clone(), Arc::clone(&file));
        }
        Ok(file)
    }

    fn forget(&self, path: &ObjectPath) {
        let mut handles = self.handles.lock();
        handles.changes += 1;
        handles.files.remove(path);
    }
}

impl std::fmt::Debug for LocalDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalDisk").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Disk for LocalDisk {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        let file = self.absolute(path);
        self.make_folders(&file)?;
        let written = match mode {
            PutMode::Create => create_durably(&file, bytes),
            PutMode::Replace => replace_durably(&file, bytes),
        };
        self.forget(path);
        Ok(written?)
    }

    fn room(&self) -> Option<Room> {
        let disk = rustix::fs::statvfs(&self.root).ok()?;
        Some(Room { free: disk.f_bavail.saturating_mul(disk.f_frsize), total: disk.f_blocks.saturating_mul(disk.f_frsize) })
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let file = self.handle(path)?;
        let length = range.end.checked_sub(range.start).ok_or_else(DiskError::past_end)?;
        // Asked before the buffer is made, so that a hostile length costs no memory.
        if range.end > file.metadata()?.len() {
            return Err(DiskError::past_end());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| DiskError::past_end())?];
        file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        Ok(self.handle(path)?.metadata()?.len())
    }

    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        let folder = match ObjectPath::parse(prefix) {
            Ok(path) => self.absolute(&path),
            Err(_) if prefix.is_empty() => self.root.clone(),
            Err(_) => return Err(DiskError::invalid_prefix()),
        };
        let mut found = Vec::new();
        walk(&folder, &mut |entry| {
            let full = entry.path();
            let relative = full.strip_prefix(&self.root).ok().and_then(Path::to_str);
            let Some(path) = relative.and_then(|text| ObjectPath::parse(text).ok()) else {
                return Ok(());
            };
            if entry.file_type()?.is_file() {
                found.push((path, entry.metadata()?.len()));
            }
            Ok(())
        })?;
        found.sort();
        Ok(found)
    }

    fn foreign(&self) -> Result<Vec<Foreign>, DiskError> {
        let mut found = Vec::new();
        walk(&self.root, &mut |entry| {
            let (full, kind) = (entry.path(), entry.file_type()?);
            let relative = full.strip_prefix(&self.root).unwrap_or(&full);
            let is_object = relative.to_str().is_some_and(|text| ObjectPath::parse(text).is_ok());
            if kind.is_dir() || kind.is_file() && is_object {
                return Ok(());
            }
            let written = if kind.is_file() && is_temporary(&full) { Some(beginning(&full)?) } else { None };
            found.push(Foreign { path: relative.to_string_lossy().into_owned(), written });
            Ok(())
        })?;
        Ok(found)
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
        let file = self.absolute(path);
        let removed = std::fs::remove_file(&file);
        self.forget(path);
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        // Also when it was absent: whoever deleted it may have died before the folder was synced.
        match file.parent().map(sync_folder) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
        let file = self.absolute(path);
        open_for_reading(&file)?.sync_all()?;
        self.make_folders(&file)?;
        Ok(sync_folder_of(&file)?)
    }

    fn create_log(&self, path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        let full = self.absolute(path);
        self.make_folders(&full)?;
        let file = OpenOptions::new().append(true).create_new(true).mode(FILE_MODE).open(&full)?;
        sync_folder_of(&full)?;
        Ok(Box::new(LocalLog { file }))
    }
}

/// Makes a folder and those above it, each of them durable. One that exists is synced as far as its owner lets us.
fn make_root(folder: &Path) -> io::Result<()> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above.filter(|above| !above.exists()) {
        make_root(above)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    match sync_folder_of(folder) {
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

// === impl LocalLog ===

impl LogFile for LocalLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        Ok(self.file.write_all(bytes)?)
    }

    fn sync(&mut self) -> Result<(), DiskError> {
        Ok(self.file.sync_data()?)
    }
}

/// A link in an object's place is refused: it could lead out of the folder.
fn open_for_reading(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NOFOLLOW.bits() as i32).open(path)
}

fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_for_reading(path)?.take(WRITTEN_BYTES_SHOWN).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that must not exist yet; on success it is whole, durable and 0600.
pub(crate) fn create_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Not by a hard link: a crash between link and unlink would leave a second name of a key that is later destroyed.
    write_durably(path, bytes, |temporary| match rustix::fs::renameat_with(CWD, temporary, CWD, path, RenameFlags::NOREPLACE) {
        // Some network file systems cannot rename without replacing. Only this process writes here, and names are unique.
        Err(Errno::INVAL | Errno::NOSYS) if !path.try_exists()? => std::fs::rename(temporary, path),
        Err(Errno::INVAL | Errno::NOSYS) => Err(io::ErrorKind::AlreadyExists.into()),
        renamed => Ok(renamed?),
    })
}

fn replace_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_durably(path, bytes, |temporary| std::fs::rename(temporary, path))
}

fn write_durably(path: &Path, bytes: &[u8], publish: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let (mut file, temporary) = create_temporary(path)?;
    let published = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| publish(&temporary));
    if let Err(error) = published {
        // The first error says why; a leftover is cleared at the next start.
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder_of(path)
}

fn create_temporary(path: &Path) -> io::Result<(File, PathBuf)> {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    loop {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let mut name = OsString::from(path);
        name.push(format!(".{}-{serial}{TEMPORARY}", std::process::id()));
        let temporary = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&temporary) {
            // Left by a dead process that had this one's number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((opened?, temporary)),
        }
    }
}

fn is_temporary(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(TEMPORARY.as_bytes())
}

fn sync_folder_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if folder.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Visits all entries below a folder without following links. What vanishes meanwhile is passed over.
fn walk(folder: &Path, visit: &mut dyn FnMut(&DirEntry) -> io::Result<()>) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            match visit(&entry) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                visited => visited?,
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

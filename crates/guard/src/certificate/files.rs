//! Small files that are whole or absent: written beside their name, made durable, then renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use model::limits::CERTIFICATE_FILE_BYTES_MAX;
use zeroize::Zeroizing;

/// Who may read a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Readers {
    Owner,
    Everyone,
}

/// `None` when there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Reserved at once: a buffer that grows leaves copies of a key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(file.metadata()?.len().min(CERTIFICATE_FILE_BYTES_MAX) as usize + 1));
    file.take(CERTIFICATE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CERTIFICATE_FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than any certificate or key"));
    }
    Ok(Some(bytes))
}

pub(super) fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::Everyone => 0o644,
    };
    let unfinished = folder.join(format!(".{}.new", name.to_string_lossy()));
    // One left by a crash would keep its own mode.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

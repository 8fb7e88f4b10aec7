use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::Entropy;
use zeroize::Zeroizing;

use crate::disk::local::create_durably;
use crate::secret::{SECRET_BYTES, Secret, constant_time_eq, length_prefixed};
use crate::words::RecoveryWords;

pub(crate) const ROOT_ID_BYTES: usize = 16;
/// Bytes of an id that people compare.
const SHOWN_BYTES: usize = 8;

/// The key above all keys: 32 random bytes in a file that only its owner may read.
///
/// Used for nothing directly; every use derives a key of its own from it, by purpose.
#[derive(Debug)]
pub struct RootKey(Secret);

/// Which root key it is, derived from it: what a key table is marked with, and safe to show.
#[derive(Debug, Clone, Copy)]
pub struct RootKeyId([u8; ROOT_ID_BYTES]);

#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    #[error(
        "there is no root key at {0}, and nothing opens without it; put the file back from where you keep it, or run: \
         blockhouse root-key restore --data {folder}",
        folder = .0.parent().unwrap_or(.0).display()
    )]
    Missing(PathBuf),
    #[error("there is a root key at {0} already; it is never overwritten")]
    AlreadyExists(PathBuf),
    #[error("others than its owner may use the root key at {path} (mode {mode:03o}); run: chmod 600 {path}")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the root key at {0} is not a file of 32 random bytes")]
    Malformed(PathBuf),
    #[error("could not use the root key at {path}")]
    Io { path: PathBuf, source: io::Error },
}

// === impl RootKey ===

impl RootKey {
    /// Makes a key that lives in memory only.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Secret::generate(entropy))
    }

    /// Makes a key and its file, which is durable on return. Refuses a file that exists.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, RootKeyError> {
        let key = Self::generate(entropy);
        key.write(path)?;
        Ok(key)
    }

    /// Makes the file of a key, which is durable on return. Refuses a file that exists.
    pub fn write(&self, path: &Path) -> Result<(), RootKeyError> {
        create_durably(path, self.0.expose()).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => RootKeyError::AlreadyExists(path.to_owned()),
            _ => RootKeyError::Io { path: path.to_owned(), source },
        })
    }

    pub(crate) fn from_secret(secret: Secret) -> Self {
        Self(secret)
    }

    /// The key itself, to be written down.
    #[must_use]
    pub fn words(&self) -> RecoveryWords {
        RecoveryWords::of(self.0.expose())
    }

    #[must_use]
    pub fn id(&self) -> RootKeyId {
        let mut id = [0; ROOT_ID_BYTES];
        id.copy_from_slice(&self.derive("root-id", &[]).expose()[..ROOT_ID_BYTES]);
        RootKeyId(id)
    }

    pub fn load(path: &Path) -> Result<Self, RootKeyError> {
        let io_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => RootKeyError::Missing(path.to_owned()),
            _ => RootKeyError::Io { path: path.to_owned(), source },
        };
        let file = open_without_waiting(path).map_err(io_error)?;
        let metadata = file.metadata().map_err(io_error)?;
        if !metadata.is_file() {
            return Err(RootKeyError::Malformed(path.to_owned()));
        }
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(RootKeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET_BYTES + 1));
        file.take(SECRET_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io_error)?;
        // Zeros are what a crash leaves of a file whose bytes were never written.
        match Secret::from_slice(&bytes) {
            Some(secret) if bytes.iter().any(|&b| b != 0) => Ok(Self(secret)),
            Some(_) | None => Err(RootKeyError::Malformed(path.to_owned())),
        }
    }

    pub(crate) fn derive(&self, purpose: &str, context: &[u8]) -> Secret {
        self.0.derive(b"blockhouse/1/root", &length_prefixed(&[purpose.as_bytes(), context]))
    }
}

// === impl RootKeyId ===

impl RootKeyId {
    pub(crate) fn from_bytes(bytes: [u8; ROOT_ID_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; ROOT_ID_BYTES] {
        &self.0
    }
}

impl PartialEq for RootKeyId {
    /// In a time that does not tell where they differ.
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl Eq for RootKeyId {}

impl fmt::Display for RootKeyId {
    /// Its first half, such as `3f0a-91c7-5be2-d4a8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0[..SHOWN_BYTES].iter().enumerate() {
            let hyphen = if place > 0 && place % 2 == 0 { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A pipe in the key's place would otherwise hold the start for ever.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_created_key_is_private_loads_again_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let key = RootKey::create(&path, &SystemEntropy).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(RootKey::load(&path).unwrap().0.expose(), key.0.expose());
        assert!(matches!(RootKey::create(&path, &SystemEntropy), Err(RootKeyError::AlreadyExists(_))));
        assert_eq!(RootKey::load(&path).unwrap().0.expose(), key.0.expose());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_may_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        RootKey::create(&path, &SystemEntropy).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let error = RootKey::load(&path).unwrap_err();
            assert!(matches!(error, RootKeyError::Exposed { mode: m, .. } if m == mode));
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(RootKey::load(&folder.path().join("none")), Err(RootKeyError::Missing(_))));
        assert!(matches!(RootKey::load(folder.path()), Err(RootKeyError::Malformed(_))));
        for bytes in [&[][..], &[7; 31], &[7; 33], &[0; 32]] {
            let path = folder.path().join("bad");
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
            assert!(matches!(RootKey::load(&path), Err(RootKeyError::Malformed(_))), "{} bytes", bytes.len());
        }
    }

    #[test]
    fn an_id_tells_keys_apart_and_is_shown_in_groups() {
        let key = RootKey(Secret::from_slice(&[7; SECRET_BYTES]).unwrap());
        assert_eq!(key.id(), key.id());
        assert_ne!(key.id(), RootKey::generate(&SystemEntropy).id());
        let shown = key.id().to_string();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3), "{shown}");
        assert!(!shown.contains("0707"), "{shown}");
    }

    #[test]
    fn a_key_from_its_words_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("root.key"), RootKey::generate(&SystemEntropy));
        key.write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(RootKey::load(&path).unwrap().id(), key.id());
        let other = RootKey::generate(&SystemEntropy).write(&path);
        assert!(matches!(other, Err(RootKeyError::AlreadyExists(_))));
        assert_eq!(RootKey::load(&path).unwrap().id(), key.id());
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", RootKey::generate(&SystemEntropy)), "RootKey(Secret(..))");
    }
}

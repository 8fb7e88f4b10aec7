//! Sealed objects by name: put, open, ranged read, list, delete; and the doors to journals.
//!
//! Always holds: plaintext goes in and out through here and nowhere else; an object is opened only after its length was
//! verified; a range is returned only if every segment under it is authentic. Does not cache plaintext.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use model::{Entropy, ObjectId, Scope, limits};

use crate::disk::{Disk, DiskError, PutMode, Room};
use crate::journal::reader::JournalReader;
use crate::journal::writer::JournalWriter;
use crate::keyring::{DataKey, KeyError, KeyRing};
use crate::name::{ObjectKind, ObjectName};
use crate::path::ObjectPath;
use crate::secret::CipherRefused;
use crate::stream::{self, Freshness, HEADER_BYTES, Layout, ObjectCipher, TAG_BYTES};

#[derive(Clone)]
pub struct SealedStore {
    objects: Arc<dyn Disk>,
    journals: Arc<dyn Disk>,
    keys: Arc<KeyRing>,
    entropy: Arc<dyn Entropy>,
}

/// What `put` stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    pub name: ObjectName,
    pub sealed_bytes: u64,
}

/// An open object. Clones share it.
#[derive(Clone)]
pub struct SealedReader(Arc<OpenObject>);

struct OpenObject {
    name: ObjectName,
    path: ObjectPath,
    disk: Arc<dyn Disk>,
    cipher: ObjectCipher,
    layout: Layout,
}

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("there is no key to seal with")]
    Key(#[from] KeyError),
    #[error("the sealed bytes could not be stored")]
    Disk(#[from] DiskError),
    #[error("there are too many bytes for one sealed object or frame")]
    TooLarge,
    #[error("the journal failed before and takes no more frames; begin a new one")]
    JournalFailed,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no such object")]
    Missing,
    #[error("the object's key cannot be used")]
    Key(#[from] KeyError),
    #[error("the object does not begin as a sealed object of a known format does")]
    Header,
    #[error("the object was cut short")]
    Truncated,
    #[error("segment {segment} is not authentic: altered, cut short, or sealed under another key or for another name")]
    NotAuthentic { segment: u64 },
    #[error("the range ends past the object's {length} bytes")]
    OutOfRange { length: u64 },
    #[error("the object could not be read")]
    Disk(#[source] DiskError),
}

// === impl OpenError ===

impl OpenError {
    /// Whether the object itself is at fault, rather than the disk or the keys of the moment.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Missing | Self::Header | Self::Truncated | Self::NotAuthentic { .. } => true,
            Self::Key(KeyError::NotFound { .. } | KeyError::Damaged { .. }) => true,
            Self::Key(_) | Self::OutOfRange { .. } | Self::Disk(_) => false,
        }
    }
}

// === impl SealedStore ===

impl SealedStore {
    #[must_use]
    pub fn new(objects: Arc<dyn Disk>, journals: Arc<dyn Disk>, keys: Arc<KeyRing>, entropy: Arc<dyn Entropy>) -> Self {
        Self { objects, journals, keys, entropy }
    }

    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Seals an object under the source's key of today and stores it; it is durable on return.
    #[tracing::instrument(name = "seal.put", skip_all, fields(object.kind = %kind, object.id = %object, plain.bytes = plaintext.len()))]
    pub fn put(&self, scope: Scope, kind: ObjectKind, object: ObjectId, plaintext: &[u8]) -> Result<Sealed, SealError> {
        let key = self.keys.sealing_key(scope)?;
        let name = ObjectName { scope, kind, key: key.id, object };
        let fresh = Freshness::draw(&*self.entropy);
        let cipher = ObjectCipher::new(&key.secret, &fresh, &name.binding());
        let sealed = stream::seal_object(&cipher, &fresh, plaintext)?;
        self.disk(kind).put(&name.path(), &sealed, PutMode::Create)?;
        Ok(Sealed { name, sealed_bytes: sealed.len() as u64 })
    }

    pub fn open(&self, name: &ObjectName) -> Result<SealedReader, OpenError> {
        Ok(self.open_with_tail(name)?.0)
    }

    /// Opens an object and also returns the plaintext of its last segment, which opening has verified anyway: formats
    /// that end in a footer save a read.
    #[tracing::instrument(name = "seal.open", skip_all, fields(object.name = %name))]
    pub fn open_with_tail(&self, name: &ObjectName) -> Result<(SealedReader, Vec<u8>), OpenError> {
        self.open_under(name, |keys| keys.opening_key(name.scope, name.key))
    }

    /// Opens an object under the key that is chosen, which only its own should do.
    pub(crate) fn open_under(
        &self,
        name: &ObjectName,
        choose: impl FnOnce(&KeyRing) -> Result<Arc<DataKey>, KeyError>,
    ) -> Result<(SealedReader, Vec<u8>), OpenError> {
        let (disk, path) = (Arc::clone(self.disk(name.kind)), name.path());
        let layout = Layout::of_sealed(disk.size(&path)?).ok_or(OpenError::Truncated)?;
        let last = layout.segment(layout.last_segment());
        // One read when the header and the last segment are neighbours.
        let (header, tail) = if layout.last_segment() == 0 {
            let mut whole = read_exactly(&*disk, &path, 0..layout.sealed_length())?;
            let tail = whole.split_off(HEADER_BYTES);
            (whole, tail)
        } else {
            (read_exactly(&*disk, &path, 0..HEADER_BYTES as u64)?, read_exactly(&*disk, &path, last)?)
        };
        let header = header.first_chunk().ok_or(OpenError::Truncated)?;
        let fresh = stream::parse_header(header).ok_or(OpenError::Header)?;
        let key = choose(&self.keys)?;
        let cipher = ObjectCipher::new(&key.secret, &fresh, &name.binding());
        let tail = open_last_segment(&cipher, &layout, tail)?;
        Ok((SealedReader(Arc::new(OpenObject { name: *name, path, disk, cipher, layout })), tail))
    }

    /// Deletes the sealed bytes. An absent object counts as deleted.
    pub fn delete(&self, name: &ObjectName) -> Result<(), DiskError> {
        self.disk(name.kind).delete(&name.path())
    }

    /// The objects of one kind of a source, with their sealed bytes.
    pub fn list(&self, scope: Scope, kind: ObjectKind) -> Result<Vec<(ObjectName, u64)>, DiskError> {
        Ok(names(&self.disk(kind).list(&format!("{scope}/{kind}"))?, kind))
    }

    /// The objects of one kind of all sources, with their sealed bytes: what is stored, whatever a catalog says.
    pub fn list_all(&self, kind: ObjectKind) -> Result<Vec<(ObjectName, u64)>, DiskError> {
        Ok(names(&self.disk(kind).list("")?, kind))
    }

    /// How much room the journal's disk has; `None` where nobody knows.
    #[must_use]
    pub fn room(&self) -> Option<Room> {
        self.journals.room()
    }

    /// Whether the journal may grow: not into what is kept for parts, the catalogs and the audit trail, without which a
    /// full disk could neither be read nor made empty.
    #[must_use]
    pub fn has_room_for_journal(&self) -> bool {
        self.journals.room().is_none_or(|room| room.free > kept(room))
    }

    /// Whether the disk of objects may take so many bytes of uploads: not into what journals grow into, so that nobody's file
    /// keeps others from being written.
    #[must_use]
    pub fn has_room_for_uploads(&self, bytes: u64) -> bool {
        let left = |room: Room| kept(room) + room.total / limits::UPLOADS_LEAVE_SHARE;
        self.objects.room().is_none_or(|room| room.free > left(room).saturating_add(bytes))
    }

    /// Begins a journal under the source's key of today; its file and header are durable on return.
    pub fn create_journal(&self, scope: Scope, object: ObjectId) -> Result<JournalWriter, SealError> {
        let key = self.keys.sealing_key(scope)?;
        let name = ObjectName { scope, kind: ObjectKind::Journal, key: key.id, object };
        let log = self.journals.create_log(&name.path())?;
        JournalWriter::begin(name, log, Arc::clone(&self.keys), key, &*self.entropy)
    }

    /// Opens a journal to replay it, and makes durable what it holds: a frame that was read must not vanish later.
    pub fn read_journal(&self, name: &ObjectName) -> Result<JournalReader, OpenError> {
        self.journals.sync(&name.path())?;
        JournalReader::open(*name, Arc::clone(&self.journals), &self.keys)
    }

    /// The same keys, over another disk for everything.
    pub(crate) fn over(&self, disk: Arc<dyn Disk>) -> Self {
        Self::new(Arc::clone(&disk), disk, Arc::clone(&self.keys), Arc::clone(&self.entropy))
    }

    pub(crate) fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    pub(crate) fn disk(&self, kind: ObjectKind) -> &Arc<dyn Disk> {
        match kind {
            ObjectKind::Part | ObjectKind::Upload => &self.objects,
            ObjectKind::Journal => &self.journals,
        }
    }
}

/// Bytes that are kept of a disk for what has to be written however full it is.
fn kept(room: Room) -> u64 {
    (room.total / limits::DISK_KEPT_SHARE).clamp(limits::DISK_KEPT_BYTES_MIN, limits::DISK_KEPT_BYTES_MAX)
}

/// Foreign files are passed over: the store deletes and opens only what it can have written.
fn names(listed: &[(ObjectPath, u64)], kind: ObjectKind) -> Vec<(ObjectName, u64)> {
    let named = listed.iter().filter_map(|(path, size)| Some((ObjectName::parse(path.as_str()).ok()?, *size)));
    named.filter(|(name, _)| name.kind == kind).collect()
}

pub(crate) fn read_exactly(disk: &dyn Disk, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
    let expected = range.end - range.start;
    let bytes = disk.read(path, range)?;
    if bytes.len() as u64 == expected { Ok(bytes) } else { Err(DiskError::past_end()) }
}

fn open_last_segment(cipher: &ObjectCipher, layout: &Layout, mut sealed: Vec<u8>) -> Result<Vec<u8>, OpenError> {
    let number = layout.last_segment();
    // Opening overwrites, and only a failure needs the ciphertext again; segments are small.
    let untouched = sealed.clone();
    match cipher.open(layout.nonce(cipher, number), &[], &mut sealed) {
        Ok(length) => {
            sealed.truncate(length);
            Ok(sealed)
        }
        Err(CipherRefused) if cipher.opens_as_inner(number as u32, &untouched) => Err(OpenError::Truncated),
        Err(CipherRefused) => Err(OpenError::NotAuthentic { segment: number }),
    }
}

impl fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedStore").finish_non_exhaustive()
    }
}

// === impl SealedReader ===

impl SealedReader {
    #[must_use]
    pub fn name(&self) -> &ObjectName {
        &self.0.name
    }

    /// Bytes of plaintext.
    #[expect(clippy::len_without_is_empty, reason = "the length of a file, not of a collection")]
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.layout.plain_length()
    }

    #[must_use]
    pub fn sealed_bytes(&self) -> u64 {
        self.0.layout.sealed_length()
    }

    /// The plaintext of a range: one read of the segments that cover it, opened where they lie.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>, OpenError> {
        let OpenObject { path, disk, cipher, layout, .. } = &*self.0;
        if range.end > layout.plain_length() || range.start > range.end {
            return Err(OpenError::OutOfRange { length: layout.plain_length() });
        }
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (first, mut skip) = layout.position(range.start);
        let (last, _) = layout.position(range.end - 1);
        let mut bytes = read_exactly(&**disk, path, layout.segment(first).start..layout.segment(last).end)?;
        let mut wanted = (range.end - range.start) as usize;
        let (mut source, mut filled) = (0, 0);
        for number in first..=last {
            let sealed = source..source + layout.segment_length(number);
            cipher
                .open(layout.nonce(cipher, number), &[], &mut bytes[sealed.clone()])
                .map_err(|CipherRefused| OpenError::NotAuthentic { segment: number })?;
            let taken = (sealed.len() - TAG_BYTES - skip).min(wanted);
            // The segment is still in the processor's cache, so this move costs little.
            bytes.copy_within(sealed.start + skip..sealed.start + skip + taken, filled);
            (filled, wanted, source, skip) = (filled + taken, wanted - taken, sealed.end, 0);
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

impl fmt::Debug for SealedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealedReader").field(&self.0.name).finish()
    }
}

// === impl SealError ===

impl From<CipherRefused> for SealError {
    fn from(CipherRefused: CipherRefused) -> Self {
        Self::TooLarge
    }
}

// === impl OpenError ===

impl From<DiskError> for OpenError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::NotFound => Self::Missing,
            error @ (DiskError::AlreadyExists | DiskError::Full | DiskError::Io(_) | DiskError::Remote { .. }) => {
                Self::Disk(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;

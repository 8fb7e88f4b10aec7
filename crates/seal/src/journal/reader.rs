//! Replays a journal, one frame in memory at a time.
//!
//! Always holds: a frame is returned only if it is authentic and in its place. Where one is not, the reader looks for a
//! later authentic start: if there is one, the frames between are `Damaged`; if there is none, the tail is torn.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{FORMAT, FRAME_START_BYTES, FrameStart, HEADER_BYTES, Step};
use crate::disk::{Disk, DiskError};
use crate::keyring::KeyRing;
use crate::name::ObjectName;
use crate::path::ObjectPath;
use crate::secret::CipherRefused;
use crate::store::{OpenError, read_exactly};
use crate::stream::{self, Freshness, ObjectCipher};

const WINDOW_BYTES: u64 = 1 << 20;
/// Frames that damage may have swallowed between two that are intact; bounds what a search believes worth a try.
const SKIPPED_FRAMES_MAX: u32 = 1 << 20;

pub struct JournalReader {
    name: ObjectName,
    file: Window,
    /// None in a file too short for a header, which then has no frames either.
    cipher: Option<ObjectCipher>,
    at: u64,
    counter: u32,
    tail: Option<Tail>,
    finished: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFrame {
    pub bytes: Vec<u8>,
    /// Where the frame ends in the file.
    pub end: u64,
}

/// How the file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// With a whole frame.
    Clean,
    /// From here on there is no authentic frame. After a crash that is an unacknowledged write.
    Torn { at: u64 },
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading goes on behind the damage with the next call.
    #[error("frame {frame} at byte {at} is damaged, and later frames are intact")]
    Damaged { frame: u32, at: u64 },
    #[error("the journal could not be read")]
    Disk(#[from] DiskError),
}

/// A file read in pieces, of which the last is kept.
struct Window {
    disk: Arc<dyn Disk>,
    path: ObjectPath,
    size: u64,
    start: u64,
    bytes: Vec<u8>,
}

// === impl JournalReader ===

impl JournalReader {
    pub(crate) fn open(name: ObjectName, disk: Arc<dyn Disk>, keys: &KeyRing) -> Result<Self, OpenError> {
        let path = name.path();
        let size = disk.size(&path)?;
        let file = Window { disk, path, size, start: 0, bytes: Vec::new() };
        let mut reader = Self { name, file, cipher: None, at: 0, counter: 0, tail: None, finished: false };
        if size < HEADER_BYTES as u64 {
            // A crash while the journal was begun.
            reader.tail = Some(Tail::Torn { at: 0 });
            return Ok(reader);
        }
        let header = reader.file.read(0..HEADER_BYTES as u64)?.to_vec();
        match reader.open_header(&header, keys) {
            Ok(cipher) => {
                reader.cipher = Some(cipher);
                reader.at = HEADER_BYTES as u64;
            }
            // The header is durable before the first frame is written: one that stands alone was never relied on.
            Err(OpenError::Header | OpenError::NotAuthentic { .. }) if size == HEADER_BYTES as u64 => {
                reader.tail = Some(Tail::Torn { at: 0 });
            }
            Err(error) => return Err(error),
        }
        Ok(reader)
    }

    fn open_header(&self, header: &[u8], keys: &KeyRing) -> Result<ObjectCipher, OpenError> {
        let (plain, tag) = header.split_first_chunk::<{ stream::HEADER_BYTES }>().ok_or(OpenError::Truncated)?;
        let fresh = Freshness::from_header(plain, FORMAT).ok_or(OpenError::Header)?;
        let key = keys.opening_key(self.name.scope, self.name.key)?;
        let cipher = ObjectCipher::new(&key.secret, &fresh, &self.name.binding());
        cipher
            .open(cipher.nonce(0, Step::Header as u8), plain, &mut tag.to_vec())
            .map_err(|CipherRefused| OpenError::NotAuthentic { segment: 0 })?;
        Ok(cipher)
    }

    #[must_use]
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// The next frame; `None` at the end, about which `tail` says more. After `Damaged`, call again.
    #[expect(clippy::should_implement_trait, reason = "the end is inside the result, so that `?` works")]
    pub fn next(&mut self) -> Result<Option<JournalFrame>, JournalError> {
        let Some(cipher) = self.cipher.as_ref().filter(|_| self.tail.is_none()) else {
            return Ok(None);
        };
        let at = self.at;
        if at == self.file.size {
            self.tail = Some(Tail::Clean);
            return Ok(None);
        }
        let body_start = at + FRAME_START_BYTES as u64;
        let start = match body_start <= self.file.size {
            true => authentic_start(cipher, self.file.read(at..body_start)?).filter(|start| start.counter == self.counter),
            false => None,
        };
        let Some(start) = start else {
            // What stands here may be a later frame: those before it were cut out.
            return self.resume(at, at);
        };
        if start.sealed_length == 0 {
            self.finished = true;
            self.tail = Some(if body_start == self.file.size { Tail::Clean } else { Tail::Torn { at: body_start } });
            return Ok(None);
        }
        let end = body_start + u64::from(start.sealed_length);
        if end > self.file.size {
            return self.resume(at, at + 1);
        }
        let mut bytes = self.file.take(body_start..end)?;
        let Ok(length) = cipher.open(cipher.nonce(start.counter, Step::Body as u8), &[], &mut bytes) else {
            return self.resume(at, at + 1);
        };
        bytes.truncate(length);
        self.at = end;
        // The writer stops before the counter would wrap.
        self.counter = self.counter.saturating_add(1);
        Ok(Some(JournalFrame { bytes, end }))
    }

    /// How the file ends; `None` until `next` has said so.
    #[must_use]
    pub fn tail(&self) -> Option<Tail> {
        self.tail
    }

    /// Whether the writer's own end mark was reached: then nothing was cut off.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Gives up the frame at `at` and goes on at the first authentic start that is not before `from`, if there is one.
    fn resume(&mut self, at: u64, from: u64) -> Result<Option<JournalFrame>, JournalError> {
        match self.find_start(from)? {
            Some((found, start)) => {
                let frame = self.counter;
                (self.at, self.counter) = (found, start.counter);
                Err(JournalError::Damaged { frame, at })
            }
            None => {
                self.tail = Some(Tail::Torn { at });
                Ok(None)
            }
        }
    }

    fn find_start(&mut self, from: u64) -> Result<Option<(u64, FrameStart)>, DiskError> {
        let (Some(cipher), length) = (&self.cipher, FRAME_START_BYTES as u64) else {
            return Ok(None);
        };
        let mut from = from;
        while from + length <= self.file.size {
            let end = (from + WINDOW_BYTES).min(self.file.size);
            let bytes = self.file.read(from..end)?;
            for (offset, candidate) in bytes.windows(FRAME_START_BYTES).enumerate() {
                // Cheap tests first: a start is authentic once in a file, and looks possible once in millions of bytes.
                // A run of zeros looks like an end mark at each of its bytes.
                let Some(start) = FrameStart::parse(candidate).filter(|_| candidate[8..].iter().any(|&b| b != 0)) else {
                    continue;
                };
                let ahead = start.counter.checked_sub(self.counter);
                if ahead.is_some_and(|n| n < SKIPPED_FRAMES_MAX) && start.is_authentic(cipher, candidate) {
                    return Ok(Some((from + offset as u64, start)));
                }
            }
            from = end - length + 1;
        }
        Ok(None)
    }
}

fn authentic_start(cipher: &ObjectCipher, bytes: &[u8]) -> Option<FrameStart> {
    FrameStart::parse(bytes).filter(|start| start.is_authentic(cipher, bytes))
}

impl fmt::Debug for JournalReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalReader").field("name", &self.name).field("at", &self.at).finish_non_exhaustive()
    }
}

// === impl Window ===

impl Window {
    /// A range within the file, read ahead.
    fn read(&mut self, range: Range<u64>) -> Result<&[u8], DiskError> {
        let held = self.start..self.start + self.bytes.len() as u64;
        if range.start < held.start || range.end > held.end {
            let end = range.end.max(range.start + WINDOW_BYTES).min(self.size);
            self.bytes = read_exactly(&*self.disk, &self.path, range.start..end)?;
            self.start = range.start;
        }
        let offset = (range.start - self.start) as usize;
        let length = (range.end - range.start) as usize;
        self.bytes.get(offset..offset + length).ok_or_else(DiskError::past_end)
    }

    /// The same for a caller that keeps the bytes: a long range is not read through the window.
    fn take(&mut self, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        if range.end - range.start < WINDOW_BYTES {
            return self.read(range).map(<[u8]>::to_vec);
        }
        read_exactly(&*self.disk, &self.path, range)
    }
}

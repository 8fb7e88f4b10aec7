use std::fmt;
use std::sync::Arc;

use model::Entropy;
use model::limits::{JOURNAL_FRAME_BYTES_MAX, JOURNAL_GROUP_BYTES};

use super::{FORMAT, FRAME_START_BYTES, FrameStart, HEADER_BYTES, Step};
use crate::disk::LogFile;
use crate::keyring::{DataKey, KeyRing};
use crate::name::ObjectName;
use crate::store::SealError;
use crate::stream::{self, Freshness, ObjectCipher, TAG_BYTES};

/// Appends frames to a journal. A new file each time: one that was closed or failed is never continued.
///
/// After any failed write or sync it refuses all further frames, because what the file then holds is unknown.
pub struct JournalWriter {
    name: ObjectName,
    log: Box<dyn LogFile>,
    keys: Arc<KeyRing>,
    key: Arc<DataKey>,
    cipher: ObjectCipher,
    counter: u32,
    written: u64,
    state: State,
    /// Reused from frame to frame.
    frame: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
}

// === impl JournalWriter ===

impl JournalWriter {
    pub(crate) fn begin(
        name: ObjectName,
        mut log: Box<dyn LogFile>,
        keys: Arc<KeyRing>,
        key: Arc<DataKey>,
        entropy: &dyn Entropy,
    ) -> Result<Self, SealError> {
        let fresh = Freshness::draw(entropy);
        let cipher = ObjectCipher::new(&key.secret, &fresh, &name.binding());
        let mut header = [0; HEADER_BYTES];
        let (plain, tag) = header.split_at_mut(stream::HEADER_BYTES);
        plain.copy_from_slice(&fresh.header(FORMAT));
        cipher.seal(cipher.nonce(0, Step::Header as u8), plain, &[], tag)?;
        log.append(&header)?;
        // Durable before any frame, so that a bad header before frames is damage and never the work of a crash.
        log.sync()?;
        let written = HEADER_BYTES as u64;
        Ok(Self { name, log, keys, key, cipher, counter: 0, written, state: State::Open, frame: Vec::new() })
    }

    #[must_use]
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// Bytes of the file, header included.
    #[must_use]
    pub fn written_bytes(&self) -> u64 {
        self.written
    }

    /// Seals one frame and writes it with one write. Refused with `KeyError::TooOld` once the journal's key may no longer
    /// seal: then begin a new journal; this one stays good for `sync`.
    pub fn append(&mut self, frame: &[u8]) -> Result<(), SealError> {
        if frame.len() > JOURNAL_FRAME_BYTES_MAX {
            return Err(SealError::TooLarge);
        }
        self.refuse_closed()?;
        self.keys.check_seals(self.name.scope, &self.key)?;
        let start = FrameStart { sealed_length: (frame.len() + TAG_BYTES) as u32, counter: self.counter };
        let length = FRAME_START_BYTES + frame.len() + TAG_BYTES;
        if self.frame.len() < length {
            self.frame.resize(length, 0);
        }
        let (head, body) = self.frame[..length].split_at_mut(FRAME_START_BYTES);
        start.write(&self.cipher, head)?;
        self.cipher.seal(self.cipher.nonce(self.counter, Step::Body as u8), &[], frame, body)?;
        self.write(length)
    }

    /// Makes all appended frames durable.
    pub fn sync(&mut self) -> Result<(), SealError> {
        self.refuse_closed()?;
        let synced = self.log.sync();
        // What a failed sync has lost, a second one would not report.
        if synced.is_err() {
            self.state = State::Closed;
        }
        Ok(synced?)
    }

    /// Ends the journal with a mark, durably, so that a reader can tell that nothing was cut off.
    pub fn finish(&mut self) -> Result<(), SealError> {
        self.refuse_closed()?;
        let end = FrameStart { sealed_length: 0, counter: self.counter };
        self.frame.resize(self.frame.len().max(FRAME_START_BYTES), 0);
        end.write(&self.cipher, &mut self.frame[..FRAME_START_BYTES])?;
        self.write(FRAME_START_BYTES)?;
        self.sync()?;
        self.state = State::Closed;
        Ok(())
    }

    fn refuse_closed(&self) -> Result<(), SealError> {
        match self.state {
            State::Open => Ok(()),
            State::Closed => Err(SealError::JournalFailed),
        }
    }

    fn write(&mut self, length: usize) -> Result<(), SealError> {
        let appended = self.log.append(&self.frame[..length]);
        if self.frame.len() > 2 * JOURNAL_GROUP_BYTES {
            self.frame = Vec::new();
        }
        let next = self.counter.checked_add(1);
        let (Ok(()), Some(next)) = (&appended, next) else {
            self.state = State::Closed;
            appended?;
            return Ok(());
        };
        self.counter = next;
        self.written += length as u64;
        Ok(())
    }
}

impl fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalWriter").field("name", &self.name).field("written", &self.written).finish_non_exhaustive()
    }
}

//! The journal: sealed frames in the order they were appended, in a file that a crash may cut anywhere.
//!
//! | part | bytes |
//! |---|---|
//! | header | `0x4A`, salt 32, nonce prefix 7, tag 16 over the 40 before it |
//! | frame | sealed length u32, counter u32, tag 16 over these 8; ciphertext, tag 16 |
//! | end | length 0, counter u32, tag 16 over these 8; only after a journal was finished |
//!
//! Numbers are big endian. Key: HKDF-SHA-256(data key, salt, binding). Nonce: prefix, counter, step (see [`Step`]).
//! Always holds: a file is written by one writer once and never appended to again, so no nonce repeats; a length is
//! believed only after its tag was verified, so damage is not taken for the end.

pub(crate) mod reader;
pub(crate) mod writer;

use model::limits::JOURNAL_FRAME_BYTES_MAX;

use crate::secret::CipherRefused;
use crate::stream::{self, ObjectCipher, TAG_BYTES};

const FORMAT: u8 = 0x4a;
pub(crate) const HEADER_BYTES: usize = stream::HEADER_BYTES + TAG_BYTES;
const FRAME_START_BYTES: usize = 4 + 4 + TAG_BYTES;
const SEALED_FRAME_BYTES_MAX: usize = JOURNAL_FRAME_BYTES_MAX + TAG_BYTES;

/// The last byte of a nonce: which of the sealings under one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Step {
    Header = 0,
    Start = 1,
    Body = 2,
    End = 3,
}

/// What stands before a frame's ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FrameStart {
    /// Zero marks the end.
    sealed_length: u32,
    counter: u32,
}

/// Whether a journal may begin with these bytes: with its header, or with what a crash leaves of one that was never used.
pub(crate) fn may_begin_so(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|&first| first == FORMAT) || bytes.len() <= HEADER_BYTES && bytes.iter().all(|&b| b == 0)
}

// === impl FrameStart ===

impl FrameStart {
    fn step(self) -> Step {
        if self.sealed_length == 0 { Step::End } else { Step::Start }
    }

    fn numbers(self) -> [u8; 8] {
        let mut numbers = [0; 8];
        numbers[..4].copy_from_slice(&self.sealed_length.to_be_bytes());
        numbers[4..].copy_from_slice(&self.counter.to_be_bytes());
        numbers
    }

    fn write(self, cipher: &ObjectCipher, out: &mut [u8]) -> Result<(), CipherRefused> {
        let (numbers, tag) = out.split_at_mut_checked(8).ok_or(CipherRefused)?;
        numbers.copy_from_slice(&self.numbers());
        cipher.seal(cipher.nonce(self.counter, self.step() as u8), numbers, &[], tag)
    }

    /// Reads the numbers without believing them; `None` if no writer writes such.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let sealed_length = u32::from_be_bytes(*length);
        let possible = sealed_length == 0 || (TAG_BYTES..=SEALED_FRAME_BYTES_MAX).contains(&(sealed_length as usize));
        possible.then_some(Self { sealed_length, counter: u32::from_be_bytes(*rest.first_chunk()?) })
    }

    fn is_authentic(self, cipher: &ObjectCipher, bytes: &[u8]) -> bool {
        let Some(tag) = bytes.get(8..).and_then(<[u8]>::first_chunk::<TAG_BYTES>) else {
            return false;
        };
        cipher.open(cipher.nonce(self.counter, self.step() as u8), &self.numbers(), &mut { *tag }).is_ok()
    }
}

#[cfg(test)]
mod tests;

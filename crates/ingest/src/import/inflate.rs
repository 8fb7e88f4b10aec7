//! Decompresses a file step by step.
//!
//! Always holds: a step writes at most `STEP_BYTES`; all steps together no more than the limits say of a file of as many
//! bytes as were read; a decoder's own state stays under 10 MiB. Several gzip members or zstd frames in a row are one file.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};
use identity::ImportCompression;
use model::limits;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::lines::Broken;

const STEP_BYTES: usize = 256 << 10;
const GZIP_WINDOW_BITS: u8 = 15;
const GZIP_MAGIC: &[u8] = b"\x1f\x8b\x08";
const ZSTD_MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";

pub(super) struct Inflate {
    asked: ImportCompression,
    kind: Option<Kind>,
    read: u64,
    written: u64,
    /// In the middle of a member or frame.
    is_within: bool,
    /// There may be more than the last step had room for.
    has_more: bool,
}

enum Kind {
    None,
    Gzip(Decompress),
    Zstd(Box<Decoder<'static>>),
}

/// What one step did.
struct Step {
    read: usize,
    /// In the middle of a member or frame; nothing where it did nothing.
    is_within: Option<bool>,
}

// === impl Inflate ===

impl Inflate {
    pub(super) fn new(asked: ImportCompression) -> Self {
        Self { asked, kind: None, read: 0, written: 0, is_within: false, has_more: false }
    }

    /// For what is not compressed: the bytes before were read.
    pub(super) fn go_on_at(&mut self, at: u64) {
        (self.read, self.written) = (at, at);
    }

    pub(super) fn found(&self) -> Option<ImportCompression> {
        self.kind.as_ref().map(|kind| match kind {
            Kind::None => ImportCompression::None,
            Kind::Gzip(_) => ImportCompression::Gzip,
            Kind::Zstd(_) => ImportCompression::Zstd,
        })
    }

    pub(super) fn read(&self) -> u64 {
        self.read
    }

    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Appends some of what `input` becomes to `out`, which is empty; gives how much of it was read. The first input says
    /// what it is.
    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Broken> {
        let at = self.read;
        let invalid = move || Broken { code: "invalid_encoding", at };
        if input.is_empty() && !self.has_more {
            return Ok(0);
        }
        let kind = match &mut self.kind {
            Some(kind) => kind,
            None => self.kind.insert(Kind::new(self.asked, input).ok_or_else(invalid)?),
        };
        out.reserve_exact(STEP_BYTES);
        let step = kind.step(input, out).ok_or_else(invalid)?;
        self.read += step.read as u64;
        self.written += out.len() as u64;
        self.is_within = step.is_within.unwrap_or(self.is_within);
        self.has_more = !matches!(kind, Kind::None) && out.len() == out.capacity();
        if step.read == 0 && out.is_empty() && !input.is_empty() {
            return Err(invalid());
        }
        let most = self.read.saturating_mul(limits::DECOMPRESSION_RATIO_MAX as u64).max(limits::IMPORT_FREE_BYTES);
        if self.written > most.min(limits::IMPORT_PLAIN_BYTES_MAX) {
            return Err(Broken { code: "decompression_bomb", at: self.read });
        }
        Ok(step.read)
    }

    pub(super) fn finish(&self) -> Result<(), Broken> {
        if self.is_within { Err(Broken { code: "truncated_body", at: self.read }) } else { Ok(()) }
    }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("read", &self.read).field("written", &self.written).finish_non_exhaustive()
    }
}

// === impl Kind ===

impl Kind {
    fn new(asked: ImportCompression, beginning: &[u8]) -> Option<Self> {
        let asked = if asked == ImportCompression::Auto { of_beginning(beginning) } else { asked };
        match asked {
            ImportCompression::Auto | ImportCompression::None => Some(Self::None),
            ImportCompression::Gzip => Some(Self::Gzip(Decompress::new_gzip(GZIP_WINDOW_BITS))),
            ImportCompression::Zstd => {
                let mut decoder = Decoder::new().ok()?;
                decoder.set_parameter(DParameter::WindowLogMax(limits::ZSTD_WINDOW_LOG_MAX)).ok()?;
                Some(Self::Zstd(Box::new(decoder)))
            }
        }
    }

    /// `None` where the input is not what it should be.
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<Step> {
        match self {
            Self::None => {
                let read = input.len().min(STEP_BYTES);
                out.extend_from_slice(&input[..read]);
                Some(Step { read, is_within: None })
            }
            Self::Gzip(stream) => {
                let before = stream.total_in();
                let status = stream.decompress_vec(input, out, FlushDecompress::None).ok()?;
                let read = usize::try_from(stream.total_in() - before).ok()?;
                let ended = status == Status::StreamEnd;
                if ended {
                    *stream = Decompress::new_gzip(GZIP_WINDOW_BITS);
                }
                let did = read > 0 || !out.is_empty();
                Some(Step { read, is_within: did.then_some(!ended) })
            }
            Self::Zstd(decoder) => {
                let mut input = InBuffer::around(input);
                let mut output = OutBuffer::around(out);
                let expected = decoder.run(&mut input, &mut output).ok()?;
                let (read, did) = (input.pos(), input.pos() > 0 || output.pos() > 0);
                Some(Step { read, is_within: did.then_some(expected != 0) })
            }
        }
    }
}

fn of_beginning(beginning: &[u8]) -> ImportCompression {
    if beginning.starts_with(GZIP_MAGIC) {
        ImportCompression::Gzip
    } else if beginning.starts_with(ZSTD_MAGIC) {
        ImportCompression::Zstd
    } else {
        ImportCompression::None
    }
}

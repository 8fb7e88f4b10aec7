//! Content encodings: a compressed body in, its bytes out, or a refusal before memory is spent on it.
//!
//! Always holds: no more than `BodyLimits` allow is ever written, none of it before there is said to be room, and a
//! decoder's own state stays under 10 MiB.
//! Several gzip members or zstd frames in a row are one body. Does not undo an encoding of an encoding.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use model::limits;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::DecodeError;

/// The chunk that framed snappy begins with.
const SNAPPY_FRAMES: &[u8] = b"\xff\x06\x00\x00sNaPpY";
const GZIP_WINDOW_BITS: u8 = 15;
/// What a buffer starts with beyond the sender's word, and grows by at least.
const STEP_BYTES: usize = 64 << 10;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentEncoding {
    Identity,
    Gzip,
    Deflate,
    /// In frames, or one block as Loki's and Prometheus' clients send it.
    Snappy,
    Zstd,
}

/// How large a body may become.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    pub bytes_max: usize,
    /// Times the size on the wire, beyond the first `DECOMPRESSION_FREE_BYTES`.
    pub ratio_max: usize,
}

#[derive(Debug, Clone, Copy)]
enum Inflate {
    Gzip,
    Zlib,
    Raw,
}

/// Says whether there is room for so many more bytes.
pub type Room<'a> = &'a mut dyn FnMut(usize) -> bool;

/// What a body becomes, as far as it is known.
struct Growing<'a> {
    out: Vec<u8>,
    allowed: usize,
    room: Room<'a>,
}

// === impl BodyLimits ===

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes_max: limits::BODY_BYTES_MAX, ratio_max: limits::DECOMPRESSION_RATIO_MAX }
    }
}

impl BodyLimits {
    fn by_ratio(self, wire_bytes: usize) -> usize {
        wire_bytes.saturating_mul(self.ratio_max).max(limits::DECOMPRESSION_FREE_BYTES)
    }

    fn bytes_allowed(self, wire_bytes: usize) -> usize {
        self.bytes_max.min(self.by_ratio(wire_bytes))
    }

    fn check(self, wire_bytes: usize, bytes: usize) -> Result<(), DecodeError> {
        if bytes > self.bytes_max {
            return Err(DecodeError::body_too_large(self.bytes_max));
        }
        if bytes > self.by_ratio(wire_bytes) {
            let detail = format_args!("the body grows to more than {} times its size", self.ratio_max);
            return Err(DecodeError::too_large("decompression_bomb", detail));
        }
        Ok(())
    }
}

// === impl ContentEncoding ===

impl ContentEncoding {
    /// Reads a `Content-Encoding` header.
    pub fn parse(header: &str) -> Result<Self, DecodeError> {
        let name = header.trim();
        let known = [
            ("", Self::Identity),
            ("identity", Self::Identity),
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("snappy", Self::Snappy),
            ("zstd", Self::Zstd),
        ];
        known.iter().find_map(|(known, encoding)| known.eq_ignore_ascii_case(name).then_some(*encoding)).ok_or_else(|| {
            let detail = "content-encoding must be one of gzip, deflate, snappy, zstd, identity";
            DecodeError::unsupported("unsupported_encoding", detail)
        })
    }
}

/// Gives the bytes that the client compressed. An empty body is empty under every encoding.
pub fn decompress(encoding: ContentEncoding, body: Bytes, limits: BodyLimits) -> Result<Bytes, DecodeError> {
    decompress_within(encoding, body, limits, &mut |_| true)
}

/// The same where `room` is asked before memory is taken: whether there is so much more. Where there is not, the refusal is
/// that of a busy server. A body that is not compressed takes none.
pub fn decompress_within(
    encoding: ContentEncoding,
    body: Bytes,
    limits: BodyLimits,
    room: Room<'_>,
) -> Result<Bytes, DecodeError> {
    if body.is_empty() {
        return Ok(body);
    }
    match encoding {
        ContentEncoding::Identity => {
            limits.check(body.len(), body.len())?;
            Ok(body)
        }
        ContentEncoding::Gzip => inflate(Inflate::Gzip, &body, limits, room),
        // RFC 9110 means zlib; some clients send the bare stream and browsers take both.
        ContentEncoding::Deflate if !has_zlib_header(&body) => inflate(Inflate::Raw, &body, limits, room),
        ContentEncoding::Deflate => match inflate(Inflate::Zlib, &body, limits, room) {
            Err(error) if error.code == "invalid_encoding" => inflate(Inflate::Raw, &body, limits, room).map_err(|_| error),
            decided => decided,
        },
        ContentEncoding::Snappy if body.starts_with(SNAPPY_FRAMES) => unsnap_frames(&body, limits, room),
        ContentEncoding::Snappy => unsnap(&body, limits, room),
        ContentEncoding::Zstd => unzstd(&body, limits, room),
    }
}

fn has_zlib_header(body: &[u8]) -> bool {
    let [first, second, ..] = body else { return false };
    first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
}

fn inflate(format: Inflate, body: &[u8], limits: BodyLimits, room: Room<'_>) -> Result<Bytes, DecodeError> {
    let mut growing = Growing::new(size_hint(format, body), limits.bytes_allowed(body.len()), room)?;
    let mut at = 0;
    while at < body.len() {
        let mut stream = match format {
            Inflate::Gzip => Decompress::new_gzip(GZIP_WINDOW_BITS),
            Inflate::Zlib => Decompress::new(true),
            Inflate::Raw => Decompress::new(false),
        };
        loop {
            let out = growing.with_room_for(1)?;
            let (read, written) = (stream.total_in(), out.len());
            let status = stream.decompress_vec(&body[at..], out, FlushDecompress::None);
            let status = status.map_err(|_| invalid(at))?;
            let read = usize::try_from(stream.total_in() - read).map_err(|_| invalid(at))?;
            at += read;
            limits.check(body.len(), out.len())?;
            if status == Status::StreamEnd {
                break;
            }
            if read == 0 && out.len() == written && out.len() < out.capacity() {
                return Err(if at == body.len() { truncated(at) } else { invalid(at) });
            }
        }
        if at < body.len() && !matches!(format, Inflate::Gzip) {
            return Err(invalid(at));
        }
    }
    Ok(growing.out.into())
}

fn unzstd(body: &[u8], limits: BodyLimits, room: Room<'_>) -> Result<Bytes, DecodeError> {
    let mut stream = Decoder::new().map_err(|_| invalid(0))?;
    stream.set_parameter(DParameter::WindowLogMax(limits::ZSTD_WINDOW_LOG_MAX)).map_err(|_| invalid(0))?;
    let mut growing = Growing::new(body.len().saturating_mul(8), limits.bytes_allowed(body.len()), room)?;
    let mut input = InBuffer::around(body);
    loop {
        let out = growing.with_room_for(1)?;
        let (read, written) = (input.pos(), out.len());
        let mut output = OutBuffer::around_pos(out, written);
        let expected = stream.run(&mut input, &mut output).map_err(|_| invalid(read))?;
        limits.check(body.len(), out.len())?;
        let all_read = input.pos() == body.len();
        if expected == 0 && all_read {
            return Ok(growing.out.into());
        }
        if input.pos() == read && out.len() == written && out.len() < out.capacity() {
            return Err(if all_read { truncated(read) } else { invalid(read) });
        }
    }
}

/// One block, which says first how large it becomes.
fn unsnap(body: &[u8], limits: BodyLimits, room: Room<'_>) -> Result<Bytes, DecodeError> {
    let claimed = snap::raw::decompress_len(body).map_err(|_| invalid(0))?;
    limits.check(body.len(), claimed)?;
    if !room(claimed) {
        return Err(DecodeError::busy());
    }
    let out = snap::raw::Decoder::new().decompress_vec(body).map_err(|_| invalid(0))?;
    Ok(out.into())
}

fn unsnap_frames(body: &[u8], limits: BodyLimits, room: Room<'_>) -> Result<Bytes, DecodeError> {
    let allowed = limits.bytes_allowed(body.len());
    let mut growing = Growing::new(body.len().saturating_mul(4), allowed, room)?;
    let mut frames = snap::read::FrameDecoder::new(body).take(allowed as u64 + 1);
    let mut step = vec![0; STEP_BYTES];
    loop {
        let read = frames.read(&mut step).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => truncated(body.len()),
            _ => invalid(0),
        })?;
        if read == 0 {
            break;
        }
        growing.with_room_for(read)?.extend_from_slice(&step[..read]);
    }
    limits.check(body.len(), growing.out.len())?;
    Ok(growing.out.into())
}

/// The size that a gzip trailer claims, as far as the size on the wire makes it likely.
fn size_hint(format: Inflate, body: &[u8]) -> usize {
    let likely = body.len().saturating_mul(8).saturating_add(STEP_BYTES);
    match (format, body.last_chunk::<4>()) {
        (Inflate::Gzip, Some(claim)) => (u32::from_le_bytes(*claim) as usize).min(likely.saturating_mul(4)),
        (Inflate::Gzip | Inflate::Zlib | Inflate::Raw, _) => likely,
    }
}

// === impl Growing ===

impl<'a> Growing<'a> {
    fn new(likely: usize, allowed: usize, room: Room<'a>) -> Result<Self, DecodeError> {
        let first = likely.min(allowed) + 1;
        if !room(first) {
            return Err(DecodeError::busy());
        }
        Ok(Self { out: Vec::with_capacity(first), allowed, room })
    }

    /// Leaves room for at least so many bytes; beyond those, for one more than is allowed but no further.
    fn with_room_for(&mut self, least: usize) -> Result<&mut Vec<u8>, DecodeError> {
        if self.out.capacity() - self.out.len() < least {
            let len = self.out.len();
            let more = len.max(STEP_BYTES).min((self.allowed + 1).saturating_sub(len)).max(least);
            if !(self.room)(len + more - self.out.capacity()) {
                return Err(DecodeError::busy());
            }
            self.out.reserve_exact(more);
        }
        Ok(&mut self.out)
    }
}

fn invalid(at: usize) -> DecodeError {
    DecodeError::bad("invalid_encoding", "the body is not what its content-encoding says").at(at)
}

fn truncated(at: usize) -> DecodeError {
    DecodeError::bad("truncated_body", "the compressed body ends too early").at(at)
}

#[cfg(test)]
mod tests;

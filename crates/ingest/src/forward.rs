//! Fluent's forward protocol, version 1: where a message ends, the greeting, and the modes in which records come.
//!
//! | mode | message |
//! |---|---|
//! | Message | `[tag, time, map, options?]` |
//! | Forward | `[tag, [[time, map], …], options?]` |
//! | PackedForward | `[tag, bytes of [time, map] in a row, options?]` |
//! | CompressedPackedForward | the same, compressed as `options` says |
//!
//! Always holds: what is read and written is bounded by `model::limits`; whatever bytes come, they are decoded or refused.
//! Holds no secret and decides nothing: whoever calls this compares proofs and says who is known.

use bytes::Bytes;
use model::limits;
use rmp::encode;

use crate::DecodeError;
use crate::encoding::{BodyLimits, ContentEncoding, decompress};
use crate::msgpack::{Cursor, Head, Transcoder};

/// Finds where a message ends, in bytes that come in pieces. No byte is looked at twice, but those of an unfinished value.
#[derive(Debug)]
pub struct Framer {
    bytes_max: usize,
    /// Up to where values are whole.
    at: usize,
    /// How many more of them the message has, as far as it is known.
    left: usize,
}

/// The answer to a greeting: who the sender says it is, and what shows that it holds the shared key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ping<'a> {
    pub hostname: &'a [u8],
    pub salt: &'a [u8],
    pub proof: &'a [u8],
    pub username: &'a [u8],
}

/// What a message brings.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// In normal form.
    pub records: Vec<u8>,
    pub count: usize,
    /// What tells the sender that its chunk is durable, where it asked for that.
    pub ack: Option<Vec<u8>>,
    /// The chunk's name, under which it comes again.
    pub name: Option<String>,
}

/// Records in normal form, and how many.
type Records = (Vec<u8>, usize);

/// What the options say.
#[derive(Default)]
struct Options<'a> {
    chunk: Option<Chunk<'a>>,
    compressed: Option<&'a [u8]>,
    metadata: Option<Cursor<'a>>,
}

struct Chunk<'a> {
    name: &'a [u8],
    /// As it was sent, with its head.
    raw: &'a [u8],
}

// === impl Framer ===

impl Framer {
    /// For messages of so many bytes at most.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, at: 0, left: 1 }
    }

    /// How many bytes the first message has; `None` until it is whole. `bytes` begin where they began the last time, and the
    /// next message begins after those that were given.
    pub fn whole(&mut self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        while self.left > 0 {
            let mut cursor = Cursor { body: bytes, at: self.at };
            let known = bytes.get(self.at);
            let head = match (cursor.head(), known) {
                (Ok(head), _) => head,
                (Err(error), Some(0xc1)) => return Err(error),
                (Err(_), _) => return Ok(None),
            };
            let (data, values) = match head {
                Head::Nil | Head::Bool(_) | Head::Signed(_) | Head::Unsigned(_) | Head::Float32(_) | Head::Float64(_) => (0, 0),
                Head::Text(length) | Head::Binary(length) => (length, 0),
                Head::Extension(length) => (length.saturating_add(1), 0),
                Head::Array(length) => (0, length),
                Head::Map(length) => (0, length.saturating_mul(2)),
            };
            let (end, left) = (cursor.at.saturating_add(data), (self.left - 1).saturating_add(values));
            // A value has a byte at least.
            if end.saturating_add(left) > self.bytes_max {
                let detail = format_args!("a message has at most {} bytes", self.bytes_max);
                return Err(DecodeError::too_large("forward_message_too_large", detail));
            }
            if end > bytes.len() {
                return Ok(None);
            }
            (self.at, self.left) = (end, left);
        }
        let whole = self.at;
        *self = Self::new(self.bytes_max);
        Ok(Some(whole))
    }
}

// === impl Ping ===

impl<'a> Ping<'a> {
    pub fn parse(message: &'a [u8]) -> Result<Self, DecodeError> {
        let mut cursor = Cursor { body: message, at: 0 };
        let said = match cursor.head()? {
            Head::Array(6) => cursor.text()?,
            _ => None,
        };
        if said != Some(b"PING") {
            return Err(unexpected("the answer to HELO is PING with five values"));
        }
        let mut next = || cursor.text()?.ok_or_else(|| unexpected("the values of PING are text"));
        let (hostname, salt, proof, username) = (next()?, next()?, next()?, next()?);
        next()?;
        Ok(Self { hostname, salt, proof, username })
    }
}

/// The greeting. `auth` makes senders tell their user name.
#[must_use]
pub fn helo(nonce: &[u8], auth: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    write(&mut out, |out| {
        encode::write_array_len(out, 2)?;
        encode::write_str(out, "HELO")?;
        encode::write_map_len(out, 3)?;
        for (key, value) in [("nonce", nonce), ("auth", auth)] {
            encode::write_str(out, key)?;
            encode::write_bin(out, value)?;
        }
        encode::write_str(out, "keepalive")?;
        encode::write_bool(out, true).map_err(encode::ValueWriteError::InvalidMarkerWrite)
    });
    out
}

/// The end of the greeting: the server's own proof, or why the sender is not known.
#[must_use]
pub fn pong(server: &str, outcome: Result<&str, &str>) -> Vec<u8> {
    let (reason, server, proof) = match outcome {
        Ok(proof) => ("", server, proof),
        Err(reason) => (reason, "", ""),
    };
    let mut out = Vec::with_capacity(192);
    write(&mut out, |out| {
        encode::write_array_len(out, 5)?;
        encode::write_str(out, "PONG")?;
        encode::write_bool(out, outcome.is_ok()).map_err(encode::ValueWriteError::InvalidMarkerWrite)?;
        [reason, server, proof].into_iter().try_for_each(|text| encode::write_str(out, text))
    });
    out
}

/// Decodes whole messages, up to one that is at fault or until they have become as much as one body may: gives how many it
/// read. Those that want no acknowledgement become one with their neighbours: a sender may have a message for each record.
#[must_use]
pub fn decode_some(messages: &[Bytes]) -> (Vec<Delivery>, usize, Option<DecodeError>) {
    let (mut deliveries, mut bytes) = (Vec::<Delivery>::new(), 0);
    for (read, message) in messages.iter().enumerate() {
        if bytes >= limits::BODY_BYTES_MAX {
            return (deliveries, read, None);
        }
        let next = match decode(message) {
            Ok(next) => next,
            Err(error) => return (deliveries, read, Some(error)),
        };
        bytes += next.records.len();
        match deliveries.last_mut().filter(|last| last.takes(&next)) {
            Some(last) => {
                last.records.extend_from_slice(&next.records);
                last.count += next.count;
            }
            None => deliveries.push(next),
        }
    }
    (deliveries, messages.len(), None)
}

/// Decodes a whole message.
pub fn decode(message: &Bytes) -> Result<Delivery, DecodeError> {
    let mut cursor = Cursor { body: message, at: 0 };
    let parts = match cursor.head()? {
        // How some say that they are still there.
        Head::Nil => return Ok(Delivery::default()),
        Head::Array(parts @ 2..=4) => parts,
        _ => return Err(unexpected("a message is an array of two to four values")),
    };
    let tag = cursor.text()?.ok_or_else(|| unexpected("a message begins with its tag"))?;
    if tag.len() > limits::FORWARD_TAG_BYTES_MAX {
        return Err(unexpected("the tag is too long"));
    }
    let events = cursor;
    let head = cursor.head()?;
    cursor = events;
    let (packed, length) = match head {
        Head::Text(_) | Head::Binary(_) if parts < 4 => (true, None),
        Head::Array(length) if parts < 4 => (false, Some(length)),
        _ if parts > 2 => (false, None),
        _ => return Err(unexpected("a tag is followed by a time and a map, or by events")),
    };
    let values = if packed || length.is_some() { 1 } else { 2 };
    cursor.skip(values)?;
    let options = if parts > 1 + values { Options::parse(&mut cursor)? } else { Options::default() };
    let body = if packed {
        unpack(message, events, (tag, options.compressed))?
    } else {
        let mut transcoder = Transcoder::new(events);
        transcoder.tag = Some(tag);
        match length {
            Some(length) => {
                transcoder.cursor.head()?;
                (0..length).try_for_each(|_| transcoder.entry())?;
            }
            None => transcoder.event(options.metadata)?,
        }
        transcoder.into_parts()
    };
    Ok(Delivery::new(body, options.chunk, tag))
}

/// Events in a row, in bytes of their own.
fn unpack(message: &Bytes, mut at: Cursor<'_>, (tag, compressed): (&[u8], Option<&[u8]>)) -> Result<Records, DecodeError> {
    let encoding = match compressed {
        None | Some(b"text") => ContentEncoding::Identity,
        Some(b"gzip") => ContentEncoding::Gzip,
        Some(b"zstd") => ContentEncoding::Zstd,
        Some(_) => return Err(DecodeError::unsupported("unsupported_encoding", "`compressed` is gzip, zstd or text")),
    };
    let bytes = at.text()?.unwrap_or_default();
    let plain = decompress(encoding, message.slice(at.at - bytes.len()..at.at), BodyLimits::default())?;
    let mut transcoder = Transcoder::new(Cursor { body: &plain, at: 0 });
    transcoder.tag = Some(tag);
    while transcoder.cursor.at < plain.len() {
        transcoder.entry()?;
    }
    Ok(transcoder.into_parts())
}

// === impl Delivery ===

impl Delivery {
    fn new((records, count): Records, chunk: Option<Chunk<'_>>, tag: &[u8]) -> Self {
        let Some(chunk) = chunk else { return Self { records, count, ack: None, name: None } };
        let mut ack = Vec::with_capacity(chunk.raw.len() + 8);
        write(&mut ack, |out| {
            encode::write_map_len(out, 1)?;
            encode::write_str(out, "ack")
        });
        ack.extend_from_slice(chunk.raw);
        // Fluent Bit names a chunk by its content alone.
        let name = format!("forward\n{}\n{}", chunk.name.escape_ascii(), tag.escape_ascii());
        Self { records, count, ack: Some(ack), name: Some(name) }
    }

    /// Whether this and the next can be stored as one.
    fn takes(&self, next: &Self) -> bool {
        self.ack.is_none()
            && next.ack.is_none()
            && self.count + next.count <= limits::RECORDS_PER_BATCH_MAX
            && self.records.len() + next.records.len() <= limits::BODY_BYTES_MAX
    }
}

// === impl Options ===

impl<'a> Options<'a> {
    fn parse(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let length = match cursor.head()? {
            Head::Nil => 0,
            Head::Map(length) => length,
            _ => return Err(unexpected("the options of a message are a map")),
        };
        let mut options = Self::default();
        for _ in 0..length {
            let key = cursor.text()?.ok_or_else(|| unexpected("the names of options are text"))?;
            let value = *cursor;
            cursor.skip(1)?;
            match key {
                b"chunk" => options.chunk = Chunk::parse(value)?,
                b"compressed" => options.compressed = { value }.text()?,
                b"metadata" => options.metadata = Some(value),
                b"fluent_signal" if !matches!({ value }.head()?, Head::Nil | Head::Unsigned(0) | Head::Signed(0)) => {
                    return Err(unexpected("the message holds no logs"));
                }
                // `size` says nothing that the events do not.
                _ => {}
            }
        }
        Ok(options)
    }
}

// === impl Chunk ===

impl<'a> Chunk<'a> {
    fn parse(value: Cursor<'a>) -> Result<Option<Self>, DecodeError> {
        let mut cursor = value;
        let name = match cursor.head()? {
            Head::Nil => return Ok(None),
            Head::Text(length) | Head::Binary(length) if length <= limits::FORWARD_CHUNK_BYTES_MAX => cursor.take(length)?,
            _ => return Err(unexpected("the name of a chunk is a text, and not a long one")),
        };
        Ok(Some(Self { name, raw: &value.body[value.at..cursor.at] }))
    }
}

/// A `Vec` takes every write.
fn write(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), encode::ValueWriteError>) {
    let written = write(out);
    debug_assert!(written.is_ok());
}

fn unexpected(why: &str) -> DecodeError {
    DecodeError::bad("forward_invalid", format_args!("this is not Fluent's forward protocol: {why}"))
}

#[cfg(test)]
mod tests;

//! MessagePack: an array of maps, maps in a row, or Fluent Bit's events (`[time, map]`, `[[time, metadata], map]`).
//!
//! Always holds: a length that a sender claims allocates nothing; it only says how much must follow.
//! What JSON has no word for becomes text: binary is text where it is UTF-8 and `base64:…` else, an unknown extension is
//! `ext:type:base64`, keys that are not text become their text.

use model::{Timestamp, limits};
use rmp::Marker;

use crate::{DecodeError, NormalBody, json};

const EXT_EVENT_TIME: i8 = 0;
const EXT_TIMESTAMP: i8 = -1;
/// Arrays of events may be one array more than the event itself.
const BATCH_DEPTH_MAX: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Head {
    Nil,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float32(f32),
    Float64(f64),
    Text(usize),
    Binary(usize),
    Array(usize),
    Map(usize),
    Extension(usize),
}

#[derive(Debug, Clone, Copy)]
struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
}

struct Transcoder<'a> {
    cursor: Cursor<'a>,
    out: Vec<u8>,
    /// Where in `out` the current record starts.
    start: usize,
    records: usize,
}

pub(crate) fn decode(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let cursor = Cursor { body, at: 0 };
    let mut transcoder = Transcoder { cursor, out: Vec::with_capacity(body.len() + body.len() / 2), start: 0, records: 0 };
    while transcoder.cursor.at < body.len() {
        let index = transcoder.records;
        transcoder.item(0).map_err(|error| if error.record.is_some() { error } else { error.record(index) })?;
    }
    Ok(NormalBody { bytes: transcoder.out.into(), records: Some(transcoder.records), ..NormalBody::default() })
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let taken = self.body.get(self.at..).and_then(|rest| rest.get(..count)).ok_or_else(|| self.too_short())?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn length8(&mut self) -> Result<usize, DecodeError> {
        self.array::<1>().map(|[length]| usize::from(length))
    }

    fn length16(&mut self) -> Result<usize, DecodeError> {
        self.array().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn length32(&mut self) -> Result<usize, DecodeError> {
        self.array().map(|bytes| u32::from_be_bytes(bytes) as usize)
    }

    fn head(&mut self) -> Result<Head, DecodeError> {
        let at = self.at;
        let [marker] = self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::FixPos(number) => Head::Unsigned(u64::from(number)),
            Marker::FixNeg(number) => Head::Signed(i64::from(number)),
            Marker::FixMap(length) => Head::Map(usize::from(length)),
            Marker::FixArray(length) => Head::Array(usize::from(length)),
            Marker::FixStr(length) => Head::Text(usize::from(length)),
            Marker::Null => Head::Nil,
            Marker::Reserved => return Err(invalid(at, "a byte that MessagePack does not use")),
            Marker::False => Head::Bool(false),
            Marker::True => Head::Bool(true),
            Marker::Bin8 => Head::Binary(self.length8()?),
            Marker::Bin16 => Head::Binary(self.length16()?),
            Marker::Bin32 => Head::Binary(self.length32()?),
            Marker::Ext8 => Head::Extension(self.length8()?),
            Marker::Ext16 => Head::Extension(self.length16()?),
            Marker::Ext32 => Head::Extension(self.length32()?),
            Marker::F32 => Head::Float32(f32::from_be_bytes(self.array()?)),
            Marker::F64 => Head::Float64(f64::from_be_bytes(self.array()?)),
            Marker::U8 => Head::Unsigned(u64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Head::Unsigned(u64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Head::Unsigned(u64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => Head::Unsigned(u64::from_be_bytes(self.array()?)),
            Marker::I8 => Head::Signed(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Head::Signed(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Head::Signed(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Head::Signed(i64::from_be_bytes(self.array()?)),
            Marker::FixExt1 => Head::Extension(1),
            Marker::FixExt2 => Head::Extension(2),
            Marker::FixExt4 => Head::Extension(4),
            Marker::FixExt8 => Head::Extension(8),
            Marker::FixExt16 => Head::Extension(16),
            Marker::Str8 => Head::Text(self.length8()?),
            Marker::Str16 => Head::Text(self.length16()?),
            Marker::Str32 => Head::Text(self.length32()?),
            Marker::Array16 => Head::Array(self.length16()?),
            Marker::Array32 => Head::Array(self.length32()?),
            Marker::Map16 => Head::Map(self.length16()?),
            Marker::Map32 => Head::Map(self.length32()?),
        })
    }

    /// The type of an extension and its bytes.
    fn extension(&mut self, length: usize) -> Result<(i8, &'a [u8]), DecodeError> {
        let [kind] = self.array()?;
        Ok((i8::from_be_bytes([kind]), self.take(length)?))
    }

    /// Goes past `count` values without a recursion that the sender could deepen.
    fn skip(&mut self, count: usize) -> Result<(), DecodeError> {
        let mut left = count;
        while left > 0 {
            left -= 1;
            match self.head()? {
                Head::Nil | Head::Bool(_) | Head::Signed(_) | Head::Unsigned(_) | Head::Float32(_) | Head::Float64(_) => {}
                Head::Text(length) | Head::Binary(length) => drop(self.take(length)?),
                Head::Extension(length) => drop(self.extension(length)?),
                Head::Array(length) => left = left.saturating_add(length),
                Head::Map(length) => left = left.saturating_add(length.saturating_mul(2)),
            }
        }
        Ok(())
    }

    /// Whether what follows, after the head of an array of two, is a time and a map.
    fn at_event(mut self) -> bool {
        let first = match self.head() {
            Ok(Head::Signed(_) | Head::Unsigned(_) | Head::Float32(_) | Head::Float64(_)) => Ok(()),
            Ok(Head::Extension(length)) => self.extension(length).map(|_| ()),
            Ok(Head::Array(length)) => self.skip(length),
            Ok(Head::Nil | Head::Bool(_) | Head::Text(_) | Head::Binary(_) | Head::Map(_)) | Err(_) => return false,
        };
        first.is_ok() && matches!(self.head(), Ok(Head::Map(_)))
    }

    fn too_short(&self) -> DecodeError {
        invalid(self.at, "it ends too early")
    }
}

// === impl Transcoder ===

impl Transcoder<'_> {
    /// A record, an event, or an array of them.
    fn item(&mut self, depth: usize) -> Result<(), DecodeError> {
        let at = self.cursor.at;
        match self.cursor.head()? {
            Head::Map(length) => {
                self.begin();
                self.members(length, 1)?;
                self.end()
            }
            Head::Array(2) if self.cursor.at_event() => self.event(),
            Head::Array(length) if depth < BATCH_DEPTH_MAX => (0..length).try_for_each(|_| self.item(depth + 1)),
            _ => Err(DecodeError::not_an_object(at)),
        }
    }

    /// Stands after the head of an array that `at_event` has looked into.
    fn event(&mut self) -> Result<(), DecodeError> {
        self.begin();
        let mut metadata = self.cursor;
        let time = match self.cursor.head()? {
            Head::Array(length) => {
                metadata = self.cursor;
                self.cursor.skip(length)?;
                let time = match length {
                    0 => None,
                    _ => metadata.head().and_then(|head| metadata.time(head))?,
                };
                (time, length > 1)
            }
            head => (self.cursor.time(head)?, false),
        };
        let at = self.cursor.at;
        let Head::Map(length) = self.cursor.head()? else {
            return Err(DecodeError::not_an_object(at));
        };
        self.members(length, 1)?;
        let (time, has_metadata) = time;
        if let Some(time) = time {
            // A time that the record itself names goes before this one.
            json::key(&mut self.out, b"_fluent_date");
            json::timestamp(&mut self.out, time);
        }
        if has_metadata && !matches!({ metadata }.head(), Ok(Head::Map(0))) {
            json::key(&mut self.out, b"_metadata");
            let after = std::mem::replace(&mut self.cursor, metadata);
            self.value(2)?;
            self.cursor = after;
        }
        self.end()
    }

    fn begin(&mut self) {
        self.start = self.out.len();
        self.out.push(b'{');
    }

    fn end(&mut self) -> Result<(), DecodeError> {
        self.out.extend_from_slice(b"}\n");
        self.records += 1;
        if self.records > limits::RECORDS_PER_BATCH_MAX {
            return Err(DecodeError::too_many_records());
        }
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
        Ok(())
    }

    /// The members of an object at `depth`, without its braces.
    fn members(&mut self, count: usize, depth: usize) -> Result<(), DecodeError> {
        for _ in 0..count {
            self.key(depth)?;
            self.value(depth + 1)?;
        }
        Ok(())
    }

    fn key(&mut self, depth: usize) -> Result<(), DecodeError> {
        let before = self.cursor;
        match self.cursor.head()? {
            Head::Text(length) => {
                self.check_size(length)?;
                json::key(&mut self.out, self.cursor.take(length)?);
            }
            _ => {
                self.cursor = before;
                let key_from = self.out.len();
                self.value(depth + 1)?;
                let written = self.out.split_off(key_from);
                let quoted = written.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\""));
                match quoted {
                    // It is JSON text already, with its escapes.
                    Some(_) => {
                        if self.out.last() != Some(&b'{') {
                            self.out.push(b',');
                        }
                        self.out.extend_from_slice(&written);
                        self.out.push(b':');
                    }
                    None => json::key(&mut self.out, &written),
                }
            }
        }
        Ok(())
    }

    /// A value that, if it is an array or a map, is at `depth`.
    fn value(&mut self, depth: usize) -> Result<(), DecodeError> {
        let at = self.cursor.at;
        let head = self.cursor.head()?;
        if matches!(head, Head::Array(_) | Head::Map(_)) && depth > limits::JSON_DEPTH_MAX {
            return Err(DecodeError::too_deep(at));
        }
        match head {
            Head::Nil => self.out.extend_from_slice(b"null"),
            Head::Bool(value) => json::plain(&mut self.out, value),
            Head::Signed(number) => json::plain(&mut self.out, number),
            Head::Unsigned(number) => json::plain(&mut self.out, number),
            Head::Float32(number) => json::float32(&mut self.out, number),
            Head::Float64(number) => json::float(&mut self.out, number),
            Head::Text(length) => {
                self.check_size(length)?;
                json::text(&mut self.out, self.cursor.take(length)?);
            }
            Head::Binary(length) => {
                self.check_size(length)?;
                json::bytes(&mut self.out, self.cursor.take(length)?);
            }
            Head::Extension(length) => {
                self.check_size(length)?;
                let (kind, bytes) = self.cursor.extension(length)?;
                match instant(kind, bytes) {
                    Some(time) => json::plain(&mut self.out, format_args!("\"{time}\"")),
                    None => encoded(&mut self.out, format_args!("ext:{kind}:"), bytes),
                }
            }
            Head::Array(length) => {
                self.out.push(b'[');
                for i in 0..length {
                    if i > 0 {
                        self.out.push(b',');
                    }
                    self.value(depth + 1)?;
                }
                self.out.push(b']');
            }
            Head::Map(length) => {
                self.out.push(b'{');
                self.members(length, depth)?;
                self.out.push(b'}');
            }
        }
        self.check_size(0)
    }

    fn check_size(&self, more: usize) -> Result<(), DecodeError> {
        if (self.out.len() - self.start).saturating_add(more) > limits::RECORD_BYTES_MAX {
            return Err(DecodeError::record_too_large(self.records).at(self.cursor.at));
        }
        Ok(())
    }
}

impl Cursor<'_> {
    /// The time that starts with `head`; `None` for a value that is none or is out of range.
    fn time(&mut self, head: Head) -> Result<Option<Timestamp>, DecodeError> {
        Ok(match head {
            Head::Signed(number) => Timestamp::from_epoch_number(number),
            Head::Unsigned(number) => i64::try_from(number).ok().and_then(Timestamp::from_epoch_number),
            Head::Float32(number) => Timestamp::from_epoch_float(f64::from(number)),
            Head::Float64(number) => Timestamp::from_epoch_float(number),
            Head::Extension(length) => {
                let (kind, bytes) = self.extension(length)?;
                instant(kind, bytes)
            }
            Head::Nil | Head::Bool(_) | Head::Text(_) | Head::Binary(_) | Head::Array(_) | Head::Map(_) => None,
        })
    }
}

/// Fluent's EventTime and MessagePack's timestamps of 32, 64 and 96 bits.
fn instant(kind: i8, bytes: &[u8]) -> Option<Timestamp> {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let (seconds, nanos) = match (kind, bytes.len()) {
        (EXT_EVENT_TIME, 8) => (number(&bytes[..4]) as i64, number(&bytes[4..])),
        (EXT_TIMESTAMP, 4) => (number(bytes) as i64, 0),
        (EXT_TIMESTAMP, 8) => ((number(bytes) & ((1 << 34) - 1)) as i64, number(bytes) >> 34),
        (EXT_TIMESTAMP, 12) => (number(&bytes[4..]) as i64, number(&bytes[..4])),
        _ => return None,
    };
    let nanos = i64::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos).map(Timestamp::from_nanos)
}

fn encoded(out: &mut Vec<u8>, prefix: std::fmt::Arguments<'_>, bytes: &[u8]) {
    out.push(b'"');
    json::plain(out, prefix);
    json::base64(out, bytes);
    out.push(b'"');
}

fn invalid(at: usize, why: &str) -> DecodeError {
    DecodeError::bad("invalid_msgpack", format_args!("the body is not MessagePack: {why}")).at(at)
}

#[cfg(test)]
mod tests;

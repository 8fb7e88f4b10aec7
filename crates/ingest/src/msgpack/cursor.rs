//! Reads MessagePack value by value, out of bytes that may lie.

use model::Timestamp;
use rmp::Marker;

use crate::DecodeError;

const EXT_EVENT_TIME: i8 = 0;
const EXT_TIMESTAMP: i8 = -1;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Head {
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
pub(crate) struct Cursor<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) at: usize,
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
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

    pub(crate) fn head(&mut self) -> Result<Head, DecodeError> {
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
    pub(crate) fn extension(&mut self, length: usize) -> Result<(i8, &'a [u8]), DecodeError> {
        let [kind] = self.array()?;
        Ok((i8::from_be_bytes([kind]), self.take(length)?))
    }

    /// Goes past `count` values without a recursion that the sender could deepen.
    pub(crate) fn skip(&mut self, count: usize) -> Result<(), DecodeError> {
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
    pub(crate) fn at_event(mut self) -> bool {
        let first = match self.head() {
            Ok(Head::Signed(_) | Head::Unsigned(_) | Head::Float32(_) | Head::Float64(_)) => Ok(()),
            Ok(Head::Extension(length)) => self.extension(length).map(|_| ()),
            Ok(Head::Array(length)) => self.skip(length),
            Ok(Head::Nil | Head::Bool(_) | Head::Text(_) | Head::Binary(_) | Head::Map(_)) | Err(_) => return false,
        };
        first.is_ok() && matches!(self.head(), Ok(Head::Map(_)))
    }

    /// Whether the map of so many members, whose head was read, has this one.
    pub(crate) fn has_member(mut self, length: usize, name: &[u8]) -> Result<bool, DecodeError> {
        for _ in 0..length {
            let mut key = self;
            if key.text()?.is_some_and(|key| key == name) {
                return Ok(true);
            }
            self.skip(2)?;
        }
        Ok(false)
    }

    /// The bytes of a text or of binary; `None` of whatever else there is.
    pub(crate) fn text(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.head()? {
            Head::Text(length) | Head::Binary(length) => self.take(length).map(Some),
            _ => Ok(None),
        }
    }

    fn too_short(&self) -> DecodeError {
        invalid(self.at, "it ends too early")
    }
}

impl Cursor<'_> {
    /// The time that starts with `head`; `None` for a value that is none or is out of range.
    pub(crate) fn time(&mut self, head: Head) -> Result<Option<Timestamp>, DecodeError> {
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
pub(super) fn instant(kind: i8, bytes: &[u8]) -> Option<Timestamp> {
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

pub(super) fn invalid(at: usize, why: &str) -> DecodeError {
    DecodeError::bad("invalid_msgpack", format_args!("the body is not MessagePack: {why}")).at(at)
}

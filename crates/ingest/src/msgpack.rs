//! MessagePack: an array of maps, maps in a row, or Fluent Bit's events (`[time, map]`, `[[time, metadata], map]`).
//!
//! Always holds: a length that a sender claims allocates nothing; it only says how much must follow.
//! What JSON has no word for becomes text: binary is text where it is UTF-8 and `base64:…` else, an unknown extension is
//! `ext:type:base64`, keys that are not text become their text.

mod cursor;

use model::{Timestamp, limits};

use crate::{DecodeError, NormalBody, json};
use cursor::instant;

pub(crate) use cursor::{Cursor, Head};

/// Arrays of events may be one array more than the event itself.
const BATCH_DEPTH_MAX: usize = 2;
/// The times with which Fluent Bit marks where records of a group begin and end: -1 and -2 in 32 bits.
const GROUP_BEGINS: Timestamp = Timestamp::from_nanos(0xffff_ffff * 1_000_000_000);
const GROUP_ENDS: Timestamp = Timestamp::from_nanos(0xffff_fffe * 1_000_000_000);

pub(crate) struct Transcoder<'a> {
    pub(crate) cursor: Cursor<'a>,
    /// What Forward says of all records: each has it as `tag`, or as `_fluent_tag` where it has a `tag` of its own.
    pub(crate) tag: Option<&'a [u8]>,
    /// Before the map of the group that records are of now.
    group: Option<Cursor<'a>>,
    out: Vec<u8>,
    /// Where in `out` the current record starts.
    start: usize,
    records: usize,
}

pub(crate) fn decode(body: &[u8]) -> Result<NormalBody, DecodeError> {
    let mut transcoder = Transcoder::new(Cursor { body, at: 0 });
    while transcoder.cursor.at < body.len() {
        let index = transcoder.records;
        transcoder.item(0).map_err(|error| if error.record.is_some() { error } else { error.record(index) })?;
    }
    let (out, records) = transcoder.into_parts();
    Ok(NormalBody { bytes: out.into(), records: Some(records), ..NormalBody::default() })
}

// === impl Transcoder ===

impl<'a> Transcoder<'a> {
    pub(crate) fn new(cursor: Cursor<'a>) -> Self {
        let room = cursor.body.len() + cursor.body.len() / 2;
        Self { cursor, tag: None, group: None, out: Vec::with_capacity(room), start: 0, records: 0 }
    }

    /// What was written, and how many records that is.
    pub(crate) fn into_parts(self) -> (Vec<u8>, usize) {
        (self.out, self.records)
    }

    /// A record, an event, or an array of them.
    fn item(&mut self, depth: usize) -> Result<(), DecodeError> {
        let at = self.cursor.at;
        match self.cursor.head()? {
            Head::Map(length) => {
                self.begin();
                self.members(length, 1)?;
                self.end()
            }
            Head::Array(2) if self.cursor.at_event() => self.event(None),
            Head::Array(length) if depth < BATCH_DEPTH_MAX => (0..length).try_for_each(|_| self.item(depth + 1)),
            _ => Err(DecodeError::not_an_object(at)),
        }
    }

    /// An event, as an array of its own.
    pub(crate) fn entry(&mut self) -> Result<(), DecodeError> {
        let (at, index) = (self.cursor.at, self.records);
        let entry = match self.cursor.head()? {
            Head::Array(2) => self.event(None),
            _ => Err(DecodeError::not_an_object(at)),
        };
        entry.map_err(|error| if error.record.is_some() { error } else { error.record(index) })
    }

    /// A time, or a time with metadata, and a map. `metadata` is from elsewhere, where the time has none.
    pub(crate) fn event(&mut self, mut metadata: Option<Cursor<'a>>) -> Result<(), DecodeError> {
        let at = self.cursor.at;
        let time = match self.cursor.head()? {
            Head::Array(length) => {
                let (mut first, mut second) = (self.cursor, self.cursor);
                self.cursor.skip(length)?;
                second.skip(length.min(1))?;
                metadata = (length > 1).then_some(second).or(metadata);
                if length > 0 { first.head().and_then(|head| first.time(head))? } else { None }
            }
            Head::Text(_) | Head::Binary(_) | Head::Map(_) => return Err(DecodeError::not_an_object(at)),
            head => self.cursor.time(head)?,
        };
        let (at, map) = (self.cursor.at, self.cursor);
        let Head::Map(length) = self.cursor.head()? else {
            return Err(DecodeError::not_an_object(at));
        };
        if let Some(GROUP_BEGINS | GROUP_ENDS) = time {
            self.group = (time == Some(GROUP_BEGINS) && length > 0).then_some(map);
            return self.cursor.skip(length.saturating_mul(2));
        }
        let members = self.cursor;
        self.begin();
        self.members(length, 1)?;
        if let Some(time) = time {
            // A time that the record itself names goes before this one.
            json::key(&mut self.out, b"_fluent_date");
            json::timestamp(&mut self.out, time);
        }
        if let Some(tag) = self.tag {
            json::key(&mut self.out, if members.has_member(length, b"tag")? { b"_fluent_tag" } else { b"tag" });
            json::text(&mut self.out, tag);
        }
        self.aside(b"_metadata", metadata)?;
        self.aside(b"_group", self.group)?;
        self.end()
    }

    /// A member whose value is elsewhere, unless that is an empty map.
    fn aside(&mut self, key: &[u8], value: Option<Cursor<'a>>) -> Result<(), DecodeError> {
        let Some(value) = value.filter(|value| !matches!({ *value }.head(), Ok(Head::Map(0)))) else { return Ok(()) };
        json::key(&mut self.out, key);
        let after = std::mem::replace(&mut self.cursor, value);
        self.value(2)?;
        self.cursor = after;
        Ok(())
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

fn encoded(out: &mut Vec<u8>, prefix: std::fmt::Arguments<'_>, bytes: &[u8]) {
    out.push(b'"');
    json::plain(out, prefix);
    json::base64(out, bytes);
    out.push(b'"');
}

#[cfg(test)]
mod tests;

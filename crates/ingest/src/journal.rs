//! What `systemd-journal-upload` sends: entries of a journal in its export format, as they come.
//!
//! | field | bytes |
//! |---|---|
//! | text | `NAME=value`, LF |
//! | anything | `NAME`, LF, length as 64 bits little-endian, the value, LF |
//! | end of an entry | LF |
//!
//! | journal | record |
//! |---|---|
//! | `__REALTIME_TIMESTAMP` | `timestamp` |
//! | `MESSAGE`, `PRIORITY`, `_HOSTNAME`, `SYSLOG_IDENTIFIER`, `_PID` | `message`, `level`, `host`, `service`, `proc_id` |
//! | other names with two underscores before them: cursor, clocks | nothing |
//! | the rest | as it is; an array where a name comes several times |
//!
//! Always holds: no more than one entry within the limit is held, however long the stream; an entry beyond it is left out
//! alone, since a core dump in a journal must not hold up what comes behind it.

use model::{Level, Timestamp, limits};

use crate::repeated::Repeated;
use crate::times::Times;
use crate::{DecodeError, NormalBody, json};

const TIME_KEY: &str = "timestamp";
const LEVEL_KEY: &str = "level";
/// Names of the journal, and what they are in a record.
const NAMES: [(&str, &str); 6] = [
    ("__REALTIME_TIMESTAMP", TIME_KEY),
    ("PRIORITY", LEVEL_KEY),
    ("MESSAGE", "message"),
    ("_HOSTNAME", "host"),
    ("SYSLOG_IDENTIFIER", "service"),
    ("_PID", "proc_id"),
];

/// Characters of a field's name (systemd.journal-fields(7)).
const NAME_CHARS_MAX: usize = 64;
const LENGTH_BYTES: usize = 8;

/// Reads a stream piece by piece.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What was not read yet: at most the beginning of a field.
    rest: Vec<u8>,
    /// Bytes of a value that are passed over.
    skip: u64,
    /// A line is passed over until its end.
    skip_line: bool,
    out: Vec<u8>,
    records: usize,
    left_out: usize,
    /// How much of `rest` has no end of a line.
    searched: usize,
    /// Where in `out` the current entry starts; `None` between entries.
    start: Option<usize>,
    times: Times,
    /// Its members, and which of `NAMES` are among them.
    members: Repeated,
    named: u8,
    too_large: bool,
    /// Bytes of the stream that are done with.
    at: usize,
}

// === impl Decoder ===

impl Decoder {
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.rest.extend_from_slice(bytes);
        let rest = std::mem::take(&mut self.rest);
        let mut read = 0;
        while let Some(length) = self.step(&rest[read..]).map_err(|error| error.at(self.at + read))? {
            read += length;
            self.searched = 0;
        }
        self.at += read;
        self.rest = rest;
        self.rest.drain(..read);
        Ok(())
    }

    /// Bytes of records that are complete.
    #[must_use]
    pub fn ready_bytes(&self) -> usize {
        self.start.unwrap_or(self.out.len())
    }

    /// How many entries were left out because of their size.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The records that are complete; none of them is given again.
    pub fn take(&mut self) -> NormalBody {
        let entry = self.out.split_off(self.ready_bytes());
        self.start = self.start.map(|_| 0);
        let done = std::mem::replace(&mut self.out, entry);
        let known_by = std::mem::take(&mut self.times).delivery(&done, "");
        NormalBody { bytes: done.into(), records: Some(std::mem::take(&mut self.records)), known_by, ..NormalBody::default() }
    }

    /// The stream is at its end, which ends an entry too.
    pub fn finish(&mut self) -> Result<(), DecodeError> {
        if !self.rest.is_empty() || self.skip > 0 || self.skip_line {
            return Err(DecodeError::bad("truncated_body", "the body ends within a field").at(self.at));
        }
        self.end();
        Ok(())
    }

    /// Reads one line or one value; gives its length, or `None` where more has to come first.
    fn step(&mut self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        if self.skip > 0 {
            let length = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= length as u64;
            return Ok(Some(length));
        }
        let searched = self.searched;
        let Some(length) = memchr::memchr(b'\n', &bytes[searched..]).map(|length| searched + length) else {
            if self.skip_line || bytes.len() > limits::RECORD_BYTES_MAX {
                self.leave_out();
                self.skip_line = true;
                return Ok(Some(bytes.len()));
            }
            self.searched = bytes.len();
            return Ok(None);
        };
        let line = &bytes[..length];
        if self.skip_line {
            self.skip_line = false;
            return Ok(Some(length + 1));
        }
        if line.is_empty() {
            self.end();
            return Ok(Some(1));
        }
        if let Some(equals) = memchr::memchr(b'=', line) {
            self.field(name(&line[..equals])?, &line[equals + 1..]);
            return Ok(Some(length + 1));
        }
        self.value(name(line)?, &bytes[length + 1..]).map(|value| value.map(|value| length + 1 + value))
    }

    /// A length, a value and LF; gives their bytes.
    fn value(&mut self, name: &str, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = u64::from_le_bytes(*length);
        if length > limits::RECORD_BYTES_MAX as u64 {
            self.leave_out();
            self.skip = length.saturating_add(1);
            return Ok(Some(LENGTH_BYTES));
        }
        let end = LENGTH_BYTES + length as usize;
        match bytes.get(end) {
            None => Ok(None),
            Some(b'\n') => {
                self.field(name, &bytes[LENGTH_BYTES..end]);
                Ok(Some(end + 1))
            }
            Some(_) => Err(invalid("a value has another length than it says")),
        }
    }

    fn field(&mut self, name: &str, value: &[u8]) {
        let start = *self.start.get_or_insert(self.out.len());
        if self.out.len() == start {
            self.out.push(b'{');
            self.members.clear();
            self.named = 0;
        }
        if self.too_large || self.out.len() - start + value.len() > limits::RECORD_BYTES_MAX {
            return self.leave_out();
        }
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok());
        let place = NAMES.iter().position(|(of_journal, _)| *of_journal == name);
        // The record has one of them; what comes again stays under the journal's own name.
        let place = place.filter(|place| self.named >> place & 1 == 0);
        let key = place.map_or(name, |place| NAMES[place].1);
        let (time, level) = match key {
            TIME_KEY => (number().and_then(|micros| micros.checked_mul(1_000)).map(Timestamp::from_nanos), None),
            LEVEL_KEY => (None, number().and_then(Level::from_number)),
            _ => (None, None),
        };
        let key = if key == LEVEL_KEY && level.is_none() { name } else { key };
        if key.starts_with("__") || key == TIME_KEY && time.is_none() {
            return;
        }
        time.into_iter().for_each(|time| self.times.add(time));
        self.named |= place.filter(|_| key != name).map_or(0, |place| 1 << place);
        self.members.write(&mut self.out, start, key.as_bytes(), |out| match (time, level) {
            (Some(time), _) => json::timestamp(out, time),
            (_, Some(level)) => json::string(out, level.as_str()),
            _ => json::bytes(out, value),
        });
    }

    fn leave_out(&mut self) {
        let start = *self.start.get_or_insert(self.out.len());
        self.out.truncate(start);
        self.too_large = true;
    }

    fn end(&mut self) {
        let Some(start) = self.start.take() else { return };
        if !self.too_large {
            self.members.join(&mut self.out, start);
        }
        self.out.extend_from_slice(b"}\n");
        if std::mem::take(&mut self.too_large) || self.out.len() - start > limits::RECORD_BYTES_MAX {
            self.out.truncate(start);
            self.left_out += 1;
        } else {
            self.records += 1;
        }
    }
}

fn name(bytes: &[u8]) -> Result<&str, DecodeError> {
    let known = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let text = std::str::from_utf8(bytes).ok().filter(|name| (1..=NAME_CHARS_MAX).contains(&name.len()));
    text.filter(|name| name.as_bytes().iter().all(known)).ok_or_else(|| invalid("a field has no name of a field"))
}

fn invalid(why: &str) -> DecodeError {
    DecodeError::bad("invalid_journal", format_args!("the body is not a journal export: {why}"))
}

#[cfg(test)]
mod tests;

//! Lines of text, each one record: recognises what the line is and writes it as a JSON object.
//!
//! | the line | becomes |
//! |---|---|
//! | a JSON object | itself |
//! | syslog, RFC 5424 or RFC 3164 | `timestamp`, `level`, `host`, `service`, `proc_id`, `msg_id`, `facility`, `structured_data` |
//! | anything else | `message`, out of which `recognise` reads what it says |
//!
//! Always holds: every line that is not blank becomes one record, whatever its bytes. Invalid UTF-8 becomes U+FFFD.
//! A JSON object may also follow a syslog header. ` @metadata {…}` or ` @timber.io {…}` at the end is
//! cut off and merged. Credentials in syslog structured data are dropped. Does not join lines, see `join`.

mod batch;
pub(crate) mod logplex;
pub(crate) mod syslog;

use std::borrow::Cow;

use batch::Batch;
use model::{Level, Timestamp};
pub(crate) use syslog::{latest_before, month_number};

use crate::metadata::is_object;
use crate::recognise::{self, Found, heroku, keys};
use crate::reserved::{LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS};
use crate::{DecodeError, Metadata, NormalBody, json, members};

const METADATA_MARKS: [&str; 2] = [" @metadata {", " @timber.io {"];
/// So many are tried, the last one first: those behind the one that counts are within texts of its object.
const METADATA_MARKS_MAX: usize = 8;
/// Who logplex says that lines are from which an app did not write.
const HEROKU_PLATFORM: &str = "heroku";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Turns lines into records, one at a time.
#[derive(Debug)]
pub struct LineParser {
    arrived: Timestamp,
    metadata: Option<Metadata>,
}

/// What a line was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineFormat {
    /// Nothing but white space: no record.
    Blank,
    Plain,
    Json,
    Syslog,
}

/// Which of the keys that a line's frame (its header or prefix) would write are taken by what is inside.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    is_object: bool,
    time: bool,
    level: bool,
    message: bool,
    header: u8,
    /// By the names that loggers have for them; they go before the header's.
    named_time: Option<Timestamp>,
    named_level: Option<Level>,
}

pub(crate) fn decode(body: &[u8], metadata: Option<Metadata>, arrived: Timestamp) -> Result<NormalBody, DecodeError> {
    let lines = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let mut batch = Batch::new(LineParser { arrived, metadata }, lines.len());
    let mut at = body.len() - lines.len();
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |length| at + length);
        batch.add((at, &body[at..end]), LineParser::write)?;
        at = end + 1;
    }
    Ok(batch.finish())
}

// === impl LineParser ===

impl LineParser {
    /// `arrived`: tells the year of a time that names none.
    #[must_use]
    pub fn new(arrived: Timestamp) -> Self {
        Self { arrived, metadata: None }
    }

    /// Merges `metadata` into every record.
    #[must_use]
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    pub(crate) fn arrived(&self) -> Timestamp {
        self.arrived
    }

    /// Appends the record of one line, given without its end, as a JSON object; nothing for a blank line.
    pub fn write(&self, line: &[u8], out: &mut Vec<u8>) -> LineFormat {
        self.write_as(Self::record, line, out)
    }

    /// The same for a message of logplex, without its length.
    fn write_logplex(&self, message: &[u8], out: &mut Vec<u8>) -> LineFormat {
        self.write_as(Self::logplex_record, message, out)
    }

    fn write_as(&self, record: fn(&Self, &str, &mut Vec<u8>) -> LineFormat, line: &[u8], out: &mut Vec<u8>) -> LineFormat {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return LineFormat::Blank;
        }
        let line = match std::str::from_utf8(line) {
            Ok(line) => Cow::Borrowed(line),
            Err(_) => String::from_utf8_lossy(line),
        };
        let line = syslog::without_credentials(line);
        let (line, of_line) = split_metadata(&line);
        let start = out.len();
        let format = record(self, line, out);
        for metadata in of_line.iter().chain(&self.metadata) {
            let record = out.split_off(start);
            // The record was written here, so it is an object; were it none, it would go on as it is.
            let merged = std::str::from_utf8(&record).is_ok_and(|record| metadata.merge_into(record, out).is_ok());
            if !merged {
                out.truncate(start);
                out.extend_from_slice(&record);
            }
        }
        format
    }

    fn logplex_record(&self, line: &str, out: &mut Vec<u8>) -> LineFormat {
        let Some(mut header) = syslog::Header::parse_logplex(line) else { return self.record(line, out) };
        out.push(b'{');
        let of_platform = header.app == HEROKU_PLATFORM;
        let taken = inside(header.message, out);
        // Lines of a kind all have one priority, so what a line says itself counts.
        let said = if of_platform {
            heroku::level(header.proc_id, header.message)
        } else if taken.is_object {
            None
        } else {
            recognise::level(header.message, self.arrived)
        };
        header.level = said.or(header.level);
        header.write(taken, out);
        if of_platform && !taken.is_object && heroku::is_dyno(header.proc_id) {
            json::key(out, b"heroku.dyno");
            json::string(out, header.proc_id);
        }
        out.push(b'}');
        LineFormat::Syslog
    }

    fn record(&self, line: &str, out: &mut Vec<u8>) -> LineFormat {
        let trimmed = line.trim();
        if is_object(trimmed) {
            out.extend_from_slice(trimmed.as_bytes());
            return LineFormat::Json;
        }
        out.push(b'{');
        let format = if let Some(header) = syslog::Header::parse(line, self.arrived) {
            let taken = inside(header.message, out);
            header.write(taken, out);
            LineFormat::Syslog
        } else {
            json::key(out, b"message");
            json::string(out, line);
            LineFormat::Plain
        };
        out.push(b'}');
        format
    }
}

/// The line without the metadata at its end, and the metadata.
fn split_metadata(line: &str) -> (&str, Option<Metadata>) {
    if !line.ends_with('}') || !line.contains('@') {
        return (line, None);
    }
    let marks = line.rmatch_indices(" @").filter_map(|(at, _)| {
        let mark = METADATA_MARKS.iter().find(|mark| line[at..].starts_with(**mark))?;
        Some((at, at + mark.len() - 1))
    });
    // Each is read up to the end of the line.
    let mut metadata = marks.take(METADATA_MARKS_MAX).filter_map(|(at, object)| Some((at, Metadata::read(&line[object..])?)));
    metadata.next().map_or((line, None), |(at, metadata)| (&line[..at], Some(metadata)))
}

/// Writes what a line says once its header is off: the members of an object, or a message.
fn inside(text: &str, out: &mut Vec<u8>) -> Taken {
    let trimmed = text.trim();
    if is_object(trimmed) {
        let (start, mut taken) = (out.len(), Taken { is_object: true, ..Taken::default() });
        match members::copy(trimmed, out, |key, value| taken.note(key, value.get())) {
            Ok(()) => return taken,
            Err(_) => out.truncate(start),
        }
    }
    json::key(out, b"message");
    json::string(out, text);
    Taken { message: true, ..Taken::default() }
}

/// What a line of syslog says besides its message.
pub(crate) fn syslog_line(line: &str, arrived: Timestamp) -> Option<Found<'_>> {
    let header = syslog::Header::parse(line, arrived)?;
    Some(header.found())
}

// === impl Taken ===

impl Taken {
    fn note(&mut self, key: &str, value: &str) {
        self.time |= TIME_KEYS.contains(&key);
        self.level |= LEVEL_KEYS.contains(&key);
        self.named_time = self.named_time.or_else(|| keys::time(key, value));
        self.named_level = self.named_level.or_else(|| keys::level(key, value));
        self.message |= MESSAGE_KEYS.contains(&key);
        if let Some(place) = syslog::KEYS.iter().position(|known| *known == key) {
            self.header |= 1 << place;
        }
    }

    fn has_header(self, place: usize) -> bool {
        self.header >> place & 1 == 1
    }
}

#[cfg(test)]
mod tests;

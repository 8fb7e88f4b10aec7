//! One log record after another, written as JSON: what protobuf and JSON requests share.

use model::{Level, Timestamp, limits};

use crate::reserved::{LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS};
use crate::times::Times;
use crate::{DecodeError, NormalBody, RefusedRecord, json};

/// Names that only the record itself may write at its top level.
const OWN_KEYS: [&str; 11] = [
    "attributes",
    "body",
    "dropped_attributes_count",
    "event_name",
    "flags",
    "resource",
    "scope",
    "severity_number",
    "span_id",
    "time_unix_nano",
    "trace_id",
];

/// Where members of an object go.
pub(super) trait Members {
    /// Writes the key and gives the buffer that the value must be written to.
    fn member(&mut self, key: &[u8]) -> &mut Vec<u8>;
}

#[derive(Default)]
pub(super) struct RecordWriter {
    out: Vec<u8>,
    refused: Vec<RefusedRecord>,
    written: usize,
    times: Times,
    index: usize,
    /// Where in `out` the current record starts.
    start: usize,
    /// `"resource":{…}` and `"scope":{…}` of the records that follow, or empty.
    pub(super) resource: Vec<u8>,
    pub(super) scope: Vec<u8>,
    /// An object, open: attributes of the current record whose names are reserved.
    reserved: Vec<u8>,
    head: Head,
}

/// What decides time and level of the current record, once all of it is read.
#[derive(Default)]
struct Head {
    time: u64,
    observed_time: u64,
    severity_number: i32,
    severity_text: Vec<u8>,
}

/// Why one record is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOut {
    TooLarge,
    TooDeep,
}

impl Members for Vec<u8> {
    fn member(&mut self, key: &[u8]) -> &mut Vec<u8> {
        json::key(self, key);
        self
    }
}

// === impl RecordWriter ===

impl RecordWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), ..Self::default() }
    }

    pub(super) fn begin(&mut self) {
        self.start = self.out.len();
        self.out.push(b'{');
        self.reserved.clear();
        self.reserved.push(b'{');
        self.head.time = 0;
        self.head.observed_time = 0;
        self.head.severity_number = 0;
        self.head.severity_text.clear();
    }

    pub(super) fn time(&mut self, nanos: u64) {
        self.head.time = nanos;
    }

    pub(super) fn observed_time(&mut self, nanos: u64) {
        self.head.observed_time = nanos;
    }

    pub(super) fn severity_number(&mut self, number: i32) {
        self.head.severity_number = number;
    }

    pub(super) fn severity_text(&mut self, text: &[u8]) {
        self.head.severity_text.clear();
        self.head.severity_text.extend_from_slice(text);
    }

    /// The key of a field of the record's own; its value goes to the buffer given.
    pub(super) fn own(&mut self, key: &str) -> &mut Vec<u8> {
        self.out.member(key.as_bytes())
    }

    pub(super) fn text(&mut self, key: &str, text: &[u8]) {
        if !text.is_empty() {
            json::text(self.own(key), text);
        }
    }

    pub(super) fn count(&mut self, key: &str, count: u64) {
        if count > 0 {
            json::plain(self.own(key), count);
        }
    }

    pub(super) fn end(&mut self) -> Result<(), DecodeError> {
        self.write_time();
        self.write_level();
        if self.reserved.len() > 1 {
            self.out.member(b"attributes").extend_from_slice(&self.reserved);
            self.out.push(b'}');
        }
        // Before they are copied: many small records must not copy a large resource each.
        let size = self.out.len() - self.start + self.resource.len() + self.scope.len();
        if size > limits::RECORD_BYTES_MAX {
            return self.leave_out(LeftOut::TooLarge);
        }
        for group in [&self.resource, &self.scope] {
            if !group.is_empty() {
                if self.out.last() != Some(&b'{') {
                    self.out.push(b',');
                }
                self.out.extend_from_slice(group);
            }
        }
        self.out.push(b'}');
        if self.out.len() - self.start > limits::RECORD_BYTES_MAX {
            return self.leave_out(LeftOut::TooLarge);
        }
        self.out.push(b'\n');
        self.written += 1;
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
        self.next()
    }

    /// Drops the current record and notes it; instead of `end`.
    pub(super) fn leave_out(&mut self, why: LeftOut) -> Result<(), DecodeError> {
        self.out.truncate(self.start);
        let (code, reason) = match why {
            LeftOut::TooLarge => ("record_too_large", "a record is larger than the limit"),
            LeftOut::TooDeep => ("too_deep", "a value nests deeper than the limit"),
        };
        self.refused.push(RefusedRecord { index: self.index, code, reason });
        self.next()
    }

    fn next(&mut self) -> Result<(), DecodeError> {
        self.index += 1;
        if self.index > limits::RECORDS_PER_BATCH_MAX {
            return Err(DecodeError::too_many_records());
        }
        Ok(())
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn finish(self, body: &[u8]) -> NormalBody {
        let known_by = self.times.delivery(body, "");
        let (bytes, records) = (self.out.into(), Some(self.written));
        NormalBody { bytes, records, refused: self.refused, known_by, ..NormalBody::default() }
    }

    fn write_time(&mut self) {
        let in_range = |nanos: u64| i64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(Timestamp::from_nanos);
        if self.head.time > 0 && in_range(self.head.time).is_none() {
            json::plain(self.out.member(b"time_unix_nano"), format_args!("\"{}\"", self.head.time));
        }
        if let Some(time) = in_range(self.head.time).or_else(|| in_range(self.head.observed_time)) {
            self.times.add(time);
            json::timestamp(self.out.member(b"timestamp"), time);
        }
    }

    fn write_level(&mut self) {
        let Head { severity_number, severity_text, .. } = &self.head;
        let level = Level::from_otel(*severity_number);
        if level.is_none() && *severity_number != 0 {
            json::plain(self.out.member(b"severity_number"), severity_number);
        }
        match level {
            Some(level) => {
                json::string(self.out.member(b"level"), level.as_str());
                if !severity_text.is_empty() && !severity_text.eq_ignore_ascii_case(level.as_str().as_bytes()) {
                    json::text(self.out.member(b"severity_text"), severity_text);
                }
            }
            None if severity_text.is_empty() => {}
            None => json::text(self.out.member(b"level"), severity_text),
        }
    }
}

/// Attributes of the current record.
impl Members for RecordWriter {
    fn member(&mut self, key: &[u8]) -> &mut Vec<u8> {
        let known = |keys: &[&str]| keys.iter().any(|known| known.as_bytes() == key);
        let reserved = known(&TIME_KEYS) || known(&LEVEL_KEYS) || known(&MESSAGE_KEYS) || known(&OWN_KEYS);
        if reserved { self.reserved.member(key) } else { self.out.member(key) }
    }
}

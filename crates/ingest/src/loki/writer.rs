//! One entry after another, written as JSON: what both forms share.

use model::{Timestamp, limits};

use crate::reserved::{MESSAGE_KEYS, TIME_KEYS};
use crate::times::Times;
use crate::{DecodeError, NormalBody, RefusedRecord, json};

/// What labels of reserved names are put under.
const LABELS: &str = "labels";

/// Members of an object in two heaps: those that stand at the top level, and those that would be mistaken there.
#[derive(Default)]
struct Names {
    /// `"a":"b"`, with a comma before each.
    top: Vec<u8>,
    reserved: Vec<u8>,
}

pub(super) struct Writer {
    out: Vec<u8>,
    refused: Vec<RefusedRecord>,
    written: usize,
    index: usize,
    /// Where in `out` the current record starts.
    start: usize,
    stream: Names,
    entry: Names,
    times: Times,
}

// === impl Writer ===

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let (stream, entry) = (Names::default(), Names::default());
        let times = Times::default();
        Self { out: Vec::with_capacity(bytes), refused: Vec::new(), written: 0, index: 0, start: 0, stream, entry, times }
    }

    pub(super) fn begin_stream(&mut self) {
        self.stream.clear();
    }

    /// A label of the stream.
    pub(super) fn label(&mut self, name: &[u8], value: &[u8]) {
        self.stream.add(name, value);
    }

    pub(super) fn begin(&mut self) {
        self.start = self.out.len();
        self.out.extend_from_slice(b"{\"timestamp\":");
        self.entry.clear();
    }

    pub(super) fn time(&mut self, time: Timestamp) {
        self.times.add(time);
        json::timestamp(&mut self.out, time);
        self.out.extend_from_slice(b",\"message\":");
    }

    pub(super) fn line(&mut self, line: &[u8]) {
        json::text(&mut self.out, line);
    }

    /// Structured metadata of the entry.
    pub(super) fn metadata(&mut self, name: &[u8], value: &[u8]) {
        self.entry.add(name, value);
    }

    pub(super) fn end(&mut self) -> Result<(), DecodeError> {
        let names = [&self.stream, &self.entry];
        let bytes: usize = names.iter().map(|names| names.top.len() + names.reserved.len()).sum();
        // Before they are copied: a stream of many entries must not copy large labels for each.
        if self.out.len() - self.start + bytes + LABELS.len() + 8 > limits::RECORD_BYTES_MAX {
            self.out.truncate(self.start);
            let reason = "an entry with its labels is larger than the limit";
            self.refused.push(RefusedRecord { index: self.index, code: "record_too_large", reason });
            return self.next();
        }
        for names in names {
            self.out.extend_from_slice(&names.top);
        }
        if names.iter().any(|names| !names.reserved.is_empty()) {
            json::plain(&mut self.out, format_args!(",\"{LABELS}\":{{"));
            let from = self.out.len();
            for names in names {
                self.out.extend_from_slice(&names.reserved);
            }
            // The first comma.
            self.out.remove(from);
            self.out.push(b'}');
        }
        self.out.extend_from_slice(b"}\n");
        self.written += 1;
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
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
}

// === impl Names ===

impl Names {
    fn clear(&mut self) {
        self.top.clear();
        self.reserved.clear();
    }

    fn add(&mut self, name: &[u8], value: &[u8]) {
        let known = |keys: &[&str]| keys.iter().any(|known| known.as_bytes() == name);
        let reserved = known(&TIME_KEYS) || known(&MESSAGE_KEYS) || known(&[LABELS]);
        let out = if reserved { &mut self.reserved } else { &mut self.top };
        out.push(b',');
        json::text(out, name);
        out.push(b':');
        json::text(out, value);
    }
}

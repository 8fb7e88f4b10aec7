//! A batch of a file, as records that can be stored.

use std::ops::Range;

use bytes::Bytes;
use identity::{ImportLayout, ImportPlace};

use crate::NormalBody;
use crate::lines::{Line, RawBatch, Recognised, Recogniser, Unfit};

/// Records of a file that are stored at once, and what of it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBatch {
    /// Where in the decompressed file it begins.
    pub from: u64,
    /// Where the next one begins.
    pub to: ImportPlace,
    records: Vec<Record>,
    normal: Bytes,
    pub refused: Vec<Exception>,
}

/// Something that was not taken: its place in the decompressed file, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 0.
    pub at: u64,
    pub code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    line: u64,
    at: u64,
    place: Range<usize>,
}

// === impl ImportBatch ===

impl ImportBatch {
    pub(super) fn new(raw: &RawBatch, layout: ImportLayout, recogniser: &Recogniser) -> Self {
        let (mut records, mut normal, mut refused) = (Vec::with_capacity(raw.lines.len()), Vec::new(), Vec::new());
        for &line in &raw.lines {
            let start = normal.len();
            match layout {
                ImportLayout::Objects => {
                    normal.extend_from_slice(raw.text(line));
                    normal.push(b'\n');
                }
                ImportLayout::Lines => match recogniser.write(without_mark(line, raw.text(line)), &mut normal) {
                    Recognised::Blank => continue,
                    Recognised::As(_) => {}
                    Recognised::Refused(unfit) => {
                        refused.push(Exception::of(line, unfit));
                        continue;
                    }
                },
            }
            records.push(Record { line: line.number, at: line.at, place: start..normal.len() });
        }
        refused.extend(raw.too_large.iter().map(|line| Exception::of(*line, Unfit::TooLarge)));
        refused.sort_by_key(|exception| exception.at);
        let to = ImportPlace { at: raw.to, lines: raw.lines_before_end };
        Self { from: raw.from, to, records, normal: normal.into(), refused }
    }

    /// How many records it has.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records.len()
    }

    /// Some of its records, without those that are named, in ascending order.
    #[must_use]
    pub fn body(&self, records: Range<usize>, without: &[usize]) -> NormalBody {
        let some = &self.records[records.clone()];
        let place = match (some.first(), some.last()) {
            (Some(first), Some(last)) => first.place.start..last.place.end,
            (None, _) | (_, None) => 0..0,
        };
        if without.is_empty() {
            return NormalBody { bytes: self.normal.slice(place), records: Some(some.len()), ..NormalBody::default() };
        }
        let kept: Vec<&Record> =
            records.zip(some).filter(|(number, _)| without.binary_search(number).is_err()).map(|(_, record)| record).collect();
        let bytes: Vec<u8> = kept.iter().flat_map(|record| &self.normal[record.place.clone()]).copied().collect();
        NormalBody { bytes: bytes.into(), records: Some(kept.len()), ..NormalBody::default() }
    }

    /// That one of its records was not taken.
    #[must_use]
    pub fn exception(&self, record: usize, code: &'static str) -> Option<Exception> {
        self.records.get(record).map(|record| Exception { line: record.line, at: record.at, code })
    }
}

// === impl Exception ===

impl Exception {
    fn of(line: Line, unfit: Unfit) -> Self {
        Self { line: line.number, at: line.at, code: unfit.code() }
    }
}

/// A file may begin with a mark of its byte order, which is no part of its first line.
fn without_mark(line: Line, text: &[u8]) -> &[u8] {
    if line.at == 0 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text }
}

//! Records of lines, one after another, within the limits of a request.

use model::limits;

use super::{LineFormat, LineParser};
use crate::{DecodeError, NormalBody};

pub(super) struct Batch {
    parser: LineParser,
    out: Vec<u8>,
    records: usize,
}

// === impl Batch ===

impl Batch {
    pub(super) fn new(parser: LineParser, bytes: usize) -> Self {
        Self { parser, out: Vec::with_capacity(bytes + bytes / 2), records: 0 }
    }

    /// Adds the record of a line that starts at byte `at`, as `write` makes it; nothing for a blank one.
    pub(super) fn add(
        &mut self,
        (at, line): (usize, &[u8]),
        write: impl FnOnce(&LineParser, &[u8], &mut Vec<u8>) -> LineFormat,
    ) -> Result<(), DecodeError> {
        let start = self.out.len();
        let fits = line.len() <= limits::RECORD_BYTES_MAX;
        if fits && write(&self.parser, line, &mut self.out) != LineFormat::Blank {
            self.records += 1;
            self.out.push(b'\n');
        }
        if !fits || self.out.len() - start > limits::RECORD_BYTES_MAX + 1 {
            return Err(DecodeError::record_too_large(self.records.saturating_sub(usize::from(fits))).at(at));
        }
        if self.records > limits::RECORDS_PER_BATCH_MAX {
            return Err(DecodeError::too_many_records());
        }
        if self.out.len() > limits::BODY_BYTES_MAX {
            return Err(DecodeError::body_too_large(limits::BODY_BYTES_MAX));
        }
        Ok(())
    }

    pub(super) fn records(&self) -> usize {
        self.records
    }

    pub(super) fn finish(self) -> NormalBody {
        NormalBody { bytes: self.out.into(), records: Some(self.records), ..NormalBody::default() }
    }
}

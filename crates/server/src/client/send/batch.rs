//! A batch as it travels: its records as NDJSON, compressed, under a key that stays the same when it is sent again.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use ingest::lines::{Line, RawBatch, Recognised};
use model::limits;

use super::recognise::{Recogniser, TOO_LARGE, reason};
use crate::client::connection::{Encoding, Frames};

const ZSTD_LEVEL: i32 = 1;

#[derive(Debug)]
pub(super) struct Batch {
    raw: RawBatch,
    /// Lines that became records, in the order of the body.
    records: Vec<Line>,
    pub(super) refused: Vec<RefusedLine>,
    body: (Bytes, Encoding),
    key: String,
    pub(super) input: usize,
    /// How far the file was read when the batch was cut, in its own bytes.
    pub(super) read: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefusedLine {
    pub(super) number: u64,
    pub(super) reason: String,
    /// Nothing for a line that was too large to be kept.
    pub(super) text: Vec<u8>,
}

/// Where a batch comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) input: usize,
    /// Random, made when the input's first byte was sent: part of every batch's key.
    pub(super) run: String,
}

// === impl Batch ===

impl Batch {
    pub(super) fn new(raw: RawBatch, origin: &Origin, read: u64, recogniser: &Recogniser) -> io::Result<Self> {
        let key = format!("send-{}-{}-{}", origin.run, raw.from, raw.to);
        let mut batch = Self {
            records: Vec::with_capacity(raw.lines.len()),
            refused: Vec::new(),
            body: (Bytes::new(), Encoding::Identity),
            key,
            input: origin.input,
            read,
            raw,
        };
        let mut ndjson = Vec::with_capacity(2 * limits::SEND_BATCH_BYTES);
        for &line in &batch.raw.lines {
            match recogniser.write(batch.raw.text(line), &mut ndjson) {
                Recognised::Blank => {}
                Recognised::As(_) => batch.records.push(line),
                Recognised::Refused(unfit) => batch.refused.push(batch.refused_line(line, reason(unfit))),
            }
        }
        let left_out = batch.raw.too_large.iter();
        batch.refused.extend(left_out.map(|line| RefusedLine {
            number: line.number,
            reason: TOO_LARGE.to_owned(),
            text: Vec::new(),
        }));
        batch.refused.sort_by_key(|line| line.number);
        batch.body = compress(ndjson)?;
        Ok(batch)
    }

    pub(super) fn records(&self) -> usize {
        self.records.len()
    }

    pub(super) fn raw_bytes(&self) -> u64 {
        self.raw.raw_bytes()
    }

    /// Where in the input it ends, and how many lines come before.
    pub(super) fn end(&self) -> (u64, u64) {
        (self.raw.to, self.raw.lines_before_end)
    }

    /// The whole of it, or some of its records under a key of their own.
    pub(super) fn frames(&self, records: &Range<usize>, recogniser: &Recogniser) -> io::Result<Frames> {
        if *records == (0..self.records()) {
            let (body, encoding) = self.body.clone();
            return Ok(Frames { body, encoding, idempotency_key: self.key.clone() });
        }
        let mut ndjson = Vec::new();
        for &line in &self.records[records.clone()] {
            recogniser.write(self.raw.text(line), &mut ndjson);
        }
        let (body, encoding) = compress(ndjson)?;
        let idempotency_key = format!("{}.{}-{}", self.key, records.start, records.end);
        Ok(Frames { body, encoding, idempotency_key })
    }

    pub(super) fn refuse(&self, record: usize, reason: &str) -> RefusedLine {
        self.refused_line(self.records[record], reason)
    }

    fn refused_line(&self, line: Line, reason: &str) -> RefusedLine {
        RefusedLine { number: line.number, reason: reason.to_owned(), text: self.raw.text(line).to_vec() }
    }
}

/// Compressed, unless the server would take it for a decompression bomb: lines that all say the same shrink that much.
fn compress(ndjson: Vec<u8>) -> io::Result<(Bytes, Encoding)> {
    let compressed = zstd::bulk::compress(&ndjson, ZSTD_LEVEL)?;
    let most = (compressed.len() * limits::DECOMPRESSION_RATIO_MAX).max(limits::DECOMPRESSION_FREE_BYTES);
    if ndjson.len() > most && ndjson.len() <= limits::BODY_WIRE_BYTES_MAX {
        return Ok((ndjson.into(), Encoding::Identity));
    }
    Ok((compressed.into(), Encoding::Zstd))
}

#[cfg(test)]
mod tests {
    use ingest::lines::Cutter;
    use model::Timestamp;

    use super::super::recognise::Format;
    use super::*;

    fn batch(text: &[u8], recogniser: &Recogniser) -> Batch {
        let mut cutter = Cutter::new(0, 0, []);
        cutter.push(text);
        cutter.finish();
        let origin = Origin { input: 0, run: "r".to_owned() };
        Batch::new(cutter.next().unwrap(), &origin, 0, recogniser).unwrap()
    }

    fn recogniser() -> Recogniser {
        Recogniser::new(Format::Ndjson, Timestamp::from_nanos(0))
    }

    fn opened(frames: &Frames) -> String {
        let limits = ingest::encoding::BodyLimits::default();
        let encoding = match frames.encoding {
            Encoding::Identity => ingest::encoding::ContentEncoding::Identity,
            Encoding::Zstd => ingest::encoding::ContentEncoding::Zstd,
        };
        let body = ingest::encoding::decompress(encoding, frames.body.clone(), limits).unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn what_is_refused_here_is_not_sent() {
        let recogniser = recogniser();
        let batch = batch(b"{\"a\":1}\n\nno\n{\"a\":2}\n", &recogniser);
        let frames = batch.frames(&(0..2), &recogniser).unwrap();
        assert_eq!((opened(&frames).as_str(), frames.idempotency_key.as_str()), ("{\"a\":1}\n{\"a\":2}\n", "send-r-0-20"));
        let expected = RefusedLine { number: 3, reason: "it is not a JSON object".to_owned(), text: b"no".to_vec() };
        assert_eq!((batch.records(), &batch.refused), (2, &vec![expected]));
    }

    #[test]
    fn a_piece_has_its_own_key_and_knows_its_lines() {
        let recogniser = recogniser();
        let batch = batch(b"{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}\n", &recogniser);
        let frames = batch.frames(&(1..3), &recogniser).unwrap();
        assert_eq!((opened(&frames).as_str(), frames.idempotency_key.as_str()), ("{\"a\":2}\n{\"a\":3}\n", "send-r-0-25.1-3"));
        assert_eq!(batch.refuse(1, "why"), RefusedLine { number: 3, reason: "why".to_owned(), text: b"{\"a\":2}".to_vec() });
    }

    #[test]
    fn a_server_never_takes_a_batch_for_a_bomb() {
        let recogniser = recogniser();
        let text = b"{\"message\":\"the same again and again\"}\n".repeat(40_000);
        let batch = batch(&text, &recogniser);
        let frames = batch.frames(&(0..batch.records()), &recogniser).unwrap();
        assert_eq!(opened(&frames).lines().count(), batch.records());
    }
}

//! Bytes of an input, cut into lines and the lines into batches; and what a line is.
//!
//! Always holds: the same bytes from the same offset give the same batches, however they arrive, unless `flush` cuts one
//! short; no more than one batch and one line is held. A line that is too large is left out and named.

mod objects;
mod recognise;

use std::collections::VecDeque;

use model::limits;

pub use objects::{Broken, ObjectCutter};
pub use recognise::{Format, Recognised, Recogniser, Unfit};

/// A line of a batch, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    start: u32,
    end: u32,
    /// Counted from 1 in the input.
    pub number: u64,
    /// Where it begins in the input.
    pub at: u64,
}

/// A stretch of an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawBatch {
    raw: Vec<u8>,
    pub lines: Vec<Line>,
    /// The bytes of the input that it stands for, line ends and left-out lines included.
    pub from: u64,
    pub to: u64,
    /// How many lines of the input end before `to`.
    pub lines_before_end: u64,
    /// Lines that were left out for their size.
    pub too_large: Vec<Line>,
}

#[derive(Debug)]
pub struct Cutter {
    current: RawBatch,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
    /// The line in `partial` is too large: the rest of it is passed over.
    passing_over: bool,
    offset: u64,
    /// Where the line in `partial` begins.
    line_at: u64,
    number: u64,
    ready: VecDeque<RawBatch>,
    /// Where an earlier run cut, so that its batches come out again as they were.
    planned: VecDeque<u64>,
}

// === impl RawBatch ===

impl RawBatch {
    #[must_use]
    pub fn text(&self, line: Line) -> &[u8] {
        &self.raw[line.start as usize..line.end as usize]
    }

    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.to - self.from
    }

    /// The one that goes on where this one ends.
    fn next(&self) -> Self {
        Self {
            from: self.to,
            to: self.to,
            lines_before_end: self.lines_before_end,
            raw: Vec::with_capacity(limits::SEND_BATCH_BYTES),
            ..Self::default()
        }
    }

    fn is_full(&self) -> bool {
        self.raw.len() >= limits::SEND_BATCH_BYTES || self.lines.len() >= limits::SEND_BATCH_RECORDS_MAX
    }

    /// Larger than any run would have made it.
    fn is_overfull(&self) -> bool {
        self.raw.len() > limits::SEND_BATCH_BYTES + limits::RECORD_BYTES_MAX || self.lines.len() > limits::SEND_BATCH_RECORDS_MAX
    }
}

// === impl Cutter ===

impl Cutter {
    /// Begins at an offset of the input that `lines_before` lines precede.
    #[must_use]
    pub fn new(offset: u64, lines_before: u64, planned: impl IntoIterator<Item = u64>) -> Self {
        Self {
            current: RawBatch { from: offset, to: offset, lines_before_end: lines_before, ..RawBatch::default() },
            partial: Vec::new(),
            passing_over: false,
            offset,
            line_at: offset,
            number: lines_before,
            ready: VecDeque::new(),
            planned: planned.into_iter().filter(|end| *end > offset).collect(),
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let to_cut = self.planned.front().map_or(usize::MAX, |end| usize::try_from(end - self.offset).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at(to_cut.min(rest.len()));
            self.push_lines(now);
            if self.planned.front() == Some(&self.offset) {
                // An earlier run may have met the end of the file here, in the middle of what is a longer line by now.
                self.finish();
            }
            rest = later;
        }
    }

    fn push_lines(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(length) = memchr::memchr(b'\n', rest) {
            self.grow(&rest[..length]);
            self.offset += 1;
            self.end_line();
            rest = &rest[length + 1..];
        }
        self.grow(rest);
    }

    /// The next batch that is complete.
    #[expect(clippy::should_implement_trait, reason = "more may come after none")]
    pub fn next(&mut self) -> Option<RawBatch> {
        self.ready.pop_front()
    }

    /// Whether lines wait for their batch to fill up.
    #[must_use]
    pub fn holds_lines(&self) -> bool {
        self.current.to > self.current.from
    }

    /// Ends the batch early: its lines have waited long enough. A line without its end waits on.
    pub fn flush(&mut self) {
        if self.holds_lines() {
            self.end_batch();
        }
    }

    /// The input is over, and with it its last line.
    pub fn finish(&mut self) {
        if !self.partial.is_empty() || self.passing_over {
            self.end_line();
        }
        self.flush();
    }

    fn grow(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
        if self.passing_over {
            return;
        }
        if self.partial.len() + bytes.len() > limits::RECORD_BYTES_MAX {
            self.passing_over = true;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        self.number += 1;
        let (at, number) = (std::mem::replace(&mut self.line_at, self.offset), self.number);
        let batch = &mut self.current;
        if std::mem::take(&mut self.passing_over) {
            batch.too_large.push(Line { start: 0, end: 0, number, at });
        } else {
            // A batch ends soon after `SEND_BATCH_BYTES`, so its places fit 32 bits; see the assertion in `limits`.
            let start = batch.raw.len() as u32;
            batch.raw.append(&mut self.partial);
            batch.lines.push(Line { start, end: batch.raw.len() as u32, number, at });
        }
        (batch.to, batch.lines_before_end) = (self.offset, self.number);
        let full = if self.planned.is_empty() { batch.is_full() } else { batch.is_overfull() };
        if full {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        while self.planned.front().is_some_and(|end| *end <= self.current.to) {
            self.planned.pop_front();
        }
        let next = self.current.next();
        self.ready.push_back(std::mem::replace(&mut self.current, next));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(cutter: &mut Cutter, pieces: &[&[u8]]) -> Vec<RawBatch> {
        for piece in pieces {
            cutter.push(piece);
        }
        cutter.finish();
        std::iter::from_fn(|| cutter.next()).collect()
    }

    fn texts(batch: &RawBatch) -> Vec<(u64, String)> {
        batch.lines.iter().map(|line| (line.number, String::from_utf8_lossy(batch.text(*line)).into_owned())).collect()
    }

    /// Lines of 100 bytes, their ends included.
    fn numbered(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|i| format!("{i:<99}\n").into_bytes()).collect()
    }

    #[test]
    fn lines_are_numbered_and_a_last_one_needs_no_end() {
        let batches = cut(&mut Cutter::new(0, 0, []), &[b"a\nb", b"c\n\nlast"]);
        assert_eq!(batches.len(), 1);
        let expected = [(1, "a"), (2, "bc"), (3, ""), (4, "last")].map(|(number, text)| (number, text.to_owned()));
        assert_eq!(texts(&batches[0]), expected);
        assert_eq!((batches[0].from, batches[0].to, batches[0].lines_before_end), (0, 10, 4));
    }

    #[test]
    fn a_batch_ends_after_the_line_that_fills_it() {
        let bytes = numbered(25_000);
        let batches = cut(&mut Cutter::new(0, 0, []), &[&bytes]);
        let ends: Vec<u64> = batches.iter().map(|batch| batch.to).collect();
        assert_eq!(ends.last(), Some(&2_500_000));
        assert!(batches.windows(2).all(|pair| pair[0].to == pair[1].from));
        let first = batches[0].raw_bytes();
        assert!((1 << 20..(1 << 20) + 20_000).contains(&first), "{first}");
        let short = b"x\n".repeat(limits::SEND_BATCH_RECORDS_MAX + 1);
        assert_eq!(cut(&mut Cutter::new(0, 0, []), &[&short]).len(), 2);
    }

    #[test]
    fn the_cuts_of_an_earlier_run_are_made_again() {
        let bytes = numbered(100);
        let mut cutter = Cutter::new(0, 0, [300, 1_000]);
        let ends: Vec<u64> = cut(&mut cutter, &[&bytes]).iter().map(|batch| batch.to).collect();
        assert_eq!(ends, [300, 1_000, 10_000]);
        // The file ended there once, and the line that did has its rest by now.
        let batches = cut(&mut Cutter::new(0, 0, [5]), &[b"ab\ncde\nf\n"]);
        let found: Vec<_> = batches.iter().map(texts).collect();
        let line = |number, text: &str| (number, text.to_owned());
        assert_eq!(found, [vec![line(1, "ab"), line(2, "cd")], vec![line(3, "e"), line(4, "f")]]);
    }

    #[test]
    fn a_run_goes_on_in_the_middle() {
        let bytes = numbered(100);
        let batches = cut(&mut Cutter::new(5_000, 50, [4_000, 5_200]), &[&bytes[5_000..]]);
        assert_eq!(batches.iter().map(|batch| (batch.from, batch.to)).collect::<Vec<_>>(), [(5_000, 5_200), (5_200, 10_000)]);
        assert_eq!(batches[0].lines[0].number, 51);
    }

    #[test]
    fn a_line_that_is_too_large_is_left_out_and_named() {
        let large = vec![b'x'; limits::RECORD_BYTES_MAX];
        let batches = cut(&mut Cutter::new(0, 0, []), &[b"a\n", &large, b"x\nb\n"]);
        assert_eq!(texts(&batches[0]), [(1, "a".to_owned()), (3, "b".to_owned())]);
        assert_eq!(batches[0].too_large, [Line { start: 0, end: 0, number: 2, at: 2 }]);
        assert_eq!(batches[0].lines[1].at, limits::RECORD_BYTES_MAX as u64 + 4);
        let whole = cut(&mut Cutter::new(0, 0, []), &[&large]);
        assert_eq!((whole[0].lines.len(), whole[0].too_large.len()), (1, 0));
        let unended = cut(&mut Cutter::new(0, 0, []), &[&large, b"x"]);
        assert_eq!((unended[0].lines.len(), unended[0].too_large[0].number), (0, 1));
    }

    #[test]
    fn a_flush_leaves_an_unended_line_waiting() {
        let mut cutter = Cutter::new(0, 0, []);
        cutter.push(b"a\nb");
        assert!(cutter.holds_lines());
        cutter.flush();
        assert_eq!(texts(&cutter.next().unwrap()), [(1, "a".to_owned())]);
        assert!(!cutter.holds_lines());
        cutter.flush();
        assert!(cutter.next().is_none());
        let rest = cut(&mut cutter, &[b"c\n"]);
        assert_eq!((texts(&rest[0]), rest[0].from), (vec![(2, "bc".to_owned())], 2));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(text in "[ab\n]{0,200}", cuts in proptest::collection::vec(1usize..20, 1..10), planned in proptest::collection::vec(1u64..200, 0..4)) {
            let mut planned = planned;
            planned.sort_unstable();
            let whole = cut(&mut Cutter::new(0, 0, planned.clone()), &[text.as_bytes()]);
            let (mut pieces, mut rest) = (Vec::new(), text.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(&cut(&mut Cutter::new(0, 0, planned), &pieces), &whole);
            let without_ends = |text: &str| text.replace('\n', "");
            let found: String = whole.iter().flat_map(texts).map(|(_, text)| text).collect();
            prop_assert_eq!(found, without_ends(&text));
            prop_assert!(whole.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert_eq!(whole.last().map_or(0, |last| last.to), text.len() as u64);
        }
    }
}

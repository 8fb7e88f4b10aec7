//! Lines of a text and places in it.

use std::ops::Range;

use super::Position;

/// Characters are counted once for so many bytes, so that a place on a line of any length is found at once.
const STRIDE: usize = 64;

/// Where each line begins, and how many characters stand before each stride.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    starts: Vec<usize>,
    counts: Vec<usize>,
}

// === impl Lines ===

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut counts = vec![0];
        let mut total = 0;
        for stride in text.as_bytes().chunks(STRIDE) {
            total += characters(stride);
            counts.push(total);
        }
        Self { starts, counts }
    }

    /// `text` is the one that the lines are of.
    pub(super) fn position(&self, text: &str, range: Range<usize>) -> Position {
        let line = self.starts.partition_point(|&start| start <= range.start).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let column = self.before(text, range.start).saturating_sub(self.before(text, start)) + 1;
        Position { line, column, start: range.start, end: range.end.max(range.start) }
    }

    /// Each line with the byte that it begins at, without its end.
    pub(super) fn each<'a>(&self, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let ends = self.starts.iter().skip(1).map(|&next| next - 1).chain([text.len()]);
        self.starts.iter().zip(ends).map(|(&start, end)| {
            let line = text.get(start..end).unwrap_or_default();
            (start, line.strip_suffix('\r').unwrap_or(line))
        })
    }

    /// Characters before a byte.
    fn before(&self, text: &str, byte: usize) -> usize {
        let stride = byte / STRIDE;
        let rest = text.as_bytes().get(stride * STRIDE..byte).unwrap_or_default();
        self.counts.get(stride).copied().unwrap_or_default() + characters(rest)
    }
}

fn characters(bytes: &[u8]) -> usize {
    let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    bytes.len() - bytes.iter().filter(continues).count()
}

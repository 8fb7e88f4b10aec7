//! JSON objects of an input, one after another or in an array, cut into batches of them.
//!
//! Always holds: as for lines, the same bytes from the same offset give the same batches. Only where an object begins and
//! ends is looked for, so that one that is wrong inside is left to whoever reads it; an object that is too large is left out
//! and named. What may stand between objects are white space, commas and the brackets of an array; after anything else it
//! cannot be told where the next one begins.

use std::collections::VecDeque;

use memchr::{memchr_iter, memchr2};
use model::limits;

use super::{Line, RawBatch};

/// Why an input cannot be read on, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub code: &'static str,
    pub at: u64,
}

#[derive(Debug)]
pub struct ObjectCutter {
    current: RawBatch,
    /// An object whose end has not come yet.
    partial: Vec<u8>,
    inside: Option<Inside>,
    offset: u64,
    /// Ends of lines before `offset`.
    newlines: u64,
    ready: VecDeque<RawBatch>,
}

/// What is known of the object that is being read.
#[derive(Debug, Clone, Copy)]
struct Inside {
    at: u64,
    number: u64,
    /// Objects and arrays that have not ended.
    depth: u64,
    within: Within,
    is_too_large: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Value,
    Text,
    /// Behind a backslash.
    Escape,
}

// === impl ObjectCutter ===

impl ObjectCutter {
    /// Begins at an offset of the input, between two objects, that so many ends of lines precede.
    #[must_use]
    pub fn new(offset: u64, newlines: u64) -> Self {
        let current = RawBatch { from: offset, to: offset, lines_before_end: newlines, ..RawBatch::default() };
        Self { current, partial: Vec::new(), inside: None, offset, newlines, ready: VecDeque::new() }
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match self.inside {
                None => self.pass_between(rest)?,
                Some(inside) => self.read_object(inside, rest),
            };
            rest = &rest[taken..];
        }
        Ok(())
    }

    /// The next batch that is complete.
    #[expect(clippy::should_implement_trait, reason = "more may come after none")]
    pub fn next(&mut self) -> Option<RawBatch> {
        self.ready.pop_front()
    }

    /// Ends the batch early. An object without its end waits on.
    pub fn flush(&mut self) {
        if self.current.to > self.current.from {
            self.end_batch();
        }
    }

    /// The input is over.
    pub fn finish(&mut self) -> Result<(), Broken> {
        self.flush();
        match self.inside {
            Some(inside) => Err(Broken { code: "truncated_json", at: inside.at }),
            None => Ok(()),
        }
    }

    fn pass_between(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let passed = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']')).count();
        self.go_on(&bytes[..passed]);
        match bytes.get(passed) {
            None => {}
            Some(b'{') => {
                let number = self.newlines + 1;
                self.inside = Some(Inside { at: self.offset, number, depth: 0, within: Within::Value, is_too_large: false });
            }
            Some(_) => {
                // What came before can still be taken.
                self.flush();
                return Err(Broken { code: "invalid_json", at: self.offset });
            }
        }
        Ok(passed)
    }

    /// Reads until the object or the bytes end; gives how many it took.
    fn read_object(&mut self, mut inside: Inside, bytes: &[u8]) -> usize {
        let (mut at, mut ended) = (0, false);
        while at < bytes.len() && !ended {
            match inside.within {
                Within::Escape => {
                    inside.within = Within::Text;
                    at += 1;
                }
                Within::Text => match memchr2(b'"', b'\\', &bytes[at..]) {
                    Some(length) => {
                        inside.within = if bytes[at + length] == b'"' { Within::Value } else { Within::Escape };
                        at += length + 1;
                    }
                    None => at = bytes.len(),
                },
                Within::Value => {
                    match bytes[at] {
                        b'"' => inside.within = Within::Text,
                        b'{' | b'[' => inside.depth += 1,
                        b'}' | b']' => inside.depth = inside.depth.saturating_sub(1),
                        _ => {}
                    }
                    ended = inside.depth == 0;
                    at += 1;
                }
            }
        }
        self.grow(&mut inside, &bytes[..at]);
        self.go_on(&bytes[..at]);
        self.inside = Some(inside).filter(|_| !ended);
        if ended {
            self.end_object(inside);
        }
        at
    }

    fn grow(&mut self, inside: &mut Inside, bytes: &[u8]) {
        if !inside.is_too_large && self.partial.len() + bytes.len() > limits::RECORD_BYTES_MAX {
            inside.is_too_large = true;
            self.partial = Vec::new();
        }
        if !inside.is_too_large {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn go_on(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
        self.newlines += memchr_iter(b'\n', bytes).count() as u64;
    }

    fn end_object(&mut self, inside: Inside) {
        let Inside { at, number, .. } = inside;
        let batch = &mut self.current;
        if inside.is_too_large {
            batch.too_large.push(Line { start: 0, end: 0, number, at });
        } else {
            // As for lines, a batch's places fit 32 bits.
            let start = batch.raw.len() as u32;
            batch.raw.append(&mut self.partial);
            batch.lines.push(Line { start, end: batch.raw.len() as u32, number, at });
        }
        (batch.to, batch.lines_before_end) = (self.offset, self.newlines);
        if batch.is_full() {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        let next = self.current.next();
        self.ready.push_back(std::mem::replace(&mut self.current, next));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(cutter: &mut ObjectCutter, pieces: &[&[u8]]) -> (Vec<RawBatch>, Result<(), Broken>) {
        let mut ended = pieces.iter().try_for_each(|piece| cutter.push(piece));
        if ended.is_ok() {
            ended = cutter.finish();
        }
        (std::iter::from_fn(|| cutter.next()).collect(), ended)
    }

    fn texts(batches: &[RawBatch]) -> Vec<(u64, u64, String)> {
        let text = |batch: &RawBatch, line: &Line| String::from_utf8_lossy(batch.text(*line)).into_owned();
        let of = |batch: &RawBatch| batch.lines.iter().map(|line| (line.number, line.at, text(batch, line))).collect::<Vec<_>>();
        batches.iter().flat_map(of).collect()
    }

    fn check(text: &str, expected: &[(u64, u64, &str)], ended: Result<(), Broken>) {
        let (batches, found) = cut(&mut ObjectCutter::new(0, 0), &[text.as_bytes()]);
        let expected: Vec<_> = expected.iter().map(|(number, at, text)| (*number, *at, (*text).to_owned())).collect();
        assert_eq!((texts(&batches), found), (expected, ended), "{text}");
    }

    #[test]
    fn objects_are_found_however_they_stand() {
        check(
            "[\n {\"a\":[1,{}]},\n {\"b\":\"}\\\"{\"}\n]\n",
            &[(2, 3, "{\"a\":[1,{}]}"), (3, 18, "{\"b\":\"}\\\"{\"}")],
            Ok(()),
        );
        check("{\"a\":1}{\"b\":2}\n{}", &[(1, 0, "{\"a\":1}"), (1, 7, "{\"b\":2}"), (2, 15, "{}")], Ok(()));
        check("{\n\"a\": 1\n}", &[(1, 0, "{\n\"a\": 1\n}")], Ok(()));
        check(" \n[]", &[], Ok(()));
    }

    #[test]
    fn what_is_wrong_between_objects_ends_it_behind_what_came_before() {
        check("{\"a\":1} x {}", &[(1, 0, "{\"a\":1}")], Err(Broken { code: "invalid_json", at: 8 }));
        check("[1,2]", &[], Err(Broken { code: "invalid_json", at: 1 }));
        check("{\"a\":1}\n{\"b\":", &[(1, 0, "{\"a\":1}")], Err(Broken { code: "truncated_json", at: 8 }));
        check("{\"a\":oops}", &[(1, 0, "{\"a\":oops}")], Ok(()));
    }

    #[test]
    fn an_object_that_is_too_large_is_left_out_and_named() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(limits::RECORD_BYTES_MAX));
        let (batches, ended) = cut(&mut ObjectCutter::new(0, 0), &[b"{}\n", large.as_bytes(), b"{\"b\":1}"]);
        assert_eq!((batches[0].lines.len(), ended), (2, Ok(())));
        assert_eq!(batches[0].too_large, [Line { start: 0, end: 0, number: 2, at: 3 }]);
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(text in "[{}\\[\\]\",\\\\a\n ]{0,80}", cuts in proptest::collection::vec(1usize..9, 1..10)) {
            let whole = cut(&mut ObjectCutter::new(0, 0), &[text.as_bytes()]);
            let (mut pieces, mut rest) = (Vec::new(), text.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(cut(&mut ObjectCutter::new(0, 0), &pieces), whole);
        }
    }
}

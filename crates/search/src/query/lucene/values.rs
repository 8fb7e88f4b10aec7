//! What stands behind a name: terms, phrases, comparisons and ranges.

use std::ops::Range;

use model::limits;

use super::{Parsed, Parser, time};
use crate::query::error::QueryError;
use crate::query::expr::{Bound, Glob};
use crate::query::leaf;

// === impl Parser ===

impl Parser<'_> {
    pub(super) fn compared(&mut self, name: &str) -> Parsed {
        let start = self.at;
        let sign = ["<=", ">=", "<", ">"].into_iter().find(|sign| self.eat(sign)).unwrap_or_default();
        if self.at_end() {
            return Err(QueryError::new(start..self.at, "missing_value", format!("nothing stands after {sign}")));
        }
        let text = self.bound_text(name)?;
        let (lower, upper) = match sign {
            "<" => (Bound::Open, Bound::Exclusive(text)),
            "<=" => (Bound::Open, Bound::Inclusive(text)),
            ">" => (Bound::Exclusive(text), Bound::Open),
            _ => (Bound::Inclusive(text), Bound::Open),
        };
        self.count_term(start..self.at)?;
        leaf::range(name, lower, upper, start..self.at)
    }

    pub(super) fn range(&mut self, name: &str) -> Parsed {
        let open = self.here();
        let includes_lower = self.peek() == Some('[');
        self.at = open.end;
        let lower = self.bound(name, &open)?;
        self.skip_space();
        if self.eat_word(["TO", "TO"]).is_none() {
            return Err(QueryError::new(self.here(), "bad_range", "TO must stand between the bounds of a range"));
        }
        let upper = self.bound(name, &open)?;
        self.skip_space();
        let includes_upper = match self.peek() {
            Some(']') => true,
            Some('}') => false,
            Some(_) | None => return Err(QueryError::new(open, "unclosed_range", "this range is never closed")),
        };
        self.at += 1;
        let bound = |text: Option<String>, inclusive| match (text, inclusive) {
            (None, _) => Bound::Open,
            (Some(text), true) => Bound::Inclusive(text),
            (Some(text), false) => Bound::Exclusive(text),
        };
        self.count_term(open.start..self.at)?;
        leaf::range(name, bound(lower, includes_lower), bound(upper, includes_upper), open.start..self.at)
    }

    /// One bound; nothing for `*`.
    fn bound(&mut self, name: &str, open: &Range<usize>) -> Parsed<Option<String>> {
        self.skip_space();
        match self.peek() {
            None => Err(QueryError::new(open.clone(), "unclosed_range", "this range is never closed")),
            Some(']' | '}') => Err(QueryError::new(self.here(), "bad_range", "a bound of the range is missing")),
            Some('*') => {
                self.at += 1;
                Ok(None)
            }
            Some(_) => self.bound_text(name).map(Some),
        }
    }

    fn bound_text(&mut self, name: &str) -> Parsed<String> {
        let start = self.at;
        let text = match self.peek() {
            Some('"') => self.phrase()?,
            // Signs and colons are of the bound: numbers below zero, and times.
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, ']' | '}' | ')' | '"' | '(' | '[' | '{' | '^' | '~');
                let text = &self.rest()[..self.rest().find(ends).unwrap_or(self.rest().len())];
                self.at += text.len();
                if text.contains(['*', '?', '\\']) {
                    let message = "wildcards and backslashes cannot stand in a bound";
                    return Err(QueryError::new(start..self.at, "wildcard_in_bound", message).hint("quote it"));
                }
                text.to_owned()
            }
        };
        if text.is_empty() {
            return Err(QueryError::new(self.here(), "missing_value", "a bound is missing"));
        }
        if name == "timestamp" { time(&text, start..self.at) } else { Ok(text) }
    }

    pub(super) fn phrase(&mut self) -> Parsed<String> {
        let open = self.here();
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => text.extend(characters.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        Err(QueryError::new(open, "unclosed_quote", "this quote is never closed"))
    }

    /// A term with its wildcards, or the name before a colon.
    pub(super) fn word(&mut self) -> Parsed<Glob> {
        let (start, mut glob) = (self.at, Glob::default());
        while let Some(c) = self.peek() {
            let next = self.here().end;
            match c {
                '*' => glob.push_any(),
                '?' => glob.push_one(),
                '\\' => {
                    self.at = next;
                    match self.peek() {
                        Some(c) => glob.push_char(c),
                        None => return Err(QueryError::new(start..next, "dangling_escape", "nothing stands after \\")),
                    }
                    self.at = self.here().end;
                    continue;
                }
                c if c.is_whitespace() || "():^~\"[]{}/!".contains(c) => break,
                c => glob.push_char(c),
            }
            self.at = next;
        }
        match self.at == start {
            true => {
                let what = self.peek().map_or("a term is missing".to_owned(), |c| format!("{c} begins no term"));
                Err(QueryError::new(self.here(), "misplaced_character", what).hint("write \\ before it, or quote the text"))
            }
            false => Ok(glob),
        }
    }

    pub(super) fn count_term(&mut self, span: Range<usize>) -> Parsed<()> {
        self.terms += 1;
        if span.len() > limits::QUERY_TEXT_BYTES_MAX {
            let message = format!("a condition has at most {} bytes", limits::QUERY_TEXT_BYTES_MAX);
            return Err(QueryError::new(span, "query_too_long", message));
        }
        if self.terms > limits::QUERY_TERMS_MAX {
            let message = format!("a query has at most {} conditions", limits::QUERY_TERMS_MAX);
            return Err(QueryError::new(span, "query_too_long", message));
        }
        Ok(())
    }
}

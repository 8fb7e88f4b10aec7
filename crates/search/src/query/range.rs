//! Comparisons and ranges: `name:>=5`, `name:[a TO b]`.

use super::QueryError;
use super::expr::Bound;
use super::leaf;
use super::parser::{Parsed, Parser};
use super::scan::{Closer, Keyword};

// === impl Parser ===

impl Parser<'_> {
    /// Reads `>5`, `>=5`, `<5` or `<=5`.
    pub(super) fn compared(&mut self, name: &str) -> Parsed {
        let start = self.scan.at;
        let sign = ["<=", ">=", "<", ">"].into_iter().find(|sign| self.scan.eat(sign)).unwrap_or_default();
        if self.scan.at_end_of_operand() {
            return Err(self.no_value_after(start));
        }
        if self.scan.rest().starts_with(['<', '>', '=']) {
            return Err(QueryError::new(start..self.scan.at + 1, "bad_comparison", "no such comparison")
                .hint("the comparisons are >, >=, < and <=; quote a value that starts with such a sign"));
        }
        let word = self.scan.word(Closer::None)?;
        self.count_term(&word.span)?;
        let text = self.literal(&word.glob, word.span.clone())?;
        let (lower, upper) = match sign {
            "<" => (Bound::Open, Bound::Exclusive(text)),
            "<=" => (Bound::Open, Bound::Inclusive(text)),
            ">" => (Bound::Exclusive(text), Bound::Open),
            _ => (Bound::Inclusive(text), Bound::Open),
        };
        leaf::range(name, lower, upper, word.span)
    }

    /// Reads `[a TO b]`, with `{` or `}` where the bound itself is left out.
    pub(super) fn bracketed(&mut self, name: &str) -> Parsed {
        let start = self.scan.at;
        let includes_lower = self.scan.peek() == Some('[');
        self.scan.at += 1;
        let lower = self.bound(start)?;
        self.expect_to(start)?;
        let upper = self.bound(start)?;
        self.scan.skip_space();
        let includes_upper = match self.scan.peek() {
            Some(']') => true,
            Some('}') => false,
            Some(_) => {
                return Err(QueryError::new(self.scan.here(), "bad_range", "a range ends with ] or }")
                    .hint("quote a bound that holds spaces: [\"a b\" TO c]"));
            }
            None => return Err(unclosed(start)),
        };
        self.scan.at += 1;
        if !self.scan.at_end_of_operand() {
            return Err(
                QueryError::new(self.scan.here(), "bad_range", "text right after a range").hint("put a space between them")
            );
        }
        let span = start..self.scan.at;
        self.count_term(&span)?;
        let bound = |text: Option<String>, inclusive| match (text, inclusive) {
            (None, _) => Bound::Open,
            (Some(text), true) => Bound::Inclusive(text),
            (Some(text), false) => Bound::Exclusive(text),
        };
        leaf::range(name, bound(lower, includes_lower), bound(upper, includes_upper), span)
    }

    /// One bound of a bracketed range; `None` for `*`. `open` is where the bracket stands.
    fn bound(&mut self, open: usize) -> Parsed<Option<String>> {
        self.scan.skip_space();
        match self.scan.peek() {
            None => return Err(unclosed(open)),
            Some(']' | '}' | ')') => {
                return Err(QueryError::new(self.scan.here(), "bad_range", "a bound of the range is missing")
                    .hint("write * for an open end: [5 TO *]"));
            }
            Some(_) => {}
        }
        let word = self.scan.word(Closer::Bracket)?;
        if word.glob.is_any() {
            return Ok(None);
        }
        self.literal(&word.glob, word.span).map(Some)
    }

    fn expect_to(&mut self, open: usize) -> Parsed<()> {
        self.scan.skip_space();
        if self.scan.peek().is_none() {
            return Err(unclosed(open));
        }
        let run = self.scan.run();
        let word = self.scan.text[run.clone()].split([']', '}']).next().unwrap_or_default();
        if word != "TO" {
            let span = run.start..(run.start + word.len()).max(self.scan.here().end);
            let hint = if matches!(word, "to" | "To") || Keyword::of(word).is_some() {
                "write TO in upper case"
            } else {
                "write [a TO b], and quote a bound that holds spaces"
            };
            return Err(QueryError::new(span, "bad_range", "TO must stand between the bounds of a range").hint(hint));
        }
        self.scan.at += word.len();
        Ok(())
    }
}

fn unclosed(open: usize) -> QueryError {
    QueryError::new(open..open + 1, "unclosed_range", "this range is never closed")
        .hint("write [a TO b], or quote a value that starts with a bracket")
}

//! Lucene's query language, as Elasticsearch's `query_string` takes it, becomes an expression of ours.
//!
//! | Lucene | here |
//! |---|---|
//! | `a b` | either, or both, as the default operator says |
//! | `+a`, `-a`, `AND`, `OR`, `NOT` | clauses that must, should or must not hold (`clauses.rs`) |
//! | `name:value`, `name:"two words"`, `name:(a b)`, `name:>=5`, `name:[a TO b}` | a field |
//! | `_exists_:name`, `name:*` | the field has a value |
//! | `*`, `?`, `\` | wildcards, and what takes their meaning |
//!
//! Always holds: a word without a name is asked of the message; what Lucene has beyond this table (regular expressions,
//! fuzziness, distances, boosts, wildcards in names) is an error that points at it, and never read as something else.

mod clauses;
mod names;
mod values;

use std::ops::Range;

use model::limits;

use super::error::QueryError;
use super::expr::{Expr, FieldTest, Glob};
use super::{Query, leaf};
use clauses::{Clauses, Sign};
pub(crate) use names::{canonical, millis_text, time};

/// What joins clauses with nothing between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joiner {
    Or,
    And,
}

type Parsed<T = Expr> = Result<T, QueryError>;

struct Parser<'t> {
    text: &'t str,
    at: usize,
    joiner: Joiner,
    depth: usize,
    terms: usize,
}

// === impl Query ===

impl Query {
    /// Reads a query in Lucene's language; of nothing but white space it asks for no record, as Elasticsearch has it.
    pub fn parse_lucene(text: &str, joiner: Joiner) -> Result<Self, QueryError> {
        if text.len() > limits::QUERY_BYTES_MAX {
            let message = format!("a query has at most {} bytes", limits::QUERY_BYTES_MAX);
            let at = text.floor_char_boundary(limits::QUERY_BYTES_MAX);
            return Err(QueryError::new(at..text.len(), "query_too_long", message));
        }
        let mut parser = Parser { text, at: 0, joiner, depth: 0, terms: 0 };
        let expr = parser.clauses(None)?;
        if parser.peek() == Some(')') {
            return Err(QueryError::new(parser.here(), "unmatched_parenthesis", "this parenthesis was never opened"));
        }
        Ok(Self::of(expr))
    }
}

// === impl Parser ===

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Whether nothing stands here to be negated, joined or compared.
    fn at_end(&self) -> bool {
        self.peek().is_none_or(|c| c.is_whitespace() || c == ')')
    }

    /// Takes a word that stands alone.
    fn eat_word(&mut self, words: [&str; 2]) -> Option<Range<usize>> {
        let word = words.into_iter().find(|word| {
            let after = self.rest().strip_prefix(*word);
            after.is_some_and(|after| after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')))
        })?;
        let span = self.at..self.at + word.len();
        self.at = span.end;
        Some(span)
    }

    fn unsupported(&self, span: Range<usize>, what: &str) -> QueryError {
        QueryError::new(span, "lucene_unsupported", format!("{what} not supported"))
    }

    /// What stands up to the end, or up to the parenthesis that closes. `subject` is the field of a group behind a name.
    fn clauses(&mut self, subject: Option<&str>) -> Parsed {
        let mut clauses = Clauses::new(self.joiner);
        loop {
            self.skip_space();
            let (mut joined, mut operator) = (None, None);
            for (side, words) in [(Joiner::And, ["AND", "&&"]), (Joiner::Or, ["OR", "||"])] {
                if operator.is_none()
                    && let Some(span) = self.eat_word(words)
                {
                    (joined, operator) = (Some(side), Some(span));
                }
            }
            if let Some(span) = &operator
                && clauses.is_empty()
            {
                return Err(dangling(span, "before"));
            }
            self.skip_space();
            if self.peek().is_none_or(|c| c == ')') {
                return operator.map_or_else(|| Ok(clauses.joined()), |span| Err(dangling(&span, "after")));
            }
            let sign = self.sign()?;
            let clause = self.clause(subject)?;
            clauses.add(joined, sign, clause);
        }
    }

    fn sign(&mut self) -> Parsed<Sign> {
        let start = self.here();
        let sign = match self.peek() {
            Some('+') => Sign::Required,
            Some('-' | '!') => Sign::Prohibited,
            _ => {
                let Some(span) = self.eat_word(["NOT", "NOT"]) else { return Ok(Sign::None) };
                self.skip_space();
                return if self.at_end() { Err(dangling(&span, "after")) } else { Ok(Sign::Prohibited) };
            }
        };
        self.at = start.end;
        match self.peek() {
            _ if self.at_end() => Err(dangling(&start, "after")),
            Some('+' | '-' | '!') => Err(QueryError::new(start.start..self.here().end, "double_sign", "two signs in a row")),
            _ => Ok(sign),
        }
    }

    fn clause(&mut self, subject: Option<&str>) -> Parsed {
        let start = self.at;
        let clause = match (self.peek(), subject) {
            (Some('('), _) => self.group(subject)?,
            (Some('"'), _) => {
                let phrase = self.phrase()?;
                self.term(subject, Glob::literal(&phrase), start)?
            }
            (Some('/'), _) => return Err(self.unsupported(self.here(), "regular expressions are")),
            (Some('[' | '{'), Some(name)) => self.range(name)?,
            (Some('<' | '>'), Some(name)) => self.compared(name)?,
            (Some('[' | '{'), None) => {
                return Err(QueryError::new(self.here(), "missing_name", "a range without a field").hint("write name:[a TO b]"));
            }
            (_, Some(_)) => {
                let word = self.word()?;
                self.term(subject, word, start)?
            }
            (_, None) => {
                let word = self.word()?;
                if self.peek() == Some(':') { self.named(&word, start)? } else { self.term(None, word, start)? }
            }
        };
        match self.peek() {
            Some('^') => Err(self.unsupported(self.here(), "boosts are")),
            Some('~') => Err(self.unsupported(self.here(), "fuzzy terms and distances are")),
            Some(':') => Err(QueryError::new(self.here(), "misplaced_colon", "a colon that belongs to no name")
                .hint("write \\: for the character itself, or quote the text")),
            Some(c) if !c.is_whitespace() && c != ')' => {
                let message = format!("{c} right behind a clause");
                Err(QueryError::new(self.here(), "misplaced_character", message)
                    .hint("put a space before it, or a \\ if it is part of the text"))
            }
            _ => Ok(clause),
        }
    }

    fn group(&mut self, subject: Option<&str>) -> Parsed {
        let open = self.here();
        if self.depth == limits::QUERY_DEPTH_MAX {
            let message = format!("groups nest at most {} deep", limits::QUERY_DEPTH_MAX);
            return Err(QueryError::new(open, "query_too_deep", message));
        }
        self.at = open.end;
        self.skip_space();
        if self.peek() == Some(')') {
            return Err(QueryError::new(open.start..self.here().end, "empty_group", "a group with nothing in it"));
        }
        self.depth += 1;
        let inner = self.clauses(subject)?;
        self.depth -= 1;
        if self.eat(")") {
            Ok(inner)
        } else {
            Err(QueryError::new(open, "unclosed_parenthesis", "this parenthesis is never closed"))
        }
    }

    /// What stands behind the name and its colon.
    fn named(&mut self, name: &Glob, start: usize) -> Parsed {
        let span = start..self.at;
        self.at += 1;
        if self.at_end() {
            return Err(QueryError::new(start..self.at, "missing_value", "nothing stands after the colon"));
        }
        if name.is_any() {
            let word = self.word()?;
            self.count_term(start..self.at)?;
            return if word.is_any() {
                Ok(Expr::All)
            } else {
                Err(self.unsupported(span, "wildcards in the names of fields are"))
            };
        }
        let name = name.as_literal().ok_or_else(|| self.unsupported(span.clone(), "wildcards in the names of fields are"))?;
        match name {
            "_exists_" => {
                let word = self.word()?;
                self.count_term(start..self.at)?;
                match word.as_literal() {
                    Some(field) if !field.is_empty() => Ok(Expr::Has(canonical(field).to_owned())),
                    _ => Err(self.unsupported(start..self.at, "wildcards in the names of fields are")),
                }
            }
            "_index" | "_type" | "_source" | "_all" => Err(self.unsupported(span, &format!("the field `{name}` is"))),
            _ => self.clause_of(canonical(name)),
        }
    }

    fn clause_of(&mut self, name: &str) -> Parsed {
        let start = self.at;
        match self.peek() {
            Some('(') => self.group(Some(name)),
            Some('"') => {
                let phrase = self.phrase()?;
                self.term(Some(name), Glob::literal(&phrase), start)
            }
            Some('/') => Err(self.unsupported(self.here(), "regular expressions are")),
            Some('[' | '{') => self.range(name),
            Some('<' | '>') => self.compared(name),
            Some('-' | '+' | '!') => {
                let message = "a sign behind a colon";
                Err(QueryError::new(self.here(), "misplaced_character", message)
                    .hint("put it before the name, or quote the value"))
            }
            _ => {
                let word = self.word()?;
                self.term(Some(name), word, start)
            }
        }
    }

    fn term(&mut self, subject: Option<&str>, word: Glob, start: usize) -> Parsed {
        let span = start..self.at;
        self.count_term(span.clone())?;
        match subject {
            None | Some("message") => leaf::message(word, span),
            Some("timestamp") if !word.is_any() => {
                let time = word.as_literal().map(|text| time(text, span.clone())).transpose()?;
                leaf::field("timestamp", FieldTest::Equals(time.map_or(word, |time| Glob::literal(&time))), span)
            }
            Some(name) => leaf::field(name, FieldTest::Equals(word), span),
        }
    }
}

fn dangling(span: &Range<usize>, side: &str) -> QueryError {
    QueryError::new(span.clone(), "dangling_operator", format!("nothing stands {side} this operator"))
}

#[cfg(test)]
mod tests;

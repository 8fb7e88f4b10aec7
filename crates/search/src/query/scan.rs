//! The characters of a query: words, quoted text, patterns, names, keywords.

use std::ops::Range;

use model::limits;

use super::error::{Note, QueryError};
use super::expr::{Glob, Piece};

/// A position in a query's text, and what has been used up of its limits.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) notes: Vec<Note>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
}

/// Text with wildcards and where it stands.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) glob: Glob,
    pub(super) span: Range<usize>,
    /// Neither quoted nor escaped: its characters are those of the query's text.
    pub(super) plain: bool,
}

/// What may end a word beside white space and parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closer {
    None,
    Bracket,
}

// === impl Keyword ===

impl Keyword {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "AND" | "&&" => Some(Self::And),
            "OR" | "||" => Some(Self::Or),
            "NOT" => Some(Self::Not),
            _ => None,
        }
    }
}

// === impl Closer ===

impl Closer {
    fn closes(self, c: char) -> bool {
        match self {
            Self::None => false,
            Self::Bracket => matches!(c, ']' | '}'),
        }
    }
}

// === impl Scanner ===

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether a word, a value or a group cannot start here.
    pub(super) fn at_end_of_operand(&self) -> bool {
        self.peek().is_none_or(|c| c.is_whitespace() || c == ')')
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// The span of the character at `at`; empty at the end of the text.
    pub(super) fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// The characters up to the next white space, parenthesis or quote.
    pub(super) fn run(&self) -> Range<usize> {
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
        self.at..self.at + self.rest().find(ends).unwrap_or(self.rest().len())
    }

    pub(super) fn keyword(&self) -> Option<(Keyword, Range<usize>)> {
        let span = self.run();
        Keyword::of(&self.text[span.clone()]).map(|keyword| (keyword, span))
    }

    pub(super) fn note(&mut self, span: Range<usize>, code: &'static str, message: impl Into<String>) {
        self.notes.push(Note { at: span.start, len: span.len(), code, message: message.into() });
    }

    /// Reads a word, or quoted text with wildcards around it.
    pub(super) fn word(&mut self, closer: Closer) -> Result<Word, QueryError> {
        let start = self.at;
        let (mut glob, mut plain, mut quoted) = (Glob::default(), true, false);
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || c == ')' || closer.closes(c) => break,
                '(' => return Err(self.stray_parenthesis(start)),
                '"' if !plain || glob.pieces().iter().any(|p| matches!(p, Piece::Text(_))) => {
                    return Err(QueryError::new(self.here(), "quote_in_word", "a quote in the middle of a word")
                        .hint("put a space before it, or write \\\" for the character itself"));
                }
                '"' => {
                    self.quoted()?.chars().for_each(|c| glob.push_char(c));
                    (plain, quoted) = (false, true);
                    continue;
                }
                '*' => glob.push_any(),
                '?' => glob.push_one(),
                _ if quoted => {
                    return Err(QueryError::new(self.here(), "after_quote", "text right after a closing quote")
                        .hint("put a space between them; only the wildcards * and ? may follow a quote"));
                }
                '\\' => {
                    glob.push_char(self.escaped()?);
                    plain = false;
                    continue;
                }
                c => glob.push_char(c),
            }
            self.at += c.len_utf8();
        }
        let span = start..self.at;
        if glob.text_bytes() > limits::QUERY_TEXT_BYTES_MAX {
            let message = format!("one text of a query has at most {} bytes", limits::QUERY_TEXT_BYTES_MAX);
            return Err(QueryError::new(span, "query_too_long", message));
        }
        Ok(Word { glob, span, plain })
    }

    fn stray_parenthesis(&self, start: usize) -> QueryError {
        let run = &self.text[start..self.at];
        QueryError::new(self.here(), "parenthesis_in_word", "a parenthesis in the middle of a word")
            .hint(format!("put a space before it to open a group, or quote the text: \"{}(…\"", run.trim_matches('"')))
    }

    /// Reads a backslash and the character it stands before.
    fn escaped(&mut self) -> Result<char, QueryError> {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err(QueryError::new(start..self.at, "dangling_escape", "a backslash with nothing after it")
                .hint("write \\\\ for the character itself"));
        };
        self.at += c.len_utf8();
        if c.is_ascii_alphanumeric() {
            let message = format!("\\{c} stands for nothing: a backslash only takes the meaning from a special character");
            return Err(QueryError::new(start..self.at, "bad_escape", message)
                .hint(format!("write \\\\{c} for a backslash, or a pattern between slashes")));
        }
        Ok(c)
    }

    /// Reads text in quotes. In it only `\"` and `\\` are special, so that what is pasted stays as it is.
    pub(super) fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.text[start + 1..].char_indices();
        while let Some((i, c)) = characters.next() {
            match c {
                '"' => {
                    self.at = start + 1 + i + 1;
                    return Ok(text);
                }
                '\\' if self.text[start + 1 + i + 1..].starts_with(['"', '\\']) => {
                    text.extend(characters.next().map(|(_, c)| c));
                }
                c => text.push(c),
            }
        }
        Err(QueryError::new(start..start + 1, "unclosed_quote", "this quote is never closed")
            .hint("add the closing \", or write \\\" for the character itself"))
    }

    /// Reads `/pattern/`, if one starts here: the next slash that is not escaped must end the word, and it may not be empty.
    /// Otherwise the text is a path or the like, and nothing is read.
    pub(super) fn pattern(&mut self) -> Option<Range<usize>> {
        let inner = self.rest().strip_prefix('/')?;
        let mut escaped = false;
        let length = inner.find(|c| {
            let ends = c == '/' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        let ends_word = inner[length + 1..].chars().next().is_none_or(|c| c.is_whitespace() || c == ')');
        if length == 0 || !ends_word {
            return None;
        }
        let start = self.at + 1;
        self.at = start + length + 1;
        Some(start..start + length)
    }

    /// The name that starts here, if a colon ends it: quoted, or the characters before the colon. Reads neither.
    pub(super) fn name_ahead(&self) -> Option<Range<usize>> {
        if self.peek() == Some('"') {
            let mut ahead = Scanner { text: self.text, at: self.at, notes: Vec::new() };
            ahead.quoted().ok()?;
            return ahead.rest().starts_with(':').then_some(self.at..ahead.at);
        }
        let mut escaped = false;
        let length = self.rest().find(|c: char| {
            let ends = !escaped && (c.is_whitespace() || matches!(c, '(' | ')' | '"' | ':'));
            escaped = c == '\\' && !escaped;
            ends
        })?;
        self.rest()[length..].starts_with(':').then_some(self.at..self.at + length)
    }
}

//! A place in a body of JSON: reads tokens, checks the grammar of RFC 8259 strictly, keeps nothing.

use super::error::{Expected, Fault, ShredReason};
use super::number::{Number, number};
use super::text;

pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Whether an escape of a string has named half of a surrogate pair.
    surrogates: bool,
}

/// Part of the body. A body is smaller than 2 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A span with a mark, in one word: as a struct of three fields it was written to the stack in parts and read back as
/// a whole, and that stall alone took a quarter of the time of the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice(u64);

/// A value that is not a tree of fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    Null,
    /// A string without its quotes, marked where it has escapes.
    Text(Slice),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// JSON text as sent, marked where half of a surrogate pair may stand in it.
    Json(Slice),
}

// === impl Span ===

impl Span {
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

// === impl Slice ===

impl Slice {
    const MARK: u64 = 1 << 63;

    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self(start as u64 | (end as u64) << 32)
    }

    fn marked(self) -> Self {
        Self(self.0 | Self::MARK)
    }

    #[inline]
    pub(super) fn is_marked(self) -> bool {
        self.0 & Self::MARK != 0
    }

    #[inline]
    pub(super) fn span(self) -> Span {
        Span { start: self.0 as u32, end: ((self.0 & !Self::MARK) >> 32) as u32 }
    }

    /// The text of a string; `scratch` holds it where it had escapes.
    pub(super) fn unescaped<'t>(self, text: &'t str, scratch: &'t mut Vec<u8>) -> &'t str {
        let raw = self.span().of(text);
        if !self.is_marked() {
            return raw;
        }
        scratch.clear();
        text::unescape(raw, scratch);
        std::str::from_utf8(scratch).unwrap_or(raw)
    }
}

// === impl Token ===

impl Token {
    /// JSON text without strings in it.
    pub(super) fn json(start: usize, end: usize) -> Self {
        Self::Json(Slice::new(start, end))
    }
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, surrogates: false }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// A fault here: the body's end, or something other than what was expected.
    #[cold]
    pub(super) fn unexpected(&self, expected: Expected) -> Fault {
        let reason = match self.peek() {
            Some(_) => ShredReason::NotJson(expected),
            None => ShredReason::Truncated,
        };
        Fault { at: self.at, reason }
    }

    /// Reads a string; the opening quote is behind.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Slice, Fault> {
        let start = self.at;
        let stop = text::find_stop(self.bytes(), start);
        if self.bytes().get(stop) == Some(&b'"') {
            self.at = stop + 1;
            return Ok(Slice::new(start, stop));
        }
        self.string_with_escapes(start, stop)
    }

    fn string_with_escapes(&mut self, start: usize, mut stop: usize) -> Result<Slice, Fault> {
        loop {
            match self.bytes().get(stop) {
                Some(b'"') => {
                    self.at = stop + 1;
                    return Ok(Slice::new(start, stop).marked());
                }
                Some(b'\\') => {
                    let (unit, end) = text::escape(self.bytes(), stop)?;
                    self.surrogates |= matches!(unit, Some(0xd800..0xe000));
                    stop = text::find_stop(self.bytes(), end);
                }
                Some(_) => return Err(Fault { at: stop, reason: ShredReason::ControlCharacter }),
                None => return Err(Fault { at: self.text.len(), reason: ShredReason::Truncated }),
            }
        }
    }

    /// Reads what stands between a key and its value.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        self.whitespace();
        if self.peek() != Some(b':') {
            return Err(self.unexpected(Expected::Colon));
        }
        self.at += 1;
        self.whitespace();
        Ok(())
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let (value, end) = number(self.text, start)?;
        self.at = end;
        Ok(match value {
            Number::Int(value) => Token::Int(value),
            Number::Float(value) => Token::Float(value),
            Number::Raw => Token::json(start, end),
        })
    }

    pub(super) fn literal(&mut self) -> Result<Token, Fault> {
        let (word, token) = match self.peek() {
            Some(b't') => ("true", Token::Bool(true)),
            Some(b'f') => ("false", Token::Bool(false)),
            Some(b'n') => ("null", Token::Null),
            Some(_) | None => return Err(self.unexpected(Expected::Value)),
        };
        let rest = &self.bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(token);
        }
        if word.as_bytes().starts_with(rest) {
            return Err(Fault { at: self.text.len(), reason: ShredReason::Truncated });
        }
        Err(self.unexpected(Expected::Value))
    }

    /// Reads a value as JSON text, unless it is a string or null. `depth` is that of the container it stands in.
    pub(super) fn raw(&mut self, depth: usize) -> Result<Token, Fault> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                return self.string().map(Token::Text);
            }
            Some(b'n') => return self.literal(),
            Some(_) | None => {}
        }
        self.surrogates = false;
        self.skip(depth)?;
        let raw = Slice::new(start, self.at);
        Ok(Token::Json(if self.surrogates { raw.marked() } else { raw }))
    }

    fn skip(&mut self, depth: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(drop)
            }
            Some(b'{') => self.skip_object(depth + 1),
            Some(b'[') => self.skip_array(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            Some(_) | None => self.literal().map(drop),
        }
    }

    /// Refuses a container that would stand at `depth`.
    pub(super) fn deeper(&self, depth: usize) -> Result<(), Fault> {
        if depth > model::limits::JSON_DEPTH_MAX {
            return Err(Fault { at: self.at, reason: ShredReason::TooDeep });
        }
        Ok(())
    }

    fn skip_array(&mut self, depth: usize) -> Result<(), Fault> {
        self.deeper(depth)?;
        self.at += 1;
        self.whitespace();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip(depth)?;
            self.whitespace();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(_) | None => return Err(self.unexpected(Expected::CommaOrBracket)),
            }
            self.whitespace();
        }
        self.at += 1;
        Ok(())
    }

    fn skip_object(&mut self, depth: usize) -> Result<(), Fault> {
        self.deeper(depth)?;
        let mut more = self.open_object()?;
        while more {
            self.at += 1;
            self.string()?;
            self.colon()?;
            self.skip(depth)?;
            more = self.next_member()?;
        }
        Ok(())
    }

    /// Goes from an opening brace to the first key's quote, or past the closing brace of an empty object.
    pub(super) fn open_object(&mut self) -> Result<bool, Fault> {
        self.at += 1;
        self.whitespace();
        match self.peek() {
            Some(b'"') => Ok(true),
            Some(b'}') => {
                self.at += 1;
                Ok(false)
            }
            Some(_) | None => Err(self.unexpected(Expected::KeyOrEnd)),
        }
    }

    /// Goes from a member's end to the next key's quote, or past the closing brace.
    #[inline]
    pub(super) fn next_member(&mut self) -> Result<bool, Fault> {
        self.whitespace();
        match self.peek() {
            Some(b',') => {}
            Some(b'}') => {
                self.at += 1;
                return Ok(false);
            }
            Some(_) | None => return Err(self.unexpected(Expected::CommaOrBrace)),
        }
        self.at += 1;
        self.whitespace();
        match self.peek() {
            Some(b'"') => Ok(true),
            Some(_) | None => Err(self.unexpected(Expected::Key)),
        }
    }
}

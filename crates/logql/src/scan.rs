//! A query's characters, from left to right.

use std::ops::Range;

use model::limits;

use crate::error::ParseError;

pub(crate) type Parsed<T> = Result<T, ParseError>;

pub(crate) struct Scan<'t> {
    pub(crate) text: &'t str,
    pub(crate) at: usize,
}

// === impl Scan ===

impl<'t> Scan<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut scan = Self { text, at: 0 };
        scan.skip();
        scan
    }

    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at == self.text.len()
    }

    /// Space, and comments to the end of their line.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    pub(crate) fn sees(&self, sign: &str) -> bool {
        self.rest().starts_with(sign)
    }

    pub(crate) fn eat(&mut self, sign: &str) -> bool {
        let found = self.sees(sign);
        if found {
            self.at += sign.len();
            self.skip();
        }
        found
    }

    pub(crate) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// The name that stands here, if one does, and is left standing.
    pub(crate) fn peek_name(&self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
    }

    pub(crate) fn name(&mut self) -> Parsed<&'t str> {
        let name = self.peek_name().ok_or_else(|| self.unexpected("a name"))?;
        if name.len() > limits::FIELD_NAME_BYTES_MAX {
            let message = format!("a label's name has at most {} bytes", limits::FIELD_NAME_BYTES_MAX);
            return Err(self.error(self.at..self.at + name.len(), "query_too_long", message));
        }
        self.at += name.len();
        self.skip();
        Ok(name)
    }

    pub(crate) fn eat_name(&mut self, name: &str) -> bool {
        let found = self.peek_name() == Some(name);
        if found {
            self.at += name.len();
            self.skip();
        }
        found
    }

    /// A number, with or without a unit, and its place.
    pub(crate) fn quantity(&mut self) -> Parsed<(&'t str, Range<usize>)> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let starts = bytes.iter().find(|byte| **byte != b'.').is_some_and(u8::is_ascii_digit);
        if !starts {
            return Err(self.unexpected("a number"));
        }
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let exponent = matches!(c, '+' | '-')
                && matches!(&rest.as_bytes()[..at], [.., before, b'e' | b'E'] if before.is_ascii_digit() || *before == b'.');
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | 'µ' | 'μ') || exponent) {
                break;
            }
            end = at + c.len_utf8();
        }
        let span = self.at..self.at + end;
        self.at = span.end;
        self.skip();
        Ok((&rest[..end], span))
    }

    pub(crate) fn sees_string(&self) -> bool {
        self.sees("\"") || self.sees("`")
    }

    /// A text in quotes, as Go writes one, and its place.
    pub(crate) fn string(&mut self) -> Parsed<(String, Range<usize>)> {
        let start = self.at;
        let value = if let Some(raw) = self.rest().strip_prefix('`') {
            let end = raw.find('`').ok_or_else(|| self.open_ended(start))?;
            self.at += end + 2;
            raw[..end].to_owned()
        } else if self.sees("\"") {
            self.at += 1;
            self.interpreted(start)?
        } else {
            return Err(self.unexpected("a text in quotes"));
        };
        let span = start..self.at;
        if value.len() > limits::QUERY_TEXT_BYTES_MAX {
            let message = format!("a text has at most {} bytes", limits::QUERY_TEXT_BYTES_MAX);
            return Err(self.error(span, "query_too_long", message));
        }
        self.skip();
        Ok((value, span))
    }

    fn interpreted(&mut self, start: usize) -> Parsed<String> {
        let mut value = Vec::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\', '\n']).ok_or_else(|| self.open_ended(start))?;
            value.extend_from_slice(&rest.as_bytes()[..plain]);
            self.at += plain;
            match rest.as_bytes()[plain] {
                b'"' => break,
                b'\n' => return Err(self.open_ended(start)),
                _ => {
                    let at = self.at;
                    let length = unescape(&rest[plain + 1..], &mut value);
                    let end = self.text.ceil_char_boundary((at + 2).min(self.text.len()));
                    let length =
                        length.ok_or_else(|| self.error(at..end, "logql_invalid", "there is no such escape in a text"))?;
                    self.at += 1 + length;
                }
            }
        }
        self.at += 1;
        String::from_utf8(value).map_err(|_| self.error(start..self.at, "logql_invalid", "this text is not UTF-8"))
    }

    fn open_ended(&self, start: usize) -> ParseError {
        self.error(start..self.text.len(), "logql_invalid", "syntax error: literal not terminated")
    }

    /// What stands here is not what should.
    pub(crate) fn unexpected(&self, wanted: &str) -> ParseError {
        let rest = self.rest();
        let length = self.peek_name().map_or_else(|| rest.chars().next().map_or(0, char::len_utf8), str::len);
        let found = if length == 0 { "end of query".to_owned() } else { format!("`{}`", &rest[..length]) };
        let message = format!("syntax error: unexpected {found}, expecting {wanted}");
        self.error(self.at..self.at + length, "logql_invalid", message)
    }

    /// A place within a text in quotes, which is that of the query where the text has no escapes; else all of the text.
    pub(crate) fn within(&self, quoted: &Range<usize>, text: &str, place: Option<Range<usize>>) -> Range<usize> {
        let inner = quoted.start + 1..quoted.end - 1;
        let same = self.text.get(inner.clone()) == Some(text);
        place.filter(|_| same).map_or(quoted.clone(), |place| inner.start + place.start..inner.start + place.end)
    }

    /// What `name` means is known, and that it is not done here.
    pub(crate) fn unsupported(&self, span: Range<usize>, name: &str) -> ParseError {
        self.error(span, "logql_unsupported", format!("`{name}` is not supported"))
    }

    pub(crate) fn error(&self, span: Range<usize>, code: &'static str, message: impl Into<String>) -> ParseError {
        ParseError::new(self.text, span, code, message)
    }
}

/// Reads what follows a backslash; gives its length.
fn unescape(text: &str, value: &mut Vec<u8>) -> Option<usize> {
    let kind = text.bytes().next()?;
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = text.get(from..from + count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, radix).ok()
    };
    let simple = [(b'a', 7), (b'b', 8), (b'f', 12), (b'n', 10), (b'r', 13), (b't', 9), (b'v', 11)];
    let (byte, length) = match kind {
        b'\\' | b'"' | b'\'' => (kind, 1),
        b'x' => (u8::try_from(digits(1, 2, 16)?).ok()?, 3),
        b'0'..=b'7' => (u8::try_from(digits(0, 3, 8)?).ok()?, 3),
        b'u' | b'U' => {
            let count = if kind == b'u' { 4 } else { 8 };
            let character = char::from_u32(digits(1, count, 16)?)?;
            value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + count);
        }
        _ => (simple.into_iter().find(|(name, _)| *name == kind)?.1, 1),
    };
    value.push(byte);
    Some(length)
}

//! Records of a body in normal form, read no further than needed: where each one lies, and its members as they stand.
//!
//! Does not say whether the body is JSON: what is none is given up, or comes out as whatever `store` refuses.

use std::ops::Range;

use memchr::memchr_iter;

use crate::mask::{string_end, unescape};

/// What lies there is no member or record as JSON has it.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// A member of a record: its key without the quotes, and its value as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

pub(crate) struct Records<'a> {
    pub(crate) body: &'a [u8],
    at: usize,
}

/// Where something stands between records.
#[derive(Debug, Clone, Copy)]
enum Gap {
    /// Outside of arrays.
    Between,
    /// Behind an array's bracket, one of its commas, one of its records.
    First,
    Comma,
    After,
}

/// Every record of a body, with its members. Unlike [`Records`] it does not read over what `store` would refuse between them,
/// and reads all that `store` takes: objects one after another, in arrays, or both.
pub(crate) fn each(
    body: &[u8],
    mut record: impl FnMut(Range<usize>, &[Member]) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let (mut records, mut members, mut end) = (Records::new(body), Vec::new(), 0);
    let mut gap = Gap::Between;
    while let Some(place) = records.next(&mut members)? {
        gap = match gap.over(&body[end..place.start])? {
            Gap::Between => Gap::Between,
            Gap::First | Gap::Comma => Gap::After,
            Gap::After => return Err(Unreadable),
        };
        end = place.end;
        record(place, &members)?;
    }
    match gap.over(&body[end..])? {
        Gap::Between => Ok(()),
        Gap::First | Gap::Comma | Gap::After => Err(Unreadable),
    }
}

/// Whether every line of a body is an object or more. Then the lines of one that is JSON are its records: between two
/// objects that are inside of another, a comma would have to stand.
pub(crate) fn is_of_lines(body: &[u8]) -> bool {
    let mut start = 0;
    let mut ends = memchr_iter(b'\n', body).chain([body.len()]);
    ends.all(|end| {
        let line = &body[std::mem::replace(&mut start, end + 1)..end];
        line.is_empty() || line.starts_with(b"{") && line.trim_ascii_end().ends_with(b"}")
    })
}

// === impl Gap ===

impl Gap {
    fn over(self, between: &[u8]) -> Result<Self, Unreadable> {
        let mut signs = between.iter().filter(|byte| !byte.is_ascii_whitespace());
        signs.try_fold(self, |gap, sign| match (gap, sign) {
            (Self::Between, b'[') => Ok(Self::First),
            (Self::First | Self::After, b']') => Ok(Self::Between),
            (Self::After, b',') => Ok(Self::Comma),
            _ => Err(Unreadable),
        })
    }
}

// === impl Records ===

impl<'a> Records<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    /// Those of one line.
    pub(crate) fn of_line(body: &'a [u8], line: Range<usize>) -> Self {
        Self { body: &body[..line.end], at: line.start }
    }

    /// The next record, from its brace to behind the other, and its members.
    pub(crate) fn next(&mut self, members: &mut Vec<Member>) -> Result<Option<Range<usize>>, Unreadable> {
        members.clear();
        let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',');
        let rest = &self.body[self.at..];
        let Some(gap) = rest.iter().position(|byte| !between(byte)) else { return Ok(None) };
        let start = self.at + gap;
        if self.body[start] != b'{' {
            return Err(Unreadable);
        }
        let mut at = self.blank(start + 1);
        while self.body.get(at) != Some(&b'}') {
            let member = self.member(at)?;
            at = self.blank(member.value.end);
            members.push(member);
            match self.body.get(at) {
                Some(b',') => at = self.blank(at + 1),
                Some(b'}') => {}
                Some(_) | None => return Err(Unreadable),
            }
        }
        self.at = at + 1;
        Ok(Some(start..self.at))
    }

    fn member(&self, at: usize) -> Result<Member, Unreadable> {
        if self.body.get(at) != Some(&b'"') {
            return Err(Unreadable);
        }
        let end = string_end(self.body, at + 1).ok_or(Unreadable)?;
        let colon = self.blank(end + 1);
        if self.body.get(colon) != Some(&b':') {
            return Err(Unreadable);
        }
        let value = self.blank(colon + 1);
        Ok(Member { key: at + 1..end, value: value..self.value_end(value)? })
    }

    fn value_end(&self, start: usize) -> Result<usize, Unreadable> {
        match self.body.get(start) {
            Some(b'"') => string_end(self.body, start + 1).map(|end| end + 1).ok_or(Unreadable),
            Some(b'{' | b'[') => self.nested_end(start),
            Some(_) => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']' | b'"');
                let length = self.body[start..].iter().position(ends).ok_or(Unreadable)?;
                if length == 0 { Err(Unreadable) } else { Ok(start + length) }
            }
            None => Err(Unreadable),
        }
    }

    fn nested_end(&self, start: usize) -> Result<usize, Unreadable> {
        let (mut at, mut depth) = (start, 0_usize);
        loop {
            match self.body.get(at).ok_or(Unreadable)? {
                b'"' => at = string_end(self.body, at + 1).ok_or(Unreadable)?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Ok(at);
            }
        }
    }

    fn blank(&self, mut at: usize) -> usize {
        while self.body.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }
}

// === impl Member ===

impl Member {
    pub(crate) fn has_key(&self, body: &[u8], keys: &[&str]) -> bool {
        keys.iter().any(|key| key.as_bytes() == &body[self.key.clone()])
    }

    pub(crate) fn is_text(&self, body: &[u8]) -> bool {
        body[self.value.start] == b'"'
    }

    /// The text with its escapes undone; `None` where it is none, or not UTF-8.
    pub(crate) fn text(&self, body: &[u8]) -> Option<String> {
        if !self.is_text(body) {
            return None;
        }
        let mut text = Vec::new();
        unescape(&body[self.value.start + 1..self.value.end - 1], &mut text)?;
        String::from_utf8(text).ok()
    }
}

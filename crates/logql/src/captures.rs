//! What `regexp` and `pattern` read out of a line, by name.
//!
//! Always holds: a line is read in linear time, and there is at least one name, each once.

use std::borrow::Cow;

use crate::parser::Parser;
use crate::scan::Parsed;
use crate::tree::{Pattern, Reach};

/// Labels that a line holds at places of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Captures {
    /// The named groups of a regular expression that is found somewhere in the line.
    Regexp(Pattern),
    Pattern(Template),
}

/// `<ip> - <_> "<method> <path>"`: names between texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    /// With what the line begins.
    start: String,
    /// Each name (none where it does not count), and the text behind it.
    parts: Vec<(Option<String>, String)>,
}

// === impl Captures ===

impl Captures {
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Regexp(pattern) => pattern.as_str(),
            Self::Pattern(template) => &template.text,
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (groups, parts) = match self {
            Self::Regexp(pattern) => (Some(pattern.groups()), None),
            Self::Pattern(template) => (None, Some(template.parts.iter().filter_map(|(name, _)| name.as_deref()))),
        };
        groups.into_iter().flatten().chain(parts.into_iter().flatten())
    }

    /// Calls `each` with every name that has something in the line, which is read once for all of them.
    pub fn read_all<'l>(&self, line: &'l str, each: &mut dyn FnMut(&str, &'l str)) {
        let mut some = |name: &str, text: &'l str| {
            if !text.is_empty() {
                each(name, text);
            }
        };
        match self {
            Self::Regexp(pattern) => pattern.each_group(line, &mut some),
            Self::Pattern(template) => template.each(line, &mut |name, text| {
                some(name, text);
                true
            }),
        }
    }

    /// What stands in the line under this name; `None` where there is nothing.
    #[must_use]
    pub fn read<'l>(&self, name: &str, line: &'l str) -> Option<&'l str> {
        let found = match self {
            Self::Regexp(pattern) => pattern.group(name, line),
            Self::Pattern(template) => template.read(name, line),
        };
        found.filter(|text| !text.is_empty())
    }
}

// === impl Template ===

impl Template {
    fn new(text: &str) -> Result<Self, &'static str> {
        let mut template = Self { text: text.to_owned(), start: String::new(), parts: Vec::new() };
        let mut rest = text;
        while !rest.is_empty() {
            if let Some((name, behind)) = capture(rest) {
                if template.parts.last().is_some_and(|(_, between)| between.is_empty()) {
                    return Err("there has to be text between two captures");
                }
                if name != "_" && template.parts.iter().any(|(known, _)| known.as_deref() == Some(name)) {
                    return Err("a capture is named twice");
                }
                template.parts.push(((name != "_").then(|| name.to_owned()), String::new()));
                rest = behind;
                continue;
            }
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest[first..].find('<').map_or(rest.len(), |at| first + at);
            let between = template.parts.last_mut().map_or(&mut template.start, |(_, between)| between);
            between.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        match template.parts.iter().any(|(name, _)| name.is_some()) {
            true => Ok(template),
            false => Err("at least one capture is named, as `<status>`"),
        }
    }

    fn read<'l>(&self, wanted: &str, line: &'l str) -> Option<&'l str> {
        let mut found = None;
        self.each(line, &mut |name, text| {
            let here = name == wanted;
            if here {
                found = Some(text);
            }
            !here
        });
        found
    }

    /// Calls `each` with every name and its text until it says that it has enough. As Loki reads it: up to the first place of
    /// the text behind, and to the end where that is nowhere.
    fn each<'l>(&self, line: &'l str, each: &mut dyn FnMut(&str, &'l str) -> bool) {
        let Some(mut rest) = line.strip_prefix(self.start.as_str()) else { return };
        for (name, behind) in &self.parts {
            let found = if behind.is_empty() { None } else { rest.find(behind.as_str()) };
            let (text, after) = match found {
                Some(at) => (&rest[..at], Some(&rest[at + behind.len()..])),
                None => (rest, None),
            };
            if name.as_deref().is_some_and(|name| !each(name, text)) {
                return;
            }
            match after {
                Some(after) => rest = after,
                None => return,
            }
        }
    }
}

/// The name of the capture that stands first in the text, and what is behind it.
fn capture(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, behind))
}

// === impl Parser ===

impl Parser<'_> {
    /// The text behind `regexp`.
    pub(crate) fn regexp(&mut self) -> Parsed<Captures> {
        let start = self.scan.at;
        let pattern = self.pattern(Reach::Somewhere)?;
        let span = start..self.scan.at;
        if pattern.groups().next().is_none() {
            let message = "at least one group is named, as `(?P<status>…)`";
            return Err(self.scan.error(span, "logql_invalid", message));
        }
        let is_label = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if let Some(name) = pattern.groups().find(|name| !is_label(name)) {
            let message = format!("`{name}` is no name of a label");
            return Err(self.scan.error(span, "logql_invalid", message));
        }
        Ok(Captures::Regexp(pattern))
    }

    /// The text behind `pattern`.
    pub(crate) fn template(&mut self) -> Parsed<Captures> {
        let (text, span) = self.scan.string()?;
        let template = Template::new(&text).map_err(|what| self.scan.error(span.clone(), "logql_invalid", what))?;
        // Each name is looked for.
        template.parts.iter().try_for_each(|_| self.count_term(span.clone()))?;
        Ok(Captures::Pattern(template))
    }
}

/// The text of a key in a line of `key=value`; `None` where it is nowhere.
#[must_use]
pub fn read_logfmt<'l>(line: &'l str, is_wanted: impl Fn(&str) -> bool) -> Option<Cow<'l, str>> {
    let mut found = None;
    each_logfmt(line, |key, text| {
        let here = is_wanted(key);
        if here {
            found = Some(text);
        }
        !here
    });
    found
}

/// Calls `each` with every key and its text until it says that it has enough. Leniently, as Loki reads it: words that are no
/// pair are passed over, and what is behind a quote that does not end is no pair.
pub fn each_logfmt<'l>(line: &'l str, mut each: impl FnMut(&'l str, Cow<'l, str>) -> bool) {
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, behind) = rest.split_at(end);
        let Some(value) = behind.strip_prefix('=') else {
            rest = behind.trim_start();
            continue;
        };
        let (text, behind) = match value.strip_prefix('"') {
            Some(quoted) => match unquoted(quoted) {
                Some(read) => read,
                None => return,
            },
            None => {
                let (text, behind) = value.split_at(value.find(char::is_whitespace).unwrap_or(value.len()));
                (Cow::Borrowed(text), behind)
            }
        };
        if !each(key, text) {
            return;
        }
        rest = behind.trim_start();
    }
}

/// What stands before the closing quote, and behind it.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text[end..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((Cow::Owned(value), &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                c @ ('"' | '\\') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(template: &str, line: &str) -> Vec<(String, Option<String>)> {
        let captures = Captures::Pattern(Template::new(template).unwrap());
        let mut all = Vec::new();
        captures.read_all(line, &mut |name, text| all.push((name.to_owned(), text.to_owned())));
        let read = |name: &str| {
            let found = captures.read(name, line).map(str::to_owned);
            let among = all.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
            assert_eq!(found, among, "{template} in {line}");
            (name.to_owned(), found)
        };
        captures.names().map(read).collect()
    }

    #[track_caller]
    fn check(template: &str, line: &str, expected: &[(&str, Option<&str>)]) {
        let expected: Vec<_> = expected.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect();
        assert_eq!(read(template, line), expected, "{template} in {line}");
    }

    #[test]
    fn a_template_reads_what_stands_between_its_texts() {
        let access = "<ip> - <_> [<_>] \"<method> <path> <_>\" <status> <size>";
        let line = "10.0.0.1 - ada [31/Jan/2026] \"GET /a?b HTTP/1.1\" 502 17";
        let all = [
            ("ip", Some("10.0.0.1")),
            ("method", Some("GET")),
            ("path", Some("/a?b")),
            ("status", Some("502")),
            ("size", Some("17")),
        ];
        check(access, line, &all);
        check("level=<level> <_>", "level=warn x", &[("level", Some("warn"))]);
        check("level=<level> <_>", " level=warn x", &[("level", None)]);
        check("<a>: <b>", "nothing", &[("a", Some("nothing")), ("b", None)]);
        check("<a>é<b>", "xéy", &[("a", Some("x")), ("b", Some("y"))]);
        check("<a> < <b>", "1 < 2", &[("a", Some("1")), ("b", Some("2"))]);
        check("<a> <b>", " y", &[("a", None), ("b", Some("y"))]);
        for wrong in ["", "text", "<_>", "<a><b>", "<a> <a>", "<1>"] {
            assert!(Template::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn logfmt_is_read_leniently() {
        let of = |line, key: &str| read_logfmt(line, |known| known == key).map(Cow::into_owned);
        let line = "  level=warn words msg=\"slow \\\"query\\\"\\n\" empty= took=12ms";
        for (key, text) in [("level", "warn"), ("msg", "slow \"query\"\n"), ("empty", ""), ("took", "12ms")] {
            assert_eq!(of(line, key).as_deref(), Some(text), "{key}");
        }
        assert_eq!((of(line, "words"), of("msg=\"open", "msg"), of("", "a")), (None, None, None));
    }
}

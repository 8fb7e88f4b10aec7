//! The marks within a sentence: links, choices, placeholders, and the text a reader sees.
//!
//! Always holds: each byte of the text knows its place in the source. A bracket that does not close, or lies deeper than
//! `PAGE_NESTING_MAX`, is text.

use std::ops::Range;

use model::limits::PAGE_NESTING_MAX;

use super::{Options, Place, Shape};

const DOMAIN: &str = "DOMAIN";

/// From a byte of the text on, the source goes on at `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    text: usize,
    source: usize,
}

/// What a sentence's source says, with places relative to its start.
#[derive(Debug, Default)]
pub(super) struct Inline {
    pub(super) text: String,
    pub(super) spans: Vec<Span>,
    pub(super) choices: Vec<(Range<usize>, Vec<String>, Options, Place)>,
    pub(super) links: Vec<(Range<usize>, String, String)>,
    pub(super) placeholders: Vec<(Range<usize>, Shape, Place)>,
    /// Where links' texts and targets are.
    places: Vec<(Range<usize>, Place)>,
}

/// The source's byte that a byte of the text comes from.
pub(super) fn source_of(spans: &[Span], text: usize) -> Option<usize> {
    let place = spans.partition_point(|span| span.text <= text).checked_sub(1)?;
    spans.get(place).map(|span| span.source + (text - span.text))
}

// === impl Inline ===

impl Inline {
    pub(super) fn of(source: &str, base: usize) -> Self {
        let mut inline = Self::default();
        inline.run(source, 0..source.len(), Place::Text, 0);
        inline.find_placeholders(source);
        for span in &mut inline.spans {
            span.source += base;
        }
        inline
    }

    fn run(&mut self, source: &str, range: Range<usize>, place: Place, depth: usize) {
        let mut at = range.start;
        while let Some(c) = source.get(at..range.end).and_then(|rest| rest.chars().next()) {
            let rest = source.get(at..range.end).unwrap_or_default();
            at = match c {
                '[' if depth < PAGE_NESTING_MAX => match closing(rest, '[', ']') {
                    Some(length) => self.bracket(source, at..at + length, range.end, (place, depth)),
                    None => self.push(at, c),
                },
                '\\' if rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) => match rest[1..].chars().next() {
                    Some(escaped) => self.push(at + 1, escaped),
                    None => at + 1,
                },
                '`' => at + 1,
                '*' | '_' if rest[1..].starts_with(c) => at + 2,
                _ => self.push(at, c),
            };
        }
    }

    /// Reads `[…]` or `[…](…)` and says where it ends.
    fn bracket(&mut self, source: &str, range: Range<usize>, end: usize, (place, depth): (Place, usize)) -> usize {
        let inner = range.start + 1..range.end - 1;
        let after = source.get(range.end..end).unwrap_or_default();
        if let Some(length) = after.starts_with('(').then(|| closing(after, '(', ')')).flatten() {
            let target = range.end + 1..range.end + length - 1;
            let from = self.text.len();
            self.run(source, inner.clone(), Place::LinkText, depth + 1);
            let text = self.text.get(from..).unwrap_or_default().to_owned();
            let address = source.get(target.clone()).unwrap_or_default().replace('\\', "");
            self.links.push((range.start..range.end + length, text, address));
            self.places.extend([(inner, Place::LinkText), (target, Place::LinkTarget)]);
            return range.end + length;
        }
        let content = source.get(inner.clone()).unwrap_or_default();
        let options = options(content);
        if options.len() > 1 {
            let open = |option: &String| matches!(option.as_str(), "…" | "..." | "etc" | "etc.");
            let kind = if options.iter().any(open) { Options::OpenEnded } else { Options::Closed };
            let named = options.into_iter().filter(|option| !open(option) && !option.is_empty()).collect();
            self.choices.push((range.clone(), named, kind, place));
            for (at, c) in source.get(range.clone()).unwrap_or_default().char_indices() {
                self.push(range.start + at, c);
            }
            return range.end;
        }
        self.push(range.start, '[');
        self.run(source, inner, place, depth + 1);
        self.push(range.end - 1, ']')
    }

    /// Adds one character, white space as one space, and gives the byte after it.
    fn push(&mut self, at: usize, c: char) -> usize {
        let after = at + c.len_utf8();
        let c = if c.is_whitespace() { ' ' } else { c };
        if c == ' ' && (self.text.is_empty() || self.text.ends_with(' ')) {
            return after;
        }
        let follows = self.spans.last().is_some_and(|span| at.checked_sub(span.source) == Some(self.text.len() - span.text));
        if !follows {
            self.spans.push(Span { text: self.text.len(), source: at });
        }
        self.text.push(c);
        after
    }

    fn find_placeholders(&mut self, source: &str) {
        for (at, _) in source.match_indices(DOMAIN) {
            let range = at..at + DOMAIN.len();
            let (before, after) = (&source[..at], &source[range.end..]);
            let within = self.places.iter().rev().find(|(place, _)| place.contains(&at));
            let (from, place) = within.map_or((at, Place::Text), |(range, place)| (range.start, *place));
            let query = place == Place::LinkTarget && source[from..at].contains('?');
            let shape = is_word(before, after).then(|| if query { Shape::Query } else { shape(before, after) });
            if let Some(shape) = shape {
                self.placeholders.push((range, shape, place));
            }
        }
    }
}

/// The length of what an opening mark at the start begins, to its closing one.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == open && depth == PAGE_NESTING_MAX => return None,
            _ if c == open => depth += 1,
            _ if c == close && depth == 1 => return Some(at + c.len_utf8()),
            _ if c == close => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What stands between the bars that are in no bracket of their own.
fn options(content: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut options = vec![String::new()];
    for c in content.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (c, options.last_mut()) {
            ('|', _) if depth == 0 => options.push(String::new()),
            (_, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    options.into_iter().map(|option| option.trim().to_owned()).collect()
}

/// Whether the placeholder is not a part of another word. A percent code before it ends one.
fn is_word(before: &str, after: &str) -> bool {
    let encoded = ["%2F", "%2f", "%3D", "%3d", "%40"].iter().any(|mark| before.ends_with(mark));
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    (encoded || !before.ends_with(in_word)) && !after.starts_with(in_word)
}

fn shape(before: &str, after: &str) -> Shape {
    let label = before.strip_suffix('.').is_some_and(|rest| rest.ends_with(|c: char| c.is_alphanumeric() || c == '-'));
    if before.ends_with('@') || before.ends_with("%40") {
        Shape::Mail
    } else if before.ends_with("*.") {
        Shape::Wildcard
    } else if label {
        Shape::SubHost
    } else if after.starts_with('/') {
        Shape::Path
    } else {
        Shape::Bare
    }
}

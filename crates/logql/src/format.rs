//! What `line_format` and `label_format` write: a subset of Go's templates, `{{.app}}: {{ __line__ | trunc 80 }}`.
//!
//! Always holds: a template has no loops and no conditions, and what it makes of one record is bounded by its budget.

mod reading;

use std::borrow::Cow;

use model::Timestamp;

use crate::parser::Parser;
use crate::scan::Parsed;
use reading::{Reading, Refusal};

/// Texts and what is written between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Value(Value),
}

/// What stands between `{{` and `}}`, or in brackets there.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// A label, the empty text where a record has none.
    Label(String),
    Line,
    Time,
    Text(String),
    /// With the text that it is done to, which in Go is the last argument.
    Call(Box<Function>, Box<Value>),
}

#[derive(Debug, Clone, PartialEq)]
enum Function {
    Lower,
    Upper,
    Trim,
    TrimPrefix(String),
    TrimSuffix(String),
    /// Every occurrence of the first by the second.
    Replace(String, String),
    /// Instead of nothing.
    Default(String),
    /// So many characters from the start, or from the end where it is less than 0.
    Trunc(i64),
    Substr(i64, i64),
}

/// Of which record a template writes.
struct Record<'r> {
    label: &'r dyn Fn(&str) -> Cow<'r, str>,
    line: &'r str,
    time: Timestamp,
}

// === impl Format ===

impl Format {
    fn new(text: &str) -> Result<Self, Refusal> {
        let mut pieces = Vec::new();
        let (mut at, mut trims) = (0, false);
        while at < text.len() {
            let open = text[at..].find("{{").map_or(text.len(), |found| at + found);
            let left = text[open..].starts_with("{{- ");
            let mut plain = &text[at..open];
            if trims {
                plain = plain.trim_start();
            }
            if left {
                plain = plain.trim_end();
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(plain.to_owned()));
            }
            if open == text.len() {
                break;
            }
            let inner = open + if left { 3 } else { 2 };
            let (value, end) = Reading::new(text, inner).action()?;
            trims = text[end..].starts_with("-}}");
            at = end + if trims { 3 } else { 2 };
            pieces.extend(value.map(Piece::Value));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The labels that it reads.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for piece in &self.pieces {
            if let Piece::Value(value) = piece {
                value.labels(&mut all);
            }
        }
        all
    }

    /// The text, of a record's labels, line and time; `None` where making it takes more bytes than are left of `budget`.
    #[must_use]
    pub fn write<'r>(
        &'r self,
        label: &'r dyn Fn(&str) -> Cow<'r, str>,
        (line, time): (&'r str, Timestamp),
        budget: &mut usize,
    ) -> Option<String> {
        if *budget == 0 && !self.pieces.is_empty() {
            return None;
        }
        let record = Record { label, line, time };
        let mut written = String::new();
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => Cow::Borrowed(text.as_str()),
                Piece::Value(value) => value.of(&record, budget)?,
            };
            *budget = budget.checked_sub(text.len())?;
            written.push_str(&text);
        }
        Some(written)
    }
}

// === impl Value ===

impl Value {
    fn labels<'v>(&'v self, all: &mut Vec<&'v str>) {
        match self {
            Self::Label(name) => all.push(name),
            Self::Call(_, of) => of.labels(all),
            Self::Line | Self::Time | Self::Text(_) => {}
        }
    }

    fn of<'v>(&'v self, record: &Record<'v>, budget: &mut usize) -> Option<Cow<'v, str>> {
        Some(match self {
            Self::Label(name) => (record.label)(name),
            Self::Line => Cow::Borrowed(record.line),
            Self::Time => Cow::Owned(as_go_writes(record.time)),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Call(function, of) => {
                let text = of.of(record, budget)?;
                *budget = budget.checked_sub(function.bytes(&text))?;
                Cow::Owned(function.apply(&text))
            }
        })
    }
}

/// `2026-01-31 12:00:00.25 +0000 UTC`
fn as_go_writes(time: Timestamp) -> String {
    let text = time.to_string();
    let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
    let clock = rest.trim_end_matches('Z');
    let clock = if clock.contains('.') { clock.trim_end_matches('0').trim_end_matches('.') } else { clock };
    format!("{day} {clock} +0000 UTC")
}

// === impl Function ===

impl Function {
    /// What is made of a text is at most this long.
    fn bytes(&self, text: &str) -> usize {
        match self {
            Self::Replace(old, new) if !old.is_empty() => {
                text.len().saturating_add(text.matches(old.as_str()).count().saturating_mul(new.len()))
            }
            Self::Replace(_, new) => text.len().saturating_add((text.len() + 1).saturating_mul(new.len())),
            // A letter's other case may take more bytes.
            Self::Lower | Self::Upper => text.len().saturating_mul(3),
            Self::Default(instead) => text.len().max(instead.len()),
            Self::Trim | Self::TrimPrefix(_) | Self::TrimSuffix(_) | Self::Trunc(_) | Self::Substr(..) => text.len(),
        }
    }

    fn apply(&self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
            Self::TrimPrefix(prefix) => text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned(),
            Self::TrimSuffix(suffix) => text.strip_suffix(suffix.as_str()).unwrap_or(text).to_owned(),
            Self::Replace(old, new) => text.replace(old.as_str(), new),
            Self::Default(instead) => if text.is_empty() { instead } else { text }.to_owned(),
            Self::Trunc(count) => {
                let length = text.chars().count() as i64;
                match *count {
                    count if count >= 0 => text.chars().take(count as usize).collect(),
                    count => text.chars().skip(length.saturating_add(count).max(0) as usize).collect(),
                }
            }
            Self::Substr(start, end) => {
                let length = text.chars().count() as i64;
                let (start, end) = match (*start, *end) {
                    (start, end) if start < 0 => (0, if end < 0 { 0 } else { end }),
                    (start, end) if end < 0 => (start, length),
                    both => both,
                };
                text.chars().take(end.max(0) as usize).skip(start as usize).collect()
            }
        }
    }
}

// === impl Parser ===

impl Parser<'_> {
    /// A template in quotes.
    pub(crate) fn format(&mut self) -> Parsed<Format> {
        let (text, span) = self.scan.string()?;
        let format = Format::new(&text).map_err(|(place, code, message)| {
            let place = self.scan.within(&span, &text, Some(place));
            self.scan.error(place, code, message)
        })?;
        format.pieces.iter().try_for_each(|_| self.count_term(span.clone()))?;
        Ok(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(template: &str, budget: usize) -> Option<String> {
        let label = |name: &str| match name {
            "app" => "Shop".into(),
            "path" => " /a/é ".into(),
            _ => Cow::default(),
        };
        let time = Timestamp::from_nanos(1_769_860_800_250_000_000);
        Format::new(template).unwrap().write(&label, ("line 1", time), &mut { budget })
    }

    #[track_caller]
    fn check(template: &str, expected: &str) {
        assert_eq!(write(template, 1_000).as_deref(), Some(expected), "{template}");
    }

    #[test]
    fn a_template_writes_labels_between_texts() {
        check("plain", "plain");
        check("{{.app}}: {{ __line__ }}{{.none}}!", "Shop: line 1!");
        check("{{ __timestamp__ }}", "2026-01-31 12:00:00.25 +0000 UTC");
        check("a {{- .app -}} b{{/* nothing */}}", "aShopb");
        check("{{ `x}}y` }}{{ \"\\\"\" }}", "x}}y\"");
    }

    #[test]
    fn functions_take_their_text_last_or_from_a_pipe() {
        check("{{ lower .app }}{{ .app | upper }}{{ ToLower .app | ToUpper }}", "shopSHOPSHOP");
        check("[{{ trim .path }}] [{{ .path | TrimSpace | trimPrefix \"/\" }}]", "[/a/é] [a/é]");
        check("{{ .app | replace \"S\" \"s\" | replace `h` `` }}", "sop");
        check("{{ .none | default \"-\" }}{{ default \"-\" .app }}", "-Shop");
        check("{{ trunc 2 .app }} {{ trunc -2 .app }} {{ .app | trunc 9 }}", "Sh op Shop");
        check("{{ substr 1 3 .app }} {{ substr 1 -1 .app }} {{ substr -1 2 .app }}|{{ substr 3 1 .app }}|", "ho hop Sh||");
        check("{{ lower (trunc 1 (trim .path)) }}", "/");
    }

    #[test]
    fn what_a_template_makes_is_bounded() {
        assert_eq!(write("{{ __line__ | replace \"\" \"0123456789\" }}", 60), None);
        assert_eq!(write("{{ .app }}{{ .app }}", 7), None);
        assert_eq!(write("{{ .app }}{{ .app }}", 8).as_deref(), Some("ShopShop"));
    }

    #[test]
    fn a_template_is_refused_at_its_place() {
        let refused = |template: &str| Format::new(template).map(|_| ()).unwrap_err();
        assert_eq!(refused("{{ if .a }}"), (3..5, "logql_unsupported", "`if` is not supported in a template".to_owned()));
        for (template, place) in [
            ("{{ .a", 5..5),
            ("{{ }}", 3..4),
            ("{{ .a.b }}", 3..5),
            ("{{ $x }}", 3..4),
            ("{{ .a | .b }}", 8..11),
            ("{{ trunc .a }}", 9..10),
            ("{{ (.a }}", 7..7),
            ("é{{ . }}", 5..6),
        ] {
            let (at, code, message) = refused(template);
            assert_eq!((at, code), (place, "logql_invalid"), "{template}: {message}");
        }
    }
}

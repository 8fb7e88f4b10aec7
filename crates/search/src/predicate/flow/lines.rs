//! What stages on the way read out of a line.

use std::borrow::Cow;

use logql::{JsonPath, JsonStep, LineFilter};

use super::super::label::{each_in_object, label_name};
use super::super::parsers::LineFormat;
use crate::members::Members;
use crate::query::level_named;

pub(super) fn normal(level: &str) -> &str {
    level_named(level).map_or(level, |level| level.as_str())
}

pub(super) fn line_passes(filter: &LineFilter, line: &str) -> bool {
    match filter {
        LineFilter::Contains(texts) => texts.iter().any(|text| line.contains(text.as_str())),
        LineFilter::Lacks(texts) => !texts.iter().any(|text| line.contains(text.as_str())),
        LineFilter::Matches(patterns) => patterns.iter().any(|pattern| pattern.is_match(line)),
        LineFilter::Misses(patterns) => !patterns.iter().any(|pattern| pattern.is_match(line)),
    }
}

/// The text at a path, that of an object or array as it stands there.
pub(super) fn at_path(line: &str, path: &JsonPath) -> Option<String> {
    let mut raw = line.trim();
    for step in path.steps() {
        raw = match step {
            JsonStep::Member(name) => Members::read(raw).take(name)?.get(),
            JsonStep::Element(at) => {
                let all: Vec<&serde_json::value::RawValue> = serde_json::from_str(raw).ok()?;
                all.get(*at)?.get()
            }
        };
    }
    match raw {
        "null" => None,
        raw if raw.starts_with('"') => serde_json::from_str(raw).ok(),
        raw => Some(raw.to_owned()),
    }
}

/// Without `ESC [ … m` and the like; `None` where there is none.
pub(super) fn decolorized(line: &str) -> Option<String> {
    let first = line.find("\u{1b}[")?;
    let (mut plain, mut rest) = (line[..first].to_owned(), &line[first..]);
    while let Some(sequence) = rest.strip_prefix("\u{1b}[") {
        let end = sequence.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(sequence.len());
        // What does not end as such a sequence stays.
        let behind = match sequence[end..].chars().next() {
            Some('m' | 'K') => &sequence[end + 1..],
            _ => {
                plain.push_str(&rest[..2]);
                sequence
            }
        };
        let next = behind.find("\u{1b}[").unwrap_or(behind.len());
        plain.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    Some(plain)
}

// === impl LineFormat ===

impl LineFormat {
    /// What a line has as this label.
    pub(super) fn find(self, line: &str, label: &str) -> Option<String> {
        let found = match self {
            Self::Json => {
                let mut found = None;
                each_in_object(&Members::read(line.trim()), &mut String::new(), &mut |path, raw| {
                    if found.is_none() && label_name(path) == label {
                        found = Some(if raw.starts_with('"') {
                            serde_json::from_str(raw).unwrap_or_default()
                        } else {
                            raw.to_owned()
                        });
                    }
                });
                found
            }
            Self::Logfmt => logql::read_logfmt(line, |key| label_name(key) == label).map(Cow::into_owned),
        };
        found.filter(|text| !text.is_empty())
    }

    pub(super) fn each(self, line: &str, each: &mut dyn FnMut(String)) {
        match self {
            Self::Json => {
                each_in_object(&Members::read(line.trim()), &mut String::new(), &mut |path, _| each(label_name(path)));
            }
            Self::Logfmt => logql::each_logfmt(line, |key, _| {
                each(label_name(key));
                true
            }),
        }
    }
}

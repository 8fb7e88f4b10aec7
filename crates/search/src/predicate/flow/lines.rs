//! What stages on the way read out of a line.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use logql::{JsonPath, JsonStep, LineFilter, Pattern};
use model::limits;
use regex::Regex;
use serde_json::value::RawValue;

use super::super::label::parsed_name;
use super::super::parsers::LineFormat;
use crate::cancel::Cancel;
use crate::members::Members;
use crate::query::level_named;

/// What Loki takes for sequences that colour, too.
static COLOURS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = "[\u{1b}\u{9b}][\\[\\]()#;?]*(?:(?:(?:[a-zA-Z0-9]*(?:;[a-zA-Z0-9]*)*)?\u{7})\
                   |(?:(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-PRZcf-ntqry=><~]))";
    Regex::new(pattern).ok()
});

/// What parsers may still read of one record.
pub(super) struct Reading {
    bytes: usize,
    is_over: bool,
}

pub(super) fn normal(level: &str) -> &str {
    level_named(level).map_or(level, |level| level.as_str())
}

/// Of a question that is stopped, no line has what is looked for.
pub(super) fn line_passes(filter: &LineFilter, line: &str, cancel: &Cancel) -> bool {
    let has = |text: &String| cancel.check().is_ok() && line.contains(text.as_str());
    let matches = |pattern: &Pattern| cancel.check().is_ok() && pattern.is_match(line);
    match filter {
        LineFilter::Contains(texts) => texts.iter().any(has),
        LineFilter::Lacks(texts) => !texts.iter().any(has),
        LineFilter::Matches(patterns) => patterns.iter().any(matches),
        LineFilter::Misses(patterns) => !patterns.iter().any(matches),
    }
}

/// Without `ESC [ … m` and the like; `None` where there is none.
pub(super) fn decolorized(line: &str) -> Option<String> {
    if !line.contains(['\u{1b}', '\u{9b}']) {
        return None;
    }
    match COLOURS.as_ref()?.replace_all(line, "") {
        Cow::Owned(plain) => Some(plain),
        Cow::Borrowed(_) => None,
    }
}

/// A text, and what is no text as it stands there; nothing where it is `null`.
fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    match raw {
        "null" => None,
        raw if raw.starts_with('"') => serde_json::from_str(raw).ok().map(Cow::Owned),
        raw => Some(Cow::Borrowed(raw)),
    }
}

// === impl Reading ===

impl Reading {
    pub(super) fn new() -> Self {
        Self { bytes: limits::PARSED_BYTES_MAX, is_over: false }
    }

    /// Whether so much may be read; once it may not, nothing more may.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(left) if !self.is_over => self.bytes = left,
            _ => self.is_over = true,
        }
        !self.is_over
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn copy(&mut self, text: &str) -> Option<String> {
        self.spend(text.len()).then(|| text.to_owned())
    }

    /// The labels that a line has in a format, and their texts; arrays are none, as in Loki.
    pub(super) fn labels(&mut self, format: LineFormat, line: &str) -> Vec<(String, String)> {
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        match format {
            LineFormat::Json => self.within(&Members::read(line.trim()), (&mut String::new(), 1), &mut found),
            LineFormat::Logfmt => logql::each_logfmt(line, |key, text| {
                // Of keys that stand there twice the first counts.
                if key.len() <= limits::FIELD_NAME_BYTES_MAX && !text.is_empty() && known.insert(key) {
                    found.push((parsed_name(key), text.into_owned()));
                }
                self.has_place(&found)
            }),
        }
        found
    }

    fn has_place(&mut self, found: &[(String, String)]) -> bool {
        self.is_over |= found.len() >= limits::PARSED_LABELS_MAX;
        !self.is_over
    }

    /// `path` is the dotted name of the object and a dot. What stands deeper than records do is not looked at.
    fn within(&mut self, object: &Members<'_>, (path, depth): (&mut String, usize), found: &mut Vec<(String, String)>) {
        let outer = path.len();
        for (key, value) in object.iter() {
            path.push_str(key);
            let raw = value.get();
            let opens = raw.starts_with('{') && depth < limits::JSON_DEPTH_MAX && self.spend(raw.len());
            let inner = if opens { Members::read(raw) } else { Members::default() };
            if path.len() > limits::FIELD_NAME_BYTES_MAX {
                // Its name is none that a field could have.
            } else if !inner.is_empty() {
                path.push('.');
                self.within(&inner, (path, depth + 1), found);
            } else if !raw.starts_with(['{', '['])
                && let Some(text) = text_of(raw).filter(|text| !text.is_empty())
            {
                found.push((parsed_name(path), text.into_owned()));
            }
            path.truncate(outer);
            if !self.has_place(found) {
                return;
            }
        }
    }

    /// The texts at some paths of an object.
    pub(super) fn at_paths(&mut self, line: &str, paths: &[(String, JsonPath)]) -> Vec<Option<String>> {
        let whole = Members::read(line.trim());
        paths.iter().map(|(_, path)| self.at_path(&whole, path)).collect()
    }

    fn at_path(&mut self, whole: &Members<'_>, path: &JsonPath) -> Option<String> {
        let (first, rest) = path.steps().split_first()?;
        let JsonStep::Member(name) = first else { return None };
        let mut raw = whole.get(name)?.get();
        for step in rest {
            if !self.spend(raw.len()) {
                return None;
            }
            raw = match step {
                JsonStep::Member(name) => Members::read(raw).get(name)?.get(),
                JsonStep::Element(at) => {
                    let all: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
                    all.get(*at)?.get()
                }
            };
        }
        self.spend(raw.len()).then(|| text_of(raw).map(Cow::into_owned)).flatten()
    }

    /// The texts of some keys in a line of logfmt, the first of each.
    pub(super) fn of_keys(&mut self, line: &str, keys: &[(String, String)]) -> Vec<Option<String>> {
        let mut found: BTreeMap<&str, Option<Cow<'_, str>>> = keys.iter().map(|(_, key)| (key.as_str(), None)).collect();
        logql::each_logfmt(line, |key, text| {
            if let Some(first @ None) = found.get_mut(key) {
                *first = Some(text);
            }
            true
        });
        keys.iter().map(|(_, key)| self.copy(found.get(key.as_str())?.as_deref()?)).collect()
    }
}

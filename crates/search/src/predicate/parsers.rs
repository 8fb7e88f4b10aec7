//! What the parsers of a pipeline of LogQL read out of lines: `json`, `logfmt`, `unpack`, `regexp`, `pattern`.
//!
//! What a line holds in JSON or logfmt was read when it came and is a field since, but for the members in which the record's
//! own time, level and message were found, under whatever names. Those are read here, and whether a line is JSON at all.
//!
//! Always holds: a line is read in linear time, and not at all for a label that no parser in front of it reads.

use std::borrow::Cow;
use std::sync::Arc;

use logql::{Captures, Pipeline, Stage, read_logfmt};
use model::{LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS, Timestamp};
use serde::de::IgnoredAny;
use store::ColumnKey;

use super::flow::{Flow, name_of};
use super::label::{is_in, is_level, label_name};
use crate::cancel::Cancel;
use crate::members::Members;

/// What is wrong with a line, as Loki names the label and the mistake.
pub(super) const ERROR: &str = "__error__";
pub(super) const JSON_ERROR: &str = "JSONParserErr";

/// The member of a packed line that is the line within.
pub const PACKED_LINE: &str = "_entry";

/// Those of a pipeline, up to some stage.
#[derive(Debug, Clone, Default)]
pub struct Parsers {
    captures: Vec<(Line, Captures)>,
    formats: Vec<LineFormat>,
    line: Line,
    /// The stages from the first that rewrites.
    flow: Option<Arc<Flow>>,
}

/// Which text a stage takes for the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Line {
    #[default]
    Whole,
    /// The one that is packed in it, if there is one.
    Packed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFormat {
    Json,
    Logfmt,
}

/// A label, and what reads it out of a line, before any stage that rewrites.
#[derive(Debug, Clone)]
pub(crate) struct LabelSource {
    pub(super) label: String,
    /// These go before the record's field, the last of them first.
    captures: Vec<(Line, Captures)>,
    /// These come after it.
    formats: Vec<LineFormat>,
}

/// Several labels of a record, and its line, behind all stages.
#[derive(Debug)]
pub(crate) struct RowSource {
    /// In the order in which they were asked for.
    pub(super) labels: Vec<LabelSource>,
    /// Whether the line is asked for.
    pub(super) shows_line: bool,
    /// Which text is the line before any stage that rewrites.
    pub(super) of: Line,
    pub(super) rewritten: Option<Rewritten>,
}

/// What stages that rewrite have to do with it.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) flow: Arc<Flow>,
    /// What they read of the record.
    pub(super) inputs: Vec<LabelSource>,
    /// Whether each of the labels is theirs.
    pub(super) touched: Vec<bool>,
}

// === impl Parsers ===

impl Parsers {
    /// All of a pipeline.
    #[must_use]
    pub fn of(pipeline: &Pipeline) -> Self {
        let mut parsers = Self::default();
        let (before, flow) = Flow::split(&pipeline.stages);
        before.iter().for_each(|stage| parsers.add(stage));
        parsers.flow = flow.map(Arc::new);
        parsers
    }

    pub(super) fn add(&mut self, stage: &Stage) {
        match stage {
            Stage::Json => self.formats.push(LineFormat::Json),
            Stage::Logfmt => self.formats.push(LineFormat::Logfmt),
            Stage::Unpack => {
                self.formats.push(LineFormat::Json);
                self.line = Line::Packed;
            }
            Stage::Captures(captures) => self.captures.push((self.line, captures.clone())),
            Stage::Lines(_)
            | Stage::Labels(_)
            | Stage::Drop(_)
            | Stage::Keep(_)
            | Stage::Extract(_)
            | Stage::LineFormat(_)
            | Stage::LabelFormat(_)
            | Stage::Decolorize => {}
        }
    }

    /// Which text is the line from here on.
    pub(super) fn line(&self) -> Line {
        self.line
    }

    /// What an answer shows as the line of a record before any stage that rewrites.
    #[must_use]
    pub fn shown<'l>(&self, line: &'l str) -> Cow<'l, str> {
        self.line.of(line)
    }

    /// Whether the line of a record is packed in it; its member is no label then.
    #[must_use]
    pub fn unpack(&self) -> bool {
        self.line == Line::Packed
    }

    /// Whether labels may be those of a format, in which a level is written as its program likes.
    pub(super) fn read_formats(&self) -> bool {
        !self.formats.is_empty()
    }

    /// What reads some labels, and, where it is asked for, the line.
    pub(crate) fn rows<'l>(&self, labels: impl IntoIterator<Item = &'l str>, shows_line: bool) -> RowSource {
        let labels: Vec<LabelSource> = labels.into_iter().map(|label| self.source(label)).collect();
        let rewritten = self.flow.as_ref().and_then(|flow| {
            let touched: Vec<bool> = labels.iter().map(|source| flow.touches(&source.label)).collect();
            let is_theirs = touched.contains(&true) || (shows_line && flow.rewrites_lines());
            is_theirs.then(|| self.rewritten(flow, &labels, touched))
        });
        RowSource { labels, shows_line, of: self.line, rewritten }
    }

    /// What filters among the stages that rewrite ask of; `None` where there are none.
    pub(super) fn filters(&self) -> Option<RowSource> {
        let flow = self.flow.as_ref().filter(|flow| flow.filters())?;
        let rewritten = Some(self.rewritten(flow, &[], Vec::new()));
        Some(RowSource { labels: Vec::new(), shows_line: false, of: self.line, rewritten })
    }

    fn rewritten(&self, flow: &Arc<Flow>, labels: &[LabelSource], touched: Vec<bool>) -> Rewritten {
        let theirs = labels.iter().zip(&touched).filter(|(_, touched)| **touched).map(|(source, _)| name_of(&source.label));
        let mut names: Vec<&str> = flow.inputs().iter().map(String::as_str).chain(theirs).collect();
        names.sort_unstable();
        names.dedup();
        Rewritten { flow: Arc::clone(flow), inputs: names.into_iter().map(|name| self.source(name)).collect(), touched }
    }

    /// A label as it is before any stage that rewrites.
    pub(super) fn source(&self, label: &str) -> LabelSource {
        let named = |(_, captures): &&(Line, Captures)| captures.names().any(|name| name == label);
        let is_format =
            |format: &&LineFormat| (label == ERROR && **format == LineFormat::Json) || keys_of(label).next().is_some();
        LabelSource {
            label: label.to_owned(),
            captures: self.captures.iter().rev().filter(named).cloned().collect(),
            formats: self.formats.iter().filter(is_format).copied().collect(),
        }
    }

    /// Whether any stage rewrites; what is dropped is dropped there then.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.flow.is_some()
    }

    /// What the stages that rewrite make of a record that an answer shows: its line, and the labels that are others now, the
    /// empty text of those that are gone. `label` is what the record has before them, `names` what it has at all. Where the
    /// question is stopped meanwhile, not all of them ran.
    #[must_use]
    pub fn rewrite(
        &self,
        (line, time): (&str, Timestamp),
        label: &dyn Fn(&str) -> String,
        names: &[&str],
        cancel: &Cancel,
    ) -> Option<(String, Vec<(String, String)>)> {
        let (passing, _) = self.flow.as_ref()?.run((line, time), label, cancel);
        let mut all: Vec<&str> = names.to_vec();
        all.extend(passing.changed().keys().map(String::as_str));
        all.extend(passing.read_out());
        all.sort_unstable();
        all.dedup();
        let other = |name: &str| {
            let text = passing.label(name);
            (text != label(name)).then(|| (name.to_owned(), text.into_owned()))
        };
        Some((passing.line().to_owned(), all.into_iter().filter_map(other).collect()))
    }

    /// Labels of a line that an answer shows beside those of its record; `has` says which these are.
    #[must_use]
    pub fn read(&self, line: &str, has: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let mut names: Vec<String> = self.captures.iter().flat_map(|(_, captures)| captures.names()).map(str::to_owned).collect();
        if self.read_formats() {
            names.push(ERROR.to_owned());
            names.extend(reserved().map(label_name).filter(|name| !has(name)));
        }
        names.sort_unstable();
        names.dedup();
        let read = |name: String| {
            let source = self.source(&name);
            let text = source.captured(line).map(Cow::into_owned).or_else(|| source.in_formats(line))?;
            Some((name, text))
        };
        names.into_iter().filter_map(read).collect()
    }
}

// === impl LabelSource ===

impl LabelSource {
    pub(crate) fn reads_lines(&self) -> bool {
        !self.captures.is_empty() || !self.formats.is_empty()
    }

    pub(super) fn is_captured(&self) -> bool {
        !self.captures.is_empty()
    }

    pub(super) fn needs(&self, key: &ColumnKey) -> bool {
        is_in(key, &self.label) || self.reads_lines() && *key == ColumnKey::Message
    }

    /// What goes before a field of the record.
    pub(super) fn captured<'l>(&self, line: &'l str) -> Option<Cow<'l, str>> {
        if self.label == ERROR && !self.formats.is_empty() {
            return (!is_object(line)).then_some(JSON_ERROR.into());
        }
        self.captures.iter().find_map(|(of, captures)| match of.of(line) {
            Cow::Borrowed(line) => captures.read(&self.label, line).map(Cow::Borrowed),
            Cow::Owned(line) => captures.read(&self.label, &line).map(|text| Cow::Owned(text.to_owned())),
        })
    }

    /// What counts where the record has no such field.
    pub(super) fn in_formats(&self, line: &str) -> Option<String> {
        let keys: Vec<&str> = keys_of(&self.label).collect();
        let read = |format: &LineFormat| match format {
            LineFormat::Json => keys.iter().find_map(|key| in_object(line, key)),
            LineFormat::Logfmt => read_logfmt(line, |key| keys.contains(&key)).map(Cow::into_owned),
        };
        self.formats.iter().find_map(read).filter(|text| !text.is_empty())
    }
}

// === impl RowSource ===

impl RowSource {
    /// How many labels are asked for.
    pub(crate) fn labels(&self) -> usize {
        self.labels.len()
    }

    /// The columns among `available` in which all of it lies.
    pub(crate) fn columns(&self, available: &[ColumnKey]) -> Vec<ColumnKey> {
        available.iter().filter(|key| self.needs(key)).cloned().collect()
    }

    pub(super) fn needs(&self, key: &ColumnKey) -> bool {
        let (rewrites, of_row) = (self.rewritten.is_some(), matches!(key, ColumnKey::Message | ColumnKey::Timestamp));
        let inputs = self.rewritten.iter().flat_map(|rewritten| &rewritten.inputs);
        rewrites && of_row
            || self.shows_line && *key == ColumnKey::Message
            || self.labels.iter().chain(inputs).any(|source| source.needs(key))
    }
}

// === impl Line ===

impl Line {
    pub(super) fn of(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Whole => Cow::Borrowed(line),
            Self::Packed => packed(line).map_or(Cow::Borrowed(line), Cow::Owned),
        }
    }
}

/// The text that an object has as its line.
pub(super) fn packed(line: &str) -> Option<String> {
    if !line.trim_start().starts_with('{') {
        return None;
    }
    let entry = Members::read(line).get(PACKED_LINE)?;
    serde_json::from_str(entry.get()).ok()
}

/// The keys in which a record's time, level or message is found. `level` is always the record's own.
fn reserved() -> impl Iterator<Item = &'static str> {
    MESSAGE_KEYS.into_iter().chain(LEVEL_KEYS).chain(TIME_KEYS).filter(|key| !is_level(key))
}

fn keys_of(label: &str) -> impl Iterator<Item = &'static str> {
    reserved().filter(move |key| label_name(key) == label)
}

pub(super) fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

/// A member of a line that is an object, also where its name has a dot and stands in two objects. What is no scalar was taken
/// for nothing of the record, and is fields of it.
fn in_object(line: &str, key: &str) -> Option<String> {
    if !line.trim_start().starts_with('{') {
        return None;
    }
    let object = Members::read(line);
    let found = object.get(key).or_else(|| {
        let (outer, inner) = key.split_once('.')?;
        Members::read(object.get(outer)?.get()).get(inner)
    });
    match found?.get() {
        raw if raw == "null" || raw.starts_with(['{', '[']) => None,
        raw if raw.starts_with('"') => serde_json::from_str(raw).ok(),
        raw => Some(raw.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use logql::Query;

    use super::*;

    fn parsers(stages: &str) -> Parsers {
        let Ok(Query::Logs(pipeline)) = Query::parse(&format!("{{}} {stages}")) else { panic!("{stages}") };
        Parsers::of(&pipeline)
    }

    #[track_caller]
    fn check(stages: &str, line: &str, expected: &[(&str, &str)]) {
        let read = parsers(stages).read(line, |name| name == "ts");
        let read: Vec<(&str, &str)> = read.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(read, expected, "{stages} of {line}");
    }

    #[test]
    fn a_line_is_read_where_its_record_has_taken_something_from_it() {
        let line = r#" {"msg":"boom\n","lvl":"ERROR","ts":1,"status":502,"log":{"level":"E"},"time":null} "#;
        check("| json", line, &[("log_level", "E"), ("lvl", "ERROR"), ("msg", "boom\n")]);
        check("", line, &[]);
        check("| logfmt", "level=warn msg=\"slow query\" took=12ms", &[("msg", "slow query")]);
        check("| json | logfmt", "msg=slow a=b", &[("__error__", "JSONParserErr"), ("msg", "slow")]);
        for (line, error) in [("{}", false), ("{\"a\":1} x", true), ("[1]", true), ("", true), ("{\"a\"", true), ("boom", true)] {
            let expected: &[(&str, &str)] = if error { &[("__error__", "JSONParserErr")] } else { &[] };
            check("| json", line, expected);
        }
        check("| logfmt", "no pairs", &[]);
        let deep = "{\"msg\":".repeat(1_000_000);
        check("| json", &deep, &[("__error__", "JSONParserErr")]);
    }

    #[test]
    fn a_packed_line_is_the_line_behind_unpack() {
        let line = r#"{"app":"shop","msg":"outer","_entry":"took 12ms \"x\"","n":1}"#;
        let both = "| regexp \"(?P<first>took|app)\" | unpack | regexp \"took (?P<took>[0-9]+)ms\"";
        check(both, line, &[("first", "app"), ("msg", "outer"), ("took", "12")]);
        check("| unpack", "took 12ms", &[("__error__", "JSONParserErr")]);
        let shown = |stages: &str, line: &str| parsers(stages).shown(line).into_owned();
        assert_eq!(shown("| unpack", line), "took 12ms \"x\"");
        assert_eq!(shown("| json", line), line);
        for line in ["took 12ms", "", "{}", "{\"_entry\":1}", "{\"_entry\":\"a\"", "[\"_entry\"]"] {
            assert_eq!(shown("| unpack", line), line);
        }
    }

    #[test]
    fn the_last_capture_of_a_name_counts() {
        let stages = "| regexp \"took (?P<took>[0-9]+)ms\" | pattern \"<verb> <took> <_>\"";
        check(stages, "GET took 12ms", &[("took", "took"), ("verb", "GET")]);
        check("| regexp \"took (?P<took>[0-9]+)ms\"", "it took 12ms", &[("took", "12")]);
        check("| regexp \"took (?P<took>[0-9]+)ms\"", "nothing", &[]);
        let source = parsers("| regexp \"(?P<a>x)\"").source("b");
        assert!(!source.reads_lines());
    }
}

//! The stages of a pipeline from the first that rewrites a line or a label: one record goes through them at a time.
//!
//! Always holds: what a record is before these stages is read as without them; each stage sees what those before it left;
//! what templates make and what parsers read is bounded for each record.

mod lines;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use logql::{Assigned, Chosen, Extraction, Format, LabelFilter, Stage, TextTest};
use model::{MESSAGE_KEYS, Timestamp, limits};

use super::label::{LEVEL, is_level, label_name};
use super::parsers::{ERROR, JSON_ERROR, LineFormat, PACKED_LINE, is_object, packed};
use super::pipeline::compares;
use crate::cancel::Cancel;
use lines::{Reading, decolorized, line_passes, normal};

const TEMPLATE_ERROR: &str = "TemplateFormatErr";
const READ_LIMIT_ERROR: &str = "ReadLimitErr";
/// How much of what may be read `regexp` and `pattern` take of a line.
const CAPTURES_COST: usize = 16;
/// Labels that an answer shows of one line that a format reads.
const SHOWN_MAX: usize = 256;

/// At least one stage.
#[derive(Debug)]
pub(crate) struct Flow {
    stages: Vec<Stage>,
    /// The labels of the record that the stages read, sorted.
    inputs: Vec<String>,
    /// Whether a format stands before, behind which a level may be written as its program likes.
    behind_format: bool,
}

/// A record on its way.
pub(crate) struct Passing<'f> {
    line: Cow<'f, str>,
    time: Timestamp,
    /// Labels that are not those of the record any more; the empty text of those that are gone.
    changed: BTreeMap<String, String>,
    /// Where one stands, no other label of the record is left.
    kept: Option<Vec<String>>,
    /// What formats read of lines: for labels that the record has not.
    read: BTreeMap<String, String>,
    /// Whether one did.
    is_parsed: bool,
    /// Bytes that templates may still make.
    budget: usize,
    reading: Reading,
    cancel: &'f Cancel,
    /// Whether the level is as a line has it, in its normal form.
    is_level_read: bool,
    of_record: &'f dyn Fn(&str) -> String,
    /// What the record has of the stages' inputs, each looked for once.
    inputs: Vec<(&'f str, OnceCell<String>)>,
}

// === impl Flow ===

impl Flow {
    /// What is left of the stages once no rewriting is among them; `None` where none is anywhere.
    pub(super) fn split(stages: &[Stage]) -> (&[Stage], Option<Self>) {
        // What an `unpack` uncovered nobody read when it came, so it is read here.
        let packed = stages.iter().position(|stage| *stage == Stage::Unpack).unwrap_or(stages.len());
        let reads_packed = |at: usize, stage: &Stage| at > packed && matches!(stage, Stage::Json | Stage::Logfmt | Stage::Unpack);
        let Some(first) = stages.iter().enumerate().position(|(at, stage)| stage.rewrites() || reads_packed(at, stage)) else {
            return (stages, None);
        };
        let first = stages[..first].iter().position(|stage| matches!(stage, Stage::Drop(_))).unwrap_or(first);
        let (before, behind) = stages.split_at(first);
        let is_format = |stage: &Stage| matches!(stage, Stage::Json | Stage::Logfmt | Stage::Unpack);
        let (stages, inputs) = (behind.to_vec(), inputs(behind));
        (before, Some(Self { stages, inputs, behind_format: before.iter().any(is_format) }))
    }

    /// Whether a label may be another one behind these stages.
    pub(super) fn touches(&self, label: &str) -> bool {
        let same = |name: &str| name == label || (is_level(name) && is_level(label));
        self.stages.iter().any(|stage| match stage {
            Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Keep(_) => true,
            Stage::LineFormat(_) | Stage::Decolorize => label == ERROR,
            Stage::Captures(captures) => label == ERROR || captures.names().any(same),
            Stage::Extract(extraction) => label == ERROR || extraction.labels().any(same),
            Stage::LabelFormat(all) => {
                label == ERROR || all.iter().any(|(to, from)| same(to) || matches!(from, Assigned::Renamed(from) if same(from)))
            }
            Stage::Drop(all) => all.iter().any(|one| same(&one.name)),
            Stage::Lines(_) | Stage::Labels(_) => false,
        })
    }

    /// Whether lines may be others behind these stages.
    pub(super) fn rewrites_lines(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage, Stage::LineFormat(_) | Stage::Decolorize | Stage::Unpack))
    }

    /// Whether records may be left out by these stages.
    pub(super) fn filters(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage, Stage::Lines(_) | Stage::Labels(_)))
    }

    /// The labels of the record that the stages read.
    pub(super) fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// What a record becomes, and whether it passes all filters. Where the query is stopped meanwhile, it does not.
    pub(crate) fn run<'f>(
        &'f self,
        (line, time): (&'f str, Timestamp),
        of_record: &'f dyn Fn(&str) -> String,
        cancel: &'f Cancel,
    ) -> (Passing<'f>, bool) {
        let mut passing = Passing {
            line: Cow::Borrowed(line),
            time,
            changed: BTreeMap::new(),
            kept: None,
            read: BTreeMap::new(),
            is_parsed: false,
            budget: limits::FORMATTED_BYTES_MAX,
            reading: Reading::new(),
            cancel,
            is_level_read: false,
            of_record,
            inputs: self.inputs.iter().map(|name| (name.as_str(), OnceCell::new())).collect(),
        };
        let mut stages = self.stages.iter();
        let passes = stages.all(|stage| cancel.check().is_ok() && passing.through(stage, self.behind_format));
        (passing, passes)
    }
}

/// Under their one name, sorted.
fn inputs(stages: &[Stage]) -> Vec<String> {
    let mut all: Vec<String> = vec![ERROR.to_owned()];
    for stage in stages {
        match stage {
            Stage::Labels(filter) => names_in(filter, &mut all),
            Stage::LineFormat(format) => all.extend(format.labels().into_iter().map(str::to_owned)),
            Stage::LabelFormat(assigned) => {
                for (_, from) in assigned {
                    match from {
                        Assigned::Renamed(from) => all.push(from.clone()),
                        Assigned::Written(format) => all.extend(format.labels().into_iter().map(str::to_owned)),
                    }
                }
            }
            Stage::Extract(Extraction::Json(paths)) => {
                all.extend(paths.iter().filter_map(|(_, path)| path.field()).map(|field| field_label(&field)));
            }
            Stage::Extract(Extraction::Logfmt(keys)) => all.extend(keys.iter().map(|(_, key)| field_label(key))),
            Stage::Drop(chosen) | Stage::Keep(chosen) => all.extend(chosen.iter().map(|one| one.name.clone())),
            Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Lines(_) | Stage::Captures(_) | Stage::Decolorize => {}
        }
    }
    all.iter_mut().filter(|name| is_level(name)).for_each(|name| LEVEL.clone_into(name));
    all.sort_unstable();
    all.dedup();
    all
}

fn names_in(filter: &LabelFilter, all: &mut Vec<String>) {
    match filter {
        LabelFilter::Text(matcher) => all.push(matcher.name.clone()),
        LabelFilter::Compare { name, .. } => all.push(name.clone()),
        LabelFilter::And(inner) | LabelFilter::Or(inner) => inner.iter().for_each(|one| names_in(one, all)),
    }
}

/// Which label has what a member or key of this name was, of a record that was sent as an object.
fn field_label(name: &str) -> String {
    if is_level(name) { LEVEL.to_owned() } else { label_name(name) }
}

/// One name for the level.
pub(super) fn name_of(label: &str) -> &str {
    if is_level(label) { LEVEL } else { label }
}

// === impl Passing ===

impl Passing<'_> {
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// What the stages changed, by name; the empty text of what they removed.
    pub(crate) fn changed(&self) -> &BTreeMap<String, String> {
        &self.changed
    }

    /// The text of a label as it is now.
    pub(crate) fn label(&self, name: &str) -> Cow<'_, str> {
        let name = name_of(name);
        if let Some(text) = self.changed.get(name) {
            return Cow::Borrowed(text);
        }
        let is_kept = self.kept.as_ref().is_none_or(|kept| kept.iter().any(|kept| kept == name));
        let text = if is_kept { self.of_record(name) } else { Cow::default() };
        match self.read.get(name) {
            Some(read) if text.is_empty() && name != ERROR => Cow::Borrowed(read),
            _ => text,
        }
    }

    fn of_record(&self, name: &str) -> Cow<'_, str> {
        match self.inputs.binary_search_by(|(known, _)| (*known).cmp(name)) {
            Ok(at) => Cow::Borrowed(self.inputs[at].1.get_or_init(|| (self.of_record)(name))),
            Err(_) => Cow::Owned((self.of_record)(name)),
        }
    }

    /// Labels that formats among the stages read, which an answer shows where nothing else has them.
    pub(crate) fn read_out(&self) -> impl Iterator<Item = &str> {
        self.read.keys().map(String::as_str).filter(|name| *name != PACKED_LINE).take(SHOWN_MAX)
    }

    /// Whether the record passes.
    fn through(&mut self, stage: &Stage, behind_format: bool) -> bool {
        match stage {
            Stage::Lines(filter) => return line_passes(filter, &self.line, self.cancel),
            Stage::Labels(filter) => return self.passes(filter, behind_format || self.is_parsed),
            Stage::Json => self.read(LineFormat::Json),
            Stage::Logfmt => self.read(LineFormat::Logfmt),
            Stage::Unpack => {
                self.read(LineFormat::Json);
                if let Some(line) = self.spends().then(|| packed(&self.line)).flatten() {
                    self.line = Cow::Owned(line);
                    self.set(PACKED_LINE, String::new());
                }
            }
            Stage::Captures(captures) => {
                // A regular expression reads a line more slowly than a parser does.
                if self.reading.spend(self.line.len().saturating_mul(CAPTURES_COST)) {
                    let mut found = Vec::new();
                    let reading = &mut self.reading;
                    captures.read_all(&self.line, &mut |name, text| {
                        found.extend(reading.copy(text).map(|text| (name.to_owned(), text)));
                    });
                    found.into_iter().for_each(|(name, text)| self.set(&name, text));
                }
                self.tell_limit();
            }
            Stage::Extract(extraction) => self.extract(extraction),
            Stage::LineFormat(format) => {
                if let Some(line) = self.written(format) {
                    self.line = Cow::Owned(line);
                }
            }
            Stage::LabelFormat(all) => self.assign_all(all),
            Stage::Decolorize => {
                if let Some(line) = self.spends().then(|| decolorized(&self.line)).flatten() {
                    self.line = Cow::Owned(line);
                }
            }
            Stage::Drop(all) => {
                for one in all.iter().filter(|one| self.chooses(one)).map(|one| one.name.clone()).collect::<Vec<_>>() {
                    self.set(&one, String::new());
                }
            }
            Stage::Keep(all) => self.keep(all),
        }
        true
    }

    fn set(&mut self, name: &str, text: String) {
        let name = name_of(name);
        self.is_level_read &= name != LEVEL;
        self.changed.insert(name.to_owned(), text);
    }

    /// The first mistake is told.
    fn fail(&mut self, error: &str) {
        if self.label(ERROR).is_empty() {
            self.set(ERROR, error.to_owned());
        }
    }

    /// Whether the line may be read once more.
    fn spends(&mut self) -> bool {
        let may = self.reading.spend(self.line.len());
        self.tell_limit();
        may
    }

    fn tell_limit(&mut self) {
        if self.reading.is_over() {
            self.fail(READ_LIMIT_ERROR);
        }
    }

    fn read(&mut self, format: LineFormat) {
        if !self.spends() {
            return;
        }
        if format == LineFormat::Json && !is_object(&self.line) {
            self.fail(JSON_ERROR);
            return;
        }
        self.is_parsed = true;
        let found = self.reading.labels(format, &self.line);
        self.tell_limit();
        for (name, text) in found {
            // What stages before made of it, or took away, is there anew; a line's own level goes before its record's.
            if is_level(&name) {
                self.set(LEVEL, normal(&text).to_owned());
                self.is_level_read = true;
            } else if self.changed.contains_key(&name) {
                self.set(&name, text);
            } else {
                self.read.insert(name, text);
            }
        }
    }

    fn extract(&mut self, extraction: &Extraction) {
        if !self.spends() {
            return;
        }
        match extraction {
            Extraction::Json(paths) => {
                let is_json = is_object(&self.line);
                let found = if is_json { self.reading.at_paths(&self.line, paths) } else { vec![None; paths.len()] };
                for ((label, path), found) in paths.iter().zip(found) {
                    // A record that came as an object has words as its line, and fields by the same names.
                    self.set_found(label, found, || path.field());
                }
                if !is_json {
                    self.fail(JSON_ERROR);
                }
            }
            Extraction::Logfmt(keys) => {
                let found = self.reading.of_keys(&self.line, keys);
                for ((label, key), found) in keys.iter().zip(found) {
                    self.set_found(label, found, || Some(key.clone()));
                }
            }
        }
        self.tell_limit();
    }

    /// Without something found, what the label of a field by this name has.
    fn set_found(&mut self, label: &str, found: Option<String>, field: impl FnOnce() -> Option<String>) {
        let text = found.or_else(|| {
            let field = field()?;
            // The message of such a record is its line.
            if MESSAGE_KEYS.contains(&field.as_str()) && self.spends() {
                return Some(self.line.to_string());
            }
            let name = field_label(&field);
            let bytes = self.label(&name).len();
            self.reading.spend(bytes).then(|| self.label(&name).into_owned())
        });
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.set(label, text);
        }
    }

    /// Templates of one stage see the labels as the first of them does.
    fn assign_all(&mut self, all: &[(String, Assigned)]) {
        let mut written: Option<Vec<Option<String>>> = None;
        for (at, (to, from)) in all.iter().enumerate() {
            if let Assigned::Renamed(from) = from {
                self.rename(from, to);
                continue;
            }
            let texts = written.get_or_insert_with(|| {
                let write = |(_, from): &(String, Assigned)| match from {
                    Assigned::Written(format) if self.cancel.check().is_ok() => self.written(format),
                    Assigned::Written(_) | Assigned::Renamed(_) => None,
                };
                std::iter::repeat_n(None, at).chain(all[at..].iter().map(write)).collect()
            });
            if let Some(text) = texts[at].take() {
                self.set(to, text);
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let text = self.label(from).into_owned();
        if !text.is_empty() {
            self.set(from, String::new());
            self.set(to, text);
        }
    }

    fn written(&mut self, format: &Format) -> Option<String> {
        let mut budget = self.budget;
        let written = format.write(&|name| self.label(name), (&self.line, self.time), &mut budget);
        // Once one made too much, none makes more.
        self.budget = if written.is_some() { budget } else { 0 };
        if written.is_none() {
            self.fail(TEMPLATE_ERROR);
        }
        written
    }

    fn chooses(&self, one: &Chosen) -> bool {
        one.test.as_ref().is_none_or(|test| test.holds(&self.label(&one.name)))
    }

    fn keep(&mut self, all: &[Chosen]) {
        // What formats read before is no label of the record, and stays where it is kept.
        let kept: Vec<String> = all.iter().filter(|one| self.chooses(one)).map(|one| name_of(&one.name).to_owned()).collect();
        let is_kept = |name: &str| name == ERROR || kept.iter().any(|kept| kept == name);
        self.changed.iter_mut().filter(|(name, _)| !is_kept(name)).for_each(|(_, text)| text.clear());
        self.read.retain(|name, _| is_kept(name));
        let before = self.kept.take();
        let still = |name: &String| before.as_ref().is_none_or(|before| before.contains(name));
        self.kept = Some(kept.into_iter().chain([ERROR.to_owned()]).filter(still).collect());
    }

    fn passes(&self, filter: &LabelFilter, behind_format: bool) -> bool {
        match filter {
            LabelFilter::Text(matcher) => {
                let text = self.label(&matcher.name);
                let is_read = self.is_level_read || !self.changed.contains_key(LEVEL);
                let written = behind_format && is_level(&matcher.name) && is_read;
                match &matcher.test {
                    TextTest::Equals(wanted) if written => text == normal(wanted),
                    TextTest::Differs(wanted) if written => text != normal(wanted),
                    test => test.holds(&text),
                }
            }
            LabelFilter::Compare { name, sign, to } => compares(&self.label(name), *sign, *to),
            LabelFilter::And(parts) => parts.iter().all(|part| self.passes(part, behind_format)),
            LabelFilter::Or(sides) => sides.iter().any(|side| self.passes(side, behind_format)),
        }
    }
}

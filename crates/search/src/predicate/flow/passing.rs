//! A record on its way through the stages.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use logql::{Assigned, Chosen, Extraction, Format, LabelFilter, Stage, TextTest};
use model::{MESSAGE_KEYS, Timestamp, limits};

use super::super::label::{LEVEL, is_level};
use super::super::parsers::{ERROR, JSON_ERROR, LineFormat, PACKED_LINE, is_object, packed};
use super::super::pipeline::compares;
use super::lines::{Reading, decolorized, line_passes, normal};
use super::{field_label, name_of};
use crate::cancel::Cancel;

const TEMPLATE_ERROR: &str = "TemplateFormatErr";
const READ_LIMIT_ERROR: &str = "ReadLimitErr";
/// How much of what may be read `regexp` and `pattern` take of a line.
const CAPTURES_COST: usize = 16;
/// Labels that an answer shows of one line that a format reads.
const SHOWN_MAX: usize = 256;

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

// === impl Passing ===

impl<'f> Passing<'f> {
    pub(super) fn new(
        (line, time): (&'f str, Timestamp),
        of_record: &'f dyn Fn(&str) -> String,
        inputs: &'f [String],
        cancel: &'f Cancel,
    ) -> Self {
        Self {
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
            inputs: inputs.iter().map(|name| (name.as_str(), OnceCell::new())).collect(),
        }
    }

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
    pub(super) fn through(&mut self, stage: &Stage, behind_format: bool) -> bool {
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
                    // A record that came as an object has words as its line, which are its message, and fields by the same names.
                    let field = path.field();
                    match field.as_deref().filter(|field| !is_json && MESSAGE_KEYS.contains(field)) {
                        Some(_) => {
                            let line = self.reading.copy(&self.line);
                            self.set_found(label, line, None);
                        }
                        None => self.set_found(label, found, field),
                    }
                }
                if !is_json {
                    self.fail(JSON_ERROR);
                }
            }
            Extraction::Logfmt(keys) => {
                let found = self.reading.of_keys(&self.line, keys);
                for ((label, key), found) in keys.iter().zip(found) {
                    self.set_found(label, found, Some(key.clone()));
                }
            }
        }
        self.tell_limit();
    }

    /// Without something found, what the label of a field by this name has.
    fn set_found(&mut self, label: &str, found: Option<String>, field: Option<String>) {
        let text = found.or_else(|| {
            let name = field_label(&field?);
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

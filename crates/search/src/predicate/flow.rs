//! The stages of a pipeline from the first that rewrites a line or a label: one record goes through them at a time.
//!
//! Always holds: what a record is before these stages is read as without them; each stage sees what those before it left;
//! what templates make is bounded for each record.

mod lines;

use std::borrow::Cow;
use std::collections::BTreeMap;

use logql::{Assigned, Chosen, Extraction, Format, LabelFilter, Stage, TextTest};
use model::{Timestamp, limits};

use super::label::{LEVEL, is_level, label_name};
use super::parsers::{ERROR, JSON_ERROR, LineFormat, PACKED_LINE, is_object, packed};
use super::pipeline::compares;
use lines::{at_path, decolorized, line_passes, normal};

const TEMPLATE_ERROR: &str = "TemplateFormatErr";
/// Labels that an answer shows of one line that a format reads.
const SHOWN_MAX: usize = 256;

/// At least one stage.
#[derive(Debug)]
pub(crate) struct Flow {
    stages: Vec<Stage>,
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
    /// Lines that a format reads: what it finds is for labels that the record has not.
    formats: Vec<(LineFormat, String)>,
    budget: usize,
    of_record: &'f dyn Fn(&str) -> String,
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
        (before, Some(Self { stages: behind.to_vec(), behind_format: before.iter().any(is_format) }))
    }

    /// Whether a label may be another one behind these stages.
    pub(super) fn touches(&self, label: &str) -> bool {
        let same = |name: &str| name == label || (is_level(name) && is_level(label));
        self.stages.iter().any(|stage| match stage {
            Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Keep(_) => true,
            Stage::LineFormat(_) => label == ERROR,
            Stage::Captures(captures) => captures.names().any(same),
            Stage::Extract(extraction) => label == ERROR || extraction.labels().any(same),
            Stage::LabelFormat(all) => {
                label == ERROR || all.iter().any(|(to, from)| same(to) || matches!(from, Assigned::Renamed(from) if same(from)))
            }
            Stage::Drop(all) => all.iter().any(|one| same(&one.name)),
            Stage::Lines(_) | Stage::Labels(_) | Stage::Decolorize => false,
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
    pub(super) fn inputs(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for stage in &self.stages {
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
                    all.extend(paths.iter().filter_map(|(_, path)| path.field()).map(|field| label_name(&field)));
                }
                Stage::Extract(Extraction::Logfmt(keys)) => all.extend(keys.iter().map(|(_, key)| label_name(key))),
                Stage::Drop(chosen) | Stage::Keep(chosen) => all.extend(chosen.iter().map(|one| one.name.clone())),
                Stage::Json | Stage::Logfmt | Stage::Unpack => all.push(ERROR.to_owned()),
                Stage::Lines(_) | Stage::Captures(_) | Stage::Decolorize => {}
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a record becomes, and whether it passes all filters.
    pub(crate) fn run<'f>(&self, line: &'f str, time: Timestamp, of_record: &'f dyn Fn(&str) -> String) -> (Passing<'f>, bool) {
        let mut passing = Passing {
            line: Cow::Borrowed(line),
            time,
            changed: BTreeMap::new(),
            kept: None,
            formats: Vec::new(),
            budget: limits::FORMATTED_BYTES_MAX,
            of_record,
        };
        let passes = self.stages.iter().all(|stage| passing.through(stage, self.behind_format));
        (passing, passes)
    }
}

fn names_in(filter: &LabelFilter, all: &mut Vec<String>) {
    match filter {
        LabelFilter::Text(matcher) => all.push(matcher.name.clone()),
        LabelFilter::Compare { name, .. } => all.push(name.clone()),
        LabelFilter::And(inner) | LabelFilter::Or(inner) => inner.iter().for_each(|one| names_in(one, all)),
    }
}

/// One name for the level.
fn name_of(label: &str) -> &str {
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
    pub(crate) fn label(&self, name: &str) -> String {
        let name = name_of(name);
        if let Some(text) = self.changed.get(name) {
            return text.clone();
        }
        if self.kept.as_ref().is_some_and(|kept| !kept.iter().any(|kept| kept == name)) {
            return String::new();
        }
        let text = (self.of_record)(name);
        match text.is_empty() && name != ERROR {
            true => self.formats.iter().find_map(|(format, line)| format.find(line, name)).unwrap_or_default(),
            false => text,
        }
    }

    /// Labels that formats among the stages read, which an answer shows where nothing else has them.
    pub(crate) fn read_out(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (format, line) in &self.formats {
            format.each(line, &mut |name| {
                if names.len() < SHOWN_MAX && name != PACKED_LINE {
                    names.push(name);
                }
            });
        }
        names
    }

    /// Whether the record passes.
    fn through(&mut self, stage: &Stage, behind_format: bool) -> bool {
        match stage {
            Stage::Lines(filter) => return line_passes(filter, &self.line),
            Stage::Labels(filter) => return self.passes(filter, behind_format || !self.formats.is_empty()),
            Stage::Json => self.read(LineFormat::Json),
            Stage::Logfmt => self.read(LineFormat::Logfmt),
            Stage::Unpack => {
                self.read(LineFormat::Json);
                if let Some(line) = packed(&self.line) {
                    self.line = Cow::Owned(line);
                    self.set(PACKED_LINE, String::new());
                }
            }
            Stage::Captures(captures) => {
                let found =
                    captures.names().filter_map(|name| Some((name.to_owned(), captures.read(name, &self.line)?.to_owned())));
                let found: Vec<(String, String)> = found.collect();
                found.into_iter().for_each(|(name, text)| self.set(&name, text));
            }
            Stage::Extract(extraction) => self.extract(extraction),
            Stage::LineFormat(format) => {
                if let Some(line) = self.written(format) {
                    self.line = Cow::Owned(line);
                }
            }
            Stage::LabelFormat(all) => all.iter().for_each(|(to, from)| self.assign(to, from)),
            Stage::Decolorize => {
                if let Some(line) = decolorized(&self.line) {
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
        self.changed.insert(name_of(name).to_owned(), text);
    }

    /// The first mistake is told.
    fn fail(&mut self, error: &str) {
        if self.label(ERROR).is_empty() {
            self.set(ERROR, error.to_owned());
        }
    }

    fn read(&mut self, format: LineFormat) {
        if format == LineFormat::Json && !is_object(&self.line) {
            self.fail(JSON_ERROR);
            return;
        }
        self.formats.push((format, self.line.to_string()));
    }

    fn extract(&mut self, extraction: &Extraction) {
        match extraction {
            Extraction::Json(paths) => {
                let is_json = is_object(&self.line);
                for (label, path) in paths {
                    // A record that came as an object has words as its line, and fields by the same names.
                    let found = if is_json { at_path(&self.line, path) } else { None };
                    let of_field = || path.field().map(|field| self.label(&label_name(&field)));
                    if let Some(text) = found.or_else(of_field).filter(|text| !text.is_empty()) {
                        self.set(label, text);
                    }
                }
                if !is_json {
                    self.fail(JSON_ERROR);
                }
            }
            Extraction::Logfmt(keys) => {
                for (label, key) in keys {
                    let found = logql::read_logfmt(&self.line, |known| known == key).map(Cow::into_owned);
                    let found = found.unwrap_or_else(|| self.label(&label_name(key)));
                    if !found.is_empty() {
                        self.set(label, found);
                    }
                }
            }
        }
    }

    fn assign(&mut self, to: &str, from: &Assigned) {
        match from {
            Assigned::Renamed(from) => {
                let text = self.label(from);
                if !text.is_empty() {
                    self.set(from, String::new());
                    self.set(to, text);
                }
            }
            Assigned::Written(format) => {
                if let Some(text) = self.written(format) {
                    self.set(to, text);
                }
            }
        }
    }

    fn written(&mut self, format: &Format) -> Option<String> {
        let mut budget = self.budget;
        let written = format.write(&|name| self.label(name), (&self.line, self.time), &mut budget);
        self.budget = budget;
        if written.is_none() {
            self.fail(TEMPLATE_ERROR);
        }
        written
    }

    fn chooses(&self, one: &Chosen) -> bool {
        one.test.as_ref().is_none_or(|test| test.holds(&self.label(&one.name)))
    }

    fn keep(&mut self, all: &[Chosen]) {
        let kept: Vec<String> = all.iter().filter(|one| self.chooses(one)).map(|one| name_of(&one.name).to_owned()).collect();
        let is_kept = |name: &str| name == ERROR || kept.iter().any(|kept| kept == name);
        self.changed.iter_mut().filter(|(name, _)| !is_kept(name)).for_each(|(_, text)| text.clear());
        let before = self.kept.take();
        let still = |name: &String| before.as_ref().is_none_or(|before| before.contains(name));
        self.kept = Some(kept.into_iter().chain([ERROR.to_owned()]).filter(still).collect());
    }

    fn passes(&self, filter: &LabelFilter, behind_format: bool) -> bool {
        match filter {
            LabelFilter::Text(matcher) => {
                let text = self.label(&matcher.name);
                let written = behind_format && is_level(&matcher.name) && !self.changed.contains_key(LEVEL);
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

#[cfg(test)]
mod tests {
    use logql::Query;

    use super::*;

    /// What a record of a shop becomes; `None` where it does not pass.
    fn through(stages: &str, line: &str, shown: &[&str]) -> Option<String> {
        let Ok(Query::Logs(pipeline)) = Query::parse(&format!("{{}} {stages}")) else { panic!("{stages}") };
        let of_record = |name: &str| match name {
            "app" => "shop".to_owned(),
            "level" => "warn".to_owned(),
            "http_status" => "502".to_owned(),
            _ => String::new(),
        };
        let (before, flow) = Flow::split(&pipeline.stages);
        assert_eq!(before.len() + flow.as_ref().map_or(0, |flow| flow.stages.len()), pipeline.stages.len());
        let flow = flow.unwrap();
        let (passing, passes) = flow.run(line, Timestamp::from_nanos(0), &of_record);
        let labels = shown.iter().map(|name| {
            assert!(passing.changed().contains_key(name_of(name)) <= flow.touches(name), "{stages}: {name}");
            format!(" {name}={}", passing.label(name))
        });
        passes.then(|| format!("{}{}", passing.line(), labels.collect::<String>()))
    }

    #[track_caller]
    fn check(stages: &str, line: &str, shown: &[&str], expected: &str) {
        assert_eq!(through(stages, line, shown).as_deref(), Some(expected), "{stages}");
    }

    #[test]
    fn a_line_and_labels_are_written_anew() {
        check("| line_format \"{{.app}}: {{__line__}}\"", "a", &["app"], "shop: a app=shop");
        check("| label_format who=app, app=\"<{{.app}}>\"", "a", &["who", "app"], "a who=shop app=<>");
        check("| label_format lvl=detected_level", "a", &["lvl", "level", "detected_level"], "a lvl=warn level= detected_level=");
        check("| label_format a=\"{{.app}}\" | line_format \"{{.a}}\" |= \"hop\"", "x", &[], "shop");
        assert_eq!(through("| line_format \"{{.app}}\" |= \"x\"", "x", &[]), None);
        assert_eq!(through("| label_format app=\"x\" | app=\"shop\"", "x", &[]), None);
        let grown = "| label_format a=\"0123456789\"".to_owned() + &" | label_format a=\"{{.a}}{{.a}}{{.a}}{{.a}}\"".repeat(20);
        let failed = through(&grown, "x", &["__error__"]).unwrap();
        assert_eq!(failed, "x __error__=TemplateFormatErr");
    }

    #[test]
    fn labels_are_kept_or_dropped_by_their_texts() {
        check("| keep app", "x", &["app", "level", "http_status"], "x app=shop level= http_status=");
        check("| keep app=\"web\", level", "x", &["app", "detected_level"], "x app= detected_level=warn");
        check("| drop app=\"web\", level=~\"w.*\"", "x", &["app", "level"], "x app=shop level=");
        check("| drop app | label_format b=\"{{.app}}\"", "x", &["b"], "x b=");
        check("| keep app | label_format b=\"1\" | keep b", "x", &["b", "app"], "x b=1 app=");
    }

    #[test]
    fn members_are_named() {
        let line = r#"{"a":{"b":["x",{"c d":7}]},"t":"é","n":null}"#;
        let stages = "| json x=\"a.b[0]\", y=\"a.b[1][\\\"c d\\\"]\", all=\"a\", t, n";
        check(stages, line, &["x", "y", "t", "n", "__error__"], &format!("{line} x=x y=7 t=é n= __error__="));
        check("| json s=\"http.status\"", "words", &["s", "__error__"], "words s=502 __error__=JSONParserErr");
        check(
            "| logfmt took=\"duration\", app",
            "duration=5ms app=web",
            &["took", "app"],
            "duration=5ms app=web took=5ms app=web",
        );
        check("| logfmt s=\"http.status\"", "a=b", &["s"], "a=b s=502");
    }

    #[test]
    fn formats_read_lines_that_were_made() {
        let packed = r#"{"_entry":"{\"m\":{\"n\":5},\"level\":\"x\"}","pod":"p"}"#;
        check("| decolorize | unpack | json", packed, &["m_n", "level"], r#"{"m":{"n":5},"level":"x"} m_n=5 level=warn"#);
        check("| line_format \"k={{.app}} j=1\" | logfmt", "x", &["k", "j"], "k=shop j=1 k=shop j=1");
        check("| line_format \"no\" | json", "{}", &["__error__"], "no __error__=JSONParserErr");
        check("| line_format \"a\" | regexp \"(?P<l>[a-z])\"", "7", &["l"], "a l=a");
        check("| line_format \"{}\" | json | level=\"WARNING\"", "x", &[], "{}");
    }

    #[test]
    fn colours_are_taken_out() {
        check("| decolorize", "\u{1b}[31;1mred\u{1b}[0m \u{1b}[x \u{1b}[K", &[], "red \u{1b}[x ");
        check("| decolorize", "plain", &[], "plain");
    }
}

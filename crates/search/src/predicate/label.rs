//! Fields as the labels of Loki's clients.
//!
//! Always holds: every field is exactly one label, and a label that several fields are is the first of them that a record
//! has; a record without any has the empty text.

use std::borrow::Cow;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{Float64Type, Int64Type};
use model::Timestamp;
use store::{ColumnKey, Columns, Kind};

use super::flow::name_of;
use super::{LabelSource, RowSource};
use crate::cancel::Cancel;
use crate::members::Members;

/// The level, under its two names.
pub const LEVEL: &str = "level";
pub const DETECTED_LEVEL: &str = "detected_level";
/// What describes the sender of OpenTelemetry's records; Loki names these labels without it, too.
const RESOURCE: &str = "resource.";

/// Whether a label is the record's level.
#[must_use]
pub fn is_level(label: &str) -> bool {
    matches!(label, LEVEL | DETECTED_LEVEL)
}

/// The label that a field of this dotted name is.
#[must_use]
pub fn label_name(field: &str) -> String {
    let field = field.strip_prefix(RESOURCE).filter(|rest| !rest.is_empty()).unwrap_or(field);
    // No field is taken for the level.
    if is_level(field) { format!("_{field}") } else { parsed_name(field) }
}

/// The label that a parser makes of a dotted name or a key.
pub(super) fn parsed_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    if key.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
    name
}

/// Of the fields that are one label the least is the first.
#[must_use]
pub fn label_order<'a>(label: &str, field: &'a str) -> (bool, &'a str) {
    (field != label, field)
}

pub(super) fn is_in(key: &ColumnKey, label: &str) -> bool {
    match key {
        ColumnKey::Level => is_level(label),
        ColumnKey::Rest => !is_level(label),
        ColumnKey::Field(path, _) => !is_level(label) && label_name(&path.name()) == label,
        ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Message => false,
    }
}

/// Reads one label's text in some columns.
#[derive(Debug)]
pub(crate) struct LabelReader<'a> {
    source: &'a LabelSource,
    columns: Vec<(Kind, &'a ArrayRef)>,
    rest: Option<&'a StringViewArray>,
    lines: Option<&'a StringViewArray>,
}

/// Reads several labels and the line of one row after the other; stages that rewrite run once for all of a row.
#[derive(Debug)]
pub(crate) struct RowReader<'a> {
    source: &'a RowSource,
    labels: Vec<LabelReader<'a>>,
    /// What stages that rewrite read.
    inputs: Vec<LabelReader<'a>>,
    lines: Option<&'a StringViewArray>,
    times: Option<&'a [i64]>,
    cancel: &'a Cancel,
    row: usize,
    /// What these stages made of the row: the labels that are theirs, and the line.
    texts: Vec<String>,
    line: String,
}

// === impl LabelReader ===

impl<'a> LabelReader<'a> {
    pub(crate) fn new(source: &'a LabelSource, columns: &'a Columns) -> Self {
        let label = &*source.label;
        let mut found = Vec::new();
        let mut rest = None;
        for (key, array) in columns.iter().filter(|(key, _)| is_in(key, label)) {
            match key {
                ColumnKey::Rest => rest = array.as_string_view_opt(),
                ColumnKey::Field(path, kind) => found.push((path.name(), *kind, array)),
                ColumnKey::Level => found.push((LEVEL.to_owned(), Kind::Text, array)),
                ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Message => {}
            }
        }
        found.sort_by(|a, b| label_order(label, &a.0).cmp(&label_order(label, &b.0)));
        let columns_of_label = found.into_iter().map(|(_, kind, array)| (kind, array)).collect();
        Self { source, columns: columns_of_label, rest, lines: lines_in(columns) }
    }

    /// The row's text; `scratch` is working space.
    pub(crate) fn read<'s>(&'s self, row: usize, scratch: &'s mut String) -> &'s str {
        if !self.source.reads_lines() {
            return self.of_record(row, scratch);
        }
        let line = self.line(row);
        match self.source.captured(line) {
            Some(Cow::Borrowed(captured)) => return captured,
            Some(Cow::Owned(captured)) => {
                *scratch = captured;
                return scratch;
            }
            None => {}
        }
        if self.of_record(row, scratch).is_empty() {
            *scratch = self.source.in_formats(line).unwrap_or_default();
            return scratch;
        }
        self.of_record(row, scratch)
    }

    fn line(&self, row: usize) -> &'a str {
        line_at(self.lines, row)
    }

    fn of_record<'s>(&'s self, row: usize, scratch: &'s mut String) -> &'s str {
        let column = self.columns.iter().find(|(_, array)| array.is_valid(row));
        if let Some((kind, array)) = column {
            return text_of(*kind, array, row, scratch);
        }
        scratch.clear();
        if let Some(rest) = self.rest.filter(|rest| rest.is_valid(row)) {
            let mut best = None;
            in_rest(&Members::read(rest.value(row)), (&self.source.label, &mut String::new()), &mut best);
            if let Some((_, text)) = best {
                *scratch = text;
            }
        }
        scratch
    }
}

// === impl RowReader ===

impl<'a> RowReader<'a> {
    pub(crate) fn new(source: &'a RowSource, columns: &'a Columns, cancel: &'a Cancel) -> Self {
        let readers = |sources: &'a [LabelSource]| sources.iter().map(|source| LabelReader::new(source, columns)).collect();
        let times = columns.get(&ColumnKey::Timestamp).and_then(|array| array.as_primitive_opt::<Int64Type>());
        Self {
            source,
            labels: readers(&source.labels),
            inputs: source.rewritten.as_ref().map_or_else(Vec::new, |rewritten| readers(&rewritten.inputs)),
            lines: lines_in(columns),
            times: times.map(|times| &**times.values()),
            cancel,
            row: 0,
            texts: vec![String::new(); source.labels.len()],
            line: String::new(),
        }
    }

    /// Goes to a row; whether it passes the filters among the stages that rewrite.
    pub(crate) fn go_to(&mut self, row: usize) -> bool {
        self.row = row;
        let Some(rewritten) = &self.source.rewritten else { return true };
        let of_record = |name: &str| {
            // A record may have very many fields that are no columns, and these stages may ask for very many of them.
            if self.cancel.check().is_err() {
                return String::new();
            }
            let found = self.inputs.binary_search_by(|reader| reader.source.label.as_str().cmp(name));
            found.map_or_else(|_| String::new(), |at| self.inputs[at].read(row, &mut String::new()).to_owned())
        };
        let time = Timestamp::from_nanos(self.times.map_or(0, |times| times[row]));
        let line = self.source.of.of(line_at(self.lines, row));
        let (passing, passes) = rewritten.flow.run((&line, time), &of_record, self.cancel);
        let theirs = self.source.labels.iter().zip(&mut self.texts).zip(&rewritten.touched).filter(|(_, touched)| **touched);
        for ((source, text), _) in theirs {
            text.clear();
            text.push_str(&passing.label(name_of(&source.label)));
        }
        if self.source.shows_line {
            self.line.clear();
            self.line.push_str(passing.line());
        }
        passes
    }

    /// The text of the label at a place; `scratch` is working space.
    pub(crate) fn label<'s>(&'s self, at: usize, scratch: &'s mut String) -> &'s str {
        match &self.source.rewritten {
            Some(rewritten) if rewritten.touched[at] => &self.texts[at],
            Some(_) | None => self.labels[at].read(self.row, scratch),
        }
    }

    /// Where the line is asked for.
    pub(crate) fn line(&self) -> Cow<'_, str> {
        match &self.source.rewritten {
            Some(_) => Cow::Borrowed(&self.line),
            None => self.source.of.of(line_at(self.lines, self.row)),
        }
    }
}

fn lines_in(columns: &Columns) -> Option<&StringViewArray> {
    columns.get(&ColumnKey::Message).and_then(|array| array.as_string_view_opt())
}

fn line_at(lines: Option<&StringViewArray>, row: usize) -> &str {
    lines.filter(|lines| lines.is_valid(row)).map_or("", |lines| lines.value(row))
}

fn text_of<'s>(kind: Kind, array: &'s ArrayRef, row: usize, scratch: &'s mut String) -> &'s str {
    scratch.clear();
    // Writing to memory does not fail.
    let _ = match kind {
        Kind::Text | Kind::Json => return array.as_string_view().value(row),
        Kind::Int => write!(scratch, "{}", array.as_primitive::<Int64Type>().value(row)),
        Kind::Bool => write!(scratch, "{}", array.as_boolean().value(row)),
        Kind::Float => match serde_json::Number::from_f64(array.as_primitive::<Float64Type>().value(row)) {
            Some(number) => write!(scratch, "{number}"),
            None => Ok(()),
        },
    };
    scratch
}

/// Finds the label among fields that have no column; `path` is the dotted name of the object and a dot.
fn in_rest(object: &Members<'_>, (label, path): (&str, &mut String), best: &mut Option<(String, String)>) {
    each_in_object(object, path, &mut |path, raw| {
        if label_name(path) == label
            && best.as_ref().is_none_or(|(field, _)| label_order(label, path) < label_order(label, field))
        {
            let text = if raw.starts_with('"') { serde_json::from_str(raw).unwrap_or_default() } else { raw.to_owned() };
            *best = Some((path.to_owned(), text));
        }
    });
}

/// Calls `each` with the dotted name and the JSON of everything within an object that is no object with members, nor `null`.
pub(super) fn each_in_object(object: &Members<'_>, path: &mut String, each: &mut dyn FnMut(&str, &str)) {
    let outer = path.len();
    for (key, value) in object.iter() {
        path.push_str(key);
        let raw = value.get();
        let inner = if raw.starts_with('{') { Members::read(raw) } else { Members::default() };
        if !inner.is_empty() {
            path.push('.');
            each_in_object(&inner, path, each);
        } else if raw != "null" {
            each(path, raw);
        }
        path.truncate(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_label_of_letters_digits_and_underscores() {
        let names = ["http.status", "resource.service.name", "resource.", "k8s-pod/ü", "2nd", "_x", "resource.level"];
        let labels = ["http_status", "service_name", "resource_", "k8s_pod__", "_2nd", "_x", "_level"];
        assert_eq!(names.map(label_name), labels);
    }
}

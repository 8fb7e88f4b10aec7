//! The stages of a pipeline from the first that rewrites a line or a label: one record goes through them at a time.
//!
//! Always holds: what a record is before these stages is read as without them; each stage sees what those before it left;
//! what templates make and what parsers read is bounded for each record.

mod lines;
mod passing;

use logql::{Assigned, Extraction, LabelFilter, Stage};
use model::Timestamp;

use super::label::{LEVEL, is_level, label_name};
use super::parsers::ERROR;
use crate::cancel::Cancel;
pub(crate) use passing::Passing;

/// At least one stage.
#[derive(Debug)]
pub(crate) struct Flow {
    stages: Vec<Stage>,
    /// The labels of the record that the stages read, sorted.
    inputs: Vec<String>,
    /// Whether a format stands before, behind which a level may be written as its program likes.
    behind_format: bool,
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
        let mut passing = Passing::new((line, time), of_record, &self.inputs, cancel);
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

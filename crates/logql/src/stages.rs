//! What stands behind a `|`.

use std::ops::Range;

use model::limits;

use crate::parser::Parser;
use crate::scan::Parsed;
use crate::series::{Unwrap, UnwrapUnit};
use crate::tree::{Assigned, Chosen, Stage};

/// Stages that there are, and are not done here.
const OTHER_STAGES: [&str; 1] = ["distinct"];

/// A stage of a pipeline, or what its records become numbers by.
pub(crate) enum Piped {
    Stage(Stage),
    Unwrap(Unwrap),
}

// === impl Parser ===

impl Parser<'_> {
    pub(crate) fn stage(&mut self, dropped: &[String]) -> Parsed<Option<Piped>> {
        if let Some(filter) = self.line_filter()? {
            return Ok(Some(Piped::Stage(Stage::Lines(filter))));
        }
        if !self.scan.eat("|") {
            return Ok(None);
        }
        let start = self.scan.at;
        let Some(name) = self.scan.peek_name() else {
            return Ok(Some(Piped::Stage(Stage::Labels(self.label_filter(dropped)?))));
        };
        let span = start..start + name.len();
        self.count_term(span.clone())?;
        if OTHER_STAGES.contains(&name) {
            return Err(self.scan.unsupported(span, name));
        }
        let named = [
            "json",
            "logfmt",
            "regexp",
            "pattern",
            "unpack",
            "drop",
            "keep",
            "line_format",
            "label_format",
            "decolorize",
            "unwrap",
        ];
        if !named.contains(&name) {
            return Ok(Some(Piped::Stage(Stage::Labels(self.label_filter(dropped)?))));
        }
        self.scan.eat_name(name);
        if name == "unwrap" {
            return Ok(Some(Piped::Unwrap(self.unwrapped()?)));
        }
        Ok(Some(Piped::Stage(self.named_stage(name, span)?)))
    }

    fn named_stage(&mut self, name: &str, span: Range<usize>) -> Parsed<Stage> {
        let stage = match name {
            "json" | "logfmt" => {
                if self.scan.sees("--") {
                    return Err(self.scan.unsupported(span, &format!("{name} with flags")));
                }
                let extraction = if name == "json" { self.json_paths()? } else { self.logfmt_keys()? };
                let whole = if name == "json" { Stage::Json } else { Stage::Logfmt };
                extraction.map_or(whole, Stage::Extract)
            }
            "regexp" => Stage::Captures(self.regexp()?),
            "pattern" => Stage::Captures(self.template()?),
            "unpack" => Stage::Unpack,
            "drop" => Stage::Drop(self.chosen()?),
            "keep" => Stage::Keep(self.chosen()?),
            "line_format" => Stage::LineFormat(self.format()?),
            "label_format" => Stage::LabelFormat(self.assignments()?),
            _ => Stage::Decolorize,
        };
        if stage.rewrites() || matches!(stage, Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Captures(_)) {
            self.rewrites += 1;
            if self.rewrites > limits::QUERY_REWRITES_MAX {
                let message = format!("a query has at most {} stages that parse or rewrite", limits::QUERY_REWRITES_MAX);
                return Err(self.scan.error(span, "query_too_long", message));
            }
        }
        Ok(stage)
    }

    /// `a, b="c"`
    fn chosen(&mut self) -> Parsed<Vec<Chosen>> {
        let mut all = Vec::new();
        loop {
            let start = self.scan.at;
            let name = self.scan.name()?.to_owned();
            self.count_term(start..start + name.len())?;
            all.push(Chosen { name, test: self.text_test()? });
            if !self.scan.eat(",") {
                return Ok(all);
            }
        }
    }

    /// `a=b, c="{{.d}}"`
    fn assignments(&mut self) -> Parsed<Vec<(String, Assigned)>> {
        let mut all: Vec<(String, Assigned)> = Vec::new();
        loop {
            let start = self.scan.at;
            let name = self.scan.name()?.to_owned();
            let span = start..start + name.len();
            self.count_term(span.clone())?;
            if name == "__error__" {
                return Err(self.scan.error(span, "logql_invalid", "`__error__` can not be assigned".to_owned()));
            }
            if all.iter().any(|(known, _)| *known == name) {
                let message = format!("`{name}` can be assigned once in a stage");
                return Err(self.scan.error(span, "logql_invalid", message));
            }
            self.scan.expect("=")?;
            let assigned = match self.scan.sees_string() {
                true => Assigned::Written(self.format()?),
                false => Assigned::Renamed(self.scan.name()?.to_owned()),
            };
            all.push((name, assigned));
            if !self.scan.eat(",") {
                return Ok(all);
            }
        }
    }

    /// `took` or `duration(took)`
    fn unwrapped(&mut self) -> Parsed<Unwrap> {
        let start = self.scan.at;
        let name = self.scan.name()?.to_owned();
        if !self.scan.sees("(") {
            return Ok(Unwrap { label: name, unit: UnwrapUnit::Number });
        }
        let unit = match &*name {
            "duration" | "duration_seconds" => UnwrapUnit::Seconds,
            "bytes" => UnwrapUnit::Bytes,
            other => return Err(self.scan.unsupported(start..start + other.len(), &format!("{other} of an unwrapped label"))),
        };
        let label = self.nested(|parser| Ok(parser.scan.name()?.to_owned()))?;
        Ok(Unwrap { label, unit })
    }
}

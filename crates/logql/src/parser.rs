//! Selectors and pipelines.

use std::ops::Range;

use model::limits;

use crate::error::ParseError;
use crate::scan::{Parsed, Scan};
use crate::tree::{Matcher, Pattern, Pipeline, Query, Reach, Stage, TextTest};
use crate::units::parse_duration;

/// Stages that there are, and are not done here.
const OTHER_STAGES: [&str; 6] = ["unwrap", "line_format", "label_format", "decolorize", "keep", "distinct"];

pub(crate) struct Parser<'t> {
    pub(crate) scan: Scan<'t>,
    pub(crate) depth: usize,
    terms: usize,
    regexes: usize,
    pub(crate) operators: usize,
}

// === impl Query ===

impl Query {
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > limits::QUERY_BYTES_MAX {
            let message = format!("a query has at most {} bytes", limits::QUERY_BYTES_MAX);
            let at = text.floor_char_boundary(limits::QUERY_BYTES_MAX);
            return Err(ParseError::new(text, at..text.len(), "query_too_long", message));
        }
        let mut parser = Parser { scan: Scan::new(text), depth: 0, terms: 0, regexes: 0, operators: 0 };
        let query = parser.query()?;
        if !parser.scan.is_done() {
            return Err(parser.trailing());
        }
        Ok(query)
    }
}

impl Pipeline {
    /// A selector alone, `{…}`, as `match[]` takes it.
    pub fn parse_selector(text: &str) -> Result<Self, ParseError> {
        match Query::parse(text)? {
            Query::Logs(pipeline) if pipeline.stages.is_empty() => Ok(pipeline),
            Query::Logs(_) | Query::Metric(_) => {
                Err(ParseError::new(text, 0..text.len(), "logql_invalid", "expecting a stream selector alone"))
            }
        }
    }
}

// === impl Parser ===

impl Parser<'_> {
    fn query(&mut self) -> Parsed<Query> {
        if self.scan.sees("{") {
            return Ok(Query::Logs(self.pipeline()?.0));
        }
        if self.scan.sees("(") && self.scan.rest().trim_start_matches(|c: char| c == '(' || c.is_whitespace()).starts_with('{') {
            let pipeline = self.nested(Self::query)?;
            return Ok(pipeline);
        }
        Ok(Query::Metric(self.metric()?))
    }

    fn trailing(&self) -> ParseError {
        let start = self.scan.at;
        match self.scan.peek_name() {
            Some("offset") => self.scan.unsupported(start..start + "offset".len(), "offset outside of a range"),
            _ => self.scan.unexpected("the end of the query"),
        }
    }

    /// What stands in brackets.
    pub(crate) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let start = self.scan.at;
        self.scan.expect("(")?;
        self.depth += 1;
        if self.depth > limits::QUERY_DEPTH_MAX {
            let message = format!("groups nest at most {} deep", limits::QUERY_DEPTH_MAX);
            return Err(self.scan.error(start..start + 1, "query_too_deep", message));
        }
        let inner = inner(self)?;
        self.depth -= 1;
        self.scan.expect(")")?;
        Ok(inner)
    }

    pub(crate) fn count_term(&mut self, span: Range<usize>) -> Parsed<()> {
        self.terms += 1;
        if self.terms > limits::QUERY_TERMS_MAX {
            let message = format!("a query has at most {} terms", limits::QUERY_TERMS_MAX);
            return Err(self.scan.error(span, "query_too_long", message));
        }
        Ok(())
    }

    /// A selector with its stages, and the window if one stands behind the selector or the stages.
    pub(crate) fn pipeline(&mut self) -> Parsed<(Pipeline, Option<i64>)> {
        let matchers = self.selector()?;
        let mut window = self.window()?;
        let mut stages = Vec::new();
        let mut dropped: Vec<String> = Vec::new();
        let mut start = self.scan.at;
        while let Some(stage) = self.stage(&dropped)? {
            if let Stage::Drop(names) = &stage {
                dropped.extend(names.iter().cloned());
            }
            // What is in the line that stood inside nobody read when it came.
            if matches!(stage, Stage::Json | Stage::Logfmt | Stage::Unpack) && stages.contains(&Stage::Unpack) {
                let what = format!("{} behind unpack", stage.to_string().trim_start_matches("| "));
                return Err(self.scan.unsupported(start..self.scan.at, &what));
            }
            stages.push(stage);
            start = self.scan.at;
        }
        if window.is_none() {
            window = self.window()?;
        }
        Ok((Pipeline { matchers, stages }, window))
    }

    fn selector(&mut self) -> Parsed<Vec<Matcher>> {
        self.scan.expect("{")?;
        let mut matchers = Vec::new();
        while !self.scan.eat("}") {
            let start = self.scan.at;
            let name = self.scan.name()?.to_owned();
            self.count_term(start..self.scan.at)?;
            let test = self.text_test()?.ok_or_else(|| self.scan.unexpected("`=`, `!=`, `=~` or `!~`"))?;
            matchers.push(Matcher { name, test });
            if !self.scan.eat(",") && !self.scan.sees("}") {
                return Err(self.scan.unexpected("`,` or `}`"));
            }
        }
        Ok(matchers)
    }

    /// The sign and text of a test of text; `None` where none stands here.
    pub(crate) fn text_test(&mut self) -> Parsed<Option<TextTest>> {
        let test = if self.scan.eat("=~") {
            TextTest::Matches(self.pattern(Reach::Whole)?)
        } else if self.scan.eat("!~") {
            TextTest::Misses(self.pattern(Reach::Whole)?)
        } else if self.scan.eat("!=") {
            TextTest::Differs(self.scan.string()?.0)
        } else if !self.scan.sees("==") && self.scan.eat("=") {
            TextTest::Equals(self.scan.string()?.0)
        } else {
            return Ok(None);
        };
        Ok(Some(test))
    }

    pub(crate) fn pattern(&mut self, reach: Reach) -> Parsed<Pattern> {
        let (text, span) = self.scan.string()?;
        self.regexes += 1;
        if self.regexes > limits::QUERY_REGEXES_MAX {
            let message = format!("a query has at most {} regular expressions", limits::QUERY_REGEXES_MAX);
            return Err(self.scan.error(span, "query_too_long", message));
        }
        Pattern::new(&text, reach).map_err(|(place, what)| {
            // Where the text has no escapes, its places are those of the query.
            let inner = span.start + 1..span.end - 1;
            let same = self.scan.text.get(inner.clone()) == Some(&*text);
            let place = place.filter(|_| same).map(|place| inner.start + place.start..inner.start + place.end);
            self.scan.error(place.unwrap_or(span), "bad_regex", format!("bad regular expression: {what}"))
        })
    }

    fn stage(&mut self, dropped: &[String]) -> Parsed<Option<Stage>> {
        if let Some(filter) = self.line_filter()? {
            return Ok(Some(Stage::Lines(filter)));
        }
        if !self.scan.eat("|") {
            return Ok(None);
        }
        let start = self.scan.at;
        let Some(name) = self.scan.peek_name() else {
            return Ok(Some(Stage::Labels(self.label_filter(dropped)?)));
        };
        let span = start..start + name.len();
        self.count_term(span.clone())?;
        let stage = match name {
            "json" | "logfmt" => {
                self.scan.eat_name(name);
                if self.scan.sees("--") || self.scan.peek_name().is_some() {
                    return Err(self.scan.unsupported(start..self.scan.at, &format!("{name} with parameters")));
                }
                if name == "json" { Stage::Json } else { Stage::Logfmt }
            }
            "regexp" => {
                self.scan.eat_name(name);
                Stage::Captures(self.regexp()?)
            }
            "pattern" => {
                self.scan.eat_name(name);
                Stage::Captures(self.template()?)
            }
            "unpack" => {
                self.scan.eat_name(name);
                Stage::Unpack
            }
            "drop" => {
                self.scan.eat_name(name);
                Stage::Drop(self.dropped()?)
            }
            other if OTHER_STAGES.contains(&other) => return Err(self.scan.unsupported(span, other)),
            _ => Stage::Labels(self.label_filter(dropped)?),
        };
        Ok(Some(stage))
    }

    fn dropped(&mut self) -> Parsed<Vec<String>> {
        let mut names = Vec::new();
        loop {
            let start = self.scan.at;
            names.push(self.scan.name()?.to_owned());
            self.count_term(start..self.scan.at)?;
            if ["=", "!"].into_iter().any(|sign| self.scan.sees(sign)) {
                return Err(self.scan.unsupported(start..self.scan.at, "drop with a condition"));
            }
            if !self.scan.eat(",") {
                return Ok(names);
            }
        }
    }

    /// `[5m]`
    pub(crate) fn window(&mut self) -> Parsed<Option<i64>> {
        let open = self.scan.at;
        if !self.scan.eat("[") {
            return Ok(None);
        }
        let (text, span) = self.scan.quantity()?;
        let window = parse_duration(text).filter(|nanos| *nanos > 0);
        let window = window.ok_or_else(|| self.scan.error(span, "logql_invalid", format!("`{text}` is no duration")))?;
        if self.scan.sees(":") {
            return Err(self.scan.unsupported(open..self.scan.at, "a subquery"));
        }
        self.scan.expect("]")?;
        if self.scan.sees("@") {
            return Err(self.scan.unsupported(self.scan.at..self.scan.at + 1, "@"));
        }
        Ok(Some(window))
    }
}

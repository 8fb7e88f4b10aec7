//! Selectors and pipelines.

use std::ops::Range;

use model::limits;

use crate::error::ParseError;
use crate::scan::{Parsed, Scan};
use crate::series::Unwrap;
use crate::stages::Piped;
use crate::tree::{Matcher, Pattern, Pipeline, Query, Reach, Stage, TextTest};
use crate::units::parse_duration;

/// What a function over a range stands before.
pub(crate) struct Ranged {
    pub(crate) pipeline: Pipeline,
    pub(crate) unwrap: Option<Unwrap>,
    pub(crate) window: Option<i64>,
}

pub(crate) struct Parser<'t> {
    pub(crate) scan: Scan<'t>,
    pub(crate) depth: usize,
    terms: usize,
    regexes: usize,
    pub(crate) rewrites: usize,
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
        let mut parser = Parser { scan: Scan::new(text), depth: 0, terms: 0, regexes: 0, rewrites: 0, operators: 0 };
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
            return Ok(Query::Logs(self.lines()?));
        }
        if self.scan.sees("(") && self.scan.rest().trim_start_matches(|c: char| c == '(' || c.is_whitespace()).starts_with('{') {
            let pipeline = self.nested(Self::query)?;
            return Ok(pipeline);
        }
        Ok(Query::Metric(self.metric()?))
    }

    /// A selector with stages that leave lines.
    fn lines(&mut self) -> Parsed<Pipeline> {
        let start = self.scan.at;
        let Ranged { pipeline, unwrap, window } = self.pipeline()?;
        let message = match (unwrap, window) {
            (None, None) => return Ok(pipeline),
            (Some(_), _) => "`unwrap` stands in a function over a range, as `sum_over_time`",
            (None, Some(_)) => "a range stands in a function, as `count_over_time`",
        };
        Err(self.scan.error(start..self.scan.at, "logql_invalid", message))
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
    pub(crate) fn pipeline(&mut self) -> Parsed<Ranged> {
        let matchers = self.selector()?;
        let mut window = self.window()?;
        let (mut stages, mut unwrap) = (Vec::new(), None);
        let mut dropped: Vec<String> = Vec::new();
        loop {
            let start = self.scan.at;
            let Some(piped) = self.stage(&dropped)? else { break };
            let stage = match piped {
                Piped::Unwrap(first) if unwrap.is_none() => {
                    unwrap = Some(first);
                    continue;
                }
                Piped::Unwrap(_) => {
                    return Err(self.scan.error(start..self.scan.at, "logql_invalid", "`unwrap` stands here twice"));
                }
                Piped::Stage(stage) => stage,
            };
            if unwrap.is_some() && !matches!(stage, Stage::Labels(_)) {
                let message = "only filters of labels stand behind `unwrap`";
                return Err(self.scan.error(start..self.scan.at, "logql_invalid", message));
            }
            match &stage {
                Stage::Drop(all) => dropped.extend(all.iter().filter(|one| one.test.is_none()).map(|one| one.name.clone())),
                // What is named anew is there again.
                stage if stage.rewrites() => dropped.clear(),
                _ => {}
            }
            stages.push(stage);
        }
        if window.is_none() {
            window = self.window()?;
        }
        Ok(Ranged { pipeline: Pipeline { matchers, stages }, unwrap, window })
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
            let place = self.scan.within(&span, &text, place);
            self.scan.error(place, "bad_regex", format!("bad regular expression: {what}"))
        })
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

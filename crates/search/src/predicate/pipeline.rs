//! A pipeline of LogQL becomes nodes: case counts, and what a record does not have is the empty text.

use logql::{LabelFilter, LineFilter, Matcher, Pattern, Pipeline, Quantity, Sign, Stage, TextTest, parse_bytes, parse_duration};
use memchr::memmem::Finder;

use super::flow::Flow;
use super::label::is_level;
use super::parsers::Line;
use super::require::Required;
use super::{LabelSource, Node, Parsers, Predicate, RowSource};
use crate::query::level_named;

/// What is asked of a label's text.
#[derive(Debug)]
pub(super) struct LabelTerm {
    pub(super) source: LabelSource,
    test: LabelTest,
}

#[derive(Debug)]
enum LabelTest {
    Equals(String),
    Matches(Pattern),
    Compare(Sign, Quantity),
}

/// What filters behind stages that rewrite ask of a record.
#[derive(Debug)]
pub(super) struct FlowTerm {
    pub(super) source: RowSource,
}

/// What is asked of the message, or of the line that is packed in it.
#[derive(Debug)]
pub(super) struct LineTest {
    of: Line,
    test: TextTested,
}

#[derive(Debug)]
enum TextTested {
    Contains(Box<Finder<'static>>),
    Matches(Pattern),
}

// === impl Predicate ===

impl Predicate {
    /// What a pipeline keeps.
    #[must_use]
    pub fn of_pipeline(pipeline: &Pipeline) -> Self {
        let mut required = Required::nothing();
        let mut nodes = Vec::new();
        let mut parsers = Parsers::default();
        for matcher in &pipeline.matchers {
            require_text(matcher, &parsers, &mut required);
            nodes.push(text(matcher, &parsers));
        }
        let (before, _) = Flow::split(&pipeline.stages);
        for stage in before {
            match stage {
                Stage::Lines(filter) => {
                    if let LineFilter::Contains(texts) = filter
                        && let [text] = &**texts
                        && parsers.line() == Line::Whole
                    {
                        required.add_tokens_within(text);
                    }
                    nodes.push(lines(filter, parsers.line()));
                }
                Stage::Labels(filter) => {
                    require_labels(filter, &parsers, &mut required);
                    nodes.push(labels(filter, &parsers));
                }
                Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Captures(_) => parsers.add(stage),
                Stage::Drop(_)
                | Stage::Keep(_)
                | Stage::Extract(_)
                | Stage::LineFormat(_)
                | Stage::LabelFormat(_)
                | Stage::Decolorize => {}
            }
        }
        if let Some(source) = Parsers::of(pipeline).filters() {
            nodes.push(Node::Flow(Box::new(FlowTerm { source })));
        }
        required.sort();
        Self { root: Node::all_of(nodes), required }
    }
}

fn require_labels(filter: &LabelFilter, parsers: &Parsers, required: &mut Required) {
    match filter {
        LabelFilter::Text(matcher) => require_text(matcher, parsers, required),
        LabelFilter::And(parts) => parts.iter().for_each(|part| require_labels(part, parsers, required)),
        LabelFilter::Or(_) | LabelFilter::Compare { .. } => {}
    }
}

/// Of what may be in the line alone no index knows.
fn require_text(matcher: &Matcher, parsers: &Parsers, required: &mut Required) {
    let source = parsers.source(&matcher.name);
    match &matcher.test {
        TextTest::Equals(text) if !text.is_empty() && !source.reads_lines() => {
            required.add_label(&matcher.name, in_normal_form(text, &source, parsers));
        }
        TextTest::Equals(_) | TextTest::Differs(_) | TextTest::Matches(_) | TextTest::Misses(_) => {}
    }
}

/// A level behind `json` or `logfmt` may be named as the line names it.
fn in_normal_form<'t>(text: &'t str, source: &LabelSource, parsers: &Parsers) -> &'t str {
    let is_written = parsers.read_formats() && is_level(&source.label) && !source.is_captured();
    level_named(text).filter(|_| is_written).map_or(text, |level| level.as_str())
}

fn text(matcher: &Matcher, parsers: &Parsers) -> Node {
    let source = parsers.source(&matcher.name);
    let equals = |text: &str| LabelTest::Equals(in_normal_form(text, &source, parsers).to_owned());
    let term = |test| Node::Label(Box::new(LabelTerm { source: source.clone(), test }));
    match &matcher.test {
        TextTest::Equals(text) => term(equals(text)),
        TextTest::Differs(text) => Node::negated(term(equals(text))),
        TextTest::Matches(pattern) => term(LabelTest::Matches(pattern.clone())),
        TextTest::Misses(pattern) => Node::negated(term(LabelTest::Matches(pattern.clone()))),
    }
}

fn labels(filter: &LabelFilter, parsers: &Parsers) -> Node {
    let all = |filters: &[LabelFilter]| filters.iter().map(|filter| labels(filter, parsers)).collect();
    match filter {
        LabelFilter::Text(matcher) => text(matcher, parsers),
        LabelFilter::Compare { name, sign, to } => {
            Node::Label(Box::new(LabelTerm { source: parsers.source(name), test: LabelTest::Compare(*sign, *to) }))
        }
        LabelFilter::And(parts) => Node::all_of(all(parts)),
        LabelFilter::Or(sides) => Node::Or(all(sides)),
    }
}

fn lines(filter: &LineFilter, of: Line) -> Node {
    let node = |test| Node::Line(LineTest { of, test });
    let contains = |texts: &[String]| -> Vec<Node> {
        texts.iter().map(|text| node(TextTested::Contains(Box::new(Finder::new(text).into_owned())))).collect()
    };
    let matches = |patterns: &[Pattern]| -> Vec<Node> {
        patterns.iter().map(|pattern| node(TextTested::Matches(pattern.clone()))).collect()
    };
    match filter {
        LineFilter::Contains(texts) => Node::Or(contains(texts)),
        LineFilter::Lacks(texts) => Node::negated(Node::Or(contains(texts))),
        LineFilter::Matches(patterns) => Node::Or(matches(patterns)),
        LineFilter::Misses(patterns) => Node::negated(Node::Or(matches(patterns))),
    }
}

// === impl LabelTerm ===

impl LabelTerm {
    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.test {
            LabelTest::Equals(wanted) => text == wanted,
            LabelTest::Matches(pattern) => pattern.is_match(text),
            LabelTest::Compare(sign, to) => compares(text, *sign, *to),
        }
    }

    /// What asking a row costs, roughly.
    pub(super) fn cost(&self) -> u32 {
        let of_reading = if self.source.reads_lines() { 100 } else { 0 };
        of_reading
            + match self.test {
                LabelTest::Equals(_) => 4,
                LabelTest::Compare(..) => 8,
                LabelTest::Matches(_) => 54,
            }
    }
}

/// Whether a text reads as a quantity of this kind, and compares.
pub(super) fn compares(text: &str, sign: Sign, to: Quantity) -> bool {
    match to {
        Quantity::Number(to) => text.parse().is_ok_and(|number: f64| sign.holds(number, to)),
        Quantity::Duration(to) => nanos_of(text).is_some_and(|nanos| sign.holds(nanos as f64, to as f64)),
        Quantity::Bytes(to) => parse_bytes(text).is_some_and(|bytes| sign.holds(bytes as f64, to as f64)),
    }
}

/// Nanoseconds of a duration; of nothing, no unit is needed.
pub(crate) fn nanos_of(text: &str) -> Option<i64> {
    if text == "0" { Some(0) } else { parse_duration(text) }
}

// === impl LineTest ===

impl LineTest {
    pub(super) fn matches(&self, line: &str) -> bool {
        let line = self.of.of(line);
        match &self.test {
            TextTested::Contains(text) => text.find(line.as_bytes()).is_some(),
            TextTested::Matches(pattern) => pattern.is_match(&line),
        }
    }

    pub(super) fn cost(&self) -> u32 {
        let of_reading = if self.of == Line::Packed { 100 } else { 0 };
        of_reading
            + match self.test {
                TextTested::Contains(_) => 21,
                TextTested::Matches(_) => 70,
            }
    }
}

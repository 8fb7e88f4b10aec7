//! A pipeline of LogQL becomes nodes: case counts, and what a record does not have is the empty text.

use logql::{LabelFilter, LineFilter, Matcher, Pattern, Pipeline, Quantity, Sign, Stage, TextTest, parse_bytes, parse_duration};
use memchr::memmem::Finder;

use super::require::Required;
use super::{Node, Predicate};

/// What is asked of a label's text.
#[derive(Debug)]
pub(super) struct LabelTerm {
    pub(super) label: String,
    test: LabelTest,
}

#[derive(Debug)]
enum LabelTest {
    Equals(String),
    Matches(Pattern),
    Compare(Sign, Quantity),
}

/// What is asked of the message.
#[derive(Debug)]
pub(super) enum LineTest {
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
        for matcher in &pipeline.matchers {
            require_text(matcher, &mut required);
            nodes.push(text(matcher));
        }
        for stage in &pipeline.stages {
            match stage {
                Stage::Lines(filter) => {
                    if let LineFilter::Contains(texts) = filter
                        && let [text] = &**texts
                    {
                        required.add_tokens_within(text);
                    }
                    nodes.push(lines(filter));
                }
                Stage::Labels(filter) => {
                    require_labels(filter, &mut required);
                    nodes.push(labels(filter));
                }
                // What they would find was found when the record came.
                Stage::Json | Stage::Logfmt => {}
                Stage::Drop(_) => {}
            }
        }
        required.sort();
        Self { root: Node::all_of(nodes), required }
    }
}

fn require_labels(filter: &LabelFilter, required: &mut Required) {
    match filter {
        LabelFilter::Text(matcher) => require_text(matcher, required),
        LabelFilter::And(parts) => parts.iter().for_each(|part| require_labels(part, required)),
        LabelFilter::Or(_) | LabelFilter::Compare { .. } => {}
    }
}

fn require_text(matcher: &Matcher, required: &mut Required) {
    match &matcher.test {
        TextTest::Equals(text) if !text.is_empty() => required.add_label(&matcher.name, text),
        TextTest::Equals(_) | TextTest::Differs(_) | TextTest::Matches(_) | TextTest::Misses(_) => {}
    }
}

fn text(matcher: &Matcher) -> Node {
    let term = |test| Node::Label(Box::new(LabelTerm { label: matcher.name.clone(), test }));
    match &matcher.test {
        TextTest::Equals(text) => term(LabelTest::Equals(text.clone())),
        TextTest::Differs(text) => Node::negated(term(LabelTest::Equals(text.clone()))),
        TextTest::Matches(pattern) => term(LabelTest::Matches(pattern.clone())),
        TextTest::Misses(pattern) => Node::negated(term(LabelTest::Matches(pattern.clone()))),
    }
}

fn labels(filter: &LabelFilter) -> Node {
    match filter {
        LabelFilter::Text(matcher) => text(matcher),
        LabelFilter::Compare { name, sign, to } => {
            Node::Label(Box::new(LabelTerm { label: name.clone(), test: LabelTest::Compare(*sign, *to) }))
        }
        LabelFilter::And(parts) => Node::all_of(parts.iter().map(labels).collect()),
        LabelFilter::Or(sides) => Node::Or(sides.iter().map(labels).collect()),
    }
}

fn lines(filter: &LineFilter) -> Node {
    let contains = |texts: &[String]| -> Vec<Node> {
        texts.iter().map(|text| Node::Line(LineTest::Contains(Box::new(Finder::new(text).into_owned())))).collect()
    };
    let matches = |patterns: &[Pattern]| -> Vec<Node> {
        patterns.iter().map(|pattern| Node::Line(LineTest::Matches(pattern.clone()))).collect()
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
            LabelTest::Compare(sign, Quantity::Number(to)) => text.parse().is_ok_and(|number: f64| sign.holds(number, *to)),
            LabelTest::Compare(sign, Quantity::Duration(to)) => {
                parse_duration(text).is_some_and(|nanos| sign.holds(nanos as f64, *to as f64))
            }
            LabelTest::Compare(sign, Quantity::Bytes(to)) => {
                parse_bytes(text).is_some_and(|bytes| sign.holds(bytes as f64, *to as f64))
            }
        }
    }

    /// What asking a row costs, roughly.
    pub(super) fn cost(&self) -> u32 {
        match self.test {
            LabelTest::Equals(_) => 4,
            LabelTest::Compare(..) => 8,
            LabelTest::Matches(_) => 54,
        }
    }
}

// === impl LineTest ===

impl LineTest {
    pub(super) fn matches(&self, line: &str) -> bool {
        match self {
            Self::Contains(text) => text.find(line.as_bytes()).is_some(),
            Self::Matches(pattern) => pattern.is_match(line),
        }
    }

    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Contains(_) => 21,
            Self::Matches(_) => 70,
        }
    }
}

//! What a query says.

use std::ops::Range;

use model::limits;
use regex::{Regex, RegexBuilder};

use crate::captures::Captures;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    Logs(Pipeline),
    Metric(Metric),
}

/// A stream selector and what its records pass through.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub matchers: Vec<Matcher>,
    pub stages: Vec<Stage>,
}

/// A test of a label's text; a label that is not there is the empty text.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    pub name: String,
    pub test: TextTest,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TextTest {
    Equals(String),
    Differs(String),
    /// The whole text.
    Matches(Pattern),
    Misses(Pattern),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    Lines(LineFilter),
    Labels(LabelFilter),
    Json,
    Logfmt,
    /// The line is what its object has as `_entry`, from here on.
    Unpack,
    /// What the line holds, under names of its own.
    Captures(Captures),
    /// Labels that the answer is without.
    Drop(Vec<String>),
}

/// Passes when one of the texts does; negated, when none does. At least one.
#[derive(Debug, Clone, PartialEq)]
pub enum LineFilter {
    Contains(Vec<String>),
    Lacks(Vec<String>),
    /// Somewhere in the line.
    Matches(Vec<Pattern>),
    Misses(Vec<Pattern>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum LabelFilter {
    Text(Matcher),
    /// The label's text reads as a quantity of this kind, and compares.
    Compare {
        name: String,
        sign: Sign,
        to: Quantity,
    },
    /// At least two, none of them `And`.
    And(Vec<LabelFilter>),
    /// At least two, none of them `Or`.
    Or(Vec<LabelFilter>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Equal,
    Differ,
    Greater,
    AtLeast,
    Less,
    AtMost,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    Number(f64),
    /// Nanoseconds.
    Duration(i64),
    Bytes(u64),
}

/// Numbers over time.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    Number(f64),
    /// One series without labels.
    Vector(f64),
    Range {
        function: RangeFunction,
        pipeline: Pipeline,
        /// Nanoseconds, more than 0.
        window: i64,
        /// Nanoseconds that it looks farther back; of what is to come where it is less than 0.
        offset: i64,
    },
    Fold {
        fold: Fold,
        grouping: Grouping,
        of: Box<Metric>,
    },
    /// The series of each group with the most extreme values, at each step.
    Rank {
        rank: Rank,
        /// At least 1.
        count: usize,
        grouping: Grouping,
        of: Box<Metric>,
    },
    Binary {
        sign: BinarySign,
        left: Box<Metric>,
        right: Box<Metric>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeFunction {
    CountOverTime,
    Rate,
    BytesOverTime,
    BytesRate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Sum,
    Min,
    Max,
    Avg,
    Count,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    Top,
    Bottom,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grouping {
    By(Vec<String>),
    Without(Vec<String>),
}

/// What stands between two metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinarySign {
    Arithmetic(Arithmetic),
    /// What does not hold is left out; `as_bool`: 1 or 0 instead. Of two numbers always that.
    Compare {
        sign: Sign,
        as_bool: bool,
    },
    Set(SetSign),
}

/// Of series at a step: those that have a partner, those of both sides, those that have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetSign {
    And,
    Or,
    Unless,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// A regular expression, compiled, whose case counts; equal to another of the same text.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// How much of a text a pattern is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Whole,
    Somewhere,
}

// === impl Pipeline ===

impl Pipeline {
    /// Labels that the answer is without.
    #[must_use]
    pub fn dropped(&self) -> Vec<String> {
        let names = |stage: &Stage| match stage {
            Stage::Drop(names) => names.clone(),
            Stage::Lines(_) | Stage::Labels(_) | Stage::Json | Stage::Logfmt | Stage::Unpack | Stage::Captures(_) => Vec::new(),
        };
        self.stages.iter().flat_map(names).collect()
    }
}

// === impl Pattern ===

impl Pattern {
    /// An error says what is wrong, and where in the pattern if that is known.
    pub(crate) fn new(text: &str, reach: Reach) -> Result<Self, (Option<Range<usize>>, String)> {
        if let Err(error) = regex_syntax::Parser::new().parse(text) {
            let place = |span: &regex_syntax::ast::Span| Some(span.start.offset..span.end.offset);
            return Err(match &error {
                regex_syntax::Error::Parse(error) => (place(error.span()), error.kind().to_string()),
                regex_syntax::Error::Translate(error) => (place(error.span()), error.kind().to_string()),
                error => (None, error.to_string()),
            });
        }
        let whole = match reach {
            Reach::Whole => format!("^(?s:{text})$"),
            Reach::Somewhere => text.to_owned(),
        };
        let regex = RegexBuilder::new(&whole)
            .size_limit(limits::QUERY_REGEX_BYTES_MAX)
            .dfa_size_limit(limits::QUERY_REGEX_BYTES_MAX)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => (None, "it becomes too large".to_owned()),
                error => (None, error.to_string()),
            })?;
        Ok(Self { text: text.to_owned(), regex })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The names of its groups.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.regex.capture_names().flatten()
    }

    pub(crate) fn group<'t>(&self, name: &str, text: &'t str) -> Option<&'t str> {
        self.regex.captures(text)?.name(name).map(|found| found.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

// === impl Metric ===

impl Metric {
    /// Whether it is one number at every time, without labels.
    #[must_use]
    pub fn is_number(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Binary { left, right, .. } => left.is_number() && right.is_number(),
            Self::Vector(_) | Self::Range { .. } | Self::Fold { .. } | Self::Rank { .. } => false,
        }
    }
}

// === impl Sign ===

impl Sign {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("!=", Self::Differ),
        (">", Self::Greater),
        ("<", Self::Less),
        ("==", Self::Equal),
    ];

    #[must_use]
    pub fn holds(self, value: f64, to: f64) -> bool {
        match self {
            Self::Equal => value == to,
            Self::Differ => value != to,
            Self::Greater => value > to,
            Self::AtLeast => value >= to,
            Self::Less => value < to,
            Self::AtMost => value <= to,
        }
    }
}

// === impl RangeFunction ===

impl RangeFunction {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("count_over_time", Self::CountOverTime),
        ("rate", Self::Rate),
        ("bytes_over_time", Self::BytesOverTime),
        ("bytes_rate", Self::BytesRate),
    ];
}

// === impl Fold ===

impl Fold {
    pub(crate) const ALL: [(&'static str, Self); 5] =
        [("sum", Self::Sum), ("min", Self::Min), ("max", Self::Max), ("avg", Self::Avg), ("count", Self::Count)];
}

// === impl Rank ===

impl Rank {
    pub(crate) const ALL: [(&'static str, Self); 2] = [("topk", Self::Top), ("bottomk", Self::Bottom)];
}

// === impl SetSign ===

impl SetSign {
    pub(crate) const ALL: [(&'static str, Self); 3] = [("and", Self::And), ("or", Self::Or), ("unless", Self::Unless)];
}

// === impl BinarySign ===

impl BinarySign {
    /// What binds tighter is greater.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::Set(SetSign::Or) => 1,
            Self::Set(SetSign::And | SetSign::Unless) => 2,
            Self::Compare { .. } => 3,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 4,
            Self::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo) => 5,
            Self::Arithmetic(Arithmetic::Power) => 6,
        }
    }

    /// Of equals the left one binds first, but for powers.
    pub(crate) fn binds_right(self) -> bool {
        self == Self::Arithmetic(Arithmetic::Power)
    }
}

// === impl Arithmetic ===

impl Arithmetic {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Modulo),
        ("^", Self::Power),
    ];

    #[must_use]
    pub fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
        }
    }
}

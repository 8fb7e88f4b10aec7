//! What a query says.

use std::ops::Range;

use model::limits;
use regex::{Regex, RegexBuilder};

use crate::captures::Captures;
use crate::extract::Extraction;
use crate::format::Format;
use crate::series::Metric;

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
    /// What is named of the line.
    Extract(Extraction),
    /// Another line.
    LineFormat(Format),
    /// Other labels, one after the other; each name once.
    LabelFormat(Vec<(String, Assigned)>),
    /// The line without the sequences that colour it.
    Decolorize,
    /// Labels that the answer is without.
    Drop(Vec<Chosen>),
    /// The only labels that are left.
    Keep(Vec<Chosen>),
}

/// What a label becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Assigned {
    /// What another one is, which is gone then.
    Renamed(String),
    Written(Format),
}

/// A label, where its text passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub name: String,
    pub test: Option<TextTest>,
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
    /// Labels that stages make under names of the query.
    #[must_use]
    pub fn made(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for stage in &self.stages {
            match stage {
                Stage::LabelFormat(all) => names.extend(all.iter().map(|(label, _)| label.clone())),
                Stage::Extract(extraction) => names.extend(extraction.labels().map(str::to_owned)),
                Stage::Captures(captures) => names.extend(captures.names().map(str::to_owned)),
                Stage::Lines(_)
                | Stage::Labels(_)
                | Stage::Json
                | Stage::Logfmt
                | Stage::Unpack
                | Stage::LineFormat(_)
                | Stage::Decolorize
                | Stage::Drop(_)
                | Stage::Keep(_) => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Labels that the answer is without.
    #[must_use]
    pub fn dropped(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for stage in &self.stages {
            match stage {
                Stage::Drop(chosen) => {
                    names.extend(chosen.iter().filter(|chosen| chosen.test.is_none()).map(|chosen| chosen.name.clone()));
                }
                Stage::LabelFormat(all) => names.retain(|name| !all.iter().any(|(label, _)| label == name)),
                stage => names.retain(|name| !stage.reads_out(name)),
            }
        }
        names
    }
}

// === impl Stage ===

impl Stage {
    /// Whether what stands behind it sees another line or other labels than those of the record and of its line.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        match self {
            Self::LineFormat(_) | Self::LabelFormat(_) | Self::Decolorize | Self::Extract(_) | Self::Keep(_) => true,
            Self::Drop(all) => all.iter().any(|chosen| chosen.test.is_some()),
            Self::Lines(_) | Self::Labels(_) | Self::Json | Self::Logfmt | Self::Unpack | Self::Captures(_) => false,
        }
    }

    fn reads_out(&self, name: &str) -> bool {
        match self {
            Self::Extract(extraction) => extraction.labels().any(|label| label == name),
            Self::Captures(captures) => captures.names().any(|label| label == name),
            Self::Lines(_)
            | Self::Labels(_)
            | Self::Json
            | Self::Logfmt
            | Self::Unpack
            | Self::LineFormat(_)
            | Self::LabelFormat(_)
            | Self::Decolorize
            | Self::Drop(_)
            | Self::Keep(_) => false,
        }
    }
}

// === impl TextTest ===

impl TextTest {
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(wanted) => text == wanted,
            Self::Differs(wanted) => text != wanted,
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Misses(pattern) => !pattern.is_match(text),
        }
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

    /// `template` with what its groups match in a text that it matches.
    pub(crate) fn expand(&self, text: &str, template: &str) -> Option<String> {
        let mut expanded = String::new();
        self.regex.captures(text)?.expand(template, &mut expanded);
        Some(expanded)
    }

    /// Calls `each` with every named group that matches something.
    pub(crate) fn each_group<'t>(&self, text: &'t str, each: &mut dyn FnMut(&str, &'t str)) {
        let Some(found) = self.regex.captures(text) else { return };
        for name in self.groups() {
            if let Some(group) = found.name(name) {
                each(name, group.as_str());
            }
        }
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

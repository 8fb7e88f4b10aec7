//! An expression becomes nodes that know how to ask columns.

use memchr::memmem::Finder;
use model::{Level, TimeRange, Timestamp};

use super::names::{Part, field_candidates};
use super::text::TextMatcher;
use super::value::{TextTest, ValueTest, time_range};
use super::{Asks, FieldTerm, LevelTest, Node};
use crate::query::{Bound, Expr, FieldTest, Glob, MessageTest, level_named};

// === impl Node ===

impl Node {
    pub(super) fn compile(expr: &Expr, now: Timestamp) -> Self {
        let sorted = |parts: &[Expr]| {
            let mut nodes: Vec<_> = parts.iter().map(|part| Self::compile(part, now)).collect();
            nodes.sort_by_key(Self::cost);
            nodes
        };
        match expr {
            Expr::All => Self::All,
            Expr::And(parts) => Self::And(sorted(parts)),
            Expr::Or(sides) => Self::Or(sorted(sides)),
            Expr::Not(inner) => Self::negated(Self::compile(inner, now)),
            Expr::Message(MessageTest::Contains(glob)) => Self::Message(TextTest::Like(TextMatcher::within(glob))),
            Expr::Message(MessageTest::Matches(pattern)) => Self::Message(TextTest::Matches(pattern.clone())),
            Expr::Has(name) => Self::has(name),
            Expr::Missing(name) => Self::negated(Self::has(name)),
            Expr::Field(name, test) => Self::field(name, test, now),
        }
    }

    /// Cheap things first.
    pub(super) fn all_of(mut nodes: Vec<Self>) -> Self {
        nodes.sort_by_key(Self::cost);
        match nodes.len() {
            0 => Self::All,
            1 => nodes.remove(0),
            _ => Self::And(nodes),
        }
    }

    pub(super) fn negated(node: Self) -> Self {
        match node {
            Self::Not(inner) => *inner,
            node => Self::Not(Box::new(node)),
        }
    }

    fn has(name: &str) -> Self {
        match Part::named(name) {
            Some(Part::Timestamp) => Self::All,
            Some(part) => Self::HasPart(part),
            None => Self::Field(Box::new(FieldTerm::new(name, Asks::Presence))),
        }
    }

    fn field(name: &str, test: &FieldTest, now: Timestamp) -> Self {
        match Part::named(name) {
            Some(Part::Timestamp) => return Self::Time(times(test, now)),
            Some(Part::Level) => return Self::Level(LevelTest::compile(test)),
            // The parser turns tests of the message into `Expr::Message`; others find nothing.
            Some(Part::Message) => return Self::negated(Self::All),
            None => {}
        }
        let term = Self::Field(Box::new(FieldTerm::new(name, Asks::Value(ValueTest::compile(test, now)))));
        match (name, test) {
            // A record is named by its own id, but its sender may have sent a field of that name, too.
            ("id", FieldTest::Equals(glob)) => match glob.as_literal().and_then(|text| text.to_ascii_lowercase().parse().ok()) {
                Some(id) => Self::Or(vec![Self::Record(id), term]),
                None => term,
            },
            _ => term,
        }
    }

    /// What asking a row costs, roughly, to ask the cheap things first and the others only of what is left.
    fn cost(&self) -> u32 {
        match self {
            Self::All => 0,
            Self::Time(_) | Self::Record(_) | Self::HasPart(_) => 1,
            Self::Level(_) => 2,
            Self::Field(term) => match &term.asks {
                Asks::Presence => 3,
                Asks::Value(test) => 4 + test.text.cost(),
            },
            Self::Label(term) => term.cost(),
            Self::Line(test) => test.cost(),
            // A record goes through whole stages.
            Self::Flow(_) => 1_000,
            Self::Message(test) => 20 + test.cost(),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().map(Self::cost).fold(1, u32::saturating_add),
            Self::Not(inner) => inner.cost(),
        }
    }
}

fn times(test: &FieldTest, now: Timestamp) -> TimeRange {
    let range = match test {
        FieldTest::Equals(glob) => {
            let bound = Bound::Inclusive(glob.as_literal().unwrap_or_default().to_owned());
            time_range(&bound, &bound, now)
        }
        FieldTest::Range(lower, upper) => time_range(lower, upper, now),
        FieldTest::Matches(_) => None,
    };
    // The parser lets only times through; what is none would hold no record.
    range.unwrap_or(TimeRange { from: Timestamp::MAX, to: Timestamp::MIN })
}

// === impl TextTest ===

impl TextTest {
    fn cost(&self) -> u32 {
        match self {
            Self::Like(_) => 1,
            Self::Number(_) | Self::Time(_) => 2,
            Self::Between(..) => 4,
            Self::Matches(_) => 50,
        }
    }
}

// === impl LevelTest ===

impl LevelTest {
    fn compile(test: &FieldTest) -> Self {
        match test {
            FieldTest::Equals(glob) => match glob.as_literal().and_then(level_named) {
                Some(level) => Self::OneOf(vec![level.as_str()]),
                None => Self::Text(TextTest::Like(TextMatcher::whole(glob))),
            },
            FieldTest::Matches(pattern) => Self::Text(TextTest::Matches(pattern.clone())),
            FieldTest::Range(lower, upper) => {
                let holds = |level: Level| {
                    let above = match lower {
                        Bound::Open => true,
                        Bound::Inclusive(text) => level_named(text).is_some_and(|bound| level >= bound),
                        Bound::Exclusive(text) => level_named(text).is_some_and(|bound| level > bound),
                    };
                    above
                        && match upper {
                            Bound::Open => true,
                            Bound::Inclusive(text) => level_named(text).is_some_and(|bound| level <= bound),
                            Bound::Exclusive(text) => level_named(text).is_some_and(|bound| level < bound),
                        }
                };
                Self::OneOf(Level::ALL.into_iter().filter(|level| holds(*level)).map(Level::as_str).collect())
            }
        }
    }
}

// === impl FieldTerm ===

impl FieldTerm {
    fn new(name: &str, asks: Asks) -> Self {
        let names = field_candidates(name);
        let mut last_keys: Vec<&str> = names.iter().map(|name| name.rsplit('.').next().unwrap_or_default()).collect();
        last_keys.sort_unstable();
        last_keys.dedup();
        let last_keys = last_keys.into_iter().map(|key| Finder::new(key).into_owned()).collect();
        Self { names, asks, last_keys }
    }
}

/// The test that a value equals `text`, for working out what a query requires.
pub(super) fn literal(test: &FieldTest) -> Option<&str> {
    match test {
        FieldTest::Equals(glob) => Glob::as_literal(glob),
        FieldTest::Range(..) | FieldTest::Matches(_) => None,
    }
}

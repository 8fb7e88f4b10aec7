//! What every match of a query has, so that indexes can rule out the rest.

use model::{TimeRange, Timestamp};
use store::{ColumnKey, Kind, is_token_byte};

use super::compile::literal;
use super::label::{is_in, is_level};
use super::names::{Part, field_candidates};
use super::value::time_range;
use crate::query::{Bound, Expr, FieldTest, Glob, MessageTest, Number, Piece, level_named};

/// Drawn only from conditions that are joined by AND and not negated.
#[derive(Debug)]
pub(super) struct Required {
    pub(super) tokens: Vec<Box<[u8]>>,
    pub(super) equals: Vec<RequiredEquals>,
    pub(super) times: TimeRange,
}

/// A value that every match has in at least one of some columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredEquals {
    place: Place,
    /// ASCII. Texts equal it without regard to case; where it is an integer, numbers equal it by value.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Level,
    /// The dotted names that the field may have.
    Field(Vec<String>),
    Label(String),
}

// === impl Required ===

impl Required {
    pub(super) fn nothing() -> Self {
        Self { tokens: Vec::new(), equals: Vec::new(), times: TimeRange::ALL }
    }

    pub(super) fn of(expr: &Expr, now: Timestamp) -> Self {
        let mut required = Self::nothing();
        match expr {
            Expr::And(parts) => parts.iter().for_each(|part| required.add(part, now)),
            expr => required.add(expr, now),
        }
        required.sort();
        required
    }

    pub(super) fn sort(&mut self) {
        self.tokens.sort_unstable();
        self.tokens.dedup();
    }

    /// A label that has this text, which is not empty.
    pub(super) fn add_label(&mut self, label: &str, text: &str) {
        let required = if is_level(label) {
            text.is_ascii().then(|| RequiredEquals { place: Place::Level, text: text.to_owned() })
        } else {
            RequiredEquals::at(Place::Label(label.to_owned()), text)
        };
        self.equals.extend(required);
    }

    /// Adds the tokens that lie whole in a text which the message contains somewhere.
    pub(super) fn add_tokens_within(&mut self, text: &str) {
        let runs: Vec<&[u8]> = text.as_bytes().split(|byte| !is_token_byte(*byte)).collect();
        let [_, inner @ .., _] = &*runs else { return };
        let whole = inner.iter().filter(|run| !run.is_empty() && run.is_ascii());
        self.tokens.extend(whole.map(|run| run.to_ascii_lowercase().into_boxed_slice()));
    }

    fn add(&mut self, expr: &Expr, now: Timestamp) {
        match expr {
            Expr::Message(MessageTest::Contains(glob)) => self.add_tokens(glob),
            Expr::Field(name, test) => match Part::named(name) {
                Some(Part::Timestamp) => self.add_times(test, now),
                Some(Part::Message) => {}
                Some(Part::Level) => self.equals.extend(literal(test).and_then(RequiredEquals::level)),
                // A record's own id answers to this name, too.
                None if name == "id" => {}
                None => self.equals.extend(literal(test).and_then(|text| RequiredEquals::field(name, text))),
            },
            Expr::Message(MessageTest::Matches(_))
            | Expr::All
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::Has(_)
            | Expr::Missing(_) => {}
        }
    }

    /// Adds the tokens of which the pattern states both ends.
    fn add_tokens(&mut self, glob: &Glob) {
        let last = glob.pieces().len().saturating_sub(1);
        for (i, piece) in glob.pieces().iter().enumerate() {
            let Piece::Text(text) = piece else {
                continue;
            };
            let bytes = text.as_bytes();
            let mut start = 0;
            for run in bytes.split(|byte| !is_token_byte(*byte)) {
                let end = start + run.len();
                let starts = start > 0 || i == 0;
                let ends = end < bytes.len() || i == last;
                if !run.is_empty() && starts && ends && run.is_ascii() {
                    self.tokens.push(run.to_ascii_lowercase().into());
                }
                start = end + 1;
            }
        }
    }

    fn add_times(&mut self, test: &FieldTest, now: Timestamp) {
        let range = match (test, literal(test)) {
            (FieldTest::Range(lower, upper), _) => time_range(lower, upper, now),
            (_, Some(text)) => {
                let bound = Bound::Inclusive(text.to_owned());
                time_range(&bound, &bound, now)
            }
            (FieldTest::Equals(_) | FieldTest::Matches(_), None) => None,
        };
        if let Some(range) = range {
            self.times = TimeRange { from: self.times.from.max(range.from), to: self.times.to.min(range.to) };
        }
    }
}

// === impl RequiredEquals ===

impl RequiredEquals {
    fn level(text: &str) -> Option<Self> {
        let text = level_named(text).map_or(text, |level| level.as_str());
        text.is_ascii().then(|| Self { place: Place::Level, text: text.to_owned() })
    }

    fn field(name: &str, text: &str) -> Option<Self> {
        Self::at(Place::Field(field_candidates(name)), text)
    }

    fn at(place: Place, text: &str) -> Option<Self> {
        // `5e2` equals 500, which no index finds under that text.
        let canonical = match Number::parse(text) {
            None => true,
            Some(Number::Int(int)) => int.to_string() == text,
            Some(Number::Float(_)) => false,
        };
        let usable = canonical && text.is_ascii();
        usable.then(|| Self { place, text: text.to_owned() })
    }

    /// The columns that may hold the value, among those that there are. A match has it in one of them; where none is
    /// left, nothing matches. For columns of kind `Json` and for the rest, the value may lie inside the text.
    #[must_use]
    pub fn columns(&self, available: &[ColumnKey]) -> Vec<ColumnKey> {
        available.iter().filter(|key| self.may_lie_in(key)).cloned().collect()
    }

    fn may_lie_in(&self, key: &ColumnKey) -> bool {
        match (key, &self.place) {
            (ColumnKey::Level, Place::Level) | (ColumnKey::Rest, Place::Field(_) | Place::Label(_)) => true,
            (ColumnKey::Field(path, kind), Place::Field(_) | Place::Label(_)) => {
                let fits = match kind {
                    Kind::Text | Kind::Json => true,
                    Kind::Int | Kind::Float => Number::parse(&self.text).is_some(),
                    Kind::Bool => self.text.eq_ignore_ascii_case("true") || self.text.eq_ignore_ascii_case("false"),
                };
                let is_named = match &self.place {
                    Place::Field(names) => names.contains(&path.name()),
                    Place::Label(label) => is_in(key, label),
                    Place::Level => false,
                };
                fits && is_named
            }
            (ColumnKey::Timestamp | ColumnKey::Sequence | ColumnKey::Message | ColumnKey::Level | ColumnKey::Rest, _)
            | (ColumnKey::Field(..), Place::Level) => false,
        }
    }
}

use regex::{Regex, RegexBuilder};

use model::limits;

/// What a query asks of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Every record.
    All,
    /// At least two, none of them `And` or `All`.
    And(Vec<Expr>),
    /// At least two, none of them `Or` or `All`.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Message(MessageTest),
    Field(String, FieldTest),
    Has(String),
    Missing(String),
}

/// What is asked of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageTest {
    /// The text occurs in the message. An end of it that is no wildcard must fall on the border of a token.
    Contains(Glob),
    Matches(Pattern),
}

/// What is asked of a field. Holds for a field of several values when one of them passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldTest {
    /// The whole value, in any case.
    Equals(Glob),
    /// Numbers, times, levels or text, as the bounds are.
    Range(Bound, Bound),
    Matches(Pattern),
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    Open,
    Inclusive(String),
    Exclusive(String),
}

/// Text with wildcards. No two texts and no two `Any` stand side by side, and no text is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glob(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `*`: any characters, also none.
    Any,
    /// `?`: exactly one character.
    One,
}

/// A regular expression, compiled, that ignores case; equal to another of the same text.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

// === impl Expr ===

impl Expr {
    pub(crate) fn all_of(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => {}
                Self::And(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    pub(crate) fn any_of(sides: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(sides.len());
        for side in sides {
            match side {
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                side => flat.push(side),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::Or(flat) }
    }
}

// === impl Bound ===

impl Bound {
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Inclusive(text) | Self::Exclusive(text) => Some(text),
        }
    }
}

// === impl Glob ===

impl Glob {
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let mut glob = Self::default();
        text.chars().for_each(|c| glob.push_char(c));
        glob
    }

    pub(super) fn push_char(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            Some(Piece::Any | Piece::One) | None => self.0.push(Piece::Text(c.to_string())),
        }
    }

    pub(crate) fn push_any(&mut self) {
        if self.0.last() != Some(&Piece::Any) {
            self.0.push(Piece::Any);
        }
    }

    pub(super) fn push_one(&mut self) {
        self.0.push(Piece::One);
    }

    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text, where it holds no wildcard.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.0 {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// A wildcard counts as one byte.
    pub(super) fn text_bytes(&self) -> usize {
        self.0.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 1 }).sum()
    }

    /// Whether it is only `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == [Piece::Any]
    }
}

// === impl Pattern ===

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(text)
            .case_insensitive(true)
            .size_limit(limits::QUERY_REGEX_BYTES_MAX)
            .dfa_size_limit(limits::QUERY_REGEX_BYTES_MAX)
            .build()?;
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
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Pattern {}

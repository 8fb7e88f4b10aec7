//! The keys that may hold a record's time, level or message, in the order in which they are asked.

use std::ops::Range;

use model::{Level, Timestamp};

use super::cursor::Token;

/// Keys from the record inwards. A candidate's parent stands before it.
pub(super) const CANDIDATES: [&[&str]; 19] = [
    &["dt"],
    &["timestamp"],
    &["@timestamp"],
    &["date"],
    &["@date"],
    &["time"],
    &["@time"],
    &["_fluent_date"],
    &["ts"],
    &["message"],
    &["msg"],
    &["log"],
    &["level"],
    &["severity"],
    &["lvl"],
    &["loglevel"],
    &["log.level"],
    &["log", "level"],
    &["severity_text"],
];
const TIMES: Range<usize> = 0..9;
const MESSAGES: Range<usize> = 9..12;
const LEVELS: Range<usize> = 12..19;
const LEVEL: usize = 12;
const SEVERITY: usize = 13;
/// Longer texts are no name of a level.
const LEVEL_BYTES_MAX: usize = 32;

/// The candidates of one record, until all of them are known.
pub(super) struct Pending {
    /// A bit for each place in `CANDIDATES`.
    present: u32,
    tokens: [Token; CANDIDATES.len()],
}

/// A record's level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Known(Level),
    /// In lower case.
    Other(String),
}

// === impl Pending ===

impl Pending {
    pub(super) fn new() -> Self {
        Self { present: 0, tokens: [Token::Null; CANDIDATES.len()] }
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.present = 0;
    }

    #[inline]
    pub(super) fn add(&mut self, place: usize, token: Token) {
        self.present |= 1 << place;
        self.tokens[place] = token;
    }

    /// Takes out one that won nothing.
    pub(super) fn pop(&mut self) -> Option<(usize, Token)> {
        let place = self.present.trailing_zeros() as usize;
        let token = *self.tokens.get(place)?;
        self.present &= !(1 << place);
        Some((place, token))
    }

    /// The first that reads as a time.
    pub(super) fn take_time(&mut self, text: &str, scratch: &mut Vec<u8>) -> Option<Timestamp> {
        self.take(TIMES, |_, token| time(token, text, scratch))
    }

    /// The first that is a string.
    pub(super) fn take_message(&mut self) -> Option<Token> {
        self.take(MESSAGES, |_, token| matches!(token, Token::Text(_)).then_some(token))
    }

    /// The first that names a level.
    pub(super) fn take_level(&mut self, text: &str, scratch: &mut Vec<u8>) -> Option<Named> {
        // Clients that send both number `severity` in ways of their own.
        let has_level = self.present & 1 << LEVEL != 0 && matches!(self.tokens[LEVEL], Token::Text(_) | Token::Int(_));
        self.take(LEVELS, |place, token| match (token, place) {
            (Token::Text(string), _) => Named::from_text(string.unescaped(text, scratch)),
            (Token::Int(number), LEVEL) => Level::from_number(number).map(Named::Known),
            (Token::Int(number @ 0..=7), SEVERITY) if !has_level => Level::from_number(number).map(Named::Known),
            (Token::Int(_) | Token::Null | Token::Float(_) | Token::Bool(_) | Token::Json(_), _) => None,
        })
    }

    #[inline]
    fn take<T>(&mut self, places: Range<usize>, mut read: impl FnMut(usize, Token) -> Option<T>) -> Option<T> {
        let among = (1 << places.end) - (1 << places.start);
        let mut left = self.present & among;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            if let Some(value) = read(place, self.tokens[place]) {
                self.present &= !(1 << place);
                return Some(value);
            }
            left &= left - 1;
        }
        None
    }
}

fn time(token: Token, text: &str, scratch: &mut Vec<u8>) -> Option<Timestamp> {
    match token {
        Token::Text(string) => Timestamp::parse(string.unescaped(text, scratch)).ok(),
        Token::Int(number) => Timestamp::from_epoch_number(number),
        Token::Float(number) => Timestamp::from_epoch_float(number),
        // A decimal of more digits than a float keeps; JSON of other kinds does not parse.
        Token::Json(raw) => raw.span().of(text).parse().ok().and_then(Timestamp::from_epoch_float),
        Token::Null | Token::Bool(_) => None,
    }
}

// === impl Named ===

impl Named {
    fn from_text(text: &str) -> Option<Self> {
        match Level::from_name(text) {
            Some(level) => Some(Self::Known(level)),
            None => (1..=LEVEL_BYTES_MAX).contains(&text.len()).then(|| Self::Other(text.to_lowercase())),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Known(level) => level.as_str(),
            Self::Other(name) => name,
        }
    }
}

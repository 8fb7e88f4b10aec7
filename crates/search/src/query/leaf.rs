//! Conditions on the message or one field, checked against what they are about: levels, times, text.

use std::cmp::Ordering;
use std::ops::Range;

use model::{Level, Timestamp};

use super::error::QueryError;
use super::expr::{Bound, Expr, FieldTest, Glob, MessageTest, Pattern};
use super::parser::Parsed;
use super::{Number, is_unmistakable, parse_span};

/// What may stand in a field's name without quotes.
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '#' | '$' | '_' | '-' | '@' | '.') || (!c.is_ascii() && c.is_alphanumeric())
}

/// `dt` is another name of the timestamp.
pub(super) fn canonical_name(name: &str) -> &str {
    if name == "dt" { "timestamp" } else { name }
}

/// The level that a query names, by name or number.
pub(crate) fn level(text: &str) -> Option<Level> {
    Level::from_name(text).or_else(|| text.parse().ok().and_then(Level::from_number))
}

pub(super) fn message(glob: Glob, span: Range<usize>) -> Parsed {
    if glob.is_any() {
        return Ok(Expr::All);
    }
    if glob.as_literal() == Some("") {
        return Err(QueryError::new(span, "empty_text", "nothing to search for between the quotes"));
    }
    Ok(Expr::Message(MessageTest::Contains(glob)))
}

pub(super) fn field(name: &str, test: FieldTest, span: Range<usize>) -> Parsed {
    let name = canonical_name(name);
    match (name, test) {
        (_, FieldTest::Equals(glob)) if glob.is_any() => Ok(Expr::Has(name.to_owned())),
        ("message", FieldTest::Equals(glob)) => message(glob, span),
        ("message", FieldTest::Matches(pattern)) => Ok(Expr::Message(MessageTest::Matches(pattern))),
        ("message", FieldTest::Range(..)) => {
            Err(QueryError::new(span, "no_order", "messages have no order").hint("search for words or a pattern in them"))
        }
        ("timestamp", FieldTest::Equals(glob)) => match glob.as_literal() {
            Some(text) if is_time(text) => Ok(Expr::Field(name.to_owned(), FieldTest::Equals(glob))),
            Some(_) | None => Err(bad_time(span)),
        },
        ("timestamp", FieldTest::Matches(_)) => Err(bad_time(span)),
        (_, test) => Ok(Expr::Field(name.to_owned(), test)),
    }
}

pub(super) fn range(name: &str, lower: Bound, upper: Bound, span: Range<usize>) -> Parsed {
    let name = canonical_name(name);
    if lower == Bound::Open && upper == Bound::Open {
        return Ok(Expr::Has(name.to_owned()));
    }
    for text in [lower.text(), upper.text()].into_iter().flatten() {
        match name {
            "level" if level(text).is_none() => {
                let names: Vec<_> = Level::ALL.iter().map(|level| level.as_str()).collect();
                return Err(QueryError::new(span, "unknown_level", format!("{text:?} is no level"))
                    .hint(format!("the levels, in order: {}", names.join(", "))));
            }
            "timestamp" if !is_time(text) => return Err(bad_time(span)),
            _ => {}
        }
    }
    if is_backwards(name, &lower, &upper) {
        return Err(
            QueryError::new(span, "bad_range", "the lower bound of this range is above the upper one").hint("swap the bounds")
        );
    }
    field(name, FieldTest::Range(lower, upper), span)
}

/// Reads `5..10`, `5..` and `..10`: only numbers, times and levels, for a text may well hold two dots.
pub(super) fn dotted_range(name: &str, text: &str) -> Option<(Bound, Bound)> {
    let (lower, upper) = text.split_once("..")?;
    let is_bound = |text: &str| match canonical_name(name) {
        "timestamp" => is_time(text),
        "level" => level(text).is_some(),
        _ => Number::parse(text).is_some() || is_unmistakable(text),
    };
    let bound = |text: &str| match text {
        "" => Some(Bound::Open),
        text if is_bound(text) => Some(Bound::Inclusive(text.to_owned())),
        _ => None,
    };
    if lower.is_empty() && upper.is_empty() { None } else { Some((bound(lower)?, bound(upper)?)) }
}

fn is_time(text: &str) -> bool {
    parse_span(text, Timestamp::default()).is_ok()
}

fn bad_time(span: Range<usize>) -> QueryError {
    QueryError::new(span, "bad_time", "not a time")
        .hint("write one such as 2026-01-31T12:00:00Z, 2026-01-31 or now-15m, in quotes if it holds spaces")
}

/// Whether both bounds are comparable and in the wrong order. Text is not judged: its order is the data's business.
fn is_backwards(name: &str, lower: &Bound, upper: &Bound) -> bool {
    let (Some(lower), Some(upper)) = (lower.text(), upper.text()) else {
        return false;
    };
    match name {
        "level" => level(lower) > level(upper),
        "timestamp" => times_are_backwards(lower, upper),
        _ => match (Number::parse(lower), Number::parse(upper)) {
            (Some(lower), Some(upper)) => lower.as_f64().partial_cmp(&upper.as_f64()) == Some(Ordering::Greater),
            _ if is_unmistakable(lower) && is_unmistakable(upper) => times_are_backwards(lower, upper),
            _ => false,
        },
    }
}

/// Only two absolute times or two relative ones can be told apart before the query runs.
fn times_are_backwards(lower: &str, upper: &str) -> bool {
    let at = |text: &str, now| parse_span(text, now).map(|span| span.from);
    let is_backwards = |now| matches!((at(lower, now), at(upper, now)), (Ok(lower), Ok(upper)) if lower > upper);
    is_backwards(Timestamp::from_nanos(i64::MIN / 2)) && is_backwards(Timestamp::from_nanos(i64::MAX / 2))
}

/// Compiles a pattern that stands at `span`; an error points into it.
pub(super) fn pattern(text: &str, span: Range<usize>) -> Parsed<Pattern> {
    if let Err(error) = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(text) {
        let (place, message) = match &error {
            regex_syntax::Error::Parse(error) => (error.span(), error.kind().to_string()),
            regex_syntax::Error::Translate(error) => (error.span(), error.kind().to_string()),
            error => return Err(QueryError::new(span, "bad_regex", error.to_string())),
        };
        let place = span.start + place.start.offset..span.start + place.end.offset;
        return Err(QueryError::new(place, "bad_regex", format!("bad pattern: {message}"))
            .hint("quote text that stands between slashes for another reason"));
    }
    Pattern::new(text).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            QueryError::new(span, "regex_too_large", "this pattern becomes too large").hint("use smaller repetitions")
        }
        error => QueryError::new(span, "bad_regex", error.to_string()),
    })
}

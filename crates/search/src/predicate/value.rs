//! One field's test over values of every type: numbers, truth values, text, and the values inside JSON.

use model::{TimeRange, Timestamp};
use serde_json::value::RawValue;

use super::text::{TextMatcher, fold_into};
use crate::query::{Bound, FieldTest, Glob, Number, Pattern, is_unmistakable, parse_span};

/// A field's test, made ready for each type that the field may have.
#[derive(Debug, Clone)]
pub(super) struct ValueTest {
    pub(super) numbers: NumberTest,
    /// The truth value that passes.
    pub(super) flag: Option<bool>,
    pub(super) text: TextTest,
}

/// What a number must be.
#[derive(Debug, Clone)]
pub(super) enum NumberTest {
    Never,
    Within(Interval),
    /// The number's text passes the text test: wildcards and patterns ask for digits.
    AsText,
}

/// What a text must be.
#[derive(Debug, Clone)]
pub(super) enum TextTest {
    Like(TextMatcher),
    Matches(Pattern),
    /// Reads as a number in the interval.
    Number(Interval),
    /// Reads as a time in the range.
    Time(TimeRange),
    /// Sorts between two folded bounds.
    Between(Bound, Bound),
}

/// Numbers between two bounds, ready for integers and for floats.
#[derive(Debug, Clone)]
pub(super) struct Interval {
    /// Both included; empty where the first is greater.
    pub(super) ints: (i64, i64),
    lower: (f64, Closed),
    upper: (f64, Closed),
}

/// Whether a bound belongs to its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Yes,
    No,
}

/// Space that testing a value reuses.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) folded: String,
    number: Vec<u8>,
}

const NO_INTS: (i64, i64) = (1, 0);
/// 2^63, the first float above every `i64`.
const ABOVE_INTS: f64 = 9_223_372_036_854_775_808.0;

/// The times that a pair of bounds holds, each bound standing for all that it leaves unsaid.
pub(super) fn time_range(lower: &Bound, upper: &Bound, now: Timestamp) -> Option<TimeRange> {
    let span = |text: &str| parse_span(text, now).ok();
    let from = match lower {
        Bound::Open => Timestamp::MIN,
        Bound::Inclusive(text) => span(text)?.from,
        Bound::Exclusive(text) => span(text)?.to,
    };
    let to = match upper {
        Bound::Open => Timestamp::MAX,
        Bound::Inclusive(text) => span(text)?.to,
        Bound::Exclusive(text) => span(text)?.from,
    };
    Some(TimeRange { from, to })
}

// === impl ValueTest ===

impl ValueTest {
    pub(super) fn compile(test: &FieldTest, now: Timestamp) -> Self {
        match test {
            FieldTest::Equals(glob) => Self::equals(glob),
            FieldTest::Matches(pattern) => {
                Self { numbers: NumberTest::AsText, flag: None, text: TextTest::Matches(pattern.clone()) }
            }
            FieldTest::Range(lower, upper) => Self::range(lower, upper, now),
        }
    }

    fn equals(glob: &Glob) -> Self {
        let text = TextTest::Like(TextMatcher::whole(glob));
        let Some(literal) = glob.as_literal() else {
            return Self { numbers: NumberTest::AsText, flag: None, text };
        };
        let numbers = match Number::parse(literal) {
            Some(number) => NumberTest::Within(Interval::new(Some((number, Closed::Yes)), Some((number, Closed::Yes)))),
            None => NumberTest::Never,
        };
        let flag = [true, false].into_iter().find(|flag| literal.eq_ignore_ascii_case(if *flag { "true" } else { "false" }));
        Self { numbers, flag, text }
    }

    fn range(lower: &Bound, upper: &Bound, now: Timestamp) -> Self {
        let texts = || [lower.text(), upper.text()].into_iter().flatten();
        if texts().all(|text| Number::parse(text).is_some()) {
            let number = |bound: &Bound| match bound {
                Bound::Open => None,
                Bound::Inclusive(text) => Number::parse(text).map(|number| (number, Closed::Yes)),
                Bound::Exclusive(text) => Number::parse(text).map(|number| (number, Closed::No)),
            };
            let interval = Interval::new(number(lower), number(upper));
            return Self { numbers: NumberTest::Within(interval.clone()), flag: None, text: TextTest::Number(interval) };
        }
        if texts().all(is_unmistakable)
            && let Some(times) = time_range(lower, upper, now)
        {
            return Self { numbers: NumberTest::Never, flag: None, text: TextTest::Time(times) };
        }
        let fold = |bound: &Bound| {
            let folded = |text: &str| {
                let mut out = String::new();
                fold_into(text, &mut out);
                out
            };
            match bound {
                Bound::Open => Bound::Open,
                Bound::Inclusive(text) => Bound::Inclusive(folded(text)),
                Bound::Exclusive(text) => Bound::Exclusive(folded(text)),
            }
        };
        Self { numbers: NumberTest::Never, flag: None, text: TextTest::Between(fold(lower), fold(upper)) }
    }

    pub(super) fn int(&self, int: i64, scratch: &mut Scratch) -> bool {
        match &self.numbers {
            NumberTest::Never => false,
            NumberTest::Within(interval) => interval.holds_int(int),
            NumberTest::AsText => self.number_text(&int, scratch),
        }
    }

    pub(super) fn float(&self, float: f64, scratch: &mut Scratch) -> bool {
        match &self.numbers {
            NumberTest::Never => false,
            NumberTest::Within(interval) => interval.holds_float(float),
            NumberTest::AsText => self.number_text(&float, scratch),
        }
    }

    /// Tests a number as it is shown in an answer.
    fn number_text(&self, number: &impl serde::Serialize, scratch: &mut Scratch) -> bool {
        let mut bytes = std::mem::take(&mut scratch.number);
        bytes.clear();
        let written = serde_json::to_writer(&mut bytes, number);
        let matches = written.is_ok() && std::str::from_utf8(&bytes).is_ok_and(|text| self.text.matches(text, scratch));
        scratch.number = bytes;
        matches
    }

    pub(super) fn flag(&self, flag: bool, scratch: &mut Scratch) -> bool {
        match self.numbers {
            NumberTest::AsText => self.text.matches(if flag { "true" } else { "false" }, scratch),
            NumberTest::Never | NumberTest::Within(_) => self.flag == Some(flag),
        }
    }

    /// Tests a value by its JSON text: an array passes if one of its values does, an object by the text itself.
    pub(super) fn json(&self, raw: &str, scratch: &mut Scratch) -> bool {
        match raw.bytes().next() {
            None | Some(b'n') => false,
            Some(b't') => self.flag(true, scratch),
            Some(b'f') => self.flag(false, scratch),
            Some(b'"') => match serde_json::from_str(raw) {
                Ok(text) => self.text.matches(text, scratch),
                // A string with escapes cannot be borrowed.
                Err(_) => serde_json::from_str::<String>(raw).is_ok_and(|text| self.text.matches(&text, scratch)),
            },
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw) {
                Ok(values) if values.is_empty() => self.text.matches("[]", scratch),
                Ok(values) => values.iter().any(|value| self.json(value.get(), scratch)),
                Err(_) => false,
            },
            Some(b'{') => {
                let is_empty = raw[1..].trim_start().starts_with('}');
                self.text.matches(if is_empty { "{}" } else { raw }, scratch)
            }
            Some(_) => self.json_number(raw, scratch),
        }
    }

    fn json_number(&self, raw: &str, scratch: &mut Scratch) -> bool {
        match (raw.parse(), &self.numbers) {
            (Ok(int), _) => self.int(int, scratch),
            (Err(_), NumberTest::Within(interval)) => raw.parse().is_ok_and(|float| interval.holds_float(float)),
            // What neither integer nor float holds passes as it was sent.
            (Err(_), NumberTest::AsText | NumberTest::Never) => match self.text {
                TextTest::Like(_) | TextTest::Matches(_) => self.text.matches(raw, scratch),
                TextTest::Number(_) | TextTest::Time(_) | TextTest::Between(..) => false,
            },
        }
    }
}

// === impl TextTest ===

impl TextTest {
    pub(super) fn matches(&self, text: &str, scratch: &mut Scratch) -> bool {
        match self {
            Self::Like(matcher) => matcher.matches(text, &mut scratch.folded),
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Number(interval) => match Number::parse(text) {
                Some(Number::Int(int)) => interval.holds_int(int),
                Some(Number::Float(float)) => interval.holds_float(float),
                None => false,
            },
            Self::Time(times) => {
                let read = Timestamp::parse_prefix(text.as_bytes());
                read.is_some_and(|(at, length)| length == text.len() && times.contains(at))
            }
            Self::Between(lower, upper) => {
                fold_into(text, &mut scratch.folded);
                let text = &*scratch.folded;
                let above = match lower {
                    Bound::Open => true,
                    Bound::Inclusive(bound) => text >= &**bound,
                    Bound::Exclusive(bound) => text > &**bound,
                };
                above
                    && match upper {
                        Bound::Open => true,
                        Bound::Inclusive(bound) => text <= &**bound,
                        Bound::Exclusive(bound) => text < &**bound,
                    }
            }
        }
    }
}

// === impl Interval ===

impl Interval {
    fn new(lower: Option<(Number, Closed)>, upper: Option<(Number, Closed)>) -> Self {
        let float = |bound: Option<(Number, Closed)>, open: f64| {
            bound.map_or((open, Closed::Yes), |(number, closed)| (number.as_f64(), closed))
        };
        let first = match lower {
            None => Some(i64::MIN),
            Some((Number::Int(int), Closed::Yes)) => Some(int),
            Some((Number::Int(int), Closed::No)) => int.checked_add(1),
            Some((Number::Float(float), Closed::Yes)) => int_at_or_above(float.ceil()),
            Some((Number::Float(float), Closed::No)) => int_at_or_above(float.floor() + 1.0),
        };
        let last = match upper {
            None => Some(i64::MAX),
            Some((Number::Int(int), Closed::Yes)) => Some(int),
            Some((Number::Int(int), Closed::No)) => int.checked_sub(1),
            Some((Number::Float(float), Closed::Yes)) => int_at_or_below(float.floor()),
            Some((Number::Float(float), Closed::No)) => int_at_or_below(float.ceil() - 1.0),
        };
        let ints = first.zip(last).unwrap_or(NO_INTS);
        Self { ints, lower: float(lower, f64::NEG_INFINITY), upper: float(upper, f64::INFINITY) }
    }

    pub(super) fn holds_int(&self, int: i64) -> bool {
        self.ints.0 <= int && int <= self.ints.1
    }

    pub(super) fn holds_float(&self, float: f64) -> bool {
        let above = float > self.lower.0 || (self.lower.1 == Closed::Yes && float == self.lower.0);
        above && (float < self.upper.0 || (self.upper.1 == Closed::Yes && float == self.upper.0))
    }
}

/// `float` is whole.
fn int_at_or_above(float: f64) -> Option<i64> {
    (float < ABOVE_INTS).then_some(float as i64)
}

/// `float` is whole.
fn int_at_or_below(float: f64) -> Option<i64> {
    (float >= -ABOVE_INTS).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Expr, Query};

    fn check(query: &str, value: &str, expected: bool) {
        let Expr::Field(_, test) = Query::parse(&format!("f:{query}")).unwrap().expr().clone() else {
            panic!("{query}");
        };
        let test = ValueTest::compile(&test, Timestamp::parse("2026-11-22").unwrap());
        assert_eq!(test.json(value, &mut Scratch::default()), expected, "{query} on {value}");
    }

    #[test]
    fn a_number_is_met_in_every_form() {
        for value in ["500", "500.0", "\"500\"", "[700, 500]", "[\"500\"]"] {
            check("500", value, true);
            check(">=500", value, true);
            check(">499.5", value, true);
            check("[500 TO 600}", value, true);
            check("400..500", value, true);
            check("<500", value, false);
            check("{500 TO 600]", value, false);
        }
        check("500", "500.5", false);
        check("5*", "503", true);
        check("5*", "603", false);
        check("/^5\\d\\d$/", "503", true);
        check(">1e300", "9223372036854775807", false);
        check("<1e300", "9223372036854775807", true);
        check("<-1e300", "-9223372036854775808", false);
        check(">9223372036854775807", "9223372036854775807", false);
        check("18446744073709551616", "18446744073709551616", true);
        check(">1e19", "18446744073709551616", true);
        check("\"-5\"", "-5", true);
        check(">-5.5", "-5", true);
        check("1e400", "1e400", true);
        check(">5", "1e400", true);
        check("nan", "\"NaN\"", true);
        check(">5", "\"five\"", false);
        check(">5", "true", false);
    }

    #[test]
    fn text_compares_by_times_or_by_order() {
        check(">2026-01-31", "\"2026-01-31T12:00:00Z\"", false);
        check(">=2026-01-31", "\"2026-01-31T12:00:00Z\"", true);
        check("<=2026-01-31", "\"2026-01-31T12:00:00+00:00\"", true);
        check(">now-2d", "\"2026-11-21T12:00:00Z\"", true);
        check(">2026-01-31", "\"zebra\"", false);
        check("[a TO c]", "\"B\"", true);
        check(">b", "\"A\"", false);
        check(">b", "5", false);
    }

    #[test]
    fn truth_values_arrays_and_objects_pass_by_what_they_hold() {
        check("true", "true", true);
        check("TRUE", "\"true\"", true);
        check("false", "true", false);
        check("t*", "true", true);
        check("a", "[\"b\", 1e400, [\"A\"]]", true);
        check("\"a\\\\b\"", "[\"A\\\\b\"]", true);
        check("\"[]\"", "[]", true);
        check("\"{}\"", "{ }", true);
        check("*secret*", "[{\"k\":\"my secret\"}]", true);
        check("null", "null", false);
    }
}

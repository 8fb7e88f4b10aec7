//! The meaning of a query, read off one record at a time and as plainly as can be.

use model::{Level, Timestamp};
use serde_json::Value;

use crate::query::{Bound, Expr, FieldTest, Glob, MessageTest, Piece, parse_span};

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) timestamp: Timestamp,
    pub(super) sequence: u64,
    pub(super) level: Option<String>,
    pub(super) message: Option<String>,
    pub(super) fields: Value,
}

pub(super) fn matches(expr: &Expr, record: &Record, now: Timestamp) -> bool {
    match expr {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| matches(part, record, now)),
        Expr::Or(sides) => sides.iter().any(|side| matches(side, record, now)),
        Expr::Not(inner) => !matches(inner, record, now),
        Expr::Message(test) => record.message.as_ref().is_some_and(|message| match test {
            MessageTest::Contains(glob) => occurs(glob, message),
            MessageTest::Matches(pattern) => pattern.is_match(message),
        }),
        Expr::Has(name) => has(name, record),
        Expr::Missing(name) => !has(name, record),
        Expr::Field(name, test) if name == "timestamp" => time(test, record.timestamp, now),
        Expr::Field(name, test) if name == "level" => record.level.as_ref().is_some_and(|level| level_passes(test, level)),
        Expr::Field(name, test) => {
            let is_id = || match test {
                FieldTest::Equals(glob) => glob.as_literal().is_some_and(|text| {
                    let nanos = u64::from_str_radix(text.split('-').next().unwrap(), 16).map(|n| (n ^ (1 << 63)) as i64);
                    nanos == Ok(record.timestamp.nanos()) && text.ends_with(&format!("-{:x}", record.sequence))
                }),
                FieldTest::Range(..) | FieldTest::Matches(_) => false,
            };
            named(name, record).iter().any(|value| passes(test, value, now)) || (name == "id" && is_id())
        }
    }
}

// --- text ---

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    let folded = lower.next().unwrap();
    if lower.next().is_none() && folded.is_ascii() == c.is_ascii() { folded } else { c }
}

fn fits(pieces: &[Piece], text: &[char]) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Any, rest)) => (0..=text.len()).any(|skip| fits(rest, &text[skip..])),
        Some((Piece::One, rest)) => !text.is_empty() && fits(rest, &text[1..]),
        Some((Piece::Text(literal), rest)) => {
            let literal: Vec<char> = literal.chars().map(lower).collect();
            text.len() >= literal.len()
                && text.iter().zip(&literal).all(|(a, b)| lower(*a) == *b)
                && fits(rest, &text[literal.len()..])
        }
    }
}

fn equals(glob: &Glob, text: &str) -> bool {
    fits(glob.pieces(), &text.chars().collect::<Vec<_>>())
}

fn occurs(glob: &Glob, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let in_token = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || *c == '_')
    };
    let border = |at: usize| !(in_token(at.checked_sub(1)) && in_token(Some(at)));
    let firm = |piece: Option<&Piece>| matches!(piece, Some(Piece::Text(_)));
    (0..=text.len()).any(|start| {
        (start..=text.len()).any(|end| {
            (!firm(glob.pieces().first()) || border(start))
                && (!firm(glob.pieces().last()) || border(end))
                && fits(glob.pieces(), &text[start..end])
        })
    })
}

// --- fields ---

/// Every value by the dotted name of its place.
fn flatten<'a>(value: &'a Value, name: &str, out: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Null => {}
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                flatten(value, &if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, out);
            }
        }
        value => out.push((name.to_owned(), value)),
    }
}

fn is_named(name: &str, stored: &str) -> bool {
    let mut names = vec![name.to_owned()];
    match name {
        "service" => names.push("service.name".into()),
        "service.name" => names.push("service".into()),
        "host" => names.push("host.name".into()),
        "host.name" => names.push("host".into()),
        _ => {}
    }
    names.extend(name.strip_prefix("attributes.").map(str::to_owned));
    let prefixes = ["", "context.", "event.", "resource.", "attributes."];
    names.iter().any(|name| prefixes.iter().any(|prefix| format!("{prefix}{name}") == stored))
}

fn named<'a>(name: &str, record: &'a Record) -> Vec<&'a Value> {
    let mut all = Vec::new();
    flatten(&record.fields, "", &mut all);
    all.into_iter().filter(|(stored, _)| is_named(name, stored)).map(|(_, value)| value).collect()
}

fn has(name: &str, record: &Record) -> bool {
    match name {
        "timestamp" => true,
        "level" => record.level.is_some(),
        "message" => record.message.is_some(),
        name => {
            let mut all = Vec::new();
            flatten(&record.fields, "", &mut all);
            let outer = |stored: &str| stored.match_indices('.').any(|(at, _)| is_named(name, &stored[..at]));
            all.iter().any(|(stored, _)| is_named(name, stored) || outer(stored))
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['-', '+', '.']);
    if digits.starts_with(|c: char| c.is_ascii_digit()) { text.parse().ok().filter(|n: &f64| n.is_finite()) } else { None }
}

fn is_time(text: &str) -> bool {
    text.starts_with("now") || Timestamp::parse_prefix(text.as_bytes()).is_some_and(|(_, read)| read == text.len())
}

fn passes(test: &FieldTest, value: &Value, now: Timestamp) -> bool {
    let written = match value {
        Value::Null => return false,
        Value::Array(values) if !values.is_empty() => return values.iter().any(|value| passes(test, value, now)),
        Value::Object(_) | Value::Array(_) | Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::String(text) => text.clone(),
    };
    let is_number = value.is_number();
    match test {
        FieldTest::Equals(glob) => {
            let same_number = || {
                let wanted = glob.as_literal().and_then(number);
                is_number && wanted.is_some() && wanted == value.as_f64()
            };
            // A number that is written with a fraction equals one that is not; their texts differ.
            same_number() || ((!is_number || glob.as_literal().is_none()) && equals(glob, &written))
        }
        FieldTest::Matches(pattern) => pattern.is_match(&written),
        FieldTest::Range(lower, upper) => range(lower, upper, value, now),
    }
}

fn range(lower_bound: &Bound, upper_bound: &Bound, value: &Value, now: Timestamp) -> bool {
    let bounds: Vec<&str> = [lower_bound.text(), upper_bound.text()].into_iter().flatten().collect();
    if bounds.iter().all(|text| number(text).is_some()) {
        let number_of_value = match value {
            Value::String(text) => number(text),
            value => value.as_f64(),
        };
        return number_of_value
            .is_some_and(|n| within(lower_bound, upper_bound, |text| n.partial_cmp(&number(text).unwrap()).unwrap()));
    }
    let text = match value {
        Value::String(text) => text.clone(),
        // What stands inside JSON without being a value of its own is compared as its text.
        Value::Array(_) | Value::Object(_) => value.to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return false,
    };
    if bounds.iter().all(|text| is_time(text)) {
        if !is_time(&text) {
            return false;
        }
        let test = FieldTest::Range(lower_bound.clone(), upper_bound.clone());
        return time(&test, Timestamp::parse(&text).unwrap(), now);
    }
    let folded: String = text.chars().map(lower).collect();
    within(lower_bound, upper_bound, |bound| folded.cmp(&bound.chars().map(lower).collect::<String>()))
}

/// `compare` compares the value with a bound.
fn within(lower: &Bound, upper: &Bound, compare: impl Fn(&str) -> std::cmp::Ordering) -> bool {
    let above = match lower {
        Bound::Open => true,
        Bound::Inclusive(text) => compare(text).is_ge(),
        Bound::Exclusive(text) => compare(text).is_gt(),
    };
    above
        && match upper {
            Bound::Open => true,
            Bound::Inclusive(text) => compare(text).is_le(),
            Bound::Exclusive(text) => compare(text).is_lt(),
        }
}

// --- time and level ---

fn time(test: &FieldTest, at: Timestamp, now: Timestamp) -> bool {
    let span = |text: &str| parse_span(text, now).unwrap();
    match test {
        FieldTest::Equals(glob) => span(glob.as_literal().unwrap()).contains(at),
        FieldTest::Matches(_) => false,
        FieldTest::Range(lower, upper) => {
            let above = match lower {
                Bound::Open => true,
                Bound::Inclusive(text) => at >= span(text).from,
                Bound::Exclusive(text) => at >= span(text).to,
            };
            above
                && match upper {
                    Bound::Open => true,
                    Bound::Inclusive(text) => at < span(text).to,
                    Bound::Exclusive(text) => at < span(text).from,
                }
        }
    }
}

fn level_passes(test: &FieldTest, level: &str) -> bool {
    match test {
        FieldTest::Equals(glob) => match glob.as_literal().and_then(Level::from_name) {
            Some(wanted) => level == wanted.as_str(),
            None => equals(glob, level),
        },
        FieldTest::Matches(pattern) => pattern.is_match(level),
        FieldTest::Range(lower, upper) => {
            Level::from_name(level).is_some_and(|level| within(lower, upper, |text| level.cmp(&Level::from_name(text).unwrap())))
        }
    }
}

//! logfmt: `level=info msg="two words" took=12ms`.

use std::borrow::Cow;

use model::limits;

use super::{Format, Found, Value};

const PAIRS_MIN: usize = 2;

/// A line that is pairs and nothing else, each of another key.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    Some(Found { fields: fields(line, PAIRS_MIN)?, ..Found::new(Format::Logfmt) })
}

/// The same, of at least so many pairs.
pub(super) fn fields(text: &str, least: usize) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    let pairs = all_pairs(text).filter(|pairs| pairs.len() >= least)?;
    Some(pairs.into_iter().map(|(key, text)| (key.into(), value(text))).collect())
}

/// The pairs of `"text" key=value`, of which one is enough.
pub(super) fn behind_quoted(text: &str) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    let (_, rest) = unquote(text.strip_prefix('"')?)?;
    fields(rest.strip_prefix(' ')?, 1)
}

pub(super) fn value(text: Cow<'_, str>) -> Value<'_> {
    match text {
        Cow::Borrowed(text) if is_json_scalar(text) => Value::Raw(text.into()),
        text => Value::Text(text),
    }
}

pub(super) fn pairs(line: &str) -> Option<Vec<(&str, Cow<'_, str>)>> {
    all_pairs(line).filter(|pairs| pairs.len() >= PAIRS_MIN)
}

fn all_pairs(line: &str) -> Option<Vec<(&str, Cow<'_, str>)>> {
    let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (key, value, after) = pair(rest)?;
        if pairs.len() == limits::RECOGNISED_FIELDS_MAX || pairs.iter().any(|(known, _)| *known == key) {
            return None;
        }
        pairs.push((key, value));
        rest = after.trim_start();
    }
    Some(pairs)
}

/// The pair at the start of `text`, and what follows.
fn pair(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let (key, rest) = text.split_at(text.find(['=', ' '])?);
    if !is_key(key) {
        return None;
    }
    let rest = rest.strip_prefix('=')?;
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, rest) = rest.split_at(rest.find([' ', '\t']).unwrap_or(rest.len()));
        return (!value.contains('"')).then_some((key, value.into(), rest));
    };
    let (value, rest) = unquote(quoted)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some((key, value.into(), rest))
}

pub(super) fn is_key(text: &str) -> bool {
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/@#$".contains(&byte);
    text.bytes().all(of_key) && text.starts_with(|c: char| c.is_ascii_alphabetic() || "_@".contains(c))
}

/// The text up to the closing quote with its escapes undone, and what follows the quote.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                c @ ('"' | '\\') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

/// Numbers that print as they were written, and booleans; `007` and `1e5` stay text.
pub(crate) fn is_json_scalar(text: &str) -> bool {
    if matches!(text, "true" | "false") {
        return true;
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0')) && text != "-0"
}

//! logfmt: `level=info msg="two words" took=12ms`.

use super::Taken;
use crate::json;

const PAIRS_MIN: usize = 2;
/// Beyond, the line is taken for something else.
const PAIRS_MAX: usize = 256;

/// Writes the pairs into an object that is open. `None`, and nothing written, unless the line starts with two pairs.
///
/// Text after the pairs makes the whole line the message; so does the lack of a message among the pairs.
pub(super) fn write(line: &str, out: &mut Vec<u8>) -> Option<Taken> {
    let (start, mut rest) = (out.len(), line.trim());
    let mut keys: Vec<&str> = Vec::new();
    let mut taken = Taken::default();
    while let Some((key, value, after)) = pair(rest) {
        if keys.len() == PAIRS_MAX || keys.contains(&key) {
            out.truncate(start);
            return None;
        }
        keys.push(key);
        taken.note(key);
        json::key(out, key.as_bytes());
        match value {
            Value::Bare(text) if is_json_scalar(text) => out.extend_from_slice(text.as_bytes()),
            Value::Bare(text) => json::string(out, text),
            Value::Quoted(text) => json::string(out, &text),
        }
        rest = after.trim_start();
    }
    let all_pairs = rest.is_empty();
    if keys.len() < PAIRS_MIN || (!all_pairs && keys.contains(&"message")) {
        out.truncate(start);
        return None;
    }
    if !all_pairs || !taken.message {
        json::key(out, b"message");
        json::string(out, line);
        taken.message = true;
    }
    Some(taken)
}

enum Value<'a> {
    Bare(&'a str),
    Quoted(String),
}

/// The pair at the start of `text`, and what follows.
fn pair(text: &str) -> Option<(&str, Value<'_>, &str)> {
    let (key, rest) = text.split_at(text.find('=')?);
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/@#$".contains(&byte);
    if !key.bytes().all(is_key) || !key.starts_with(|c: char| c.is_ascii_alphabetic() || "_@".contains(c)) {
        return None;
    }
    let rest = &rest[1..];
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, rest) = rest.split_at(rest.find([' ', '\t']).unwrap_or(rest.len()));
        return (!value.contains('"')).then_some((key, Value::Bare(value), rest));
    };
    let (value, rest) = unquote(quoted)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some((key, Value::Quoted(value), rest))
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
fn is_json_scalar(text: &str) -> bool {
    if matches!(text, "true" | "false") {
        return true;
    }
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0')) && text != "-0"
}

//! Loggers of Rust: tracing-subscriber and env_logger as they write when nobody chose a format.

use model::{Level, Timestamp};

use super::{Format, Found, logfmt, trailing};

/// `2026-01-31T12:00:00.123456Z  INFO shop::cart: text n=1`, with spans or without
pub(super) fn tracing(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    if !time.ends_with('Z') {
        return None;
    }
    let (level, rest) = level(rest.trim_start())?;
    let mut found = Found::new(Format::Rust).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    let (target, text) = match in_spans(rest) {
        Some((innermost, rest)) => {
            span(&mut found, innermost);
            rest.split_once(": ")?
        }
        None => rest.split_once(": ")?,
    };
    found.text("scope.name", target);
    found.fields.extend(trailing::pairs(text, 1).unwrap_or_default());
    is_target(target).then_some(found)
}

/// Of `outer{a=1}:inner{b=2}: ` the innermost span, and what follows. Without a brace nothing tells a span from a target.
fn in_spans(text: &str) -> Option<(&str, &str)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let (mut rest, mut braced) = (text, false);
    loop {
        let name = rest.bytes().take_while(is_name).count();
        let fields = rest[name..].starts_with('{').then(|| braces(&rest[name..])).flatten();
        braced |= fields.is_some();
        let end = name + fields.unwrap_or(0);
        let after = rest[end..].strip_prefix(':').filter(|_| name > 0)?;
        if let Some(after) = after.strip_prefix(' ') {
            return braced.then_some((&rest[..end], after));
        }
        rest = after;
    }
}

/// The length of what stands in braces at the start; braces in quotes are none.
fn braces(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// `inner{b=2}`
fn span<'a>(found: &mut Found<'a>, span: &'a str) {
    let (name, fields) = span.split_once('{').unwrap_or((span, ""));
    found.text("span.name", name);
    for (key, value) in logfmt::fields(fields.strip_suffix('}').unwrap_or(fields), 1).into_iter().flatten() {
        found.add(format!("span.{key}"), value);
    }
}

/// `[2026-01-31T12:00:00Z INFO  shop::cart] text`
pub(super) fn env_logger(line: &str) -> Option<Found<'_>> {
    let (head, text) = line.strip_prefix('[')?.split_once(']')?;
    let (time, rest) = head.split_once(' ')?;
    let (level, target) = level(rest.trim_start()).or_else(|| Some((level_of(rest)?, "")))?;
    let mut found = Found::new(Format::Rust).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    found.text("scope.name", target);
    ((target.is_empty() || is_target(target)) && (text.is_empty() || text.starts_with(' '))).then_some(found)
}

fn level(text: &str) -> Option<(Level, &str)> {
    let (word, rest) = text.split_once(' ')?;
    Some((level_of(word)?, rest.trim_start()))
}

fn level_of(word: &str) -> Option<Level> {
    matches!(word, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR").then(|| Level::from_name(word)).flatten()
}

/// The path of a module.
fn is_target(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    text.split("::").all(is_word)
}

//! Loggers of Rust: tracing-subscriber and env_logger as they write when nobody chose a format.

use model::{Level, Timestamp};

use super::{Format, Found};

/// `2026-01-31T12:00:00.123456Z  INFO shop::cart: text`
pub(super) fn tracing(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    if !time.ends_with('Z') {
        return None;
    }
    let (level, rest) = level(rest.trim_start())?;
    let (target, _text) = rest.split_once(": ")?;
    let mut found = Found::new(Format::Rust).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    found.text("scope.name", target);
    is_target(target).then_some(found)
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

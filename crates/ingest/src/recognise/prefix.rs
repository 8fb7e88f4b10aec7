//! The date and level that a line may start with, whatever follows.

use model::{Level, Timestamp};

use super::{Format, Found, logfmt, object};

/// `2026-01-31T12:00`: a date alone is as likely part of a sentence.
const DATE_TIME_BYTES: usize = 16;
/// `12:00:00.123`
const TIME_BYTES: usize = 12;

#[derive(Clone, Copy)]
enum Decoration {
    /// In brackets, or followed by a hyphen or a colon.
    Some,
    None,
}

/// What stands first on a logger's line.
#[derive(Clone, Copy)]
pub(super) enum Clock {
    Time(Timestamp),
    /// The time of an unknown day.
    Day,
}

/// A date, a level or both; what follows may be a JSON object or pairs.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (time, after_date) = match date(line) {
        Some((timestamp, rest)) => (Some(timestamp), rest),
        None => (None, line),
    };
    let (level, rest) = match level(after_date) {
        // A word in lower case that stands free starts a sentence, unless a date comes before it.
        Some((level, rest, word, decoration))
            if time.is_some() || matches!(decoration, Decoration::Some) || word.bytes().all(|byte| byte.is_ascii_uppercase()) =>
        {
            (Some(level), rest)
        }
        _ => (None, after_date),
    };
    if time.is_none() && level.is_none() {
        return None;
    }
    let inside = if rest.starts_with('{') { object::line(rest) } else { logfmt::line(rest) };
    let found = inside.unwrap_or_else(|| Found::new(Format::Prefix));
    Some(Found { time, level, ..found })
}

/// The time before a space, of a day or of none, and what follows from the space on.
pub(super) fn clock(line: &str) -> Option<(Clock, &str)> {
    if let Some((timestamp, read)) = Timestamp::parse_prefix(line.as_bytes()).filter(|(_, read)| *read >= DATE_TIME_BYTES) {
        let rest = line.get(read..)?;
        return rest.starts_with(' ').then_some((Clock::Time(timestamp), rest));
    }
    let (time, rest) = line.split_at_checked(TIME_BYTES)?;
    let fits = time.bytes().enumerate().all(|(at, byte)| match at {
        2 | 5 => byte == b':',
        8 => byte == b'.' || byte == b',',
        _ => byte.is_ascii_digit(),
    });
    (fits && rest.starts_with(' ')).then_some((Clock::Day, rest))
}

fn date(line: &str) -> Option<(Timestamp, &str)> {
    let (bracketed, inner) = match line.strip_prefix('[') {
        Some(inner) => (true, inner),
        None => (false, line),
    };
    let (timestamp, read) = Timestamp::parse_prefix(inner.as_bytes()).filter(|(_, read)| *read >= DATE_TIME_BYTES)?;
    let rest = inner.get(read..)?;
    let rest = if bracketed { rest.strip_prefix(']')? } else { rest };
    after(rest).map(|(rest, _)| (timestamp, rest))
}

fn level(text: &str) -> Option<(Level, &str, &str, Decoration)> {
    let (close, inner) = match text.as_bytes().first()? {
        b'[' => (Some(']'), &text[1..]),
        b'(' => (Some(')'), &text[1..]),
        b'<' => (Some('>'), &text[1..]),
        _ => (None, text),
    };
    let length = inner.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = inner.split_at(length);
    let level = level_of_prefix(word)?;
    let (rest, bracketed) = match close {
        Some(close) => (rest.strip_prefix(close)?, true),
        None => (rest, false),
    };
    let (rest, separated) = after(rest)?;
    let decoration = if bracketed || separated { Decoration::Some } else { Decoration::None };
    Some((level, rest, word, decoration))
}

/// Fewer names than records may have in a field: `fine`, `log` and `panic` start too many lines that are none of it.
fn level_of_prefix(word: &str) -> Option<Level> {
    const NAMES: [&str; 15] = [
        "trace",
        "debug",
        "info",
        "information",
        "notice",
        "warn",
        "warning",
        "err",
        "error",
        "crit",
        "critical",
        "fatal",
        "alert",
        "emerg",
        "emergency",
    ];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(word)).then(|| Level::from_name(word)).flatten()
}

/// What follows a prefix, and whether a hyphen, colon or bar ended it; `None` if the prefix runs on into a word.
fn after(text: &str) -> Option<(&str, bool)> {
    if text.is_empty() {
        return Some((text, false));
    }
    let spaced = text.trim_start_matches([' ', '\t']);
    for mark in [':', '-', '|'] {
        if let Some(rest) = spaced.strip_prefix(mark)
            && (rest.is_empty() || rest.starts_with([' ', '\t', '[']))
        {
            return Some((rest.trim_start_matches([' ', '\t']), true));
        }
    }
    // `[date][level]` needs no space between.
    (spaced.len() < text.len() || text.starts_with('[')).then_some((spaced, false))
}

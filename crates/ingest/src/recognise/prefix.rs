//! The date and level that a line may start with, whatever follows.

use model::{Level, Timestamp};

use super::{Format, Found, logfmt, object, trailing};

/// `2026-01-31T12:00`: a date alone is as likely part of a sentence.
const DATE_TIME_BYTES: usize = 16;
/// `12:00:00`
const TIME_BYTES: usize = 8;
const NANOS_DIGITS: usize = 9;
/// What Go's log package puts between the parts of a date.
const GO_SLASH: usize = 4;

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
    /// Nanoseconds into a day that is not told.
    Day(i64),
}

/// A date, a level or both; what follows may be a JSON object or pairs.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (clock, after_date) = match date(line) {
        Some((clock, rest)) => (Some(clock), rest),
        None => (None, line),
    };
    let dated = matches!(clock, Some(Clock::Time(_)));
    let (level, rest, least) = match level(after_date) {
        // A word in lower case that stands free starts a sentence, unless a date comes before it.
        Some((level, rest, word, decoration))
            if dated || matches!(decoration, Decoration::Some) || word.bytes().all(|byte| byte.is_ascii_uppercase()) =>
        {
            // Loggers of Go are known for the pairs behind their text; in what others write, one may be anything.
            let of_go = short_level(word).is_some() || line.as_bytes().get(GO_SLASH) == Some(&b'/');
            (Some(level), rest, if of_go { 1 } else { 2 })
        }
        _ => (None, after_date, 2),
    };
    // A time of day alone is as likely part of a sentence.
    if !dated && level.is_none() {
        return None;
    }
    let inside = if rest.starts_with('{') { object::line(rest) } else { logfmt::line(rest) };
    let mut found = inside.unwrap_or_else(|| Found::new(Format::Prefix));
    found.level = level.or(found.level);
    if found.fields.is_empty() && level.is_some() && clock.is_some() {
        found.fields = trailing::pairs(rest, least).unwrap_or_default();
    }
    Some(match clock {
        Some(clock) => clock.of(found),
        None => found,
    })
}

/// The time before a space, of a day or of none, and what follows from the space on.
pub(super) fn clock(line: &str) -> Option<(Clock, &str)> {
    let (clock, rest) = any_clock(line)?;
    rest.starts_with(' ').then_some((clock, rest))
}

/// The time that a text is.
pub(super) fn whole_clock(text: &str) -> Option<Clock> {
    any_clock(text).filter(|(_, rest)| rest.is_empty()).map(|(clock, _)| clock)
}

fn any_clock(line: &str) -> Option<(Clock, &str)> {
    if let Some((timestamp, read)) = Timestamp::parse_prefix(line.as_bytes()).filter(|(_, read)| *read >= DATE_TIME_BYTES) {
        return Some((Clock::Time(timestamp), line.get(read..)?));
    }
    time_of_day(line)
}

/// `22:14:15`, with a fraction or without.
fn time_of_day(line: &str) -> Option<(Clock, &str)> {
    let (time, mut rest) = line.split_at_checked(TIME_BYTES)?;
    if time.as_bytes().get(2) != Some(&b':') || time.as_bytes().get(5) != Some(&b':') {
        return None;
    }
    let number =
        |from: usize| time.get(from..from + 2).filter(|two| two.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
    let (hour, minute, second) = (number(0)?, number(3)?, number(6)?);
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=NANOS_DIGITS).contains(&digits) {
            nanos = format!("{:0<9}", &fraction[..digits]).parse().ok()?;
            rest = &fraction[digits..];
        }
    }
    let seconds = hour * 3600 + minute * 60 + second;
    (hour < 24 && minute < 60 && second < 60).then_some((Clock::Day(seconds * 1_000_000_000 + nanos), rest))
}

fn date(line: &str) -> Option<(Clock, &str)> {
    let (bracketed, inner) = match line.strip_prefix('[') {
        Some(inner) => (true, inner),
        None => (false, line),
    };
    let (clock, rest) = any_clock(inner)?;
    let rest = if bracketed { rest.strip_prefix(']')? } else { rest };
    after(rest).map(|(rest, _)| (clock, rest))
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
    let named = NAMES.iter().any(|name| name.eq_ignore_ascii_case(word)) || word == "SEVERE";
    if named { Level::from_name(word) } else { short_level(word) }
}

/// As zerolog, Serilog and their kin cut it short.
pub(super) fn short_level(word: &str) -> Option<Level> {
    matches!(word, "TRC" | "VRB" | "DBG" | "INF" | "WRN" | "ERR" | "FTL" | "PNC").then(|| Level::from_name(word)).flatten()
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

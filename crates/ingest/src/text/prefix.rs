//! The date and level that a line may start with.

use model::{Level, Timestamp};

use super::Taken;
use crate::json;

/// `2026-01-31T12:00`: a date alone is as likely part of a sentence.
const DATE_TIME_BYTES: usize = 16;

pub(super) struct Prefix<'a> {
    timestamp: Option<Timestamp>,
    level: Option<Level>,
    /// What follows; the whole line where nothing would be left.
    pub(super) rest: &'a str,
}

#[derive(Clone, Copy)]
enum Decoration {
    /// In brackets, or followed by a hyphen or a colon.
    Some,
    None,
}

// === impl Prefix ===

impl<'a> Prefix<'a> {
    pub(super) fn parse(line: &'a str) -> Self {
        let (timestamp, after_date) = match date(line) {
            Some((timestamp, rest)) => (Some(timestamp), rest),
            None => (None, line),
        };
        let (level, rest) = match level(after_date) {
            // A word in lower case that stands free starts a sentence, unless a date comes before it.
            Some((level, rest, word, decoration))
                if timestamp.is_some()
                    || matches!(decoration, Decoration::Some)
                    || word.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                (Some(level), rest)
            }
            _ => (None, after_date),
        };
        Self { timestamp, level, rest: if rest.is_empty() { line } else { rest } }
    }

    pub(super) fn write(&self, taken: Taken, out: &mut Vec<u8>) {
        if let (Some(timestamp), false) = (self.timestamp, taken.time) {
            json::key(out, b"timestamp");
            json::timestamp(out, timestamp);
        }
        if let (Some(level), false) = (self.level, taken.level) {
            json::key(out, b"level");
            json::string(out, level.as_str());
        }
    }
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

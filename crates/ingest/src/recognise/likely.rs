//! Whether a message may be in a known format, from its first bytes: most bodies are done here, without reading their JSON.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Match, MatchKind};
use model::Level;

use crate::colours;

/// How a body names a message, what loggers name otherwise (`keys`), and what stands in stack traces, also behind the end of
/// a colour, or ends the time of a record of two lines (`jul`). None starts with the
/// four bytes that keys of most records start with: those are looked for first, and then the rest is compared.
const MARKS: [&str; 32] = [
    "message\"",
    "msg\"",
    "log\"",
    "\"@t\"",
    "\"@level\"",
    "\"@message\"",
    "\"Level\"",
    "\"LogLevel\"",
    "\"Message\"",
    "elname\"",
    "asctime\"",
    "eMillis\"",
    "epochSecond\"",
    "ort_message\"",
    "\"$date\"",
    "cktrace\"",
    "\"fields\":{\"",
    "\"event\"",
    "\"\\tat ",
    "\\n\\tat ",
    "m\\tat ",
    "   at ",
    "Traceback (most recent call last)",
    "goroutine ",
    "panicked at ",
    "Node.js v",
    "Stack trace:",
    "\\tfrom ",
    " AM ",
    " PM ",
    "\u{202f}AM ",
    "\u{202f}PM ",
];
const KEYS: usize = 3;
/// Much else is named so; only a text is a message.
const EVENT: usize = 17;
/// Where those start that tell of more than one line.
const TRACES: usize = 18;
/// Bytes of a message's start that are looked at.
const LOOK_BYTES: usize = 96;

/// Leftmost first, since only then the crate looks at many bytes at once.
static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(MARKS);
    built.expect("the marks are a short fixed list")
});

/// Where in a body records may say something in a known format.
pub(super) fn places(body: &[u8]) -> impl Iterator<Item = usize> {
    let likely = |mark: &Match| match mark.pattern().as_usize() {
        0..KEYS => value(&body[mark.end()..]).is_some_and(starts),
        EVENT => value(&body[mark.end()..]).is_some(),
        _ => true,
    };
    AUTOMATON.find_iter(body).filter(likely).map(|mark| mark.start())
}

/// Whether a stack trace, or another record of several lines, may be in it.
pub(crate) fn has_trace(body: &[u8]) -> bool {
    AUTOMATON.find_iter(body).any(|mark| mark.pattern().as_usize() >= TRACES)
}

/// What stands behind a key, if it is a string: its start as JSON has it.
fn value(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    Some(&rest[..rest.len().min(LOOK_BYTES)])
}

fn starts(text: &[u8]) -> bool {
    if colours::are_in_json(text) {
        let (bare, length) = colours::without_in_json::<LOOK_BYTES>(text);
        return starts_bare(&bare[..length]);
    }
    starts_bare(text)
}

fn starts_bare(text: &[u8]) -> bool {
    match text {
        [b'{' | b'<' | b'[', ..] => true,
        [b'0'..=b'9', ..] => dated(text) || accessed(text) || of_redis(text),
        [b'A'..=b'Z' | b'a'..=b'z', ..] => named(text),
        [b':', ..] => accessed(text),
        _ => false,
    }
}

/// `2026-`, `2026/`, `12:00:00`, `3:04PM` or `10:14AM`.
fn dated(text: &[u8]) -> bool {
    matches!(text, [_, b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-' | b'/', b'0'..=b'9', ..])
        || matches!(text, [_, b'0'..=b'9', b':', _, _, b':', ..])
        || matches!(text, [_, b':', _, _, b'A' | b'P', b'M', ..] | [_, _, b':', _, _, b'A' | b'P', b'M', ..])
}

/// `1234:M 31 Jan`
fn of_redis(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(text[digits..], [b':', b'M' | b'S' | b'C' | b'X', b' ', ..])
}

/// `client ident user [`
fn accessed(text: &[u8]) -> bool {
    memchr::memmem::find(text, b" [").is_some()
}

fn named(text: &[u8]) -> bool {
    let word = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-/@#".contains(byte)).count();
    let after = text.get(word..).unwrap_or_default();
    match &text[..word] {
        b"START" | b"END" | b"REPORT" => return after.starts_with(b" RequestId: "),
        b"Started" | b"Processing" | b"Completed" | b"PHP" => return true,
        b"Exception" => return after.starts_with(b" in thread "),
        b"Unhandled" => return after.starts_with(b" exception. "),
        b"D" | b"I" | b"W" | b"E" | b"F" | b"A" => return after.starts_with(b", ["),
        b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun" | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec" => return true,
        [b'I' | b'W' | b'E' | b'F', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => return true,
        _ => {}
    }
    // What Docker Compose puts before a line: `web-1  | `.
    if text[..word].last().is_some_and(u8::is_ascii_digit)
        && after.starts_with(b"  ")
        && after.trim_ascii_start().starts_with(b"| ")
    {
        return true;
    }
    let level = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| Level::from_name(word).is_some());
    after.starts_with(b"=") || level(&text[..word]) || accessed(text)
}

//! Python's logging module as it is mostly set up, and uvicorn.

use model::{Level, Timestamp};

use super::prefix::{self, Clock};
use super::{Format, Found, request, trailing};

/// `2026-01-31 12:00:00,123 - name - INFO - text`
pub(super) fn dated(line: &str) -> Option<Found<'_>> {
    let (clock, rest) = prefix::clock(line)?;
    let Clock::Time(timestamp) = clock else { return None };
    let Some(rest) = rest.strip_prefix(" - ") else { return module(line, timestamp, rest) };
    let (logger, rest) = rest.split_once(" - ")?;
    let (level, _text) = rest.split_once(" - ")?;
    let mut found = Found::new(Format::Python).at(timestamp).of_level(Some(level_of(level)?));
    found.text("scope.name", logger);
    is_logger(logger).then_some(found)
}

/// `2026-01-31 12:00:00,123 ERROR app.module text`, where that can be nothing but a module: the comma is Python's, and hosts
/// and files have names that end otherwise.
fn module<'a>(line: &str, timestamp: Timestamp, rest: &'a str) -> Option<Found<'a>> {
    const OTHERS: [&str; 24] = [
        "com", "net", "org", "io", "dev", "app", "eu", "de", "uk", "cloud", "local", "internal", "py", "txt", "json", "yaml",
        "yml", "toml", "conf", "cfg", "log", "sh", "js", "csv",
    ];
    const COMMA: usize = 19;
    const HYPHEN: usize = 4;
    let of_python = line.as_bytes().get(COMMA) == Some(&b',') && line.as_bytes().get(HYPHEN) == Some(&b'-');
    let (level, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let level = level_of(level).filter(|_| of_python)?;
    let (module, text) = rest.trim_start().split_once(' ')?;
    let module = module.strip_suffix(':').unwrap_or(module);
    let is_word = |word: &str| {
        let of_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && word.bytes().all(of_word)
    };
    let (_, last) = module.rsplit_once('.').filter(|_| module.split('.').all(is_word))?;
    let mut found = Found::new(Format::Python).at(timestamp).of_level(Some(level));
    found.text("scope.name", module);
    found.fields.extend(trailing::pairs(text, 2).unwrap_or_default());
    (!OTHERS.contains(&last)).then_some(found)
}

/// gunicorn's `[2026-01-31 12:00:00 +0000] [7] [INFO] text`
pub(super) fn gunicorn(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let (process, rest) = rest.split_once("] [")?;
    let (level, text) = rest.split_once(']')?;
    let mut found = Found::new(Format::Python).at(Timestamp::parse(time).ok()?).of_level(Some(level_of(level)?));
    found.number("process.pid", process.parse().ok()?);
    (text.is_empty() || text.starts_with(' ')).then_some(found)
}

/// `INFO:name:text`, and uvicorn's `INFO:     127.0.0.1:1234 - "GET / HTTP/1.1" 200 OK`
pub(super) fn leveled(line: &str) -> Option<Found<'_>> {
    let (level, rest) = line.split_once(':')?;
    let mut found = Found::new(Format::Python).of_level(Some(level_of(level)?));
    if rest.starts_with(' ') {
        return uvicorn(found, rest.trim_start());
    }
    let (logger, _text) = rest.split_once(':')?;
    found.text("scope.name", logger);
    is_logger(logger).then_some(found)
}

fn uvicorn<'a>(mut found: Found<'a>, rest: &'a str) -> Option<Found<'a>> {
    let (client, rest) = rest.split_once(" - \"")?;
    let (address, port) = client.rsplit_once(':')?;
    let (asked, rest) = request::quoted(rest)?;
    let status = request::status(rest.strip_prefix(' ')?.split(' ').next()?)?;
    found.text("client.address", address);
    found.number("client.port", u64::from(port.parse::<u16>().ok()?));
    request::line(&mut found, asked);
    found.number("http.response.status_code", status);
    Some(found)
}

fn level_of(word: &str) -> Option<Level> {
    matches!(word, "DEBUG" | "INFO" | "WARNING" | "WARN" | "ERROR" | "CRITICAL" | "FATAL")
        .then(|| Level::from_name(word))
        .flatten()
}

fn is_logger(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

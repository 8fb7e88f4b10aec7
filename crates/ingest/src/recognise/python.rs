//! Python's logging module as it is mostly set up, and uvicorn.

use model::{Level, Timestamp};

use super::prefix::{self, Clock};
use super::{Format, Found, request};

/// `2026-01-31 12:00:00,123 - name - INFO - text`
pub(super) fn dated(line: &str) -> Option<Found<'_>> {
    let (clock, rest) = prefix::clock(line)?;
    let Clock::Time(timestamp) = clock else { return None };
    let (logger, rest) = rest.strip_prefix(" - ")?.split_once(" - ")?;
    let (level, _text) = rest.split_once(" - ")?;
    let mut found = Found::new(Format::Python).at(timestamp).of_level(Some(level_of(level)?));
    found.text("scope.name", logger);
    is_logger(logger).then_some(found)
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

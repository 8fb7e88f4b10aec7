//! What loggers write for people to read, most without a date.
//!
//! | logger | line |
//! |---|---|
//! | Serilog | `[22:14:15 ERR] text` |
//! | NLog | `2026-11-27 22:14:15.1234\|ERROR\|Shop.Cart\|text` |
//! | pino-pretty | `[22:14:15.123] INFO (shop/7): text` |
//! | zerolog | `10:14PM INF text key=value` |
//! | Elixir's Logger | `22:14:15.123 request_id=F1 [info] text` |

use model::Level;

use super::logfmt;
use super::prefix::{self, Clock};
use super::{Format, Found, trailing};

/// Words of metadata before a level of Elixir.
const METADATA_MAX: usize = 32;

pub(super) fn serilog(line: &str) -> Option<Found<'_>> {
    let (head, text) = line.strip_prefix('[')?.split_once(']')?;
    let (clock, level) = prefix::clock(head)?;
    let is_level = |level: &&str| level.bytes().all(|byte| byte.is_ascii_alphabetic());
    let level = Some(level.trim_start()).filter(is_level).and_then(Level::from_name)?;
    (text.is_empty() || text.starts_with(' ')).then(|| clock.of(Found::new(Format::DotNet).of_level(Some(level))))
}

pub(super) fn nlog(line: &str) -> Option<Found<'_>> {
    let mut parts = line.splitn(4, '|');
    let (time, level, logger, _text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let level = Level::from_name(level).filter(|_| level.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    let mut found = prefix::whole_clock(time)?.of(Found::new(Format::DotNet).of_level(Some(level)));
    found.text("scope.name", logger);
    (!logger.contains(' ')).then_some(found)
}

pub(super) fn pino(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let (level, rest) = rest.split_once(" (")?;
    let (process, _text) = rest.split_once("):")?;
    let level = Level::from_name(level).filter(|_| level.bytes().all(|byte| byte.is_ascii_uppercase()))?;
    let mut found = prefix::whole_clock(time)?.of(Found::new(Format::Pino).of_level(Some(level)));
    let (process, host) = process.split_once(" on ").unwrap_or((process, ""));
    let (name, id) = process.rsplit_once('/').unwrap_or(("", process));
    found.number("process.pid", id.parse().ok()?);
    found.text("scope.name", name);
    found.text("host.name", host);
    Some(found)
}

/// The time has no seconds, so that of arrival is nearer.
pub(super) fn zerolog(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (hour, minute) = time.strip_suffix("AM").or_else(|| time.strip_suffix("PM"))?.split_once(':')?;
    let (level, text) = rest.split_at_checked(3)?;
    let level = prefix::short_level(level).filter(|_| text.is_empty() || text.starts_with(' '))?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let mut found = Found::new(Format::Zerolog).of_level(Some(level));
    found.fields.extend(trailing::pairs(text, 1).unwrap_or_default());
    ((1..=12).contains(&hour) && minute < 60).then_some(found)
}

/// With metadata between; without any it is a time and a level.
pub(super) fn elixir(line: &str) -> Option<Found<'_>> {
    let (clock, rest) = prefix::clock(line)?;
    let mut rest = rest.trim_start();
    let mut found = clock.of(Found::new(Format::Elixir));
    for _ in 0..METADATA_MAX {
        if let Some(level) = rest.strip_prefix('[') {
            let (level, text) = level.split_once(']')?;
            let level = Level::from_name(level).filter(|_| level.bytes().all(|byte| byte.is_ascii_lowercase()))?;
            let fits = !found.fields.is_empty() && (text.is_empty() || text.starts_with(' '));
            return fits.then(|| found.of_level(Some(level)));
        }
        let (pair, after) = rest.split_once(' ')?;
        let (key, value) = pair.split_once('=').filter(|(key, _)| logfmt::is_key(key))?;
        found.add(key, logfmt::value(value.into()));
        rest = after;
    }
    None
}

// === impl Clock ===

impl Clock {
    /// What was found, at this time.
    pub(super) fn of(self, found: Found<'_>) -> Found<'_> {
        match self {
            Self::Time(timestamp) => found.at(timestamp),
            Self::Day(nanos) => found.at_time_of_day(nanos),
        }
    }
}

//! Times as people write them: absolute, from now, or as a stretch before now.

use model::{TimeRange, Timestamp};

const NANOS: i64 = 1_000_000_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// A stretch of time beyond this is a mistake rather than a wish.
const SECONDS_MAX: i64 = 36_525 * DAY;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("not a time: expected one such as 2026-01-31T12:00:00Z, 2026-01-31, now-15m or yesterday")]
    Time,
    #[error("not a stretch of time: expected one such as 15m, 24h, 7d or 2 weeks")]
    Stretch,
}

/// Reads RFC 3339 and its relatives, seconds since 1970, `now`, `now-15m`, `-24h`, `15m ago`, `last 24 hours` (its start),
/// `today` and `yesterday` (their midnight, UTC).
pub fn parse_time(text: &str, now: Timestamp) -> Result<Timestamp, TimeError> {
    parse_span(text, now).map(|span| span.from)
}

/// Reads `24h`, `1h30m`, `24 hours`, `last 24 hours`, `last hour` as seconds.
pub fn parse_last(text: &str) -> Result<i64, TimeError> {
    let lower = text.trim().to_ascii_lowercase();
    let named = ["last ", "past "].iter().find_map(|word| lower.strip_prefix(word));
    match named {
        Some(rest) if rest.trim_start().starts_with(|c: char| c.is_ascii_alphabetic()) => {
            unit_seconds(rest.trim()).ok_or(TimeError::Stretch)
        }
        Some(rest) => stretch(rest),
        None => stretch(&lower),
    }
}

/// The times that `text` names: a date is its whole day, a time without seconds its minute, and so on.
pub(crate) fn parse_span(text: &str, now: Timestamp) -> Result<TimeRange, TimeError> {
    let text = text.trim();
    if let Ok(from) = Timestamp::parse(text) {
        return Ok(span_of(from, precision(text.as_bytes())));
    }
    let lower = text.to_ascii_lowercase();
    match &*lower {
        "today" => return Ok(span_of(now.day().start(), DAY * NANOS)),
        "yesterday" => return Ok(span_of(now.day().start().plus_seconds(-DAY), DAY * NANOS)),
        _ => {}
    }
    relative(&lower).map(|seconds| span_of(now.plus_seconds(seconds), 1)).ok_or(TimeError::Time)
}

/// Whether `text` names a time in a place where anything else could stand as well.
pub(crate) fn is_unmistakable(text: &str) -> bool {
    Timestamp::parse_prefix(text.as_bytes()).is_some_and(|(_, read)| read == text.len())
        || (text.starts_with("now") && relative(text).is_some())
}

fn span_of(from: Timestamp, nanos: i64) -> TimeRange {
    TimeRange { from, to: Timestamp::from_nanos(from.nanos().saturating_add(nanos)) }
}

/// Seconds from now, of a text in lower case.
fn relative(text: &str) -> Option<i64> {
    if text == "now" {
        return Some(0);
    }
    if let Some(rest) = text.strip_prefix("now") {
        let rest = rest.trim_start();
        return match rest.split_at_checked(1)? {
            ("-", rest) => stretch(rest).ok().map(|seconds| -seconds),
            ("+", rest) => stretch(rest).ok(),
            _ => None,
        };
    }
    if let Some(rest) = text.strip_prefix('-') {
        return stretch(rest).ok().map(|seconds| -seconds);
    }
    if let Some(rest) = text.strip_suffix("ago") {
        return stretch(rest).ok().map(|seconds| -seconds);
    }
    let named = text.starts_with("last ") || text.starts_with("past ");
    if named { parse_last(text).ok().map(|seconds| -seconds) } else { None }
}

/// How many nanoseconds an absolute time stands for, by the parts that it states.
fn precision(text: &[u8]) -> i64 {
    let dated = Timestamp::parse_prefix(text).is_some_and(|(_, read)| read == text.len());
    if !dated {
        return 1;
    }
    if text.get(13) != Some(&b':') {
        return DAY * NANOS;
    }
    if text.get(16) != Some(&b':') {
        return MINUTE * NANOS;
    }
    let digits = match text.get(19) {
        Some(b'.' | b',') => text[20..].iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    10i64.pow(9u32.saturating_sub(u32::try_from(digits).unwrap_or(9)))
}

/// A sum of numbers with units, in lower case.
fn stretch(text: &str) -> Result<i64, TimeError> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return Err(TimeError::Stretch);
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, next) = after.split_at(letters);
        let number: i64 = number.parse().map_err(|_| TimeError::Stretch)?;
        let seconds = unit_seconds(unit).and_then(|unit| number.checked_mul(unit)).ok_or(TimeError::Stretch)?;
        total = total.checked_add(seconds).filter(|t| *t <= SECONDS_MAX).ok_or(TimeError::Stretch)?;
        rest = next.trim_start();
    }
    Ok(total)
}

fn unit_seconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
    }

    fn check(text: &str, expected: Option<&str>) {
        let read = parse_time(text, now()).ok().map(|t| t.to_string());
        assert_eq!(read.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_time_is_absolute_or_told_from_now() {
        check("2026-01-31T12:00:00Z", Some("2026-01-31T12:00:00Z"));
        check("2026-01-31", Some("2026-01-31T00:00:00Z"));
        check("1769860800", Some("2026-01-31T12:00:00Z"));
        check("now", Some("2026-11-22T12:00:00Z"));
        check("now-15m", Some("2026-11-22T11:45:00Z"));
        check("now - 15 min", Some("2026-11-22T11:45:00Z"));
        check("now+1h30m", Some("2026-11-22T13:30:00Z"));
        check("-24h", Some("2026-11-21T12:00:00Z"));
        check("2 weeks ago", Some("2026-11-08T12:00:00Z"));
        check("Last 24 hours", Some("2026-11-21T12:00:00Z"));
        check("last hour", Some("2026-11-22T11:00:00Z"));
        check("yesterday", Some("2026-11-21T00:00:00Z"));
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in
            ["", "soon", "now-", "now-m", "-", "24h", "now15m", "ago", "last", "now-5 fortnights", "-99999999999w", "nowö"]
        {
            check(text, None);
        }
    }

    #[test]
    fn a_stretch_is_a_sum_of_units() {
        assert_eq!(parse_last("24h"), Ok(86_400));
        assert_eq!(parse_last("last 1 day 2h"), Ok(93_600));
        assert_eq!(parse_last("past week"), Ok(7 * 86_400));
        assert_eq!(parse_last("h"), Err(TimeError::Stretch));
        assert_eq!(parse_last("5"), Err(TimeError::Stretch));
    }

    #[test]
    fn a_time_stands_for_all_that_it_leaves_unsaid() {
        let length = |text: &str| {
            let span = parse_span(text, now()).unwrap();
            span.to.nanos() - span.from.nanos()
        };
        assert_eq!(length("2026-01-31"), 86_400 * NANOS);
        assert_eq!(length("2026-01-31T10:00"), 60 * NANOS);
        assert_eq!(length("2026-01-31T10:00:00+02:00"), NANOS);
        assert_eq!(length("2026-01-31T10:00:00.123Z"), 1_000_000);
        assert_eq!(length("now"), 1);
        assert_eq!(length("today"), 86_400 * NANOS);
    }
}

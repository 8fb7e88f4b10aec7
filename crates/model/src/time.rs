//! Time: nanoseconds since 1970 in UTC, the UTC day, half-open ranges, and the clock as an argument.
//!
//! Reads the forms that logging clients send (RFC 3339 and its looser relatives, epoch numbers); no zone means UTC.

use std::fmt;

const NANOS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;
/// Above it an f64 has no room for every whole number.
const F64_WHOLE: u64 = 1 << 53;

/// Nanoseconds since 1970-01-01T00:00:00Z, so from 1677-09-21 to 2262-04-11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

/// A UTC day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(i32);

/// Times at or after `from` and before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Where "now" comes from: the system in production, the test in a simulation.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time: expected RFC 3339, such as 2026-01-31T12:00:00Z, or seconds since 1970")]
pub struct TimestampError;

// === impl Timestamp ===

impl Timestamp {
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);

    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(NANOS * DAY_SECONDS) as i32)
    }

    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(NANOS)))
    }

    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / NANOS
    }

    /// Reads an epoch number whose unit shows in its size: seconds below 10^11, then milli-, micro- and nanoseconds.
    /// The borders lie at the year 5138 for seconds and at March 1973 for the finer ones.
    #[must_use]
    pub fn from_epoch_number(number: i64) -> Option<Self> {
        number.checked_mul(unit_of(number)).map(Self)
    }

    /// Reads digits, a point and digits: the same with a fraction, exactly.
    #[must_use]
    pub fn from_epoch_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.')?;
        if whole.is_empty() || fraction.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i64 = whole.parse().ok()?;
        let unit = unit_of(number);
        let billionths: i64 = format!("{:0<9}", &fraction[..fraction.len().min(9)]).parse().ok()?;
        number.checked_mul(unit)?.checked_add(billionths * unit / NANOS).map(Self)
    }

    /// Reads epoch seconds or finer with a fraction, as Fluentd clients send them. Times of today come to the microsecond: an
    /// f64 has no more of them.
    #[must_use]
    pub fn from_epoch_float(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        // Whole and fraction apart: as nanoseconds, one f64 would be off by more.
        let whole = (number.abs() < 9.2e18).then_some(number.trunc() as i64)?;
        let unit = unit_of(whole);
        let nanos = whole.checked_mul(unit)?.checked_add((number.fract() * unit as f64).round() as i64)?;
        if nanos.unsigned_abs() < F64_WHOLE {
            return Some(Self(nanos));
        }
        // The nearest f64 to a time of today is up to 120 ns from it: what was meant are whole microseconds.
        let to_nearest = nanos.rem_euclid(1_000);
        let rounded = if to_nearest < 500 { nanos.checked_sub(to_nearest) } else { nanos.checked_add(1_000 - to_nearest) };
        rounded.map(Self)
    }

    /// Reads `2026-01-31T12:00:00.123456789+01:00` and its relatives: a space for `T`, slashes in the date, a comma
    /// before the fraction, no seconds, no zone (UTC), an offset without colon, only a date; or an epoch number as text.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        match parse_prefix(text.as_bytes()) {
            Some((timestamp, read)) if read == text.len() => return Ok(timestamp),
            Some(_) | None => {}
        }
        if let Ok(number) = text.parse::<i64>() {
            return Self::from_epoch_number(number).ok_or(TimestampError);
        }
        if let Some(decimal) = Self::from_epoch_decimal(text) {
            return Ok(decimal);
        }
        if text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && let Ok(number) = text.parse::<f64>()
        {
            return Self::from_epoch_float(number).ok_or(TimestampError);
        }
        Err(TimestampError)
    }

    /// Reads a date and time at the start of `text` and says how many bytes it took.
    #[must_use]
    pub fn parse_prefix(text: &[u8]) -> Option<(Self, usize)> {
        parse_prefix(text)
    }
}

/// Nanoseconds of the unit that the size of an epoch number shows.
fn unit_of(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => NANOS,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

fn digits(text: &[u8], at: usize, count: usize) -> Option<i64> {
    let mut value = 0;
    for &byte in text.get(at..at + count)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

fn parse_prefix(text: &[u8]) -> Option<(Timestamp, usize)> {
    let separator = *text.get(4)?;
    if !matches!(separator, b'-' | b'/') || text.get(7) != Some(&separator) {
        return None;
    }
    let days = days_from_civil(digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?)?;
    let mut at = 10;
    let mut seconds = days * DAY_SECONDS;
    let mut nanos = 0;
    let has_time = matches!(text.get(at), Some(b'T' | b't' | b' ')) && digits(text, 11, 2).is_some();
    if has_time {
        let (hour, minute) = (digits(text, 11, 2)?, digits(text, 14, 2)?);
        if text.get(13) != Some(&b':') || hour > 23 || minute > 59 {
            return None;
        }
        seconds += hour * 3600 + minute * 60;
        at = 16;
        if text.get(at) == Some(&b':') {
            let second = digits(text, 17, 2)?;
            // A leap second is read as the second after, as POSIX time does.
            if second > 60 {
                return None;
            }
            seconds += second;
            at = 19;
            (nanos, at) = fraction(text, at);
        }
        let (offset, end) = zone(text, at)?;
        seconds -= offset;
        at = end;
    }
    // The earliest time has whole seconds that alone would be too early.
    let total = i128::from(seconds) * i128::from(NANOS) + i128::from(nanos);
    Some((Timestamp(i64::try_from(total).ok()?), at))
}

/// The fraction of a second in nanoseconds; digits past the ninth are read and dropped.
fn fraction(text: &[u8], at: usize) -> (i64, usize) {
    if !matches!(text.get(at), Some(b'.' | b',')) || !text.get(at + 1).is_some_and(u8::is_ascii_digit) {
        return (0, at);
    }
    let (mut nanos, mut scale, mut end) = (0, NANOS / 10, at + 1);
    while let Some(byte) = text.get(end).filter(|b| b.is_ascii_digit()) {
        nanos += i64::from(byte - b'0') * scale;
        scale /= 10;
        end += 1;
    }
    (nanos, end)
}

/// The offset from UTC in seconds. No zone means UTC; a zone that starts well and ends badly refuses the time.
fn zone(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let (sign_at, sign) = match (text.get(at), text.get(at + 1)) {
        (Some(b'Z' | b'z'), _) => return Some((0, at + 1)),
        (Some(b'+'), _) => (at, 1),
        (Some(b'-'), Some(next)) if next.is_ascii_digit() => (at, -1),
        (Some(b' '), Some(b'+')) => (at + 1, 1),
        (Some(b' '), Some(b'U')) if text.get(at + 1..at + 4) == Some(b"UTC") => return Some((0, at + 4)),
        _ => return Some((0, at)),
    };
    let hours = digits(text, sign_at + 1, 2)?;
    let mut end = sign_at + 3;
    if text.get(end) == Some(&b':') {
        end += 1;
    }
    let minutes = match digits(text, end, 2) {
        Some(minutes) => {
            end += 2;
            minutes
        }
        None => 0,
    };
    (hours < 24 && minutes < 60).then_some((sign * (hours * 3600 + minutes * 60), end))
}

/// Days since 1970-01-01 of a proleptic Gregorian date; `None` for a day that does not exist.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS[month as usize - 1] + i64::from(leap && month == 2);
    if day > length {
        return None;
    }
    // Years start in March, so that the leap day ends them (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * day_of_year + 2) / 153;
    let month = if month_of_year < 10 { month_of_year + 3 } else { month_of_year - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * month_of_year + 2) / 5 + 1)
}

/// RFC 3339 in UTC with as many fraction digits as the value needs: none, three, six or nine.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.div_euclid(NANOS), self.0.rem_euclid(NANOS));
        let (days, of_day) = (seconds.div_euclid(DAY_SECONDS), seconds.rem_euclid(DAY_SECONDS));
        let (year, month, day) = civil_from_days(days);
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)?;
        match nanos {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        f.write_str("Z")
    }
}

// === impl Day ===

impl Day {
    #[must_use]
    pub const fn from_number(days_since_1970: i32) -> Self {
        Self(days_since_1970)
    }

    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// A day as it is displayed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let day = Timestamp::parse(&format!("{text}T00:00:00Z")).ok()?.day();
        (day.to_string() == text).then_some(day)
    }

    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0).saturating_mul(DAY_SECONDS * NANOS))
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// So many days later; earlier where the number is below zero.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// From its first moment to that of the next day.
    #[must_use]
    pub fn range(self) -> TimeRange {
        TimeRange { from: self.start(), to: self.next().start() }
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        let (_, _, day) = civil_from_days(i64::from(self.0));
        Self(self.0.saturating_sub(day as i32 - 1))
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> Self {
        Self(self.first_of_month().0.saturating_add(31)).first_of_month()
    }
}

/// `2026-01-31`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(i64::from(self.0));
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

// === impl TimeRange ===

impl TimeRange {
    pub const ALL: Self = Self { from: Timestamp::MIN, to: Timestamp::MAX };

    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether any time from `first` to `last`, both included, lies in the range.
    #[must_use]
    pub fn overlaps(&self, first: Timestamp, last: Timestamp) -> bool {
        first < self.to && self.from <= last
    }

    /// Whether every time from `first` to `last`, both included, lies in the range.
    #[must_use]
    pub fn covers(&self, first: Timestamp, last: Timestamp) -> bool {
        self.from <= first && last < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Timestamp::parse(text).map(|t| t.to_string()).as_deref(), Ok(expected), "{text}");
    }

    #[test]
    fn every_form_that_clients_send_is_read() {
        check("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z");
        check("2026-01-31T12:00:00.123456+01:00", "2026-01-31T11:00:00.123456Z");
        check("2026-01-31 12:00:00,5", "2026-01-31T12:00:00.500Z");
        check("2026/01/31 12:00", "2026-01-31T12:00:00Z");
        check("2026-01-31T12:00:00.123456789012-0530", "2026-01-31T17:30:00.123456789Z");
        check("2026-01-31 12:00:00 +0200", "2026-01-31T10:00:00Z");
        check("2026-01-31", "2026-01-31T00:00:00Z");
        let first = Timestamp::MIN.to_string();
        check(&first, &first);
        check("1769860800", "2026-01-31T12:00:00Z");
        check("1769860800.25", "2026-01-31T12:00:00.250Z");
        check("1769860800.123456789", "2026-01-31T12:00:00.123456789Z");
        check("1769860800123.4567891", "2026-01-31T12:00:00.123456789Z");
        check("1769860800123", "2026-01-31T12:00:00.123Z");
        check("1769860800123456", "2026-01-31T12:00:00.123456Z");
        check("1769860800123456789", "2026-01-31T12:00:00.123456789Z");
        check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
        check("2100-12-31T23:59:60Z", "2101-01-01T00:00:00Z");
        check("2000-02-29", "2000-02-29T00:00:00Z");
    }

    #[test]
    fn a_float_is_read_to_the_microsecond() {
        for micros in (0..1_000_000).step_by(997) {
            let number: f64 = format!("1769860800.{micros:06}").parse().unwrap();
            let expected = Timestamp(1_769_860_800_000_000_000 + micros * 1_000);
            assert_eq!(Timestamp::from_epoch_float(number), Some(expected), "{micros}");
            let number: f64 = format!("{}.{:03}", 1_769_860_800_000 + micros / 1_000, micros % 1_000).parse().unwrap();
            assert_eq!(Timestamp::from_epoch_float(number), Some(expected), "{micros} of milliseconds");
        }
        assert_eq!(Timestamp::from_epoch_float(-1.5), Some(Timestamp(-1_500_000_000)));
        assert_eq!(Timestamp::from_epoch_float(-1_769_860_800.123_457), Some(Timestamp(-1_769_860_800_123_457_000)));
        for beyond in [f64::INFINITY, f64::NAN, 1e19, -1e19] {
            assert_eq!(Timestamp::from_epoch_float(beyond), None);
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "now",
            "2026-13-01",
            "2026-02-29",
            "2026-01-31T25:00:00Z",
            "2026-01-31T12:00:00Zulu",
            "0001-01-01",
            "9999-12-31",
            "2026-01-31T12:00:00+99:00",
            "1e999",
            "NaN",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_starts_at_midnight_utc() {
        let day = Timestamp::parse("2026-11-22T23:59:59.999999999Z").unwrap().day();
        assert_eq!(day.to_string(), "2026-11-22");
        assert_eq!(day.start().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(Timestamp::from_nanos(-1).day().to_string(), "1969-12-31");
    }

    #[test]
    fn a_range_holds_its_start_and_not_its_end() {
        let range = TimeRange { from: Timestamp::from_nanos(10), to: Timestamp::from_nanos(20) };
        assert!(range.contains(Timestamp::from_nanos(10)) && !range.contains(Timestamp::from_nanos(20)));
        assert!(!range.overlaps(Timestamp::from_nanos(20), Timestamp::from_nanos(30)));
        assert!(range.overlaps(Timestamp::from_nanos(0), Timestamp::from_nanos(10)));
    }
}

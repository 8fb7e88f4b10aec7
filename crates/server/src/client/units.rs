//! Numbers as people read them.

use std::time::Duration;

pub(super) use crate::grouped::grouped as count;

const BYTE_UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];

/// `1 record`, `2 records`; `noun` takes an s.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// `812 B`, `1.2 MB`: powers of 1,000.
pub(super) fn bytes(number: u64) -> String {
    if number < 1_000 {
        return format!("{number} B");
    }
    let (mut value, mut unit) = (number as f64 / 1e3, 0);
    while value >= 999.5 && unit + 1 < BYTE_UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let decimals = usize::from(value < 99.95);
    format!("{value:.decimals$} {}", BYTE_UNITS[unit])
}

/// `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 4 min`
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=59 => format!("{:.1} s", duration.as_secs_f64()),
        60..=3_599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// Units a second; the whole counts as a second where it took less than a millisecond.
pub(super) fn per_second(number: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    number.saturating_mul(1_000).checked_div(millis).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_takes_an_s() {
        assert_eq!((counted(1, "record"), counted(0, "record")), ("1 record".to_owned(), "0 records".to_owned()));
    }

    #[test]
    fn bytes_take_the_unit_that_fits() {
        for (number, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (99_940, "99.9 kB"),
            (812_000, "812 kB"),
            (999_600, "1.0 MB"),
            (2_500_000_000, "2.5 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(bytes(number), expected, "{number}");
        }
    }

    #[test]
    fn durations_name_their_two_largest_units() {
        for (millis, expected) in [(12, "12 ms"), (3_400, "3.4 s"), (125_000, "2 min 5 s"), (11_040_000, "3 h 4 min")] {
            assert_eq!(duration(Duration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn a_rate_needs_no_time_to_have_passed() {
        assert_eq!(per_second(10, Duration::ZERO), 10);
        assert_eq!(per_second(10, Duration::from_millis(500)), 20);
    }
}

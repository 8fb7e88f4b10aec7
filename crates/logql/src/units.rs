//! Durations and sizes as queries and labels write them.

const SECOND: f64 = 1e9;
const DURATIONS: [(&str, f64); 11] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", SECOND),
    ("m", 60.0 * SECOND),
    ("h", 3_600.0 * SECOND),
    ("d", 86_400.0 * SECOND),
    ("w", 7.0 * 86_400.0 * SECOND),
    ("y", 365.0 * 86_400.0 * SECOND),
];

/// Nanoseconds of `1h30m`, `1.5s`, `-20ms`. `None` where the text is none, or is beyond 292 years.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let mut nanos = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = number(rest)?;
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        nanos += number * DURATIONS.iter().find(|(name, _)| *name == unit)?.1;
        rest = after;
    }
    // The first float above every `i64`.
    let fits = nanos < 9_223_372_036_854_775_808.0;
    fits.then_some((sign * nanos).round() as i64)
}

/// Bytes of `5KB`, `1.5MiB`, `20b`, `1024`. Without an `i` a kilo is 1,000.
#[must_use]
pub fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = number(text)?;
    let unit = unit.trim_start().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (prefix, base) = match unit.strip_suffix('i') {
        Some(prefix) if !prefix.is_empty() => (prefix, 1_024.0_f64),
        _ => (unit, 1_000.0),
    };
    let power = ["", "k", "m", "g", "t", "p", "e"].iter().position(|known| *known == prefix)?;
    let bytes = number * base.powi(power as i32);
    (bytes < 18_446_744_073_709_551_616.0).then_some(bytes.round() as u64)
}

/// A decimal number without a sign, and what follows.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    // `.` alone is no number, and neither is `1.2.3`.
    Some((number.parse().ok()?, rest))
}

/// The shortest text that `parse_duration` reads back; `nanos` is not negative.
pub(crate) fn duration_text(nanos: i64) -> String {
    const UNITS: [(&str, i64); 6] =
        [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];
    let exact = UNITS.iter().find(|(_, unit)| nanos % unit == 0 && nanos > 0);
    exact.map_or_else(|| format!("{nanos}s"), |(name, unit)| format!("{}{name}", nanos / unit))
}

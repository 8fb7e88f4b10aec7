//! One line under construction, and the times in it, written without the formatting machinery: it would be the slowest part.

use anyhow::{Context, Result};

#[derive(Debug, Default)]
pub(crate) struct Line(Vec<u8>);

/// A moment and its text `2026-01-01T00:00:00.000000Z`; only what changed is written again.
#[derive(Debug)]
pub(crate) struct Stamp {
    micros: i64,
    day: i64,
    text: [u8; 27],
}

const DAY_MICROS: i64 = 86_400_000_000;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// === impl Line ===

impl Line {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn number(&mut self, mut number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[at..]);
        self
    }

    /// A number with three decimals.
    pub(crate) fn thousandths(&mut self, number: u64) -> &mut Self {
        self.number(number / 1_000);
        let rest = number % 1_000;
        self.0.extend([b'.', b'0' + (rest / 100) as u8, b'0' + (rest / 10 % 10) as u8, b'0' + (rest % 10) as u8]);
        self
    }

    /// The lowest `digits` hexadecimal digits.
    pub(crate) fn hex(&mut self, number: u64, digits: u32) -> &mut Self {
        for shift in (0..digits).rev() {
            self.0.push(b"0123456789abcdef"[(number >> (4 * shift)) as usize & 15]);
        }
        self
    }

    /// A random UUID of version 4.
    pub(crate) fn uuid(&mut self, high: u64, low: u64) -> &mut Self {
        self.hex(high >> 32, 8).text("-").hex(high >> 16, 4).text("-4").hex(high, 3).text("-a").hex(low >> 48, 3);
        self.text("-").hex(low, 12)
    }

    /// An IPv4 address that stands for a client.
    pub(crate) fn address(&mut self, client: u64) -> &mut Self {
        let spread = client.wrapping_mul(0x9E37_79B1) & 0xFFFF_FFFF;
        self.number(20 + (spread >> 24) % 180).text(".").number(spread >> 16 & 255).text(".");
        self.number(client >> 8 & 255).text(".").number(client & 255)
    }
}

// === impl Stamp ===

impl Stamp {
    /// The moment before `micros`.
    pub(crate) fn before(micros: i64) -> Self {
        Self { micros: micros - 1, day: i64::MIN, text: *b"0000-00-00T00:00:00.000000Z" }
    }

    /// To `micros`, or to the next microsecond if that has passed.
    pub(crate) fn advance(&mut self, micros: i64) {
        self.micros = micros.max(self.micros + 1);
        let day = self.micros.div_euclid(DAY_MICROS);
        if day != self.day {
            self.day = day;
            let (year, month, day) = civil(day);
            self.put(0, 4, year);
            self.put(5, 2, month);
            self.put(8, 2, day);
        }
        let rest = self.micros.rem_euclid(DAY_MICROS);
        self.put(11, 2, rest / 3_600_000_000);
        self.put(14, 2, rest / 60_000_000 % 60);
        self.put(17, 2, rest / 1_000_000 % 60);
        self.put(20, 6, rest % 1_000_000);
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.text).unwrap_or_default()
    }

    /// `01/Jan/2026:00:00:00 +0000`
    pub(crate) fn write_access_time(&self, line: &mut Line) {
        let month = self.text()[5..7].parse::<usize>().unwrap_or(1);
        line.text(&self.text()[8..10]).text("/").text(MONTHS[(month - 1) % 12]).text("/").text(&self.text()[0..4]);
        line.text(":").text(&self.text()[11..19]).text(" +0000");
    }

    fn put(&mut self, at: usize, digits: usize, mut number: i64) {
        for place in (at..at + digits).rev() {
            self.text[place] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
}

/// Seconds since 1970 of `2026-01-01T00:00:00Z`.
pub(crate) fn parse_second(text: &str) -> Result<i64> {
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<i64>().ok());
    let parts = (text.len() == 20 && text.ends_with('Z')).then_some(());
    let seconds = || {
        parts?;
        let days = days(part(0..4)?, part(5..7)?, part(8..10)?);
        Some(days * 86_400 + part(11..13)? * 3_600 + part(14..16)? * 60 + part(17..19)?)
    };
    seconds().with_context(|| format!("`{text}` is not a time such as 2026-01-02T00:00:00Z"))
}

pub(crate) fn format_second(seconds: i64) -> String {
    let mut stamp = Stamp::before(0);
    stamp.micros = i64::MIN + 1;
    stamp.advance(seconds * 1_000_000);
    format!("{}Z", &stamp.text()[..19])
}

/// Year, month and day of a day since 1970, by the rules that shift the year to begin in March.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let civil_month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(civil_month <= 2), civil_month, of_year - (153 * month + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let of_era = year.rem_euclid(400) * 365 + year.rem_euclid(400) / 4 - year.rem_euclid(400) / 100 + of_year;
    year.div_euclid(400) * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_its_text() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-12-31T12:34:56Z", "2100-03-01T00:00:00Z"] {
            assert_eq!(format_second(parse_second(text).unwrap()), text);
        }
        assert_eq!(parse_second("2026-01-02T00:00:00Z").unwrap(), 1_767_312_000);
    }
}

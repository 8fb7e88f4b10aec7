//! `java.util.logging` as it writes when nobody chose a format: a record of two lines.
//!
//! ```text
//! Nov 25, 2026 10:00:00 AM com.example.Main main
//! INFO: started
//! ```

use model::{Level, Timestamp};

use super::java::is_class;
use super::{Format, Found};
use crate::text::month_number;

/// The first line: when, and which method of which class.
pub(super) fn head(line: &str) -> Option<Found<'_>> {
    let (month, rest) = line.split_once(' ')?;
    let month = month_number(month)?;
    let (day, rest) = rest.split_once(", ")?;
    let (year, rest) = rest.split_once(' ')?;
    // Since Java 20 a narrow space stands there that no line is broken at.
    let (time, rest) = rest.split_once([' ', '\u{202f}'])?;
    let (half, rest) = rest.split_once(' ')?;
    let (hour, minutes) = time.split_once(':')?;
    let (day, year, hour): (u32, u32, u32) = (number(day)?, number(year)?, number(hour)?);
    let hour = match half {
        "AM" if (1..=12).contains(&hour) => hour % 12,
        "PM" if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    let time = Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minutes}Z")).ok()?;
    // A logger without a class is named alone, and what has no name is `null`.
    let (class, method) = rest.trim_end().split_once(' ').unwrap_or((rest.trim_end(), ""));
    let mut found = Found::new(Format::Java).at(time);
    found.text("scope.name", class);
    found.text("code.function.name", method);
    (is_class(class) && !method.contains(' ')).then_some(found)
}

/// The level of the second line.
pub(super) fn said(line: &str) -> Option<Level> {
    const NAMES: [&str; 7] = ["SEVERE", "WARNING", "INFO", "CONFIG", "FINE", "FINER", "FINEST"];
    let (name, rest) = line.split_once(':')?;
    let named = NAMES.contains(&name) && (rest.is_empty() || rest.starts_with(' '));
    match name {
        _ if !named => None,
        "CONFIG" => Some(Level::Debug),
        "FINER" | "FINEST" => Some(Level::Trace),
        name => Level::from_name(name),
    }
}

/// What the first line said, with what the second one says, which may be another program's.
pub(super) fn settled<'a>(mut found: Found<'a>, more: &str) -> Found<'a> {
    if found.format == Format::Java && found.level.is_none() {
        found.level = said(more.lines().next().unwrap_or_default());
    }
    found
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

//! PHP's errors, as it writes them to stderr and to its log: `PHP Warning:  text in /srv/a.php on line 3`, which its log has
//! behind `[31-Jan-2026 12:00:00 UTC] `.

use model::{Level, Timestamp};

use super::{Format, Found};
use crate::text::month_number;

const UNCAUGHT: &str = "Uncaught ";
const KINDS: [(&str, Level); 12] = [
    ("Fatal error", Level::Error),
    ("Recoverable fatal error", Level::Error),
    ("Parse error", Level::Error),
    ("Core error", Level::Error),
    ("Compile error", Level::Error),
    ("Warning", Level::Warn),
    ("Core warning", Level::Warn),
    ("Core Warning", Level::Warn),
    ("Compile warning", Level::Warn),
    ("Notice", Level::Notice),
    ("Deprecated", Level::Notice),
    ("Strict Standards", Level::Notice),
];

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (time, rest) = time(line);
    let (kind, text) = rest.strip_prefix("PHP ")?.split_once(":  ")?;
    let level = KINDS.iter().find(|(name, _)| *name == kind)?.1;
    let mut found = Found { time, ..Found::new(Format::Prefix).of_level(Some(level)) };
    if let Some((Some((_, file)), Ok(number))) =
        text.rsplit_once(" on line ").map(|(text, number)| (text.rsplit_once(" in "), number.parse()))
    {
        found.text("code.file.path", file);
        found.number("code.line.number", number);
    }
    Some(found)
}

/// Where in a line the name of what nobody caught stands.
pub(super) fn uncaught(line: &str) -> Option<usize> {
    let (_, rest) = time(line);
    let rest = rest.strip_prefix("PHP ").unwrap_or(rest).strip_prefix("Fatal error: ")?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(UNCAUGHT)?;
    Some(line.len() - rest.len())
}

/// The time, where it is in a zone that is told, and what follows the brackets.
fn time(line: &str) -> (Option<Timestamp>, &str) {
    let Some((time, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else { return (None, line) };
    let read = || {
        let mut words = time.split(' ');
        let (date, time) = (words.next()?, words.next()?);
        let mut date = date.split('-');
        let (day, month, year) = (date.next()?, month_number(date.next()?)?, date.next()?);
        let time = Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).ok()?;
        (words.next() == Some("UTC")).then_some(time)
    };
    (read(), rest)
}

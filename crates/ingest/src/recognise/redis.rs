//! The log of Redis and Valkey: `1234:M 31 Jan 2026 12:00:00.123 # text`.
//!
//! | mark | level, as Redis tells syslog |
//! |---|---|
//! | `.` | debug |
//! | `-` | info (Redis: verbose) |
//! | `*` | notice |
//! | `#` | warn |

use model::{Level, Timestamp};

use super::{Format, Found};
use crate::text::month_number;

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (process, rest) = line.split_once(':')?;
    let (role, rest) = rest.split_once(' ')?;
    let role = match role {
        "M" => "master",
        "S" => "replica",
        "C" => "child",
        "X" => "sentinel",
        _ => return None,
    };
    let mut words = rest.splitn(6, ' ');
    let (day, month, year, time) = (words.next()?, month_number(words.next()?)?, words.next()?, words.next()?);
    let level = match words.next()? {
        "." => Level::Debug,
        "-" => Level::Info,
        "*" => Level::Notice,
        "#" => Level::Warn,
        _ => return None,
    };
    let time = Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).ok()?;
    let mut found = Found::new(Format::Prefix).at(time).of_level(Some(level));
    found.number("process.pid", process.parse().ok()?);
    found.text("redis.role", role);
    Some(found)
}

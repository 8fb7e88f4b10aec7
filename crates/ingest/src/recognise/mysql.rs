//! The error log of MySQL and MariaDB.
//!
//! | server | line |
//! |---|---|
//! | MySQL 8 | `2026-01-31T12:00:00.123456Z 0 [ERROR] [MY-012345] [InnoDB] text` |
//! | MySQL 5.7 | `2026-01-31T12:00:00.123456Z 0 [Note] text` |
//! | MariaDB | `2026-01-31  6:20:00 0 [Warning] text` |
//! | the images of both, as they start | `2026-01-31 12:00:00+00:00 [Note] [Entrypoint]: text`; other levels are told anyhow |

use model::{Level, Timestamp};

use super::{Format, Found};

/// `2026-01-31 12:00:00`
const DATE_TIME_BYTES: usize = 19;
/// Where an hour may have a space for its first digit.
const HOUR: usize = 11;

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (head, rest) = line.split_once(" [")?;
    let (level, rest) = rest.split_once(']')?;
    let level = level_of(level)?;
    let (time, thread) = time(head)?;
    let mut found = Found::new(Format::Prefix).at(time).of_level(Some(level));
    if thread.is_empty() {
        return (level == Level::Info && rest.starts_with(" [Entrypoint]: ")).then_some(found);
    }
    found.number("thread.id", thread.strip_prefix(' ')?.parse().ok()?);
    if let Some((code, subsystem)) = rest.strip_prefix(" [").and_then(|rest| rest.split_once("] ["))
        && code.strip_prefix("MY-").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    {
        found.text("mysql.error_code", code);
        found.text("mysql.subsystem", subsystem.split_once(']')?.0);
    }
    (rest.is_empty() || rest.starts_with(' ')).then_some(found)
}

/// As these servers write them, and nobody else.
fn level_of(word: &str) -> Option<Level> {
    Some(match word {
        "ERROR" => Level::Error,
        "Warning" => Level::Warn,
        "Note" | "System" => Level::Info,
        _ => return None,
    })
}

/// The time, and what follows.
fn time(head: &str) -> Option<(Timestamp, &str)> {
    if head.as_bytes().get(HOUR) == Some(&b' ') {
        let padded = format!("{}0{}", head.get(..HOUR)?, head.get(HOUR + 1..DATE_TIME_BYTES)?);
        return Some((Timestamp::parse(&padded).ok()?, head.get(DATE_TIME_BYTES..)?));
    }
    let (time, read) = Timestamp::parse_prefix(head.as_bytes()).filter(|(_, read)| *read >= DATE_TIME_BYTES)?;
    Some((time, head.get(read..)?))
}

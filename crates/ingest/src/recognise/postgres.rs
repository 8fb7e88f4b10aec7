//! PostgreSQL's log on stderr, with the prefixes that are mostly set.
//!
//! | `log_line_prefix` | line |
//! |---|---|
//! | `%m [%p] `, `%m [%p] %q%u@%d ` | `2026-01-31 12:00:00.123 UTC [1234] ann@shop ERROR:  text` |
//! | `%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ` | `… UTC [1234]: [3-1] user=ann,db=shop,app=psql,client=10.0.0.1 LOG:  text` |
//! | `%t:%r:%u@%d:[%p]:` (Amazon RDS) | `… UTC:10.0.0.1(53412):ann@shop:[1234]:ERROR:  text` |

use model::{Level, Timestamp};

use super::{Format, Found};

/// Between a severity and its text.
const MARK: &str = ":  ";
/// Bytes within which a severity ends.
const HEAD_BYTES_MAX: usize = 256;
/// `2026-01-31 12:00:00`
const DATE_TIME_BYTES: usize = 19;
/// What more is said of the line before; its level is that one's.
const BESIDE: [&str; 6] = ["CONTEXT", "DETAIL", "HINT", "LOCATION", "QUERY", "STATEMENT"];
/// Hours east of Greenwich, as PostgreSQL reads these abbreviations when nobody says otherwise.
const ZONES: [(&str, i64); 18] = [
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("BST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("JST", 9),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];
const HOUR_NANOS: i64 = 3_600_000_000_000;

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let bytes = line.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b' ') {
        return None;
    }
    let end = memchr::memmem::find(&bytes[..bytes.len().min(HEAD_BYTES_MAX)], MARK.as_bytes())?;
    let (head, text) = (line.get(..end)?, line.get(end + MARK.len()..)?);
    let (head, severity) = head.split_at(head.rfind([' ', ':'])? + 1);
    let level = level(severity);
    if level.is_none() && !BESIDE.contains(&severity) {
        return None;
    }
    let (time, rest) = time(head)?;
    let mut found = Found::new(Format::Prefix).at(time).of_level(level);
    match rest.strip_prefix(':') {
        Some(rest) => of_rds(&mut found, rest)?,
        None => spaced(&mut found, rest.strip_prefix(' ')?)?,
    }
    let duration = text.strip_prefix("duration: ").and_then(|text| text.split_once(" ms"));
    if let Some((Ok(milliseconds), true)) = duration.map(|(number, _)| (number.parse(), is_decimal(number))) {
        found.float("postgresql.duration_ms", milliseconds);
    }
    Some(found)
}

fn level(severity: &str) -> Option<Level> {
    Some(match severity {
        "DEBUG" | "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Level::Debug,
        "LOG" | "INFO" => Level::Info,
        "NOTICE" => Level::Notice,
        "WARNING" => Level::Warn,
        "ERROR" => Level::Error,
        "FATAL" => Level::Critical,
        "PANIC" => Level::Emergency,
        _ => return None,
    })
}

/// The time in its zone, and what follows.
fn time(head: &str) -> Option<(Timestamp, &str)> {
    let (time, read) = Timestamp::parse_prefix(head.as_bytes()).filter(|(_, read)| *read >= DATE_TIME_BYTES)?;
    let rest = head.get(read..)?;
    let name = rest.strip_prefix(' ').map(|rest| &rest[..rest.bytes().take_while(u8::is_ascii_uppercase).count()]);
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Some((time, rest)) };
    let hours = ZONES.iter().find(|(known, _)| *known == name).map_or(0, |(_, hours)| *hours);
    let time = time.nanos().checked_sub(hours * HOUR_NANOS).map(Timestamp::from_nanos)?;
    Some((time, &rest[1 + name.len()..]))
}

/// `[1234] ann@shop `, `[1234-3]: [3-1] user=ann,db=shop `
fn spaced<'a>(found: &mut Found<'a>, text: &'a str) -> Option<()> {
    let (process, rest) = text.strip_prefix('[')?.split_once(']')?;
    found.number("process.pid", process.split('-').next()?.parse().ok()?);
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim();
    // Which line of its session it is.
    let session = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let session = session.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
    let rest = session.map_or(rest, |(_, rest)| rest.trim_start());
    if !rest.contains('=') {
        rest.split(' ').filter_map(|word| word.rsplit_once('@')).for_each(|(user, database)| of_user(found, user, database));
        return Some(());
    }
    for (name, value) in rest.split(',').filter_map(|pair| pair.trim().split_once('=')) {
        match name {
            "user" => named(found, "user.name", value),
            "db" => named(found, "db.namespace", value),
            "app" => named(found, "postgresql.application_name", value),
            "client" | "host" => client(found, value),
            _ => {}
        }
    }
    Some(())
}

/// `10.0.0.1(53412):ann@shop:[1234]:`
fn of_rds<'a>(found: &mut Found<'a>, text: &'a str) -> Option<()> {
    let (rest, process) = text.strip_suffix("]:")?.rsplit_once(":[")?;
    let (from, who) = rest.rsplit_once(':')?;
    let (user, database) = who.rsplit_once('@')?;
    found.number("process.pid", process.parse().ok()?);
    of_user(found, user, database);
    client(found, from);
    Some(())
}

fn of_user<'a>(found: &mut Found<'a>, user: &'a str, database: &'a str) {
    named(found, "user.name", user);
    named(found, "db.namespace", database);
}

/// Before somebody has signed in there is no name.
fn named<'a>(found: &mut Found<'a>, key: &'static str, name: &'a str) {
    if name != "[unknown]" {
        found.text(key, name);
    }
}

/// An address, with its port or without; `[local]` is none.
fn client<'a>(found: &mut Found<'a>, from: &'a str) {
    let (address, port) = from.strip_suffix(')').and_then(|from| from.split_once('(')).unwrap_or((from, ""));
    if address.starts_with('[') {
        return;
    }
    found.text("client.address", address);
    if let Ok(port) = port.parse::<u16>() {
        found.number("client.port", u64::from(port));
    }
}

fn is_decimal(number: &str) -> bool {
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

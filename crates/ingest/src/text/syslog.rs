//! Syslog lines: RFC 5424, RFC 3164, and what daemons write to files without a priority.

use std::borrow::Cow;

use model::{Level, Timestamp};

use super::Taken;
use crate::json;
use crate::recognise::{Format, Found, Value};
use crate::repeated::Repeated;
use crate::syslog::Element;

/// Holds the sender's key in messages that were made for the syslog receiver; never stored.
const CREDENTIALS_ID: &str = "authentication@51576";
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
    "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
/// Fields of an RFC 5424 header before its structured data.
const FIELDS_5424: usize = 6;
const DAY_SECONDS: i64 = 86_400;
/// `Jan 31 12:00:00`
const BSD_TIME_BYTES: usize = 15;

/// What a header writes besides time and level, in the order of `Header::values`.
pub(super) const KEYS: [&str; 6] = ["facility", "host", "service", "proc_id", "msg_id", "structured_data"];

#[derive(Default)]
pub(super) struct Header<'a> {
    timestamp: Option<Timestamp>,
    pub(super) level: Option<Level>,
    facility: &'static str,
    host: &'a str,
    pub(super) app: &'a str,
    pub(super) proc_id: &'a str,
    msg_id: &'a str,
    /// A JSON object, or empty.
    structured_data: Vec<u8>,
    pub(super) message: &'a str,
}

// === impl Header ===

impl<'a> Header<'a> {
    /// `arrived`: tells the year that an RFC 3164 time leaves out.
    pub(super) fn parse(line: &'a str, arrived: Timestamp) -> Option<Self> {
        let Some((priority, rest)) = priority(line) else {
            return Self::parse_file_line(line, arrived);
        };
        let header = rest.strip_prefix("1 ").and_then(Self::parse_5424).unwrap_or_else(|| Self::parse_3164(rest, arrived));
        Some(header.of_priority(priority))
    }

    /// `<PRIORITY>1 TIME HOST APP PROCID MSGID MSG`: as RFC 5424, but without structured data.
    pub(super) fn parse_logplex(line: &'a str) -> Option<Self> {
        let (priority, rest) = priority(line)?;
        let (header, message) = Self::parse_fields(rest.strip_prefix("1 ")?)?;
        Some(Self { message, ..header }.of_priority(priority))
    }

    fn of_priority(self, priority: u8) -> Self {
        let facility = FACILITIES.get(usize::from(priority >> 3)).unwrap_or(&"");
        Self { facility, level: Level::from_number(i64::from(priority & 7)), ..self }
    }

    /// `TIME HOST APP PROCID MSGID SD [MSG]`
    fn parse_5424(text: &'a str) -> Option<Self> {
        let (header, rest) = Self::parse_fields(text)?;
        let (structured_data, rest) = structured_data(rest)?;
        let message = match rest.strip_prefix(' ') {
            Some(message) => message.strip_prefix('\u{feff}').unwrap_or(message),
            None if rest.is_empty() => "",
            None => return None,
        };
        Some(Self { structured_data, message, ..header })
    }

    /// `TIME HOST APP PROCID MSGID `, and what follows.
    fn parse_fields(text: &'a str) -> Option<(Self, &'a str)> {
        let (time, rest) = text.split_once(' ')?;
        let timestamp = match time {
            "-" => None,
            time => Some(Timestamp::parse(time).ok()?),
        };
        let (host, rest) = rest.split_once(' ')?;
        let (app, rest) = rest.split_once(' ')?;
        let (proc_id, rest) = rest.split_once(' ')?;
        let (msg_id, rest) = rest.split_once(' ')?;
        Some((Self { timestamp, host, app, proc_id, msg_id, ..Self::default() }, rest))
    }

    /// `TIME HOST TAG[PID]: MSG`, each part only if it is there.
    fn parse_3164(text: &'a str, arrived: Timestamp) -> Self {
        let Some((timestamp, rest)) = bsd_time(text, arrived).or_else(|| iso_time(text)) else {
            let (app, proc_id, message) = tag(text).unwrap_or(("", "", text));
            return Self { app, proc_id, message, ..Self::default() };
        };
        let (host, rest) = rest.split_once(' ').unwrap_or(("", rest));
        let (app, proc_id, message) = tag(rest).unwrap_or(("", "", rest));
        Self { timestamp: Some(timestamp), host, app, proc_id, message, ..Self::default() }
    }

    /// As RFC 3164 without a priority: only with a tag, and after an ISO date only with a process id, else too much looks so.
    fn parse_file_line(line: &'a str, arrived: Timestamp) -> Option<Self> {
        let bsd = bsd_time(line, arrived);
        let needs_process_id = bsd.is_none();
        let (timestamp, rest) = bsd.or_else(|| iso_time(line))?;
        let (host, rest) = rest.split_once(' ')?;
        let (app, proc_id, message) = tag(rest)?;
        if needs_process_id && proc_id.is_empty() && app != "kernel" {
            return None;
        }
        Some(Self { timestamp: Some(timestamp), host, app, proc_id, message, ..Self::default() })
    }

    /// Writes the header into an object that is open; a key that is `taken` gets `syslog_` before it.
    pub(super) fn write(&self, taken: Taken, out: &mut Vec<u8>) {
        if let (Some(timestamp), false) = (taken.named_time.or(self.timestamp), taken.time) {
            json::key(out, b"timestamp");
            json::timestamp(out, timestamp);
        }
        if let (Some(level), false) = (taken.named_level.or(self.level), taken.level) {
            json::key(out, b"level");
            json::string(out, level.as_str());
        }
        let texts = [self.facility, self.host, self.app, self.proc_id, self.msg_id];
        for (place, text) in texts.iter().enumerate() {
            if !matches!(*text, "" | "-") {
                self.write_key(place, taken, out);
                json::string(out, text);
            }
        }
        if !self.structured_data.is_empty() {
            self.write_key(texts.len(), taken, out);
            out.extend_from_slice(&self.structured_data);
        }
    }

    /// What it says, for a record that keeps the line.
    pub(super) fn found(&self) -> Found<'a> {
        let mut found = Found::new(Format::Syslog);
        found.time = self.timestamp;
        found.level = self.level;
        for (key, text) in KEYS.into_iter().zip([self.facility, self.host, self.app, self.proc_id, self.msg_id]) {
            found.text(key, text);
        }
        if let Ok(data) = String::from_utf8(self.structured_data.clone())
            && !data.is_empty()
        {
            found.add(KEYS[5], Value::Raw(data.into()));
        }
        found
    }

    fn write_key(&self, place: usize, taken: Taken, out: &mut Vec<u8>) {
        let key = KEYS[place];
        if taken.has_header(place) {
            json::key(out, format!("syslog_{key}").as_bytes());
        } else {
            json::key(out, key.as_bytes());
        }
    }
}

/// The line without the sender's key, wherever in it the element stands.
pub(super) fn without_credentials(line: Cow<'_, str>) -> Cow<'_, str> {
    if !line.contains(CREDENTIALS_ID) {
        return line;
    }
    let structured = priority(&line).is_some_and(|(_, rest)| rest.starts_with("1 "));
    let (mut kept, mut rest) = (String::with_capacity(line.len()), &*line);
    // Counted on the way: a line of many elements must not be counted anew for each.
    let mut spaces = 0;
    while let Some((before, element)) = rest.split_once(CREDENTIALS_ID) {
        let before = before.strip_suffix('[').unwrap_or(before);
        kept.push_str(before);
        spaces += memchr::memchr_iter(b' ', before.as_bytes()).count();
        rest = after_element(element);
        let stood_alone = kept.ends_with([' ', '>']) && (rest.is_empty() || rest.starts_with(' '));
        // An RFC 5424 header has a hyphen where it has no structured data; a text closes up.
        match stood_alone {
            true if structured && spaces == FIELDS_5424 => kept.push('-'),
            true if rest.is_empty() => kept.truncate(kept.trim_end_matches(' ').len()),
            true => rest = &rest[1..],
            false => {}
        }
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// What follows an element, given from behind its name. A bracket in a value ends nothing; nothing follows one without end.
fn after_element(element: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in element.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return &element[at + 1..],
            _ => {}
        }
    }
    ""
}

/// The sender's key: among the elements of an RFC 5424 header, and else at the very start of the text.
pub(crate) fn credentials(message: &str, arrived: Timestamp) -> Option<Element> {
    let (_, rest) = priority(message)?;
    let fields = rest.strip_prefix("1 ").and_then(Header::parse_fields);
    let mut elements = match fields {
        Some((_, elements)) => elements,
        None => Header::parse_3164(rest, arrived).message.trim_start_matches(' '),
    };
    while let Some(element) = elements.strip_prefix('[') {
        let (id, parameters) = element.split_at(element.find([' ', ']'])?);
        let mut found = (None, None);
        elements = each_parameter(parameters, |name, value| match name {
            "api_key" => found.0 = Some(value.to_owned()),
            "source_id" => found.1 = Some(value.to_owned()),
            _ => {}
        })?;
        if id == CREDENTIALS_ID {
            return found.0.map(|key| Element { key, source: found.1 });
        }
        // At the start of a text only the first counts.
        fields.as_ref()?;
    }
    None
}

/// The number of an English month's first three letters.
pub(crate) fn month_number(name: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    MONTHS.iter().position(|month| *month == name).map(|place| place + 1)
}

fn priority(line: &str) -> Option<(u8, &str)> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    let well_formed = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let priority = digits.parse().ok().filter(|priority| well_formed && *priority < 192)?;
    Some((priority, rest))
}

/// `Jan  1 12:00:00 `: of the years around `arrived` the latest that is not over a day ahead of it.
fn bsd_time(text: &str, arrived: Timestamp) -> Option<(Timestamp, &str)> {
    let (time, rest) = (text.get(..BSD_TIME_BYTES)?, text.get(BSD_TIME_BYTES..)?.strip_prefix(' ')?);
    let month = month_number(time.get(..3)?)?;
    let day: u32 = time.get(3..6)?.strip_prefix(' ')?.trim_start().parse().ok()?;
    let time = time.get(6..)?.strip_prefix(' ')?;
    let timestamp = latest_before(arrived, |year| Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{time}Z")).ok())?;
    Some((timestamp, rest))
}

/// The latest of a time without a year that is not over a day ahead of `arrived`.
pub(crate) fn latest_before(arrived: Timestamp, of_year: impl Fn(i64) -> Option<Timestamp>) -> Option<Timestamp> {
    let year: i64 = arrived.day().to_string().get(..4)?.parse().ok()?;
    let mut times = [year + 1, year, year - 1].into_iter().filter_map(of_year);
    times.find(|timestamp| timestamp.seconds_since(arrived) <= DAY_SECONDS)
}

fn iso_time(text: &str) -> Option<(Timestamp, &str)> {
    let (time, rest) = text.split_once(' ')?;
    let timestamp = Timestamp::parse(time).ok().filter(|_| time.contains('T'))?;
    Some((timestamp, rest))
}

/// `sshd[123]: message` or `kernel: message`: the name, the process id and the message.
fn tag(text: &str) -> Option<(&str, &str, &str)> {
    let (tag, message) = text.split_once(':')?;
    let message = match message.strip_prefix(' ') {
        Some(message) => message,
        None if message.is_empty() => message,
        None => return None,
    };
    let (name, proc_id) = match tag.strip_suffix(']') {
        Some(tag) => tag.split_once('[')?,
        None => (tag, ""),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/()@".contains(&byte);
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"_-#".contains(&byte);
    let well_formed = !name.is_empty() && name.bytes().all(is_name) && proc_id.bytes().all(is_id);
    (well_formed && Level::from_name(name).is_none()).then_some((name, proc_id, message))
}

/// `-` or `[id name="value" …]…` as a JSON object, and what follows. What has one name, as RFC 5424 lets parameters have,
/// is an array.
fn structured_data(text: &str) -> Option<(Vec<u8>, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((Vec::new(), rest));
    }
    let (mut out, mut elements) = (vec![b'{'], Repeated::default());
    let mut rest = text.strip_prefix('[')?;
    loop {
        let id_length = rest.find([' ', ']'])?;
        let (id, after) = rest.split_at(id_length);
        let mut after_parameters = None;
        elements.write(&mut out, 0, id.as_bytes(), |out| after_parameters = parameters(after, out));
        rest = after_parameters?;
        match rest.strip_prefix('[') {
            Some(next) => rest = next,
            None => break,
        }
    }
    elements.join(&mut out, 0);
    out.push(b'}');
    Some((out, rest))
}

/// ` name="value"…]`: writes an object, gives what follows the bracket.
fn parameters<'a>(text: &'a str, out: &mut Vec<u8>) -> Option<&'a str> {
    let (start, mut members) = (out.len(), Repeated::default());
    out.push(b'{');
    let rest = each_parameter(text, |name, value| {
        members.write(out, start, name.as_bytes(), |out| json::string(out, value));
    });
    members.join(out, start);
    out.push(b'}');
    rest
}

/// ` name="value"…]`: gives each, and what follows the bracket.
fn each_parameter(mut text: &str, mut take: impl FnMut(&str, &str)) -> Option<&str> {
    loop {
        text = text.trim_start_matches(' ');
        if let Some(rest) = text.strip_prefix(']') {
            return Some(rest);
        }
        let quote = memchr::memchr(b'"', text.as_bytes())?;
        let (name, value) = (text[..quote].strip_suffix('=')?, &text[quote + 1..]);
        if name.is_empty() || name.bytes().any(|byte| matches!(byte, b']' | b' ')) {
            return None;
        }
        let (value, rest) = parameter_value(value)?;
        take(name, &value);
        text = rest;
    }
}

/// A value up to its quote, with what is escaped in it, and what follows the quote.
fn parameter_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (mut value, mut rest) = (Cow::Borrowed(""), text);
    loop {
        let at = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        let (clean, marked) = rest.split_at(at);
        value += clean;
        let Some(escape) = marked.strip_prefix('\\') else { return Some((value, &marked[1..])) };
        let c = escape.chars().next()?;
        let (escaped, behind) = escape.split_at(c.len_utf8());
        // Before anything else a backslash stands for itself.
        if !matches!(c, '"' | '\\' | ']') {
            value += "\\";
        }
        value += escaped;
        rest = behind;
    }
}

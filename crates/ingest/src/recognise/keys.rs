//! JSON of loggers that name a record's time, level or message otherwise than `store` looks for them.
//!
//! | logger | time | level | message | logger's name |
//! |---|---|---|---|---|
//! | Serilog, compact | `@t` | `@l`, info where it is left out | `@m`, `@mt` | `SourceContext` |
//! | Serilog; .NET's console | `Timestamp` | `Level`, `LogLevel` | `RenderedMessage`, `Message`, `MessageTemplate` | `SourceContext`, `Category` |
//! | hclog | (`@timestamp`) | `@level` | `@message` | `@module` |
//! | python-json-logger | `asctime` | `levelname` | (`message`) | `name` |
//! | Log4j 2 | `instant`, `timeMillis` | (`level`) | (`message`) | `loggerName` |
//! | tracing | (`timestamp`) | (`level`) | `fields.message` | `target` |
//! | structlog | (`timestamp`) | (`level`) | `event` | `logger` |
//! | GELF | (`timestamp`) | (`level`) | `short_message` | |
//! | MongoDB | `t.$date` | `s` | (`msg`) | `c` |
//!
//! Always holds: what is read is kept under its own name too; `name`, `target`, `logger`, `Category`, `event`, `s`,
//! `c` and `ctx` mean something only beside what the same logger writes; a level is a text that names one.

use std::borrow::Cow;

use model::{LEVEL_KEYS, Level, Timestamp};

use super::traced::Traced;
use super::{Format, Found, Value, exception};
use crate::records::{Member, Records};

/// What members of a record say.
pub(super) struct Named {
    pub(super) found: Found<'static>,
    pub(super) message: Option<String>,
}

/// The members that a logger may mean something by.
#[derive(Default)]
struct Members<'m> {
    time: Option<Timestamp>,
    level: Option<Level>,
    has_level: bool,
    is_compact: bool,
    rendered: Option<&'m Member>,
    template: Option<&'m Member>,
    event: Option<&'m Member>,
    within_fields: Option<String>,
    thrown: Option<&'m Member>,
    logger: Option<&'m Member>,
    /// Names that others use for much else.
    name: Option<&'m Member>,
    target: Option<&'m Member>,
    of_event: Option<&'m Member>,
    has_levelname: bool,
    category: Option<&'m Member>,
    has_log_level: bool,
    of_mongodb: MongoDb<'m>,
    traced: Traced,
}

#[derive(Default)]
struct MongoDb<'m> {
    time: Option<Timestamp>,
    severity: Option<&'m Member>,
    component: Option<&'m Member>,
    thread: Option<&'m Member>,
}

/// `None` where the record says nothing so.
pub(super) fn of(body: &[u8], members: &[Member]) -> Option<Named> {
    let mut read = Members::default();
    for member in members {
        read.add(body, member);
    }
    let text = |member: Option<&Member>| member.and_then(|member| member.text(body)).filter(|text| !text.is_empty());
    let of_mongodb = &read.of_mongodb;
    if of_mongodb.time.is_some() {
        read.time = read.time.or(of_mongodb.time);
        read.level = read.level.or_else(|| severity(&text(of_mongodb.severity)?));
        read.logger = read.logger.or(of_mongodb.component);
    }
    let of_event = read.event.filter(|_| read.has_level || read.level.is_some());
    let message = text(read.rendered).or_else(|| read.within_fields.clone()).or_else(|| text(read.template));
    let is_of_event = message.is_none() && of_event.is_some();
    let message = message.or_else(|| text(of_event));
    if read.is_compact && message.is_some() {
        read.level = read.level.or(if read.has_level { None } else { Some(Level::Info) });
    }
    let traced = read.traced.said();
    if message.is_none() && read.time.is_none() && read.level.is_none() && read.thrown.is_none() && traced.is_empty() {
        return None;
    }
    let logger = if read.has_log_level {
        read.category
    } else if read.has_levelname {
        read.name
    } else if read.within_fields.is_some() {
        read.target
    } else if is_of_event {
        read.of_event
    } else {
        None
    };
    let logger = read.logger.or(logger);
    let mut found = Found { time: read.time, ..Found::new(Format::Json).of_level(read.level) };
    if let Some(logger) = text(logger) {
        found.add("scope.name", Value::Text(logger.into()));
    }
    if let Some(thread) = text(read.of_mongodb.thread.filter(|_| read.of_mongodb.time.is_some())) {
        found.add("thread.name", Value::Text(thread.into()));
    }
    if let Some(thrown) = text(read.thrown)
        && let Some(thrown) = exception::of(&thrown)
    {
        // The trace is in the record already.
        for (name, value) in thrown.fields.into_iter().filter(|(name, _)| name != "exception.stacktrace") {
            if let Value::Text(text) = value {
                found.add(Cow::Owned(name.into_owned()), Value::Text(text.into_owned().into()));
            }
        }
    }
    found.fields.extend(traced.into_iter().map(|(name, value)| (name.into(), Value::Text(value.into()))));
    Some(Named { found, message })
}

/// The time that a member of this name holds, given its value as JSON.
pub(crate) fn time(key: &str, value: &str) -> Option<Timestamp> {
    match key {
        "@t" | "Timestamp" | "asctime" | "timeMillis" => match value.strip_prefix('"') {
            Some(text) => Timestamp::parse(text.strip_suffix('"')?).ok(),
            None => Timestamp::from_epoch_number(value.parse().ok()?),
        },
        "instant" => {
            let (seconds, nanos) = (number(value, "epochSecond")?, number(value, "nanoOfSecond").unwrap_or(0));
            let nanos = (0..1_000_000_000).contains(&nanos).then_some(nanos)?;
            seconds.checked_mul(1_000_000_000)?.checked_add(nanos).map(Timestamp::from_nanos)
        }
        "t" => {
            let date = inner(value.as_bytes(), "$date", |object, member| member.text(object))?;
            Timestamp::parse(&date).ok()
        }
        _ => None,
    }
}

/// The level that a member of this name holds, given its value as JSON.
pub(crate) fn level(key: &str, value: &str) -> Option<Level> {
    match key {
        "@l" | "@level" | "Level" | "LogLevel" | "levelname" => Level::from_name(value.strip_prefix('"')?.strip_suffix('"')?),
        _ => None,
    }
}

/// The level that MongoDB means by a letter, which only its time beside it tells.
pub(super) fn severity(letter: &str) -> Option<Level> {
    Some(match letter {
        "F" => Level::Critical,
        "E" => Level::Error,
        "W" => Level::Warn,
        "I" => Level::Info,
        "D" | "D1" | "D2" | "D3" | "D4" | "D5" => Level::Debug,
        _ => return None,
    })
}

/// A whole number that is a member of an object.
fn number(object: &str, key: &str) -> Option<i64> {
    inner(object.as_bytes(), key, |object, member| std::str::from_utf8(&object[member.value.clone()]).ok()?.parse().ok())
}

pub(super) fn inner<T>(object: &[u8], key: &str, read: impl FnOnce(&[u8], &Member) -> Option<T>) -> Option<T> {
    let mut members = Vec::new();
    Records::new(object).next(&mut members).ok()??;
    read(object, members.iter().find(|member| member.has_key(object, &[key]))?)
}

// === impl Members ===

impl<'m> Members<'m> {
    fn add(&mut self, body: &[u8], member: &'m Member) {
        let (Ok(key), value) = (std::str::from_utf8(&body[member.key.clone()]), &body[member.value.clone()]) else { return };
        match key {
            "@t" | "Timestamp" | "asctime" | "timeMillis" | "instant" => {
                self.is_compact |= key == "@t";
                self.time = self.time.or_else(|| time(key, std::str::from_utf8(value).ok()?));
            }
            "@l" | "@level" | "Level" | "LogLevel" | "levelname" => {
                self.has_level |= key == "@l";
                self.has_levelname |= key == "levelname";
                self.has_log_level |= key == "LogLevel";
                self.level = self.level.or_else(|| level(key, std::str::from_utf8(value).ok()?));
            }
            "@m" | "@message" | "RenderedMessage" | "Message" | "short_message" => self.rendered = Some(member),
            "@mt" | "MessageTemplate" => self.template = Some(member),
            "event" => self.event = Some(member),
            "fields" if value.starts_with(b"{") => {
                self.within_fields = inner(value, "message", |object, member| member.text(object))
            }
            "@x" | "Exception" | "exc_info" => self.thrown = Some(member),
            "Category" => self.category = Some(member),
            "@module" | "SourceContext" | "loggerName" => self.logger = Some(member),
            "name" => self.name = Some(member),
            "target" => self.target = Some(member),
            "logger" => self.of_event = Some(member),
            "t" => self.of_mongodb.time = std::str::from_utf8(value).ok().and_then(|value| time(key, value)),
            "s" => self.of_mongodb.severity = Some(member),
            "c" => self.of_mongodb.component = Some(member),
            "ctx" => self.of_mongodb.thread = Some(member),
            key => {
                self.has_level |= LEVEL_KEYS.contains(&key);
                self.traced.add(body, key, member);
            }
        }
    }
}

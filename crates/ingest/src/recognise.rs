//! Lines in known formats, read out of messages: what a line says becomes named attributes, and the line stays.
//!
//! | what the line starts with | what it is tried as |
//! |---|---|
//! | `{` | a JSON object |
//! | `<` | syslog |
//! | `[` | Apache's errors, env_logger, Lambda's lines of Python, gunicorn, Serilog, pino, Elasticsearch, PHP, a date or level |
//! | a digit | access lines, nginx's errors, Heroku, PostgreSQL, MySQL, Redis, syslog in files, loggers of the JVM, Python, Rust, Go, .NET, Elixir, Lambda; a date |
//! | anything else | Heroku's router and dynos, Lambda, Rails, Ruby, klog, Python, PHP, syslog in files, access lines, logfmt; a level |
//!
//! Behind what Docker Compose or a runtime of Kubernetes puts before a container's line, it is tried as any other.
//!
//! What a terminal would colour is told without its colours (`colours`), which stay in the message.
//!
//! Always holds: a line gives attributes only if all of it fits its format; it is never changed; whatever it is, it is done
//! with in a time that grows with its length, and beyond `limits::RECOGNISED_LINE_BYTES_MAX` at once.

mod access;
mod apache;
mod compose;
mod console;
mod cri;
mod exception;
mod found;
pub(crate) mod heroku;
mod java;
mod jul;
pub(crate) mod keys;
mod klog;
mod lambda;
mod likely;
mod logfmt;
mod mysql;
mod nginx;
mod object;
mod php;
mod postgres;
mod prefix;
mod python;
mod rails;
mod redis;
mod request;
mod rewrite;
mod rust;
mod trace;
mod traced;
mod trailing;
mod zap;

use std::borrow::Cow;

use model::{LEVEL_KEYS, Level, Timestamp, limits};

pub use found::Format;
pub(crate) use found::Found;
pub(crate) use found::Value;
pub(crate) use likely::has_trace;
pub(crate) use logfmt::is_json_scalar;
pub(crate) use rewrite::{INNER_MESSAGE, attributes, message};
pub(crate) use trace::{AHEAD_LINES_MAX, Ahead, Trace};

use identity::pipeline::ParseAs;

use crate::{colours, text};

type Parser = for<'a> fn(&'a str) -> Option<Found<'a>>;

const BRACKETED: &[Parser] = &[
    apache::error,
    rust::env_logger,
    lambda::of_python,
    python::gunicorn,
    console::serilog,
    console::pino,
    java::elasticsearch,
    php::line,
    prefix::line,
];
const DATED: &[Parser] = &[
    access::line,
    nginx::error,
    heroku::line,
    postgres::line,
    mysql::line,
    redis::line,
    zap::line,
    lambda::of_node,
    lambda::timed_out,
    java::line,
    python::dated,
    rust::tracing,
    console::nlog,
    console::zerolog,
    console::elixir,
    prefix::line,
];
const NAMED: &[Parser] = &[
    heroku::router,
    heroku::of_dyno,
    heroku::error,
    lambda::line,
    rails::line,
    rails::ruby_logger,
    python::leveled,
    jul::head,
    java::undated,
    php::line,
    access::line,
    logfmt::line,
    prefix::line,
];

/// What a message is, colours and all.
#[must_use]
pub fn format(message: &str, arrived: Timestamp) -> Option<Format> {
    recognise(&bare(message), arrived).map(|found| found.format)
}

/// A message without colours, where it is not so long that it is left alone anyhow.
pub(crate) fn bare(message: &str) -> Cow<'_, str> {
    if message.len() > limits::RECOGNISED_LINE_BYTES_MAX { Cow::Borrowed(message) } else { colours::without(message) }
}

/// What a message says that has no colours, and what it is. `arrived`: tells the year of a time that names none.
pub(crate) fn recognise(message: &str, arrived: Timestamp) -> Option<Found<'_>> {
    if message.len() > limits::RECOGNISED_LINE_BYTES_MAX {
        return None;
    }
    let message = message.trim_end();
    if message.starts_with('{') {
        return object::line(message);
    }
    let (line, more) = message.split_once('\n').map_or((message, ""), |(line, more)| (line.trim_end(), more));
    let of_line = first_line(line, arrived).map(|found| jul::settled(found, more).settled(arrived));
    match (of_line, thrown(message, more)) {
        (None, thrown) => thrown,
        (Some(mut found), Some(thrown)) => {
            if !found.fields.iter().any(|(key, _)| LEVEL_KEYS.contains(&key.as_ref())) {
                found.level = found.level.or(thrown.level);
            }
            found.fields.extend(thrown.fields);
            Some(found)
        }
        (found, None) => found,
    }
}

/// What a message says was thrown, given what stands behind its first line.
fn thrown<'a>(message: &'a str, more: &str) -> Option<Found<'a>> {
    if more.is_empty() {
        // A panic of Rust before 1.73 may be of one line.
        return if message.starts_with("thread '") { exception::of(message) } else { exception::of_end(message) };
    }
    let of_node = || trace::is_of_node(message).then(|| Found::new(Format::Exception).of_level(Some(Level::Error)));
    exception::of(message).or_else(of_node)
}

/// The level that a message of an app says itself, by its format or by a pair. What looks like Heroku's own is none of an app.
pub(crate) fn level(message: &str, arrived: Timestamp) -> Option<Level> {
    let message = bare(message);
    let found = recognise(&message, arrived).filter(|found| found.format != Format::Heroku)?;
    let named = |name: &str| found.fields.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.level());
    found.level.or_else(|| LEVEL_KEYS.iter().find_map(|name| named(name)))
}

/// What a text without colours says in this format. The same bounds hold.
pub(crate) fn in_format(text: &str, format: ParseAs, arrived: Timestamp) -> Option<Found<'_>> {
    if format == ParseAs::Any {
        return recognise(text, arrived);
    }
    if text.len() > limits::RECOGNISED_LINE_BYTES_MAX {
        return None;
    }
    let whole = text.trim_end();
    let line = whole.split_once('\n').map_or(whole, |(line, _)| line.trim_end());
    let parsers: &[Parser] = match format {
        ParseAs::Any => &[],
        ParseAs::Json => return object::line(whole),
        ParseAs::Syslog => return text::syslog_line(line, arrived),
        ParseAs::Klog => return klog::line(line, arrived),
        ParseAs::Apache => &[access::line, apache::error],
        ParseAs::Heroku => &[heroku::line, heroku::router, heroku::of_dyno, heroku::error],
        ParseAs::Java => &[java::line, jul::head],
        ParseAs::Lambda => &[lambda::line, lambda::of_node, lambda::of_python, lambda::timed_out],
        ParseAs::Logfmt => &[logfmt::line],
        ParseAs::Nginx => &[access::line, nginx::error],
        ParseAs::Python => &[python::dated, python::leveled, python::gunicorn],
        ParseAs::Rails => &[rails::line, rails::ruby_logger],
        ParseAs::Rust => &[rust::tracing, rust::env_logger],
        ParseAs::Zap => &[zap::line],
    };
    parsers.iter().find_map(|parse| parse(line)).map(|found| found.settled(arrived))
}

fn first_line(line: &str, arrived: Timestamp) -> Option<Found<'_>> {
    let inside = |text, arrived| if str::starts_with(text, '{') { object::line(text) } else { line_of(text, arrived) };
    if let Some((container, text)) = compose::prefix(line) {
        let mut found = inside(text, arrived).unwrap_or_else(|| Found::new(Format::Prefix));
        found.text("container.name", container);
        return Some(found);
    }
    match cri::prefix(line) {
        Some(prefix) => Some(prefix.of(inside(prefix.text, prefix.time))),
        None => line_of(line, arrived),
    }
}

fn line_of(line: &str, arrived: Timestamp) -> Option<Found<'_>> {
    let parsers = match line.bytes().next()? {
        b'<' => return text::syslog_line(line, arrived),
        b'[' => BRACKETED,
        b'0'..=b'9' => DATED,
        _ => NAMED,
    };
    let of_arrival = || text::syslog_line(line, arrived).or_else(|| klog::line(line, arrived));
    // A date and a level alone say the least, so they are tried last.
    let (last, first) = parsers.split_last()?;
    let mut found = first.iter().find_map(|parse| parse(line)).or_else(of_arrival).or_else(|| last(line))?;
    if found.level.is_some() && found.ends_in_text() {
        found.fields.extend(trailing::object(line).unwrap_or_default());
    }
    Some(found)
}

#[cfg(test)]
mod tests;

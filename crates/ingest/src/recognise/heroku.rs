//! Heroku: lines of its router, of its dynos, and what it measures.

use std::borrow::Cow;

use model::{Level, Timestamp};

use super::{Format, Found, Value, logfmt, request};

/// What the router's lines are from.
const ROUTER: &str = "router";

/// `2026-01-31T12:00:00.123456+00:00 heroku[router]: at=info …`, and the same of `app[web.1]`.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let source = ["heroku[", "app["].iter().find(|source| rest.starts_with(**source))?;
    let (dyno, message) = rest[source.len()..].split_once("]: ")?;
    let timestamp = Timestamp::parse(time).ok()?;
    let mut found = if dyno == ROUTER { router(message) } else { None }
        .or_else(|| measured(message))
        .or_else(|| error(message))
        .unwrap_or_else(|| Found::new(Format::Heroku));
    found.time = Some(timestamp);
    if dyno != ROUTER && !found.fields.iter().any(|(key, _)| key == "heroku.dyno") {
        found.text("heroku.dyno", dyno);
    }
    Some(found)
}

/// The level that a line of the platform says itself, of the router or of what is named so (`web.1`).
pub(crate) fn level(from: &str, line: &str) -> Option<Level> {
    if from == ROUTER {
        return line.strip_prefix("at=").and_then(|rest| rest.split(' ').next()).and_then(Level::from_name);
    }
    error_code(line).map(|_| Level::Error)
}

/// Whether what a line of the platform is from is a dyno: `web.1`, `scheduler.4711`.
pub(crate) fn is_dyno(from: &str) -> bool {
    let number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    from.rsplit_once('.').is_some_and(|(name, of_name)| !name.is_empty() && number(of_name))
}

/// `at=info method=GET path="/x" host=… request_id=… fwd="…" dyno=web.1 connect=1ms service=18ms status=200 bytes=13`
pub(super) fn router(line: &str) -> Option<Found<'_>> {
    if !line.starts_with("at=") {
        return None;
    }
    let pairs = logfmt::pairs(line)?;
    let has = |wanted: &str| pairs.iter().any(|(key, _)| *key == wanted);
    if !(has("dyno") && has("fwd") && (has("method") || has("code"))) {
        return None;
    }
    let mut found = Found::new(Format::Heroku);
    for (key, value) in pairs {
        pair(&mut found, key, value);
    }
    Some(found)
}

fn pair<'a>(found: &mut Found<'a>, key: &str, value: Cow<'a, str>) {
    let name = match key {
        "at" => {
            found.level = Level::from_name(&value);
            return;
        }
        "path" => {
            let (path, query) = value.split_once('?').unwrap_or((&value, ""));
            found.add("url.path", Value::Text(path.to_owned().into()));
            if !query.is_empty() {
                found.add("url.query", Value::Text(query.to_owned().into()));
            }
            return;
        }
        "status" => {
            return request::status(&value).into_iter().for_each(|status| found.number("http.response.status_code", status));
        }
        "bytes" => return value.parse().into_iter().for_each(|bytes| found.number("http.response.body.size", bytes)),
        "connect" => return millis(found, "heroku.connect_ms", &value),
        "service" => return millis(found, "heroku.service_ms", &value),
        "method" => "http.request.method",
        "host" => "server.address",
        "request_id" => "heroku.request_id",
        "fwd" => "client.address",
        "dyno" => "heroku.dyno",
        "protocol" => "url.scheme",
        "code" => "error.type",
        "desc" => "error.message",
        _ => return,
    };
    // The first of those that forwarded it is the client.
    let value = match (key, value.split_once(',')) {
        ("fwd", Some((first, _))) => first.trim().to_owned().into(),
        _ => value,
    };
    if !value.is_empty() {
        found.add(name, Value::Text(value));
    }
}

fn millis(found: &mut Found<'_>, key: &'static str, value: &str) {
    if let Some(millis) = value.strip_suffix("ms").and_then(|millis| millis.parse().ok()) {
        found.number(key, millis);
    }
}

/// `source=web.1 dyno=heroku.2 sample#memory_rss=21.22MB sample#load_avg_1m=0.1`
fn measured(line: &str) -> Option<Found<'_>> {
    let mut found = Found::new(Format::Heroku);
    for (key, value) in logfmt::pairs(line).filter(|pairs| pairs.iter().any(|(key, _)| key.starts_with("sample#")))? {
        let Some(name) = key.strip_prefix("sample#") else {
            if key == "source" {
                found.add("heroku.dyno", Value::Text(value));
            }
            continue;
        };
        let digits = value.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, unit) = value.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let unit = if unit.is_empty() { String::new() } else { format!("_{}", unit.to_ascii_lowercase()) };
        found.add(format!("heroku.{name}{unit}"), Value::Float(number));
    }
    Some(found)
}

/// The same where nothing but the line tells that it is Heroku's, as its drains send it.
pub(super) fn of_dyno(line: &str) -> Option<Found<'_>> {
    // What add-ons measure names a source too, but no dyno.
    (line.starts_with("source=") && line.contains(" dyno=")).then(|| measured(line))?
}

/// `Error R14 (Memory quota exceeded)`
pub(super) fn error(line: &str) -> Option<Found<'_>> {
    let mut found = Found::new(Format::Heroku).of_level(Some(Level::Error));
    found.text("error.type", error_code(line)?);
    Some(found)
}

/// R of the dynos' running, H of HTTP, L of logging, with what it means in parentheses.
fn error_code(line: &str) -> Option<&str> {
    let (code, meaning) = line.strip_prefix("Error ")?.split_once(' ')?;
    let is_code = matches!(code.as_bytes(), [b'H' | b'L' | b'R', b'0'..=b'9', b'0'..=b'9']);
    (is_code && meaning.starts_with('(')).then_some(code)
}

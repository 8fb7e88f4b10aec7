//! Heroku: lines of its router, of its dynos, and what it measures.

use std::borrow::Cow;

use model::{Level, Timestamp};

use super::{Format, Found, Value, logfmt, request};

/// `2026-01-31T12:00:00.123456+00:00 heroku[router]: at=info …`, and the same of `app[web.1]`.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let source = ["heroku[", "app["].iter().find(|source| rest.starts_with(**source))?;
    let (dyno, message) = rest[source.len()..].split_once("]: ")?;
    let timestamp = Timestamp::parse(time).ok()?;
    let mut found = if dyno == "router" { router(message) } else { None }
        .or_else(|| measured(message))
        .unwrap_or_else(|| Found::new(Format::Heroku).of_level(said(message)));
    found.time = Some(timestamp);
    if dyno != "router" && !found.fields.iter().any(|(key, _)| key == "heroku.dyno") {
        found.text("heroku.dyno", dyno);
    }
    if let Some(code) = message.strip_prefix("Error R").and_then(|rest| rest.split(' ').next()) {
        found.fields.push(("error.type".into(), Value::Text(format!("R{code}").into())));
    }
    Some(found)
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

fn said(message: &str) -> Option<Level> {
    message.starts_with("Error R").then_some(Level::Error)
}

//! Rails' lines of a request, and Ruby's Logger.

use model::{Level, Timestamp};

use super::{Format, Found, request};

const PHASES: [(&str, &str); 3] =
    [("Views: ", "rails.views_ms"), ("ActiveRecord: ", "rails.active_record_ms"), ("GC: ", "rails.gc_ms")];

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (verb, rest) = line.split_once(' ')?;
    match verb {
        "Started" => started(rest),
        "Processing" => processing(rest),
        "Completed" => completed(rest),
        _ => None,
    }
}

/// `I, [2026-01-31T12:00:00.123456 #1234]  INFO -- prog: text`
pub(super) fn ruby_logger(line: &str) -> Option<Found<'_>> {
    let (initial, rest) = line.split_once(", [")?;
    let (head, rest) = rest.split_once(']')?;
    let (time, process) = head.split_once(" #")?;
    let (level, rest) = rest.trim_start().split_once(" -- ")?;
    let (program, text) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    if initial.len() != 1 || !level.starts_with(initial) && level != "ANY" {
        return None;
    }
    let mut found = self::line(text).unwrap_or_else(|| Found::new(Format::Rails));
    found.time = Some(Timestamp::parse(time).ok()?);
    found.level = if level == "ANY" { None } else { Some(Level::from_name(level)?) };
    found.number("process.pid", process.parse().ok()?);
    found.text("scope.name", program);
    Some(found)
}

/// `GET "/orders?id=7" for 127.0.0.1 at 2026-01-31 12:00:00 +0000`
fn started(rest: &str) -> Option<Found<'_>> {
    let (method, rest) = rest.split_once(" \"")?;
    let (target, rest) = rest.split_once("\" for ")?;
    let (client, time) = rest.split_once(" at ")?;
    let mut found = Found::new(Format::Rails).at(Timestamp::parse(time).ok()?);
    found.text("http.request.method", method);
    request::target(&mut found, target);
    found.text("client.address", client);
    request::is_method(method).then_some(found)
}

/// `by OrdersController#show as HTML`
fn processing(rest: &str) -> Option<Found<'_>> {
    let (action, format) = rest.strip_prefix("by ")?.split_once(" as ")?;
    let mut found = Found::new(Format::Rails);
    found.text("code.function.name", action);
    found.text("rails.format", format);
    (action.contains('#') && !action.contains(' ')).then_some(found)
}

/// `200 OK in 35ms (Views: 30.1ms | ActiveRecord: 1.2ms | Allocations: 1234)`
fn completed(rest: &str) -> Option<Found<'_>> {
    let (status, rest) = rest.split_once(' ')?;
    let (_phrase, rest) = rest.split_once("in ")?;
    let (duration, phases) = rest.split_once(" (").unwrap_or((rest, ""));
    let mut found = Found::new(Format::Rails);
    found.number("http.response.status_code", request::status(status)?);
    found.float("rails.duration_ms", millis(duration)?);
    for phase in phases.trim_end_matches(')').split(" | ") {
        for (name, key) in PHASES {
            let spent = phase.strip_prefix(name).and_then(|spent| millis(spent.split(' ').next()?));
            spent.into_iter().for_each(|spent| found.float(key, spent));
        }
    }
    Some(found)
}

fn millis(text: &str) -> Option<f64> {
    text.strip_suffix("ms")?.parse().ok().filter(|millis: &f64| millis.is_finite())
}

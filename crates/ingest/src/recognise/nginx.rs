//! nginx's error log.

use model::{Level, Timestamp};

use super::{Format, Found, request};

/// What nginx says at the end, each as `, name: value`, in this order.
const CONTEXT: [&str; 7] =
    [", client: ", ", server: ", ", request: ", ", subrequest: ", ", upstream: ", ", host: ", ", referrer: "];

/// `2026/01/31 12:00:00 [error] 31#7: *9 open() "/x" failed (2: No such file or directory), client: 1.2.3.4, …`
pub(super) fn error(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.split_once(" [")?;
    if time.len() != "2026/01/31 12:00:00".len() || time.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (level, rest) = rest.split_once("] ")?;
    let (ids, rest) = rest.split_once(": ")?;
    let (process, thread) = ids.split_once('#')?;
    let level = Level::from_name(level)?;
    let mut found = Found::new(Format::Nginx).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    found.number("process.pid", process.parse().ok()?);
    found.number("thread.id", thread.parse().ok()?);
    let starts: Vec<(usize, &str)> = CONTEXT.iter().filter_map(|name| Some((rest.rfind(name)?, *name))).collect();
    // Nothing but context stands behind the client.
    let client = starts.first().filter(|(_, name)| *name == CONTEXT[0]).map_or(usize::MAX, |(at, _)| *at);
    for (at, name) in starts.iter().filter(|(at, _)| *at >= client) {
        let from = at + name.len();
        let to = starts.iter().map(|(next, _)| *next).filter(|next| *next > *at).min().unwrap_or(rest.len());
        said(&mut found, name, rest.get(from..to).unwrap_or_default());
    }
    Some(found)
}

fn said<'a>(found: &mut Found<'a>, name: &str, value: &'a str) {
    let value = value.trim_matches('"');
    match name.trim_matches([',', ' ', ':']) {
        "client" => found.text("client.address", value),
        "server" if value != "_" => found.text("server.address", value),
        "request" => request::line(found, value),
        "upstream" => found.text("nginx.upstream", value),
        "host" => found.text("http.request.header.host", value),
        "referrer" => found.text("http.request.header.referer", value),
        _ => {}
    }
}

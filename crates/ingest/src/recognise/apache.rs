//! Apache's error log.

use model::{Level, Timestamp};

use super::{Format, Found};
use crate::text::month_number;

/// `[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:80] File does not exist`
pub(super) fn error(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let mut found = Found::new(Format::Apache).at(time_of(time)?);
    let (kind, mut rest) = rest.split_once(']')?;
    let (module, level) = kind.split_once(':').unwrap_or(("", kind));
    let level = level.trim_end_matches(|c: char| c.is_ascii_digit());
    found.level = Some(Level::from_name(level)?);
    found.text("apache.module", module);
    while let Some((part, after)) = rest.strip_prefix(" [").and_then(|part| part.split_once(']')) {
        if let Some(ids) = part.strip_prefix("pid ") {
            let (process, thread) = ids.split_once(":tid ").unwrap_or((ids, ""));
            found.number("process.pid", process.parse().ok()?);
            if !thread.is_empty() {
                found.number("thread.id", thread.parse().ok()?);
            }
        } else if let Some(client) = part.strip_prefix("client ") {
            self::client(&mut found, client);
        } else {
            break;
        }
        rest = after;
    }
    (rest.is_empty() || rest.starts_with(' ')).then_some(found)
}

fn client<'a>(found: &mut Found<'a>, client: &'a str) {
    let port = client.rsplit_once(':').and_then(|(address, port)| Some((address, port.parse::<u16>().ok()?)));
    match port {
        // An address of IPv6 has a port only if it is in brackets, which Apache does not write.
        Some((address, port)) if !address.contains(':') => {
            found.text("client.address", address);
            found.number("client.port", u64::from(port));
        }
        Some(_) | None => found.text("client.address", client),
    }
}

/// `Fri Sep 09 10:42:29.902022 2011`
fn time_of(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let (_weekday, month, day) = (words.next()?, month_number(words.next()?)?, words.next()?);
    let (time, year) = (words.next()?, words.next()?);
    let day: u8 = day.parse().ok()?;
    words.next().is_none().then(|| Timestamp::parse(&format!("{year}-{month:02}-{day:02}T{time}Z")).ok()).flatten()
}

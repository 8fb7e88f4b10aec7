//! Access lines in the common and combined formats of Apache and nginx, behind the name of a virtual host or not, with
//! whatever else a server writes behind them.

use std::net::IpAddr;

use model::Timestamp;

use super::{Format, Found, request};
use crate::text::month_number;

/// `1.2.3.4 - ann [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326 "referer" "agent"`
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (server, line) = virtual_host(line).map_or((None, line), |(server, line)| (Some(server), line));
    let (client, rest) = line.split_once(' ')?;
    if client.is_empty() || !client.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (_ident, rest) = rest.split_once(' ')?;
    let (user, rest) = rest.split_once(" [")?;
    let (time, rest) = rest.split_once("] \"")?;
    let mut found = Found::new(Format::Access).at(time_of(time)?);
    let (asked, rest) = request::quoted(rest)?;
    let (status, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let status = request::status(status)?;
    let (bytes, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let bytes: Option<u64> = if bytes == "-" { None } else { Some(bytes.parse().ok()?) };
    let (referer, rest) = rest.strip_prefix('"').and_then(request::quoted).unwrap_or(("", rest));
    let (user_agent, _) = rest.strip_prefix(" \"").and_then(request::quoted).unwrap_or(("", rest));
    if let Some((address, port)) = server {
        found.text("server.address", address);
        found.number("server.port", u64::from(port));
    }
    found.text("client.address", client);
    found.text("user.name", user);
    request::line(&mut found, asked);
    found.number("http.response.status_code", status);
    if let Some(bytes) = bytes {
        found.number("http.response.body.size", bytes);
    }
    found.text("http.request.header.referer", referer);
    found.text("user_agent.original", user_agent);
    Some(found)
}

/// The server's name and port that Apache's `vhost_combined` puts before the line, and the line.
fn virtual_host(line: &str) -> Option<((&str, u16), &str)> {
    let (server, rest) = line.split_once(' ')?;
    let (address, port) = server.rsplit_once(':')?;
    let port = port.parse().ok()?;
    // A client of IPv6 looks so too. A user may have spaces, so that words cannot be counted.
    let client = rest.split(' ').next()?.parse::<IpAddr>();
    (!address.is_empty() && server.parse::<IpAddr>().is_err() && client.is_ok()).then_some(((address, port), rest))
}

/// `10/Oct/2000:13:55:36 -0700`
fn time_of(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(':')?;
    let mut date = date.splitn(3, '/');
    let (day, month, year) = (date.next()?, month_number(date.next()?)?, date.next()?);
    let (time, zone) = time.split_once(' ').unwrap_or((time, ""));
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}{zone}")).ok()
}

//! Access lines in the common and combined formats of Apache and nginx.

use std::net::IpAddr;

use model::Timestamp;

use super::syslog::month_number;
use crate::json;

pub(super) struct Access<'a> {
    client: &'a str,
    user: &'a str,
    timestamp: Timestamp,
    request: &'a str,
    status: u16,
    bytes: Option<u64>,
    referer: &'a str,
    user_agent: &'a str,
}

// === impl Access ===

impl<'a> Access<'a> {
    /// `1.2.3.4 - ann [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326 "referer" "agent"`
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let (client, rest) = line.split_once(' ')?;
        let (_ident, rest) = rest.split_once(' ')?;
        let (user, rest) = rest.split_once(" [")?;
        let (time, rest) = rest.split_once("] \"")?;
        let timestamp = time_of(time)?;
        let (request, rest) = quoted(rest)?;
        let rest = rest.strip_prefix(' ')?;
        let (status, rest) = rest.split_once(' ')?;
        let status = status.parse().ok().filter(|status| (100..1000).contains(status))?;
        let (bytes, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let bytes = match bytes {
            "-" => None,
            bytes => Some(bytes.parse().ok()?),
        };
        let (referer, rest) = rest.strip_prefix('"').and_then(quoted).unwrap_or(("", rest));
        let (user_agent, _) = rest.strip_prefix(" \"").and_then(quoted).unwrap_or(("", rest));
        let plausible = !client.is_empty() && client.bytes().all(|byte| byte.is_ascii_graphic());
        plausible.then_some(Self { client, user, timestamp, request, status, bytes, referer, user_agent })
    }

    /// Writes the fields into an object that is open, and `line` as the message.
    pub(super) fn write(&self, line: &str, out: &mut Vec<u8>) {
        json::key(out, b"timestamp");
        json::timestamp(out, self.timestamp);
        json::key(out, b"message");
        json::string(out, line);
        let client_key: &[u8] = if self.client.parse::<IpAddr>().is_ok() { b"client_ip" } else { b"client_host" };
        json::key(out, client_key);
        json::string(out, self.client);
        self.write_request(out);
        json::key(out, b"status");
        json::plain(out, self.status);
        if let Some(bytes) = self.bytes {
            json::key(out, b"bytes");
            json::plain(out, bytes);
        }
        for (key, value) in [("user", self.user), ("referer", self.referer), ("user_agent", self.user_agent)] {
            if !matches!(value, "" | "-") {
                json::key(out, key.as_bytes());
                json::string(out, value);
            }
        }
    }

    /// A request line that is none, such as the bytes of a TLS hello, is only in the message.
    fn write_request(&self, out: &mut Vec<u8>) {
        let mut words = self.request.split(' ');
        let (Some(method), Some(path), version, None) = (words.next(), words.next(), words.next(), words.next()) else {
            return;
        };
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return;
        }
        json::key(out, b"http");
        out.push(b'{');
        json::key(out, b"method");
        json::string(out, method);
        json::key(out, b"path");
        json::string(out, path);
        if let Some(version) = version.and_then(|version| version.strip_prefix("HTTP/")) {
            json::key(out, b"version");
            json::string(out, version);
        }
        out.push(b'}');
    }
}

/// The text up to the closing quote as it stands, and what follows the quote.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// `10/Oct/2000:13:55:36 -0700`
fn time_of(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(':')?;
    let mut date = date.splitn(3, '/');
    let (day, month, year) = (date.next()?, month_number(date.next()?)?, date.next()?);
    let (time, zone) = time.split_once(' ').unwrap_or((time, ""));
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}{zone}")).ok()
}

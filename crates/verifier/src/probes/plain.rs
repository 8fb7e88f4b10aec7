//! Whether anything is answered without TLS, on the port where the page is.

use std::io::{Read, Write};

use super::Saw;
use super::hello::is_timeout;
use crate::site::{Site, read_answer};

const ANSWER_BYTES_MAX: u64 = 64 << 10;
const TLS_ALERT: u8 = 21;

/// Whether what was answered is a refusal; `Err` says what it is.
fn judge(answer: &[u8]) -> Result<&'static str, String> {
    match answer.first() {
        None => return Ok("hung up"),
        Some(&TLS_ALERT) => return Ok("a TLS alert"),
        Some(_) => {}
    }
    match read_answer(&mut &*answer, ANSWER_BYTES_MAX as usize) {
        Ok(answer) if answer.status >= 400 => Ok("a refusal"),
        Ok(answer) => Err(format!("status {}", answer.status)),
        Err(_) => Err(format!("{} bytes that are no refusal", answer.len())),
    }
}

pub(crate) fn probe(site: &Site<'_>) -> Vec<Saw> {
    let host = site.address.authority();
    let page = &site.address.page;
    let http = format!("GET {page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    // The preface of RFC 9113 and an empty SETTINGS frame.
    let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    let syslog = b"<13>1 - - - - - - verify-overview\n";
    let asks: [(&str, &[u8]); 3] = [("plain HTTP", http.as_bytes()), ("plain HTTP/2", http2), ("plain syslog", syslog)];
    asks.into_iter().map(|(name, ask)| exchange(site, (name, ask))).collect()
}

fn exchange(site: &Site<'_>, (name, ask): (&str, &[u8])) -> Saw {
    let Ok(mut socket) = site.socket() else { return Saw::Nothing(format!("{name}: no connection")) };
    // Who hangs up before everything was read refuses too.
    let _ = socket.write_all(ask);
    let mut answer = Vec::new();
    match socket.take(ANSWER_BYTES_MAX).read_to_end(&mut answer) {
        Err(error) if answer.is_empty() && is_timeout(&error) => {
            return Saw::AsSaid(format!("{name}: no answer"));
        }
        Ok(_) | Err(_) => {}
    }
    match judge(&answer) {
        Ok(how) => Saw::AsSaid(format!("{name}: {how}")),
        Err(what) => Saw::Otherwise(format!("{name} was answered: {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_one() {
        for refusal in ["", "\u{15}\u{3}\u{1}", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"] {
            assert!(judge(refusal.as_bytes()).is_ok(), "{refusal:?}");
        }
        let settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00";
        let redirect = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
        for answer in [settings.as_slice(), redirect, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hello"] {
            assert!(judge(answer).is_err(), "{answer:?}");
        }
    }
}

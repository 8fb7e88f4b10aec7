//! A request of HTTP as log lines write it, as attributes.

use super::Found;

/// `GET /path?query HTTP/1.1`. What is none, such as the bytes of a TLS hello, is left out.
pub(super) fn line<'a>(found: &mut Found<'a>, request: &'a str) {
    let mut words = request.split(' ');
    let (Some(method), Some(target), version, None) = (words.next(), words.next(), words.next(), words.next()) else { return };
    if !is_method(method) {
        return;
    }
    found.text("http.request.method", method);
    self::target(found, target);
    if let Some(version) = version.and_then(|version| version.strip_prefix("HTTP/")) {
        found.text("network.protocol.version", version);
    }
}

pub(super) fn target<'a>(found: &mut Found<'a>, target: &'a str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    found.text("url.path", path);
    found.text("url.query", query);
}

pub(super) fn is_method(word: &str) -> bool {
    (3..=20).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn status(text: &str) -> Option<u64> {
    text.parse().ok().filter(|status| text.len() == 3 && (100..1000).contains(status))
}

/// The text up to the closing quote as it stands, and what follows the quote.
pub(super) fn quoted(text: &str) -> Option<(&str, &str)> {
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

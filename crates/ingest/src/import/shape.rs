//! How records stand in a file, from its beginning.

use identity::{ImportFormat, ImportLayout as Layout};
use model::limits;
use serde::de::IgnoredAny;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes of the mark of its byte order that a file begins with.
pub(super) fn mark(head: &[u8]) -> usize {
    if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// `None` while more has to be seen.
pub(super) fn of_beginning(format: ImportFormat, head: &[u8]) -> Option<Layout> {
    match format {
        ImportFormat::Ndjson | ImportFormat::Plain | ImportFormat::Syslog => Some(Layout::Lines),
        _ if head.len() < BYTE_ORDER_MARK.len() => None,
        ImportFormat::Json => Some(Layout::Objects),
        ImportFormat::Auto => of_text(head[mark(head)..].trim_ascii_start(), head.len() > limits::RECORD_BYTES_MAX),
    }
}

pub(super) fn of_whole(format: ImportFormat, head: &[u8]) -> Layout {
    match format {
        ImportFormat::Ndjson | ImportFormat::Plain | ImportFormat::Syslog => Layout::Lines,
        ImportFormat::Json => Layout::Objects,
        ImportFormat::Auto => of_text(head[mark(head)..].trim_ascii(), true).unwrap_or(Layout::Lines),
    }
}

/// `is_all`: nothing more will be seen.
fn of_text(text: &[u8], is_all: bool) -> Option<Layout> {
    let as_far_as_known = |layout| is_all.then_some(layout);
    match text.first() {
        None => as_far_as_known(Layout::Lines),
        // Lines of text begin so too: `[2026-05-04 …]`.
        Some(b'[') => match text[1..].trim_ascii_start().first() {
            Some(b'{') => Some(Layout::Objects),
            Some(_) => Some(Layout::Lines),
            None => as_far_as_known(Layout::Lines),
        },
        Some(b'{') => match memchr::memchr(b'\n', text) {
            Some(end) if text.len() > end + 1 || is_all => Some(of_first_line(&text[..end], &text[end + 1..])),
            Some(_) => None,
            None => is_all.then(|| of_first_line(text, b"")),
        },
        Some(_) => Some(Layout::Lines),
    }
}

/// Of a first line that begins an object: where that goes on in the next line, or another one in this, it is no object a
/// line. A next line that begins an object says that this one was cut.
fn of_first_line(first: &[u8], next: &[u8]) -> Layout {
    let mut values = serde_json::Deserializer::from_slice(first).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) if first[values.byte_offset()..].trim_ascii().starts_with(b"{") => Layout::Objects,
        Some(Err(error)) if error.is_eof() && !next.starts_with(b"{") => Layout::Objects,
        Some(_) | None => Layout::Lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Layout) {
        assert_eq!(of_whole(ImportFormat::Auto, text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn a_file_is_what_its_beginning_looks_like() {
        check("{\"a\":1}\n{\"a\":2}\n", Layout::Lines);
        check("{\"a\":1}", Layout::Lines);
        check("{\"a\":1}\n\n", Layout::Lines);
        check("\u{feff}{\"a\":1}\n{\"a\":2}\n", Layout::Lines);
        check("plain {\n", Layout::Lines);
        check("{curly but no JSON}\nmore\n", Layout::Lines);
        check("", Layout::Lines);
        check("[2026-05-04 12:00:00] started\n", Layout::Lines);
        check("[", Layout::Lines);
        // A line that was cut where a log was rotated.
        check("{\"a\":\n{\"a\":2}\n", Layout::Lines);
        check(" [{\"a\":1}]", Layout::Objects);
        check("{\n  \"a\": 1\n}\n", Layout::Objects);
        check("{\"a\": 1,\n \"b\": 2}", Layout::Objects);
        check("{\"a\":1}{\"b\":2}\n", Layout::Objects);
        check("{", Layout::Objects);
    }

    #[test]
    fn it_waits_for_what_it_needs() {
        for head in ["", " ", "[ \n", "\n\n ", "{\"a\":1}", "{\"a\":1}\n", "{\"a\":"] {
            assert_eq!(of_beginning(ImportFormat::Auto, head.as_bytes()), None, "{head}");
        }
    }
}

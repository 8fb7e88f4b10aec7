//! Writes JSON: the little that decoders need, straight into the body they build.
//!
//! Always holds: each function appends exactly one JSON value in UTF-8. Invalid UTF-8 becomes U+FFFD.

use std::fmt;
use std::io::Write;

use model::Timestamp;

/// Below this an integer would be taken for a time in microseconds or coarser.
const NANOS_UNMISTAKABLE: i64 = 100_000_000_000_000_000;

/// 0: stands as it is; `u`: as `\u00xx`; else: the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text.as_bytes());
    out.push(b'"');
}

/// A string of bytes that should be UTF-8.
pub(crate) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    if std::str::from_utf8(bytes).is_ok() {
        escaped(out, bytes);
    } else {
        for chunk in bytes.utf8_chunks() {
            escaped(out, chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    let (mut clean_from, mut at) = (0, 0);
    while at < text.len() {
        if let Some(word) = text[at..].first_chunk()
            && is_clean(u64::from_le_bytes(*word))
        {
            at += 8;
            continue;
        }
        let word_end = text.len().min(at + 8);
        while at < word_end {
            let byte = text[at];
            let escape = ESCAPES[usize::from(byte)];
            if escape != 0 {
                out.extend_from_slice(&text[clean_from..at]);
                clean_from = at + 1;
                if escape == b'u' {
                    out.extend_from_slice(b"\\u00");
                    hex(out, &[byte]);
                } else {
                    out.extend_from_slice(&[b'\\', escape]);
                }
            }
            at += 1;
        }
    }
    out.extend_from_slice(&text[clean_from..]);
}

/// Whether none of eight bytes is a quote, a backslash or a control character. Bytes past ASCII may count as unclean.
fn is_clean(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (quote, backslash) = (word ^ (ONES * b'"' as u64), word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20);
    (quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash | control & !word) & HIGHS == 0
}

/// Integers and whatever else prints as JSON does.
pub(crate) fn plain(out: &mut Vec<u8>, value: impl fmt::Display) {
    // A `Vec` takes every write.
    let _ = write!(out, "{value}");
}

/// A number, or the text `NaN`, `Infinity` or `-Infinity`, which JSON has no number for.
pub(crate) fn float(out: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        plain(out, format_args!("{number:?}"));
    } else {
        not_finite(out, number);
    }
}

/// As `float`, with the few digits that the shorter type holds.
pub(crate) fn float32(out: &mut Vec<u8>, number: f32) {
    if number.is_finite() {
        plain(out, format_args!("{number:?}"));
    } else {
        not_finite(out, f64::from(number));
    }
}

fn not_finite(out: &mut Vec<u8>, number: f64) {
    let text: &[u8] = if number.is_nan() {
        b"\"NaN\""
    } else if number > 0.0 {
        b"\"Infinity\""
    } else {
        b"\"-Infinity\""
    };
    out.extend_from_slice(text);
}

/// Nanoseconds since 1970 where no reader can mistake them for something coarser, else RFC 3339 text.
pub(crate) fn timestamp(out: &mut Vec<u8>, timestamp: Timestamp) {
    if timestamp.nanos() >= NANOS_UNMISTAKABLE {
        plain(out, timestamp.nanos());
    } else {
        plain(out, format_args!("\"{timestamp}\""));
    }
}

/// Hexadecimal digits, without quotes.
pub(crate) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Base 64 of RFC 4648 section 4, with padding, without quotes.
pub(crate) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let mut wide = [0; 4];
        wide[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(wide);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= group.len() { digit } else { b'=' });
        }
    }
}

/// Text where it is UTF-8, else `base64:…`.
pub(crate) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => string(out, text),
        Err(_) => {
            out.extend_from_slice(b"\"base64:");
            base64(out, bytes);
            out.push(b'"');
        }
    }
}

/// Starts a member of the object that `out` ends in: a comma where one is due, the key, the colon.
pub(crate) fn key(out: &mut Vec<u8>, key: &[u8]) {
    if !matches!(out.last(), None | Some(b'{')) {
        out.push(b',');
    }
    text(out, key);
    out.push(b':');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_string_reads_back_as_it_was() {
        for text in ["", "plain", "a\"b\\c", "\u{0}\u{1f}\n\r\t\u{8}\u{c}\u{7f}", "é 日本 🦀"] {
            let json = written(|out| string(out, text));
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
        assert_eq!(written(|out| text(out, b"a\xffb\xf0\x9f")), "\"a\u{fffd}b\u{fffd}\"");
    }

    #[test]
    fn numbers_that_json_cannot_hold_become_text() {
        assert_eq!(written(|out| float(out, 0.1)), "0.1");
        assert_eq!(written(|out| float(out, 1e300)), "1e300");
        assert_eq!(written(|out| float32(out, 0.1)), "0.1");
        assert_eq!(written(|out| float(out, f64::NAN)), "\"NaN\"");
        assert_eq!(written(|out| float(out, f64::NEG_INFINITY)), "\"-Infinity\"");
        assert_eq!(written(|out| float32(out, f32::INFINITY)), "\"Infinity\"");
    }

    #[test]
    fn an_early_time_is_not_mistaken_for_a_coarser_one() {
        assert_eq!(written(|out| timestamp(out, Timestamp::from_nanos(5))), "\"1970-01-01T00:00:00.000000005Z\"");
        let now = Timestamp::from_nanos(1_769_860_800_123_456_789);
        assert_eq!(written(|out| timestamp(out, now)), "1769860800123456789");
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(written(|out| base64(out, bytes.as_bytes())), expected);
        }
    }
}

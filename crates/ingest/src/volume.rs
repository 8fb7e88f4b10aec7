//! How large records are: the bytes of their msgpack form, found by reading their JSON once.
//!
//! Always holds: linear in the body and without a tree. What is no JSON is counted as anything; it is not stored.

use memchr::memchr2;
use model::limits;

/// An object or array that is not closed yet.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    /// Keys and values, or elements.
    inside: u64,
    is_object: bool,
    /// It holds the records, and is none itself.
    is_batch: bool,
}

/// The volume of all records of a body: objects in a row, or one array of them.
pub(crate) fn of(body: &[u8]) -> u64 {
    let (mut bytes, mut at) = (0, 0);
    let mut open: Vec<Open> = Vec::new();
    while let Some(&byte) = body.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                // The batch is no level of a record. What nests deeper is refused.
                if open.len() > limits::JSON_DEPTH_MAX + 1 {
                    return bytes;
                }
                let is_object = byte == b'{';
                open.push(Open { inside: 0, is_object, is_batch: !is_object && open.is_empty() });
                continue;
            }
            b'}' | b']' => match open.pop() {
                Some(Open { is_batch: true, .. }) | None => continue,
                Some(Open { inside, is_object, .. }) => bytes += of_container(if is_object { inside / 2 } else { inside }),
            },
            b'"' => {
                let (length, read) = string(&body[at..]);
                at += read;
                bytes += of_string(length) + length;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &body[at..];
                let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let more = rest.iter().position(|byte| !is_of_number(byte)).unwrap_or(rest.len());
                bytes += of_number(&body[at - 1..at + more]);
                at += more;
            }
            b't' | b'f' | b'n' => {
                let rest = &body[at..];
                at += rest.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(rest.len());
                bytes += 1;
            }
            _ => continue,
        }
        if let Some(outer) = open.last_mut() {
            outer.inside += 1;
        }
    }
    bytes
}

/// The bytes of a string's UTF-8 without escapes, and how many of `text`, its closing quote included, were read.
fn string(text: &[u8]) -> (u64, usize) {
    let (mut length, mut at) = (0, 0);
    loop {
        let Some(plain) = memchr2(b'"', b'\\', &text[at..]) else {
            return (length + (text.len() - at) as u64, text.len());
        };
        length += plain as u64;
        at += plain;
        if text[at] == b'"' {
            return (length, at + 1);
        }
        let (bytes, read) = match text.get(at + 1) {
            Some(b'u') => escaped(&text[at..]),
            Some(_) | None => (1, 2),
        };
        length += bytes;
        at = text.len().min(at + read);
    }
}

/// The bytes of a character that is written as `\uXXXX`, or as two of them, and how many of `text` it is.
fn escaped(text: &[u8]) -> (u64, usize) {
    match unit(text) {
        Some(0..=0x7F) => (1, 6),
        Some(0x80..=0x7FF) => (2, 6),
        Some(0xD800..=0xDBFF) if text.get(6..).and_then(unit).is_some_and(|low| (0xDC00..=0xDFFF).contains(&low)) => (4, 12),
        Some(_) | None => (3, 6),
    }
}

fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn of_container(entries: u64) -> u64 {
    match entries {
        0..=15 => 1,
        16..=0xFFFF => 3,
        _ => 5,
    }
}

fn of_string(length: u64) -> u64 {
    match length {
        0..=31 => 1,
        32..=0xFF => 2,
        0x100..=0xFFFF => 3,
        _ => 5,
    }
}

fn of_number(text: &[u8]) -> u64 {
    const FLOAT: u64 = 9;
    let (digits, is_negative) = text.strip_prefix(b"-").map_or((text, false), |digits| (digits, true));
    let mut value: u64 = 0;
    for &byte in digits {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
        let (0..=9, Some(next)) = (digit, next) else { return FLOAT };
        value = next;
    }
    match (value, is_negative) {
        (0..=0x7F, false) | (0..=0x20, true) => 1,
        (0..=0xFF, false) | (0..=0x80, true) => 2,
        (0..=0xFFFF, false) | (0..=0x8000, true) => 3,
        (0..=0xFFFF_FFFF, false) | (0..=0x8000_0000, true) => 5,
        _ => 9,
    }
}

#[cfg(test)]
mod tests;

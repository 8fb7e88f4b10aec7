//! `{app="shop", level="info"}`: the labels of a stream as Prometheus writes them.

/// Gives `take` each name and value; `None` where the text is something else.
pub(super) fn each(text: &str, mut take: impl FnMut(&str, &str)) -> Option<()> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '/')) {
            return None;
        }
        let (value, after) = quoted(after.trim_start())?;
        take(name, &value);
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return None,
        };
    }
    Some(())
}

/// A string as Go quotes it, and what follows. Bytes that are not UTF-8 become U+FFFD.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.split_once('`').map(|(value, rest)| (value.to_owned(), rest));
    }
    let text = text.strip_prefix('"')?;
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        let plain = text[at..].find(['"', '\\'])?;
        value.extend_from_slice(&text.as_bytes()[at..at + plain]);
        at += plain;
        if text[at..].starts_with('"') {
            return Some((String::from_utf8_lossy(&value).into_owned(), &text[at + 1..]));
        }
        at += 1 + unescape(&text[at + 1..], &mut value)?;
    }
}

/// Reads what follows a backslash; gives its length.
fn unescape(text: &str, value: &mut Vec<u8>) -> Option<usize> {
    let kind = text.bytes().next()?;
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = text.get(from..from + count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, radix).ok()
    };
    let (byte, length) = match kind {
        b'a' => (7, 1),
        b'b' => (8, 1),
        b'f' => (12, 1),
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'v' => (11, 1),
        b'\\' | b'"' | b'\'' => (kind, 1),
        b'x' => (u8::try_from(digits(1, 2, 16)?).ok()?, 3),
        b'0'..=b'7' => (u8::try_from(digits(0, 3, 8)?).ok()?, 3),
        b'u' | b'U' => {
            let count = if kind == b'u' { 4 } else { 8 };
            let character = char::from_u32(digits(1, count, 16)?).unwrap_or(char::REPLACEMENT_CHARACTER);
            value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + count);
        }
        _ => return None,
    };
    value.push(byte);
    Some(length)
}

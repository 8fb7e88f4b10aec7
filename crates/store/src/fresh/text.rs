//! JSON strings: finding their end eight bytes at a time, and undoing escapes.

use super::error::{Fault, ShredReason};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The first byte at or after `at` that is a quote, a backslash or a control character; the length where there is none.
#[inline]
pub(super) fn find_stop(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // The subtraction borrows from the byte above only past a hit, and the lowest hit is the one taken.
        let hits = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let hits = hits & HIGHS;
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

/// Where the escape that starts at `at` ends, and the UTF-16 unit that it names, if it is one of those.
pub(super) fn escape(bytes: &[u8], at: usize) -> Result<(Option<u16>, usize), Fault> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok((None, at + 2)),
        Some(b'u') => {
            let mut unit = 0;
            for i in at + 2..at + 6 {
                let Some(&byte) = bytes.get(i) else {
                    return Err(Fault { at: bytes.len(), reason: ShredReason::Truncated });
                };
                let Some(digit) = char::from(byte).to_digit(16) else {
                    return Err(Fault { at, reason: ShredReason::BadEscape });
                };
                unit = unit << 4 | digit as u16;
            }
            Ok((Some(unit), at + 6))
        }
        Some(_) => Err(Fault { at, reason: ShredReason::BadEscape }),
        None => Err(Fault { at: bytes.len(), reason: ShredReason::Truncated }),
    }
}

/// Appends the text of a string whose escapes are well formed. Half of a surrogate pair becomes U+FFFD.
/// Never appends more bytes than `raw` has.
pub(super) fn unescape(raw: &str, out: &mut Vec<u8>) {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(run) = memchr::memchr(b'\\', &bytes[at..]) {
        out.extend_from_slice(&bytes[at..at + run]);
        at += run;
        let Ok((unit, end)) = escape(bytes, at) else { break };
        let Some(unit) = unit else {
            out.push(match bytes[at + 1] {
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
            at = end;
            continue;
        };
        let (character, end) = match low_half(bytes, unit, end) {
            Some(pair) => pair,
            None => (char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), end),
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at = end;
    }
    out.extend_from_slice(&bytes[at..]);
}

/// The character that `high` and the escape at `at` make together, if they are the halves of a pair.
fn low_half(bytes: &[u8], high: u16, at: usize) -> Option<(char, usize)> {
    if !(0xd800..0xdc00).contains(&high) || bytes.get(at) != Some(&b'\\') {
        return None;
    }
    let (Some(low @ 0xdc00..0xe000), end) = escape(bytes, at).ok()? else { return None };
    let character = char::from_u32(0x1_0000 + (u32::from(high - 0xd800) << 10 | u32::from(low - 0xdc00)))?;
    Some((character, end))
}

/// Appends well-formed JSON text with every half of a surrogate pair replaced by `\ufffd`: many readers refuse it.
pub(super) fn mend_surrogates(raw: &str, out: &mut Vec<u8>) {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(run) = memchr::memchr(b'\\', &bytes[at..]) {
        out.extend_from_slice(&bytes[at..at + run]);
        at += run;
        let Ok((unit, end)) = escape(bytes, at) else { break };
        match unit {
            Some(high @ 0xd800..0xe000) => match low_half(bytes, high, end) {
                Some((_, end)) => {
                    out.extend_from_slice(&bytes[at..end]);
                    at = end;
                    continue;
                }
                None => out.extend_from_slice(b"\\ufffd"),
            },
            Some(_) | None => out.extend_from_slice(&bytes[at..end]),
        }
        at = end;
    }
    out.extend_from_slice(&bytes[at..]);
}

/// Appends `text` as it stands in a JSON string, without the quotes.
pub(super) fn escape_into(text: &str, out: &mut Vec<u8>) {
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                let digits = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, text: &str) {
        let mut out = Vec::new();
        unescape(raw, &mut out);
        assert_eq!(String::from_utf8(out).as_deref(), Ok(text), "{raw}");
        assert!(text.len() <= raw.len());
    }

    #[test]
    fn escapes_become_the_characters_they_name() {
        check("plain", "plain");
        check(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
        check(r"\u0041\u00e9\u20ac", "Aé€");
        check(r"a\ud83d\ude00b", "a😀b");
    }

    #[test]
    fn half_a_pair_becomes_the_replacement_character() {
        check(r"\ud83d", "\u{fffd}");
        check(r"\ude00x", "\u{fffd}x");
        check(r"\ud83d\ud83d\ude00", "\u{fffd}😀");
        check(r"\ud83d\n", "\u{fffd}\n");
        let mut out = Vec::new();
        mend_surrogates(r#"["\ud83d","\ud83d\ude00","\\ud83d",1]"#, &mut out);
        assert_eq!(out, br#"["\ufffd","\ud83d\ude00","\\ud83d",1]"#);
    }

    #[test]
    fn a_broken_escape_is_refused_where_it_starts_or_where_the_text_ends() {
        assert_eq!(escape(br"ab\x", 2), Err(Fault { at: 2, reason: ShredReason::BadEscape }));
        assert_eq!(escape(br"\u12g4", 0), Err(Fault { at: 0, reason: ShredReason::BadEscape }));
        assert_eq!(escape(br"\u12", 0), Err(Fault { at: 4, reason: ShredReason::Truncated }));
        assert_eq!(escape(br"\", 0), Err(Fault { at: 1, reason: ShredReason::Truncated }));
    }

    proptest::proptest! {
        #[test]
        fn the_first_stop_is_found(bytes in proptest::collection::vec(proptest::sample::select(
            vec![b'"', b'\\', 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff]), 0..40), from in 0_usize..40) {
            let slow = bytes.iter().enumerate().skip(from).find(|(_, b)| matches!(b, b'"' | b'\\' | 0..0x20));
            let expected = slow.map_or(bytes.len().max(from), |(i, _)| i);
            assert_eq!(find_stop(&bytes, from), expected);
        }
    }
}

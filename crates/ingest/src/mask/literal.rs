//! Strings of JSON, as `store` reads them.

/// What stands between the quotes of a string, with its escapes undone; nothing where it is no string of JSON, so that
/// nobody writes anew what `store` is to refuse.
pub(crate) fn unescape(raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    let sound = std::str::from_utf8(raw).is_ok() && raw.iter().all(|byte| *byte >= b' ');
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = rest.get(at + 1).copied()?;
        rest = &rest[at + 2..];
        match escape {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'u' => rest = unicode(rest, out)?,
            b'"' | b'\\' | b'/' => out.push(escape),
            _ => return None,
        }
    }
    out.extend_from_slice(rest);
    sound.then_some(())
}

/// `XXXX`, and the second half of a pair where it is the first; gives what follows.
fn unicode<'a>(text: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let first = unit(text)?;
    let rest = &text[4..];
    let pair = rest.strip_prefix(b"\\u").and_then(|low| Some((unit(low)?, &low[4..])));
    let (decoded, rest) = match pair {
        Some((second, after)) if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) => {
            (char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)), after)
        }
        _ => (char::from_u32(first), rest),
    };
    let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Some(rest)
}

fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

//! Whole numbers of JSON that are written with an exponent, as Java and JavaScript write large ones: `4.111111111111111E15`.

use std::ops::Range;

/// Digits in a row that are looked for: of 13 that are not zero, seven stand on one side of the dot.
const ROW_DIGITS_MIN: usize = 7;
/// Digits of a number at most, and its dot; what is longer has a fraction, or zeros that nobody writes.
const MANTISSA_BYTES_MAX: usize = 64;
const EXPONENT_DIGITS_MAX: usize = 3;

/// A number of JSON that is whole, and its digits.
#[derive(Debug)]
pub(super) struct Whole {
    pub range: Range<usize>,
    pub digits: Vec<u8>,
}

/// Of at most so many digits, in order.
pub(super) fn numbers(text: &[u8], digits_max: usize) -> impl Iterator<Item = Whole> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let mark = next_mark(text, at)?;
            at = mark + 1;
            if let Some(whole) = whole(text, mark, digits_max) {
                return Some(whole);
            }
        }
    })
}

/// Where the next `e` stands behind a row of digits that is long enough, or behind its fraction. No row hides between bytes
/// that are looked at at its own distance.
fn next_mark(text: &[u8], from: usize) -> Option<usize> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut look = from + ROW_DIGITS_MIN - 1;
    loop {
        if !text.get(look)?.is_ascii_digit() {
            look += ROW_DIGITS_MIN;
            continue;
        }
        let before = text[from..look].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let row_end = look + digits(&text[look..]);
        let mut end = row_end;
        if text.get(end) == Some(&b'.') {
            end += 1 + digits(&text[end + 1..]);
        }
        if row_end - (look - before) >= ROW_DIGITS_MIN && matches!(text.get(end), Some(b'e' | b'E')) {
            return Some(end);
        }
        look = row_end + ROW_DIGITS_MIN;
    }
}

/// The number whose exponent is marked at `mark`.
fn whole(text: &[u8], mark: usize, digits_max: usize) -> Option<Whole> {
    let is_of_mantissa = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let start = mark - text[..mark].iter().rev().take(MANTISSA_BYTES_MAX).take_while(is_of_mantissa).count();
    let (before, behind) = (start.checked_sub(1).and_then(|at| text.get(at)), &text[mark + 1..]);
    let negative = behind.first() == Some(&b'-');
    let signed = usize::from(matches!(behind.first(), Some(b'-' | b'+')));
    let count = behind[signed..].iter().take(EXPONENT_DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
    let end = mark + 1 + signed + count;
    if !ends_number(before) || !ends_number(text.get(end)) || !(1..=EXPONENT_DIGITS_MAX).contains(&count) {
        return None;
    }
    let exponent = behind[signed..][..count].iter().fold(0_i32, |number, digit| number * 10 + i32::from(digit - b'0'));
    let mut parts = text[start..mark].splitn(2, |byte| *byte == b'.');
    let (integer, fraction) = (parts.next()?, parts.next().unwrap_or_default());
    // Anything else is no number of JSON, and must not become a text that is.
    if integer.is_empty() || integer.len() > 1 && integer[0] == b'0' || fraction.contains(&b'.') || text[mark - 1] == b'.' {
        return None;
    }
    let point = i32::try_from(integer.len()).ok()? + if negative { -exponent } else { exponent };
    let mut digits: Vec<u8> = [integer, fraction].concat();
    let significant = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let point = usize::try_from(point).ok().filter(|point| (significant..=zeros + digits_max).contains(point))?;
    digits.resize(point, b'0');
    digits.drain(..zeros.min(point));
    Some(Whole { range: start..end, digits })
}

/// Whether a number of JSON begins or ends beside this byte.
pub(super) fn ends_number(byte: Option<&u8>) -> bool {
    byte.is_none_or(|byte| byte.is_ascii_whitespace() || b",:[]{}".contains(byte))
}

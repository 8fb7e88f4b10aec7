//! Texts of a fixed shape as bytes or integers, and back: each way only what comes back letter by letter.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, Int64Builder, StringArray, StringViewArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::Int64Type;

/// Digits that always fit an `i64`.
const DIGITS_MAX: usize = 18;
/// A prefix is written out for every row that is read.
const PREFIX_BYTES_MAX: usize = 64;

/// What each byte is as a lower-case hexadecimal digit; `NO_DIGIT` for the others.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[HEX[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const HEX: &[u8; 16] = b"0123456789abcdef";
const NO_DIGIT: u8 = 0x80;
const UUID_PARTS: [std::ops::Range<usize>; 5] = [0..8, 9..13, 14..18, 19..23, 24..36];

/// As many bytes as the text has pairs of hexadecimal digits.
pub(super) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex(text.as_bytes())
}

pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let (mut at, mut digits) = (0, [0; 32]);
    for part in UUID_PARTS {
        let part = &text[part];
        digits[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    unhex(&digits)
}

fn unhex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != N * 2 {
        return None;
    }
    let (mut out, mut seen) = ([0; N], 0);
    for (pair, byte) in text.chunks_exact(2).zip(&mut out) {
        let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen & NO_DIGIT == 0).then_some(out)
}

pub(super) fn hex_texts(array: &ArrayRef, hyphens_before: &[usize], length: usize) -> ArrayRef {
    let packed = array.as_fixed_size_binary();
    let mut texts = TextsWriter::new(packed.len(), length);
    for value in packed {
        for (i, byte) in value.unwrap_or_default().iter().enumerate() {
            if hyphens_before.contains(&i) {
                texts.data.push(b'-');
            }
            texts.data.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        texts.end();
    }
    texts.finish(packed.nulls())
}

/// The octets of an IPv4 address in its canonical form.
pub(super) fn octets(text: &str) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        *octet = number(part).and_then(|number| u8::try_from(number).ok())?;
    }
    parts.next().is_none().then_some(octets)
}

pub(super) fn ipv4_texts(array: &ArrayRef) -> ArrayRef {
    const LENGTH_MAX: usize = 15;
    let packed = array.as_fixed_size_binary();
    let (mut texts, mut digits) = (TextsWriter::new(packed.len(), LENGTH_MAX), itoa::Buffer::new());
    for value in packed {
        for (i, octet) in value.unwrap_or_default().iter().enumerate() {
            if i > 0 {
                texts.data.push(b'.');
            }
            texts.data.extend_from_slice(digits.format(*octet).as_bytes());
        }
        texts.end();
    }
    texts.finish(packed.nulls())
}

/// A text that ends with a canonical number, as what is before it and the number.
pub(super) fn numbered(text: &str) -> Option<(&str, i64)> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (head, tail) = text.split_at(text.len() - digits);
    // Zeros that would lead the number belong to the prefix: `u-007` is `u-00` and 7.
    let zeros = tail.bytes().take_while(|&byte| byte == b'0').count().min(digits.saturating_sub(1));
    let (head, tail) = (&text[..head.len() + zeros], &tail[zeros..]);
    if head.len() > PREFIX_BYTES_MAX {
        return None;
    }
    number(tail).map(|number| (head, number))
}

/// The numbers after the prefix, if every text is the prefix and a number.
pub(super) fn numbers(prefix: &str, texts: &StringViewArray) -> Option<Int64Array> {
    let mut builder = Int64Builder::with_capacity(texts.len());
    for text in texts {
        match text {
            None => builder.append_null(),
            Some(text) => builder.append_value(number(text.strip_prefix(prefix)?)?),
        }
    }
    Some(builder.finish())
}

pub(super) fn numbered_texts(prefix: &str, array: &ArrayRef) -> ArrayRef {
    let numbers = array.as_primitive::<Int64Type>();
    let (mut texts, mut digits) = (TextsWriter::new(numbers.len(), prefix.len() + 8), itoa::Buffer::new());
    for number in numbers {
        if let Some(number) = number {
            texts.data.extend_from_slice(prefix.as_bytes());
            texts.data.extend_from_slice(digits.format(number).as_bytes());
        }
        texts.end();
    }
    texts.finish(numbers.nulls())
}

fn number(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let canonical = (1..=DIGITS_MAX).contains(&bytes.len()) && (bytes[0] != b'0' || bytes.len() == 1);
    if !canonical {
        return None;
    }
    bytes.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Texts one after another, so that their encoding is checked once and not for each.
struct TextsWriter {
    data: Vec<u8>,
    offsets: Vec<i32>,
}

// === impl TextsWriter ===

impl TextsWriter {
    fn new(rows: usize, length: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { data: Vec::with_capacity(rows * length), offsets }
    }

    fn end(&mut self) {
        self.offsets.push(self.data.len() as i32);
    }

    fn finish(self, nulls: Option<&NullBuffer>) -> ArrayRef {
        let offsets = OffsetBuffer::new(self.offsets.into());
        let texts =
            StringArray::try_new(offsets, self.data.into(), nulls.cloned()).expect("digits after a prefix that is a text");
        Arc::new(StringViewArray::from(&texts))
    }
}

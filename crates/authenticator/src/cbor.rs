//! CBOR (RFC 8949), as much of it as an authenticator writes.

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const MAP: u8 = 5;

pub(crate) fn int(number: i64) -> Vec<u8> {
    // A negative number n is written as -1 - n.
    match u64::try_from(number) {
        Ok(number) => head(UNSIGNED, number),
        Err(_) => head(NEGATIVE, number.unsigned_abs() - 1),
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(BYTES, bytes.len() as u64).as_slice(), bytes].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [head(TEXT, text.len() as u64).as_slice(), text.as_bytes()].concat()
}

/// The head of a map; its keys and values follow.
pub(crate) fn map(pairs: u64) -> Vec<u8> {
    head(MAP, pairs)
}

fn head(major: u8, number: u64) -> Vec<u8> {
    let major = major << 5;
    match number {
        0..24 => vec![major | number as u8],
        24..0x100 => vec![major | 24, number as u8],
        0x100..0x1_0000 => [&[major | 25][..], &(number as u16).to_be_bytes()].concat(),
        _ => [&[major | 26][..], &(number as u32).to_be_bytes()].concat(),
    }
}

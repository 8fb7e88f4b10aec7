//! An app that shows one-time codes, as far as its arithmetic: its own, so that no defect of the product is repeated here.

use aws_lc_rs::hmac;

use crate::clock::unix_seconds;

/// RFC 6238 with the app's usual parameters; `ahead` steps from now.
pub(crate) fn code(secret: &str, ahead: u64) -> String {
    let step = unix_seconds() / 30 + ahead;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret));
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let from = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[from..from + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

/// RFC 4648, without padding.
fn base32(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = text.bytes().map(|byte| ALPHABET.iter().position(|&known| known == byte).unwrap());
    let bits: Vec<usize> = digits.flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | *bit as u8)).collect()
}

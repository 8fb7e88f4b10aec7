//! Addresses of mail and of the Internet, where a source asks for their masks.

use std::net::{Ipv4Addr, Ipv6Addr};

use identity::MaskKind;
use memchr::memchr_iter;

use super::Find;

const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;
const IP_BYTES_MAX: usize = 45;

pub(super) fn find_emails(text: &[u8], found: &mut Vec<Find>) {
    let mut end = 0;
    for at in memchr_iter(b'@', text) {
        let before = text[end..at].iter().rev().take(LOCAL_BYTES_MAX).take_while(|byte| is_local(**byte)).count();
        let domain = text[at + 1..].iter().take(DOMAIN_BYTES_MAX).take_while(|byte| is_domain(**byte)).count();
        let domain = &text[at + 1..at + 1 + domain];
        let trimmed = domain.len() - domain.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-')).count();
        let domain = &domain[..trimmed];
        let top = domain.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if before > 0 && domain.contains(&b'.') && top.len() >= 2 && top.iter().any(|byte| !byte.is_ascii_digit()) {
            end = at + 1 + domain.len();
            found.push(Find { range: at - before..end, kind: MaskKind::Email, what: "email" });
        }
    }
}

pub(super) fn find_ip_addresses(text: &[u8], found: &mut Vec<Find>) {
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|byte| is_ip(**byte)).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let word = &text[at..at + length];
        let goes_on = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let glued = goes_on(at.checked_sub(1).and_then(|before| text.get(before))) || goes_on(text.get(at + length));
        if !glued && let Some(of_word) = ip_length(word) {
            found.push(Find { range: at..at + of_word, kind: MaskKind::IpAddress, what: "IP address" });
        }
        at += length;
    }
}

/// How much of a word is an address: all of it, without the marks of a sentence, or without a port.
fn ip_length(word: &[u8]) -> Option<usize> {
    let word = word.get(..IP_BYTES_MAX.min(word.len())).and_then(|word| std::str::from_utf8(word).ok())?;
    let bare = word.trim_end_matches(['.', ':']);
    let v4 = bare.split(':').next().unwrap_or_default();
    if v4.parse::<Ipv4Addr>().is_ok() {
        return Some(v4.len());
    }
    let candidates = [word, bare];
    candidates.iter().find(|text| text.contains(':') && text.len() > 2 && text.parse::<Ipv6Addr>().is_ok()).map(|text| text.len())
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-'".contains(&byte) || !byte.is_ascii()
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-".contains(&byte) || !byte.is_ascii()
}

fn is_ip(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || b".:".contains(&byte)
}

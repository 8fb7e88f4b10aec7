//! Addresses of mail and of the Internet, where a source asks for their masks.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use identity::MaskKind;
use memchr::{memchr, memchr_iter};

use super::{Find, word_before};

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
        let word = Word {
            text: &text[at..at + length],
            glued_before: word_before(&text[..at]).last().is_some_and(goes_on),
            glued_after: text.get(at + length).is_some_and(goes_on),
        };
        let mut find = |range: Range<usize>| {
            found.push(Find { range: at + range.start..at + range.end, kind: MaskKind::IpAddress, what: "IP address" });
        };
        match word.v6() {
            Some(range) => find(range),
            None => word.v4().for_each(find),
        }
        at += length;
    }
}

fn goes_on(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// A run of what addresses are made of.
struct Word<'a> {
    text: &'a [u8],
    /// Whether a word goes on before it, as in `host:`.
    glued_before: bool,
    glued_after: bool,
}

// === impl Word ===

impl Word<'_> {
    /// All of it, without the marks of a sentence, or what is behind a name and a colon.
    fn v6(&self) -> Option<Range<usize>> {
        if self.glued_after {
            return None;
        }
        let named = memchr(b':', self.text).map(|colon| colon + 1);
        let starts = [Some(0).filter(|_| !self.glued_before), named.filter(|_| self.glued_before)];
        starts.into_iter().flatten().find_map(|start| {
            let text = &self.text[start..];
            let text = std::str::from_utf8(text.get(..text.len().min(IP_BYTES_MAX))?).ok()?;
            let is_address = |text: &&str| text.contains(':') && text.len() > 2 && text.parse::<Ipv6Addr>().is_ok();
            let whole = [text, text.trim_end_matches(['.', ':'])].into_iter().find(is_address)?;
            Some(start..start + whole.len())
        })
    }

    /// Each that stands between colons, as a port or a name may be before or behind it.
    fn v4(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        self.text.split(|byte| *byte == b':').filter_map(move |piece| {
            let range = start..start + piece.len();
            start = range.end + 1;
            let glued = range.start == 0 && self.glued_before || range.end == self.text.len() && self.glued_after;
            let bare = std::str::from_utf8(piece).ok()?.trim_end_matches('.');
            (!glued && bare.parse::<Ipv4Addr>().is_ok()).then(|| range.start..range.start + bare.len())
        })
    }
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

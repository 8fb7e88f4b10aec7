//! What must not be kept, masked before anything is written: card numbers, secrets in well-known shapes, and where a
//! source asks for it addresses of mail and of the Internet.
//!
//! | kind | mask |
//! |---|---|
//! | a card number | `[masked card]` |
//! | a secret | `[masked GitHub token]` and the like |
//! | an e-mail address | `[masked email]` |
//! | an IP address | `[masked IP address]` |
//!
//! Always holds: every string that is a value is looked at as a reader would see it, with its escapes undone, and every
//! whole number; keys stay. A mask tells the kind and nothing of what it hides. The time is linear in the body. What is no
//! JSON comes out as no JSON, so `store` refuses it as it would have refused the body as it came.

mod address;
mod card;
mod exponent;
mod literal;
mod secret;
mod suspects;

use std::ops::Range;

use identity::{MaskKind, Masked, Redaction};
use memchr::{memchr, memchr2};

use crate::{colours, json};
use exponent::ends_number;
pub(crate) use literal::unescape;
use suspects::Suspects;

/// A piece of text that is to be masked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Find {
    range: Range<usize>,
    kind: MaskKind,
    /// The mask, without its brackets, after `masked`.
    what: &'static str,
}

struct Rewrite<'a> {
    body: &'a [u8],
    redaction: Redaction,
    suspects: Suspects,
    out: Vec<u8>,
    /// Up to where `body` is in `out`.
    copied: usize,
    masked: Masked,
    /// Whether the key before says that its text is a secret.
    names_secret: bool,
    scratch: Vec<u8>,
}

/// Masks in a body of normal form; `None` where there is nothing to mask.
pub(crate) fn mask(body: &[u8], redaction: Redaction) -> Option<(Vec<u8>, Masked)> {
    let suspects = Suspects::of(body, redaction);
    if suspects.is_none() && !redaction.ip_addresses {
        return None;
    }
    let rewrite = Rewrite {
        body,
        redaction,
        suspects,
        out: Vec::new(),
        copied: 0,
        masked: Masked::default(),
        names_secret: false,
        scratch: Vec::new(),
    };
    rewrite.run()
}

/// What of a text is to be masked, in order and apart.
fn finds(text: &[u8], redaction: Redaction) -> Vec<Find> {
    let mut found = finds_as_written(text, redaction);
    // A terminal shows as one word what colours set apart.
    if let Some((bare, places)) = colours::without_with_places(text) {
        let within = finds_as_written(&bare, redaction).into_iter().filter(|find| !find.range.is_empty());
        found.extend(within.map(|find| Find { range: places[find.range.start]..places[find.range.end - 1] + 1, ..find }));
    }
    for find in &mut found {
        find.range = whole_characters(text, &find.range);
    }
    // What is no UTF-8 is left for `store` to refuse.
    found.retain(|find| std::str::from_utf8(&text[find.range.clone()]).is_ok());
    found.sort_by_key(|find| (find.range.start, std::cmp::Reverse(find.range.end)));
    // What begins within another goes on behind it.
    let mut end = 0;
    found.retain_mut(|find| {
        find.range.start = find.range.start.max(end);
        let is_left = find.range.start < find.range.end;
        end = end.max(find.range.end);
        is_left
    });
    found
}

fn finds_as_written(text: &[u8], redaction: Redaction) -> Vec<Find> {
    let mut found = Vec::new();
    if redaction.secrets {
        secret::find(text, &mut found);
    }
    if redaction.cards {
        card::find(text, &mut found);
    }
    if redaction.emails {
        address::find_emails(text, &mut found);
    }
    if redaction.ip_addresses {
        address::find_ip_addresses(text, &mut found);
    }
    found
}

/// The range with all of the characters that it cuts.
fn whole_characters(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let start = (0..=range.start).rev().find(|at| !is_within_character(text, *at)).unwrap_or(0);
    let end = (range.end..text.len()).find(|at| !is_within_character(text, *at)).unwrap_or(text.len());
    start..end
}

/// A byte that only could go on with a character, and follows none, is what makes a text no UTF-8, and is left for `store` to
/// refuse.
fn is_within_character(text: &[u8], at: usize) -> bool {
    let goes_on = |byte: &u8| byte & 0xC0 == 0x80;
    if !text.get(at).is_some_and(goes_on) {
        return false;
    }
    let first = (at.saturating_sub(3)..at).rev().find(|before| !goes_on(&text[*before]));
    first.is_some_and(|first| {
        let bytes = match text[first] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        first + bytes > at
    })
}

/// Whether something is to be masked in a text.
pub(crate) fn is_in(text: &str, redaction: Redaction) -> bool {
    !finds(text.as_bytes(), redaction).is_empty()
}

/// The same of the names in JSON, which `mask` keeps.
pub(crate) fn is_in_names(json: &str, redaction: Redaction) -> bool {
    let (body, mut at, mut text) = (json.as_bytes(), 0, Vec::new());
    while let Some(quote) = memchr(b'"', &body[at..]).map(|offset| at + offset) {
        let Some(end) = string_end(body, quote + 1) else { return false };
        let is_name = is_key(body, end + 1) && unescape(&body[quote + 1..end], &mut text).is_some();
        if is_name && !finds(&text, redaction).is_empty() {
            return true;
        }
        at = end + 1;
    }
    false
}

/// What a word is told by that stands before a place: nothing where an escape of JSON, of an address or of a terminal ends
/// there, since its letters are no letters of the word.
fn word_before(text: &[u8]) -> &[u8] {
    let is_escape = match text {
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()),
        [.., b'%', a, b] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
        [.., b'\\', letter] => b"nrtbf".contains(letter),
        _ => colours::end(text),
    };
    if is_escape { &[] } else { text }
}

// === impl Rewrite ===

impl Rewrite<'_> {
    fn run(mut self) -> Option<(Vec<u8>, Masked)> {
        let mut at = 0;
        while let Some(quote) = memchr(b'"', &self.body[at..]).map(|offset| at + offset) {
            self.numbers(at..quote);
            // Without its end the rest is no JSON.
            let Some(end) = string_end(self.body, quote + 1) else {
                at = self.body.len();
                break;
            };
            let inner = quote + 1..end;
            if is_key(self.body, end + 1) {
                self.names_secret = self.redaction.secrets && self.suspects.reach(&inner) && secret::is_name(&self.body[inner]);
            } else if self.names_secret || self.suspects.reach(&inner) {
                self.string(inner, self.redaction);
                self.names_secret = false;
            } else if self.redaction.ip_addresses {
                self.string(inner, Redaction { ip_addresses: true, ..Redaction::NONE });
            }
            at = end + 1;
        }
        self.numbers(at..self.body.len());
        if self.masked.is_none() {
            return None;
        }
        self.out.extend_from_slice(&self.body[self.copied..]);
        Some((self.out, self.masked))
    }

    /// Whole numbers between strings; one that is masked becomes a string.
    fn numbers(&mut self, gap: Range<usize>) {
        if !self.redaction.cards || !self.suspects.reach(&gap) {
            return;
        }
        let mut found = Vec::new();
        let text = &self.body[gap.clone()];
        card::find(text, &mut found);
        found.retain_mut(|find| {
            let (before, behind) = (&text[..find.range.start], &text[find.range.end..]);
            // `.0`, as a whole number is written that was a float.
            let zeros = behind.strip_prefix(b".").map_or(0, |zeros| 1 + zeros.iter().take_while(|byte| **byte == b'0').count());
            let is_whole = ends_number(before.last()) && ends_number(behind.get(zeros));
            let is_number = is_whole && text[find.range.clone()].iter().all(u8::is_ascii_digit);
            find.range.end += zeros;
            is_number
        });
        card::find_numbers(text, &mut found);
        found.sort_by_key(|find| find.range.start);
        for find in found {
            self.copy_to(gap.start + find.range.start);
            self.out.push(b'"');
            self.put_mask(&find);
            self.out.push(b'"');
            self.copied = gap.start + find.range.end;
        }
    }

    fn string(&mut self, inner: Range<usize>, redaction: Redaction) {
        let raw = &self.body[inner.clone()];
        if memchr(b'\\', raw).is_none() {
            let found = self.finds(raw, redaction);
            for find in &found {
                self.copy_to(inner.start + find.range.start);
                self.put_mask(find);
                self.copied = inner.start + find.range.end;
            }
            return;
        }
        let mut text = std::mem::take(&mut self.scratch);
        let found = unescape(raw, &mut text).map(|()| self.finds(&text, redaction)).unwrap_or_default();
        if !found.is_empty() {
            self.copy_to(inner.start - 1);
            let mut masked = Vec::with_capacity(text.len());
            let mut copied = 0;
            for find in &found {
                masked.extend_from_slice(&text[copied..find.range.start]);
                self.masked.add(find.kind, 1);
                write_mask(find, &mut masked);
                copied = find.range.end;
            }
            masked.extend_from_slice(&text[copied..]);
            json::text(&mut self.out, &masked);
            self.copied = inner.end + 1;
        }
        self.scratch = text;
    }

    fn finds(&self, text: &[u8], redaction: Redaction) -> Vec<Find> {
        let mut found = Vec::new();
        if self.names_secret {
            secret::find_named(text, &mut found);
        }
        if found.is_empty() { finds(text, redaction) } else { found }
    }

    fn copy_to(&mut self, at: usize) {
        self.out.extend_from_slice(&self.body[self.copied..at]);
    }

    fn put_mask(&mut self, find: &Find) {
        self.masked.add(find.kind, 1);
        write_mask(find, &mut self.out);
    }
}

/// Of plain letters, so that it may stand in a string of JSON as it is.
fn write_mask(find: &Find, out: &mut Vec<u8>) {
    out.extend_from_slice(b"[masked ");
    out.extend_from_slice(find.what.as_bytes());
    out.push(b']');
}

/// Whether the string that ended before is a name.
pub(crate) fn is_key(body: &[u8], at: usize) -> bool {
    body[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Where the closing quote of a string stands.
pub(crate) fn string_end(body: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', body.get(at..)?)?;
        if body[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests;

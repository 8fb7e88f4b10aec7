//! Where in a body something to mask may stand, found without reading its JSON: most bodies have none and are done here.

use std::ops::Range;

use identity::Redaction;
use memchr::memchr_iter;

use super::{card, secret};

/// Beyond so many, every string is looked at.
const PLACES_MAX: usize = 1 << 16;

/// Of everything but addresses of the Internet, which may be anywhere.
pub(super) enum Suspects {
    /// In order.
    Places {
        places: Vec<usize>,
        next: usize,
    },
    Everywhere,
}

// === impl Suspects ===

impl Suspects {
    pub(super) fn of(body: &[u8], redaction: Redaction) -> Self {
        let mut places = Vec::new();
        let sought = redaction.cards || redaction.secrets || redaction.emails;
        let overflown = [
            redaction.cards && !gather(&mut places, card::places(body)),
            redaction.secrets && !gather(&mut places, secret::places(body)),
            redaction.emails && !gather(&mut places, memchr_iter(b'@', body)),
            sought && !gather(&mut places, escapes(body)),
        ];
        if overflown.contains(&true) {
            return Self::Everywhere;
        }
        places.sort_unstable();
        Self::Places { places, next: 0 }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::Places { places, .. } if places.is_empty())
    }

    /// Whether one of them is in this range; ranges are asked for in order.
    pub(super) fn reach(&mut self, range: &Range<usize>) -> bool {
        let Self::Places { places, next } = self else { return true };
        while places.get(*next).is_some_and(|place| *place < range.start) {
            *next += 1;
        }
        places.get(*next).is_some_and(|place| *place < range.end)
    }
}

/// Whether all of them had room.
fn gather(places: &mut Vec<usize>, found: impl Iterator<Item = usize>) -> bool {
    for place in found {
        if places.len() == PLACES_MAX {
            return false;
        }
        places.push(place);
    }
    true
}

/// Escapes that may stand for a character of what is looked for (`\u0020` to `\u007f`, `\/`), and those that digits follow,
/// which look as if they went on; and the start of a terminal's colours, which may stand within it.
fn escapes(body: &[u8]) -> impl Iterator<Item = usize> {
    let hides = |at: &usize| {
        matches!(
            &body[at + 1..],
            [b'/', ..]
                | [b'b' | b'f', b'0'..=b'9', ..]
                | [b'u', b'0', b'0', b'2'..=b'7', ..]
                | [b'u', b'0', b'0', b'1', b'b' | b'B', b'[', ..]
                | [b'u', _, _, _, _, b'0'..=b'9', ..]
        )
    };
    memchr_iter(b'\\', body).filter(hides)
}

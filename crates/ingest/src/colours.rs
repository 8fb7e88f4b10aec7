//! Colours that a program wrote for a terminal: control sequences (ECMA-48, CSI) within a text.
//!
//! | bytes | what |
//! |---|---|
//! | `ESC [` | starts one; JSON has `\u001b[` |
//! | up to `PARAMETERS_MAX` of `0`-`?` | its parameters, such as `1;32` |
//! | `@`-`~` | ends it: `m` of colours, `K` of the rest of a line |
//!
//! Always holds: what only starts like one stays; a text is done with in a time that grows with its length, and one without
//! `ESC` is not copied.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

const ESCAPE: u8 = 0x1b;
/// More than any colour takes: `38;2;255;255;255;48;2;255;255;255`.
const PARAMETERS_MAX: usize = 40;
/// As JSON has it.
const IN_JSON: [&[u8]; 2] = [b"\\u001b", b"\\u001B"];

/// A text as a terminal shows it.
pub(crate) fn without(text: &str) -> Cow<'_, str> {
    if memchr(ESCAPE, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let (mut bare, mut from) = (String::with_capacity(text.len()), 0);
    for at in memchr_iter(ESCAPE, text.as_bytes()) {
        if let Some(length) = sequence(&text.as_bytes()[at + 1..]) {
            bare.push_str(&text[from..at]);
            from = at + 1 + length;
        }
    }
    bare.push_str(&text[from..]);
    Cow::Owned(bare)
}

/// The same, with where each byte that is left stands in the text; `None` where a terminal shows all of it.
pub(crate) fn without_with_places(text: &[u8]) -> Option<(Vec<u8>, Vec<usize>)> {
    memchr(ESCAPE, text)?;
    let (mut bare, mut places, mut at) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()), 0);
    while at < text.len() {
        match sequence(&text[at + 1..]).filter(|_| text[at] == ESCAPE) {
            Some(length) => at += 1 + length,
            None => {
                bare.push(text[at]);
                places.push(at);
                at += 1;
            }
        }
    }
    (bare.len() < text.len()).then_some((bare, places))
}

/// The start of a text that stands in JSON, without what only starts in it.
pub(crate) fn without_in_json<const N: usize>(text: &[u8]) -> ([u8; N], usize) {
    let (mut bare, mut length, mut at) = ([0; N], 0, 0);
    while at < text.len() && length < N {
        if let Some(behind) = IN_JSON.iter().find_map(|start| text[at..].strip_prefix(*start)) {
            match sequence(behind) {
                Some(sequence) => at += IN_JSON[0].len() + sequence,
                None => break,
            }
            continue;
        }
        bare[length] = text[at];
        (length, at) = (length + 1, at + 1);
    }
    (bare, length)
}

/// Whether a text that stands in JSON may have any.
pub(crate) fn are_in_json(text: &[u8]) -> bool {
    memchr(b'\\', text).is_some_and(|at| IN_JSON.iter().any(|start| memmem::find(&text[at..], start).is_some()))
}

/// Whether one ends where a text does, be it written as JSON has it or as it is.
pub(crate) fn end(text: &[u8]) -> bool {
    let Some((last, before)) = text.split_last() else { return false };
    if !is_end(*last) {
        return false;
    }
    let parameters = before.iter().rev().take(PARAMETERS_MAX + 1).take_while(|byte| is_parameter(**byte)).count();
    let Some(before) = before[..before.len() - parameters].strip_suffix(b"[") else { return false };
    before.ends_with(&[ESCAPE]) || IN_JSON.iter().any(|start| before.ends_with(start))
}

/// Bytes of the sequence that goes on behind its escape.
fn sequence(behind: &[u8]) -> Option<usize> {
    let rest = behind.strip_prefix(b"[")?;
    let parameters = rest.iter().take(PARAMETERS_MAX + 1).take_while(|byte| is_parameter(**byte)).count();
    rest.get(parameters).is_some_and(|byte| is_end(*byte)).then_some(parameters + 2)
}

fn is_parameter(byte: u8) -> bool {
    matches!(byte, b'0'..=b'?')
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'@'..=b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without(text), expected);
        let mut written = Vec::new();
        json::string(&mut written, text);
        let inner = &written[1..written.len() - 1];
        let (bare, length) = without_in_json::<64>(inner);
        if text != expected {
            assert!(are_in_json(inner));
            assert!(expected.as_bytes().starts_with(&bare[..length]), "{text:?}: {:?}", &bare[..length]);
        }
    }

    #[test]
    fn colours_are_taken_out() {
        check("plain é", "plain é");
        check("\u{1b}[2m2026-11-25T10:00:00Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m app: x", "2026-11-25T10:00:00Z  INFO app: x");
        check("\u{1b}[38;2;255;255;255;48;2;255;255;255mé\u{1b}[K\u{1b}[m", "é");
        check("a\u{1b}[1;31mb\u{1b}[39;49;0mc", "abc");
    }

    #[test]
    fn what_only_starts_like_one_stays() {
        for text in ["\u{1b}", "\u{1b}[", "\u{1b}[31", "\u{1b}]0;title\u{7}", "\u{1b}[é", "[31m"] {
            check(text, text);
        }
        let long = format!("\u{1b}[{}m", "1;".repeat(PARAMETERS_MAX));
        check(&long, &long);
    }

    #[test]
    fn one_that_ends_before_a_word_is_told() {
        for text in ["\u{1b}[0m", "x\\u001b[1;31m", "\\u001B[m", "\u{1b}[K"] {
            assert!(end(text.as_bytes()), "{text:?}");
        }
        for text in ["", "m", "[0m", "\\u001c[0m", "\u{1b}[0", "\u{1b}[0mx", "x[31m"] {
            assert!(!end(text.as_bytes()), "{text:?}");
        }
    }

    proptest! {
        /// Nothing but sequences goes, and no end of one is left that was whole.
        #[test]
        fn what_is_between_stays(words in proptest::collection::vec("[a-zé \\[;m0-9]{0,6}", 1..6)) {
            let coloured = words.join("\u{1b}[1;31m");
            prop_assert_eq!(without(&coloured), words.concat());
            let _ = without_in_json::<16>(coloured.as_bytes());
        }
    }
}

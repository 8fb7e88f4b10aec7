//! Where one sentence of a block ends and the next begins.
//!
//! Does not split at a full stop that nothing upper-case follows, nor after the abbreviations it knows: two sentences taken
//! for one are matched to the claims of both, one taken for two would leave a half that nothing stands behind.

use std::ops::Range;

/// Words before a full stop that ends no sentence.
const ABBREVIATIONS: [&str; 9] = ["vs", "inc", "ltd", "corp", "no", "art", "cf", "approx", "resp"];
const CLOSERS: [char; 8] = [')', '"', '\'', '”', '’', ']', '*', '_'];

/// The sentences of a block, each without the white space around it.
pub(super) fn split(block: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in block.char_indices() {
        let end = match c {
            '.' | '?' | '!' => ends_at_stop(block, at, c),
            '\n' => ends_at_line(block, at).then_some(at),
            _ => None,
        };
        if let Some(end) = end.filter(|&end| end > start) {
            found.extend(trimmed(block, start..end));
            start = end;
        }
    }
    found.extend(trimmed(block, start..block.len()));
    found
}

/// The end of the sentence if the mark at `at` ends one.
fn ends_at_stop(block: &str, at: usize, mark: char) -> Option<usize> {
    if mark == '.' && is_abbreviation(block.get(..at)?) {
        return None;
    }
    let after = block.get(at + mark.len_utf8()..)?;
    let rest = after.trim_start_matches(CLOSERS);
    let next = rest.trim_start();
    let parted = next.len() < rest.len() && next.starts_with(opens_sentence);
    parted.then(|| block.len() - rest.len())
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let dotted = before.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'));
    // `U.S`, `e.g`: a letter after a full stop.
    let initials = word.chars().count() == 1 && dotted;
    initials || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

fn opens_sentence(c: char) -> bool {
    c.is_uppercase() || c.is_ascii_digit() || matches!(c, '[' | '(' | '"' | '“' | '$' | '*' | '_')
}

/// Whether a line's end is a sentence's too, though no full stop stands there: after a link, or before a label.
fn ends_at_line(block: &str, at: usize) -> bool {
    let before = block.get(..at).unwrap_or_default().trim_end();
    let after = block.get(at..).unwrap_or_default().trim_start();
    after.starts_with(char::is_uppercase) && (before.ends_with([')', ':']) || is_label(after))
}

/// `In transit: …`, a few words and a colon.
fn is_label(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.split_once(": ").is_some_and(|(label, _)| label.len() <= 40 && label.chars().all(|c| c.is_alphabetic() || c == ' '))
}

fn trimmed(block: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = block.get(range.clone())?;
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.start + text.trim_end().len();
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(block: &str, expected: &[&str]) {
        let found: Vec<_> = split(block).into_iter().map(|range| &block[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sentence_ends_at_its_full_stop_and_not_at_another() {
        check("One is. Two (is it?). Three!", &["One is.", "Two (is it?).", "Three!"]);
        check("See a.example.org/x.txt for more. Then rest.", &["See a.example.org/x.txt for more.", "Then rest."]);
        check("The U.S. Mail, e.g. Letters, vs. Parcels stays one.", &["The U.S. Mail, e.g. Letters, vs. Parcels stays one."]);
        check("  \n ", &[]);
    }

    #[test]
    fn a_line_ends_a_sentence_after_a_link_and_before_a_label() {
        check("Look [here](x)\nIn rest: All.", &["Look [here](x)", "In rest: All."]);
        check("It goes on\nand on in\nBrussels today.", &["It goes on\nand on in\nBrussels today."]);
    }
}

//! Points at a place in a text that the user wrote.

/// Characters of a line that are shown around the place.
const WINDOW_CHARS: usize = 100;
const INDENT: &str = "  ";
const CUT: &str = "…";

/// The line of `text` that holds byte `at`, and below it carets under `len` bytes from there.
///
/// A long line is cut around the place. A place past the end is the end.
pub(super) fn point(text: &str, at: usize, len: usize) -> String {
    let at = text.floor_char_boundary(at);
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].split('\n').next().unwrap_or_default();
    let at = at - line_start;
    let end = line.floor_char_boundary(at.saturating_add(len).min(line.len())).max(at);
    let (before, marked) = (line[..at].chars().count(), line[at..end].chars().count());

    let first = before.saturating_sub(WINDOW_CHARS / 2);
    let shown: String = line.chars().skip(first).take(WINDOW_CHARS).map(visible).collect();
    let cut_before = if first > 0 { CUT } else { "" };
    let cut_after = if line.chars().count() > first + WINDOW_CHARS { CUT } else { "" };
    let lead = before - first + cut_before.chars().count();
    let carets = marked.clamp(1, (WINDOW_CHARS - (before - first)).max(1));
    format!("{INDENT}{cut_before}{shown}{cut_after}\n{INDENT}{}{}", " ".repeat(lead), "^".repeat(carets))
}

/// A character that takes one place, so that what is below stays below.
fn visible(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, at: usize, len: usize, expected: &str) {
        assert_eq!(point(text, at, len), expected);
    }

    #[test]
    fn the_carets_stand_below_the_place() {
        check("level:error status:>=", 19, 2, "  level:error status:>=\n                     ^^");
        check("a OR", 4, 1, "  a OR\n      ^");
        check("", 0, 0, "  \n  ^");
        check("(a", 0, 1, "  (a\n  ^");
    }

    #[test]
    fn letters_count_as_one_place_whatever_their_bytes() {
        check("größe:>x", "größe:>".len(), 1, "  größe:>x\n         ^");
        check("ß", 1, 1, "  ß\n  ^");
    }

    #[test]
    fn only_the_line_with_the_place_is_shown() {
        check("select level\nfrom lgs\nlimit 1", 18, 3, "  from lgs\n       ^^^");
        check("a\tb", 2, 1, "  a b\n    ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}here{}", "x".repeat(200), "y".repeat(200));
        let expected = format!("  …{}here{}…\n  {}^^^^", "x".repeat(50), "y".repeat(46), " ".repeat(51));
        check(&text, 200, 4, &expected);
    }

    proptest! {
        #[test]
        fn any_place_in_any_text_can_be_pointed_at(text in "\\PC{0,200}|[ab\n\té]{0,300}", at in 0usize..400, len in 0usize..400) {
            let drawn = point(&text, at, len);
            prop_assert_eq!(drawn.lines().count(), 2);
            prop_assert!(drawn.ends_with('^'));
        }
    }
}

//! Finding text in text: words on the borders of tokens, whole values, wildcards; in any case.
//!
//! Case is ignored by mapping each character to one other: an ASCII letter to its lower case, another character to its
//! lower case where that is a single character outside ASCII. So ASCII and other characters never equal each other,
//! positions stay comparable, and a needle of ASCII is found without folding the text it is sought in.

use memchr::{memchr, memchr2};
use store::is_token_byte;

use crate::query::{Glob, Piece};

/// Matches one text pattern.
#[derive(Debug, Clone)]
pub(super) struct TextMatcher {
    /// What stands between the `*` of the pattern.
    segments: Vec<Segment>,
    start: Edge,
    end: Edge,
    case: Case,
}

/// What must hold at an end of the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// Anything may stand beside it.
    Free,
    /// The border of a token.
    Border,
    /// The end of the text.
    Whole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// The pattern is ASCII: bytes are compared in any case.
    Ascii,
    /// Texts without a byte beyond ASCII cannot match; others are folded first.
    Folded,
}

#[derive(Debug, Clone)]
struct Segment {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(Needle),
    One,
}

/// Text in lower case, sought by its rarest byte.
#[derive(Debug, Clone)]
struct Needle {
    lower: Box<[u8]>,
    rare_at: usize,
    rare: [u8; 2],
}

/// Bytes of log text from the most to the least frequent, roughly; all others are rarer still.
const FREQUENT: &[u8] = b" etaoinsrd0l1c2u-p3:.m54/g6789h\"f=bywv,k_";

pub(super) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(folded), None) if !folded.is_ascii() => folded,
        _ => c,
    }
}

pub(super) fn fold_into(text: &str, out: &mut String) {
    out.clear();
    out.extend(text.chars().map(fold_char));
}

// === impl TextMatcher ===

impl TextMatcher {
    /// The pattern is the whole text.
    pub(super) fn whole(glob: &Glob) -> Self {
        Self::new(glob, Edge::Whole)
    }

    /// The pattern occurs in the text as words do.
    pub(super) fn within(glob: &Glob) -> Self {
        Self::new(glob, Edge::Border)
    }

    fn new(glob: &Glob, edge: Edge) -> Self {
        let mut segments = Vec::new();
        let mut parts = Vec::new();
        let mut case = Case::Ascii;
        for piece in glob.pieces() {
            match piece {
                Piece::Any => {
                    if !parts.is_empty() {
                        segments.push(Segment { parts: std::mem::take(&mut parts) });
                    }
                }
                Piece::One => parts.push(Part::One),
                Piece::Text(text) => {
                    if !text.is_ascii() {
                        case = Case::Folded;
                    }
                    parts.push(Part::Text(Needle::new(text)));
                }
            }
        }
        if !parts.is_empty() {
            segments.push(Segment { parts });
        }
        let edge_of = |piece: Option<&Piece>| match (piece, edge) {
            (Some(Piece::Any), _) => Edge::Free,
            (Some(Piece::One), Edge::Border) => Edge::Free,
            (Some(Piece::One | Piece::Text(_)) | None, edge) => edge,
        };
        Self { segments, start: edge_of(glob.pieces().first()), end: edge_of(glob.pieces().last()), case }
    }

    /// The length that every matching text has, where that is known and the pattern is plain ASCII.
    pub(super) fn exact_len(&self) -> Option<usize> {
        match (&*self.segments, self.case) {
            ([], _) if self.start == Edge::Whole => Some(0),
            ([segment], Case::Ascii) if self.start == Edge::Whole && self.end == Edge::Whole => match &*segment.parts {
                [Part::Text(needle)] => Some(needle.lower.len()),
                _ => None,
            },
            _ => None,
        }
    }

    /// `folded` is working space.
    pub(super) fn matches(&self, text: &str, folded: &mut String) -> bool {
        match self.case {
            Case::Ascii => self.matches_bytes(text.as_bytes()),
            Case::Folded if text.is_ascii() => false,
            Case::Folded => {
                fold_into(text, folded);
                self.matches_bytes(folded.as_bytes())
            }
        }
    }

    fn matches_bytes(&self, text: &[u8]) -> bool {
        let Some(last) = self.segments.len().checked_sub(1) else {
            return self.start == Edge::Free || text.is_empty();
        };
        let mut from = 0;
        for (i, segment) in self.segments.iter().enumerate() {
            let start = if i == 0 { self.start } else { Edge::Free };
            let end = if i == last { self.end } else { Edge::Free };
            // The leftmost place leaves the most room for what follows, and only the outer ends have conditions.
            match segment.find(text, from, start, end) {
                Some(after) => from = after,
                None => return false,
            }
        }
        true
    }
}

// === impl Segment ===

impl Segment {
    /// The end of the leftmost occurrence from `from` on whose ends satisfy their edges.
    fn find(&self, text: &[u8], from: usize, start: Edge, end: Edge) -> Option<usize> {
        if start == Edge::Whole {
            return self.end_at(text, 0).filter(|&after| end.holds(text, after));
        }
        let mut at = from;
        loop {
            at = match &*self.parts {
                [Part::Text(needle)] if end == Edge::Whole => needle.as_suffix(text, at)?,
                [Part::Text(needle), ..] => needle.find(text, at)?,
                _ => at,
            };
            if start.holds(text, at)
                && let Some(after) = self.end_at(text, at)
                && end.holds(text, after)
            {
                return Some(after);
            }
            at += char_len(text, at)?;
        }
    }

    /// Where an occurrence that starts at `at` ends.
    fn end_at(&self, text: &[u8], mut at: usize) -> Option<usize> {
        for part in &self.parts {
            at += match part {
                Part::One => char_len(text, at)?,
                Part::Text(needle) => needle.equals(text.get(at..at + needle.lower.len())?).then_some(needle.lower.len())?,
            };
        }
        Some(at)
    }
}

/// The length of the character at `at`; `None` at the end of the text.
fn char_len(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    Some(1 + rest.iter().take_while(|byte| **byte & 0xC0 == 0x80).count())
}

// === impl Edge ===

impl Edge {
    fn holds(self, text: &[u8], at: usize) -> bool {
        let is_token = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().is_some_and(is_token_byte);
        match self {
            Self::Free => true,
            Self::Border => !is_token(at.checked_sub(1)) || !is_token(Some(at)),
            Self::Whole => at == text.len(),
        }
    }
}

// === impl Needle ===

impl Needle {
    /// `text` is not empty.
    fn new(text: &str) -> Self {
        let lower: Box<[u8]> = text.chars().map(fold_char).collect::<String>().into_bytes().into();
        let rank = |byte: &u8| FREQUENT.iter().position(|frequent| frequent == byte).unwrap_or(FREQUENT.len());
        let rare_at = (0..lower.len()).max_by_key(|&i| rank(&lower[i])).unwrap_or_default();
        let rare = lower.get(rare_at).copied().unwrap_or_default();
        Self { lower, rare_at, rare: [rare, rare.to_ascii_uppercase()] }
    }

    fn equals(&self, text: &[u8]) -> bool {
        text.iter().zip(&*self.lower).all(|(byte, lower)| byte.to_ascii_lowercase() == *lower)
    }

    /// Where the needle next starts, from `from` on.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        // The last place where the rare byte may stand still leaves room for what follows it.
        let last = text.len().checked_sub(self.lower.len())? + self.rare_at + 1;
        let mut at = from + self.rare_at;
        let [lower, upper] = self.rare;
        while let Some(window) = text.get(at..last) {
            let found = if lower == upper { memchr(lower, window) } else { memchr2(lower, upper, window) };
            let start = at + found? - self.rare_at;
            if self.equals(&text[start..start + self.lower.len()]) {
                return Some(start);
            }
            at = start + self.rare_at + 1;
        }
        None
    }

    /// Where the needle starts if it ends the text and lies behind `from`.
    fn as_suffix(&self, text: &[u8], from: usize) -> Option<usize> {
        let start = text.len().checked_sub(self.lower.len()).filter(|start| *start >= from)?;
        // A character that only ends with the needle's bytes cannot be: both are whole characters of UTF-8.
        self.equals(&text[start..]).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Expr, FieldTest, MessageTest, Query};

    fn glob(query: &str) -> Glob {
        match Query::parse(query).unwrap().expr() {
            Expr::Message(MessageTest::Contains(glob)) | Expr::Field(_, FieldTest::Equals(glob)) => glob.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn check_within(query: &str, text: &str, expected: bool) {
        let matcher = TextMatcher::within(&glob(query));
        assert_eq!(matcher.matches(text, &mut String::new()), expected, "{query} in {text:?}");
    }

    fn check_whole(value: &str, text: &str, expected: bool) {
        let matcher = TextMatcher::whole(&glob(&format!("f:{value}")));
        assert_eq!(matcher.matches(text, &mut String::new()), expected, "{value} is {text:?}");
    }

    #[test]
    fn a_word_is_found_on_token_borders_in_any_case() {
        check_within("timeout", "Upstream TIMEOUT after 5 s", true);
        check_within("timeout", "timeout", true);
        check_within("timeout", "timeouts", false);
        check_within("timeout", "xtimeout timeout", true);
        check_within("time", "timeout", false);
        check_within("error", "[error]", true);
        check_within("user_id", "user_id=5", true);
        check_within("user", "user_id=5", false);
        check_within("/api/users", "GET /api/users HTTP", true);
        check_within("/api/user", "GET /api/users HTTP", false);
        check_within("\"]: \"", "a[0]: b", true);
        check_within("x", "", false);
    }

    #[test]
    fn a_wildcard_loosens_its_end() {
        check_within("time*", "timeouts", true);
        check_within("*out", "a timeout", true);
        check_within("*out", "timeouts", false);
        check_within("*meou*", "a timeout", true);
        check_within("time???", "timeout", true);
        check_within("time???", "timeoutxx", true);
        check_within("con*set", "connection was reset", true);
        check_within("con*set", "connection was resetting", false);
        check_within("a*a", "a", false);
        check_within("?", "ü", true);
        check_within("x?y", "xüy", true);
        check_within("*\"two words\"*", "xtwo wordsx", true);
    }

    #[test]
    fn a_value_is_met_whole() {
        check_whole("api", "API", true);
        check_whole("api", "api2", false);
        check_whole("api*", "api-2", true);
        check_whole("*api", "web-api", true);
        check_whole("*api", "api-web", false);
        check_whole("a*b*c", "a-b-b-c", true);
        check_whole("a*b*c", "a-c-b", false);
        check_whole("a?c", "aüc", true);
        check_whole("a?c", "ac", false);
        check_whole("ab*ba", "aba", false);
        check_whole("*?", "", false);
        check_whole("\"\"", "", true);
        check_whole("\"\"", "x", false);
    }

    #[test]
    fn case_is_ignored_beyond_ascii_and_ascii_stays_apart() {
        check_within("größe", "die GRÖSSE", false);
        check_within("größe", "die GRÖßE", true);
        check_within("ÉTÉ", "un été ici", true);
        check_within("kelvin", "\u{212A}elvin", false);
        check_whole("ΣΊΣΥΦΟσ", "σίσυφοσ", true);
        check_whole("İ", "i", false);
    }

    #[test]
    fn only_a_plain_ascii_value_has_a_known_length() {
        let length = |value: &str| TextMatcher::whole(&glob(&format!("f:{value}"))).exact_len();
        assert_eq!(length("api"), Some(3));
        assert_eq!(length("\"\""), Some(0));
        assert_eq!(length("ap*"), None);
        assert_eq!(length("é"), None);
        assert_eq!(TextMatcher::within(&glob("api")).exact_len(), None);
    }
}

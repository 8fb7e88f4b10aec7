//! Words of a sentence, and patterns over them.
//!
//! | in a pattern | finds |
//! |---|---|
//! | `word` | this word |
//! | `word*` | every word that begins so |
//! | `*` | any one word |
//! | `two words` | one after the other |
//! | `a \| b` | either |
//! | `a & b` | both, wherever |
//!
//! Always holds: case, hyphens and the shape of apostrophes make no difference. A bar outside of brackets is the word `¦`,
//! so that a choice that was left open can be found.

use std::ops::Range;

/// A sentence's words, with where each stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    words: Vec<(String, Range<usize>)>,
    /// Places in `words`, in the order of the words: hundreds of patterns are looked for in each sentence.
    sorted: Vec<usize>,
}

const BAR: &str = "¦";

// === impl Words ===

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut words: Vec<(String, Range<usize>)> = Vec::new();
        let mut depth = 0_usize;
        let mut inside = false;
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                '|' if depth == 0 => words.push((BAR.to_owned(), at..end)),
                _ => {}
            }
            let within = inside && matches!(c, '\'' | '’') && text[end..].starts_with(char::is_alphanumeric);
            let part = c.is_alphanumeric() || within;
            if part {
                let c = if c == '’' { '\'' } else { c };
                match words.last_mut().filter(|_| inside) {
                    Some((word, range)) => {
                        word.extend(c.to_lowercase());
                        range.end = end;
                    }
                    None => words.push((c.to_lowercase().collect(), at..end)),
                }
            }
            inside = part;
        }
        let mut sorted: Vec<usize> = (0..words.len()).collect();
        sorted.sort_by(|&a, &b| words[a].0.cmp(&words[b].0).then(a.cmp(&b)));
        Self { words, sorted }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(word, _)| word.as_str())
    }

    pub(crate) fn has(&self, pattern: &str) -> bool {
        self.find(pattern).is_some()
    }

    /// Where the first part of a pattern stands, if all of it is there. An empty pattern is found nowhere.
    pub(crate) fn find(&self, pattern: &str) -> Option<Range<usize>> {
        let mut found = pattern.split('&').map(|part| part.split('|').find_map(|phrase| self.phrase(phrase)));
        let first = found.next()??;
        found.all(|part| part.is_some()).then_some(first)
    }

    fn phrase(&self, phrase: &str) -> Option<Range<usize>> {
        let mut stems = phrase.split_whitespace();
        let first = Stem::of(stems.next()?);
        let rest: Vec<Stem<'_>> = stems.map(Stem::of).collect();
        let fits = |place: &usize| {
            let after = self.words.get(place + 1..place + 1 + rest.len());
            after.is_some_and(|words| rest.iter().zip(words).all(|(stem, (word, _))| stem.fits(word)))
        };
        let from = self.sorted.partition_point(|&place| self.words[place].0.as_str() < first.text());
        let mut begins = self.sorted[from..].iter().copied().take_while(|&place| first.fits(&self.words[place].0));
        let place = match first {
            // Places of one word stand in their order.
            Stem::Word(_) => begins.find(fits)?,
            Stem::Start(_) => begins.filter(fits).min()?,
        };
        Some(self.words.get(place)?.1.start..self.words.get(place + rest.len())?.1.end)
    }
}

/// One word of a pattern.
#[derive(Debug, Clone, Copy)]
enum Stem<'a> {
    Word(&'a str),
    Start(&'a str),
}

// === impl Stem ===

impl<'a> Stem<'a> {
    fn of(text: &'a str) -> Self {
        text.strip_suffix('*').map_or(Self::Word(text), Self::Start)
    }

    fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Start(text) => text,
        }
    }

    fn fits(self, word: &str) -> bool {
        match self {
            Self::Word(text) => word == text,
            Self::Start(text) => word.starts_with(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pattern: &str, found: Option<&str>) {
        assert_eq!(Words::of(text).find(pattern).map(|range| &text[range]), found, "`{pattern}` in `{text}`");
    }

    #[test]
    fn words_are_found_whole_by_stem_and_in_a_row() {
        check("We back-up the Backups.", "backup", None);
        check("We back-up the Backups.", "backup*", Some("Backups"));
        check("We back-up the Backups.", "back up", Some("back-up"));
        check("We back-up the Backups.", "back * the", Some("back-up the"));
        check("nothing", "", None);
        check("", "*", None);
    }

    #[test]
    fn all_parts_of_a_pattern_are_needed_and_one_of_its_alternatives() {
        check("keys rotate daily", "rotate* & hourly | daily", Some("rotate"));
        check("keys rotate daily", "rotate* & hourly", None);
    }

    #[test]
    fn apostrophes_and_bars_are_read() {
        check("We don’t know", "don't", Some("don’t"));
        check("the clients’ data", "clients", Some("clients"));
        check("built on A | B", "¦", Some("|"));
        check("built on [A | B]", "¦", None);
    }
}

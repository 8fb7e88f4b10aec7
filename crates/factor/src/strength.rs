//! Whether a passphrase is good enough to be somebody's only one, judged without asking anybody.
//!
//! The judge is zxcvbn: it knows the thirty thousand passwords that were found most often in stolen lists, words and
//! names, and how people change them; a passphrase needs its score 3 (more than 10^8 guesses). What it lets through of the
//! twenty thousand most common ones of Have I Been Pwned is in `common.txt`: those with twelve characters and more of the
//! list that Django ships (BSD-3-Clause; compiled by Royce Williams).
//! zxcvbn counts some ten thousand guesses for each word that it recognises, however near its owner the word is. So a
//! passphrase needs its score once more without the words of what its owner and the product are called: names and a number
//! are no passphrase, forwards, backwards or in digits for letters.
//! Always holds: the work is bounded, because only the first characters are judged. Asks no service for breached passwords:
//! nothing leaves the node, and what is in no list here is not known to be stolen. zxcvbn makes copies that it does not wipe.

use model::limits;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

use crate::passphrase::Passphrase;

/// A name that everybody who attacks this product tries.
const PRODUCT: &str = "blockhouse";
/// A line each, in lower case.
const COMMON: &str = include_str!("common.txt");
const HINT_WORDS_MAX: usize = 64;
/// Shorter words are in too much.
const HINT_WORD_CHARS_MIN: usize = 3;

/// Why a passphrase is refused, in words for who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error(
        "a passphrase needs at least {} characters: four or five words that have nothing to do with each other are good",
        limits::PASSPHRASE_CHARS_MIN
    )]
    TooShort,
    #[error("this passphrase, or one much like it, is in lists of stolen passwords that attackers try first: choose another")]
    Common,
    #[error("this passphrase is easy to guess because {0}: add a word or two that are not common")]
    Guessable(Why),
}

/// What makes a passphrase easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Keyboard,
    Repeats,
    Sequence,
    Dates,
    Word,
    Names,
    /// It is what its owner, their company or this product are called, and little else.
    Called,
    /// Nothing that can be named.
    Predictable,
}

/// `hints` is what its owner is called: names, the e-mail address, the company.
pub fn check_strength(passphrase: &Passphrase, hints: &[&str]) -> Result<(), Weak> {
    let text = passphrase.expose();
    if text.chars().count() < limits::PASSPHRASE_CHARS_MIN {
        return Err(Weak::TooShort);
    }
    let lower = Zeroizing::new(text.to_lowercase());
    if COMMON.lines().any(|common| common == *lower) {
        return Err(Weak::Common);
    }
    let judged = first_chars(text);
    let mut words = vec![PRODUCT];
    for hint in hints.iter().map(|hint| first_chars(hint)) {
        words.push(hint);
        words.extend(hint.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= HINT_WORD_CHARS_MIN));
    }
    words.truncate(HINT_WORDS_MAX);
    let rest = without_words(judged, &words);
    if rest.len() < judged.len() {
        judge(&rest, &words).map_err(|_| Weak::Guessable(Why::Called))?;
    }
    judge(judged, &words)
}

fn judge(text: &str, words: &[&str]) -> Result<(), Weak> {
    let judgement = zxcvbn(text, words);
    if judgement.score() >= Score::Three {
        return Ok(());
    }
    Err(judgement.feedback().and_then(|feedback| feedback.warning()).map_or(Weak::Guessable(Why::Predictable), Weak::from))
}

/// What is left of a text without these words, the longest first; also without what joins the words of one hint.
fn without_words(text: &str, hints: &[&str]) -> Zeroizing<String> {
    let letters =
        |hint: &&str| -> Vec<char> { hint.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect() };
    let mut words: Vec<Vec<char>> = hints.iter().map(letters).filter(|word| word.len() >= HINT_WORD_CHARS_MIN).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    for word in &words {
        let mut at = 0;
        while at + word.len() <= chars.len() {
            let here = &chars[at..at + word.len()];
            let backwards = here.iter().zip(word.iter().rev()).all(|(&c, &letter)| stands_for(c, letter));
            if backwards || here.iter().zip(word).all(|(&c, &letter)| stands_for(c, letter)) {
                chars.drain(at..at + word.len());
            } else {
                at += 1;
            }
        }
    }
    Zeroizing::new(chars.iter().collect())
}

/// Whether a character is this lower-case letter, or what people write in its place.
fn stands_for(c: char, letter: char) -> bool {
    let lookalikes = match letter {
        'a' => "4@",
        'b' => "8",
        'e' => "3",
        'g' => "69",
        'i' => "1!|",
        'l' => "1|7",
        'o' => "0",
        's' => "5$",
        't' => "7+",
        'z' => "2",
        _ => "",
    };
    c.to_lowercase().eq([letter]) || lookalikes.contains(c)
}

fn first_chars(text: &str) -> &str {
    text.char_indices().nth(limits::PASSPHRASE_JUDGED_CHARS).map_or(text, |(end, _)| &text[..end])
}

// === impl Weak ===

impl From<Warning> for Weak {
    fn from(warning: Warning) -> Self {
        match warning {
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword => Self::Common,
            Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => {
                Self::Guessable(Why::Keyboard)
            }
            Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
                Self::Guessable(Why::Repeats)
            }
            Warning::SequencesLikeAbcAreEasyToGuess => Self::Guessable(Why::Sequence),
            Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Self::Guessable(Why::Dates),
            Warning::AWordByItselfIsEasyToGuess => Self::Guessable(Why::Word),
            Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
                Self::Guessable(Why::Names)
            }
        }
    }
}

// === impl Why ===

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keyboard => "its keys lie beside each other",
            Self::Repeats => "it repeats itself",
            Self::Sequence => "it goes on like abc or 6543",
            Self::Dates => "it has a year or a date",
            Self::Word => "it is one word, or nearly",
            Self::Names => "it is made of names",
            Self::Called => "it is made of what you, your company or this product are called",
            Self::Predictable => "it is made of what attackers try first",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HINTS: [&str; 2] = ["Ada Lovelace-Byron", "ada.lovelace@analytical.example"];

    fn check(text: &str, expected: Result<(), Weak>) {
        assert_eq!(check_strength(&Passphrase::parse(text).unwrap(), &HINTS), expected, "{text}");
    }

    #[test]
    fn words_without_a_connection_and_random_letters_are_strong() {
        check("correct horse battery staple", Ok(()));
        check("tapir ledger violet onion", Ok(()));
        check("x7Gq2mVpL9tRw4", Ok(()));
        check("grüne Tapire zählen Zwiebeln", Ok(()));
    }

    #[test]
    fn fewer_than_twelve_characters_are_too_few() {
        check("x7Gq2mVpL9t", Err(Weak::TooShort));
        // Characters are counted, not bytes.
        check("ÄÖÜäöüßéèêñ", Err(Weak::TooShort));
    }

    #[test]
    fn stolen_and_patterned_ones_are_refused_by_name() {
        check("password1234", Err(Weak::Common));
        check("aaaaaaaaaaaaaaaa", Err(Weak::Guessable(Why::Repeats)));
        check("abcdefghijklmnop", Err(Weak::Guessable(Why::Sequence)));
        check("asdfghjkl;'zxcvb", Err(Weak::Guessable(Why::Keyboard)));
        check("1q2w3e4r5t6y7u8i9o", Err(Weak::Common));
        check("IHateThisGame", Err(Weak::Common));
    }

    #[test]
    fn what_its_owner_and_the_product_are_called_is_easy_to_guess() {
        for text in
            ["blockhouse2026", "lovelacebyron", "ada.lovelace@analytical.example", "BlockhouseBlockhouse", "analytical1815"]
        {
            assert!(check_strength(&Passphrase::parse(text).unwrap(), &HINTS).is_err(), "{text}");
        }
        assert_eq!(check_strength(&Passphrase::parse("fGt5 wolkenkuckuck").unwrap(), &[]), Ok(()));
        assert!(check_strength(&Passphrase::parse("fGt5 wolkenkuckuck").unwrap(), &["fGt5 wolkenkuckuck"]).is_err());
    }

    #[test]
    fn joined_names_are_no_passphrase_in_whatever_spelling() {
        let called = Err(Weak::Guessable(Why::Called));
        for text in [
            "adalovelace1",
            "adaLovelaceByron!",
            "ada-lovelace-1815",
            "AdaBlockhouse2026!",
            "4d4l0v3l4c3by",
            "ecalevolada99",
            "@da.L0velace.@nalyt1cal",
            "analyticalada7",
        ] {
            let judged = check_strength(&Passphrase::parse(text).unwrap(), &HINTS);
            assert!(judged.is_err(), "{text}");
        }
        check("adalovelace1", called);
        check("ecalevolada99", called);
        // What is strong without the names is strong with them.
        check("ada counts tapirs beside violet onions", Ok(()));
        check("canada avocado marble kettles", Ok(()));
    }

    #[test]
    fn the_reason_is_a_sentence_that_says_what_to_do() {
        assert_eq!(
            Weak::Guessable(Why::Dates).to_string(),
            "this passphrase is easy to guess because it has a year or a date: add a word or two that are not common"
        );
    }

    #[test]
    fn a_text_made_to_be_slow_is_judged_all_the_same() {
        for text in ["4@8({[<369&#!1/|0$5+7%2".repeat(44), "aA1!".repeat(250), "p4$$w0rd".repeat(128), "1.1.".repeat(256)] {
            let hints = vec![text.as_str(); 200];
            let _ = check_strength(&Passphrase::parse(&text[..1_000]).unwrap(), &hints);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_the_judge_panic(text in "\\PC{12,40}", hint in any::<String>()) {
            if let Ok(passphrase) = Passphrase::parse(&text) {
                let _ = check_strength(&passphrase, &[&hint]);
            }
        }
    }
}

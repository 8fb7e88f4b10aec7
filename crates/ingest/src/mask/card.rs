//! Numbers of payment cards: 13 to 19 digits of a known issuer that pass Luhn's check, in one piece or in the groups that
//! are printed on cards.
//!
//! Not taken for one: a longer row of digits, digits of a decimal fraction, a number with a plus before it, digits within
//! hexadecimal, a row of 13 that is a valid EAN (a product's code).

use std::ops::Range;

use identity::MaskKind;

use super::{Find, exponent, word_before};

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
const GROUPS_MAX: usize = 5;
/// How digits are grouped on cards; those of more groups first.
const GROUPINGS: [&[usize]; 5] = [&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 4, 4, 1], &[4, 6, 5], &[4, 6, 4]];
/// How far a word is looked at for letters that are no hexadecimal digits.
const WORD_BYTES_MAX: usize = 64;

/// Card numbers of a text, from a place on.
struct Cards<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the row of digits and separators ends that `at` is in, if it is in one.
    row_end: usize,
}

pub(super) fn find(text: &[u8], found: &mut Vec<Find>) {
    let cards = Cards { text, at: 0, row_end: 0 };
    found.extend(cards.map(|range| Find { range, kind: MaskKind::Card, what: "card" }));
}

/// The same of whole numbers of JSON with an exponent.
pub(super) fn find_numbers(text: &[u8], found: &mut Vec<Find>) {
    found.extend(with_exponent(text).map(|range| Find { range, kind: MaskKind::Card, what: "card" }));
}

/// Where they start in a body.
pub(super) fn places(body: &[u8]) -> impl Iterator<Item = usize> {
    Cards { text: body, at: 0, row_end: 0 }.chain(with_exponent(body)).map(|range| range.start)
}

fn with_exponent(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    exponent::numbers(text, DIGITS_MAX).filter(|number| is_number(&number.digits)).map(|number| number.range)
}

// === impl Cards ===

impl Iterator for Cards<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            if let Some(card) = self.in_row() {
                return Some(card);
            }
            self.next_row()?;
        }
    }
}

impl Cards<'_> {
    /// Goes to the next row that is long enough. No card hides between bytes that are looked at at its own distance.
    fn next_row(&mut self) -> Option<()> {
        let mut look = self.row_end + DIGITS_MIN - 1;
        loop {
            if !is_of_row(*self.text.get(look)?) || !self.goes_on(look) {
                look += DIGITS_MIN;
                continue;
            }
            let start = self.text[self.row_end..look].iter().rposition(|byte| !is_of_row(*byte));
            let start = start.map_or(self.row_end, |before| self.row_end + before + 1);
            let end = self.text[look..].iter().position(|byte| !is_of_row(*byte)).map_or(self.text.len(), |after| look + after);
            (self.at, self.row_end) = (start, end);
            if end - start >= DIGITS_MIN {
                return Some(());
            }
            look = end + DIGITS_MIN - 1;
        }
    }

    /// Whether the row at `look` may be long enough: one that is has a byte half its length before or behind.
    fn goes_on(&self, look: usize) -> bool {
        let half = DIGITS_MIN / 2;
        let is_of_row = |at: usize| self.text.get(at).is_some_and(|byte| is_of_row(*byte));
        is_of_row(look + half) || look.checked_sub(half).is_some_and(is_of_row)
    }

    /// The next card of the row.
    fn in_row(&mut self) -> Option<Range<usize>> {
        while self.at < self.row_end {
            if !self.text[self.at].is_ascii_digit() {
                self.at += 1;
                continue;
            }
            let start = self.at;
            let first_end = self.group_end(start);
            // Past this group, whatever it starts.
            self.at = first_end;
            if let Some(range) = self.card_at(start, first_end) {
                self.at = range.end;
                return Some(range);
            }
        }
        None
    }

    fn group_end(&self, start: usize) -> usize {
        let row = &self.text[start..self.row_end];
        start + row.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(row.len())
    }

    fn card_at(&self, start: usize, first_end: usize) -> Option<Range<usize>> {
        let is_card = |end: &usize| self.is_card(start, *end);
        let end = match first_end - start {
            DIGITS_MIN..=DIGITS_MAX => Some(first_end).filter(is_card),
            4 => self.grouped(first_end).into_iter().flatten().find(is_card),
            _ => None,
        };
        end.map(|end| start..end)
    }

    fn is_card(&self, start: usize, end: usize) -> bool {
        let mut digits = [0; DIGITS_MAX];
        let mut count = 0;
        for byte in self.text[start..end].iter().filter(|byte| byte.is_ascii_digit()) {
            let Some(digit) = digits.get_mut(count) else { return false };
            *digit = *byte;
            count += 1;
        }
        is_number(&digits[..count]) && self.stands_free(start, end)
    }

    /// Where cards may end whose first group of four ends here, the longest first, so that nothing of one is left.
    fn grouped(&self, first_end: usize) -> Option<impl Iterator<Item = usize>> {
        let separator = *self.text.get(first_end)?;
        let mut lengths = [4, 0, 0, 0, 0];
        let mut ends = [first_end; GROUPS_MAX];
        let mut groups = 1;
        while groups < GROUPS_MAX {
            let before = ends[groups - 1];
            let apart = before < self.row_end && self.text[before] == separator;
            let length = if apart { self.group_end(before + 1) - before - 1 } else { 0 };
            if length == 0 {
                break;
            }
            (lengths[groups], ends[groups]) = (length, before + 1 + length);
            groups += 1;
        }
        let fits = move |grouping: &&&[usize]| grouping.len() <= groups && lengths.starts_with(grouping);
        Some(GROUPINGS.iter().filter(fits).map(move |grouping| ends[grouping.len() - 1]))
    }

    fn stands_free(&self, start: usize, end: usize) -> bool {
        let (before, after) = (&self.text[..start], &self.text[end..]);
        let of_fraction = matches!(before, [.., b'0'..=b'9', b'.']) || has_fraction(after);
        let of_phone = matches!(before, [.., b'+']);
        !of_fraction && !of_phone && !is_hexadecimal(before, after)
    }
}

/// Digits, and the separators of groups.
fn is_of_row(byte: u8) -> bool {
    OF_ROW[usize::from(byte)]
}

const OF_ROW: [bool; 256] = {
    let mut table = [false; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = true;
        digit += 1;
    }
    table[b' ' as usize] = true;
    table[b'-' as usize] = true;
    table
};

/// Whether a decimal fraction follows; one of zeros is none.
fn has_fraction(after: &[u8]) -> bool {
    let Some(digits) = after.strip_prefix(b".") else { return false };
    digits.iter().take_while(|byte| byte.is_ascii_digit()).any(|byte| *byte != b'0')
}

/// Whether the word that goes on before or after has letters, and only such as hexadecimal has.
fn is_hexadecimal(before: &[u8], after: &[u8]) -> bool {
    let before = word_before(before).iter().rev().take(WORD_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric());
    let after = after.iter().take(WORD_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric());
    let mut letters = before.chain(after).filter(|byte| byte.is_ascii_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(u8::is_ascii_hexdigit)
}

/// Whether digits, as text, are the number of a card.
fn is_number(text: &[u8]) -> bool {
    let mut digits = [0; DIGITS_MAX];
    let Some(digits) = digits.get_mut(..text.len()) else { return false };
    digits.iter_mut().zip(text).for_each(|(digit, byte)| *digit = byte - b'0');
    is_issued(digits) && passes_luhn(digits) && !is_ean(digits)
}

fn is_issued(digits: &[u8]) -> bool {
    let starts = |count: usize| digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    let (two, three, four) = (starts(2), starts(3), starts(4));
    match digits.len() {
        13 => digits[0] == 4,
        14 => matches!(three, 300..=305) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            let mastercard = matches!(two, 51..=55) || (2221..=2720).contains(&four);
            digits[0] == 4 || mastercard || of_any_length(two, three, four)
        }
        17 | 18 => of_any_length(two, three, four),
        19 => digits[0] == 4 || of_any_length(two, three, four),
        _ => false,
    }
}

/// Discover, JCB, UnionPay, Maestro and Mir have 16 to 19 digits.
fn of_any_length(two: u32, three: u32, four: u32) -> bool {
    let discover = four == 6011 || (644..=649).contains(&three) || two == 65;
    let maestro = matches!(four, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761 | 6762 | 6763);
    discover || maestro || two == 62 || (3528..=3589).contains(&four) || (2200..=2204).contains(&four)
}

fn passes_luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let places = digits.iter().rev().enumerate();
    let sum: u32 = places.map(|(place, digit)| u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit })).sum();
    sum.is_multiple_of(10)
}

fn is_ean(digits: &[u8]) -> bool {
    let weighed = digits.iter().enumerate().map(|(place, digit)| u32::from(*digit) * if place % 2 == 1 { 3 } else { 1 });
    digits.len() == 13 && weighed.sum::<u32>().is_multiple_of(10)
}

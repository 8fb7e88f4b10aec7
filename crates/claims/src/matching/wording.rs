//! Whether an own sentence promises more or less than the library's for the same claim.
//!
//! Always holds: a difference that is not understood is `Own`, never `Same` nor `Stronger`, so that a person looks.
//! Does not understand language: it counts quantifiers, hedges, numbers, verbs of guarantee and what was left out.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::lexis;
use super::words::Words;
use crate::slot::{Piece, pieces};

/// How an own sentence compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "is", content = "because")]
#[schemars(rename = "TemplateWording")]
pub enum Wording {
    Same,
    Weaker(Vec<Reason>),
    Stronger(Vec<Reason>),
    /// Weaker in the first and stronger in the second.
    Both(Vec<Reason>, Vec<Reason>),
    /// Other words, which have to be read; what can be counted of them tells where: weaker in the first, stronger in the
    /// second.
    Own(Vec<Reason>, Vec<Reason>),
}

/// One difference, with the words that make it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateWordingReason")]
pub enum Reason {
    QuantifierDropped(String),
    QuantifierAdded(String),
    /// `most` in place of all.
    RestrictionDropped(String),
    RestrictionAdded(String),
    HedgeDropped(String),
    HedgeAdded(String),
    GuaranteeDropped(String),
    GuaranteeAdded(String),
    /// `except`, `unless`, `if`.
    ExceptionDropped(String),
    ExceptionAdded(String),
    NumberDropped(String),
    NumberAdded(String),
    /// From the library's to the own.
    NumberChanged(String, String),
    /// It says `not` where the library does not, or the reverse.
    Negated,
    /// What the library's sentence says and the own does not.
    LeftOut(String),
}

/// Of the words of both sentences together, so much has to be in both for them to be compared.
const OVERLAP_MIN: f64 = 0.4;

/// Compares an own sentence with the library's.
#[must_use]
pub fn compare(library: &str, own: &str) -> Wording {
    let (theirs, ours) = (Features::of(library), Features::of(own));
    let both = theirs.content.intersection(&ours.content).count();
    let either = theirs.content.union(&ours.content).count();
    let (mut weaker, mut stronger) = differences(&theirs, &ours);
    let is_part = ours.content.is_subset(&theirs.content);
    let is_far = either > 0 && (both as f64) < OVERLAP_MIN * either as f64;
    // Words were exchanged or added: nobody but a reader knows what they do.
    let is_own = is_far || (!is_part && weaker.is_empty());
    if is_far {
        // A `not` about something else says nothing.
        weaker.retain(|reason| *reason != Reason::Negated);
    } else if !is_own && is_part {
        weaker.extend(theirs.content.difference(&ours.content).cloned().map(Reason::LeftOut));
    } else if !is_own {
        stronger.clear();
    }
    weaker.sort();
    stronger.sort();
    match (weaker.is_empty(), stronger.is_empty()) {
        _ if is_own => Wording::Own(weaker, stronger),
        (true, true) => Wording::Same,
        (false, true) => Wording::Weaker(weaker),
        (true, false) => Wording::Stronger(stronger),
        (false, false) => Wording::Both(weaker, stronger),
    }
}

type Change = fn(String) -> Reason;

fn differences(theirs: &Features, ours: &Features) -> (Vec<Reason>, Vec<Reason>) {
    let (mut weaker, mut stronger) = (Vec::new(), Vec::new());
    // What makes a promise stronger, then what makes it weaker: how its loss and its addition are called.
    let gives: [(usize, Change, Change); 2] = [
        (UNIVERSAL, Reason::QuantifierDropped, Reason::QuantifierAdded),
        (GUARANTEE, Reason::GuaranteeDropped, Reason::GuaranteeAdded),
    ];
    for (kind, dropped, added) in gives {
        weaker.extend(theirs.only(ours, kind).map(dropped));
        stronger.extend(ours.only(theirs, kind).map(added));
    }
    let takes: [(usize, Change, Change); 3] = [
        (PARTIAL, Reason::RestrictionDropped, Reason::RestrictionAdded),
        (HEDGE, Reason::HedgeDropped, Reason::HedgeAdded),
        (EXCEPTION, Reason::ExceptionDropped, Reason::ExceptionAdded),
    ];
    for (kind, dropped, added) in takes {
        stronger.extend(theirs.only(ours, kind).map(dropped));
        weaker.extend(ours.only(theirs, kind).map(added));
    }
    if theirs.negated != ours.negated {
        weaker.push(Reason::Negated);
    }
    numbers(theirs, ours, &mut weaker, &mut stronger);
    (weaker, stronger)
}

fn numbers(theirs: &Features, ours: &Features, weaker: &mut Vec<Reason>, stronger: &mut Vec<Reason>) {
    let (mut gone, mut come): (Vec<_>, Vec<_>) = (theirs.numbers.clone(), ours.numbers.clone());
    gone.retain(|number| !ours.numbers.contains(number));
    come.retain(|number| !theirs.numbers.contains(number));
    while let Some(number) = gone.pop() {
        let Some(place) = come.iter().position(|other| other.unit == number.unit) else {
            weaker.push(Reason::NumberDropped(number.shown));
            continue;
        };
        let other = come.swap_remove(place);
        let grew = other.value > number.value;
        // A time is promised as the longest, unless the sentence says the shortest; of all else more is better.
        let better = match (number.unit, theirs.least) {
            (Unit::Time, Least::No) => !grew,
            (Unit::Time, Least::Yes) | (Unit::Other, _) => grew,
        };
        let reason = Reason::NumberChanged(number.shown, other.shown);
        if better { stronger.push(reason) } else { weaker.push(reason) }
    }
    stronger.extend(come.into_iter().skip(theirs.slots).map(|number| Reason::NumberAdded(number.shown)));
}

const UNIVERSAL: usize = 0;
const PARTIAL: usize = 1;
const HEDGE: usize = 2;
const GUARANTEE: usize = 3;
const EXCEPTION: usize = 4;
const KINDS: [&[&str]; 5] = [lexis::UNIVERSAL, lexis::PARTIAL, lexis::HEDGES, lexis::GUARANTEES, lexis::EXCEPTIONS];

/// What of a sentence is compared.
struct Features {
    /// Words that say what it is about.
    content: BTreeSet<String>,
    kinds: [BTreeSet<String>; 5],
    numbers: Vec<Number>,
    /// Slots of the library's sentence that a number of the own one may fill.
    slots: usize,
    negated: Negated,
    least: Least,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Negated {
    Yes,
    No,
}

/// Whether numbers are the least that is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Least {
    Yes,
    No,
}

#[derive(Debug, Clone)]
struct Number {
    value: f64,
    unit: Unit,
    shown: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Time,
    Other,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.unit == other.unit && self.value.total_cmp(&other.value).is_eq()
    }
}

// === impl Features ===

impl Features {
    fn of(text: &str) -> Self {
        let (text, slots) = without_slots(text);
        let words = Words::of(&text);
        let words: Vec<&str> = words.iter().collect();
        let kinds = KINDS.map(|kind| words.iter().filter(|word| kind.contains(word)).map(|&word| word.to_owned()).collect());
        let mut numbers = Vec::new();
        let mut content = BTreeSet::new();
        for (place, word) in words.iter().enumerate() {
            let unit = words.get(place + 1).and_then(|next| time(next));
            if let Ok(value) = word.parse::<u32>() {
                numbers.push(Number {
                    value: f64::from(value) * unit.unwrap_or(1.0),
                    unit: if unit.is_some() { Unit::Time } else { Unit::Other },
                    shown: unit.and(words.get(place + 1)).map_or_else(|| (*word).to_owned(), |next| format!("{word} {next}")),
                });
            } else if time(word).is_none() && !KINDS.iter().any(|kind| kind.contains(word)) && !lexis::NEGATIONS.contains(word) {
                content.extend(lexis::root(word));
            }
        }
        let count = words.iter().filter(|word| lexis::NEGATIONS.contains(word)).count();
        Self {
            content,
            kinds,
            numbers,
            slots,
            negated: if count % 2 == 1 { Negated::Yes } else { Negated::No },
            least: if words.iter().any(|word| lexis::AT_LEAST.contains(word)) { Least::Yes } else { Least::No },
        }
    }

    fn only<'a>(&'a self, other: &'a Self, kind: usize) -> impl Iterator<Item = String> + 'a {
        self.kinds[kind].difference(&other.kinds[kind]).cloned()
    }
}

/// The words outside of slots, and how many slots there are.
fn without_slots(text: &str) -> (String, usize) {
    let (mut words, mut slots) = (String::new(), 0);
    for piece in pieces(text) {
        match piece {
            Piece::Words(run) => words.push_str(run),
            Piece::Slot(_) => slots += 1,
        }
    }
    (words, slots)
}

/// Seconds in one of this unit.
fn time(word: &str) -> Option<f64> {
    let one = word.strip_suffix('s').unwrap_or(word);
    lexis::TIMES.iter().find(|(name, _)| *name == one).map(|(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = "We keep usage data for 90 days after a trial, and then all of it is removed from every server.";

    fn weaker(library: &str, own: &str, reason: &Reason) {
        match compare(library, own) {
            Wording::Weaker(reasons) | Wording::Both(reasons, _) if reasons.contains(reason) => {}
            other => panic!("{own}: {other:?}"),
        }
    }

    #[test]
    fn the_same_promise_in_other_order_of_small_words_is_the_same() {
        assert_eq!(compare(KEPT, KEPT), Wording::Same);
        assert_eq!(compare("Backups are encrypted.", "The backups are encrypted"), Wording::Same);
        assert_eq!(compare("All logs are retained 90 days", "All records are kept for 90 days"), Wording::Same);
    }

    #[test]
    fn what_is_taken_away_makes_a_promise_weaker() {
        weaker("All backups are encrypted.", "Backups are encrypted.", &Reason::QuantifierDropped("all".into()));
        weaker("All backups are encrypted.", "Most backups are encrypted.", &Reason::RestrictionAdded("most".into()));
        weaker("We delete data after 90 days.", "We may delete data after 90 days.", &Reason::HedgeAdded("may".into()));
        weaker("Backups are encrypted and restored.", "Backups are encrypted.", &Reason::LeftOut("restored".into()));
        weaker("Logs are not sold.", "Logs are sold.", &Reason::Negated);
        weaker(
            "Access needs written approval.",
            "Access needs written approval, except for support.",
            &Reason::ExceptionAdded("except".into()),
        );
    }

    #[test]
    fn a_period_that_is_dropped_or_grew_makes_a_promise_weaker_and_a_shorter_one_stronger() {
        let dropped = KEPT.replace("for 90 days ", "");
        weaker(KEPT, &dropped, &Reason::NumberDropped("90 days".into()));
        weaker(KEPT, &KEPT.replace("90", "365"), &Reason::NumberChanged("90 days".into(), "365 days".into()));
        let shorter = Reason::NumberChanged("90 days".into(), "30 days".into());
        assert_eq!(compare(KEPT, &KEPT.replace("90", "30")), Wording::Stronger(vec![shorter]));
        assert_eq!(compare(KEPT, &KEPT.replace("90 days", "3 months")), Wording::Same);
    }

    #[test]
    fn a_shortest_period_or_a_key_that_shrinks_makes_a_promise_weaker() {
        let trail = "The trail is kept for at least 365 days.";
        weaker(trail, &trail.replace("365", "90"), &Reason::NumberChanged("365 days".into(), "90 days".into()));
        weaker("Data is under AES 256.", "Data is under AES 128.", &Reason::NumberChanged("256".into(), "128".into()));
    }

    #[test]
    fn a_slot_is_filled_by_any_number() {
        let library = "Data keys end after {key_hours} hours.";
        assert_eq!(compare(library, "Data keys end after 24 hours."), Wording::Same);
        weaker("Data keys end after 24 hours.", "Data keys end.", &Reason::NumberDropped("24 hours".into()));
    }

    #[test]
    fn a_promise_can_grow() {
        let stronger = compare("Backups are encrypted.", "All backups are encrypted.");
        assert_eq!(stronger, Wording::Stronger(vec![Reason::QuantifierAdded("all".into())]));
        let guaranteed = compare("We try recovery.", "We guarantee recovery.");
        let reasons = vec![Reason::HedgeDropped("try".into()), Reason::GuaranteeAdded("guarantee".into())];
        assert_eq!(guaranteed, Wording::Stronger(reasons));
    }

    #[test]
    fn other_words_are_read_by_a_person() {
        let own = |stronger| Wording::Own(vec![], stronger);
        assert_eq!(compare("Backups are encrypted.", "Our office has a lock."), own(vec![]));
        assert_eq!(compare("Backups are encrypted at night.", "Backups are encrypted at noon."), own(vec![]));
        assert_eq!(compare("Backups are encrypted.", "Backups are encrypted in Utah."), own(vec![]));
    }

    #[test]
    fn what_can_be_counted_of_other_words_is_told() {
        let (all, may) = (Reason::QuantifierAdded("all".into()), Reason::HedgeAdded("may".into()));
        assert_eq!(compare("Backups are encrypted.", "All our offices have locks."), Wording::Own(vec![], vec![all]));
        assert_eq!(compare("Backups are encrypted.", "Our office may have a lock."), Wording::Own(vec![may], vec![]));
        assert_eq!(compare("Backups are not kept in one place.", "Our office has a lock."), Wording::Own(vec![], vec![]));
    }
}

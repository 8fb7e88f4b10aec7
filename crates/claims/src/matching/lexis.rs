//! Words that carry a promise's strength, and words that say the same.

/// Everything, without exception.
pub(super) const UNIVERSAL: &[&str] =
    &["all", "any", "every", "each", "always", "never", "none", "no", "nobody", "entirely", "completely", "only", "solely"];

/// Less than everything.
pub(super) const PARTIAL: &[&str] = &[
    "some",
    "most",
    "many",
    "selected",
    "sensitive",
    "critical",
    "main",
    "major",
    "certain",
    "relevant",
    "typically",
    "usually",
];

/// What takes a promise back.
pub(super) const HEDGES: &[&str] = &[
    "may",
    "might",
    "could",
    "should",
    "seek",
    "strive",
    "try",
    "aim",
    "attempt",
    "intend",
    "plan",
    "discretion",
    "possible",
    "reasonable",
    "generally",
    "appropriate",
    "exceptions",
    "endeavour",
    "endeavor",
];

/// What promises an outcome.
pub(super) const GUARANTEES: &[&str] =
    &["guarantee", "guarantees", "ensure", "ensures", "prevent", "prevents", "impossible", "assure", "assures"];

/// What begins a case in which the promise does not hold, or holds alone.
pub(super) const EXCEPTIONS: &[&str] = &["except", "unless", "if", "when", "where", "while", "until", "provided"];

pub(super) const NEGATIONS: &[&str] = &["not", "no", "never", "none", "cannot", "don't", "doesn't", "won't", "isn't", "without"];

/// Sentences with one of these promise at least what they number; the others with a time, at most.
pub(super) const AT_LEAST: &[&str] = &["least", "minimum", "more", "over"];

/// What follows a number of time.
pub(super) const TIMES: &[(&str, f64)] = &[
    ("second", 1.0),
    ("minute", 60.0),
    ("hour", 3_600.0),
    ("day", 86_400.0),
    ("week", 604_800.0),
    ("month", 2_592_000.0),
    ("year", 31_536_000.0),
];

/// Joins and fillers: that they come or go changes nothing.
const EMPTY: &[&str] = &[
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "and", "or", "is", "are", "be", "been", "was",
    "we", "our", "us", "it", "its", "this", "that", "which", "their", "they", "your", "you", "as", "has", "have", "do", "does",
    "will", "via", "using", "use", "used", "also", "then", "so", "who", "whose", "into", "than", "there", "own", "can", "after",
    "before", "within",
];

/// The first of each stands for the others.
const SAME: &[&[&str]] = &[
    &["keep", "keeps", "kept", "retain", "retains", "retained", "stored", "store", "stores", "hold", "held"],
    &["delete", "deletes", "deleted", "remove", "removes", "removed", "erase", "erases", "erased"],
    &["customer", "customers", "client", "clients", "user", "users", "tenant", "tenants"],
    &["employee", "employees", "staff"],
    &["encrypted", "encrypt", "encrypts", "encryption"],
    &["log", "logs", "record", "records"],
];

/// What a word stands for; `None` for one that says nothing.
pub(super) fn root(word: &str) -> Option<String> {
    if EMPTY.contains(&word) {
        return None;
    }
    if let Some(first) = SAME.iter().find(|same| same.contains(&word)).and_then(|same| same.first()) {
        return Some((*first).to_owned());
    }
    // Long enough endings go, so that singular and plural are one word.
    let stem = word.strip_suffix("ies").or_else(|| word.strip_suffix("es")).or_else(|| word.strip_suffix('s'));
    Some(stem.filter(|stem| stem.len() > 3).unwrap_or(word).to_owned())
}

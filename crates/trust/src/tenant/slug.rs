//! The name of a page in its address, which its tenant chooses once.

use std::fmt;

use model::limits::{SLUG_CHARS_MAX, SLUG_CHARS_MIN};

/// Names that could be read as somebody else's word.
const RESERVED: [&str; 25] = [
    "about",
    "admin",
    "api",
    "assets",
    "audit",
    "badge",
    "blockhouse",
    "contact",
    "evidence",
    "feed",
    "help",
    "legal",
    "login",
    "official",
    "operator",
    "overview",
    "privacy",
    "root",
    "security",
    "staff",
    "status",
    "support",
    "verified",
    "well-known",
    "www",
];

/// Lower-case letters, digits and single hyphens, with a letter in front.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error("a page's name has {SLUG_CHARS_MIN} to {SLUG_CHARS_MAX} characters")]
    Length,
    #[error("a page's name is a-z, 0-9 and single hyphens between them, and begins with a letter")]
    Character,
    #[error("this name is not given to pages")]
    Reserved,
}

// === impl Slug ===

impl Slug {
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if !(SLUG_CHARS_MIN..=SLUG_CHARS_MAX).contains(&text.len()) {
            return Err(SlugError::Length);
        }
        let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let begins = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !begins || !text.bytes().all(is_allowed) || text.ends_with('-') || text.contains("--") {
            return Err(SlugError::Character);
        }
        if RESERVED.contains(&text) {
            return Err(SlugError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&SlugError>) {
        assert_eq!(Slug::parse(text).err().as_ref(), expected, "{text:?}");
    }

    #[test]
    fn a_page_has_a_plain_name_that_is_nobody_elses_word() {
        check("acme", None);
        check("acme-pay-2", None);
        check("ab", Some(&SlugError::Length));
        check(&"a".repeat(41), Some(&SlugError::Length));
        for text in ["Acme", "acme-", "-acme", "2acme", "xn--acme", "ac.me", "ac/me", "acmé"] {
            check(text, Some(&SlugError::Character));
        }
        RESERVED.iter().for_each(|text| check(text, Some(&SlugError::Reserved)));
    }
}

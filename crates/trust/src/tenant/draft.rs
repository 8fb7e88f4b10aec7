//! A claim as a tenant writes it, before anybody sees it.
//!
//! Always holds: a [`Draft`] is within its bounds, and its words are such as the linter lets onto a page: an absolute only
//! where what it is counted over is looked at.

use claims::lint::{Standing, lint_sentence};
use claims::{Class, Group};
use model::limits::{OWN_DRAFT_BYTES_MAX, OWN_ID_CHARS_MAX, OWN_LIMITS_CHARS_MAX, OWN_SENTENCE_CHARS_MAX, OWN_TITLE_CHARS_MAX};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bound::Bound;

const ID_BEGINS: &str = "OWN-";

/// A claim that may be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Draft(Written);

/// The same as it comes in, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "OwnClaimDraft")]
pub struct Written {
    /// `OWN-…`, unique on its page.
    pub id: String,
    pub title: String,
    pub sentence: String,
    pub group: Group,
    pub class: Class,
    /// What it does not say.
    pub limits: String,
    pub bound: Bound,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    #[error("a draft has at most {OWN_DRAFT_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the draft cannot be read: {0}")]
    Syntax(String),
    #[error("an id is OWN- and A-Z, 0-9 and single hyphens, at most {OWN_ID_CHARS_MAX} characters")]
    Id,
    #[error("{0} is empty, too long, or has characters that it may not have")]
    Text(&'static str),
    #[error("{0} is outside of its bounds")]
    Number(&'static str),
    #[error("a probe names at least one thing to look at")]
    NoProbe,
    #[error("evidence is at least one record, at most so many, or both in this order")]
    NoBound,
    #[error("what follows has to be another query than what triggers it")]
    SameQuery,
    #[error("a claim that people sign is organisational, and no other is")]
    Class,
    #[error("“{words}” in {field} ({code}): {instead}")]
    Words { field: &'static str, words: String, code: &'static str, instead: String },
}

// === impl Draft ===

impl Draft {
    /// Reads JSON.
    pub fn read(json: &[u8]) -> Result<Self, DraftError> {
        if json.len() > OWN_DRAFT_BYTES_MAX {
            return Err(DraftError::TooLarge);
        }
        let written = serde_json::from_slice(json).map_err(|error| DraftError::Syntax(error.to_string()))?;
        Self::new(written)
    }

    pub fn new(written: Written) -> Result<Self, DraftError> {
        if !is_id(&written.id) {
            return Err(DraftError::Id);
        }
        is_text(&written.title, "title", OWN_TITLE_CHARS_MAX)?;
        is_text(&written.sentence, "sentence", OWN_SENTENCE_CHARS_MAX)?;
        is_text(&written.limits, "limits", OWN_LIMITS_CHARS_MAX)?;
        if !written.sentence.ends_with('.') {
            return Err(DraftError::Text("sentence"));
        }
        written.bound.hold()?;
        match (&written.bound, written.class) {
            (Bound::Attested { .. }, Class::Organisational) => {}
            (Bound::Probe { .. } | Bound::Evidence { .. } | Bound::Sequence { .. }, Class::Software | Class::Deployment) => {}
            (_, _) => return Err(DraftError::Class),
        }
        for (field, text) in [("title", &written.title), ("sentence", &written.sentence)] {
            lint(&written, field, text)?;
        }
        Ok(Self(written))
    }

    /// One that was held before it was kept. What the linter learned since then takes nothing off a page.
    pub(crate) fn kept(written: Written) -> Self {
        Self(written)
    }

    #[must_use]
    pub fn written(&self) -> &Written {
        &self.0
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    #[must_use]
    pub fn bound(&self) -> &Bound {
        &self.0.bound
    }
}

// === impl Written ===

impl Written {
    /// Over what an `all` or `never` is counted.
    pub(crate) fn denominator(&self) -> Option<&'static str> {
        match &self.bound {
            Bound::Probe { .. } => Some("what is probed of the host"),
            Bound::Sequence { .. } => Some("bursts in the window"),
            Bound::Evidence { .. } | Bound::Attested { .. } => None,
        }
    }
}

fn lint(written: &Written, field: &'static str, text: &str) -> Result<(), DraftError> {
    let standing = match written.denominator() {
        Some(_) => Standing::default().with_counted(&written.id),
        None => Standing::default(),
    };
    match lint_sentence(text, &[&written.id], &standing).into_iter().next() {
        None => Ok(()),
        Some((place, code, instead)) => Err(DraftError::Words {
            field,
            words: text.get(place).unwrap_or(text).to_owned(),
            code: code.as_str(),
            instead: instead.to_owned(),
        }),
    }
}

fn is_id(id: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    let name = id.strip_prefix(ID_BEGINS).unwrap_or_default();
    let hyphens = name.starts_with('-') || name.ends_with('-') || name.contains("--");
    !name.is_empty() && id.len() <= OWN_ID_CHARS_MAX && name.bytes().all(is_allowed) && !hyphens
}

/// One visible line without what a page, a template or a slot reads as more than words.
fn is_text(text: &str, field: &'static str, chars_max: usize) -> Result<(), DraftError> {
    let is_mark = |c: char| {
        c.is_control()
            || matches!(c, '{' | '}' | '<' | '>' | '[' | ']' | '|' | '¦' | '`')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let is_line = !text.is_empty() && text.trim() == text && text.chars().count() <= chars_max;
    let is_words = !text.chars().any(is_mark) && !text.contains("://");
    if is_line && is_words { Ok(()) } else { Err(DraftError::Text(field)) }
}

//! What is wrong with a page of promises: words that cannot be kept, marks that were left, promises that contradict each
//! other, and what is not said.
//!
//! | severity | meaning |
//! |---|---|
//! | blocks | the page is not built |
//! | reword | the sentence may not be published so |
//! | note | somebody should look |
//!
//! Always holds: a finding names its code, its place, what is wrong and what to do instead; codes are never given to another
//! rule. An absolute (`all`, `never`) passes only where a claim with an inventory stands behind its sentence, an outcome
//! (`ensure`, `prevent`) only where one with a drill does. Does not know whether a claim holds; opens no link.

mod lexicon;
mod marks;
mod relations;

use std::collections::BTreeSet;
use std::ops::Range;

use model::limits::FINDINGS_MAX;
use schemars::JsonSchema;
use serde::Serialize;

use crate::claim::{Disposition, Evidence};
use crate::library::Library;
use crate::matching::words::Words;
use crate::matching::{Matched, match_page};
use crate::template::{Page, Position, ReadError};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateFinding")]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    /// None for what is not there.
    pub at: Option<Position>,
    /// Other places that it is about.
    pub also: Vec<Position>,
    /// The words, as they stand in the page.
    pub words: String,
    pub wrong: String,
    pub instead: String,
    /// Ids of the claims and observations that it concerns.
    pub claims: Vec<String>,
}

/// Which rule found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(rename = "TemplateFindingCode")]
pub enum Code {
    #[serde(rename = "lint.superlative")]
    Superlative,
    #[serde(rename = "lint.absolute")]
    Absolute,
    #[serde(rename = "lint.undefined-time")]
    UndefinedTime,
    #[serde(rename = "lint.undefined-thing")]
    UndefinedThing,
    #[serde(rename = "lint.guarantee")]
    Guarantee,
    #[serde(rename = "lint.category")]
    Category,
    #[serde(rename = "lint.contradiction")]
    Contradiction,
    #[serde(rename = "lint.hedge")]
    Hedge,
    #[serde(rename = "lint.dead-vocabulary")]
    DeadVocabulary,
    #[serde(rename = "lint.unresolved")]
    Unresolved,
    #[serde(rename = "lint.links-and-providers")]
    LinksAndProviders,
    #[serde(rename = "lint.empty-bullet")]
    EmptyBullet,
    #[serde(rename = "lint.unreadable-mail")]
    UnreadableMail,
    #[serde(rename = "lint.comment-leak")]
    CommentLeak,
    #[serde(rename = "lint.exclusive")]
    Exclusive,
    #[serde(rename = "lint.orphan-reference")]
    OrphanReference,
    #[serde(rename = "lint.legal-conclusion")]
    LegalConclusion,
    #[serde(rename = "lint.omitted")]
    Omitted,
    #[serde(rename = "lint.structure")]
    Structure,
    #[serde(rename = "lint.unmatched")]
    Unmatched,
    #[serde(rename = "lint.too-many")]
    TooMany,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateFindingSeverity")]
pub enum Severity {
    Note,
    Reword,
    Blocks,
}

/// What stands behind claims, so that strong words can be allowed.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Ids of claims that count over an inventory.
    counted: BTreeSet<String>,
    /// Ids of claims whose check does the thing.
    drilled: BTreeSet<String>,
}

/// All that is wrong with a page, in the order of its text; what is not there comes last.
#[must_use]
pub fn lint(page: &Page, standing: &Standing) -> Vec<Finding> {
    let matched = match_page(page);
    let mut findings = marks::flaws(page);
    for one in &matched {
        findings.extend(marks::sentence(page, one));
        findings.extend(in_sentence(page, one, standing));
        if findings.len() >= FINDINGS_MAX {
            break;
        }
    }
    findings.extend(relations::all(page, &matched));
    findings.sort_by_key(|finding| (finding.at.is_none(), finding.at.map(|at| (at.start, at.end)), finding.code));
    if findings.len() > FINDINGS_MAX {
        findings.truncate(FINDINGS_MAX);
        findings.push(too_many());
    }
    findings
}

/// What is wrong with the words of one sentence that these claims stand behind. Places are bytes of the sentence.
#[must_use]
pub fn lint_sentence(text: &str, claims: &[&str], standing: &Standing) -> Vec<(Range<usize>, Code, &'static str)> {
    let words = Words::of(text);
    let found = lexicon::ENTRIES.iter().filter_map(|entry| Some((entry.find(&words, claims, standing)?, entry)));
    found.map(|(range, entry)| (range, entry.code, entry.instead)).collect()
}

/// Reads bytes as a page and lints it, checking what must hold of both: the body of a fuzz target.
///
/// # Panics
/// When a place is not in the text, a sentence is empty, or an id was given twice.
pub fn exercise(bytes: &[u8]) -> Result<(), ReadError> {
    let page = Page::read(bytes)?;
    let inside = |at: Position| bytes.get(at.start..at.end).is_some_and(|part| std::str::from_utf8(part).is_ok());
    let mut ids = BTreeSet::new();
    for sentence in page.sentences() {
        assert!(inside(sentence.at) && ids.insert(sentence.id.as_str()), "{sentence:?}");
        for choice in &sentence.choices {
            assert!(inside(choice.at) && ids.insert(choice.id.as_str()), "{choice:?}");
        }
        assert!(sentence.placeholders.iter().all(|one| page.slice(one.at) == "DOMAIN"), "{sentence:?}");
        assert!(sentence.links.iter().all(|one| inside(one.at)), "{sentence:?}");
    }
    for finding in lint(&page, &Standing::default()) {
        let places = finding.at.into_iter().chain(finding.also.iter().copied());
        assert!(places.into_iter().all(inside), "{finding:?}");
    }
    Ok(())
}

fn in_sentence(page: &Page, one: &Matched<'_>, standing: &Standing) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in lexicon::ENTRIES {
        let Some(range) = entry.find(&one.words, one.claims(), standing) else { continue };
        let at = page.position(one.sentence.place_of(range));
        findings.push(Finding {
            code: entry.code,
            severity: Severity::Reword,
            words: page.slice(at).to_owned(),
            at: Some(at),
            also: Vec::new(),
            wrong: entry.wrong(),
            instead: entry.instead.to_owned(),
            claims: concerning(one, entry.observes),
        });
    }
    findings
}

/// The claims of a sentence, and what was observed of it.
fn concerning(one: &Matched<'_>, observes: &[&str]) -> Vec<String> {
    one.claims().iter().chain(observes).map(|&id| id.to_owned()).collect()
}

fn too_many() -> Finding {
    Finding {
        code: Code::TooMany,
        severity: Severity::Blocks,
        at: None,
        also: Vec::new(),
        words: String::new(),
        wrong: format!("there are more than {FINDINGS_MAX} findings, and the rest is not told"),
        instead: "mend these first".to_owned(),
        claims: Vec::new(),
    }
}

// === impl Finding ===

impl Finding {
    pub fn concerns(&self, id: &str) -> bool {
        self.claims.iter().any(|claim| claim == id)
    }

    /// Whether it is about a place in these bytes.
    #[must_use]
    pub fn touches(&self, at: Position) -> bool {
        self.at.iter().chain(&self.also).any(|own| own.start < at.end && at.start < own.end)
    }
}

// === impl Code ===

impl Code {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Superlative => "lint.superlative",
            Self::Absolute => "lint.absolute",
            Self::UndefinedTime => "lint.undefined-time",
            Self::UndefinedThing => "lint.undefined-thing",
            Self::Guarantee => "lint.guarantee",
            Self::Category => "lint.category",
            Self::Contradiction => "lint.contradiction",
            Self::Hedge => "lint.hedge",
            Self::DeadVocabulary => "lint.dead-vocabulary",
            Self::Unresolved => "lint.unresolved",
            Self::LinksAndProviders => "lint.links-and-providers",
            Self::EmptyBullet => "lint.empty-bullet",
            Self::UnreadableMail => "lint.unreadable-mail",
            Self::CommentLeak => "lint.comment-leak",
            Self::Exclusive => "lint.exclusive",
            Self::OrphanReference => "lint.orphan-reference",
            Self::LegalConclusion => "lint.legal-conclusion",
            Self::Omitted => "lint.omitted",
            Self::Structure => "lint.structure",
            Self::Unmatched => "lint.unmatched",
            Self::TooMany => "lint.too-many",
        }
    }
}

// === impl Standing ===

impl Standing {
    /// What the library's claims stand for, under each of their ids. What cannot be said yet stands for nothing, and what
    /// people or documents say drills nothing.
    #[must_use]
    pub fn of(library: &Library) -> Self {
        let mut standing = Self::default();
        for claim in library.claims() {
            let (counts, drills) = match &claim.disposition {
                Disposition::Checked { .. } => (claim.denominator.is_some(), claim.evidence.contains(&Evidence::Drill)),
                Disposition::Attested { .. } | Disposition::Documented { .. } | Disposition::Derived { .. } => {
                    (claim.denominator.is_some(), false)
                }
                Disposition::NotYet { .. }
                | Disposition::BuildRule { .. }
                | Disposition::Refused { .. }
                | Disposition::Description => (false, false),
            };
            let ids = || claim.ids().map(str::to_owned);
            if counts {
                standing.counted.extend(ids());
            }
            if drills {
                standing.drilled.extend(ids());
            }
        }
        standing
    }

    #[must_use]
    pub fn with_counted(mut self, id: &str) -> Self {
        self.counted.insert(id.to_owned());
        self
    }

    #[must_use]
    pub fn with_drilled(mut self, id: &str) -> Self {
        self.drilled.insert(id.to_owned());
        self
    }
}

#[cfg(test)]
mod tests;

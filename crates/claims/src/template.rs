//! Templates of security overviews, and the pages made from them: read into sections, sentences, guidance, placeholders
//! and choices, and resolved with answers.
//!
//! | in the text | read as |
//! |---|---|
//! | `## Title`, a line in bold; in plain text a short line between empty ones | a section |
//! | `<!--- __Recommended for:__ … __Explanation:__ … __Customization:__ … --->` | guidance of its section |
//! | `DOMAIN` | a placeholder, in one of the shapes of [`Shape`] |
//! | `[A \| B \| …]`, in a link's text too | a choice; with the ellipsis any other answer fits |
//!
//! Always holds: every sentence and every mark has its place in the text; reading is bounded and ends for every input; a
//! draft is made of nothing that was left open. Does not know what a sentence promises (see `matching`) nor whether it
//! should be said (see `lint`).

mod answers;
mod guidance;
mod inline;
mod lines;
mod reader;
mod resolve;
mod sentences;

use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

pub use answers::{Answers, AnswersError, Chosen};
pub use guidance::{Audience, Customization, Filter, Guidance, Pick};
pub use resolve::{Draft, DraftSection, DraftSentence, Problem, resolve};

use inline::Span;

/// A template, or a page made from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub format: Format,
    /// In the order of the text; a section inside another names it.
    pub sections: Vec<Section>,
    /// What could not be read as anything.
    pub flaws: Vec<Flaw>,
    /// The text with its comments blanked, so that places stay what they are.
    #[serde(skip)]
    body: String,
    #[serde(skip)]
    lines: lines::Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateFormat")]
pub enum Format {
    Markdown,
    /// The text of a published page, without marks.
    Plain,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// From its title: `data-encryption`; unique in the page.
    pub id: String,
    pub title: String,
    /// 1 to 6 for headings, 7 for a line in bold.
    pub level: u8,
    /// The section that it lies in, as its place in `Page::sections`.
    pub parent: Option<usize>,
    pub at: Position,
    pub guidance: Guidance,
    pub sentences: Vec<Sentence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sentence {
    /// Its section's id and its number there: `data-encryption/2`.
    pub id: String,
    pub kind: Kind,
    /// Which paragraph or bullet of its section it stands in.
    pub block: usize,
    pub at: Position,
    /// As a reader sees it: links by their text, without marks.
    pub text: String,
    pub choices: Vec<Choice>,
    pub placeholders: Vec<Placeholder>,
    pub links: Vec<Link>,
    #[serde(skip)]
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateSentenceKind")]
pub enum Kind {
    Prose,
    Bullet,
}

/// Alternatives that somebody has to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Its sentence's id and its number there: `cloud-infrastructure/3#1`.
    pub id: String,
    pub at: Position,
    pub options: Vec<String>,
    pub range: Options,
    pub place: Place,
}

/// Whether other answers than the options fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateChoiceRange")]
pub enum Options {
    Closed,
    OpenEnded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Text,
    LinkText,
    LinkTarget,
}

/// A `DOMAIN` that stands for the publisher's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Placeholder {
    pub at: Position,
    pub shape: Shape,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `security@DOMAIN`.
    Mail,
    /// `DOMAIN/privacy`.
    Path,
    /// `*.DOMAIN`.
    Wildcard,
    /// `blog.DOMAIN`.
    SubHost,
    /// `?url=https%3A%2F%2FDOMAIN`.
    Query,
    /// On its own.
    Bare,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub at: Position,
    pub text: String,
    pub target: String,
}

/// A place in the text. Lines and columns count from one, columns in characters; `start` and `end` are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplatePosition")]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateFlaw")]
pub struct Flaw {
    pub at: Position,
    pub what: FlawKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateFlawKind")]
pub enum FlawKind {
    /// A bullet that says nothing.
    EmptyBullet,
    /// A comment that does not end: all that follows is hidden.
    UnclosedComment,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the page has {bytes} bytes, at most {max} are read")]
    TooLong { bytes: usize, max: usize },
    #[error("the page is not UTF-8 from byte {at} on")]
    NotText { at: usize },
    #[error("line {line}: more than {max} sections")]
    TooManySections { line: usize, max: usize },
    #[error("line {line}: more than {max} sentences")]
    TooManySentences { line: usize, max: usize },
    #[error("line {line}: a sentence of more than {max} bytes")]
    SentenceTooLong { line: usize, max: usize },
}

// === impl Page ===

impl Page {
    /// Reads a template or a page, of whichever format it looks like.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = reader::text(bytes)?;
        reader::read(text, Format::guess(text))
    }

    pub fn read_as(bytes: &[u8], format: Format) -> Result<Self, ReadError> {
        reader::read(reader::text(bytes)?, format)
    }

    pub fn sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.sections.iter().flat_map(|section| &section.sentences)
    }

    /// The titles that lead to a section, outermost first.
    #[must_use]
    pub fn path(&self, section: usize) -> String {
        let titles: Vec<_> = self.ancestors(section).map(|one| one.title.as_str()).collect();
        titles.into_iter().rev().collect::<Vec<_>>().join(" / ")
    }

    /// A section and those that it lies in, innermost first.
    pub fn ancestors(&self, section: usize) -> impl Iterator<Item = &Section> {
        let next = |section: &&Section| section.parent.and_then(|parent| self.sections.get(parent));
        std::iter::successors(self.sections.get(section), next)
    }

    /// For whom a section is, by its own guidance or that of the sections it lies in.
    #[must_use]
    pub fn audience(&self, section: usize) -> Option<Audience> {
        self.ancestors(section).find_map(|one| one.guidance.audience)
    }

    #[must_use]
    pub fn customization(&self, section: usize) -> Option<Customization> {
        self.ancestors(section).find_map(|one| one.guidance.customization)
    }

    /// The sections that a filter leaves, with their places in `sections`. What has no guidance is left in.
    pub fn filtered(&self, filter: Filter) -> impl Iterator<Item = (usize, &Section)> {
        let leaves = move |place: usize| filter.leaves(self.audience(place), self.customization(place));
        self.sections.iter().enumerate().filter(move |(place, _)| leaves(*place))
    }

    /// A sentence as it is written, with its marks.
    #[must_use]
    pub fn source(&self, sentence: &Sentence) -> &str {
        self.slice(sentence.at)
    }

    pub(crate) fn slice(&self, at: Position) -> &str {
        self.body.get(at.start..at.end).unwrap_or_default()
    }

    pub(crate) fn position(&self, range: Range<usize>) -> Position {
        self.lines.position(&self.body, range)
    }
}

// === impl Format ===

impl Format {
    /// Markdown if anything in the text is marked as Markdown does it.
    #[must_use]
    pub fn guess(text: &str) -> Self {
        let marked = |line: &str| line.starts_with('#') || line.contains("](") || line.starts_with("**") || line.contains("<!--");
        if text.lines().any(marked) { Self::Markdown } else { Self::Plain }
    }
}

// === impl Sentence ===

impl Sentence {
    /// Where bytes of `text` stand in the page.
    #[must_use]
    pub(crate) fn place_of(&self, range: Range<usize>) -> Range<usize> {
        let start = inline::source_of(&self.spans, range.start).unwrap_or(self.at.start);
        let last = inline::source_of(&self.spans, range.end.saturating_sub(1)).unwrap_or(self.at.end);
        start..last.saturating_add(1).clamp(start, self.at.end.max(start))
    }
}

#[cfg(test)]
mod tests;

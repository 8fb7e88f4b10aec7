//! From a template and answers to a draft: nothing is left open, or there is none.
//!
//! Always holds: a draft has no choice, no placeholder, no comment and no empty bullet, and nothing that blocks by
//! `lint`. Does not say that a sentence is true, and does not reword.

use std::collections::BTreeSet;
use std::ops::Range;

use model::limits::SENTENCE_BYTES_MAX;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Answers, Choice, Chosen, Flaw, Format, Kind, Options, Page, Position, ReadError, Section, Sentence};
use crate::lint::{Code, Finding, Severity, Standing, lint};
use crate::matching::match_page;

/// A page that can be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub sections: Vec<DraftSection>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateDraftSection")]
pub struct DraftSection {
    /// As in the template.
    pub id: String,
    pub title: String,
    pub level: u8,
    pub sentences: Vec<DraftSentence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateDraftSentence")]
pub struct DraftSentence {
    /// As in the template.
    pub id: String,
    pub kind: Kind,
    pub block: usize,
    /// In Markdown.
    pub text: String,
    /// Ids of the claims that it makes.
    pub claims: Vec<String>,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "problem")]
#[schemars(rename = "TemplateProblem")]
pub enum Problem {
    #[error("line {}: nobody chose for {choice}", at.line)]
    Unresolved { choice: String, options: Vec<String>, at: Position },
    #[error("`{given}` is no option of {choice}")]
    NotAnOption { choice: String, given: String, options: Vec<String> },
    #[error("{choice} takes one option, {given} were given")]
    OneOnly { choice: String, given: usize },
    #[error("line {}: there is no domain for the placeholder", at.line)]
    NoDomain { at: Position },
    #[error("`{given}` is not a domain name")]
    NotADomain { given: String },
    #[error("the template has no `{key}`")]
    Unknown { key: String },
    #[error("the words given for {sentence} are empty, of several lines, or too long")]
    NotASentence { sentence: String },
    /// What could not be read may hide what somebody meant to say.
    #[error("line {}: the template has an empty bullet, or a comment that does not end", flaw.at.line)]
    Flawed { flaw: Flaw },
    #[error("nothing is left of the template")]
    Nothing,
    /// What was made of it may not be built; places are those of the draft's text.
    #[error("{}: {}", finding.code.as_str(), finding.wrong)]
    Refused { finding: Box<Finding> },
    #[error("the draft cannot be read back: {reason}")]
    Unreadable { reason: String },
}

/// Makes a draft, or says all that stands in its way.
pub fn resolve(page: &Page, answers: &Answers) -> Result<Draft, Vec<Problem>> {
    let mut problems = unknown(page, answers);
    problems.extend(page.flaws.iter().map(|&flaw| Problem::Flawed { flaw }));
    if let Some(given) = answers.domain.as_deref().filter(|domain| !is_domain(domain)) {
        problems.push(Problem::NotADomain { given: given.to_owned() });
    }
    let mut draft = Draft { sections: Vec::new() };
    for (place, section) in page.filtered(answers.filter) {
        if page.ancestors(place).any(|one| answers.deleted.contains(&one.id)) {
            continue;
        }
        let kept = section.sentences.iter().filter(|sentence| !answers.deleted.contains(&sentence.id));
        let sentences = kept.map(|sentence| written(page, sentence, answers, &mut problems)).collect();
        let Section { id, title, level, .. } = section.clone();
        draft.sections.push(DraftSection { id, title, level, sentences });
    }
    draft.drop_empty_sections();
    if draft.sections.is_empty() {
        problems.push(Problem::Nothing);
    }
    match draft.read_back() {
        Ok(findings) => problems.extend(refused(findings, &problems)),
        Err(error) => problems.push(Problem::Unreadable { reason: error.to_string() }),
    }
    if problems.is_empty() { Ok(draft) } else { Err(problems) }
}

/// Keys of the answers that nothing of the template has: a misspelt deletion must not publish what it meant.
fn unknown(page: &Page, answers: &Answers) -> Vec<Problem> {
    let mut known: BTreeSet<&str> = page.sections.iter().map(|section| section.id.as_str()).collect();
    known.extend(page.sentences().map(|sentence| sentence.id.as_str()));
    let choices = page.sentences().flat_map(|sentence| &sentence.choices);
    let answered: BTreeSet<&str> = choices.filter_map(|choice| answers.of(choice)).map(|(key, _)| key).collect();
    let of_choices = answers.choices.keys().filter(|key| !answered.contains(key.as_str()));
    let of_sentences = answers.deleted.iter().chain(answers.reworded.keys()).filter(|key| !known.contains(key.as_str()));
    of_choices.chain(of_sentences).map(|key| Problem::Unknown { key: key.clone() }).collect()
}

/// What blocks, without what was told already by its choice or placeholder.
fn refused(findings: Vec<Finding>, told: &[Problem]) -> Vec<Problem> {
    let open = told.iter().any(|problem| matches!(problem, Problem::Unresolved { .. } | Problem::NoDomain { .. }));
    let blocking = findings.into_iter().filter(|finding| finding.severity == Severity::Blocks);
    blocking
        .filter(|finding| !open || finding.code != Code::Unresolved)
        .map(|finding| Problem::Refused { finding: Box::new(finding) })
        .collect()
}

/// A sentence with its answers in place of its marks.
fn written(page: &Page, sentence: &Sentence, answers: &Answers, problems: &mut Vec<Problem>) -> DraftSentence {
    let text = match answers.reworded.get(&sentence.id) {
        Some(own) => {
            let whole = own.trim();
            if whole.is_empty() || whole.contains(['\n', '\r']) || whole.len() > SENTENCE_BYTES_MAX {
                problems.push(Problem::NotASentence { sentence: sentence.id.clone() });
            }
            whole.to_owned()
        }
        None => filled(page, sentence, answers, problems),
    };
    DraftSentence { id: sentence.id.clone(), kind: sentence.kind, block: sentence.block, text, claims: Vec::new() }
}

fn filled(page: &Page, sentence: &Sentence, answers: &Answers, problems: &mut Vec<Problem>) -> String {
    let mut edits: Vec<(Position, String)> = Vec::new();
    for choice in &sentence.choices {
        match chosen(choice, answers) {
            Ok(text) => edits.push((choice.at, text)),
            Err(problem) => problems.push(problem),
        }
    }
    for placeholder in &sentence.placeholders {
        match &answers.domain {
            Some(domain) => edits.push((placeholder.at, domain.clone())),
            None => problems.push(Problem::NoDomain { at: placeholder.at }),
        }
    }
    edits.sort_by_key(|(at, _)| at.start);
    let mut text = String::new();
    let mut done = sentence.at.start;
    for (at, edit) in edits.iter().filter(|(at, _)| at.end <= sentence.at.end) {
        if at.start < done {
            continue;
        }
        text.push_str(page.slice(Position { start: done, end: at.start, ..*at }));
        text.push_str(edit);
        done = at.end;
    }
    text.push_str(page.slice(Position { start: done, ..sentence.at }));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn chosen(choice: &Choice, answers: &Answers) -> Result<String, Problem> {
    let Some((_, chosen)) = answers.of(choice) else {
        let (choice, options, at) = (choice.id.clone(), choice.options.clone(), choice.at);
        return Err(Problem::Unresolved { choice, options, at });
    };
    let given: Vec<&str> = match chosen {
        Chosen::One(one) => vec![one.trim()],
        Chosen::Several(several) => several.iter().map(|one| one.trim()).collect(),
    };
    if given.is_empty() || (given.len() > 1 && choice.range == Options::Closed) {
        return Err(Problem::OneOnly { choice: choice.id.clone(), given: given.len() });
    }
    for one in &given {
        let listed = choice.options.iter().any(|option| option == one);
        let fits = match choice.range {
            Options::Closed => listed,
            Options::OpenEnded => listed || is_plain(one),
        };
        if !fits {
            let (id, options) = (choice.id.clone(), choice.options.clone());
            return Err(Problem::NotAnOption { choice: id, given: (*one).to_owned(), options });
        }
    }
    Ok(match given.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => given.concat(),
    })
}

/// Words without marks that could be read as anything else.
fn is_plain(text: &str) -> bool {
    let marks = |c: char| matches!(c, '[' | ']' | '|' | '<' | '>' | '…' | '`' | '\\') || c.is_control();
    !text.is_empty() && text.len() <= 128 && !text.contains(marks) && !text.contains("DOMAIN")
}

/// A name of labels as in RFC 1123, of at least two, the last not a number.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.contains('.') && text.split('.').all(label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands before a sentence: after one that no mark ends, a line's end does.
fn between(before: Option<&DraftSentence>, sentence: &DraftSentence) -> &'static str {
    match before {
        Some(before) if before.block == sentence.block && before.text.ends_with(['.', '?', '!']) => " ",
        Some(before) if before.block == sentence.block => "\n",
        Some(before) if before.kind == Kind::Bullet && sentence.kind == Kind::Bullet => "\n- ",
        Some(_) if sentence.kind == Kind::Bullet => "\n\n- ",
        Some(_) => "\n\n",
        None if sentence.kind == Kind::Bullet => "- ",
        None => "",
    }
}

// === impl Draft ===

impl Draft {
    /// The draft as Markdown, without guidance.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        self.laid_out().0
    }

    /// The text, and where each sentence stands in it.
    fn laid_out(&self) -> (String, Vec<Range<usize>>) {
        let (mut text, mut places) = (String::new(), Vec::new());
        for section in &self.sections {
            match section.level {
                _ if section.title.is_empty() => {}
                level @ 1..=6 => text.push_str(&format!("{} {}\n\n", "#".repeat(usize::from(level)), section.title)),
                _ => text.push_str(&format!("**{}**\n\n", section.title)),
            }
            let mut before: Option<&DraftSentence> = None;
            for sentence in &section.sentences {
                text.push_str(between(before, sentence));
                places.push(text.len()..text.len() + sentence.text.len());
                text.push_str(&sentence.text);
                before = Some(sentence);
            }
            if before.is_some() {
                text.push_str("\n\n");
            }
        }
        (text, places)
    }

    /// A section of which nothing is left goes, and so does its heading, unless sections stay within it.
    fn drop_empty_sections(&mut self) {
        let mut kept: Vec<DraftSection> = Vec::new();
        for section in std::mem::take(&mut self.sections).into_iter().rev() {
            let holds = kept.last().is_some_and(|next| next.level > section.level);
            if holds || !section.sentences.is_empty() {
                kept.push(section);
            }
        }
        kept.reverse();
        self.sections = kept;
    }

    /// Reads the draft as a page, gives its sentences their claims and says what is wrong with it.
    fn read_back(&mut self) -> Result<Vec<Finding>, ReadError> {
        let (text, places) = self.laid_out();
        let page = Page::read_as(text.as_bytes(), Format::Markdown)?;
        let matched = match_page(&page);
        let mut rest = matched.iter().peekable();
        let sentences = self.sections.iter_mut().flat_map(|section| &mut section.sentences);
        for (sentence, place) in sentences.zip(places) {
            // Own words may be several sentences: all that begin within them are theirs.
            let mut claims = BTreeSet::new();
            while let Some(one) = rest.next_if(|one| one.sentence.at.start < place.end) {
                claims.extend(one.claims().iter().map(|&id| id.to_owned()));
            }
            sentence.claims = claims.into_iter().collect();
        }
        Ok(lint(&page, &Standing::default()))
    }
}

//! Marks of a template that were left in a page, and what a reader cannot use.

use super::lexicon::ENTRIES;
use super::{Code, Finding, Severity, Standing, concerning};
use crate::matching::words::Words;
use crate::matching::{Match, Matched};
use crate::template::{Flaw, FlawKind, Page, Placeholder, Position};

/// How a comment's fields look once a renderer took their marks.
const LEAKS: [&str; 6] = ["<!--", "-->", "recommended for:", "explanation:", "customization:", "customisation:"];

/// Where what could not be read lies.
pub(super) fn flaws(page: &Page) -> Vec<Finding> {
    let flaw = |flaw: &Flaw| {
        let (code, wrong, instead) = match flaw.what {
            FlawKind::EmptyBullet => (Code::EmptyBullet, "the bullet says nothing", "write it, or delete it"),
            FlawKind::UnclosedComment => {
                (Code::CommentLeak, "the comment does not end, and hides all that follows", "end it with -->")
            }
        };
        blocks(page, code, flaw.at, wrong, instead)
    };
    page.flaws.iter().map(flaw).collect()
}

/// What is left in one sentence.
pub(super) fn sentence(page: &Page, one: &Matched<'_>) -> Vec<Finding> {
    let mut findings = unresolved(page, one);
    findings.extend(leaks(page, one));
    if one.found == Match::Unmatched {
        findings.push(Finding {
            severity: Severity::Reword,
            ..blocks(
                page,
                Code::Unmatched,
                one.sentence.at,
                "no claim stands behind this sentence",
                "name its claim, or delete it",
            )
        });
    }
    findings.extend(dead_links(page, one));
    findings
}

fn unresolved(page: &Page, one: &Matched<'_>) -> Vec<Finding> {
    let sentence = one.sentence;
    let mut findings = Vec::new();
    let mut add = |at: Position, wrong: &str, instead: &str, observes: &[&str]| {
        findings.push(Finding { claims: concerning(one, observes), ..blocks(page, Code::Unresolved, at, wrong, instead) });
    };
    for choice in &sentence.choices {
        add(choice.at, "nobody chose", "keep one of the options", &[]);
    }
    for Placeholder { at, .. } in &sentence.placeholders {
        add(*at, "the placeholder stands for nobody's domain", "write the domain", &[]);
    }
    let in_table = page.source(sentence).starts_with('|');
    if let Some(bar) = one.words.find("¦").filter(|_| !in_table) {
        let observes: &[&str] = if one.makes("COM-CLOUD-3") { &["COM-XC-2"] } else { &[] };
        add(
            page.position(sentence.place_of(bar)),
            "options with bars between them: nobody chose",
            "keep one of the options",
            observes,
        );
    }
    let ellipsis = sentence.text.find('…').filter(|_| sentence.choices.is_empty());
    if let Some(at) = ellipsis {
        add(page.position(sentence.place_of(at..at + '…'.len_utf8())), "the list is not finished", "finish it", &[]);
    }
    // An alternative in words is a choice too, but somebody may mean it.
    if let Some(range) = one.words.find("bastion host or vpn | vpn or bastion host | and or") {
        let at = page.position(sentence.place_of(range));
        findings.push(Finding {
            severity: Severity::Reword,
            claims: concerning(one, &[]),
            ..blocks(page, Code::Unresolved, at, "does not say which of the two", "name the one that is there")
        });
    }
    findings
}

fn leaks(page: &Page, one: &Matched<'_>) -> Option<Finding> {
    let lower = one.sentence.text.to_lowercase();
    let leaked = LEAKS.iter().any(|leak| lower.starts_with(leak) || (leak.contains("--") && lower.contains(leak)));
    let at = one.sentence.at;
    leaked.then(|| blocks(page, Code::CommentLeak, at, "guidance of the template is in the page", "delete it"))
}

/// Links to what does not exist any more, by the lexicon of words.
fn dead_links(page: &Page, one: &Matched<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in &one.sentence.links {
        let target = Words::of(&link.target);
        let dead = ENTRIES.iter().filter(|entry| entry.code == Code::DeadVocabulary);
        for entry in dead.filter(|entry| entry.find(&target, &[], &Standing::default()).is_some()) {
            findings.push(Finding {
                severity: Severity::Reword,
                claims: concerning(one, &[]),
                ..blocks(page, Code::DeadVocabulary, link.at, &entry.wrong(), entry.instead)
            });
        }
    }
    findings
}

pub(super) fn blocks(page: &Page, code: Code, at: Position, wrong: &str, instead: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Blocks,
        at: Some(at),
        also: Vec::new(),
        words: page.slice(at).to_owned(),
        wrong: wrong.to_owned(),
        instead: instead.to_owned(),
        claims: Vec::new(),
    }
}

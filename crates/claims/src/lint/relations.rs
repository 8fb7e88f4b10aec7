//! What is wrong between sentences: alternatives of which both stand, topics of which two things are said, links that are
//! others than the names, references to what was taken out, lists that lost an entry, and topics that are not there.
//!
//! Sentences are known by the ids of their claims, not by their words.

mod tables;

use std::collections::BTreeSet;

use crate::matching::Matched;
use crate::template::{Kind, Page, Position};

use super::marks::blocks;
use super::{Code, Finding, Severity};

pub(super) fn all(page: &Page, matched: &[Matched<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(tables::EXCLUSIVE.iter().filter_map(|pair| apart(page, matched, pair, Code::Exclusive)));
    findings.extend(tables::CONTRADICTIONS.iter().filter_map(|pair| apart(page, matched, pair, Code::Contradiction)));
    findings.extend(unreadable_mail(page, matched));
    findings.extend(links_and_providers(page, matched));
    findings.extend(orphans(page, matched));
    findings.extend(lost_entries(page, matched));
    findings.extend(lists_without_entries(page));
    findings.extend(omitted(matched));
    findings
}

/// Two sides of which a page may have one.
#[derive(Debug)]
struct Apart {
    one: &'static [&'static str],
    other: &'static [&'static str],
    wrong: &'static str,
    instead: &'static str,
    observes: &'static [&'static str],
}

fn making<'a, 'b>(matched: &'a [Matched<'b>], ids: &'a [&'static str]) -> impl Iterator<Item = &'a Matched<'b>> {
    matched.iter().filter(|one| ids.iter().any(|id| one.makes(id)))
}

fn apart(page: &Page, matched: &[Matched<'_>], pair: &Apart, code: Code) -> Option<Finding> {
    let one: Vec<_> = making(matched, pair.one).collect();
    let other: Vec<_> = making(matched, pair.other).collect();
    // One sentence that makes both says so itself; between sentences is what counts here.
    let first = one.first()?;
    let second = other.iter().find(|second| second.sentence.id != first.sentence.id)?;
    let severity = if code == Code::Exclusive { Severity::Blocks } else { Severity::Reword };
    let rest = one.iter().chain(&other).map(|each| each.sentence.at).filter(|at| *at != first.sentence.at);
    let also: BTreeSet<Position> = rest.collect();
    let ids = pair.one.iter().chain(pair.other).filter(|id| making(matched, &[id]).next().is_some());
    Some(Finding {
        severity,
        also: also.into_iter().collect(),
        claims: ids.chain(pair.observes).map(|&id| id.to_owned()).collect(),
        ..blocks(page, code, first.sentence.at, &format!("{} (line {})", pair.wrong, second.sentence.at.line), pair.instead)
    })
}

/// An address that no reader can use makes all of the invitation to write worthless.
fn unreadable_mail(page: &Page, matched: &[Matched<'_>]) -> Vec<Finding> {
    let eaten = |text: &str| tables::EATEN.iter().any(|eaten| text.to_lowercase().contains(eaten));
    let hidden = |one: &&Matched<'_>| eaten(&one.sentence.text) || one.sentence.links.iter().any(|link| eaten(&link.target));
    let finding = |one: &Matched<'_>| {
        let invites = making(matched, &["TPL-CONTACT-1"]).filter(|other| other.section == one.section);
        let others = invites.map(|other| other.sentence.at).filter(|at| *at != one.sentence.at);
        let wrong = "the address cannot be read without scripts";
        Finding {
            also: others.collect(),
            claims: super::concerning(one, &["COM-CONTACT-1", "COM-XC-6"]),
            ..blocks(page, Code::UnreadableMail, one.sentence.at, wrong, "write the address in the text of the page")
        }
    };
    matched.iter().filter(hidden).map(finding).collect()
}

/// The providers that a sentence names, against those that the list after it links.
fn links_and_providers(page: &Page, matched: &[Matched<'_>]) -> Option<Finding> {
    let named = making(matched, &["TPL-CLOUD-3", "COM-CLOUD-3"]).next()?;
    let listed: Vec<_> = making(matched, &["TPL-CLOUD-6"]).filter(|one| one.sentence.kind == Kind::Bullet).collect();
    let first = listed.first()?;
    // While nobody chose, every option stands there; the choice itself is what is reported.
    if !named.sentence.choices.is_empty() {
        return None;
    }
    let names: BTreeSet<&str> = tables::PROVIDERS.iter().filter(|(_, is)| named.words.has(is)).map(|(name, _)| *name).collect();
    let known = |one: &&&Matched<'_>| tables::PROVIDERS.iter().find(|(_, is)| one.words.has(is)).map(|(name, _)| *name);
    let links: BTreeSet<&str> = listed.iter().filter_map(|one| known(&one)).collect();
    let said = named.sentence.text.to_lowercase();
    let strangers: Vec<&str> = listed
        .iter()
        .filter(|one| match known(one) {
            Some(name) => !names.contains(name),
            None => !said.contains(one.sentence.text.trim_end_matches('.').to_lowercase().as_str()),
        })
        .map(|one| one.sentence.text.as_str())
        .collect();
    let without: Vec<&str> = names.difference(&links).copied().collect();
    if strangers.is_empty() && without.is_empty() {
        return None;
    }
    let told = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let wrong = format!("linked and not named: {}; named and not linked: {}", told(&strangers), told(&without));
    let lead_in = making(matched, &["TPL-CLOUD-6"]).filter(|one| one.sentence.id != first.sentence.id);
    Some(Finding {
        also: lead_in.map(|one| one.sentence.at).chain([named.sentence.at]).collect(),
        claims: ["TPL-CLOUD-3", "TPL-CLOUD-6", "COM-CLOUD-6", "COM-XC-2"].map(str::to_owned).to_vec(),
        ..blocks(page, Code::LinksAndProviders, first.sentence.at, &wrong, "link those that are named, and no other")
    })
}

/// Frameworks that are named where they are used, and not where it is said which are followed.
fn orphans(page: &Page, matched: &[Matched<'_>]) -> Vec<Finding> {
    let Some(follows) = making(matched, &["TPL-SDLC-1"]).next() else { return Vec::new() };
    let missing = tables::FRAMEWORKS.iter().filter(|(_, is)| !follows.words.has(is));
    let mut findings = Vec::new();
    for (name, is) in missing {
        for user in making(matched, &["TPL-RASP-1", "TPL-SDLC-6", "TPL-SDLC-7", "TPL-SDLC-8"]) {
            let Some(range) = user.words.find(is) else { continue };
            let at = page.position(user.sentence.place_of(range));
            let line = follows.sentence.at.line;
            findings.push(Finding {
                severity: Severity::Reword,
                also: vec![follows.sentence.at],
                claims: super::concerning(user, &["TPL-SDLC-1", "COM-XC-4"]),
                ..blocks(
                    page,
                    Code::OrphanReference,
                    at,
                    &format!("{name} is used here, and line {line} does not say that it is followed"),
                    "name the framework where it is followed, or do not name it here",
                )
            });
        }
    }
    findings
}

/// Entries of a list that stand outside of it while others are in it.
fn lost_entries(page: &Page, matched: &[Matched<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for list in tables::LISTS {
        let (inside, outside): (Vec<_>, Vec<_>) = making(matched, list).partition(|one| one.sentence.kind == Kind::Bullet);
        if inside.len() < 2 {
            continue;
        }
        for one in outside {
            let wrong = "an entry of the list is a sentence of its own, and the others are bullets";
            findings.push(Finding {
                severity: Severity::Note,
                claims: super::concerning(one, &["COM-XC-5"]),
                ..blocks(page, Code::Structure, one.sentence.at, wrong, "make it a bullet")
            });
        }
    }
    findings
}

/// Sentences that announce a list after which none comes.
fn lists_without_entries(page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, section) in page.sections.iter().enumerate() {
        for (number, sentence) in section.sentences.iter().enumerate() {
            let next = section.sentences.get(number + 1);
            let goes_on = next.is_some_and(|next| next.kind == Kind::Bullet || next.block == sentence.block);
            let inside = page.sections.get(place + 1).is_some_and(|below| below.parent == Some(place)) && next.is_none();
            if sentence.text.ends_with(':') && !goes_on && !inside {
                findings.push(Finding {
                    severity: Severity::Reword,
                    ..blocks(
                        page,
                        Code::Structure,
                        sentence.at,
                        "announces a list, and none follows",
                        "write the list, or end the sentence",
                    )
                });
            }
        }
    }
    findings
}

/// Topics that the template has and the page says nothing of.
fn omitted(matched: &[Matched<'_>]) -> Vec<Finding> {
    let missing = tables::TOPICS.iter().filter(|topic| making(matched, topic.ids).next().is_none());
    missing
        .map(|topic| Finding {
            code: Code::Omitted,
            severity: Severity::Note,
            at: None,
            also: Vec::new(),
            words: String::new(),
            wrong: format!("nothing is said about {}", topic.title),
            instead: "say it, or list it among what is not claimed".to_owned(),
            claims: topic.observes.iter().chain(topic.ids).map(|&id| id.to_owned()).collect(),
        })
        .collect()
}

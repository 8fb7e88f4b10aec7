//! Which claims a sentence makes: by words that it needs, not by its wording, so that a page that was adapted is still
//! understood. And how an own sentence compares with the library's.
//!
//! Always holds: every id that is found is one of the table in `rules`. A sentence that nothing is found for says so; it
//! is never given to the nearest claim. Does not judge whether a claim is true or well said.

mod lexis;
mod rules;
mod wording;
pub(crate) mod words;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::library::Library;
use crate::template::{Guidance, Kind, Page, Sentence};
use words::Words;

pub use wording::{Reason, Wording, compare};

/// What a sentence was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// Ids of the claims that it makes, in the order of the table.
    Claims(Vec<&'static str>),
    /// Opens a list and promises nothing itself.
    LeadIn,
    Unmatched,
}

/// A sentence of a page with what it was found to be.
#[derive(Debug, Clone)]
pub struct Matched<'a> {
    /// Its section, as the place in `Page::sections`.
    pub section: usize,
    pub sentence: &'a Sentence,
    pub found: Match,
    pub(crate) words: Words,
}

/// How a page says what the library has a sentence for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateDifference")]
pub struct Difference {
    /// The sentence of the page.
    pub sentence: String,
    pub claim: String,
    pub library: String,
    pub own: String,
    pub wording: Wording,
}

/// Every sentence of a page with its claims.
#[must_use]
pub fn match_page(page: &Page) -> Vec<Matched<'_>> {
    let mut matched: Vec<Matched<'_>> = Vec::new();
    for (place, section) in page.sections.iter().enumerate() {
        let path = Words::of(&page.path(place));
        let title = Words::of(&section.title);
        // Claims of the sentence before a list go on in bullets that name a thing each.
        let mut before_list: Vec<&'static str> = Vec::new();
        for sentence in &section.sentences {
            let words = Words::of(&sentence.text);
            let mut found = find(&title, &path, &words, &sentence.text);
            match sentence.kind {
                Kind::Prose => before_list = continued(&found, &sentence.text),
                Kind::Bullet if found == Match::Unmatched && !before_list.is_empty() => {
                    found = Match::Claims(before_list.clone());
                }
                Kind::Bullet => {}
            }
            matched.push(Matched { section: place, sentence, found, words });
        }
    }
    matched
}

/// The claims of one sentence under a title.
#[must_use]
pub fn match_sentence(title: &str, text: &str) -> Match {
    let title = Words::of(title);
    find(&title, &title, &Words::of(text), text)
}

/// The claims that a section's guidance asks for beyond its sentences.
#[must_use]
pub fn match_guidance(guidance: &Guidance) -> Vec<&'static str> {
    let words = Words::of(&format!("{} {}", guidance.explanation, guidance.how_to_customize));
    rules::OF_GUIDANCE.iter().filter(|(_, needs)| words.has(needs)).map(|(id, _)| *id).collect()
}

/// Each sentence of a page against the library's sentence for its claim.
#[must_use]
pub fn diff(page: &Page, library: &Library) -> Vec<Difference> {
    let mut differences = Vec::new();
    for one in match_page(page) {
        let entries: Vec<_> = one.claims().iter().filter_map(|id| library.find(id)).collect();
        let mut told = BTreeSet::new();
        for claim in entries {
            if told.insert(claim.id.as_str()) {
                differences.push(Difference {
                    sentence: one.sentence.id.clone(),
                    claim: claim.id.clone(),
                    library: claim.sentence.clone(),
                    own: one.sentence.text.clone(),
                    wording: compare(&claim.sentence, &one.sentence.text),
                });
            }
        }
    }
    differences
}

fn find(title: &Words, path: &Words, words: &Words, text: &str) -> Match {
    let listed: Vec<_> = rules::OF_TITLES.iter().filter(|(_, of)| title.has(of)).map(|(id, _)| *id).collect();
    if !listed.is_empty() {
        return Match::Claims(listed);
    }
    let mut ids: Vec<&'static str> = Vec::new();
    for rule in rules::all() {
        let here = rule.under.is_empty() || path.has(rule.under);
        if here && words.has(rule.needs) && !words.has(rule.without) && !ids.contains(&rule.id) {
            ids.push(rule.id);
        }
    }
    if !ids.is_empty() {
        Match::Claims(ids)
    } else if text.ends_with(':') && words.has(rules::LEAD_IN) {
        Match::LeadIn
    } else {
        Match::Unmatched
    }
}

fn continued(found: &Match, text: &str) -> Vec<&'static str> {
    match found {
        Match::Claims(ids) if text.ends_with(':') => ids.iter().filter(|id| rules::CONTINUED.contains(id)).copied().collect(),
        Match::Claims(_) | Match::LeadIn | Match::Unmatched => Vec::new(),
    }
}

// === impl Matched ===

impl Matched<'_> {
    #[must_use]
    pub fn claims(&self) -> &[&'static str] {
        match &self.found {
            Match::Claims(ids) => ids,
            Match::LeadIn | Match::Unmatched => &[],
        }
    }

    pub(crate) fn makes(&self, id: &str) -> bool {
        self.claims().contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_known_by_its_words_and_where_it_stands() {
        let check = |title: &str, text: &str, claims: &[&'static str]| {
            let found = if claims.is_empty() { Match::Unmatched } else { Match::Claims(claims.to_vec()) };
            assert_eq!(match_sentence(title, text), found, "{text}");
        };
        check("Keys", "Each data key is replaced: our keys rotate daily.", &["TIM-REST-4"]);
        check("Keys", "Keys of a door are kept by the porter.", &[]);
        check("Exclusions", "whatever.example.org", &["TPL-SCOPE-2"]);
        check("Cloud", "The database and its backups are encrypted.", &["TPL-BACKUP-4"]);
        assert_eq!(match_sentence("Rewards", "We pay for the following:"), Match::LeadIn);
    }

    #[test]
    fn bullets_go_on_with_the_claim_of_the_sentence_before_them() {
        let text = "# Cloud\n\nRead more about their practices:\n- Little Cloud\n\nOther.\n- Little Cloud\n";
        let page = Page::read(text.as_bytes()).unwrap();
        let found: Vec<_> = match_page(&page).iter().map(|one| one.claims().to_vec()).collect();
        assert_eq!(found, [vec!["TPL-CLOUD-6"], vec!["TPL-CLOUD-6"], vec![], vec![]]);
    }

    #[test]
    fn a_page_is_compared_with_the_sentence_of_the_library() {
        let claim = "[[claim]]\nid = \"BH-1\"\ncovers = [\"TPL-BACKUP-4\"]\ngroup = \"backups\"\ntitle = \"t\"\n\
                     sentence = \"All backups are encrypted.\"\nspeaks = \"product\"\nclass = \"software\"\ncontrol = \"c\"\n\
                     falsifier = \"f\"\nlimits = \"l\"\ndisposition = { kind = \"not-yet\", missing = \"m\" }\n";
        let library = Library::from_files([("a.toml", claim)]).unwrap();
        let page = Page::read(b"# A\n\nOur backups are encrypted. The sky is blue.").unwrap();
        let [one] = &diff(&page, &library)[..] else { panic!("one sentence has a claim") };
        assert_eq!((one.claim.as_str(), one.sentence.as_str()), ("BH-1", "a/1"));
        assert_eq!(one.wording, Wording::Weaker(vec![Reason::QuantifierDropped("all".into())]));
    }

    #[test]
    fn every_id_of_the_table_is_in_the_library() {
        let library = Library::shipped().unwrap();
        let ids = rules::all().map(|rule| rule.id).chain(rules::OF_TITLES.iter().chain(rules::OF_GUIDANCE).map(|(id, _)| *id));
        let unknown: Vec<_> = ids.filter(|id| library.find(id).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

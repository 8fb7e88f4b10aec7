//! What a template's comments say about a section: for whom it is, how much of it has to be changed, and what to do.
//!
//! Always holds: both ladders are ordered, so a filter is a comparison. A rung that the words do not tell is not guessed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TemplateGuidance")]
pub struct Guidance {
    pub audience: Option<Audience>,
    /// When it is for somebody else than the rung says: `if you hold medical data`.
    pub condition: Option<String>,
    pub customization: Option<Customization>,
    pub pick: Pick,
    pub recommended_for: String,
    pub explanation: String,
    pub how_to_customize: String,
}

/// For whom a section is, those with the least to protect first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateAudience")]
pub enum Audience {
    Everyone,
    /// From the first or second round of funding on.
    Growing,
    /// After the second round.
    Established,
}

/// How much of a section has to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplateCustomization")]
pub enum Customization {
    None,
    Low,
    Medium,
    High,
}

/// What of a section stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "TemplatePick")]
pub enum Pick {
    #[default]
    Everything,
    /// Only what is done.
    WhatIsUsed,
    /// One of alternatives.
    OneOf,
}

/// Up to which rung of each ladder sections are kept. `None` keeps all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "TemplateFilter")]
pub struct Filter {
    #[serde(default)]
    pub audience: Option<Audience>,
    #[serde(default)]
    pub customization: Option<Customization>,
}

/// The fields of a comment, by the words before the colon.
const FIELDS: [&str; 3] = ["recommended for", "explanation", "customization"];

// === impl Guidance ===

impl Guidance {
    /// Takes in what one comment says. Text outside of the known fields is dropped.
    pub(super) fn add(&mut self, comment: &str) {
        let comment = comment.trim_start_matches(['<', '!', '-']).trim_end_matches(['-', '>']);
        for (field, text) in fields(comment) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            match field {
                "recommended for" => self.recommend(text),
                "explanation" => self.explanation = text,
                _ => self.customize(text),
            }
        }
    }

    fn recommend(&mut self, text: String) {
        let lower = text.to_lowercase();
        self.audience = if lower.contains("every") || lower.starts_with("all ") {
            Some(Audience::Everyone)
        } else if lower.contains("series a") {
            Some(Audience::Growing)
        } else if lower.contains("series b") {
            Some(Audience::Established)
        } else {
            None
        };
        let conditions = [" except ", " or earlier ", " accepting ", " where "];
        let from = conditions.iter().filter_map(|word| lower.find(word)).min();
        self.condition = from.and_then(|from| text.get(from..)).map(|text| text.trim().trim_end_matches('.').to_owned());
        self.recommended_for = text;
    }

    fn customize(&mut self, text: String) {
        let lower = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        self.customization = if lower.starts_with("no customi") || lower.starts_with("none") {
            Some(Customization::None)
        } else if says(&["minor customi", "low customi", "not required", "change the "]) {
            Some(Customization::Low)
        } else if says(&["very customi", "highly customi", "customization needed", "should be customized"]) {
            Some(Customization::High)
        } else if says(&["medium customi", "delete the ", "add the sub"]) {
            Some(Customization::Medium)
        } else {
            None
        };
        self.pick = if says(&["that isn", "sub-section(s) that fits", "choose your "]) {
            Pick::OneOf
        } else if says(&["delete the ", "delete irrelevant", "choose the elements"]) {
            Pick::WhatIsUsed
        } else {
            Pick::Everything
        };
        self.how_to_customize = text;
    }
}

/// The known fields of a comment, `__Name:__` or `**Name:**` before each.
fn fields(comment: &str) -> Vec<(&'static str, &str)> {
    let lower = comment.to_ascii_lowercase();
    let mut marks: Vec<(usize, usize, &'static str)> = Vec::new();
    for field in FIELDS {
        for quote in ["__", "**"] {
            let mark = format!("{quote}{field}:{quote}");
            marks.extend(lower.match_indices(&mark).map(|(at, mark)| (at, at + mark.len(), field)));
        }
    }
    marks.sort_unstable();
    let ends = marks.iter().skip(1).map(|(at, ..)| *at).chain([comment.len()]);
    marks.iter().zip(ends).map(|((_, from, field), end)| (*field, comment.get(*from..end).unwrap_or_default())).collect()
}

// === impl Filter ===

impl Filter {
    pub(super) fn leaves(self, audience: Option<Audience>, customization: Option<Customization>) -> bool {
        fn fits<T: Ord>(limit: Option<T>, rung: Option<T>) -> bool {
            limit.zip(rung).is_none_or(|(limit, rung)| rung <= limit)
        }
        fits(self.audience, audience) && fits(self.customization, customization)
    }
}

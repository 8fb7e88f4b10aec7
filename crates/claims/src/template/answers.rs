//! What somebody answers to a template, from a form or a file.

use std::collections::{BTreeMap, BTreeSet};

use model::limits::ANSWERS_BYTES_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Choice, Filter};

/// `{"domain": "example.org", "choices": {"cloud-infrastructure/3#1": "AWS"}, "deleted": ["ddos-protection"]}`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "TemplateAnswers")]
pub struct Answers {
    /// The publisher's domain, for `DOMAIN`.
    #[serde(default)]
    pub domain: Option<String>,
    /// Which sections are offered at all.
    #[serde(default)]
    pub filter: Filter,
    /// By a choice's id, or by the line and column of its bracket: `37:25`.
    #[serde(default)]
    pub choices: BTreeMap<String, Chosen>,
    /// Ids of sections, with all in them, and of sentences.
    #[serde(default)]
    pub deleted: BTreeSet<String>,
    /// Own words in place of a sentence, by its id.
    #[serde(default)]
    pub reworded: BTreeMap<String, String>,
}

/// One option, or several of a choice that is open-ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "TemplateChosen")]
pub enum Chosen {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswersError {
    #[error("the answers have {bytes} bytes, at most {max} are read")]
    TooLong { bytes: usize, max: usize },
    #[error("the answers are not JSON of this shape: {0}")]
    Shape(String),
}

// === impl Answers ===

impl Answers {
    pub fn from_json(bytes: &[u8]) -> Result<Self, AnswersError> {
        if bytes.len() > ANSWERS_BYTES_MAX {
            return Err(AnswersError::TooLong { bytes: bytes.len(), max: ANSWERS_BYTES_MAX });
        }
        serde_json::from_slice(bytes).map_err(|error| AnswersError::Shape(error.to_string()))
    }

    /// The answer to a choice, with the key it was found under.
    pub(super) fn of(&self, choice: &Choice) -> Option<(&str, &Chosen)> {
        let place = format!("{}:{}", choice.at.line, choice.at.column);
        let found = self.choices.get_key_value(&choice.id).or_else(|| self.choices.get_key_value(&place));
        found.map(|(key, chosen)| (key.as_str(), chosen))
    }
}

//! The same in OSCAL 1.2.1, NIST's format for controls and what was found of them.
//!
//! | document | what it holds here |
//! |---|---|
//! | component definition | what is promised: a component for each thing that claims speak of, with the claims as its controls |
//! | assessment results | what was found: an observation for each look and each statement, a finding for each claim |
//!
//! A component implements the controls of each framework that its claims name as well.
//!
//! Always holds: ids depend on the page's address and the thing's own id, those of the documents on their time as well; a
//! finding is satisfied only where the page shows its claim as standing; nothing of a sealed failure but that it fails.

mod component;
mod results;

use claims::document::{Overview, Published};
use model::Timestamp;
use serde_json::{Value, json};

use crate::html::{Context, plain_title};
use crate::text::{spelt_out, uuid};

pub use component::oscal_component_definition;
pub use results::oscal_assessment_results;

const VERSION: &str = "1.2.1";
/// The namespace of properties that are ours.
const NAMESPACE: &str = "urn:blockhouse:claims";

fn metadata(overview: &Overview, title: &str) -> Value {
    json!({
        "title": line(title, "Claims"),
        "last-modified": date_time(&overview.made),
        "version": date_time(&overview.made),
        "oscal-version": VERSION,
        "parties": [{
            "uuid": uuid(&overview.url, "publisher"),
            "type": "organization",
            "name": line(&overview.publisher, "unnamed"),
        }],
    })
}

/// What the documents point to.
fn back_matter(context: &Context<'_>) -> Value {
    let links = &context.links;
    json!({
        "resources": [{
            "uuid": uuid(&context.overview.url, "document"),
            "title": "The signed document that this was made from",
            "description": "Each sentence is a control here, by the id of its claim; its checks are the plan.",
            "rlinks": [{ "href": links.absolute(&links.document()), "media-type": "application/json" }],
        }],
    })
}

fn reference(context: &Context<'_>) -> String {
    format!("#{}", uuid(&context.overview.url, "document"))
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": line(value, "none") })
}

/// Its sentence, or what is said where there is none, as in a sealed failure.
fn words(one: &Published) -> String {
    let instead = || format!("{}: the sentence is off the page.", line(plain_title(one), "This claim"));
    let text = spelt_out(one.sentence.clone());
    if text.trim().is_empty() { instead() } else { text.trim().to_owned() }
}

/// A string as OSCAL has it: one line, not empty, without space around it.
fn line(text: &str, instead: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { instead.to_owned() } else { spelt_out(words.join(" ")) }
}

/// A token as OSCAL has it: letters, digits, `.`, `-` and `_`, beginning with a letter or `_`.
fn token(text: &str) -> String {
    let mut token = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => token.push(c),
            _ if token.is_empty() || token.ends_with('-') => {}
            _ => token.push('-'),
        }
    }
    let token = token.trim_end_matches('-');
    if token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { token.to_owned() } else { format!("_{token}") }
}

/// A time with its zone. What is no time becomes the beginning of 1970, which nobody takes for one.
fn date_time(text: &str) -> String {
    Timestamp::parse(text).unwrap_or(Timestamp::from_nanos(0)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_frameworks_become_tokens() {
        for (id, expected) in
            [("CC6.1", "CC6.1"), ("164.312(e)(1)", "_164.312-e-1"), ("A.8.24", "A.8.24"), ("", "_"), ("--x y--", "x-y")]
        {
            assert_eq!(token(id), expected);
        }
    }
}

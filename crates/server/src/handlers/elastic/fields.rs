//! The fields of a source as a mapping, and what can be done with each.

use std::collections::BTreeMap;

use search::elastic::TIME;
use search::{FieldSummary, Fields};
use serde_json::{Map, Value, json};

use super::INDEX;

/// The version that made it, as an index has it.
const CREATED: &str = "8521000";

/// Fields by name, with their types.
fn types(fields: &Fields) -> BTreeMap<&str, &'static str> {
    let mut types: BTreeMap<&str, &'static str> = fields.fields.iter().map(|field| (field.name.as_str(), kind(field))).collect();
    types.insert("level", "keyword");
    types.insert("message", "text");
    types.insert(TIME, "date");
    types
}

fn kind(field: &FieldSummary) -> &'static str {
    let kinds: Vec<&str> = field.kinds.iter().copied().collect();
    match kinds.as_slice() {
        ["integer"] => "long",
        ["float"] | ["float", "integer"] => "double",
        ["boolean"] => "boolean",
        // Text, arrays, and what is of several kinds: each is met by its text.
        _ => "keyword",
    }
}

pub(super) fn mapping(fields: &Fields) -> Vec<u8> {
    json!({INDEX: {"mappings": mappings(fields)}}).to_string().into_bytes()
}

/// What the index is, of which a client may want a part alone.
pub(super) fn description(fields: Option<&Fields>, name: &str, features: &[&str]) -> Vec<u8> {
    // A list or a pattern is no other name of it.
    let is_alias = name != INDEX && !name.contains(['*', ',']);
    let aliases = if is_alias { json!({ name: {} }) } else { json!({}) };
    let settings = json!({"index": {
        "number_of_shards": "1", "number_of_replicas": "0", "provided_name": INDEX, "uuid": INDEX,
        "creation_date": "0", "version": {"created": CREATED},
    }});
    let parts = [("aliases", aliases), ("mappings", fields.map_or_else(|| json!({}), mappings)), ("settings", settings)];
    let wanted = parts.into_iter().filter(|(part, _)| features.is_empty() || features.contains(part));
    let index: Map<String, Value> = wanted.map(|(part, value)| (part.to_owned(), value)).collect();
    json!({ INDEX: index }).to_string().into_bytes()
}

fn mappings(fields: &Fields) -> Value {
    let mut properties = Map::new();
    for (name, kind) in types(fields) {
        place(&mut properties, name, kind);
    }
    json!({ "properties": properties })
}

/// Puts a dotted name into the objects that it is in. A name that is an object, too, is told as that.
fn place(properties: &mut Map<String, Value>, name: &str, kind: &str) {
    let (head, rest) = name.split_once('.').filter(|(head, rest)| !head.is_empty() && !rest.is_empty()).unwrap_or((name, ""));
    let property = properties.entry(head).or_insert_with(|| json!({}));
    let Some(property) = property.as_object_mut() else { return };
    if rest.is_empty() {
        if property.is_empty() {
            property.insert("type".to_owned(), json!(kind));
            // Case does not count where whole values are compared.
            if kind == "keyword" {
                property.insert("normalizer".to_owned(), json!("lowercase"));
            }
        }
        return;
    }
    if !property.contains_key("properties") {
        property.clear();
    }
    let inner = property.entry("properties").or_insert_with(|| json!({}));
    if let Some(inner) = inner.as_object_mut() {
        place(inner, rest, kind);
    }
}

pub(super) fn capabilities(fields: &Fields, wanted: &[String]) -> Vec<u8> {
    let wanted: Vec<&str> = wanted.iter().flat_map(|names| names.split(',')).collect();
    let is_wanted = |name: &str| {
        wanted.is_empty()
            || wanted.iter().any(|wanted| match wanted.split_once('*') {
                Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
                None => *wanted == name,
            })
    };
    let all: Map<String, Value> = types(fields)
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, kind)| {
            let aggregatable = kind != "text";
            let able = json!({"type": kind, "metadata_field": false, "searchable": true, "aggregatable": aggregatable});
            (name.to_owned(), json!({kind: able}))
        })
        .collect();
    json!({"indices": [INDEX], "fields": all}).to_string().into_bytes()
}

//! The component definition: what is promised.

use std::collections::{BTreeMap, BTreeSet};

use claims::Speaks;
use claims::document::{Overview, Published};
use serde_json::{Value, json};

use super::{back_matter, date_time, line, metadata, property, reference, token, words};
use crate::html::Context;
use crate::text::{spelt_out, uuid};

/// Controls by framework; the claims themselves come first.
type Implementations<'a> = BTreeMap<Framework<'a>, Vec<(String, &'a Published)>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Framework<'a> {
    Claims,
    Named(&'a str),
}

#[must_use]
pub fn oscal_component_definition(overview: &Overview) -> Value {
    let context = Context::of(overview);
    let title = format!("What {} promises", overview.publisher);
    let components: Vec<Value> =
        PARTS.into_iter().filter_map(|(speaks, kind, title)| component(&context, speaks, kind, title)).collect();
    let mut definition = json!({
        "uuid": uuid(&overview.url, &format!("component-definition {}", date_time(&overview.made))),
        "metadata": metadata(overview, &title),
        "back-matter": resources(&context),
    });
    // OSCAL has no empty lists.
    if !components.is_empty() {
        definition["components"] = Value::Array(components);
    }
    json!({ "component-definition": definition })
}

const PARTS: [(Speaks, &str, &str); 4] = [
    (Speaks::Product, "software", "This release of the product"),
    (Speaks::Deployment, "service", "This installation"),
    (Speaks::Organisation, "process-procedure", "Those who operate it"),
    (Speaks::ThirdParty, "service", "Third parties"),
];

fn component(context: &Context<'_>, speaks: Speaks, kind: &str, title: &str) -> Option<Value> {
    let url = &context.overview.url;
    let implementations = implementations(context, speaks);
    if implementations.is_empty() {
        return None;
    }
    let described = |(framework, controls): (&Framework<'_>, &Vec<(String, &Published)>)| {
        let requirements: Vec<Value> =
            controls.iter().map(|(control, one)| requirement(context, *framework, control, one)).collect();
        json!({
            "uuid": uuid(url, &format!("implementation {title} {}", framework.name())),
            "source": framework.source(context),
            "description": framework.told(),
            "implemented-requirements": requirements,
        })
    };
    Some(json!({
        "uuid": uuid(url, &format!("component {title}")),
        "type": kind,
        "title": title,
        "description": format!("{title}, as far as {} speaks about it.", line(&context.overview.publisher, "the publisher")),
        "control-implementations": implementations.iter().map(described).collect::<Vec<_>>(),
    }))
}

fn implementations<'a>(context: &Context<'a>, speaks: Speaks) -> Implementations<'a> {
    let mut implementations = Implementations::new();
    for one in context.overview.claims.iter().filter(|one| one.speaks == speaks) {
        implementations.entry(Framework::Claims).or_default().push((token(&one.id), one));
        for id in &one.frameworks {
            let (name, control) = id.split_once(' ').unwrap_or((id, id));
            implementations.entry(Framework::Named(name)).or_default().push((token(control), one));
        }
    }
    implementations
}

fn requirement(context: &Context<'_>, framework: Framework<'_>, control: &str, one: &Published) -> Value {
    let (url, links) = (&context.overview.url, &context.links);
    let mut requirement = json!({
        "uuid": uuid(url, &format!("requirement {} {control} {}", framework.name(), one.id)),
        "control-id": control,
        "description": words(one),
        "props": [property("claim", &one.id), property("state", one.state.as_str())],
        "links": [{ "href": links.absolute(&links.claim(&one.id)), "rel": "reference" }],
    });
    let limits = spelt_out(one.limits.trim().to_owned());
    if !limits.is_empty() {
        requirement["remarks"] = Value::String(format!("Limits: {limits}"));
    }
    requirement
}

fn resources(context: &Context<'_>) -> Value {
    let mut matter = back_matter(context);
    let named: BTreeSet<&str> = context
        .overview
        .claims
        .iter()
        .flat_map(|one| &one.frameworks)
        .map(|id| id.split_once(' ').map_or(id.as_str(), |(name, _)| name))
        .collect();
    if let Some(resources) = matter["resources"].as_array_mut() {
        resources.extend(named.into_iter().map(|name| {
            json!({
                "uuid": uuid(&context.overview.url, &format!("framework {name}")),
                "title": line(name, "unnamed"),
                "description": "A framework whose controls are named by their ids in its own text.",
            })
        }));
    }
    matter
}

// === impl Framework ===

impl Framework<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Claims => "claims",
            Self::Named(name) => name,
        }
    }

    fn source(&self, context: &Context<'_>) -> String {
        match self {
            Self::Claims => reference(context),
            Self::Named(name) => format!("#{}", uuid(&context.overview.url, &format!("framework {name}"))),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Claims => "The claims themselves, each a control by its own id.".to_owned(),
            Self::Named(name) => format!(
                "Controls of {} that claims speak to. A claim need not fulfil all that its control asks for.",
                line(name, "unnamed")
            ),
        }
    }
}

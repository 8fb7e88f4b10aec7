//! The description of the API as the binary prints it, and whether what is asked and answered is as it says.
//!
//! Every client of these promises holds its answers against it, so that whatever a promise does is described. Objects are
//! held closed: a field that is not described is as wrong as one that is missing.

use std::collections::{BTreeSet, HashMap};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::client::{Request, Response};

const SCHEMAS: &str = "#/components/schemas/";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO_BIN_EXE_blockhouse")).arg("openapi").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

/// Made when they are needed, by the place of their schema.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// The operation that a request is for, as its place in the document.
fn operation(method: &str, path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths.keys().filter(|template| fits(template, path));
    // What is said beats what is left open.
    let template = fitting.min_by_key(|template| template.matches('{').count())?;
    let method = method.to_lowercase();
    paths[template].get(&method)?;
    Some(format!("/paths/{}/{method}", template.replace('~', "~0").replace('/', "~1")))
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            // Files of a log have paths of their own.
            (Some("{path}"), Some(_)) => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') && !part.is_empty() => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// Panics where an answer, or the request that was taken, is not as it is described.
#[track_caller]
pub(crate) fn hold(request: &Request<'_>, answer: &Response) {
    let asked = format!("{} {}", request.method, request.path);
    let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    let Some(operation) = operation(request.method, request.path) else {
        // Other products' protocols are described by them.
        let others = ["/v1/input", "/v1/logs", "/v1/traces", "/v1/metrics"];
        let is_ours = request.path.starts_with("/v1/") && !others.contains(&request.path);
        assert!(!is_ours || kind != "application/json", "{asked} answers JSON and is not described");
        return;
    };
    if matches!(answer.status, 304 | 405) {
        return;
    }
    let place = format!("{operation}/responses/{}", answer.status);
    let described = DOCUMENT.pointer(&place);
    let described = described.unwrap_or_else(|| panic!("{asked}: {} is not described: {}", answer.status, answer.text()));
    let Some(contents) = described.get("content") else {
        assert!(answer.body.is_empty(), "{asked}: a body is not described: {}", answer.text());
        return;
    };
    assert!(contents.get(&kind).is_some(), "{asked}: {kind} is not described");
    if matches!(&*kind, "application/json" | "application/problem+json" | "application/vnd.in-toto+dsse") {
        let place = format!("{place}/content/{}/schema", kind.replace('/', "~1"));
        match serde_json::from_slice(&answer.body) {
            Ok(body) => check(&place, &body, &format!("the answer {} to {asked}", answer.status)),
            // A record may have a number that is too large for this reader and right all the same.
            Err(error) => assert!(error.to_string().starts_with("number out of range"), "{asked}: {error}"),
        }
    }
    if (200..300).contains(&answer.status) {
        hold_body(request, &operation, &asked);
    }
}

/// What was taken is as it is described, where it is JSON. An empty object may be sent where nothing is asked for.
#[track_caller]
fn hold_body(request: &Request<'_>, operation: &str, asked: &str) {
    let contents = DOCUMENT.pointer(&format!("{operation}/requestBody/content"));
    let Some(contents) = contents else {
        assert!(matches!(request.body, b"" | b"{}" | b"null"), "the body of {asked} is not described");
        return;
    };
    if contents.as_object().unwrap().keys().ne(["application/json"]) || request.body.is_empty() {
        return;
    }
    let body = serde_json::from_slice(request.body).unwrap();
    check(&format!("{operation}/requestBody/content/application~1json/schema"), &body, &format!("the body of {asked}"));
}

#[track_caller]
fn check(place: &str, value: &Value, what: &str) {
    let validator = validator(place).unwrap_or_else(|| panic!("{what} is not described"));
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{} at `{}`", error, error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what} is not as described: {}\n{value:#}", wrong.join("; "));
}

fn validator(place: &str) -> Option<Arc<Validator>> {
    let mut made = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(validator) = made.get(place) {
        return Some(Arc::clone(validator));
    }
    let mut schema = DOCUMENT.pointer(place)?.clone();
    let mut named = BTreeSet::new();
    gather(&schema, &mut named);
    let schemas: Map<String, Value> = named.into_iter().map(|name| (name.clone(), closed(&name))).collect();
    close(&mut schema);
    let whole = json!({"$schema": DOCUMENT["jsonSchemaDialect"], "allOf": [schema], "components": {"schemas": schemas}});
    let validator = Arc::new(jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{place}: {error}")));
    made.insert(place.to_owned(), Arc::clone(&validator));
    Some(validator)
}

/// A schema that is named may be a part of what names it, so it is closed there.
fn closed(name: &str) -> Value {
    let mut schema = DOCUMENT["components"]["schemas"][name].clone();
    within(&mut schema);
    schema
}

/// All schemas that this one needs, by name.
fn gather(schema: &Value, named: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                let name = value.as_str().filter(|_| key == "$ref").and_then(|to| to.strip_prefix(SCHEMAS));
                match name {
                    Some(name) if named.insert(name.to_owned()) => gather(&DOCUMENT["components"]["schemas"][name], named),
                    Some(_) => {}
                    None => gather(value, named),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| gather(one, named)),
        _ => {}
    }
}

/// Leaves no room for fields that are not described, where a value has a schema; parts of a schema have it together.
fn close(schema: &mut Value) {
    within(schema);
    let Value::Object(object) = schema else { return };
    let is_open = !object.contains_key("additionalProperties") && !object.contains_key("unevaluatedProperties");
    if is_open && ["$ref", "properties", "oneOf", "anyOf", "allOf"].iter().any(|key| object.contains_key(*key)) {
        object.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
}

fn within(part: &mut Value) {
    let Value::Object(object) = part else { return };
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(close),
            ("items" | "additionalProperties", value) => close(value),
            ("oneOf" | "anyOf" | "allOf", Value::Array(parts)) => parts.iter_mut().for_each(within),
            _ => {}
        }
    }
}

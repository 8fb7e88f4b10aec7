//! The document: every operation with what it takes, answers and refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use axum::http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use super::codes::{self, Codes};
use super::operations::{self, Operation};
use super::shape::{Content, DEFINITIONS, Schemas, Shape};
use crate::handlers::who::SESSION_COOKIE;
use crate::problem::Problem;
use crate::routes::{self, Needs, Route};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const PROBLEM: &str = "application/problem+json";
/// Of a schema that is read otherwise than it is written.
const AS_READ: &str = "Input";

/// What handles something of the installation's page handles it of tenants' pages, too, and records come in at the root as well.
const ELSEWHERE: [(&str, &str); 2] = [("/security/t/", "OfTenant"), ("/", "AtRoot")];

/// Parts of the API, by the module of their handlers.
const TAGS: [(&str, &[&str]); 18] = [
    ("server", &["open", "setup", "system", "root_key"]),
    ("records", &["frames", "export", "origin"]),
    ("search", &["search", "series", "sql", "tail"]),
    ("sign-in", &["sign_in"]),
    ("account", &["me"]),
    ("tenants", &["tenants", "data_keys", "treatment", "pipeline", "quota", "archives"]),
    ("jobs", &["jobs"]),
    ("keys", &["keys", "refusals"]),
    ("providers", &["sso"]),
    ("people", &["people"]),
    ("roles", &["roles"]),
    ("staff access", &["access"]),
    ("views", &["views", "links"]),
    ("alerts", &["alerts", "destinations"]),
    ("audit trail", &["audit", "streams"]),
    ("security page", &["overview", "contact", "own_page"]),
    ("statements", &["statements"]),
    ("template", &["template"]),
];

/// What stands in a path.
const PLACES: [(&str, &str); 25] = [
    ("source", "A source's id"),
    ("tenant", "A tenant's id"),
    ("name", "A field's name"),
    ("session", "A session's id"),
    ("passkey", "A passkey's id"),
    ("key", "A key's id"),
    ("provider", "A provider's id"),
    ("user", "Somebody's id"),
    ("invitation", "An invitation's id"),
    ("role", "A role's id"),
    ("service", "A service account's id"),
    ("request", "A request's id"),
    ("path", "`checkpoint`, or a tile, whose path has slashes in it"),
    ("stream", "A stream's id"),
    ("claim", "A claim's id"),
    ("statement", "A statement's id"),
    ("digest", "SHA-256 in hex"),
    ("file", "`component-definition.json` or `assessment-results.json`"),
    ("page", "The name of a tenant's page"),
    ("host", "A host's name"),
    ("view", "A view's id"),
    ("link", "A short link's id"),
    ("alert", "An alert's id"),
    ("destination", "A destination's id"),
    ("job", "A job's id"),
];

/// The document, as compact JSON. It is made once.
pub(crate) fn description() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| document().to_string().into_bytes())
}

/// The same for people.
pub(crate) fn printed() -> String {
    format!("{:#}", document())
}

fn document() -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.written.subschema_for::<Problem>();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    // Requests are described apart until it is known what they are called beside answers.
    let mut requests: Vec<(String, &'static str, Content)> = Vec::new();
    for route in routes::table() {
        let mut shape = (route.shape)(&mut schemas);
        let Some(operation) = operations::find(route.handler) else { continue };
        let path = route.path.replace("{*", "{");
        requests.extend(shape.request.take().map(|content| (path.clone(), route.method, content)));
        paths.entry(path).or_default().insert(route.method.to_owned(), described(route, operation, shape, &problem));
    }
    let names = Names::of(&mut schemas);
    for (path, method, content) in requests {
        let body = json!({"required": names.is_required(&content.schema), "content": names.content(content)});
        paths.entry(path).or_default()[method]["requestBody"] = body;
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Blockhouse",
            "summary": "A log platform that seals everything it keeps",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": TAGS.map(|(name, _)| json!({"name": name})),
        "paths": paths,
        "components": {"schemas": names.all(), "securitySchemes": credentials()},
    })
}

fn described(route: &Route, operation: &Operation, shape: Shape, problem: &Schema) -> Value {
    let module = route.handler.split("::").next().unwrap_or_default();
    let tags: Vec<&str> = TAGS.iter().filter(|(_, of)| of.contains(&module)).map(|(name, _)| *name).collect();
    let is_at = |place: &str| route.path == place || place.len() > 1 && route.path.starts_with(place);
    let elsewhere = ELSEWHERE.iter().find(|(place, _)| is_at(place)).map_or("", |(_, where_else)| where_else);
    let mut parameters = places(route.path);
    parameters.extend(shape.query.iter().flat_map(asked));
    let mut answers = Map::new();
    for (status, content) in shape.answers {
        let mut answer = json!({"description": reason(status)});
        if let Some(content) = content {
            answer["content"] = in_kinds(&content);
        }
        answers.insert(status.to_string(), answer);
    }
    let codes = shape.codes.iter().chain(operation.refuses).chain(refused(route)).chain([&codes::ANY]);
    answers.extend(refusals(codes, (problem, shape.refusals.as_ref())));
    json!({
        "operationId": format!("{}{elsewhere}", operation.id),
        "summary": operation.summary,
        "tags": tags,
        "parameters": parameters,
        "security": asks(route.needs),
        "responses": answers,
    })
}

fn in_kinds(Content { kinds, schema }: &Content) -> Value {
    kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": schema}))).collect()
}

/// What a path names.
fn places(path: &str) -> Vec<Value> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let place = |name: &str| {
        let name = name.trim_start_matches('*');
        let about = PLACES.iter().find(|(known, _)| *known == name).map_or(name, |(_, about)| about);
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": {"type": "string"}})
    };
    named.map(place).collect()
}

/// What a query may say. `null` cannot be said there.
fn asked(query: &Schema) -> Vec<Value> {
    let Some(Value::Object(properties)) = query.get("properties") else { return Vec::new() };
    let required = |name: &String| query.get("required").and_then(Value::as_array).is_some_and(|all| all.contains(&json!(name)));
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, value| key != "format" && (key != "default" || !(value.is_null() || value == "")));
            without_null(schema);
        }
        let mut parameter = json!({"name": name, "in": "query", "required": required(name), "schema": schema});
        if let Some(about) = about {
            parameter["description"] = about;
        }
        parameter
    };
    properties.iter().map(parameter).collect()
}

fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [one] = kinds.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(any)) = schema.get("anyOf") {
        let some: Vec<Value> = any.iter().filter(|one| one.get("type") != Some(&json!("null"))).cloned().collect();
        schema.insert("anyOf".to_owned(), json!(some));
    }
}

/// What a route refuses for the credential that it asks for.
fn refused(route: &Route) -> &'static [Codes] {
    let of_source = route.path.contains("{source}");
    match route.needs {
        Needs::Nothing | Needs::SetupToken => &[],
        Needs::WriteKey | Needs::ReadKey | Needs::SourceKey | Needs::ReadLogs => &[codes::CREDENTIAL, codes::KEY_OF_SOURCE],
        Needs::Session => &[codes::SESSION],
        Needs::SignIn => &[codes::SESSION, codes::SIGNED_IN],
        Needs::Role if of_source => &[codes::CREDENTIAL, codes::MISSING, codes::KEY_OF_SOURCE],
        Needs::Role | Needs::Staff => &[codes::CREDENTIAL, codes::MISSING],
    }
}

/// `other`: the form of those that are in another than ours. Their codes are in the header alone.
fn refusals<'a>(codes: impl Iterator<Item = &'a Codes>, (problem, other): (&Schema, Option<&Content>)) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for (status, code) in codes.flat_map(|codes| codes.iter()) {
        by_status.entry(*status).or_default().insert(code);
    }
    let refusal = |(status, codes): (u16, BTreeSet<&str>)| {
        if let Some(other) = other {
            let code = json!({"description": "What is stable", "required": true, "schema": {"enum": codes}});
            let headers = json!({"Blockhouse-Code": code});
            return (status.to_string(), json!({"description": reason(status), "headers": headers, "content": in_kinds(other)}));
        }
        let own = json!({"properties": {"status": {"const": status}, "code": {"enum": codes}}});
        let schema = json!({"allOf": [problem, own]});
        (status.to_string(), json!({"description": reason(status), "content": {PROBLEM: {"schema": schema}}}))
    };
    by_status.into_iter().map(refusal).collect()
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("An answer")
}

/// Any one of these lets a request in, as far as its credential goes.
fn asks(needs: Needs) -> Value {
    match needs {
        // The setup token is in the body.
        Needs::Nothing | Needs::SetupToken => json!([]),
        Needs::WriteKey | Needs::ReadKey | Needs::SourceKey => json!([{"sourceKey": []}]),
        Needs::ReadLogs => json!([{"sourceKey": []}, {"serviceKey": []}, {"session": []}, {"sessionCookie": []}]),
        Needs::Role => json!([{"session": []}, {"sessionCookie": []}, {"serviceKey": []}]),
        Needs::Session | Needs::SignIn | Needs::Staff => json!([{"session": []}, {"sessionCookie": []}]),
    }
}

fn credentials() -> Value {
    let bearer =
        |form: &str, about: &str| json!({"type": "http", "scheme": "bearer", "bearerFormat": form, "description": about});
    json!({
        "sourceKey": bearer("bh_write_… or bh_read_…", "An API key of one source, in one direction"),
        "serviceKey": bearer("bh_service_…", "A key of a service account"),
        "session": bearer("bh_session_…", "A session's token, which a sign-in answers with where it asks for `token`"),
        "sessionCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "The same for browsers. What changes something has to come from a page of this server",
        },
    })
}

/// Schemas with names, as they are read and as they are written.
struct Names {
    written: Map<String, Value>,
    /// Those that are read otherwise, by the names that they have in the other.
    read: Map<String, Value>,
}

// === impl Names ===

impl Names {
    fn of(schemas: &mut Schemas) -> Self {
        let written = schemas.written.take_definitions(true);
        let mut read = schemas.read.take_definitions(true);
        let mut differs: BTreeSet<String> =
            read.iter().filter(|(name, schema)| written.get(*name).is_some_and(|other| other != *schema)).map(named).collect();
        // Whatever names one that is read otherwise is read otherwise.
        loop {
            let names_one = |schema: &Value| differs.iter().any(|name| refers(schema, name));
            let more: Vec<String> = read
                .iter()
                .filter(|(name, schema)| written.contains_key(*name) && !differs.contains(*name) && names_one(schema))
                .map(named)
                .collect();
            if more.is_empty() {
                break;
            }
            differs.extend(more);
        }
        read.retain(|name, _| differs.contains(name) || !written.contains_key(name));
        Self { written, read }
    }

    /// What this schema of a request is called beside those of answers.
    fn as_read(&self, mut schema: Value) -> Value {
        rename(&mut schema, &|name| match self.read.contains_key(name) && self.written.contains_key(name) {
            true => format!("{name}{AS_READ}"),
            false => name.to_owned(),
        });
        schema
    }

    fn content(&self, Content { kinds, schema }: Content) -> Value {
        let schema = self.as_read(schema.to_value());
        kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": schema}))).collect()
    }

    /// Whether a body has to be there: one without required fields may be left out.
    fn is_required(&self, schema: &Schema) -> bool {
        let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next()) else { return true };
        let named = self.read.get(name).or_else(|| self.written.get(name));
        named.is_some_and(|schema| schema.get("required").is_some() || schema.get("type") != Some(&json!("object")))
    }

    fn all(&self) -> Map<String, Value> {
        let read = self.read.iter().map(|(name, schema)| {
            let own = self.as_read(json!({"$ref": format!("#{DEFINITIONS}/{name}")}));
            let name = own["$ref"].as_str().and_then(|to| to.rsplit('/').next()).unwrap_or(name).to_owned();
            (name, self.as_read(schema.clone()))
        });
        self.written.clone().into_iter().chain(read).collect()
    }
}

fn named((name, _): (&String, &Value)) -> String {
    name.clone()
}

fn refers(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(object) => object.iter().any(|(key, value)| match (key.as_str(), value) {
            ("$ref", Value::String(to)) => to.rsplit('/').next() == Some(name),
            (_, value) => refers(value, name),
        }),
        Value::Array(all) => all.iter().any(|one| refers(one, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn rename(schema: &mut Value, to: &dyn Fn(&str) -> String) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(place) if key == "$ref" => {
                        let (path, name) = place.rsplit_once('/').unwrap_or(("", place));
                        *place = format!("{path}/{}", to(name));
                    }
                    value => rename(value, to),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| rename(one, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;

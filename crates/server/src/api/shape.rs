//! What a handler's signature says of its operation: what is read of a request, and what is answered.
//!
//! Always holds: the schema of a body is that of the type which serde reads or writes there, so that it cannot say
//! something else.

use std::future::Future;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{Redirect, Response};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::codes::{self, Codes};
use crate::app::App;
use crate::caller::Caller;
use crate::handlers::overview::Asked;
use crate::handlers::query::Params;
use crate::handlers::reader::Reader;
use crate::handlers::receiver::Received;
use crate::handlers::who::Who;
use crate::handlers::{datadog, hec, loki, timber};
use crate::problem::Problem;

/// Where OpenAPI keeps schemas that have a name.
pub(crate) const DEFINITIONS: &str = "/components/schemas";

/// Schemas as bodies are read, and as they are written: what may be left out in the one is always there in the other.
pub(crate) struct Schemas {
    pub(crate) read: SchemaGenerator,
    pub(crate) written: SchemaGenerator,
}

/// A body: its media types, and its schema.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) kinds: &'static [&'static str],
    pub(crate) schema: Schema,
}

/// What a signature says.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Of the query, as one object.
    pub(crate) query: Option<Schema>,
    pub(crate) request: Option<Content>,
    /// Each status, with its body where it has one.
    pub(crate) answers: Vec<(u16, Option<Content>)>,
    /// Refusals that reading the request can end with.
    pub(crate) codes: Vec<Codes>,
    /// Refusals, where they are in another form than ours.
    pub(crate) refusals: Option<Content>,
}

/// What a handler takes of a request.
pub(crate) trait Input {
    fn describe(_shape: &mut Shape, _schemas: &mut Schemas) {}
}

/// What a handler answers.
pub(crate) trait Output {
    fn describe(shape: &mut Shape, schemas: &mut Schemas);
}

/// A handler, by what it takes.
pub(crate) trait Described<Taken> {
    fn shape(schemas: &mut Schemas) -> Shape;
}

/// The shape of this handler. A page or a file for browsers has one without answers.
pub(crate) fn of<H: Described<Taken>, Taken>(_handler: &H, schemas: &mut Schemas) -> Shape {
    H::shape(schemas)
}

// === impl Schemas ===

impl Schemas {
    pub(crate) fn new() -> Self {
        // `uint32` and its like are formats that nobody else knows.
        let formats = |schema: &mut Schema| {
            if schema.get("format").and_then(|format| format.as_str()).is_some_and(|format| format.starts_with("uint")) {
                schema.remove("format");
            }
        };
        let settings = |settings: SchemaSettings| {
            settings.with(|s| s.definitions_path = DEFINITIONS.into()).with_transform(RecursiveTransform(formats))
        };
        let of = SchemaSettings::draft2020_12;
        Self { read: settings(of().for_deserialize()).into_generator(), written: settings(of().for_serialize()).into_generator() }
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schemas(..)")
    }
}

// === impl Input ===

impl Input for State<Arc<App>> {}
impl Input for Extension<Caller> {}
impl Input for HeaderMap {}
impl Input for Uri {}
impl Input for Received {}
impl Input for hec::Said {}
impl Input for datadog::Said {}
impl Input for loki::asked::Asked {}
impl Input for timber::asked::Asked {}
impl Input for Result<WebSocketUpgrade, WebSocketUpgradeRejection> {}
impl Input for Asked {}
impl Input for Request {}
impl Input for Body {}
impl<P> Input for Path<P> {}

impl Input for Who {
    fn describe(shape: &mut Shape, _schemas: &mut Schemas) {
        shape.codes.push(codes::PAGE);
    }
}

impl Input for Reader {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        shape.query = Some(Params::json_schema(&mut schemas.read));
        shape.codes.extend([codes::PAGE, codes::PARAMETERS, codes::QUERY]);
    }
}

// === impl Output ===

/// Whatever is not described is for browsers, or in the words of another product, which describes it.
impl Output for Response {
    fn describe(_shape: &mut Shape, _schemas: &mut Schemas) {}
}

impl Output for &'static str {
    fn describe(_shape: &mut Shape, _schemas: &mut Schemas) {}
}

impl Output for Redirect {
    fn describe(_shape: &mut Shape, _schemas: &mut Schemas) {}
}

impl<T: Output> Output for Result<T, Problem> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        T::describe(shape, schemas);
    }
}

// === impl Described ===

macro_rules! described {
    ($($taken:ident)*) => {
        impl<Handler, Answered, $($taken,)*> Described<($($taken,)*)> for Handler
        where
            Handler: Fn($($taken,)*) -> Answered,
            Answered: Future,
            Answered::Output: Output,
            $($taken: Input,)*
        {
            fn shape(schemas: &mut Schemas) -> Shape {
                let mut shape = Shape::default();
                $($taken::describe(&mut shape, schemas);)*
                Answered::Output::describe(&mut shape, schemas);
                shape
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);

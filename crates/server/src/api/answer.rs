//! What handlers answer, and what they read of a body, in types that say so.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::limits;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codes;
use super::shape::{Content, Input, Output, Schemas, Shape};
use crate::app::App;
use crate::body;
use crate::problem::Problem;

const JSON: &[&str] = &["application/json"];
const OK: u16 = 200;
const CREATED: u16 = 201;
const ACCEPTED: u16 = 202;
const NO_CONTENT: u16 = 204;

/// JSON that nobody on the way keeps.
#[derive(Debug)]
pub(crate) struct Answer<T, const STATUS: u16 = OK> {
    body: T,
    cookies: Vec<HeaderValue>,
}

/// The same of what was made.
pub(crate) type Made<T> = Answer<T, CREATED>;

/// The same of what is done later.
pub(crate) type Accepted<T> = Answer<T, ACCEPTED>;

/// It is done, and there is nothing to say.
#[derive(Debug, Default)]
pub(crate) struct Done {
    cookies: Vec<HeaderValue>,
}

/// What takes cookies along.
pub(crate) trait TakesCookie {
    fn take_cookie(&mut self, cookie: HeaderValue);
}

/// A form of bodies, where it is not simply JSON of one type.
pub(crate) trait Media {
    const KINDS: &'static [&'static str];

    /// Any bytes, unless it is said.
    fn schema(_schemas: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// JSON that was put together by hand, of this type.
#[derive(Debug)]
pub(crate) struct JsonOf<T>(PhantomData<T>);

/// No body.
#[derive(Debug)]
pub(crate) enum NoBody {}

/// An answer in a form of its own.
#[derive(Debug)]
pub(crate) struct Typed<M, const STATUS: u16 = OK>(Response, PhantomData<M>);

/// A refusal in another form than ours.
#[derive(Debug)]
pub(crate) struct InFormOf<M>(Response, PhantomData<M>);

/// A body of JSON about people and settings. Without a body all fields have their defaults.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

/// A body in a form of its own, not read yet.
#[derive(Debug)]
pub(crate) struct Sent<M>(pub(crate) Body, PhantomData<M>);

/// What stands behind the question mark.
#[derive(Debug)]
pub(crate) struct Parameters<P>(pub(crate) P);

pub(crate) fn ok<T>(body: T) -> Answer<T> {
    Answer { body, cookies: Vec::new() }
}

pub(crate) fn made<T>(body: T) -> Made<T> {
    Answer { body, cookies: Vec::new() }
}

pub(crate) fn accepted<T>(body: T) -> Accepted<T> {
    Answer { body, cookies: Vec::new() }
}

pub(crate) fn nothing() -> Done {
    Done::default()
}

fn with_cookies(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.take_cookie(cookie);
    }
    response
}

// === impl Answer ===

impl<T: Serialize, const STATUS: u16> IntoResponse for Answer<T, STATUS> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        with_cookies((status, headers, axum::Json(self.body)).into_response(), self.cookies)
    }
}

impl<T: JsonSchema, const STATUS: u16> Output for Answer<T, STATUS> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        let schema = schemas.written.subschema_for::<T>();
        shape.answers.push((STATUS, Some(Content { kinds: JSON, schema })));
    }
}

impl<T, const STATUS: u16> Answer<T, STATUS> {
    pub(crate) fn map<U>(self, to: impl FnOnce(T) -> U) -> Answer<U, STATUS> {
        Answer { body: to(self.body), cookies: self.cookies }
    }
}

impl<T, const STATUS: u16> TakesCookie for Answer<T, STATUS> {
    fn take_cookie(&mut self, cookie: HeaderValue) {
        self.cookies.push(cookie);
    }
}

// === impl Done ===

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        with_cookies(StatusCode::NO_CONTENT.into_response(), self.cookies)
    }
}

impl Output for Done {
    fn describe(shape: &mut Shape, _schemas: &mut Schemas) {
        shape.answers.push((NO_CONTENT, None));
    }
}

impl TakesCookie for Done {
    fn take_cookie(&mut self, cookie: HeaderValue) {
        self.cookies.push(cookie);
    }
}

// === impl Response ===

impl TakesCookie for Response {
    fn take_cookie(&mut self, cookie: HeaderValue) {
        self.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

// === impl JsonOf ===

impl<T: JsonSchema> Media for JsonOf<T> {
    const KINDS: &'static [&'static str] = JSON;

    fn schema(schemas: &mut SchemaGenerator) -> Schema {
        schemas.subschema_for::<T>()
    }
}

// === impl NoBody ===

impl Media for NoBody {
    const KINDS: &'static [&'static str] = &[];
}

// === impl Typed ===

impl<M, const STATUS: u16> Typed<M, STATUS> {
    pub(crate) fn new(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<M, const STATUS: u16> IntoResponse for Typed<M, STATUS> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<M: Media, const STATUS: u16> Output for Typed<M, STATUS> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        let content = || Content { kinds: M::KINDS, schema: M::schema(&mut schemas.written) };
        shape.answers.push((STATUS, (!M::KINDS.is_empty()).then(content)));
    }
}

// === impl InFormOf ===

impl<M> InFormOf<M> {
    pub(crate) fn new(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<M> IntoResponse for InFormOf<M> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<T: Output, M: Media> Output for Result<T, InFormOf<M>> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        T::describe(shape, schemas);
        shape.refusals = Some(Content { kinds: M::KINDS, schema: M::schema(&mut schemas.written) });
    }
}

/// What is wrong with a form, without the value that was sent: it may be a secret. Names of members stay.
fn unquoted(error: &str) -> String {
    let Some((wrong, expected)) = error.rsplit_once(", expected ") else { return error.to_owned() };
    let kind = ["invalid type: ", "invalid value: "].iter().find_map(|start| {
        let kind = wrong.strip_prefix(start)?.split([' ', '`', '"']).next()?;
        Some(format!("{start}{kind}"))
    });
    let kind = kind.or_else(|| wrong.starts_with("unknown variant `").then(|| "unknown variant".to_owned()));
    kind.map_or_else(|| error.to_owned(), |kind| format!("{}, expected {expected}", kind.trim_end()))
}

// === impl Form ===

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let mut share = app.bodies.share();
        let bytes = body::read_up_to(body, &parts.headers, limits::FORM_BYTES_MAX, &mut share).await?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes };
        let form = serde_json::from_slice(bytes);
        form.map(Self).map_err(|error: serde_json::Error| Problem::bad_request("invalid_json", unquoted(&error.to_string())))
    }
}

impl<T: JsonSchema> Input for Form<T> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        shape.request = Some(Content { kinds: JSON, schema: schemas.read.subschema_for::<T>() });
        shape.codes.extend([codes::BODY, codes::JSON]);
    }
}

// === impl Sent ===

impl<M: Send> FromRequest<Arc<App>> for Sent<M> {
    type Rejection = Problem;

    async fn from_request(request: Request, _app: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self(request.into_body(), PhantomData))
    }
}

impl<M: Media> Input for Sent<M> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        shape.request = Some(Content { kinds: M::KINDS, schema: M::schema(&mut schemas.read) });
        shape.codes.push(codes::BODY);
    }
}

// === impl Parameters ===

impl<P: DeserializeOwned> FromRequestParts<Arc<App>> for Parameters<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let read = Query::from_request_parts(parts, app).await;
        let Query(parameters) = read.map_err(|error| Problem::bad_request("parameter_invalid", error.body_text()))?;
        Ok(Self(parameters))
    }
}

impl<P: JsonSchema> Input for Parameters<P> {
    fn describe(shape: &mut Shape, schemas: &mut Schemas) {
        shape.query = Some(P::json_schema(&mut schemas.read));
        shape.codes.push(codes::PARAMETERS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_form_is_told_without_what_was_sent() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only read")]
        struct Small {
            days: u8,
        }
        let check = |text: &str, said: &str| {
            let error = serde_json::from_str::<Small>(text).unwrap_err().to_string();
            assert_eq!(unquoted(&error), said, "{error}");
        };
        check(r#"{"days":"se, expected cret"}"#, "invalid type: string, expected u8 at line 1 column 27");
        check(r#"{"days":300}"#, "invalid value: integer, expected u8 at line 1 column 11");
        check(r#"{"day":1}"#, "unknown field `day`, expected `days` at line 1 column 6");
        check(r#"{"days":1"#, "EOF while parsing an object at line 1 column 9");
    }
}

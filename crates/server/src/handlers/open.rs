//! Routes that need no key. The whole list is in `routes.rs`.

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::cached::Cached;
use super::elastic::names;
use super::receiver::Received;
use super::{elastic, export, pages, timber};
use crate::api::{self, Answer, JsonOf, Typed, ok};
use crate::app::App;
use crate::problem::Problem;

#[derive(Serialize, JsonSchema)]
pub(crate) struct Health {
    status: &'static str,
}

pub(crate) async fn healthz() -> Answer<Health> {
    ok(Health { status: "ok" })
}

/// A browser is led to the page that it needs; everybody else is told what this is, clients of Elasticsearch in their words.
pub(crate) async fn root(State(app): State<Arc<App>>, headers: HeaderMap, request: Received) -> Response {
    if !pages::wants_page(&headers) && elastic::is_client(&request) {
        return elastic::info(request).await;
    }
    let setup = app.identity.is_setup_open().unwrap_or(false);
    if pages::wants_page(&headers) {
        return pages::redirect(match (setup, ui::index()) {
            (true, _) => "/setup",
            (false, Some(_)) => "/app/",
            (false, None) => "/sign-in",
        });
    }
    let body = serde_json::json!({
        "name": "Blockhouse",
        "setup": if setup { "open: use the link that the server printed" } else { "done" },
    });
    axum::Json(body).into_response()
}

/// The same for everybody, so that whoever may keeps it.
pub(crate) async fn openapi(headers: HeaderMap) -> Typed<JsonOf<Value>> {
    static MADE: OnceLock<Cached> = OnceLock::new();
    let document = MADE.get_or_init(|| Cached::new(api::description()));
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    ];
    Typed::new(document.answer(&headers, about))
}

pub(crate) async fn nothing_here(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    nothing_at((&method, &uri), &headers)
}

pub(super) fn nothing_at((method, uri): (&Method, &Uri), headers: &HeaderMap) -> Response {
    let detail = format!("there is nothing at {method} {}", uri.path());
    in_form_of(uri, headers, Problem::new(StatusCode::NOT_FOUND, "not_found", detail))
}

pub(crate) async fn wrong_method(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    // A path of one word is an index to clients of Elasticsearch alone, and nothing to everybody else.
    if names::is_index(uri.path()) && !headers.contains_key(header::AUTHORIZATION) {
        return nothing_at((&method, &uri), &headers);
    }
    let detail = format!("{} does not take {method}", uri.path());
    in_form_of(&uri, &headers, Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
}

/// Clients of other products cannot read a refusal in another form than theirs.
fn in_form_of(uri: &Uri, headers: &HeaderMap, problem: Problem) -> Response {
    let path = uri.path();
    if export::grpc::is_call(headers) {
        export::grpc::unknown(uri)
    } else if export::is_asked_at(path) {
        export::refused(headers, problem)
    } else if timber::is_below(path) {
        timber::refused(problem)
    } else if names::is_asked_at(path, headers) {
        names::refused(headers, problem)
    } else {
        problem.into_response()
    }
}

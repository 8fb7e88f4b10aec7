//! Routes that need no key. The whole list is in `routes.rs`.

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::cached::Cached;
use super::receiver::Received;
use super::{elastic, pages, timber};
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

pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Response {
    let problem = Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {method} {}", uri.path()));
    in_form_of(&uri, problem)
}

pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Response {
    let detail = format!("{} does not take {method}", uri.path());
    in_form_of(&uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
}

/// Clients of Timber's API cannot read a refusal in another form.
fn in_form_of(uri: &Uri, problem: Problem) -> Response {
    match timber::is_below(uri.path()) {
        true => timber::refused(problem),
        false => problem.into_response(),
    }
}

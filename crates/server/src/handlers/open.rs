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

/// Longer than any word of a path, and shorter than any key.
const SEGMENT_SHOWN_BYTES_MAX: usize = 24;

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

/// The certificate of the authority that the server's own is of, for clients to trust. Public by nature, and no proof of
/// anything over a connection that is not trusted yet: what tells is its fingerprint, which the machine says.
pub(crate) async fn authority(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let Some(authority) = &app.system.authority else {
        let detail = "the server's certificate is of no authority of its own: clients trust the one that gave it";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_own_authority", detail));
    };
    let about = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"ca.crt\""),
        // Another one takes its place once it ended.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((about, authority.certificate.clone()).into_response())
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

/// A path without what may be a secret: clients of other services have their key in it.
fn shown(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.len() > SEGMENT_SHOWN_BYTES_MAX { "…" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

pub(super) fn nothing_at((method, uri): (&Method, &Uri), headers: &HeaderMap) -> Response {
    let detail = format!("there is nothing at {method} {}", shown(uri.path()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_keys() {
        assert_eq!(shown("/v1/nothing/here"), "/v1/nothing/here");
        assert_eq!(shown("/v1/input/bh_write_0123456789abcdefghij"), "/v1/input/…");
        assert_eq!(shown("/"), "/");
    }
}

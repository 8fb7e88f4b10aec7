//! Routes that need no key. The whole list is in `routes.rs`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::receiver::Received;
use super::{elastic, pages};
use crate::app::App;
use crate::problem::Problem;

pub(crate) async fn healthz() -> Response {
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (headers, axum::Json(serde_json::json!({"status": "ok"}))).into_response()
}

/// A browser is led to the page that it needs; everybody else is told what this is, clients of Elasticsearch in their words.
pub(crate) async fn root(State(app): State<Arc<App>>, headers: HeaderMap, request: Received) -> Response {
    if !pages::wants_page(&headers) && elastic::is_client(&request) {
        return elastic::info(request).await;
    }
    let setup = app.identity.is_setup_open().unwrap_or(false);
    if pages::wants_page(&headers) {
        return pages::redirect(if setup { "/setup" } else { "/sign-in" });
    }
    let body = serde_json::json!({
        "name": "Blockhouse",
        "setup": if setup { "open: use the link that the server printed" } else { "done" },
    });
    axum::Json(body).into_response()
}

pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {method} {}", uri.path()))
}

pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("{} does not take {method}", uri.path()))
}

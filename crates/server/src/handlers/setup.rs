//! The first tenant and source, with the one-time token: `POST /v1/setup`, and the page at `/setup` that calls it. Gone
//! once a tenant exists.

use std::sync::Arc;
use std::time::Duration;

use audit::Actor;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Bootstrapped, SetupError};
use model::DisplayName;
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    token: String,
    tenant: String,
    #[serde(default = "first")]
    source: String,
}

fn first() -> String {
    "first".to_owned()
}

pub(crate) async fn setup(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !app.identity.is_setup_open().map_err(|error| Problem::internal(&error))? {
        return Err(SetupError::Closed.into());
    }
    let mut share = app.bodies.share();
    let bytes = body::read_up_to(body, &headers, 4096, &mut share).await?;
    let setup: Setup = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::bad_request("invalid_json", format!("expected {{\"token\", \"tenant\", \"source\"}}: {error}"))
    })?;
    let name = |text: &str| DisplayName::parse(text).map_err(|error| Problem::bad_request("name_invalid", error.to_string()));
    let (tenant, source) = (name(&setup.tenant)?, name(&setup.source)?);
    match app.identity.complete_setup(&setup.token, &tenant, &source, &caller.deed(Actor::SetupLink, app.clock.now())) {
        Ok(made) => Ok(created(&made)),
        Err(SetupError::WrongOrExpired { wait_seconds }) => {
            tokio::time::sleep(Duration::from_secs(wait_seconds as u64)).await;
            Err(SetupError::WrongOrExpired { wait_seconds }.into())
        }
        Err(error) => Err(error.into()),
    }
}

const PAGE: &str = include_str!("setup/page.html");
const STYLE: &str = include_str!("setup/page.css");
const SCRIPT: &str = include_str!("setup/page.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

pub(crate) async fn page(state: State<Arc<App>>) -> Result<Response, Problem> {
    asset(&state, "text/html; charset=utf-8", PAGE)
}

pub(crate) async fn style(state: State<Arc<App>>) -> Result<Response, Problem> {
    asset(&state, "text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script(state: State<Arc<App>>) -> Result<Response, Problem> {
    asset(&state, "text/javascript; charset=utf-8", SCRIPT)
}

fn asset(app: &App, kind: &'static str, text: &'static str) -> Result<Response, Problem> {
    if !app.identity.is_setup_open().map_err(|error| Problem::internal(&error))? {
        return Err(SetupError::Closed.into());
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

fn created(made: &Bootstrapped) -> Response {
    let body = json!({
        "tenant_id": made.tenant_id.to_string(),
        "source_id": made.source_id.to_string(),
        "write_key": made.write_key.reveal(),
        "read_key": made.read_key.reveal(),
    });
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::CREATED, headers, axum::Json(body)).into_response()
}

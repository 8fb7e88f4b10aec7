//! The table of contents: every route, what it needs, who handles it.
//!
//! | route | needs |
//! |---|---|
//! | `GET /`, `GET /healthz` | nothing |
//! | `GET /setup`, `POST /v1/setup` | the setup token; gone once a tenant exists |
//! | `POST /sources/{id}/frames`, `POST /frames`, `POST /v1/logs`, gRPC `LogsService/Export` | a write key of the source |
//! | `GET /v1/sources/{id}/…`, `POST /v1/sources/{id}/sql` | a read key of the source |

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use guard::Peer;

use crate::app::App;
use crate::caller::Caller;
use crate::handlers::{export, frames, open, search, setup, sql, tail};

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/", get(open::root))
        .route("/healthz", get(open::healthz))
        .route("/setup", get(setup::page))
        .route("/setup/page.css", get(setup::style))
        .route("/setup/page.js", get(setup::script))
        .route("/v1/setup", post(setup::setup))
        .route("/frames", post(frames::to_key))
        .route("/sources/{source}/frames", post(frames::to_source))
        .route("/v1/logs", post(export::http))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", post(export::grpc))
        .route("/v1/sources/{source}/search", get(search::search))
        .route("/v1/sources/{source}/histogram", get(search::histogram))
        .route("/v1/sources/{source}/fields", get(search::fields))
        .route("/v1/sources/{source}/fields/{name}", get(search::field_values))
        .route("/v1/sources/{source}/context", get(search::context))
        .route("/v1/sources/{source}/sql", post(sql::sql))
        .route("/v1/sources/{source}/tail", get(tail::tail))
        .with_state(Arc::clone(app))
        .fallback(open::nothing_here)
        .method_not_allowed_fallback(open::wrong_method)
        // Handlers read bodies themselves, within `body`'s limits.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(app), every_answer))
}

/// Names each request, and sends the headers that every answer has.
async fn every_answer(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let mut random = [0; 8];
    app.entropy.fill(&mut random);
    let id = format!("{:016x}", u64::from_be_bytes(random));
    let caller = Caller::new(request.extensions().get::<Peer>(), &id);
    request.extensions_mut().insert(caller);
    let span = tracing::info_span!("request", request.id = %id, method = %request.method());
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

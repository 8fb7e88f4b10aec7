//! The table of contents: every route, what it needs, who handles it.
//!
//! | route | needs |
//! |---|---|
//! | `GET /`, `GET /healthz`, `GET /sign-in`, `/join`, `/me`, `/pages/…` | nothing |
//! | `GET /setup`, `POST /v1/setup` | the setup token; gone once a tenant exists |
//! | `POST /sources/{id}/frames`, `POST /frames`, `POST /v1/logs`, gRPC `LogsService/Export` | a write key of the source |
//! | `GET /v1/sources/{id}/…`, `POST /v1/sources/{id}/sql` | a read key of the source, or a role that allows it |
//! | `/v1/sign-in/…`, `/v1/invitations/…` | nothing; tries are counted |
//! | `/v1/prove/…`, `/v1/sign-out` | a session |
//! | `/v1/me…`, `/v1/access…` | a complete sign-in |
//! | `/v1/tenants/{id}/…`, `/v1/sources/{id}…` | a role that allows it |
//! | `/v1/tenants` | one of staff who runs the installation |

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use guard::Peer;

use crate::app::App;
use crate::caller::Caller;
use crate::handlers::{
    access, audit, export, frames, keys, me, open, pages, people, roles, search, setup, sign_in, sql, sso, tail, tenants,
};

pub(crate) fn router(app: &Arc<App>) -> Router {
    pages_and_public()
        .merge(logs())
        .merge(signing_in())
        .merge(account())
        .merge(tenant())
        .merge(roles_and_people())
        .merge(staff())
        .merge(trail())
        .with_state(Arc::clone(app))
        .fallback(open::nothing_here)
        .method_not_allowed_fallback(open::wrong_method)
        // Handlers read bodies themselves, within `body`'s limits.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(app), every_answer))
}

/// Pages, and what needs nothing.
fn pages_and_public() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(open::root))
        .route("/healthz", get(open::healthz))
        .route("/setup", get(pages::setup))
        .route("/sign-in", get(pages::sign_in))
        .route("/join", get(pages::join))
        .route("/me", get(pages::me))
        .route("/pages/{file}", get(pages::file))
        .route("/v1/setup", post(setup::setup))
}

/// Logs in, and questions about them.
fn logs() -> Router<Arc<App>> {
    Router::new()
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
}

/// Signing in and out, and joining a tenant.
fn signing_in() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/sign-in/passphrase", post(sign_in::passphrase))
        .route("/v1/sign-in/passkey/start", post(sign_in::passkey_start))
        .route("/v1/sign-in/passkey/finish", post(sign_in::passkey_finish))
        .route("/v1/prove/code", post(sign_in::code))
        .route("/v1/prove/passphrase", post(sign_in::prove_passphrase))
        .route("/v1/prove/passkey/start", post(sign_in::prove_passkey_start))
        .route("/v1/prove/passkey/finish", post(sign_in::prove_passkey_finish))
        .route("/v1/sign-out", post(sign_in::sign_out))
        .route("/v1/invitations/look", post(people::look))
        .route("/v1/invitations/accept", post(people::accept))
        .route("/v1/sign-in/sso/callback", get(sso::callback))
        .route("/v1/sign-in/sso/{provider}", get(sso::begin))
        .route("/v1/sign-in/sso/{provider}/logout", post(sso::logout))
}

/// The own account.
fn account() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/me", get(me::me))
        .route("/v1/me", patch(me::rename))
        .route("/v1/me/notices", get(me::notices))
        .route("/v1/me/sessions", get(me::sessions))
        .route("/v1/me/sessions/{session}", delete(me::end_session))
        .route("/v1/me/sessions/end-others", post(me::end_other_sessions))
        .route("/v1/me/tenant", post(me::enter_tenant))
        .route("/v1/me/passphrase", put(me::set_passphrase))
        .route("/v1/me/passphrase", delete(me::remove_passphrase))
        .route("/v1/me/totp/start", post(me::offer_totp))
        .route("/v1/me/totp/finish", post(me::confirm_totp))
        .route("/v1/me/totp", delete(me::remove_totp))
        .route("/v1/me/recovery-codes", post(me::make_recovery_codes))
        .route("/v1/me/passkeys", get(me::passkeys))
        .route("/v1/me/passkeys/start", post(me::start_passkey))
        .route("/v1/me/passkeys/finish", post(me::finish_passkey))
        .route("/v1/me/passkeys/{passkey}", patch(me::rename_passkey))
        .route("/v1/me/passkeys/{passkey}", delete(me::remove_passkey))
}

/// Tenants, sources, keys and how people sign in.
fn tenant() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/sources/{source}", get(tenants::source))
        .route("/v1/sources/{source}", patch(tenants::configure_source))
        .route("/v1/sources/{source}/keys", get(keys::keys))
        .route("/v1/sources/{source}/keys", post(keys::create))
        .route("/v1/sources/{source}/keys/{key}/rotate", post(keys::rotate))
        .route("/v1/sources/{source}/keys/{key}", delete(keys::revoke))
        .route("/v1/tenants", get(tenants::tenants))
        .route("/v1/tenants", post(tenants::create_tenant))
        .route("/v1/tenants/{tenant}", get(tenants::tenant))
        .route("/v1/tenants/{tenant}/sources", get(tenants::sources))
        .route("/v1/tenants/{tenant}/sources", post(tenants::create_source))
        .route("/v1/tenants/{tenant}/sign-in", put(tenants::set_sign_in_rules))
        .route("/v1/tenants/{tenant}/staff-access", put(tenants::set_staff_access))
        .route("/v1/tenants/{tenant}/providers", get(sso::providers))
        .route("/v1/tenants/{tenant}/providers", post(sso::add))
        .route("/v1/tenants/{tenant}/providers/{provider}", put(sso::change))
        .route("/v1/tenants/{tenant}/providers/{provider}", delete(sso::remove))
}

/// People, roles and service accounts.
fn roles_and_people() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/tenants/{tenant}/people", get(people::people))
        .route("/v1/tenants/{tenant}/people/{user}", get(people::person))
        .route("/v1/tenants/{tenant}/people/{user}", put(people::set_roles))
        .route("/v1/tenants/{tenant}/people/{user}", delete(people::remove))
        .route("/v1/tenants/{tenant}/people/{user}/abilities", get(people::abilities))
        .route("/v1/tenants/{tenant}/invitations", get(people::invitations))
        .route("/v1/tenants/{tenant}/invitations", post(people::invite))
        .route("/v1/tenants/{tenant}/invitations/{invitation}/resend", post(people::resend))
        .route("/v1/tenants/{tenant}/invitations/{invitation}", delete(people::revoke_invitation))
        .route("/v1/tenants/{tenant}/permissions", get(roles::permissions))
        .route("/v1/tenants/{tenant}/roles", get(roles::roles))
        .route("/v1/tenants/{tenant}/roles", post(roles::create))
        .route("/v1/tenants/{tenant}/roles/preview", post(roles::preview))
        .route("/v1/tenants/{tenant}/roles/{role}", put(roles::change))
        .route("/v1/tenants/{tenant}/roles/{role}", delete(roles::delete))
        .route("/v1/tenants/{tenant}/service-accounts", get(roles::services))
        .route("/v1/tenants/{tenant}/service-accounts", post(roles::create_service))
        .route("/v1/tenants/{tenant}/service-accounts/{service}", put(roles::set_service_roles))
        .route("/v1/tenants/{tenant}/service-accounts/{service}", delete(roles::delete_service))
        .route("/v1/tenants/{tenant}/service-accounts/{service}/keys", get(roles::service_keys))
        .route("/v1/tenants/{tenant}/service-accounts/{service}/keys", post(roles::create_service_key))
        .route("/v1/tenants/{tenant}/service-accounts/{service}/keys/{key}", delete(roles::revoke_service_key))
}

/// Access of staff, from both sides.
fn staff() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/tenants/{tenant}/access", get(access::requests))
        .route("/v1/tenants/{tenant}/access/{request}/approve/start", post(access::start_approval))
        .route("/v1/tenants/{tenant}/access/{request}/approve/finish", post(access::approve))
        .route("/v1/tenants/{tenant}/access/{request}/deny", post(access::deny))
        .route("/v1/tenants/{tenant}/access/{request}/end", post(access::end))
        .route("/v1/tenants/{tenant}/access/{request}/review", post(access::review))
        .route("/v1/access", get(access::own))
        .route("/v1/access", post(access::ask))
        .route("/v1/access/{request}/start", post(access::start))
        .route("/v1/access/{request}/begin", post(access::begin))
        .route("/v1/access/{request}/end", post(access::leave))
        .route("/v1/access/{request}/emergency/start", post(access::start_emergency))
        .route("/v1/access/{request}/emergency/finish", post(access::open_emergency))
}

/// The audit trail.
fn trail() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/tenants/{tenant}/audit", get(audit::entries))
        .route("/v1/tenants/{tenant}/audit/download", get(audit::download))
        .route("/v1/tenants/{tenant}/audit/proof", get(audit::proof))
        .route("/v1/tenants/{tenant}/audit/log/{*path}", get(audit::file))
        .route("/v1/audit", get(audit::installation_entries))
        .route("/v1/audit/download", get(audit::installation_download))
        .route("/v1/audit/proof", get(audit::installation_proof))
        .route("/v1/audit/log/{*path}", get(audit::installation_file))
        .route("/log/{*path}", get(audit::public_file))
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

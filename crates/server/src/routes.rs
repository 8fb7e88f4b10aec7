//! The table of contents: every route, what it needs, who handles it.
//!
//! | route | needs |
//! |---|---|
//! | `GET /security…` | nothing: what is said in public |
//! | `GET /`, `GET /healthz`, `GET /ca.crt`, `GET /v1/openapi.json`, `/app/…`, `GET /sign-in`, `/join`, `/me`, `/overview`, `/claims`, `/template`, `/pages/…` | nothing |
//! | `GET /setup`, `POST /v1/setup` | the setup token; gone once a tenant exists |
//! | `POST /sources/{id}/frames`, `POST /frames`, `POST /v1/logs`, gRPC `LogsService/Export` | a write key of the source |
//! | `POST /`, `/upload`, `/_bulk` with what clients ask before it, `/loki/api/v1/push`, `/services/collector…`, `/api/v2/logs` | the same |
//! | `/loki/api/v1/…` but the push; `/_search`, `/_msearch`, `/_count`, `/_mapping`, `/_field_caps`, there and below an index | a read key, which names the source |
//! | `/timber/organizations…`, `/timber/applications…`, `/timber/log_lines/search`, `/timber/sql_queries…` | a read key, or a role that reads |
//! | `/timber/saved_views…`, `/timber/log_filters…` | a role that allows it; the credential names the tenant |
//! | `GET /ready`, `GET /services/collector/health` | nothing |
//! | `GET /v1/sources/{id}/…`, `POST /v1/sources/{id}/sql` | a read key of the source, or a role that allows it |
//! | `/v1/sign-in/…`, `/v1/invitations/…` | nothing; tries are counted |
//! | `/v1/prove/…`, `/v1/sign-out` | a session |
//! | `/v1/me…`, `/v1/access…`, `/v1/claims/library` | a complete sign-in |
//! | `/v1/tenants/{id}/…`, `/v1/sources/{id}…`, `/v1/jobs/{id}…` | a role that allows it |
//! | `/v1/root-key/kit` | the session of the first setup |
//! | `/v1/tenants`, `/v1/system`, `/v1/root-key`, `/v1/claims/…` | one of staff who runs the installation |

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use guard::Peer;

use crate::api::{Schemas, Shape};
use crate::app::App;
use crate::caller::Caller;
use crate::handlers::{
    access, audit, console, contact, data_keys, me, open, origin, overview, own_page, pages, people, quota, roles, root_key,
    search, series, setup, sign_in, sql, sso, streams, system, tail, tenants,
};
use crate::headers;
use crate::unread::Unread;

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    SetupToken,
    /// A write key of the source.
    WriteKey,
    /// A read key, which names the source.
    ReadKey,
    /// A key of a source, of either kind.
    SourceKey,
    /// A read key of the source, or a role that reads it.
    ReadLogs,
    /// A session, however far its sign-in came.
    Session,
    /// A complete sign-in.
    SignIn,
    /// A role that allows it.
    Role,
    /// One of staff who runs the installation.
    Staff,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    /// One that is well formed, so that a refusal is for nothing but the credential.
    pub(crate) body: &'static str,
    /// Who handles it, by name.
    pub(crate) handler: &'static str,
    /// What the handler's signature says.
    pub(crate) shape: fn(&mut Schemas) -> Shape,
}

/// Makes the router of a group and its rows from one list, so that no route is without what it needs.
macro_rules! routes {
    ($(#[$doc:meta])* fn $group:ident, $rows:ident; $($method:ident $path:literal => $handler:path, $needs:ident $(, $body:literal)?;)*) => {
        $(#[$doc])*
        fn $group() -> Router<Arc<App>> {
            Router::new()$(.route($path, $method($handler)))*
        }
        const $rows: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            needs: Needs::$needs,
            body: concat!("" $(, $body)?),
            handler: stringify!($handler),
            shape: |schemas| crate::api::of(&$handler, schemas),
        },)*];
    };
}

// Behind the macro, which they use.
mod jobs;
mod readers;
mod receivers;
mod signed;
mod sources;
mod watched;

/// Every route there is.
pub(crate) fn table() -> impl Iterator<Item = &'static Route> {
    [PAGES_AND_PUBLIC, LOGS, SIGNING_IN, ACCOUNT, TENANT, ROLES_AND_PEOPLE, STAFF, TRAIL, OVERVIEW, OWN_PAGES]
        .into_iter()
        .chain(receivers::TABLES)
        .chain(readers::TABLES)
        .chain(signed::TABLES)
        .chain(sources::TABLES)
        .chain(watched::TABLES)
        .chain(jobs::TABLES)
        .flatten()
}

/// Whether a path of ours, and not of another product's with names of its own there, begins with this word.
pub(crate) fn begin_with(word: &str) -> bool {
    !word.starts_with('{') && table().any(|route| route.path.split('/').nth(1) == Some(word))
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    pages_and_public()
        .merge(logs())
        .merge(receivers::router())
        .merge(readers::router())
        .merge(signing_in())
        .merge(account())
        .merge(sources::router())
        .merge(tenant())
        .merge(roles_and_people())
        .merge(staff())
        .merge(trail())
        .merge(overview_pages())
        .merge(own_pages())
        .merge(signed::router())
        .merge(watched::router())
        .merge(jobs::router())
        .with_state(Arc::clone(app))
        .fallback(open::nothing_here)
        .method_not_allowed_fallback(open::wrong_method)
        // Handlers read bodies themselves, within `body`'s limits.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(app), every_answer))
}

routes! {
    /// Pages, and what needs nothing.
    fn pages_and_public, PAGES_AND_PUBLIC;
    get "/" => open::root, Nothing;
    get "/healthz" => open::healthz, Nothing;
    get "/ca.crt" => open::authority, Nothing;
    get "/setup" => pages::setup, Nothing;
    get "/sign-in" => pages::sign_in, Nothing;
    get "/join" => pages::join, Nothing;
    get "/me" => pages::me, Nothing;
    get "/overview" => pages::overview, Nothing;
    get "/claims" => pages::claims, Nothing;
    get "/template" => pages::template, Nothing;
    get "/pages/{file}" => pages::file, Nothing;
    get "/v1/openapi.json" => open::openapi, Nothing;
    get "/app" => console::bare, Nothing;
    get "/app/" => console::index, Nothing;
    get "/app/{*path}" => console::file, Nothing;
    post "/v1/setup" => setup::setup, SetupToken;
}

routes! {
    /// Questions about logs.
    fn logs, LOGS;
    get "/v1/sources/{source}/search" => search::search, ReadLogs;
    get "/v1/sources/{source}/histogram" => search::histogram, ReadLogs;
    get "/v1/sources/{source}/series" => series::series, ReadLogs;
    get "/v1/sources/{source}/fields" => search::fields, ReadLogs;
    get "/v1/sources/{source}/fields/{name}" => search::field_values, ReadLogs;
    get "/v1/sources/{source}/context" => search::context, ReadLogs;
    get "/v1/sources/{source}/origin" => origin::origin, ReadLogs;
    post "/v1/sources/{source}/sql" => sql::sql, ReadLogs, r#"{"sql":"select 1"}"#;
    get "/v1/sources/{source}/tail" => tail::tail, ReadLogs;
}

routes! {
    /// Signing in and out, and joining a tenant.
    fn signing_in, SIGNING_IN;
    post "/v1/sign-in/passphrase" => sign_in::passphrase, Nothing;
    post "/v1/sign-in/passkey/start" => sign_in::passkey_start, Nothing;
    post "/v1/sign-in/passkey/finish" => sign_in::passkey_finish, Nothing;
    post "/v1/prove/code" => sign_in::code, Session, r#"{"code":"000000"}"#;
    post "/v1/prove/passphrase" => sign_in::prove_passphrase, Session, r#"{"passphrase":"x"}"#;
    post "/v1/prove/passkey/start" => sign_in::prove_passkey_start, Session;
    post "/v1/prove/passkey/finish" => sign_in::prove_passkey_finish, Session, r#"{"ceremony":"x","answer":{}}"#;
    post "/v1/sign-out" => sign_in::sign_out, Session;
    post "/v1/invitations/look" => people::look, Nothing;
    post "/v1/invitations/accept" => people::accept, Nothing;
    get "/v1/sign-in/sso/callback" => sso::callback, Nothing;
    get "/v1/sign-in/sso/{provider}" => sso::begin, Nothing;
    post "/v1/sign-in/sso/{provider}/logout" => sso::logout, Nothing;
}

routes! {
    /// The own account.
    fn account, ACCOUNT;
    get "/v1/me" => me::me, SignIn;
    get "/v1/me/abilities" => me::abilities, SignIn;
    patch "/v1/me" => me::rename, SignIn, r#"{"name":"Ada"}"#;
    get "/v1/me/notices" => me::notices, SignIn;
    get "/v1/me/sessions" => me::sessions, SignIn;
    delete "/v1/me/sessions/{session}" => me::end_session, SignIn;
    post "/v1/me/sessions/end-others" => me::end_other_sessions, SignIn;
    post "/v1/me/tenant" => me::enter_tenant, SignIn, r#"{"tenant":"0000000000000000"}"#;
    put "/v1/me/passphrase" => me::set_passphrase, SignIn, r#"{"passphrase":"seven wet otters juggle turnips"}"#;
    delete "/v1/me/passphrase" => me::remove_passphrase, SignIn;
    post "/v1/me/totp/start" => me::offer_totp, SignIn;
    post "/v1/me/totp/finish" => me::confirm_totp, SignIn, r#"{"code":"000000"}"#;
    delete "/v1/me/totp" => me::remove_totp, SignIn;
    post "/v1/me/recovery-codes" => me::make_recovery_codes, SignIn;
    get "/v1/me/passkeys" => me::passkeys, SignIn;
    post "/v1/me/passkeys/start" => me::start_passkey, SignIn;
    post "/v1/me/passkeys/finish" => me::finish_passkey, SignIn, r#"{"ceremony":"x","answer":{},"name":"x"}"#;
    patch "/v1/me/passkeys/{passkey}" => me::rename_passkey, SignIn, r#"{"name":"x"}"#;
    delete "/v1/me/passkeys/{passkey}" => me::remove_passkey, SignIn;
}

routes! {
    /// Tenants, their sources and how people sign in.
    fn tenant, TENANT;
    get "/v1/tenants" => tenants::tenants, Staff;
    post "/v1/tenants" => tenants::create_tenant, Staff, r#"{"name":"Initech"}"#;
    get "/v1/tenants/{tenant}" => tenants::tenant, Role;
    get "/v1/tenants/{tenant}/sources" => tenants::sources, Role;
    get "/v1/tenants/{tenant}/quota" => quota::of_tenant, Role;
    put "/v1/tenants/{tenant}/quota" => quota::set_of_tenant, Role, "{}";
    get "/v1/tenants/{tenant}/data-keys" => data_keys::data_keys, Role;
    get "/v1/system" => system::system, Staff;
    get "/v1/root-key" => root_key::state, Staff;
    post "/v1/root-key/proof" => root_key::prove, Staff, r#"{"words":"x"}"#;
    get "/v1/root-key/kit" => root_key::offer, SignIn;
    post "/v1/root-key/kit" => root_key::take, SignIn;
    post "/v1/tenants/{tenant}/sources" => tenants::create_source, Role, r#"{"name":"second"}"#;
    put "/v1/tenants/{tenant}/sign-in" => tenants::set_sign_in_rules, Role, r#"{"second_factor":"recommended"}"#;
    put "/v1/tenants/{tenant}/staff-access" => tenants::set_staff_access, Role, r#"{"level":"never"}"#;
    get "/v1/tenants/{tenant}/providers" => sso::providers, Role;
    post "/v1/tenants/{tenant}/providers" => sso::add, Role, r#"{"name":"x","issuer":"https://localhost:1","client_id":"x"}"#;
    put "/v1/tenants/{tenant}/providers/{provider}" => sso::change, Role, r#"{"name":"x","issuer":"https://localhost:1","client_id":"x"}"#;
    post "/v1/tenants/{tenant}/providers/{provider}/test" => sso::test, Role;
    delete "/v1/tenants/{tenant}/providers/{provider}" => sso::remove, Role;
}

routes! {
    /// People, roles and service accounts.
    fn roles_and_people, ROLES_AND_PEOPLE;
    get "/v1/tenants/{tenant}/people" => people::people, Role;
    get "/v1/tenants/{tenant}/people/{user}" => people::person, Role;
    put "/v1/tenants/{tenant}/people/{user}" => people::set_roles, Role, r#"{"roles":[{"role":"member"}]}"#;
    delete "/v1/tenants/{tenant}/people/{user}" => people::remove, Role;
    get "/v1/tenants/{tenant}/people/{user}/abilities" => people::abilities, Role;
    get "/v1/tenants/{tenant}/people/{user}/sessions" => people::sessions, Role;
    delete "/v1/tenants/{tenant}/people/{user}/sessions/{session}" => people::end_session, Role;
    get "/v1/tenants/{tenant}/invitations" => people::invitations, Role;
    post "/v1/tenants/{tenant}/invitations" => people::invite, Role, r#"{"email":"new@example.com","roles":[{"role":"member"}]}"#;
    post "/v1/tenants/{tenant}/invitations/{invitation}/resend" => people::resend, Role;
    delete "/v1/tenants/{tenant}/invitations/{invitation}" => people::revoke_invitation, Role;
    get "/v1/tenants/{tenant}/permissions" => roles::permissions, Role;
    get "/v1/tenants/{tenant}/roles" => roles::roles, Role;
    post "/v1/tenants/{tenant}/roles" => roles::create, Role, r#"{"name":"x","permissions":["logs:read"]}"#;
    post "/v1/tenants/{tenant}/roles/preview" => roles::preview, Role, r#"{"roles":[{"role":"member"}]}"#;
    put "/v1/tenants/{tenant}/roles/{role}" => roles::change, Role, r#"{"name":"x","permissions":["logs:read"]}"#;
    delete "/v1/tenants/{tenant}/roles/{role}" => roles::delete, Role;
    get "/v1/tenants/{tenant}/service-accounts" => roles::services, Role;
    post "/v1/tenants/{tenant}/service-accounts" => roles::create_service, Role, r#"{"name":"x","roles":[{"role":"member"}]}"#;
    put "/v1/tenants/{tenant}/service-accounts/{service}" => roles::set_service_roles, Role, r#"{"roles":[{"role":"member"}]}"#;
    delete "/v1/tenants/{tenant}/service-accounts/{service}" => roles::delete_service, Role;
    get "/v1/tenants/{tenant}/service-accounts/{service}/keys" => roles::service_keys, Role;
    post "/v1/tenants/{tenant}/service-accounts/{service}/keys" => roles::create_service_key, Role;
    delete "/v1/tenants/{tenant}/service-accounts/{service}/keys/{key}" => roles::revoke_service_key, Role;
}

routes! {
    /// Access of staff, from both sides.
    fn staff, STAFF;
    get "/v1/tenants/{tenant}/access" => access::requests, Role;
    post "/v1/tenants/{tenant}/access/{request}/approve/start" => access::start_approval, Role;
    post "/v1/tenants/{tenant}/access/{request}/approve/finish" => access::approve, Role, r#"{"answer":{}}"#;
    post "/v1/tenants/{tenant}/access/{request}/deny" => access::deny, Role;
    post "/v1/tenants/{tenant}/access/{request}/end" => access::end, Role;
    post "/v1/tenants/{tenant}/access/{request}/review" => access::review, Role;
    get "/v1/access" => access::own, SignIn;
    post "/v1/access" => access::ask, SignIn, r#"{"tenant":"0000000000000000","source":"0000000000000000","reason":"incident","explanation":"x","ticket":"x","minutes":1}"#;
    post "/v1/access/{request}/start" => access::start, SignIn;
    post "/v1/access/{request}/begin" => access::begin, SignIn, r#"{"answer":{}}"#;
    post "/v1/access/{request}/end" => access::leave, SignIn;
    post "/v1/access/{request}/emergency/start" => access::start_emergency, SignIn;
    post "/v1/access/{request}/emergency/finish" => access::open_emergency, SignIn, r#"{"answer":{}}"#;
}

routes! {
    /// The audit trail.
    fn trail, TRAIL;
    get "/v1/tenants/{tenant}/audit" => audit::entries, Role;
    get "/v1/tenants/{tenant}/audit/download" => audit::download, Role;
    get "/v1/tenants/{tenant}/audit/proof" => audit::proof, Role;
    get "/v1/tenants/{tenant}/audit/log/{*path}" => audit::file, Role;
    put "/v1/tenants/{tenant}/audit/retention" => streams::set_retention, Role, r#"{"days":400}"#;
    get "/v1/tenants/{tenant}/audit/streams" => streams::streams, Role;
    post "/v1/tenants/{tenant}/audit/streams" => streams::add, Role, r#"{"url":"https://localhost:1/"}"#;
    delete "/v1/tenants/{tenant}/audit/streams/{stream}" => streams::remove, Role;
    get "/v1/audit" => audit::installation_entries, Staff;
    get "/v1/audit/download" => audit::installation_download, Staff;
    get "/v1/audit/proof" => audit::installation_proof, Staff;
    get "/v1/audit/log/{*path}" => audit::installation_file, Staff;
    get "/v1/audit/retention" => streams::installation_retention, Staff;
    put "/v1/audit/retention" => streams::set_installation_retention, Staff, r#"{"days":400}"#;
    get "/log/{*path}" => audit::public_file, Nothing;
}

routes! {
    /// What is said in public, and what stands behind it.
    fn overview_pages, OVERVIEW;
    get "/security" => overview::page, Nothing;
    get "/security.json" => overview::signed, Nothing;
    get "/security/page.css" => overview::style, Nothing;
    get "/security/badge.svg" => overview::badge, Nothing;
    get "/security/feed.atom" => overview::feed, Nothing;
    get "/security/claims/{claim}" => overview::claim, Nothing;
    get "/security/evidence/{digest}" => overview::evidence, Nothing;
    get "/security/oscal/{file}" => overview::oscal, Nothing;
    get "/.well-known/security.txt" => contact::file, Nothing;
    get "/.well-known/security.asc" => contact::key, Nothing;
    get "/security/contact" => contact::page, Nothing;
    post "/v1/security-contact/acknowledge" => contact::acknowledge, Nothing;
}

routes! {
    /// Tenants' pages about their own products, for everybody and for whoever looks after them.
    fn own_pages, OWN_PAGES;
    get "/security/t/{page}" => overview::own, Nothing;
    get "/security/t/{page}/page.css" => overview::style, Nothing;
    get "/security/t/{page}/badge.svg" => overview::badge, Nothing;
    get "/security/t/{page}/feed.atom" => overview::feed, Nothing;
    get "/security/t/{page}/claims/{claim}" => overview::claim, Nothing;
    get "/security/t/{page}/evidence/{digest}" => overview::evidence, Nothing;
    get "/security/t/{page}/oscal/{file}" => overview::oscal, Nothing;
    get "/v1/claims/library" => own_page::library, SignIn;
    get "/v1/tenants/{tenant}/overview" => own_page::page, Role;
    post "/v1/tenants/{tenant}/overview" => own_page::found, Role, r#"{"slug":"acme","publisher":"Acme"}"#;
    put "/v1/tenants/{tenant}/overview/claims/{claim}" => own_page::write, Role, r#"{"id":"OWN-X","title":"x","sentence":"X.","group":"page","class":"organisational","limits":"x","bound":{"kind":"attested","maxDays":1}}"#;
    delete "/v1/tenants/{tenant}/overview/claims/{claim}" => own_page::discard, Role;
    post "/v1/tenants/{tenant}/overview/claims/{claim}/try" => own_page::try_once, Role;
    post "/v1/tenants/{tenant}/overview/claims/{claim}/publish" => own_page::publish, Role;
    post "/v1/tenants/{tenant}/overview/claims/{claim}/unpublish" => own_page::unpublish, Role;
    get "/v1/tenants/{tenant}/overview/hosts" => own_page::hosts, Role;
    post "/v1/tenants/{tenant}/overview/hosts" => own_page::challenge, Role, r#"{"host":"app.acme.com"}"#;
    post "/v1/tenants/{tenant}/overview/hosts/{host}/show" => own_page::show, Role;
    delete "/v1/tenants/{tenant}/overview/hosts/{host}" => own_page::forget_host, Role;
}

/// Names each request, and sends the headers that every answer has.
async fn every_answer(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let id = app.request_id();
    let caller = Caller::new(request.extensions().get::<Peer>(), &id);
    request.extensions_mut().insert(caller);
    let unread = Unread::of(&mut request);
    let span = tracing::info_span!("request", request.id = %id, method = %request.method());
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    unread.drain().await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers::restrict(headers, app.hsts);
    response
}

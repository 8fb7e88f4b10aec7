//! Who asks: the credential of a request, from its `Authorization` header or from the browser's cookie.
//!
//! Always holds: a cookie counts only for what a page of this server sent (`Sec-Fetch-Site`, or `Origin`), so no other
//! site's page acts as whoever is signed in; the cookie is `__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`.
//! Receivers of logs take no cookie.

use std::sync::Arc;

use audit::{Actor, Deed};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use identity::{Action, Client, Credential, Identity, Permit, PlainKey, Refused, SignedIn, SignedInNow, Write};
use model::{Id, IdKind, Scope, SourceId, TenantId, limits};

use super::credential;
use crate::api::TakesCookie;
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;

pub(crate) const SESSION_COOKIE: &str = "__Host-blockhouse";
const DEVICE_COOKIE: &str = "__Host-blockhouse-device";
const DAY_SECONDS: i64 = 24 * 3_600;

/// A request about people, settings or the own account.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) app: Arc<App>,
    pub(crate) headers: HeaderMap,
    path: Vec<(String, String)>,
    caller: Caller,
    query: String,
    cross_site: bool,
}

// === impl Who ===

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::bad_request("path_invalid", "the path is not UTF-8"))?;
        // With or without a cookie: another site's page must not sign somebody in, as whoever it likes, either.
        if said_cross_site(&parts.method, &parts.headers) {
            return Err(refused_cross_site());
        }
        Ok(Self {
            app: Arc::clone(app),
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            caller: parts.extensions.get::<Caller>().cloned().unwrap_or_else(|| Caller::new(None, "")),
            cross_site: is_cross_site(&parts.method, &parts.headers),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
        })
    }
}

impl Who {
    /// What this request does; who it is, its credential shows.
    pub(crate) fn deed(&self) -> Deed {
        self.caller.deed(Actor::Stranger, self.app.clock.now())
    }

    pub(crate) fn credential(&self) -> Result<Option<Credential>, Problem> {
        any_credential(&self.app, &self.headers, self.cross_site)
    }

    /// The session's token, for what only a session can do.
    pub(crate) fn session(&self) -> Result<Credential, Problem> {
        self.credential()?.ok_or_else(|| Refused::NotSignedIn.into())
    }

    pub(crate) fn client(&self) -> Client {
        let agent = self.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Client { agent: agent.to_owned(), device: cookie(&self.headers, DEVICE_COOKIE) }
    }

    /// An id of the path; one that cannot exist is not found, as one that may not be seen.
    pub(crate) fn id<K: IdKind>(&self, name: &str) -> Result<Id<K>, Problem> {
        Id::parse(self.text(name)).map_err(|_| Problem::not_found())
    }

    /// A part of the path as it is.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What stands behind the question mark, as it came.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    pub(crate) fn query_has(&self, name: &str) -> bool {
        self.query.split('&').any(|pair| pair.split('=').next() == Some(name))
    }

    /// The body as it is, of so many bytes at most.
    pub(crate) async fn bytes(&self, body: Body, most: usize) -> Result<Bytes, Problem> {
        let mut share = self.app.bodies.share();
        body::read_up_to(body, &self.headers, most, &mut share).await
    }

    /// Runs what blocks on the disk, on a thread that may.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self, &Identity) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let worker = move || work(&self, &self.app.identity);
        tokio::task::spawn_blocking(worker).await.map_err(|error| Problem::internal(&error))?
    }

    /// Runs what hashes a passphrase: on its own thread, when its turn comes.
    pub(crate) async fn run_hashing<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self, &Identity) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = Arc::clone(&self.app);
        app.hashing.run(move || work(&self, &self.app.identity)).await
    }

    /// Whoever is signed in.
    pub(crate) fn signed_in(&self) -> Result<SignedIn, Problem> {
        let credential = self.credential()?;
        Ok(self.app.identity.signed_in(credential.as_ref(), &self.deed())?)
    }

    /// A permit for the tenant of the path.
    pub(crate) fn tenant_permit<A: Action<Object = TenantId>>(&self) -> Result<Permit<A>, Problem> {
        let credential = self.credential()?;
        let tenant = if credential.is_some() { self.id("tenant")? } else { TenantId::NONE };
        Ok(self.app.identity.authorize_tenant(credential.as_ref(), tenant, &self.deed())?)
    }

    /// A permit for the source of the path.
    pub(crate) fn source_permit<A: Action<Object = Scope>>(&self) -> Result<Permit<A>, Problem> {
        let credential = self.credential()?;
        let source = if credential.is_some() { Some(self.id::<_>("source").map(|id: SourceId| id)?) } else { None };
        Ok(self.app.identity.authorize_source(credential.as_ref(), source, &self.deed())?)
    }

    /// A permit for the source of the path, to add records by a job.
    pub(crate) fn import_permit(&self) -> Result<Permit<Write>, Problem> {
        let credential = self.credential()?;
        let source = if credential.is_some() { Some(self.id("source")?) } else { None };
        Ok(self.app.identity.authorize_import(credential.as_ref(), source, &self.deed())?)
    }

    /// What a job of the path's is asked for with: the credential, and its source. One that is not there, or not for
    /// whoever asks, is not found.
    fn of_job(&self) -> Result<(Option<Credential>, Option<SourceId>), Problem> {
        let Some(credential) = self.credential()? else { return Ok((None, None)) };
        let scope = self.app.identity.scope_of_job(self.id("job")?)?;
        Ok((Some(credential), Some(scope.map_or(SourceId::NONE, |scope| scope.source))))
    }

    /// A permit for the source of the path's job.
    pub(crate) fn job_permit<A: Action<Object = Scope>>(&self) -> Result<Permit<A>, Problem> {
        let (credential, source) = self.of_job()?;
        self.app.identity.authorize_source(credential.as_ref(), source, &self.deed()).map_err(not_found_elsewhere)
    }

    /// The same, to change what the job does there.
    pub(crate) fn work_permit(&self) -> Result<Permit<Write>, Problem> {
        let (credential, source) = self.of_job()?;
        self.app.identity.authorize_import(credential.as_ref(), source, &self.deed()).map_err(not_found_elsewhere)
    }

    pub(crate) fn installation_permit<A: Action<Object = ()>>(&self) -> Result<Permit<A>, Problem> {
        Ok(self.app.identity.authorize_installation(self.credential()?.as_ref(), &self.deed())?)
    }
}

fn not_found_elsewhere(refused: Refused) -> Problem {
    match refused {
        Refused::WrongSource => Problem::not_found(),
        refused => refused.into(),
    }
}

/// The `Authorization` header, or else the cookie of a page of ours.
pub(crate) fn any_credential(app: &App, headers: &HeaderMap, cross_site: bool) -> Result<Option<Credential>, Problem> {
    if headers.contains_key(header::AUTHORIZATION) {
        return credential(app, headers);
    }
    let Some(token) = cookie(headers, SESSION_COOKIE) else { return Ok(None) };
    if cross_site {
        return Err(refused_cross_site());
    }
    Ok(Some(Credential::from_key(&token)?))
}

/// Whether a page of another origin may have sent this. Only what changes something is asked for its origin: reading
/// answers across origins is not possible.
pub(crate) fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return false;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some() {
        return said_cross_site(method, headers);
    }
    // An old browser sends the origin; a client that sends neither must not use the cookie.
    let host = text("host").unwrap_or_default();
    text("origin").is_none_or(|origin| origin.strip_prefix("https://") != Some(host))
}

/// Whether the browser says that another origin's page sent this.
fn said_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    !method.is_safe() && site.is_some_and(|site| site != "same-origin")
}

pub(super) fn refused_cross_site() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "cross_site", "this came from another site's page")
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(known, _)| *known == name);
    found.next().map(|(_, value)| value.to_owned())
}

/// A session's token for the browser, which keeps it until it is closed; the server ends it sooner.
pub(crate) fn with_session<A: TakesCookie>(token: &PlainKey, mut answer: A) -> A {
    let cookie = format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", token.reveal());
    append(&mut answer, &cookie);
    answer
}

/// The cookies of a complete sign-in.
pub(crate) fn with_sign_in<A: TakesCookie>(done: &SignedInNow, answer: A) -> A {
    let mut answer = with_session(&done.session.token, answer);
    let age = limits::KNOWN_DEVICE_DAYS * DAY_SECONDS;
    let device = done.device.reveal();
    append(&mut answer, &format!("{DEVICE_COOKIE}={device}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict"));
    answer
}

pub(crate) fn without_session<A: TakesCookie>(mut answer: A) -> A {
    append(&mut answer, &format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"));
    answer
}

fn append(answer: &mut impl TakesCookie, cookie: &str) {
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        answer.take_cookie(value);
    }
}

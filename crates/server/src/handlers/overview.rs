//! The security page, for everybody: the installation's, and below `/security/t/{page}` that of each tenant that has one.
//!
//! | route | answers |
//! |---|---|
//! | `GET /security` | the page; without a browser, where to find the rest |
//! | `GET /security.json` | the same, signed (DSSE, in-toto) |
//! | `GET /security/page.css`, `/security/badge.svg`, `/security/feed.atom` | what the page loads and links |
//! | `GET /security/claims/{claim}` | one claim with its history |
//! | `GET /security/evidence/{digest}` | one signed statement |
//! | `GET /security/oscal/{file}` | OSCAL component definition and assessment results |
//! | `GET /security/t/{page}`, `/security/t/{page}.json`, `/security/t/{page}/…` | the same of a tenant's page |
//!
//! Always holds: nothing here reads a tenant's data or asks who calls; a page is made at most twice a minute and when a
//! state changed, however many ask; of tenants' pages at most `TENANT_PAGES_RENDERED_MAX` are kept as they were made. A page
//! that nobody has and one on which nothing is said are the same answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use claims::State as ClaimState;
use claims::document::Published;
use claims::statement::Envelope;
use model::Timestamp;
use model::limits::TENANT_PAGES_RENDERED_MAX;
use parking_lot::Mutex;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;
use trust::{Board, Page};

use super::cached::Cached;
use crate::api::{JsonOf, Media, Typed};
use crate::app::App;
use crate::figures::Drawing;
use crate::problem::Problem;

const HTML: &str = "text/html; charset=utf-8";
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// As long as the board keeps a page.
const CACHED: &str = "public, max-age=30";
/// A statement never changes.
const CACHED_FOR_GOOD: &str = "public, max-age=31536000, immutable";
const HISTORY: usize = 200;

/// How a signed page's address ends.
const SIGNED: &str = ".json";

/// Pages as they were last made, in their forms.
#[derive(Default)]
pub(crate) struct Rendered(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    made: BTreeMap<Which, Made>,
    /// How often pages were asked for.
    asked: u64,
}

/// Whose page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    Installation,
    /// By its name, which may be nobody's.
    Tenant(String),
}

#[derive(Clone)]
struct Made {
    page: Arc<Page>,
    forms: Forms,
    /// When it was asked for last, as a number of `Kept::asked`.
    asked: u64,
}

#[derive(Clone)]
struct Forms {
    html: Cached,
    json: Cached,
}

/// A request for something of a page.
pub(crate) struct Asked {
    app: Arc<App>,
    which: Which,
    /// The claim, the digest or the file, where there is one.
    what: String,
}

/// A page, and what stands behind it.
struct Shown {
    board: Arc<Board>,
    page: Arc<Page>,
    forms: Forms,
    what: String,
}

/// A page's address gives HTML, and the same signed where it ends in `.json`.
pub(crate) enum PageOrSigned {}

/// A signed statement.
pub(crate) enum Statement {}

// === impl PageOrSigned ===

impl Media for PageOrSigned {
    const KINDS: &'static [&'static str] = &["text/html", "application/json"];
}

// === impl Statement ===

impl Media for Statement {
    const KINDS: &'static [&'static str] = &["application/vnd.in-toto+dsse"];

    fn schema(schemas: &mut SchemaGenerator) -> Schema {
        schemas.subschema_for::<Envelope>()
    }
}

// === impl Asked ===

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let path = path.map_err(|_| Problem::bad_request("path_invalid", "the path is not UTF-8"))?;
        let (mut which, mut what) = (Which::Installation, String::new());
        for (name, value) in &path {
            match name {
                "page" => which = Which::Tenant(value.to_owned()),
                _ => value.clone_into(&mut what),
            }
        }
        Ok(Self { app: Arc::clone(app), which, what })
    }
}

impl Asked {
    async fn shown(self) -> Result<Shown, Problem> {
        let Self { app, which, what } = self;
        blocking(move || {
            let board = which.board(&app)?;
            let page = board.overview().map_err(|error| Problem::internal(&error))?;
            let forms = app.rendered.forms(which, &page, &app.drawing)?;
            Ok(Shown { board, page, forms, what })
        })
        .await
    }
}

// === impl Which ===

impl Which {
    fn board(&self, app: &App) -> Result<Arc<Board>, Problem> {
        match self {
            Self::Installation => Ok(Arc::clone(&app.board)),
            Self::Tenant(name) => app.pages.page(name)?.ok_or_else(Problem::not_found),
        }
    }
}

// === impl Rendered ===

impl Rendered {
    /// A page that the board did not make anew is not rendered anew; the board is asked each time, for it makes one at once
    /// when a state changed.
    fn forms(&self, which: Which, page: &Arc<Page>, drawing: &Drawing) -> Result<Forms, Problem> {
        let mut kept = self.0.lock();
        kept.asked += 1;
        let asked = kept.asked;
        if let Some(made) = kept.made.get_mut(&which)
            && Arc::ptr_eq(&made.page, page)
        {
            made.asked = asked;
            return Ok(made.forms.clone());
        }
        let json = serde_json::to_vec(&page.envelope).map_err(|error| Problem::internal(&error))?;
        let figures = match which {
            Which::Installation => drawing.figures(&page.overview),
            // They are of the installation, which the page of a tenant does not speak for.
            Which::Tenant(_) => page::Figures::default(),
        };
        let forms = Forms { html: Cached::new(page::html(&page.overview, &figures)), json: Cached::new(json) };
        kept.made.insert(which, Made { page: Arc::clone(page), forms: forms.clone(), asked });
        if kept.made.len() > TENANT_PAGES_RENDERED_MAX {
            let of_tenants = kept.made.iter().filter(|(which, _)| **which != Which::Installation);
            let longest_ago = of_tenants.min_by_key(|(_, made)| made.asked).map(|(which, _)| which.clone());
            longest_ago.and_then(|which| kept.made.remove(&which));
        }
        Ok(forms)
    }
}

pub(crate) async fn page(asked: Asked, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(asked.shown().await?.forms.html.answer(&headers, about(HTML, CACHED)))
}

pub(crate) async fn signed(asked: Asked, headers: HeaderMap) -> Result<Typed<JsonOf<Envelope>>, Problem> {
    Ok(Typed::new(asked.shown().await?.forms.json.answer(&headers, about("application/json", CACHED))))
}

/// A tenant's page or, where its address ends so, the same signed.
pub(crate) async fn own(asked: Asked, headers: HeaderMap) -> Result<Typed<PageOrSigned>, Problem> {
    let name = match &asked.which {
        Which::Tenant(name) => name.strip_suffix(SIGNED).map(str::to_owned),
        Which::Installation => None,
    };
    Ok(Typed::new(match name {
        Some(name) => signed(Asked { which: Which::Tenant(name), ..asked }, headers).await?.into_response(),
        None => page(asked, headers).await?,
    }))
}

pub(crate) async fn style() -> Response {
    shown("text/css; charset=utf-8", "public, max-age=3600", Bytes::from_static(page::STYLE.as_bytes()))
}

pub(crate) async fn badge(asked: Asked) -> Result<Response, Problem> {
    Ok(shown("image/svg+xml", CACHED, page::badge(&asked.shown().await?.page.overview).into()))
}

pub(crate) async fn feed(asked: Asked) -> Result<Response, Problem> {
    let Shown { board, page, .. } = asked.shown().await?;
    let feed = blocking(move || {
        let changes = page.overview.claims.iter().map(|claim| changes(&board, claim)).collect::<Result<Vec<_>, Problem>>()?;
        Ok(page::feed(&page.overview, &changes.concat()))
    });
    Ok(shown("application/atom+xml", CACHED, feed.await?.into()))
}

pub(crate) async fn claim(asked: Asked) -> Result<Response, Problem> {
    let Shown { board, page, what, .. } = asked.shown().await?;
    let html = blocking(move || {
        let published = page.overview.claims.iter().find(|published| published.id == what).ok_or_else(Problem::not_found)?;
        page::claim_html(&page.overview, &what, &changes(&board, published)?).ok_or_else(Problem::not_found)
    });
    Ok(shown(HTML, CACHED, html.await?.into()))
}

pub(crate) async fn evidence(asked: Asked) -> Result<Typed<Statement>, Problem> {
    let Asked { app, which, what } = asked;
    let found = blocking(move || which.board(&app)?.evidence(&what).map_err(|error| Problem::internal(&error)));
    let envelope = found.await?.ok_or_else(Problem::not_found)?;
    let json = serde_json::to_vec(&envelope).map_err(|error| Problem::internal(&error))?;
    Ok(Typed::new(shown("application/vnd.in-toto+dsse", CACHED_FOR_GOOD, json.into())))
}

pub(crate) async fn oscal(asked: Asked) -> Result<Typed<JsonOf<Value>>, Problem> {
    let Shown { page, what, .. } = asked.shown().await?;
    let document = match what.as_str() {
        "component-definition.json" => page::oscal_component_definition(&page.overview),
        "assessment-results.json" => page::oscal_assessment_results(&page.overview),
        _ => return Err(Problem::not_found()),
    };
    Ok(Typed::new(shown("application/json", CACHED, document.to_string().into())))
}

/// When its state changed, with the evidence that changed it where there is some: nobody signs that time went by.
fn changes(board: &Board, claim: &Published) -> Result<Vec<page::Change>, Problem> {
    let internal = |error| Problem::internal(&error);
    let signed = board.history(&claim.id, HISTORY).map_err(internal)?;
    let change = |(at, from, to): (Timestamp, ClaimState, ClaimState)| page::Change {
        claim: claim.id.clone(),
        title: claim.title.clone(),
        at,
        from: (from != ClaimState::NotClaimed).then_some(from),
        to,
        statement: signed.iter().find(|past| past.at == at && past.state == to).map(|past| past.digest.clone()),
    };
    Ok(board.changes(&claim.id, HISTORY).map_err(internal)?.into_iter().map(change).collect())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

fn shown(kind: &'static str, cached: &'static str, body: Bytes) -> Response {
    (about(kind, cached), body).into_response()
}

fn about(kind: &'static str, cached: &'static str) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cached)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ]
}

//! The security page, for everybody.
//!
//! | route | answers |
//! |---|---|
//! | `GET /security` | the page; without a browser, where to find the rest |
//! | `GET /security.json` | the same, signed (DSSE, in-toto) |
//! | `GET /security/page.css`, `/security/badge.svg`, `/security/feed.atom` | what the page loads and links |
//! | `GET /security/claims/{claim}` | one claim with its history |
//! | `GET /security/evidence/{digest}` | one signed statement |
//! | `GET /security/oscal/{file}` | OSCAL component definition and assessment results |
//!
//! Always holds: nothing here touches a tenant's data or asks who calls; a page is made at most twice a minute and when a
//! state changed, however many ask.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use claims::State as ClaimState;
use claims::document::Published;
use model::Timestamp;
use parking_lot::Mutex;
use trust::Page;

use super::cached::Cached;
use crate::app::App;
use crate::problem::Problem;

const HTML: &str = "text/html; charset=utf-8";
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// As long as the board keeps a page.
const CACHED: &str = "public, max-age=30";
/// A statement never changes.
const CACHED_FOR_GOOD: &str = "public, max-age=31536000, immutable";
const HISTORY: usize = 200;

/// The page as it was last made, in its forms.
#[derive(Default)]
pub(crate) struct Rendered(Mutex<Option<Made>>);

#[derive(Clone)]
struct Made {
    page: Arc<Page>,
    forms: Forms,
}

#[derive(Clone)]
struct Forms {
    html: Cached,
    json: Cached,
}

pub(crate) async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(forms(&app).await?.1.html.answer(&headers, about(HTML, CACHED)))
}

pub(crate) async fn signed(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(forms(&app).await?.1.json.answer(&headers, about("application/json", CACHED)))
}

pub(crate) async fn style() -> Response {
    shown("text/css; charset=utf-8", "public, max-age=3600", Bytes::from_static(page::STYLE.as_bytes()))
}

pub(crate) async fn badge(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let (page, _) = forms(&app).await?;
    Ok(shown("image/svg+xml", CACHED, page::badge(&page.overview).into()))
}

pub(crate) async fn feed(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let (page, _) = forms(&app).await?;
    let changes = blocking(&app, move |app| {
        let changes = page.overview.claims.iter().map(|claim| changes(app, claim)).collect::<Result<Vec<_>, Problem>>()?;
        Ok(page::feed(&page.overview, &changes.concat()))
    });
    Ok(shown("application/atom+xml", CACHED, changes.await?.into()))
}

pub(crate) async fn claim(State(app): State<Arc<App>>, Path(claim): Path<String>) -> Result<Response, Problem> {
    let (page, _) = forms(&app).await?;
    let html = blocking(&app, move |app| {
        let published = page.overview.claims.iter().find(|published| published.id == claim).ok_or_else(Problem::not_found)?;
        page::claim_html(&page.overview, &claim, &changes(app, published)?).ok_or_else(Problem::not_found)
    });
    Ok(shown(HTML, CACHED, html.await?.into()))
}

pub(crate) async fn evidence(State(app): State<Arc<App>>, Path(digest): Path<String>) -> Result<Response, Problem> {
    let found = blocking(&app, move |app| app.board.evidence(&digest).map_err(|error| Problem::internal(&error)));
    let envelope = found.await?.ok_or_else(Problem::not_found)?;
    let json = serde_json::to_vec(&envelope).map_err(|error| Problem::internal(&error))?;
    Ok(shown("application/vnd.in-toto+dsse", CACHED_FOR_GOOD, json.into()))
}

pub(crate) async fn oscal(State(app): State<Arc<App>>, Path(file): Path<String>) -> Result<Response, Problem> {
    let (page, _) = forms(&app).await?;
    let document = match file.as_str() {
        "component-definition.json" => page::oscal_component_definition(&page.overview),
        "assessment-results.json" => page::oscal_assessment_results(&page.overview),
        _ => return Err(Problem::not_found()),
    };
    Ok(shown("application/json", CACHED, document.to_string().into()))
}

/// The page and its forms. A page that the board did not make anew is not rendered anew; the board is asked each time, for
/// it makes one at once when a state changed.
async fn forms(app: &Arc<App>) -> Result<(Arc<Page>, Forms), Problem> {
    blocking(app, move |app| {
        let page = app.board.overview().map_err(|error| Problem::internal(&error))?;
        let mut rendered = app.rendered.0.lock();
        if let Some(made) = &*rendered
            && Arc::ptr_eq(&made.page, &page)
        {
            return Ok((page, made.forms.clone()));
        }
        let json = serde_json::to_vec(&page.envelope).map_err(|error| Problem::internal(&error))?;
        let html = page::html(&page.overview, &app.drawing.figures(&page.overview));
        let forms = Forms { html: Cached::new(html), json: Cached::new(json) };
        *rendered = Some(Made { page: Arc::clone(&page), forms: forms.clone() });
        Ok((page, forms))
    })
    .await
}

/// When its state changed, with the evidence that changed it where there is some: nobody signs that time went by.
fn changes(app: &App, claim: &Published) -> Result<Vec<page::Change>, Problem> {
    let internal = |error| Problem::internal(&error);
    let signed = app.board.history(&claim.id, HISTORY).map_err(internal)?;
    let change = |(at, from, to): (Timestamp, ClaimState, ClaimState)| page::Change {
        claim: claim.id.clone(),
        title: claim.title.clone(),
        at,
        from: (from != ClaimState::NotClaimed).then_some(from),
        to,
        statement: signed.iter().find(|past| past.at == at && past.state == to).map(|past| past.digest.clone()),
    };
    Ok(app.board.changes(&claim.id, HISTORY).map_err(internal)?.into_iter().map(change).collect())
}

async fn blocking<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || work(&app)).await.map_err(|error| Problem::internal(&error))?
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

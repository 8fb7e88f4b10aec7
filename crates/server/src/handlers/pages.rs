//! The pages on which people set up, sign in, join and look after their account.
//!
//! | page | for |
//! |---|---|
//! | `/setup#TOKEN` | the first owner; once a tenant exists it says so, with 404 |
//! | `/sign-in` | whoever has an account |
//! | `/join#TOKEN` | whoever was invited, or got a link from the server's shell |
//! | `/me` | whoever is signed in |
//! | `/overview` | whoever looks after a tenant's page about its own product |
//! | `/claims` | whoever may sign what the installation says in public |
//! | `/template` | whoever answers a template of the installation's page, or of a tenant's |
//! | `/security/contact#CODE` | whoever reads what is sent to the security contact |
//!
//! Always holds: the files are the same for everybody and hold nothing of anybody; what a page shows, its script asks the
//! API for. The policy lets a page load and reach nothing but this server, run no script that is not a file of it, and
//! be framed by nobody. Tokens come behind a `#`, which browsers do not send.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::problem::Problem;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const SETUP: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/setup.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/setup-end.html")
);
const SETUP_DONE: &str = concat!(include_str!("pages/head.html"), include_str!("pages/setup-done.html"));
const SIGN_IN: &str = concat!(include_str!("pages/head.html"), include_str!("pages/sign-in.html"));
const JOIN: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/join.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/join-end.html")
);
const CONTACT: &str = concat!(include_str!("pages/head.html"), include_str!("pages/contact.html"));
const ME: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/me.html"),
    include_str!("pages/sure.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/me-end.html")
);
const OVERVIEW: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/overview.html"),
    include_str!("pages/sure.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/me-end.html")
);

const CLAIMS: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/claims.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/me-end.html")
);

const TEMPLATE: &str = concat!(
    include_str!("pages/head.html"),
    include_str!("pages/template.html"),
    include_str!("pages/sure.html"),
    include_str!("pages/ways.html"),
    include_str!("pages/me-end.html")
);

/// What pages are made of, beside their HTML.
const FILES: [(&str, &str, &str); 11] = [
    ("page.css", CSS, include_str!("pages/page.css")),
    ("page.js", JAVASCRIPT, include_str!("pages/page.js")),
    ("ways.js", JAVASCRIPT, include_str!("pages/ways.js")),
    ("setup.js", JAVASCRIPT, include_str!("pages/setup.js")),
    ("sign-in.js", JAVASCRIPT, include_str!("pages/sign-in.js")),
    ("join.js", JAVASCRIPT, include_str!("pages/join.js")),
    ("me.js", JAVASCRIPT, include_str!("pages/me.js")),
    ("overview.js", JAVASCRIPT, include_str!("pages/overview.js")),
    ("claims.js", JAVASCRIPT, include_str!("pages/claims.js")),
    ("template.js", JAVASCRIPT, include_str!("pages/template.js")),
    ("contact.js", JAVASCRIPT, include_str!("pages/contact.js")),
];

/// Where the console is built its wizard does this, and the plain page is there for whoever asks for `?plain`. What
/// stands behind the `#` goes along with the browser.
pub(crate) async fn setup(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    if app.identity.is_setup_open()? {
        if ui::index().is_some() && uri.query() != Some("plain") && wants_page(&headers) {
            return Ok(redirect("/app/setup"));
        }
        return Ok(page(HTML, SETUP));
    }
    if wants_page(&headers) {
        return Ok((StatusCode::NOT_FOUND, page(HTML, SETUP_DONE)).into_response());
    }
    Err(identity::SetupError::Closed.into())
}

pub(crate) async fn sign_in() -> Response {
    page(HTML, SIGN_IN)
}

pub(crate) async fn join() -> Response {
    page(HTML, JOIN)
}

/// The page of one's account; a browser that comes from signing in is led to the console, where there is one.
pub(crate) async fn me(uri: Uri) -> Response {
    match (uri.query(), ui::index()) {
        (Some("signed-in"), Some(_)) => redirect("/app/"),
        (Some("signed-in"), None) => redirect("/me"),
        (_, _) => page(HTML, ME),
    }
}

pub(crate) async fn overview() -> Response {
    page(HTML, OVERVIEW)
}

pub(crate) async fn claims() -> Response {
    page(HTML, CLAIMS)
}

pub(crate) async fn template() -> Response {
    page(HTML, TEMPLATE)
}

pub(super) fn contact() -> Response {
    page(HTML, CONTACT)
}

pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    found.map(|(_, kind, text)| page(kind, text)).ok_or_else(Problem::not_found)
}

/// Whether a person looks at the answer. Other clients get JSON.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.into_iter().any(|value| value.contains("text/html"))
}

pub(super) fn redirect(to: &'static str) -> Response {
    let headers =
        [(header::LOCATION, HeaderValue::from_static(to)), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn page(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}
